//! Integer loops: int8 rows against an i16 query, and 1-bit rows in blocks of 16.

use crate::simd::Simd;

/// `N` rows of int8 codes against an i16 query; exact in i32.
///
/// # Safety
/// `stride` (a multiple of 16) values must be readable at `query` and at each of `rows`.
#[inline(always)]
unsafe fn i8_rows<S: Simd, const N: usize>(query: *const i16, rows: [*const i8; N], stride: usize) -> [i32; N] {
    let mut sums = [S::zero(); N];
    let mut j = 0;
    while j < stride {
        // SAFETY: j + 16 <= stride: 16 codes of each row and 16 query values (two loads of 8).
        unsafe {
            let (q0, q1) = (S::load(query.add(j).cast()), S::load(query.add(j + 8).cast()));
            for r in 0..N {
                let x = S::load(rows[r].add(j).cast());
                let low = S::i32_dot_i16(q0, S::i16_from_i8_low(x));
                let high = S::i32_dot_i16(q1, S::i16_from_i8_high(x));
                sums[r] = S::i32_add(sums[r], S::i32_add(low, high));
            }
        }
        j += 16;
    }
    sums.map(|s| {
        let s = S::i32_lanes(s);
        s[0].wrapping_add(s[1]).wrapping_add(s[2].wrapping_add(s[3]))
    })
}

#[inline(always)]
pub(crate) fn i8_one<S: Simd>(query: &[i16], row: &[i8]) -> i32 {
    assert!(query.len() == row.len() && query.len().is_multiple_of(16));
    // SAFETY: both slices hold `query.len()` values, a multiple of 16.
    unsafe { i8_rows::<S, 1>(query.as_ptr(), [row.as_ptr()], query.len())[0] }
}

/// Four rows from anywhere.
#[inline(always)]
pub(crate) fn i8_four<S: Simd>(query: &[i16], rows: [&[i8]; 4]) -> [i32; 4] {
    assert!(query.len().is_multiple_of(16) && rows.iter().all(|row| row.len() == query.len()));
    // SAFETY: all slices hold `query.len()` values, a multiple of 16.
    unsafe { i8_rows::<S, 4>(query.as_ptr(), rows.map(|row| row.as_ptr()), query.len()) }
}

/// All rows of a block, four distant rows at a time (see `generic::float::block`).
#[inline(always)]
pub(crate) fn i8_block<S: Simd>(query: &[i16], rows: &[i8], out: &mut [i32]) {
    let (stride, n) = (query.len(), out.len());
    assert!(stride.is_multiple_of(16) && rows.len() / stride >= n);
    let quarter = n / 4;
    let (q, base) = (query.as_ptr(), rows.as_ptr());
    for i in 0..quarter {
        // SAFETY: rows i + s * quarter < 4 * quarter <= n lie inside `rows`, `stride` codes each.
        let dots = unsafe {
            let at = |s: usize| base.add((i + s * quarter) * stride);
            i8_rows::<S, 4>(q, [at(0), at(1), at(2), at(3)], stride)
        };
        for s in 0..4 {
            out[i + s * quarter] = dots[s];
        }
    }
    for i in 4 * quarter..n {
        out[i] = i8_one::<S>(query, &rows[i * stride..(i + 1) * stride]);
    }
}

/// Adds bytes into sixteen u16 sums: even rows in `0`, odd rows in `1`.
struct Sums<S: Simd>(S::V, S::V);

impl<S: Simd> Sums<S> {
    #[inline(always)]
    fn add(&mut self, v: S::V) {
        self.0 = S::u16_add(self.0, S::u16_even_bytes(v));
        self.1 = S::u16_add(self.1, S::u16_odd_bytes(v));
    }
    #[inline(always)]
    fn store(&self, out: &mut [u16; 16]) {
        let (even, odd) = (S::u16_lanes(self.0), S::u16_lanes(self.1));
        for i in 0..8 {
            out[2 * i] = even[i];
            out[2 * i + 1] = odd[i];
        }
    }
}

