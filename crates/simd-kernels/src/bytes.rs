//! Numbers as bytes and back, for staging and export. All targets are little-endian (checked at compile time).

const _: () = assert!(cfg!(target_endian = "little"), "rows are exported in memory order, which must be little-endian");

mod sealed {
    /// Types without padding whose every bit pattern is a value.
    pub trait Plain: Copy {}
    impl Plain for u8 {}
    impl Plain for i8 {}
    impl Plain for u16 {}
    impl Plain for u32 {}
    impl Plain for f32 {}
    impl Plain for f64 {}
}
use sealed::Plain;

/// The bytes of a slice of numbers.
pub fn of<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: T has no padding, the length in bytes is that of the slice, and u8 needs no alignment.
    unsafe { core::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The bytes of a slice of numbers, to write to.
pub fn of_mut<T: Plain>(values: &mut [T]) -> &mut [u8] {
    // SAFETY: as in `of`; every bit pattern is a value of T, so any bytes may be written.
    unsafe { core::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}

/// f64 words read as numbers of another type (as many as fit): the staging buffer is f64 so that it is aligned for all of them.
pub fn view<T: Plain>(words: &[f64]) -> &[T] {
    const { assert!(align_of::<T>() <= align_of::<f64>()) };
    // SAFETY: alignment of f64 covers T, the length is that of the slice in whole T, every bit pattern is a value of T.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words) / size_of::<T>()) }
}

/// As [`view`], to write to.
pub fn view_mut<T: Plain>(words: &mut [f64]) -> &mut [T] {
    const { assert!(align_of::<T>() <= align_of::<f64>()) };
    // SAFETY: as in `view`; every bit pattern is a value of f64 too.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), size_of_val(words) / size_of::<T>()) }
}

/// Reads one byte of every cache line of `bytes`, so that lines of several rows are on their way at once before a loop needs them in
/// turn. WebAssembly has no prefetch instruction; the sum is what makes the reads count. Hand it to `core::hint::black_box`.
#[inline(always)]
pub fn touch(bytes: &[u8]) -> u32 {
    const LINE: usize = 64;
    let mut sum = 0u32;
    let mut at = 0;
    while at < bytes.len() {
        sum = sum.wrapping_add(u32::from(bytes[at]));
        at += LINE;
    }
    // A row that does not begin with a line ends in one more.
    sum.wrapping_add(bytes.last().map_or(0, |&byte| u32::from(byte)))
}
