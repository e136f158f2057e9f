//! The operations as simd128 instructions.

use crate::simd::Simd;
use core::arch::wasm32::*;

pub(crate) struct Wasm;

impl Simd for Wasm {
    type V = v128;

    #[inline(always)]
    unsafe fn load(p: *const u8) -> v128 {
        // SAFETY: the caller guarantees 16 readable bytes; v128.load has no alignment requirement.
        unsafe { v128_load(p.cast()) }
    }
    #[inline(always)]
    fn zero() -> v128 {
        i32x4_splat(0)
    }

    #[inline(always)]
    fn f32_add(a: v128, b: v128) -> v128 {
        f32x4_add(a, b)
    }
    #[inline(always)]
    fn f32_sub(a: v128, b: v128) -> v128 {
        f32x4_sub(a, b)
    }
    #[inline(always)]
    fn f32_madd(a: v128, b: v128, c: v128) -> v128 {
        f32x4_add(f32x4_mul(a, b), c)
    }
    #[inline(always)]
    fn f32_lanes(v: v128) -> [f32; 4] {
        [f32x4_extract_lane::<0>(v), f32x4_extract_lane::<1>(v), f32x4_extract_lane::<2>(v), f32x4_extract_lane::<3>(v)]
    }

    #[inline(always)]
    fn f64_add(a: v128, b: v128) -> v128 {
        f64x2_add(a, b)
    }
    #[inline(always)]
    fn f64_sub(a: v128, b: v128) -> v128 {
        f64x2_sub(a, b)
    }
    #[inline(always)]
    fn f64_mul(a: v128, b: v128) -> v128 {
        f64x2_mul(a, b)
    }
    #[inline(always)]
    fn f64_lanes(v: v128) -> [f64; 2] {
        [f64x2_extract_lane::<0>(v), f64x2_extract_lane::<1>(v)]
    }
    #[inline(always)]
    fn f64_from_low(v: v128) -> v128 {
        f64x2_promote_low_f32x4(v)
    }
    #[inline(always)]
    fn f64_from_high(v: v128) -> v128 {
        f64x2_promote_low_f32x4(i64x2_shuffle::<1, 1>(v, v))
    }

    #[inline(always)]
    fn i16_from_i8_low(v: v128) -> v128 {
        i16x8_extend_low_i8x16(v)
    }
    #[inline(always)]
    fn i16_from_i8_high(v: v128) -> v128 {
        i16x8_extend_high_i8x16(v)
    }
    #[inline(always)]
    fn i32_dot_i16(a: v128, b: v128) -> v128 {
        i32x4_dot_i16x8(a, b)
    }
    #[inline(always)]
    fn i32_add(a: v128, b: v128) -> v128 {
        i32x4_add(a, b)
    }
    #[inline(always)]
    fn i32_lanes(v: v128) -> [i32; 4] {
        [i32x4_extract_lane::<0>(v), i32x4_extract_lane::<1>(v), i32x4_extract_lane::<2>(v), i32x4_extract_lane::<3>(v)]
    }

    #[inline(always)]
    fn and(a: v128, b: v128) -> v128 {
        v128_and(a, b)
    }
    #[inline(always)]
    fn xor(a: v128, b: v128) -> v128 {
        v128_xor(a, b)
    }
    #[inline(always)]
    fn u8_splat(x: u8) -> v128 {
        u8x16_splat(x)
    }
    #[inline(always)]
    fn u8_add(a: v128, b: v128) -> v128 {
        u8x16_add(a, b)
    }
    #[inline(always)]
    fn u8_high_nibble(v: v128) -> v128 {
        // A 16-bit shift and a mask: x86 has no byte shift, so this is what the engine would make of it, with the mask hoisted.
        v128_and(u16x8_shr(v, 4), u8x16_splat(15))
    }
    #[inline(always)]
    fn u8_lookup(table: v128, index: v128) -> v128 {
        i8x16_swizzle(table, index)
    }
    #[inline(always)]
    fn u8_popcount(v: v128) -> v128 {
        u8x16_popcnt(v)
    }
    #[inline(always)]
    fn u16_even_bytes(v: v128) -> v128 {
        v128_and(v, u16x8_splat(0xff))
    }
    #[inline(always)]
    fn u16_odd_bytes(v: v128) -> v128 {
        u16x8_shr(v, 8)
    }
    #[inline(always)]
    fn u16_add(a: v128, b: v128) -> v128 {
        u16x8_add(a, b)
    }
    #[inline(always)]
    fn u16_lanes(v: v128) -> [u16; 8] {
        [
            u16x8_extract_lane::<0>(v),
            u16x8_extract_lane::<1>(v),
            u16x8_extract_lane::<2>(v),
            u16x8_extract_lane::<3>(v),
            u16x8_extract_lane::<4>(v),
            u16x8_extract_lane::<5>(v),
            u16x8_extract_lane::<6>(v),
            u16x8_extract_lane::<7>(v),
        ]
    }
}
