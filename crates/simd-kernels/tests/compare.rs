//! Comparisons into bits against plain ones, of every length up to three blocks.

use simd_kernels::compare::{Op, f64_pairs, f64_with, i32_with, i64_with, u8_in_sixteen, u8_with, u16_with};

const OPS: [Op; 6] = [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge];

fn holds<T: PartialOrd>(op: Op, a: T, b: T) -> bool {
    match op {
        Op::Eq => a == b,
        Op::Ne => a != b,
        Op::Lt => a < b,
        Op::Le => a <= b,
        Op::Gt => a > b,
        Op::Ge => a >= b,
    }
}

fn expected(len: usize, bit: impl Fn(usize) -> bool) -> Vec<u64> {
    (0..len.div_ceil(64)).map(|w| (w * 64..len.min(w * 64 + 64)).fold(0, |word, i| word | u64::from(bit(i)) << (i % 64))).collect()
}

fn check<T: Copy + PartialOrd>(samples: &[T], kernel: impl Fn(&[T], Op, T, &mut [u64])) {
    for len in 0..=192 {
        // Every sample meets every lane.
        let values: Vec<T> = (0..len).map(|i| samples[(i * 7 + i / 16 + len) % samples.len()]).collect();
        for &c in samples {
            for op in OPS {
                let mut words = vec![u64::MAX; len.div_ceil(64)];
                kernel(&values, op, c, &mut words);
                assert_eq!(words, expected(len, |i| holds(op, values[i], c)), "{op:?}, {len} values");
            }
        }
    }
}

#[test]
fn each_type_compares_with_a_constant() {
    let doubles = [0.0, -0.0, 1.5, -1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 1e300];
    check(&doubles, f64_with);
    check(&[0i64, 1, -1, i64::MIN, i64::MAX, 1 << 32, -(1 << 32)], i64_with);
    check(&[0i32, 1, -1, i32::MIN, i32::MAX], i32_with);
    check(&[0u16, 1, 127, 128, 255, 256, 32767, 32768, u16::MAX], u16_with);
    check(&[0u8, 1, 15, 16, 127, 128, 255], u8_with);
}

#[test]
fn doubles_compare_with_doubles() {
    let samples = [0.0, -0.0, 1.0, -1.0, f64::NAN, f64::INFINITY];
    for len in 0..=192 {
        let a: Vec<f64> = (0..len).map(|i| samples[i % 6]).collect();
        let b: Vec<f64> = (0..len).map(|i| samples[(i / 6 + i) % 6]).collect();
        for op in OPS {
            let mut words = vec![u64::MAX; len.div_ceil(64)];
            f64_pairs(&a, &b, op, &mut words);
            assert_eq!(words, expected(len, |i| holds(op, a[i], b[i])), "{op:?}, {len} values");
        }
    }
}

#[test]
fn codes_are_looked_up_among_sixteen() {
    for seed in 0..16u8 {
        let table: [u8; 16] = std::array::from_fn(|i| if (i as u8).wrapping_mul(11) & seed != 0 { 0xff } else { 0 });
        for len in 0..=192usize {
            let codes: Vec<u8> = (0..len).map(|i| (i * 5 + len) as u8).collect();
            let mut words = vec![u64::MAX; len.div_ceil(64)];
            u8_in_sixteen(&codes, &table, &mut words);
            assert_eq!(words, expected(len, |i| table.get(usize::from(codes[i])).is_some_and(|&flag| flag != 0)));
        }
    }
}
