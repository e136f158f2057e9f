//! Transforms of one length for several signals side by side: Stockham's self-sorting passes (Van Loan, Computational Frameworks for
//! the FFT, 1992, section 1.7) of radix 4, 2, 3 and 5. The signals fill the lanes, so each pass is vectors only.

use columnar::{Result, alloc};

use super::roots::root;
use crate::lanes::Real;

/// Vectors of a place: signals side by side are `WIDE * LANES`.
pub const WIDE: usize = 2;

/// A complex block, real and imaginary parts apart: place after place, `WIDE` vectors each.
pub struct Block<T: Real> {
    pub re: Vec<T::Pack>,
    pub im: Vec<T::Pack>,
}

impl<T: Real> Block<T> {
    pub fn new(places: usize) -> Result<Self> {
        let zeros = || alloc::filled(places * WIDE, T::Pack::default());
        Ok(Self { re: zeros()?, im: zeros()? })
    }
}

struct Pass<T> {
    radix: usize,
    /// Of each butterfly: its factors for outputs 1.., (re, im).
    factors: Vec<(T, T)>,
}

/// The passes of one length.
pub struct Passes<T> {
    len: usize,
    passes: Vec<Pass<T>>,
}

/// The radices of `n`, or `None` where another prime divides it.
pub fn radices(mut n: usize) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for radix in [4, 2, 3, 5] {
        while n.is_multiple_of(radix) && n > 1 {
            found.push(radix);
            n /= radix;
        }
    }
    (n == 1).then_some(found)
}

