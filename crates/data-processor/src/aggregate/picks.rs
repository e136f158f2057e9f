//! first and last: the value of a row.

use columnar::{Bitmap, Column, Result, alloc};

use super::fold::{Slot, Slots};
use super::grouping::Grouping;
use crate::take::{take_column, take_optional};

/// No row.
pub(super) const NONE: u32 = crate::take::NO_ROW;

pub(super) fn column(grouping: &Grouping<'_>, column: &Column, first: bool) -> Result<Column> {
    if first && column.validity().is_none() && !grouping.firsts.is_empty() {
        return take_column(column, &grouping.firsts);
    }
    take_optional(column, &grouping.pick(&by_slot(grouping, column.validity(), first)?, |row| row)?)
}

/// The first, or last, row of each slot that is not null.
pub(super) fn by_slot(grouping: &Grouping<'_>, validity: Option<&Bitmap>, first: bool) -> Result<Vec<u32>> {
    let mut rows = alloc::filled(grouping.spaces, NONE)?;
    match grouping.slots() {
        Slots::One(count) => {
            let row = match (validity, first) {
                (Some(bits), true) => bits.ones_iter().next(),
                (Some(bits), false) => (0..count).rev().find(|&row| bits.get(row)),
                (None, true) => (count > 0).then_some(0),
                (None, false) => count.checked_sub(1),
            };
            rows[0] = row.map_or(NONE, |row| row as u32);
        }
        Slots::U8(slots) => write(slots, validity, first, &mut rows),
        Slots::U16(slots) => write(slots, validity, first, &mut rows),
        Slots::U32(slots) => write(slots, validity, first, &mut rows),
    }
    Ok(rows)
}

/// What is written last stays.
fn write<S: Slot>(slots: &[S], validity: Option<&Bitmap>, first: bool, rows: &mut [u32]) {
    let mut one = |(row, slot): (usize, &S)| {
        if validity.is_none_or(|bits| bits.get(row)) {
            rows[slot.at()] = row as u32;
        }
    };
    if first { slots.iter().enumerate().rev().for_each(&mut one) } else { slots.iter().enumerate().for_each(&mut one) }
}
