//! The readers of text formats: the golden cases that the TypeScript readers are held to as well, and properties.

mod document;
mod golden;
mod properties;

use columnar::{Data, Error, Table};
use data_processor::read::{CsvReader, JsonReader, ReadOptions};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Lines,
    Document,
}

/// Reads pieces one after the other.
pub fn read<'a>(format: Format, options: ReadOptions, pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Table, Error> {
    match format {
        Format::Csv => {
            let mut reader = CsvReader::new(options);
            for piece in pieces {
                reader.push(piece)?;
            }
            reader.finish()
        }
        _ => {
            let mut reader = JsonReader::new(options, format == Format::Lines);
            for piece in pieces {
                reader.push(piece)?;
            }
            reader.finish()
        }
    }
}

/// A column: name, type, and every value as text.
pub type Shown = (String, &'static str, Vec<Option<Vec<u8>>>);

pub fn show(table: &Table) -> Vec<Shown> {
    let columns = table.names().iter().zip(table.columns());
    columns
        .map(|(name, column)| {
            let text = |i: usize| match column.data() {
                Data::F64(values) => format!("{:?}", values[i]).into_bytes(),
                Data::I64(values) => values[i].to_string().into_bytes(),
                Data::I32(values) => values[i].to_string().into_bytes(),
                Data::Bool(values) => values.get(i).to_string().into_bytes(),
                _ => column.string(i).to_vec(),
            };
            (name.to_string(), column.kind().name(), (0..column.len()).map(|i| column.is_valid(i).then(|| text(i))).collect())
        })
        .collect()
}

/// What came out, in a form that can be compared: the columns, or the error.
pub fn outcome(result: &Result<Table, Error>) -> Result<(usize, Vec<Shown>), String> {
    match result {
        Ok(table) => Ok((table.rows(), show(table))),
        Err(error) => Err(error.to_string()),
    }
}
