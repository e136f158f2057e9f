//! Running sums.

use columnar::{Result, alloc};

use super::sums::Sum;
use crate::share::Team;

/// Values of a part; its sum is known before the parts after it begin.
const PART: usize = 1 << 16;

/// `sums[i]` of `values[..=i]`: compensated at the start of each part of 65 536 values, plain within it.
///
/// # Errors
/// OUT_OF_MEMORY
pub fn prefix_sums(team: &Team, values: &[f64]) -> Result<Vec<f64>> {
    let mut totals = alloc::filled(values.len().div_ceil(PART), Sum::default())?;
    let mut seats = alloc::filled(team.size(), ())?;
    team.share(totals.iter_mut().zip(values.chunks(PART)), &mut seats, |(total, values), ()| *total = Sum::of(values));
    let mut before = Sum::default();
    for total in &mut totals {
        let next = *total;
        *total = before;
        before.join(next);
    }
    let mut sums = alloc::filled(values.len(), 0.0)?;
    team.share(totals.iter().zip(values.chunks(PART)).zip(sums.chunks_mut(PART)), &mut seats, |((total, values), sums), ()| {
        let mut sum = total.total();
        sums.iter_mut().zip(values).for_each(|(to, value)| {
            sum += value;
            *to = sum;
        });
    });
    Ok(sums)
}
