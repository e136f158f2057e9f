//! wasm-bindgen surface of the vector index: convert, call, convert.
//!
//! Bulk data crosses in a staging buffer inside wasm memory: JavaScript asks for room (`stage`), writes through a view, and calls;
//! results are read the same way (`stagingPtr`, `hitSlotsPtr`, `hitScoresPtr`). Any call may move the buffers or grow the memory,
//! so pointers and views are taken anew after each one. No clock here: `step` takes a number of rows, the caller measures.

#[cfg(feature = "threads")]
mod pool;

use bindings_common::js_error;
#[cfg(feature = "threads")]
pub use bindings_common::pool::{join_pool, pool_alarm};
use simd_kernels::bytes;
use vector_search::{Config, Hit, HnswConfig, IndexKind, Metric, Params, Quantization};
use wasm_bindgen::prelude::*;

type JsResult<T> = Result<T, JsValue>;

/// Number of the interface between this artifact and its JavaScript; equals `abi` in variants.json.
#[wasm_bindgen]
pub fn abi() -> u32 {
    1
}

/// The target features this artifact was compiled with, comma separated.
#[wasm_bindgen(js_name = buildFeatures)]
pub fn build_features() -> String {
    bindings_common::build_features().into()
}

/// Words per entry of the chunk table.
const CHUNK_WORDS: usize = 6;

/// One collection's index.
#[wasm_bindgen]
pub struct VectorIndex {
    index: vector_search::VectorIndex,
    /// f64 so that it is aligned for every type staged in it.
    staging: Vec<f64>,
    slots: Vec<u32>,
    scores: Vec<f64>,
    table: Vec<u32>,
    /// The graph on its way out.
    graph: Vec<u8>,
}

fn invalid(message: &'static str) -> JsValue {
    js_error(error_code::Error::invalid(message))
}

/// Makes a result buffer `len` long.
fn fit<T: Copy + Default>(buffer: &mut Vec<T>, len: usize) -> JsResult<()> {
    let more = len.saturating_sub(buffer.len());
    buffer.try_reserve(more).map_err(|_| js_error(error_code::Error::out_of_memory()))?;
    buffer.resize(len, T::default());
    Ok(())
}

/// The staged numbers of one or more queries, and the filter's bitmap behind them.
fn queries(staging: &[f64], numbers: usize, allow_words: Option<usize>) -> JsResult<(&[f32], Option<&[u32]>)> {
    let queries = bytes::view::<f32>(staging).get(..numbers).ok_or_else(|| invalid("no query is staged"))?;
    let words =
        allow_words.map(|n| bytes::view::<u32>(staging)[numbers..].get(..n).ok_or_else(|| invalid("the bitmap is not staged whole")));
    Ok((queries, words.transpose()?))
}

/// Puts hits where JavaScript reads them; gives their number.
fn hand_out(hits: &[Hit], slots: &mut Vec<u32>, scores: &mut Vec<f64>) -> JsResult<usize> {
    fit(slots, hits.len())?;
    fit(scores, hits.len())?;
    for (i, hit) in hits.iter().enumerate() {
        slots[i] = hit.slot;
        scores[i] = hit.score;
    }
    Ok(hits.len())
}

#[wasm_bindgen]
impl VectorIndex {
    /// Enumerations are numbered as in js/src/services/vector/wasm/core.ts.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::too_many_arguments, reason = "plain numbers cross the boundary without serialisation")]
    pub fn new(
        dimensions: usize,
        metric: u8,
        index: u8,
        quantization: u8,
        rescore: bool,
        m: u32,
        ef_construction: u32,
        ef: u32,
        seed: u32,
    ) -> JsResult<VectorIndex> {
        let config = Config {
            dimensions,
            metric: [Metric::Cosine, Metric::Dot, Metric::L2sq, Metric::Hamming]
                .get(usize::from(metric))
                .copied()
                .ok_or_else(|| invalid("unknown metric"))?,
            index: [IndexKind::Auto, IndexKind::Flat, IndexKind::Hnsw]
                .get(usize::from(index))
                .copied()
                .ok_or_else(|| invalid("unknown index"))?,
            quantization: [Quantization::Auto, Quantization::None, Quantization::F16, Quantization::Int8, Quantization::Binary]
                .get(usize::from(quantization))
                .copied()
                .ok_or_else(|| invalid("unknown quantization"))?,
            rescore,
            hnsw: HnswConfig { m, ef_construction, ef, seed },
        };
        let index = vector_search::VectorIndex::new(config).map_err(js_error)?;
        Ok(Self { index, staging: Vec::new(), slots: Vec::new(), scores: Vec::new(), table: Vec::new(), graph: Vec::new() })
    }

