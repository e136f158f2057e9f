//! A batch answers as single searches do, and threads change nothing: neither hits nor graphs.

use vector_search::{Config, HnswConfig, IndexKind, Metric, Params, Quantization, VectorIndex};

const DIMS: usize = 32;

fn numbers(seed: u64, n: usize) -> Vec<f32> {
    let mut state = seed;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

fn index(kind: IndexKind, quantization: Quantization, rows: usize) -> VectorIndex {
    let hnsw = HnswConfig { m: 8, ef_construction: 60, ef: 40, seed: 3 };
    let config = Config { dimensions: DIMS, metric: Metric::Cosine, index: kind, quantization, rescore: true, hnsw };
    let mut index = VectorIndex::new(config).unwrap();
    index.append(&numbers(1, rows * DIMS)).unwrap();
    index.remove(&[7, 8, 900]).unwrap();
    index
}

/// (slot, score bits) of every query, asked one at a time and in a batch.
type Answers = Vec<(u32, u64)>;

fn answers(index: &mut VectorIndex, queries: &[f32], params: &Params) -> (Answers, Answers) {
    let bits = |hit: &vector_search::Hit| (hit.slot, hit.score.to_bits());
    let single = queries.chunks(DIMS).flat_map(|q| index.search(q, params).unwrap().iter().map(bits).collect::<Vec<_>>()).collect();
    (single, index.search_batch(queries, params).unwrap().iter().map(bits).collect())
}

fn check_plans(mut prepare: impl FnMut(&mut VectorIndex)) {
    let mut queries = numbers(2, 40 * DIMS);
    // One query that f32 can not measure, in the midst.
    queries[5 * DIMS..6 * DIMS].fill(3e30);
    let mut some = vec![0u32; 6000 / 32 + 1];
    (0..6000).step_by(3).for_each(|slot| some[slot / 32] |= 1 << (slot % 32));
    for (kind, quantization) in [
        (IndexKind::Flat, Quantization::None),
        (IndexKind::Flat, Quantization::Int8),
        (IndexKind::Flat, Quantization::Binary),
        (IndexKind::Auto, Quantization::Auto),
        (IndexKind::Hnsw, Quantization::None),
    ] {
        let mut index = index(kind, quantization, 6000);
        prepare(&mut index);
        if kind == IndexKind::Hnsw {
            while index.step(100).unwrap() > 0 {}
        }
        for allow in [None, Some(some.as_slice()), Some(&[0b100_0000_0001_0110u32][..])] {
            for exact in [false, true] {
                let params = Params { k: 10, exact, ef: 0, allow };
                let (single, batch) = answers(&mut index, &queries, &params);
                assert_eq!(single, batch, "{kind:?} {quantization:?} exact {exact} filter {}", allow.is_some());
                assert_eq!(batch.len(), 40 * allow.map_or(10, |words| if words.len() == 1 { 4 } else { 10 }));
            }
        }
        assert!(index.search_batch(&[], &Params { k: 3, ..Params::default() }).unwrap().is_empty());
        assert!(index.search_batch(&queries[1..], &Params::default()).is_err());
    }
}

#[test]
fn a_batch_answers_as_single_searches_do() {
    check_plans(|_| {});
}

#[cfg(feature = "threads")]
mod threads {
    use super::*;
    use rayon_core::ThreadPoolBuilder;
    use std::sync::atomic::AtomicU32;

    static LOST: AtomicU32 = AtomicU32::new(0);

    fn hire(index: &mut VectorIndex, helpers: usize) {
        if helpers > 0 {
            index.team_mut().hire(ThreadPoolBuilder::new().num_threads(helpers).build().unwrap(), &LOST);
        }
    }

    #[test]
    fn helpers_change_no_answer() {
        check_plans(|index| hire(index, 3));
    }

    #[test]
    fn any_number_of_threads_builds_the_same_graph() {
        let build = |helpers: usize, step: usize| {
            let mut index = index(IndexKind::Hnsw, Quantization::None, 5000);
            hire(&mut index, helpers);
            while index.step(step).unwrap() > 0 {}
            index.export_graph().unwrap().unwrap()
        };
        let alone = build(0, 8);
        for (helpers, step) in [(0, 1000), (1, 8), (3, 64)] {
            assert!(build(helpers, step) == alone, "{helpers} helpers");
        }
    }

    #[test]
    fn batches_cost_no_recall() {
        let mut index = index(IndexKind::Hnsw, Quantization::None, 5000);
        hire(&mut index, 1);
        while index.step(64).unwrap() > 0 {}
        let queries = numbers(9, 100 * DIMS);
        let (found, _) = answers(&mut index, &queries, &Params { k: 10, ef: 100, ..Params::default() });
        let (truth, _) = answers(&mut index, &queries, &Params { k: 10, exact: true, ..Params::default() });
        let hits: usize = found.chunks(10).zip(truth.chunks(10)).map(|(f, t)| f.iter().filter(|hit| t.contains(hit)).count()).sum();
        assert!(hits >= 950, "{hits} of 1000");
    }
}
