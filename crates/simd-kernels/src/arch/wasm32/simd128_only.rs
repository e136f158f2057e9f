//! Stand-ins for the relaxed operations, in plain simd128.

use core::arch::wasm32::{f32x4_add, f32x4_mul, i8x16_swizzle, v128};

#[inline(always)]
pub(super) fn madd(a: v128, b: v128, c: v128) -> v128 {
    f32x4_add(f32x4_mul(a, b), c)
}

#[inline(always)]
pub(super) fn swizzle(table: v128, index: v128) -> v128 {
    i8x16_swizzle(table, index)
}
