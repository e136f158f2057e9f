//! Values in packed form: 16 bytes each, every one with its own type, so that a column may mix types and hold NULL.
//!
//! A batch of values is an array of [`Cell`]s, row by row, and one region of bytes each for text and for blobs. JavaScript reads and writes
//! both directly (js/src/services/sqlite/rows/packed.ts names the same numbers).

use crate::NoMemory;
use crate::repeats::Repeats;
use rusqlite::ffi;

pub const NULL: u32 = 0;
/// |value| <= 2^53 - 1; the payload is an f64.
pub const INTEGER: u32 = 1;
pub const FLOAT: u32 = 2;
/// `length` counts UTF-16 units; the payload is offset (low half) and length in bytes (high half) in the text region.
pub const TEXT: u32 = 3;
/// `length` counts bytes; the payload is offset and length in the blob region.
pub const BLOB: u32 = 4;
/// Beyond 2^53 - 1; the payload is an i64.
pub const BIG_INTEGER: u32 = 5;
/// Text whose bytes are not UTF-8; it lies in the blob region.
pub const BAD_TEXT: u32 = 6;
/// In rows alone: the text that this column had before; the payload is the number of that row among those packed together.
pub const SAME: u32 = 7;

const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Aligned to its size, so that a cell has a number of its own in the whole memory.
#[repr(C, align(16))]
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Cell {
    pub kind: u32,
    pub length: u32,
    pub payload: u64,
}

impl Cell {
    pub fn integer(value: i64) -> Self {
        if value.unsigned_abs() <= MAX_SAFE_INTEGER {
            Self { kind: INTEGER, length: 0, payload: (value as f64).to_bits() }
        } else {
            Self { kind: BIG_INTEGER, length: 0, payload: value as u64 }
        }
    }

    pub fn float(value: f64) -> Self {
        Self { kind: FLOAT, length: 0, payload: value.to_bits() }
    }

    /// Offset and length in a region.
    pub fn span(self) -> (usize, usize) {
        (self.payload as u32 as usize, (self.payload >> 32) as usize)
    }

    fn bytes(kind: u32, length: usize, offset: usize, bytes: usize) -> Self {
        Self { kind, length: length as u32, payload: offset as u64 | (bytes as u64) << 32 }
    }
}

/// Cells with the regions that they point into.
#[derive(Default)]
pub struct Packed {
    pub cells: Vec<Cell>,
    pub text: Vec<u8>,
    pub blobs: Vec<u8>,
    repeats: Repeats,
}

impl Packed {
    /// Another result begins: what was learnt of the columns of the last one does not hold.
    pub fn restart(&mut self) {
        self.clear();
        self.repeats.forget();
    }

    pub fn clear(&mut self) {
        self.repeats.next_batch();
        self.cells.clear();
        self.text.clear();
        self.blobs.clear();
    }

    /// Bytes in use.
    pub fn len(&self) -> usize {
        self.cells.len() * size_of::<Cell>() + self.text.len() + self.blobs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Appends the row that a statement is at.
    ///
    /// # Errors
    /// When memory is refused; the row may be there in part.
    ///
    /// # Safety
    /// A live statement that `sqlite3_step` has just brought to a row.
    pub unsafe fn push_row(&mut self, raw: *mut ffi::sqlite3_stmt) -> Result<(), NoMemory> {
        // SAFETY: as the caller vouches.
        unsafe {
            let columns = ffi::sqlite3_column_count(raw);
            self.cells.try_reserve(columns as usize)?;
            for column in 0..columns {
                let value = ffi::sqlite3_column_value(raw, column);
                if self.repeats.looks() && ffi::sqlite3_value_type(value) == ffi::SQLITE_TEXT {
                    let cell = self.push_column_text(column as usize, text_of(value)?)?;
                    self.cells.push(cell);
                } else {
                    self.push(value)?;
                }
            }
        }
        self.repeats.row += 1;
        Ok(())
    }

    /// Text of a column, or where it was before.
    fn push_column_text(&mut self, column: usize, text: &[u8]) -> Result<Cell, NoMemory> {
        let Some(place) = self.repeats.place(column, text)? else { return self.push_text(text) };
        if let Some(row) = self.repeats.find(column, place, &self.text, text) {
            return Ok(Cell { kind: SAME, length: 0, payload: u64::from(row) });
        }
        let cell = self.push_text(text)?;
        if cell.kind == TEXT {
            self.repeats.keep(column, place, cell.span());
        }
        Ok(cell)
    }

    /// Appends a value of SQLite's.
    ///
    /// # Errors
    /// When memory is refused; the values before it stand.
    ///
    /// # Safety
    /// `value` is a live sqlite3_value, not used by another call meanwhile.
    pub unsafe fn push(&mut self, value: *mut ffi::sqlite3_value) -> Result<(), NoMemory> {
        // SAFETY: the caller vouches for `value`; pointers that SQLite hands out stay valid until the next call on the same value.
        let cell = unsafe {
            match ffi::sqlite3_value_type(value) {
                ffi::SQLITE_INTEGER => Cell::integer(ffi::sqlite3_value_int64(value)),
                ffi::SQLITE_FLOAT => Cell::float(ffi::sqlite3_value_double(value)),
                ffi::SQLITE_TEXT => self.push_text(text_of(value)?)?,
                ffi::SQLITE_BLOB => {
                    let blob = ffi::sqlite3_value_blob(value);
                    let length = ffi::sqlite3_value_bytes(value);
                    // No room for the bytes of a zeroblob: that must not pass for an empty value.
                    if blob.is_null() && length > 0 {
                        return Err(NoMemory);
                    }
                    self.push_blob(BLOB, slice(blob.cast(), length))?
                }
                _ => Cell::default(),
            }
        };
        self.cells.try_reserve(1)?;
        self.cells.push(cell);
        Ok(())
    }

    fn push_text(&mut self, text: &[u8]) -> Result<Cell, NoMemory> {
        let units = if text.is_ascii() {
            text.len()
        } else {
            match core::str::from_utf8(text) {
                // A lead byte of a four-byte sequence becomes two units, any other lead byte one.
                Ok(_) => text.iter().map(|&byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0)).sum(),
                Err(_) => return self.push_blob(BAD_TEXT, text),
            }
        };
        let offset = self.text.len();
        self.text.try_reserve(text.len())?;
        self.text.extend_from_slice(text);
        Ok(Cell::bytes(TEXT, units, offset, text.len()))
    }