impl<T: Real> Passes<T> {
    /// Of a length that is the product of `radices`.
    pub fn new(radices: &[usize]) -> Result<Self> {
        let len: usize = radices.iter().product();
        let mut passes = alloc::room(radices.len())?;
        let mut rest = len;
        for &radix in radices {
            let groups = rest / radix;
            let mut factors = alloc::room(groups * (radix - 1))?;
            for p in 0..groups {
                factors.extend((1..radix).map(|k| {
                    let (re, im) = root(p * k, rest);
                    (T::of(re), T::of(im))
                }));
            }
            passes.push(Pass { radix, factors });
            rest = groups;
        }
        Ok(Self { len, passes })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Transforms `x` in place; `y` is as large and loses what it holds.
    pub fn run(&self, x: &mut Block<T>, y: &mut Block<T>) {
        let mut stride = WIDE;
        for pass in &self.passes {
            match pass.radix {
                2 => run::<T, 2>(pass, stride, x, y, two::<T>),
                3 => run::<T, 3>(pass, stride, x, y, three::<T>),
                4 => run::<T, 4>(pass, stride, x, y, four::<T>),
                _ => run::<T, 5>(pass, stride, x, y, five::<T>),
            }
            core::mem::swap(x, y);
            stride *= pass.radix;
        }
    }
}

type C<T> = (<T as Real>::V, <T as Real>::V);

#[inline(always)]
fn run<T: Real, const R: usize>(pass: &Pass<T>, stride: usize, x: &Block<T>, y: &mut Block<T>, butterfly: impl Fn([C<T>; R]) -> [C<T>; R]) {
    let part = x.re.len() / R;
    let re: [&[T::Pack]; R] = core::array::from_fn(|j| &x.re[j * part..(j + 1) * part]);
    let im: [&[T::Pack]; R] = core::array::from_fn(|j| &x.im[j * part..(j + 1) * part]);
    let groups = part / stride;
    let outputs = y.re.chunks_exact_mut(R * stride).zip(y.im.chunks_exact_mut(R * stride));
    for ((p, factors), (to_re, to_im)) in (0..groups).zip(pass.factors.chunks_exact(R - 1)).zip(outputs) {
        let factors: [C<T>; R] = core::array::from_fn(|k| {
            let (re, im) = if k == 0 { (T::ONE, T::default()) } else { factors[k - 1] };
            (re.splat(), im.splat())
        });
        let re: [&[T::Pack]; R] = core::array::from_fn(|j| &re[j][p * stride..(p + 1) * stride]);
        let im: [&[T::Pack]; R] = core::array::from_fn(|j| &im[j][p * stride..(p + 1) * stride]);
        for q in 0..stride {
            let made = butterfly(core::array::from_fn(|j| (T::load(&re[j][q]), T::load(&im[j][q]))));
            for k in 0..R {
                let (re, im) = if k == 0 { made[0] } else { times::<T>(made[k], factors[k]) };
                to_re[k * stride + q] = T::pack(re);
                to_im[k * stride + q] = T::pack(im);
            }
        }
    }
}

#[inline(always)]
pub fn times<T: Real>(a: C<T>, b: C<T>) -> C<T> {
    (T::vsub(T::vmul(a.0, b.0), T::vmul(a.1, b.1)), T::vadd(T::vmul(a.0, b.1), T::vmul(a.1, b.0)))
}
#[inline(always)]
fn plus<T: Real>(a: C<T>, b: C<T>) -> C<T> {
    (T::vadd(a.0, b.0), T::vadd(a.1, b.1))
}
#[inline(always)]
fn minus<T: Real>(a: C<T>, b: C<T>) -> C<T> {
    (T::vsub(a.0, b.0), T::vsub(a.1, b.1))
}
/// a - i b
#[inline(always)]
fn minus_i<T: Real>(a: C<T>, b: C<T>) -> C<T> {
    (T::vadd(a.0, b.1), T::vsub(a.1, b.0))
}
/// a + i b
#[inline(always)]
fn plus_i<T: Real>(a: C<T>, b: C<T>) -> C<T> {
    (T::vsub(a.0, b.1), T::vadd(a.1, b.0))
}
#[inline(always)]
fn scaled<T: Real>(a: C<T>, by: f64) -> C<T> {
    let by = T::of(by).splat();
    (T::vmul(a.0, by), T::vmul(a.1, by))
}

#[inline(always)]
fn two<T: Real>([a, b]: [C<T>; 2]) -> [C<T>; 2] {
    [plus::<T>(a, b), minus::<T>(a, b)]
}

#[inline(always)]
fn four<T: Real>([a, b, c, d]: [C<T>; 4]) -> [C<T>; 4] {
    let (even, odd) = (plus::<T>(a, c), minus::<T>(a, c));
    let (sum, difference) = (plus::<T>(b, d), minus::<T>(b, d));
    [plus::<T>(even, sum), minus_i::<T>(odd, difference), minus::<T>(even, sum), plus_i::<T>(odd, difference)]
}

#[inline(always)]
fn three<T: Real>([a, b, c]: [C<T>; 3]) -> [C<T>; 3] {
    const SIN: f64 = 0.866_025_403_784_438_6;
    let (sum, difference) = (plus::<T>(b, c), scaled::<T>(minus::<T>(b, c), SIN));
    let middle = minus::<T>(a, scaled::<T>(sum, 0.5));
    [plus::<T>(a, sum), minus_i::<T>(middle, difference), plus_i::<T>(middle, difference)]
}

#[inline(always)]
fn five<T: Real>([a, b, c, d, e]: [C<T>; 5]) -> [C<T>; 5] {
    // Cosines and sines of 72 and 144 degrees.
    const C1: f64 = 0.309_016_994_374_947_45;
    const C2: f64 = -0.809_016_994_374_947_5;
    const S1: f64 = 0.951_056_516_295_153_5;
    const S2: f64 = 0.587_785_252_292_473_1;
    let (p, q) = (plus::<T>(b, e), plus::<T>(c, d));
    let (r, s) = (minus::<T>(b, e), minus::<T>(c, d));
    let first = plus::<T>(a, plus::<T>(scaled::<T>(p, C1), scaled::<T>(q, C2)));
    let second = plus::<T>(a, plus::<T>(scaled::<T>(p, C2), scaled::<T>(q, C1)));
    let turn1 = plus::<T>(scaled::<T>(r, S1), scaled::<T>(s, S2));
    let turn2 = minus::<T>(scaled::<T>(r, S2), scaled::<T>(s, S1));
    [
        plus::<T>(a, plus::<T>(p, q)),
        minus_i::<T>(first, turn1),
        minus_i::<T>(second, turn2),
        plus_i::<T>(second, turn2),
        plus_i::<T>(first, turn1),
    ]
}
