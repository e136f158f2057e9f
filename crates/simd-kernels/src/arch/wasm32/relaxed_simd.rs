//! Relaxed operations, used only where every permitted result is within the kernel's contract.

use core::arch::wasm32::{f32x4_relaxed_madd, i8x16_relaxed_swizzle, v128};

/// Fused or not: one rounding less is inside the f32 scan's error bound.
#[inline(always)]
pub(super) fn madd(a: v128, b: v128, c: v128) -> v128 {
    f32x4_relaxed_madd(a, b, c)
}

/// Indices are below 16, where the relaxed form is fully defined.
#[inline(always)]
pub(super) fn swizzle(table: v128, index: v128) -> v128 {
    i8x16_relaxed_swizzle(table, index)
}
