//! Sorting and statistics against plain loops.

use compute_engine::job::{Job, finish};
use compute_engine::numbers::{ITEM, Numbers};
use compute_engine::share::Team;
use compute_engine::sort::{Argsort, Sort, Sortable};
use compute_engine::statistics::{Bins, Describe, Described, Description, Histogram, prefix_sums};
use proptest::prelude::*;

fn special() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), Just(0.0), Just(-0.0), Just(f64::NAN), Just(f64::INFINITY), (-5i32..5).prop_map(f64::from)]
}

fn sorted<T: Sortable>(values: &[T], descending: bool) -> Vec<T> {
    finish(Sort::new(values, descending, &Team::default()).unwrap(), &Team::default()).unwrap().into_values()
}

fn order(values: &[f64], descending: bool) -> Vec<u32> {
    finish(Argsort::new(values, descending, &Team::default()).unwrap(), &Team::default()).unwrap().into_places()
}

fn wanted(values: &[f64], descending: bool) -> Vec<u32> {
    let mut places: Vec<u32> = (0..values.len() as u32).collect();
    places.sort_by(|&a, &b| {
        let (a, b) = (values[a as usize], values[b as usize]);
        match (a.is_nan(), b.is_nan()) {
            (false, false) if descending => b.total_cmp(&a),
            (false, false) => a.total_cmp(&b),
            (a, b) => a.cmp(&b),
        }
    });
    places
}

fn describe(values: &[f64], quantiles: &[f64]) -> Description {
    finish(Describe::new(Numbers::F64(values.to_vec()), quantiles.to_vec()), &Team::default()).unwrap().into_description()
}

fn counted(pieces: &[Numbers], bins: Bins) -> columnar::Result<(Vec<f64>, Vec<f64>)> {
    let team = Team::default();
    let mut histogram = Histogram::new(bins, &team)?;
    loop {
        for piece in pieces {
            histogram.fold(piece, piece.len(), &team)?;
        }
        if !histogram.again()? {
            return histogram.into_counts();
        }
    }
}

fn noise(n: usize) -> Vec<f64> {
    let mut seed = 7u64;
    (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        })
        .collect()
}

proptest! {
    #[test]
    fn sorting_orders_everything(values in prop::collection::vec(special(), 0..3000), descending: bool) {
        let places = wanted(&values, descending);
        prop_assert_eq!(&order(&values, descending), &places);
        let made = sorted(&values, descending);
        for (value, place) in made.iter().zip(places) {
            let other = values[place as usize];
            prop_assert!(value.to_bits() == other.to_bits() || (value.is_nan() && other.is_nan()));
        }
        let narrow: Vec<f32> = values.iter().map(|&x| x as f32).collect();
        let made = sorted(&narrow, false);
        prop_assert!(made.windows(2).all(|w| w[1].is_nan() || w[0].total_cmp(&w[1]).is_le()));
    }

    #[test]
    fn whole_numbers_too(values in prop::collection::vec(any::<i32>(), 0..3000), descending: bool) {
        let mut whole = values.clone();
        whole.sort_unstable();
        let mut unsigned: Vec<u32> = values.iter().map(|x| x.cast_unsigned()).collect();
        let made = sorted(&unsigned, descending);
        unsigned.sort_unstable();
        if descending { whole.reverse(); unsigned.reverse(); }
        prop_assert_eq!(sorted(&values, descending), whole);
        prop_assert_eq!(made, unsigned);
    }

    #[test]
    fn histograms_count_between_edges(values in prop::collection::vec(prop_oneof![-1e3..1e3f64, Just(f64::NAN), Just(0.25)], 0..500), bins in 1..40usize) {
        let (counts, edges) = counted(&[Numbers::F64(values.clone())], Bins::Equal(bins)).unwrap();
        prop_assert_eq!(edges.len(), bins + 1);
        let plain: Vec<f64> = (0..bins).map(|k| values.iter().filter(|&&v| v >= edges[k] && (v < edges[k + 1] || (k + 1 == bins && v <= edges[bins]))).count() as f64).collect();
        prop_assert_eq!(&counts, &plain);
        if edges.windows(2).all(|w| w[0] < w[1]) {
            prop_assert_eq!(counted(&[Numbers::F64(values)], Bins::Edges(edges)).unwrap().0, plain);
        }
    }
}

/// Longer than a piece between two places to pause, and with digits that are the same everywhere.
#[test]
fn long_sorts_pause_within_a_digit() {
    let team = Team::default();
    let values: Vec<u32> = noise(5_000_000).iter().map(|x| ((x + 0.5) * 4e9) as u32).collect();
    for mask in [u32::MAX, 0x7ff, 0xffc0_07ff, 0] {
        let values: Vec<u32> = values.iter().map(|x| x & mask).collect();
        let mut job = Sort::new(&values, false, &team).unwrap();
        let (mut steps, mut before) = (1, 0);
        while !job.step(&team).unwrap() {
            let (done, of) = job.progress();
            assert!(before <= done && done <= of, "{before} {done} {of}");
            before = done;
            steps += 1;
        }
        assert!(steps >= 4, "{steps}: no place to pause within 2 million values");
        let mut plain = values;
        plain.sort_unstable();
        assert!(job.into_values() == plain, "{mask:x}");
    }
}

#[test]
fn descriptions_are_exact_where_sums_cancel() {
    let d = describe(&[1e16, 1.0, -1e16, f64::NAN], &[0.0, 0.5, 1.0]);
    assert_eq!((d.count, d.nan_count, d.sum, d.min, d.max), (3, 1, 1.0, -1e16, 1e16));
    assert_eq!(d.quantiles, [-1e16, 1.0, 1e16]);
}

