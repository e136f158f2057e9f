//! Selection: the k best by exact score, and the shortlist of rows that may be among them.

use error_code::{Error, Result};

/// A scored slot. `a` ranks before `b` when its score is higher, or equal with the lower slot.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    pub score: f64,
    pub slot: u32,
}

fn before(a: &Hit, b: &Hit) -> bool {
    a.score > b.score || (a.score == b.score && a.slot < b.slot)
}

/// The `k` best hits seen: a binary heap whose root is the worst of them.
#[derive(Default)]
pub struct TopK {
    k: usize,
    heap: Vec<Hit>,
}

impl TopK {
    pub fn start(&mut self, k: usize) -> Result<()> {
        self.k = k;
        self.heap.clear();
        self.heap.try_reserve(k).map_err(|_| Error::out_of_memory())
    }

    /// The worst kept score once `k` are kept: anything below it is out.
    pub fn worst(&self) -> f64 {
        if self.heap.len() == self.k && self.k > 0 { self.heap[0].score } else { f64::NEG_INFINITY }
    }

    pub fn push(&mut self, score: f64, slot: u32) {
        let hit = Hit { score, slot };
        if self.heap.len() < self.k {
            self.heap.push(hit);
            let mut i = self.heap.len() - 1;
            while i > 0 && before(&self.heap[(i - 1) / 2], &self.heap[i]) {
                self.heap.swap(i, (i - 1) / 2);
                i = (i - 1) / 2;
            }
        } else if self.k > 0 && before(&hit, &self.heap[0]) {
            self.heap[0] = hit;
            let mut i = 0;
            loop {
                let (left, right) = (2 * i + 1, 2 * i + 2);
                let mut worst = i;
                for child in [left, right] {
                    if child < self.k && before(&self.heap[worst], &self.heap[child]) {
                        worst = child;
                    }
                }
                if worst == i {
                    break;
                }
                self.heap.swap(i, worst);
                i = worst;
            }
        }
    }

    /// The hits, best first.
    pub fn finish(&mut self) -> &[Hit] {
        self.heap.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.slot.cmp(&b.slot)));
        &self.heap
    }
}

/// A row whose score may reach `upper`.
#[derive(Clone, Copy)]
pub struct Candidate {
    pub upper: f32,
    pub slot: u32,
}

/// Rows that may be among the k best, given an upper and a lower bound of each row's score.
///
/// The threshold is the k-th largest lower bound seen: k rows score at least that much, so a row whose upper bound is below it is
/// out for good.
#[derive(Default)]
pub struct Shortlist {
    k: usize,
    /// The k largest lower bounds, a min-heap.
    lowers: Vec<f32>,
    candidates: Vec<Candidate>,
    threshold: f32,
}

impl Shortlist {
    /// Candidates held before the caller must take them.
    const ROOM: usize = 4096;

    pub fn start(&mut self, k: usize) -> Result<()> {
        self.k = k;
        self.threshold = f32::NEG_INFINITY;
        self.lowers.clear();
        self.candidates.clear();
        let no_memory = |_| Error::out_of_memory();
        self.lowers.try_reserve(k).map_err(no_memory)?;
        self.candidates.try_reserve(Self::ROOM).map_err(no_memory)
    }

    /// Rows whose upper bound is below this are out.
    #[inline(always)]
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Takes a row whose upper bound reaches the threshold.
    pub fn push(&mut self, upper: f32, lower: f32, slot: u32) {
        self.candidates.push(Candidate { upper, slot });
        if self.lowers.len() < self.k {
            self.lowers.push(lower);
            let mut i = self.lowers.len() - 1;
            while i > 0 && self.lowers[(i - 1) / 2] > self.lowers[i] {
                self.lowers.swap(i, (i - 1) / 2);
                i = (i - 1) / 2;
            }
        } else if self.k > 0 && lower > self.lowers[0] {
            self.lowers[0] = lower;
            let mut i = 0;
            loop {
                let mut least = i;
                for child in [2 * i + 1, 2 * i + 2] {
                    if child < self.k && self.lowers[child] < self.lowers[least] {
                        least = child;
                    }
                }
                if least == i {
                    break;
                }
                self.lowers.swap(i, least);
                i = least;
            }
        } else {
            return;
        }
        if self.lowers.len() == self.k {
            self.threshold = self.lowers[0];
        }
    }

    /// True when the candidates must be pruned or taken before the next push.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.candidates.len() >= Self::ROOM
    }

    /// Drops candidates that fell below the threshold; false when that freed less than half the room.
    pub fn prune(&mut self) -> bool {
        let threshold = self.threshold;
        self.candidates.retain(|c| c.upper >= threshold);
        self.candidates.len() <= Self::ROOM / 2
    }

    /// Takes the candidates out, most promising first.
    pub fn take(&mut self, mut each: impl FnMut(Candidate)) {
        self.prune();
        for c in self.candidates.drain(..) {
            each(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_k_best_by_score_then_slot(scores in prop::collection::vec(-4i32..4, 0..200), k in 0usize..50) {
            let mut top = TopK::default();
            top.start(k).unwrap();
            for (slot, &s) in scores.iter().enumerate() {
                top.push(f64::from(s), slot as u32);
            }
            let mut expected: Vec<(i32, u32)> = scores.iter().enumerate().map(|(i, &s)| (-s, i as u32)).collect();
            expected.sort_unstable();
            expected.truncate(k);
            let got: Vec<(i32, u32)> = top.finish().iter().map(|h| (-h.score as i32, h.slot)).collect();
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn the_shortlist_keeps_every_row_that_can_win(rows in prop::collection::vec((-100i32..100, 0u8..20, 0u8..20), 1..300), k in 1usize..20) {
            let mut list = Shortlist::default();
            list.start(k).unwrap();
            for (slot, &(score, down, up)) in rows.iter().enumerate() {
                let (upper, lower) = ((score + i32::from(up)) as f32, (score - i32::from(down)) as f32);
                if upper >= list.threshold() { list.push(upper, lower, slot as u32); }
            }
            let mut kept = Vec::new();
            list.take(|c| kept.push(c.slot as usize));
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by_key(|&i| (-rows[i].0, i));
            for i in order.into_iter().take(k) { prop_assert!(kept.contains(&i)); }
        }
    }
}
