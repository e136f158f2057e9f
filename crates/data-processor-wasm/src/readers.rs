//! Readers of text formats that are under way, by number.

use columnar::{ColumnType, Error, ErrorCode, Result, Table};
use data_processor::read::{CsvReader, JsonReader, Ragged, ReadOptions};

use crate::plan::Reader as Plan;

pub enum TextReader {
    Csv(Box<CsvReader>),
    Json(Box<JsonReader>),
}

impl TextReader {
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Csv(reader) => reader.push(bytes),
            Self::Json(reader) => reader.push(bytes),
        }
    }

    pub fn rows(&self) -> usize {
        match self {
            Self::Csv(reader) => reader.rows(),
            Self::Json(reader) => reader.rows(),
        }
    }

    pub fn finish(self) -> Result<Table> {
        match self {
            Self::Csv(reader) => reader.finish(),
            Self::Json(reader) => reader.finish(),
        }
    }
}

/// `format`: 0 csv, 1 ndjson, 2 json, as in wasm-engine.ts.
pub fn open(format: u8, mut plan: Plan) -> Result<TextReader> {
    let schema = plan.list(|plan| {
        let name = plan.text()?.to_owned();
        let kind = ColumnType::from_u8(plan.u32()? as u8).ok_or_else(|| Error::invalid("unknown column type"))?;
        Ok((name, kind))
    })?;
    let delimiter = plan.text()?.bytes().next();
    let header = plan.bool()?;
    let ragged =
        *[Ragged::Error, Ragged::Fill, Ragged::Skip].get(plan.index()?).ok_or_else(|| Error::invalid("unknown policy of ragged rows"))?;
    let nulls = plan.list(|plan| Ok(plan.bytes()?.to_vec()))?;
    let bytes = plan.f64()? as u64;
    let options = ReadOptions { schema, delimiter, header, ragged, nulls, bytes };
    Ok(match format {
        0 => TextReader::Csv(Box::new(CsvReader::new(options))),
        1 => TextReader::Json(Box::new(JsonReader::new(options, true))),
        _ => TextReader::Json(Box::new(JsonReader::new(options, false))),
    })
}

pub struct Readers {
    open: Vec<Option<TextReader>>,
}

impl Readers {
    pub fn new() -> Self {
        Self { open: Vec::new() }
    }

    pub fn insert(&mut self, reader: TextReader) -> u32 {
        let place = self.open.iter().position(Option::is_none).unwrap_or_else(|| {
            self.open.push(None);
            self.open.len() - 1
        });
        self.open[place] = Some(reader);
        place as u32
    }

    pub fn get(&mut self, reader: u32) -> Result<&mut TextReader> {
        self.open.get_mut(reader as usize).and_then(Option::as_mut).ok_or_else(gone)
    }

    pub fn remove(&mut self, reader: u32) -> Result<TextReader> {
        self.open.get_mut(reader as usize).and_then(Option::take).ok_or_else(gone)
    }
}

fn gone() -> Error {
    Error::new(ErrorCode::NotFound, "no such reader: it was finished or cancelled")
}
