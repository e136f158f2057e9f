//! The graph's part of [`VectorIndex`]: building it step by step, and searches that walk it.

use crate::arena::Arena;
use crate::auto_graph::AutoGraph;
use crate::collect::Collector;
use crate::config::{Config, Encoding, IndexKind, Metric};
use crate::desk::{Asked, Desk};
use crate::graph_index::{GraphIndex, Walk};
use crate::graph_rows::Space;
use crate::index::VectorIndex;
use crate::side::{Plan, Side};
use crate::store::Store;
use error_code::{Error, Result};

/// Rows whose codes take less time to make than one row's links.
const CODES_PER_LINK: usize = 32;

fn space<'a>(config: &Config, store: &'a Store, weights: &'a Arena<f32>, side: &'a Side) -> Space<'a> {
    Space { store, codes: side.int8.as_ref(), weights, metric: config.metric }
}

impl VectorIndex {
    /// A graph where the configuration asks for one and its rows are worth walking: sign distances and 1-bit or f16 rows are
    /// scanned, which [`VectorIndex::name`] says.
    pub(crate) fn new_graph(config: &Config) -> Result<Option<GraphIndex>> {
        let walkable = config.metric != Metric::Hamming && matches!(config.encoding(), Encoding::F32 | Encoding::Int8);
        if config.index == IndexKind::Hnsw && walkable { GraphIndex::new(&config.hnsw).map(Some) } else { Ok(None) }
    }

    pub(crate) fn graph_answers(&self) -> bool {
        self.graph_is_trusted() && self.graph.as_ref().is_some_and(|graph| graph.answers(&self.live))
    }

