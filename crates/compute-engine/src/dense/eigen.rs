//! Symmetric eigenvalues: Householder tridiagonalisation that reads and writes the matrix once for each column, then implicit QL
//! (Golub and Van Loan 8.3; Dubrulle, Martin and Wilkinson, Numer. Math. 12, 1968).

use columnar::{Result, alloc};

use super::householder::{PANEL, Product, Reflectors};
use super::no_convergence;
use super::turns::Turned;
use super::vector::{axpy, dot, reflector, scale_of, two_axpy_dot};
use crate::job::Job;
use crate::share::Team;

const MOST_SWEEPS: usize = 60;
/// Columns, or sweeps, of a step.
const STEP: usize = 16;
/// Rows of an item.
const ROWS: usize = 64;

/// Values that rise; of each a unit vector whose entry of largest magnitude is positive. The lower triangle is read.
pub struct Eigen {
    n: usize,
    scale: f64,
    a: Vec<f64>,
    d: Vec<f64>,
    e: Vec<f64>,
    at: usize,
    /// What the rows from `at` on still lack: v w' + w v' is to be taken from them.
    v: Vec<f64>,
    w: Vec<f64>,
    wait: Vec<f64>,
    taus: Vec<f64>,
    panels: Vec<Reflectors>,
    product: Option<Product>,
    turned: Option<Turned>,
    sweeps: usize,
    rows: Vec<f64>,
}

impl Eigen {
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where the length is not n n.
    pub fn new(mut a: Vec<f64>, n: usize) -> Result<Self> {
        assert_eq!(a.len(), n * n, "a length that does not fit");
        let scale = scale_of(&a);
        for i in 0..n {
            for j in 0..=i {
                a[i * n + j] /= scale;
                a[j * n + i] = a[i * n + j];
            }
        }
        let zeros = || alloc::filled(n, 0.0);
        let (d, e, v, w) = (zeros()?, zeros()?, zeros()?, zeros()?);
        let (wait, taus, panels, rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Self { n, scale, a, d, e, at: 0, v, w, wait, taus, panels, product: None, turned: None, sweeps: 0, rows })
    }

    /// Values, and the vectors as rows.
    pub fn into_parts(self) -> (Vec<f64>, Vec<f64>) {
        (self.d, self.rows)
    }

    /// The next column to tridiagonal form.
    fn column(&mut self, team: &Team) -> Result<()> {
        let (n, k) = (self.n, self.at);
        self.at += 1;
        let row = &mut self.a[k * n..(k + 1) * n];
        let (vk, wk) = (self.v[k], self.w[k]);
        (k..n).for_each(|j| row[j] -= vk * self.w[j] + wk * self.v[j]);
        self.d[k] = row[k];
        if k + 1 == n {
            return Ok(());
        }
        let mut next = alloc::filled(n, 0.0)?;
        next[k + 1..].copy_from_slice(&row[k + 1..]);
        let (tau, beta) = reflector(&mut next[k + 1..]);
        self.e[k] = beta;
        // The rows below, and p = tau a v of what they become.
        let mut p = alloc::filled(n, 0.0)?;
        // Reading and writing an element costs as much as many multiplications.
        let team = team.worth(16 * (n - k) * n);
        let mut seats = alloc::filled(team.size(), ())?;
        let (v, w) = (&self.v, &self.w);
        let first = k + 1;
        let items = self.a[first * n..].chunks_mut(ROWS * n).zip(p[first..].chunks_mut(ROWS)).enumerate();
        team.share(items, &mut seats, |(item, (rows, p)), ()| {
            let start = first + item * ROWS;
            for ((i, row), p) in (start..).zip(rows.chunks_exact_mut(n)).zip(p) {
                *p = tau * two_axpy_dot((v[i], &w[first..]), (w[i], &v[first..]), &mut row[first..], &next[first..]);
            }
        });
        let half = -tau / 2.0 * dot(&p[first..], &next[first..]);
        axpy(half, &next[first..], &mut p[first..]);
        self.keep(team, &next, tau, k)?;
        (self.v, self.w) = (next, p);
        Ok(())
    }

