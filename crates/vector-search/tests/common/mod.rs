//! A brute-force model of the index and seeded data that is hard for error bounds.
#![allow(dead_code, reason = "each test file uses its part")]

use simd_kernels::{half, reference};
use vector_search::{Config, Encoding, HnswConfig, IndexKind, Metric, Quantization};

pub fn config(dimensions: usize, metric: Metric, quantization: Quantization, rescore: bool) -> Config {
    let index = if quantization == Quantization::Auto { IndexKind::Auto } else { IndexKind::Flat };
    Config { dimensions, metric, index, quantization, rescore, hnsw: HnswConfig { m: 16, ef_construction: 100, ef: 64, seed: 1 } }
}

/// xorshift64*: the same data on every run.
pub struct Rng(u64);

impl Rng {
    /// Kinds of data `rows` can make.
    pub const KINDS: usize = 9;

    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// Uniform in [-1, 1).
    pub fn unit(&mut self) -> f32 {
        (self.next() & 0xff_ffff) as f32 / 8_388_608.0 - 1.0
    }

    /// Rows of one kind: 0 uniform, 1 few values (ties), 2 clustered far from the origin, 3 large dynamic range between rows,
    /// 4 within rows, 5 sparse, 6 one-hot (orthogonal), 7 near duplicates, 8 over- and underflowing.
    pub fn rows(&mut self, kind: usize, n: usize, dims: usize) -> Vec<f32> {
        let mut rows = Vec::with_capacity(n * dims);
        for _ in 0..n {
            let scale = 10f32.powi(self.below(24) as i32 - 12);
            let hot = self.below(dims);
            let extreme = 10f32.powi(self.below(70) as i32 - 35);
            for j in 0..dims {
                let x = self.unit();
                rows.push(match kind {
                    0 => x,
                    1 => (x * 1.5).round(),
                    2 => 100.0 + x * 1e-2,
                    3 => x * scale,
                    4 => x * 10f32.powi(self.below(16) as i32 - 8),
                    5 => {
                        if self.below(10) == 0 {
                            x
                        } else {
                            0.0
                        }
                    }
                    6 => {
                        if j == hot {
                            1.0
                        } else {
                            0.0
                        }
                    }
                    7 => ((j * 37 % 11) as f32 - 5.0) * (1.0 + x * 1e-7),
                    _ => x * extreme,
                });
            }
        }
        rows
    }
}

/// What the index must agree with, computed the slow way.
pub struct Model {
    config: Config,
    rows: Vec<Vec<f32>>,
    live: Vec<bool>,
}

impl Model {
    pub fn new(config: Config) -> Self {
        Self { config, rows: Vec::new(), live: Vec::new() }
    }

    /// The row as it is after a round trip through the encoding.
    fn keep(&self, row: &[f32]) -> Vec<f32> {
        match self.config.encoding() {
            Encoding::F32 => row.to_vec(),
            Encoding::F16 => row.iter().map(|&x| half::to_f32(half::from_f32(x))).collect(),
            _ => {
                let mut index = vector_search::VectorIndex::new(self.config).unwrap();
                index.append(row).unwrap();
                let mut out = row.to_vec();
                index.row(0, &mut out).unwrap();
                out
            }
        }
    }

    pub fn append(&mut self, rows: &[f32]) {
        for row in rows.chunks(self.config.dimensions) {
            self.rows.push(self.keep(row));
            self.live.push(true);
        }
    }

    pub fn write(&mut self, slot: usize, row: &[f32]) {
        self.rows[slot] = self.keep(row);
    }

    pub fn remove(&mut self, slots: &[u32]) {
        slots.iter().for_each(|&s| self.live[s as usize] = false);
    }

    pub fn compact(&mut self) {
        let mut live = std::mem::take(&mut self.live).into_iter();
        self.rows.retain(|_| live.next().unwrap());
        self.live = vec![true; self.rows.len()];
    }

    pub fn row(&self, slot: usize) -> Vec<f32> {
        self.rows[slot].clone()
    }

    fn score(&self, query: &[f32], row: &[f32]) -> f64 {
        match self.config.metric {
            Metric::Cosine => {
                let norms = reference::canonical_dot(query, query).sqrt() * reference::canonical_dot(row, row).sqrt();
                if norms == 0.0 { 0.0 } else { (reference::canonical_dot(query, row) / norms).clamp(-1.0, 1.0) }
            }
            Metric::Dot => reference::canonical_dot(query, row),
            Metric::L2sq => 1.0 / (1.0 + reference::canonical_l2sq(query, row)),
            Metric::Hamming => 1.0 / (1.0 + query.iter().zip(row).filter(|&(&a, &b)| (a > 0.0) != (b > 0.0)).count() as f64),
        }
    }

    /// (bits of the score, slot), best first.
    pub fn search(&self, query: &[f32], k: usize, allow: Option<&[u32]>) -> Vec<(u64, u32)> {
        let allowed = |i: usize| self.live[i] && allow.is_none_or(|w| w[i / 32] >> (i % 32) & 1 == 1);
        let mut hits: Vec<(f64, u32)> =
            (0..self.rows.len()).filter(|&i| allowed(i)).map(|i| (self.score(query, &self.rows[i]), i as u32)).collect();
        hits.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        hits.truncate(k);
        hits.into_iter().map(|(s, i)| ((s + 0.0).to_bits(), i)).collect()
    }
}
