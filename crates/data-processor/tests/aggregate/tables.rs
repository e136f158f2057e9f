//! Random tables of every type and form of storage.

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, ColumnType, Data, Strings, Table};
use proptest::prelude::*;

/// A value as a reference can hold it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Number(f64),
    Whole(i64),
    Bool(bool),
    Text(Vec<u8>),
}

pub fn cell(column: &Column, row: usize) -> Cell {
    if !column.is_valid(row) {
        return Cell::Null;
    }
    match column.data() {
        Data::F64(v) => Cell::Number(v[row]),
        Data::I64(v) => Cell::Whole(v[row]),
        Data::I32(v) => Cell::Whole(v[row].into()),
        Data::Bool(v) => Cell::Bool(v.get(row)),
        Data::Utf8(_) | Data::Dict(..) => Cell::Text(column.string(row).to_vec()),
    }
}

/// Equal cells have equal words: NaN equals NaN, -0 equals 0.
pub fn word(cell: &Cell) -> String {
    match cell {
        Cell::Number(v) if *v == 0.0 => "0".into(),
        cell => format!("{cell:?}"),
    }
}

pub fn cells(column: &Column) -> Vec<Cell> {
    (0..column.len()).map(|row| cell(column, row)).collect()
}

pub fn table(columns: Vec<Column>) -> Table {
    let rows = columns.first().map_or(0, Column::len);
    Table::new(rows, columns.into_iter().enumerate().map(|(i, c)| (format!("c{i}").into(), Arc::new(c))).collect()).unwrap()
}

/// What null rows hold.
fn cleared<T: Copy + Default>(values: &[T], valid: &[bool]) -> Vec<T> {
    values.iter().zip(valid).map(|(&value, &valid)| if valid { value } else { T::default() }).collect()
}

/// Three bytes that no UTF-8 has: a lone surrogate.
const TEXTS: [&[u8]; 9] = [
    b"",
    b"a",
    b"b",
    "é".as_bytes(),
    "😀".as_bytes(),
    b"\xed\xa0\x80",
    b"same length!",
    b"same length?",
    b"a longer text of several words\n\"quoted\"",
];
const DOCUMENTS: [&[u8]; 4] = [b"{\"a\":1}", b"[]", b"null", b"\"text\""];

#[derive(Clone, Copy, Debug)]
pub enum Form {
    Floats,
    Doubles,
    SmallInts,
    Ints,
    Longs,
    AllLongs,
    Bools,
    Bytes,
    Shorts,
    Words,
    Plain,
    Times,
    Json,
}

pub const FORMS: [Form; 13] = [
    Form::Floats,
    Form::Doubles,
    Form::SmallInts,
    Form::Ints,
    Form::Longs,
    Form::AllLongs,
    Form::Bools,
    Form::Bytes,
    Form::Shorts,
    Form::Words,
    Form::Plain,
    Form::Times,
    Form::Json,
];

/// Floats that every sum of is exact with what TwoSum keeps beside, so that a reference can be too.
const FLOATS: [f64; 10] = [0.0, -0.0, 1.5, -0.25, 3.125, 1e16, -1e16, 7.0, 1024.5, -6.75];
const SPECIAL: [f64; 4] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -f64::NAN];

