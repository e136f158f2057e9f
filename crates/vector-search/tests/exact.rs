//! The index against brute force: every metric, encoding and filter, on data that is hard for bounds.

mod common;

use common::{Model, Rng, config};
use error_code::ErrorCode;
use proptest::prelude::*;
use vector_search::{Encoding, IndexKind, Metric, Params, Quantization, VectorIndex};

fn metric() -> impl Strategy<Value = Metric> {
    prop_oneof![Just(Metric::Cosine), Just(Metric::Dot), Just(Metric::L2sq), Just(Metric::Hamming)]
}

fn quantization() -> impl Strategy<Value = Quantization> {
    use Quantization::{Auto, Binary, F16, Int8, None};
    prop_oneof![Just(Auto), Just(None), Just(F16), Just(Int8), Just(Binary)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn exact_search_is_brute_force(
        seed in 1u64..u64::MAX, metric in metric(), quantization in quantization(), rescore: bool, kind in 0usize..Rng::KINDS,
        dims in prop_oneof![1usize..40, Just(64), Just(100)], n in 1usize..400,
    ) {
        let mut rng = Rng::new(seed);
        let config = config(dims, metric, quantization, rescore);
        let mut index = VectorIndex::new(config).unwrap();
        let mut model = Model::new(config);
        for _ in 0..4 {
            let count = 1 + rng.below(n);
            let mut rows = rng.rows(kind, count, dims);
            if config.encoding() == Encoding::F16 {
                rows.iter_mut().for_each(|x| *x = x.clamp(-65504.0, 65504.0)); // the service refuses others
            }
            index.append(&rows).unwrap();
            model.append(&rows);
            let dead: Vec<u32> = (0..rng.below(index.slots())).map(|_| rng.below(index.slots()) as u32).collect();
            index.remove(&dead).unwrap();
            model.remove(&dead);
            let (slot, row) = (rng.below(index.slots()), rows[..dims].to_vec());
            index.write(slot, &row).unwrap();
            model.write(slot, &row);
            let allow: Vec<u32> = (0..index.slots().div_ceil(32)).map(|_| rng.next() as u32 & rng.next() as u32).collect();
            for allow in [None, Some(&allow[..])] {
                let query = if rng.below(3) == 0 { model.row(rng.below(index.slots())) } else { rng.rows(kind, 1, dims) };
                for k in [1, 10, index.slots() + 3] {
                    let expected = model.search(&query, k, allow);
                    let hits = index.search(&query, &Params { k, exact: true, ef: 0, allow }).unwrap();
                    let got: Vec<(u64, u32)> = hits.iter().map(|h| ((h.score + 0.0).to_bits(), h.slot)).collect();
                    prop_assert_eq!(&got, &expected);
                    let loose = index.search(&query, &Params { k, exact: false, ef: 0, allow }).unwrap();
                    prop_assert_eq!(loose.len(), expected.len());
                }
            }
            if rng.below(3) == 0 {
                index.compact().unwrap();
                model.compact();
            }
        }
    }
}

#[test]
fn rows_survive_export_and_import() {
    for quantization in [Quantization::None, Quantization::F16, Quantization::Int8, Quantization::Binary] {
        for dims in [2, 7, 16, 33] {
            let config = config(dims, Metric::Cosine, quantization, false);
            let mut index = VectorIndex::new(config).unwrap();
            index.append(&Rng::new(5).rows(0, 50, dims)).unwrap();
            let mut bytes = vec![0; 50 * index.export_width()];
            index.export_rows(0, 50, &mut bytes).unwrap();
            let mut copy = VectorIndex::new(config).unwrap();
            copy.import_rows(&bytes, 50).unwrap();
            let mut again = vec![0; bytes.len()];
            copy.export_rows(0, 50, &mut again).unwrap();
            assert_eq!(again, bytes);
            assert!(copy.import_rows(&bytes[1..], 50).is_err());
            bytes[..4].copy_from_slice(&f32::NAN.to_le_bytes());
            assert!(copy.import_rows(&bytes, 50).is_err());
            assert_eq!(copy.slots(), 50);
            let chunks: usize = copy.chunks().map(|c| c.2).sum();
            assert_eq!(chunks, copy.slots());
        }
    }
}

#[test]
fn lengths_beyond_any_collection_are_refused_and_change_nothing() {
    for quantization in [Quantization::None, Quantization::F16, Quantization::Int8, Quantization::Binary] {
        let mut index = VectorIndex::new(config(3, Metric::Cosine, quantization, false)).unwrap();
        index.append(&[1.0, 2.0, 3.0]).unwrap();
        for count in [1usize << 31, u32::MAX as usize, 1 << 62, usize::MAX] {
            assert_eq!(index.reserve(count).unwrap_err().code, ErrorCode::TooLarge, "{count}");
            // 2^62 rows of 4 bytes are 0 bytes where the product is not checked.
            assert_eq!(index.import_rows(&[], count).unwrap_err().code, ErrorCode::Corrupt, "{count}");
            assert_eq!(index.write(count, &[0.0; 3]).unwrap_err().code, ErrorCode::NotFound, "{count}");
            assert!(index.export_rows(0, count, &mut []).is_err());
            index.remove(&[count as u32 | 1 << 31]).unwrap();
            index.step(count).unwrap();
            let hits = index.search(&[1.0, 2.0, 3.0], &Params { k: count, ef: count, ..Params::default() }).unwrap();
            assert_eq!(hits.len(), 1);
        }
        // Control: what fits is taken.
        index.append(&[3.0, 2.0, 1.0]).unwrap();
        assert_eq!((index.slots(), index.live()), (2, 2));
    }
}

#[test]
fn a_beam_wider_than_the_graph_finds_what_one_as_wide_finds() {
    let mut rng = Rng::new(5);
    let mut config = config(8, Metric::L2sq, Quantization::Int8, true);
    config.index = IndexKind::Hnsw;
    let mut index = VectorIndex::new(config).unwrap();
    index.append(&rng.rows(0, 300, 8)).unwrap();
    while index.step(100).unwrap() > 0 {}
    let query = rng.rows(0, 1, 8);
    let mut slots =
        |ef| -> Vec<u32> { index.search(&query, &Params { k: 10, ef, ..Params::default() }).unwrap().iter().map(|hit| hit.slot).collect() };
    let all = slots(300);
    for ef in [1 << 31, u32::MAX as usize, usize::MAX] {
        assert_eq!(slots(ef), all, "{ef}");
    }
}
