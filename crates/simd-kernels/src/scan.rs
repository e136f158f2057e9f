//! Where bytes of interest stand in a text, 64 at a time.

/// Bytes of a block.
pub const BLOCK: usize = 64;

/// Bit `i` is set where byte `i` is one of the set.
#[inline(always)]
pub fn any_of<const N: usize>(block: &[u8; BLOCK], set: [u8; N]) -> u64 {
    imp::any_of(block, set)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::*;

    #[inline(always)]
    pub(super) fn any_of<const N: usize>(block: &[u8; super::BLOCK], set: [u8; N]) -> u64 {
        let mut mask = 0u64;
        let mut part = 0;
        while part < 4 {
            // SAFETY: 16 bytes at 0, 16, 32 and 48 lie inside the block; v128.load has no alignment requirement.
            let bytes = unsafe { v128_load(block.as_ptr().add(part * 16).cast()) };
            let hit = set.iter().fold(u8x16_splat(0), |hit, &byte| v128_or(hit, u8x16_eq(bytes, u8x16_splat(byte))));
            mask |= u64::from(u8x16_bitmask(hit)) << (part * 16);
            part += 1;
        }
        mask
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    #[inline(always)]
    pub(super) fn any_of<const N: usize>(block: &[u8; super::BLOCK], set: [u8; N]) -> u64 {
        block.iter().enumerate().fold(0, |mask, (i, byte)| mask | u64::from(set.contains(byte)) << i)
    }
}
