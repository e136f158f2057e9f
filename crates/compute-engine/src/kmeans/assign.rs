//! To each point its nearest centroid: products of matrices in the points' own precision say which centroids come into question, and
//! where that is more than one, squared distances in f64 decide.

use core::sync::atomic::{AtomicBool, Ordering};

use columnar::{Error, Result, alloc};

use super::Points;
use crate::gemm::{Into, gemm};
use crate::lanes::Real;
use crate::matrix::{View, ViewMut};
use crate::share::Team;

/// Points of an item.
pub const ITEM: usize = 256;

/// Squared distance: differences in the order of the columns.
#[inline]
pub fn square<T: Real>(x: &[T], c: &[f64]) -> f64 {
    x.iter().zip(c).fold(0.0, |sum, (x, c)| {
        let d = x.f64() - c;
        sum + d * d
    })
}

/// Of eight rows at once, whose sums do not wait for each other.
#[inline]
pub fn squares<T: Real>(rows: &[T], d: usize, c: &[f64], out: &mut [f64]) {
    const AT_ONCE: usize = 8;
    let (eights, rest) = out.as_chunks_mut::<AT_ONCE>();
    let (left, right) = rows.split_at(eights.len() * AT_ONCE * d);
    for (sums, rows) in eights.iter_mut().zip(left.chunks_exact((AT_ONCE * d).max(1))) {
        let rows: [&[T]; AT_ONCE] = core::array::from_fn(|i| &rows[i * d..][..d]);
        let mut made = [0.0; AT_ONCE];
        for j in 0..d.min(c.len()) {
            for i in 0..AT_ONCE {
                let t = rows[i][j].f64() - c[j];
                made[i] += t * t;
            }
        }
        *sums = made;
    }
    rest.iter_mut().zip(right.chunks_exact(d.max(1))).for_each(|(sum, row)| *sum = square(row, c));
}

/// The centroids as the products need them.
pub struct Target<'a, T> {
    pub exact: &'a [f64],
    near: Vec<T>,
    norms: Vec<T>,
    /// Of the longest.
    length: f64,
    k: usize,
    d: usize,
}

impl<'a, T: Real> Target<'a, T> {
    pub fn new(exact: &'a [f64], k: usize, d: usize) -> Result<Self> {
        let mut near = alloc::room(exact.len())?;
        near.extend(exact.iter().map(|&x| T::of(x)));
        let mut squares = alloc::room(k)?;
        squares.extend((0..k).map(|c| exact[c * d..(c + 1) * d].iter().map(|x| x * x).sum::<f64>()));
        let length = squares.iter().fold(0.0, |most: f64, &x| if x <= most { most } else { x }).sqrt();
        let norms = squares.into_iter().map(T::of).collect();
        Ok(Self { exact, near, norms, length, k, d })
    }

    /// Labels of the points `first..first + labels.len()`; whether one changed.
    pub fn assign(&self, team: &Team, points: &Points<T>, first: usize, labels: &mut [u32]) -> Result<bool> {
        let (k, d) = (self.k, self.d);
        let mut seats: Vec<Vec<T>> = alloc::room(team.size())?;
        for _ in 0..team.size() {
            seats.push(alloc::filled(ITEM * k, T::default())?);
        }
        let (changed, failed) = (AtomicBool::new(false), AtomicBool::new(false));
        let centroids = View::new(&self.near, k, d).transposed();
        team.share(labels.chunks_mut(ITEM).enumerate(), &mut seats, |(item, labels), scores| {
            let start = first + item * ITEM;
            let rows = &points.x[start * d..(start + labels.len()) * d];
            let mut out = ViewMut::new(scores, labels.len(), k);
            // A product within an item is this thread's alone.
            if gemm(&Team::default(), &mut out, View::new(rows, labels.len(), d), centroids, Into::Set).is_err() {
                failed.store(true, Ordering::Relaxed);
                return;
            }
            let lines = scores.chunks_exact(k).zip(&points.lengths[start..]);
            for ((i, label), (scores, &length)) in labels.iter_mut().enumerate().zip(lines) {
                let best = self.nearest(&rows[i * d..(i + 1) * d], length, scores);
                if *label != best {
                    *label = best;
                    changed.store(true, Ordering::Relaxed);
                }
            }
        });
        if failed.into_inner() { Err(Error::out_of_memory()) } else { Ok(changed.into_inner()) }
    }

    /// `products` are those of x with each centroid.
    ///
    /// A score |c|^2 - 2 x c is off by at most about (d + 8) u (|x| + |c|)^2: d + 1 roundings of the product and of the centroid, those of
    /// |c|^2 and of the difference; the squared distances in f64 by much less. Twice that lies between the scores of two that may be nearest.
    #[inline]
    fn nearest(&self, x: &[T], length: f64, products: &[T]) -> u32 {
        const LANES: usize = 8;
        let two = T::of(2.0);
        let ((p, p_rest), (n, n_rest)) = (products.as_chunks::<LANES>(), self.norms.as_chunks::<LANES>());
        let mut least = [T::of(f64::INFINITY); LANES];
        for (p, n) in p.iter().zip(n) {
            for lane in 0..LANES {
                let score = n[lane] - two * p[lane];
                least[lane] = if score < least[lane] { score } else { least[lane] };
            }
        }
        for (lane, (&p, &n)) in p_rest.iter().zip(n_rest).enumerate() {
            let score = n - two * p;
            least[lane] = if score < least[lane] { score } else { least[lane] };
        }
        let least = least.iter().fold(f64::INFINITY, |a, b| if b.f64() < a { b.f64() } else { a });
        let error = 4.0 * (self.d as f64 + 8.0) * T::EPSILON.f64() * (length + self.length) * (length + self.length);
        let limit = T::of(least + error);
        let (mut first, mut count) = (0, 0);
        for (c, (&p, &n)) in products.iter().zip(&self.norms).enumerate() {
            // What is not a number comes into question too.
            let far = n - two * p > limit;
            first = if !far && count == 0 { c } else { first };
            count += usize::from(!far);
        }
        if count == 1 && limit.f64() < f64::INFINITY {
            return first as u32;
        }
        let exact = |c: usize| square(x, &self.exact[c * self.d..(c + 1) * self.d]);
        let (mut best, mut label) = (f64::INFINITY, 0);
        for (c, (&p, &n)) in products.iter().zip(&self.norms).enumerate().skip(first) {
            if n - two * p > limit {
                continue;
            }
            let distance = exact(c);
            if distance < best {
                (best, label) = (distance, c);
            }
        }
        label as u32
    }
}