#[test]
fn descriptions_follow_the_definitions() {
    for n in [1, 2, 3, 10, 2047, 2048, 2049, 300_000] {
        let values: Vec<f64> = noise(n).iter().map(|x| x * x * 10.0 + 1000.0).collect();
        let d = describe(&values, &[0.1, 0.5, 0.999]);
        let mean = values.iter().sum::<f64>() / n as f64;
        let moment = |p: i32| values.iter().map(|x| (x - mean).powi(p)).sum::<f64>() / n as f64;
        let near = |a: f64, b: f64| (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * b.abs().max(1.0);
        assert!(near(d.mean, mean) && near(d.sum, mean * n as f64));
        if n == 1 {
            assert!(d.variance.is_nan() && d.skewness.is_nan());
            continue;
        }
        assert!(near(d.variance, moment(2) * n as f64 / (n as f64 - 1.0)), "{n}");
        assert!(near(d.skewness, moment(3) / moment(2).powf(1.5)) && near(d.kurtosis, moment(4) / moment(2).powi(2) - 3.0), "{n}");
        let mut ordered = values.clone();
        ordered.sort_by(f64::total_cmp);
        for (q, found) in [0.1, 0.5, 0.999].into_iter().zip(d.quantiles) {
            let at = q * (n - 1) as f64;
            let low = at.floor() as usize;
            let high = (low + 1).min(n - 1);
            assert!(near(found, ordered[low] + (ordered[high] - ordered[low]) * (at - low as f64)));
        }
    }
}

#[test]
fn nothing_and_constants() {
    let d = describe(&[], &[0.5]);
    assert_eq!((d.count, d.sum), (0, 0.0));
    assert!(d.min.is_nan() && d.mean.is_nan() && d.variance.is_nan() && d.quantiles[0].is_nan());
    let d = describe(&[0.1; 1000], &[]);
    assert_eq!((d.variance, d.std, d.mean), (0.0, 0.0, 0.1));
    assert!(d.skewness.is_nan() && d.kurtosis.is_nan());
    let d = describe(&[1.0, f64::INFINITY], &[]);
    assert_eq!((d.sum, d.max), (f64::INFINITY, f64::INFINITY));
}

#[test]
fn bins_so_narrow_that_edges_coincide() {
    let values = vec![1.0, 1.0 + f64::EPSILON, 1.0 + 2.0 * f64::EPSILON];
    assert_eq!(counted(&[Numbers::F64(values)], Bins::Equal(100)).unwrap().0.iter().sum::<f64>(), 3.0);
    assert!(counted(&[Numbers::F32(vec![f32::INFINITY])], Bins::Equal(3)).is_err());
}

/// Edges that tempt a guess: even ones, nearly even ones, uneven ones, and values on each edge, beside it and beyond.
#[test]
fn guesses_are_settled_by_the_edges() {
    let even: Vec<f64> = (0..=256).map(|i| f64::from(i) / 256.0 - 0.5).collect();
    let tenths: Vec<f64> = (0..=40).map(|i| f64::from(i) * 0.1).collect();
    let shaken: Vec<f64> = (0..=40).map(|i| f64::from(i) + if i % 3 == 0 { 0.9 } else { 0.0 }).collect();
    let uneven: Vec<f64> = (0..=40).map(|i| f64::from(i).exp2()).collect();
    let close: Vec<f64> = (0..=8).map(|i| 1e15 + f64::from(i) * 0.125).collect();
    let wide = vec![f64::NEG_INFINITY, -1.0, 0.0, 1.0, f64::INFINITY];
    for edges in [even, tenths, shaken, uneven, close, wide, vec![-1e308, 0.0, 1e308], vec![0.0, 5e-324, 1e-323]] {
        let mut values: Vec<f64> = edges.iter().flat_map(|&e| [e, e.next_up(), e.next_down(), e + 0.05]).collect();
        values.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e300, -1e300]);
        let last = edges.len() - 2;
        let plain: Vec<f64> = (0..=last)
            .map(|k| values.iter().filter(|&&v| v >= edges[k] && (v < edges[k + 1] || (k == last && v == edges[k + 1]))).count() as f64)
            .collect();
        assert_eq!(counted(&[Numbers::F64(values)], Bins::Edges(edges.clone())).unwrap().0, plain, "{edges:?}");
    }
}

#[test]
fn pieces_give_the_answer_of_the_whole() {
    let team = Team::default();
    let mut values = noise(ITEM * 2 + 4321);
    values[..ITEM].fill(f64::NAN);
    let pieces: Vec<Numbers> = values.chunks(ITEM).map(|piece| Numbers::F64(piece.to_vec())).collect();
    let mut described = Described::default();
    pieces.iter().for_each(|piece| described.fold(piece, 0, piece.len(), &team).unwrap());
    assert_eq!(format!("{:?}", described.description()), format!("{:?}", describe(&values, &[])));
    assert_eq!(counted(&pieces, Bins::Equal(100)).unwrap(), counted(&[Numbers::F64(values)], Bins::Equal(100)).unwrap());
}

#[test]
fn running_sums() {
    let values = noise(200_000);
    let sums = prefix_sums(&Team::default(), &values).unwrap();
    let mut sum = 0.0;
    for (value, made) in values.iter().zip(sums) {
        sum += value;
        assert!((sum - made).abs() < 1e-9);
    }
}
