//! Insertion (Algorithm 1 of the paper), split in two so that many rows can be planned at once on a graph that stands still
//! and then be linked one after the other: the result depends on batch borders only, never on the number of threads.
use super::beam::Near;
use super::scratch::Scratch;
use super::search::FromRow;
use super::select::select;
use super::{Graph, MAX_LEVEL, NONE, Result, RowDistance, reserve_total};

/// Neighbours found for a row that is not linked yet. Reusable: `Graph::plan` overwrites it.
#[derive(Debug, Default)]
pub struct Plan {
    slot: u32,
    level: usize,
    /// Top level of the graph it was made for; NONE-like `None` for an empty graph.
    top: Option<usize>,
    /// Neighbours of level 0, then of level 1 …, closest first.
    links: Vec<u32>,
    counts: [u8; MAX_LEVEL + 1],
}

impl Plan {
    pub fn slot(&self) -> u32 {
        self.slot
    }
}

/// Level of a slot: geometric with ratio 1/m, from integers only, so that it is the same in every implementation and does
/// not depend on when or in which batch the slot is inserted.
pub(super) fn level_of(seed: u32, slot: u32, m: usize) -> usize {
    let hash = mix(slot.wrapping_mul(0x9e37_79b9) ^ mix(seed ^ 0x85eb_ca6b));
    let mut threshold = u32::MAX / m as u32;
    let mut level = 0;
    while hash < threshold && level < MAX_LEVEL {
        level += 1;
        threshold /= m as u32;
    }
    level
}

/// Finaliser of MurmurHash3 (A. Appleby, public domain).
pub(super) fn mix(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ h >> 16
}

impl Graph {
    /// Links a row into the graph. A slot that is in the graph is taken out first, so this also serves a changed row.
    ///
    /// # Errors
    /// `OUT_OF_MEMORY`; the graph is then unchanged, except that a slot being replaced may be out of it: insert it again.
    pub fn insert(&mut self, rows: &impl RowDistance, slot: u32, scratch: &mut Scratch) -> Result<()> {
        if self.contains(slot) {
            self.remove(rows, &[slot], scratch)?;
        }
        let mut plan = std::mem::take(&mut scratch.plan);
        let linked = self.plan(rows, slot, scratch, &mut plan).and_then(|()| self.link(rows, &plan, scratch));
        scratch.plan = plan;
        linked
    }

    /// Finds the neighbours of a row without touching the graph.
    ///
    /// # Errors
    /// `OUT_OF_MEMORY`.
    pub fn plan(&self, rows: &impl RowDistance, slot: u32, scratch: &mut Scratch, plan: &mut Plan) -> Result<()> {
        let level = if self.contains(slot) { self.links.level(slot) } else { level_of(self.params.seed, slot, self.params.m) };
        let ef = self.params.ef_construction;
        scratch.reserve(self.links.slots() as usize, ef, self.links.room(0))?;
        let top = (self.entry != NONE).then(|| self.top());
        let levels = top.map_or(0, |top| top.min(level) + 1);
        plan.slot = slot;
        plan.level = level;
        plan.top = top;
        plan.counts = [0; MAX_LEVEL + 1];
        plan.links.clear();
        reserve_total(&mut plan.links, levels * self.params.m)?;
        if levels == 0 {
            return Ok(());
        }
        let query = FromRow(rows, slot);
        let (start, _) = self.descend(&query, levels - 1, scratch);
        scratch.beam.reset(ef);
        scratch.beam.offer(start);
        for level in (0..levels).rev() {
            scratch.beam.restart(ef);
            self.beam_search(&query, level, scratch);
            scratch.candidates.clear();
            scratch.candidates.extend(scratch.beam.nodes().iter().map(|n| n.unmarked()).filter(|n| n.slot() != slot));
            select(rows, slot, self.params.m, self.params.m, scratch);
            plan.counts[level] = scratch.chosen.len() as u8;
            // Highest level first here; `link` reads from the end.
            plan.links.extend(scratch.chosen.iter().map(|n| n.slot()));
        }
        Ok(())
    }

