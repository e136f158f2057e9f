//! Finds the records and fields of a CSV text: RFC 4180, with any mix of line ends.

use columnar::{Error, Result, alloc};
use simd_kernels::scan::{BLOCK, any_of};

use super::cells::{BARE, DOUBLED, EMPTY_TEXT, Span};

/// What the finder learns, as places in the bytes it was given.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Fields, record after record; room beyond them.
    pub spans: Vec<Span>,
    fields: usize,
    /// For each record: how many fields there are at its end, and the line it begins in.
    pub ends: Vec<(u32, u64)>,
}

impl Records {
    pub fn clear(&mut self) {
        self.fields = 0;
        self.ends.clear();
    }

    /// Room for the fields and records of a block, and for what stands before it.
    #[inline(always)]
    fn make_room(&mut self) -> Result<()> {
        if self.spans.len() < self.fields + BLOCK + 1 || self.ends.capacity() < self.ends.len() + BLOCK + 1 {
            self.grow()?;
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> Result<()> {
        let more = self.fields.max(4 * BLOCK);
        alloc::grow(&mut self.spans, more)?;
        self.spans.resize(self.spans.len() + more, Span::NULL);
        alloc::grow(&mut self.ends, 4 * BLOCK)
    }

    #[inline(always)]
    fn field(&mut self, span: Span) {
        self.spans[self.fields] = span;
        self.fields += 1;
    }
}

/// Where a search stopped.
pub(super) enum Stop {
    /// Enough records were found; go on here.
    Full(usize),
    /// The record that begins here is not complete.
    Cut(usize),
}

/// Keeps count across pieces of one text.
#[derive(Debug)]
pub(super) struct Finder {
    pub delimiter: u8,
    /// The line that the next record begins in.
    pub line: u64,
    /// The last record ended in a return, so that a newline in front belongs to it.
    pub after_return: bool,
}

impl Finder {
    pub fn new(delimiter: u8) -> Self {
        Self { delimiter, line: 1, after_return: false }
    }

    /// Records of bare fields alone, each of `columns` fields on a line of its own, from `from` on: field `c` of record `r` to
    /// `out[c * stride + r]`. Ends before anything else, near the end of the data, or with `most` records; returns how many there are
    /// and where the next record begins.
    pub fn find_even(&mut self, data: &[u8], from: usize, columns: usize, stride: usize, most: usize, out: &mut [Span]) -> (usize, usize) {
        let (mut rows, mut record) = (0, from);
        if self.after_return {
            return (rows, record);
        }
        let mut start = from;
        let (mut column, mut place) = (0, 0);
        let mut base = from & !(BLOCK - 1);
        'blocks: while let Some(block) = data.get(base..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
            let inside = if from > base { u64::MAX << (from - base) } else { u64::MAX };
            let mut ends = any_of(block, [self.delimiter, b'\n']) & inside;
            let others = any_of(block, [b'"', b'\r']) & inside;
            if others != 0 && !only_pairs(block, others) {
                break;
            }
            while ends != 0 {
                let bit = ends.trailing_zeros() as usize & (BLOCK - 1);
                ends &= ends - 1;
                column += 1;
                if block[bit] != b'\n' {
                    if column == columns {
                        break 'blocks;
                    }
                    out[place] = Span::new(start, base + bit, BARE);
                    place += stride;
                    start = base + bit + 1;
                    continue;
                }
                if column != columns {
                    break 'blocks;
                }
                let pair = others != 0 && bit > 0 && block[bit - 1] == b'\r';
                out[place] = Span::new(start, base + bit - usize::from(pair), BARE);
                start = base + bit + 1;
                record = start;
                rows += 1;
                (column, place) = (0, rows);
                if rows == most {
                    break 'blocks;
                }
            }
            base += BLOCK;
        }
        self.line += rows as u64;
        (rows, record)
    }

    /// Finds records from `from` on until there are `most`. `last`: the data ends the text.
    pub fn find(&mut self, data: &[u8], mut from: usize, most: usize, last: bool, out: &mut Records) -> Result<Stop> {
        if self.after_return && from < data.len() {
            self.after_return = false;
            if data[from] == b'\n' {
                from += 1;
            }
        }
        let mut record = from;
        let mut first_field = out.fields;
        // The field that is being read: where it begins, its kind, and where it ended if it was quoted.
        let mut start = from;
        let mut quoted = false;
        let mut doubled = false;
        let mut closed = 0;
        let mut line = self.line;
        let mut opened_line = line;
        let mut open = false;
        // Structural bytes before this place were dealt with.
        let mut done = from;
        let mut base = from & !(BLOCK - 1);
        let mut padded;
        while base < data.len() {
            let rest = &data[base..];
            let (block, inside) = match rest.first_chunk::<BLOCK>() {
                Some(block) => (block, u64::MAX),
                None => {
                    padded = [0; BLOCK];
                    padded[..rest.len()].copy_from_slice(rest);
                    (&padded, u64::MAX >> (BLOCK - rest.len()))
                }
            };
            let inside = if done > base { inside & u64::MAX << (done - base) } else { inside };
            let mut ends = any_of(block, [self.delimiter, b'\n']) & inside;
            let others = any_of(block, [b'"', b'\r']) & inside;
            out.make_room()?;
            if !open && !quoted && (others == 0 || only_pairs(block, others)) {
                // Nothing but bare fields. A return is the first half of a line end here.
                let spans = &mut out.spans[..];
                let mut fields = out.fields;
                // The line that the record begins in: a quoted field may have gone over several.
                let mut begun = self.line;
                while ends != 0 {
                    let bit = ends.trailing_zeros() as usize & (BLOCK - 1);
                    ends &= ends - 1;
                    if block[bit] != b'\n' {
                        spans[fields] = Span::new(start, base + bit, BARE);
                        fields += 1;
                        start = base + bit + 1;
                        continue;
                    }
                    let pair = others != 0 && bit > 0 && block[bit - 1] == b'\r';
                    spans[fields] = Span::new(start, base + bit - usize::from(pair), BARE);
                    fields += 1;
                    start = base + bit + 1;
                    out.ends.push((fields as u32, begun));
                    line += 1;
                    begun = line;
                    record = start;
                    first_field = fields;
                    if out.ends.len() >= most {
                        out.fields = fields;
                        self.line = begun;
                        return Ok(Stop::Full(record));
                    }
                }
                out.fields = fields;
                self.line = begun;
                base += BLOCK;
                continue;
            }
            let mut mask = ends | others;
            while mask != 0 {
                let at = base + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                if at < done {
                    continue;
                }
                let byte = data[at];
                if open {
                    match byte {
                        b'"' => match data.get(at + 1) {
                            Some(b'"') => {
                                doubled = true;
                                done = at + 2;
                            }
                            None if !last => {
                                out.fields = first_field;
                                return Ok(Stop::Cut(record));
                            }
                            next => {
                                open = false;
                                closed = at;
                                if let Some(&next) = next
                                    && next != self.delimiter
                                    && !matches!(next, b'\n' | b'\r')
                                {
                                    return Err(after_quote(line, out.fields - first_field + 1));
                                }
                            }
                        },
                        b'\n' => line += 1,
                        b'\r' if data.get(at + 1) != Some(&b'\n') => line += 1,
                        _ => {}
                    }
                    continue;
                }
                if byte == b'"' {
                    if at == start {
                        open = true;
                        opened_line = line;
                        quoted = true;
                    }
                    continue;
                }
                out.field(if quoted { between_quotes(start, closed, doubled) } else { Span::new(start, at, BARE) });
                start = at + 1;
                quoted = false;
                doubled = false;
                if byte != self.delimiter {
                    out.ends.push((out.fields as u32, self.line));
                    line += 1;
                    if byte == b'\r' {
                        match data.get(start) {
                            Some(b'\n') => start += 1,
                            None => self.after_return = true,
                            _ => {}
                        }
                        done = start;
                    }
                    self.line = line;
                    record = start;
                    first_field = out.fields;
                    if out.ends.len() >= most {
                        return Ok(Stop::Full(record));
                    }
                }
            }
            base += BLOCK;
        }
        if !last {
            out.fields = first_field;
            return Ok(Stop::Cut(record));
        }
        if open {
            return Err(unclosed(opened_line, out.fields - first_field + 1));
        }
        if record < data.len() {
            out.make_room()?;
            out.field(if quoted { between_quotes(start, closed, doubled) } else { Span::new(start, data.len(), BARE) });
            out.ends.push((out.fields as u32, self.line));
        }
        Ok(Stop::Full(data.len()))
    }
}

/// Whether there are no quotes, and each return stands before a newline of the same block.
fn only_pairs(block: &[u8; BLOCK], others: u64) -> bool {
    others == any_of(block, [b'\r']) & others && others >> (BLOCK - 1) == 0 && others << 1 & !any_of(block, [b'\n']) == 0
}

fn between_quotes(start: usize, closed: usize, doubled: bool) -> Span {
    let kind = if doubled {
        DOUBLED
    } else if start + 1 == closed {
        EMPTY_TEXT
    } else {
        BARE
    };
    Span::new(start + 1, closed, kind)
}

#[cold]
fn after_quote(line: u64, column: usize) -> Error {
    Error::parse(format!("line {line}: text follows the closing quote of field {column}: double the quotes inside quoted fields (\"\")"))
}

#[cold]
fn unclosed(line: u64, column: usize) -> Error {
    Error::parse(format!(
        "line {line}: a quote opens in field {column} and never closes: close it, or double the quotes inside quoted fields (\"\")"
    ))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    FieldStart,
    Bare,
    Quoted,
    AfterQuote,
}

/// Looks for the end of a record whose beginning stands elsewhere, each byte once.
#[derive(Debug)]
pub(super) struct EndOfRecord {
    place: Place,
}

impl EndOfRecord {
    pub fn new() -> Self {
        Self { place: Place::FieldStart }
    }

