//! countDistinct and mode: rows grouped once more, by group and value.

use columnar::{Column, Result, alloc};

use super::counts;
use super::grouping::Grouping;
use super::parts::Part;
use super::picks::NONE;
use crate::take::take_optional;

/// Pairs of group and value, in order of first appearance.
fn pairs(grouping: &Grouping<'_>, column: &Column) -> Result<Grouping<'static>> {
    let mut parts: Vec<Part<'_>> = grouping.as_part().into_iter().collect();
    Part::of(column, &mut parts)?;
    Grouping::of_parts(&parts, column.len())
}

pub(super) fn counts(grouping: &Grouping<'_>, column: &Column) -> Result<Vec<u32>> {
    let pairs = pairs(grouping, column)?;
    let slots = grouping.slots();
    let mut counts: Vec<u32> = alloc::filled(grouping.spaces, 0)?;
    for &row in pairs.firsts.iter().filter(|row| column.is_valid(**row as usize)) {
        counts[slots.get(row as usize)] += 1;
    }
    grouping.pick(&counts, |count| count)
}

/// The first to appear among those met most often.
pub(super) fn mode(grouping: &Grouping<'_>, column: &Column) -> Result<Column> {
    let pairs = pairs(grouping, column)?;
    let slots = grouping.slots();
    let met = pairs.pick(&counts::by_slot(&pairs, None)?, |count| count)?;
    let mut best: Vec<(u32, u32)> = alloc::filled(grouping.spaces, (0, NONE))?;
    for (&row, &met) in pairs.firsts.iter().zip(&met).filter(|(row, _)| column.is_valid(**row as usize)) {
        let best = &mut best[slots.get(row as usize)];
        if met > best.0 {
            *best = (met, row);
        }
    }
    take_optional(column, &grouping.pick(&best, |(_, row)| row)?)
}