/// A column of a form from seeds: `draws` choose values, `valid` tells nulls, `wide` how many different values there are.
pub fn column(form: Form, draws: &[u64], valid: Option<&[bool]>, wide: u64) -> Column {
    let rows = draws.len();
    let all = vec![true; rows];
    let nulls = valid.unwrap_or(&all);
    let validity = valid.map(|valid| Bitmap::from_fn(rows, |i| valid[i]).unwrap());
    let of = |to: &dyn Fn(u64) -> i64| -> Vec<i64> { draws.iter().map(|&draw| to(draw % wide)).collect() };
    let texts = |pool: &[&[u8]]| -> Strings {
        let values: Vec<&[u8]> =
            draws.iter().zip(nulls).map(|(&d, &valid)| if valid { pool[(d % wide) as usize % pool.len()] } else { b"" }).collect();
        Strings::from_strs(&values).unwrap()
    };
    let codes = |values: usize| -> (Vec<u32>, Arc<Strings>) {
        let dictionary: Vec<Vec<u8>> =
            (0..values).map(|i| if i < TEXTS.len() { TEXTS[i].to_vec() } else { format!("v{i}").into_bytes() }).collect();
        let codes: Vec<u32> = draws.iter().map(|&d| (d % wide % values as u64) as u32).collect();
        (cleared(&codes, nulls), Arc::new(Strings::from_strs(&dictionary).unwrap()))
    };
    let (kind, data) = match form {
        Form::Floats => {
            let value = |d: u64| if d % 97 == 13 { SPECIAL[(d / 97 % 4) as usize] } else { FLOATS[(d % wide % 10) as usize] };
            (ColumnType::F64, Data::F64(cleared(&draws.iter().map(|&d| value(d)).collect::<Vec<_>>(), nulls)))
        }
        Form::Doubles => {
            let value = |d: u64| (d % wide) as f64 / 8.0 - 20.0;
            (ColumnType::F64, Data::F64(cleared(&draws.iter().map(|&d| value(d)).collect::<Vec<_>>(), nulls)))
        }
        Form::SmallInts => (ColumnType::I32, Data::I32(cleared(&of(&|d| d as i64 - 3), nulls).iter().map(|&v| v as i32).collect())),
        Form::Ints => {
            let value = |d: u64| [i32::MIN, i32::MAX, 0, -1, 1 << 30, 12345][d as usize % 6];
            (ColumnType::I32, Data::I32(cleared(&of(&|d| value(d).into()), nulls).iter().map(|&v| v as i32).collect()))
        }
        Form::Longs => (ColumnType::I64, Data::I64(cleared(&of(&|d| 1_000_000_007 + d as i64), nulls))),
        Form::AllLongs => {
            let value = |d: u64| [i64::MIN, i64::MAX, 0, -1, 1 << 53, (1 << 53) + 1, i64::MAX - 1][d as usize % 7];
            (ColumnType::I64, Data::I64(cleared(&of(&value), nulls)))
        }
        Form::Bools => {
            let bits = Bitmap::from_fn(rows, |i| nulls[i] && draws[i] % wide % 2 == 1).unwrap();
            (ColumnType::Bool, Data::Bool(bits))
        }
        Form::Bytes => {
            let (codes, dictionary) = codes(20);
            (ColumnType::Utf8, Data::Dict(Codes::U8(codes.iter().map(|&c| c as u8).collect()), dictionary))
        }
        Form::Shorts => {
            let (codes, dictionary) = codes(300);
            (ColumnType::Utf8, Data::Dict(Codes::U16(codes.iter().map(|&c| c as u16).collect()), dictionary))
        }
        Form::Words => {
            let (codes, dictionary) = codes(12);
            (ColumnType::Utf8, Data::Dict(Codes::U32(codes), dictionary))
        }
        Form::Plain => (ColumnType::Utf8, Data::Utf8(texts(&TEXTS))),
        Form::Times => (ColumnType::Timestamp, Data::I64(cleared(&of(&|d| d as i64 * 86_400_001 - 5_000_000_000), nulls))),
        Form::Json => (ColumnType::Json, Data::Utf8(texts(&DOCUMENTS))),
    };
    Column::new(kind, data, validity)
}

/// A column of every form, with or without nulls, and a mask.
pub fn tables(rows: impl Strategy<Value = usize>) -> impl Strategy<Value = (Table, Option<Bitmap>)> {
    let kinds = proptest::collection::vec((0u8..4, prop_oneof![Just(1u64), Just(2), Just(6), Just(40), Just(5000)]), FORMS.len());
    (rows, kinds, any::<u64>(), 0u8..4).prop_map(|(rows, kinds, seed, masked)| {
        let mut state = seed;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let word = state ^ state >> 33;
            word.wrapping_mul(0xff51_afd7_ed55_8ccd) >> 16
        };
        let columns = FORMS.iter().zip(&kinds).map(|(&form, &(nulls, wide))| {
            let draws: Vec<u64> = (0..rows).map(|_| next()).collect();
            let valid: Vec<bool> = (0..rows).map(|_| [true, next() % 5 != 0, false, next() % 64 != 0][usize::from(nulls)]).collect();
            column(form, &draws, (nulls != 0).then_some(&valid), wide)
        });
        let table = table(columns.collect());
        let mask = match masked {
            0 => Some(Bitmap::from_fn(rows, |_| next() % 3 != 0).unwrap()),
            1 => Some(Bitmap::from_fn(rows, |_| next() % 20 == 0).unwrap()),
            _ => None,
        };
        (table, mask)
    })
}
