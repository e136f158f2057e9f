//! Singular values: bidiagonalisation, then implicit QR (Golub and Kahan, SIAM J. Numer. Anal. 2, 1965; Golub and Van Loan 8.6). A long
//! matrix is reduced to its R first (Chan, ACM TOMS 8, 1982).

use columnar::{Result, alloc};

use super::bidiagonal::Bidiagonal;
use super::householder::Product;
use super::no_convergence;
use super::qr::Qr;
use super::turns::Turned;
use super::vector::{scale_of, transpose_into};
use crate::gemm::{Into, gemm};
use crate::job::Job;
use crate::matrix::{View, ViewMut};
use crate::share::Team;

const MOST_SWEEPS: usize = 60;
/// Columns, or sweeps, of a step.
const STEP: usize = 16;

/// Thin: with r = min(m, n), u is m x r, s falls, vt is r x n. In each column of u the entry of largest magnitude is positive.
pub struct Svd {
    m: usize,
    n: usize,
    turned: bool,
    scale: f64,
    stage: Stage,
    /// Of a long matrix: the q before.
    before: Option<Vec<f64>>,
    values: Vec<f64>,
    left: Vec<f64>,
    right: Vec<f64>,
}

enum Stage {
    Triangle(Qr),
    Bidiagonal(Bidiagonal),
    Products { left: Product, right: Product, d: Vec<f64>, e: Vec<f64>, left_done: bool },
    Sweeps(Sweeps),
    Over,
}

impl Svd {
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where the length is not m n.
    pub fn new(mut a: Vec<f64>, m: usize, n: usize) -> Result<Self> {
        assert_eq!(a.len(), m * n, "a length that does not fit");
        let scale = scale_of(&a);
        a.iter_mut().for_each(|x| *x /= scale);
        let turned = m < n;
        let (m, n, a) = if turned {
            let mut t = alloc::filled(a.len(), 0.0)?;
            transpose_into(&a, m, n, &mut t);
            (n, m, t)
        } else {
            (m, n, a)
        };
        let stage = if n == 0 {
            Stage::Over
        } else if 2 * m > 3 * n {
            Stage::Triangle(Qr::new(a, m, n))
        } else {
            Stage::Bidiagonal(Bidiagonal::new(a, m, n)?)
        };
        Ok(Self { m, n, turned, scale, stage, before: None, values: Vec::new(), left: Vec::new(), right: Vec::new() })
    }

    /// u, s and vt.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn into_parts(self) -> Result<(Vec<f64>, Vec<f64>, Vec<f64>)> {
        // Rows of `left` are columns of u, of the matrix that was turned or not.
        let (columns, rows, len) = if self.turned { (self.right, self.left, self.n) } else { (self.left, self.right, self.m) };
        let mut u = alloc::filled(columns.len(), 0.0)?;
        transpose_into(&columns, self.n, len, &mut u);
        Ok((u, self.values, rows))
    }

    fn finish(&mut self, team: &Team, sweeps: Sweeps) -> Result<()> {
        let Sweeps { d, mut u, mut v, .. } = sweeps;
        u.flush(team);
        v.flush(team);
        let n = self.n;
        let mut order: Vec<usize> = alloc::room(n)?;
        order.extend(0..n);
        order.sort_by(|&a, &b| d[b].abs().total_cmp(&d[a].abs()));
        self.values = alloc::room(n)?;
        self.values.extend(order.iter().map(|&k| d[k].abs() * self.scale));
        let mut left: Vec<(usize, f64)> = alloc::room(n)?;
        left.extend(order.iter().map(|&k| (k, 1.0)));
        let mut rows = u.into_rows(&left)?;
        if let Some(q) = self.before.take() {
            let mut long = alloc::filled(n * self.m, 0.0)?;
            let q = View::new(&q, self.m, n).transposed();
            gemm(team, &mut ViewMut::new(&mut long, n, self.m), View::new(&rows, n, n), q, Into::Set)?;
            rows = long;
        }
        let signs: Vec<(usize, f64)> = order.iter().map(|&k| (k, if d[k] < 0.0 { -1.0 } else { 1.0 })).collect();
        self.right = v.into_rows(&signs)?;
        self.left = rows;
        let (length, other) = (self.m, self.n);
        let (first, second, a, b) =
            if self.turned { (&mut self.right, &mut self.left, other, length) } else { (&mut self.left, &mut self.right, length, other) };
        for (x, y) in first.chunks_exact_mut(a).zip(second.chunks_exact_mut(b)) {
            if super::vector::points_down(x.iter().copied()) {
                x.iter_mut().chain(y).for_each(|x| *x = -*x);
            }
        }
        Ok(())
    }
}

