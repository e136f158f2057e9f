//! From bounds to exact hits: scans offer rows, the collector keeps those that may win and scores them canonically.

use crate::bitmap;
use crate::config::Metric;
use crate::query::Query;
use crate::store::Store;
use crate::top_k::{Shortlist, TopK};
use simd_kernels::bytes;

/// What a scan hands rows to.
pub struct Collector<'a> {
    pub list: &'a mut Shortlist,
    pub top: &'a mut TopK,
    pub query: &'a Query,
    pub store: &'a Store,
    pub metric: Metric,
    /// Slots that may be returned; None: every slot.
    pub mask: Option<&'a [u32]>,
    /// Room for one decoded row.
    pub row: &'a mut [f32],
}

impl Collector<'_> {
    #[inline(always)]
    pub fn allowed(&self, slot: usize) -> bool {
        self.mask.is_none_or(|words| bitmap::contains(words, slot))
    }

    /// Offers rows `first..`, given each one's upper bound; `lower(i)` is asked only for rows that may win.
    #[inline(always)]
    pub fn offer_block(&mut self, first: usize, uppers: &[f32], lower: impl Fn(usize) -> f32) {
        for (i, &upper) in uppers.iter().enumerate() {
            if upper >= self.list.threshold() && self.allowed(first + i) {
                self.keep(upper, lower(i), first + i);
            }
        }
    }

    /// Offers one row that is known to be allowed.
    #[inline(always)]
    pub fn offer(&mut self, upper: f32, lower: f32, slot: usize) {
        if upper >= self.list.threshold() {
            self.keep(upper, lower, slot);
        }
    }

    #[inline(never)]
    fn keep(&mut self, upper: f32, lower: f32, slot: usize) {
        self.list.push(upper, lower, slot as u32);
        if self.list.is_full() && !self.list.prune() {
            self.flush();
        }
    }

    /// Scores the shortlist canonically.
    pub fn flush(&mut self) {
        let Self { list, top, query, store, metric, row, .. } = self;
        list.take(|c| top.push(query.score(*metric, store, c.slot as usize, row), c.slot));
    }

    /// Has the rows of several slots on their way before they are scored one after the other.
    pub fn warm(&self, slots: impl Iterator<Item = usize>) {
        let sum = slots.fold(0u32, |sum, slot| sum.wrapping_add(bytes::touch(self.store.row_bytes(slot).0)));
        core::hint::black_box(sum);
    }

    /// Scores a row canonically without asking for bounds.
    #[inline]
    pub fn score(&mut self, slot: usize) {
        let score = self.query.score(self.metric, self.store, slot, self.row);
        self.top.push(score, slot as u32);
    }
}
