//! Vector index: rows, codes, selection. Knows numbers and slots only; ids, metadata and text are the caller's.
//!
//! Every search ends in canonical f64 scores ([`simd_kernels::wide`]), so equal rows score equally on every implementation.
//! Scans decide which rows are worth that: f32, int8 with a proven error bound, 1-bit codes, or the graph of [`hnsw`].

mod arena;
mod auto_graph;
mod batch;
mod bitmap;
mod bits;
mod bounds;
mod calibrate;
mod checksum;
mod collect;
mod config;
mod desk;
mod encode;
mod graph_index;
mod graph_rows;
pub mod hnsw;
mod index;
mod index_graph;
mod int8;
mod query;
mod scan_f32;
mod side;
mod store;
mod sweep;
mod top_k;

pub use config::{Config, Encoding, HnswConfig, IndexKind, MAX_DIMENSIONS, Metric, Quantization};
pub use index::{Memory, Params, VectorIndex};
pub use thread_team::Team;
pub use top_k::Hit;