    /// What the graph measures on, and what its hits are scored with.
    pub(crate) fn graph_name(&self) -> &'static str {
        match (self.side.int8.is_some(), self.store.encoding()) {
            (true, Encoding::Int8) => "hnsw int8",
            (true, _) => "hnsw int8 + f32",
            (false, _) => "hnsw f32",
        }
    }

    /// Rows whose index work is not done yet; searches are right at any time.
    pub fn pending(&self) -> usize {
        let links = self.graph.as_ref().map_or(0, |graph| graph.pending(&self.live)) + self.probes_due();
        links.max(self.unprepared())
    }

    /// Links up to `rows` rows into the graph; gives what is left.
    ///
    /// # Errors
    /// OUT_OF_MEMORY; the rows not linked stay pending.
    pub fn step(&mut self, rows: usize) -> Result<usize> {
        if self.unprepared() > 0 {
            self.prepare_ahead(rows.saturating_mul(CODES_PER_LINK));
            return Ok(self.pending());
        }
        if !self.is_worth_linking() {
            return Ok(self.pending());
        }
        self.make_codes()?;
        if self.graph.as_ref().is_some_and(|graph| graph.pending(&self.live) == 0) && self.probes_due() > 0 {
            self.probe_graph()?;
            return Ok(self.pending());
        }
        let Self { config, store, weights, live, graph, side, team, .. } = self;
        if let Some(graph) = graph {
            graph.step(space(config, store, weights, side), live, store.len(), rows, team)?;
        }
        Ok(self.pending())
    }

    /// Makes the codes that the graph measures on; those it has once measured on may have been dropped since.
    pub(crate) fn make_codes(&mut self) -> Result<()> {
        let Self { config, store, weights, graph, side, row, .. } = self;
        if graph.is_some() { side.build(Plan::Int8, config.metric, store, weights, store.len(), row) } else { Ok(()) }
    }

    /// Takes slots out of the graph before they die or change.
    pub(crate) fn unlink(&mut self, slots: &[u32]) -> Result<()> {
        self.make_codes()?;
        let Self { config, store, weights, graph, side, .. } = self;
        match graph {
            Some(graph) => graph.remove(space(config, store, weights, side), slots),
            None => Ok(()),
        }
    }

    /// Answers from the graph; false when a scan must.
    pub(crate) fn walk(&self, asked: &Asked, desk: &mut Desk) -> Result<bool> {
        let Self { config, store, weights, live, graph, side, mask, .. } = self;
        let &Asked { k, ef, masked, matching, walkable, .. } = asked;
        let Desk { query, list, top, row, walk: room, .. } = desk;
        let Some(graph) = graph.as_ref().filter(|_| walkable && !query.extreme) else { return Ok(false) };
        let filtered = masked && matching < live.count();
        let words = &mask[..live.words().len()];
        let walk = Walk { k, ef, mask: filtered.then_some(words), matching };
        let mut to = Collector { list, top, query, store, metric: config.metric, mask: None, row };
        graph.search(space(config, store, weights, side), live, &walk, room, &mut to)
    }

    /// Renumbers the graph's slots as `compact` is about to. Where memory is refused, all rows are linked anew.
    pub(crate) fn compact_graph(&mut self) {
        let Self { live, graph, .. } = self;
        if let Some(graph) = graph
            && graph.compact(live).is_err()
        {
            graph.clear();
        }
    }

    /// Forgets the graph when it holds slots from `slots` on.
    pub(crate) fn forget_links(&mut self, slots: usize) {
        if let Some(graph) = &mut self.graph
            && graph.slots() > slots
        {
            graph.clear();
        }
    }

    /// The graph as bytes ([`crate::hnsw`] documents them); None when there is none or rows are pending.
    ///
    /// # Errors
    /// OUT_OF_MEMORY.
    pub fn export_graph(&self) -> Result<Option<Vec<u8>>> {
        match &self.graph {
            Some(graph) => graph.export(&self.live),
            None => Ok(None),
        }
    }

    /// Takes a graph over exactly the present slots. Live rows that it does not hold are pending.
    ///
    /// # Errors
    /// CORRUPT or OUT_OF_MEMORY, and nothing has changed.
    pub fn import_graph(&mut self, bytes: &[u8]) -> Result<()> {
        if self.graph.is_none() && AutoGraph::applies(&self.config) {
            // Saved when the collection was larger, or under other thresholds: it is scanned now.
            return Ok(());
        }
        let Self { store, live, graph, .. } = self;
        match graph {
            Some(graph) => graph.import(bytes, live, store.len()),
            None => Err(Error::corrupt(
                "a graph came for an index that keeps none: open the collection with the configuration it was saved with",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{HnswConfig, Quantization};
    use crate::index::Params;

    const DIMS: usize = 24;

    /// Seeded numbers in [-1, 1), sums of three for a bell shape.
    fn numbers(seed: u64, n: usize) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..n).map(|_| (next() + next() + next()) / 3.0).collect()
    }

    fn config(metric: Metric, quantization: Quantization, rescore: bool) -> Config {
        let hnsw = HnswConfig { m: 16, ef_construction: 100, ef: 80, seed: 7 };
        Config { dimensions: DIMS, metric, index: IndexKind::Hnsw, quantization, rescore, hnsw }
    }

    fn slots(index: &mut VectorIndex, query: &[f32], params: &Params) -> Vec<u32> {
        index.search(query, params).unwrap().iter().map(|hit| hit.slot).collect()
    }

    /// Share of the exact top 10 that walks find.
    fn recall(index: &mut VectorIndex, queries: &[f32], allow: Option<&[u32]>) -> f64 {
        let mut found = 0;
        for query in queries.chunks(DIMS) {
            let truth = slots(index, query, &Params { k: 10, exact: true, ef: 0, allow });
            let hits = slots(index, query, &Params { k: 10, exact: false, ef: 0, allow });
            assert_eq!(hits.len(), truth.len());
            found += hits.iter().filter(|hit| truth.contains(hit)).count();
        }
        found as f64 / (queries.len() / DIMS * 10) as f64
    }

    fn build(config: Config, rows: usize) -> VectorIndex {
        let mut index = VectorIndex::new(config).unwrap();
        index.append(&numbers(1, rows * DIMS)).unwrap();
        assert_eq!(index.pending(), rows);
        while index.step(100).unwrap() > 0 {}
        index
    }

    #[test]
    fn every_metric_and_row_kind_is_found_by_the_graph() {
        let queries = numbers(2, 30 * DIMS);
        for metric in [Metric::Cosine, Metric::L2sq, Metric::Dot] {
            for (quantization, rescore, name) in [
                (Quantization::None, true, "hnsw f32"),
                (Quantization::Int8, true, "hnsw int8 + f32"),
                (Quantization::Int8, false, "hnsw int8"),
            ] {
                let mut index = build(config(metric, quantization, rescore), 2000);
                assert_eq!(index.name(), name);
                let share = recall(&mut index, &queries, None);
                assert!(share >= 0.95, "{metric:?} {quantization:?}: recall {share}");
            }
        }
    }

    #[test]
    fn pending_rows_are_found_at_once() {
        let mut index = build(config(Metric::Cosine, Quantization::None, true), 1000);
        let row = numbers(3, DIMS);
        index.append(&row).unwrap();
        index.write(5, &row).unwrap();
        assert_eq!(index.pending(), 2);
        assert_eq!(slots(&mut index, &row, &Params { k: 2, ..Params::default() }), [5, 1000]);
        // With threads the two rows are linked together.
        assert!(index.step(1).unwrap() <= 1);
        assert_eq!(slots(&mut index, &row, &Params { k: 2, ..Params::default() }), [5, 1000]);
        assert_eq!(index.step(1).unwrap(), 0);
        assert_eq!(slots(&mut index, &row, &Params { k: 2, ..Params::default() }), [5, 1000]);
    }

    #[test]
    fn removed_rows_are_gone_and_filters_return_all_that_match() {
        let mut index = build(config(Metric::L2sq, Quantization::Int8, false), 1500);
        let dead: Vec<u32> = (0..1500).step_by(3).collect();
        index.remove(&dead).unwrap();
        index.remove(&dead).unwrap();
        let queries = numbers(4, 20 * DIMS);
        assert!(recall(&mut index, &queries, None) >= 0.95);
        for every in [2, 40, 500] {
            let mut allow = vec![0u32; 47];
            (0..1500).step_by(every).for_each(|slot| allow[slot / 32] |= 1 << (slot % 32));
            assert!(recall(&mut index, &queries, Some(&allow)) >= if every == 500 { 0.1 } else { 0.95 });
            let hits = slots(&mut index, &queries[..DIMS], &Params { k: 2000, allow: Some(&allow), ..Params::default() });
            assert_eq!(hits.len(), (0..1500).step_by(every).filter(|slot| slot % 3 != 0).count());
        }
    }

    #[test]
    fn the_graph_survives_compaction_and_export() {
        let mut index = build(config(Metric::Cosine, Quantization::Int8, true), 1200);
        index.remove(&(0..600).collect::<Vec<_>>()).unwrap();
        index.compact().unwrap();
        assert_eq!(index.graph.as_ref().unwrap().pending(&index.live), 0);
        // The codes of the rows that moved.
        while index.step(100).unwrap() > 0 {}
        assert_eq!((index.slots(), index.pending(), index.name()), (600, 0, "hnsw int8 + f32"));
        let queries = numbers(5, 20 * DIMS);
        assert!(recall(&mut index, &queries, None) >= 0.95);

        let bytes = index.export_graph().unwrap().unwrap();
        let mut rows = vec![0; 600 * index.export_width()];
        index.export_rows(0, 600, &mut rows).unwrap();
        let mut copy = VectorIndex::new(*index.config()).unwrap();
        assert!(copy.import_graph(&bytes).is_err());
        copy.import_rows(&rows, 600).unwrap();
        copy.import_graph(&bytes).unwrap();
        assert_eq!(copy.graph.as_ref().unwrap().pending(&copy.live), 0);
        for query in queries.chunks(DIMS) {
            let params = Params { k: 10, ..Params::default() };
            assert_eq!(slots(&mut copy, query, &params), slots(&mut index, query, &params));
        }
        copy.remove(&[17]).unwrap();
        assert!(copy.import_graph(&bytes).is_err());
        copy.append(&queries).unwrap();
        assert!(copy.export_graph().unwrap().is_none());
    }

    #[test]
    fn rows_beyond_f32_arithmetic_are_scanned() {
        let mut index = build(config(Metric::Dot, Quantization::None, true), 300);
        let huge = vec![2e25; DIMS];
        index.append(&huge).unwrap();
        while index.step(100).unwrap() > 0 {}
        assert_eq!(slots(&mut index, &huge, &Params { k: 1, ..Params::default() }), [300]);
    }
}
