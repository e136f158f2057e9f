//! Transforms against the sum itself.

use compute_engine::{fourier::Fft, job, lanes::Real, share::Team};

fn noise(n: usize, mut seed: u64) -> Vec<f64> {
    (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        })
        .collect()
}

fn fft<T: Real>(re: &[f64], im: &[f64], inverse: bool) -> (Vec<f64>, Vec<f64>) {
    let of = |x: &[f64]| x.iter().map(|&x| T::of(x)).collect::<Vec<T>>();
    let (re, im) = job::finish(Fft::new(of(re), of(im), inverse).unwrap(), &Team::default()).unwrap().into_parts();
    (re.into_iter().map(Real::f64).collect(), im.into_iter().map(Real::f64).collect())
}

fn check<T: Real>(n: usize) {
    let (re, im) = (noise(n, 1 + n as u64), noise(n, 2 + n as u64));
    let (a, b) = fft::<T>(&re, &im, false);
    let norm = re.iter().chain(&im).map(|x| x * x).sum::<f64>().sqrt().max(1e-300);
    let bound = 8.0 * (n as f64).log2().max(1.0) * T::EPSILON.f64() * norm * (n as f64).sqrt().max(1.0);
    for k in (0..n).step_by(1 + n / 50) {
        let (mut x, mut y) = (0.0, 0.0);
        for j in 0..n {
            let angle = -core::f64::consts::TAU * ((j * k % n) as f64 / n as f64);
            let (s, c) = angle.sin_cos();
            x += re[j] * c - im[j] * s;
            y += re[j] * s + im[j] * c;
        }
        assert!((a[k] - x).abs() <= bound && (b[k] - y).abs() <= bound, "n = {n}, k = {k}: {} {} instead of {x} {y}", a[k], b[k]);
    }
    let (c, d) = fft::<T>(&a, &b, true);
    let bound = 16.0 * (n as f64).log2().max(1.0) * T::EPSILON.f64() * norm;
    assert!(c.iter().zip(&re).chain(d.iter().zip(&im)).all(|(x, y)| (x - y).abs() <= bound), "n = {n}: there and back");
}

#[test]
fn every_short_length() {
    (1..=130).for_each(check::<f64>);
    (1..=130).for_each(check::<f32>);
}

#[test]
fn long_lengths_of_every_kind() {
    for n in [243, 625, 1000, 1009, 1024, 2048, 3600, 4096, 5003, 6561, 10_000, 16_384, 30_011] {
        check::<f64>(n);
        check::<f32>(n);
    }
}

#[test]
fn nothing_is_the_transform_of_nothing() {
    assert_eq!(fft::<f64>(&[], &[], false), (vec![], vec![]));
}
