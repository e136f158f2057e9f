//! What to compute.

use columnar::{ColumnType, Error, Result, Table};

use super::{column_of, wrong_type};

/// In the order of their numbers on the way from JavaScript; `avg` and `mean` are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Operation {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    Median,
    Quantile,
    Stddev,
    Variance,
    First,
    Last,
    CountDistinct,
    Mode,
    List,
    Correlation,
}

impl Operation {
    pub const ALL: [Self; 15] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::Median,
        Self::Quantile,
        Self::Stddev,
        Self::Variance,
        Self::First,
        Self::Last,
        Self::CountDistinct,
        Self::Mode,
        Self::List,
        Self::Correlation,
    ];

    pub fn from_u8(value: u8) -> Option<Self> {
        Self::ALL.get(usize::from(value)).copied()
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
            Self::Quantile => "quantile",
            Self::Stddev => "stddev",
            Self::Variance => "variance",
            Self::First => "first",
            Self::Last => "last",
            Self::CountDistinct => "countDistinct",
            Self::Mode => "mode",
            Self::List => "list",
            Self::Correlation => "correlation",
        }
    }

    /// What it takes, in words, and whether a type is among it.
    fn takes(self, kind: ColumnType) -> (&'static str, bool) {
        let number = matches!(kind, ColumnType::F64 | ColumnType::I64 | ColumnType::I32);
        match self {
            Self::Sum | Self::Avg => ("numbers and booleans", number || kind == ColumnType::Bool),
            Self::Median | Self::Quantile | Self::Stddev | Self::Variance | Self::Correlation => ("numbers", number),
            Self::Min | Self::Max => ("numbers, strings, booleans and timestamps", kind != ColumnType::Json),
            _ => ("anything", true),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AggregateStep {
    pub operation: Operation,
    /// `None`: rows themselves, of count alone.
    pub column: Option<usize>,
    /// The name of the result.
    pub alias: String,
    /// quantile: 0 to 1.
    pub q: f64,
    /// stddev, variance: of n instead of n - 1.
    pub population: bool,
    /// correlation: the other column.
    pub with: usize,
}

impl AggregateStep {
    pub(super) fn reads(&self) -> impl Iterator<Item = usize> {
        self.column.into_iter().chain((self.operation == Operation::Correlation).then_some(self.with))
    }
}

/// Columns by their places in the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AggregatePlan {
    pub group_by: Vec<usize>,
    pub steps: Vec<AggregateStep>,
}

impl AggregatePlan {
    pub(super) fn check(&self, table: &Table) -> Result<()> {
        for &place in &self.group_by {
            column_of(table, place)?;
        }
        for step in &self.steps {
            let name = step.operation.name();
            if step.column.is_none() && step.operation != Operation::Count {
                return Err(Error::invalid(format!("{name} needs a field: '*' is for count alone")));
            }
            if step.operation == Operation::Quantile && !(0.0..=1.0).contains(&step.q) {
                return Err(Error::invalid(format!("quantile takes a q from 0 to 1, not {}", step.q)));
            }
            for place in step.reads() {
                let (takes, fits) = step.operation.takes(column_of(table, place)?.kind());
                if !fits {
                    return Err(wrong_type(name, table, place, takes));
                }
            }
        }
        Ok(())
    }
}
