//! Lengths and places in UTF-16 units, as JavaScript counts.

use columnar::{Result, Strings, alloc};

use super::case::is_ascii;
use crate::take::text::Writer;

/// Bytes that begin a character, those of four bytes twice: a pair of surrogates.
#[inline]
fn units(text: &[u8]) -> usize {
    text.iter().map(|&byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0)).sum()
}

pub(super) fn lengths(strings: &Strings) -> Result<Vec<i32>> {
    let mut lengths = alloc::room(strings.len())?;
    if is_ascii(strings.bytes()) {
        lengths.extend(strings.offsets().windows(2).map(|pair| (pair[1] - pair[0]).cast_signed()));
    } else {
        lengths.extend(strings.iter().map(|text| units(text) as i32));
    }
    Ok(lengths)
}

/// The parts of the strings, and the places of those whose part would begin or end inside a pair of surrogates.
pub(super) fn substring(strings: &Strings, start: i64, end: Option<i64>) -> Result<(Strings, Vec<u32>)> {
    let mut writer = Writer::new(strings.len(), strings.bytes().len() as u64)?;
    let mut left = Vec::new();
    let ascii = is_ascii(strings.bytes());
    for (place, (text, &base)) in strings.iter().zip(strings.offsets()).enumerate() {
        let plain = ascii || text.is_ascii();
        let length = if plain { text.len() } else { units(text) };
        let (start, end) = (bound(start, length), end.map_or(length, |end| bound(end, length)));
        let range = if start >= end {
            Some((0, 0))
        } else if plain {
            Some((start, end))
        } else {
            byte_of(text, start).zip(byte_of(text, end))
        };
        match range {
            Some((start, end)) => writer.push(strings.bytes(), base as usize + start, base as usize + end),
            None => {
                alloc::grow(&mut left, 1)?;
                left.push(place as u32);
                writer.push(text, 0, 0);
            }
        }
    }
    Ok((writer.finish()?, left))
}

/// As `slice` takes its bounds: from the end where they are negative, within the text.
#[inline]
fn bound(at: i64, length: usize) -> usize {
    let at = if at < 0 { at.saturating_add(length as i64).max(0) } else { at };
    at.min(length as i64) as usize
}

/// The byte where UTF-16 unit `unit` begins; `None` inside a pair.
fn byte_of(text: &[u8], unit: usize) -> Option<usize> {
    let mut seen = 0;
    for (at, &byte) in text.iter().enumerate() {
        if byte & 0xc0 == 0x80 {
            continue;
        }
        if seen >= unit {
            return (seen == unit).then_some(at);
        }
        seen += if byte >= 0xf0 { 2 } else { 1 };
    }
    (seen == unit).then_some(text.len())
}
