//! Canonical f64 sums: eight partial sums, element j to sum j mod 8, joined as ((s0+s1)+(s2+s3))+((s4+s5)+(s6+s7)).
//! Multiplications and additions are never fused, so every architecture gives the same bits.

use crate::simd::Simd;

/// A row of little-endian floats at any address: one of f32s as its bytes, or a blob of a database page.
pub(crate) type Row<'a> = &'a [[u8; 4]];

#[inline(always)]
fn float(bytes: [u8; 4]) -> f64 {
    f64::from(f32::from_le_bytes(bytes))
}

/// Eight f64 partial sums in four vectors.
struct Sums<S: Simd>([S::V; 4]);

impl<S: Simd> Sums<S> {
    #[inline(always)]
    fn new() -> Self {
        Self([S::zero(); 4])
    }
    #[inline(always)]
    fn add(&mut self, terms: [S::V; 4]) {
        for (sum, term) in self.0.iter_mut().zip(terms) {
            *sum = S::f64_add(*sum, term);
        }
    }
    #[inline(always)]
    fn finish(self, tail: impl Iterator<Item = f64>) -> f64 {
        let [a, b, c, d] = self.0.map(S::f64_lanes);
        let mut s = [a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]];
        for (sum, term) in s.iter_mut().zip(tail) {
            *sum += term;
        }
        ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
    }
}

/// Eight floats as four f64x2.
#[inline(always)]
fn promote<S: Simd>(x: &[[u8; 4]; 8]) -> [S::V; 4] {
    // SAFETY: the array holds 8 floats: two loads of 4.
    let (low, high) = unsafe { (S::load(x.as_ptr().cast()), S::load(x.as_ptr().add(4).cast())) };
    [S::f64_from_low(low), S::f64_from_high(low), S::f64_from_low(high), S::f64_from_high(high)]
}

#[inline(always)]
fn zip<S: Simd>(a: [S::V; 4], b: [S::V; 4], f: impl Fn(S::V, S::V) -> S::V) -> [S::V; 4] {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

#[inline(always)]
pub(crate) fn dot<S: Simd>(a: Row, b: Row) -> f64 {
    assert!(a.len() == b.len());
    let ((a8, at), (b8, bt)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = Sums::<S>::new();
    for (x, y) in a8.iter().zip(b8) {
        sums.add(zip::<S>(promote::<S>(x), promote::<S>(y), S::f64_mul));
    }
    sums.finish(at.iter().zip(bt).map(|(&x, &y)| float(x) * float(y)))
}

#[inline(always)]
pub(crate) fn l2sq<S: Simd>(a: Row, b: Row) -> f64 {
    assert!(a.len() == b.len());
    let ((a8, at), (b8, bt)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = Sums::<S>::new();
    for (x, y) in a8.iter().zip(b8) {
        let d = zip::<S>(promote::<S>(x), promote::<S>(y), S::f64_sub);
        sums.add(zip::<S>(d, d, S::f64_mul));
    }
    sums.finish(at.iter().zip(bt).map(|(&x, &y)| {
        let d = float(x) - float(y);
        d * d
    }))
}

/// `(sum a_j b_j, sum b_j^2)` in one pass over `b`.
#[inline(always)]
pub(crate) fn dot_and_square<S: Simd>(a: Row, b: Row) -> (f64, f64) {
    assert!(a.len() == b.len());
    let ((a8, at), (b8, bt)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let (mut dots, mut squares) = (Sums::<S>::new(), Sums::<S>::new());
    for (x, y) in a8.iter().zip(b8) {
        let y = promote::<S>(y);
        dots.add(zip::<S>(promote::<S>(x), y, S::f64_mul));
        squares.add(zip::<S>(y, y, S::f64_mul));
    }
    let tail = at.iter().zip(bt);
    (dots.finish(tail.map(|(&x, &y)| float(x) * float(y))), squares.finish(bt.iter().map(|&y| float(y) * float(y))))
}
