//! One level: as many of the fields' bits as one word holds beside the row's place, sorted at once; then the runs that tie.

use columnar::{Result, alloc, sort_rows};

use super::fields::Field;
use super::pieces::{self, Position};
use super::{compare, radix, texts};

/// Runs up to this long are sorted by comparing. (Longer ones pay for a level's counts.)
const SHORT: usize = 64;
/// Levels below each other before comparing takes over: strings that share long beginnings would otherwise need one level each.
const DEEPEST: u32 = 12;

/// Sorts `rows`, which are the numbers from 0 on, by all of `fields`; says whether anything moved.
pub(super) fn sort(rows: &mut [u32], fields: &[Field]) -> Result<bool> {
    refine(rows, fields, Position { field: 0, used: 0 }, 0)
}

fn refine(rows: &mut [u32], fields: &[Field], at: Position, depth: u32) -> Result<bool> {
    let Some(rest) = fields.get(at.field..).filter(|rest| !rest.is_empty() && rows.len() > 1) else { return Ok(false) };
    if rows.len() <= SHORT || depth >= DEEPEST {
        let order = |a: u32, b: u32| compare::rows(rest, a, b);
        if rows.is_sorted_by(|a, b| order(*a, *b).is_lt()) {
            return Ok(false);
        }
        sort_rows(rows, &order);
        return Ok(true);
    }
    let place_bits = bits_for(rows.len());
    let all = depth == 0;
    match &fields[at.field] {
        Field::Text { texts, descending } => {
            let Some(chunk) = texts::Chunk::of(*texts, *descending, rows, at.used as usize, 64 - place_bits) else {
                return refine(rows, fields, Position { field: at.field + 1, used: 0 }, depth);
            };
            let keys = chunk.keys(rows, place_bits)?;
            order_by(keys, chunk.bits(), (rows, all), |run, key| {
                let used = chunk.used_after(key).unwrap_or(0);
                let field = if chunk.used_after(key).is_some() { at.field } else { at.field + 1 };
                refine(run, fields, Position { field, used }, depth + 1)
            })
        }
        _ => {
            let plan = pieces::plan(fields, at, 64 - place_bits)?;
            let keys = plan.keys(fields, rows, place_bits)?;
            if plan.next.field >= fields.len() {
                return order_whole(keys, plan.bits, rows, all);
            }
            order_by(keys, plan.bits, (rows, all), |run, _| refine(run, fields, plan.next, depth + 1))
        }
    }
}

/// Bits that hold numbers below `len`.
fn bits_for(len: usize) -> u32 {
    usize::BITS - (len - 1).leading_zeros()
}

/// Puts the rows in the order of their keys, of which `bits` stand above the row's place. `all`: the rows are the numbers from 0 on, as
/// they are at the first level: then a place is the row.
fn order_whole(mut keys: Vec<u64>, bits: u32, rows: &mut [u32], all: bool) -> Result<bool> {
    if keys.is_sorted() {
        return Ok(false);
    }
    let before = if all { None } else { Some(alloc::copied(rows)?) };
    radix::sort(&mut keys, bits_for(rows.len()), bits, Some(rows))?;
    if let Some(before) = before {
        rows.iter_mut().for_each(|row| *row = before[*row as usize]);
    }
    Ok(true)
}

/// As [`order_whole`]; then calls `tied` with each run of equal keys.
fn order_by(
    mut keys: Vec<u64>,
    bits: u32,
    (rows, all): (&mut [u32], bool),
    mut tied: impl FnMut(&mut [u32], u64) -> Result<bool>,
) -> Result<bool> {
    let place_bits = bits_for(rows.len());
    let mut moved = !keys.is_sorted();
    if moved {
        radix::sort(&mut keys, place_bits, bits, None)?;
        let mask = (1 << place_bits) - 1;
        if all {
            rows.iter_mut().zip(&keys).for_each(|(row, key)| *row = (key & mask) as u32);
        } else {
            let before = alloc::copied(rows)?;
            rows.iter_mut().zip(&keys).for_each(|(row, key)| *row = before[(key & mask) as usize]);
        }
    }
    let mut start = 0;
    for end in 1..=keys.len() {
        let key = keys[start] >> place_bits;
        if keys.get(end).is_some_and(|other| other >> place_bits == key) {
            continue;
        }
        if end - start > 1 {
            moved |= tied(&mut rows[start..end], key)?;
        }
        start = end;
    }
    Ok(moved)
}