    /// The place of the line end that ends the record. Text after a closing quote ends it too: an error that the finder tells.
    pub fn find(&mut self, data: &[u8], delimits: impl Fn(u8) -> bool) -> Option<usize> {
        let mut place = self.place;
        for (i, &byte) in data.iter().enumerate() {
            let ends = matches!(byte, b'\n' | b'\r');
            place = match place {
                Place::Quoted => {
                    if byte == b'"' {
                        Place::AfterQuote
                    } else {
                        Place::Quoted
                    }
                }
                Place::AfterQuote if byte == b'"' => Place::Quoted,
                Place::FieldStart if byte == b'"' => Place::Quoted,
                _ if ends => {
                    self.place = Place::FieldStart;
                    return Some(i);
                }
                _ if delimits(byte) => Place::FieldStart,
                Place::AfterQuote => {
                    self.place = Place::FieldStart;
                    return Some(i);
                }
                _ => Place::Bare,
            };
        }
        self.place = place;
        None
    }
}

/// The delimiter of a text whose first record this is: a comma where there is one, else the most frequent of `;`, tab and `|`.
pub(super) fn sniff(record: &[u8]) -> u8 {
    let mut counts = [0usize; 4];
    let mut place = Place::FieldStart;
    for &byte in record {
        let known = CANDIDATES.iter().position(|&candidate| candidate == byte);
        place = match place {
            Place::Quoted => {
                if byte == b'"' {
                    Place::AfterQuote
                } else {
                    Place::Quoted
                }
            }
            Place::AfterQuote | Place::FieldStart if byte == b'"' => Place::Quoted,
            _ => match known {
                Some(i) => {
                    counts[i] += 1;
                    Place::FieldStart
                }
                None => Place::Bare,
            },
        };
    }
    if counts[0] > 0 {
        return b',';
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 { b',' } else { CANDIDATES[counts.iter().position(|&count| count == most).unwrap_or(0)] }
}

pub(super) const CANDIDATES: [u8; 4] = *b",;\t|";
