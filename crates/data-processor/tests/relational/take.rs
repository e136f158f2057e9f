use std::sync::Arc;

use columnar::{Bitmap, Column, ErrorCode, Strings};
use data_processor::filter::filter;
use data_processor::take::{NO_ROW, select, slice, take, take_optional};
use proptest::prelude::*;

use crate::common::{Cell, any_table, cell, rows, shown, table};

proptest! {
    #[test]
    fn taken_rows_are_the_rows(table in any_table(200, 4), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..300)) {
        prop_assume!(table.rows() > 0);
        let places: Vec<u32> = picks.iter().map(|pick| pick.index(table.rows()) as u32).collect();
        let all = rows(&table);
        let expected: Vec<_> = places.iter().map(|&place| all[place as usize].clone()).collect();
        prop_assert_eq!(rows(&take(&table, &places).unwrap()), expected);
    }

    #[test]
    fn a_place_of_no_row_is_null(table in any_table(100, 3), picks in prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), 0..200)) {
        let place = |pick: &Option<prop::sample::Index>| pick.filter(|_| table.rows() > 0).map_or(NO_ROW, |pick| pick.index(table.rows()) as u32);
        let places: Vec<u32> = picks.iter().map(place).collect();
        for column in table.columns() {
            let taken = take_optional(column, &places).unwrap();
            let expected: Vec<_> = places.iter().map(|&p| if p == NO_ROW { Cell::Null } else { cell(column, p as usize) }).map(|c| shown(&c)).collect();
            prop_assert_eq!((0..taken.len()).map(|row| shown(&cell(&taken, row))).collect::<Vec<_>>(), expected);
            prop_assert_eq!(taken.kind(), column.kind());
        }
    }

    #[test]
    fn filtered_rows_are_those_with_a_bit(table in any_table(400, 4), noise in prop::collection::vec(any::<bool>(), 400), long in any::<bool>()) {
        // Long runs and short ones are copied in different ways.
        let keep = |row: usize| if long { row % 131 > 40 && noise[row / 131] || row % 131 > 120 } else { noise[row] };
        let mask = Bitmap::from_fn(table.rows(), keep).unwrap();
        let expected: Vec<_> = rows(&table).into_iter().enumerate().filter(|(row, _)| keep(*row)).map(|(_, row)| row).collect();
        prop_assert_eq!(rows(&filter(&table, &mask).unwrap()), expected);
    }

    #[test]
    fn a_slice_is_as_of_a_list(table in any_table(300, 4), start in 0..350usize, end in 0..350usize) {
        let all = rows(&table);
        let (last, first) = (end.min(all.len()), start.min(end.min(all.len())));
        prop_assert_eq!(rows(&slice(&table, start, end).unwrap()), &all[first..last]);
    }
}

#[test]
fn filters_keep_all_and_nothing() {
    let table = table(vec![Column::i32((0..130).collect())]);
    let all = filter(&table, &Bitmap::ones(130).unwrap()).unwrap();
    assert!(Arc::ptr_eq(&all.columns()[0], &table.columns()[0]), "a filter that keeps every row copies none");
    assert_eq!(filter(&table, &Bitmap::zeros(130).unwrap()).unwrap().rows(), 0);
    assert_eq!(filter(&table, &Bitmap::ones(129).unwrap()).unwrap_err().code, ErrorCode::InvalidArgument);
}

#[test]
fn a_dictionary_is_shared_by_what_is_taken() {
    let column = crate::common::column(columnar::ColumnType::Utf8, &[Cell::Text(b"x".to_vec()), Cell::Text(b"y".to_vec())], true);
    let table = table(vec![column]);
    let dictionary = |table: &columnar::Table| match table.columns()[0].data() {
        columnar::Data::Dict(_, dictionary) => dictionary.clone(),
        other => panic!("{other:?}"),
    };
    let first = dictionary(&table);
    assert!(Arc::ptr_eq(&first, &dictionary(&take(&table, &[1, 1]).unwrap())));
    assert!(Arc::ptr_eq(&first, &dictionary(&filter(&table, &Bitmap::from_fn(2, |i| i == 1).unwrap()).unwrap())));
    assert!(Arc::ptr_eq(&first, &dictionary(&slice(&table, 1, 2).unwrap())));
}

#[test]
fn text_past_two_gib_is_too_large() {
    let strings = Strings::from_strs(&["x".repeat(1 << 20)]).unwrap();
    let table = table(vec![Column::new(columnar::ColumnType::Utf8, columnar::Data::Utf8(strings), None)]);
    assert_eq!(take(&table, &[0; 2048]).unwrap_err().code, ErrorCode::TooLarge);
}

#[test]
fn selected_columns_are_shared_under_new_names() {
    let table = table(vec![Column::i32(vec![1]), Column::f64(vec![2.0])]);
    let chosen = select(&table, &[(1, "x".into()), (0, "y".into()), (1, "z".into())]).unwrap();
    assert_eq!(chosen.names().iter().map(|name| &**name).collect::<Vec<_>>(), ["x", "y", "z"]);
    assert!(Arc::ptr_eq(&chosen.columns()[0], &table.columns()[1]) && Arc::ptr_eq(&chosen.columns()[2], &table.columns()[1]));
    assert_eq!(select(&table, &[(2, "x".into())]).unwrap_err().code, ErrorCode::InvalidArgument);
    assert_eq!(select(&table, &[(0, "x".into()), (1, "x".into())]).unwrap_err().code, ErrorCode::InvalidArgument);
    assert_eq!(select(&table, &[]).unwrap().rows(), 1);
}
