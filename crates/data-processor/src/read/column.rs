//! A column of a text file whose type is found while it is read, or was given.
//!
//! The type is a matter of the set of cells alone, not of their order: all booleans, all whole numbers of 32 bits, of 64 bits, numbers
//! (where no whole number among them needs more than a double has), times; anything else is text. When a column turns into text after
//! its cells were numbers, their texts come out as they stood in the file: most can be printed again from the value and the column's form,
//! the others are kept beside it.

use columnar::{Column, ColumnType, Data, Result, Strings, alloc};
use simd_kernels::tail::TAIL;

use super::cells::{BARE, Cells};
use super::chunked::{Chunked, Validity};
use super::convert::{self, BOOLEANS, Value, boolean, trimmed};
use super::fill::{fill, plain, whole_32, whole_64};
use super::number::{self, Form, Number};
use super::text::Text;
use super::time::{self, Time, TimeForm};

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one for each column")]
enum State {
    /// Nothing but nulls so far.
    Nulls,
    Bool(Chunked<u8>, u8),
    I32(Chunked<i32>),
    /// Whether some value is more than a double keeps.
    I64(Chunked<i64>, bool),
    /// Digits after the point where every cell has them, trailing zeros and all.
    F64(Chunked<f64>, Option<u8>),
    Time(Chunked<i64>, TimeForm),
    Text(Text),
}

/// Texts that the value would not give back, by row.
#[derive(Debug, Default)]
struct Sources {
    rows: Vec<u32>,
    texts: Strings,
}

impl Sources {
    fn keep(&mut self, row: usize, text: &[u8]) -> Result<()> {
        alloc::grow(&mut self.rows, 1)?;
        self.rows.push(row as u32);
        self.texts.push(text)
    }
}

enum Class {
    Bool(bool, u8),
    Int(i64),
    Float(f64, Form, u8),
    Time(Time),
    Text,
}

fn classify(cell: &[u8]) -> Class {
    match number::lossless(cell) {
        Some(Number::Int(value)) => return Class::Int(value),
        Some(Number::Float { value, form, digits }) => return Class::Float(value, form, digits),
        None => {}
    }
    if let Some((value, style)) = boolean(cell) {
        return Class::Bool(value, style);
    }
    match time::parse(cell) {
        Some(time) if !time.finer => Class::Time(time),
        _ => Class::Text,
    }
}

/// The first cell of a batch that is not what the schema says: its row in the batch.
pub(super) struct Misfit(pub usize);

#[derive(Debug)]
pub(super) struct Builder {
    /// Given by the schema.
    kind: Option<ColumnType>,
    state: State,
    validity: Validity,
    sources: Sources,
    rows: usize,
}

impl Builder {
    pub fn new(kind: Option<ColumnType>) -> Self {
        let state = match kind {
            Some(ColumnType::Utf8) => State::Text(Text::new(true)),
            Some(ColumnType::Json) => State::Text(Text::new(false)),
            Some(ColumnType::F64) => State::F64(Chunked::default(), None),
            Some(ColumnType::I64) => State::I64(Chunked::default(), false),
            Some(ColumnType::I32) => State::I32(Chunked::default()),
            Some(ColumnType::Bool) => State::Bool(Chunked::default(), 0),
            Some(ColumnType::Timestamp) => State::Time(Chunked::default(), TimeForm::DATE),
            None => State::Nulls,
        };
        Self { kind, state, validity: Validity::default(), sources: Sources::default(), rows: 0 }
    }

    pub fn kind(&self) -> Option<ColumnType> {
        self.kind
    }

    /// Adds a batch of cells.
    pub fn append(&mut self, cells: &Cells, scratch: &mut Vec<u8>) -> Result<Option<Misfit>> {
        let mut at = 0;
        while at < cells.len() {
            at = self.run(cells, at)?;
            if at < cells.len() {
                match (cells.get(at, scratch), self.kind) {
                    (None, _) => self.push_null()?,
                    (Some(cell), None | Some(ColumnType::Utf8)) => self.admit(cell)?,
                    (Some(cell), Some(kind)) => {
                        if !self.admit_typed(cell, kind)? {
                            return Ok(Some(Misfit(at)));
                        }
                    }
                }
                at += 1;
            }
        }
        Ok(None)
    }

    /// About so many rows are to come, with those that are there.
    pub fn expect(&mut self, rows: usize) {
        match &mut self.state {
            State::Bool(values, _) => values.expect(rows),
            State::I32(values) => values.expect(rows),
            State::I64(values, _) | State::Time(values, _) => values.expect(rows),
            State::F64(values, _) => values.expect(rows),
            State::Nulls | State::Text(_) => {}
        }
    }

