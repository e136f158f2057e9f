//! Which group each row is of.

use std::borrow::Cow;

use columnar::{Bitmap, Codes, Data, Result, Table, alloc};
use thread_team::Team;

use super::fold::{BYTE, Slots};
use super::ids::{self, Ids};
use super::parts::{BLOCK, Part};
use super::shared;

/// Slots at most that are used without looking up which of them have rows.
const DIRECT: usize = 1 << 16;
/// No row.
const NONE: u32 = u32::MAX;

enum Held<'a> {
    One(usize),
    U8(Cow<'a, [u8]>),
    U16(Cow<'a, [u16]>),
    U32(Vec<u32>),
}

/// Rows by slots, and slots by groups.
pub(super) struct Grouping<'a> {
    held: Held<'a>,
    /// Slots are below it; some may have no rows.
    pub(super) spaces: usize,
    /// The slot of each group; `None`: group `g` is slot `g`.
    order: Option<Vec<u32>>,
    /// The first row of each group; empty where there are no keys.
    pub(super) firsts: Vec<u32>,
    pub(super) groups: usize,
    /// Who shares the work.
    pub(super) team: Option<&'a Team>,
}

impl<'a> Grouping<'a> {
    pub(super) fn new(table: &'a Table, keys: &[usize]) -> Result<Self> {
        Self::made(table, keys, &Team::default())
    }

    /// As `new`, shared out over a team, as is what is folded by it.
    pub(super) fn by(team: &'a Team, table: &'a Table, keys: &[usize]) -> Result<Self> {
        Ok(Self { team: Some(team), ..Self::made(table, keys, team)? })
    }

    fn made(table: &'a Table, keys: &[usize], team: &Team) -> Result<Self> {
        let rows = table.rows();
        if keys.is_empty() {
            return Ok(Self { held: Held::One(rows), spaces: 1, order: None, firsts: Vec::new(), groups: 1, team: None });
        }
        if let [key] = keys
            && let Some(grouping) = Self::of_codes(table.columns()[*key].data(), table.columns()[*key].validity(), rows)?
        {
            return Ok(grouping);
        }
        let mut parts = Vec::with_capacity(keys.len());
        for &key in keys {
            Part::of(&table.columns()[key], &mut parts)?;
        }
        Self::of_numbers(&parts, rows, team)
    }

    /// A dictionary's codes are slots as they are.
    fn of_codes(data: &'a Data, validity: Option<&Bitmap>, rows: usize) -> Result<Option<Self>> {
        let Data::Dict(codes, dictionary) = data else { return Ok(None) };
        if validity.is_some() || dictionary.len() > direct(rows) {
            return Ok(None);
        }
        Ok(match codes {
            Codes::U8(codes) => Some(Self::direct(Held::U8(codes.into()), dictionary.len())?),
            Codes::U16(codes) => Some(Self::direct(Held::U16(codes.into()), dictionary.len())?),
            Codes::U32(_) => None,
        })
    }

