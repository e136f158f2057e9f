//! When `index: 'auto'` keeps a graph, and whether that graph may answer.
//!
//! A scan of codes costs per row and a walk nearly nothing per row, so there is a size at which walks win; but links take a thousand
//! times as long to make as codes. Below [`AUTO_GRAPH_ROWS`] there is no graph. Above, `step` builds one while the scan answers, then
//! lets some of the collection's own rows play the query and takes the narrowest beam that finds what the exact search finds. Where no
//! beam is wide enough (rows without structure), the graph is dropped and the scan stays.

use crate::config::{Config, IndexKind, Metric, Quantization};
use crate::desk::Asked;
use crate::graph_index::GraphIndex;
use crate::index::{Params, VectorIndex};
use crate::side::fit;
use error_code::Result;

/// Live rows from which a walk answers sooner than the cascade of codes at recall 0.995, and by enough to repay its links:
/// docs/decisions/0006-auto-index.md has the figures.
pub const AUTO_GRAPH_ROWS: usize = 50_000;

/// Rows that play the query, and the neighbours looked for.
const PROBES: usize = 40;
const NEIGHBOURS: usize = 10;
/// Beam widths tried. A narrower one fell below 0.995 on real queries, a wider one would not beat the scan.
const BEAMS: [usize; 4] = [96, 128, 160, 192];
/// Share of the neighbours that a beam must find.
const WANTED_RECALL: f64 = 0.997;

/// What is known of the graph that 'auto' keeps.
pub struct AutoGraph {
    /// Live rows from which there is a graph. The graph goes when half of them are left.
    pub least_rows: usize,
    /// Beam width that was found wide enough; 0: not measured, and the scan answers.
    pub ef: usize,
    /// Live rows when that was measured.
    measured_at: usize,
    /// Live rows when a graph was found useless; it is tried again at twice as many.
    refused_at: usize,
    /// Probes made, and what each beam has found.
    probes: usize,
    found: [usize; BEAMS.len()],
    wanted: usize,
}

impl Default for AutoGraph {
    fn default() -> Self {
        Self { least_rows: AUTO_GRAPH_ROWS, ef: 0, measured_at: 0, refused_at: 0, probes: 0, found: [0; BEAMS.len()], wanted: 0 }
    }
}

impl AutoGraph {
    /// True where size decides whether there is a graph.
    pub fn applies(config: &Config) -> bool {
        config.index == IndexKind::Auto && config.quantization == Quantization::Auto && config.metric != Metric::Hamming
    }

    /// Probes to make before the graph may answer, or go on answering with the same beam.
    fn due(&self, live: usize) -> usize {
        if live >= 2 * self.measured_at.max(1) { PROBES - self.probes } else { 0 }
    }

    fn forget(&mut self) {
        *self = Self { least_rows: self.least_rows, refused_at: self.refused_at, ..Self::default() };
    }
}

impl VectorIndex {
    /// After rows came or went: makes the graph that 'auto' wants from here on, or lets it go.
    pub(crate) fn tend_graph(&mut self) {
        if !AutoGraph::applies(&self.config) {
            return;
        }
        let live = self.live.count();
        if self.graph.is_some() {
            if live < self.auto.least_rows / 2 {
                self.graph = None;
                self.auto.forget();
            }
        } else if live >= self.auto.least_rows.max(2 * self.auto.refused_at) && self.extremes == 0 {
            // Without memory for it there is none: scans need no graph.
            self.graph = GraphIndex::new(&self.config.hnsw).ok();
        }
    }

    /// Probes that 'auto' has yet to make of its graph.
    pub(crate) fn probes_due(&self) -> usize {
        if AutoGraph::applies(&self.config) && self.graph.is_some() { self.auto.due(self.live.count()) } else { 0 }
    }

    /// True unless 'auto' has not measured its graph yet.
    pub(crate) fn graph_is_trusted(&self) -> bool {
        self.auto.ef > 0 || !AutoGraph::applies(&self.config)
    }

    /// Before the first link: rows that defeat the 1-bit stage have no neighbourhoods that a walk could follow.
    pub(crate) fn is_worth_linking(&mut self) -> bool {
        if AutoGraph::applies(&self.config) && self.auto.ef == 0 {
            self.prepare(NEIGHBOURS, false);
            if self.side.candidates == Some(0) {
                self.refuse_graph();
            }
        }
        self.graph.is_some()
    }

    fn refuse_graph(&mut self) {
        self.graph = None;
        self.auto.forget();
        self.auto.refused_at = self.live.count();
    }

    /// One row plays the query. After the last one, the beam is chosen.
    pub(crate) fn probe_graph(&mut self) -> Result<()> {
        let (rows, probe) = (self.store.len(), self.auto.probes);
        let slot = (2 * probe + 1) * rows / (2 * PROBES);
        if self.live.contains(slot) && self.extremes == 0 {
            let mut query = Vec::new();
            fit(&mut query, self.config.dimensions)?;
            self.store.decode(slot, &mut query);
            self.try_beams(&query)?;
        }
        self.auto.probes += 1;
        if self.auto.probes < PROBES {
            return Ok(());
        }
        let enough = WANTED_RECALL * self.auto.wanted as f64;
        let beam = self.auto.found.iter().position(|&found| found as f64 >= enough);
        match beam.filter(|_| self.auto.wanted > 0) {
            Some(beam) => {
                self.auto.forget();
                self.auto.ef = BEAMS[beam];
                self.auto.measured_at = self.live.count();
            }
            None => self.refuse_graph(),
        }
        Ok(())
    }

