//! 1-bit codes: one bit per component, compared with a query that stays unquantised (asymmetric), through nibble tables.
//!
//! A row x (for cosine its unit vector) is taken relative to the collection's mean m: y = x - m, b = sign(y). With S = q·b,
//!
//! ```text
//! q·x = q·m + q·y ≈ q·m + g S,   g = |y|² / (|y|_1)
//! ```
//!
//! the estimator of RaBitQ (J. Gao, C. Long, SIGMOD 2024, arXiv:2405.12497) without its random rotation, which gained nothing on text
//! embeddings. S = 2 * (sum of q_j where the bit is set) - sum of q_j, and the inner sum is looked up four components at a time in
//! tables of 16 entries (fast scan: F. André et al., VLDB 2015), one shuffle instruction for 16 rows.
//! Estimates only choose candidates; how many are needed is measured on the collection itself (`calibrate`).

use crate::arena::Arena;
use crate::config::{Encoding, Metric};
use crate::store::Store;
use crate::top_k::Candidate;
use error_code::{Error, Result};
use simd_kernels::codes;

/// Rows that the mean is taken from, evenly spread.
const MEAN_SAMPLE: usize = 4096;

/// The codes, in blocks of 16 rows.
pub struct BitCodes {
    columns: usize,
    blocks: Arena<[u8; 16]>,
    /// g; empty for hamming, which counts bits.
    factors: Arena<f32>,
    rows: usize,
    /// Taken when the first rows were encoded. Zero where signs themselves are what counts.
    mean: Vec<f32>,
    centred: bool,
    scratch: Vec<u8>,
}

impl BitCodes {
    pub fn new(store: &Store, metric: Metric) -> Self {
        let columns = store.dims().div_ceil(8);
        Self {
            columns,
            blocks: Arena::new(columns, store.shift() - 4),
            factors: Arena::new(1, store.shift()),
            rows: 0,
            mean: Vec::new(),
            centred: metric != Metric::Hamming && store.encoding() != Encoding::Binary,
            scratch: Vec::new(),
        }
    }

    /// True when rows of this many components can be looked up without overflow.
    pub fn fits(dims: usize) -> bool {
        2 * dims.div_ceil(8) <= codes::MOST_TABLES
    }

    /// Rows that have codes.
    pub fn built(&self) -> usize {
        self.rows
    }

    /// Encodes rows up to `rows`.
    ///
    /// # Errors
    /// OUT_OF_MEMORY; the codes made before are kept.
    pub fn build(&mut self, store: &Store, metric: Metric, weights: &Arena<f32>, rows: usize, scratch: &mut [f32]) -> Result<()> {
        let more = rows.saturating_sub(self.rows);
        if more == 0 {
            return Ok(());
        }
        let no_memory = |_| Error::out_of_memory();
        if self.mean.is_empty() {
            self.mean.try_reserve(store.dims()).map_err(no_memory)?;
            self.scratch.try_reserve(self.columns).map_err(no_memory)?;
            self.scratch.resize(self.columns, 0);
            self.take_mean(store, metric, weights, scratch);
        }
        self.blocks.try_reserve(rows.div_ceil(16) - self.blocks.rows())?;
        self.factors.try_reserve(more)?;
        for slot in self.rows..rows {
            if slot % 16 == 0 {
                self.blocks.push();
            }
            self.factors.push();
            self.rows += 1;
            self.encode(store, metric, weights, slot, scratch);
        }
        Ok(())
    }

    fn take_mean(&mut self, store: &Store, metric: Metric, weights: &Arena<f32>, scratch: &mut [f32]) {
        let rows = store.len();
        self.mean.resize(store.dims(), 0.0);
        if !self.centred {
            return;
        }
        let stride = rows.div_ceil(MEAN_SAMPLE);
        for slot in (0..rows).step_by(stride) {
            let weight = unit(metric, weights, slot);
            for (m, &x) in self.mean.iter_mut().zip(store.row(slot, scratch)) {
                *m += x * weight;
            }
        }
        let inverse = 1.0 / rows.div_ceil(stride) as f32;
        self.mean.iter_mut().for_each(|m| *m *= inverse);
    }

