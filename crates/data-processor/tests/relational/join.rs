use std::sync::Arc;

use columnar::{Column, ColumnType, ErrorCode, Table};
use data_processor::join::{JoinHow, JoinPlan, join};
use proptest::prelude::*;

use crate::common::{Cell, any_column, cell, column, rows, shown, table};

fn equal(a: &Cell, b: &Cell) -> bool {
    match (a, b) {
        (Cell::Null, _) | (_, Cell::Null) => false,
        (Cell::Number(a), Cell::Number(b)) => a == b || a.is_nan() && b.is_nan(),
        // Exactly: through 128 bits, where every i64 and every double of that range stands.
        (Cell::Number(n), Cell::Whole(w)) | (Cell::Whole(w), Cell::Number(n)) => {
            n.trunc() == *n && n.abs() < 1e30 && *n as i128 == i128::from(*w)
        }
        _ => a == b,
    }
}

/// A cell as the key column of a right or full join has it.
fn widened(cell: Cell, kind: ColumnType) -> Cell {
    match (cell, kind) {
        (Cell::Whole(v), ColumnType::F64) => Cell::Number(v as f64),
        (cell, _) => cell,
    }
}

/// Nested loops; the result as rows of text.
fn naive(left: &Table, right: &Table, plan: &JoinPlan) -> Vec<Vec<String>> {
    let matching = |l: usize, r: usize| plan.on.iter().all(|&(a, b)| equal(&cell(&left.columns()[a], l), &cell(&right.columns()[b], r)));
    let row = |l: Option<usize>, r: Option<usize>| {
        let mut cells: Vec<String> = Vec::new();
        for (place, column) in left.columns().iter().enumerate() {
            let key = plan.on.iter().find(|(a, _)| *a == place).map(|&(_, b)| &right.columns()[b]);
            let kind = match key {
                Some(b)
                    if matches!(plan.how, JoinHow::Right | JoinHow::Full)
                        && (column.kind() == ColumnType::F64 || b.kind() == ColumnType::F64) =>
                {
                    ColumnType::F64
                }
                _ => column.kind(),
            };
            cells.push(shown(&match (l, key, r) {
                (Some(l), ..) => widened(cell(column, l), kind),
                (None, Some(key), Some(r)) => widened(cell(key, r), kind),
                _ => Cell::Null,
            }));
        }
        cells.extend(plan.right.iter().map(|(place, _)| shown(&r.map_or(Cell::Null, |r| cell(&right.columns()[*place], r)))));
        cells
    };
    let mut result = Vec::new();
    for l in 0..left.rows() {
        let found: Vec<usize> = (0..right.rows()).filter(|&r| matching(l, r)).collect();
        match plan.how {
            JoinHow::Semi if !found.is_empty() => result.push(row(Some(l), None)),
            JoinHow::Anti if found.is_empty() => result.push(row(Some(l), None)),
            JoinHow::Left | JoinHow::Full if found.is_empty() => result.push(row(Some(l), None)),
            JoinHow::Semi | JoinHow::Anti => {}
            _ => result.extend(found.iter().map(|&r| row(Some(l), Some(r)))),
        }
    }
    if matches!(plan.how, JoinHow::Right | JoinHow::Full) {
        let alone = (0..right.rows()).filter(|&r| !(0..left.rows()).any(|l| matching(l, r)));
        result.extend(alone.map(|r| row(None, Some(r))));
    }
    if matches!(plan.how, JoinHow::Semi | JoinHow::Anti) {
        result.iter_mut().for_each(|row| row.truncate(left.columns().len()));
    }
    result
}

fn hows() -> impl Strategy<Value = JoinHow> {
    prop::sample::select(vec![JoinHow::Inner, JoinHow::Left, JoinHow::Right, JoinHow::Full, JoinHow::Semi, JoinHow::Anti])
}

