//! Readers of text formats: bytes in, cut anywhere, a table out. The rules are docs/data-reading.md; js/src/services/data/read is
//! the same in TypeScript, and tests/fixtures/golden/readers.json holds both to it.

mod cells;
mod chunked;
mod column;
mod convert;
mod csv;
mod csv_records;
mod encoding;
mod fill;
mod interner;
mod json;
mod json_column;
mod json_rows;
mod json_text;
mod number;
mod text;
mod time;
mod time_loose;
mod utf8;

use columnar::{ColumnType, Error, ErrorCode};

pub use csv::CsvReader;
pub use json::JsonReader;

/// What becomes of a row with too few or too many fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ragged {
    /// PARSE that names the line.
    #[default]
    Error,
    /// What is missing is null, what is over is dropped.
    Fill,
    /// The row is left out.
    Skip,
}

#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Types by column name, over what is inferred.
    pub schema: Vec<(String, ColumnType)>,
    /// CSV: an ASCII character, neither a quote nor a line end. Left out: a comma where the first line has one, else the most frequent
    /// of `;`, tab and `|`.
    pub delimiter: Option<u8>,
    /// CSV: the first row names the columns.
    pub header: bool,
    /// CSV.
    pub ragged: Ragged,
    /// CSV: texts that are null besides the empty field.
    pub nulls: Vec<Vec<u8>>,
    /// Bytes of the whole text, about; 0 where nobody knows. A column whose end is foreseen is never copied.
    pub bytes: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { schema: Vec::new(), delimiter: None, header: true, ragged: Ragged::Error, nulls: Vec::new(), bytes: 0 }
    }
}

impl ReadOptions {
    fn type_of(&self, name: &str) -> Option<ColumnType> {
        self.schema.iter().rev().find(|(known, _)| known == name).map(|&(_, kind)| kind)
    }
}

/// Bytes that are looked at in one go: places in them are kept in 29 bits.
const SLICE: usize = 1 << 28;

/// Rows of a text of `bytes` bytes of which `read` hold `rows`, once enough was read to tell: 2 of 100 more than the share says.
fn foreseen(bytes: u64, read: u64, rows: usize) -> Option<usize> {
    // No later than within the first chunk: what is in chunks must be joined.
    let enough = bytes > 0 && read > 0 && (read >= bytes / 8 || rows >= chunked::CHUNK / 2);
    enough.then(|| usize::try_from(u128::from(bytes) * rows as u128 / u128::from(read) * 102 / 100 + 64).ok()).flatten()
}

/// Most bytes of one row.
const LONGEST_ROW: usize = (1 << 29) - 1;

fn row_too_long(line: u64) -> Error {
    Error::new(ErrorCode::TooLarge, format!("line {line}: a row of more than 512 MiB: check the quotes and line ends of the text"))
}