    fn keep(&mut self, team: &Team, v: &[f64], tau: f64, k: usize) -> Result<()> {
        let first = k + 1 - self.taus.len();
        alloc::grow(&mut self.wait, v.len() - first)?;
        self.wait.extend_from_slice(&v[first..]);
        self.taus.push(tau);
        if self.taus.len() == PANEL || k + 2 == self.n {
            let taus = core::mem::take(&mut self.taus);
            self.panels.push(Reflectors::new(team, core::mem::take(&mut self.wait), v.len() - first, &taus)?);
        }
        Ok(())
    }

    /// A sweep; whether there is none left to do.
    fn sweep(&mut self, team: &Team) -> Result<bool> {
        let (n, d, e) = (self.n, &mut self.d, &mut self.e);
        let Some(q) = &mut self.turned else { return Ok(true) };
        let l = self.at;
        if l == n {
            return Ok(true);
        }
        let m = (l..n - 1).find(|&m| e[m].abs() <= f64::EPSILON * (d[m].abs() + d[m + 1].abs())).unwrap_or(n - 1);
        if m == l {
            self.at += 1;
            self.sweeps = 0;
            return Ok(self.at == n);
        }
        self.sweeps += 1;
        if self.sweeps > MOST_SWEEPS {
            return Err(no_convergence("eigenvalues"));
        }
        // Wilkinson's shift.
        let mut g = (d[l + 1] - d[l]) / (2.0 * e[l]);
        g = d[m] - d[l] + e[l] / (g + g.hypot(1.0).copysign(g));
        let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
        for i in (l..m).rev() {
            let (f, b) = (s * e[i], c * e[i]);
            let r = (f * f + g * g).sqrt();
            e[i + 1] = r;
            if r == 0.0 {
                d[i + 1] -= p;
                e[m] = 0.0;
                return Ok(false);
            }
            (s, c) = (f / r, g / r);
            g = d[i + 1] - p;
            let t = (d[i] - g) * s + 2.0 * c * b;
            p = s * t;
            d[i + 1] = g + p;
            g = c * t - b;
            q.turn(team, i + 1, i, c, s);
        }
        d[l] -= p;
        e[l] = g;
        e[m] = 0.0;
        Ok(false)
    }

    fn finish(&mut self, team: &Team) -> Result<()> {
        let Some(mut turned) = self.turned.take() else { return Ok(()) };
        turned.flush(team);
        let mut order: Vec<usize> = alloc::room(self.n)?;
        order.extend(0..self.n);
        order.sort_by(|&a, &b| self.d[a].total_cmp(&self.d[b]));
        let signs: Vec<(usize, f64)> = order.iter().map(|&k| (k, if turned.points_down(k) { -1.0 } else { 1.0 })).collect();
        self.d = order.iter().map(|&k| self.d[k] * self.scale).collect();
        self.rows = turned.into_rows(&signs)?;
        Ok(())
    }
}

impl Job for Eigen {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let n = self.n;
        if n == 0 {
            return Ok(true);
        }
        if self.turned.is_none() && self.product.is_none() {
            for _ in 0..STEP.min(n - self.at) {
                self.column(team)?;
            }
            if self.at == n {
                self.a = Vec::new();
                self.product = Some(Product::new(core::mem::take(&mut self.panels), n, n, 1)?);
            }
        } else if let Some(mut product) = self.product.take() {
            if product.step(team)? {
                self.turned = Some(Turned::transposed(&product.q, n, n)?);
                self.at = 0;
            } else {
                self.product = Some(product);
            }
        } else {
            for _ in 0..STEP {
                if self.sweep(team)? {
                    self.finish(team)?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        let n = self.n;
        let done = match (&self.product, &self.turned) {
            (None, None) => self.at,
            (Some(_), _) => n,
            (None, Some(_)) => 2 * n + self.at,
        };
        (done, 3 * n)
    }
}
