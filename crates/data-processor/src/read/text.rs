//! A column of text while it is read: coded by a dictionary as long as its strings repeat, plain from then on.

use std::sync::Arc;

use columnar::{Codes, Column, ColumnType, Data, Error, ErrorCode, Result, Strings, alloc};

use super::cells::Cells;
use super::chunked::{CHUNK, Chunked, Validity};
use super::fill::fill;
use super::interner::Interner;
use super::utf8::mend;

/// Rows before the share of distinct strings is looked at: among few rows, strings that come again have not come again yet.
const TRIAL: usize = CHUNK;
/// Rows of a column that keeps its dictionary whatever the share.
const FEW: usize = 4096;
/// Most distinct strings of a dictionary.
const MOST: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Text {
    interner: Interner,
    /// Chunks that are full, as narrow as the dictionary was then.
    full: Vec<Codes>,
    codes: Chunked<u32>,
    rows: usize,
    /// Some string holds a lone surrogate: bytes that must not be taken for it are mended before they are looked up.
    surrogates: bool,
    /// Once the strings turned out not to repeat.
    plain: Option<Plain>,
}

#[derive(Debug)]
struct Plain {
    full: Vec<Strings>,
    last: Strings,
}

impl Plain {
    fn push(&mut self, text: &[u8]) -> Result<()> {
        if self.last.len() == CHUNK {
            alloc::grow(&mut self.full, 1)?;
            self.full.push(std::mem::take(&mut self.last));
        }
        self.last.push(text)
    }

    fn join(self) -> Result<Strings> {
        let parts = || self.full.iter().chain([&self.last]);
        let bytes: usize = parts().map(|part| part.bytes().len()).sum();
        if u32::try_from(bytes).is_err() {
            return Err(Error::new(ErrorCode::TooLarge, "a string column holds at most 4 GiB of text: split the table"));
        }
        let mut offsets = alloc::room(self.full.len() * CHUNK + self.last.len() + 1)?;
        let mut all = alloc::room(bytes)?;
        offsets.push(0);
        for part in self.full.into_iter().chain([self.last]) {
            let base = all.len() as u32;
            offsets.extend(part.offsets()[1..].iter().map(|&offset| base + offset));
            all.extend_from_slice(part.bytes());
        }
        Strings::from_parts(offsets, all)
    }
}

impl Text {
    /// `coded`: false for a column that has no dictionary (json).
    pub fn new(coded: bool) -> Self {
        let plain = (!coded).then(|| Plain { full: Vec::new(), last: Strings::default() });
        Self { interner: Interner::default(), full: Vec::new(), codes: Chunked::default(), rows: 0, surrogates: false, plain }
    }

    /// A null, or the empty string.
    pub fn push_null(&mut self) -> Result<()> {
        match &mut self.plain {
            Some(plain) => plain.push(b""),
            None => self.push_code(0),
        }
    }

    /// Short cells from `at` on whose strings are known; returns where it ended. `row`: of cell 0.
    pub fn known(&mut self, cells: &Cells, kind: u32, mut at: usize, row: usize, validity: &mut Validity) -> Result<usize> {
        if self.plain.is_some() || self.surrogates {
            return Ok(at);
        }
        loop {
            if self.codes.len() == CHUNK {
                self.narrow()?;
            }
            let to = cells.len().min(at + CHUNK - self.codes.len());
            let known = self.interner.known();
            let end = fill(cells, kind, (at, to), row, &mut self.codes, validity, |block, len| known.find_short(block, len))?;
            self.rows += end - at;
            at = end;
            if end < to || end == cells.len() {
                return Ok(end);
            }
        }
    }

    pub fn push(&mut self, text: &[u8]) -> Result<()> {
        if self.plain.is_none()
            && !self.surrogates
            && let Some(code) = self.interner.find(text)
        {
            return self.push_code(code);
        }
        self.push_new(text)
    }

    fn push_code(&mut self, code: u32) -> Result<()> {
        if self.codes.len() == CHUNK {
            self.narrow()?;
        }
        self.rows += 1;
        self.codes.push(code)
    }

    #[cold]
    #[inline(never)]
    fn narrow(&mut self) -> Result<()> {
        let codes = std::mem::take(&mut self.codes).join()?;
        alloc::grow(&mut self.full, 1)?;
        self.full.push(Codes::narrowest(codes, self.interner.len())?);
        Ok(())
    }

    #[inline(never)]
    fn push_new(&mut self, text: &[u8]) -> Result<()> {
        self.push_clean(&mend(text))
    }

    /// A text as it is: UTF-8, or with lone surrogates on purpose.
    pub fn push_as_is(&mut self, text: &[u8]) -> Result<()> {
        self.surrogates |= std::str::from_utf8(text).is_err();
        self.push_clean(text)
    }

    fn push_clean(&mut self, text: &[u8]) -> Result<()> {
        if self.plain.is_none() {
            if let Some(code) = self.interner.find(text) {
                return self.push_code(code);
            }
            let distinct = self.interner.len();
            if distinct < MOST && (self.rows < TRIAL || distinct * 2 < self.rows) {
                let code = self.interner.add(text)?;
                return self.push_code(code);
            }
            self.become_plain()?;
        }
        match &mut self.plain {
            Some(plain) => plain.push(text),
            None => Ok(()),
        }
    }

    #[inline(never)]
    fn become_plain(&mut self) -> Result<()> {
        let mut plain = Plain { full: Vec::new(), last: Strings::default() };
        let strings = std::mem::take(&mut self.interner).into_strings();
        for codes in std::mem::take(&mut self.full) {
            for i in 0..codes.len() {
                plain.push(strings.get(codes.get(i) as usize))?;
            }
        }
        for code in std::mem::take(&mut self.codes) {
            plain.push(strings.get(code as usize))?;
        }
        self.plain = Some(plain);
        Ok(())
    }

    pub fn finish(mut self, kind: ColumnType, validity: Validity) -> Result<Column> {
        if self.plain.is_none() && self.rows > FEW && self.interner.len() * 2 > self.rows {
            self.become_plain()?;
        }
        if let Some(plain) = self.plain {
            let strings = plain.join()?;
            let validity = validity.finish(strings.len())?;
            return Ok(Column::new(kind, Data::Utf8(strings), validity));
        }
        let mut dictionary = self.interner.into_strings();
        if dictionary.is_empty() {
            dictionary.push(b"")?;
        }
        let last = Codes::narrowest(self.codes.join()?, dictionary.len())?;
        let codes = join_codes(self.full, last, self.rows, dictionary.len())?;
        Ok(Column::new(kind, Data::Dict(codes, Arc::new(dictionary)), validity.finish(self.rows)?))
    }
}

fn join_codes(full: Vec<Codes>, last: Codes, rows: usize, values: usize) -> Result<Codes> {
    if full.is_empty() {
        return Ok(last);
    }
    macro_rules! joined {
        ($variant:ident, $type:ty) => {{
            let mut all: Vec<$type> = alloc::room(rows)?;
            for codes in full.into_iter().chain([last]) {
                match codes {
                    Codes::U8(codes) => all.extend(codes.iter().map(|&code| code as $type)),
                    Codes::U16(codes) => all.extend(codes.iter().map(|&code| code as $type)),
                    Codes::U32(codes) => all.extend(codes.iter().map(|&code| code as $type)),
                }
            }
            Codes::$variant(all)
        }};
    }
    Ok(if values <= 1 << 8 {
        joined!(U8, u8)
    } else if values <= 1 << 16 {
        joined!(U16, u16)
    } else {
        joined!(U32, u32)
    })
}
