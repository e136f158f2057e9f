//! The operations in plain Rust: the oracle that the SIMD versions are compared with, and what native tests run.

use crate::simd::Simd;

pub(crate) struct Scalar;

type V = [u8; 16];

fn f32s(v: V) -> [f32; 4] {
    core::array::from_fn(|i| f32::from_le_bytes([v[4 * i], v[4 * i + 1], v[4 * i + 2], v[4 * i + 3]]))
}
fn from_f32s(x: [f32; 4]) -> V {
    core::array::from_fn(|i| x[i / 4].to_le_bytes()[i % 4])
}
fn f64s(v: V) -> [f64; 2] {
    core::array::from_fn(|i| f64::from_le_bytes(core::array::from_fn(|j| v[8 * i + j])))
}
fn from_f64s(x: [f64; 2]) -> V {
    core::array::from_fn(|i| x[i / 8].to_le_bytes()[i % 8])
}
fn u16s(v: V) -> [u16; 8] {
    core::array::from_fn(|i| u16::from_le_bytes([v[2 * i], v[2 * i + 1]]))
}
fn from_u16s(x: [u16; 8]) -> V {
    core::array::from_fn(|i| x[i / 2].to_le_bytes()[i % 2])
}
fn i32s(v: V) -> [i32; 4] {
    core::array::from_fn(|i| i32::from_le_bytes([v[4 * i], v[4 * i + 1], v[4 * i + 2], v[4 * i + 3]]))
}
fn from_i32s(x: [i32; 4]) -> V {
    core::array::from_fn(|i| x[i / 4].to_le_bytes()[i % 4])
}
fn zip<T: Copy, const N: usize>(a: [T; N], b: [T; N], f: impl Fn(T, T) -> T) -> [T; N] {
    core::array::from_fn(|i| f(a[i], b[i]))
}

impl Simd for Scalar {
    type V = V;

    unsafe fn load(p: *const u8) -> V {
        // SAFETY: the caller guarantees 16 readable bytes; a byte array has no alignment to keep.
        unsafe { p.cast::<V>().read() }
    }
    fn zero() -> V {
        [0; 16]
    }

    fn f32_add(a: V, b: V) -> V {
        from_f32s(zip(f32s(a), f32s(b), |x, y| x + y))
    }
    fn f32_sub(a: V, b: V) -> V {
        from_f32s(zip(f32s(a), f32s(b), |x, y| x - y))
    }
    fn f32_madd(a: V, b: V, c: V) -> V {
        let product = zip(f32s(a), f32s(b), |x, y| x * y);
        from_f32s(zip(product, f32s(c), |x, y| x + y))
    }
    fn f32_lanes(v: V) -> [f32; 4] {
        f32s(v)
    }

    fn f64_add(a: V, b: V) -> V {
        from_f64s(zip(f64s(a), f64s(b), |x, y| x + y))
    }
    fn f64_sub(a: V, b: V) -> V {
        from_f64s(zip(f64s(a), f64s(b), |x, y| x - y))
    }
    fn f64_mul(a: V, b: V) -> V {
        from_f64s(zip(f64s(a), f64s(b), |x, y| x * y))
    }
    fn f64_lanes(v: V) -> [f64; 2] {
        f64s(v)
    }
    fn f64_from_low(v: V) -> V {
        let x = f32s(v);
        from_f64s([x[0].into(), x[1].into()])
    }
    fn f64_from_high(v: V) -> V {
        let x = f32s(v);
        from_f64s([x[2].into(), x[3].into()])
    }

    fn i16_from_i8_low(v: V) -> V {
        from_u16s(core::array::from_fn(|i| i16::from(v[i] as i8) as u16))
    }
    fn i16_from_i8_high(v: V) -> V {
        from_u16s(core::array::from_fn(|i| i16::from(v[8 + i] as i8) as u16))
    }
    fn i32_dot_i16(a: V, b: V) -> V {
        let (a, b) = (u16s(a), u16s(b));
        let product = |i: usize| i32::from(a[i] as i16) * i32::from(b[i] as i16);
        from_i32s(core::array::from_fn(|i| product(2 * i).wrapping_add(product(2 * i + 1))))
    }
    fn i32_add(a: V, b: V) -> V {
        from_i32s(zip(i32s(a), i32s(b), i32::wrapping_add))
    }
    fn i32_lanes(v: V) -> [i32; 4] {
        i32s(v)
    }

    fn and(a: V, b: V) -> V {
        zip(a, b, |x, y| x & y)
    }
    fn xor(a: V, b: V) -> V {
        zip(a, b, |x, y| x ^ y)
    }
    fn u8_splat(x: u8) -> V {
        [x; 16]
    }
    fn u8_add(a: V, b: V) -> V {
        zip(a, b, u8::wrapping_add)
    }
    fn u8_high_nibble(v: V) -> V {
        v.map(|x| x >> 4)
    }
    fn u8_lookup(table: V, index: V) -> V {
        index.map(|i| table[usize::from(i & 15)])
    }
    fn u8_popcount(v: V) -> V {
        v.map(|x| x.count_ones() as u8)
    }
    fn u16_even_bytes(v: V) -> V {
        from_u16s(u16s(v).map(|x| x & 0xff))
    }
    fn u16_odd_bytes(v: V) -> V {
        from_u16s(u16s(v).map(|x| x >> 8))
    }
    fn u16_add(a: V, b: V) -> V {
        from_u16s(zip(u16s(a), u16s(b), u16::wrapping_add))
    }
    fn u16_lanes(v: V) -> [u16; 8] {
        u16s(v)
    }
}
