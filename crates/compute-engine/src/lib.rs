//! The compute engine: slices in, numbers out. It knows nothing of JavaScript.
//!
//! Matrices are row-major. Kernels are cut into items that a [`share::Team`] works on; an answer depends on the items alone, so it is
//! the same for any number of threads, bit for bit.

pub mod convolve;
pub mod dense;
pub mod distances;
pub mod evaluate;
pub mod fourier;
pub mod gemm;
pub mod job;
pub mod kmeans;
pub mod lanes;
pub mod matrix;
pub mod numbers;
pub mod share;
pub mod sort;
pub mod statistics;
