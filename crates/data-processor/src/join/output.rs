//! The columns of a joined table.

use std::sync::Arc;

use columnar::{Column, Result, Table, alloc};

use super::matches::Matches;
use super::{JoinHow, JoinPlan, cast, merge};
use crate::take::{NO_ROW, take_column, take_optional};

pub(super) fn table(left: &Table, right: &Table, plan: &JoinPlan, found: &Matches) -> Result<Table> {
    let rows = found.right.len() + found.alone.len();
    let fills = matches!(plan.how, JoinHow::Right | JoinHow::Full);
    let left_rows = with_tail(found.left.as_deref(), found, rows)?;
    let mut columns = Vec::with_capacity(left.columns().len() + plan.right.len());
    for (place, (name, column)) in left.names().iter().zip(left.columns()).enumerate() {
        let key = plan.on.iter().find(|(l, _)| *l == place).filter(|_| fills);
        let column = match (key, &left_rows) {
            (Some(&(_, r)), _) => key_column(column, &right.columns()[r], found)?,
            (None, None) => column.clone(),
            (None, Some(places)) => {
                Arc::new(if found.alone.is_empty() { take_column(column, places)? } else { take_optional(column, places)? })
            }
        };
        columns.push((name.clone(), column));
    }
    let right_rows = if found.alone.is_empty() { None } else { Some(joined(&found.right, &found.alone)?) };
    let right_rows = right_rows.as_deref().unwrap_or(&found.right);
    for (place, name) in &plan.right {
        columns.push((name.as_str().into(), Arc::new(take_optional(&right.columns()[*place], right_rows)?)));
    }
    Table::new(rows, columns)
}

fn joined(a: &[u32], b: &[u32]) -> Result<Vec<u32>> {
    let mut both = alloc::room(a.len() + b.len())?;
    both.extend_from_slice(a);
    both.extend_from_slice(b);
    Ok(both)
}

/// The left row of every row of the result; `None`: as they are.
fn with_tail(left: Option<&[u32]>, found: &Matches, rows: usize) -> Result<Option<Vec<u32>>> {
    if left.is_none() && found.alone.is_empty() {
        return Ok(None);
    }
    let mut places = alloc::room(rows)?;
    match left {
        Some(left) => places.extend_from_slice(left),
        None => places.extend(0..found.right.len() as u32),
    }
    places.resize(rows, NO_ROW);
    Ok(Some(places))
}

/// A key from the left, and from the right where there is no left row. Its type is one that holds both sides' values, of any rows.
fn key_column(left: &Arc<Column>, right: &Column, found: &Matches) -> Result<Arc<Column>> {
    let kind = cast::common(left.kind(), right.kind());
    let left = match &found.left {
        Some(places) => Arc::new(take_column(left, places)?),
        None => left.clone(),
    };
    let left = cast::to(left, kind)?;
    if found.alone.is_empty() {
        return Ok(left);
    }
    let right = cast::to(Arc::new(take_column(right, &found.alone)?), kind)?;
    Ok(Arc::new(merge::concat(&left, &right)?))
}
