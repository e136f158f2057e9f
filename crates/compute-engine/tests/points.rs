//! Distances, clusters, convolution and expressions against plain loops.

use std::sync::Arc;

use columnar::ErrorCode;
use compute_engine::convolve::{Convolve, Mode};
use compute_engine::distances::{Distances, Metric};
use compute_engine::evaluate::{Evaluator, Reduced};
use compute_engine::job::finish;
use compute_engine::kmeans::KMeans;
use compute_engine::lanes::Real;
use compute_engine::numbers::Numbers;
use compute_engine::share::Team;

fn noise<T: Real>(n: usize, mut seed: u64) -> Vec<T> {
    (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            T::of((seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
        })
        .collect()
}

fn distance<T: Real>(x: &[T], y: &[T], metric: Metric) -> f64 {
    let pairs = || x.iter().zip(y).map(|(x, y)| (x.f64(), y.f64()));
    let square: f64 = pairs().map(|(x, y)| (x - y) * (x - y)).sum();
    match metric {
        Metric::L2 => square.sqrt(),
        Metric::L2Squared => square,
        Metric::Cosine => {
            let norm = |v: &[T]| v.iter().map(|x| x.f64() * x.f64()).sum::<f64>().sqrt();
            let both = norm(x) * norm(y);
            if both == 0.0 { 1.0 } else { 1.0 - pairs().map(|(x, y)| x * y).sum::<f64>() / both }
        }
    }
}

fn between<T: Real>(a: &[T], m: usize, d: usize, b: Option<(&[T], usize)>, metric: Metric) -> Vec<T> {
    let b = b.map(|(b, n)| (Arc::new(b.to_vec()), n));
    finish(Distances::new(Arc::new(a.to_vec()), m, d, b, metric).unwrap(), &Team::default()).unwrap().into_distances()
}

fn check_distances<T: Real>() {
    for metric in [Metric::L2, Metric::L2Squared, Metric::Cosine] {
        for (m, n, d) in [(1, 1, 1), (5, 7, 3), (70, 33, 20), (40, 100, 130), (3, 3, 0), (0, 4, 2)] {
            let (mut a, b) = (noise::<T>(m * d, 1), noise::<T>(n * d, 2));
            if m > 2 {
                a.copy_within(0..d, d);
                a[2 * d..3 * d].fill(T::default());
            }
            for own in [false, true] {
                let made = between(&a, m, d, (!own).then_some((&b, n)), metric);
                let (other, n) = if own { (&a, m) } else { (&b, n) };
                assert_eq!(made.len(), m * n);
                for i in 0..m {
                    for j in 0..n {
                        let (x, y) = (&a[i * d..(i + 1) * d], &other[j * d..(j + 1) * d]);
                        let wanted = if own && i == j && (metric != Metric::Cosine || distance(x, y, metric) < 0.5) {
                            0.0
                        } else {
                            distance(x, y, metric)
                        };
                        let found = made[i * n + j].f64();
                        assert!(
                            (found - wanted).abs() <= 64.0 * T::EPSILON.f64() * wanted.max(0.05),
                            "{metric:?} {m} {n} {d}: {found} for {wanted}"
                        );
                        assert!(found >= 0.0 && (!own || found == made[j * n + i].f64()));
                    }
                }
            }
        }
    }
}

#[test]
fn distances_of_every_shape() {
    check_distances::<f32>();
    check_distances::<f64>();
}

#[test]
fn distances_that_cancel_or_overflow() {
    let a = [1e6f32, 1e6, 1e6, 1e6 + 1.0];
    assert_eq!(between(&a, 2, 2, None, Metric::L2), [0.0, 1.0, 1.0, 0.0]);
    let a = [1e30f32, 0.0, -1e30, 1.0];
    assert_eq!(between(&a, 2, 2, None, Metric::L2)[1], 2e30);
    let made = between(&[f64::INFINITY, 1.0, f64::NAN, 2.0], 2, 2, Some((&[1.0, 1.0], 1)), Metric::L2);
    assert!(made[0] == f64::INFINITY && made[1].is_nan());
}

/// Lloyd's algorithm in plain loops.
fn lloyd<T: Real>(x: &[T], d: usize, mut centroids: Vec<f64>, most: usize) -> (Vec<f64>, Vec<u32>, usize) {
    let k = centroids.len() / d;
    let mut labels = vec![u32::MAX; x.len() / d];
    for iterations in 0.. {
        let mut changed = false;
        for (label, x) in labels.iter_mut().zip(x.chunks(d)) {
            let (mut best, mut at) = (f64::INFINITY, 0);
            for c in 0..k {
                let square = x.iter().zip(&centroids[c * d..]).fold(0.0, |s, (x, c)| s + (x.f64() - c) * (x.f64() - c));
                if square < best {
                    (best, at) = (square, c as u32);
                }
            }
            changed |= *label != at;
            *label = at;
        }
        if !changed || iterations == most {
            return (centroids, labels, iterations);
        }
        let mut sums = vec![0.0; k * d];
        let mut counts = vec![0.0; k];
        for (&label, x) in labels.iter().zip(x.chunks(d)) {
            counts[label as usize] += 1.0;
            (0..d).for_each(|j| sums[label as usize * d + j] += x[j].f64());
        }
        assert!(counts.iter().all(|&c| c > 0.0));
        centroids = sums.iter().enumerate().map(|(i, s)| s * (1.0 / counts[i / d])).collect();
    }
    unreachable!()
}

fn check_clusters<T: Real>() {
    for (n, d, k) in [(300, 2, 5), (1000, 17, 20), (64, 3, 1), (257, 1, 9)] {
        let x = Arc::new(noise::<T>(n * d, 3));
        // Without an iteration the centroids are the seeds.
        let seeds = finish(KMeans::new(Arc::clone(&x), n, d, k, 0, 0.0, 9).unwrap(), &Team::default()).unwrap();
        let (centroids, labels, iterations) = lloyd(&x, d, seeds.centroids().to_vec(), 300);
        let made = finish(KMeans::new(Arc::clone(&x), n, d, k, 300, 0.0, 9).unwrap(), &Team::default()).unwrap();
        assert_eq!((made.labels(), made.iterations()), (&labels[..], iterations), "{n} {d} {k}");
        assert!(made.centroids().iter().zip(centroids).all(|(a, b)| (a - b).abs() < 1e-13));
    }
}

#[test]
fn clusters_are_those_of_plain_loops() {
    check_clusters::<f32>();
    check_clusters::<f64>();
}

#[test]
fn clusters_of_few_different_points() {
    let x = Arc::new([vec![1.0f64; 5], vec![2.0; 5]].concat());
    let made = finish(KMeans::new(x, 10, 1, 4, 50, 1e-4, 1).unwrap(), &Team::default()).unwrap();
    let mut counts = [0; 4];
    made.labels().iter().for_each(|&label| counts[label as usize] += 1);
    assert_eq!(made.inertia(), 0.0);
    let x = Arc::new(vec![1e30f32, 1.0, 2.0, -1e30]);
    let made = finish(KMeans::new(x, 4, 1, 3, 50, 0.0, 1).unwrap(), &Team::default()).unwrap();
    assert_eq!(made.labels()[1], made.labels()[2]);
}

fn check_convolution<T: Real>() {
    for (h, w, kh, kw) in
        [(5, 7, 3, 3), (8, 8, 2, 2), (9, 6, 1, 5), (40, 50, 4, 7), (3, 40, 3, 17), (1, 1, 1, 1), (2, 2, 3, 3), (0, 0, 1, 1)]
    {
        let (image, kernel) = (noise::<T>(h * w, 1), noise::<T>(kh * kw, 2));
        for mode in [Mode::Valid, Mode::Same, Mode::Full] {
            for flip in [false, true] {
                let job = Convolve::new(&image, (h, w), &kernel, (kh, kw), mode, flip).unwrap();
                let (made, rows, cols) = finish(job, &Team::default()).unwrap().into_parts();
                let around = |k: usize| match mode {
                    Mode::Valid => 0,
                    Mode::Same => k / 2,
                    Mode::Full => k - 1,
                };
                let size = |n: usize, k: usize| match mode {
                    Mode::Valid => (n + 1).saturating_sub(k),
                    Mode::Same => n,
                    Mode::Full => n + k - 1,
                };
                assert_eq!((rows, cols), (size(h, kh), size(w, kw)));
                for (at, made) in made.iter().enumerate() {
                    let mut sum = 0.0;
                    for r in 0..kh {
                        for c in 0..kw {
                            let (y, x) = ((at / cols + r).wrapping_sub(around(kh)), (at % cols + c).wrapping_sub(around(kw)));
                            if y < h && x < w {
                                let tap = if flip { (kh - 1 - r) * kw + kw - 1 - c } else { r * kw + c };
                                sum += image[y * w + x].f64() * kernel[tap].f64();
                            }
                        }
                    }
                    assert!((made.f64() - sum).abs() <= (kh * kw) as f64 * T::EPSILON.f64());
                }
            }
        }
    }
}

#[test]
fn convolution_of_every_mode() {
    check_convolution::<f32>();
    check_convolution::<f64>();
}

#[test]
fn expressions_over_columns() {
    let x = || Numbers::F64(vec![3.0, 0.1, f64::NAN]);
    let y = || Numbers::I32(vec![4, 0, 1]);
    let columns = || vec![("x".into(), false), ("y".into(), true)];
    let made = Evaluator::new(b"sqrt(x*x + y*y)", columns()).unwrap().values(vec![x(), y()]).unwrap();
    assert!(made[0] == 5.0 && (made[1] - 0.1).abs() < 1e-16 && made[2].is_nan());
    let condition = Evaluator::new(b"y > 0", columns()).unwrap();
    assert!(condition.is_condition());
    assert_eq!(condition.values(vec![x(), y()]).unwrap(), [1.0, 0.0, 1.0]);
    let mut reduced = Reduced::default();
    let whole = Evaluator::new(b"y * 2", columns()).unwrap();
    whole.reduce(vec![x(), y()], &mut reduced).unwrap();
    whole.reduce(vec![x(), y()], &mut reduced).unwrap();
    assert_eq!((reduced.sum(), reduced.count(), reduced.min(), reduced.max(), reduced.mean()), (20.0, 6, 0.0, 8.0, 20.0 / 6.0));
    assert!(Reduced::default().mean().is_nan() && Reduced::default().min().is_nan());
    assert_eq!(Evaluator::new(b"z + 1", columns()).err().map(|e| e.code), Some(ErrorCode::InvalidArgument));
    assert_eq!(Evaluator::new(b"x +", columns()).err().map(|e| e.code), Some(ErrorCode::Parse));
    assert_eq!(Evaluator::new(b"'text'", columns()).err().map(|e| e.code), Some(ErrorCode::InvalidArgument));
}
