//! Comparisons of 64 values at a time into a bit each, least significant first.

/// Values of a block.
pub const BLOCK: usize = 64;

/// `value OP constant`. NaN is in no order, and `Ne` alone holds for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

macro_rules! scalar {
    ($op:expr, $a:expr, $b:expr) => {
        match $op {
            Op::Eq => $a == $b,
            Op::Ne => $a != $b,
            Op::Lt => $a < $b,
            Op::Le => $a <= $b,
            Op::Gt => $a > $b,
            Op::Ge => $a >= $b,
        }
    };
}

/// Whole blocks of `values` and the rest of them, a word each. `op` should be a constant where it is called: the loop is compiled for it.
macro_rules! kernel {
    ($(#[$doc:meta])* $name:ident, $type:ty, $block:ident) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(values: &[$type], op: Op, c: $type, words: &mut [u64]) {
            let (blocks, rest) = values.as_chunks::<BLOCK>();
            for (word, block) in words.iter_mut().zip(blocks) {
                *word = imp::$block(block, op, c);
            }
            if let (false, Some(word)) = (rest.is_empty(), words.get_mut(blocks.len())) {
                *word = rest.iter().enumerate().fold(0, |word, (i, &value)| word | u64::from(scalar!(op, value, c)) << i);
            }
        }
    };
}

kernel!(
    /// Doubles with a constant; `words` has a word for every 64 values.
    f64_with, f64, f64_block
);
kernel!(
    /// As `f64_with`.
    i64_with, i64, i64_block
);
kernel!(
    /// As `f64_with`.
    i32_with, i32, i32_block
);
kernel!(
    /// As `f64_with`.
    u16_with, u16, u16_block
);
kernel!(
    /// As `f64_with`.
    u8_with, u8, u8_block
);

/// Doubles with doubles.
#[inline(always)]
pub fn f64_pairs(a: &[f64], b: &[f64], op: Op, words: &mut [u64]) {
    let ((a_blocks, a_rest), (b_blocks, b_rest)) = (a.as_chunks::<BLOCK>(), b.as_chunks::<BLOCK>());
    for (word, (a, b)) in words.iter_mut().zip(a_blocks.iter().zip(b_blocks)) {
        *word = imp::f64_pair_block(a, b, op);
    }
    if let (false, Some(word)) = (a_rest.is_empty(), words.get_mut(a_blocks.len())) {
        *word = a_rest.iter().zip(b_rest).enumerate().fold(0, |word, (i, (&a, &b))| word | u64::from(scalar!(op, a, b)) << i);
    }
}

