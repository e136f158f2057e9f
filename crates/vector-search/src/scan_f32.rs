//! Scans that need nothing but the rows: f32 arithmetic with a proven bound, or f64 throughout.

use crate::arena::Arena;
use crate::bitmap;
use crate::bounds::F32Bound;
use crate::collect::Collector;
use crate::config::Metric;
use simd_kernels::float;

/// Rows decoded at a time where they are not kept as f32.
pub const DECODED_ROWS: usize = 16;

/// Room for one chunk of results, and for decoded rows.
#[derive(Default)]
pub struct Buffers {
    pub raw: Vec<f32>,
    pub uppers: Vec<f32>,
    pub decoded: Vec<f32>,
}

/// Offers every row of the collection. `weights`: inverse norms (cosine) or norms (dot).
pub fn scan(weights: &Arena<f32>, bound: F32Bound, buffers: &mut Buffers, to: &mut Collector) {
    let (rows, shift, dims) = (to.store.len(), to.store.shift(), to.store.dims());
    for c in 0..rows.div_ceil(1 << shift) {
        let first = c << shift;
        let n = (rows - first).min(1 << shift);
        if let Some(chunk) = to.store.f32_chunk(c) {
            distances(to.metric, &to.query.values, chunk, &mut buffers.raw[..n]);
        } else {
            for at in (0..n).step_by(DECODED_ROWS) {
                let count = (n - at).min(DECODED_ROWS);
                for (i, row) in buffers.decoded.chunks_exact_mut(dims).take(count).enumerate() {
                    to.store.decode(first + at + i, row);
                }
                distances(to.metric, &to.query.values, &buffers.decoded, &mut buffers.raw[at..at + count]);
            }
        }
        let (raw, uppers, weights) = (&buffers.raw[..n], &mut buffers.uppers[..n], &weights.chunk(c)[..n]);
        match to.metric {
            Metric::Cosine => offer(Metric::Cosine, first, bound, raw, weights, uppers, to),
            Metric::Dot => offer(Metric::Dot, first, bound, raw, weights, uppers, to),
            _ => offer(Metric::L2sq, first, bound, raw, weights, uppers, to),
        }
    }
}

fn distances(metric: Metric, query: &[f32], rows: &[f32], out: &mut [f32]) {
    match metric {
        Metric::L2sq => float::l2sq_block(query, rows, out),
        _ => float::dot_block(query, rows, out),
    }
}

/// `metric` is a constant at each call, so the bounds are computed without branches.
#[inline(always)]
fn offer(metric: Metric, first: usize, bound: F32Bound, raw: &[f32], weights: &[f32], uppers: &mut [f32], to: &mut Collector) {
    for ((upper, &raw), &weight) in uppers.iter_mut().zip(raw).zip(weights) {
        *upper = bound.upper(metric, raw, weight);
    }
    to.offer_block(first, uppers, |i| bound.lower(metric, raw[i], weights[i]));
}

/// Offers the rows of `slots` only.
pub fn gather(slots: &[u32], weights: &Arena<f32>, bound: F32Bound, buffers: &mut Buffers, to: &mut Collector) {
    bitmap::for_each(slots, |slot| offer_row(slot, weights, bound, buffers, to));
}

/// Offers one row.
pub fn offer_row(slot: usize, weights: &Arena<f32>, bound: F32Bound, buffers: &mut Buffers, to: &mut Collector) {
    let (metric, dims) = (to.metric, to.store.dims());
    let row = to.store.row(slot, &mut buffers.decoded[..dims]);
    let raw = match metric {
        Metric::L2sq => float::l2sq(&to.query.values, row),
        _ => float::dot(&to.query.values, row),
    };
    let weight = weights.row(slot)[0];
    to.offer(bound.upper(metric, raw, weight), bound.lower(metric, raw, weight), slot);
}

/// Scores every allowed row canonically: for extreme values, where f32 arithmetic could over- or underflow.
pub fn wide(to: &mut Collector) {
    match to.mask {
        Some(words) => bitmap::for_each(words, |slot| to.score(slot)),
        None => (0..to.store.len()).for_each(|slot| to.score(slot)),
    }
}
