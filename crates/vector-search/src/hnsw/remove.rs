//! Removal with repair. Every node that linked to a removed one chooses its links anew among its remaining neighbours and
//! the neighbours of the removed ones (as in A. Singh et al., "FreshDiskANN", arXiv:2105.09613, section 4.2), so no link
//! ever leads to an absent slot and recall holds under churn. Links are one-way, so finding those nodes means reading all
//! lists once per call: about 1 ms per 100,000 nodes. Remove many slots in one call.
use super::scratch::Scratch;
use super::{Error, Graph, NONE, Plan, Result, RowDistance, reserve_total};

/// Dead nodes that are looked through at most to mend one list.
pub(super) const MOST_DEAD: usize = 1024;

/// With this many nodes removed per node left, what is left is linked anew: lists hold next to nothing to mend them with.
const REBUILD_RATIO: usize = 8;

impl Graph {
    /// Takes slots out of the graph; absent ones are ignored. The rows of removed slots are not read.
    ///
    /// # Errors
    /// `OUT_OF_MEMORY`; the graph is unchanged.
    pub fn remove(&mut self, rows: &impl RowDistance, slots: &[u32], scratch: &mut Scratch) -> Result<()> {
        let room = self.links.room(0);
        scratch.reserve(self.links.slots() as usize, self.params.ef_construction, candidate_limit(room) + room)?;
        let mut dead = Vec::new();
        reserve_total(&mut dead, slots.len())?;
        for &slot in slots {
            if self.links.contains(slot) {
                self.links.retire(slot);
                dead.push(slot);
            }
        }
        if dead.is_empty() {
            return Ok(());
        }
        if dead.len() / REBUILD_RATIO >= self.links.len() {
            return self.rebuild(rows, scratch);
        }
        if !self.links.contains(self.entry) {
            self.entry = self.highest(NONE);
        }
        let isolated = self.repair(rows, &dead, scratch)?;
        self.lead_back(rows, &dead, scratch);
        for &slot in &dead {
            self.links.release(slot);
        }
        for slot in isolated {
            self.reconnect(rows, slot, scratch)?;
        }
        Ok(())
    }

    fn rebuild(&mut self, rows: &impl RowDistance, scratch: &mut Scratch) -> Result<()> {
        let mut left = Vec::new();
        reserve_total(&mut left, self.links.len())?;
        left.extend(self.links.present().map(|(slot, _)| slot));
        self.links.clear();
        self.entry = NONE;
        left.iter().try_for_each(|&slot| self.insert(rows, slot, scratch))
    }

    /// Mends every list that holds a dead slot. Returns the nodes that have no neighbour left.
    fn repair(&mut self, rows: &impl RowDistance, dead: &[u32], scratch: &mut Scratch) -> Result<Vec<u32>> {
        let mut isolated = Vec::new();
        for slot in 0..self.links.slots() {
            if !self.links.contains(slot) {
                continue;
            }
            for level in 0..=self.links.level(slot) {
                let neighbours = self.links.neighbours(slot, level);
                let touched = match dead {
                    [one] => neighbours.contains(one),
                    _ => neighbours.iter().any(|&link| !self.links.contains(link)),
                };
                if !touched {
                    continue;
                }
                self.gather(slot, level, scratch);
                if level == 0 && scratch.slots.is_empty() && self.links.len() > 1 {
                    isolated.try_reserve(1).map_err(|_| Error::out_of_memory())?;
                    isolated.push(slot);
                }
                self.relink(rows, slot, level, scratch);
            }
        }
        Ok(isolated)
    }

    /// Candidates for a node that lost neighbours: what lives among its neighbours and, through dead ones, beyond.
    fn gather(&self, node: u32, level: usize, scratch: &mut Scratch) {
        let Scratch { slots, queue, visited, .. } = scratch;
        let limit = candidate_limit(self.links.room(0));
        slots.clear();
        queue.clear();
        visited.clear();
        visited.insert(node);
        let mut from = node;
        let mut next = 0;
        loop {
            for &link in self.links.neighbours(from, level) {
                if !visited.insert(link) {
                    continue;
                }
                if self.links.contains(link) {
                    slots.push(link);
                } else if queue.len() < MOST_DEAD {
                    queue.push(link);
                }
            }
            if next == queue.len() || slots.len() >= limit {
                return;
            }
            from = queue[next];
            next += 1;
        }
    }

    /// Gives every neighbour of a removed node that may have lost its last way in a new one.
    fn lead_back(&mut self, rows: &impl RowDistance, dead: &[u32], scratch: &mut Scratch) {
        for &removed in dead {
            for at in 0..self.links.neighbours(removed, 0).len() {
                let slot = self.links.neighbours(removed, 0)[at];
                if !self.links.contains(slot) || self.is_linked_back(slot, removed) {
                    continue;
                }
                if let Some(&closest) = self.links.neighbours(slot, 0).first() {
                    self.link_back(rows, closest, 0, slot, scratch);
                }
            }
        }
    }

    /// Inserts a node again that is in the graph but has no neighbours.
    fn reconnect(&mut self, rows: &impl RowDistance, slot: u32, scratch: &mut Scratch) -> Result<()> {
        if self.entry == slot {
            self.entry = self.highest(slot);
        }
        let mut plan = Plan::default();
        self.plan(rows, slot, scratch, &mut plan)?;
        self.link(rows, &plan, scratch)
    }

    /// Node of the highest level, lowest slot first, other than `except`.
    fn highest(&self, except: u32) -> u32 {
        let mut best = (NONE, 0);
        for (slot, level) in self.links.present() {
            if slot != except && (best.0 == NONE || level > best.1) {
                best = (slot, level);
            }
        }
        best.0
    }
}

fn candidate_limit(room: usize) -> usize {
    4 * room
}
