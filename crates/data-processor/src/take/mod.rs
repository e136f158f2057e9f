//! Rows by their numbers, ranges of rows, columns by their places.

mod gather;
pub(crate) mod text;

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, Data, Error, Result, Strings, Table, alloc};

use gather::Places;

/// The number of no row: its place in a result is null.
pub const NO_ROW: u32 = u32::MAX;

/// The rows of `places`, in that order; a row may come many times. Places must be below `table.rows()`.
///
/// # Errors
/// TOO_LARGE where a text column would pass 2 GiB, OUT_OF_MEMORY.
pub fn take(table: &Table, places: &[u32]) -> Result<Table> {
    let columns = table.columns().iter().map(|column| Ok(Arc::new(gather::column(column, Places::Rows(places), false)?)));
    rebuilt(table, places.len(), columns)
}

/// The values of `places`, null where the place is [`NO_ROW`].
///
/// # Errors
/// As [`take`].
pub fn take_optional(column: &Column, places: &[u32]) -> Result<Column> {
    gather::column(column, Places::Rows(places), places.contains(&NO_ROW))
}

/// The values of `places`, which are all below `column.len()`.
pub(crate) fn take_column(column: &Column, places: &[u32]) -> Result<Column> {
    gather::column(column, Places::Rows(places), false)
}

/// The value of each code: `column` has a row for each of a dictionary's strings.
pub(crate) fn take_coded(column: &Column, codes: &Codes) -> Result<Column> {
    gather::column(column, Places::Codes(codes), false)
}

/// Rows `start..end`, as far as there are any.
///
/// # Errors
/// OUT_OF_MEMORY.
pub fn slice(table: &Table, start: usize, end: usize) -> Result<Table> {
    let end = end.min(table.rows());
    let start = start.min(end);
    if start == 0 && end == table.rows() {
        return Ok(table.clone());
    }
    rebuilt(table, end - start, table.columns().iter().map(|column| Ok(Arc::new(slice_column(column, start, end)?))))
}

/// Columns by their places, under new names; they are shared with `table`.
///
/// # Errors
/// INVALID_ARGUMENT where there is no such column or two get one name.
pub fn select(table: &Table, columns: &[(usize, Arc<str>)]) -> Result<Table> {
    let chosen = columns.iter().map(|(place, name)| {
        let column = table.columns().get(*place).ok_or_else(|| no_column(*place, table))?;
        Ok((name.clone(), column.clone()))
    });
    Table::new(table.rows(), chosen.collect::<Result<_>>()?)
}

pub(crate) fn no_column(place: usize, table: &Table) -> Error {
    Error::invalid(format!("there is no column {place}: the table has {}", table.columns().len()))
}

/// `table` with other columns of `rows` rows under the same names.
pub(crate) fn rebuilt(table: &Table, rows: usize, columns: impl Iterator<Item = Result<Arc<Column>>>) -> Result<Table> {
    let named = table.names().iter().zip(columns).map(|(name, column)| Ok((name.clone(), column?)));
    Table::new(rows, named.collect::<Result<_>>()?)
}

fn slice_column(column: &Column, start: usize, end: usize) -> Result<Column> {
    let data = match column.data() {
        Data::F64(values) => Data::F64(alloc::copied(&values[start..end])?),
        Data::I64(values) => Data::I64(alloc::copied(&values[start..end])?),
        Data::I32(values) => Data::I32(alloc::copied(&values[start..end])?),
        Data::Bool(bits) => Data::Bool(slice_bits(bits, start, end)?),
        Data::Utf8(strings) => Data::Utf8(slice_strings(strings, start, end)?),
        Data::Dict(codes, dictionary) => {
            let codes = match codes {
                Codes::U8(codes) => Codes::U8(alloc::copied(&codes[start..end])?),
                Codes::U16(codes) => Codes::U16(alloc::copied(&codes[start..end])?),
                Codes::U32(codes) => Codes::U32(alloc::copied(&codes[start..end])?),
            };
            Data::Dict(codes, dictionary.clone())
        }
    };
    let validity = column.validity().map(|bits| slice_bits(bits, start, end)).transpose()?;
    Ok(Column::new(column.kind(), data, validity))
}

/// Bits `start..end`, a word at a time.
pub(crate) fn slice_bits(bits: &Bitmap, start: usize, end: usize) -> Result<Bitmap> {
    let len = end - start;
    let shift = start % 64;
    let source = &bits.words()[start / 64..];
    let mut words = alloc::room(len.div_ceil(64))?;
    words.extend((0..len.div_ceil(64)).map(|w| {
        let above = if shift == 0 { 0 } else { source.get(w + 1).map_or(0, |next| next << (64 - shift)) };
        source[w] >> shift | above
    }));
    Ok(Bitmap::from_words(words, len))
}

fn slice_strings(strings: &Strings, start: usize, end: usize) -> Result<Strings> {
    let source = &strings.offsets()[start..=end];
    let first = source[0];
    let mut offsets = alloc::room(source.len())?;
    offsets.extend(source.iter().map(|&offset| offset - first));
    Strings::from_parts(offsets, alloc::copied(&strings.bytes()[first as usize..source[end - start] as usize])?)
}