/// Two key types that can be compared.
fn pairs() -> impl Strategy<Value = (ColumnType, ColumnType)> {
    use ColumnType::{Bool, F64, I32, I64, Json, Timestamp, Utf8};
    prop::sample::select(vec![
        (F64, F64),
        (I32, I32),
        (I64, I64),
        (I32, I64),
        (I64, I32),
        (I32, F64),
        (F64, I32),
        (I64, F64),
        (F64, I64),
        (Bool, Bool),
        (Utf8, Utf8),
        (Timestamp, Timestamp),
        (Json, Json),
    ])
}

/// Two tables of some keys and one column more, of up to `most` rows.
fn sides(most: usize, keys: usize) -> impl Strategy<Value = (Table, Table)> {
    (0..=most, 0..=most, prop::collection::vec(pairs(), 1..=keys), any::<ColumnKind>()).prop_flat_map(|(l, r, pairs, ColumnKind(more))| {
        let left = pairs.iter().map(|p| p.0).chain([ColumnType::Utf8]).map(|kind| any_column(kind, l).boxed()).collect::<Vec<_>>();
        let right = pairs.iter().map(|p| p.1).chain([more]).map(|kind| any_column(kind, r).boxed()).collect::<Vec<_>>();
        (left.prop_map(table), right.prop_map(table))
    })
}