impl Job for Svd {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let (m, n) = if self.before.is_some() { (self.n, self.n) } else { (self.m, self.n) };
        match &mut self.stage {
            Stage::Triangle(qr) => {
                if qr.step(team)?
                    && let Stage::Triangle(qr) = core::mem::replace(&mut self.stage, Stage::Over)
                {
                    let (q, r) = qr.into_parts();
                    self.before = Some(q);
                    self.stage = Stage::Bidiagonal(Bidiagonal::new(r, n, n)?);
                }
            }
            Stage::Bidiagonal(work) => {
                let mut over = false;
                for _ in 0..STEP {
                    over = work.step(team)?;
                    if over {
                        break;
                    }
                }
                if over {
                    let (d, e) = (core::mem::take(&mut work.d), core::mem::take(&mut work.e));
                    if let Stage::Bidiagonal(work) = core::mem::replace(&mut self.stage, Stage::Over) {
                        let (left, right) = work.into_panels();
                        let (left, right) = (Product::new(left, m, n, 0)?, Product::new(right, n, n, 1)?);
                        self.stage = Stage::Products { left, right, d, e, left_done: false };
                    }
                }
            }
            Stage::Products { left, right, d, e, left_done } => {
                if !*left_done {
                    *left_done = left.step(team)?;
                } else if right.step(team)? {
                    let (u, v) = (Turned::transposed(&left.q, n, m)?, Turned::transposed(&right.q, n, n)?);
                    let (d, e) = (core::mem::take(d), core::mem::take(e));
                    self.stage = Stage::Sweeps(Sweeps { d, e, u, v, end: n - 1, sweeps: 0 });
                }
            }
            Stage::Sweeps(work) => {
                for _ in 0..STEP {
                    if work.step(team)? {
                        break;
                    }
                }
                if work.end == 0
                    && let Stage::Sweeps(work) = core::mem::replace(&mut self.stage, Stage::Over)
                {
                    self.finish(team, work)?;
                }
            }
            Stage::Over => return Ok(true),
        }
        Ok(matches!(self.stage, Stage::Over))
    }

    fn progress(&self) -> (usize, usize) {
        let n = self.n;
        let done = match &self.stage {
            Stage::Triangle(_) => 0,
            Stage::Bidiagonal(work) => work.done(),
            Stage::Products { left_done, .. } => n + if *left_done { n / 2 } else { 0 },
            Stage::Sweeps(work) => 3 * n - work.end,
            Stage::Over => 3 * n,
        };
        (done, 3 * n)
    }
}

/// What turns (f, g) to (r, 0).
fn givens(f: f64, g: f64) -> (f64, f64, f64) {
    let r = (f * f + g * g).sqrt();
    if r == 0.0 { (1.0, 0.0, 0.0) } else { (f / r, g / r, r) }
}

/// Implicit QR until `e` is zero; rows of u and v turn along.
struct Sweeps {
    d: Vec<f64>,
    e: Vec<f64>,
    u: Turned,
    v: Turned,
    end: usize,
    sweeps: usize,
}

