//! Plans as they cross the boundary (js/src/services/data/wasm-engine.ts writes them) into calls of the core.

use columnar::{Error, Result, Table};
use data_processor::aggregate::{self, AggregatePlan, AggregateStep, Operation};
use data_processor::join::{self, JoinHow, JoinPlan};
use data_processor::{Team, filter, sort};
use expression::Program;

use crate::plan::Reader;

/// '*' of count, and "no second column".
const NONE: u32 = u32::MAX;

fn checked(table: &Table, column: usize) -> Result<usize> {
    if column < table.columns().len() { Ok(column) } else { Err(Error::invalid("no such column")) }
}

pub fn filter(table: &Table, mut plan: Reader) -> Result<Table> {
    let mask = Program::compile(plan.bytes()?, table)?.filter(table)?;
    filter::filter(table, &mask)
}

pub fn aggregate(team: &Team, table: &Table, mut plan: Reader) -> Result<Table> {
    let group_by = plan.list(|plan| checked(table, plan.index()?))?;
    let steps = plan.list(|plan| {
        let operation = Operation::from_u8(plan.u32()? as u8).ok_or_else(|| Error::invalid("unknown operation"))?;
        let column = plan.u32()?;
        let column = if column == NONE { None } else { Some(checked(table, column as usize)?) };
        let alias = plan.text()?.to_owned();
        let q = plan.f64()?;
        let population = plan.bool()?;
        let with = plan.u32()?;
        let with = if with == NONE { 0 } else { checked(table, with as usize)? };
        Ok(AggregateStep { operation, column, alias, q, population, with })
    })?;
    let condition = plan.bytes()?;
    let mask = if condition.is_empty() { None } else { Some(Program::compile(condition, table)?.filter(table)?) };
    aggregate::aggregate_by(team, table, &AggregatePlan { group_by, steps }, mask.as_ref())
}

fn sort_keys(table: &Table, plan: &mut Reader) -> Result<Vec<sort::SortKey>> {
    plan.list(|plan| Ok(sort::SortKey { column: checked(table, plan.index()?)?, descending: plan.bool()? }))
}

pub fn sort(table: &Table, mut plan: Reader) -> Result<Table> {
    sort::sort(table, &sort_keys(table, &mut plan)?)
}

pub fn top(table: &Table, mut plan: Reader) -> Result<Table> {
    let group_by = plan.list(|plan| checked(table, plan.index()?))?;
    let keys = sort_keys(table, &mut plan)?;
    aggregate::top_per_group(table, &group_by, &keys, plan.index()?)
}

pub fn join(left: &Table, right: &Table, mut plan: Reader) -> Result<Table> {
    let hows = [JoinHow::Inner, JoinHow::Left, JoinHow::Right, JoinHow::Full, JoinHow::Semi, JoinHow::Anti];
    let how = hows.get(plan.index()?).copied().ok_or_else(|| Error::invalid("unknown kind of join"))?;
    let on = plan.list(|plan| Ok((checked(left, plan.index()?)?, checked(right, plan.index()?)?)))?;
    let columns = plan.list(|plan| Ok((checked(right, plan.index()?)?, plan.text()?.to_owned())))?;
    join::join(left, right, &JoinPlan { on, how, right: columns })
}
