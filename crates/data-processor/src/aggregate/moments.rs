//! Variance by slot.
//!
//! Whole numbers of a small range are summed exactly with their squares. Floats go twice: first the mean, from differences to the
//! group's first value, so that what does not vary has a spread of exactly 0; then squares of differences from the mean.

use columnar::{Bitmap, Column, Result, alloc};

use super::fold::{Fold, fold};
use super::grouping::Grouping;
use super::output::optional;
use super::parts::range;
use super::picks::{self, NONE};
use super::rescale::Rescaled;
use super::steps::{Numbers, converted};
use crate::powers::in_range;

/// Differences from `centre` and their squares.
#[derive(Clone, Copy)]
struct Spread {
    centre: f64,
    sum: f64,
    squares: f64,
}

struct Differences;

impl Fold for Differences {
    type Value = f64;
    type State = Spread;

    #[inline(always)]
    fn step(&self, state: Spread, value: f64) -> Spread {
        Spread { sum: state.sum + (value - state.centre), ..state }
    }

    fn merge(&self, a: Spread, b: Spread) -> Spread {
        Spread { sum: a.sum + b.sum, ..a }
    }

    fn fresh(&self, state: Spread) -> Spread {
        Spread { sum: 0.0, ..state }
    }
}

struct Squares;

impl Fold for Squares {
    type Value = f64;
    type State = Spread;

    #[inline(always)]
    fn step(&self, state: Spread, value: f64) -> Spread {
        let d = value - state.centre;
        Spread { sum: state.sum + d, squares: state.squares + d * d, ..state }
    }

    fn merge(&self, a: Spread, b: Spread) -> Spread {
        Spread { sum: a.sum + b.sum, squares: a.squares + b.squares, ..a }
    }

    fn fresh(&self, state: Spread) -> Spread {
        Spread { sum: 0.0, squares: 0.0, ..state }
    }
}

/// Differences from the least, and their squares: exact.
struct WholeSquares;

impl Fold for WholeSquares {
    type Value = u32;
    type State = (u64, u64);

    #[inline(always)]
    fn step(&self, (sum, squares): (u64, u64), value: u32) -> (u64, u64) {
        let value = u64::from(value);
        (sum + value, squares + value * value)
    }

    fn merge(&self, a: (u64, u64), b: (u64, u64)) -> (u64, u64) {
        (a.0 + b.0, a.1 + b.1)
    }

    fn fresh(&self, _: (u64, u64)) -> (u64, u64) {
        (0, 0)
    }
}

/// Of n, or of n - 1, null of fewer than that needs. `counts` are of values by slot.
pub(super) fn variance(grouping: &Grouping<'_>, column: &Column, counts: &[u32], population: bool, root: bool) -> Result<Column> {
    let fewer = u32::from(!population);
    let by_slot = match Numbers::of(column)? {
        Numbers::I32(values) => {
            let (least, most) = range(&values, column.validity());
            let shifted = || converted(&values, |value| value.wrapping_sub(least).cast_unsigned());
            match exact(grouping, column.validity(), values.len(), i64::from(most).abs_diff(i64::from(least)), &shifted)? {
                Some(sums) => whole_variance(&sums, counts, fewer, root)?,
                None => spreads(grouping, &converted(&values, f64::from)?, column.validity(), counts, fewer, root)?,
            }
        }
        Numbers::I64(values) => {
            let (least, most) = range(values, column.validity());
            let shifted = || converted(values, |value| value.wrapping_sub(least) as u32);
            match exact(grouping, column.validity(), values.len(), most.abs_diff(least), &shifted)? {
                Some(sums) => whole_variance(&sums, counts, fewer, root)?,
                None => spreads(
                    grouping,
                    &differences(grouping, values, &picks::by_slot(grouping, column.validity(), true)?)?,
                    column.validity(),
                    counts,
                    fewer,
                    root,
                )?,
            }
        }
        Numbers::F64(values) => spreads(grouping, values, column.validity(), counts, fewer, root)?,
    };
    optional(grouping.pick(&by_slot, |value| value)?)
}

/// Sums of `shifted`, values less the least, where the sum of squares stays within 64 bits.
fn exact(
    grouping: &Grouping<'_>,
    validity: Option<&Bitmap>,
    rows: usize,
    width: u64,
    shifted: &dyn Fn() -> Result<Vec<u32>>,
) -> Result<Option<Vec<(u64, u64)>>> {
    let width = u128::from(width);
    if width > u128::from(u32::MAX) || width * width * rows as u128 > u128::from(u64::MAX) {
        return Ok(None);
    }
    fold(&WholeSquares, grouping.slots(), alloc::filled(grouping.spaces, (0, 0))?, &shifted()?, validity).map(Some)
}

