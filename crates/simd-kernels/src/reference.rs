//! Plain f64 loops: what the tests compare every kernel with.

/// Sum of `a_j b_j` in order.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

/// Sum of `(a_j - b_j)^2` in order.
pub fn l2sq(a: &[f32], b: &[f32]) -> f64 {
    let square = |d: f64| d * d;
    a.iter().zip(b).map(|(&x, &y)| square(f64::from(x) - f64::from(y))).sum()
}

/// The canonical dot product as js/src/services/vector/types.ts words it.
pub fn canonical_dot(a: &[f32], b: &[f32]) -> f64 {
    let mut s = [0.0f64; 8];
    for (j, (&x, &y)) in a.iter().zip(b).enumerate() {
        s[j % 8] += f64::from(x) * f64::from(y);
    }
    join(s)
}

/// The canonical squared distance.
pub fn canonical_l2sq(a: &[f32], b: &[f32]) -> f64 {
    let mut s = [0.0f64; 8];
    for (j, (&x, &y)) in a.iter().zip(b).enumerate() {
        let d = f64::from(x) - f64::from(y);
        s[j % 8] += d * d;
    }
    join(s)
}

fn join(s: [f64; 8]) -> f64 {
    ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
}
