//! A column of JSON values while it is read. Numbers widen among themselves; nothing else mixes, unless the schema says how.

use columnar::{Column, ColumnType, Data, Error, Result};

use super::cells::{Cells, Span};
use super::chunked::{Chunked, Validity};
use super::convert::{self, Value};
use super::fill::{fill, plain, whole_32, whole_64};
use super::json_text::{Kind, minify, unescape};
use super::number::{self, Number};
use super::text::Text;
use super::utf8::mend;

/// Largest whole number below which a double has every one.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one for each column")]
enum State {
    Nulls,
    Bool(Chunked<u8>),
    I32(Chunked<i32>),
    /// Whether every number is whole, so that integers beyond 2^53 can join.
    F64(Chunked<f64>, bool),
    I64(Chunked<i64>),
    Text(Text),
    Json(Text),
}

/// A value that does not go with its column: its row in the batch, and what the column holds (nothing where the schema says what it should).
pub(super) struct Misfit {
    pub row: usize,
    pub holds: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct Builder {
    kind: Option<ColumnType>,
    state: State,
    validity: Validity,
    rows: usize,
    scratch: Vec<u8>,
}

enum Numeric {
    Whole(f64),
    Fraction(f64),
    /// A whole number beyond 2^53.
    Wide(i64),
}

fn numeric(text: &[u8]) -> Numeric {
    match number::lossless(text) {
        Some(Number::Int(value)) if value.unsigned_abs() <= 1 << 53 => Numeric::Whole(value as f64),
        Some(Number::Int(value)) => Numeric::Wide(value),
        Some(Number::Float { value, .. }) => whole_or_not(value),
        None => whole_or_not(columnar::decimal::parse(text).unwrap_or(f64::NAN)),
    }
}

#[inline(always)]
fn whole_or_not(value: f64) -> Numeric {
    let whole = value.trunc() == value && value.abs() <= EXACT && !(value == 0.0 && value.is_sign_negative());
    if whole { Numeric::Whole(value) } else { Numeric::Fraction(value) }
}

fn narrow(value: f64) -> Option<i32> {
    let narrow = value as i32;
    (f64::from(narrow) == value).then_some(narrow)
}

impl Builder {
    /// `rows`: what stands above the first value, all nulls.
    pub fn new(kind: Option<ColumnType>, rows: usize) -> Result<Self> {
        let mut state = match kind {
            None => State::Nulls,
            Some(ColumnType::F64) => State::F64(Chunked::default(), false),
            Some(ColumnType::I64 | ColumnType::Timestamp) => State::I64(Chunked::default()),
            Some(ColumnType::I32) => State::I32(Chunked::default()),
            Some(ColumnType::Bool) => State::Bool(Chunked::default()),
            Some(ColumnType::Utf8) => State::Text(Text::new(true)),
            Some(ColumnType::Json) => State::Json(Text::new(false)),
        };
        let mut validity = Validity::default();
        for row in 0..rows {
            validity.null(row)?;
            state.push_null()?;
        }
        Ok(Self { kind, state, validity, rows, scratch: Vec::new() })
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn kind(&self) -> Option<ColumnType> {
        self.kind
    }

    pub fn append(&mut self, data: &[u8], tokens: &[Span]) -> Result<Option<Misfit>> {
        let cells = Cells { data, spans: tokens, nulls: &[] };
        let mut at = 0;
        while at < tokens.len() {
            at = self.run(&cells, at)?;
            let Some(token) = tokens.get(at) else { break };
            if !self.admit(data, *token)? {
                return Ok(Some(Misfit { row: at, holds: self.holds() }));
            }
            at += 1;
        }
        Ok(None)
    }

    /// About so many rows are to come, with those that are there.
    pub fn expect(&mut self, rows: usize) {
        match &mut self.state {
            State::Bool(values) => values.expect(rows),
            State::I32(values) => values.expect(rows),
            State::I64(values) => values.expect(rows),
            State::F64(values, _) => values.expect(rows),
            State::Nulls | State::Text(_) | State::Json(_) => {}
        }
    }

    /// Short values from `at` on, as long as they are what the column is; returns where it ended.
    fn run(&mut self, cells: &Cells, at: usize) -> Result<usize> {
        const NUMBER: u32 = Kind::Number as u32;
        let row = self.rows - at;
        let all = (at, cells.len());
        let validity = &mut self.validity;
        let end = match &mut self.state {
            State::I32(values) => fill(cells, NUMBER, all, row, values, validity, whole_32)?,
            State::I64(values) if self.kind != Some(ColumnType::Timestamp) => fill(cells, NUMBER, all, row, values, validity, whole_64)?,
            State::F64(values, is_whole) => fill(cells, NUMBER, all, row, values, validity, |block, len| {
                let (value, _) = plain(block, len)?;
                *is_whole &= matches!(whole_or_not(value), Numeric::Whole(_));
                Some(value)
            })?,
            State::Text(text) => text.known(cells, Kind::String as u32, at, row, validity)?,
            _ => at,
        };
        self.rows += end - at;
        Ok(end)
    }

    fn push_null(&mut self) -> Result<()> {
        self.validity.null(self.rows)?;
        self.rows += 1;
        self.state.push_null()
    }

    /// One value of any kind. False: it does not go with the column.
    fn admit(&mut self, data: &[u8], token: Span) -> Result<bool> {
        if Kind::of(token) == Kind::Null {
            return self.push_null().map(|()| true);
        }
        let done = match self.kind {
            Some(kind) => return self.admit_typed(data, token, kind),
            None => match Kind::of(token) {
                Kind::Null => false,
                Kind::True | Kind::False => self.admit_bool(Kind::of(token) == Kind::True)?,
                Kind::Number => self.admit_number(token.bytes(data))?,
                Kind::String | Kind::Escaped => self.admit_text(data, token)?,
                Kind::Nested => self.admit_nested(token.bytes(data))?,
            },
        };
        self.rows += usize::from(done);
        Ok(done)
    }

    fn admit_bool(&mut self, value: bool) -> Result<bool> {
        if let State::Nulls = self.state {
            self.state = State::Bool(filled(self.rows, 0)?);
        }
        let State::Bool(values) = &mut self.state else { return Ok(false) };
        values.push(u8::from(value))?;
        Ok(true)
    }

    fn admit_number(&mut self, text: &[u8]) -> Result<bool> {
        let value = numeric(text);
        if let State::Nulls = self.state {
            self.state = State::I32(filled(self.rows, 0)?);
        }
        // The state the column must have for this value.
        match (&mut self.state, &value) {
            (State::I32(values), Numeric::Whole(value)) if narrow(*value).is_none() => {
                self.state = State::F64(std::mem::take(values).map(f64::from)?, true)
            }
            (State::I32(values), Numeric::Fraction(_)) => self.state = State::F64(std::mem::take(values).map(f64::from)?, false),
            (State::I32(values), Numeric::Wide(_)) => self.state = State::I64(std::mem::take(values).map(i64::from)?),
            (State::F64(values, true), Numeric::Wide(_)) => self.state = State::I64(std::mem::take(values).map(|value| value as i64)?),
            (State::I64(values), Numeric::Fraction(_)) => self.state = State::F64(std::mem::take(values).map(|value| value as f64)?, false),
            (State::F64(_, whole), Numeric::Fraction(_)) => *whole = false,
            _ => {}
        }
        match (&mut self.state, value) {
            (State::I32(values), Numeric::Whole(value)) => values.push(value as i32)?,
            (State::F64(values, _), Numeric::Whole(value) | Numeric::Fraction(value)) => values.push(value)?,
            (State::F64(values, _), Numeric::Wide(value)) => values.push(value as f64)?,
            (State::I64(values), Numeric::Whole(value)) => values.push(value as i64)?,
            (State::I64(values), Numeric::Wide(value)) => values.push(value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn admit_text(&mut self, data: &[u8], token: Span) -> Result<bool> {
        if let State::Nulls = self.state {
            let mut text = Text::new(true);
            (0..self.rows).try_for_each(|_| text.push_null())?;
            self.state = State::Text(text);
        }
        let State::Text(text) = &mut self.state else { return Ok(false) };
        if Kind::of(token) == Kind::String {
            text.push(token.bytes(data))?;
        } else {
            self.scratch.clear();
            unescape(token.bytes(data), &mut self.scratch);
            text.push_as_is(&self.scratch)?;
        }
        Ok(true)
    }

    fn admit_nested(&mut self, text: &[u8]) -> Result<bool> {
        if let State::Nulls = self.state {
            let mut json = Text::new(false);
            (0..self.rows).try_for_each(|_| json.push_null())?;
            self.state = State::Json(json);
        }
        let State::Json(json) = &mut self.state else { return Ok(false) };
        self.scratch.clear();
        minify(text, &mut self.scratch);
        json.push(&self.scratch)?;
        Ok(true)
    }

    fn admit_typed(&mut self, data: &[u8], token: Span, kind: ColumnType) -> Result<bool> {
        let (bytes, is) = (token.bytes(data), Kind::of(token));
        if kind == ColumnType::Json {
            // The value as it was written, quotes and all.
            let quotes = usize::from(matches!(is, Kind::String | Kind::Escaped));
            let done = self.admit_nested(&data[token.start() - quotes..token.end() + quotes])?;
            self.rows += usize::from(done);
            return Ok(done);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        match is {
            Kind::Escaped => unescape(bytes, &mut scratch),
            Kind::Nested => minify(&mend(bytes), &mut scratch),
            Kind::True if matches!(kind, ColumnType::F64 | ColumnType::I64 | ColumnType::I32) => scratch.push(b'1'),
            Kind::False if matches!(kind, ColumnType::F64 | ColumnType::I64 | ColumnType::I32) => scratch.push(b'0'),
            _ => scratch.extend_from_slice(bytes),
        }
        let done = self.push_converted(&scratch, is, kind);
        self.scratch = scratch;
        done
    }

    fn push_converted(&mut self, text: &[u8], from: Kind, kind: ColumnType) -> Result<bool> {
        if let State::Text(column) = &mut self.state {
            if from == Kind::Escaped {
                column.push_as_is(text)?
            } else {
                column.push(text)?
            }
            self.rows += 1;
            return Ok(true);
        }
        let Some(value) = convert::convert(text, kind) else { return Ok(false) };
        match (&mut self.state, value) {
            (State::F64(values, _), Value::F64(value)) => values.push(value)?,
            (State::I64(values), Value::I64(value) | Value::Time(value)) => values.push(value)?,
            (State::I32(values), Value::I32(value)) => values.push(value)?,
            (State::Bool(values), Value::Bool(value)) => values.push(u8::from(value))?,
            (_, Value::Null) => return self.push_null().map(|()| true),
            _ => return Ok(false),
        }
        self.rows += 1;
        Ok(true)
    }

    fn holds(&self) -> Option<&'static str> {
        match (self.kind, &self.state) {
            (Some(_), _) | (_, State::Nulls) => None,
            (_, State::Bool(_)) => Some("booleans"),
            (_, State::I32(_) | State::I64(_) | State::F64(..)) => Some("numbers"),
            (_, State::Text(_)) => Some("strings"),
            (_, State::Json(_)) => Some("objects or arrays"),
        }
    }

    pub fn finish(mut self, rows: usize) -> Result<Column> {
        while self.rows < rows {
            self.push_null()?;
        }
        let Self { kind, state, validity, rows, .. } = self;
        let (inferred, data) = match state {
            State::Bool(values) => {
                let values = values.join()?;
                (ColumnType::Bool, Data::Bool(columnar::Bitmap::from_fn(values.len(), |i| values[i] != 0)?))
            }
            State::I32(values) => (ColumnType::I32, Data::I32(values.join()?)),
            State::I64(values) => (ColumnType::I64, Data::I64(values.join()?)),
            State::F64(values, _) => (ColumnType::F64, Data::F64(values.join()?)),
            State::Text(text) => return text.finish(ColumnType::Utf8, validity),
            State::Json(text) => return text.finish(ColumnType::Json, validity),
            State::Nulls => {
                let mut text = Text::new(true);
                (0..rows).try_for_each(|_| text.push_null())?;
                return text.finish(ColumnType::Utf8, validity);
            }
        };
        Ok(Column::new(kind.unwrap_or(inferred), data, validity.finish(rows)?))
    }
}

impl State {
    fn push_null(&mut self) -> Result<()> {
        match self {
            Self::Nulls => Ok(()),
            Self::Bool(values) => values.push(0),
            Self::I32(values) => values.push(0),
            Self::I64(values) => values.push(0),
            Self::F64(values, _) => values.push(0.0),
            Self::Text(text) | Self::Json(text) => text.push_null(),
        }
    }
}

fn filled<T: Copy>(rows: usize, value: T) -> Result<Chunked<T>> {
    let mut values = Chunked::default();
    values.push_times(value, rows)?;
    Ok(values)
}

/// What a value is called in a message.
pub(super) fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::True | Kind::False => "a boolean",
        Kind::Number => "a number",
        Kind::String | Kind::Escaped => "a string",
        Kind::Nested => "an object or array",
    }
}

/// The error of two kinds in one column.
pub(super) fn mixed(place: &str, name: &str, kind: Kind, holds: &str) -> Error {
    Error::parse(format!(
        "{place}: column '{name}' holds {} where rows before it hold {holds}: pass schema: {{ '{name}': 'json' }} to keep both",
        called(kind)
    ))
}
