//! The graph of a collection: which live rows it does not hold yet, and searches over both.
//!
//! A live row is either in the graph or pending. Appended and overwritten rows are pending until `step` links them; a search
//! scores them one by one, so it is right at any time.

use crate::bitmap;
use crate::bitmap::Live;
use crate::collect::Collector;
use crate::config::HnswConfig;
use crate::graph_rows::{Between, FromQuery, Space, Wide};
use crate::hnsw::{self, Graph, Request, Scratch};
use crate::store::int8_stride;
use error_code::Result;
use std::cell::RefCell;

/// Pending rows beyond this share of the graph, and beyond this number, make scanning everything the better answer.
const PENDING_SHARE: usize = 32;
const PENDING_ROWS: usize = 256;

/// Hits of the walk that are scored canonically, beyond k. The 20 best by int8 codes hold the true 10 best of those walked
/// (measured: 1.0000 on 20,000 text embeddings); f32 distances only swap near ties.
const INT8_MARGIN: usize = 10;
const F32_MARGIN: usize = 4;

pub struct GraphIndex {
    graph: Graph,
    scratch: Scratch,
    ef: usize,
    /// Every live slot below is in the graph.
    linked: usize,
    query: Wide,
    row: RefCell<Wide>,
}

/// What one search asks for, made ready.
pub struct Walk<'a> {
    pub k: usize,
    /// 0 = the configured one.
    pub ef: usize,
    /// Slots that may be returned; None: every live one.
    pub mask: Option<&'a [u32]>,
    /// Number of slots that may be returned.
    pub matching: usize,
}

impl GraphIndex {
    pub fn new(config: &HnswConfig) -> Result<Self> {
        let params = hnsw::Params { m: config.m as usize, ef_construction: config.ef_construction as usize, seed: config.seed };
        Ok(Self {
            graph: Graph::new(params)?,
            scratch: Scratch::default(),
            ef: config.ef as usize,
            linked: 0,
            query: Wide::default(),
            row: RefCell::default(),
        })
    }

    /// Live rows that are not in the graph.
    pub fn pending(&self, live: &Live) -> usize {
        live.count() - self.graph.len()
    }

    /// True when the graph holds enough of the rows to answer.
    pub fn answers(&self, live: &Live) -> bool {
        let pending = self.pending(live);
        !self.graph.is_empty() && pending <= PENDING_ROWS.max(self.graph.len() / PENDING_SHARE)
    }

    pub fn memory(&self) -> usize {
        self.graph.memory() + self.scratch.memory()
    }

    /// Links up to `rows` pending rows.
    pub fn step(&mut self, space: Space, live: &Live, slots: usize, rows: usize) -> Result<()> {
        self.make_room(space)?;
        let between = Between { space, wide: &self.row };
        let mut left = rows;
        while self.linked < slots && left > 0 {
            let slot = self.linked;
            if live.contains(slot) && !self.graph.contains(slot as u32) {
                self.graph.insert(&between, slot as u32, &mut self.scratch)?;
                left -= 1;
            }
            self.linked += 1;
        }
        Ok(())
    }

    /// Takes slots out, before they are marked dead or overwritten. A slot that lives on is pending again.
    pub fn remove(&mut self, space: Space, slots: &[u32]) -> Result<()> {
        self.make_room(space)?;
        let between = Between { space, wide: &self.row };
        self.graph.remove(&between, slots, &mut self.scratch)?;
        let lowest = slots.iter().min().map_or(self.linked, |&slot| slot as usize);
        self.linked = self.linked.min(lowest);
        Ok(())
    }

    /// Scores what the walk finds and all that is pending. False: nothing was done, or too little was found; scan instead.
    pub fn search(&mut self, space: Space, live: &Live, walk: &Walk, to: &mut Collector) -> Result<bool> {
        let margin = if space.codes.is_some() { walk.k.max(INT8_MARGIN) } else { F32_MARGIN };
        let wanted = walk.k.saturating_add(margin).min(walk.matching);
        let ef = if walk.ef == 0 { self.ef } else { walk.ef }.max(wanted);
        let scan = walk.mask.is_some() && hnsw::prefer_scan(self.graph.len(), walk.matching, ef);
        if !self.answers(live) || scan {
            return Ok(false);
        }
        self.make_room(space)?;
        let mut pending = 0;
        self.each_pending(live, walk.mask, |_| pending += 1);
        let request = Request { k: wanted, ef, allow: walk.mask, budget: walk.matching };
        let found = {
            let query = FromQuery::new(space, to.query, &mut self.query);
            self.graph.search(&query, &request, &mut self.scratch)?
        };
        if found.gave_up || found.hits + pending < walk.k.min(walk.matching) {
            return Ok(false);
        }
        for hit in self.scratch.hits() {
            to.score(hit.slot() as usize);
        }
        self.each_pending(live, walk.mask, |slot| to.score(slot));
        Ok(true)
    }

    /// Calls `each` for every pending slot that may be returned.
    fn each_pending(&self, live: &Live, mask: Option<&[u32]>, mut each: impl FnMut(usize)) {
        if self.pending(live) == 0 {
            return;
        }
        let words = mask.unwrap_or(live.words());
        for slot in self.linked..32 * live.words().len() {
            if bitmap::contains(words, slot) && !self.graph.contains(slot as u32) {
                each(slot);
            }
        }
    }

    /// Follows a renumbering of the live slots 0, 1, 2 …; call it before `live` changes.
    pub fn compact(&mut self, live: &Live) -> Result<()> {
        let params = self.graph.params();
        let bytes = self.graph.export_compacted(live.words())?;
        // The old links go first: memory for both at once may not be there. A failure leaves all rows pending.
        self.clear();
        self.graph = Graph::import(&bytes, params, u32::MAX)?;
        Ok(())
    }

    /// Forgets every link: all rows are pending.
    pub fn clear(&mut self) {
        self.graph.clear();
        self.linked = 0;
    }

    /// One past the highest slot that was ever linked.
    pub fn slots(&self) -> usize {
        self.graph.slots() as usize
    }

    /// The graph's bytes, unless rows are pending.
    pub fn export(&self, live: &Live) -> Result<Option<Vec<u8>>> {
        if self.pending(live) > 0 { Ok(None) } else { self.graph.export().map(Some) }
    }

    /// Takes a graph over `slots` slots, every node of which must live.
    pub fn import(&mut self, bytes: &[u8], live: &Live, slots: usize) -> Result<()> {
        let graph = Graph::import(bytes, self.graph.params(), slots as u32)?;
        if (0..graph.slots()).any(|slot| graph.contains(slot) && !live.contains(slot as usize)) {
            return Err(error_code::Error::corrupt("the graph holds a row that the collection has removed: build the index again"));
        }
        self.graph = graph;
        self.linked = 0;
        Ok(())
    }

    fn make_room(&mut self, space: Space) -> Result<()> {
        let stride = if space.codes.is_some() { int8_stride(space.store.dims()) } else { 0 };
        self.query.reserve(stride)?;
        self.row.get_mut().reserve(stride)
    }
}
