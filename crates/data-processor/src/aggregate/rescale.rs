//! Numbers whose squares leave the range of doubles, brought near 1 by powers of two. js/src/services/data/js/aggregate/rescale.ts is
//! its twin.

use columnar::{Bitmap, Result, alloc};

use super::grouping::Grouping;
use crate::powers::scale_of;

pub(super) struct Rescaled {
    /// Every value over the power of its slot.
    pub values: Vec<f64>,
    /// By slot; 1 where it needs none.
    pub powers: Vec<f64>,
}

impl Rescaled {
    /// `odd`: slots in question. `None` where none of them needs it.
    pub fn new(grouping: &Grouping<'_>, values: &[f64], validity: Option<&Bitmap>, odd: &[bool]) -> Result<Option<Self>> {
        if !odd.contains(&true) {
            return Ok(None);
        }
        let slots = grouping.slots();
        let mut powers = alloc::filled(odd.len(), 0.0)?;
        for (row, &value) in values.iter().enumerate() {
            if validity.is_none_or(|bits| bits.get(row)) {
                let most: &mut f64 = &mut powers[slots.get(row)];
                *most = most.max(value.abs());
            }
        }
        let mut factors = alloc::filled(odd.len(), 1.0)?;
        for ((power, factor), &odd) in powers.iter_mut().zip(&mut factors).zip(odd) {
            if odd {
                *factor = scale_of(*power);
            }
            *power = 1.0 / *factor;
        }
        if factors.iter().all(|&factor| factor == 1.0) {
            return Ok(None);
        }
        let mut scaled = alloc::room(values.len())?;
        scaled.extend(values.iter().enumerate().map(|(row, &value)| value * factors[slots.get(row)]));
        Ok(Some(Self { values: scaled, powers }))
    }
}
