//! A product in steps.

use std::sync::Arc;

use columnar::{Error, Result, alloc};

use super::{Into, gemm};
use crate::job::Job;
use crate::lanes::Real;
use crate::matrix::{View, ViewMut};
use crate::share::Team;

/// Sides of the part of the result that a step works on; packing its operands is little beside it.
const ROWS: usize = 512;
const COLS: usize = 512;
/// Depth of a step: with the sides a quarter of a billion multiplications and additions, some 10 ms (f64: 20).
const DEPTH: usize = 512;

/// a (m x k) times b (k x n).
pub struct Product<T> {
    a: Arc<Vec<T>>,
    b: Arc<Vec<T>>,
    c: Vec<T>,
    shape: (usize, usize, usize),
    done: usize,
}

impl<T: Real> Product<T> {
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn new(a: Arc<Vec<T>>, b: Arc<Vec<T>>, m: usize, k: usize, n: usize) -> Result<Self> {
        let size = m.checked_mul(n).ok_or_else(Error::out_of_memory)?;
        Ok(Self { a, b, c: alloc::filled(size, T::default())?, shape: (m, k, n), done: 0 })
    }

    /// m x n.
    pub fn into_values(self) -> Vec<T> {
        self.c
    }

    fn steps(&self) -> (usize, usize, usize) {
        let (m, k, n) = self.shape;
        (m.div_ceil(ROWS), n.div_ceil(COLS), k.div_ceil(DEPTH))
    }
}

impl<T: Real> Job for Product<T> {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let ((m, k, n), (down, across, deep)) = (self.shape, self.steps());
        if self.done < down * across * deep {
            let (tile, step) = (self.done / deep, self.done % deep * DEPTH);
            let (row, col) = (tile / across * ROWS, tile % across * COLS);
            let (rows, cols, depth) = (ROWS.min(m - row), COLS.min(n - col), DEPTH.min(k - step));
            let left = View::new(&self.a, m, k).block(row, step, rows, depth);
            let right = View::new(&self.b, k, n).block(step, col, depth, cols);
            let into = if step == 0 { Into::Set } else { Into::Add };
            gemm(team, &mut ViewMut::new(&mut self.c, m, n).block(row, col, rows, cols), left, right, into)?;
            self.done += 1;
        }
        Ok(self.done >= down * across * deep)
    }

    fn progress(&self) -> (usize, usize) {
        let (down, across, deep) = self.steps();
        (self.done, down * across * deep)
    }
}