    /// Short cells from `at` on, as long as they are what the column is; returns where it ended.
    fn run(&mut self, cells: &Cells, at: usize) -> Result<usize> {
        let row = self.rows - at;
        let all = (at, cells.len());
        let validity = &mut self.validity;
        let end = match &mut self.state {
            State::I32(values) => fill(cells, BARE, all, row, values, validity, whole_32)?,
            State::I64(values, _) => fill(cells, BARE, all, row, values, validity, whole_64)?,
            State::F64(values, fixed) => {
                let (fixed, typed) = (*fixed, self.kind.is_some());
                fill(cells, BARE, all, row, values, validity, |block, len| {
                    let (value, fraction) = plain(block, len)?;
                    let prints = match fixed {
                        // As short as it can be: whole numbers too.
                        None => fraction < 0 || block[TAIL - 1] != b'0' && value.abs() >= 1e-6,
                        Some(fixed) => fraction == i32::from(fixed) && (block[TAIL - 1] == b'0' || value.abs() >= 1e-6),
                    };
                    (typed || prints).then_some(value)
                })?
            }
            State::Text(text) => text.known(cells, BARE, at, row, validity)?,
            State::Nulls | State::Bool(..) | State::Time(..) => at,
        };
        self.rows += end - at;
        Ok(end)
    }

    fn push_null(&mut self) -> Result<()> {
        self.validity.null(self.rows)?;
        self.rows += 1;
        match &mut self.state {
            State::Nulls => Ok(()),
            State::Bool(values, _) => values.push(0),
            State::I32(values) => values.push(0),
            State::I64(values, _) | State::Time(values, _) => values.push(0),
            State::F64(values, _) => values.push(0.0),
            State::Text(text) => text.push_null(),
        }
    }

    /// One cell of any kind; the column widens where it must.
    #[inline(never)]
    fn admit(&mut self, cell: &[u8]) -> Result<()> {
        if let State::Text(text) = &mut self.state {
            self.rows += 1;
            return text.push(cell);
        }
        // What the column is so far is looked for first; no text is two of these.
        let time = if let State::Time(..) = self.state { time::parse(cell).filter(|time| !time.finer) } else { None };
        let mut class = time.map_or_else(|| classify(cell), Class::Time);
        let mut bare = cell;
        if matches!(class, Class::Text) && matches!(cell, [b' ' | b'\t', ..] | [.., b' ' | b'\t']) {
            bare = trimmed(cell);
            class = classify(bare);
        }
        let same = bare.len() == cell.len();
        let kept = match class {
            Class::Bool(value, style) => self.admit_bool(value, style)?,
            Class::Int(value) => self.admit_int(value)?,
            Class::Float(value, form, digits) => self.admit_float(value, form, digits)?,
            Class::Time(time) => self.admit_time(&time)?,
            Class::Text => None,
        };
        match kept {
            Some(prints) => {
                if !(prints && same) {
                    self.sources.keep(self.rows, cell)?;
                }
            }
            None => self.text()?.push(cell)?,
        }
        self.rows += 1;
        Ok(())
    }

    // Each of these gives `None` where the column is text from here on, else whether the value prints as its cell.

    fn admit_bool(&mut self, value: bool, style: u8) -> Result<Option<bool>> {
        if let State::Nulls = self.state {
            self.state = State::Bool(nulls(self.rows, 0)?, style);
        }
        let State::Bool(values, first) = &mut self.state else { return Ok(None) };
        values.push(u8::from(value))?;
        Ok(Some(*first == style))
    }

    fn admit_int(&mut self, value: i64) -> Result<Option<bool>> {
        let narrow = i32::try_from(value).ok();
        let wide = !number::double_keeps(value);
        match (&mut self.state, narrow) {
            (State::Nulls, Some(_)) => self.state = State::I32(nulls(self.rows, 0)?),
            (State::Nulls, None) => self.state = State::I64(nulls(self.rows, 0)?, false),
            (State::I32(values), None) => self.state = State::I64(std::mem::take(values).map(i64::from)?, false),
            _ => {}
        }
        match (&mut self.state, narrow) {
            (State::I32(values), Some(value)) => values.push(value)?,
            (State::I64(values, any_wide), _) => {
                *any_wide |= wide;
                values.push(value)?;
            }
            (State::F64(values, fixed), _) if !wide => {
                values.push(value as f64)?;
                return Ok(Some(fixed.is_none()));
            }
            _ => return Ok(None),
        }
        Ok(Some(true))
    }

    fn admit_float(&mut self, value: f64, form: Form, digits: u8) -> Result<Option<bool>> {
        match &mut self.state {
            State::Nulls => self.state = State::F64(nulls(self.rows, 0.0)?, matches!(form, Form::Fixed(_)).then_some(digits)),
            State::I32(values) => self.state = State::F64(std::mem::take(values).map(f64::from)?, None),
            State::I64(values, false) => self.state = State::F64(std::mem::take(values).map(|value| value as f64)?, None),
            _ => {}
        }
        let State::F64(values, fixed) = &mut self.state else { return Ok(None) };
        values.push(value)?;
        Ok(Some(prints(form, digits, *fixed)))
    }

