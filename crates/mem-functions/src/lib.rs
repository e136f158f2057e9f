//! The four functions of memory that compiled C calls, 16 bytes at a time.
//!
//! What `compiler_builtins` brings copies word by word, and bytes whose addresses are not aligned alike by shifting words together; a b-tree moves
//! little else, and SQLite spent a fifth of some workloads there. Unaligned SIMD needs neither. In a WebAssembly build with SIMD these definitions take the place
//! of those weak ones; natively they are plain functions, for the tests.
//!
//! Short lengths are done without a loop by two accesses that may overlap, both read before the first is written.
#![no_std]
// The compiler would find the loop of memcpy in memcpy, and call it.
#![no_builtins]
#![allow(unsafe_code)]

/// 16 bytes at any address.
#[cfg(target_feature = "simd128")]
type Block = core::arch::wasm32::v128;
#[cfg(not(target_feature = "simd128"))]
type Block = u128;

const BLOCK: usize = size_of::<Block>();
/// From here on the host's own copy is quicker than the loop, though it costs a call.
#[cfg(target_feature = "bulk-memory")]
const BULK: usize = 512;

/// # Safety
/// `from` is readable for the size of `T`.
#[inline(always)]
unsafe fn get<T: Copy>(from: *const u8) -> T {
    // SAFETY: as the caller vouches; no alignment is asked for.
    unsafe { from.cast::<T>().read_unaligned() }
}

/// # Safety
/// `to` is writable for the size of `T`.
#[inline(always)]
unsafe fn put<T: Copy>(to: *mut u8, value: T) {
    // SAFETY: as the caller vouches; no alignment is asked for.
    unsafe { to.cast::<T>().write_unaligned(value) };
}

/// The first and the last `T` of `n` bytes, which may overlap; both are read before either is written.
///
/// # Safety
/// `size_of::<T>() <= n <= 2 * size_of::<T>()`, and both regions hold `n` bytes.
#[inline(always)]
unsafe fn ends<T: Copy>(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: both accesses lie within the `n` bytes.
    unsafe {
        let last = n - size_of::<T>();
        let (a, b) = (get::<T>(from), get::<T>(from.add(last)));
        put(to, a);
        put(to.add(last), b);
    }
}

/// Copies `n` bytes between regions that may overlap.
///
/// # Safety
/// Both regions hold `n` bytes.
#[inline(always)]
pub unsafe fn copy(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: every access lies within the `n` bytes of both regions. Backwards or forwards, a block is read before its bytes are written.
    unsafe {
        match n {
            0 => {}
            1 => put(to, get::<u8>(from)),
            2..4 => ends::<u16>(to, from, n),
            4..8 => ends::<u32>(to, from, n),
            8..16 => ends::<u64>(to, from, n),
            16..=32 => ends::<Block>(to, from, n),
            _ => long(to, from, n),
        }
    }
}

/// # Safety
/// As [`copy`]; `n` is more than a block.
#[inline(always)]
unsafe fn long(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: as `copy`.
    unsafe {
        #[cfg(target_feature = "bulk-memory")]
        if n >= BULK {
            core::ptr::copy(from, to, n); // one instruction, no call of what stands here
            return;
        }
        // The end that is reached last is read first: the loop may write over it.
        if (to as usize).wrapping_sub(from as usize) >= n {
            let tail = get::<Block>(from.add(n - BLOCK));
            let mut i = 0;
            while i + BLOCK < n {
                put(to.add(i), get::<Block>(from.add(i)));
                i += BLOCK;
            }
            put(to.add(n - BLOCK), tail);
        } else {
            let head = get::<Block>(from);
            let mut i = n;
            while i > BLOCK {
                i -= BLOCK;
                put(to.add(i), get::<Block>(from.add(i)));
            }
            put(to, head);
        }
    }
}

