//! list: every value of a group, nulls too, in row order, as a JSON array.

use columnar::{Column, ColumnType, Data, Result, Strings, alloc};

use super::grouping::Grouping;
use super::json_text;
use super::quantiles::starts;

/// `counts` are of rows by slot.
pub(super) fn column(grouping: &Grouping<'_>, column: &Column, counts: &[u32]) -> Result<Column> {
    let starts = starts(counts)?;
    let rows = rows_by_slot(grouping, &starts)?;
    let mut lists = Strings::with_room(grouping.groups, 0)?;
    let mut list = Vec::new();
    for slot in grouping.order() {
        list.clear();
        json_text::text(&mut list, b"[")?;
        for (place, &row) in rows[starts[slot] as usize..starts[slot + 1] as usize].iter().enumerate() {
            if place > 0 {
                json_text::text(&mut list, b",")?;
            }
            json_text::value(&mut list, column, row as usize)?;
        }
        json_text::text(&mut list, b"]")?;
        lists.push(&list)?;
    }
    Ok(Column::new(ColumnType::Json, Data::Utf8(lists), None))
}

/// The rows of each slot side by side, ascending.
pub(super) fn rows_by_slot(grouping: &Grouping<'_>, starts: &[u32]) -> Result<Vec<u32>> {
    let slots = grouping.slots();
    let mut next = alloc::copied(starts)?;
    let mut rows = alloc::filled(slots.rows(), 0u32)?;
    for row in 0..slots.rows() {
        let next = &mut next[slots.get(row)];
        rows[*next as usize] = row as u32;
        *next += 1;
    }
    Ok(rows)
}
