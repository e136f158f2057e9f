//! Tables on their way in: room for each column's buffers is made here and filled by JavaScript through views.

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, ColumnType, Data, Dictionary, Error, Result, Strings, Table, alloc};

/// Buffers of one column, not yet a column.
enum Values {
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<u64>),
    Strings,
    Codes8(Vec<u8>),
    Codes16(Vec<u16>),
    Codes32(Vec<u32>),
}

struct Part {
    name: Vec<u8>,
    kind: ColumnType,
    values: Values,
    /// Words of 64 bits, read as they are: the host is little-endian as WebAssembly is.
    validity: Option<Vec<u64>>,
    offsets: Vec<u32>,
    bytes: Vec<u8>,
    /// The dictionary of a column that is there already, in place of `offsets` and `bytes`.
    shared: Option<Dictionary>,
}

pub struct Builder {
    rows: usize,
    parts: Vec<Part>,
}

impl Builder {
    pub fn new(rows: usize) -> Self {
        Self { rows, parts: Vec::new() }
    }

    /// Makes room for a column. Gives the addresses of its name, values, validity, offsets and bytes.
    pub fn column(&mut self, kind: u8, layout: u8, name: usize, strings: usize, bytes: usize, validity: bool) -> Result<[usize; 5]> {
        let kind = ColumnType::from_u8(kind).ok_or_else(|| Error::invalid("unknown column type"))?;
        self.part(kind, layout, name, (if layout >= 4 { strings + 1 } else { 0 }, bytes), validity, None)
    }

    /// As `column`, of codes into a dictionary that is there.
    pub fn codes(&mut self, layout: u8, name: usize, validity: bool, dictionary: Dictionary) -> Result<[usize; 5]> {
        self.part(ColumnType::Utf8, layout, name, (0, 0), validity, Some(dictionary))
    }

    fn part(
        &mut self,
        kind: ColumnType,
        layout: u8,
        name: usize,
        (offsets, bytes): (usize, usize),
        validity: bool,
        shared: Option<Dictionary>,
    ) -> Result<[usize; 5]> {
        let rows = self.rows;
        let words = rows.div_ceil(64);
        let values = match layout {
            0 => Values::F64(alloc::filled(rows, 0.0)?),
            1 => Values::I64(alloc::filled(rows, 0)?),
            2 => Values::I32(alloc::filled(rows, 0)?),
            3 => Values::Bool(alloc::filled(words, 0)?),
            4 => Values::Strings,
            5 => Values::Codes8(alloc::filled(rows, 0)?),
            6 => Values::Codes16(alloc::filled(rows, 0)?),
            7 => Values::Codes32(alloc::filled(rows, 0)?),
            _ => return Err(Error::invalid("unknown column layout")),
        };
        let mut part = Part {
            name: alloc::filled(name, 0)?,
            kind,
            values,
            validity: if validity { Some(alloc::filled(words, 0)?) } else { None },
            offsets: alloc::filled(offsets, 0)?,
            bytes: alloc::filled(bytes, 0)?,
            shared,
        };
        let values = match &mut part.values {
            Values::F64(v) => v.as_mut_ptr() as usize,
            Values::I64(v) => v.as_mut_ptr() as usize,
            Values::I32(v) => v.as_mut_ptr() as usize,
            Values::Bool(v) => v.as_mut_ptr() as usize,
            Values::Strings => 0,
            Values::Codes8(v) => v.as_mut_ptr() as usize,
            Values::Codes16(v) => v.as_mut_ptr() as usize,
            Values::Codes32(v) => v.as_mut_ptr() as usize,
        };
        let places = [
            part.name.as_mut_ptr() as usize,
            values,
            part.validity.as_mut().map_or(0, |words| words.as_mut_ptr() as usize),
            part.offsets.as_mut_ptr() as usize,
            part.bytes.as_mut_ptr() as usize,
        ];
        self.parts.push(part);
        Ok(places)
    }

    /// # Errors
    /// CORRUPT where codes or offsets point past what is there, INVALID_ARGUMENT where type and layout do not go together.
    pub fn finish(self) -> Result<Table> {
        let rows = self.rows;
        let columns = self.parts.into_iter().map(|part| part.finish(rows)).collect::<Result<Vec<_>>>()?;
        Table::new(rows, columns)
    }

    /// Columns to be put into a table of as many rows.
    pub fn columns(self) -> Result<Vec<(Arc<str>, Arc<Column>)>> {
        let rows = self.rows;
        self.parts.into_iter().map(|part| part.finish(rows)).collect()
    }
}

impl Part {
    fn finish(self, rows: usize) -> Result<(Arc<str>, Arc<Column>)> {
        let Self { name, kind, values, validity, offsets, bytes, shared } = self;
        let name: Arc<str> = String::from_utf8(name).map_err(|_| Error::invalid("a column's name is not UTF-8"))?.into();
        let texts = |offsets, bytes| shared.map_or_else(|| Strings::from_parts(offsets, bytes).map(Arc::new), Ok);
        let data = match values {
            Values::F64(v) => Data::F64(v),
            Values::I64(v) => Data::I64(v),
            Values::I32(v) => Data::I32(v),
            Values::Bool(words) => Data::Bool(Bitmap::from_words(words, rows)),
            Values::Strings => Data::Utf8(Strings::from_parts(offsets, bytes)?),
            Values::Codes8(v) => dictionary(Codes::U8(v), texts(offsets, bytes)?)?,
            Values::Codes16(v) => dictionary(Codes::U16(v), texts(offsets, bytes)?)?,
            Values::Codes32(v) => dictionary(Codes::narrowest(v, usize::MAX)?, texts(offsets, bytes)?)?,
        };
        let fits = match kind {
            ColumnType::F64 => matches!(data, Data::F64(_)),
            ColumnType::I64 | ColumnType::Timestamp => matches!(data, Data::I64(_)),
            ColumnType::I32 => matches!(data, Data::I32(_)),
            ColumnType::Bool => matches!(data, Data::Bool(_)),
            ColumnType::Utf8 => matches!(data, Data::Utf8(_) | Data::Dict(..)),
            ColumnType::Json => matches!(data, Data::Utf8(_)),
        };
        if !fits {
            return Err(Error::invalid(format!("column '{name}' is of type {} and laid out otherwise", kind.name())));
        }
        Ok((name, Arc::new(Column::new(kind, data, validity.map(|words| Bitmap::from_words(words, rows))))))
    }
}

/// Codes are checked here once, so that no kernel has to.
fn dictionary(codes: Codes, values: Dictionary) -> Result<Data> {
    let largest = match &codes {
        Codes::U8(codes) => codes.iter().copied().max().map(u32::from),
        Codes::U16(codes) => codes.iter().copied().max().map(u32::from),
        Codes::U32(codes) => codes.iter().copied().max(),
    };
    if values.is_empty() || largest.is_some_and(|code| code as usize >= values.len()) {
        return Err(Error::new(columnar::ErrorCode::Corrupt, "a dictionary code points past its dictionary"));
    }
    Ok(Data::Dict(codes, values))
}
