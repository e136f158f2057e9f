//! Roots of unity.

use columnar::{Result, alloc};

use crate::lanes::Real;

/// exp(-2 pi i k / n), by the octant of the angle, so that it is right to the last bits for every k.
pub fn root(k: usize, n: usize) -> (f64, f64) {
    // In eighths of a turn: 8 k / n.
    let k = k % n;
    let eighth = 8 * k / n;
    let angle = |k: usize| core::f64::consts::TAU * (k as f64 / n as f64);
    let quarter = |eighths: usize| (eighths * n) as f64 / 8.0;
    let near = |k: f64| core::f64::consts::TAU * (k / n as f64);
    let (sin, cos) = match eighth {
        0 => angle(k).sin_cos(),
        1 | 2 => {
            let (s, c) = near(k as f64 - quarter(2)).sin_cos();
            (c, -s)
        }
        3 | 4 => {
            let (s, c) = near(k as f64 - quarter(4)).sin_cos();
            (-s, -c)
        }
        5 | 6 => {
            let (s, c) = near(k as f64 - quarter(6)).sin_cos();
            (-c, s)
        }
        _ => near(k as f64 - n as f64).sin_cos(),
    };
    (cos, -sin)
}

/// All roots of a length, from two short tables: k = high * 1024 + low.
pub struct Roots {
    n: usize,
    low: Vec<(f64, f64)>,
    high: Vec<(f64, f64)>,
}

const LOW: usize = 1024;

impl Roots {
    pub fn new(n: usize) -> Result<Self> {
        let mut low = alloc::room(LOW.min(n))?;
        low.extend((0..LOW.min(n)).map(|k| root(k, n)));
        let mut high = alloc::room(n.div_ceil(LOW))?;
        high.extend((0..n.div_ceil(LOW)).map(|k| root(k * LOW, n)));
        Ok(Self { n, low, high })
    }

    /// `k` may be any product of two places below n.
    pub fn at<T: Real>(&self, k: usize) -> (T, T) {
        let k = k % self.n;
        let (a, b) = self.low[k % LOW];
        let (c, d) = self.high[k / LOW];
        (T::of(a * c - b * d), T::of(a * d + b * c))
    }
}
