//! One column after another of its type.

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, Data, Dictionary, Result, Strings, alloc};

use super::intern::{NONE, Texts};
use crate::take::text::Writer;

/// The rows of `a`, then those of `b`, which is of the same type.
pub(super) fn concat(a: &Column, b: &Column) -> Result<Column> {
    let valid = b.validity();
    let data = match (a.data(), b.data()) {
        (Data::F64(a), Data::F64(b)) => Data::F64(numbers(a, b)?),
        (Data::I64(a), Data::I64(b)) => Data::I64(numbers(a, b)?),
        (Data::I32(a), Data::I32(b)) => Data::I32(numbers(a, b)?),
        (Data::Bool(a), Data::Bool(b)) => Data::Bool(bits(a.len() + b.len(), a.len(), |i| a.get(i), |i| b.get(i))?),
        (Data::Dict(a, first), Data::Dict(b, second)) => dictionaries((a, first), (b, second), valid)?,
        _ => Data::Utf8(strings(a, b)?),
    };
    let validity = match (a.validity(), b.validity()) {
        (None, None) => None,
        _ => Some(bits(a.len() + b.len(), a.len(), |i| a.is_valid(i), |i| b.is_valid(i))?),
    };
    Ok(Column::new(a.kind(), data, validity))
}

fn bits(len: usize, first: usize, a: impl Fn(usize) -> bool, b: impl Fn(usize) -> bool) -> Result<Bitmap> {
    Bitmap::from_fn(len, |i| if i < first { a(i) } else { b(i - first) })
}

fn numbers<T: Copy>(a: &[T], b: &[T]) -> Result<Vec<T>> {
    let mut both = alloc::room(a.len() + b.len())?;
    both.extend_from_slice(a);
    both.extend_from_slice(b);
    Ok(both)
}

fn strings(a: &Column, b: &Column) -> Result<Strings> {
    // A null row of a dictionary column has a code all the same.
    let length = |column: &Column, row: usize| if column.is_valid(row) { column.string(row).len() } else { 0 };
    let bytes = |column: &Column| -> u64 { (0..column.len()).map(|row| length(column, row) as u64).sum() };
    let mut writer = Writer::new(a.len() + b.len(), bytes(a) + bytes(b))?;
    for column in [a, b] {
        (0..column.len()).for_each(|row| writer.push(column.string(row), 0, length(column, row)));
    }
    writer.finish()
}

/// Strings of `b` that rows of values use and `a` lacks are added to the dictionary of `a`.
fn dictionaries((a, first): (&Codes, &Dictionary), (b, second): (&Codes, &Dictionary), valid: Option<&Bitmap>) -> Result<Data> {
    let valid = |row: usize| valid.is_none_or(|bits| bits.get(row));
    let codes = |more: &dyn Fn(u32) -> u32| -> Result<Vec<u32>> {
        let mut both = alloc::room(a.len() + b.len())?;
        both.extend((0..a.len()).map(|row| a.get(row)));
        both.extend((0..b.len()).map(|row| if valid(row) { more(b.get(row)) } else { 0 }));
        Ok(both)
    };
    if Arc::ptr_eq(first, second) {
        return Ok(Data::Dict(Codes::narrowest(codes(&|code| code)?, first.len())?, first.clone()));
    }
    let mut known = Texts::with_room(first)?;
    (0..first.len()).for_each(|place| _ = known.add(place));
    let mut used = alloc::filled(second.len(), false)?;
    (0..b.len()).filter(|row| valid(*row)).for_each(|row| used[b.get(row) as usize] = true);

    let mut map = alloc::filled(second.len(), 0u32)?;
    let mut fresh = alloc::room(used.iter().filter(|used| **used).count())?;
    for (code, text) in second.iter().enumerate().filter(|(code, _)| used[*code]) {
        map[code] = known.find(text);
        if map[code] == NONE {
            map[code] = (first.len() + fresh.len()) as u32;
            fresh.push(text);
        }
    }
    let codes = codes(&|code| map[code as usize])?;
    if fresh.is_empty() {
        return Ok(Data::Dict(Codes::narrowest(codes, first.len())?, first.clone()));
    }
    let bytes = first.bytes().len() as u64 + fresh.iter().map(|text| text.len() as u64).sum::<u64>();
    let mut writer = Writer::new(first.len() + fresh.len(), bytes)?;
    writer.push_run(first.offsets(), first.bytes());
    fresh.iter().for_each(|text| writer.push(text, 0, text.len()));
    let dictionary = writer.finish()?;
    Ok(Data::Dict(Codes::narrowest(codes, dictionary.len())?, Arc::new(dictionary)))
}
