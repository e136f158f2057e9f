use core::cmp::Ordering;

use columnar::{Column, ColumnType, Data, ErrorCode, Strings};
use data_processor::sort::{SortKey, order, sort};
use proptest::prelude::*;

use crate::common::{Cell, any_column, any_table, cell, column, rows, table};

/// The rules of docs/data-semantics.md, one comparison at a time.
fn compare(a: &Cell, b: &Cell, descending: bool) -> Ordering {
    let values = |a: &Cell, b: &Cell| match (a, b) {
        (Cell::Number(a), Cell::Number(b)) => match (a.is_nan(), b.is_nan()) {
            (false, false) => a.partial_cmp(b).unwrap(),
            (a, b) => a.cmp(&b),
        },
        (Cell::Whole(a), Cell::Whole(b)) => a.cmp(b),
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        other => panic!("{other:?}"),
    };
    match (a, b) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Greater,
        (_, Cell::Null) => Ordering::Less,
        _ if descending => values(b, a),
        _ => values(a, b),
    }
}

fn naive(table: &columnar::Table, keys: &[SortKey]) -> Vec<u32> {
    let mut all: Vec<u32> = (0..table.rows() as u32).collect();
    all.sort_by(|&a, &b| {
        keys.iter().fold(Ordering::Equal, |order, key| {
            let column = &table.columns()[key.column];
            order.then_with(|| compare(&cell(column, a as usize), &cell(column, b as usize), key.descending))
        })
    });
    all
}

fn keys(directions: &[bool]) -> Vec<SortKey> {
    directions.iter().enumerate().map(|(column, &descending)| SortKey { column, descending }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sorted_as_one_comparison_at_a_time(table in any_table(400, 4), directions in prop::collection::vec(any::<bool>(), 4)) {
        let keys = keys(&directions[..table.columns().len()]);
        prop_assert_eq!(order(&table, &keys).unwrap(), naive(&table, &keys));
        let all = rows(&table);
        let expected: Vec<_> = naive(&table, &keys).iter().map(|&row| all[row as usize].clone()).collect();
        prop_assert_eq!(rows(&sort(&table, &keys).unwrap()), expected);
    }

    #[test]
    fn sorted_by_one_key(column in prop::sample::select(ColumnType::ALL.to_vec()).prop_flat_map(|kind| any_column(kind, 300)), descending: bool) {
        let table = table(vec![column]);
        let keys = keys(&[descending]);
        prop_assert_eq!(order(&table, &keys).unwrap(), naive(&table, &keys));
    }

    #[test]
    fn doubles_of_every_bit_pattern(bits in prop::collection::vec(any::<u64>(), 0..600), descending: bool) {
        let table = table(vec![Column::f64(bits.into_iter().map(f64::from_bits).collect())]);
        let keys = keys(&[descending]);
        prop_assert_eq!(order(&table, &keys).unwrap(), naive(&table, &keys));
    }
}

#[test]
fn many_rows_with_long_ties_in_every_level() {
    // Doubles that share their upper bits, and texts that share long beginnings, tie at the first level.
    let mut state = 1u32;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let rows = 20_000;
    let close = (0..rows).map(|_| f64::from_bits(1.0f64.to_bits() + u64::from(random(5000)))).chain([1e300]).collect();
    let texts: Vec<String> = (0..=rows).map(|_| format!("{}{}", "a".repeat(random(90) as usize), random(3))).collect();
    let text = Column::new(ColumnType::Utf8, Data::Utf8(Strings::from_strs(&texts).unwrap()), None);
    let table = table(vec![Column::i32((0..=rows).map(|_| random(3) as i32).collect()), Column::f64(close), text]);
    for order_of in [vec![0, 1, 2], vec![1, 0], vec![2, 1], vec![0, 2], vec![2]] {
        for descending in [false, true] {
            let keys: Vec<_> = order_of.iter().map(|&column| SortKey { column, descending }).collect();
            assert_eq!(order(&table, &keys).unwrap(), naive(&table, &keys), "{order_of:?} {descending}");
        }
    }
}

#[test]
fn texts_that_are_beginnings_of_each_other() {
    let texts: Vec<String> = (0..3000).map(|i| "a".repeat(i * 7 % 3000)).collect();
    let table = table(vec![Column::new(ColumnType::Utf8, Data::Utf8(Strings::from_strs(&texts).unwrap()), None)]);
    for descending in [false, true] {
        assert_eq!(order(&table, &keys(&[descending])).unwrap(), naive(&table, &keys(&[descending])));
    }
}

#[test]
fn the_ends_of_whole_numbers_beside_nulls() {
    let cells: Vec<Cell> =
        (0..200).map(|i| [Cell::Whole(i64::MAX), Cell::Null, Cell::Whole(i64::MIN), Cell::Whole(0)][i % 4].clone()).collect();
    let table = table(vec![column(ColumnType::I64, &cells, false)]);
    for descending in [false, true] {
        assert_eq!(order(&table, &keys(&[descending])).unwrap(), naive(&table, &keys(&[descending])));
    }
}

#[test]
fn no_keys_no_rows_and_no_column() {
    let table = table(vec![Column::i32(vec![2, 1])]);
    assert_eq!(order(&table, &[]).unwrap(), [0, 1]);
    assert_eq!(sort(&table, &[SortKey { column: 1, descending: false }]).unwrap_err().code, ErrorCode::InvalidArgument);
    assert_eq!(order(&crate::common::table(vec![Column::f64(vec![])]), &keys(&[true])).unwrap(), [] as [u32; 0]);
}
