//! The graph of a collection: which live rows it does not hold yet, and searches over both.
//!
//! A live row is either in the graph or pending. Appended and overwritten rows are pending until `step` links them; a search
//! scores them one by one, so it is right at any time.

use crate::bitmap;
use crate::bitmap::Live;
use crate::collect::Collector;
use crate::config::HnswConfig;
use crate::graph_rows::{Between, FromQuery, Space, Wide};
use crate::hnsw::{self, Graph, Plan, Request, Scratch};
use crate::store::int8_stride;
use error_code::{Error, Result};
use std::cell::RefCell;
use thread_team::Team;

/// Pending rows beyond this share of the graph, and beyond this number, make scanning everything the better answer.
const PENDING_SHARE: usize = 32;
const PENDING_ROWS: usize = 256;

/// Hits of the walk that are scored canonically, beyond k. The 20 best by int8 codes hold the true 10 best of those walked
/// (measured: 1.0000 on 20,000 text embeddings); f32 distances only swap near ties.
const INT8_MARGIN: usize = 10;
const F32_MARGIN: usize = 4;

/// A batch of planned rows is at most this share of the graph, and at most this many.
const BATCH_SHARE: usize = 64;
const MOST_BATCH: usize = 64;

pub struct GraphIndex {
    graph: Graph,
    ef: usize,
    /// Every live slot below is in the graph.
    linked: usize,
    /// One per thread; the first is the caller's.
    builders: Vec<Builder>,
    /// Rows of one batch, planned together.
    batch: Vec<(u32, Plan)>,
}

/// Working memory of one thread's walks.
#[derive(Default)]
pub struct WalkRoom {
    scratch: Scratch,
    query: Wide,
}

impl WalkRoom {
    pub fn memory(&self) -> usize {
        self.scratch.memory()
    }
}

/// Working memory of one thread that builds.
#[derive(Default)]
struct Builder {
    scratch: Scratch,
    row: Wide,
}

impl Builder {
    /// Lends the scratch and the distances to `work`.
    fn with<T>(&mut self, space: Space, work: impl FnOnce(&Between, &mut Scratch) -> Result<T>) -> Result<T> {
        self.row.reserve(stride(space))?;
        let between = Between { space, wide: RefCell::new(core::mem::take(&mut self.row)) };
        let result = work(&between, &mut self.scratch);
        self.row = between.wide.into_inner();
        result
    }
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
        Ok(Self { graph: Graph::new(params)?, ef: config.ef as usize, linked: 0, builders: vec![Builder::default()], batch: Vec::new() })
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
        self.graph.memory() + self.builders.iter().map(|builder| builder.scratch.memory()).sum::<usize>()
    }

    /// Links up to `rows` pending rows; a batch is linked whole, so it may be a few more.
    pub fn step(&mut self, space: Space, live: &Live, slots: usize, rows: usize, team: &Team) -> Result<()> {
        let mut left = rows;
        while left > 0 {
            self.pick(live, slots)?;
            if self.batch.is_empty() {
                break;
            }
            left = left.saturating_sub(self.batch.len());
            self.link_batch(space, team)?;
        }
        Ok(())
    }

    /// Picks the rows of the next batch.
    fn pick(&mut self, live: &Live, slots: usize) -> Result<()> {
        let most = batch_len(self.graph.len());
        self.batch.clear();
        self.batch.try_reserve(most).map_err(|_| Error::out_of_memory())?;
        let mut slot = self.linked;
        while slot < slots && self.batch.len() < most {
            let pending = live.contains(slot) && !self.graph.contains(slot as u32);
            if pending {
                self.batch.push((slot as u32, Plan::default()));
            } else if self.batch.is_empty() {
                self.linked = slot + 1;
            }
            slot += 1;
        }
        Ok(())
    }

    /// Plans the batch on the graph as it stands, which threads share, and then links row after row: the graph depends on what is in
    /// the batch, not on who planned it.
    fn link_batch(&mut self, space: Space, team: &Team) -> Result<()> {
        let Self { graph, builders, batch, .. } = self;
        builders.try_reserve(team.size()).map_err(|_| Error::out_of_memory())?;
        builders.resize_with(team.size().max(1), Builder::default);
        let standing = &*graph;
        team.share(batch.iter_mut(), builders, |(slot, plan), builder| {
            builder.with(space, |between, scratch| standing.plan(between, *slot, scratch, plan))
        })?;
        builders[0].with(space, |between, scratch| batch.iter().try_for_each(|(_, plan)| graph.link(between, plan, scratch)))?;
        self.linked = self.batch.last().map_or(self.linked, |&(slot, _)| slot as usize + 1);
        Ok(())
    }

    /// Takes slots out, before they are marked dead or overwritten. A slot that lives on is pending again.
    pub fn remove(&mut self, space: Space, slots: &[u32]) -> Result<()> {
        let Self { graph, builders, .. } = self;
        builders[0].with(space, |between, scratch| graph.remove(between, slots, scratch))?;
        let lowest = slots.iter().min().map_or(self.linked, |&slot| slot as usize);
        self.linked = self.linked.min(lowest);
        Ok(())
    }

    /// Scores what the walk finds and all that is pending. False: nothing was done, or too little was found; scan instead.
    pub fn search(&self, space: Space, live: &Live, walk: &Walk, room: &mut WalkRoom, to: &mut Collector) -> Result<bool> {
        let margin = if space.codes.is_some() { walk.k.max(INT8_MARGIN) } else { F32_MARGIN };
        let wanted = walk.k.saturating_add(margin).min(walk.matching);
        let ef = if walk.ef == 0 { self.ef } else { walk.ef };
        let ef = match walk.mask {
            Some(_) => filtered_ef(ef, walk.matching as f64 / live.count() as f64),
            None => ef,
        }
        .max(wanted)
        // A beam of all rows holds all there is to find; a wider one would only ask for memory.
        .min(live.count());
        let scan = walk.mask.is_some() && hnsw::prefer_scan(self.graph.len(), walk.matching, ef);
        if !self.answers(live) || scan {
            return Ok(false);
        }
        room.query.reserve(stride(space))?;
        let mut pending = 0;
        self.each_pending(live, walk.mask, |_| pending += 1);
        let request = Request { k: wanted, ef, allow: walk.mask, budget: walk.matching };
        let found = {
            let query = FromQuery::new(space, to.query, &mut room.query);
            self.graph.search(&query, &request, &mut room.scratch)?
        };
        if found.gave_up || found.hits + pending < walk.k.min(walk.matching) {
            return Ok(false);
        }
        to.warm(room.scratch.hits().map(|hit| hit.slot() as usize));
        for hit in room.scratch.hits() {
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
}

/// Beam width under a filter that this share of the rows passes. Only matching nodes count towards the width, so the same width
/// walks 1 / share times as far; the root walks far enough for the same recall (measured at shares of 0.3 and 0.5).
fn filtered_ef(ef: usize, share: f64) -> usize {
    (ef as f64 * share.sqrt()).ceil() as usize
}

/// Components of a row's codes; 0 where f32 rows are measured on.
fn stride(space: Space) -> usize {
    if space.codes.is_some() { int8_stride(space.store.dims()) } else { 0 }
}

/// Rows planned together on a graph of `len` nodes. Rows of one batch do not see each other, so a batch is small beside the graph. Without
/// threads a batch would only cost recall.
fn batch_len(len: usize) -> usize {
    if cfg!(feature = "threads") { (len / BATCH_SHARE).clamp(1, MOST_BATCH) } else { 1 }
}
