//! CSV, pushed piece by piece, as a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use columnar::{Column, Error, Result, Table, alloc};

use super::cells::{Cells, Span, suspect};
use super::column::Builder;
use super::convert::wanted;
use super::csv_records::{CANDIDATES, EndOfRecord, Finder, Records, Stop, sniff};
use super::encoding::Decoder;
use super::utf8::{mend, shown};
use super::{LONGEST_ROW, Ragged, ReadOptions, SLICE, foreseen, row_too_long};

/// Records that are found before their cells are read, column by column: the bytes are still near then, and each column's loop is its own.
const BATCH: usize = 512;
/// Between the columns of a batch, so that their rows do not fall on the same lines of the cache.
const GAP: usize = 8;
/// Cells of a batch, where there are many columns.
const CELLS: usize = 1 << 14;

pub struct CsvReader {
    decoder: Decoder,
    core: Core,
}

struct Core {
    options: ReadOptions,
    finder: Finder,
    /// Whether the delimiter is settled; until then `carry` collects the first record.
    settled: bool,
    /// A record that is not complete yet, and the search for its end.
    carry: Vec<u8>,
    end: EndOfRecord,
    records: Records,
    columns: Vec<(Arc<str>, Builder)>,
    /// Whether there are columns: the first record was met.
    begun: bool,
    rows: usize,
    /// Bytes of the records that were read.
    bytes: u64,
    /// The cells of a batch, column after column, each with room for `stride` rows.
    grid: Vec<Span>,
    stride: usize,
    scratch: Vec<u8>,
    failed: Option<Error>,
}

impl CsvReader {
    pub fn new(options: ReadOptions) -> Self {
        let core = Core {
            settled: options.delimiter.is_some(),
            finder: Finder::new(options.delimiter.unwrap_or(b',')),
            options,
            carry: Vec::new(),
            end: EndOfRecord::new(),
            records: Records::default(),
            columns: Vec::new(),
            begun: false,
            rows: 0,
            bytes: 0,
            grid: Vec::new(),
            stride: 0,
            scratch: Vec::new(),
            failed: None,
        };
        Self { decoder: Decoder::new(), core }
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.core.rows
    }

