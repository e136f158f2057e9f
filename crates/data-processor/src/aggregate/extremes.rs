//! min and max.

use std::cmp::Ordering;

use columnar::{Bitmap, Codes, Column, Data, Dictionary, Result, Strings, alloc};

use super::fold::{Fold, fold};
use super::grouping::Grouping;
use super::output::of_counted;
use super::picks;
use super::steps::{bits_as_numbers, converted};
use crate::sort::ranks;
use crate::take::take_optional;

/// The greatest, or the least; `counts` are of values by slot. Groups without values hold the type's zero.
pub(super) fn column(grouping: &Grouping<'_>, column: &Column, counts: &[u32], greatest: bool) -> Result<Column> {
    let validity = column.validity();
    let (short, long) = (Least { flip: -i32::from(greatest) }, Least { flip: -i64::from(greatest) });
    let data = match column.data() {
        Data::F64(values) => {
            let least = LeastFloat { flip: long.flip };
            let states =
                settled(fold(&least, grouping.slots(), alloc::filled(grouping.spaces, i64::MAX)?, values, validity)?, counts, long.flip);
            Data::F64(grouping.pick(&states, |state| float_of(state ^ long.flip))?)
        }
        Data::I64(values) => {
            let states =
                settled(fold(&long, grouping.slots(), alloc::filled(grouping.spaces, i64::MAX)?, values, validity)?, counts, long.flip);
            Data::I64(grouping.pick(&states, |state| state ^ long.flip)?)
        }
        Data::I32(values) => Data::I32(whole(grouping, values, validity, counts, short, 0)?),
        Data::Bool(bits) => {
            let found = whole(grouping, &bits_as_numbers(bits)?, validity, counts, short, 0)?;
            Data::Bool(Bitmap::from_fn(found.len(), |group| found[group] == 1)?)
        }
        Data::Dict(codes, dictionary) => dictionary_codes(grouping, codes, dictionary, validity, counts, short)?,
        Data::Utf8(strings) => return take_optional(column, &rows(grouping, strings, validity, greatest)?),
    };
    of_counted(column.kind(), data, &grouping.pick(counts, |count| count)?)
}

/// The least of values with some bits turned round: with all of them it is the greatest, for `!` turns the order round.
#[derive(Clone, Copy)]
struct Least<T> {
    flip: T,
}

macro_rules! least {
    ($($type:ty),*) => {$(
        impl Fold for Least<$type> {
            type Value = $type;
            type State = $type;

            #[inline(always)]
            fn step(&self, state: $type, value: $type) -> $type {
                state.min(value ^ self.flip)
            }

            fn merge(&self, a: $type, b: $type) -> $type {
                a.min(b)
            }

            fn fresh(&self, _: $type) -> $type {
                <$type>::MAX
            }
        }
    )*};
}

least!(i32, i64);

/// Doubles by their bits as whole numbers in the same order, -0 below 0. NaN is past all of them, on the side that is looked for.
struct LeastFloat {
    flip: i64,
}

impl Fold for LeastFloat {
    type Value = f64;
    type State = i64;

    #[inline(always)]
    fn step(&self, state: i64, value: f64) -> i64 {
        state.min(if value.is_nan() { i64::MIN } else { ordered(value) ^ self.flip })
    }

    fn merge(&self, a: i64, b: i64) -> i64 {
        a.min(b)
    }

    fn fresh(&self, _: i64) -> i64 {
        i64::MAX
    }
}

/// The states, `empty` where a slot has no values.
fn settled<T: Copy>(mut states: Vec<T>, counts: &[u32], empty: T) -> Vec<T> {
    states.iter_mut().zip(counts).filter(|(_, count)| **count == 0).for_each(|(state, _)| *state = empty);
    states
}

/// By group; `empty` of those without values.
fn whole(
    grouping: &Grouping<'_>,
    values: &[i32],
    validity: Option<&Bitmap>,
    counts: &[u32],
    least: Least<i32>,
    empty: i32,
) -> Result<Vec<i32>> {
    let states = fold(&least, grouping.slots(), alloc::filled(grouping.spaces, i32::MAX)?, values, validity)?;
    grouping.pick(&settled(states, counts, empty ^ least.flip), |state| state ^ least.flip)
}

/// A whole number in the order of doubles; of NaN by its sign and pattern.
#[inline(always)]
pub(super) fn ordered(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

#[inline(always)]
pub(super) fn float_of(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

/// The rank of each row's string: dictionaries hold fewer than 2^31.
pub(super) fn row_ranks(codes: &Codes, ranks: &[u32]) -> Result<Vec<i32>> {
    match codes {
        Codes::U8(codes) => converted(codes, |code| ranks[usize::from(code)].cast_signed()),
        Codes::U16(codes) => converted(codes, |code| ranks[usize::from(code)].cast_signed()),
        Codes::U32(codes) => converted(codes, |code| ranks[code as usize].cast_signed()),
    }
}

fn dictionary_codes(
    grouping: &Grouping<'_>,
    codes: &Codes,
    dictionary: &Dictionary,
    validity: Option<&Bitmap>,
    counts: &[u32],
    least: Least<i32>,
) -> Result<Data> {
    let ranks = ranks(dictionary)?;
    let mut sorted = alloc::filled(ranks.len(), 0u32)?;
    for (code, &rank) in ranks.iter().enumerate() {
        sorted[rank as usize] = code as u32;
    }
    // Code 0 is what null rows carry.
    let empty = ranks.first().map_or(0, |rank| rank.cast_signed());
    let found = whole(grouping, &row_ranks(codes, &ranks)?, validity, counts, least, empty)?;
    let found = converted(&found, |rank| sorted[rank as usize])?;
    Ok(Data::Dict(Codes::narrowest(found, dictionary.len())?, dictionary.clone()))
}

/// The row of each group's extreme string.
fn rows(grouping: &Grouping<'_>, strings: &Strings, validity: Option<&Bitmap>, greatest: bool) -> Result<Vec<u32>> {
    let better = if greatest { Ordering::Greater } else { Ordering::Less };
    let slots = grouping.slots();
    let mut best = alloc::filled(grouping.spaces, picks::NONE)?;
    for row in 0..slots.rows() {
        if validity.is_some_and(|bits| !bits.get(row)) {
            continue;
        }
        let held = &mut best[slots.get(row)];
        if *held == picks::NONE || strings.get(row).cmp(strings.get(*held as usize)) == better {
            *held = row as u32;
        }
    }
    grouping.pick(&best, |row| row)
}
