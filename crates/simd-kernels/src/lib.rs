//! Slices in, numbers out: the distance kernels of the vector index.
//!
//! Each loop is written once (`generic/`) over a small trait of 128-bit operations ([`simd::Simd`]); `arch/` implements the trait:
//! scalar (the native oracle) and simd128, chosen at compile time. `reference.rs` holds plain f64 loops that the
//! tests compare everything with. Besides `mem-functions` and `sqlite-utils` the only crate that may use `unsafe`; every block says why it is sound.
//!
//! Shapes: a row has `dims` components; blocks of rows are row-major without padding unless a function says otherwise.
//! Every function panics when its slices are shorter than its contract says, so no caller can reach memory it does not own.
#![no_std]
#![allow(unsafe_code)]

mod arch;
pub mod bytes;
pub mod codes;
pub mod compare;
pub mod float;
mod generic;
pub mod half;
pub mod reference;
pub mod scan;
mod simd;
pub mod tail;
pub mod wide;

/// How much one f32 dot product of `dims` components can be off, as a multiple of `|q| |x|` (absent under- and overflow).
///
/// The kernel multiplies once per component (one rounding, none where multiply-add is fused) and adds along chains: with 8 lane
/// sums a chain has `ceil(dims / 8)` additions, then at most 4 more to join the lanes and the tail (shorter than 8) adds at most 8.
/// Standard analysis (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1): |error| <= gamma_m sum |q_j x_j| with
/// `m` the roundings on the longest path and gamma_m = m u / (1 - m u), u = 2^-24; Cauchy-Schwarz bounds the sum by |q| |x|.
pub fn f32_dot_error(dims: usize) -> f64 {
    let u = 1.0 / 16_777_216.0;
    let m = (dims / 8 + 1 + 4 + 8 + 1) as f64;
    m * u / (1.0 - m * u)
}
