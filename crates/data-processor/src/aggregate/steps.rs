//! One step after the other over one grouping; what several need is made once.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use columnar::{Bitmap, Column, Data, Result, Table, alloc};

use super::grouping::Grouping;
use super::plan::{AggregateStep, Operation};
use super::quantiles::Sides;
use super::shared::{self, Runs};
use super::sums::{self, Sums};
use super::{correlation, counts, distinct, extremes, list, moments, output, picks, quantiles};
use crate::powers::in_range;

/// The numbers of a column; booleans are 0 and 1.
pub(super) enum Numbers<'a> {
    F64(&'a [f64]),
    I64(&'a [i64]),
    I32(Cow<'a, [i32]>),
}

impl<'a> Numbers<'a> {
    pub(super) fn of(column: &'a Column) -> Result<Self> {
        Ok(match column.data() {
            Data::F64(values) => Self::F64(values),
            Data::I64(values) => Self::I64(values),
            Data::I32(values) => Self::I32(values.into()),
            Data::Bool(bits) => Self::I32(Cow::Owned(bits_as_numbers(bits)?)),
            Data::Utf8(_) | Data::Dict(..) => Self::F64(&[]),
        })
    }

    /// As doubles.
    pub(super) fn doubles(self) -> Result<Cow<'a, [f64]>> {
        Ok(match self {
            Self::F64(values) => values.into(),
            Self::I64(values) => Cow::Owned(converted(values, |value| value as f64)?),
            Self::I32(values) => Cow::Owned(converted(&values, f64::from)?),
        })
    }
}

pub(super) fn converted<T: Copy, U>(values: &[T], to: impl Fn(T) -> U) -> Result<Vec<U>> {
    let mut out = alloc::room(values.len())?;
    out.extend(values.iter().map(|&value| to(value)));
    Ok(out)
}

pub(super) fn bits_as_numbers(bits: &Bitmap) -> Result<Vec<i32>> {
    let mut numbers = alloc::room(bits.len())?;
    for (w, &word) in bits.words().iter().enumerate() {
        numbers.extend((0..64.min(bits.len() - w * 64)).map(|i| (word >> i & 1) as i32));
    }
    Ok(numbers)
}

pub(super) struct Steps<'a> {
    table: &'a Table,
    grouping: &'a Grouping<'a>,
    rows: Option<Rc<Vec<u32>>>,
    counts: Vec<(usize, Rc<Vec<u32>>)>,
    sums: Vec<(usize, Rc<Sums>)>,
    /// Of the column asked last: they are as large as it.
    sides: Option<(usize, Sides)>,
    /// The same for several threads; `None` within: not worth it.
    runs: Option<(usize, Option<Runs>)>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(table: &'a Table, grouping: &'a Grouping<'a>) -> Self {
        Self { table, grouping, rows: None, counts: Vec::new(), sums: Vec::new(), sides: None, runs: None }
    }

    pub(super) fn column(&mut self, step: &AggregateStep) -> Result<Column> {
        let grouping = self.grouping;
        // One each, where every row is a group of its own.
        if step.operation == Operation::Count
            && grouping.each_row()
            && step.column.is_none_or(|place| self.table.columns()[place].validity().is_none())
        {
            return Ok(Column::i32(alloc::filled(grouping.groups, 1)?));
        }
        let Some(place) = step.column else {
            return counts::column(grouping.pick(&self.rows()?, |count| count)?);
        };
        let column = &self.table.columns()[place];
        match step.operation {
            Operation::Count => counts::column(grouping.pick(&self.counts(place)?, |count| count)?),
            Operation::Sum => match column.data() {
                Data::F64(values) if grouping.each_row() => Ok(Column::f64(shared::each_row(grouping, values, sums::alone)?)),
                _ => Ok(Column::f64(self.sums(place)?.picked(grouping)?)),
            },
            Operation::Avg => {
                let counts = grouping.pick(&self.counts(place)?, |count| count)?;
                let mut means = self.sums(place)?.picked(grouping)?;
                for (mean, &count) in means.iter_mut().zip(&counts) {
                    *mean = if count == 0 { 0.0 } else { *mean / f64::from(count) };
                }
                output::of_counted(columnar::ColumnType::F64, Data::F64(means), &counts)
            }
            Operation::Min => extremes::column(grouping, column, &self.counts(place)?, false),
            Operation::Max => extremes::column(grouping, column, &self.counts(place)?, true),
            Operation::Median => self.quantile(place, 0.5),
            Operation::Quantile => self.quantile(place, step.q),
            Operation::Variance => self.variance(place, step.population, false),
            Operation::Stddev => self.variance(place, step.population, true),
            Operation::Correlation => correlation::by_group(grouping, column, &self.table.columns()[step.with]),
            Operation::First => picks::column(grouping, column, true),
            Operation::Last => picks::column(grouping, column, false),
            Operation::CountDistinct => counts::column(distinct::counts(grouping, column)?),
            Operation::Mode => distinct::mode(grouping, column),
            Operation::List => list::column(grouping, column, &self.rows()?),
        }
    }

    /// Rows by slot.
    fn rows(&mut self) -> Result<Rc<Vec<u32>>> {
        if self.rows.is_none() {
            let one_each = self.grouping.each_row();
            self.rows =
                Some(Rc::new(if one_each { alloc::filled(self.grouping.groups, 1)? } else { counts::by_slot(self.grouping, None)? }));
        }
        Ok(self.rows.clone().unwrap_or_default())
    }

    /// Values by slot.
    fn counts(&mut self, place: usize) -> Result<Rc<Vec<u32>>> {
        let Some(validity) = self.table.columns()[place].validity() else { return self.rows() };
        if let Some((_, counts)) = self.counts.iter().find(|(known, _)| *known == place) {
            return Ok(counts.clone());
        }
        let counts = Rc::new(counts::by_slot(self.grouping, Some(validity))?);
        self.counts.push((place, counts.clone()));
        Ok(counts)
    }

    fn sums(&mut self, place: usize) -> Result<Rc<Sums>> {
        if let Some((_, sums)) = self.sums.iter().find(|(known, _)| *known == place) {
            return Ok(sums.clone());
        }
        let sums = Rc::new(sums::by_slot(self.grouping, &self.table.columns()[place])?);
        self.sums.push((place, sums.clone()));
        Ok(sums)
    }

    fn variance(&mut self, place: usize, population: bool, root: bool) -> Result<Column> {
        let column = &self.table.columns()[place];
        // Values that stand side by side for a quantile; for sums alone they are not worth it.
        if matches!(column.data(), Data::F64(_)) && self.runs.as_ref().is_some_and(|(known, _)| *known == place) {
            let odd = AtomicBool::new(false);
            let of_keys = |keys: &mut [i64]| {
                let share = moments::of_values(keys.iter().map(|&key| extremes::float_of(key)), keys.len() as u32, population)?;
                if !in_range(share) {
                    odd.store(true, Ordering::Relaxed);
                }
                Some(if root { share.sqrt() } else { share })
            };
            // One that leaves the range of doubles is made again from smaller numbers, as one thread does it.
            if let Some(found) = self.shared(place, of_keys)?
                && !odd.load(Ordering::Relaxed)
            {
                return Ok(found);
            }
        }
        moments::variance(self.grouping, column, &self.counts(place)?, population, root)
    }

    /// What `work` gives of each group's values, made by several threads; `None` where that is not worth it.
    fn shared(&mut self, place: usize, work: impl Fn(&mut [i64]) -> Option<f64> + Sync) -> Result<Option<Column>> {
        let grouping = self.grouping;
        if self.runs.as_ref().is_none_or(|(known, _)| *known != place) {
            self.runs = None;
            self.runs = Some((place, Runs::new(grouping, &self.table.columns()[place])?));
        }
        match (&self.runs, grouping.team) {
            (Some((_, Some(runs))), Some(team)) => output::optional(grouping.pick(&runs.each(team, work)?, |value| value)?).map(Some),
            _ => Ok(None),
        }
    }

    fn quantile(&mut self, place: usize, q: f64) -> Result<Column> {
        if let Some(found) = self.shared(place, |keys| quantiles::quantile(keys, q))? {
            return Ok(found);
        }
        if self.sides.as_ref().is_none_or(|(known, _)| *known != place) {
            self.sides = None;
            let counts = self.counts(place)?;
            self.sides = Some((place, Sides::new(self.grouping, &self.table.columns()[place], &counts)?));
        }
        match &mut self.sides {
            Some((_, sides)) => quantiles::column(self.grouping, sides, q),
            None => output::optional(Vec::new()),
        }
    }
}
