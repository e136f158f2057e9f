//! Decompositions by what they promise: residuals, orthogonality, shapes, and what they refuse.

use columnar::ErrorCode;
use compute_engine::dense::vector::transpose_into;
use compute_engine::dense::{Cholesky, Eigen, Pca, Qr, Solve, Spread, Svd};
use compute_engine::gemm::{Into, gemm};
use compute_engine::job::finish;
use compute_engine::matrix::{View, ViewMut};
use compute_engine::share::Team;

fn noise(n: usize, mut seed: u64) -> Vec<f64> {
    (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        })
        .collect()
}

fn product(a: View<'_, f64>, b: View<'_, f64>) -> Vec<f64> {
    let mut c = vec![0.0; a.rows * b.cols];
    gemm(&Team::default(), &mut ViewMut::new(&mut c, a.rows, b.cols), a, b, Into::Set).unwrap();
    c
}

fn largest(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |m: f64, x| if x.is_nan() { f64::INFINITY } else { m.max(x.abs()) })
}

fn off(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    largest(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}

fn identity(n: usize) -> Vec<f64> {
    let mut a = vec![0.0; n * n];
    a.iter_mut().step_by(n + 1).for_each(|x| *x = 1.0);
    a
}

fn orthonormal(q: &[f64], m: usize, n: usize) {
    let q = View::new(q, m, n);
    assert!(off(&product(q.transposed(), q), &identity(n)) < 1e-13 * (m.max(4) as f64), "{m} x {n} is not orthonormal");
}

const SHAPES: [(usize, usize); 16] = [
    (1, 1),
    (2, 2),
    (3, 3),
    (5, 5),
    (33, 33),
    (64, 64),
    (70, 70),
    (131, 131),
    (7, 3),
    (3, 7),
    (100, 40),
    (40, 100),
    (40, 33),
    (65, 64),
    (1, 9),
    (9, 1),
];

#[test]
fn qr_of_every_shape() {
    for (m, n) in SHAPES.into_iter().chain([(0, 3), (3, 0)]) {
        let a: Vec<f64> = noise(m * n, 5).iter().map(|x| x * 1e200).collect();
        let (q, r) = finish(Qr::new(a.clone(), m, n), &Team::default()).unwrap().into_parts();
        let least = m.min(n);
        assert!(off(&product(View::new(&q, m, least), View::new(&r, least, n)), &a) <= 1e-14 * 1e200 * (m + n) as f64, "{m} x {n}");
        orthonormal(&q, m, least);
        assert!((0..least).all(|i| r[i * n + i] >= 0.0 && r[i * n..i * n + i].iter().all(|&x| x == 0.0)));
    }
    let (q, r) = finish(Qr::new(vec![0.0; 12], 4, 3), &Team::default()).unwrap().into_parts();
    orthonormal(&q, 4, 3);
    assert_eq!(largest(&r), 0.0);
}

fn check_svd(a: &[f64], m: usize, n: usize) -> Vec<f64> {
    let (u, s, vt) = finish(Svd::new(a.to_vec(), m, n).unwrap(), &Team::default()).unwrap().into_parts().unwrap();
    let r = m.min(n);
    assert_eq!((u.len(), s.len(), vt.len()), (m * r, r, r * n));
    orthonormal(&u, m, r);
    let v = View::new(&vt, r, n).transposed();
    assert!(off(&product(v.transposed(), v), &identity(r)) < 1e-13 * n.max(4) as f64, "{m} x {n}: vt");
    assert!(s.windows(2).all(|w| w[0] >= w[1]) && s.iter().all(|&x| x >= 0.0));
    let scaled: Vec<f64> = u.iter().enumerate().map(|(i, x)| x * s[i % r]).collect();
    let bound = 1e-14 * m.max(n).max(4) as f64 * s.first().copied().unwrap_or(0.0).max(1e-300);
    let residual = off(&product(View::new(&scaled, m, r), View::new(&vt, r, n)), a);
    assert!(residual <= bound, "{m} x {n}: {residual} above {bound}");
    for k in 0..r {
        let column: Vec<f64> = u[k..].iter().step_by(r).copied().collect();
        let top = largest(&column);
        assert!(column.iter().find(|x| x.abs() == top).is_some_and(|&x| x > 0.0), "{m} x {n}: the sign of column {k}");
    }
    s
}

#[test]
fn svd_of_every_shape() {
    for (m, n) in SHAPES {
        check_svd(&noise(m * n, 9), m, n);
        check_svd(&noise(m * n, 9).iter().map(|x| x * 1e-200).collect::<Vec<_>>(), m, n);
    }
}

#[test]
fn svd_of_special_matrices() {
    check_svd(&[0.0; 20], 4, 5);
    check_svd(&identity(17), 17, 17);
    assert_eq!(check_svd(&[1.0; 12], 3, 4)[1..].iter().filter(|&&x| x > 1e-15).count(), 0);
    // Rank two, a zero row and column, and values on the diagonal of all sizes.
    let (x, y) = (noise(40, 1), noise(40, 2));
    let a: Vec<f64> = (0..1600).map(|i| x[i / 40] * y[i % 40] + y[i / 40] * x[39 - i % 40]).collect();
    assert!(check_svd(&a, 40, 40)[2] < 1e-14);
    let mut a = noise(400, 3);
    (0..20).for_each(|i| (a[7 * 20 + i], a[i * 20 + 3]) = (0.0, 0.0));
    check_svd(&a, 20, 20);
    let mut graded = identity(30);
    (0..30).for_each(|i| graded[i * 31] = 10f64.powi(-(i as i32)));
    (0..29).for_each(|i| graded[i * 31 + 1] = 10f64.powi(-(i as i32)));
    check_svd(&graded, 30, 30);
    let hilbert: Vec<f64> = (0..144).map(|i| 1.0 / ((i / 12 + i % 12 + 1) as f64)).collect();
    assert!((check_svd(&hilbert, 12, 12)[0] - 1.795_372_059_56).abs() < 1e-9);
    // A bidiagonal with zeros on its diagonal, which takes the way around.
    let mut b = vec![0.0; 36];
    (0..5).for_each(|i| b[i * 7 + 1] = 1.0 + i as f64);
    (1..6).step_by(2).for_each(|i| b[i * 7] = 2.0);
    check_svd(&b, 6, 6);
}

#[test]
fn eigenvalues_of_symmetric_matrices() {
    for n in [1, 2, 3, 5, 32, 33, 34, 65, 100, 131] {
        let x = noise(n * n, 4);
        let a: Vec<f64> = (0..n * n).map(|i| x[i] + x[i % n * n + i / n]).collect();
        let (values, rows) = finish(Eigen::new(a.clone(), n).unwrap(), &Team::default()).unwrap().into_parts();
        assert!(values.windows(2).all(|w| w[0] <= w[1]));
        let mut vectors = vec![0.0; n * n];
        transpose_into(&rows, n, n, &mut vectors);
        orthonormal(&vectors, n, n);
        let av = product(View::new(&a, n, n), View::new(&vectors, n, n));
        let vd: Vec<f64> = vectors.iter().enumerate().map(|(i, x)| x * values[i % n]).collect();
        assert!(off(&av, &vd) < 1e-14 * n.max(4) as f64 * largest(&a).max(1.0) * 2.0, "{n}");
    }
    let (values, _) = finish(Eigen::new(vec![2.0, 1.0, 1.0, 2.0], 2).unwrap(), &Team::default()).unwrap().into_parts();
    assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
    let (values, rows) = finish(Eigen::new(vec![0.0; 9], 3).unwrap(), &Team::default()).unwrap().into_parts();
    assert_eq!((values, rows), (vec![0.0; 3], identity(3)));
    assert_eq!(finish(Eigen::new(vec![], 0).unwrap(), &Team::default()).unwrap().into_parts(), (vec![], vec![]));
}

#[test]
fn systems_are_solved() {
    for n in [1, 2, 5, 31, 32, 33, 64, 100, 150] {
        for m in [1, 3, 40] {
            let (a, x) = (noise(n * n, 6), noise(n * m, 7));
            let b = product(View::new(&a, n, n), View::new(&x, n, m));
            let made = finish(Solve::new(a.clone(), b.clone(), n, m).unwrap(), &Team::default()).unwrap().into_solution();
            let back = product(View::new(&a, n, n), View::new(&made, n, m));
            assert!(off(&back, &b) < 1e-13 * n as f64 * largest(&made).max(1.0), "{n}, {m}");
        }
    }
    assert!(finish(Solve::new(vec![], vec![], 0, 3).unwrap(), &Team::default()).unwrap().into_solution().is_empty());
    // A first pivot of zero, and rows of very different sizes.
    let made = finish(Solve::new(vec![0.0, 1e-200, 1e200, 0.0], vec![3e-200, 2e200], 2, 1).unwrap(), &Team::default()).unwrap();
    let made = made.into_solution();
    assert!((made[0] - 2.0).abs() < 1e-15 && (made[1] - 3.0).abs() < 1e-14);
}

#[test]
fn singular_systems_are_refused() {
    for (a, n) in [(vec![0.0], 1), (vec![1.0, 2.0, 2.0, 4.0], 2), (vec![1.0; 2500], 50)] {
        let outcome = finish(Solve::new(a, vec![1.0; n], n, 1).unwrap(), &Team::default());
        assert_eq!(outcome.err().map(|e| e.code), Some(ErrorCode::Singular));
    }
    for (a, n) in [(vec![-1.0], 1), (vec![1.0, 2.0, 2.0, 1.0], 2), (vec![1.0; 3600], 60)] {
        let outcome = finish(Cholesky::new(a, n).unwrap(), &Team::default());
        assert_eq!(outcome.err().map(|e| e.code), Some(ErrorCode::Singular));
    }
}

#[test]
fn cholesky_of_positive_definite_matrices() {
    for n in [0, 1, 2, 47, 48, 49, 100, 200] {
        let x = noise(n * n, 8);
        let view = View::new(&x, n, n);
        let mut a = product(view, view.transposed());
        a.iter_mut().step_by(n + 1).for_each(|x| *x += 1.0);
        let l = finish(Cholesky::new(a.clone(), n).unwrap(), &Team::default()).unwrap().into_lower();
        assert!((0..n).all(|i| l[i * n + i] > 0.0 && l[i * n + i + 1..(i + 1) * n].iter().all(|&x| x == 0.0)));
        let l = View::new(&l, n, n);
        assert!(off(&product(l, l.transposed()), &a) <= 1e-14 * n as f64 * largest(&a), "{n}");
    }
}

fn spread(job: columnar::Result<Spread>) -> Vec<f64> {
    finish(job.unwrap(), &Team::default()).unwrap().into_values()
}

#[test]
fn covariance_and_correlation_follow_the_definition() {
    let a = [1.0, 2.0, 5.0, 2.0, 4.0, 5.0, 4.0, 8.5, 5.0];
    let made = spread(Spread::covariance(a.to_vec(), 3, 3));
    assert!((made[0] - 7.0 / 3.0).abs() < 1e-15 && (made[1] - 5.083_333_333_333_333).abs() < 1e-14 && made[8] == 0.0);
    let made = spread(Spread::correlation(a.to_vec(), 3, 3));
    assert!(made[0] == 1.0 && made[1] == made[3] && made[1] > 0.99 && made[1] <= 1.0);
    assert!(made[2].is_nan() && made[8].is_nan());
    assert!(spread(Spread::covariance(vec![1.0], 1, 1))[0].is_nan() && spread(Spread::correlation(Vec::new(), 0, 1))[0].is_nan());
}

#[test]
fn components_explain_the_variance() {
    for (n, d) in [(50, 4), (4, 50), (12, 12), (2, 1)] {
        let team = Team::default();
        let a = noise(n * d, 11);
        let count = n.min(d);
        let pca = finish(Pca::new(a.to_vec(), n, d, count).unwrap(), &team).unwrap();
        let rows = View::new(&pca.components, count, d);
        assert!(off(&product(rows, rows.transposed()), &identity(count)) < 1e-8 || n <= d, "{n} x {d}");
        let total: f64 = spread(Spread::covariance(a.to_vec(), n, d)).iter().step_by(d + 1).sum();
        assert!((pca.variance.iter().sum::<f64>() - total).abs() < 1e-12 * total);
        assert!(pca.variance.windows(2).all(|w| w[0] >= w[1]));
        for k in 0..count {
            let column: Vec<f64> = pca.projected[k..].iter().step_by(count).copied().collect();
            let variance = column.iter().map(|x| x * x).sum::<f64>() / (n as f64 - 1.0);
            assert!((variance - pca.variance[k]).abs() < 1e-12 * total, "{n} x {d}, {k}");
        }
    }
}
