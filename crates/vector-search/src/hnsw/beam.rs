//! The beam of a layer search: the best nodes seen so far in one sorted array, which serves as result set and as queue of
//! nodes to expand. For beams of some hundreds this beats two heaps, and its memory is bounded by the beam width.
use super::{Error, Result, reserve_total};

/// A slot and its distance, ordered by (distance, slot).
///
/// Packed into one integer so that comparing, sorting and moving are single instructions: high half the distance mapped to
/// an ordered u32, then the slot, lowest bit free for the beam's "expanded" mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near(u64);

impl Near {
    pub fn new(distance: f32, slot: u32) -> Self {
        // Adding zero turns -0 into +0: the two are equal distances and must tie.
        let bits = if distance.is_nan() { f32::INFINITY } else { distance + 0.0 }.to_bits();
        let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
        Self(u64::from(ordered) << 32 | u64::from(slot) << 1)
    }

    pub fn slot(self) -> u32 {
        (self.0 as u32) >> 1
    }

    pub fn distance(self) -> f32 {
        let ordered = (self.0 >> 32) as u32;
        f32::from_bits(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered })
    }

    /// Equal distances.
    pub(super) fn ties(self, other: Self) -> bool {
        self.0 >> 32 == other.0 >> 32
    }

    pub(super) fn unmarked(self) -> Self {
        Self(self.0 & !1)
    }

    fn expanded(self) -> bool {
        self.0 & 1 == 1
    }

    fn mark_expanded(&mut self) {
        self.0 |= 1;
    }
}

#[derive(Debug, Default)]
pub(super) struct Beam {
    /// Ascending. Holds every seen node that is closer than the `width`-th matching one.
    nodes: Vec<Near>,
    /// No node before it is unexpanded.
    cursor: usize,
    width: usize,
    /// Nodes in the beam that may be returned; all of them when the search has no filter.
    matching: usize,
}

impl Beam {
    pub fn reserve(&mut self, width: usize) -> Result<()> {
        reserve_total(&mut self.nodes, width + 1)
    }

    /// Empties the beam and sets how many matching nodes it keeps.
    pub fn reset(&mut self, width: usize) {
        self.nodes.clear();
        self.cursor = 0;
        self.width = width;
        self.matching = 0;
    }

    /// Marks all nodes unexpanded, keeps the `width` best: the found nodes of one layer are the entry points of the next.
    pub fn restart(&mut self, width: usize) {
        self.nodes.truncate(width);
        for node in &mut self.nodes {
            node.0 &= !1;
        }
        self.cursor = 0;
        self.width = width;
        self.matching = self.nodes.len();
    }

    pub fn nodes(&self) -> &[Near] {
        &self.nodes
    }

    /// The closest node not expanded yet.
    pub fn next(&mut self) -> Option<u32> {
        while let Some(node) = self.nodes.get_mut(self.cursor) {
            self.cursor += 1;
            if !node.expanded() {
                node.mark_expanded();
                return Some(node.slot());
            }
        }
        None
    }

    /// The node that `next` would give now, unless a closer one comes first.
    pub fn likely_next(&self) -> Option<u32> {
        self.nodes.get(self.cursor..)?.iter().find(|node| !node.expanded()).map(|node| node.slot())
    }

    fn full(&self) -> bool {
        self.matching >= self.width
    }

    /// Takes a node that may be returned, unless `width` closer ones are known.
    pub fn offer(&mut self, node: Near) {
        if self.full() && self.nodes.last().is_some_and(|&worst| node > worst) {
            return;
        }
        self.place(node);
        self.matching += 1;
        if self.matching > self.width {
            self.nodes.pop();
            self.matching -= 1;
        }
    }

    /// Takes a node of a filtered search. Nodes that do not match are passed through but do not count towards the width.
    pub fn offer_filtered(&mut self, node: Near, matches: bool, allowed: impl Fn(u32) -> bool) -> Result<()> {
        if self.full() && self.nodes.last().is_some_and(|&worst| node > worst) {
            return Ok(());
        }
        if self.nodes.len() == self.nodes.capacity() {
            self.nodes.try_reserve(1).map_err(|_| Error::out_of_memory())?;
        }
        self.place(node);
        self.matching += usize::from(matches);
        if self.matching > self.width {
            self.nodes.pop();
            self.matching -= 1;
        }
        if self.full() {
            while self.nodes.last().is_some_and(|last| !allowed(last.slot())) {
                self.nodes.pop();
            }
        }
        Ok(())
    }

    /// Drops the nodes that do not match.
    pub fn retain(&mut self, allowed: impl Fn(u32) -> bool) {
        self.nodes.retain(|node| allowed(node.slot()));
    }

    fn place(&mut self, node: Near) {
        let at = self.nodes.partition_point(|&other| other < node);
        self.nodes.insert(at, node);
        self.cursor = self.cursor.min(at);
    }
}
