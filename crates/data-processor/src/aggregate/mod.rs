//! Group-by and aggregation. The rules are docs/data-semantics.md.
//!
//! Key columns become parts (`parts`: small whole numbers a row), parts become one slot a row (`grouping`), and every operation is a
//! fold over slots and values (`fold`). Where the product of the keys' ranges is small, a slot is that product's number and nothing is
//! looked up at all; else rows are numbered through a table or a hash (`ids`). Rows outside the mask are taken out beforehand, so that
//! no loop asks for it.

mod correlation;
mod counts;
mod distinct;
mod extremes;
mod fold;
mod grouping;
mod ids;
mod intern;
mod json_text;
mod list;
mod moments;
mod output;
mod partition;
mod parts;
mod picks;
mod plan;
mod quantiles;
mod rescale;
mod shared;
mod steps;
mod sums;
mod top;
mod whole_pairs;

use std::sync::Arc;

use columnar::{Bitmap, Column, Error, Result, Table, alloc};
use thread_team::Team;

use crate::filter::filter;
use crate::take::no_column;
use grouping::Grouping;
use steps::Steps;

pub use plan::{AggregatePlan, AggregateStep, Operation};
pub use top::top_per_group;

/// Groups in order of first appearance: the key columns, then a column a step. Without keys there is one row, of no rows too.
/// Rows whose bit of `mask` is cleared take no part.
///
/// # Errors
/// INVALID_ARGUMENT where a column is missing or of a type that the operation does not take; TOO_LARGE past 2^26 groups or 2 GiB of
/// text; OUT_OF_MEMORY.
pub fn aggregate(table: &Table, plan: &AggregatePlan, mask: Option<&Bitmap>) -> Result<Table> {
    aggregate_by(&Team::default(), table, plan, mask)
}

/// As [`aggregate`], the work of large tables shared out over a team. The answer does not depend on its size, to the last bit.
///
/// # Errors
/// As of [`aggregate`].
///
/// # Panics
/// Where a thread of the team is gone.
pub fn aggregate_by(team: &Team, table: &Table, plan: &AggregatePlan, mask: Option<&Bitmap>) -> Result<Table> {
    plan.check(table)?;
    let narrowed;
    let (table, plan) = match mask {
        Some(mask) => {
            narrowed = narrow(table, plan, mask)?;
            (&narrowed.0, &narrowed.1)
        }
        None => (table, plan),
    };
    let grouping = Grouping::by(team, table, &plan.group_by)?;
    let mut columns = alloc::room(plan.group_by.len() + plan.steps.len())?;
    columns.extend(plan.group_by.iter().map(|&place| table.names()[place].clone()).zip(shared::keys(table, &grouping, &plan.group_by)?));
    let mut steps = Steps::new(table, &grouping);
    for step in &plan.steps {
        columns.push((Arc::from(step.alias.as_str()), Arc::new(steps.column(step)?)));
    }
    Table::new(grouping.groups, columns)
}

/// The columns that the plan reads, of the rows that take part, and the plan by their new places.
fn narrow(table: &Table, plan: &AggregatePlan, mask: &Bitmap) -> Result<(Table, AggregatePlan)> {
    let read = |place: &usize| plan.group_by.contains(place) || plan.steps.iter().any(|step| step.reads().any(|read| read == *place));
    let used: Vec<usize> = (0..table.columns().len()).filter(read).collect();
    let place = |old: usize| used.binary_search(&old).unwrap_or_default();
    let columns = used.iter().map(|&old| (table.names()[old].clone(), table.columns()[old].clone())).collect();
    let mut plan = plan.clone();
    plan.group_by.iter_mut().for_each(|key| *key = place(*key));
    for step in &mut plan.steps {
        step.column = step.column.map(place);
        step.with = place(step.with);
    }
    Ok((filter(&Table::new(table.rows(), columns)?, mask)?, plan))
}

fn column_of(table: &Table, place: usize) -> Result<&Arc<Column>> {
    table.columns().get(place).ok_or_else(|| no_column(place, table))
}

fn wrong_type(operation: &str, table: &Table, place: usize, takes: &str) -> Error {
    let (name, kind) = (&table.names()[place], table.columns()[place].kind().name());
    Error::invalid(format!("{operation} of '{name}': the column is {kind}, {operation} takes {takes}"))
}
