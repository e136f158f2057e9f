//! Hash join. Keys of both sides become small whole numbers (`keys`), the right rows a list by number (`index`), and the result is
//! columns taken by row numbers, or shared where every row stays (`output`).

mod cast;
mod coded;
mod index;
pub(crate) mod intern;
mod keys;
mod matches;
mod merge;
mod output;
mod words;

use columnar::{Error, Result, Table};

use crate::filter::filter;
use crate::take::no_column;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinHow {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinPlan {
    /// Pairs of columns, left and right, whose values must be equal.
    pub on: Vec<(usize, usize)>,
    pub how: JoinHow,
    /// Columns of the right table that come along, and what they are called in the result.
    pub right: Vec<(usize, String)>,
}

/// The rows of `left` in their order, each with its matches of `right` in theirs; then, of a right or full join, the rows of `right`
/// that match nothing. Keys come once, under the names of the left, filled from the right where there is no left row.
///
/// Nulls match nothing, NaN matches NaN, -0 matches 0; numbers of different types match by their value.
///
/// # Errors
/// INVALID_ARGUMENT where a column does not exist or key types can not be compared, TOO_LARGE where the result would have 2^32 rows
/// or a text column more than 2 GiB, OUT_OF_MEMORY.
pub fn join(left: &Table, right: &Table, plan: &JoinPlan) -> Result<Table> {
    check(left, right, plan)?;
    if let Some(joined) = coded::join(left, right, plan)? {
        return Ok(joined);
    }
    let keys = keys::of(left, right, &plan.on)?;
    match plan.how {
        JoinHow::Semi | JoinHow::Anti => filter(left, &matches::mask(&keys, plan.how == JoinHow::Semi)?),
        _ => output::table(left, right, plan, &matches::rows(&keys, plan.how)?),
    }
}

fn check(left: &Table, right: &Table, plan: &JoinPlan) -> Result<()> {
    if plan.on.is_empty() {
        return Err(Error::invalid("a join needs at least one pair of columns in 'on'"));
    }
    for &(l, r) in &plan.on {
        let a = left.columns().get(l).ok_or_else(|| no_column(l, left))?;
        let b = right.columns().get(r).ok_or_else(|| no_column(r, right))?;
        if !words::comparable(a.kind(), b.kind()) {
            let (l, r) = (&left.names()[l], &right.names()[r]);
            let (a, b) = (a.kind().name(), b.kind().name());
            return Err(Error::invalid(format!(
                "join: '{l}' is {a} and '{r}' of the other table {b}, which can not be compared: convert one"
            )));
        }
    }
    match plan.right.iter().find(|(place, _)| *place >= right.columns().len()) {
        Some(&(place, _)) => Err(no_column(place, right)),
        None => Ok(()),
    }
}
