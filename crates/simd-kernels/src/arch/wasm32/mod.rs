//! WebAssembly SIMD. `simd128` holds the operations every engine has; `relaxed_simd` the three that the relaxed proposal makes cheaper.

#[cfg(target_feature = "relaxed-simd")]
mod relaxed_simd;
#[cfg(not(target_feature = "relaxed-simd"))]
mod simd128_only;

#[cfg(target_feature = "relaxed-simd")]
use relaxed_simd as extra;
#[cfg(not(target_feature = "relaxed-simd"))]
use simd128_only as extra;

mod simd128;
pub(crate) use simd128::Wasm;
