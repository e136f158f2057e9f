//! The expression language of filters, `having` and computed columns: parser, types, evaluation over columns. docs/expressions.md says
//! what it means; js/src/expression is its twin in JavaScript, and tests/fixtures/golden/expressions.json binds the two.
//!
//! ```
//! use std::sync::Arc;
//! use columnar::{Column, Table};
//! let table = Table::new(3, vec![(Arc::from("price"), Arc::new(Column::f64(vec![1.0, 200.0, f64::NAN])))])?;
//! let rows = expression::Program::compile("price > 100", &table)?.filter(&table)?;
//! assert_eq!(rows.ones_iter().collect::<Vec<_>>(), [1]);
//! # Ok::<(), columnar::Error>(())
//! ```

mod block;
mod bools;
pub mod case;
mod check;
mod compare;
mod eval;
mod ir;
mod json;
mod lexer;
mod lift;
mod near;
mod parser;
mod run;
mod syntax;
mod text;
mod texts;
mod time;
mod values;

use columnar::{Bitmap, Column, ColumnType, Result, Table};

use ir::{Op, Ref};
pub use parser::parse;
pub use syntax::{Ast, Cmp, Fault, Kind, Step};

/// An expression that was checked against the columns of a table.
#[derive(Clone, Debug)]
pub struct Program {
    node: Ref,
    /// Of what a filter is made of; why it is none.
    condition: core::result::Result<Ref, columnar::Error>,
}

impl Program {
    /// `text` is UTF-8, or WTF-8 where it holds lone surrogates.
    ///
    /// # Errors
    /// PARSE; INVALID_ARGUMENT for unknown names and types that do not fit. Both say at which offset, in UTF-16 code units.
    pub fn compile(text: &(impl AsRef<[u8]> + ?Sized), table: &Table) -> Result<Self> {
        let text = text.as_ref();
        let node = parse(text).and_then(|tree| check::check(&tree, table)).map_err(|fault| fault.into_error(text))?;
        let condition = check::as_condition(&node).map_err(|fault| fault.into_error(text));
        Ok(Self { node, condition })
    }

    /// The type of its values.
    pub fn kind(&self) -> ColumnType {
        if let Op::Column(_, kind) = self.node.op { kind } else { self.node.kind.column() }
    }

    /// A bit per row for which it is true. `table` has the columns of the one it was compiled for.
    ///
    /// # Errors
    /// INVALID_ARGUMENT where it is no condition; OUT_OF_MEMORY, TOO_LARGE.
    pub fn filter(&self, table: &Table) -> Result<Bitmap> {
        match &self.condition {
            Ok(node) => run::filter(node, table),
            Err(error) => Err(error.clone()),
        }
    }

    /// Its value in every row: numbers as f64, a plain column as it is.
    ///
    /// # Errors
    /// OUT_OF_MEMORY, TOO_LARGE.
    pub fn evaluate(&self, table: &Table) -> Result<Column> {
        match self.node.op {
            Op::Column(place, _) => Ok(Column::clone(&table.columns()[place])),
            _ => run::evaluate(&self.node, table),
        }
    }
}
