//! Group-by against a reference that keeps a list of values per group.

mod cases;
mod limits;
mod reference;
mod tables;
mod threads;
mod top;

use columnar::{Bitmap, Column, ColumnType, Table};
use data_processor::aggregate::{AggregatePlan, AggregateStep, Operation, aggregate};
use proptest::prelude::*;
use tables::{Cell, FORMS, cell, cells, word};

pub fn step(operation: Operation, column: Option<usize>) -> AggregateStep {
    AggregateStep { operation, column, alias: format!("{}_{column:?}", operation.name()), q: 0.3, population: false, with: 0 }
}

fn number_column(table: &Table, place: usize) -> bool {
    matches!(table.columns()[place].kind(), ColumnType::F64 | ColumnType::I64 | ColumnType::I32)
}

/// Every operation on every column that it takes.
fn every_step(table: &Table) -> Vec<AggregateStep> {
    let mut steps = vec![step(Operation::Count, None)];
    for place in 0..table.columns().len() {
        let kind = table.columns()[place].kind();
        for operation in Operation::ALL {
            let fits = match operation {
                Operation::Sum | Operation::Avg => number_column(table, place) || kind == ColumnType::Bool,
                Operation::Min | Operation::Max => kind != ColumnType::Json,
                Operation::Median | Operation::Quantile | Operation::Stddev | Operation::Variance => number_column(table, place),
                Operation::Correlation => false,
                _ => true,
            };
            if fits {
                let population = place % 2 == 1;
                steps.push(AggregateStep { population, ..step(operation, Some(place)) });
            }
        }
    }
    for (a, b) in [(0, 1), (1, 2), (2, 3), (4, 2), (2, 2)] {
        steps.push(AggregateStep { with: b, alias: format!("r{a}{b}"), ..step(Operation::Correlation, Some(a)) });
    }
    steps
}

fn near(got: &Cell, want: Option<f64>, relative: f64) -> bool {
    match (got, want) {
        (Cell::Null, None) => true,
        (Cell::Number(got), Some(want)) => got == &want || got.is_nan() && want.is_nan() || (got - want).abs() <= relative * want.abs(),
        _ => false,
    }
}

fn expected(table: &Table, step: &AggregateStep, rows: &[usize], got: &Cell) -> Result<(), String> {
    let Some(place) = step.column else {
        let want = Cell::Whole(rows.len() as i64);
        return if *got == want { Ok(()) } else { Err(format!("{want:?}")) };
    };
    let column = &table.columns()[place];
    let values = reference::values(column, rows);
    let numbers = || values.iter().map(reference::number).collect::<Vec<_>>();
    let close = |want: Option<f64>, relative: f64| if near(got, want, relative) { Ok(()) } else { Err(format!("{want:?}")) };
    let same = |want: Cell| if format!("{got:?}") == format!("{want:?}") { Ok(()) } else { Err(format!("{want:?}")) };
    match step.operation {
        Operation::Count => same(Cell::Whole(values.len() as i64)),
        Operation::Sum => close(Some(reference::sum(&values)), 1e-12),
        Operation::Avg => close((!values.is_empty()).then(|| reference::sum(&values) / values.len() as f64), 1e-12),
        Operation::Min => same(reference::extreme(&values, false)),
        Operation::Max => same(reference::extreme(&values, true)),
        Operation::Median => close(reference::quantile(&numbers(), 0.5), 1e-15),
        Operation::Quantile => close(reference::quantile(&numbers(), step.q), 1e-15),
        Operation::Variance => close(reference::variance(&reference::shifted(&values), step.population), 1e-9),
        Operation::Stddev => close(reference::variance(&reference::shifted(&values), step.population).map(f64::sqrt), 1e-9),
        Operation::First => same(values.first().cloned().unwrap_or(Cell::Null)),
        Operation::Last => same(values.last().cloned().unwrap_or(Cell::Null)),
        Operation::CountDistinct => same(Cell::Whole(reference::distinct(&values) as i64)),
        Operation::Mode => same(reference::mode(&values)),
        Operation::List => cases::list_matches(column, rows, got),
        Operation::Correlation => {
            let other = &table.columns()[step.with];
            let both: Vec<usize> = rows.iter().copied().filter(|&row| column.is_valid(row) && other.is_valid(row)).collect();
            let of = |column: &Column| reference::shifted(&reference::values(column, &both));
            let want = reference::correlation(&of(column), &of(other));
            // Near 0 it is a small difference of large numbers.
            let near_zero = matches!((got, want), (Cell::Number(got), Some(want)) if (got - want).abs() <= 1e-9);
            if near_zero { Ok(()) } else { close(want, 1e-9) }
        }
    }
}

fn check(table: &Table, keys: &[usize], mask: Option<&Bitmap>) -> Result<(), TestCaseError> {
    let plan = AggregatePlan { group_by: keys.to_vec(), steps: every_step(table) };
    let result = aggregate(table, &plan, mask).map_err(|error| TestCaseError::fail(format!("{error}")))?;
    let groups = reference::groups(table, keys, mask);
    prop_assert_eq!(result.rows(), groups.len());
    for (place, &key) in keys.iter().enumerate() {
        let (got, from) = (&result.columns()[place], &table.columns()[key]);
        prop_assert_eq!(got.kind(), from.kind());
        for (group, rows) in groups.iter().enumerate() {
            let (got, want) = (cell(got, group), cell(from, rows[0]));
            prop_assert!(format!("{got:?}") == format!("{want:?}"), "key {place} of group {group}: {got:?}, not {want:?}");
        }
    }
    for (place, step) in plan.steps.iter().enumerate() {
        let column = &result.columns()[keys.len() + place];
        prop_assert_eq!(&*result.names()[keys.len() + place], step.alias.as_str());
        for (group, got) in cells(column).iter().enumerate() {
            if let Err(want) = expected(table, step, &groups[group], got) {
                return Err(TestCaseError::fail(format!("{} of group {group} by {keys:?}: {got:?}, not {want}", step.alias)));
            }
            cases::holds_zero_where_null(column, group);
        }
    }
    Ok(())
}

fn keys() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        1 => Just(Vec::new()),
        6 => (0..FORMS.len()).prop_map(|key| vec![key]),
        6 => proptest::sample::subsequence((0..FORMS.len()).collect::<Vec<_>>(), 2),
        3 => proptest::sample::subsequence((0..FORMS.len()).collect::<Vec<_>>(), 3..=6).prop_shuffle(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn small_tables((table, mask) in tables::tables(0usize..70), keys in keys()) {
        check(&table, &keys, mask.as_ref())?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn tables_of_several_blocks((table, mask) in tables::tables(1500usize..4000), keys in keys()) {
        check(&table, &keys, mask.as_ref())?;
    }
}

/// Words of cells, for tests that look at columns as wholes.
pub fn words(column: &Column) -> Vec<String> {
    cells(column).iter().map(word).collect()
}