impl Sweeps {
    /// A sweep, or a value less; whether none is left.
    fn step(&mut self, team: &Team) -> Result<bool> {
        // Below this a value is zero beside the matrix, whose largest entry is near 1.
        const FLOOR: f64 = f64::EPSILON * f64::EPSILON;
        let Self { d, e, .. } = self;
        while self.end > 0 {
            let end = self.end;
            let small = |k: usize| e[k].abs() <= f64::EPSILON * (d[k].abs() + d[k + 1].abs()) + FLOOR;
            if small(end - 1) {
                e[end - 1] = 0.0;
                self.end -= 1;
                self.sweeps = 0;
                continue;
            }
            let start = (0..end - 1).rev().find(|&k| small(k)).map_or(0, |k| {
                e[k] = 0.0;
                k + 1
            });
            self.sweeps += 1;
            if self.sweeps > MOST_SWEEPS {
                return Err(no_convergence("singular values"));
            }
            match (start..=end).rev().find(|&k| d[k].abs() <= FLOOR) {
                Some(zero) if zero < end => self.clear_row(team, zero),
                Some(zero) => self.clear_column(team, start, zero),
                None => self.sweep(team, start),
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// d[zero] is 0: turns with the rows below take e[zero] away.
    fn clear_row(&mut self, team: &Team, zero: usize) {
        let Self { d, e, u, end, .. } = self;
        d[zero] = 0.0;
        let mut f = core::mem::take(&mut e[zero]);
        for j in zero + 1..=*end {
            let (c, s, r) = givens(d[j], f);
            d[j] = r;
            if j < *end {
                f = -s * e[j];
                e[j] *= c;
            }
            u.turn(team, j, zero, c, s);
        }
    }

    /// d[end] is 0: turns with the columns before take e[end - 1] away.
    fn clear_column(&mut self, team: &Team, start: usize, end: usize) {
        let Self { d, e, v, .. } = self;
        d[end] = 0.0;
        let mut f = core::mem::take(&mut e[end - 1]);
        for j in (start..end).rev() {
            let (c, s, r) = givens(d[j], f);
            d[j] = r;
            if j > start {
                f = -s * e[j - 1];
                e[j - 1] *= c;
            }
            v.turn(team, j, end, c, s);
        }
    }

    /// One sweep, with the shift that the trailing 2 x 2 of the square asks for.
    fn sweep(&mut self, team: &Team, start: usize) {
        let Self { d, e, u, v, end, .. } = self;
        let end = *end;
        let (last, before, above) = (d[end], d[end - 1], e[end - 1]);
        let further = if end - 1 > start { e[end - 2] } else { 0.0 };
        // Of the two values of [[before^2 + further^2, before above], [., last^2 + above^2]] the one nearer to the last.
        let half = ((before + last) * (before - last) + (further + above) * (further - above)) / 2.0;
        let cross = (before * above) * (before * above);
        let sum = half + (half * half + cross).sqrt().copysign(half);
        let shift = (last * last + above * above - if sum == 0.0 { 0.0 } else { cross / sum }).max(0.0).sqrt();
        let mut f = (d[start].abs() - shift) * (1.0f64.copysign(d[start]) + shift / d[start]);
        let mut g = e[start];
        for k in start..end {
            let (c, s, r) = givens(f, g);
            if k > start {
                e[k - 1] = r;
            }
            f = c * d[k] + s * e[k];
            e[k] = c * e[k] - s * d[k];
            g = s * d[k + 1];
            d[k + 1] *= c;
            v.turn(team, k, k + 1, c, s);
            let (c, s, r) = givens(f, g);
            d[k] = r;
            f = c * e[k] + s * d[k + 1];
            d[k + 1] = c * d[k + 1] - s * e[k];
            if k + 1 < end {
                g = s * e[k + 1];
                e[k + 1] *= c;
            }
            u.turn(team, k, k + 1, c, s);
        }
        e[end - 1] = f;
    }
}