    /// Groups of equal numbers of all parts.
    pub(super) fn of_parts(parts: &[Part<'_>], rows: usize) -> Result<Grouping<'static>> {
        Self::of_numbers(parts, rows, &Team::default())
    }

    fn of_numbers(parts: &[Part<'_>], rows: usize, team: &Team) -> Result<Grouping<'static>> {
        let space = parts.iter().try_fold(1u64, |space, part| if part.span == 0 { None } else { space.checked_mul(part.span) });
        let space = space.and_then(|space| usize::try_from(space).ok()).unwrap_or(usize::MAX);
        if space <= direct(rows) {
            let held = if space <= BYTE {
                Held::U8(Cow::Owned(composed(parts, rows, team, |number| number as u8)?))
            } else {
                Held::U16(Cow::Owned(composed(parts, rows, team, |number| number as u16)?))
            };
            return Grouping::direct(held, space);
        }
        let Ids { ids, firsts } = if space <= rows.saturating_mul(4) && space <= 1 << 30 {
            ids::looked_up(rows, space, |start, out| compose(parts, start, out))?
        } else {
            ids::numbered(rows, team, parts)?
        };
        let groups = firsts.len();
        Ok(Grouping { held: Held::U32(ids), spaces: groups, order: None, firsts, groups, team: None })
    }

    /// Slots as they stand: finds which have rows, and their order.
    fn direct(held: Held<'_>, spaces: usize) -> Result<Grouping<'_>> {
        let (order, firsts) = match &held {
            Held::U8(slots) => few(slots, spaces)?,
            Held::U16(slots) => many(slots, spaces)?,
            _ => (Vec::new(), Vec::new()),
        };
        let groups = order.len();
        Ok(Grouping { held, spaces, order: Some(order), firsts, groups, team: None })
    }

    /// Row `r` is group `r`.
    pub(super) fn each_row(&self) -> bool {
        matches!(&self.held, Held::U32(ids) if ids.len() == self.groups)
    }

    pub(super) fn slots(&self) -> Slots<'_> {
        match &self.held {
            Held::One(rows) => Slots::One(*rows),
            Held::U8(slots) => Slots::U8(slots),
            Held::U16(slots) => Slots::U16(slots),
            Held::U32(slots) => Slots::U32(slots),
        }
    }

    /// The slots as a part of further keys.
    pub(super) fn as_part(&self) -> Option<Part<'_>> {
        let span = self.spaces as u64;
        match &self.held {
            Held::One(_) => None,
            Held::U8(slots) => Some(Part::narrow_numbers(slots, span)),
            Held::U16(slots) => Some(Part::short_numbers(slots, span)),
            Held::U32(slots) => Some(Part::numbers(Cow::Borrowed(slots), span)),
        }
    }

    /// The slot of each group, in the groups' order.
    pub(super) fn order(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        (0..self.groups).map(|group| self.order.as_ref().map_or(group, |order| order[group] as usize))
    }

    /// What each group's slot has, in the groups' order.
    pub(super) fn pick<T: Copy, U>(&self, states: &[T], result: impl Fn(T) -> U) -> Result<Vec<U>> {
        let mut picked = alloc::room(self.groups)?;
        match &self.order {
            Some(order) => picked.extend(order.iter().map(|&slot| result(states[slot as usize]))),
            None => picked.extend(states[..self.groups].iter().map(|&state| result(state))),
        }
        Ok(picked)
    }
}

/// Slots that are worth their space: states of all are set up and looked through, few rows or many.
fn direct(rows: usize) -> usize {
    DIRECT.min(rows.saturating_mul(2).max(BYTE))
}

/// Numbers of all parts in one, below the product of their spans.
fn compose(parts: &[Part<'_>], start: usize, out: &mut [u32]) {
    let mut one = [0u32; BLOCK];
    for (place, part) in parts.iter().enumerate() {
        if place == 0 {
            part.fill_u32(start, out);
            continue;
        }
        let one = &mut one[..out.len()];
        part.fill_u32(start, one);
        let span = part.span as u32;
        for (number, &next) in out.iter_mut().zip(&*one) {
            *number = number.wrapping_mul(span).wrapping_add(next);
        }
    }
}

fn composed<T: Copy + Default + Send>(parts: &[Part<'_>], rows: usize, team: &Team, narrow: impl Fn(u32) -> T + Sync) -> Result<Vec<T>> {
    let mut slots = alloc::filled(rows, T::default())?;
    let alone = Team::default();
    let team = shared::crew(Some(team), rows).unwrap_or(&alone);
    let piece = shared::piece(rows, team);
    team.each(slots.chunks_mut(piece).enumerate(), |(i, slots)| {
        let mut block = [0u32; BLOCK];
        for (j, slots) in slots.chunks_mut(BLOCK).enumerate() {
            let block = &mut block[..slots.len()];
            compose(parts, i * piece + j * BLOCK, block);
            slots.iter_mut().zip(&*block).for_each(|(slot, &number)| *slot = narrow(number));
        }
        Ok::<_, columnar::Error>(())
    })?;
    Ok(slots)
}

/// The slots in order of first appearance with their first rows; looks no further than where the last new one is.
fn few(slots: &[u8], spaces: usize) -> Result<(Vec<u32>, Vec<u32>)> {
    let mut order = alloc::room(spaces)?;
    let mut firsts = alloc::room(spaces)?;
    let mut met = [false; BYTE];
    for (row, &slot) in slots.iter().enumerate() {
        if !met[usize::from(slot)] {
            met[usize::from(slot)] = true;
            order.push(slot.into());
            firsts.push(row as u32);
            if order.len() == spaces {
                break;
            }
        }
    }
    Ok((order, firsts))
}

/// As `few` without a branch a row: from the last row to the first, every slot keeps what was written last; a bit a row sorts them.
fn many(slots: &[u16], spaces: usize) -> Result<(Vec<u32>, Vec<u32>)> {
    let mut first_of: Vec<u32> = alloc::filled(spaces, NONE)?;
    for (row, &slot) in slots.iter().enumerate().rev() {
        first_of[usize::from(slot)] = row as u32;
    }
    let mut marks = Bitmap::zeros(slots.len())?;
    let mut groups = 0;
    for &row in first_of.iter().filter(|row| **row != NONE) {
        marks.set(row as usize, true);
        groups += 1;
    }
    let mut order = alloc::room(groups)?;
    let mut firsts = alloc::room(groups)?;
    for row in marks.ones_iter() {
        order.push(slots[row].into());
        firsts.push(row as u32);
    }
    Ok((order, firsts))
}
