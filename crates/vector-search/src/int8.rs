//! int8 codes beside the rows: a scan at a quarter of the bytes whose error is known per row, so that it can be exact.
//!
//! Write x for a row, c for its codes, s for its scale, r = |x - s c| for its residual; q for the query, z for its 16-bit codes,
//! t for their scale, p = |q - t z|. Then
//!
//! ```text
//! q·x = t s (z·c) + (q - t z)·(s c) + q·(x - s c)
//! |q·x - t s (z·c)| <= p |s c| + |q| r <= p (|x| + r) + |q| r        (Cauchy-Schwarz, triangle inequality)
//! ```
//!
//! `z·c` is exact in i32: |z_j| <= (2^31 - 1) / (127 stride). What is left is f32 rounding of `t s (z·c)`: the integer, t, s w
//! (s exact, w within 2u, their product u) and two products, below 8u of its magnitude, which is at most (|q| + p)(|x| + r);
//! adding the bound rounds once more, 2u of the same. The canonical score's f64 error is far below u |q||x|. So with 16 u in all
//!
//! ```text
//! |error| <= A r + B |x|,   A = (|q| + p)(1 + 32u),   B = p + 32u (|q| + p)
//! ```
//!
//! where the second 16 u pays for computing the bound itself in f32. r and p are computed in f64 and enlarged by 1e-6 (their own
//! error is below dims * 2^-53, w's u). For cosine everything is divided by |x|: r stands for r / |x|, and |x| for 1.
//! For l2sq the key is `2 q·x - |x|²`; its error is twice the above, plus 16u (|x|² + |q|²) for rounding |x|² and for ties of the
//! canonical 1/(1+d), plus [`L2_TIE`].

use crate::arena::Arena;
use crate::bitmap;
use crate::bounds::{L2_TIE, U, round_up};
use crate::collect::Collector;
use crate::config::Metric;
use crate::encode;
use crate::store::{Store, int8_stride};
use error_code::{Error, Result};
use simd_kernels::{codes, wide};

/// What stands beside each row; [`Arena`]s of width 1.
pub struct Int8Codes {
    /// None where the rows themselves are int8.
    codes: Option<Arena<i8>>,
    /// s, for cosine s / |x|.
    factors: Arena<f32>,
    /// r (for cosine r / |x|) rounded up.
    residuals: Arena<f32>,
    decoded: Vec<f32>,
}

impl Int8Codes {
    pub fn new(store: &Store) -> Self {
        let shift = store.shift();
        let own = store.int8_rows().is_none();
        Self {
            codes: own.then(|| Arena::new(int8_stride(store.dims()), shift)),
            factors: Arena::new(1, shift),
            residuals: Arena::new(1, shift),
            decoded: Vec::new(),
        }
    }

    /// Rows that have codes.
    pub fn built(&self) -> usize {
        self.factors.rows()
    }

    /// Encodes rows up to `rows`.
    ///
    /// # Errors
    /// OUT_OF_MEMORY; the codes made before are kept.
    pub fn build(&mut self, store: &Store, metric: Metric, weights: &Arena<f32>, rows: usize, scratch: &mut [f32]) -> Result<()> {
        let more = rows.saturating_sub(self.built());
        if more == 0 {
            return Ok(());
        }
        self.decoded.try_reserve(store.dims()).map_err(|_| Error::out_of_memory())?;
        self.decoded.resize(store.dims(), 0.0);
        if let Some(codes) = &mut self.codes {
            codes.try_reserve(more)?;
        }
        self.factors.try_reserve(more)?;
        self.residuals.try_reserve(more)?;
        for slot in self.built()..rows {
            if let Some(codes) = &mut self.codes {
                codes.push();
            }
            self.factors.push();
            self.residuals.push();
            self.encode(store, metric, weights, slot, scratch);
        }
        Ok(())
    }

    /// Encodes one row anew.
    pub fn encode(&mut self, store: &Store, metric: Metric, weights: &Arena<f32>, slot: usize, scratch: &mut [f32]) {
        let (scale, residual) = match (&mut self.codes, store.int8_rows()) {
            (Some(codes), _) => {
                let row = store.row(slot, scratch);
                let codes = &mut codes.row_mut(slot)[..row.len()];
                let scale = encode::int8_fast(row, codes);
                self.decoded.iter_mut().zip(&*codes).for_each(|(x, &c)| *x = f32::from(c) * scale);
                (scale, wide::l2sq(row, &self.decoded).sqrt())
            }
            (None, rows) => (rows.map_or(0.0, |(_, scales)| scales.row(slot)[0]), 0.0),
        };
        let weight = if metric == Metric::Cosine { weights.row(slot)[0] } else { 1.0 };
        self.factors.row_mut(slot)[0] = scale * weight;
        self.residuals.row_mut(slot)[0] = round_up(residual * f64::from(weight) * (1.0 + 1e-6));
    }

    fn arena<'a>(&'a self, store: &'a Store) -> &'a Arena<i8> {
        match (&self.codes, store.int8_rows()) {
            (Some(codes), _) | (None, Some((codes, _))) => codes,
            (None, None) => unreachable!("codes are kept here or by the store"),
        }
    }

    /// The codes of a row, padded with zeros to a multiple of 16.
    pub fn row<'a>(&'a self, store: &'a Store, slot: usize) -> &'a [i8] {
        self.arena(store).row(slot)
    }

