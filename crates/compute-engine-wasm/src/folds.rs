//! Columns that are read and not kept: piece by piece through one buffer, which stays in a near cache. Copying a long column in whole
//! would cost more than the work on it.

use columnar::{Error, Result};
use compute_engine::numbers::{ITEM, Numbers};
use compute_engine::share::Team;
use compute_engine::statistics::{Bins, Described, Description, Histogram};

use crate::held::Held;
use crate::task::Outcome;

enum Work {
    Describe(Described),
    Histogram(Histogram),
}

pub struct Fold {
    /// Whole items, so that the answer is the same for any number of threads.
    buffer: Numbers,
    work: Work,
}

impl Fold {
    /// `kind` and number of the values.
    pub fn describe(kind: u8, len: usize, team: &Team) -> Result<Self> {
        Self::new(kind, len, team, Work::Describe(Described::default()))
    }

    /// Without `edges` this many equal bins.
    pub fn histogram(kind: u8, len: usize, team: &Team, bins: usize, edges: Option<Vec<f64>>) -> Result<Self> {
        let bins = edges.map_or(Bins::Equal(bins), Bins::Edges);
        Self::new(kind, len, team, Work::Histogram(Histogram::new(bins, team)?))
    }

    fn new(kind: u8, len: usize, team: &Team, work: Work) -> Result<Self> {
        Ok(Self { buffer: Held::room(kind, len.min(ITEM * team.size()), 1)?.into_numbers()?, work })
    }

    /// Where a piece is written, and how many values it may have.
    pub fn place(&self) -> (usize, usize) {
        let address = match &self.buffer {
            Numbers::F64(values) => values.as_ptr() as usize,
            Numbers::F32(values) => values.as_ptr() as usize,
            Numbers::I32(values) => values.as_ptr() as usize,
            Numbers::U32(values) => values.as_ptr() as usize,
        };
        (address, self.buffer.len())
    }

    /// Of its buffer.
    pub fn bytes(&self) -> usize {
        self.buffer.len() * if matches!(self.buffer, Numbers::F64(_)) { 8 } else { 4 }
    }

    pub fn fold(&mut self, len: usize, team: &Team) -> Result<()> {
        if len > self.buffer.len() {
            return Err(Error::invalid("a piece larger than its buffer"));
        }
        match &mut self.work {
            Work::Describe(work) => work.fold(&self.buffer, 0, len, team),
            Work::Histogram(work) => work.fold(&self.buffer, len, team),
        }
    }

    pub fn again(&mut self) -> Result<bool> {
        match &mut self.work {
            Work::Describe(_) => Ok(false),
            Work::Histogram(work) => work.again(),
        }
    }

    pub fn finish(self) -> Result<Outcome> {
        match self.work {
            Work::Describe(work) => Ok(description(work.description())),
            Work::Histogram(work) => {
                let (counts, edges) = work.into_counts()?;
                Ok(vec![Held::column(counts), Held::column(edges)].into())
            }
        }
    }
}

/// Quantiles; and as scalars count, nanCount, sum, min, max, mean, variance, std, skewness, kurtosis.
pub fn description(d: Description) -> Outcome {
    let (count, nan_count) = (d.count as f64, d.nan_count as f64);
    let scalars = vec![count, nan_count, d.sum, d.min, d.max, d.mean, d.variance, d.std, d.skewness, d.kurtosis];
    Outcome { values: vec![Held::column(d.quantiles)], scalars }
}
