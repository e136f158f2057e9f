//! Numeric key columns of different types as one.

use std::sync::Arc;

use columnar::{Column, ColumnType, Data, Result, alloc};

/// The type that holds the values of both.
pub(super) fn common(a: ColumnType, b: ColumnType) -> ColumnType {
    match (a, b) {
        _ if a == b => a,
        (ColumnType::F64, _) | (_, ColumnType::F64) => ColumnType::F64,
        _ => ColumnType::I64,
    }
}

/// A column's numbers as another type's; any other column, or one of that type, as it is.
pub(super) fn to(column: Arc<Column>, kind: ColumnType) -> Result<Arc<Column>> {
    let data = match (column.data(), kind) {
        (Data::I32(values), ColumnType::I64) => Data::I64(converted(values, i64::from)?),
        (Data::I32(values), ColumnType::F64) => Data::F64(converted(values, f64::from)?),
        (Data::I64(values), ColumnType::F64) => Data::F64(converted(values, |value| value as f64)?),
        _ => return Ok(column),
    };
    let validity = column.validity().map(|bits| bits.or(bits)).transpose()?;
    Ok(Arc::new(Column::new(kind, data, validity)))
}

fn converted<T: Copy, U>(values: &[T], convert: impl Fn(T) -> U) -> Result<Vec<U>> {
    let mut list = alloc::room(values.len())?;
    list.extend(values.iter().map(|&value| convert(value)));
    Ok(list)
}
