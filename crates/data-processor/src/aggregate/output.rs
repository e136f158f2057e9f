//! Columns of results.

use columnar::{Bitmap, Column, ColumnType, Data, Result, alloc};

/// Doubles, null where there is none.
pub(super) fn optional(values: Vec<Option<f64>>) -> Result<Column> {
    let validity = Bitmap::from_fn(values.len(), |group| values[group].is_some())?;
    let mut numbers = alloc::room(values.len())?;
    numbers.extend(values.iter().map(|value| value.unwrap_or(0.0)));
    Ok(Column::new(ColumnType::F64, Data::F64(numbers), Some(validity)))
}

/// The values of groups that have any, and null of the others.
pub(super) fn of_counted(kind: ColumnType, data: Data, counts: &[u32]) -> Result<Column> {
    if counts.iter().all(|&count| count > 0) {
        return Ok(Column::new(kind, data, None));
    }
    Ok(Column::new(kind, data, Some(Bitmap::from_fn(counts.len(), |group| counts[group] > 0)?)))
}
