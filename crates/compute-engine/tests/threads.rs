//! Any number of threads gives what one gives, to the last bit.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use compute_engine::convolve::{Convolve, Mode};
use compute_engine::dense::{Cholesky, Eigen, Pca, Qr, Solve, Spread, Svd};
use compute_engine::distances::{Distances, Metric};
use compute_engine::fourier::Fft;
use compute_engine::gemm::Product;
use compute_engine::job::{Job, finish};
use compute_engine::kmeans::KMeans;
use compute_engine::lanes::Real;
use compute_engine::numbers::Numbers;
use compute_engine::share::Team;
use compute_engine::sort::{Argsort, Sort};
use compute_engine::statistics::{Bins, Describe, Histogram, prefix_sums};
use rayon_core::ThreadPoolBuilder;

static LOST: AtomicU32 = AtomicU32::new(0);

fn team(threads: usize) -> Team {
    let mut team = Team::default();
    if threads > 1 {
        team.hire(ThreadPoolBuilder::new().num_threads(threads - 1).build().unwrap(), &LOST);
    }
    assert_eq!(team.size(), threads);
    team
}

fn noise<T: Real>(n: usize, mut seed: u64) -> Vec<T> {
    (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            T::of((seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
        })
        .collect()
}

/// Values by their bits, so that -0 is not 0 and a NaN is itself.
fn bits<T: Real>(values: &[T]) -> Vec<u64> {
    values.iter().map(|v| v.f64().to_bits()).collect()
}

/// `work` on one, two and three threads.
fn same<R: PartialEq + core::fmt::Debug>(what: &str, work: impl Fn(&Team) -> R) {
    let one = work(&team(1));
    for threads in [2, 3] {
        assert!(work(&team(threads)) == one, "{what}: {threads} threads");
    }
}

/// The first steps on one thread, the others on `threads`: helpers come and go within a job.
fn joined<J: Job>(mut job: J, team: &Team) -> J {
    let alone = Team::default();
    let mut step = 0;
    loop {
        step += 1;
        if job.step(if step % 3 == 0 { &alone } else { team }).unwrap() {
            return job;
        }
    }
}

#[test]
fn products_and_decompositions() {
    fn product<T: Real>() {
        let (m, k, n) = (150, 700, 530);
        let (a, b) = (Arc::new(noise::<T>(m * k, 1)), Arc::new(noise::<T>(k * n, 2)));
        same("product", |team| bits(&joined(Product::new(Arc::clone(&a), Arc::clone(&b), m, k, n).unwrap(), team).into_values()));
    }
    product::<f32>();
    product::<f64>();
    let n = 150;
    let a = noise::<f64>(n * n, 3);
    let symmetric: Vec<f64> = (0..n * n).map(|i| a[i] + a[i % n * n + i / n] + if i / n == i % n { 400.0 } else { 0.0 }).collect();
    same("solve", |team| bits(&joined(Solve::new(a.clone(), noise(n * 40, 4), n, 40).unwrap(), team).into_solution()));
    same("cholesky", |team| bits(&joined(Cholesky::new(symmetric.clone(), n).unwrap(), team).into_lower()));
    same("qr", |team| {
        let (q, r) = joined(Qr::new(a.clone(), n, n), team).into_parts();
        (bits(&q), bits(&r))
    });
    // Smaller ones are one thread's, whatever the team.
    let n = 520;
    let a = noise::<f64>(n * n, 14);
    let symmetric: Vec<f64> = (0..n * n).map(|i| a[i] + a[i % n * n + i / n]).collect();
    same("svd", |team| {
        let (u, s, vt) = joined(Svd::new(a.clone(), n, n).unwrap(), team).into_parts().unwrap();
        (bits(&u), bits(&s), bits(&vt))
    });
    same("eigh", |team| {
        let (values, vectors) = joined(Eigen::new(symmetric.clone(), n).unwrap(), team).into_parts();
        (bits(&values), bits(&vectors))
    });
    same("correlation", |team| bits(&joined(Spread::correlation(noise(20_000, 5), 1000, 20).unwrap(), team).into_values()));
    same("pca", |team| {
        let job = joined(Pca::new(noise(20_000, 6), 1000, 20, 3).unwrap(), team);
        (bits(&job.components), bits(&job.variance), bits(&job.projected))
    });
}

#[test]
fn points_and_images() {
    let (n, d) = (5000, 12);
    let x = Arc::new(noise::<f32>(n * d, 7));
    same("k-means", |team| {
        let job = joined(KMeans::new(Arc::clone(&x), n, d, 20, 12, 0.0, 9).unwrap(), team);
        (bits(job.centroids()), job.labels().to_vec(), job.inertia().to_bits(), job.iterations())
    });
    for metric in [Metric::L2, Metric::L2Squared, Metric::Cosine] {
        let x = Arc::new(noise::<f64>(700 * d, 8));
        same("distances", |team| bits(&joined(Distances::new(Arc::clone(&x), 700, d, None, metric).unwrap(), team).into_distances()));
    }
    let (image, kernel) = (noise::<f32>(300 * 201, 9), noise::<f32>(7 * 5, 10));
    same("convolution", |team| {
        bits(&joined(Convolve::new(&image, (300, 201), &kernel, (7, 5), Mode::Same, true).unwrap(), team).into_parts().0)
    });
}

#[test]
fn columns() {
    let mut values = noise::<f64>(300_007, 11);
    for i in (0..values.len()).step_by(997) {
        values[i] = [f64::NAN, -0.0, 0.0, 1e300, -1e-300][i % 5];
    }
    for descending in [false, true] {
        same("sort", |team| bits(&joined(Sort::new(&values, descending, team).unwrap(), team).into_values()));
        same("argsort", |team| joined(Argsort::new(&values, descending, team).unwrap(), team).into_places());
    }
    same("describe", |team| {
        let d = joined(Describe::new(Numbers::F64(values.clone()), vec![0.1, 0.5]), team).into_description();
        (bits(&[d.sum, d.min, d.max, d.mean, d.variance, d.skewness, d.kurtosis]), bits(&d.quantiles), d.count)
    });
    let finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    for bins in [Bins::Equal(37), Bins::Edges(vec![-0.4, 0.0, 0.1, 0.5])] {
        same("histogram", |team| {
            let (mut histogram, values) = (Histogram::new(bins.clone(), team).unwrap(), Numbers::F64(finite.clone()));
            histogram.fold(&values, finite.len(), team).unwrap();
            if histogram.again().unwrap() {
                histogram.fold(&values, finite.len(), team).unwrap();
            }
            let (counts, edges) = histogram.into_counts().unwrap();
            (bits(&counts), bits(&edges))
        });
    }
    same("prefix sums", |team| bits(&prefix_sums(team, &finite).unwrap()));
    // A product of small primes, a power of two, a prime.
    for len in [60_000, 1 << 16, 50_021] {
        same("transform", |team| {
            let (re, im) = joined(Fft::new(noise::<f64>(len, 12), noise::<f64>(len, 13), false).unwrap(), team).into_parts();
            (bits(&re), bits(&im))
        });
    }
}

#[test]
fn helpers_really_take_part() {
    let ids = std::sync::Mutex::new(std::collections::HashSet::new());
    team(3).share(0..200, &mut [(), (), ()], |_, ()| {
        ids.lock().unwrap().insert(std::thread::current().id());
        std::thread::sleep(std::time::Duration::from_micros(200));
    });
    assert!(ids.into_inner().unwrap().len() > 1);
    // A job runs to its end with them as without.
    let job = Product::new(Arc::new(noise::<f32>(64, 1)), Arc::new(noise::<f32>(64, 2)), 8, 8, 8).unwrap();
    assert_eq!(finish(job, &team(2)).unwrap().into_values().len(), 64);
}