/// Byte columns looked up before the byte sums are widened: 4 columns x 2 nibbles x 31 = 248 fits a byte.
pub(crate) const COLUMNS_PER_WIDENING: usize = 4;
/// Largest table entry for which the byte sums above cannot overflow.
pub(crate) const LARGEST_ENTRY: u8 = 31;

/// For each row of each block of 16: the sum over its nibbles of `tables[nibble place][nibble]`.
///
/// `codes` holds per block `columns` times 16 bytes: byte `c * 16 + r` is byte `c` of row `r`.
#[inline(always)]
pub(crate) fn lookup_blocks<S: Simd>(tables: &[[u8; 16]], codes: &[[u8; 16]], out: &mut [[u16; 16]]) {
    let columns = tables.len() / 2;
    assert!(columns > 0 && tables.len().is_multiple_of(2) && codes.len() == columns * out.len());
    let mask = S::u8_splat(15);
    let (pairs, last) = out.as_chunks_mut::<2>();
    let (pair_codes, last_codes) = codes.split_at(pairs.len() * 2 * columns);
    for (out, codes) in pairs.iter_mut().zip(pair_codes.chunks_exact(2 * columns)) {
        let (a, b) = codes.split_at(columns);
        lookup_group::<S, 2>(tables, [a, b], mask, out);
    }
    if let [out] = last {
        lookup_group::<S, 1>(tables, [last_codes], mask, core::array::from_mut(out));
    }
}

/// `N` blocks at once share each table load.
#[inline(always)]
fn lookup_group<S: Simd, const N: usize>(tables: &[[u8; 16]], codes: [&[[u8; 16]]; N], mask: S::V, out: &mut [[u16; 16]; N]) {
    let columns = tables.len() / 2;
    for block in &codes {
        assert!(block.len() == columns);
    }
    let mut sums: [Sums<S>; N] = core::array::from_fn(|_| Sums(S::zero(), S::zero()));
    let mut c = 0;
    while c < columns {
        let end = (c + COLUMNS_PER_WIDENING).min(columns);
        let mut bytes = [S::zero(); N];
        while c < end {
            // SAFETY: 2 * c + 1 < tables.len() and c < columns, the length of each block; every element is 16 bytes.
            unsafe {
                let low_table = S::load(tables.as_ptr().add(2 * c).cast());
                let high_table = S::load(tables.as_ptr().add(2 * c + 1).cast());
                for n in 0..N {
                    let x = S::load(codes[n].as_ptr().add(c).cast());
                    let low = S::u8_lookup(low_table, S::and(x, mask));
                    let high = S::u8_lookup(high_table, S::u8_high_nibble(x));
                    bytes[n] = S::u8_add(bytes[n], S::u8_add(low, high));
                }
            }
            c += 1;
        }
        for n in 0..N {
            sums[n].add(bytes[n]);
        }
    }
    for n in 0..N {
        sums[n].store(&mut out[n]);
    }
}

/// Byte columns counted before widening: 31 columns x 8 bits = 248 fits a byte.
const COLUMNS_PER_COUNT: usize = 31;

/// For each row of each block of 16: the number of bits that differ from the query's (layout as in `lookup_blocks`).
#[inline(always)]
pub(crate) fn hamming_blocks<S: Simd>(query: &[u8], codes: &[[u8; 16]], out: &mut [[u16; 16]]) {
    let columns = query.len();
    assert!(columns > 0 && codes.len() == columns * out.len());
    for (out, block) in out.iter_mut().zip(codes.chunks_exact(columns)) {
        let mut sums = Sums::<S>(S::zero(), S::zero());
        for (block, query) in block.chunks(COLUMNS_PER_COUNT).zip(query.chunks(COLUMNS_PER_COUNT)) {
            let mut bytes = S::zero();
            for (x, &q) in block.iter().zip(query) {
                // SAFETY: the element is 16 bytes.
                let x = unsafe { S::load(x.as_ptr()) };
                bytes = S::u8_add(bytes, S::u8_popcount(S::xor(x, S::u8_splat(q))));
            }
            sums.add(bytes);
        }
        sums.store(out);
    }
}
