//! NDJSON and JSON, pushed piece by piece, as a table.

use std::sync::Arc;

use columnar::{Column, Error, Result, Table, alloc};

use super::encoding::Decoder;
use super::json_rows::{Rows, Stop, key_name};
use super::json_text::{DEEPEST, Fault, Source, found};
use super::{LONGEST_ROW, ReadOptions, SLICE, foreseen, row_too_long};

pub struct JsonReader {
    decoder: Decoder,
    core: Core,
}

/// What a JSON document goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// One object a line.
    Line,
    Document,
    /// A row or the end, a row, a comma or the end.
    FirstRow,
    Row,
    AfterRow,
    FirstKey,
    Key,
    AfterKey {
        field: usize,
    },
    FirstElement {
        field: usize,
    },
    Element {
        field: usize,
    },
    AfterElement {
        field: usize,
    },
    AfterColumn,
    End,
}

struct Core {
    rows: Rows,
    next: Next,
    in_columns: bool,
    /// Of the whole text, about, until the rows are foreseen.
    bytes: u64,
    /// What is not whole yet, and how far its end was looked for.
    carry: Vec<u8>,
    extent: Extent,
    /// The first byte that was not read yet, in the whole text, and its line.
    offset: u64,
    line: u64,
    failed: Option<Error>,
}

impl JsonReader {
    /// `lines`: NDJSON, an object a line; else one document: an array of objects, or an object of arrays.
    pub fn new(options: ReadOptions, lines: bool) -> Self {
        let core = Core {
            rows: Rows::new(options.schema),
            next: if lines { Next::Line } else { Next::Document },
            in_columns: false,
            bytes: options.bytes,
            carry: Vec::new(),
            extent: Extent::default(),
            offset: 0,
            line: 1,
            failed: None,
        };
        Self { decoder: Decoder::new(), core }
    }

    /// Rows so far; of columns that come as arrays, those of the first.
    pub fn rows(&self) -> usize {
        if self.core.in_columns { self.core.rows.fields.first().map_or(0, |field| field.builder.rows()) } else { self.core.rows.rows() }
    }

    /// Reads on. Any cut is allowed, inside a character too.
    ///
    /// # Errors
    /// PARSE, OUT_OF_MEMORY, TOO_LARGE; the reader is of no use afterwards and says the same again.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.feed(bytes, false)
    }

    fn feed(&mut self, bytes: &[u8], last: bool) -> Result<()> {
        if let Some(error) = &self.core.failed {
            return Err(error.clone());
        }
        let core = &mut self.core;
        let done = self.decoder.feed(bytes, last, &mut |text, mark| {
            core.offset += mark;
            text.chunks(SLICE).try_for_each(|part| core.push(part))
        });
        let done = done.and_then(|()| if last { core.end() } else { Ok(()) });
        core.failed = done.as_ref().err().cloned();
        done
    }

    /// The table.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn finish(mut self) -> Result<Table> {
        self.feed(&[], true)?;
        self.core.table()
    }
}

impl Core {
    fn push(&mut self, mut data: &[u8]) -> Result<()> {
        while !self.carry.is_empty() && !data.is_empty() {
            let end = if self.next == Next::Line { data.iter().position(|&byte| byte == b'\n') } else { self.extent.find(data) };
            let Some(end) = end else { return self.keep(data) };
            self.keep(&data[..=end])?;
            data = &data[end + 1..];
            let mut carry = std::mem::take(&mut self.carry);
            let read = self.read(&carry, false)?;
            carry.drain(..read);
            if read > 0 {
                self.extent = Extent::default();
                self.extent.find(&carry);
            }
            self.carry = carry;
        }
        let read = match self.next {
            // A line may hold anything up to its end.
            Next::Line => match data.iter().rposition(|&byte| byte == b'\n') {
                Some(end) => self.read(&data[..=end], false)?,
                None => 0,
            },
            _ => self.read(data, false)?,
        };
        let rest = &data[read..];
        if !rest.is_empty() {
            self.extent = Extent::default();
            if self.next != Next::Line {
                self.extent.find(rest);
            }
            self.keep(rest)?;
        }
        Ok(())
    }

