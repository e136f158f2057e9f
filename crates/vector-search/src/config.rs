//! What a collection is made for.

use error_code::{Error, Result};

/// How two vectors are compared. Scores: higher is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// `q·x / (|q| |x|)` in [-1, 1]; 0 when either is zero.
    Cosine,
    /// `q·x`
    Dot,
    /// `1 / (1 + |q - x|²)`
    L2sq,
    /// `1 / (1 + d)`, d = components whose signs (value > 0) differ.
    Hamming,
}

/// How rows are kept for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    F32,
    F16,
    Int8,
    Binary,
}

/// What is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantization {
    /// The cheapest cascade that keeps recall on this collection's own rows.
    Auto,
    None,
    F16,
    Int8,
    Binary,
}

/// Which index answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    Auto,
    Flat,
    Hnsw,
}

/// HNSW parameters (Malkov & Yashunin 2018).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HnswConfig {
    pub m: u32,
    pub ef_construction: u32,
    pub ef: u32,
    pub seed: u32,
}

/// Everything that is fixed when a collection is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    pub dimensions: usize,
    pub metric: Metric,
    pub index: IndexKind,
    pub quantization: Quantization,
    /// Keep f32 rows beside the quantised ones and score with them.
    pub rescore: bool,
    pub hnsw: HnswConfig,
}

/// Most components a row may have: the limit of the public API.
pub const MAX_DIMENSIONS: usize = 65_536;

impl Config {
    /// How rows are kept for good: f32 unless rescoring is off.
    pub fn encoding(&self) -> Encoding {
        match self.quantization {
            Quantization::F16 if !self.rescore => Encoding::F16,
            Quantization::Int8 if !self.rescore => Encoding::Int8,
            Quantization::Binary if !self.rescore => Encoding::Binary,
            _ => Encoding::F32,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.dimensions == 0 || self.dimensions > MAX_DIMENSIONS {
            return Err(Error::invalid("dimensions must be between 1 and 65536"));
        }
        Ok(())
    }
}
