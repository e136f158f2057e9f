//! The cascade of 'auto' on data that suits 1-bit codes, and on data that defeats them.

mod common;

use common::{Rng, config};
use vector_search::{Metric, Params, Quantization, VectorIndex};

const DIMS: usize = 64;

fn recall(index: &mut VectorIndex, queries: &[f32]) -> f64 {
    let (mut found, mut wanted) = (0, 0);
    for query in queries.chunks(DIMS) {
        let slots = |index: &mut VectorIndex, exact| -> Vec<u32> {
            let params = Params { k: 10, exact, ..Params::default() };
            index.search(query, &params).unwrap().iter().map(|h| h.slot).collect()
        };
        let truth = slots(index, true);
        found += slots(index, false).iter().filter(|s| truth.contains(s)).count();
        wanted += truth.len();
    }
    found as f64 / wanted as f64
}

/// Rows around 200 centres.
fn clustered(rng: &mut Rng, n: usize) -> Vec<f32> {
    let centres = Rng::new(77).rows(0, 200, DIMS);
    let mut rows = rng.rows(0, n, DIMS);
    for row in rows.chunks_mut(DIMS) {
        let centre = &centres[rng.below(200) * DIMS..][..DIMS];
        row.iter_mut().zip(centre).for_each(|(x, c)| *x = c + 0.4 * *x);
    }
    rows
}

#[test]
fn clustered_rows_are_found_through_one_bit_codes() {
    let mut rng = Rng::new(3);
    for metric in [Metric::Cosine, Metric::Dot, Metric::L2sq] {
        let mut index = VectorIndex::new(config(DIMS, metric, Quantization::Auto, true)).unwrap();
        index.append(&clustered(&mut rng, 20_000)).unwrap();
        let queries = clustered(&mut rng, 40);
        let share = recall(&mut index, &queries);
        assert!(share >= 0.99, "{metric:?}: recall {share} through {}", index.name());
    }
}

#[test]
fn rows_without_structure_are_noticed() {
    let mut rng = Rng::new(4);
    let mut index = VectorIndex::new(config(DIMS, Metric::Cosine, Quantization::Auto, true)).unwrap();
    index.append(&rng.rows(0, 8_000, DIMS)).unwrap();
    let queries = rng.rows(0, 40, DIMS);
    let share = recall(&mut index, &queries);
    assert!(share >= 0.99, "recall {share}");
    assert_eq!(index.name(), "int8 + f32");
}

#[test]
fn a_growing_collection_is_measured_again() {
    let mut rng = Rng::new(5);
    let mut index = VectorIndex::new(config(DIMS, Metric::Cosine, Quantization::Auto, true)).unwrap();
    index.append(&clustered(&mut rng, 5_000)).unwrap();
    let queries = clustered(&mut rng, 10);
    recall(&mut index, &queries);
    index.append(&rng.rows(0, 10_000, DIMS)).unwrap();
    index.remove(&(0..5_000).collect::<Vec<_>>()).unwrap();
    let queries = rng.rows(0, 40, DIMS);
    let share = recall(&mut index, &queries);
    assert!(share >= 0.99, "recall {share} through {}", index.name());
}

#[test]
fn codes_without_rows_keep_the_promised_recall() {
    let mut rng = Rng::new(6);
    let rows = clustered(&mut rng, 5_000);
    let queries = clustered(&mut rng, 40);
    let mut full = VectorIndex::new(config(DIMS, Metric::Cosine, Quantization::None, true)).unwrap();
    full.append(&rows).unwrap();
    let mut int8 = VectorIndex::new(config(DIMS, Metric::Cosine, Quantization::Int8, false)).unwrap();
    int8.append(&rows).unwrap();
    let mut found = 0;
    for query in queries.chunks(DIMS) {
        let params = Params { k: 10, exact: true, ..Params::default() };
        let truth: Vec<u32> = full.search(query, &params).unwrap().iter().map(|h| h.slot).collect();
        found += int8.search(query, &params).unwrap().iter().filter(|h| truth.contains(&h.slot)).count();
    }
    assert!(found >= 394, "{found} of 400");
    assert!(int8.memory().rows < full.memory().rows * 30 / 100);
}
