//! Distances between rows through a product of matrices: |x - y|^2 = |x|^2 + |y|^2 - 2 x y. Where that cancels, or overflows, the
//! difference itself is taken, in f64.

use std::sync::Arc;

use columnar::{Result, alloc};

use crate::gemm::{Into, gemm};
use crate::job::Job;
use crate::lanes::Real;
use crate::matrix::{View, ViewMut};
use crate::share::Team;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    L2,
    L2Squared,
    /// 1 - cosine, from 0 to 2; a row of zeros is 1 from everything.
    Cosine,
}

/// Below this part of |x|^2 + |y|^2 a squared distance is computed anew: its error by the product would be 64 times larger in proportion.
const CANCELS: f64 = 1.0 / 64.0;
/// Multiplications of a step.
const STEP: usize = 1 << 28;

struct Rows<T> {
    data: Arc<Vec<T>>,
    /// Of Cosine: rows of length 1.
    unit: Option<Vec<T>>,
    /// |x|^2, or |x| for Cosine.
    norms: Vec<f64>,
    count: usize,
    d: usize,
}

impl<T: Real> Rows<T> {
    fn new(data: Arc<Vec<T>>, count: usize, d: usize, metric: Metric) -> Result<Self> {
        let mut norms = alloc::room(count)?;
        let mut unit = None;
        if metric == Metric::Cosine {
            let mut made = alloc::copied(&data)?;
            for row in made.chunks_exact_mut(d.max(1)).take(count) {
                norms.push(to_unit(row));
            }
            unit = Some(made);
        } else {
            norms.extend(data.chunks_exact(d.max(1)).take(count).map(|row| row.iter().map(|x| x.f64() * x.f64()).sum::<f64>()));
        }
        norms.resize(count, 0.0);
        Ok(Self { data, unit, norms, count, d })
    }

    fn row(&self, i: usize) -> &[T] {
        &self.data[i * self.d..(i + 1) * self.d]
    }

    fn view(&self) -> View<'_, T> {
        View::new(self.unit.as_ref().unwrap_or(&self.data), self.count, self.d)
    }
}

/// To length 1, over its largest entry first, so that nothing overflows; gives the length. Rows of zeros stay.
fn to_unit<T: Real>(row: &mut [T]) -> f64 {
    let largest = row.iter().fold(0.0, |largest: f64, x| if x.f64().abs() <= largest { largest } else { x.f64().abs() });
    if largest == 0.0 {
        return 0.0;
    }
    let length = row.iter().map(|x| (x.f64() / largest) * (x.f64() / largest)).sum::<f64>().sqrt();
    row.iter_mut().for_each(|x| *x = T::of(x.f64() / largest / length));
    length * largest
}

/// Of all rows of a from all rows of b, or of a itself.
pub struct Distances<T> {
    a: Rows<T>,
    b: Option<Rows<T>>,
    metric: Metric,
    out: Vec<T>,
    at: usize,
}

impl<T: Real> Distances<T> {
    /// `a` has m rows of d values; `b`: its values, and how many rows.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn new(a: Arc<Vec<T>>, m: usize, d: usize, b: Option<(Arc<Vec<T>>, usize)>, metric: Metric) -> Result<Self> {
        let n = b.as_ref().map_or(m, |b| b.1);
        let b = b.map(|(data, n)| Rows::new(data, n, d, metric)).transpose()?;
        let size = m.checked_mul(n).ok_or_else(columnar::Error::out_of_memory)?;
        Ok(Self { a: Rows::new(a, m, d, metric)?, b, metric, out: alloc::filled(size, T::default())?, at: 0 })
    }

    /// m x n.
    pub fn into_distances(self) -> Vec<T> {
        self.out
    }
}

impl<T: Real> Job for Distances<T> {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let (a, own) = (&self.a, self.b.is_none());
        let b = self.b.as_ref().unwrap_or(a);
        let (m, n, d, metric) = (a.count, b.count, a.d, self.metric);
        if m == 0 || n == 0 {
            return Ok(true);
        }
        let first = self.at;
        let last = m.min(first + (STEP / (n * d.max(1))).clamp(16, 1 << 16));
        // Of a symmetric matrix the part from the diagonal on is enough.
        let col = if own { first } else { 0 };
        let mut out = ViewMut::new(&mut self.out, m, n);
        let mut block = out.block(first, col, last - first, n - col);
        let left = a.view().block(first, 0, last - first, d);
        gemm(team, &mut block, left, b.view().block(col, 0, n - col, d).transposed(), Into::Set)?;
        let mut seats = alloc::filled(team.size(), ())?;
        team.share(block.data.chunks_mut(n).take(last - first).enumerate(), &mut seats, |(i, row), ()| {
            let i = first + i;
            let row = &mut row[..n - col];
            match metric {
                Metric::Cosine => cosines(a, i, b, col, row),
                _ => squares(a, i, b, col, row, metric == Metric::L2),
            }
            if own && (metric != Metric::Cosine || row[i - col] < T::of(0.5)) {
                row[i - col] = if row[i - col].f64().is_nan() { row[i - col] } else { T::default() };
            }
        });
        if own {
            mirror(&mut self.out, n, first, last);
        }
        self.at = last;
        Ok(last == m)
    }

    fn progress(&self) -> (usize, usize) {
        (self.at, self.a.count)
    }
}

fn squares<T: Real>(a: &Rows<T>, i: usize, b: &Rows<T>, col: usize, row: &mut [T], root: bool) {
    let own = a.norms[i];
    for ((j, out), norm) in (col..).zip(row.iter_mut()).zip(&b.norms[col..]) {
        let both = own + norm;
        let mut square = both - 2.0 * out.f64();
        // Not above the limit: small, or not a number.
        if !(square > both * CANCELS && square < f64::INFINITY) {
            square = a.row(i).iter().zip(b.row(j)).fold(0.0, |sum, (x, y)| sum + (x.f64() - y.f64()) * (x.f64() - y.f64()));
        }
        *out = T::of(if root { square.sqrt() } else { square });
    }
}

fn cosines<T: Real>(a: &Rows<T>, i: usize, b: &Rows<T>, col: usize, row: &mut [T]) {
    let own = a.norms[i];
    for ((j, out), norm) in (col..).zip(row.iter_mut()).zip(&b.norms[col..]) {
        let mut distance = 1.0 - out.f64();
        if distance < CANCELS && size_of::<T>() == 4 {
            let dot: f64 = a.row(i).iter().zip(b.row(j)).map(|(x, y)| x.f64() * y.f64()).sum();
            distance = 1.0 - dot / own / norm;
        }
        *out = T::of(distance.clamp(0.0, 2.0));
    }
}

/// The rows `first..last`, from their diagonal on, to the columns below.
fn mirror<T: Copy>(out: &mut [T], n: usize, first: usize, last: usize) {
    const SIDE: usize = 16;
    for i0 in (first..last).step_by(SIDE) {
        let i1 = last.min(i0 + SIDE);
        let (above, below) = out.split_at_mut(i1 * n);
        for i in i0..i1 {
            for j in i + 1..i1 {
                above[j * n + i] = above[i * n + j];
            }
        }
        for (j, row) in (i1..).zip(below.chunks_exact_mut(n)) {
            let from = above[i0 * n + j..].iter().step_by(n);
            row[i0..i1].iter_mut().zip(from).for_each(|(to, &from)| *to = from);
        }
    }
}
