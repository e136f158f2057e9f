//! The right rows by key.

use columnar::{Result, alloc};

use super::intern::NONE;

pub(super) enum Index {
    /// The one row of each key, [`NONE`] where there is none.
    One(Vec<u32>),
    /// The rows of key `k` are `rows[starts[k]..starts[k + 1]]`, ascending.
    Many { starts: Vec<u32>, rows: Vec<u32> },
}

impl Index {
    pub(super) fn new(keys: &[u32], count: usize) -> Result<Self> {
        let mut one = alloc::filled(count, NONE)?;
        let mut unique = true;
        for (row, &key) in keys.iter().enumerate().filter(|(_, key)| **key != NONE) {
            unique &= one[key as usize] == NONE;
            one[key as usize] = row as u32;
        }
        if unique { Ok(Self::One(one)) } else { Self::many(keys, count) }
    }

    fn many(keys: &[u32], count: usize) -> Result<Self> {
        // Counts stand two places on, so that after the running sum and the filling `starts[k]` is where key `k` begins.
        let mut starts = alloc::filled(count + 2, 0u32)?;
        for &key in keys.iter().filter(|key| **key != NONE) {
            starts[key as usize + 2] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut rows = alloc::filled(sum as usize, 0u32)?;
        for (row, &key) in keys.iter().enumerate().filter(|(_, key)| **key != NONE) {
            let place = &mut starts[key as usize + 1];
            rows[*place as usize] = row as u32;
            *place += 1;
        }
        starts.truncate(count + 1);
        Ok(Self::Many { starts, rows })
    }
}
