//! Vector index: rows, codes, top-k. Knows numbers and slots only.
pub mod hnsw;
