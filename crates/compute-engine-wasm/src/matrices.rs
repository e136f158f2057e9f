//! Operations on matrices. Shapes were checked by JavaScript, which names them in its errors; here a wrong one is only refused.

use std::sync::Arc;

use columnar::{Error, Result};
use compute_engine::convolve::{Convolve, Mode};
use compute_engine::dense::{self, Cholesky, Eigen, Pca, Qr, Solve, Spread, Svd, vector::transpose_into};
use compute_engine::distances::{Distances, Metric};
use compute_engine::gemm::Product;
use compute_engine::kmeans::KMeans;
use compute_engine::lanes::Real;

use crate::held::{Held, Values};
use crate::task::{Outcome, Task, task};

type Begun = Result<Box<dyn Task>>;

fn fit(fits: bool) -> Result<()> {
    if fits { Ok(()) } else { Err(Error::invalid("shapes that do not fit")) }
}

fn one(held: Held) -> Outcome {
    vec![held].into()
}

/// A copy in f64 of a matrix of finite numbers.
fn finite(a: &Held, name: &str) -> Result<Vec<f64>> {
    let values = a.doubles()?;
    dense::check_finite(&values, a.cols, name)?;
    Ok(values)
}

fn symmetric(a: &Held) -> Result<Vec<f64>> {
    fit(a.rows == a.cols)?;
    let values = finite(a, "the matrix")?;
    dense::check_symmetric(&values, a.rows, if a.is_f32() { 1e-5 } else { 1e-8 }, "the matrix")?;
    Ok(values)
}

/// The same in one type: f32 where both are.
enum Pair {
    F32(Arc<Vec<f32>>, Arc<Vec<f32>>),
    F64(Arc<Vec<f64>>, Arc<Vec<f64>>),
}

fn wide(a: &Held) -> Result<Arc<Vec<f64>>> {
    if let Values::F64(values) = &a.values { Ok(Arc::clone(values)) } else { a.doubles().map(Arc::new) }
}

fn pair(a: &Held, b: &Held) -> Result<Pair> {
    match (&a.values, &b.values) {
        (Values::F32(a), Values::F32(b)) => Ok(Pair::F32(Arc::clone(a), Arc::clone(b))),
        _ => Ok(Pair::F64(wide(a)?, wide(b)?)),
    }
}

/// What a matrix of either type is made of.
trait Typed: Real {
    fn held(values: Vec<Self>, rows: usize, cols: usize) -> Held;
}
impl Typed for f32 {
    fn held(values: Vec<f32>, rows: usize, cols: usize) -> Held {
        Held { values: Values::F32(Arc::new(values)), rows, cols }
    }
}
impl Typed for f64 {
    fn held(values: Vec<f64>, rows: usize, cols: usize) -> Held {
        Held { values: Values::F64(Arc::new(values)), rows, cols }
    }
}

pub fn matmul(a: &Held, b: &Held) -> Begun {
    fn begin<T: Typed>(a: Arc<Vec<T>>, b: Arc<Vec<T>>, m: usize, k: usize, n: usize) -> Begun {
        task(Product::new(a, b, m, k, n)?, move |job| Ok(one(T::held(job.into_values(), m, n))))
    }
    fit(a.cols == b.rows)?;
    let (m, k, n) = (a.rows, a.cols, b.cols);
    match pair(a, b)? {
        Pair::F32(a, b) => begin(a, b, m, k, n),
        Pair::F64(a, b) => begin(a, b, m, k, n),
    }
}

pub fn solve(a: &Held, b: &Held) -> Begun {
    fit(a.rows == a.cols && a.rows == b.rows)?;
    let (n, m, f32) = (a.rows, b.cols, a.is_f32() && b.is_f32());
    let job = Solve::new(finite(a, "the matrix a")?, finite(b, "the right-hand side b")?, n, m)?;
    task(job, move |job| Ok(one(Held::matrix(job.into_solution(), n, m, f32)?)))
}

pub fn svd(a: &Held) -> Begun {
    let (m, n, f32) = (a.rows, a.cols, a.is_f32());
    let r = m.min(n);
    task(Svd::new(finite(a, "the matrix")?, m, n)?, move |job| {
        let (u, s, vt) = job.into_parts()?;
        Ok(vec![Held::matrix(u, m, r, f32)?, Held::column(s), Held::matrix(vt, r, n, f32)?].into())
    })
}

pub fn eigh(a: &Held) -> Begun {
    let (n, f32) = (a.rows, a.is_f32());
    task(Eigen::new(symmetric(a)?, n)?, move |job| {
        let (values, rows) = job.into_parts();
        let mut vectors = columnar::alloc::filled(rows.len(), 0.0)?;
        transpose_into(&rows, n, n, &mut vectors);
        Ok(vec![Held::column(values), Held::matrix(vectors, n, n, f32)?].into())
    })
}

