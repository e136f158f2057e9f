//! Numbers as words that are equal where the values are.

use columnar::{Column, ColumnType, Data};

/// Whether values of the two types can be equal at all.
pub(super) fn comparable(a: ColumnType, b: ColumnType) -> bool {
    let number = |kind| matches!(kind, ColumnType::F64 | ColumnType::I64 | ColumnType::I32);
    a == b || number(a) && number(b)
}

/// Doubles beside whole numbers are compared as whole numbers; one that is none equals none of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Whole,
    Double,
}

impl Mode {
    pub(super) fn of(a: &Column, b: &Column) -> Self {
        if a.kind() == ColumnType::F64 && b.kind() == ColumnType::F64 { Self::Double } else { Self::Whole }
    }
}

/// -0 as 0 and every NaN alike.
#[inline]
pub(super) fn of_double(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

/// The whole number that `value` is exactly.
#[inline]
pub(super) fn whole(value: f64) -> Option<u64> {
    // 2^63 itself is no i64; the conversion would end at its largest.
    const END: f64 = 9_223_372_036_854_775_808.0;
    let inside = (-END..END).contains(&value) && value.trunc() == value;
    inside.then(|| (value as i64).cast_unsigned())
}

/// Rows that are worked on at a time; whole words of a bitmap.
const BLOCK: usize = 1024;

/// Calls `see` with the word of each row and whether it is there: it is not where the row matches nothing.
#[inline]
pub(super) fn each(column: &Column, mode: Mode, mut see: impl FnMut(u64, bool)) {
    let (mut words, mut there) = ([0; BLOCK], [true; BLOCK]);
    for start in (0..column.len()).step_by(BLOCK) {
        let rows = BLOCK.min(column.len() - start);
        block(column, mode, start, &mut words[..rows], &mut there[..rows]);
        words[..rows].iter().zip(&there).for_each(|(&word, &there)| see(word, there));
    }
}

/// The words of rows, and which of them are there.
#[inline(never)]
fn block(column: &Column, mode: Mode, start: usize, words: &mut [u64], there: &mut [bool]) {
    match column.validity() {
        None => there.fill(true),
        Some(bits) => there.iter_mut().enumerate().for_each(|(i, there)| *there = bits.get(start + i)),
    }
    match column.data() {
        Data::I32(values) => words.iter_mut().zip(&values[start..]).for_each(|(word, &value)| *word = i64::from(value).cast_unsigned()),
        Data::I64(values) => words.iter_mut().zip(&values[start..]).for_each(|(word, &value)| *word = value.cast_unsigned()),
        Data::F64(values) if mode == Mode::Double => {
            words.iter_mut().zip(&values[start..]).for_each(|(word, &value)| *word = of_double(value));
        }
        Data::F64(values) => {
            for ((word, there), &value) in words.iter_mut().zip(there).zip(&values[start..]) {
                let found = whole(value);
                *word = found.unwrap_or(0);
                *there &= found.is_some();
            }
        }
        Data::Bool(bits) => words.iter_mut().enumerate().for_each(|(i, word)| *word = bits.get(start + i).into()),
        Data::Utf8(_) | Data::Dict(..) => there.fill(false),
    }
}
