//! Products against sums in f64.

use std::sync::Arc;

use compute_engine::gemm::{Into, Product, gemm};
use compute_engine::job::finish;
use compute_engine::lanes::Real;
use compute_engine::matrix::{View, ViewMut};
use compute_engine::share::Team;
use proptest::prelude::*;

fn noise<T: Real>(n: usize, mut seed: u64) -> Vec<T> {
    (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            T::of((seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
        })
        .collect()
}

fn check<T: Real>(m: usize, n: usize, k: usize, turned: (bool, bool), into: Into) {
    let (a, b, start) = (noise::<T>(m * k, 1), noise::<T>(k * n, 2), noise::<T>((m + 2) * (n + 3), 3));
    let a = if turned.0 { View::new(&a, k, m).transposed() } else { View::new(&a, m, k) };
    let b = if turned.1 { View::new(&b, n, k).transposed() } else { View::new(&b, k, n) };
    let mut c = start.clone();
    gemm(&Team::default(), &mut ViewMut::new(&mut c, m + 2, n + 3).block(1, 2, m, n), a, b, into).unwrap();
    for i in 0..m + 2 {
        for j in 0..n + 3 {
            let before = start[i * (n + 3) + j].f64();
            let made = c[i * (n + 3) + j].f64();
            if i == 0 || i > m || j < 2 || j >= n + 2 {
                assert_eq!(before, made, "outside the block");
                continue;
            }
            let terms = (0..k).map(|p| a.at(i - 1, p).f64() * b.at(p, j - 2).f64());
            let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), x| (sum + x, size + x.abs()));
            let wanted = match into {
                Into::Set => sum,
                Into::Add => before + sum,
                Into::Sub => before - sum,
            };
            let bound = (k as f64 + 1.0) * T::EPSILON.f64() * (size + before.abs());
            assert!((made - wanted).abs() <= bound, "{m} x {n} x {k} at {i}, {j}: {made} instead of {wanted}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn every_shape(m in 0..70usize, n in 0..40usize, k in 0..40usize, left: bool, right: bool, into in prop_oneof![Just(Into::Set), Just(Into::Add), Just(Into::Sub)]) {
        check::<f32>(m, n, k, (left, right), into);
        check::<f64>(m, n, k, (left, right), into);
    }
}

#[test]
fn more_than_one_piece_in_each_direction() {
    check::<f32>(130, 17, 1100, (false, true), Into::Set);
    check::<f64>(130, 17, 600, (true, false), Into::Sub);
    check::<f64>(3, 2060, 5, (false, false), Into::Add);
}

#[test]
fn nan_and_infinity_follow_the_rules() {
    let a = [f64::NAN, 0.0, 1.0, 2.0];
    let b = [f64::INFINITY, 1.0, 0.0, 1.0];
    let mut c = [f64::NAN; 4];
    gemm(&Team::default(), &mut ViewMut::new(&mut c, 2, 2), View::new(&a, 2, 2), View::new(&b, 2, 2), Into::Set).unwrap();
    assert!(c[0].is_nan() && c[1].is_nan());
    assert_eq!(c[2..], [f64::INFINITY, 3.0]);
}

#[test]
fn steps_give_the_whole_product() {
    let (m, k, n) = (520, 1030, 515);
    let (a, b) = (noise::<f64>(m * k, 4), noise::<f64>(k * n, 5));
    let job = Product::new(Arc::new(a.clone()), Arc::new(b.clone()), m, k, n).unwrap();
    let made = finish(job, &Team::default()).unwrap().into_values();
    let mut whole = vec![0.0; m * n];
    gemm(&Team::default(), &mut ViewMut::new(&mut whole, m, n), View::new(&a, m, k), View::new(&b, k, n), Into::Set).unwrap();
    assert!(made == whole);
    for (m, k, n) in [(0, 3, 2), (2, 0, 2), (2, 3, 0)] {
        let job = Product::<f32>::new(Arc::new(vec![1.0; m * k]), Arc::new(vec![1.0; k * n]), m, k, n).unwrap();
        assert_eq!(finish(job, &Team::default()).unwrap().into_values(), vec![0.0; m * n]);
    }
}
