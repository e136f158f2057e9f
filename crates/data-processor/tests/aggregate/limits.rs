//! Many rows and many groups: the ways that small tables do not take.

use columnar::{Column, Table};
use data_processor::aggregate::{AggregatePlan, Operation, aggregate};

use crate::step;
use crate::tables::{Cell, cell, table};

fn counted(table: &Table, keys: &[usize]) -> Table {
    let plan = AggregatePlan { group_by: keys.to_vec(), steps: vec![step(Operation::Count, None), step(Operation::Sum, Some(0))] };
    aggregate(table, &plan, None).unwrap()
}

/// Each key appears once in the first half and once in the second.
fn twice(count: i64, key: impl Fn(i64) -> i64) -> Column {
    Column::i64((0..count * 2).map(|i| key(i % count)).collect())
}

fn check(result: &Table, count: i64, keys: usize, key: impl Fn(i64) -> i64) {
    assert_eq!(result.rows(), count as usize);
    for group in (0..count).step_by(997) {
        let row = group as usize;
        assert_eq!(cell(&result.columns()[0], row), Cell::Whole(key(group)));
        assert_eq!(cell(&result.columns()[keys], row), Cell::Whole(2));
        assert_eq!(cell(&result.columns()[keys + 1], row), Cell::Number(2.0 * key(group) as f64));
    }
}

#[test]
fn many_groups_through_a_table_of_all_keys() {
    let key = |i: i64| (i * 7919) % 200_003 - 5000;
    check(&counted(&table(vec![twice(200_003, key)]), &[0]), 200_003, 1, key);
}

#[test]
fn many_groups_through_a_hash() {
    let key = |i: i64| i * 1_000_003 - 12_345_678_901;
    check(&counted(&table(vec![twice(300_000, key)]), &[0]), 300_000, 1, key);
}

#[test]
fn many_groups_by_keys_beyond_one_word() {
    let key = |i: i64| i * 87_178_291_199;
    let columns = vec![twice(100_000, key), twice(100_000, |i| !(i % 313) << 40), twice(100_000, |i| i % 7 * (1 << 59))];
    check(&counted(&table(columns), &[0, 1, 2]), 100_000, 3, key);
}
