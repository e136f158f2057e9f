//! Rows, and values that are not null, by slot.

use columnar::{Bitmap, Column, Result, alloc};

use super::fold::{Fold, fold};
use super::grouping::Grouping;

struct Tally;

impl Fold for Tally {
    type Value = ();
    type State = u32;

    #[inline(always)]
    fn step(&self, state: u32, (): ()) -> u32 {
        state + 1
    }

    fn merge(&self, a: u32, b: u32) -> u32 {
        a + b
    }

    fn fresh(&self, _: u32) -> u32 {
        0
    }
}

pub(super) fn by_slot(grouping: &Grouping<'_>, validity: Option<&Bitmap>) -> Result<Vec<u32>> {
    let slots = grouping.slots();
    fold(&Tally, slots, alloc::filled(grouping.spaces, 0)?, &alloc::filled(slots.rows(), ())?, validity)
}

/// Counts as a column: i32, f64 where one is past its range.
pub(super) fn column(counts: Vec<u32>) -> Result<Column> {
    if counts.iter().any(|&count| i32::try_from(count).is_err()) {
        let mut wide = alloc::room(counts.len())?;
        wide.extend(counts.iter().map(|&count| f64::from(count)));
        return Ok(Column::f64(wide));
    }
    let mut narrow = alloc::room(counts.len())?;
    narrow.extend(counts.iter().map(|&count| count.cast_signed()));
    Ok(Column::i32(narrow))
}
