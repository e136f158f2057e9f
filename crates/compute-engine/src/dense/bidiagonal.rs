//! Householder bidiagonalisation that reads and writes the matrix once for each column: the product that the next reflector needs is
//! gathered while the rows are in the cache.

use columnar::{Result, alloc};

use super::householder::{PANEL, Reflectors};
use super::vector::{axpy, axpy_dot, reflector};
use crate::share::Team;

/// Rows of an item; each gathers a sum of its own, and the sums are added in order.
const ROWS: usize = 64;

/// u' a v = upper bidiagonal, for m >= n.
pub struct Bidiagonal {
    a: Vec<f64>,
    m: usize,
    n: usize,
    pub d: Vec<f64>,
    pub e: Vec<f64>,
    at: usize,
    /// The sum of column k times the rows, right of it.
    gathered: Vec<f64>,
    left: Panels,
    right: Panels,
}

/// Reflectors that wait until they are a panel.
#[derive(Default)]
struct Panels {
    v: Vec<f64>,
    taus: Vec<f64>,
    done: Vec<Reflectors>,
}

impl Panels {
    /// `v` begins where the matrix does, with zeros before its one.
    fn push(&mut self, team: &Team, v: &[f64], tau: f64, start: usize, last: bool) -> Result<()> {
        let first = start - self.taus.len();
        alloc::grow(&mut self.v, v.len() - first)?;
        self.v.extend_from_slice(&v[first..]);
        self.taus.push(tau);
        if self.taus.len() == PANEL || last {
            let taus = core::mem::take(&mut self.taus);
            let panel = Reflectors::new(team, core::mem::take(&mut self.v), v.len() - first, &taus)?;
            alloc::grow(&mut self.done, 1)?;
            self.done.push(panel);
        }
        Ok(())
    }
}

impl Bidiagonal {
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn new(a: Vec<f64>, m: usize, n: usize) -> Result<Self> {
        let mut gathered = alloc::filled(n, 0.0)?;
        for row in a.chunks_exact(n.max(1)) {
            axpy(row[0], row, &mut gathered);
        }
        let zeros = || alloc::filled(n, 0.0);
        Ok(Self { a, m, n, d: zeros()?, e: zeros()?, at: 0, gathered, left: Panels::default(), right: Panels::default() })
    }

    pub fn done(&self) -> usize {
        self.at
    }

    /// The reflectors of both sides; those of the right begin one row later.
    pub fn into_panels(self) -> (Vec<Reflectors>, Vec<Reflectors>) {
        (self.left.done, self.right.done)
    }

    /// The next column and row; whether they were the last.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn step(&mut self, team: &Team) -> Result<bool> {
        let (m, n, k) = (self.m, self.n, self.at);
        let mut v = alloc::filled(m, 0.0)?;
        v[k..].iter_mut().zip(self.a[k * n + k..].iter().step_by(n)).for_each(|(to, from)| *to = *from);
        let alpha = v[k];
        let (tau, beta) = reflector(&mut v[k..]);
        self.d[k] = beta;
        self.left.push(team, &v, tau, k, k + 1 == n)?;
        if k + 1 < n {
            // w = tau a' v, from a' (column) = gathered and v = (column - beta e0) / (alpha - beta).
            let mut w = alloc::filled(n, 0.0)?;
            let row = &mut self.a[k * n..(k + 1) * n];
            if tau != 0.0 {
                let scale = tau / (alpha - beta);
                for j in k + 1..n {
                    w[j] = (self.gathered[j] - beta * row[j]) * scale;
                }
            }
            let mut x = alloc::filled(n, 0.0)?;
            axpy(-1.0, &w[k + 1..], &mut row[k + 1..]);
            x[k + 1..].copy_from_slice(&row[k + 1..]);
            let (tau, beta) = reflector(&mut x[k + 1..]);
            self.e[k] = beta;
            self.right.push(team, &x, tau, k + 1, k + 2 == n)?;
            self.update(team, &v, &w, &x, tau)?;
        }
        self.at = k + 1;
        Ok(self.at >= n)
    }

    /// Both reflectors to the rows below, and what the next one needs.
    fn update(&mut self, team: &Team, v: &[f64], w: &[f64], x: &[f64], tau: f64) -> Result<()> {
        let (n, k) = (self.n, self.at + 1);
        let rows = self.m - k;
        // Reading and writing an element costs as much as many multiplications.
        let team = team.worth(16 * rows * n);
        let mut sums = alloc::filled(rows.div_ceil(ROWS) * n, 0.0)?;
        let mut seats = alloc::filled(team.size(), ())?;
        let items = self.a[k * n..].chunks_mut(ROWS * n).zip(v[k..].chunks(ROWS)).zip(sums.chunks_exact_mut(n));
        team.share(items, &mut seats, |((rows, v), sum), ()| {
            for (row, v) in rows.chunks_exact_mut(n).zip(v) {
                let y = -tau * axpy_dot(-v, &w[k..], &mut row[k..], &x[k..]);
                axpy(y, &x[k..], &mut row[k..]);
                axpy(row[k], &row[k..], &mut sum[k..]);
            }
        });
        self.gathered.fill(0.0);
        sums.chunks_exact(n).for_each(|sum| axpy(1.0, &sum[k..], &mut self.gathered[k..]));
        Ok(())
    }
}
