//! HNSW: hierarchical navigable small world graph (Yu. Malkov, D. Yashunin, "Efficient and robust approximate nearest
//! neighbor search using Hierarchical Navigable Small World graphs", arXiv:1603.09320, IEEE TPAMI 2018).
//!
//! The graph holds links only. Rows and distances stay outside, behind [`RowDistance`] (stored row to stored rows, for
//! building) and [`QueryDistance`] (outside query to stored rows), so one graph serves int8 codes and f32 rows alike.
//! A *slot* is a row's number; the caller hands slots out and may leave gaps. A distance is an `f32`, lower is closer;
//! equal distances are ordered by slot, so every answer and every graph is a pure function of (rows, parameters, seed,
//! order of calls).
//!
//! ```
//! use vector_search::hnsw::{Graph, Params, QueryDistance, Request, RowDistance, Scratch};
//!
//! /// One-dimensional rows, to keep the example small.
//! struct Line(Vec<f32>);
//! impl RowDistance for Line {
//!     fn between_many(&self, from: u32, slots: &[u32], out: &mut [f32]) {
//!         for (d, &s) in out.iter_mut().zip(slots) {
//!             *d = (self.0[from as usize] - self.0[s as usize]).abs();
//!         }
//!     }
//! }
//! struct To<'a>(&'a Line, f32);
//! impl QueryDistance for To<'_> {
//!     fn to_query_many(&self, slots: &[u32], out: &mut [f32]) {
//!         for (d, &s) in out.iter_mut().zip(slots) {
//!             *d = (self.1 - self.0.0[s as usize]).abs();
//!         }
//!     }
//! }
//!
//! let rows = Line((0..100).map(|i| i as f32).collect());
//! let mut scratch = Scratch::default();
//! let mut graph = Graph::new(Params { m: 8, ef_construction: 64, seed: 1 })?;
//! for slot in 0..100 {
//!     graph.insert(&rows, slot, &mut scratch)?;
//! }
//! graph.search(&To(&rows, 41.8), &Request { k: 2, ef: 16, ..Request::default() }, &mut scratch)?;
//! assert_eq!(scratch.hits().map(|h| h.slot()).collect::<Vec<_>>(), [42, 41]);
//! # Ok::<(), error_code::Error>(())
//! ```
//!
//! Errors are `OUT_OF_MEMORY` (an allocation was refused), `CORRUPT` (`import` was given bytes that no `export` wrote) and
//! `INVALID_ARGUMENT` (parameters out of range); after an error the graph is as it was before the call.
//!
//! Memory per row: `4 * (2m + 1)` bytes for layer 0, 5 for level and upper index, and `4 * (m + 2) / (m - 1)` on average
//! for the layers above: 142 bytes at m = 16, i.e. 0.28 of a 128-dimensional f32 row. [`Graph::memory`] gives the exact figure.
mod beam;
mod codec;
mod compact;
mod insert;
mod links;
mod policy;
mod remove;
mod scratch;
mod search;
mod select;
#[cfg(test)]
mod tests;

pub use beam::Near;
pub use insert::Plan;
pub use policy::prefer_scan;
pub use scratch::Scratch;
pub use search::{Found, Request};

use error_code::{Error, Result};
use links::Links;

/// Distances from one stored row to others; what building needs. Lower is closer; NaN counts as farthest.
pub trait RowDistance {
    /// Writes the distance of `from` to each of `slots` to the same place of `out` (equal lengths, up to a few hundred).
    /// Rows arrive in batches so that an implementation can stream several of them at once.
    fn between_many(&self, from: u32, slots: &[u32], out: &mut [f32]);
}

/// Distances from one query to stored rows; what searching needs. Same scale and order rules as [`RowDistance`].
pub trait QueryDistance {
    /// Writes the distance of the query to each of `slots` to the same place of `out`.
    fn to_query_many(&self, slots: &[u32], out: &mut [f32]);
}

/// What building a graph depends on, besides rows and call order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Links per node and layer; layer 0 has room for twice as many. 2 to 100.
    pub m: usize,
    /// Beam width while inserting, 1 to 10,000.
    pub ef_construction: usize,
    /// Decides the level of every slot.
    pub seed: u32,
}

/// "No slot", "no block": never a valid slot, which are below 2^31.
const NONE: u32 = u32::MAX;

/// Highest level a node can have. Levels are geometric with ratio 1/m, so only tiny m comes near it.
const MAX_LEVEL: usize = 15;

/// The graph: links in flat arrays, entry point, parameters. See the module documentation for an example.
#[derive(Debug)]
pub struct Graph {
    params: Params,
    links: Links,
    /// Where every search starts: a node of the highest level present; `NONE` when empty.
    entry: u32,
}

impl Graph {
    /// An empty graph.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when m is not in 2..=100 or ef_construction not in 1..=10_000.
    pub fn new(params: Params) -> Result<Self> {
        if !(2..=100).contains(&params.m) {
            return Err(Error::invalid("hnsw.m must be between 2 and 100"));
        }
        if !(1..=10_000).contains(&params.ef_construction) {
            return Err(Error::invalid("hnsw.efConstruction must be between 1 and 10000"));
        }
        Ok(Self { params, links: Links::new(params.m), entry: NONE })
    }

    /// Takes everything out and gives the memory back.
    pub fn clear(&mut self) {
        self.links = Links::new(self.params.m);
        self.entry = NONE;
    }

    pub fn params(&self) -> Params {
        self.params
    }

    /// Nodes in the graph.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One past the highest slot ever inserted; slots below it may be absent.
    pub fn slots(&self) -> u32 {
        self.links.slots()
    }

    pub fn contains(&self, slot: u32) -> bool {
        self.links.contains(slot)
    }

    /// Bytes held by links, levels and upper layers.
    pub fn memory(&self) -> usize {
        self.links.memory()
    }

    /// Level of the entry point, 0 for an empty graph.
    fn top(&self) -> usize {
        if self.entry == NONE { 0 } else { self.links.level(self.entry) }
    }
}

/// Makes room for `wanted` elements in all.
fn reserve_total<T>(list: &mut Vec<T>, wanted: usize) -> Result<()> {
    if list.capacity() < wanted {
        list.try_reserve_exact(wanted - list.len()).map_err(|_| Error::out_of_memory())?;
    }
    Ok(())
}
