//! The index of one collection: rows, what is kept beside them, and the choice of how to answer.

use crate::arena::Arena;
use crate::auto_graph::AutoGraph;
use crate::batch::Batch;
use crate::bitmap::Live;
use crate::bounds::round_up;
use crate::calibrate::Measuring;
use crate::checksum::row_hash;
use crate::config::{Config, Encoding, Metric};
use crate::desk::{Asked, Desk};
use crate::encode::absmax;
use crate::graph_index::GraphIndex;
use crate::query::is_extreme;
use crate::side::{Plan, Side, fit};
use crate::store::Store;
use crate::top_k::Hit;
use error_code::{Error, ErrorCode, Result};
use simd_kernels::wide;
use thread_team::Team;

/// Slots are u32 and slot arithmetic stays positive in i32.
const MOST_SLOTS: usize = (1 << 31) - 1;

/// What one search asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Params<'a> {
    pub k: usize,
    /// The true top k, whatever it costs.
    pub exact: bool,
    /// HNSW beam width; 0 = the configured one.
    pub ef: usize,
    /// Bit i set = slot i may be returned.
    pub allow: Option<&'a [u32]>,
}

/// Bytes held, by purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    pub rows: usize,
    pub codes: usize,
    pub graph: usize,
}

/// Vector index over slots `0..slots()`.
///
/// ```
/// use vector_search::{Config, HnswConfig, IndexKind, Metric, Params, Quantization, VectorIndex};
///
/// let mut index = VectorIndex::new(Config {
///     dimensions: 2, metric: Metric::Dot, index: IndexKind::Flat, quantization: Quantization::None, rescore: true,
///     hnsw: HnswConfig { m: 16, ef_construction: 200, ef: 96, seed: 42 },
/// })?;
/// index.append(&[1.0, 0.0, 0.0, 1.0])?;
/// let hits = index.search(&[0.1, 0.9], &Params { k: 1, ..Params::default() })?;
/// assert_eq!(hits[0].slot, 1);
/// # Ok::<(), error_code::Error>(())
/// ```
pub struct VectorIndex {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) live: Live,
    /// Per row: inverse norm (cosine), norm rounded up (dot), squared norm (l2sq).
    pub(crate) weights: Arena<f32>,
    /// None where scans answer alone.
    pub(crate) graph: Option<GraphIndex>,
    pub(crate) auto: AutoGraph,
    /// Live rows that f32 arithmetic could not handle.
    pub(crate) extremes: usize,
    /// Per chunk of rows: see `checksum`.
    checksums: Vec<u32>,
    pub(crate) side: Side,
    pub(crate) measuring: Measuring,
    /// Slots that the search in progress may return.
    pub(crate) mask: Vec<u32>,
    pub(crate) row: Vec<f32>,
    pub(crate) desk: Desk,
    pub(crate) batch: Batch,
    pub(crate) team: Team,
}

