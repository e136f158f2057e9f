//! A key column as fields: whole numbers whose order is the rows' order, and texts.

use columnar::{Bitmap, Codes, Column, Data, Result, Strings};

pub(super) enum Field<'a> {
    /// Nulls after the rest: one bit.
    Null(&'a Bitmap),
    Number(Number<'a>),
    Text {
        texts: Texts<'a>,
        descending: bool,
    },
}

/// Values whose ordinals lie in `low..=high`. Null rows hold the type's zero, which may lie outside: it is moved to the nearer end
/// (`bounded`), so that nulls are equal among themselves and do not widen the range.
pub(super) struct Number<'a> {
    pub(super) values: Values<'a>,
    pub(super) low: u64,
    pub(super) high: u64,
    pub(super) descending: bool,
    pub(super) bounded: bool,
}

pub(super) enum Values<'a> {
    F64(&'a [f64]),
    I64(&'a [i64]),
    I32(&'a [i32]),
    Bool(&'a Bitmap),
    /// Codes and the rank of each.
    Ranks(&'a Codes, Vec<u32>),
}

#[derive(Clone, Copy)]
pub(super) enum Texts<'a> {
    Plain(&'a Strings),
    Coded(&'a Codes, &'a Strings),
}

impl<'a> Texts<'a> {
    #[inline]
    pub(super) fn get(self, row: usize) -> &'a [u8] {
        match self {
            Self::Plain(strings) => strings.get(row),
            Self::Coded(codes, strings) => strings.get(codes.get(row) as usize),
        }
    }
}

/// Bits in the order of the values: -0 as 0, every NaN alike and after infinity.
#[inline]
pub(super) fn of_f64(value: f64) -> u64 {
    let bits = if value.is_nan() { f64::NAN.to_bits() & (u64::MAX >> 1) } else { (value + 0.0).to_bits() };
    bits ^ ((bits.cast_signed() >> 63).cast_unsigned() | 1 << 63)
}

#[inline]
pub(super) fn of_i64(value: i64) -> u64 {
    value.cast_unsigned() ^ 1 << 63
}

impl Number<'_> {
    /// Bits that tell all values apart.
    pub(super) fn width(&self) -> u32 {
        64 - (self.high - self.low).leading_zeros()
    }

    /// What is subtracted from an ordinal, and what is then flipped, to have it from 0 on in the order asked for.
    #[inline]
    pub(super) fn base(&self) -> (u64, u64) {
        (self.low, if self.descending { u64::MAX >> (64 - self.width()) } else { 0 })
    }

    #[inline]
    pub(super) fn bound(&self, ordinal: u64) -> u64 {
        if self.bounded { ordinal.max(self.low).min(self.high) } else { ordinal }
    }

    fn place(&self, ordinal: u64) -> u64 {
        let (low, flip) = self.base();
        (self.bound(ordinal) - low) ^ flip
    }

    pub(super) fn at(&self, row: usize) -> u64 {
        self.place(match &self.values {
            Values::F64(values) => of_f64(values[row]),
            Values::I64(values) => of_i64(values[row]),
            Values::I32(values) => of_i64(values[row].into()),
            Values::Bool(bits) => bits.get(row).into(),
            Values::Ranks(codes, ranks) => ranks[codes.get(row) as usize].into(),
        })
    }
}

/// Adds the fields of one key. A column without any value adds none.
pub(super) fn push<'a>(fields: &mut Vec<Field<'a>>, column: &'a Column, descending: bool) -> Result<()> {
    if column.null_count() == column.len() {
        return Ok(());
    }
    if let Some(bits) = column.validity() {
        fields.push(Field::Null(bits));
    }
    let values = match column.data() {
        Data::F64(values) => Values::F64(values),
        Data::I64(values) => Values::I64(values),
        Data::I32(values) => Values::I32(values),
        Data::Bool(bits) => Values::Bool(bits),
        Data::Utf8(strings) => {
            fields.push(Field::Text { texts: Texts::Plain(strings), descending });
            return Ok(());
        }
        // Ranking a dictionary costs by its strings, most of which may be unused after a filter.
        Data::Dict(codes, dictionary) if dictionary.len() > codes.len() => {
            fields.push(Field::Text { texts: Texts::Coded(codes, dictionary), descending });
            return Ok(());
        }
        Data::Dict(codes, dictionary) => Values::Ranks(codes, super::ranks(dictionary)?),
    };
    let (low, high) = bounds(&values, column);
    if low < high {
        fields.push(Field::Number(Number { values, low, high, descending, bounded: column.validity().is_some() }));
    }
    Ok(())
}

/// The least and greatest ordinal of a column's values, of which there is one at least.
fn bounds(values: &Values, column: &Column) -> (u64, u64) {
    let validity = column.validity();
    match values {
        Values::F64(values) => {
            let (low, high) = extremes(values, validity, (f64::INFINITY, f64::NEG_INFINITY));
            let nan = match validity {
                None => values.iter().fold(false, |nan, value| nan | value.is_nan()),
                Some(bits) => bits.ones_iter().any(|row| values[row].is_nan()),
            };
            let high = if nan { of_f64(f64::NAN) } else { of_f64(high) };
            // Nothing but NaN: every ordinal is that of NaN.
            (of_f64(low).min(high), high)
        }
        Values::I64(values) => {
            let (low, high) = extremes(values, validity, (i64::MAX, i64::MIN));
            (of_i64(low), of_i64(high))
        }
        Values::I32(values) => {
            let (low, high) = extremes(values, validity, (i32::MAX, i32::MIN));
            (of_i64(low.into()), of_i64(high.into()))
        }
        Values::Bool(_) => (0, 1),
        Values::Ranks(_, ranks) => (0, ranks.len().saturating_sub(1) as u64),
    }
}

/// The least and greatest value, NaN aside; `start` where there is none.
fn extremes<T: Copy + PartialOrd>(values: &[T], validity: Option<&Bitmap>, start: (T, T)) -> (T, T) {
    /// Chains that do not wait for each other.
    const LANES: usize = 8;
    let less = |a: T, b: T| if b < a { b } else { a };
    let more = |a: T, b: T| if b > a { b } else { a };
    let (mut low, mut high) = ([start.0; LANES], [start.1; LANES]);
    let mut see = |chunk: &[T; LANES]| {
        for lane in 0..LANES {
            low[lane] = less(low[lane], chunk[lane]);
            high[lane] = more(high[lane], chunk[lane]);
        }
    };
    match validity {
        None => {
            let (chunks, rest) = values.as_chunks::<LANES>();
            chunks.iter().for_each(&mut see);
            rest.iter().for_each(|&value| see(&[value; LANES]));
        }
        Some(bits) => bits.ones_iter().for_each(|row| {
            (low[0], high[0]) = (less(low[0], values[row]), more(high[0], values[row]));
        }),
    }
    (low.into_iter().fold(start.0, less), high.into_iter().fold(start.1, more))
}