    /// Encodes one row anew.
    pub fn encode(&mut self, store: &Store, metric: Metric, weights: &Arena<f32>, slot: usize, scratch: &mut [f32]) {
        let weight = unit(metric, weights, slot);
        let row = store.row(slot, scratch);
        let (mut l1, mut l2) = (0.0f32, 0.0f32);
        for ((byte, row), mean) in self.scratch.iter_mut().zip(row.chunks(8)).zip(self.mean.chunks(8)) {
            *byte = 0;
            for (j, (&x, &m)) in row.iter().zip(mean).enumerate() {
                let y = x * weight - m;
                *byte |= u8::from(y > 0.0) << j;
                l1 += y.abs();
                l2 += y * y;
            }
        }
        let block = self.blocks.row_mut(slot / 16);
        for (column, &byte) in block.iter_mut().zip(&self.scratch) {
            column[slot % 16] = byte;
        }
        // Extreme values may overflow here; they are never searched through codes.
        let factor = l2 / l1;
        self.factors.row_mut(slot)[0] = if factor.is_finite() { factor } else { 0.0 };
    }

    /// Drops rows from the end.
    pub fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        self.blocks.truncate(self.rows.div_ceil(16));
        self.factors.truncate(self.rows);
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.blocks.bytes() + self.factors.bytes()
    }

    /// Calls `each(first slot, sums)` for every block of up to `sums.len()` blocks, in order.
    fn for_each_run(
        &self,
        rows: usize,
        sums: &mut [[u16; 16]],
        mut compute: impl FnMut(&[[u8; 16]], &mut [[u16; 16]]),
        mut each: impl FnMut(usize, &[u16]),
    ) {
        let per_chunk = self.blocks.rows_per_chunk();
        let blocks = rows.div_ceil(16);
        for c in 0..blocks.div_ceil(per_chunk) {
            let n = (blocks - c * per_chunk).min(per_chunk);
            let chunk = self.blocks.chunk(c);
            for at in (0..n).step_by(sums.len()) {
                let count = (n - at).min(sums.len());
                let sums = &mut sums[..count];
                compute(&chunk[at * self.columns..(at + count) * self.columns], sums);
                let first = (c * per_chunk + at) * 16;
                each(first, &sums.as_flattened()[..(rows - first).min(16 * count)]);
            }
        }
    }

    /// `each(first slot, estimates)` for runs of rows. Estimates order rows; higher is better.
    pub fn estimate(
        &self,
        metric: Metric,
        weights: &Arena<f32>,
        query: &BitQuery,
        buffers: &mut BitBuffers,
        mut each: impl FnMut(usize, &[f32]),
    ) {
        let BitBuffers { sums, estimates } = buffers;
        let (alpha, beta, base) = (2.0 * query.step, 2.0 * query.offset - query.sum, query.on_mean);
        self.for_each_run(
            self.rows,
            sums,
            |codes, sums| codes::lookup_blocks(&query.tables, codes, sums),
            |first, sums| {
                let estimates = &mut estimates[..sums.len()];
                let factors = self.factors.run(first, sums.len());
                for ((e, &sum), &g) in estimates.iter_mut().zip(sums).zip(factors) {
                    *e = g * (alpha * f32::from(sum) + beta) + base;
                }
                if metric == Metric::L2sq {
                    for (e, &square) in estimates.iter_mut().zip(weights.run(first, sums.len())) {
                        *e = 2.0 * *e - square;
                    }
                }
                each(first, estimates);
            },
        );
    }

    /// `each(first slot, differing bits)` for runs of rows.
    pub fn differing(&self, query: &BitQuery, buffers: &mut BitBuffers, each: impl FnMut(usize, &[u16])) {
        self.for_each_run(self.rows, &mut buffers.sums, |codes, sums| codes::hamming_blocks(&query.signs, codes, sums), each);
    }
}

/// What brings a row to the length that estimates are made for.
fn unit(metric: Metric, weights: &Arena<f32>, slot: usize) -> f32 {
    if metric == Metric::Cosine { weights.row(slot)[0] } else { 1.0 }
}

