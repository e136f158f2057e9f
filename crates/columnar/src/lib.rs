//! Columns in memory, in the layout of the Arrow columnar format (validity bitmaps, offsets and bytes, dictionaries), so that
//! Arrow comes and goes without being parsed.
//!
//! A column is immutable once it stands in a table; tables share columns by `Arc`. Every allocation that grows with rows is
//! asked for first (`alloc`): a refusal is OUT_OF_MEMORY with nothing changed.

pub mod alloc;
mod bitmap;
mod column;
pub mod decimal;
mod error;
mod order;
pub mod shortest;
mod strings;
mod table;

pub use bitmap::Bitmap;
pub use column::{Codes, Column, ColumnType, Data, Dictionary};
pub use error::{Error, ErrorCode, Result};
pub use order::{sort_rows, sorted};
pub use strings::Strings;
pub use table::Table;
