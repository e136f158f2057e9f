//! Sums by slot: whole numbers exactly, floats with what each addition rounded away kept beside.

use columnar::{Column, Result, alloc};

use super::fold::{Fold, fold, fold_seldom};
use super::grouping::Grouping;
use super::parts::range;
use super::steps::Numbers;

pub(super) enum Sums {
    Whole(Vec<i64>),
    Wide(Vec<i128>),
    Float(Vec<Float>),
}

/// A sum, and the sum of what was rounded away.
#[derive(Clone, Copy, Default)]
pub(super) struct Float {
    sum: f64,
    rest: f64,
}

impl Float {
    /// The rest is left out where the sum is infinite or NaN: then it means nothing.
    pub(super) fn total(self) -> f64 {
        let total = self.sum + self.rest;
        if total.is_finite() { total } else { self.sum }
    }

    /// Knuth's TwoSum: Neumaier's sum without its branch.
    #[inline(always)]
    pub(super) fn add(self, value: f64) -> Self {
        let sum = self.sum + value;
        let part = sum - self.sum;
        Self { sum, rest: self.rest + ((self.sum - (sum - part)) + (value - part)) }
    }

    pub(super) fn merge(self, other: Self) -> Self {
        let both = self.add(other.sum);
        Self { rest: both.rest + other.rest, ..both }
    }
}

/// The sum of one value.
pub(super) fn alone(value: f64) -> f64 {
    Float::default().add(value).total()
}

struct Compensated;

impl Fold for Compensated {
    type Value = f64;
    type State = Float;

    #[inline(always)]
    fn step(&self, state: Float, value: f64) -> Float {
        state.add(value)
    }

    fn merge(&self, a: Float, b: Float) -> Float {
        a.merge(b)
    }

    fn fresh(&self, _: Float) -> Float {
        Float::default()
    }
}

macro_rules! exact {
    ($name:ident, $value:ty, $state:ty) => {
        struct $name;

        impl Fold for $name {
            type Value = $value;
            type State = $state;

            #[inline(always)]
            fn step(&self, state: $state, value: $value) -> $state {
                state.wrapping_add(<$state>::from(value))
            }

            fn merge(&self, a: $state, b: $state) -> $state {
                a.wrapping_add(b)
            }

            fn fresh(&self, _: $state) -> $state {
                0
            }
        }
    };
}

exact!(Ints, i32, i64);
exact!(Longs, i64, i64);
exact!(WideLongs, i64, i128);

/// Null rows hold 0 and add nothing, so none is left out.
pub(super) fn by_slot(grouping: &Grouping<'_>, column: &Column) -> Result<Sums> {
    let (slots, spaces) = (grouping.slots(), grouping.spaces);
    Ok(match Numbers::of(column)? {
        // Fewer than 2^32 values of 32 bits stay within 63.
        Numbers::I32(values) => Sums::Whole(fold(&Ints, slots, alloc::filled(spaces, 0)?, &values, None)?),
        Numbers::I64(values) => {
            let (least, most) = range(values, None);
            let widest = i128::from(least.unsigned_abs().max(most.unsigned_abs()));
            if widest * values.len() as i128 <= i128::from(i64::MAX) {
                Sums::Whole(fold(&Longs, slots, alloc::filled(spaces, 0)?, values, None)?)
            } else {
                Sums::Wide(fold_seldom(&WideLongs, slots, alloc::filled(spaces, 0)?, values, None))
            }
        }
        Numbers::F64(values) => Sums::Float(fold(&Compensated, slots, alloc::filled(spaces, Float::default())?, values, None)?),
    })
}

impl Sums {
    /// The nearest double of each group's sum.
    pub(super) fn picked(&self, grouping: &Grouping<'_>) -> Result<Vec<f64>> {
        match self {
            Self::Whole(sums) => grouping.pick(sums, |sum| sum as f64),
            Self::Wide(sums) => grouping.pick(sums, |sum| sum as f64),
            Self::Float(sums) => grouping.pick(sums, Float::total),
        }
    }
}
