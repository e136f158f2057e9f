//! A table: named columns of one length. Immutable; what is made from it shares the columns that did not change.

use std::sync::Arc;

use crate::column::Column;
use crate::error::{Error, ErrorCode, Result};

#[derive(Clone, Debug, Default)]
pub struct Table {
    names: Vec<Arc<str>>,
    columns: Vec<Arc<Column>>,
    rows: usize,
}

impl Table {
    /// # Errors
    /// INVALID_ARGUMENT where a column is of another length or two have one name; TOO_LARGE from 2^32 rows on.
    pub fn new(rows: usize, columns: Vec<(Arc<str>, Arc<Column>)>) -> Result<Self> {
        if u32::try_from(rows).is_err() {
            return Err(Error::new(ErrorCode::TooLarge, "a table holds fewer than 2^32 rows: split it"));
        }
        for (i, (name, column)) in columns.iter().enumerate() {
            if column.len() != rows {
                return Err(Error::invalid(format!("column '{name}' has {} rows where the table has {rows}", column.len())));
            }
            if columns[..i].iter().any(|(other, _)| other == name) {
                return Err(Error::invalid(format!("two columns are called '{name}': rename one")));
            }
        }
        let (names, columns) = columns.into_iter().unzip();
        Ok(Self { names, columns, rows })
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    pub fn columns(&self) -> &[Arc<Column>] {
        &self.columns
    }

    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| &**known == name)
    }

    pub fn column(&self, name: &str) -> Option<&Arc<Column>> {
        self.index_of(name).map(|i| &self.columns[i])
    }

    /// Bytes of all columns; a column or dictionary that is shared counts in each table.
    pub fn byte_len(&self) -> usize {
        self.columns.iter().map(|column| column.byte_len()).sum()
    }
}
