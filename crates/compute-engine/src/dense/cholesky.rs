//! The lower triangle l with l l' = a, right-looking in panels (Golub and Van Loan 4.2.6).

use columnar::{Error, ErrorCode, Result, alloc};

use super::vector::dot;
use crate::gemm::{Into, gemm};
use crate::job::Job;
use crate::matrix::{View, ViewMut};
use crate::share::Team;

const PANEL: usize = 48;
/// Columns of what is left that are updated together: less than half of a product falls above the diagonal.
const WIDE: usize = 96;

/// Of a symmetric positive definite matrix, n x n; the lower triangle is read.
pub struct Cholesky {
    n: usize,
    a: Vec<f64>,
    diagonal: Vec<f64>,
    at: usize,
}

impl Cholesky {
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where the length is not n n.
    pub fn new(a: Vec<f64>, n: usize) -> Result<Self> {
        assert_eq!(a.len(), n * n, "a length that does not fit");
        let mut diagonal = alloc::room(n)?;
        diagonal.extend(a.iter().step_by(n + 1).copied());
        Ok(Self { n, a, diagonal, at: 0 })
    }

    pub fn into_lower(mut self) -> Vec<f64> {
        let n = self.n;
        self.a.chunks_exact_mut(n.max(1)).enumerate().for_each(|(i, row)| row[i + 1..].fill(0.0));
        self.a
    }
}

impl Job for Cholesky {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let (n, k0) = (self.n, self.at);
        let k1 = n.min(k0 + PANEL);
        let wide = k1 - k0;
        let mut panel = alloc::room((n - k0) * wide)?;
        self.a[k0 * n..].chunks_exact(n.max(1)).for_each(|row| panel.extend_from_slice(&row[k0..k1]));
        for i in 0..n - k0 {
            let (done, row) = panel.split_at_mut(i * wide);
            for j in 0..wide.min(i) {
                row[j] = (row[j] - dot(&row[..j], &done[j * wide..j * wide + j])) / done[j * wide + j];
            }
            if i < wide {
                let rest = row[i] - dot(&row[..i], &row[..i]);
                if rest.is_nan() || rest <= n as f64 * f64::EPSILON * self.diagonal[k0 + i].abs() {
                    return Err(indefinite(n, k0 + i, rest));
                }
                row[i] = rest.sqrt();
            }
        }
        self.a[k0 * n..]
            .chunks_exact_mut(n.max(1))
            .zip(panel.chunks_exact(wide.max(1)))
            .for_each(|(row, l)| row[k0..k1].copy_from_slice(l));
        let left = View::new(&panel, n - k0, wide);
        let mut a = ViewMut::new(&mut self.a, n, n);
        for j in (k1..n).step_by(WIDE) {
            let cols = WIDE.min(n - j);
            let below = left.block(j - k0, 0, n - j, wide);
            let right = left.block(j - k0, 0, cols, wide).transposed();
            gemm(team, &mut a.block(j, j, n - j, cols), below, right, Into::Sub)?;
        }
        self.at = k1;
        Ok(k1 == n)
    }

    fn progress(&self) -> (usize, usize) {
        (self.at, self.n)
    }
}

fn indefinite(n: usize, at: usize, rest: f64) -> Error {
    let message = format!(
        "the {n} x {n} matrix is not positive definite: what is left of its diagonal at {at} is {rest}. Add to the diagonal, or use solve"
    );
    Error::new(ErrorCode::Singular, message)
}