    fn keep(&mut self, data: &[u8]) -> Result<()> {
        if self.carry.len() + data.len() >= LONGEST_ROW {
            return Err(row_too_long(self.line));
        }
        alloc::grow(&mut self.carry, data.len())?;
        self.carry.extend_from_slice(data);
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let carry = std::mem::take(&mut self.carry);
        self.read(&carry, true)?;
        match self.next {
            Next::Line | Next::End => Ok(()),
            _ => Err(self.fault(&[], Fault::Expected { at: 0, what: self.wanted() })),
        }
    }

    /// Reads what is whole; returns where the rest begins. `last`: nothing follows the data.
    fn read(&mut self, data: &[u8], last: bool) -> Result<usize> {
        let read = if self.next == Next::Line { self.read_lines(data)? } else { self.read_document(data, last)? };
        self.offset += read as u64;
        if !self.in_columns
            && let Some(rows) = foreseen(self.bytes, self.offset, self.rows.rows())
        {
            self.bytes = 0;
            self.rows.fields.iter_mut().for_each(|field| field.builder.expect(rows));
        }
        self.line += data[..read].iter().filter(|&&byte| byte == b'\n').count() as u64;
        Ok(read)
    }

    fn read_lines(&mut self, data: &[u8]) -> Result<usize> {
        let source = Source::<true> { data };
        let mut at = 0;
        loop {
            at = source.blank(at);
            match data.get(at) {
                None => break,
                Some(b'\n') => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let row = self.rows.row(source, at).and_then(|end| {
                let end = source.blank(end);
                match data.get(end) {
                    None | Some(b'\n') => Ok(end),
                    _ => Err(Fault::Expected { at: end, what: "the end of the line" }.into()),
                }
            });
            match row {
                Ok(end) => at = end,
                Err(stop) => return Err(self.stopped(data, stop)),
            }
            if self.rows.is_full() {
                self.flush(data)?;
            }
        }
        self.flush(data)?;
        Ok(at)
    }

    /// An error: those of rows before it come first.
    fn stopped(&mut self, data: &[u8], stop: Stop) -> Error {
        self.rows.forget_cut();
        if let Err(error) = self.flush(data) {
            return error;
        }
        match stop {
            Stop::Failed(error) => error,
            Stop::Fault(fault) => self.fault(data, fault),
        }
    }

    fn flush(&mut self, data: &[u8]) -> Result<()> {
        let (offset, line) = (self.offset, self.line);
        self.rows.flush(data, &|at| place(data, at, offset, line))
    }

    fn read_document(&mut self, data: &[u8], last: bool) -> Result<usize> {
        let source = Source::<false> { data };
        let mut at = 0;
        loop {
            at = source.blank(at);
            if at == data.len() {
                break;
            }
            match self.step(source, at) {
                Ok(next) => at = next,
                Err(Stop::Fault(Fault::Expected { at: place, .. })) if place == data.len() && !last => {
                    if !self.in_columns {
                        self.rows.forget_cut();
                    }
                    break;
                }
                Err(stop) => return Err(self.stopped_in_document(data, stop)),
            }
            if self.rows.is_full() {
                self.flush(data)?;
            }
        }
        match self.next {
            Next::FirstElement { field } | Next::Element { field } | Next::AfterElement { field } => self.flush_elements(data, field)?,
            _ if !self.in_columns => self.flush(data)?,
            _ => {}
        }
        Ok(at)
    }

    fn stopped_in_document(&mut self, data: &[u8], stop: Stop) -> Error {
        match self.next {
            Next::FirstElement { field } | Next::Element { field } | Next::AfterElement { field } => {
                if let Err(error) = self.flush_elements(data, field) {
                    return error;
                }
                match stop {
                    Stop::Failed(error) => error,
                    Stop::Fault(fault) => self.fault(data, fault),
                }
            }
            _ if !self.in_columns => self.stopped(data, stop),
            _ => match stop {
                Stop::Failed(error) => error,
                Stop::Fault(fault) => self.fault(data, fault),
            },
        }
    }

    fn flush_elements(&mut self, data: &[u8], field: usize) -> Result<()> {
        let (offset, line) = (self.offset, self.line);
        self.rows.flush_elements(field, data, &|at| place(data, at, offset, line))
    }

    /// One part of a document: a bracket, a comma, a row, a key, a value.
    #[inline(always)]
    fn step(&mut self, source: Source<'_, false>, at: usize) -> core::result::Result<usize, Stop> {
        let byte = source.data[at];
        let (next, end) = match (self.next, byte) {
            (Next::Document, b'[') => (Next::FirstRow, at + 1),
            (Next::Document, b'{') => {
                self.in_columns = true;
                (Next::FirstKey, at + 1)
            }
            (Next::FirstRow, b']') | (Next::AfterRow, b']') | (Next::FirstKey | Next::AfterColumn, b'}') => (Next::End, at + 1),
            (Next::FirstRow | Next::Row, _) => (Next::AfterRow, self.rows.row(source, at)?),
            (Next::AfterRow, b',') => (Next::Row, at + 1),
            (Next::FirstKey | Next::Key, _) => {
                let (name, end) = key_name(source, at)?;
                let end = source.colon(end)?;
                (Next::AfterKey { field: self.rows.renew(name)? }, end)
            }
            (Next::AfterKey { field }, b'[') => (Next::FirstElement { field }, at + 1),
            (Next::FirstElement { field } | Next::AfterElement { field }, b']') => {
                self.flush_elements(source.data, field)?;
                (Next::AfterColumn, at + 1)
            }
            (Next::FirstElement { field } | Next::Element { field }, _) => {
                let (token, end) = source.value(at, 2)?;
                // A number that touches the end of the data may go on.
                if end == source.data.len() {
                    return Err(Fault::Expected { at: end, what: "',' or ']'" }.into());
                }
                if self.rows.note_element(field, token)? {
                    self.flush_elements(source.data, field)?;
                }
                (Next::AfterElement { field }, end)
            }
            (Next::AfterElement { field }, b',') => (Next::Element { field }, at + 1),
            (Next::AfterColumn, b',') => (Next::Key, at + 1),
            _ => return Err(Fault::Expected { at, what: self.wanted() }.into()),
        };
        self.next = next;
        Ok(end)
    }

    fn wanted(&self) -> &'static str {
        match self.next {
            Next::Line | Next::End => "the end of the text (lines of objects are format 'ndjson')",
            Next::Document => "'[' of an array of objects or '{' of an object of arrays",
            Next::FirstRow | Next::Row => "a row, which is an object",
            Next::AfterRow | Next::AfterElement { .. } => "',' or ']'",
            Next::FirstKey | Next::Key => "a key in quotes",
            Next::AfterKey { .. } => "'[': in an object of columns every value is an array (lines of objects are format 'ndjson')",
            Next::FirstElement { .. } | Next::Element { .. } => "a value",
            Next::AfterColumn => "',' or '}'",
        }
    }

