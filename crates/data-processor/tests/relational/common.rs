//! Columns as lists of values, for references that anyone can read.

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, ColumnType, Data, Strings, Table};
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Number(f64),
    Whole(i64),
    Bool(bool),
    Text(Vec<u8>),
}

/// What stands in a row; a string's bytes through its dictionary.
pub fn cell(column: &Column, row: usize) -> Cell {
    if !column.is_valid(row) {
        // Null rows hold the type's zero.
        match column.data() {
            Data::F64(v) => assert_eq!(v[row].to_bits(), 0),
            Data::I64(v) => assert_eq!(v[row], 0),
            Data::I32(v) => assert_eq!(v[row], 0),
            Data::Bool(v) => assert!(!v.get(row)),
            Data::Utf8(v) => assert!(v.get(row).is_empty()),
            Data::Dict(v, _) => assert_eq!(v.get(row), 0),
        }
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

/// Cells as text, so that NaN equals itself and -0 is told from 0.
pub fn shown(cell: &Cell) -> String {
    format!("{cell:?}")
}

pub fn rows(table: &Table) -> Vec<Vec<String>> {
    for column in table.columns() {
        assert_eq!(column.len(), table.rows());
        if let Data::Dict(_, dictionary) = column.data() {
            let mut values: Vec<_> = dictionary.iter().collect();
            values.sort();
            values.dedup();
            assert_eq!(values.len(), dictionary.len(), "a dictionary's values are different");
        }
    }
    (0..table.rows()).map(|row| table.columns().iter().map(|column| shown(&cell(column, row))).collect()).collect()
}

pub fn table(columns: Vec<Column>) -> Table {
    let rows = columns.first().map_or(0, Column::len);
    Table::new(rows, columns.into_iter().enumerate().map(|(i, c)| (format!("c{i}").into(), Arc::new(c))).collect()).unwrap()
}

fn validity(cells: &[Cell]) -> Option<Bitmap> {
    Some(Bitmap::from_fn(cells.len(), |i| cells[i] != Cell::Null).unwrap())
}

/// The column of some cells; `coded`: text in a dictionary, whose first value and last no row may use.
pub fn column(kind: ColumnType, cells: &[Cell], coded: bool) -> Column {
    let whole = |cell: &Cell| if let Cell::Whole(v) = cell { *v } else { 0 };
    let text = |cell: &Cell| if let Cell::Text(v) = cell { v.clone() } else { Vec::new() };
    let data = match kind {
        ColumnType::F64 => Data::F64(cells.iter().map(|cell| if let Cell::Number(v) = cell { *v } else { 0.0 }).collect()),
        ColumnType::I64 | ColumnType::Timestamp => Data::I64(cells.iter().map(whole).collect()),
        ColumnType::I32 => Data::I32(cells.iter().map(|cell| whole(cell) as i32).collect()),
        ColumnType::Bool => Data::Bool(Bitmap::from_fn(cells.len(), |i| cells[i] == Cell::Bool(true)).unwrap()),
        ColumnType::Utf8 if coded => {
            let mut values = vec![b"~unused".to_vec()];
            let mut codes = Vec::new();
            for cell in cells {
                let at = if *cell == Cell::Null { 0 } else { values.iter().position(|v| *v == text(cell)).unwrap_or(values.len()) };
                if at == values.len() {
                    values.push(text(cell));
                }
                codes.push(at as u32);
            }
            values.push(b"unused too".to_vec());
            Data::Dict(Codes::narrowest(codes, values.len()).unwrap(), Arc::new(Strings::from_strs(&values).unwrap()))
        }
        _ => Data::Utf8(Strings::from_strs(&cells.iter().map(text).collect::<Vec<_>>()).unwrap()),
    };
    Column::new(kind, data, validity(cells))
}

fn cells(kind: ColumnType) -> BoxedStrategy<Cell> {
    let value = match kind {
        ColumnType::F64 => prop_oneof![
            4 => (-3..4i32).prop_map(f64::from),
            2 => prop::sample::select(vec![f64::NAN, -f64::NAN, 0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, 5e-324, -5e-324, 1e300, 0.1, 9007199254740993.0]),
            1 => any::<f64>(),
        ]
        .prop_map(Cell::Number)
        .boxed(),
        ColumnType::I64 | ColumnType::Timestamp => {
            prop_oneof![4 => -3..4i64, 1 => any::<i64>(), 1 => prop::sample::select(vec![i64::MIN, i64::MAX, (1 << 53) + 1, 1 << 53])].prop_map(Cell::Whole).boxed()
        }
        ColumnType::I32 => prop_oneof![4 => -3..4i64, 1 => any::<i32>().prop_map(i64::from)].prop_map(Cell::Whole).boxed(),
        ColumnType::Bool => any::<bool>().prop_map(Cell::Bool).boxed(),
        ColumnType::Utf8 | ColumnType::Json => prop_oneof![
            4 => prop::sample::select(vec!["", "a", "b", "ab", "ab\0", "same beginning 1", "same beginning 2", "same beginning", "é", "\u{10000}", "\u{ffff}"])
                .prop_map(|text| text.as_bytes().to_vec()),
            1 => "[ab]{0,20}".prop_map(String::into_bytes),
            1 => Just(vec![0xed, 0xa0, 0x80]),
        ]
        .prop_map(Cell::Text)
        .boxed(),
    };
    prop_oneof![1 => Just(Cell::Null), 7 => value].boxed()
}

pub fn kinds() -> impl Strategy<Value = ColumnType> {
    prop::sample::select(ColumnType::ALL.to_vec())
}

/// A column of some type, with nulls or without.
pub fn any_column(kind: ColumnType, len: usize) -> impl Strategy<Value = Column> {
    (prop::collection::vec(cells(kind), len), any::<bool>(), any::<bool>()).prop_map(move |(mut cells, nulls, coded)| {
        if !nulls && let Some(value) = cells.iter().find(|cell| **cell != Cell::Null).cloned() {
            cells.iter_mut().filter(|cell| **cell == Cell::Null).for_each(|cell| *cell = value.clone());
        }
        column(kind, &cells, coded)
    })
}

/// Some columns of types at random, of up to `most` rows.
pub fn any_table(most: usize, columns: usize) -> impl Strategy<Value = Table> {
    (0..=most, prop::collection::vec(kinds(), 1..=columns))
        .prop_flat_map(|(len, kinds)| kinds.into_iter().map(|kind| any_column(kind, len).boxed()).collect::<Vec<_>>())
        .prop_map(table)
}
