//! Rows of JSON: objects whose fields become columns. A row's values are noted as places in the data and read column by column, some
//! hundred rows at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use columnar::{ColumnType, Error, ErrorCode, Result, alloc};

use super::cells::Span;
use super::convert::wanted;
use super::json_column::{Builder, mixed};
use super::json_text::{Fault, Found, Kind, Source, minify, unescape};
use super::utf8::{mend, shown};

/// Rows that are noted before their columns are read.
pub(super) const BATCH: usize = 512;

pub(super) struct Field {
    pub name: Arc<str>,
    /// The key with its quotes, as it was written last.
    written: Vec<u8>,
    tokens: Vec<Span>,
    pub builder: Builder,
}

#[derive(Default)]
pub(super) struct Rows {
    pub fields: Vec<Field>,
    places: BTreeMap<String, usize>,
    schema: Vec<(String, ColumnType)>,
    /// The fields of the row before, in order: most rows are like it.
    order: Vec<u32>,
    /// Rows whose columns were read, and rows that are noted.
    done: usize,
    noted: usize,
}

/// Why a row was not taken.
pub(super) enum Stop {
    Fault(Fault),
    Failed(Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Rows {
    pub fn new(schema: Vec<(String, ColumnType)>) -> Self {
        Self { schema, ..Self::default() }
    }

    pub fn rows(&self) -> usize {
        self.done + self.noted
    }

    pub fn is_full(&self) -> bool {
        self.noted >= BATCH
    }

    /// Notes the row at `at`; returns the place behind it. Nothing is noted where it is not whole.
    #[inline(always)]
    pub fn row<const LINES: bool>(&mut self, source: Source<'_, LINES>, at: usize) -> core::result::Result<usize, Stop> {
        let data = source.data;
        if data.get(at) != Some(&b'{') {
            return Err(Fault::Expected { at, what: "a row, which is an object" }.into());
        }
        let mut at = source.blank(at + 1);
        let mut place = 0;
        if data.get(at) == Some(&b'}') {
            self.noted += 1;
            return Ok(at + 1);
        }
        loop {
            let (field, next) = self.key(source, at, place)?;
            let (token, next) = source.value(source.blank(next), 1)?;
            self.note(field, token)?;
            place += 1;
            at = source.blank(next);
            match data.get(at) {
                Some(b',') => at = source.blank(at + 1),
                Some(b'}') => {
                    self.noted += 1;
                    return Ok(at + 1);
                }
                _ => return Err(Fault::Expected { at, what: "',' or '}'" }.into()),
            }
        }
    }

    /// The field of the key at `at`, which is place `place` of its row, and the place behind its colon.
    #[inline(always)]
    fn key<const LINES: bool>(&mut self, source: Source<'_, LINES>, at: usize, place: usize) -> core::result::Result<(usize, usize), Stop> {
        if let Some(&guess) = self.order.get(place) {
            let written = &self.fields[guess as usize].written;
            if let Some(key) = source.data.get(at..at + written.len())
                && equal(key, written)
            {
                return Ok((guess as usize, source.colon(at + written.len())?));
            }
        }
        self.other_key(source, at, place)
    }

    #[inline(never)]
    fn other_key<const LINES: bool>(
        &mut self,
        source: Source<'_, LINES>,
        at: usize,
        place: usize,
    ) -> core::result::Result<(usize, usize), Stop> {
        let (name, end) = key_name(source, at)?;
        let next = source.colon(end)?;
        let field = match self.places.get(&name) {
            Some(&field) => field,
            None => self.add(name)?,
        };
        let written = &mut self.fields[field].written;
        written.clear();
        written.extend_from_slice(&source.data[at..end]);
        self.order.truncate(place);
        if self.order.len() == place {
            self.order.push(field as u32);
        }
        Ok((field, next))
    }

    /// A column that was not met before.
    pub fn add(&mut self, name: String) -> Result<usize> {
        let kind = self.schema.iter().rev().find(|(known, _)| *known == name).map(|&(_, kind)| kind);
        let field = self.fields.len();
        alloc::grow(&mut self.fields, 1)?;
        self.fields.push(Field {
            name: name.as_str().into(),
            written: Vec::new(),
            tokens: Vec::new(),
            builder: Builder::new(kind, self.done)?,
        });
        self.places.insert(name, field);
        Ok(field)
    }

    /// As `add`, without what the column held before.
    pub fn renew(&mut self, name: String) -> Result<usize> {
        match self.places.get(&name) {
            Some(&field) => {
                self.fields[field].builder = Builder::new(self.fields[field].builder.kind(), 0)?;
                Ok(field)
            }
            None => self.add(name),
        }
    }

    #[inline(always)]
    fn note(&mut self, field: usize, token: Span) -> Result<()> {
        let tokens = &mut self.fields[field].tokens;
        // A key that comes twice in a row: the last one counts.
        match tokens.len().cmp(&self.noted) {
            core::cmp::Ordering::Equal => {}
            core::cmp::Ordering::Greater => tokens.truncate(self.noted),
            core::cmp::Ordering::Less => {
                alloc::grow(tokens, BATCH)?;
                tokens.resize(self.noted, Span::NULL);
            }
        }
        if tokens.len() == tokens.capacity() {
            alloc::grow(tokens, BATCH)?;
        }
        tokens.push(token);
        Ok(())
    }

    /// Notes one value of a column that comes as an array.
    pub fn note_element(&mut self, field: usize, token: Span) -> Result<bool> {
        let tokens = &mut self.fields[field].tokens;
        alloc::grow(tokens, 1)?;
        tokens.push(token);
        Ok(tokens.len() >= BATCH)
    }

    /// Reads what was noted. `place` says where in the whole text a place of `data` is.
    pub fn flush(&mut self, data: &[u8], place: &dyn Fn(usize) -> String) -> Result<()> {
        if u32::try_from(self.rows()).is_err() {
            return Err(Error::new(ErrorCode::TooLarge, "a table holds fewer than 2^32 rows: split it"));
        }
        let mut wrong: Option<(usize, usize, Option<&'static str>, Span)> = None;
        for (index, field) in self.fields.iter_mut().enumerate() {
            if field.tokens.len() < self.noted {
                alloc::grow(&mut field.tokens, BATCH)?;
            }
            field.tokens.resize(self.noted, Span::NULL);
            let rows = wrong.map_or(self.noted, |(row, ..)| row);
            if let Some(misfit) = field.builder.append(data, &field.tokens[..rows])? {
                wrong = Some((misfit.row, index, misfit.holds, field.tokens[misfit.row]));
            }
            field.tokens.clear();
        }
        self.done += self.noted;
        self.noted = 0;
        match wrong {
            Some((_, field, holds, token)) => Err(self.misfit(data, field, holds, token, place)),
            None => Ok(()),
        }
    }

    /// Reads what was noted of one column.
    pub fn flush_elements(&mut self, field: usize, data: &[u8], place: &dyn Fn(usize) -> String) -> Result<()> {
        let tokens = std::mem::take(&mut self.fields[field].tokens);
        match self.fields[field].builder.append(data, &tokens)? {
            Some(misfit) => Err(self.misfit(data, field, misfit.holds, tokens[misfit.row], place)),
            None => {
                self.fields[field].tokens = tokens;
                self.fields[field].tokens.clear();
                Ok(())
            }
        }
    }

    fn misfit(&self, data: &[u8], field: usize, holds: Option<&'static str>, token: Span, place: &dyn Fn(usize) -> String) -> Error {
        let field = &self.fields[field];
        let is = Kind::of(token);
        let quotes = usize::from(matches!(is, Kind::String | Kind::Escaped));
        let place = place(token.start() - quotes);
        if let Some(holds) = holds {
            return mixed(&place, &field.name, is, holds);
        }
        let mut text = Vec::new();
        match is {
            Kind::Escaped => unescape(token.bytes(data), &mut text),
            Kind::Nested => minify(token.bytes(data), &mut text),
            _ => text.extend_from_slice(token.bytes(data)),
        }
        let kind = field.builder.kind().map_or("text", wanted);
        Error::parse(format!(
            "{place}: '{}' in column '{}' is not {kind}, which the schema asks for: mend it, or ask for 'utf8' or 'json'",
            shown(&text),
            field.name
        ))
    }

    /// The schema's columns that no row had: nulls.
    pub fn add_missing(&mut self, rows: usize) -> Result<()> {
        self.done = rows;
        for (name, _) in self.schema.clone() {
            if !self.places.contains_key(&name) {
                self.add(name)?;
            }
        }
        Ok(())
    }

    /// Forgets what was noted of a row that is not whole.
    pub fn forget_cut(&mut self) {
        for field in &mut self.fields {
            field.tokens.truncate(self.noted);
        }
    }
}

/// The name that the key at `at` says, and the place behind its closing quote.
pub(super) fn key_name<const LINES: bool>(source: Source<'_, LINES>, at: usize) -> Found<(String, usize)> {
    if source.data.get(at) != Some(&b'"') {
        return Err(Fault::Expected { at, what: "a key in quotes" });
    }
    let (end, escaped) = source.string(at + 1)?;
    let raw = &source.data[at + 1..end];
    let mut text = Vec::new();
    if escaped {
        unescape(raw, &mut text);
        // Names are Unicode text, and two halves that became one sign would be one name.
        if text.windows(2).any(|pair| matches!(pair, [0xed, 0xa0..=0xbf])) {
            return Err(Fault::Expected { at, what: "a key without halves of surrogate pairs" });
        }
    } else {
        text.extend_from_slice(raw)
    }
    Ok((String::from_utf8_lossy(&mend(&text)).into_owned(), end + 1))
}

/// `a == b` for slices of one length, without a call where they are short.
#[inline(always)]
fn equal(a: &[u8], b: &[u8]) -> bool {
    let mut same = a.len() == b.len();
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    for (x, y) in a.iter().zip(b) {
        same &= u64::from_le_bytes(*x) == u64::from_le_bytes(*y);
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        same &= x == y;
    }
    same
}