impl VectorIndex {
    /// # Errors
    /// INVALID_ARGUMENT for a configuration that makes no sense, OUT_OF_MEMORY.
    pub fn new(config: Config) -> Result<Self> {
        config.check()?;
        let store = Store::new(config.dimensions, config.encoding());
        let (shift, side) = (store.shift(), Side::new(&config, &store));
        let mut index = Self {
            config,
            store,
            live: Live::default(),
            weights: Arena::new(1, shift),
            graph: Self::new_graph(&config)?,
            auto: AutoGraph::default(),
            extremes: 0,
            checksums: Vec::new(),
            side,
            measuring: Measuring::default(),
            mask: Vec::new(),
            row: Vec::new(),
            desk: Desk::default(),
            batch: Batch::default(),
            team: Team::default(),
        };
        fit(&mut index.row, config.dimensions)?;
        index.desk.fit_dimensions(&config)?;
        Ok(index)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Slots handed out, dead ones included.
    pub fn slots(&self) -> usize {
        self.store.len()
    }

    /// Live slots.
    pub fn live(&self) -> usize {
        self.live.count()
    }

    /// Room for `more` rows and all that goes with them: appends of up to that many rows cannot fail.
    ///
    /// # Errors
    /// OUT_OF_MEMORY or TOO_LARGE, and nothing has changed.
    pub fn reserve(&mut self, more: usize) -> Result<()> {
        let total = self.store.len().checked_add(more).filter(|&n| n <= MOST_SLOTS);
        let Some(total) = total else {
            return Err(Error::new(ErrorCode::TooLarge, "a collection holds at most 2147483647 rows: split it"));
        };
        let chunk_rows = 1usize << self.store.shift();
        self.store.try_reserve(more)?;
        self.weights.try_reserve(more)?;
        self.live.try_reserve(total)?;
        reserve(&mut self.checksums, total.div_ceil(chunk_rows))?;
        fit(&mut self.mask, total.div_ceil(32))?;
        self.desk.fit_rows(total, chunk_rows)
    }

    /// Appends rows (n x dimensions, row-major, all finite).
    ///
    /// # Errors
    /// OUT_OF_MEMORY or TOO_LARGE, and nothing has changed.
    pub fn append(&mut self, rows: &[f32]) -> Result<()> {
        let dims = self.config.dimensions;
        if !rows.len().is_multiple_of(dims) {
            return Err(Error::new(ErrorCode::DimensionMismatch, "the rows do not divide into vectors of the collection's dimensions"));
        }
        self.reserve(rows.len() / dims)?;
        for row in rows.chunks_exact(dims) {
            self.store.push(row);
            self.admit();
        }
        self.tend_graph();
        Ok(())
    }

    /// Makes the row just pushed part of the collection.
    fn admit(&mut self) {
        let slot = self.store.len() - 1;
        self.weights.push();
        self.live.insert(slot);
        if slot & ((1 << self.store.shift()) - 1) == 0 {
            self.checksums.push(0);
        }
        self.note(slot);
        self.extremes += usize::from(self.row_is_extreme(slot));
    }

    /// Computes what is kept beside a row.
    fn note(&mut self, slot: usize) {
        let square = wide::square(self.store.row(slot, &mut self.row));
        self.weights.row_mut(slot)[0] = match self.config.metric {
            Metric::Cosine if square > 0.0 => (1.0 / square.sqrt()) as f32,
            Metric::Cosine | Metric::Hamming => 0.0,
            // The f64 norm is off by a few v; 1e-12 more makes it an upper bound.
            Metric::Dot => round_up(square.sqrt() * (1.0 + 1e-12)),
            Metric::L2sq => square as f32,
        };
        self.sum_up(slot);
    }

    /// Adds the row's hash to its chunk's checksum, or takes it out again: both are the same wrapping arithmetic.
    fn sum_up(&mut self, slot: usize) {
        let sum = &mut self.checksums[slot >> self.store.shift()];
        let (row, extra) = self.store.row_bytes(slot);
        *sum = sum.wrapping_add(row_hash(slot, row, extra));
    }

    fn take_out(&mut self, slot: usize) {
        let sum = &mut self.checksums[slot >> self.store.shift()];
        let (row, extra) = self.store.row_bytes(slot);
        *sum = sum.wrapping_sub(row_hash(slot, row, extra));
    }

    fn row_is_extreme(&mut self, slot: usize) -> bool {
        let row = self.store.row(slot, &mut self.row);
        is_extreme(absmax(row), wide::square(row).sqrt())
    }

    /// Overwrites the row of a slot.
    ///
    /// # Errors
    /// NOT_FOUND for a slot that was never handed out, DIMENSION_MISMATCH.
    pub fn write(&mut self, slot: usize, row: &[f32]) -> Result<()> {
        self.known(slot)?;
        if row.len() != self.config.dimensions {
            return Err(Error::new(ErrorCode::DimensionMismatch, "the vector has not the collection's dimensions"));
        }
        self.unlink(&[slot as u32])?;
        self.take_out(slot);
        let live = self.live.contains(slot);
        self.extremes -= usize::from(live && self.row_is_extreme(slot));
        self.store.write(slot, row);
        self.note(slot);
        self.side.rewrite(self.config.metric, &self.store, &self.weights, slot, &mut self.row);
        self.extremes += usize::from(live && self.row_is_extreme(slot));
        Ok(())
    }

    fn known(&self, slot: usize) -> Result<()> {
        if slot < self.store.len() { Ok(()) } else { Err(Error::new(ErrorCode::NotFound, "there is no such slot")) }
    }

    /// Marks slots dead. Unknown and dead ones are ignored.
    ///
    /// # Errors
    /// OUT_OF_MEMORY when there is no room to mend the graph, and nothing has changed.
    pub fn remove(&mut self, slots: &[u32]) -> Result<()> {
        self.unlink(slots)?;
        for &slot in slots {
            let slot = slot as usize;
            if self.live.remove(slot) {
                self.extremes -= usize::from(self.row_is_extreme(slot));
            }
        }
        self.tend_graph();
        Ok(())
    }

    /// The best live (and allowed) slots, best first: exactly min(k, matching) of them.
    ///
    /// # Errors
    /// DIMENSION_MISMATCH; OUT_OF_MEMORY when there is no room for k hits.
    pub fn search(&mut self, query: &[f32], params: &Params) -> Result<&[Hit]> {
        if query.len() != self.config.dimensions {
            return Err(Error::new(ErrorCode::DimensionMismatch, "the query has not the collection's dimensions"));
        }
        let asked = self.ask(params);
        self.desk.start(query, asked.k)?;
        if asked.k > 0 && !self.at_desk(|index, desk| index.walk(&asked, desk))? {
            let plan = self.prepare(asked.k, asked.exact);
            self.at_desk(|index, desk| index.sweep(plan, &asked, desk))?;
        }
        Ok(self.desk.top.finish())
    }

    /// Lends the index's own desk out of it: everything else is only read meanwhile.
    pub(crate) fn at_desk<T>(&mut self, work: impl FnOnce(&Self, &mut Desk) -> T) -> T {
        let mut desk = core::mem::take(&mut self.desk);
        let result = work(self, &mut desk);
        self.desk = desk;
        result
    }

    /// What all queries of a call have in common.
    pub(crate) fn ask(&mut self, params: &Params) -> Asked {
        let (masked, matching) = self.set_mask(params.allow);
        let may_walk = !params.exact && self.graph.is_some() && self.extremes == 0 && self.graph_is_trusted();
        let walkable = may_walk && self.make_codes().is_ok();
        let ef = if params.ef > 0 { params.ef } else { self.auto.ef.max(self.config.hnsw.ef as usize) };
        Asked { k: params.k.min(matching), exact: params.exact, ef, masked, matching, walkable }
    }

    /// Makes the mask of slots that may be returned. Gives whether one is needed, and how many match.
    fn set_mask(&mut self, allow: Option<&[u32]>) -> (bool, usize) {
        let words = self.live.words();
        let Some(allow) = allow else {
            self.mask[..words.len()].copy_from_slice(words);
            return (self.live.count() < self.store.len(), self.live.count());
        };
        let mut matching = 0;
        for (i, (mask, &live)) in self.mask.iter_mut().zip(words).enumerate() {
            *mask = live & allow.get(i).copied().unwrap_or(0);
            matching += mask.count_ones() as usize;
        }
        (matching < self.store.len(), matching)
    }

    /// Canonical scores of the named slots, in their order, into `out` (as long as `slots`).
    ///
    /// # Errors
    /// NOT_FOUND for an unknown slot, DIMENSION_MISMATCH.
    pub fn score(&mut self, query: &[f32], slots: &[u32], out: &mut [f64]) -> Result<()> {
        if query.len() != self.config.dimensions {
            return Err(Error::new(ErrorCode::DimensionMismatch, "the query has not the collection's dimensions"));
        }
        for &slot in slots {
            self.known(slot as usize)?;
        }
        self.desk.query.set(query);
        for (score, &slot) in out.iter_mut().zip(slots) {
            *score = self.desk.query.score(self.config.metric, &self.store, slot as usize, &mut self.row);
        }
        Ok(())
    }

    /// Decodes the row of a slot into `out` (dims long).
    pub fn row(&self, slot: usize, out: &mut [f32]) -> Result<()> {
        self.known(slot)?;
        self.store.decode(slot, out);
        Ok(())
    }

    /// Renumbers the live slots 0..n in order and frees the chunks left over.
    pub fn compact(&mut self) -> Result<()> {
        self.compact_graph();
        let first = (0..self.store.len()).find(|&slot| !self.live.contains(slot)).unwrap_or(self.store.len());
        self.side.truncate(first);
        let mut to = first;
        for from in first..self.store.len() {
            if self.live.contains(from) {
                if from != to {
                    self.store.move_row(from, to);
                    self.weights.move_row(from, to);
                }
                to += 1;
            }
        }
        self.cut(to);
        self.live.reset(to);
        self.checksums.fill(0);
        for slot in 0..to {
            self.sum_up(slot);
        }
        Ok(())
    }

    /// Bytes of one exported row.
    pub fn export_width(&self) -> usize {
        self.store.export_width()
    }

    /// Writes rows `from..to` in their stored encoding to `out` (`export_width` bytes each).
    pub fn export_rows(&self, from: usize, to: usize, out: &mut [u8]) -> Result<()> {
        if from > to || to > self.store.len() {
            return Err(Error::invalid("the range of rows is not within the slots of this index"));
        }
        for (slot, bytes) in (from..to).zip(out.chunks_exact_mut(self.store.export_width())) {
            self.store.export(slot, bytes);
        }
        Ok(())
    }

    /// Appends rows written by `export_rows`.
    ///
    /// # Errors
    /// CORRUPT or OUT_OF_MEMORY, and nothing has changed.
    pub fn import_rows(&mut self, bytes: &[u8], count: usize) -> Result<()> {
        self.store.check_import(bytes, count)?;
        self.reserve(count)?;
        for row in bytes.chunks_exact(self.store.export_width()) {
            self.store.import(row);
            self.admit();
        }
        self.tend_graph();
        Ok(())
    }

    /// Drops the slots from `slots` on as if they had never been handed out.
    pub fn truncate(&mut self, slots: usize) {
        self.forget_links(slots);
        for slot in slots..self.store.len() {
            self.take_out(slot);
            if self.live.remove(slot) {
                self.extremes -= usize::from(self.row_is_extreme(slot));
            }
        }
        self.cut(slots);
        self.tend_graph();
    }

    /// Shortens everything kept per row.
    fn cut(&mut self, slots: usize) {
        self.store.truncate(slots);
        self.weights.truncate(slots);
        self.side.truncate(slots);
        self.checksums.truncate(slots.div_ceil(1 << self.store.shift()));
    }

    /// Chunks that `slots` rows take.
    pub fn chunks_for(&self, slots: usize) -> usize {
        slots.div_ceil(1 << self.store.shift())
    }

    /// Chunks of stored rows, for reading them out of a dead instance: (rows, scales or factors, count, checksum).
    pub fn chunks(&self) -> impl Iterator<Item = (&[u8], &[u8], usize, u32)> + '_ {
        let shift = self.store.shift();
        self.checksums.iter().enumerate().map(move |(c, &checksum)| {
            let (rows, extra) = self.store.chunk_bytes(c);
            (rows, extra, (self.store.len() - (c << shift)).min(1 << shift), checksum)
        })
    }

