//! Several reflectors at once: their product is I - V T V' (Schreiber and Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989).

use columnar::{Result, alloc};

use super::vector::axpy;
use crate::gemm::{Into, gemm};
use crate::matrix::{View, ViewMut};
use crate::share::Team;

/// Columns of a panel.
pub const PANEL: usize = 32;

pub struct Reflectors {
    /// Column after column, zeros above the ones.
    v: Vec<f64>,
    /// Upper triangle.
    t: Vec<f64>,
    len: usize,
    count: usize,
}

impl Reflectors {
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn new(team: &Team, v: Vec<f64>, len: usize, taus: &[f64]) -> Result<Self> {
        let count = taus.len();
        let mut gram = alloc::filled(count * count, 0.0)?;
        let columns = View::new(&v, count, len);
        gemm(team, &mut ViewMut::new(&mut gram, count, count), columns, columns.transposed(), Into::Set)?;
        // Column j: -tau T (V' v).
        let mut t = alloc::filled(count * count, 0.0)?;
        for (j, &tau) in taus.iter().enumerate() {
            for i in 0..j {
                let sum: f64 = (i..j).map(|k| t[i * count + k] * gram[k * count + j]).sum();
                t[i * count + j] = -tau * sum;
            }
            t[j * count + j] = tau;
        }
        Ok(Self { v, t, len, count })
    }

    /// `c`, which has `len` rows, times the product, or its transpose, from the left.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn apply(&self, team: &Team, c: &mut ViewMut<'_, f64>, transposed: bool) -> Result<()> {
        if c.cols == 0 {
            return Ok(());
        }
        let (count, cols) = (self.count, c.cols);
        let columns = View::new(&self.v, count, self.len);
        let mut w = alloc::filled(count * cols, 0.0)?;
        let read = View { data: &*c.data, rows: c.rows, cols, row_step: c.stride, col_step: 1 };
        gemm(team, &mut ViewMut::new(&mut w, count, cols), columns, read, Into::Set)?;
        let mut turned = alloc::filled(count * cols, 0.0)?;
        for i in 0..count {
            let row = &mut turned[i * cols..(i + 1) * cols];
            let inner = if transposed { 0..i + 1 } else { i..count };
            for k in inner {
                let factor = if transposed { self.t[k * count + i] } else { self.t[i * count + k] };
                axpy(factor, &w[k * cols..(k + 1) * cols], row);
            }
        }
        gemm(team, c, columns.transposed(), View::new(&turned, count, cols), Into::Sub)
    }
}

/// The first `cols` columns of the product of panels, the k-th of which begins at row `k * PANEL + shift`: rows x cols.
pub struct Product {
    pub q: Vec<f64>,
    rows: usize,
    cols: usize,
    shift: usize,
    panels: Vec<Reflectors>,
}

impl Product {
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn new(panels: Vec<Reflectors>, rows: usize, cols: usize, shift: usize) -> Result<Self> {
        let mut q = alloc::filled(rows * cols, 0.0)?;
        q.iter_mut().step_by(cols + 1).take(rows.min(cols)).for_each(|x| *x = 1.0);
        Ok(Self { q, rows, cols, shift, panels })
    }

    /// Takes the last panel in; whether it was the first.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn step(&mut self, team: &Team) -> Result<bool> {
        if let Some(panel) = self.panels.pop() {
            let at = self.panels.len() * PANEL + self.shift;
            let mut q = ViewMut::new(&mut self.q, self.rows, self.cols);
            panel.apply(team, &mut q.block(at, at, self.rows - at, self.cols - at), false)?;
        }
        Ok(self.panels.is_empty())
    }
}
