//! Working memory of one thread's searches. Every thread has its own; the collection itself is only read meanwhile.

use crate::bits::{Best, BitBuffers, BitQuery, RUN_BLOCKS};
use crate::config::{Config, Encoding};
use crate::graph_index::WalkRoom;
use crate::int8::{self, Int8Query};
use crate::query::Query;
use crate::scan_f32::{Buffers, DECODED_ROWS};
use crate::side::{Side, fit};
use crate::store::Store;
use crate::top_k::{Shortlist, TopK};
use error_code::Result;

/// What all queries of one call have in common.
#[derive(Clone, Copy)]
pub struct Asked {
    /// No more than match.
    pub k: usize,
    pub exact: bool,
    /// 0 = the configured one.
    pub ef: usize,
    /// Not every slot may be returned.
    pub masked: bool,
    pub matching: usize,
    /// The graph may answer.
    pub walkable: bool,
}

#[derive(Default)]
pub struct Desk {
    pub query: Query,
    pub buffers: Buffers,
    pub list: Shortlist,
    pub top: TopK,
    /// One decoded row.
    pub row: Vec<f32>,
    pub int8_query: Int8Query,
    pub int8_buffers: int8::Buffers,
    pub bit_query: BitQuery,
    pub bit_buffers: BitBuffers,
    pub best: Best,
    pub walk: WalkRoom,
}

impl Desk {
    /// Takes a query that wants `k` hits.
    pub fn start(&mut self, query: &[f32], k: usize) -> Result<()> {
        self.query.set(query);
        self.top.start(k)
    }

    /// Room for one vector and for decoding, which every call needs.
    pub fn fit_dimensions(&mut self, config: &Config) -> Result<()> {
        let dims = config.dimensions;
        fit(&mut self.query.values, dims)?;
        fit(&mut self.row, dims)?;
        let decoded = if config.encoding() == Encoding::F32 { dims } else { DECODED_ROWS * dims };
        fit(&mut self.buffers.decoded, decoded)
    }

    /// Room for scanning the rows themselves.
    pub fn fit_rows(&mut self, rows: usize, chunk_rows: usize) -> Result<()> {
        fit(&mut self.buffers.raw, rows.min(chunk_rows))?;
        fit(&mut self.buffers.uppers, rows.min(chunk_rows))
    }

    /// Room for scanning the codes.
    pub fn fit_codes(&mut self, store: &Store, side: &Side) -> Result<()> {
        if side.int8.is_some() {
            let rows = store.len().min(1 << store.shift());
            fit(&mut self.int8_buffers.dots, rows)?;
            fit(&mut self.int8_buffers.uppers, rows)?;
        }
        if side.bits.is_some() {
            fit(&mut self.bit_buffers.sums, RUN_BLOCKS)?;
            fit(&mut self.bit_buffers.estimates, 16 * RUN_BLOCKS)?;
        }
        Ok(())
    }
}
