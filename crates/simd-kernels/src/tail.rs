//! Short texts, given as the 16 bytes that end where they end: one load whatever the length, and no branch on it.

/// Bytes of a block, the most a text may have.
pub const TAIL: usize = 16;

/// A decimal number without sign and exponent: `mantissa / 10^fraction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    pub mantissa: u64,
    /// Digits behind the point; -1 where there is no point.
    pub fraction: i32,
}

/// Digits with at most one point among them, in the last `len` (0 to 16) bytes of the block; a point alone and nothing at all count as 0.
#[inline(always)]
pub fn decimal(block: &[u8; TAIL], len: usize) -> Option<Decimal> {
    imp::decimal(block, len)
}

/// The last `len` (0 to 16) bytes of the block, zeros in front: equal for two texts that begin with another byte than 0 where they are equal.
#[inline(always)]
pub fn words(block: &[u8; TAIL], len: usize) -> [u64; 2] {
    imp::words(block, len)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use super::{Decimal, TAIL};
    use core::arch::wasm32::*;

    const PLACES: v128 = u8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    #[inline(always)]
    fn load(block: &[u8; TAIL]) -> v128 {
        // SAFETY: the block has 16 bytes; v128.load has no alignment requirement.
        unsafe { v128_load(block.as_ptr().cast()) }
    }

    #[inline(always)]
    fn kept(len: usize) -> v128 {
        i8x16_ge(PLACES, i8x16_splat(16 - len as i8))
    }

    #[inline(always)]
    pub(super) fn decimal(block: &[u8; TAIL], len: usize) -> Option<Decimal> {
        let text = load(block);
        let inside = 0xffff_u32 << (16 - len) & 0xffff;
        let mut digits = u8x16_sub(text, u8x16_splat(b'0'));
        let is_digit = u32::from(u8x16_bitmask(u8x16_lt(digits, u8x16_splat(10))));
        digits = v128_and(digits, kept(len));
        let others = inside & !is_digit;
        let mut fraction = -1;
        if others != 0 {
            // Only one point may be among the digits: those before it move one place on.
            let point = others.trailing_zeros();
            if others & (others - 1) != 0 || block[point as usize & 15] != b'.' {
                return None;
            }
            fraction = 15 - point as i32;
            let before = i8x16_le(PLACES, i8x16_splat(point as i8));
            digits = u8x16_swizzle(digits, i8x16_add(PLACES, before));
        }
        let tens = i16x8_mul(v128_and(digits, u16x8_splat(0xff)), u16x8_splat(10));
        let pairs = i16x8_add(tens, u16x8_shr(digits, 8));
        let fours = i32x4_dot_i16x8(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
        let eights = i32x4_dot_i16x8(i16x8_narrow_i32x4(fours, fours), i16x8(10_000, 1, 10_000, 1, 10_000, 1, 10_000, 1));
        let (high, low) = (u32x4_extract_lane::<0>(eights), u32x4_extract_lane::<1>(eights));
        Some(Decimal { mantissa: u64::from(high) * 100_000_000 + u64::from(low), fraction })
    }

    #[inline(always)]
    pub(super) fn words(block: &[u8; TAIL], len: usize) -> [u64; 2] {
        let text = v128_and(load(block), kept(len));
        [u64x2_extract_lane::<0>(text), u64x2_extract_lane::<1>(text)]
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    use super::{Decimal, TAIL};

    #[inline(always)]
    pub(super) fn decimal(block: &[u8; TAIL], len: usize) -> Option<Decimal> {
        let mut number = Decimal { mantissa: 0, fraction: -1 };
        for &byte in &block[TAIL - len..] {
            match byte {
                b'0'..=b'9' => {
                    number.mantissa = number.mantissa * 10 + u64::from(byte - b'0');
                    number.fraction += i32::from(number.fraction >= 0);
                }
                b'.' if number.fraction < 0 => number.fraction = 0,
                _ => return None,
            }
        }
        Some(number)
    }

    #[inline(always)]
    pub(super) fn words(block: &[u8; TAIL], len: usize) -> [u64; 2] {
        let mut kept = [0; TAIL];
        kept[TAIL - len..].copy_from_slice(&block[TAIL - len..]);
        let all = u128::from_le_bytes(kept);
        [all as u64, (all >> 64) as u64]
    }
}