    /// What a code is worth: `factor * code` approximates the component (for cosine that of the unit vector).
    pub fn factor(&self, slot: usize) -> f32 {
        self.factors.row(slot)[0]
    }

    /// Drops rows from the end.
    pub fn truncate(&mut self, rows: usize) {
        if let Some(codes) = &mut self.codes {
            codes.truncate(rows);
        }
        self.factors.truncate(rows);
        self.residuals.truncate(rows);
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.codes.as_ref().map_or(0, Arena::bytes) + self.factors.bytes() + self.residuals.bytes()
    }
}

/// The query in 16-bit codes, with its share of the bound.
#[derive(Default)]
pub struct Int8Query {
    values: Vec<i16>,
    scale: f32,
    a: f32,
    b: f32,
    constant: f32,
}

impl Int8Query {
    /// # Errors
    /// OUT_OF_MEMORY on first use.
    pub fn set(&mut self, metric: Metric, query: &[f32], norm: f64) -> Result<()> {
        let stride = int8_stride(query.len());
        self.values.clear();
        self.values.try_reserve(stride).map_err(|_| Error::out_of_memory())?;
        let most = f64::from(i16::MAX).min((f64::from(i32::MAX) / (127.0 * stride as f64)).floor());
        let step = f64::from(encode::absmax(query)) / most;
        let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
        let mut error = 0.0;
        for &x in query {
            let code = (f64::from(x) * inverse).round_ties_even();
            let d = f64::from(x) - code * step;
            error += d * d;
            self.values.push(code as i16);
        }
        self.values.resize(stride, 0);
        let p = error.sqrt() * (1.0 + 1e-6);
        self.scale = step as f32;
        self.a = round_up((norm + p) * (1.0 + 32.0 * U));
        self.b = round_up(p + 32.0 * U * (norm + p));
        self.constant = if metric == Metric::L2sq { round_up(16.0 * U * norm * norm) + L2_TIE } else { 0.0 };
        Ok(())
    }

    /// (key, bound of its error) of a row; `weight` is the row's: see `VectorIndex::weights`.
    #[inline(always)]
    fn key(&self, metric: Metric, dot: i32, factor: f32, residual: f32, weight: f32) -> (f32, f32) {
        let product = dot as f32 * self.scale * factor;
        match metric {
            Metric::Cosine => (product, residual * self.a + self.b),
            Metric::Dot => (product, residual * self.a + weight * self.b),
            _ => {
                let error = 2.0 * (residual * self.a + weight.sqrt() * self.b);
                (2.0 * product - weight, error + weight * (16.0 * U as f32) + self.constant)
            }
        }
    }
}

/// Room for one chunk of results.
#[derive(Default)]
pub struct Buffers {
    pub dots: Vec<i32>,
    pub uppers: Vec<f32>,
}

/// Everything an int8 scan reads.
#[derive(Clone, Copy)]
pub struct Int8Scan<'a> {
    pub codes: &'a Int8Codes,
    pub weights: &'a Arena<f32>,
    pub query: &'a Int8Query,
}

impl Int8Scan<'_> {
    /// Offers every row of the collection.
    pub fn scan(&self, buffers: &mut Buffers, to: &mut Collector) {
        match to.metric {
            Metric::Cosine => self.scan_as(Metric::Cosine, buffers, to),
            Metric::Dot => self.scan_as(Metric::Dot, buffers, to),
            _ => self.scan_as(Metric::L2sq, buffers, to),
        }
    }

    /// `metric` is a constant at each call, so the keys are computed without branches.
    #[inline(always)]
    fn scan_as(&self, metric: Metric, buffers: &mut Buffers, to: &mut Collector) {
        let (rows, shift) = (to.store.len(), to.store.shift());
        let arena = self.codes.arena(to.store);
        for c in 0..rows.div_ceil(1 << shift) {
            let first = c << shift;
            let n = (rows - first).min(1 << shift);
            let (dots, uppers) = (&mut buffers.dots[..n], &mut buffers.uppers[..n]);
            codes::i8_dot_block(&self.query.values, arena.chunk(c), dots);
            let (factors, residuals) = (&self.codes.factors.chunk(c)[..n], &self.codes.residuals.chunk(c)[..n]);
            let weights = &self.weights.chunk(c)[..n];
            for i in 0..n {
                let (key, error) = self.query.key(metric, dots[i], factors[i], residuals[i], weights[i]);
                uppers[i] = key + error;
            }
            to.offer_block(first, uppers, |i| {
                let (key, error) = self.query.key(metric, dots[i], factors[i], residuals[i], weights[i]);
                key - error
            });
        }
    }

    /// Offers one row.
    #[inline(always)]
    pub fn offer(&self, slot: usize, to: &mut Collector) {
        let dot = codes::i8_dot(&self.query.values, self.codes.row(to.store, slot));
        let (factor, residual) = (self.codes.factors.row(slot)[0], self.codes.residuals.row(slot)[0]);
        let (key, error) = self.query.key(to.metric, dot, factor, residual, self.weights.row(slot)[0]);
        to.offer(key + error, key - error, slot);
    }

    /// Offers the rows of `slots` only.
    pub fn gather(&self, slots: &[u32], to: &mut Collector) {
        bitmap::for_each(slots, |slot| self.offer(slot, to));
    }
}