    /// Reads on. Any cut is allowed, inside a character too.
    ///
    /// # Errors
    /// PARSE, OUT_OF_MEMORY, TOO_LARGE, INVALID_ARGUMENT; the reader is of no use afterwards and says the same again.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.feed(bytes, false)
    }

    fn feed(&mut self, bytes: &[u8], last: bool) -> Result<()> {
        if let Some(error) = &self.core.failed {
            return Err(error.clone());
        }
        let core = &mut self.core;
        let done = self.decoder.feed(bytes, last, &mut |text, _| text.chunks(SLICE).try_for_each(|part| core.push(part)));
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
        if !self.settled {
            // Lines without anything say nothing about the delimiter.
            while self.carry.is_empty()
                && let [first @ (b'\n' | b'\r'), rest @ ..] = data
            {
                if !(*first == b'\n' && self.finder.after_return) {
                    self.finder.line += 1;
                }
                self.finder.after_return = *first == b'\r';
                data = rest;
            }
            if data.is_empty() {
                return Ok(());
            }
            let found = self.end.find(data, |byte| CANDIDATES.contains(&byte));
            self.keep(data)?;
            let Some(at) = found else { return Ok(()) };
            let at = self.carry.len() - data.len() + at;
            self.settle(at);
            let text = std::mem::take(&mut self.carry);
            return self.push(&text);
        }
        if !self.carry.is_empty() {
            let delimiter = self.finder.delimiter;
            let Some(at) = self.end.find(data, |byte| byte == delimiter) else { return self.keep(data) };
            self.keep(&data[..=at])?;
            let record = std::mem::take(&mut self.carry);
            let rest = self.read(&record, false)?;
            debug_assert_eq!(rest, record.len());
            data = &data[at + 1..];
        }
        let rest = self.read(data, false)?;
        self.end = EndOfRecord::new();
        let delimiter = self.finder.delimiter;
        self.end.find(&data[rest..], |byte| byte == delimiter);
        self.keep(&data[rest..])
    }

    fn settle(&mut self, end: usize) {
        self.finder.delimiter = sniff(&self.carry[..end]);
        self.settled = true;
        self.end = EndOfRecord::new();
    }

    fn keep(&mut self, data: &[u8]) -> Result<()> {
        if self.carry.len() + data.len() > LONGEST_ROW {
            return Err(row_too_long(self.finder.line));
        }
        alloc::grow(&mut self.carry, data.len())?;
        self.carry.extend_from_slice(data);
        Ok(())
    }

    /// The text is over.
    fn end(&mut self) -> Result<()> {
        if !self.settled {
            self.settle(self.carry.len());
        }
        let rest = std::mem::take(&mut self.carry);
        self.read(&rest, true).map(|_| ())
    }

    /// Reads the complete records of `data`; returns where the incomplete one begins.
    fn read(&mut self, data: &[u8], last: bool) -> Result<usize> {
        let mut at = 0;
        loop {
            if self.begun {
                let columns = self.columns.len();
                let (rows, next) = self.finder.find_even(data, at, columns, self.stride, self.stride - GAP, &mut self.grid);
                if rows > 0 {
                    let line = self.finder.line - rows as u64;
                    self.append(data, rows, &|i| line + i as u64)?;
                    self.done(next - at);
                    at = next;
                    continue;
                }
            }
            let mut records = std::mem::take(&mut self.records);
            records.clear();
            // One record first, which says how many fields there are.
            let most = if self.begun { self.stride - GAP } else { 1 };
            let stop = self.finder.find(data, at, most, last, &mut records);
            // What was found before an error comes first: an error in it stands earlier in the text.
            self.take(data, &records)?;
            self.records = records;
            let stop = stop?;
            let (Stop::Full(next) | Stop::Cut(next)) = stop;
            self.done(next - at);
            match stop {
                Stop::Full(next) if next < data.len() => at = next,
                Stop::Full(next) | Stop::Cut(next) => return Ok(next),
            }
        }
    }

    /// So many bytes more were read.
    fn done(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if let Some(rows) = foreseen(self.options.bytes, self.bytes, self.rows) {
            self.options.bytes = 0;
            self.columns.iter_mut().for_each(|(_, builder)| builder.expect(rows));
        }
    }

    /// Gives the cells of the records to their columns.
    fn take(&mut self, data: &[u8], records: &Records) -> Result<()> {
        let mut from = 0;
        let mut first = 0;
        while !self.begun && from < records.ends.len() {
            let (end, _) = records.ends[from];
            let fields = &records.spans[first..end as usize];
            if is_blank(fields) {
                first = end as usize;
                from += 1;
                continue;
            }
            self.begin(data, fields)?;
            if self.options.header {
                first = end as usize;
                from += 1;
            }
        }
        if !self.begun {
            return Ok(());
        }
        let columns = self.columns.len();
        let ends = &records.ends[from..];
        // Most batches are as they should be: every record has its fields.
        let even = ends.iter().enumerate().all(|(i, &(end, _))| end as usize == first + (i + 1) * columns);
        if even {
            self.turn(&records.spans[first..], ends.len());
            return self.append(data, ends.len(), &|i| ends[i].1);
        }
        let mut spans = alloc::room(ends.len() * columns)?;
        let mut lines = alloc::room(ends.len())?;
        let mut wrong = None;
        for &(end, line) in ends {
            let fields = &records.spans[first..end as usize];
            first = end as usize;
            if fields.len() != columns {
                if is_blank(fields) {
                    continue;
                }
                match self.options.ragged {
                    Ragged::Skip => continue,
                    Ragged::Fill => {}
                    Ragged::Error => {
                        wrong = Some(self.ragged(line, fields.len()));
                        break;
                    }
                }
            }
            spans.extend((0..columns).map(|column| fields.get(column).copied().unwrap_or(Span::NULL)));
            lines.push(line);
        }
        self.turn(&spans, lines.len());
        self.append(data, lines.len(), &|i| lines[i])?;
        wrong.map_or(Ok(()), Err)
    }

    /// Rows of cells into the grid.
    fn turn(&mut self, spans: &[Span], rows: usize) {
        let columns = self.columns.len();
        for (row, cells) in spans.chunks_exact(columns).take(rows).enumerate() {
            for (column, &cell) in cells.iter().enumerate() {
                self.grid[column * self.stride + row] = cell;
            }
        }
    }

    /// Gives the rows that stand in the grid to their columns.
    fn append(&mut self, data: &[u8], rows: usize, line_of: &dyn Fn(usize) -> u64) -> Result<()> {
        if u32::try_from(self.rows + rows).is_err() {
            return Err(Error::new(columnar::ErrorCode::TooLarge, "a table holds fewer than 2^32 rows: split it"));
        }
        let mut wrong: Option<(usize, usize)> = None;
        let nulls = &self.options.nulls;
        for (place, (_, builder)) in self.columns.iter_mut().enumerate() {
            let rows = wrong.map_or(rows, |(row, _)| row);
            let spans = &mut self.grid[place * self.stride..][..rows];
            suspect(spans, nulls);
            if let Some(misfit) = builder.append(&Cells { data, spans, nulls }, &mut self.scratch)? {
                wrong = Some((misfit.0, place));
            }
        }
        self.rows += rows;
        let Some((row, column)) = wrong else { return Ok(()) };
        let (name, builder) = &self.columns[column];
        let text = shown(self.grid[column * self.stride + row].text(data, &mut self.scratch));
        let kind = builder.kind().map_or("text", wanted);
        Err(Error::parse(format!(
            "line {}: '{text}' in column '{name}' is not {kind}, which the schema asks for: mend it, name it in nulls, or ask for 'utf8'",
            line_of(row)
        )))
    }

    fn ragged(&self, line: u64, fields: usize) -> Error {
        let first = if self.options.header { "the header" } else { "the first line" };
        let s = if fields == 1 { "" } else { "s" };
        Error::parse(format!(
            "line {line}: {fields} field{s} where {first} has {}: mend the line, or load with ragged: 'fill' (nulls for what is missing, what is over dropped) or ragged: 'skip' (without such lines)",
            self.columns.len()
        ))
    }

    /// The first record makes the columns.
    fn begin(&mut self, data: &[u8], fields: &[Span]) -> Result<()> {
        self.begun = true;
        let mut given: Vec<String> = alloc::room(fields.len())?;
        for (i, field) in fields.iter().enumerate() {
            let text = if self.options.header { mend(field.text(data, &mut self.scratch)).into_owned() } else { Vec::new() };
            given.push(if text.is_empty() { format!("column{}", i + 1) } else { String::from_utf8_lossy(&text).into_owned() });
        }
        for name in unique(&given) {
            self.columns.push((name.as_str().into(), Builder::new(self.options.type_of(&name))));
        }
        self.stride = (CELLS / self.columns.len()).clamp(16, BATCH) + GAP;
        self.grid = alloc::filled(self.stride * self.columns.len(), Span::NULL)?;
        self.check_schema()
    }

    fn check_schema(&self) -> Result<()> {
        for (name, _) in &self.options.schema {
            if !self.columns.iter().any(|(known, _)| **known == **name) {
                let names: Vec<&str> = self.columns.iter().take(20).map(|(name, _)| &**name).collect();
                let more = if self.columns.len() > 20 { ", …" } else { "" };
                return Err(Error::invalid(format!(
                    "schema names column '{name}', which the text does not have: it has {}{more}",
                    names.join(", ")
                )));
            }
        }
        Ok(())
    }

    fn table(mut self) -> Result<Table> {
        if !self.begun {
            // Nothing at all: the columns that were asked for, without rows.
            for (name, kind) in &self.options.schema {
                if !self.columns.iter().any(|(known, _)| **known == **name) {
                    self.columns.push((name.as_str().into(), Builder::new(self.options.type_of(name).or(Some(*kind)))));
                }
            }
        }
        let mut columns: Vec<(Arc<str>, Arc<Column>)> = alloc::room(self.columns.len())?;
        for (name, builder) in self.columns {
            columns.push((name, Arc::new(builder.finish()?)));
        }
        Table::new(self.rows, columns)
    }
}

/// A line without anything in it.
fn is_blank(fields: &[Span]) -> bool {
    matches!(fields, [field] if field.is_null())
}

/// Names that are all different: the second `a` is `a_2`, or the next number that no column has.
fn unique(given: &[String]) -> Vec<String> {
    // The number to try next behind a name that stands already; of one that is given further on, 0.
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for name in given {
        known.insert(name.clone(), 0);
    }
    let mut names = Vec::new();
    for name in given {
        let mut number = known.get(name).copied().unwrap_or_default();
        let mut unique = name.clone();
        while number > 0 && known.contains_key(&unique) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        known.insert(unique.clone(), 2);
        known.insert(name.clone(), number.max(2));
        names.push(unique);
    }
    names
}
