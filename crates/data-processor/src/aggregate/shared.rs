//! Work of an aggregation that threads share. Each group's values are worked on by one thread in the order of their rows, so that any
//! number of threads gives the bits that one gives.

use std::sync::Arc;

use columnar::{Bitmap, Column, Result, Table, alloc};
use thread_team::Team;

use super::fold::{Slot, Slots};
use super::grouping::Grouping;
use super::parts::BLOCK;
use super::quantiles::{key, starts};
use super::steps::Numbers;
use crate::take::take_column;

/// Rows from which on sharing is worth waking threads for: two are even with one at 65,536, 1.06x at 100,000, 1.5x at 300,000.
const WORTH: usize = 100_000;

/// The team, where there are several and enough to do.
pub(super) fn crew(team: Option<&Team>, rows: usize) -> Option<&Team> {
    team.filter(|team| team.size() > 1 && rows >= WORTH)
}

/// Rows of a piece: several pieces a thread, or the slowest would be waited for; all rows where one thread is.
pub(super) fn piece(rows: usize, team: &Team) -> usize {
    let pieces = crew(Some(team), rows).map_or(1, |team| team.size() * 4);
    rows.div_ceil(pieces).max(1).next_multiple_of(BLOCK)
}

/// The values of each slot in the order of their rows, as whole numbers in the order of doubles: one run a piece of the table.
pub(super) struct Runs {
    pieces: Vec<Run>,
    spaces: usize,
}

/// The values of a piece of rows side by side, by slot.
#[derive(Clone, Default)]
struct Run {
    /// Where each slot begins, and the end.
    starts: Vec<u32>,
    keys: Vec<i64>,
}

impl Runs {
    /// `None` where groups are so small that one thread is as fast, or are few: their sums are made in another order (fold.rs).
    pub(super) fn new(grouping: &Grouping<'_>, column: &Column) -> Result<Option<Self>> {
        let slots = grouping.slots();
        let rows = slots.rows();
        let Some(team) = crew(grouping.team, rows) else { return Ok(None) };
        if matches!(slots, Slots::One(_) | Slots::U8(_)) || grouping.spaces > rows / 4 {
            return Ok(None);
        }
        let piece = rows.div_ceil(team.size()).next_multiple_of(BLOCK);
        let mut pieces = alloc::filled(rows.div_ceil(piece), Run::default())?;
        let numbers = Numbers::of(column)?;
        team.each(pieces.iter_mut().enumerate(), |(i, run)| {
            let (start, end) = (i * piece, rows.min((i + 1) * piece));
            let validity = column.validity().map(|bits| (bits, start));
            let spaces = grouping.spaces;
            match &numbers {
                Numbers::F64(values) => run.fill_by(slots, start, &values[start..end], validity, spaces, key),
                Numbers::I64(values) => run.fill_by(slots, start, &values[start..end], validity, spaces, |value| key(value as f64)),
                Numbers::I32(values) => run.fill_by(slots, start, &values[start..end], validity, spaces, |value| key(f64::from(value))),
            }
        })?;
        Ok(Some(Self { pieces, spaces: grouping.spaces }))
    }

    /// What `work` gives of the values of each slot, by slot.
    pub(super) fn each(&self, team: &Team, work: impl Fn(&mut [i64]) -> Option<f64> + Sync) -> Result<Vec<Option<f64>>> {
        let mut found = alloc::filled(self.spaces, None)?;
        let most = self.spaces.div_ceil(team.size() * 16);
        let mut seats: Vec<Vec<i64>> = alloc::filled(team.size(), Vec::new())?;
        team.share(found.chunks_mut(most).enumerate(), &mut seats, |(i, found), seat| {
            // On the stack: what is written a slot at a time must not lie in one line of the cache with another thread's.
            let mut values = core::mem::take(seat);
            for (slot, found) in (i * most..).zip(found) {
                values.clear();
                for Run { starts, keys } in &self.pieces {
                    let run = &keys[starts[slot] as usize..starts[slot + 1] as usize];
                    alloc::grow(&mut values, run.len())?;
                    values.extend_from_slice(run);
                }
                *found = work(&mut values);
            }
            *seat = values;
            Ok::<_, columnar::Error>(())
        })?;
        Ok(found)
    }
}

impl Run {
    fn fill_by<T: Copy>(
        &mut self,
        slots: Slots<'_>,
        start: usize,
        values: &[T],
        validity: Option<(&Bitmap, usize)>,
        spaces: usize,
        to: impl Fn(T) -> i64,
    ) -> Result<()> {
        let end = start + values.len();
        match slots {
            Slots::U16(slots) => self.fill(&slots[start..end], values, validity, spaces, to),
            Slots::U32(slots) => self.fill(&slots[start..end], values, validity, spaces, to),
            Slots::One(_) | Slots::U8(_) => Ok(()),
        }
    }

    fn fill<S: Slot, T: Copy>(
        &mut self,
        slots: &[S],
        values: &[T],
        validity: Option<(&Bitmap, usize)>,
        spaces: usize,
        to: impl Fn(T) -> i64,
    ) -> Result<()> {
        let valid = |i: usize| validity.is_none_or(|(bits, start)| bits.get(start + i));
        let mut counts = alloc::filled(spaces, 0u32)?;
        for (i, slot) in slots.iter().enumerate() {
            counts[slot.at()] += u32::from(valid(i));
        }
        self.starts = starts(&counts)?;
        let mut next = counts;
        next.copy_from_slice(&self.starts[..spaces]);
        self.keys = alloc::filled(self.starts[spaces] as usize, 0)?;
        for (i, (slot, &value)) in slots.iter().zip(values).enumerate() {
            if valid(i) {
                let next = &mut next[slot.at()];
                self.keys[*next as usize] = to(value);
                *next += 1;
            }
        }
        Ok(())
    }
}

/// What `work` gives of each value, where every row is a group of its own.
pub(super) fn each_row<T: Copy + Sync>(grouping: &Grouping<'_>, values: &[T], work: impl Fn(T) -> f64 + Sync) -> Result<Vec<f64>> {
    let alone = Team::default();
    let team = crew(grouping.team, values.len()).unwrap_or(&alone);
    let piece = piece(values.len(), team);
    let mut found = alloc::filled(values.len(), 0.0)?;
    team.each(found.chunks_mut(piece).zip(values.chunks(piece)), |(found, values)| {
        found.iter_mut().zip(values).for_each(|(found, &value)| *found = work(value));
        Ok::<_, columnar::Error>(())
    })?;
    Ok(found)
}

/// The key columns of the groups, a column an item.
pub(super) fn keys(table: &Table, grouping: &Grouping<'_>, places: &[usize]) -> Result<Vec<Arc<Column>>> {
    let alone = Team::default();
    let team = crew(grouping.team, grouping.groups).unwrap_or(&alone);
    let mut taken: Vec<Option<Arc<Column>>> = alloc::filled(places.len(), None)?;
    team.each(taken.iter_mut().zip(places), |(taken, &place)| {
        let column = &table.columns()[place];
        // Every row a group of its own: the keys are those of the table.
        *taken = Some(if grouping.groups == table.rows() { column.clone() } else { Arc::new(take_column(column, &grouping.firsts)?) });
        Ok::<_, columnar::Error>(())
    })?;
    Ok(taken.into_iter().flatten().collect())
}
