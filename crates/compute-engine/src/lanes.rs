//! Vectors of 128 bits over f32 and f64, without `unsafe`: arrays become one load or store. Elsewhere than in WebAssembly the same
//! operations run over arrays in the same order, so native tests see the artifact's answers bit for bit.

use core::fmt::Debug;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// An element of a matrix: f32 or f64.
pub trait Real:
    Copy
    + Debug
    + Default
    + Send
    + Sync
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + 'static
{
    /// Elements of a vector.
    const LANES: usize;
    /// Distance from 1 to the next larger number.
    const EPSILON: Self;
    const ONE: Self;
    /// A vector in memory: `[Self; LANES]`.
    type Pack: Copy + Default + Send + Sync + AsRef<[Self]> + AsMut<[Self]>;
    /// A vector in a register.
    type V: Copy;

    fn of(value: f64) -> Self;
    fn f64(self) -> f64;
    fn sqrt(self) -> Self;
    fn abs(self) -> Self;

    fn packs(slice: &[Self]) -> (&[Self::Pack], &[Self]);
    fn packs_mut(slice: &mut [Self]) -> (&mut [Self::Pack], &mut [Self]);
    fn flat(packs: &[Self::Pack]) -> &[Self];
    fn flat_mut(packs: &mut [Self::Pack]) -> &mut [Self];

    fn load(pack: &Self::Pack) -> Self::V;
    fn pack(v: Self::V) -> Self::Pack;
    fn splat(self) -> Self::V;
    fn vadd(a: Self::V, b: Self::V) -> Self::V;
    fn vsub(a: Self::V, b: Self::V) -> Self::V;
    fn vmul(a: Self::V, b: Self::V) -> Self::V;
}

macro_rules! real {
    ($t:ident, $lanes:literal, $ops:ident) => {
        impl Real for $t {
            const LANES: usize = $lanes;
            const EPSILON: Self = $t::EPSILON;
            const ONE: Self = 1.0;
            type Pack = [$t; $lanes];
            type V = arch::$ops::V;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn f64(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn packs(slice: &[Self]) -> (&[Self::Pack], &[Self]) {
                slice.as_chunks()
            }
            #[inline(always)]
            fn packs_mut(slice: &mut [Self]) -> (&mut [Self::Pack], &mut [Self]) {
                slice.as_chunks_mut()
            }
            #[inline(always)]
            fn flat(packs: &[Self::Pack]) -> &[Self] {
                packs.as_flattened()
            }
            #[inline(always)]
            fn flat_mut(packs: &mut [Self::Pack]) -> &mut [Self] {
                packs.as_flattened_mut()
            }
            #[inline(always)]
            fn load(pack: &Self::Pack) -> Self::V {
                arch::$ops::load(pack)
            }
            #[inline(always)]
            fn pack(v: Self::V) -> Self::Pack {
                arch::$ops::pack(v)
            }
            #[inline(always)]
            fn splat(self) -> Self::V {
                arch::$ops::splat(self)
            }
            #[inline(always)]
            fn vadd(a: Self::V, b: Self::V) -> Self::V {
                arch::$ops::add(a, b)
            }
            #[inline(always)]
            fn vsub(a: Self::V, b: Self::V) -> Self::V {
                arch::$ops::sub(a, b)
            }
            #[inline(always)]
            fn vmul(a: Self::V, b: Self::V) -> Self::V {
                arch::$ops::mul(a, b)
            }
        }
    };
}

real!(f32, 4, f32s);
real!(f64, 2, f64s);

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod arch {
    pub mod f32s {
        use core::arch::wasm32::*;
        pub use core::arch::wasm32::{f32x4_add as add, f32x4_mul as mul, f32x4_splat as splat, f32x4_sub as sub};
        pub type V = v128;

        #[inline(always)]
        pub fn load(p: &[f32; 4]) -> V {
            f32x4(p[0], p[1], p[2], p[3])
        }
        #[inline(always)]
        pub fn pack(v: V) -> [f32; 4] {
            [f32x4_extract_lane::<0>(v), f32x4_extract_lane::<1>(v), f32x4_extract_lane::<2>(v), f32x4_extract_lane::<3>(v)]
        }
    }
    pub mod f64s {
        use core::arch::wasm32::*;
        pub use core::arch::wasm32::{f64x2_add as add, f64x2_mul as mul, f64x2_splat as splat, f64x2_sub as sub};
        pub type V = v128;

        #[inline(always)]
        pub fn load(p: &[f64; 2]) -> V {
            f64x2(p[0], p[1])
        }
        #[inline(always)]
        pub fn pack(v: V) -> [f64; 2] {
            [f64x2_extract_lane::<0>(v), f64x2_extract_lane::<1>(v)]
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod arch {
    macro_rules! array {
        ($name:ident, $t:ident, $lanes:literal) => {
            pub mod $name {
                use core::array::from_fn;
                pub type V = [$t; $lanes];

                #[inline(always)]
                pub fn load(p: &V) -> V {
                    *p
                }
                #[inline(always)]
                pub fn pack(v: V) -> V {
                    v
                }
                #[inline(always)]
                pub fn splat(x: $t) -> V {
                    [x; $lanes]
                }
                #[inline(always)]
                pub fn add(a: V, b: V) -> V {
                    from_fn(|i| a[i] + b[i])
                }
                #[inline(always)]
                pub fn sub(a: V, b: V) -> V {
                    from_fn(|i| a[i] - b[i])
                }
                #[inline(always)]
                pub fn mul(a: V, b: V) -> V {
                    from_fn(|i| a[i] * b[i])
                }
            }
        };
    }
    array!(f32s, f32, 4);
    array!(f64s, f64, 2);
}
