//! One read of the values, block by block.

use columnar::{Result, alloc};

use super::moments::Moments;
use super::quantiles::quantiles;
use super::sums::Sum;
use crate::job::Job;
use crate::numbers::{BLOCK, ITEM, ITEMS, Numbers};
use crate::share::Team;

/// Of the values that are not NaN. Variance is of a sample (n - 1), skewness m3 / m2^1.5 and kurtosis m4 / m2^2 - 3 with moments over n.
#[derive(Clone, Debug, Default)]
pub struct Description {
    pub count: usize,
    pub nan_count: usize,
    /// Compensated; 0 of nothing. All that follow are NaN of nothing.
    pub sum: f64,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    /// NaN below two values.
    pub variance: f64,
    pub std: f64,
    /// NaN of constant values, as kurtosis.
    pub skewness: f64,
    pub kurtosis: f64,
    /// Linear between ranks (type 7 of Hyndman and Fan 1996).
    pub quantiles: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Part {
    count: usize,
    sum: Sum,
    min: f64,
    max: f64,
    moments: Moments,
}

impl Default for Part {
    fn default() -> Self {
        Self { count: 0, sum: Sum::default(), min: f64::INFINITY, max: f64::NEG_INFINITY, moments: Moments::default() }
    }
}

impl Part {
    fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.join(other.sum);
        self.min = if other.min < self.min { other.min } else { self.min };
        self.max = if other.max > self.max { other.max } else { self.max };
        self.moments.join(&other.moments);
    }

    fn of(values: &[f64], shift: f64) -> Self {
        let (min, max) = extremes(values);
        let sum = Sum::of(values);
        // A NaN among the values makes their sum one; so do infinities of both signs.
        if !sum.total().is_nan() || !values.iter().any(|value| value.is_nan()) {
            return Self::of_numbers(values, sum, min, max, shift);
        }
        let mut kept = [0.0; BLOCK];
        let mut count = 0;
        for &value in values {
            kept[count] = value;
            count += usize::from(!value.is_nan());
            if count == BLOCK {
                break;
            }
        }
        Self::of_numbers(&kept[..count], Sum::of(&kept[..count]), min, max, shift)
    }

    fn of_numbers(values: &[f64], sum: Sum, min: f64, max: f64, shift: f64) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        Self { count: values.len(), sum, min, max, moments: Moments::of(values, sum.total() / values.len() as f64, shift) }
    }
}

/// Least and greatest of the values that are not NaN; infinities, wrong way round, of none.
pub fn extremes(values: &[f64]) -> (f64, f64) {
    const LANES: usize = 8;
    let (chunks, rest) = values.as_chunks::<LANES>();
    let (mut min, mut max) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    for x in chunks {
        for lane in 0..LANES {
            min[lane] = if x[lane] < min[lane] { x[lane] } else { min[lane] };
            max[lane] = if x[lane] > max[lane] { x[lane] } else { max[lane] };
        }
    }
    let least = min.iter().chain(rest).fold(f64::INFINITY, |a, &b| if b < a { b } else { a });
    let most = max.iter().chain(rest).fold(f64::NEG_INFINITY, |a, &b| if b > a { b } else { a });
    (least, most)
}

/// What was read so far. The answer does not depend on the pieces in which values come, as long as all but the last are whole items.
#[derive(Default)]
pub struct Described {
    /// A value of the data.
    shift: Option<f64>,
    len: usize,
    all: Part,
}

impl Described {
    /// Reads values `start..end` on: some items, and what is left at the end of the column.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn fold(&mut self, values: &Numbers, start: usize, end: usize, team: &Team) -> Result<()> {
        // What came before the first finite value has no moments that depend on it.
        if self.shift.is_none() {
            self.shift = values.first_finite(end);
        }
        let shift = self.shift.unwrap_or_default();
        let mut parts = alloc::filled((end - start).div_ceil(ITEM), Part::default())?;
        let mut seats = alloc::filled(team.size(), [0.0; BLOCK])?;
        team.share(parts.iter_mut().enumerate(), &mut seats, |(item, part), block| {
            let start = start + item * ITEM;
            let end = end.min(start + ITEM);
            for at in (start..end).step_by(BLOCK) {
                part.join(&Part::of(values.doubles(at, end.min(at + BLOCK), block), shift));
            }
        });
        parts.iter().for_each(|part| self.all.join(part));
        self.len += end - start;
        Ok(())
    }

    /// Without quantiles.
    pub fn description(&self) -> Description {
        let Part { count, sum, min, max, moments: Moments { m2, m3, m4, .. } } = self.all;
        let n = count as f64;
        let nothing = count == 0;
        let some = |value: f64| if nothing { f64::NAN } else { value };
        // Equal values may leave a trace of rounding; they have no spread.
        let flat = nothing || min == max;
        let variance = if count < 2 {
            f64::NAN
        } else if max - min == 0.0 {
            0.0
        } else {
            m2 / (n - 1.0)
        };
        Description {
            count,
            nan_count: self.len - count,
            sum: sum.total(),
            min: some(min),
            max: some(max),
            mean: if flat { some(min) } else { sum.total() / n },
            variance,
            std: variance.sqrt(),
            skewness: if flat { f64::NAN } else { n.sqrt() * m3 / (m2 * m2.sqrt()) },
            kurtosis: if flat { f64::NAN } else { n * m4 / (m2 * m2) - 3.0 },
            quantiles: Vec::new(),
        }
    }
}

/// Describes a column that lies in memory whole, as quantiles need it.
pub struct Describe {
    values: Numbers,
    asked: Vec<f64>,
    at: usize,
    described: Described,
    result: Description,
}

impl Describe {
    /// `asked`: quantiles from 0 to 1.
    pub fn new(values: Numbers, asked: Vec<f64>) -> Self {
        Self { values, asked, at: 0, described: Described::default(), result: Description::default() }
    }

    pub fn into_description(self) -> Description {
        self.result
    }
}

impl Job for Describe {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let len = self.values.len();
        let end = len.min(self.at + ITEMS * ITEM);
        self.described.fold(&self.values, self.at, end, team)?;
        self.at = end;
        if end < len {
            return Ok(false);
        }
        self.result = self.described.description();
        self.result.quantiles = quantiles(&self.values, &self.asked, self.result.count)?;
        Ok(true)
    }

    fn progress(&self) -> (usize, usize) {
        (self.at, self.values.len())
    }
}
