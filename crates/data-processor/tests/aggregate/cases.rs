//! Single cases of the rules.

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, ColumnType, Data, ErrorCode, Strings, Table};
use data_processor::aggregate::{AggregatePlan, AggregateStep, Operation, aggregate};

use crate::tables::{Cell, cell, cells, table};
use crate::{step, words};

pub fn holds_zero_where_null(column: &Column, row: usize) {
    if column.is_valid(row) {
        return;
    }
    match column.data() {
        Data::F64(v) => assert_eq!(v[row].to_bits(), 0),
        Data::I64(v) => assert_eq!(v[row], 0),
        Data::I32(v) => assert_eq!(v[row], 0),
        Data::Bool(v) => assert!(!v.get(row)),
        Data::Utf8(v) => assert!(v.get(row).is_empty()),
        Data::Dict(v, _) => assert_eq!(v.get(row), 0),
    }
}

/// Counts what stands between the outermost brackets and reads simple values back.
pub fn list_matches(column: &Column, rows: &[usize], got: &Cell) -> Result<(), String> {
    let Cell::Text(text) = got else { return Err("a text".into()) };
    let text = String::from_utf8(text.clone()).map_err(|_| "UTF-8, surrogates escaped".to_string())?;
    let item = |row: usize| match cell(column, row) {
        Cell::Null => "null".to_string(),
        Cell::Number(v) if !v.is_finite() => "null".into(),
        Cell::Number(v) => format!("{}", v + 0.0).replace("-0", if v == 0.0 { "0" } else { "-0" }),
        Cell::Whole(v) if column.kind() == ColumnType::Timestamp => format!("t{v}"),
        Cell::Whole(v) => v.to_string(),
        Cell::Bool(v) => v.to_string(),
        Cell::Text(v) if column.kind() == ColumnType::Json => String::from_utf8(v).unwrap(),
        Cell::Text(v) if v == b"\xed\xa0\x80" => r#""\ud800""#.into(),
        Cell::Text(v) => format!("\"{}\"", String::from_utf8(v).unwrap().replace('"', "\\\"").replace('\n', "\\n")),
    };
    if column.kind() == ColumnType::Timestamp {
        let valid = rows.iter().filter(|&&row| column.is_valid(row)).count();
        let fits = text.matches("Z\"").count() == valid && text.matches("null").count() == rows.len() - valid;
        return if fits { Ok(()) } else { Err(format!("{} timestamps", valid)) };
    }
    let want = format!("[{}]", rows.iter().map(|&row| item(row)).collect::<Vec<_>>().join(","));
    if text == want { Ok(()) } else { Err(want) }
}

fn one(columns: Vec<Column>, step: AggregateStep) -> Cell {
    let plan = AggregatePlan { group_by: vec![], steps: vec![step] };
    let result = aggregate(&table(columns), &plan, None).unwrap();
    assert_eq!(result.rows(), 1);
    cell(&result.columns()[0], 0)
}

#[test]
fn nothing_gives_one_row_without_keys_and_none_with_them() {
    let empty = table(vec![Column::f64(vec![]), Column::i32(vec![])]);
    let steps = vec![
        step(Operation::Count, None),
        step(Operation::Sum, Some(0)),
        step(Operation::Avg, Some(0)),
        step(Operation::Max, Some(1)),
        step(Operation::Median, Some(1)),
        step(Operation::Mode, Some(1)),
        step(Operation::CountDistinct, Some(0)),
        step(Operation::List, Some(0)),
    ];
    let whole = aggregate(&empty, &AggregatePlan { group_by: vec![], steps: steps.clone() }, None).unwrap();
    let row: Vec<String> = whole.columns().iter().map(|column| format!("{:?}", cells(column))).collect();
    assert_eq!(row, ["[Whole(0)]", "[Number(0.0)]", "[Null]", "[Null]", "[Null]", "[Null]", "[Whole(0)]", "[Text([91, 93])]"]);
    assert_eq!(whole.columns()[3].kind(), ColumnType::I32);
    let keyed = aggregate(&empty, &AggregatePlan { group_by: vec![1], steps }, None).unwrap();
    assert_eq!((keyed.rows(), keyed.columns().len()), (0, 9));
    // A mask that keeps nothing is the same.
    let full = table(vec![Column::f64(vec![1.0, 2.0])]);
    let plan = AggregatePlan { group_by: vec![], steps: vec![step(Operation::Count, None), step(Operation::Sum, Some(0))] };
    let none = aggregate(&full, &plan, Some(&Bitmap::zeros(2).unwrap())).unwrap();
    assert_eq!(format!("{:?}{:?}", cell(&none.columns()[0], 0), cell(&none.columns()[1], 0)), "Whole(0)Number(0.0)");
}

