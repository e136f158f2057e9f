//! Expressions are evaluated in blocks of rows small enough for the first-level cache.

use std::borrow::Cow;
use std::rc::Rc;

use columnar::{Codes, Column, Error, ErrorCode, Result, Strings, alloc};

pub const BLOCK: usize = 1024;
const WORDS: usize = BLOCK / 64;

/// A bit per row of the block; those past its end mean nothing.
pub type Words = [u64; WORDS];
/// Rows that have a value; `None`: all.
pub type Valid = Option<Words>;

pub const NONE: Words = [0; WORDS];
pub const ALL: Words = [u64::MAX; WORDS];

pub fn zip(a: &Words, b: &Words, op: impl Fn(u64, u64) -> u64) -> Words {
    core::array::from_fn(|w| op(a[w], b[w]))
}

pub fn both(a: Valid, b: Valid) -> Valid {
    match (a, b) {
        (Some(a), Some(b)) => Some(zip(&a, &b, |a, b| a & b)),
        (some, None) | (None, some) => some,
    }
}

#[inline]
pub fn bit(words: &Words, i: usize) -> bool {
    words[i / 64] >> (i % 64) & 1 != 0
}

pub fn is_valid(valid: &Valid, i: usize) -> bool {
    valid.as_ref().is_none_or(|words| bit(words, i))
}

/// Bits of up to a block of rows.
pub fn words_of(bits: &[u64], start: usize) -> Words {
    let mut words = NONE;
    let from = start / 64;
    let count = bits.len().saturating_sub(from).min(WORDS);
    words[..count].copy_from_slice(&bits[from..from + count]);
    words
}

pub fn validity(column: &Column, start: usize) -> Valid {
    column.validity().map(|bits| words_of(bits.words(), start))
}

/// Bits from a question about each row.
#[inline]
pub fn pack(rows: usize, mut holds: impl FnMut(usize) -> bool) -> Words {
    let mut words = NONE;
    for (w, word) in words.iter_mut().enumerate().take(rows.div_ceil(64)) {
        for i in w * 64..rows.min(w * 64 + 64) {
            *word |= u64::from(holds(i)) << (i % 64);
        }
    }
    words
}

/// A bit that is set stands in a row that has a value.
#[derive(Clone, Copy, Debug)]
pub struct Bits {
    pub words: Words,
    pub valid: Valid,
}

impl Bits {
    /// Clears the bits of rows without a value.
    pub fn new(words: Words, valid: Valid) -> Self {
        Self { words: valid.map_or(words, |valid| zip(&words, &valid, |a, b| a & b)), valid }
    }

    pub fn constant(value: Option<bool>) -> Self {
        match value {
            Some(value) => Self { words: if value { ALL } else { NONE }, valid: None },
            None => Self { words: NONE, valid: Some(NONE) },
        }
    }

    /// From a value or null for each row that has inputs.
    pub fn partial(rows: usize, valid: Valid, mut value: impl FnMut(usize) -> Option<bool>) -> Self {
        let mut known = valid.unwrap_or(ALL);
        let words = pack(rows, |i| {
            if !bit(&known, i) {
                return false;
            }
            value(i).unwrap_or_else(|| {
                known[i / 64] &= !(1 << (i % 64));
                false
            })
        });
        Self { words, valid: Some(known) }
    }
}

/// Numbers: read in their column, or computed. Null rows hold anything.
#[derive(Clone, Debug)]
pub enum Values<'a> {
    F64(&'a [f64]),
    I32(&'a [i32]),
    Const(f64),
    Own(Rc<Vec<f64>>),
}

#[derive(Clone, Debug)]
pub struct Nums<'a> {
    pub values: Values<'a>,
    pub valid: Valid,
}

impl Nums<'_> {
    #[inline]
    pub fn get(&self, i: usize) -> f64 {
        match &self.values {
            Values::F64(values) => values[i],
            Values::I32(values) => f64::from(values[i]),
            Values::Const(value) => *value,
            Values::Own(values) => values[i],
        }
    }

    pub fn doubles(&self, rows: usize) -> Result<Cow<'_, [f64]>> {
        Ok(match &self.values {
            Values::F64(values) => Cow::Borrowed(values),
            Values::Own(values) => Cow::Borrowed(values.as_slice()),
            Values::I32(values) => {
                let mut doubles = alloc::room(rows)?;
                doubles.extend(values.iter().map(|&v| f64::from(v)));
                Cow::Owned(doubles)
            }
            Values::Const(value) => Cow::Owned(alloc::filled(rows, *value)?),
        })
    }

    pub fn into_own(self, rows: usize) -> Result<Vec<f64>> {
        if let Values::Own(values) = self.values {
            return Ok(Rc::unwrap_or_clone(values));
        }
        Ok(match self.doubles(rows)? {
            Cow::Owned(doubles) => doubles,
            Cow::Borrowed(doubles) => alloc::copied(doubles)?,
        })
    }
}

