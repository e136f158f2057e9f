//! Both tables' key columns as one small number per row: equal numbers where all keys are equal.

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, Data, Dictionary, Error, Result, Strings, Table, alloc};

use super::intern::{NONE, Texts, Words};
use super::words::{self, Mode};

/// A number per row below `count`, [`NONE`] where the row matches nothing.
pub(super) struct Keys {
    pub(super) left: Vec<u32>,
    pub(super) right: Vec<u32>,
    pub(super) count: usize,
}

pub(super) fn of(left: &Table, right: &Table, on: &[(usize, usize)]) -> Result<Keys> {
    let mut all: Option<Keys> = None;
    for &(l, r) in on {
        let keys = pair(&left.columns()[l], &right.columns()[r])?;
        all = Some(match all {
            Some(before) => both(before, keys)?,
            None => keys,
        });
    }
    Ok(all.unwrap_or(Keys { left: alloc::filled(left.rows(), NONE)?, right: alloc::filled(right.rows(), NONE)?, count: 0 }))
}

/// How many more numbers than rows may be, so that they index arrays without being hashed.
fn spacious(rows: usize) -> u64 {
    4 * rows as u64 + 65_536
}

fn pair(left: &Column, right: &Column) -> Result<Keys> {
    match (left.data(), right.data()) {
        (Data::Utf8(_) | Data::Dict(..), Data::Utf8(_) | Data::Dict(..)) => texts(left, right),
        _ => numbers(left, right, Mode::of(left, right)),
    }
}

fn numbers(left: &Column, right: &Column, mode: Mode) -> Result<Keys> {
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    words::each(right, mode, |word, there| {
        if there {
            (low, high) = (low.min(word.cast_signed()), high.max(word.cast_signed()));
        }
    });
    let span = if low <= high { high.wrapping_sub(low).cast_unsigned() } else { 0 };
    let (mut left_keys, mut right_keys): (Vec<u32>, Vec<u32>) = (alloc::room(left.len())?, alloc::room(right.len())?);
    if span < spacious(left.len() + right.len()) && low <= high {
        let base = low.cast_unsigned();
        for (column, keys) in [(left, &mut left_keys), (right, &mut right_keys)] {
            words::each(column, mode, |word, there| {
                let place = word.wrapping_sub(base);
                keys.push(if there && place <= span { place as u32 } else { NONE });
            });
        }
        return Ok(Keys { left: left_keys, right: right_keys, count: span as usize + 1 });
    }
    let mut known = Words::with_room(right.len())?;
    words::each(right, mode, |word, there| right_keys.push(if there { known.add(word) } else { NONE }));
    words::each(left, mode, |word, there| left_keys.push(if there { known.find(word) } else { NONE }));
    Ok(Keys { left: left_keys, right: right_keys, count: known.count() as usize })
}

fn texts(left: &Column, right: &Column) -> Result<Keys> {
    match (left.data(), right.data()) {
        // Tables that were made from one another share their dictionaries.
        (Data::Dict(a, first), Data::Dict(b, second)) if Arc::ptr_eq(first, second) => {
            Ok(Keys { left: codes(a, left.validity(), None)?, right: codes(b, right.validity(), None)?, count: first.len() })
        }
        _ => numbered(right, |known| found(left, known)),
    }
}

/// The keys of a dictionary's strings in place of left rows.
pub(super) fn of_dictionary(left: &Dictionary, right: &Column) -> Result<Keys> {
    match right.data() {
        Data::Dict(codes_of_rows, dictionary) if Arc::ptr_eq(left, dictionary) => {
            let mut all = alloc::room(left.len())?;
            all.extend(0..left.len() as u32);
            Ok(Keys { left: all, right: codes(codes_of_rows, right.validity(), None)?, count: left.len() })
        }
        _ => numbered(right, |known| find_each(left, known)),
    }
}

