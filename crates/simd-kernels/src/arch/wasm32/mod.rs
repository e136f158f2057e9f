//! WebAssembly SIMD. Relaxed SIMD was tried and left: docs/decisions/0004-relaxed-simd.md.

mod simd128;
pub(crate) use simd128::Wasm;
