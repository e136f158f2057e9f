//! QR by blocked Householder reflections (Golub and Van Loan 5.2.3).

use columnar::{Result, alloc};

use super::householder::{PANEL, Product, Reflectors};
use super::vector::{axpy, dot, reflector, scale_of};
use crate::job::Job;
use crate::matrix::ViewMut;
use crate::share::Team;

/// Thin: with r = min(m, n), q is m x r with orthonormal columns, r is r x n, upper triangular, its diagonal not negative.
pub struct Qr {
    m: usize,
    n: usize,
    a: Vec<f64>,
    scale: f64,
    panels: Vec<Reflectors>,
    product: Option<Product>,
    done: usize,
}

impl Qr {
    /// # Panics
    /// Where the length is not m n.
    pub fn new(mut a: Vec<f64>, m: usize, n: usize) -> Self {
        assert_eq!(a.len(), m * n, "a length that does not fit");
        let scale = scale_of(&a);
        a.iter_mut().for_each(|x| *x /= scale);
        Self { m, n, a, scale, panels: Vec::new(), product: None, done: 0 }
    }

    fn least(&self) -> usize {
        self.m.min(self.n)
    }

    /// q and r.
    pub fn into_parts(mut self) -> (Vec<f64>, Vec<f64>) {
        let (n, least) = (self.n, self.least());
        let mut q = self.product.map(|product| product.q).unwrap_or_default();
        self.a.truncate(least * n);
        let mut down = vec![false; least];
        for ((i, row), down) in self.a.chunks_exact_mut(n.max(1)).enumerate().zip(&mut down) {
            row[..i].fill(0.0);
            *down = row[i] < 0.0;
            let scale = if *down { -self.scale } else { self.scale };
            row[i..].iter_mut().for_each(|x| *x *= scale);
        }
        q.chunks_exact_mut(least.max(1)).for_each(|row| row.iter_mut().zip(&down).filter(|(_, down)| **down).for_each(|(x, _)| *x = -*x));
        (q, self.a)
    }

    fn panel(&mut self, team: &Team) -> Result<()> {
        let (m, n, k0) = (self.m, self.n, self.panels.len() * PANEL);
        let k1 = self.least().min(k0 + PANEL);
        let (wide, len) = (k1 - k0, m - k0);
        // Columns one after the other.
        let mut v = alloc::filled(wide * len, 0.0)?;
        for (i, row) in self.a[k0 * n..].chunks_exact(n).enumerate() {
            v[i..].iter_mut().step_by(len).zip(&row[k0..k1]).for_each(|(to, from)| *to = *from);
        }
        let mut taus = [0.0; PANEL];
        for j in 0..wide {
            let (column, others) = v[j * len..].split_at_mut(len);
            let (tau, beta) = reflector(&mut column[j..]);
            taus[j] = tau;
            for other in others.chunks_exact_mut(len).filter(|_| tau != 0.0) {
                axpy(-tau * dot(&column[j..], &other[j..]), &column[j..], &mut other[j..]);
            }
            for (i, x) in column[..j].iter_mut().enumerate() {
                self.a[(k0 + i) * n + k0 + j] = core::mem::take(x);
            }
            self.a[(k0 + j) * n + k0 + j] = beta;
        }
        let panel = Reflectors::new(team, v, len, &taus[..wide])?;
        panel.apply(team, &mut ViewMut::new(&mut self.a, m, n).block(k0, k1, len, n - k1), true)?;
        self.panels.try_reserve(1).map_err(|_| columnar::Error::out_of_memory())?;
        self.panels.push(panel);
        self.done = k1;
        Ok(())
    }
}

impl Job for Qr {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let least = self.least();
        if self.done < least {
            self.panel(team)?;
            return Ok(false);
        }
        if self.product.is_none() {
            self.product = Some(Product::new(core::mem::take(&mut self.panels), self.m, least, 0)?);
        }
        self.done += PANEL;
        self.product.as_mut().map_or(Ok(true), |product| product.step(team))
    }

    fn progress(&self) -> (usize, usize) {
        let all = 2 * self.least();
        (self.done.min(all), all)
    }
}