    fn admit_time(&mut self, time: &Time) -> Result<Option<bool>> {
        if let State::Nulls = self.state {
            self.state = State::Time(nulls(self.rows, 0)?, time.form);
        }
        let State::Time(values, form) = &mut self.state else { return Ok(None) };
        values.push(time.millis)?;
        Ok(Some(*form == time.form))
    }

    /// The column as text, its cells as they stood in the file.
    fn text(&mut self) -> Result<&mut Text> {
        if !matches!(self.state, State::Text(_)) {
            let state = std::mem::replace(&mut self.state, State::Nulls);
            let sources = std::mem::take(&mut self.sources);
            let mut writer =
                Rewrite { text: Text::new(true), validity: &self.validity, sources: &sources, next: 0, row: 0, scratch: Vec::new() };
            match state {
                State::Nulls => (0..self.rows).try_for_each(|_| writer.text.push_null())?,
                State::Bool(values, style) => {
                    writer.all(values, |value, out| out.extend_from_slice(BOOLEANS[usize::from(style)][usize::from(value)]))?;
                }
                State::I32(values) => writer.all(values, |value, out| print_whole(i64::from(value), out))?,
                State::I64(values, _) => writer.all(values, print_whole)?,
                State::F64(values, fixed) => writer.all(values, |value, out| number::print(value, fixed, out))?,
                State::Time(values, form) => writer.all(values, |value, out| time::print(value, form, out))?,
                State::Text(_) => {}
            }
            self.state = State::Text(writer.text);
        }
        match &mut self.state {
            State::Text(text) => Ok(text),
            _ => Err(columnar::Error::parse("a column changed while it was read")),
        }
    }

    /// One cell of the schema's type. False: it is none.
    fn admit_typed(&mut self, cell: &[u8], kind: ColumnType) -> Result<bool> {
        let Some(value) = convert::convert(cell, kind) else { return Ok(false) };
        match (&mut self.state, value) {
            (State::F64(values, _), Value::F64(value)) => values.push(value)?,
            (State::I64(values, _), Value::I64(value)) | (State::Time(values, _), Value::Time(value)) => values.push(value)?,
            (State::I32(values), Value::I32(value)) => values.push(value)?,
            (State::Bool(values, _), Value::Bool(value)) => values.push(u8::from(value))?,
            (State::Text(text), Value::Json(value)) => text.push(&value)?,
            _ => return self.push_null().map(|()| true),
        }
        self.rows += 1;
        Ok(true)
    }

    pub fn finish(self) -> Result<Column> {
        let Self { kind, state, validity, rows, .. } = self;
        let (kind, data) = match state {
            State::Bool(values, _) => {
                let values = values.join()?;
                (ColumnType::Bool, Data::Bool(columnar::Bitmap::from_fn(values.len(), |i| values[i] != 0)?))
            }
            State::I32(values) => (ColumnType::I32, Data::I32(values.join()?)),
            State::I64(values, _) => (ColumnType::I64, Data::I64(values.join()?)),
            State::F64(values, _) => (ColumnType::F64, Data::F64(values.join()?)),
            State::Time(values, _) => (ColumnType::Timestamp, Data::I64(values.join()?)),
            State::Text(text) => return text.finish(kind.unwrap_or(ColumnType::Utf8), validity),
            State::Nulls => {
                let mut text = Text::new(true);
                (0..rows).try_for_each(|_| text.push_null())?;
                return text.finish(ColumnType::Utf8, validity);
            }
        };
        Ok(Column::new(kind, data, validity.finish(rows)?))
    }
}

/// Whether a column that prints with `fixed` digits after the point, or as short as it can, gives this cell back.
fn prints(form: Form, digits: u8, fixed: Option<u8>) -> bool {
    match fixed {
        None => form == Form::Shortest,
        // `12.25` among `12.50`.
        Some(fixed) => digits == fixed && form != Form::Other,
    }
}

fn nulls<T: Copy>(rows: usize, value: T) -> Result<Chunked<T>> {
    let mut values = Chunked::default();
    values.push_times(value, rows)?;
    Ok(values)
}

fn print_whole(value: i64, out: &mut Vec<u8>) {
    use std::io::Write;
    let done = write!(out, "{value}");
    debug_assert!(done.is_ok());
}

/// Turns values back into the texts they came from.
struct Rewrite<'a> {
    text: Text,
    validity: &'a Validity,
    sources: &'a Sources,
    next: usize,
    row: usize,
    scratch: Vec<u8>,
}

impl Rewrite<'_> {
    fn all<T>(&mut self, values: Chunked<T>, print: impl Fn(T, &mut Vec<u8>)) -> Result<()> {
        for value in values {
            if self.validity.is_null(self.row) {
                self.text.push_null()?;
            } else if self.sources.rows.get(self.next) == Some(&(self.row as u32)) {
                self.text.push(self.sources.texts.get(self.next))?;
                self.next += 1;
            } else {
                self.scratch.clear();
                print(value, &mut self.scratch);
                self.text.push(&self.scratch)?;
            }
            self.row += 1;
        }
        Ok(())
    }
}