    /// Which index answers now.
    pub fn name(&self) -> &'static str {
        if self.extremes == 0 && self.graph_answers() {
            return self.graph_name();
        }
        let plan = if self.extremes > 0 && self.config.metric != Metric::Hamming {
            Plan::Wide
        } else {
            self.side.plan(&self.config, self.store.len(), 10, false)
        };
        match (plan, self.store.encoding()) {
            (Plan::Wide, _) => "flat f64",
            (Plan::Count, _) => "1-bit",
            (Plan::Int8, Encoding::Int8) => "int8",
            (Plan::Int8, _) => "int8 + f32",
            (Plan::Bits(_), Encoding::Binary) => "1-bit",
            (Plan::Bits(_), _) if self.side.int8.is_some() => "1-bit + int8 + f32",
            (Plan::Bits(_), _) => "1-bit + f32",
            (Plan::F32, Encoding::F16) => "flat f16",
            (Plan::F32, _) => "flat f32",
        }
    }

    pub fn memory(&self) -> Memory {
        Memory {
            rows: self.store.bytes(),
            codes: self.weights.bytes() + self.side.bytes(),
            graph: self.graph.as_ref().map_or(0, GraphIndex::memory) + self.desk.walk.memory() + self.batch.walk_memory(),
        }
    }
}

/// Makes room for `len` elements in all.
fn reserve<T>(buffer: &mut Vec<T>, len: usize) -> Result<()> {
    buffer.try_reserve(len.saturating_sub(buffer.len())).map_err(|_| Error::out_of_memory())
}
