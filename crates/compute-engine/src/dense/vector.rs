//! Loops over rows. Sums run in eight chains, in a fixed order.

const LANES: usize = 8;

#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    join(sums) + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

fn join(s: [f64; LANES]) -> f64 {
    ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]))
}

/// y += s x
#[inline]
pub fn axpy(s: f64, x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += s * x);
}

/// y += s x, and y dot z.
#[inline]
pub fn axpy_dot(s: f64, x: &[f64], y: &mut [f64], z: &[f64]) -> f64 {
    let ((x, x_rest), (z, z_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), z.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
    let mut sums = [0.0; LANES];
    for ((x, z), y) in x.iter().zip(z).zip(y) {
        for lane in 0..LANES {
            y[lane] += s * x[lane];
            sums[lane] += y[lane] * z[lane];
        }
    }
    let mut sum = join(sums);
    for ((x, z), y) in x_rest.iter().zip(z_rest).zip(y_rest) {
        *y += s * x;
        sum += *y * z;
    }
    sum
}

/// y -= a u + b w, and y dot z.
#[inline]
pub fn two_axpy_dot((a, u): (f64, &[f64]), (b, w): (f64, &[f64]), y: &mut [f64], z: &[f64]) -> f64 {
    let ((u, u_rest), (w, w_rest)) = (u.as_chunks::<LANES>(), w.as_chunks::<LANES>());
    let ((z, z_rest), (y, y_rest)) = (z.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
    let mut sums = [0.0; LANES];
    for (((u, w), z), y) in u.iter().zip(w).zip(z).zip(y) {
        for lane in 0..LANES {
            y[lane] -= a * u[lane] + b * w[lane];
            sums[lane] += y[lane] * z[lane];
        }
    }
    let mut sum = join(sums);
    for (((u, w), z), y) in u_rest.iter().zip(w_rest).zip(z_rest).zip(y_rest) {
        *y -= a * u + b * w;
        sum += *y * z;
    }
    sum
}

/// The Householder reflector I - tau v v' (v[0] = 1) that takes x to beta e0 (Golub and Van Loan 5.1). v replaces x; gives tau and beta.
/// Where x is zero but for its first place it is left as it is: tau is 0.
pub fn reflector(x: &mut [f64]) -> (f64, f64) {
    let Some((first, rest)) = x.split_first_mut() else { return (0.0, 0.0) };
    let alpha = core::mem::replace(first, 1.0);
    let below = dot(rest, rest).sqrt();
    if below == 0.0 {
        return (0.0, alpha);
    }
    let beta = -alpha.hypot(below).copysign(alpha);
    let scale = 1.0 / (alpha - beta);
    rest.iter_mut().for_each(|x| *x *= scale);
    ((beta - alpha) / beta, beta)
}

/// The power of two next to a magnitude, for exact scaling; 1 of 0.
pub fn power_above(value: f64) -> f64 {
    if value == 0.0 { 1.0 } else { value.log2().floor().clamp(-1021.0, 1022.0).exp2() }
}

/// By how much a power of two brings the largest magnitude near 1, so that squares neither overflow nor vanish.
pub fn scale_of(data: &[f64]) -> f64 {
    power_above(data.iter().fold(0.0, |largest, x| if x.abs() > largest { x.abs() } else { largest }))
}

/// Whether the entry of largest magnitude is negative: the first one but for a millionth, so that rounding does not choose among equals.
pub fn points_down(x: impl Iterator<Item = f64>) -> bool {
    let (mut best, mut negative) = (0.0, false);
    for value in x {
        if value.abs() > best * (1.0 + 1e-6) {
            (best, negative) = (value.abs(), value < 0.0);
        }
    }
    negative
}

/// Element (j, i) of `data`, rows x cols, to (i, j).
pub fn transpose_into<T: Copy>(data: &[T], rows: usize, cols: usize, into: &mut [T]) {
    const SIDE: usize = 16;
    for i0 in (0..rows).step_by(SIDE) {
        for j0 in (0..cols).step_by(SIDE) {
            for j in j0..cols.min(j0 + SIDE) {
                let from = data[i0 * cols + j..].iter().step_by(cols);
                into[j * rows + i0..j * rows + rows.min(i0 + SIDE)].iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    }
}