    /// Room for `bytes` of staged data; gives its address.
    pub fn stage(&mut self, bytes: usize) -> JsResult<*const u8> {
        let words = bytes.div_ceil(8);
        if self.staging.len() < words {
            fit(&mut self.staging, words)?;
        }
        Ok(self.staging.as_ptr().cast())
    }

    #[wasm_bindgen(js_name = stagingPtr)]
    pub fn staging_ptr(&self) -> *const u8 {
        self.staging.as_ptr().cast()
    }

    /// Makes room for `rows` more; appends up to that many cannot fail for lack of memory.
    pub fn reserve(&mut self, rows: usize) -> JsResult<()> {
        self.index.reserve(rows).map_err(js_error)?;
        let chunks = self.index.chunks_for(self.index.slots() + rows);
        let more = (CHUNK_WORDS * chunks).saturating_sub(self.table.len());
        self.table.try_reserve(more).map_err(|_| js_error(error_code::Error::out_of_memory()))
    }

    /// Takes back the slots from `slots` on: an import that failed half way.
    pub fn truncate(&mut self, slots: usize) {
        self.index.truncate(slots);
    }

    /// Appends `rows` rows staged as f32.
    pub fn append(&mut self, rows: usize) -> JsResult<()> {
        let staged = rows.checked_mul(self.index.config().dimensions).and_then(|n| bytes::view::<f32>(&self.staging).get(..n));
        self.index.append(staged.ok_or_else(|| invalid("fewer rows are staged"))?).map_err(js_error)
    }

    /// Overwrites a row with the one staged.
    pub fn write(&mut self, slot: usize) -> JsResult<()> {
        let row = bytes::view::<f32>(&self.staging).get(..self.index.config().dimensions);
        self.index.write(slot, row.ok_or_else(|| invalid("no row is staged"))?).map_err(js_error)
    }

    /// Marks `count` slots staged as u32 dead.
    pub fn remove(&mut self, count: usize) -> JsResult<()> {
        let slots = bytes::view::<u32>(&self.staging).get(..count);
        self.index.remove(slots.ok_or_else(|| invalid("fewer slots are staged"))?).map_err(js_error)
    }

    /// Searches for the staged query, followed by `allow_words` words of the filter's bitmap (`filtered`). Gives the number of hits.
    pub fn search(&mut self, k: usize, exact: bool, ef: usize, filtered: bool, allow_words: usize) -> JsResult<usize> {
        let (query, allow) = queries(&self.staging, self.index.config().dimensions, filtered.then_some(allow_words))?;
        let hits = self.index.search(query, &Params { k, exact, ef, allow }).map_err(js_error)?;
        hand_out(hits, &mut self.slots, &mut self.scores)
    }

    /// The same for several staged queries. Gives the number of hits of each; those of the second query follow those of the first.
    #[wasm_bindgen(js_name = searchBatch)]
    pub fn search_batch(&mut self, count: usize, k: usize, exact: bool, ef: usize, filtered: bool, allow_words: usize) -> JsResult<usize> {
        let numbers = count.checked_mul(self.index.config().dimensions).ok_or_else(|| invalid("too many queries at once"))?;
        let (queries, allow) = queries(&self.staging, numbers, filtered.then_some(allow_words))?;
        let hits = self.index.search_batch(queries, &Params { k, exact, ef, allow }).map_err(js_error)?;
        let total = hand_out(hits, &mut self.slots, &mut self.scores)?;
        Ok(total.checked_div(count).unwrap_or(0))
    }

    #[wasm_bindgen(js_name = hitSlotsPtr)]
    pub fn hit_slots_ptr(&self) -> *const u32 {
        self.slots.as_ptr()
    }

    #[wasm_bindgen(js_name = hitScoresPtr)]
    pub fn hit_scores_ptr(&self) -> *const f64 {
        self.scores.as_ptr()
    }

    /// Scores `count` slots, staged as u32 after the query, into the hit scores.
    pub fn score(&mut self, count: usize) -> JsResult<()> {
        let dims = self.index.config().dimensions;
        fit(&mut self.scores, count)?;
        let query = bytes::view::<f32>(&self.staging).get(..dims).ok_or_else(|| invalid("no query is staged"))?;
        let slots = bytes::view::<u32>(&self.staging)[dims..].get(..count).ok_or_else(|| invalid("fewer slots are staged"))?;
        self.index.score(query, slots, &mut self.scores).map_err(js_error)
    }

    /// Decodes a row into the staging buffer.
    pub fn row(&mut self, slot: usize) -> JsResult<()> {
        let dims = self.index.config().dimensions;
        self.stage(4 * dims)?;
        self.index.row(slot, &mut bytes::view_mut::<f32>(&mut self.staging)[..dims]).map_err(js_error)
    }

