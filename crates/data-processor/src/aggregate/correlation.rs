//! Correlation by slot, as moments.rs has variance.

use std::borrow::Cow;

use columnar::{Bitmap, Column, Result, alloc};

use super::counts;
use super::fold::{Fold, fold_seldom};
use super::grouping::Grouping;
use super::moments::{about, differences, mean};
use super::output::optional;
use super::picks::{self, NONE};
use super::rescale::Rescaled;
use super::steps::{Numbers, converted};
use super::whole_pairs::whole_correlation;
use crate::powers::in_range;

/// Numbers for spreads.
fn spread_doubles<'a>(grouping: &Grouping<'_>, column: &'a Column, firsts: &[u32]) -> Result<Cow<'a, [f64]>> {
    match Numbers::of(column)? {
        Numbers::I64(values) => Ok(Cow::Owned(differences(grouping, values, firsts)?)),
        numbers => numbers.doubles(),
    }
}

/// Pearson's, over rows where both stand; null of fewer than two.
pub(super) fn by_group(grouping: &Grouping<'_>, a: &Column, b: &Column) -> Result<Column> {
    let both;
    let validity = match (a.validity(), b.validity()) {
        (Some(a), Some(b)) => {
            both = a.and(b)?;
            Some(&both)
        }
        (one, other) => one.or(other),
    };
    if let (Numbers::I32(a), Numbers::I32(b)) = (Numbers::of(a)?, Numbers::of(b)?)
        && let Some(found) = whole_correlation(grouping, &a, &b, validity)?
    {
        return optional(found);
    }
    let counts = counts::by_slot(grouping, validity)?;
    let firsts = picks::by_slot(grouping, validity, true)?;
    let (a, b) = (spread_doubles(grouping, a, &firsts)?, spread_doubles(grouping, b, &firsts)?);
    let states = joint(grouping, &a, &b, validity, &firsts, &counts)?;
    let mut odd = alloc::filled(states.len(), false)?;
    for ((odd, state), &count) in odd.iter_mut().zip(&states).zip(&counts) {
        let (xx, yy) = state.spreads(count);
        *odd = count > 1 && !(in_range(xx) && in_range(yy));
    }
    // Correlation does not know how large numbers are.
    let (x, y) = (Rescaled::new(grouping, &a, validity, &odd)?, Rescaled::new(grouping, &b, validity, &odd)?);
    let again = if x.is_some() || y.is_some() {
        let x = x.as_ref().map_or(&*a, |x| &x.values);
        let y = y.as_ref().map_or(&*b, |y| &y.values);
        Some(joint(grouping, x, y, validity, &firsts, &counts)?)
    } else {
        None
    };
    let mut found = alloc::room(states.len())?;
    found.extend(states.iter().zip(&counts).enumerate().map(|(slot, (state, &count))| {
        let state = again.as_ref().filter(|_| odd[slot]).map_or(state, |again| &again[slot]);
        (count > 1).then(|| state.correlation(count))
    }));
    optional(grouping.pick(&found, |value| value)?)
}

fn joint(grouping: &Grouping<'_>, a: &[f64], b: &[f64], validity: Option<&Bitmap>, firsts: &[u32], counts: &[u32]) -> Result<Vec<Joint>> {
    let pairs = paired(a, b, |a, b| (a, b))?;
    let value = |row: u32| if row == NONE { (0.0, 0.0) } else { pairs[row as usize] };
    let states = converted(firsts, |row| Joint { centre: value(row), ..Joint::default() })?;
    let mut states = fold_seldom(&JointMeans, grouping.slots(), states, &pairs, validity);
    for (state, &count) in states.iter_mut().zip(counts) {
        let (x, y) = state.centre;
        *state = Joint { centre: (mean(x, state.sums.0, count), mean(y, state.sums.1, count)), ..Joint::default() };
    }
    Ok(fold_seldom(&Products, grouping.slots(), states, &pairs, validity))
}

fn paired<A: Copy, B: Copy, T>(a: &[A], b: &[B], pair: impl Fn(A, B) -> T) -> Result<Vec<T>> {
    let mut pairs = alloc::room(a.len())?;
    pairs.extend(a.iter().zip(b).map(|(&a, &b)| pair(a, b)));
    Ok(pairs)
}

#[derive(Clone, Copy, Default)]
struct Joint {
    centre: (f64, f64),
    sums: (f64, f64),
    squares: (f64, f64),
    product: f64,
}

impl Joint {
    fn spreads(&self, count: u32) -> (f64, f64) {
        let (x, y) = self.sums;
        (about(self.squares.0, x, x, count), about(self.squares.1, y, y, count))
    }

    fn correlation(&self, count: u32) -> f64 {
        let ((x, y), (xx, yy)) = (self.sums, self.spreads(count));
        (about(self.product, x, y, count) / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0)
    }

    fn merge(self, other: Self) -> Self {
        let add = |a: (f64, f64), b: (f64, f64)| (a.0 + b.0, a.1 + b.1);
        Self { sums: add(self.sums, other.sums), squares: add(self.squares, other.squares), product: self.product + other.product, ..self }
    }

    fn fresh(self) -> Self {
        Self { centre: self.centre, ..Self::default() }
    }
}

struct JointMeans;

impl Fold for JointMeans {
    type Value = (f64, f64);
    type State = Joint;

    #[inline(always)]
    fn step(&self, state: Joint, (x, y): (f64, f64)) -> Joint {
        Joint { sums: (state.sums.0 + (x - state.centre.0), state.sums.1 + (y - state.centre.1)), ..state }
    }

    fn merge(&self, a: Joint, b: Joint) -> Joint {
        a.merge(b)
    }

    fn fresh(&self, state: Joint) -> Joint {
        state.fresh()
    }
}

struct Products;

impl Fold for Products {
    type Value = (f64, f64);
    type State = Joint;

    #[inline(always)]
    fn step(&self, state: Joint, (x, y): (f64, f64)) -> Joint {
        let (x, y) = (x - state.centre.0, y - state.centre.1);
        Joint {
            sums: (state.sums.0 + x, state.sums.1 + y),
            squares: (state.squares.0 + x * x, state.squares.1 + y * y),
            product: state.product + x * y,
            ..state
        }
    }

    fn merge(&self, a: Joint, b: Joint) -> Joint {
        a.merge(b)
    }

    fn fresh(&self, state: Joint) -> Joint {
        state.fresh()
    }
}