#[test]
fn counts_of_rows_read_no_column() {
    let full = table(vec![Column::f64(vec![1.0; 100])]);
    let plan = AggregatePlan { group_by: vec![], steps: vec![step(Operation::Count, None)] };
    let mask = Bitmap::from_fn(100, |i| i % 3 == 0).unwrap();
    assert_eq!(cell(&aggregate(&full, &plan, Some(&mask)).unwrap().columns()[0], 0), Cell::Whole(34));
}

#[test]
fn sums_keep_what_cancels_and_what_a_double_cannot_hold() {
    assert_eq!(one(vec![Column::f64(vec![1e16, 1.0, -1e16])], step(Operation::Sum, Some(0))), Cell::Number(1.0));
    let tenths = vec![0.1; 1_000_000];
    assert_eq!(one(vec![Column::f64(tenths)], step(Operation::Sum, Some(0))), Cell::Number(100_000.0));
    let longs = vec![i64::MAX, i64::MAX, i64::MAX, -i64::MAX, -i64::MAX, 5 - i64::MAX];
    assert_eq!(one(vec![Column::i64(longs)], step(Operation::Sum, Some(0))), Cell::Number(5.0));
    assert_eq!(one(vec![Column::i64(vec![1 << 53, 1, 1])], step(Operation::Sum, Some(0))), Cell::Number(9_007_199_254_740_994.0));
    assert_eq!(one(vec![Column::f64(vec![f64::INFINITY, 1.0])], step(Operation::Sum, Some(0))), Cell::Number(f64::INFINITY));
    let Cell::Number(nan) = one(vec![Column::f64(vec![f64::INFINITY, f64::NEG_INFINITY])], step(Operation::Sum, Some(0))) else { panic!() };
    assert!(nan.is_nan());
}

#[test]
fn spreads_of_what_does_not_vary_are_zero_and_correlations_nan() {
    for value in [0.1, 1e300, -7.3e-200, 123_456_789.123] {
        let columns = || vec![Column::f64(vec![value; 7]), Column::f64((0..7).map(f64::from).collect())];
        assert_eq!(one(columns(), step(Operation::Variance, Some(0))), Cell::Number(0.0));
        let Cell::Number(r) = one(columns(), AggregateStep { with: 1, ..step(Operation::Correlation, Some(0)) }) else { panic!() };
        assert!(r.is_nan());
    }
}

#[test]
fn spreads_about_a_far_mean_are_exact() {
    let far = vec![1e15, 1e15 + 1.0, 1e15 + 2.0, 1e15 + 3.0];
    let Cell::Number(got) = one(vec![Column::f64(far)], step(Operation::Variance, Some(0))) else { panic!() };
    assert!((got - 5.0 / 3.0).abs() < 1e-15);
    // The first value far from all others.
    let mut outlier = vec![1e9];
    outlier.extend((0..1_000_000).map(|i| f64::from(i % 2)));
    let Cell::Number(got) = one(vec![Column::f64(outlier)], step(Operation::Variance, Some(0))) else { panic!() };
    let n = 1_000_001.0;
    let want = (1e18 + 500_000.0 - (1e9f64 + 500_000.0).powi(2) / n) / (n - 1.0);
    assert!((got - want).abs() < 1e-9 * want, "{got} {want}");
}

#[test]
fn keys_share_their_dictionary_and_extremes_too() {
    let dictionary = Arc::new(Strings::from_strs(&["b", "unused", "a"]).unwrap());
    let codes = Column::new(ColumnType::Utf8, Data::Dict(Codes::U8(vec![2, 0, 2, 2]), dictionary.clone()), None);
    let plan = AggregatePlan { group_by: vec![0], steps: vec![step(Operation::Max, Some(0)), step(Operation::Mode, Some(0))] };
    let result = aggregate(&table(vec![codes]), &plan, None).unwrap();
    for column in result.columns() {
        let Data::Dict(codes, shared) = column.data() else { panic!("{column:?}") };
        assert!(Arc::ptr_eq(shared, &dictionary));
        assert_eq!(*codes, Codes::U8(vec![2, 0]));
    }
}

#[test]
fn floats_as_keys_make_nan_one_group_and_zeros_one() {
    let keys = Column::f64(vec![f64::NAN, 0.0, -f64::NAN, -0.0, f64::from_bits(0x7ff8_0000_0000_0001), 1.0]);
    let plan = AggregatePlan { group_by: vec![0], steps: vec![step(Operation::Count, None)] };
    let result = aggregate(&table(vec![keys]), &plan, None).unwrap();
    assert_eq!(words(&result.columns()[1]), ["Whole(3)", "Whole(2)", "Whole(1)"]);
}