/// Numbers the strings of the right; `left` looks its own up.
fn numbered(right: &Column, left: impl FnOnce(&Texts) -> Result<Vec<u32>>) -> Result<Keys> {
    match right.data() {
        Data::Dict(codes_of_rows, dictionary) => {
            let mut known = Texts::with_room(dictionary)?;
            (0..dictionary.len()).for_each(|place| _ = known.add(place));
            Ok(Keys { left: left(&known)?, right: codes(codes_of_rows, right.validity(), None)?, count: dictionary.len() })
        }
        Data::Utf8(strings) => {
            let mut known = Texts::with_room(strings)?;
            let mut right_keys = alloc::room(strings.len())?;
            right_keys.extend((0..strings.len()).map(|row| if right.is_valid(row) { known.add(row) } else { NONE }));
            Ok(Keys { left: left(&known)?, right: right_keys, count: strings.len() })
        }
        _ => Err(Error::invalid("the key of a join is text on one side alone")),
    }
}

fn find_each(strings: &Strings, known: &Texts) -> Result<Vec<u32>> {
    let mut keys = alloc::room(strings.len())?;
    keys.extend(strings.iter().map(|text| known.find(text)));
    Ok(keys)
}

/// The numbers that `known` has for a column's strings; a dictionary is looked up once.
fn found(column: &Column, known: &Texts) -> Result<Vec<u32>> {
    match column.data() {
        Data::Dict(rows, dictionary) => {
            let map = find_each(dictionary, known)?;
            codes(rows, column.validity(), Some(&map))
        }
        Data::Utf8(strings) => {
            let mut keys = find_each(strings, known)?;
            if let Some(valid) = column.validity() {
                keys.iter_mut().enumerate().filter(|(row, _)| !valid.get(*row)).for_each(|(_, key)| *key = NONE);
            }
            Ok(keys)
        }
        _ => alloc::filled(column.len(), NONE),
    }
}

/// Codes as numbers, or what `map` has for each.
fn codes(codes: &Codes, valid: Option<&Bitmap>, map: Option<&[u32]>) -> Result<Vec<u32>> {
    let mut keys: Vec<u32> = alloc::room(codes.len())?;
    match codes {
        Codes::U8(codes) => keys.extend(codes.iter().map(|&code| u32::from(code))),
        Codes::U16(codes) => keys.extend(codes.iter().map(|&code| u32::from(code))),
        Codes::U32(codes) => keys.extend_from_slice(codes),
    }
    if let Some(map) = map {
        keys.iter_mut().for_each(|key| *key = map.get(*key as usize).copied().unwrap_or(NONE));
    }
    if let Some(valid) = valid {
        keys.iter_mut().enumerate().filter(|(row, _)| !valid.get(*row)).for_each(|(_, key)| *key = NONE);
    }
    Ok(keys)
}

/// Pairs of numbers as numbers: in one range where that is small, else numbered as they appear on the right.
fn both(mut a: Keys, b: Keys) -> Result<Keys> {
    let count = b.count as u64;
    let word = |a: u32, b: u32| if a == NONE || b == NONE { None } else { Some(u64::from(a) * count + u64::from(b)) };
    let space = a.count as u64 * count;
    if space < spacious(a.left.len() + a.right.len()) {
        let join = |keys: &mut [u32], others: &[u32]| {
            keys.iter_mut().zip(others).for_each(|(key, &other)| *key = word(*key, other).map_or(NONE, |word| word as u32));
        };
        join(&mut a.left, &b.left);
        join(&mut a.right, &b.right);
        return Ok(Keys { count: space as usize, ..a });
    }
    let mut known = Words::with_room(a.right.len())?;
    a.right.iter_mut().zip(&b.right).for_each(|(key, &other)| *key = word(*key, other).map_or(NONE, |word| known.add(word)));
    a.left.iter_mut().zip(&b.left).for_each(|(key, &other)| *key = word(*key, other).map_or(NONE, |word| known.find(word)));
    Ok(Keys { count: known.count() as usize, ..a })
}
