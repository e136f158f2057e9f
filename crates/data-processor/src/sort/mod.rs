//! Stable sort by several keys: rows get packed keys of a few dozen bits that a radix sort orders; where those tie, the next bits.

mod compare;
mod fields;
mod level;
mod pieces;
mod radix;
mod texts;

use columnar::{Error, Result, Table, alloc};

use crate::take::{no_column, take};

/// A column by its place. Nulls come last in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    pub column: usize,
    pub descending: bool,
}

/// The rows of `table` in the order of `keys`, the first one first; rows that are equal in all of them stay as they stood.
///
/// # Errors
/// INVALID_ARGUMENT where a column does not exist, OUT_OF_MEMORY.
pub fn sort(table: &Table, keys: &[SortKey]) -> Result<Table> {
    match order_unless_sorted(table, keys)? {
        Some(order) => take(table, &order),
        None => Ok(table.clone()),
    }
}

/// The row numbers of `table` in the order of `keys`.
///
/// # Errors
/// As [`sort`].
pub fn order(table: &Table, keys: &[SortKey]) -> Result<Vec<u32>> {
    match order_unless_sorted(table, keys)? {
        Some(order) => Ok(order),
        None => all_rows(table.rows()),
    }
}

fn all_rows(rows: usize) -> Result<Vec<u32>> {
    let mut all = alloc::room(rows)?;
    all.extend(0..u32::try_from(rows).map_err(|_| Error::invalid("a table holds fewer than 2^32 rows"))?);
    Ok(all)
}

/// `None` where the rows stand in order already.
fn order_unless_sorted(table: &Table, keys: &[SortKey]) -> Result<Option<Vec<u32>>> {
    let mut fields = alloc::room(keys.len() * 2)?;
    for key in keys {
        let column = table.columns().get(key.column).ok_or_else(|| no_column(key.column, table))?;
        fields::push(&mut fields, column, key.descending)?;
    }
    if fields.is_empty() {
        return Ok(None);
    }
    let mut rows = all_rows(table.rows())?;
    let moved = level::sort(&mut rows, &fields)?;
    Ok(moved.then_some(rows))
}

/// The place of every string among them all, by bytes.
pub(crate) fn ranks(strings: &columnar::Strings) -> Result<Vec<u32>> {
    let mut order = all_rows(strings.len())?;
    level::sort(&mut order, &[fields::Field::Text { texts: fields::Texts::Plain(strings), descending: false }])?;
    let mut ranks = alloc::filled(order.len(), 0u32)?;
    for (rank, &place) in order.iter().enumerate() {
        ranks[place as usize] = rank as u32;
    }
    Ok(ranks)
}