#[test]
fn the_whole_range_of_longs_with_null_keeps_them_apart() {
    let values = vec![i64::MIN, i64::MAX, 0, i64::MAX, 0, 0];
    let valid = Bitmap::from_fn(6, |i| i != 2 && i != 5).unwrap();
    let keys = Column::new(ColumnType::I64, Data::I64(values), Some(valid));
    let plan = AggregatePlan { group_by: vec![0], steps: vec![step(Operation::Count, None)] };
    let result = aggregate(&table(vec![keys]), &plan, None).unwrap();
    assert_eq!(
        words(&result.columns()[0]),
        ["Whole(-9223372036854775808)", "Whole(9223372036854775807)", "Null", "0".replace('0', "Whole(0)").as_str()]
    );
    assert_eq!(words(&result.columns()[1]), ["Whole(1)", "Whole(2)", "Whole(2)", "Whole(1)"]);
}

#[test]
fn several_wide_keys_do_not_run_together() {
    let rows = 3000;
    let spread = |odd: u64| Column::f64((0..rows).map(|i| f64::from_bits((i % 50 * odd) << 12 | 1)).collect());
    let columns =
        vec![spread(0x9e37_79b9), spread(0xbf58_476d), spread(0x94d0_49bb), Column::i64((0..rows as i64).map(|i| (i % 3) << 61).collect())];
    let plan = AggregatePlan { group_by: vec![0, 1, 2, 3], steps: vec![step(Operation::Count, None)] };
    let result = aggregate(&table(columns), &plan, None).unwrap();
    assert_eq!(result.rows(), 150);
    assert!(words(&result.columns()[4]).iter().all(|count| count == "Whole(20)"));
}

#[test]
fn what_an_operation_does_not_take_is_said() {
    let text = Column::new(ColumnType::Utf8, Data::Utf8(Strings::from_strs(&["a"]).unwrap()), None);
    let json = Column::new(ColumnType::Json, Data::Utf8(Strings::from_strs(&["1"]).unwrap()), None);
    let table = table(vec![text, json]);
    let error = |step: AggregateStep| aggregate(&table, &AggregatePlan { group_by: vec![], steps: vec![step] }, None).unwrap_err();
    for (operation, column) in [(Operation::Sum, 0), (Operation::Median, 0), (Operation::Min, 1), (Operation::Stddev, 1)] {
        let error = error(step(operation, Some(column)));
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        assert!(error.message.contains(operation.name()) && error.message.contains(&format!("'c{column}'")), "{error}");
    }
    assert_eq!(error(step(Operation::Count, Some(9))).code, ErrorCode::InvalidArgument);
    assert_eq!(error(step(Operation::Sum, None)).code, ErrorCode::InvalidArgument);
    let wrong = AggregatePlan { group_by: vec![7], steps: vec![] };
    assert_eq!(aggregate(&table, &wrong, None).unwrap_err().code, ErrorCode::InvalidArgument);
    let short = Bitmap::ones(3).unwrap();
    assert_eq!(aggregate(&table, &AggregatePlan::default(), Some(&short)).unwrap_err().code, ErrorCode::InvalidArgument);
    let numbers = crate::tables::table(vec![Column::f64(vec![1.0])]);
    for q in [-0.1, 1.5, f64::NAN] {
        let plan = AggregatePlan { group_by: vec![], steps: vec![AggregateStep { q, ..step(Operation::Quantile, Some(0)) }] };
        assert_eq!(aggregate(&numbers, &plan, None).unwrap_err().code, ErrorCode::InvalidArgument);
    }
}

#[test]
fn operations_are_numbered_in_their_order() {
    let names: Vec<&str> = (0..15).map(|i| Operation::from_u8(i).unwrap().name()).collect();
    let order = "count sum avg min max median quantile stddev variance first last countDistinct mode list correlation";
    assert_eq!(names.join(" "), order);
    assert_eq!(Operation::from_u8(15), None);
}

#[test]
fn keys_alone_give_their_distinct_rows() {
    let result =
        aggregate(&table(vec![Column::i32(vec![3, 1, 3, 2, 1])]), &AggregatePlan { group_by: vec![0], steps: vec![] }, None).unwrap();
    assert_eq!(words(&result.columns()[0]), ["Whole(3)", "Whole(1)", "Whole(2)"]);
    let nothing: Table = aggregate(&table(vec![Column::i32(vec![3])]), &AggregatePlan::default(), None).unwrap();
    assert_eq!((nothing.rows(), nothing.columns().len()), (1, 0));
}
