//! The vocabulary the generic loops are written in: one opaque 128-bit value and the operations the kernels need.

/// 128-bit SIMD operations. Lane order is memory order (little-endian).
pub(crate) trait Simd {
    /// 128 bits, read as f32x4, f64x2 or integer lanes by the operation.
    type V: Copy;

    /// # Safety
    /// 16 bytes at `p` must be readable; no alignment is required.
    unsafe fn load(p: *const u8) -> Self::V;
    fn zero() -> Self::V;

    fn f32_add(a: Self::V, b: Self::V) -> Self::V;
    fn f32_sub(a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`, with one rounding or two: only for sums whose error bound allows both.
    fn f32_madd(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    fn f32_lanes(v: Self::V) -> [f32; 4];

    fn f64_add(a: Self::V, b: Self::V) -> Self::V;
    fn f64_sub(a: Self::V, b: Self::V) -> Self::V;
    fn f64_mul(a: Self::V, b: Self::V) -> Self::V;
    fn f64_lanes(v: Self::V) -> [f64; 2];
    /// f32 lanes 0 and 1 as f64.
    fn f64_from_low(v: Self::V) -> Self::V;
    /// f32 lanes 2 and 3 as f64.
    fn f64_from_high(v: Self::V) -> Self::V;

    /// Sign-extended i8 lanes 0..8 as i16.
    fn i16_from_i8_low(v: Self::V) -> Self::V;
    /// Sign-extended i8 lanes 8..16 as i16.
    fn i16_from_i8_high(v: Self::V) -> Self::V;
    /// i16 products summed in pairs to i32.
    fn i32_dot_i16(a: Self::V, b: Self::V) -> Self::V;
    fn i32_add(a: Self::V, b: Self::V) -> Self::V;
    fn i32_lanes(v: Self::V) -> [i32; 4];

    fn and(a: Self::V, b: Self::V) -> Self::V;
    fn xor(a: Self::V, b: Self::V) -> Self::V;
    fn u8_splat(x: u8) -> Self::V;
    fn u8_add(a: Self::V, b: Self::V) -> Self::V;
    /// Each byte shifted right by four.
    fn u8_high_nibble(v: Self::V) -> Self::V;
    /// `table[index]` for each byte; indices are below 16.
    fn u8_lookup(table: Self::V, index: Self::V) -> Self::V;
    fn u8_popcount(v: Self::V) -> Self::V;
    /// Bytes 0, 2, 4 … as u16.
    fn u16_even_bytes(v: Self::V) -> Self::V;
    /// Bytes 1, 3, 5 … as u16.
    fn u16_odd_bytes(v: Self::V) -> Self::V;
    fn u16_add(a: Self::V, b: Self::V) -> Self::V;
    fn u16_lanes(v: Self::V) -> [u16; 8];
}
