//! The first few rows of each group.

use std::cmp::Ordering;

use columnar::{Column, ColumnType, Data, ErrorCode, Strings};
use data_processor::aggregate::top_per_group;
use data_processor::sort::SortKey;
use proptest::prelude::*;

use crate::reference::groups;
use crate::tables::{Cell, FORMS, cell, table, tables};
use crate::words;

fn rank(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Number(a), Cell::Number(b)) => a.is_nan().cmp(&b.is_nan()).then(a.partial_cmp(b).unwrap_or(Ordering::Equal)),
        (Cell::Whole(a), Cell::Whole(b)) => a.cmp(b),
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        _ => panic!("{a:?} and {b:?}"),
    }
}

/// Nulls last in both directions.
fn compare(column: &Column, descending: bool, a: usize, b: usize) -> Ordering {
    match (column.is_valid(a), column.is_valid(b)) {
        (true, true) => {
            let order = rank(&cell(column, a), &cell(column, b));
            if descending { order.reverse() } else { order }
        }
        (a, b) => b.cmp(&a),
    }
}

proptest! {
    #[test]
    fn as_a_stable_sort_of_each_group(
        (table, _) in tables(0usize..300),
        by in proptest::sample::subsequence((0..FORMS.len()).collect::<Vec<_>>(), 0..=2),
        keys in proptest::collection::vec((0..FORMS.len(), any::<bool>()), 0..=2),
        limit in prop_oneof![0usize..4, 7usize..12, Just(1000), Just(usize::MAX)],
    ) {
        let keys: Vec<SortKey> = keys.into_iter().map(|(column, descending)| SortKey { column, descending }).collect();
        let got = top_per_group(&table, &by, &keys, limit).unwrap();
        let mut rows = Vec::new();
        for mut group in groups(&table, &by, None) {
            group.sort_by(|&a, &b| {
                keys.iter().fold(Ordering::Equal, |order, key| order.then_with(|| compare(&table.columns()[key.column], key.descending, a, b)))
            });
            rows.extend(group.into_iter().take(limit));
        }
        prop_assert_eq!(got.rows(), rows.len());
        prop_assert_eq!(got.names(), table.names());
        for (column, got) in table.columns().iter().zip(got.columns()) {
            let want: Vec<String> = rows.iter().map(|&row| format!("{:?}", cell(column, row))).collect();
            let got: Vec<String> = (0..got.len()).map(|row| format!("{:?}", cell(got, row))).collect();
            prop_assert_eq!(got, want);
        }
    }
}

#[test]
fn the_two_largest_by_key() {
    let both = table(vec![Column::i32(vec![2, 1, 2, 2, 1]), Column::f64(vec![1.0, 5.0, 9.0, 4.0, 7.0])]);
    let top = top_per_group(&both, &[0], &[SortKey { column: 1, descending: true }], 2).unwrap();
    assert_eq!(words(&top.columns()[0]), ["Whole(2)", "Whole(2)", "Whole(1)", "Whole(1)"]);
    assert_eq!(words(&top.columns()[1]), ["Number(9.0)", "Number(4.0)", "Number(7.0)", "Number(5.0)"]);
}

/// The greatest whole number is no null, and no null is taken while there is one.
#[test]
fn extremes_and_nulls() {
    let whole = vec![i64::MAX, 0, i64::MIN, i64::MAX];
    let validity = columnar::Bitmap::from_fn(4, |row| row != 1).unwrap();
    let one = table(vec![Column::new(ColumnType::I64, Data::I64(whole), Some(validity)), Column::i32(vec![0, 1, 2, 3])]);
    for (descending, want) in [(false, [2, 0, 3, 1]), (true, [0, 3, 2, 1])] {
        let top = top_per_group(&one, &[], &[SortKey { column: 0, descending }], 4).unwrap();
        assert_eq!(words(&top.columns()[1]), want.map(|row| format!("Whole({row})")));
    }
}

#[test]
fn json_goes_by_its_text_and_columns_must_be_there() {
    let json = table(vec![Column::new(ColumnType::Json, Data::Utf8(Strings::from_strs(&["2", "10"]).unwrap()), None)]);
    let key = |column| [SortKey { column, descending: false }];
    assert_eq!(words(&top_per_group(&json, &[], &key(0), 1).unwrap().columns()[0]), ["Text([49, 48])"]);
    assert_eq!(top_per_group(&json, &[], &key(3), 1).unwrap_err().code, ErrorCode::InvalidArgument);
    assert_eq!(top_per_group(&json, &[1], &[], 1).unwrap_err().code, ErrorCode::InvalidArgument);
}
