//! Central moments of blocks, joined by the formulas of Pébay (Sandia report 2008-6212).

const LANES: usize = 8;

#[derive(Clone, Copy, Debug, Default)]
pub struct Moments {
    pub count: f64,
    /// Less a value that all blocks share: far from zero the mean itself is too coarse.
    pub mean: f64,
    pub m2: f64,
    pub m3: f64,
    pub m4: f64,
}

impl Moments {
    /// Of values around `near`, which is their mean but for rounding.
    pub fn of(values: &[f64], near: f64, shift: f64) -> Self {
        let (chunks, rest) = values.as_chunks::<LANES>();
        let (mut m1, mut m2, mut m3, mut m4) = ([0.0; LANES], [0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for x in chunks {
            for lane in 0..LANES {
                let d = x[lane] - near;
                let square = d * d;
                m1[lane] += d;
                m2[lane] += square;
                m3[lane] += square * d;
                m4[lane] += square * square;
            }
        }
        for (lane, x) in rest.iter().enumerate() {
            let d = x - near;
            let square = d * d;
            m1[lane] += d;
            m2[lane] += square;
            m3[lane] += square * d;
            m4[lane] += square * square;
        }
        let count = values.len() as f64;
        let [m1, m2, m3, m4] = [m1, m2, m3, m4].map(|lanes| lanes.iter().sum::<f64>());
        // From `near` to the mean itself.
        let d = m1 / count;
        Self {
            count,
            mean: (near - shift) + d,
            m2: m2 - m1 * d,
            m3: m3 - d * (3.0 * m2 - 2.0 * m1 * d),
            m4: m4 - d * (4.0 * m3 - d * (6.0 * m2 - 3.0 * m1 * d)),
        }
    }

    pub fn join(&mut self, part: &Self) {
        if self.count == 0.0 {
            *self = *part;
            return;
        }
        if part.count == 0.0 {
            return;
        }
        let (a, b) = (self.count, part.count);
        let count = a + b;
        let delta = part.mean - self.mean;
        let shift = delta / count;
        let term = delta * shift * a * b;
        self.m4 += part.m4
            + term * shift * shift * (a * a - a * b + b * b)
            + 6.0 * shift * shift * (a * a * part.m2 + b * b * self.m2)
            + 4.0 * shift * (a * part.m3 - b * self.m3);
        self.m3 += part.m3 + term * shift * (a - b) + 3.0 * shift * (a * part.m2 - b * self.m2);
        self.m2 += part.m2 + term;
        self.mean += shift * b;
        self.count = count;
    }
}
