//! Expressions over columns, piece by piece: fused in blocks that lie in the first-level cache (crate `expression`).

use std::sync::Arc;

use columnar::{Column, ColumnType, Data, Error, Result, Table, alloc};
use expression::Program;

use crate::numbers::Numbers;
use crate::statistics::sums::Sum;

/// An expression that was checked against named columns.
///
/// ```
/// use compute_engine::{evaluate::Evaluator, numbers::Numbers};
/// let over = Evaluator::new(b"x > 1 ? 0 : 1", vec![("x".into(), false)])?;
/// assert_eq!(over.values(vec![Numbers::F64(vec![0.5, 2.0])])?, [1.0, 0.0]);
/// # Ok::<(), columnar::Error>(())
/// ```
pub struct Evaluator {
    program: Program,
    names: Vec<Arc<str>>,
}

/// What a value per row is folded into.
#[derive(Clone, Copy, Debug)]
pub struct Reduced {
    sum: Sum,
    count: usize,
    least: f64,
    most: f64,
    nan: bool,
}

impl Default for Reduced {
    fn default() -> Self {
        Self { sum: Sum::default(), count: 0, least: f64::INFINITY, most: f64::NEG_INFINITY, nan: false }
    }
}

impl Reduced {
    pub fn sum(&self) -> f64 {
        self.sum.total()
    }
    /// Rows with a value.
    pub fn count(&self) -> usize {
        self.count
    }
    /// NaN of nothing, and where a value is NaN; as `max` and `mean`.
    pub fn min(&self) -> f64 {
        if self.nan || self.count == 0 { f64::NAN } else { self.least }
    }
    pub fn max(&self) -> f64 {
        if self.nan || self.count == 0 { f64::NAN } else { self.most }
    }
    pub fn mean(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.sum.total() / self.count as f64 }
    }
}

impl Evaluator {
    /// `columns`: names, and whether the values are i32 (else f64). `text` is UTF-8, or WTF-8 where it holds lone surrogates.
    ///
    /// # Errors
    /// PARSE; INVALID_ARGUMENT for unknown names, types that do not fit, and what gives neither numbers nor conditions.
    pub fn new(text: &[u8], columns: Vec<(Arc<str>, bool)>) -> Result<Self> {
        let names = columns.iter().map(|(name, _)| Arc::clone(name)).collect();
        let empty = |whole: bool| {
            let (kind, data) = if whole { (ColumnType::I32, Data::I32(Vec::new())) } else { (ColumnType::F64, Data::F64(Vec::new())) };
            Arc::new(Column::new(kind, data, None))
        };
        let table = Table::new(0, columns.into_iter().map(|(name, whole)| (name, empty(whole))).collect())?;
        let program = Program::compile(text, &table)?;
        match program.kind() {
            ColumnType::F64 | ColumnType::I64 | ColumnType::I32 | ColumnType::Bool => Ok(Self { program, names }),
            ColumnType::Utf8 => Err(Error::invalid("the expression must give numbers or conditions; it gives text")),
            kind => Err(Error::invalid(format!("the expression must give numbers or conditions; it gives {}", kind.name()))),
        }
    }

    pub fn is_condition(&self) -> bool {
        self.program.kind() == ColumnType::Bool
    }

    fn evaluate(&self, columns: Vec<Numbers>) -> Result<Column> {
        let rows = columns.first().map_or(0, Numbers::len);
        let mut named = alloc::room(columns.len())?;
        for (name, values) in self.names.iter().zip(columns) {
            let (kind, data) = match values {
                Numbers::F64(values) => (ColumnType::F64, Data::F64(values)),
                Numbers::I32(values) => (ColumnType::I32, Data::I32(values)),
                Numbers::F32(values) => (ColumnType::F64, Data::F64(widened(&values)?)),
                Numbers::U32(values) => (ColumnType::F64, Data::F64(widened(&values)?)),
            };
            named.push((Arc::clone(name), Arc::new(Column::new(kind, data, None))));
        }
        self.program.evaluate(&Table::new(rows, named)?)
    }

    /// Its value in every row of a piece: conditions are 1 and 0, null is NaN.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn values(&self, columns: Vec<Numbers>) -> Result<Vec<f64>> {
        let column = self.evaluate(columns)?;
        let mut values = doubles(column.data())?;
        if let Some(validity) = column.validity() {
            values.iter_mut().enumerate().filter(|(i, _)| !validity.get(*i)).for_each(|(_, value)| *value = f64::NAN);
        }
        Ok(values)
    }

    /// Folds the values of a piece into `reduced`; null is left out.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn reduce(&self, columns: Vec<Numbers>, reduced: &mut Reduced) -> Result<()> {
        let column = self.evaluate(columns)?;
        let mut values = doubles(column.data())?;
        if let Some(validity) = column.validity() {
            let mut place = 0;
            values.retain(|_| {
                place += 1;
                validity.get(place - 1)
            });
        }
        reduced.count += values.len();
        reduced.sum.join(Sum::of(&values));
        for &value in &values {
            // -0 is less than 0.
            let (least, most) = (reduced.least, reduced.most);
            reduced.least = if value < least || value == least && value.is_sign_negative() { value } else { least };
            reduced.most = if value > most || value == most && most.is_sign_negative() { value } else { most };
            reduced.nan |= value.is_nan();
        }
        Ok(())
    }
}

fn widened<T: Copy + std::convert::Into<f64>>(values: &[T]) -> Result<Vec<f64>> {
    let mut made = alloc::room(values.len())?;
    made.extend(values.iter().map(|&value| value.into()));
    Ok(made)
}

fn doubles(data: &Data) -> Result<Vec<f64>> {
    match data {
        Data::F64(values) => alloc::copied(values),
        Data::I32(values) => widened(values),
        Data::I64(values) => {
            let mut made = alloc::room(values.len())?;
            made.extend(values.iter().map(|&value| value as f64));
            Ok(made)
        }
        Data::Bool(bits) => {
            let mut made = alloc::room(bits.len())?;
            made.extend((0..bits.len()).map(|i| f64::from(u8::from(bits.get(i)))));
            Ok(made)
        }
        Data::Utf8(_) | Data::Dict(..) => Err(Error::invalid("the expression must give numbers or conditions; it gives text")),
    }
}
