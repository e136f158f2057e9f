//! Search: greedy descent through the upper layers, then a beam over layer 0 (Algorithms 2 and 5 of the paper).
use super::beam::Near;
use super::scratch::Scratch;
use super::{Graph, NONE, QueryDistance, Result, RowDistance};

/// One search. `k` and `ef` are the only fields that must be set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// Hits wanted.
    pub k: usize,
    /// Beam width; raised to `k` where lower.
    pub ef: usize,
    /// Bit i set = slot i may be returned; slots past the end may not. None: every slot.
    pub allow: Option<&'a [u32]>,
    /// Give up after about this many distances (0 = no limit): the caller knows what an exact scan would cost.
    pub budget: usize,
}

/// How a search ended. Its hits are in the `Scratch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Hits, at most k. Fewer than min(k, matching rows) means that the matching rows were out of reach: scan instead.
    pub hits: usize,
    /// The budget ran out; the hits are not the best the graph has. Scan instead.
    pub gave_up: bool,
    /// Distances computed.
    pub distances: usize,
}

/// A stored row in the role of the query.
pub(super) struct FromRow<'a, D>(pub &'a D, pub u32);

impl<D: RowDistance> QueryDistance for FromRow<'_, D> {
    fn to_query_many(&self, slots: &[u32], out: &mut [f32]) {
        self.0.between_many(self.1, slots, out);
    }
}

fn bit(words: &[u32], slot: u32) -> bool {
    words.get(slot as usize / 32).is_some_and(|word| word >> (slot % 32) & 1 == 1)
}

impl Graph {
    /// Finds the rows nearest to the query; they are then in `scratch.hits()`, closest first.
    ///
    /// With a filter, nodes that do not match are walked through but not collected, so the traversal costs about
    /// 1/(matching share) more; [`prefer_scan`](super::prefer_scan) says when a scan of the matching rows is cheaper.
    ///
    /// # Errors
    /// `OUT_OF_MEMORY` when the scratch can not grow.
    pub fn search(&self, query: &impl QueryDistance, request: &Request, scratch: &mut Scratch) -> Result<Found> {
        scratch.hits = 0;
        let ef = request.ef.max(request.k).max(1);
        scratch.reserve(self.links.slots() as usize, ef, self.links.room(0))?;
        scratch.beam.reset(ef);
        if self.entry == NONE || request.k == 0 {
            return Ok(Found { hits: 0, gave_up: false, distances: 0 });
        }
        let (start, descent) = self.descend(query, 0, scratch);
        let (distances, gave_up) = match request.allow {
            None => {
                scratch.beam.offer(start);
                (self.beam_search(query, 0, scratch), false)
            }
            Some(allow) => self.filtered_search(query, start, allow, request.budget, scratch)?,
        };
        scratch.hits = scratch.beam.nodes().len().min(request.k);
        Ok(Found { hits: scratch.hits, gave_up, distances: distances + descent })
    }

    /// Greedy walk from the entry point down to the layer above `floor`. Returns the closest node and the distances computed.
    pub(super) fn descend(&self, query: &impl QueryDistance, floor: usize, scratch: &mut Scratch) -> (Near, usize) {
        let distances = &mut scratch.distances[..];
        query.to_query_many(&[self.entry], &mut distances[..1]);
        let mut best = Near::new(distances[0], self.entry);
        let mut computed = 1;
        for level in (floor + 1..=self.top()).rev() {
            loop {
                let neighbours = self.links.neighbours(best.slot(), level);
                let distances = &mut distances[..neighbours.len()];
                query.to_query_many(neighbours, distances);
                computed += neighbours.len();
                let nearest = neighbours.iter().zip(&*distances).map(|(&slot, &d)| Near::new(d, slot)).min();
                match nearest {
                    Some(near) if near < best => best = near,
                    _ => break,
                }
            }
        }
        (best, computed)
    }

    /// Expands the beam on one layer until its nodes are all expanded. The beam's nodes on entry are the entry points.
    pub(super) fn beam_search(&self, query: &impl QueryDistance, level: usize, scratch: &mut Scratch) -> usize {
        let Scratch { beam, visited, slots, distances, .. } = scratch;
        visited.clear();
        for node in beam.nodes() {
            visited.insert(node.slot());
        }
        let mut computed = 0;
        while let Some(node) = beam.next() {
            visited.fresh(self.links.neighbours(node, level), slots);
            if let Some(next) = beam.likely_next() {
                self.links.touch(next, level);
            }
            let distances = &mut distances[..slots.len()];
            query.to_query_many(slots, distances);
            computed += slots.len();
            for (&slot, &distance) in slots.iter().zip(&*distances) {
                beam.offer(Near::new(distance, slot));
            }
        }
        computed
    }

    /// The same on layer 0 under a filter; afterwards the beam holds matching nodes only.
    fn filtered_search(
        &self,
        query: &impl QueryDistance,
        start: Near,
        allow: &[u32],
        budget: usize,
        scratch: &mut Scratch,
    ) -> Result<(usize, bool)> {
        let Scratch { beam, visited, slots, distances, .. } = scratch;
        let allowed = |slot| bit(allow, slot);
        visited.clear();
        visited.insert(start.slot());
        beam.offer_filtered(start, allowed(start.slot()), allowed)?;
        let mut computed = 0;
        let mut gave_up = false;
        while let Some(node) = beam.next() {
            if budget != 0 && computed >= budget {
                gave_up = true;
                break;
            }
            visited.fresh(self.links.neighbours(node, 0), slots);
            let distances = &mut distances[..slots.len()];
            query.to_query_many(slots, distances);
            computed += slots.len();
            for (&slot, &distance) in slots.iter().zip(&*distances) {
                beam.offer_filtered(Near::new(distance, slot), allowed(slot), allowed)?;
            }
        }
        beam.retain(allowed);
        Ok((computed, gave_up))
    }
}
