//! Covariance, correlation and principal components: columns against columns.

use columnar::{Result, alloc};

use super::eigen::Eigen;
use super::svd::Svd;
use super::vector::points_down;
use crate::gemm::{Into, gemm};
use crate::job::Job;
use crate::matrix::{View, ViewMut};
use crate::share::Team;
use crate::statistics::sums::Sum;

/// The columns one after the other, each without its mean; a column of equal values becomes zeros exactly.
struct Centred {
    columns: Vec<f64>,
    mean: Vec<f64>,
    constant: Vec<bool>,
    n: usize,
    d: usize,
}

/// What becomes of the products of all columns.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Nothing,
    Covariance,
    Correlation,
}

/// Values moved, or products summed, in a step.
const MOVES: usize = 1 << 20;
const PRODUCTS: usize = 1 << 25;
/// Rows of the result, and of the matrix, that are worth a product of matrices.
const TALL: usize = 128;
const DEEP: usize = 256;

/// Covariance or correlation between the d columns of n rows, in steps.
pub struct Spread {
    a: Vec<f64>,
    centred: Centred,
    of: Of,
    /// Rows of `a` that stand as columns, and columns that are centred.
    turned: usize,
    ready: usize,
    /// Products of all columns, d x d; those of `row` upwards lack the rows from `depth` on.
    products: Vec<f64>,
    row: usize,
    depth: usize,
}

impl Spread {
    /// Sample covariance (n - 1); NaN below two rows.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where the length is not n d.
    pub fn covariance(a: Vec<f64>, n: usize, d: usize) -> Result<Self> {
        Self::new(a, n, d, Of::Covariance)
    }

    /// Pearson's: ones on the diagonal, within [-1, 1]. A constant column correlates NaN with all, itself too; so does one with NaN or infinities.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where the length is not n d.
    pub fn correlation(a: Vec<f64>, n: usize, d: usize) -> Result<Self> {
        Self::new(a, n, d, Of::Correlation)
    }

    fn new(a: Vec<f64>, n: usize, d: usize, of: Of) -> Result<Self> {
        assert_eq!(a.len(), n * d, "a length that does not fit");
        let (columns, mean, constant) = (alloc::filled(n * d, 0.0)?, alloc::filled(d, 0.0)?, alloc::filled(d, n == 0)?);
        let centred = Centred { columns, mean, constant, n, d };
        Ok(Self { a, centred, of, turned: 0, ready: 0, products: Vec::new(), row: 0, depth: 0 })
    }

    /// d x d.
    pub fn into_values(self) -> Vec<f64> {
        self.products
    }

    /// Rows become parts of columns.
    fn turn(&mut self) {
        let Centred { columns, n, d, .. } = &mut self.centred;
        let rows = (*n - self.turned).min((MOVES / (*d).max(1)).max(1));
        let part = &self.a[self.turned * *d..(self.turned + rows) * *d];
        for (j, column) in columns.chunks_exact_mut((*n).max(1)).enumerate() {
            let to = &mut column[self.turned..self.turned + rows];
            to.iter_mut().zip(part[j..].iter().step_by(*d)).for_each(|(to, &from)| *to = from);
        }
        self.turned += rows;
    }

    fn centre(&mut self) {
        let Centred { columns, mean, constant, n, .. } = &mut self.centred;
        let n = (*n).max(1);
        let some = (MOVES / n).max(1);
        let columns = columns.chunks_exact_mut(n).zip(mean).zip(constant).skip(self.ready).take(some);
        self.ready += some;
        for ((column, mean), constant) in columns {
            *constant = column.iter().all(|&x| x == column[0]);
            *mean = if *constant { column[0] } else { Sum::of(column).total() / n as f64 };
            column.iter_mut().for_each(|x| *x -= *mean);
            if self.of == Of::Correlation {
                // To unit length before they meet, so that nothing overflows.
                let largest = column.iter().fold(0.0, |largest: f64, x| if x.abs() <= largest { largest } else { x.abs() });
                column.iter_mut().for_each(|x| *x /= largest);
                let length = super::vector::dot(column, column).sqrt();
                column.iter_mut().for_each(|x| *x /= length);
            }
        }
    }

    fn multiply(&mut self, team: &Team) -> Result<()> {
        let Centred { columns, n, d, .. } = &self.centred;
        let (n, d) = (*n, *d);
        let rows = TALL.min(d - self.row);
        // The same for all rows, so that both sides of the diagonal are summed alike.
        let deep = (PRODUCTS / (TALL.min(d) * d)).max(DEEP).min(n - self.depth);
        let all = View::new(columns, d, n).block(0, self.depth, d, deep);
        let into = if self.depth == 0 { Into::Set } else { Into::Add };
        let mut products = ViewMut::new(&mut self.products, d, d);
        let mut block = products.block(self.row, 0, rows, d);
        gemm(team, &mut block, all.block(self.row, 0, rows, deep), all.transposed(), into)?;
        self.depth += deep;
        if self.depth == n {
            self.depth = 0;
            self.row += rows;
        }
        Ok(())
    }

