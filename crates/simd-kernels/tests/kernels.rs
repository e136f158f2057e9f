//! Every kernel at every length up to 70 (and some odd longer ones), at unaligned offsets, against plain f64 loops.

use proptest::prelude::*;
use simd_kernels::{codes, f32_dot_error, float, half, reference, wide};

/// xorshift: the same data on every run.
fn numbers(seed: u64, n: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

fn lengths() -> impl Iterator<Item = usize> {
    (1..=70).chain([127, 128, 129, 383, 384, 385, 767, 768, 1023, 1536, 4097])
}

fn norm(a: &[f32]) -> f64 {
    reference::dot(a, a).sqrt()
}

#[test]
fn float_distances_are_within_the_stated_error() {
    for n in lengths() {
        for offset in [0, 1, 3] {
            let (a, b) = (numbers(n as u64, n + offset), numbers(7 * n as u64 + 1, n + offset));
            let (a, b) = (&a[offset..], &b[offset..]);
            let bound = f32_dot_error(n) * norm(a) * norm(b);
            assert!((f64::from(float::dot(a, b)) - reference::dot(a, b)).abs() <= bound, "dot {n}+{offset}");
            let exact = reference::l2sq(a, b);
            assert!((f64::from(float::l2sq(a, b)) - exact).abs() <= exact * f32_dot_error(n + 32), "l2sq {n}+{offset}");
        }
    }
}

#[test]
fn a_block_gives_what_single_rows_give() {
    for n in lengths().filter(|n| *n < 400) {
        for rows in [0, 1, 3, 4, 5, 17] {
            let (q, x) = (numbers(n as u64, n), numbers(rows as u64 + 99, n * rows));
            let (mut dots, mut l2) = (vec![0.0; rows], vec![0.0; rows]);
            float::dot_block(&q, &x, &mut dots);
            float::l2sq_block(&q, &x, &mut l2);
            for i in 0..rows {
                let row = &x[i * n..(i + 1) * n];
                assert_eq!(dots[i].to_bits(), float::dot(&q, row).to_bits());
                assert_eq!(l2[i].to_bits(), float::l2sq(&q, row).to_bits());
            }
            if rows > 3 {
                let four = [3, 0, 2, 0].map(|i| &x[i * n..(i + 1) * n]);
                assert_eq!(float::dot_four(&q, four), [dots[3], dots[0], dots[2], dots[0]]);
                assert_eq!(float::l2sq_four(&q, four), [l2[3], l2[0], l2[2], l2[0]]);
            }
        }
    }
}

#[test]
fn wide_sums_are_canonical_bit_for_bit() {
    for n in lengths() {
        for offset in [0, 1] {
            let (a, b) = (numbers(n as u64, n + offset), numbers(3 * n as u64, n + offset));
            let (a, b) = (&a[offset..], &b[offset..]);
            let dot = reference::canonical_dot(a, b);
            assert_eq!(wide::dot(a, b).to_bits(), dot.to_bits(), "dot {n}");
            assert_eq!(wide::l2sq(a, b).to_bits(), reference::canonical_l2sq(a, b).to_bits(), "l2sq {n}");
            let square = reference::canonical_dot(b, b);
            assert_eq!(wide::square(b).to_bits(), square.to_bits());
            let (d, s) = wide::dot_and_square(a, b);
            assert_eq!((d.to_bits(), s.to_bits()), (dot.to_bits(), square.to_bits()));
            for shift in 0..4 {
                let shifted: Vec<u8> = core::iter::repeat_n(0, shift).chain(a.iter().flat_map(|x| x.to_le_bytes())).collect();
                let a = shifted[shift..].as_chunks().0;
                let b: Vec<[u8; 4]> = b.iter().map(|x| x.to_le_bytes()).collect();
                assert_eq!(wide::bytes::dot(a, &b).to_bits(), dot.to_bits(), "bytes shifted by {shift}");
                assert_eq!(wide::bytes::dot_and_square(a, &b), (dot, square));
            }
        }
    }
}

#[test]
fn wide_sums_survive_extreme_components() {
    let huge = vec![3.0e38f32; 9];
    assert_eq!(wide::dot(&huge, &huge), reference::canonical_dot(&huge, &huge));
    assert!(wide::dot(&huge, &huge).is_finite());
    let tiny = vec![f32::from_bits(1); 9];
    assert!(wide::dot(&tiny, &tiny) > 0.0);
    assert_eq!(wide::l2sq(&[-0.0], &[0.0]), 0.0);
}

#[test]
fn int8_dots_are_exact() {
    for stride in (16..=80).step_by(16).chain([384, 768]) {
        let query: Vec<i16> = numbers(stride as u64, stride).iter().map(|x| (x * 20000.0) as i16).collect();
        for rows in [0, 1, 4, 7] {
            let data: Vec<i8> = numbers(5, stride * rows).iter().map(|x| (x * 127.0) as i8).collect();
            let mut out = vec![0; rows];
            codes::i8_dot_block(&query, &data, &mut out);
            for i in 0..rows {
                let row = &data[i * stride..(i + 1) * stride];
                let exact: i64 = query.iter().zip(row).map(|(&q, &c)| i64::from(q) * i64::from(c)).sum();
                assert_eq!(i64::from(out[i]), exact);
                assert_eq!(codes::i8_dot(&query, row), out[i]);
            }
            if rows > 3 {
                let four = [3, 0, 2, 0].map(|i| &data[i * stride..(i + 1) * stride]);
                assert_eq!(codes::i8_dot_four(&query, four), [out[3], out[0], out[2], out[0]]);
            }
        }
    }
    let (query, row) = (vec![i16::MAX; 512], vec![-127i8; 512]);
    assert_eq!(codes::i8_dot(&query, &row), -127 * 32767 * 512);
}

fn block_codes(seed: u64, columns: usize, blocks: usize) -> Vec<[u8; 16]> {
    numbers(seed, columns * blocks * 16).chunks(16).map(|c| core::array::from_fn(|i| (c[i] * 1000.0) as i32 as u8)).collect()
}

#[test]
fn lookups_and_bit_counts_equal_plain_loops() {
    for columns in (1..=70).chain([96, 191]) {
        for blocks in [1, 2, 3] {
            let data = block_codes(columns as u64, columns, blocks);
            let tables: Vec<[u8; 16]> = block_codes(77, 2 * columns, 1).iter().map(|t| t.map(|x| x % (codes::LARGEST_ENTRY + 1))).collect();
            let query: Vec<u8> = tables.iter().step_by(2).map(|t| t[3].wrapping_mul(37)).collect();
            let (mut sums, mut bits) = (vec![[0; 16]; blocks], vec![[0; 16]; blocks]);
            codes::lookup_blocks(&tables, &data, &mut sums);
            codes::hamming_blocks(&query, &data, &mut bits);
            for block in 0..blocks {
                for r in 0..16 {
                    let bytes = (0..columns).map(|c| data[block * columns + c][r]);
                    let sum: u32 = bytes
                        .clone()
                        .enumerate()
                        .map(|(c, x)| u32::from(tables[2 * c][usize::from(x & 15)]) + u32::from(tables[2 * c + 1][usize::from(x >> 4)]))
                        .sum();
                    assert_eq!(u32::from(sums[block][r]), sum);
                    let differ: u32 = bytes.enumerate().map(|(c, x)| (x ^ query[c]).count_ones()).sum();
                    assert_eq!(u32::from(bits[block][r]), differ);
                }
            }
        }
    }
}

#[test]
fn the_largest_tables_do_not_overflow() {
    let tables = vec![[codes::LARGEST_ENTRY; 16]; codes::MOST_TABLES & !1];
    let data = vec![[0xff; 16]; tables.len() / 2];
    let mut out = vec![[0; 16]; 1];
    codes::lookup_blocks(&tables, &data, &mut out);
    assert_eq!(usize::from(out[0][5]), tables.len() * usize::from(codes::LARGEST_ENTRY));
    let mut bits = vec![[0; 16]; 1];
    codes::hamming_blocks(&vec![0; 8191], &vec![[0xff; 16]; 8191], &mut bits);
    assert_eq!(bits[0], [65528; 16]);
}

#[test]
fn every_finite_half_round_trips() {
    for h in 0..=u16::MAX {
        if h & 0x7c00 == 0x7c00 {
            continue;
        }
        let (exponent, mantissa) = (i32::from(h >> 10 & 31), f64::from(h & 0x3ff));
        let magnitude = if exponent == 0 { mantissa * 2f64.powi(-24) } else { (1.0 + mantissa / 1024.0) * 2f64.powi(exponent - 15) };
        let value = if h >> 15 == 1 { -magnitude } else { magnitude };
        assert_eq!(f64::from(half::to_f32(h)), value);
        assert_eq!(half::from_f32(half::to_f32(h)), h);
    }
}

#[test]
#[should_panic]
fn short_rows_are_refused() {
    float::dot_block(&[1.0; 8], &[1.0; 15], &mut [0.0; 2]);
}

proptest! {
    #[test]
    fn halves_are_nearest_and_ties_go_to_even(x in -65519.0f32..65519.0) {
        let h = half::from_f32(x);
        let error = (f64::from(half::to_f32(h)) - f64::from(x)).abs();
        for other in [h.wrapping_sub(1), h.wrapping_add(1)] {
            if other & 0x7c00 == 0x7c00 || (other ^ h) & 0x8000 != 0 { continue; }
            let rival = (f64::from(half::to_f32(other)) - f64::from(x)).abs();
            prop_assert!(error < rival || (error == rival && h & 1 == 0));
        }
    }

    #[test]
    fn float_dot_error_holds_for_mixed_magnitudes(
        pairs in prop::collection::vec((-1.0f32..1.0, -1.0f32..1.0, -20i32..20), 1..300)
    ) {
        let a: Vec<f32> = pairs.iter().map(|p| p.0 * 2f32.powi(p.2)).collect();
        let b: Vec<f32> = pairs.iter().map(|p| p.1 * 2f32.powi(-p.2 / 2)).collect();
        let bound = f32_dot_error(a.len()) * norm(&a) * norm(&b);
        prop_assert!((f64::from(float::dot(&a, &b)) - reference::dot(&a, &b)).abs() <= bound);
        prop_assert_eq!(wide::dot(&a, &b).to_bits(), reference::canonical_dot(&a, &b).to_bits());
        prop_assert_eq!(wide::l2sq(&a, &b).to_bits(), reference::canonical_l2sq(&a, &b).to_bits());
    }
}
