//! median and quantile: the values of each slot side by side, then selection in place.

use columnar::{Column, Result, alloc};

use super::extremes::{float_of, ordered};
use super::grouping::Grouping;
use super::output::optional;
use super::parts::BLOCK;
use super::steps::{Numbers, converted};

/// The values of each slot side by side, as whole numbers in the order of doubles; NaN is the greatest.
pub(super) struct Sides {
    /// Where each slot begins, and the end.
    starts: Vec<u32>,
    keys: Vec<i64>,
}

const NAN: i64 = i64::MAX;

/// A double as a key.
#[inline(always)]
pub(super) fn key(value: f64) -> i64 {
    if value.is_nan() { NAN } else { ordered(value) }
}

/// Where the values of each slot begin, and the end of all.
pub(super) fn starts(counts: &[u32]) -> Result<Vec<u32>> {
    let mut starts = alloc::room(counts.len() + 1)?;
    let mut sum = 0;
    for &count in counts {
        starts.push(sum);
        sum += count;
    }
    starts.push(sum);
    Ok(starts)
}

impl Sides {
    /// `counts` are of values by slot.
    pub(super) fn new(grouping: &Grouping<'_>, column: &Column, counts: &[u32]) -> Result<Self> {
        let starts = starts(counts)?;
        let total = starts[counts.len()] as usize;
        let mut next = alloc::copied(&starts)?;
        let mut keys = alloc::filled(total, 0i64)?;
        let validity = column.validity();
        let slots = grouping.slots();
        let all = match Numbers::of(column)? {
            Numbers::F64(values) => converted(values, key)?,
            Numbers::I64(values) => converted(values, |value| key(value as f64))?,
            Numbers::I32(values) => converted(&values, |value| key(f64::from(value)))?,
        };
        let mut wide = [0; BLOCK];
        for (block, all) in all.chunks(BLOCK).enumerate() {
            let start = block * BLOCK;
            for (row, (&slot, &key)) in (start..).zip(slots.block(start, all.len(), &mut wide).iter().zip(all)) {
                if validity.is_none_or(|bits| bits.get(row)) {
                    let next = &mut next[slot as usize];
                    keys[*next as usize] = key;
                    *next += 1;
                }
            }
        }
        Ok(Self { starts, keys })
    }
}

/// The value of place `at` in order, smaller ones before it and greater ones after.
#[inline(never)]
pub(super) fn select(keys: &mut [i64], at: usize) -> (&mut [i64], &mut i64, &mut [i64]) {
    keys.select_nth_unstable(at)
}

pub(super) fn column(grouping: &Grouping<'_>, sides: &mut Sides, q: f64) -> Result<Column> {
    let mut found = alloc::room(grouping.groups)?;
    for slot in grouping.order() {
        let (start, end) = (sides.starts[slot] as usize, sides.starts[slot + 1] as usize);
        found.push(quantile(&mut sides.keys[start..end], q));
    }
    optional(found)
}

/// Type 7: linear between the neighbours of (n - 1) q. NaN where one is NaN.
pub(super) fn quantile(keys: &mut [i64], q: f64) -> Option<f64> {
    if keys.is_empty() {
        return None;
    }
    if keys.contains(&NAN) {
        return Some(f64::NAN);
    }
    let place = (keys.len() - 1) as f64 * q;
    let below = place.floor();
    let share = place - below;
    let at = (below as usize).min(keys.len() - 1);
    let (_, &mut low, above) = select(keys, at);
    let low = float_of(low);
    match above.iter().min() {
        Some(&high) if share > 0.0 => {
            let high = float_of(high);
            Some(if low == high { low + 0.0 } else { low * (1.0 - share) + high * share })
        }
        // Of zeros it is 0: there is nothing below it to tell -0 by.
        _ => Some(low + 0.0),
    }
}
