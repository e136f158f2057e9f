//! Canonical f64 distances between f32 rows: the numbers that callers see, bit for bit the same on every implementation
//! (contract: js/src/services/vector/types.ts). A product of two f32 is exact in f64.

use crate::arch::Native;
use crate::generic::wide;

/// The same over rows that lie at any address, as little-endian bytes: blobs are read where a database page has them.
pub mod bytes {
    use super::{Native, wide};

    /// Sum of `a_j b_j`.
    pub fn dot(a: &[[u8; 4]], b: &[[u8; 4]]) -> f64 {
        wide::dot::<Native>(a, b)
    }

    /// Sum of `(a_j - b_j)^2`.
    pub fn l2sq(a: &[[u8; 4]], b: &[[u8; 4]]) -> f64 {
        wide::l2sq::<Native>(a, b)
    }

    /// Sum of `a_j^2`.
    pub fn square(a: &[[u8; 4]]) -> f64 {
        wide::dot::<Native>(a, a)
    }

    /// `(dot(a, b), square(b))`, reading `b` once.
    pub fn dot_and_square(a: &[[u8; 4]], b: &[[u8; 4]]) -> (f64, f64) {
        wide::dot_and_square::<Native>(a, b)
    }
}

/// The bytes of floats; every host is little-endian.
fn of(row: &[f32]) -> &[[u8; 4]] {
    // SAFETY: an f32 has four bytes, and bytes may lie anywhere.
    unsafe { core::slice::from_raw_parts(row.as_ptr().cast(), row.len()) }
}

/// Sum of `a_j b_j`.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    bytes::dot(of(a), of(b))
}

/// Sum of `(a_j - b_j)^2`.
pub fn l2sq(a: &[f32], b: &[f32]) -> f64 {
    bytes::l2sq(of(a), of(b))
}

/// Sum of `a_j^2`.
pub fn square(a: &[f32]) -> f64 {
    bytes::square(of(a))
}

/// `(dot(a, b), square(b))`, reading `b` once.
pub fn dot_and_square(a: &[f32], b: &[f32]) -> (f64, f64) {
    bytes::dot_and_square(of(a), of(b))
}
