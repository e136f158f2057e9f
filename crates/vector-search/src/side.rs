//! The codes kept beside the rows, and the choice of what to scan.

use crate::arena::Arena;
use crate::bits::BitCodes;
use crate::config::{Config, Metric, Quantization};
use crate::int8::Int8Codes;
use crate::store::Store;
use error_code::{Error, Result};

/// Below this many components in all, 'auto' scans f32 rows: the fixed costs of codes would not pay.
const AUTO_INT8_COMPONENTS: usize = 1 << 18;
/// Below this many rows, 'auto' goes without 1-bit codes: candidates would be a large part of the collection.
const AUTO_BITS_ROWS: usize = 4096;
/// The least number of candidates per hit that 'binary' rescores, and for a whole search.
const BINARY_CANDIDATES: (usize, usize) = (5, 50);

/// How a search is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// f64 over all rows.
    Wide,
    /// f32 scan with a proven bound.
    F32,
    /// int8 scan with a proven bound.
    Int8,
    /// 1-bit estimates choose this many candidates.
    Bits(usize),
    /// Differing sign bits are counted: exact.
    Count,
}

/// Codes, and what was measured on them.
pub struct Side {
    pub int8: Option<Int8Codes>,
    pub bits: Option<BitCodes>,
    /// Candidates that k = 10 needs, as measured; 0 = 1-bit estimates are not good enough here. None: not measured.
    pub candidates: Option<usize>,
    /// Slots when that was measured.
    pub measured_at: usize,
    /// Slots when memory for codes was refused: they are not tried again ahead of searches before rows come or go.
    pub refused_at: Option<usize>,
}

impl Side {
    pub fn new(config: &Config, store: &Store) -> Self {
        let (quantization, hamming) = (config.quantization, config.metric == Metric::Hamming);
        let wants_int8 = !hamming && matches!(quantization, Quantization::Auto | Quantization::Int8);
        let wants_bits = match (hamming, quantization) {
            (true, _) => config.dimensions < u16::MAX as usize - 7,
            (false, Quantization::Auto | Quantization::Binary) => BitCodes::fits(config.dimensions),
            _ => false,
        };
        Self {
            int8: wants_int8.then(|| Int8Codes::new(store)),
            bits: wants_bits.then(|| BitCodes::new(store, config.metric)),
            candidates: None,
            measured_at: 0,
            refused_at: None,
        }
    }

    /// What a search over `rows` rows wants to scan, codes permitting.
    pub fn plan(&self, config: &Config, rows: usize, k: usize, exact: bool) -> Plan {
        if config.metric == Metric::Hamming {
            return if self.bits.is_some() { Plan::Count } else { Plan::Wide };
        }
        let auto = config.quantization == Quantization::Auto;
        let int8 = self.int8.is_some() && !(auto && rows * config.dimensions < AUTO_INT8_COMPONENTS);
        if exact || self.bits.is_none() || (auto && rows < AUTO_BITS_ROWS) {
            return if int8 { Plan::Int8 } else { Plan::F32 };
        }
        let measured = self.candidates.map(|c| c.max(1) * k.div_ceil(10));
        let candidates = match (auto, self.candidates) {
            (true, Some(0)) => return Plan::Int8,
            (false, Some(0)) => return Plan::F32,
            (true, _) => measured.unwrap_or(1),
            (false, _) => measured.unwrap_or(0).max(BINARY_CANDIDATES.0 * k).max(BINARY_CANDIDATES.1),
        };
        // Looking at a candidate costs about ten times what an int8 scan pays per row.
        if int8 && candidates > rows / 10 { Plan::Int8 } else { Plan::Bits(candidates.max(k)) }
    }

    /// Makes what the plan reads, for all rows.
    ///
    /// # Errors
    /// OUT_OF_MEMORY; then the rows themselves can be scanned.
    pub fn build(
        &mut self,
        plan: Plan,
        metric: Metric,
        store: &Store,
        weights: &Arena<f32>,
        rows: usize,
        scratch: &mut [f32],
    ) -> Result<()> {
        if let (Some(codes), Plan::Int8 | Plan::Bits(_)) = (&mut self.int8, plan) {
            codes.build(store, metric, weights, rows, scratch)?;
        }
        if let (Some(codes), Plan::Count | Plan::Bits(_)) = (&mut self.bits, plan) {
            codes.build(store, metric, weights, rows, scratch)?;
        }
        Ok(())
    }

    pub fn measured(&mut self, candidates: usize, rows: usize) {
        self.candidates = Some(candidates);
        self.measured_at = rows;
    }

    /// Rows that lack codes which the plan reads.
    pub fn missing(&self, plan: Plan, rows: usize) -> usize {
        let int8 = self.int8.as_ref().filter(|_| matches!(plan, Plan::Int8 | Plan::Bits(_))).map_or(rows, Int8Codes::built);
        let bits = self.bits.as_ref().filter(|_| matches!(plan, Plan::Count | Plan::Bits(_))).map_or(rows, BitCodes::built);
        if self.refused_at == Some(rows) { 0 } else { rows - int8.min(bits).min(rows) }
    }

    /// A row has changed: encodes it anew where it had codes.
    pub fn rewrite(&mut self, metric: Metric, store: &Store, weights: &Arena<f32>, slot: usize, scratch: &mut [f32]) {
        if let Some(codes) = self.int8.as_mut().filter(|c| slot < c.built()) {
            codes.encode(store, metric, weights, slot, scratch);
        }
        if let Some(codes) = self.bits.as_mut().filter(|c| slot < c.built()) {
            codes.encode(store, metric, weights, slot, scratch);
        }
    }

    pub fn truncate(&mut self, rows: usize) {
        if let Some(codes) = &mut self.int8 {
            codes.truncate(rows);
        }
        if let Some(codes) = &mut self.bits {
            codes.truncate(rows);
        }
    }

    /// Bytes held by codes.
    pub fn bytes(&self) -> usize {
        self.int8.as_ref().map_or(0, Int8Codes::bytes) + self.bits.as_ref().map_or(0, BitCodes::bytes)
    }
}

/// Makes a buffer at least `len` long.
pub fn fit<T: Copy + Default>(buffer: &mut Vec<T>, len: usize) -> Result<()> {
    if buffer.len() < len {
        buffer.try_reserve_exact(len - buffer.len()).map_err(|_| Error::out_of_memory())?;
        buffer.resize(len, T::default());
    }
    Ok(())
}