pub fn qr(a: &Held) -> Begun {
    let (m, n, f32) = (a.rows, a.cols, a.is_f32());
    let r = m.min(n);
    task(Qr::new(finite(a, "the matrix")?, m, n), move |job| {
        let (q, upper) = job.into_parts();
        Ok(vec![Held::matrix(q, m, r, f32)?, Held::matrix(upper, r, n, f32)?].into())
    })
}

pub fn cholesky(a: &Held) -> Begun {
    let (n, f32) = (a.rows, a.is_f32());
    task(Cholesky::new(symmetric(a)?, n)?, move |job| Ok(one(Held::matrix(job.into_lower(), n, n, f32)?)))
}

pub fn pca(a: &Held, count: usize) -> Begun {
    let (n, d, f32) = (a.rows, a.cols, a.is_f32());
    fit(count <= n && count <= d)?;
    task(Pca::new(finite(a, "the matrix")?, n, d, count)?, move |mut job| {
        let take = core::mem::take::<Vec<f64>>;
        let mean = Held::column(columnar::alloc::copied(job.mean())?);
        let components = Held::matrix(take(&mut job.components), count, d, f32)?;
        let projected = Held::matrix(take(&mut job.projected), n, count, f32)?;
        Ok(vec![components, Held::column(take(&mut job.variance)), projected, mean].into())
    })
}

pub fn correlation(a: &Held) -> Begun {
    spread(Spread::correlation(a.doubles()?, a.rows, a.cols)?, a)
}

pub fn covariance(a: &Held) -> Begun {
    spread(Spread::covariance(a.doubles()?, a.rows, a.cols)?, a)
}

fn spread(job: Spread, a: &Held) -> Begun {
    let (d, f32) = (a.cols, a.is_f32());
    task(job, move |job| Ok(one(Held::matrix(job.into_values(), d, d, f32)?)))
}

pub fn distances(a: &Held, b: Option<&Held>, metric: u8) -> Begun {
    fn begin<T: Typed>(a: Arc<Vec<T>>, m: usize, d: usize, b: Option<(Arc<Vec<T>>, usize)>, metric: Metric) -> Begun {
        let n = b.as_ref().map_or(m, |b| b.1);
        task(Distances::new(a, m, d, b, metric)?, move |job| Ok(one(T::held(job.into_distances(), m, n))))
    }
    fit(b.is_none_or(|b| b.cols == a.cols))?;
    let metric = match metric {
        0 => Metric::L2,
        1 => Metric::L2Squared,
        _ => Metric::Cosine,
    };
    let other = b.map(|b| b.rows);
    match pair(a, b.unwrap_or(a))? {
        Pair::F32(x, y) => begin(x, a.rows, a.cols, other.map(|n| (y, n)), metric),
        Pair::F64(x, y) => begin(x, a.rows, a.cols, other.map(|n| (y, n)), metric),
    }
}

pub fn kmeans(points: &Held, k: usize, iterations: usize, tolerance: f64, seed: u32) -> Begun {
    fn begin<T: Typed>(job: KMeans<T>, k: usize, d: usize) -> Begun {
        task(job, move |job| {
            let centroids = Held::matrix(columnar::alloc::copied(job.centroids())?, k, d, size_of::<T>() == 4)?;
            let labels = columnar::alloc::copied(job.labels())?;
            let labels = Held { rows: labels.len(), cols: 1, values: Values::U32(labels) };
            Ok(Outcome { values: vec![centroids, labels], scalars: vec![job.inertia(), job.iterations() as f64] })
        })
    }
    let (n, d) = (points.rows, points.cols);
    fit(k >= 1 && k <= n)?;
    dense::check_finite(&points.doubles()?, d, "the points")?;
    match &points.values {
        Values::F32(x) => begin(KMeans::new(Arc::clone(x), n, d, k, iterations, tolerance, seed)?, k, d),
        _ => begin(KMeans::new(wide(points)?, n, d, k, iterations, tolerance, seed)?, k, d),
    }
}

pub fn convolve(image: &Held, kernel: &Held, mode: u8, flip: bool) -> Begun {
    fn begin<T: Typed>(image: &[T], shape: (usize, usize), kernel: &[T], of: (usize, usize), mode: Mode, flip: bool) -> Begun {
        task(Convolve::new(image, shape, kernel, of, mode, flip)?, |job| {
            let (values, rows, cols) = job.into_parts();
            Ok(one(T::held(values, rows, cols)))
        })
    }
    fit(kernel.rows > 0 && kernel.cols > 0)?;
    let mode = match mode {
        0 => Mode::Valid,
        1 => Mode::Same,
        _ => Mode::Full,
    };
    let (shape, of) = ((image.rows, image.cols), (kernel.rows, kernel.cols));
    match pair(image, kernel)? {
        Pair::F32(image, kernel) => begin(&image, shape, &kernel, of, mode, flip),
        Pair::F64(image, kernel) => begin(&image, shape, &kernel, of, mode, flip),
    }
}