    fn finish(&mut self) {
        let Centred { constant, n, d, .. } = &self.centred;
        match self.of {
            Of::Nothing => {}
            Of::Covariance => {
                let divisor = if *n < 2 { f64::NAN } else { *n as f64 - 1.0 };
                self.products.iter_mut().for_each(|x| *x /= divisor);
            }
            Of::Correlation => {
                for (i, row) in self.products.chunks_exact_mut((*d).max(1)).enumerate() {
                    for (j, x) in row.iter_mut().enumerate() {
                        *x = if constant[i] || constant[j] || x.is_nan() {
                            f64::NAN
                        } else if i == j {
                            1.0
                        } else {
                            x.clamp(-1.0, 1.0)
                        };
                    }
                }
            }
        }
    }
}

impl Job for Spread {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let (n, d) = (self.centred.n, self.centred.d);
        if self.turned < n {
            self.turn();
        } else if self.ready < d && n > 0 {
            self.a = Vec::new();
            self.centre();
        } else {
            if self.products.is_empty() {
                self.products = alloc::filled(d * d, 0.0)?;
            }
            if self.row < d && n > 0 {
                self.multiply(team)?;
            }
            if self.row >= d || n == 0 {
                self.finish();
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        let Centred { n, d, .. } = self.centred;
        (self.turned * d + self.ready.min(d) * n + self.row * n * d, n * d * (d + 2))
    }
}

/// Principal components of n rows of d columns: by eigenvectors of the covariance, or by singular vectors where columns are more.
pub struct Pca {
    centred: Centred,
    count: usize,
    stage: Stage,
    pub components: Vec<f64>,
    pub variance: Vec<f64>,
    pub projected: Vec<f64>,
}

enum Stage {
    Spread(Spread),
    Eigen(Box<Eigen>),
    Svd(Box<Svd>),
    Over,
}

impl Pca {
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where `count` is above n or d.
    pub fn new(a: Vec<f64>, n: usize, d: usize, count: usize) -> Result<Self> {
        assert!(count <= n && count <= d, "more components than rows or columns");
        let stage = Stage::Spread(Spread::new(a, n, d, Of::Nothing)?);
        let centred = Centred { columns: Vec::new(), mean: Vec::new(), constant: Vec::new(), n, d };
        Ok(Self { centred, count, stage, components: Vec::new(), variance: Vec::new(), projected: Vec::new() })
    }

    /// Of the columns.
    pub fn mean(&self) -> &[f64] {
        &self.centred.mean
    }

    fn finish(&mut self, team: &Team, stage: Stage) -> Result<()> {
        let (n, d, count) = (self.centred.n, self.centred.d, self.count);
        self.components = alloc::filled(count * d, 0.0)?;
        self.variance = alloc::filled(count, 0.0)?;
        let rows = self.components.chunks_exact_mut(d.max(1)).zip(&mut self.variance);
        match stage {
            Stage::Eigen(eigen) => {
                let (values, vectors) = eigen.into_parts();
                for ((row, variance), (value, vector)) in rows.zip(values.iter().rev().zip(vectors.chunks_exact(d).rev())) {
                    row.copy_from_slice(vector);
                    *variance = value.max(0.0) / (n as f64 - 1.0);
                }
            }
            Stage::Svd(svd) => {
                let (u, s, _) = svd.into_parts()?;
                for ((k, (row, variance)), s) in rows.enumerate().zip(s) {
                    row.iter_mut().zip(u[k..].iter().step_by(n)).for_each(|(to, from)| *to = *from);
                    *variance = s * s / (n as f64 - 1.0);
                }
            }
            Stage::Spread(_) | Stage::Over => {}
        }
        for row in self.components.chunks_exact_mut(d.max(1)) {
            if points_down(row.iter().copied()) {
                row.iter_mut().for_each(|x| *x = -*x);
            }
        }
        self.projected = alloc::filled(n * count, 0.0)?;
        let left = View::new(&self.centred.columns, d, n).transposed();
        let right = View::new(&self.components, count, d).transposed();
        gemm(team, &mut ViewMut::new(&mut self.projected, n, count), left, right, Into::Set)
    }
}

impl Job for Pca {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let over = match &mut self.stage {
            Stage::Spread(spread) => {
                let Centred { n, d, .. } = self.centred;
                // Where columns are more the products are not needed.
                let centred = d > n && spread.turned == n && spread.ready >= d;
                if (centred || spread.step(team)?)
                    && let Stage::Spread(spread) = core::mem::replace(&mut self.stage, Stage::Over)
                {
                    self.centred = spread.centred;
                    self.stage = if d <= n {
                        Stage::Eigen(Box::new(Eigen::new(spread.products, d)?))
                    } else {
                        // Columns of the matrix, which are its rows' transpose.
                        Stage::Svd(Box::new(Svd::new(alloc::copied(&self.centred.columns)?, d, n)?))
                    };
                }
                false
            }
            Stage::Eigen(eigen) => eigen.step(team)?,
            Stage::Svd(svd) => svd.step(team)?,
            Stage::Over => return Ok(true),
        };
        if over {
            let stage = core::mem::replace(&mut self.stage, Stage::Over);
            self.finish(team, stage)?;
        }
        Ok(over)
    }

    fn progress(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Spread(_) => (0, 1),
            Stage::Eigen(eigen) => eigen.progress(),
            Stage::Svd(svd) => svd.progress(),
            Stage::Over => (1, 1),
        }
    }
}
