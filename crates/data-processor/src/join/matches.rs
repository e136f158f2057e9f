//! Which row goes with which.

use columnar::{Bitmap, Error, ErrorCode, Result, alloc};

use super::JoinHow;
use super::index::Index;
use super::intern::NONE;
use super::keys::Keys;

/// The result's rows, those with a left row first.
pub(super) struct Matches {
    /// Left rows; `None`: every one, once, in order.
    pub(super) left: Option<Vec<u32>>,
    /// Right rows of as many, [`NONE`] where nothing matches.
    pub(super) right: Vec<u32>,
    /// Right rows that match nothing and come after.
    pub(super) alone: Vec<u32>,
}

/// The left rows with a match, or those without.
pub(super) fn mask(keys: &Keys, matched: bool) -> Result<Bitmap> {
    let mut there = alloc::filled(keys.count, false)?;
    keys.right.iter().filter(|key| **key != NONE).for_each(|&key| there[key as usize] = true);
    Bitmap::from_fn(keys.left.len(), |row| there.get(keys.left[row] as usize).copied().unwrap_or(false) == matched)
}

pub(super) fn rows(keys: &Keys, how: JoinHow) -> Result<Matches> {
    let keep_left = matches!(how, JoinHow::Left | JoinHow::Full);
    let alone = if matches!(how, JoinHow::Right | JoinHow::Full) { alone(keys)? } else { Vec::new() };
    let (left, right) = match Index::new(&keys.right, keys.count)? {
        Index::One(one) => once(&keys.left, &one, keep_left)?,
        Index::Many { starts, rows } => often(&keys.left, &starts, &rows, keep_left, alone.len())?,
    };
    let rows = right.len() as u64 + alone.len() as u64;
    if rows > u64::from(u32::MAX) { Err(too_large(rows)) } else { Ok(Matches { left, right, alone }) }
}

fn too_large(rows: u64) -> Error {
    Error::new(ErrorCode::TooLarge, format!("the join gives {rows} rows, more than a table's 2^32: a key repeats on both sides"))
}

/// At most one match a row.
fn once(keys: &[u32], one: &[u32], keep_left: bool) -> Result<(Option<Vec<u32>>, Vec<u32>)> {
    let mut right = alloc::room(keys.len())?;
    right.extend(keys.iter().map(|&key| one.get(key as usize).copied().unwrap_or(NONE)));
    if keep_left || !right.contains(&NONE) {
        return Ok((None, right));
    }
    // Every row is written and the end moves on past those that stay.
    let mut left = alloc::filled(keys.len(), 0u32)?;
    let mut end = 0;
    for row in 0..right.len() {
        left[end] = row as u32;
        right[end] = right[row];
        end += usize::from(right[end] != NONE);
    }
    left.truncate(end);
    right.truncate(end);
    Ok((Some(left), right))
}

/// Any number of matches a row.
fn often(keys: &[u32], starts: &[u32], rows: &[u32], keep_left: bool, more: usize) -> Result<(Option<Vec<u32>>, Vec<u32>)> {
    let range = |key: u32| match starts.get(key as usize..).and_then(<[u32]>::first_chunk::<2>) {
        Some(&[start, end]) => start as usize..end as usize,
        None => 0..0,
    };
    let least = usize::from(keep_left);
    let total: u64 = keys.iter().map(|&key| range(key).len().max(least) as u64).sum();
    if total + more as u64 > u64::from(u32::MAX) {
        return Err(too_large(total + more as u64));
    }
    let (mut left, mut right) = (alloc::room(total as usize)?, alloc::room(total as usize)?);
    for (row, &key) in keys.iter().enumerate() {
        let found = &rows[range(key)];
        if found.is_empty() {
            if keep_left {
                left.push(row as u32);
                right.push(NONE);
            }
            continue;
        }
        left.extend(core::iter::repeat_n(row as u32, found.len()));
        right.extend_from_slice(found);
    }
    Ok((Some(left), right))
}

/// The right rows that no left row matches.
fn alone(keys: &Keys) -> Result<Vec<u32>> {
    let mut seen = alloc::filled(keys.count, false)?;
    keys.left.iter().filter(|key| **key != NONE).for_each(|&key| seen[key as usize] = true);
    let unseen = |key: u32| !seen.get(key as usize).copied().unwrap_or(false);
    let count = keys.right.iter().filter(|key| unseen(**key)).count();
    let mut alone = alloc::room(count)?;
    alone.extend(keys.right.iter().enumerate().filter(|(_, key)| unseen(**key)).map(|(row, _)| row as u32));
    Ok(alone)
}