#[derive(Clone, Debug)]
struct ColumnKind(ColumnType);
impl Arbitrary for ColumnKind {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;
    fn arbitrary_with((): ()) -> Self::Strategy {
        crate::common::kinds().prop_map(ColumnKind).boxed()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn joined_as_nested_loops((left, right) in sides(60, 3), how in hows()) {
        let keys = left.columns().len() - 1;
        let right_columns = if matches!(how, JoinHow::Semi | JoinHow::Anti) { vec![] } else { vec![(keys, "more".into()), (0, "key again".into())] };
        let plan = JoinPlan { on: (0..keys).map(|k| (k, k)).collect(), how, right: right_columns };
        let joined = join(&left, &right, &plan).unwrap();
        prop_assert_eq!(joined.columns().len(), left.columns().len() + plan.right.len());
        let (joined, expected) = (rows(&joined), naive(&left, &right, &plan));
        let first = joined.iter().zip(&expected).find(|(a, b)| a != b);
        prop_assert!(first.is_none() && joined.len() == expected.len(), "{} rows, expected {}; {first:?}", joined.len(), expected.len());
    }

    #[test]
    fn unique_keys_of_the_right(order in Just((0..40).collect::<Vec<i32>>()).prop_shuffle(), left in prop::collection::vec(0..50i32, 0..80), how in hows()) {
        let right = table(vec![Column::i32(order.clone()), Column::f64(order.iter().map(|&v| f64::from(v) / 2.0).collect())]);
        let left = table(vec![Column::i32(left)]);
        let right_columns = if matches!(how, JoinHow::Semi | JoinHow::Anti) { vec![] } else { vec![(1, "half".into())] };
        let plan = JoinPlan { on: vec![(0, 0)], how, right: right_columns };
        prop_assert_eq!(rows(&join(&left, &right, &plan).unwrap()), naive(&left, &right, &plan));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn unique_texts_of_the_right(
        left in prop::collection::vec(prop::option::weighted(0.9, 0..12u8), 20..150),
        right in prop::sample::subsequence((0..12u8).collect::<Vec<_>>(), 0..=12).prop_shuffle(),
        (nulls, coded, null_on_the_right) in any::<(bool, bool, bool)>(),
        how in hows(),
    ) {
        let text = |key: Option<u8>| key.map_or(Cell::Null, |key| Cell::Text(format!("key {key}").into_bytes()));
        let left: Vec<_> = left.into_iter().map(|key| text(if nulls { key } else { key.or(Some(3)) })).collect();
        let mut keys: Vec<_> = right.into_iter().map(|key| text(Some(key))).collect();
        keys.extend(null_on_the_right.then_some(Cell::Null));
        let left = table(vec![column(ColumnType::Utf8, &left, true), Column::i32((0..left.len() as i32).collect())]);
        let number = Column::i32((0..keys.len() as i32).collect());
        let right = table(vec![column(ColumnType::Utf8, &keys, coded), number, column(ColumnType::Utf8, &keys, !coded)]);
        let right_columns = if matches!(how, JoinHow::Semi | JoinHow::Anti) { vec![] } else { vec![(1, "n".into()), (2, "again".into())] };
        let plan = JoinPlan { on: vec![(0, 0)], how, right: right_columns };
        prop_assert_eq!(rows(&join(&left, &right, &plan).unwrap()), naive(&left, &right, &plan));
    }
}

fn texts(values: &[&str], coded: bool) -> Column {
    column(ColumnType::Utf8, &values.iter().map(|v| Cell::Text(v.as_bytes().to_vec())).collect::<Vec<_>>(), coded)
}

#[test]
fn rows_that_all_match_once_share_the_left_columns() {
    let left = table(vec![texts(&["b", "a", "b"], true), Column::i32(vec![1, 2, 3])]);
    let right = table(vec![texts(&["a", "b", "c"], false), Column::i32(vec![10, 20, 30])]);
    for how in [JoinHow::Inner, JoinHow::Left] {
        let joined = join(&left, &right, &JoinPlan { on: vec![(0, 0)], how, right: vec![(1, "w".into())] }).unwrap();
        assert!(joined.columns().iter().zip(left.columns()).all(|(a, b)| Arc::ptr_eq(a, b)));
        assert_eq!((0..3).map(|row| shown(&cell(&joined.columns()[2], row))).collect::<Vec<_>>(), ["Whole(20)", "Whole(10)", "Whole(20)"]);
    }
}

#[test]
fn what_can_not_be_joined_is_told() {
    let left = table(vec![texts(&["1"], true), Column::i32(vec![1])]);
    let right = table(vec![Column::f64(vec![1.0])]);
    let plan = |on: Vec<(usize, usize)>, right: Vec<(usize, String)>| JoinPlan { on, how: JoinHow::Inner, right };
    let error = join(&left, &right, &plan(vec![(0, 0)], vec![])).unwrap_err();
    assert_eq!((error.code, error.message.contains("'c0' is utf8")), (ErrorCode::InvalidArgument, true), "{error}");
    for plan in [
        plan(vec![], vec![]),
        plan(vec![(2, 0)], vec![]),
        plan(vec![(1, 1)], vec![]),
        plan(vec![(1, 0)], vec![(1, "x".into())]),
        plan(vec![(1, 0)], vec![(0, "c1".into())]),
    ] {
        assert_eq!(join(&left, &right, &plan).unwrap_err().code, ErrorCode::InvalidArgument, "{plan:?}");
    }
}

#[test]
fn a_result_past_the_limit_is_too_large_before_it_is_made() {
    let side = || table(vec![Column::i32(vec![7; 70_000])]);
    for how in [JoinHow::Inner, JoinHow::Left, JoinHow::Full] {
        let error = join(&side(), &side(), &JoinPlan { on: vec![(0, 0)], how, right: vec![] }).unwrap_err();
        assert_eq!(error.code, ErrorCode::TooLarge);
    }
}

#[test]
fn keys_with_more_values_than_an_array_is_worth() {
    // Hashed words, and pairs of them numbered again.
    let spread = |n: i64, step: i64| Column::i64((0..n).map(|i| (i * step) << 33).collect());
    let left = table(vec![spread(3000, 1), spread(3000, 7), Column::i32((0..3000).collect())]);
    let right = table(vec![spread(1500, 2), spread(1500, 14), Column::i32((0..1500).collect())]);
    let plan = JoinPlan { on: vec![(0, 0), (1, 1)], how: JoinHow::Inner, right: vec![(2, "row".into())] };
    let joined = join(&left, &right, &plan).unwrap();
    assert_eq!(joined.rows(), 1500);
    assert!(
        (0..1500).all(|row| cell(&joined.columns()[2], row) == Cell::Whole(2 * row as i64)
            && cell(&joined.columns()[3], row) == Cell::Whole(row as i64))
    );
}
