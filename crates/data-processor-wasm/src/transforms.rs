//! Transform steps as they cross the boundary (js/src/services/data/wasm/transform.ts writes them).

use std::sync::Arc;

use columnar::{Column, ColumnType, Data, Error, Result, Strings, Table};
use data_processor::transform::{self, Numeric, Text, TextStep};
use expression::Program;

use crate::plan::Reader;

pub enum Outcome {
    /// JavaScript does it.
    NotCovered,
    Done(Table),
    /// Strings in column 0 of the table wait for JavaScript's answers.
    Asked(Table, Pending),
}

/// A text operation that was begun.
pub struct Pending {
    step: TextStep,
    name: Arc<str>,
}

impl Pending {
    /// `table` with the finished column.
    pub fn finish(self, table: &Table, answers: &[(Arc<str>, Arc<Column>)]) -> Result<Table> {
        let column = answers.first().map(|(_, column)| column).ok_or_else(|| Error::invalid("the answers are missing"))?;
        let gathered;
        let strings = match column.data() {
            Data::Utf8(strings) => strings,
            Data::Dict(..) => {
                let texts: Vec<&[u8]> = (0..column.len()).map(|row| column.string(row)).collect();
                gathered = Strings::from_strs(&texts)?;
                &gathered
            }
            _ => return Err(Error::invalid("the answers are not text")),
        };
        with_column(table, self.name, self.step.finish(strings)?)
    }
}

/// In the place of a column of that name, or at the end.
fn with_column(table: &Table, name: Arc<str>, column: Column) -> Result<Table> {
    let mut columns: Vec<_> = table.names().iter().cloned().zip(table.columns().iter().cloned()).collect();
    let column = Arc::new(column);
    match columns.iter_mut().find(|(known, _)| *known == name) {
        Some(place) => place.1 = column,
        None => columns.push((name, column)),
    }
    Table::new(table.rows(), columns)
}

fn numeric(code: u32, plan: &mut Reader) -> Result<Option<Numeric>> {
    let optional = |plan: &mut Reader| -> Result<Option<f64>> {
        let there = plan.bool()?;
        let value = plan.f64()?;
        Ok(there.then_some(value))
    };
    Ok(Some(match code {
        0 => Numeric::Normalize,
        1 => Numeric::Standardize,
        2 => Numeric::Round { digits: plan.f64()? as i32 },
        3 => Numeric::Abs,
        4 => Numeric::Scale { factor: plan.f64()? },
        5 => Numeric::Clamp { min: optional(plan)?, max: optional(plan)? },
        6 => Numeric::ToNumber,
        7 => Numeric::FillNull { value: plan.f64()? },
        8 => Numeric::Bucket { edges: plan.list(|plan| plan.f64())? },
        _ => return Ok(None),
    }))
}

fn text(code: u32, plan: &mut Reader) -> Result<Option<Text>> {
    Ok(Some(match code {
        16 => Text::Uppercase,
        17 => Text::Lowercase,
        18 => Text::Trim,
        19 => {
            let start = plan.f64()? as i64;
            let there = plan.bool()?;
            let end = plan.f64()? as i64;
            Text::Substring { start, end: there.then_some(end) }
        }
        _ => return Ok(None),
    }))
}

pub fn begin(table: &Table, mut plan: Reader) -> Result<Outcome> {
    let place = plan.u32()?;
    let name: Arc<str> = plan.text()?.into();
    let kind = ColumnType::from_u8(plan.u32()? as u8).ok_or_else(|| Error::invalid("unknown column type"))?;
    let code = plan.u32()?;
    if code == 32 {
        let column = Program::compile(plan.bytes()?, table)?.evaluate(table)?;
        return if column.kind() == kind { with_column(table, name, column).map(Outcome::Done) } else { Ok(Outcome::NotCovered) };
    }
    let column = table.columns().get(place as usize).ok_or_else(|| Error::invalid("no such column"))?;
    let made = if let Some(op) = numeric(code, &mut plan)? {
        transform::numeric(&op, column, kind)?
    } else if let Some(op) = text(code, &mut plan)? {
        match transform::text(op, column)? {
            None => None,
            Some(step) if step.left().is_empty() => Some(step.finish(&Strings::default())?),
            Some(step) => {
                let questions = Column::new(ColumnType::Utf8, Data::Utf8(step.questions()?), None);
                let asked = Table::new(questions.len(), vec![("text".into(), Arc::new(questions))])?;
                return Ok(Outcome::Asked(asked, Pending { step, name }));
            }
        }
    } else if code == 20 {
        transform::length(column)?
    } else {
        None
    };
    made.map_or(Ok(Outcome::NotCovered), |column| with_column(table, name, column).map(Outcome::Done))
}
