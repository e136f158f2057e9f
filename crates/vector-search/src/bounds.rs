//! How far a scanned score can be from the canonical one. A scan keeps every row whose upper bound reaches the k-th largest lower
//! bound; those are scored canonically, so the answer is the true top k of the canonical order.
//!
//! Scans rank by a *key*, higher is better: cosine `q·x / |x|`, dot `q·x`, l2sq `-|q - x|²` (f32) or `2 q·x - |x|²` (int8).
//! Bounds must also cover the canonical score's own rounding and the ties it makes, so that rows left out rank strictly behind.
//! Write u = 2^-24 (f32 rounding) and v = 2^-53 (f64). Everything here assumes rows and queries that are not extreme
//! ([`crate::query::is_extreme`]): components at most 1e15, norms zero or at least 1e-15. Then no product overflows f32, and
//! products below f32's smallest step lose at most dims * 2^-150 < 5e-41 in all, far below u |q||x| >= 6e-38.

use crate::config::Metric;
use simd_kernels::f32_dot_error;

pub const U: f64 = 1.0 / 16_777_216.0;

/// Smallest f32 not below `x` (`x` non-negative).
pub fn round_up(x: f64) -> f32 {
    let y = x as f32;
    if f64::from(y) < x { y.next_up() } else { y }
}

/// Bounds for a key computed by the f32 kernels.
///
/// * cosine: the key is `fl(r * w)`, r the f32 dot (error gamma |q||x|), w the row's inverse norm (f64 norm rounded to f32: u,
///   the norm's own f64 error is below u). |key| <= |q|(1 + gamma + 3u), so the error is below |q| (1.01 gamma + 4u). The bound is
///   added with one more rounding, 2u |q| at most; the canonical score is off by (dims / 8 + 12) v |q| < u |q|. 12 u covers all.
/// * dot: the same times |x|: w holds |x| rounded up, and `w * error` has one more rounding, inside the 12 u.
/// * l2sq: terms `(q - x)²` carry at most 3 roundings and all are positive, so the error is relative: gamma of dims / 8 + 17
///   roundings, below `gamma + 8u`. Canonical scores 1/(1+d) tie or swap only where d differs by less than 2^-50 (1 + d):
///   relative part inside another 8u, absolute part 9e-16 < 1e-14, which also covers squares below f32's smallest step.
#[derive(Clone, Copy, Default)]
pub struct F32Bound {
    error: f32,
}

/// Absolute part of the l2sq bound.
pub const L2_TIE: f32 = 1e-14;

impl F32Bound {
    pub fn new(metric: Metric, dims: usize, query_norm: f64) -> Self {
        let gamma = 1.01 * f32_dot_error(dims);
        let error = match metric {
            Metric::L2sq => gamma + 16.0 * U,
            _ => query_norm * (gamma + 12.0 * U),
        };
        Self { error: round_up(error) }
    }

    /// Upper bound of the key, given the kernel's result and the row's weight.
    #[inline(always)]
    pub fn upper(self, metric: Metric, raw: f32, weight: f32) -> f32 {
        match metric {
            Metric::Cosine => raw * weight + self.error,
            Metric::Dot => raw + weight * self.error,
            _ => L2_TIE - (raw - raw * self.error),
        }
    }

    /// Lower bound of the key.
    #[inline(always)]
    pub fn lower(self, metric: Metric, raw: f32, weight: f32) -> f32 {
        match metric {
            Metric::Cosine => raw * weight - self.error,
            Metric::Dot => raw - weight * self.error,
            _ => -(raw + raw * self.error) - L2_TIE,
        }
    }
}