    fn fault(&self, data: &[u8], fault: Fault) -> Error {
        let lines = self.next == Next::Line;
        match fault {
            Fault::Expected { at, what } => {
                Error::parse(format!("{}: expected {what}, found {}", place(data, at, self.offset, self.line), found(data, at, lines)))
            }
            Fault::Other { at, message } => Error::parse(format!("{}: {message}", place(data, at, self.offset, self.line))),
        }
    }

    fn table(mut self) -> Result<Table> {
        let rows = if self.in_columns { self.rows.fields.first().map_or(0, |field| field.builder.rows()) } else { self.rows.rows() };
        for field in &self.rows.fields {
            if self.in_columns && field.builder.rows() != rows {
                return Err(Error::parse(format!(
                    "column '{}' has {} values where '{}' has {rows}: the arrays of a table in columns have one length",
                    field.name,
                    field.builder.rows(),
                    self.rows.fields[0].name
                )));
            }
        }
        self.rows.add_missing(rows)?;
        let mut columns: Vec<(Arc<str>, Arc<Column>)> = alloc::room(self.rows.fields.len())?;
        for field in self.rows.fields {
            columns.push((field.name, Arc::new(field.builder.finish(rows)?)));
        }
        Table::new(rows, columns)
    }
}

/// Where in the whole text a place of the data is.
fn place(data: &[u8], at: usize, offset: u64, line: u64) -> String {
    let lines = data[..at.min(data.len())].iter().filter(|&&byte| byte == b'\n').count() as u64;
    format!("line {}, offset {}", line + lines, offset + at as u64)
}

/// Looks for the end of a value whose beginning stands elsewhere, each byte once.
#[derive(Debug, Default)]
struct Extent {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Extent {
    /// A place that completes the value, or shows that it is none.
    fn find(&mut self, data: &[u8]) -> Option<usize> {
        for (i, &byte) in data.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > DEEPEST + 2 {
                        return Some(i);
                    }
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(i);
                    }
                }
                b',' | b':' if self.depth == 0 => return Some(i),
                _ => {}
            }
        }
        None
    }
}
