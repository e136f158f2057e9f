//! A query made ready, and the canonical score of a row against it.

use crate::config::Metric;
use crate::store::Store;
use simd_kernels::wide;

/// Components beyond this, or rows shorter than [`TINY`], may over- or underflow in f32: such rows and queries are scanned in f64.
const HUGE: f32 = 1e15;
const TINY: f64 = 1e-15;

/// True when f32 arithmetic on this row could over- or underflow.
pub fn is_extreme(absmax: f32, norm: f64) -> bool {
    absmax > HUGE || (absmax > 0.0 && norm < TINY)
}

/// The query of the call in progress.
#[derive(Default)]
pub struct Query {
    pub values: Vec<f32>,
    /// Canonical norm.
    pub norm: f64,
    pub extreme: bool,
}

impl Query {
    /// Takes a query of `values.len()` components (room for them is there since the index was made).
    pub fn set(&mut self, values: &[f32]) {
        self.values.clear();
        self.values.extend_from_slice(values);
        self.norm = wide::square(values).sqrt();
        self.extreme = is_extreme(crate::encode::absmax(values), self.norm);
    }

    /// The score that callers see (contract: js/src/services/vector/types.ts).
    pub fn score(&self, metric: Metric, store: &Store, slot: usize, scratch: &mut [f32]) -> f64 {
        let row = store.row(slot, scratch);
        match metric {
            Metric::Cosine => {
                let (dot, square) = wide::dot_and_square(&self.values, row);
                let norms = self.norm * square.sqrt();
                if norms == 0.0 { 0.0 } else { (dot / norms).clamp(-1.0, 1.0) }
            }
            Metric::Dot => wide::dot(&self.values, row),
            Metric::L2sq => 1.0 / (1.0 + wide::l2sq(&self.values, row)),
            Metric::Hamming => {
                let differ = self.values.iter().zip(row).filter(|&(&q, &x)| (q > 0.0) != (x > 0.0)).count();
                1.0 / (1.0 + differ as f64)
            }
        }
    }
}
