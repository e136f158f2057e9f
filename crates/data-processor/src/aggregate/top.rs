//! The first few rows of each group.

use columnar::{Bitmap, Column, Data, Result, Table, alloc};

use super::extremes::ordered;
use super::fold::{Slot, Slots};
use super::grouping::Grouping;
use super::{column_of, counts};
use crate::sort::{self, SortKey};
use crate::take::take;

/// Up to `limit` whole rows a group: those that come first when the group is sorted by `keys` (stable, by the rules of
/// [`sort::sort`]: NaN after every number, nulls last in both directions), in that order. Groups come in order of first appearance;
/// without `group_by` all rows are one group, without `keys` rows come as they stand.
///
/// # Errors
/// INVALID_ARGUMENT where a column does not exist; TOO_LARGE past 2^26 groups or 2 GiB of text; OUT_OF_MEMORY.
pub fn top_per_group(table: &Table, group_by: &[usize], keys: &[SortKey], limit: usize) -> Result<Table> {
    for &place in group_by.iter().chain(keys.iter().map(|key| &key.column)) {
        column_of(table, place)?;
    }
    if limit == 0 {
        return take(table, &[]);
    }
    let grouping = Grouping::new(table, group_by)?;
    let few = limit <= FEW && grouping.spaces.saturating_mul(limit) <= table.rows().saturating_mul(4).max(1 << 10);
    if let [key] = keys
        && few
        && let Some(numbers) = numbers(&table.columns()[key.column], key.descending)?
    {
        return take(table, &kept(&grouping, table.columns()[key.column].validity(), &numbers, limit)?);
    }
    take(table, &walked(&grouping, &sort::order(table, keys)?, limit)?)
}

/// Whole numbers in the order of the values; `None` of plain text, whose order is no cheaper than a sort.
fn numbers(column: &Column, descending: bool) -> Result<Option<Vec<i64>>> {
    // The complement turns the order round, and equals stay equal.
    let turn = if descending { -1 } else { 0 };
    let mut numbers = alloc::room(column.len())?;
    match column.data() {
        Data::F64(values) => numbers.extend(values.iter().map(|&v| turn ^ if v.is_nan() { i64::MAX } else { ordered(v + 0.0) })),
        Data::I64(values) => numbers.extend(values.iter().map(|&value| turn ^ value)),
        Data::I32(values) => numbers.extend(values.iter().map(|&value| turn ^ i64::from(value))),
        Data::Bool(bits) => numbers.extend((0..column.len()).map(|row| turn ^ i64::from(bits.get(row)))),
        Data::Dict(codes, dictionary) => {
            let ranks = sort::ranks(dictionary)?;
            numbers.extend((0..column.len()).map(|row| turn ^ i64::from(ranks[codes.get(row) as usize])));
        }
        Data::Utf8(_) => return Ok(None),
    }
    Ok(Some(numbers))
}

/// Rows kept in order as they come, up to this many a group; beyond it a sort of all is quicker.
const FEW: usize = 8;

/// Smaller numbers first, then smaller rows, those with a null behind all others. A place without a row is greater than all.
type Place = (i64, u64);
const NULL: u64 = 1 << 63;
const FREE: Place = (i64::MAX, u64::MAX);

fn kept(grouping: &Grouping<'_>, validity: Option<&Bitmap>, numbers: &[i64], limit: usize) -> Result<Vec<u32>> {
    let mut places: Vec<Place> = alloc::filled(grouping.spaces * limit, FREE)?;
    match grouping.slots() {
        Slots::One(_) => keep(std::iter::repeat(0), validity, numbers, limit, &mut places),
        Slots::U8(slots) => keep(slots.iter().map(|slot| slot.at()), validity, numbers, limit, &mut places),
        Slots::U16(slots) => keep(slots.iter().map(|slot| slot.at()), validity, numbers, limit, &mut places),
        Slots::U32(slots) => keep(slots.iter().map(|slot| slot.at()), validity, numbers, limit, &mut places),
    }
    let mut found = alloc::room(places.len().min(numbers.len()))?;
    for slot in grouping.order() {
        found.extend(places[slot * limit..(slot + 1) * limit].iter().filter(|place| **place != FREE).map(|&(_, row)| row as u32));
    }
    Ok(found)
}

#[inline(always)]
fn keep(slots: impl Iterator<Item = usize>, validity: Option<&Bitmap>, numbers: &[i64], limit: usize, places: &mut [Place]) {
    for (row, (slot, &number)) in slots.zip(numbers).enumerate() {
        let new = match validity {
            Some(bits) if !bits.get(row) => (i64::MAX, NULL | row as u64),
            _ => (number, row as u64),
        };
        let end = (slot + 1) * limit;
        if new > places[end - 1] {
            continue;
        }
        let places = &mut places[slot * limit..end];
        let mut at = limit - 1;
        while at > 0 && new < places[at - 1] {
            places[at] = places[at - 1];
            at -= 1;
        }
        places[at] = new;
    }
}

/// Rows in the order of all rows, each to the next place of its group while there is one.
fn walked(grouping: &Grouping<'_>, order: &[u32], limit: usize) -> Result<Vec<u32>> {
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let counts = counts::by_slot(grouping, None)?;
    let mut places: Vec<(u32, u32)> = alloc::filled(grouping.spaces, (0, 0))?;
    let mut total = 0;
    for slot in grouping.order() {
        let end = total + counts[slot].min(limit);
        places[slot] = (total, end);
        total = end;
    }
    let slots = grouping.slots();
    let mut found = alloc::filled(total as usize, 0u32)?;
    for &row in order {
        let (next, end) = &mut places[slots.get(row as usize)];
        if *next < *end {
            found[*next as usize] = row;
            *next += 1;
        }
    }
    Ok(found)
}
