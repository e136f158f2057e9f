//! Each loop once, over [`crate::simd::Simd`].

pub(crate) mod codes;
pub(crate) mod float;
pub(crate) mod wide;