    fn push_blob(&mut self, kind: u32, blob: &[u8]) -> Result<Cell, NoMemory> {
        let offset = self.blobs.len();
        self.blobs.try_reserve(blob.len())?;
        self.blobs.extend_from_slice(blob);
        Ok(Cell::bytes(kind, blob.len(), offset, blob.len()))
    }
}

/// # Safety
/// A live value of type TEXT; its bytes are used before another call on it.
unsafe fn text_of<'a>(value: *mut ffi::sqlite3_value) -> Result<&'a [u8], NoMemory> {
    // SAFETY: as the caller vouches.
    unsafe {
        let text = ffi::sqlite3_value_text(value);
        // No room for its NUL at the end: that must not pass for an empty value.
        if text.is_null() { Err(NoMemory) } else { Ok(slice(text, ffi::sqlite3_value_bytes(value))) }
    }
}

/// # Safety
/// `start` points at `length` bytes that live as long as the result is used, or is null.
unsafe fn slice<'a>(start: *const u8, length: i32) -> &'a [u8] {
    if start.is_null() || length <= 0 {
        return &[];
    }
    // SAFETY: as the caller vouches.
    unsafe { core::slice::from_raw_parts(start, length as usize) }
}

/// What JavaScript writes before a call: parameter cells, and one region for text and blobs alike.
#[derive(Default)]
pub struct Staged {
    pub cells: Vec<Cell>,
    pub bytes: Vec<u8>,
}

impl Staged {
    /// Makes room for `cells` values and `bytes` bytes; what was staged before is kept.
    ///
    /// # Errors
    /// When memory is refused; nothing has changed.
    pub fn reserve(&mut self, cells: usize, bytes: usize) -> Result<(), NoMemory> {
        self.cells.try_reserve(cells.saturating_sub(self.cells.len()))?;
        self.bytes.try_reserve(bytes.saturating_sub(self.bytes.len()))?;
        if self.cells.len() < cells {
            self.cells.resize(cells, Cell::default());
        }
        if self.bytes.len() < bytes {
            self.bytes.resize(bytes, 0);
        }
        Ok(())
    }

    /// The bytes of a text or blob cell; empty where the cell points outside.
    pub fn bytes_of(&self, cell: Cell) -> &[u8] {
        let (offset, length) = cell.span();
        offset.checked_add(length).and_then(|end| self.bytes.get(offset..end)).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_on_both_sides_of_two_to_the_53() {
        for value in [0, 1, -1, (1 << 53) - 1, -((1 << 53) - 1)] {
            assert_eq!(Cell::integer(value), Cell { kind: INTEGER, length: 0, payload: (value as f64).to_bits() });
        }
        for value in [1 << 53, -(1 << 53), i64::MAX, i64::MIN] {
            assert_eq!(Cell::integer(value), Cell { kind: BIG_INTEGER, length: 0, payload: value as u64 });
        }
    }

    #[test]
    fn text_counts_utf16_units() {
        let mut packed = Packed::default();
        for text in ["", "abc", "Grüße", "日本", "😀x", "\0nul"] {
            let cell = packed.push_text(text.as_bytes()).unwrap();
            assert_eq!((cell.kind, cell.length as usize), (TEXT, text.encode_utf16().count()), "{text}");
        }
        assert_eq!(packed.push_text(b"\xff\xfe").unwrap().kind, BAD_TEXT);
    }

    #[test]
    fn a_cell_that_points_outside_is_empty() {
        let mut staged = Staged::default();
        staged.reserve(1, 4).unwrap();
        assert_eq!(staged.bytes_of(Cell::bytes(TEXT, 0, 0, 4)), [0; 4]);
        assert_eq!(staged.bytes_of(Cell::bytes(TEXT, 0, 1, 4)), []);
        assert_eq!(staged.bytes_of(Cell::bytes(TEXT, 0, usize::from(u16::MAX), 0xffff_ffff)), []);
    }
}