/// Whether the table of 16 flags (0 or 0xff) has one for each code; a code from 16 on has none.
#[inline(always)]
pub fn u8_in_sixteen(codes: &[u8], table: &[u8; 16], words: &mut [u64]) {
    let (blocks, rest) = codes.as_chunks::<BLOCK>();
    for (word, block) in words.iter_mut().zip(blocks) {
        *word = imp::sixteen_block(block, table);
    }
    if let (false, Some(word)) = (rest.is_empty(), words.get_mut(blocks.len())) {
        *word = rest.iter().enumerate().fold(0, |word, (i, &code)| {
            let flag = table.get(usize::from(code)).is_some_and(|&flag| flag != 0);
            word | u64::from(flag) << i
        });
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::*;

    use super::{BLOCK, Op};

    /// 16 bytes of a block, `part` of its 16-byte pieces.
    #[inline(always)]
    fn load<T>(block: &[T; BLOCK], part: usize) -> v128 {
        assert!(part < size_of::<[T; BLOCK]>() / 16);
        // SAFETY: the piece lies inside the block, as just checked; v128.load has no alignment requirement.
        unsafe { v128_load(block.as_ptr().cast::<u8>().add(part * 16).cast()) }
    }

    /// Every second 32-bit lane of two masks of 64-bit lanes.
    #[inline(always)]
    fn narrow64(a: v128, b: v128) -> v128 {
        i32x4_shuffle::<0, 2, 4, 6>(a, b)
    }

    /// Masks of 16 values to 16 bits.
    #[inline(always)]
    fn bits_of_32(a: v128, b: v128, c: v128, d: v128) -> u64 {
        u64::from(i8x16_bitmask(i8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d))))
    }

    macro_rules! compare {
        ($op:expr, $a:expr, $b:expr, $eq:ident, $ne:ident, $lt:ident, $le:ident, $gt:ident, $ge:ident) => {
            match $op {
                Op::Eq => $eq($a, $b),
                Op::Ne => $ne($a, $b),
                Op::Lt => $lt($a, $b),
                Op::Le => $le($a, $b),
                Op::Gt => $gt($a, $b),
                Op::Ge => $ge($a, $b),
            }
        };
    }

    #[inline(always)]
    fn wide(mask: impl Fn(usize) -> v128) -> u64 {
        let mut word = 0;
        for quarter in 0..4 {
            let at = quarter * 8;
            let pair = |k: usize| narrow64(mask(at + k), mask(at + k + 1));
            word |= bits_of_32(pair(0), pair(2), pair(4), pair(6)) << (quarter * 16);
        }
        word
    }

    #[inline(always)]
    pub(super) fn f64_block(block: &[f64; BLOCK], op: Op, c: f64) -> u64 {
        let c = f64x2_splat(c);
        wide(|part| compare!(op, load(block, part), c, f64x2_eq, f64x2_ne, f64x2_lt, f64x2_le, f64x2_gt, f64x2_ge))
    }

    #[inline(always)]
    pub(super) fn f64_pair_block(a: &[f64; BLOCK], b: &[f64; BLOCK], op: Op) -> u64 {
        wide(|part| compare!(op, load(a, part), load(b, part), f64x2_eq, f64x2_ne, f64x2_lt, f64x2_le, f64x2_gt, f64x2_ge))
    }

    #[inline(always)]
    pub(super) fn i64_block(block: &[i64; BLOCK], op: Op, c: i64) -> u64 {
        let c = i64x2_splat(c);
        wide(|part| compare!(op, load(block, part), c, i64x2_eq, i64x2_ne, i64x2_lt, i64x2_le, i64x2_gt, i64x2_ge))
    }

    #[inline(always)]
    pub(super) fn i32_block(block: &[i32; BLOCK], op: Op, c: i32) -> u64 {
        let c = i32x4_splat(c);
        let mask = |part: usize| compare!(op, load(block, part), c, i32x4_eq, i32x4_ne, i32x4_lt, i32x4_le, i32x4_gt, i32x4_ge);
        let mut word = 0;
        for quarter in 0..4 {
            let at = quarter * 4;
            word |= bits_of_32(mask(at), mask(at + 1), mask(at + 2), mask(at + 3)) << (quarter * 16);
        }
        word
    }

    #[inline(always)]
    pub(super) fn u16_block(block: &[u16; BLOCK], op: Op, c: u16) -> u64 {
        let c = u16x8_splat(c);
        let mask = |part: usize| compare!(op, load(block, part), c, u16x8_eq, u16x8_ne, u16x8_lt, u16x8_le, u16x8_gt, u16x8_ge);
        let mut word = 0;
        for quarter in 0..4 {
            word |= u64::from(i8x16_bitmask(i8x16_narrow_i16x8(mask(quarter * 2), mask(quarter * 2 + 1)))) << (quarter * 16);
        }
        word
    }

    #[inline(always)]
    pub(super) fn u8_block(block: &[u8; BLOCK], op: Op, c: u8) -> u64 {
        let c = u8x16_splat(c);
        let mut word = 0;
        for part in 0..4 {
            let mask = compare!(op, load(block, part), c, u8x16_eq, u8x16_ne, u8x16_lt, u8x16_le, u8x16_gt, u8x16_ge);
            word |= u64::from(i8x16_bitmask(mask)) << (part * 16);
        }
        word
    }

    #[inline(always)]
    pub(super) fn sixteen_block(block: &[u8; BLOCK], table: &[u8; 16]) -> u64 {
        // SAFETY: the table is 16 bytes.
        let table = unsafe { v128_load(table.as_ptr().cast()) };
        let mut word = 0;
        for part in 0..4 {
            word |= u64::from(i8x16_bitmask(u8x16_swizzle(table, load(block, part)))) << (part * 16);
        }
        word
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    use super::{BLOCK, Op};

    macro_rules! block {
        ($name:ident, $type:ty) => {
            #[inline(always)]
            pub(super) fn $name(block: &[$type; BLOCK], op: Op, c: $type) -> u64 {
                block.iter().enumerate().fold(0, |word, (i, &value)| word | u64::from(scalar!(op, value, c)) << i)
            }
        };
    }

    block!(f64_block, f64);
    block!(i64_block, i64);
    block!(i32_block, i32);
    block!(u16_block, u16);
    block!(u8_block, u8);

    #[inline(always)]
    pub(super) fn f64_pair_block(a: &[f64; BLOCK], b: &[f64; BLOCK], op: Op) -> u64 {
        a.iter().zip(b).enumerate().fold(0, |word, (i, (&a, &b))| word | u64::from(scalar!(op, a, b)) << i)
    }

    #[inline(always)]
    pub(super) fn sixteen_block(block: &[u8; BLOCK], table: &[u8; 16]) -> u64 {
        block
            .iter()
            .enumerate()
            .fold(0, |word, (i, &code)| word | u64::from(table.get(usize::from(code)).is_some_and(|&flag| flag != 0)) << i)
    }
}