    pub fn slots(&self) -> usize {
        self.index.slots()
    }

    /// Rows whose index work is not done yet.
    pub fn pending(&self) -> usize {
        self.index.pending()
    }

    /// Does up to `rows` rows of what the next search would otherwise do first; gives what is left.
    #[wasm_bindgen(js_name = prepareAhead)]
    pub fn prepare_ahead(&mut self, rows: usize) -> usize {
        self.index.prepare_ahead(rows)
    }

    /// Does index work for up to `rows` rows; gives what is left.
    pub fn step(&mut self, rows: usize) -> JsResult<usize> {
        self.index.step(rows).map_err(js_error)
    }

    pub fn compact(&mut self) -> JsResult<()> {
        self.index.compact().map_err(js_error)
    }

    /// Which index answers now.
    pub fn name(&self) -> String {
        self.index.name().into()
    }

    #[wasm_bindgen(js_name = rowBytes)]
    pub fn row_bytes(&self) -> usize {
        self.index.memory().rows
    }

    #[wasm_bindgen(js_name = codeBytes)]
    pub fn code_bytes(&self) -> usize {
        self.index.memory().codes
    }

    #[wasm_bindgen(js_name = graphBytes)]
    pub fn graph_bytes(&self) -> usize {
        self.index.memory().graph
    }

    /// Bytes of one exported row.
    #[wasm_bindgen(js_name = exportWidth)]
    pub fn export_width(&self) -> usize {
        self.index.export_width()
    }

    /// Writes rows `from..to` in their stored encoding to the staging buffer.
    #[wasm_bindgen(js_name = exportRows)]
    pub fn export_rows(&mut self, from: usize, to: usize) -> JsResult<()> {
        let size = to.saturating_sub(from).checked_mul(self.index.export_width()).ok_or_else(|| invalid("too many rows at once"))?;
        self.stage(size)?;
        self.index.export_rows(from, to, &mut bytes::view_mut::<u8>(&mut self.staging)[..size]).map_err(js_error)
    }

    /// Appends `count` rows staged as `exportRows` writes them.
    #[wasm_bindgen(js_name = importRows)]
    pub fn import_rows(&mut self, count: usize) -> JsResult<()> {
        let staged = count.checked_mul(self.index.export_width()).and_then(|n| bytes::view::<u8>(&self.staging).get(..n));
        self.index.import_rows(staged.ok_or_else(|| invalid("fewer rows are staged"))?, count).map_err(js_error)
    }

    /// Makes the bytes of the graph and gives their number; 0 when there is none or rows are pending.
    #[wasm_bindgen(js_name = exportGraph)]
    pub fn export_graph(&mut self) -> JsResult<usize> {
        self.graph = self.index.export_graph().map_err(js_error)?.unwrap_or_default();
        Ok(self.graph.len())
    }

    #[wasm_bindgen(js_name = graphPtr)]
    pub fn graph_ptr(&self) -> *const u8 {
        self.graph.as_ptr()
    }

    /// Lets go of the bytes that `exportGraph` made.
    #[wasm_bindgen(js_name = dropGraph)]
    pub fn drop_graph(&mut self) {
        self.graph = Vec::new();
    }

    /// Takes the graph staged in `length` bytes. The staging buffer is let go of: graphs are large.
    #[wasm_bindgen(js_name = importGraph)]
    pub fn import_graph(&mut self, length: usize) -> JsResult<()> {
        let staging = std::mem::take(&mut self.staging);
        let staged = bytes::view::<u8>(&staging).get(..length);
        self.index.import_graph(staged.ok_or_else(|| invalid("fewer bytes are staged"))?).map_err(js_error)
    }

    /// Makes the table of row chunks: six words each (address and bytes of rows, of scales, row count, checksum). Gives their number.
    #[wasm_bindgen(js_name = chunkTable)]
    pub fn chunk_table(&mut self) -> JsResult<usize> {
        let chunks = self.index.chunks().count();
        fit(&mut self.table, CHUNK_WORDS * chunks)?;
        for (entry, (rows, extra, count, checksum)) in self.table.chunks_exact_mut(CHUNK_WORDS).zip(self.index.chunks()) {
            let address = |b: &[u8]| b.as_ptr() as usize as u32;
            entry.copy_from_slice(&[address(rows), rows.len() as u32, address(extra), extra.len() as u32, count as u32, checksum]);
        }
        Ok(chunks)
    }

    #[wasm_bindgen(js_name = chunkTablePtr)]
    pub fn chunk_table_ptr(&self) -> *const u32 {
        self.table.as_ptr()
    }
}