pub fn nums<'a>(values: Vec<f64>, valid: Valid) -> Nums<'a> {
    Nums { values: Values::Own(Rc::new(values)), valid }
}

/// A value or null for each row that has inputs.
pub fn partial<T: Copy>(rows: usize, valid: Valid, nothing: T, mut value: impl FnMut(usize) -> Option<T>) -> Result<(Vec<T>, Valid)> {
    let mut known = valid.unwrap_or(ALL);
    let mut values = alloc::room(rows)?;
    for i in 0..rows {
        let found = if bit(&known, i) { value(i) } else { None };
        if found.is_none() {
            known[i / 64] &= !(1 << (i % 64));
        }
        values.push(found.unwrap_or(nothing));
    }
    Ok((values, Some(known)))
}

/// Timestamps, and columns of i64 as they are.
#[derive(Clone, Debug)]
pub enum Wholes<'a> {
    Column(&'a [i64]),
    Const(i64),
    Own(Rc<Vec<i64>>),
}

#[derive(Clone, Debug)]
pub struct Ints<'a> {
    pub values: Wholes<'a>,
    pub valid: Valid,
}

impl Ints<'_> {
    #[inline]
    pub fn get(&self, i: usize) -> i64 {
        match &self.values {
            Wholes::Column(values) => values[i],
            Wholes::Const(value) => *value,
            Wholes::Own(values) => values[i],
        }
    }
}

/// Text, and JSON as its text.
#[derive(Clone, Debug)]
pub enum Strs<'a> {
    /// From a row of the column on.
    Column(&'a Column, usize),
    Const(&'a [u8]),
    /// What was computed for the entries of a dictionary.
    Entries {
        codes: &'a Codes,
        start: usize,
        entries: &'a Strings,
        nulls: Option<(Words, u32)>,
    },
    Own(Rc<Builder>),
    /// Documents within a json column.
    Pieces(Rc<Vec<&'a [u8]>>),
}

#[derive(Clone, Debug)]
pub struct Texts<'a> {
    pub values: Strs<'a>,
    pub valid: Valid,
}

impl Texts<'_> {
    pub fn get(&self, i: usize) -> &[u8] {
        match &self.values {
            Strs::Column(column, start) => column.string(start + i),
            Strs::Const(text) => text,
            Strs::Entries { codes, start, entries, nulls } => {
                let code = match nulls {
                    Some((valid, null)) if !bit(valid, i) => *null,
                    _ => codes.get(start + i),
                };
                entries.get(code as usize)
            }
            Strs::Own(made) => made.get(i),
            Strs::Pieces(pieces) => pieces[i],
        }
    }
}

/// Texts of a block as they are made.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

/// Bytes of one text that a function may make.
const LONGEST: usize = 1 << 28;

impl Builder {
    pub fn with_room(rows: usize) -> Result<Self> {
        Ok(Self { ends: alloc::room(rows)?, bytes: Vec::new() })
    }

    fn get(&self, i: usize) -> &[u8] {
        let start = i.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[i]]
    }

    /// Where the text that is being made begins.
    pub fn start(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The bytes so far, with room for `more`.
    pub fn room(&mut self, more: usize) -> Result<&mut Vec<u8>> {
        if self.bytes.len() - self.start() + more > LONGEST {
            return Err(Error::new(ErrorCode::TooLarge, format!("an expression would make a text of more than {LONGEST} bytes")));
        }
        alloc::grow(&mut self.bytes, more)?;
        Ok(&mut self.bytes)
    }

    /// Ends the text that is being made.
    pub fn end(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Takes back what was begun.
    pub fn drop_text(&mut self) {
        self.bytes.truncate(self.start());
    }
}

/// Texts made row by row, of rows that have inputs; `make` says whether there is one.
pub fn texts<'a>(rows: usize, valid: Valid, mut make: impl FnMut(&mut Builder, usize) -> Result<bool>) -> Result<Texts<'a>> {
    let mut known = valid;
    let mut builder = Builder::with_room(rows)?;
    for i in 0..rows {
        if is_valid(&known, i) && !make(&mut builder, i)? {
            builder.drop_text();
            known.get_or_insert(ALL)[i / 64] &= !(1 << (i % 64));
        }
        builder.end();
    }
    Ok(Texts { values: Strs::Own(Rc::new(builder)), valid: known })
}
