//! Working memory of one caller (one per thread), reused by every call: in steady state nothing is allocated.
use super::beam::{Beam, Near};
use super::insert::Plan;
use super::remove::MOST_DEAD;
use super::{Result, reserve_total};

/// Working memory for building and searching; create one and keep it. After `Graph::search` it holds the hits.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) beam: Beam,
    pub(super) visited: Visited,
    /// Slots whose distances are computed together, and those distances.
    pub(super) slots: Vec<u32>,
    pub(super) distances: Vec<f32>,
    /// Candidates of one neighbour selection, then the chosen ones.
    pub(super) candidates: Vec<Near>,
    /// Slots that the candidates of a relinked node came from.
    pub(super) offered: Vec<u32>,
    pub(super) pruned: Vec<Near>,
    pub(super) chosen: Vec<Near>,
    /// Removed nodes to look through.
    pub(super) queue: Vec<u32>,
    pub(super) plan: Plan,
    pub(super) hits: usize,
}

impl Scratch {
    /// Hits of the last search, best first.
    pub fn hits(&self) -> impl ExactSizeIterator<Item = Near> + '_ {
        self.beam.nodes()[..self.hits].iter().map(|node| node.unmarked())
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let near = self.candidates.capacity() + self.pruned.capacity() + self.chosen.capacity() + self.beam.nodes().len();
        self.visited.marks.capacity() * 2 + near * 8 + (self.slots.capacity() + self.distances.capacity()) * 4
    }

    /// Room for a graph of `slots` slots, beams of `ef` and lists of `batch` slots.
    pub(super) fn reserve(&mut self, slots: usize, ef: usize, batch: usize) -> Result<()> {
        self.beam.reserve(ef)?;
        self.visited.reserve(slots)?;
        let most = ef.max(batch) + 1;
        reserve_total(&mut self.slots, most)?;
        reserve_total(&mut self.queue, MOST_DEAD)?;
        reserve_total(&mut self.candidates, most)?;
        reserve_total(&mut self.offered, most)?;
        reserve_total(&mut self.pruned, most)?;
        reserve_total(&mut self.chosen, most)?;
        if self.distances.len() < most {
            reserve_total(&mut self.distances, most)?;
            self.distances.resize(most, 0.0);
        }
        Ok(())
    }
}

/// Set of slots that empties in O(1): a slot is in it when its mark equals the current epoch.
#[derive(Debug, Default)]
pub(super) struct Visited {
    marks: Vec<u16>,
    epoch: u16,
}

impl Visited {
    pub fn reserve(&mut self, slots: usize) -> Result<()> {
        if self.marks.len() < slots {
            // A quarter more, so that a growing graph asks seldom.
            let wanted = slots + slots / 4 + 64;
            reserve_total(&mut self.marks, wanted)?;
            self.marks.resize(wanted, 0);
        }
        Ok(())
    }

    pub fn clear(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.marks.fill(0);
            self.epoch = 1;
        }
    }

    /// Enters `list` and leaves in `out`, which has the room, those that were not in the set yet. Without a branch per slot: which ones
    /// are fresh cannot be predicted.
    pub fn fresh(&mut self, list: &[u32], out: &mut Vec<u32>) {
        out.clear();
        out.resize(list.len(), 0);
        let mut count = 0;
        for &slot in list {
            out[count] = slot;
            count += usize::from(self.insert(slot));
        }
        out.truncate(count);
    }

    /// True when the slot was not in the set yet.
    pub fn insert(&mut self, slot: u32) -> bool {
        let mark = &mut self.marks[slot as usize];
        let fresh = *mark != self.epoch;
        *mark = self.epoch;
        fresh
    }
}
