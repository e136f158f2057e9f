//! Linear systems by LU with partial pivoting, right-looking in panels (Golub and Van Loan 3.2.11, 3.4).

use columnar::{Error, ErrorCode, Result, alloc};

use super::householder::PANEL;
use super::vector::{axpy, power_above};
use crate::gemm::{Into, gemm};
use crate::job::Job;
use crate::matrix::{View, ViewMut};
use crate::share::Team;

/// x with a x = b: a is n x n, b is n x m.
pub struct Solve {
    n: usize,
    m: usize,
    lu: Vec<f64>,
    x: Vec<f64>,
    /// Largest magnitude of each column, once the rows are scaled.
    largest: Vec<f64>,
    at: usize,
    forward: bool,
}

impl Solve {
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where the lengths are not n n and n m.
    pub fn new(mut lu: Vec<f64>, mut x: Vec<f64>, n: usize, m: usize) -> Result<Self> {
        assert!(lu.len() == n * n && x.len() == n * m, "lengths that do not fit");
        // Rows are scaled by powers of two, which loses nothing.
        let mut largest = alloc::filled(n, 0.0f64)?;
        for i in 0..n {
            let row = &mut lu[i * n..(i + 1) * n];
            let scale = 1.0 / power_above(row.iter().fold(0.0, |most: f64, x| most.max(x.abs())));
            for (x, largest) in row.iter_mut().zip(&mut largest) {
                *x *= scale;
                *largest = largest.max(x.abs());
            }
            x[i * m..(i + 1) * m].iter_mut().for_each(|x| *x *= scale);
        }
        Ok(Self { n, m, lu, x, largest, at: 0, forward: true })
    }

    pub fn into_solution(self) -> Vec<f64> {
        self.x
    }

    fn eliminate(&mut self, team: &Team) -> Result<()> {
        let (n, m, k0) = (self.n, self.m, self.at);
        let k1 = n.min(k0 + PANEL);
        let (wide, rows) = (k1 - k0, n - k0);
        // The panel by itself, where a row is a line or two of the cache.
        let mut panel = alloc::room(rows * wide)?;
        self.lu[k0 * n..].chunks_exact(n).for_each(|row| panel.extend_from_slice(&row[k0..k1]));
        for k in 0..wide {
            let column = panel[k * wide + k..].iter().step_by(wide);
            let first = (f64::NEG_INFINITY, 0);
            let (size, pivot) = column.enumerate().fold(first, |best, (i, x)| if x.abs() > best.0 { (x.abs(), i) } else { best });
            if size <= n as f64 * f64::EPSILON * self.largest[k0 + k] {
                return Err(singular(n, k0 + k, panel[(k + pivot) * wide + k]));
            }
            if pivot > 0 {
                swap_rows(&mut panel, wide, k, k + pivot);
                swap_rows(&mut self.lu, n, k0 + k, k0 + k + pivot);
                swap_rows(&mut self.x, m, k0 + k, k0 + k + pivot);
            }
            let (top, below) = panel.split_at_mut((k + 1) * wide);
            let row = &top[k * wide..];
            for other in below.chunks_exact_mut(wide) {
                let factor = other[k] / row[k];
                other[k] = factor;
                axpy(-factor, &row[k + 1..], &mut other[k + 1..]);
            }
        }
        self.lu[k0 * n..].chunks_exact_mut(n).zip(panel.chunks_exact(wide)).for_each(|(row, panel)| row[k0..k1].copy_from_slice(panel));
        // The rows of the panel, then all below them at once.
        let left = View::new(&panel, rows, wide).block(wide, 0, rows - wide, wide);
        for (data, cols, from) in [(&mut self.lu, n, k1), (&mut self.x, m, 0)] {
            if cols == 0 {
                continue;
            }
            let (above, below) = data.split_at_mut(k1 * cols);
            let block = &mut above[k0 * cols..];
            for i in 1..wide {
                let (done, row) = block.split_at_mut(i * cols);
                for (k, done) in done.chunks_exact(cols).enumerate() {
                    axpy(-panel[i * wide + k], &done[from..], &mut row[from..cols]);
                }
            }
            let right = View { data: block, rows: wide, cols, row_step: cols, col_step: 1 }.block(0, from, wide, cols - from);
            gemm(team, &mut ViewMut::new(below, n - k1, cols).block(0, from, n - k1, cols - from), left, right, Into::Sub)?;
        }
        self.at = k1;
        Ok(())
    }

    /// The last rows that are not solved yet.
    fn substitute(&mut self, team: &Team) -> Result<()> {
        let (n, m, k1) = (self.n, self.m, self.at);
        let k0 = (k1 - 1) / PANEL * PANEL;
        let (above, rest) = self.x.split_at_mut(k0 * m);
        let block = &mut rest[..(k1 - k0) * m];
        for i in (k0..k1).rev() {
            let (row, done) = block[(i - k0) * m..].split_at_mut(m);
            let factors = &self.lu[i * n..(i + 1) * n];
            for (k, done) in (i + 1..k1).zip(done.chunks_exact(m)) {
                axpy(-factors[k], done, row);
            }
            row.iter_mut().for_each(|x| *x /= factors[i]);
        }
        let left = View::new(&self.lu, n, n).block(0, k0, k0, k1 - k0);
        gemm(team, &mut ViewMut::new(above, k0, m), left, View::new(block, k1 - k0, m), Into::Sub)?;
        self.at = k0;
        Ok(())
    }
}

impl Job for Solve {
    fn step(&mut self, team: &Team) -> Result<bool> {
        if self.n == 0 || self.m == 0 && !self.forward {
            return Ok(true);
        }
        if self.forward {
            self.eliminate(team)?;
            self.forward = self.at < self.n;
        } else {
            self.substitute(team)?;
        }
        Ok(!self.forward && self.at == 0)
    }

    fn progress(&self) -> (usize, usize) {
        (if self.forward { self.at } else { 2 * self.n - self.at }, 2 * self.n)
    }
}

fn swap_rows(data: &mut [f64], cols: usize, a: usize, b: usize) {
    let (above, below) = data.split_at_mut(b * cols);
    above[a * cols..(a + 1) * cols].swap_with_slice(&mut below[..cols]);
}

fn singular(n: usize, column: usize, pivot: f64) -> Error {
    let message = format!(
        "the {n} x {n} matrix has no inverse: column {column} depends on those before it (its pivot is {pivot}). \
         Take away what is redundant, or add to the diagonal"
    );
    Error::new(ErrorCode::Singular, message)
}
