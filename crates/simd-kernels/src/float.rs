//! f32 distances, summed in f32: fast and approximate ([`crate::f32_dot_error`] says by how much).
//!
//! ```
//! let q = [1.0, 2.0];
//! let mut out = [0.0; 2];
//! simd_kernels::float::dot_block(&q, &[1.0, 0.0, 0.0, 1.0], &mut out);
//! assert_eq!(out, [1.0, 2.0]);
//! ```

use crate::arch::Native;
use crate::generic::float::{Dot, L2, block, four, one};

/// Sum of `q_j x_j`.
pub fn dot(query: &[f32], row: &[f32]) -> f32 {
    one::<Native, Dot>(query, row)
}

/// Sum of `(q_j - x_j)^2`.
pub fn l2sq(query: &[f32], row: &[f32]) -> f32 {
    one::<Native, L2>(query, row)
}

/// `out[i]` = dot of the query with row `i` of `rows` (at least `out.len()` rows of `query.len()` components).
pub fn dot_block(query: &[f32], rows: &[f32], out: &mut [f32]) {
    block::<Native, Dot>(query, rows, out);
}

/// `out[i]` = squared distance of the query from row `i`.
pub fn l2sq_block(query: &[f32], rows: &[f32], out: &mut [f32]) {
    block::<Native, L2>(query, rows, out);
}

/// [`dot`] for four rows from anywhere, read side by side.
pub fn dot_four(query: &[f32], rows: [&[f32]; 4]) -> [f32; 4] {
    four::<Native, Dot>(query, rows)
}

/// [`l2sq`] for four rows from anywhere.
pub fn l2sq_four(query: &[f32], rows: [&[f32]; 4]) -> [f32; 4] {
    four::<Native, L2>(query, rows)
}