fn whole_variance(sums: &[(u64, u64)], counts: &[u32], fewer: u32, root: bool) -> Result<Vec<Option<f64>>> {
    let mut found = alloc::room(sums.len())?;
    found.extend(sums.iter().zip(counts).map(|(&(sum, squares), &count)| {
        (count > fewer).then(|| {
            let n = u128::from(count);
            let spread = n * u128::from(squares) - u128::from(sum) * u128::from(sum);
            let share = spread as f64 / (n * (n - u128::from(fewer))) as f64;
            if root { share.sqrt() } else { share }
        })
    }));
    Ok(found)
}

/// Variances, or their roots, of any magnitude.
fn spreads(
    grouping: &Grouping<'_>,
    values: &[f64],
    validity: Option<&Bitmap>,
    counts: &[u32],
    fewer: u32,
    root: bool,
) -> Result<Vec<Option<f64>>> {
    let mut found = variances(grouping, values, validity, counts, fewer)?;
    let odd = converted(&found, |share| share.is_some_and(|share| !in_range(share)))?;
    let scaled = Rescaled::new(grouping, values, validity, &odd)?;
    let again = scaled.as_ref().map(|scaled| variances(grouping, &scaled.values, validity, counts, fewer)).transpose()?;
    for (slot, share) in found.iter_mut().enumerate() {
        let power = scaled.as_ref().map_or(1.0, |scaled| scaled.powers[slot]);
        if let (true, Some(again)) = (power != 1.0, &again) {
            *share = again[slot];
        }
        // A root is right at any magnitude; a square may be past what a double holds.
        *share = share.map(|share| if root { share.sqrt() * power } else { share * power * power });
    }
    Ok(found)
}

fn variances(grouping: &Grouping<'_>, values: &[f64], validity: Option<&Bitmap>, counts: &[u32], fewer: u32) -> Result<Vec<Option<f64>>> {
    let slots = grouping.slots();
    let firsts = picks::by_slot(grouping, validity, true)?;
    let centred = |row: u32| Spread { centre: if row == NONE { 0.0 } else { values[row as usize] }, sum: 0.0, squares: 0.0 };
    let mut spreads = fold(&Differences, slots, converted(&firsts, centred)?, values, validity)?;
    for (spread, &count) in spreads.iter_mut().zip(counts) {
        *spread = Spread { centre: mean(spread.centre, spread.sum, count), sum: 0.0, squares: 0.0 };
    }
    let spreads = fold(&Squares, slots, spreads, values, validity)?;
    let mut found = alloc::room(spreads.len())?;
    found.extend(spreads.iter().zip(counts).map(|(spread, &count)| (count > fewer).then(|| of_spread(spread, count, fewer))));
    Ok(found)
}

/// The variance of the values of one slot, by the additions that `variances` makes of them.
pub(super) fn of_values(values: impl Iterator<Item = f64> + Clone, count: u32, population: bool) -> Option<f64> {
    let fewer = u32::from(!population);
    let centre = values.clone().next().filter(|_| count > fewer)?;
    let state = values.clone().fold(Spread { centre, sum: 0.0, squares: 0.0 }, |state, value| Differences.step(state, value));
    let state = Spread { centre: mean(centre, state.sum, count), sum: 0.0, squares: 0.0 };
    let state = values.fold(state, |state, value| Squares.step(state, value));
    Some(of_spread(&state, count, fewer))
}

fn of_spread(spread: &Spread, count: u32, fewer: u32) -> f64 {
    let squares = about(spread.squares, spread.sum, spread.sum, count);
    if squares < 0.0 { 0.0 } else { squares / f64::from(count - fewer) }
}

/// Differences from the first value of the slot, exact before they are made doubles: spreads do not know where 0 is, and values past
/// 2^53 may differ by less than doubles there do.
pub(super) fn differences(grouping: &Grouping<'_>, values: &[i64], firsts: &[u32]) -> Result<Vec<f64>> {
    let slots = grouping.slots();
    let mut found = alloc::room(values.len())?;
    found.extend(values.iter().enumerate().map(|(row, &value)| {
        let first = values.get(firsts[slots.get(row)] as usize).copied().unwrap_or(0);
        (i128::from(value) - i128::from(first)) as f64
    }));
    Ok(found)
}

pub(super) fn mean(first: f64, differences: f64, count: u32) -> f64 {
    if count == 0 { first } else { first + differences / f64::from(count) }
}

/// What the sum of products about a centre is about the mean; the centre is so near that little is taken off.
pub(super) fn about(products: f64, a: f64, b: f64, count: u32) -> f64 {
    products - a * b / f64::from(count)
}