/// Fills `n` bytes.
///
/// # Safety
/// The region holds `n` bytes.
#[inline(always)]
pub unsafe fn fill(to: *mut u8, byte: u8, n: usize) {
    let word = u64::from(byte) * 0x0101_0101_0101_0101;
    // SAFETY: every access lies within the `n` bytes.
    unsafe {
        match n {
            0 => {}
            1 => put(to, byte),
            2..4 => (put(to, word as u16), put(to.add(n - 2), word as u16)).0,
            4..8 => (put(to, word as u32), put(to.add(n - 4), word as u32)).0,
            8..16 => (put(to, word), put(to.add(n - 8), word)).0,
            _ => {
                let block: Block = get([word, word].as_ptr().cast());
                let mut i = 0;
                while i + BLOCK < n {
                    put(to.add(i), block);
                    i += BLOCK;
                }
                put(to.add(n - BLOCK), block);
            }
        }
    }
}

/// Less than, equal to, or more than 0 as the first byte that differs is less in `a`, there is none, or it is more.
///
/// # Safety
/// Both regions hold `n` bytes.
#[inline(always)]
pub unsafe fn compare(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: every access lies within the `n` bytes. Blocks that overlap ones that were equal find the same first difference.
    unsafe {
        if n >= BLOCK {
            let mut i = 0;
            while i + BLOCK < n {
                let order = blocks(a.add(i), b.add(i));
                if order != 0 {
                    return order;
                }
                i += BLOCK;
            }
            return blocks(a.add(n - BLOCK), b.add(n - BLOCK));
        }
        if n >= 8 {
            let order = words(get(a), get(b));
            return if order != 0 { order } else { words(get(a.add(n - 8)), get(b.add(n - 8))) };
        }
        if n >= 4 {
            let order = words(u64::from(get::<u32>(a)) << 32, u64::from(get::<u32>(b)) << 32);
            return if order != 0 {
                order
            } else {
                words(u64::from(get::<u32>(a.add(n - 4))) << 32, u64::from(get::<u32>(b.add(n - 4))) << 32)
            };
        }
        let mut i = 0;
        while i < n {
            let (x, y) = (get::<u8>(a.add(i)), get::<u8>(b.add(i)));
            if x != y {
                return i32::from(x) - i32::from(y);
            }
            i += 1;
        }
        0
    }
}

/// Eight bytes in the order that they have in memory.
#[inline(always)]
fn words(a: u64, b: u64) -> i32 {
    let (a, b) = (a.swap_bytes(), b.swap_bytes());
    i32::from(a > b) - i32::from(a < b)
}

/// # Safety
/// Both hold a block.
#[cfg(target_feature = "simd128")]
#[inline(always)]
unsafe fn blocks(a: *const u8, b: *const u8) -> i32 {
    use core::arch::wasm32::{i8x16_bitmask, i8x16_eq};
    // SAFETY: as the caller vouches; the position of the first bit that is not set is less than 16.
    unsafe {
        let equal = u32::from(i8x16_bitmask(i8x16_eq(get(a), get(b))));
        if equal == 0xffff {
            return 0;
        }
        let at = equal.trailing_ones() as usize;
        i32::from(get::<u8>(a.add(at))) - i32::from(get::<u8>(b.add(at)))
    }
}

/// # Safety
/// Both hold a block.
#[cfg(not(target_feature = "simd128"))]
#[inline(always)]
unsafe fn blocks(a: *const u8, b: *const u8) -> i32 {
    // SAFETY: as the caller vouches.
    let (a, b) = unsafe { (u128::from_be(get::<u128>(a)), u128::from_be(get::<u128>(b))) };
    i32::from(a > b) - i32::from(a < b)
}

/// The names that C and the compiler call.
#[cfg(target_feature = "simd128")]
mod symbols {
    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
        // SAFETY: as in C.
        unsafe { super::copy(to, from, n) };
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
        // SAFETY: as in C.
        unsafe { super::copy(to, from, n) };
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memset(to: *mut u8, byte: i32, n: usize) -> *mut u8 {
        // SAFETY: as in C.
        unsafe { super::fill(to, byte as u8, n) };
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
        // SAFETY: as in C.
        unsafe { super::compare(a, b, n) }
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
        // SAFETY: as in C.
        unsafe { super::compare(a, b, n) }
    }
}
