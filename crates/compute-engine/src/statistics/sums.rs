//! Sums that lose nothing on the way: Knuth's TwoSum (TAOCP 4.2.2) in lanes, in a fixed order.

/// A sum, and what rounding left over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    high: f64,
    low: f64,
}

/// Chains that hide the latency of additions.
const LANES: usize = 8;

impl Sum {
    #[inline(always)]
    pub fn add(&mut self, high: f64, low: f64) {
        let s = self.high + high;
        let t = s - self.high;
        self.low += (self.high - (s - t)) + (high - t) + low;
        self.high = s;
    }

    pub fn join(&mut self, other: Self) {
        self.add(other.high, other.low);
    }

    /// An infinity makes the lows NaN, and is the answer itself.
    pub fn total(&self) -> f64 {
        if self.high.is_finite() { self.high + self.low } else { self.high }
    }

    pub fn of(values: &[f64]) -> Self {
        let (chunks, rest) = values.as_chunks::<LANES>();
        let (mut high, mut low) = ([0.0; LANES], [0.0; LANES]);
        for x in chunks {
            for lane in 0..LANES {
                let s = high[lane] + x[lane];
                let t = s - high[lane];
                low[lane] += (high[lane] - (s - t)) + (x[lane] - t);
                high[lane] = s;
            }
        }
        let mut sum = Self::default();
        high.iter().zip(low).for_each(|(&high, low)| sum.add(high, low));
        rest.iter().for_each(|&x| sum.add(x, 0.0));
        sum
    }
}
