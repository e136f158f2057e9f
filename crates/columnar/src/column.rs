//! One column: a type, its values, which of them are null.

use std::sync::Arc;

use crate::alloc;
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::strings::Strings;

/// The types of the public contract, numbered as they cross into JavaScript (js/src/services/data/columns.ts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ColumnType {
    F64 = 0,
    I64 = 1,
    I32 = 2,
    Bool = 3,
    Utf8 = 4,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Timestamp = 5,
    /// JSON text, one document a row.
    Json = 6,
}

impl ColumnType {
    pub const ALL: [Self; 7] = [Self::F64, Self::I64, Self::I32, Self::Bool, Self::Utf8, Self::Timestamp, Self::Json];

    pub const fn name(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::I64 => "i64",
            Self::I32 => "i32",
            Self::Bool => "bool",
            Self::Utf8 => "utf8",
            Self::Timestamp => "timestamp",
            Self::Json => "json",
        }
    }

    pub fn from_u8(value: u8) -> Option<Self> {
        Self::ALL.get(usize::from(value)).copied()
    }
}

/// Dictionary codes as narrow as the dictionary allows: a scan of a small dictionary reads one byte a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

impl Codes {
    /// `codes` as narrow as a dictionary of `values` strings allows.
    pub fn narrowest(codes: Vec<u32>, values: usize) -> Result<Self> {
        Ok(if values <= 1 << 8 {
            let mut narrow = alloc::room(codes.len())?;
            narrow.extend(codes.iter().map(|&code| code as u8));
            Self::U8(narrow)
        } else if values <= 1 << 16 {
            let mut narrow = alloc::room(codes.len())?;
            narrow.extend(codes.iter().map(|&code| code as u16));
            Self::U16(narrow)
        } else {
            Self::U32(codes)
        })
    }

    pub fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub fn get(&self, i: usize) -> u32 {
        match self {
            Self::U8(codes) => u32::from(codes[i]),
            Self::U16(codes) => u32::from(codes[i]),
            Self::U32(codes) => codes[i],
        }
    }
}

/// The distinct values of a string column, shared by every column that was made from it.
///
/// Values are pairwise different; some may be used by no row (after a filter). There is at least one, so that code 0, which null
/// rows carry, is always there.
pub type Dictionary = Arc<Strings>;

/// The values. Null rows hold 0, false, the empty string or code 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    F64(Vec<f64>),
    /// Of `i64` and `timestamp`.
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Bitmap),
    /// Of `utf8` and `json`.
    Utf8(Strings),
    /// Of `utf8`.
    Dict(Codes, Dictionary),
}

/// A column of a table; immutable.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    kind: ColumnType,
    data: Data,
    /// A bit per row, set where there is a value; `None`: everywhere.
    validity: Option<Bitmap>,
}

impl Column {
    /// A validity without any null is dropped, so that `validity().is_none()` is the fast way of every kernel.
    pub fn new(kind: ColumnType, data: Data, validity: Option<Bitmap>) -> Self {
        let validity = validity.filter(|bits| !bits.all());
        let column = Self { kind, data, validity };
        debug_assert!(column.is_consistent(), "{:?} column of {:?}", column.kind, column.data);
        column
    }

    fn is_consistent(&self) -> bool {
        let fits = matches!(
            (self.kind, &self.data),
            (ColumnType::F64, Data::F64(_))
                | (ColumnType::I64 | ColumnType::Timestamp, Data::I64(_))
                | (ColumnType::I32, Data::I32(_))
                | (ColumnType::Bool, Data::Bool(_))
                | (ColumnType::Utf8, Data::Utf8(_) | Data::Dict(..))
                | (ColumnType::Json, Data::Utf8(_))
        );
        fits && self.validity.as_ref().is_none_or(|bits| bits.len() == self.len())
    }

    pub fn f64(values: Vec<f64>) -> Self {
        Self::new(ColumnType::F64, Data::F64(values), None)
    }

    pub fn i32(values: Vec<i32>) -> Self {
        Self::new(ColumnType::I32, Data::I32(values), None)
    }

    pub fn i64(values: Vec<i64>) -> Self {
        Self::new(ColumnType::I64, Data::I64(values), None)
    }

    pub fn kind(&self) -> ColumnType {
        self.kind
    }

    pub fn data(&self) -> &Data {
        &self.data
    }

    pub fn validity(&self) -> Option<&Bitmap> {
        self.validity.as_ref()
    }

    pub fn len(&self) -> usize {
        match &self.data {
            Data::F64(values) => values.len(),
            Data::I64(values) => values.len(),
            Data::I32(values) => values.len(),
            Data::Bool(bits) => bits.len(),
            Data::Utf8(strings) => strings.len(),
            Data::Dict(codes, _) => codes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub fn is_valid(&self, i: usize) -> bool {
        self.validity.as_ref().is_none_or(|bits| bits.get(i))
    }

    pub fn null_count(&self) -> usize {
        self.validity.as_ref().map_or(0, |bits| bits.len() - bits.count_ones())
    }

    /// The string of row `i` of a `utf8` or `json` column; empty where it is null.
    pub fn string(&self, i: usize) -> &[u8] {
        match &self.data {
            Data::Utf8(strings) => strings.get(i),
            Data::Dict(codes, dictionary) => dictionary.get(codes.get(i) as usize),
            _ => &[],
        }
    }

    /// Bytes held, a dictionary counted once for each column that shares it.
    pub fn byte_len(&self) -> usize {
        let strings = |s: &Strings| s.offsets().len() * 4 + s.bytes().len();
        let data = match &self.data {
            Data::F64(values) => values.len() * 8,
            Data::I64(values) => values.len() * 8,
            Data::I32(values) => values.len() * 4,
            Data::Bool(bits) => bits.words().len() * 8,
            Data::Utf8(text) => strings(text),
            Data::Dict(codes, dictionary) => {
                strings(dictionary)
                    + match codes {
                        Codes::U8(codes) => codes.len(),
                        Codes::U16(codes) => codes.len() * 2,
                        Codes::U32(codes) => codes.len() * 4,
                    }
            }
        };
        data + self.validity.as_ref().map_or(0, |bits| bits.words().len() * 8)
    }
}