    /// Links a planned row: its own lists, then the way back from each neighbour. Plans made on one state of the graph may
    /// be linked one after the other, as long as nothing is removed in between.
    ///
    /// # Errors
    /// `OUT_OF_MEMORY`; the graph is unchanged.
    pub fn link(&mut self, rows: &impl RowDistance, plan: &Plan, scratch: &mut Scratch) -> Result<()> {
        let top = (self.entry != NONE).then(|| self.top());
        if plan.top != top && plan.top.is_none_or(|planned| planned < plan.level) {
            // A row linked meanwhile raised the graph: this one has neighbours on levels that the plan does not know.
            let mut again = Plan::default();
            self.plan(rows, plan.slot, scratch, &mut again)?;
            return self.link(rows, &again, scratch);
        }
        scratch.reserve(self.links.slots().max(plan.slot + 1) as usize, self.params.ef_construction, self.links.room(0))?;
        if !self.contains(plan.slot) {
            self.links.add(plan.slot, plan.level)?;
        }
        let mut end = plan.links.len();
        for level in 0..=plan.level {
            let start = end - usize::from(plan.counts[level]);
            let neighbours = &plan.links[start..end];
            end = start;
            self.links.set(plan.slot, level, neighbours.iter().copied());
            for &neighbour in neighbours {
                self.link_back(rows, neighbour, level, plan.slot, scratch);
            }
        }
        if top.is_none_or(|top| plan.level > top) {
            self.entry = plan.slot;
        }
        Ok(())
    }

    /// Adds the link node -> slot; where the list is full, the heuristic decides what stays.
    pub(super) fn link_back(&mut self, rows: &impl RowDistance, node: u32, level: usize, slot: u32, scratch: &mut Scratch) {
        let neighbours = self.links.neighbours(node, level);
        if neighbours.contains(&slot) || self.links.push(node, level, slot) {
            return;
        }
        scratch.slots.clear();
        scratch.slots.extend_from_slice(self.links.neighbours(node, level));
        scratch.slots.push(slot);
        self.relink(rows, node, level, scratch);
    }

    /// Sets the links of a node to the best of `scratch.slots`.
    pub(super) fn relink(&mut self, rows: &impl RowDistance, node: u32, level: usize, scratch: &mut Scratch) {
        let Scratch { slots, distances, candidates, offered, .. } = &mut *scratch;
        let distances = &mut distances[..slots.len()];
        rows.between_many(node, slots, distances);
        candidates.clear();
        candidates.extend(slots.iter().zip(&*distances).map(|(&slot, &d)| Near::new(d, slot)));
        offered.clear();
        offered.extend_from_slice(slots);
        candidates.sort_unstable();
        let room = self.links.room(level);
        // Refilling to m and not to the room leaves space: the next links are appended without another selection. Measured on
        // 20,000 text embeddings: build 20 % faster than refilling to the room, same recall for the same time per query.
        select(rows, node, room, self.params.m, scratch);
        if level == 0 {
            self.keep_last_ways(node, room, scratch);
        }
        self.links.set(node, level, scratch.chosen.iter().map(|near| near.slot()));
    }

    /// Adds to the chosen links those offered slots that nothing else may lead to: a row without a link to it could not be
    /// found any more.
    fn keep_last_ways(&self, node: u32, room: usize, scratch: &mut Scratch) {
        let Scratch { offered, chosen, .. } = scratch;
        for &slot in &*offered {
            if chosen.len() == room {
                return;
            }
            if !chosen.iter().any(|near| near.slot() == slot) && !self.is_linked_back(slot, node) {
                chosen.push(Near::new(f32::INFINITY, slot));
            }
        }
    }

    /// True when a neighbour of `slot` on layer 0, other than `except`, links back to it.
    pub(super) fn is_linked_back(&self, slot: u32, except: u32) -> bool {
        self.links
            .neighbours(slot, 0)
            .iter()
            .any(|&other| other != except && self.links.contains(other) && self.links.neighbours(other, 0).contains(&slot))
    }
}