    /// Counts what each beam finds of what the exact search finds.
    fn try_beams(&mut self, query: &[f32]) -> Result<()> {
        // The row itself is among them, and found by any beam.
        let k = NEIGHBOURS + 1;
        let mut truth = [u32::MAX; NEIGHBOURS + 1];
        let hits = self.search(query, &Params { k, exact: true, ..Params::default() })?;
        let wanted = hits.len();
        truth.iter_mut().zip(hits).for_each(|(slot, hit)| *slot = hit.slot);
        self.auto.wanted += wanted;
        for (i, ef) in BEAMS.into_iter().enumerate() {
            let masked = self.live.count() < self.store.len();
            let asked = Asked { k: wanted, exact: false, ef, masked, matching: self.live.count(), walkable: true };
            self.desk.start(query, wanted)?;
            if self.at_desk(|index, desk| index.walk(&asked, desk))? {
                self.auto.found[i] += self.desk.top.finish().iter().filter(|hit| truth.contains(&hit.slot)).count();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HnswConfig;

    const DIMS: usize = 64;
    const LEAST: usize = 5000;

    /// Seeded numbers in [-1, 1).
    fn numbers(seed: u64, n: usize) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    fn clustered(seed: u64, n: usize) -> Vec<f32> {
        let centres = numbers(1, 100 * DIMS);
        let mut rows = numbers(seed, n * DIMS);
        for (i, row) in rows.chunks_mut(DIMS).enumerate() {
            let centre = &centres[i % 100 * DIMS..][..DIMS];
            row.iter_mut().zip(centre).for_each(|(x, c)| *x = c + 0.3 * *x);
        }
        rows
    }

    fn index(rows: &[f32]) -> VectorIndex {
        let hnsw = HnswConfig { m: 12, ef_construction: 80, ef: 40, seed: 1 };
        let (index, quantization) = (IndexKind::Auto, Quantization::Auto);
        let mut index =
            VectorIndex::new(Config { dimensions: DIMS, metric: Metric::Cosine, index, quantization, rescore: true, hnsw }).unwrap();
        index.auto.least_rows = LEAST;
        index.append(rows).unwrap();
        index
    }

    fn recall(index: &mut VectorIndex) -> f64 {
        let mut found = 0;
        for query in clustered(9, 50).chunks(DIMS) {
            let mut slots = |exact| -> Vec<u32> {
                let hits = index.search(query, &Params { k: 10, exact, ..Params::default() }).unwrap();
                hits.iter().map(|hit| hit.slot).collect()
            };
            let truth = slots(true);
            found += slots(false).iter().filter(|slot| truth.contains(slot)).count();
        }
        found as f64 / 500.0
    }

    #[test]
    fn a_graph_answers_from_the_threshold_on() {
        let rows = clustered(2, LEAST + 1);
        let mut index = index(&rows[..(LEAST - 1) * DIMS]);
        while index.step(10).unwrap() > 0 {}
        assert!(index.graph.is_none());
        index.append(&rows[(LEAST - 1) * DIMS..]).unwrap();
        assert!(index.pending() > LEAST);
        while index.step(500).unwrap() > 0 {
            assert!(index.probes_due() == 0 || !index.name().starts_with("hnsw"));
            assert!(recall(&mut index) >= 0.99);
        }
        assert_eq!(index.name(), "hnsw int8 + f32");
        assert!(recall(&mut index) >= 0.99);

        let bytes = index.export_graph().unwrap().unwrap();
        let mut copy = self::index(&rows);
        copy.import_graph(&bytes).unwrap();
        assert_eq!((copy.probes_due(), copy.name()), (PROBES, "1-bit + int8 + f32"));
        while copy.step(500).unwrap() > 0 {}
        assert_eq!(copy.name(), "hnsw int8 + f32");

        // A row more is scored one by one until it is linked.
        index.append(&rows[..DIMS]).unwrap();
        assert_eq!((index.pending(), index.name()), (1, "hnsw int8 + f32"));
        assert!(
            index.search(&rows[..DIMS], &Params { k: 2, ..Params::default() }).unwrap().iter().any(|hit| hit.slot as usize == LEAST + 1)
        );

        index.remove(&(0..LEAST as u32 / 2 + 10).collect::<Vec<_>>()).unwrap();
        assert!(index.graph.is_none());
        assert_eq!(recall(&mut index), 1.0);
    }

    #[test]
    fn rows_without_structure_get_no_graph() {
        let mut index = index(&numbers(5, LEAST * DIMS));
        assert!(index.graph.is_some());
        while index.step(10).unwrap() > 0 {
            assert_eq!(index.graph.as_ref().map_or(0, |graph| graph.slots()), 0);
        }
        assert_eq!(index.name(), "int8 + f32");
        index.append(&numbers(6, LEAST / 2 * DIMS)).unwrap();
        assert!(index.graph.is_none());
    }

    #[test]
    fn a_graph_that_misses_neighbours_is_let_go() {
        let mut index = index(&clustered(2, LEAST));
        while index.probes_due() == PROBES {
            index.step(500).unwrap();
        }
        index.auto.found = [0; BEAMS.len()];
        while index.step(1).unwrap() > 0 {}
        assert!(index.graph.is_none());
        assert!(recall(&mut index) >= 0.99);
    }
}
