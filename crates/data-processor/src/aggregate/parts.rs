//! A key column as whole numbers from 0 on: equal keys have equal numbers, null has one of its own.

use std::borrow::Cow;

use columnar::{Bitmap, Codes, Column, Data, Result};

use super::intern;

/// Rows that are worked on at a time, so that what is in between stays in the nearest cache.
pub(super) const BLOCK: usize = 1024;

enum Source<'a> {
    U8(Cow<'a, [u8]>),
    U16(Cow<'a, [u16]>),
    U32(Cow<'a, [u32]>),
    /// Whole numbers less the least of them.
    I32(&'a [i32], i32),
    I64(&'a [i64], i64),
    /// Their bits, NaN and -0 made one.
    F64(&'a [f64]),
    Bool(&'a Bitmap),
}

pub(super) struct Part<'a> {
    source: Source<'a>,
    /// Numbers are below it, the one of null included; 0 stands for 2^64.
    pub(super) span: u64,
    /// Null rows have the number `null`.
    validity: Option<&'a Bitmap>,
    null: u64,
}

/// NaN of another pattern than the one all NaN are made to.
const NULL_BITS: u64 = 0x7ff8_0000_0000_0001;

impl<'a> Part<'a> {
    /// A column gives one part, or two where null has no number left: then the second tells null rows.
    pub(super) fn of(column: &'a Column, parts: &mut Vec<Self>) -> Result<()> {
        let validity = column.validity();
        let nullable = u64::from(validity.is_some());
        let part = match column.data() {
            Data::Dict(codes, dictionary) => {
                let source = match codes {
                    Codes::U8(codes) => Source::U8(Cow::Borrowed(codes)),
                    Codes::U16(codes) => Source::U16(Cow::Borrowed(codes)),
                    Codes::U32(codes) => Source::U32(Cow::Borrowed(codes)),
                };
                Part { source, span: dictionary.len() as u64 + nullable, validity, null: dictionary.len() as u64 }
            }
            Data::I32(values) => {
                let (least, most) = range(values, validity);
                let width = i64::from(most).abs_diff(i64::from(least));
                Part { source: Source::I32(values, least), span: width + 1 + nullable, validity, null: width + 1 }
            }
            Data::I64(values) => {
                let (least, most) = range(values, validity);
                let width = most.abs_diff(least);
                if let Some(bits) = validity
                    && width >= u64::MAX - 1
                {
                    parts.push(Part { source: Source::Bool(bits), span: 2, validity: None, null: 0 });
                    parts.push(Part { source: Source::I64(values, least), span: 0, validity: None, null: 0 });
                    return Ok(());
                }
                let null = width.wrapping_add(1);
                Part { source: Source::I64(values, least), span: null.wrapping_add(nullable), validity, null }
            }
            Data::F64(values) => Part { source: Source::F64(values), span: 0, validity, null: NULL_BITS },
            Data::Bool(bits) => Part { source: Source::Bool(bits), span: 2 + nullable, validity, null: 2 },
            Data::Utf8(strings) => {
                let (ids, firsts) = intern::numbered(strings)?;
                let count = firsts.len() as u64;
                Part { source: Source::U32(Cow::Owned(ids)), span: count + nullable, validity, null: count }
            }
        };
        parts.push(part);
        Ok(())
    }

    /// Numbers that stand already, below `span`.
    pub(super) fn numbers(ids: Cow<'a, [u32]>, span: u64) -> Self {
        Part { source: Source::U32(ids), span, validity: None, null: 0 }
    }

    pub(super) fn narrow_numbers(ids: &'a [u8], span: u64) -> Self {
        Part { source: Source::U8(Cow::Borrowed(ids)), span, validity: None, null: 0 }
    }

    pub(super) fn short_numbers(ids: &'a [u16], span: u64) -> Self {
        Part { source: Source::U16(Cow::Borrowed(ids)), span, validity: None, null: 0 }
    }

    /// Bits that every number fits in.
    pub(super) fn bits(&self) -> u32 {
        64 - self.span.wrapping_sub(1).leading_zeros()
    }

    /// The numbers of rows `start..start + out.len()`, of a part whose span is within 32 bits.
    pub(super) fn fill_u32(&self, start: usize, out: &mut [u32]) {
        let end = start + out.len();
        match &self.source {
            Source::U8(codes) => copy(out, &codes[start..end], u32::from),
            Source::U16(codes) => copy(out, &codes[start..end], u32::from),
            Source::U32(codes) => out.copy_from_slice(&codes[start..end]),
            Source::I32(values, least) => copy(out, &values[start..end], |value| value.wrapping_sub(*least).cast_unsigned()),
            Source::I64(values, least) => copy(out, &values[start..end], |value| value.wrapping_sub(*least) as u32),
            Source::F64(values) => copy(out, &values[start..end], |value| float_bits(value) as u32),
            Source::Bool(bits) => out.iter_mut().enumerate().for_each(|(i, number)| *number = u32::from(bits.get(start + i))),
        }
        self.each_null(start, end, |i| out[i] = self.null as u32);
    }

    /// As `fill_u32`, of any part.
    pub(super) fn fill_u64(&self, start: usize, out: &mut [u64]) {
        let end = start + out.len();
        match &self.source {
            Source::U8(codes) => copy(out, &codes[start..end], u64::from),
            Source::U16(codes) => copy(out, &codes[start..end], u64::from),
            Source::U32(codes) => copy(out, &codes[start..end], u64::from),
            Source::I32(values, least) => copy(out, &values[start..end], |value| u64::from(value.wrapping_sub(*least).cast_unsigned())),
            Source::I64(values, least) => copy(out, &values[start..end], |value| value.wrapping_sub(*least).cast_unsigned()),
            Source::F64(values) => copy(out, &values[start..end], float_bits),
            Source::Bool(bits) => out.iter_mut().enumerate().for_each(|(i, number)| *number = u64::from(bits.get(start + i))),
        }
        self.each_null(start, end, |i| out[i] = self.null);
    }

    /// The null rows of `start..end`, counted from `start`, which is a multiple of 64.
    fn each_null(&self, start: usize, end: usize, mut set: impl FnMut(usize)) {
        let Some(bits) = self.validity else { return };
        for (w, &word) in bits.words()[start / 64..end.div_ceil(64)].iter().enumerate() {
            let mut rest = !word;
            while rest != 0 {
                let i = w * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if i < end - start {
                    set(i);
                }
            }
        }
    }
}

#[inline(always)]
fn copy<T: Copy, U>(out: &mut [U], values: &[T], number: impl Fn(T) -> U) {
    for (place, &value) in out.iter_mut().zip(values) {
        *place = number(value);
    }
}

/// NaN equals NaN and -0 equals 0.
#[inline(always)]
fn float_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

/// The least and the greatest of what is not null, 0 and 0 of none.
pub(super) fn range<T: Copy + Ord + Default>(values: &[T], validity: Option<&Bitmap>) -> (T, T) {
    let Some(first) = validity.map_or(Some(0), |bits| bits.ones_iter().next()).and_then(|row| values.get(row)) else {
        return (T::default(), T::default());
    };
    let wider = |(least, most): (T, T), value: &T| (least.min(*value), most.max(*value));
    let Some(bits) = validity else { return values.iter().fold((*first, *first), wider) };
    values.chunks(64).zip(bits.words()).fold((*first, *first), |range, (values, &word)| {
        if word == u64::MAX {
            return values.iter().fold(range, wider);
        }
        values.iter().enumerate().filter(|(i, _)| word >> i & 1 != 0).fold(range, |range, (_, value)| wider(range, value))
    })
}
