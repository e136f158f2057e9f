//! Any number of threads gives what one gives, to the last bit.

use std::sync::atomic::AtomicU32;

use super::{FORMS, every_step, step, tables};
use columnar::{Column, Data, Table};
use data_processor::Team;
use data_processor::aggregate::{AggregatePlan, Operation, aggregate, aggregate_by};
use rayon_core::ThreadPoolBuilder;

static LOST: AtomicU32 = AtomicU32::new(0);

fn team(threads: usize) -> Team {
    let mut team = Team::default();
    if threads > 1 {
        team.hire(ThreadPoolBuilder::new().num_threads(threads - 1).build().unwrap(), &LOST);
    }
    team
}

/// Doubles by their bits, so that -0 is not 0 and a NaN is itself; of NaN alone the sign and pattern are the processor's.
fn same(a: &Column, b: &Column) -> bool {
    let bits = |values: &[f64]| values.iter().map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() }).collect::<Vec<_>>();
    let data = match (a.data(), b.data()) {
        (Data::F64(a), Data::F64(b)) => bits(a) == bits(b),
        (a, b) => a == b,
    };
    data && a.kind() == b.kind() && a.validity() == b.validity()
}

fn check(table: &Table, plan: &AggregatePlan) {
    let one = aggregate(table, plan, None).unwrap();
    for threads in [2, 3] {
        let many = aggregate_by(&team(threads), table, plan, None).unwrap();
        assert_eq!((many.rows(), many.names()), (one.rows(), one.names()));
        for (place, (a, b)) in many.columns().iter().zip(one.columns()).enumerate() {
            assert!(same(a, b), "{threads} threads: {} by {:?}", one.names()[place], plan.group_by);
        }
    }
}

struct Draws(u64);

impl Draws {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 32) * below) >> 32).min(below - 1)
    }
}

const ROWS: usize = 100_001;

/// A column of every form, `wide` values each, a third of the columns with nulls.
fn forms(seed: u64, wide: u64) -> Table {
    let mut draws = Draws(seed);
    let columns = FORMS.iter().enumerate().map(|(i, &form)| {
        let values: Vec<u64> = (0..ROWS).map(|_| draws.next(wide)).collect();
        let valid: Vec<bool> = (0..ROWS).map(|_| draws.next(9) != 0).collect();
        tables::column(form, &values, (i % 3 == 1).then_some(&valid), wide)
    });
    tables::table(columns.collect())
}

#[test]
fn every_operation_by_keys_of_every_form() {
    for (seed, wide) in [(1, 40), (2, 5000)] {
        let table = forms(seed, wide);
        let steps = every_step(&table);
        for group_by in [vec![2], vec![2, 8], vec![1, 8, 2], vec![4, 0], vec![10, 7], vec![]] {
            check(&table, &AggregatePlan { group_by, steps: steps.clone() });
        }
    }
}

#[test]
fn groups_of_one_row_of_some_and_of_many() {
    let mut draws = Draws(3);
    for span in [100, 20_000, 3_000_000_000] {
        let mut keys = || Column::i64((0..ROWS).map(|_| draws.next(span) as i64 * 3_000_017).collect());
        let (a, b) = (keys(), keys());
        let values = Column::f64((0..ROWS).map(|_| draws.next(1 << 30) as f64 / 7.0 - 1e8).collect());
        let table = tables::table(vec![a, b, values]);
        let operations = [Operation::Sum, Operation::Avg, Operation::Median, Operation::Quantile, Operation::Stddev, Operation::Last];
        let mut steps: Vec<_> = operations.iter().map(|&operation| step(operation, Some(2))).collect();
        steps.push(step(Operation::Count, None));
        for group_by in [vec![0], vec![0, 1]] {
            check(&table, &AggregatePlan { group_by, steps: steps.clone() });
        }
    }
}
