//! Blocks over a whole table.

use std::sync::Arc;

use columnar::{Bitmap, Column, Data, Result, Strings, Table, alloc};

use crate::block::{BLOCK, Bits, Valid, Values, is_valid};
use crate::eval::Block;
use crate::ir::{Op, Ref, Type};
use crate::lift::Binder;

fn blocks(table: &Table) -> impl Iterator<Item = Block<'_>> {
    (0..table.rows()).step_by(BLOCK).map(|start| Block::new(table, start))
}

/// Adds the bits of a block.
fn push_words(into: &mut Vec<u64>, words: &[u64], rows: usize) {
    into.extend_from_slice(&words[..rows.div_ceil(64)]);
}

/// A bit per row for which the condition is true.
pub fn filter(node: &Ref, table: &Table) -> Result<Bitmap> {
    let node = Binder::new(table).bind(node)?;
    let mut words = alloc::room(table.rows().div_ceil(64))?;
    for block in blocks(table) {
        push_words(&mut words, &block.bits(&node)?.words, block.rows);
    }
    Ok(Bitmap::from_words(words, table.rows()))
}

/// Which rows have a value, block by block.
struct Validity {
    words: Vec<u64>,
}

impl Validity {
    fn push(&mut self, valid: &Valid, rows: usize) {
        push_words(&mut self.words, valid.as_ref().unwrap_or(&crate::block::ALL), rows);
    }
}

pub fn evaluate(given: &Ref, table: &Table) -> Result<Column> {
    let rows = table.rows();
    let simple = matches!(given.op, Op::Const(_) | Op::Column(..) | Op::Path(..));
    // Over one row nothing is worth preparing, and preparing evaluates over one row.
    let node = if simple || rows <= 1 { Arc::clone(given) } else { Binder::new(table).bind(given)? };
    if let (Op::Lookup(lookup), Type::Text) = (&node.op, node.kind)
        && let Some(column) = lookup.recoded(table)?
    {
        return Ok(column);
    }
    let mut validity = Validity { words: alloc::room(rows.div_ceil(64))? };
    let data = match node.kind {
        Type::Bool => {
            let mut words = alloc::room(rows.div_ceil(64))?;
            for block in blocks(table) {
                let Bits { words: bits, valid } = block.bits(&node)?;
                push_words(&mut words, &bits, block.rows);
                validity.push(&valid, block.rows);
            }
            Data::Bool(Bitmap::from_words(words, rows))
        }
        Type::Number => {
            let mut values = alloc::room(rows)?;
            for block in blocks(table) {
                let nums = block.nums(&node)?;
                validity.push(&nums.valid, block.rows);
                match (&nums.values, &nums.valid) {
                    (Values::Own(own), None) => values.extend_from_slice(own),
                    (_, valid) => values.extend((0..block.rows).map(|i| if is_valid(valid, i) { nums.get(i) } else { 0.0 })),
                }
            }
            Data::F64(values)
        }
        Type::Timestamp => {
            let mut values = alloc::room(rows)?;
            for block in blocks(table) {
                let ints = block.ints(&node)?;
                validity.push(&ints.valid, block.rows);
                values.extend((0..block.rows).map(|i| if is_valid(&ints.valid, i) { ints.get(i) } else { 0 }));
            }
            Data::I64(values)
        }
        Type::Text | Type::Json | Type::Null => {
            let mut strings = Strings::with_room(rows, 0)?;
            for block in blocks(table) {
                let texts = block.texts(&node)?;
                validity.push(&texts.valid, block.rows);
                for i in 0..block.rows {
                    strings.push(if is_valid(&texts.valid, i) { texts.get(i) } else { b"" })?;
                }
            }
            Data::Utf8(strings)
        }
    };
    Ok(Column::new(node.kind.column(), data, Some(Bitmap::from_words(validity.words, rows))))
}