/// Rows whose sums are computed together.
pub const RUN_BLOCKS: usize = 64;

/// Room for one run of results.
#[derive(Default)]
pub struct BitBuffers {
    pub sums: Vec<[u16; 16]>,
    pub estimates: Vec<f32>,
}

/// The query as tables: for each place of four components the sums of each subset, in steps of `step` above their minimum.
#[derive(Default)]
pub struct BitQuery {
    tables: Vec<[u8; 16]>,
    step: f32,
    offset: f32,
    sum: f32,
    on_mean: f32,
    signs: Vec<u8>,
}

impl BitQuery {
    /// # Errors
    /// OUT_OF_MEMORY on first use.
    pub fn set(&mut self, query: &[f32], codes: &BitCodes) -> Result<()> {
        let places = 2 * codes.columns;
        self.tables.clear();
        self.tables.try_reserve(places).map_err(|_| Error::out_of_memory())?;
        // A place's sums range over its sum of magnitudes, from its sum of negative components.
        let magnitudes = query.chunks(4).map(|q| q.iter().map(|x| x.abs()).sum::<f32>());
        let range = magnitudes.fold(0.0, f32::max);
        let entries = f32::from(codes::LARGEST_ENTRY);
        self.step = range / entries;
        let inverse = if range > 0.0 { entries / range } else { 0.0 };
        self.offset = query.iter().map(|x| x.min(0.0)).sum();
        self.sum = query.iter().sum();
        self.on_mean = query.iter().zip(&codes.mean).map(|(q, m)| q * m).sum();
        for quad in query.chunks(4) {
            let mut sums = [0.0f32; 16];
            for (j, &x) in quad.iter().enumerate() {
                let low = x.min(0.0);
                for (nibble, sum) in sums.iter_mut().enumerate() {
                    *sum += if nibble >> j & 1 == 1 { x - low } else { -low };
                }
            }
            self.tables.push(sums.map(|s| (s * inverse + 0.5) as u8));
        }
        self.tables.resize(places, [0; 16]);
        Ok(())
    }

    /// Signs only, for hamming.
    pub fn set_signs(&mut self, query: &[f32]) -> Result<()> {
        self.signs.clear();
        self.signs.try_reserve(query.len().div_ceil(8)).map_err(|_| Error::out_of_memory())?;
        self.signs.resize(query.len().div_ceil(8), 0);
        crate::encode::signs(query, &mut self.signs);
        Ok(())
    }
}

/// The rows of highest estimate: a buffer of twice as many, cut down to the best half whenever it is full.
#[derive(Default)]
pub struct Best {
    wanted: usize,
    rows: Vec<Candidate>,
    threshold: f32,
}

impl Best {
    pub fn start(&mut self, wanted: usize) -> Result<()> {
        self.wanted = wanted;
        self.threshold = f32::NEG_INFINITY;
        self.rows.clear();
        self.rows.try_reserve(2 * wanted).map_err(|_| Error::out_of_memory())
    }

    /// Takes the rows of a run that are above the threshold and `allowed`.
    #[inline(always)]
    pub fn offer(&mut self, first: usize, estimates: &[f32], allowed: impl Fn(usize) -> bool) {
        for (i, &upper) in estimates.iter().enumerate() {
            if upper > self.threshold && allowed(first + i) {
                self.rows.push(Candidate { upper, slot: (first + i) as u32 });
                if self.rows.len() == 2 * self.wanted {
                    self.cut();
                }
            }
        }
    }

    #[inline(never)]
    fn cut(&mut self) {
        if self.rows.len() > self.wanted {
            self.rows.select_nth_unstable_by(self.wanted - 1, |a, b| b.upper.total_cmp(&a.upper));
            self.rows.truncate(self.wanted);
            self.threshold = self.rows[self.wanted - 1].upper;
        }
    }

    /// The chosen rows, in no order.
    pub fn finish(&mut self) -> &[Candidate] {
        self.cut();
        &self.rows
    }
}
