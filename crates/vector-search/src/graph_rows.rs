//! Distances of the graph over the collection's own rows: f32, or int8 codes where those are kept. Lower is closer: minus the
//! cosine, minus the dot product, or the squared distance. They steer the walk only; what is returned is scored canonically.

use crate::arena::Arena;
use crate::config::Metric;
use crate::encode::absmax;
use crate::hnsw::{QueryDistance, RowDistance};
use crate::int8::Int8Codes;
use crate::query::Query;
use crate::store::{Store, int8_stride};
use error_code::{Error, Result};
use simd_kernels::{bytes, codes, float};
use std::cell::RefCell;

/// Rows that are asked for ahead of the loop that needs them: about as much as the first-level cache holds of int8 rows. Measured on
/// 100,000 x 128 rows from all over the memory: a search takes 0.6 of the time it takes without.
const AHEAD: usize = 64;

/// Has the rows of the first slots on their way together, instead of four at a time as the distances are computed.
fn ask_ahead<'a>(slots: &[u32], row: impl Fn(usize) -> &'a [u8]) {
    let sum = slots.iter().take(AHEAD).fold(0u32, |sum, &slot| sum.wrapping_add(bytes::touch(row(slot as usize))));
    core::hint::black_box(sum);
}

/// Rows, and per row what the metric needs: inverse norm (cosine) or squared norm (l2sq).
#[derive(Clone, Copy)]
pub struct Space<'a> {
    pub store: &'a Store,
    /// Measured on where there are any; made for every slot of the graph.
    pub codes: Option<&'a Int8Codes>,
    pub weights: &'a Arena<f32>,
    pub metric: Metric,
}

impl Space<'_> {
    fn weight(&self, slot: u32) -> f32 {
        self.weights.row(slot as usize)[0]
    }

    fn between_f32(&self, from: &[f32], own: f32, slots: &[u32], out: &mut [f32]) {
        let rows = |slots: [u32; 4]| slots.map(|slot| self.store.row(slot as usize, &mut []));
        ask_ahead(slots, |slot| bytes::of(self.store.row(slot, &mut [])));
        if self.metric == Metric::L2sq {
            // Without the detour over norms, whose difference would lose the small distances that matter most.
            return in_fours(slots, out, |four| float::l2sq_four(from, rows(four)), |distance, _| distance);
        }
        in_fours(
            slots,
            out,
            |four| float::dot_four(from, rows(four)),
            |dot, slot| match self.metric {
                Metric::Cosine => -dot * own * self.weight(slot),
                _ => -dot,
            },
        );
    }

    /// `own` is the weight of the side that asks. Factors hold the inverse norm already where the metric is cosine.
    fn between_codes(&self, codes: &Int8Codes, from: &Wide, own: f32, slots: &[u32], out: &mut [f32]) {
        ask_ahead(slots, |slot| bytes::of(codes.row(self.store, slot)));
        let four = |slots: [u32; 4]| codes::i8_dot_four(&from.codes, slots.map(|slot| codes.row(self.store, slot as usize)));
        in_fours(slots, out, four, |dot, slot| {
            let dot = dot as f32 * from.scale * codes.factor(slot as usize);
            if self.metric == Metric::L2sq { own + self.weight(slot) - 2.0 * dot } else { -dot }
        });
    }
}

/// Computes four slots at a time, the last one repeated where fewer are left.
fn in_fours<T: Copy>(slots: &[u32], out: &mut [f32], four: impl Fn([u32; 4]) -> [T; 4], distance: impl Fn(T, u32) -> f32) {
    for (slots, out) in slots.chunks(4).zip(out.chunks_mut(4)) {
        let results = four(core::array::from_fn(|i| slots[i.min(slots.len() - 1)]));
        for ((out, &slot), result) in out.iter_mut().zip(slots).zip(results) {
            *out = distance(result, slot);
        }
    }
}

/// Codes of one vector as i16, with their scale.
#[derive(Default)]
pub struct Wide {
    codes: Vec<i16>,
    scale: f32,
}

impl Wide {
    pub fn reserve(&mut self, stride: usize) -> Result<()> {
        self.codes.try_reserve(stride.saturating_sub(self.codes.len())).map_err(|_| Error::out_of_memory())
    }

    /// Quantises a query as finely as the exact i32 sums of the kernel allow.
    fn set(&mut self, query: &[f32], stride: usize) {
        let finest = (i32::MAX as usize / (127 * stride)).min(i16::MAX as usize) as f32;
        let largest = absmax(query);
        let scale = if largest > 0.0 { largest / finest } else { 1.0 };
        self.codes.clear();
        // The quotient can exceed `finest` by a rounding only; the kernel's sums leave no room for that.
        self.codes.extend(query.iter().map(|x| (x / scale).round_ties_even().clamp(-finest, finest) as i16));
        self.codes.resize(stride, 0);
        self.scale = scale;
    }

    fn widen(&mut self, codes: &[i8], scale: f32) {
        self.codes.clear();
        self.codes.extend(codes.iter().map(|&code| i16::from(code)));
        self.scale = scale;
    }
}

/// Distances between stored rows.
pub struct Between<'a> {
    pub space: Space<'a>,
    /// The row that asks; a cell because the graph may share the distances.
    pub wide: RefCell<Wide>,
}

impl RowDistance for Between<'_> {
    fn between_many(&self, from: u32, slots: &[u32], out: &mut [f32]) {
        let Space { store, codes, .. } = self.space;
        let own = self.space.weight(from);
        match codes {
            None => self.space.between_f32(store.row(from as usize, &mut []), own, slots, out),
            Some(codes) => {
                let mut wide = self.wide.borrow_mut();
                wide.widen(codes.row(store, from as usize), codes.factor(from as usize));
                self.space.between_codes(codes, &wide, own, slots, out);
            }
        }
    }
}

/// Distances from the query of the call in progress.
pub struct FromQuery<'a> {
    space: Space<'a>,
    query: &'a Query,
    wide: &'a Wide,
    own: f32,
}

impl<'a> FromQuery<'a> {
    pub fn new(space: Space<'a>, query: &'a Query, wide: &'a mut Wide) -> Self {
        if space.codes.is_some() {
            wide.set(&query.values, int8_stride(query.values.len()));
        }
        let own = match space.metric {
            Metric::L2sq => (query.norm * query.norm) as f32,
            _ => 1.0,
        };
        Self { space, query, wide, own }
    }
}

impl QueryDistance for FromQuery<'_> {
    fn to_query_many(&self, slots: &[u32], out: &mut [f32]) {
        match self.space.codes {
            None => self.space.between_f32(&self.query.values, self.own, slots, out),
            Some(codes) => self.space.between_codes(codes, self.wide, self.own, slots, out),
        }
    }
}
