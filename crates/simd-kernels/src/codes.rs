//! Quantised rows: int8 and 1-bit.
//!
//! int8 rows are padded with zeros to a `stride` that is a multiple of 16. 1-bit rows lie in blocks of 16 rows, column by column:
//! `codes[block * columns + c][r]` is byte `c` of row `16 * block + r`, bit `j` of it component `8 c + j`.

use crate::arch::Native;
use crate::generic::codes;

/// Largest entry a [`lookup_blocks`] table may hold.
pub const LARGEST_ENTRY: u8 = codes::LARGEST_ENTRY;
/// Most nibble places (tables) a row may have, so that the u16 sums of [`lookup_blocks`] cannot overflow.
pub const MOST_TABLES: usize = u16::MAX as usize / codes::LARGEST_ENTRY as usize;

/// Dot product of an i16 query with int8 codes, exact while `sum |q_j c_j| < 2^31`.
pub fn i8_dot(query: &[i16], row: &[i8]) -> i32 {
    codes::i8_one::<Native>(query, row)
}

/// [`i8_dot`] for four rows from anywhere, read side by side.
pub fn i8_dot_four(query: &[i16], rows: [&[i8]; 4]) -> [i32; 4] {
    codes::i8_four::<Native>(query, rows)
}

/// [`i8_dot`] for `out.len()` rows of `query.len()` codes each.
pub fn i8_dot_block(query: &[i16], rows: &[i8], out: &mut [i32]) {
    codes::i8_block::<Native>(query, rows, out);
}

/// Asymmetric 1-bit distances: `out[block][r]` = sum over nibble places `p` of `tables[p][nibble p of row r]`
/// (place `2 c` is the low nibble of byte `c`). Entries are at most [`LARGEST_ENTRY`], tables at most [`MOST_TABLES`] and even.
pub fn lookup_blocks(tables: &[[u8; 16]], codes: &[[u8; 16]], out: &mut [[u16; 16]]) {
    assert!(tables.len() <= MOST_TABLES);
    codes::lookup_blocks::<Native>(tables, codes, out);
}

/// `out[block][r]` = bits in which row `r` of the block differs from the query (at most 8191 bytes).
pub fn hamming_blocks(query: &[u8], codes: &[[u8; 16]], out: &mut [[u16; 16]]) {
    assert!(query.len() <= u16::MAX as usize / 8);
    codes::hamming_blocks::<Native>(query, codes, out);
}
