//! Canonical f64 distances between f32 rows: the numbers that callers see, bit for bit the same on every implementation
//! (contract: js/src/services/vector/types.ts). A product of two f32 is exact in f64.

use crate::arch::Native;
use crate::generic::wide;

/// Sum of `a_j b_j`.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    wide::dot::<Native>(a, b)
}

/// Sum of `(a_j - b_j)^2`.
pub fn l2sq(a: &[f32], b: &[f32]) -> f64 {
    wide::l2sq::<Native>(a, b)
}

/// Sum of `a_j^2`.
pub fn square(a: &[f32]) -> f64 {
    wide::dot::<Native>(a, a)
}

/// `(dot(a, b), square(b))`, reading `b` once.
pub fn dot_and_square(a: &[f32], b: &[f32]) -> (f64, f64) {
    wide::dot_and_square::<Native>(a, b)
}
