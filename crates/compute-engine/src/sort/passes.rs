//! The passes over one share.

use columnar::{Result, alloc};

use super::keys::{Item, Key};

const BITS: u32 = 11;
const VALUES: usize = 1 << BITS;
/// Below it the standard library's stable sort is quicker than counting.
const FEW: usize = 1 << 10;

pub fn digits<I: Item>() -> usize {
    I::Key::BITS.div_ceil(BITS) as usize
}

#[inline(always)]
fn digit<I: Item>(item: &I, digit: usize) -> usize {
    item.key().low(digit as u32 * BITS) % VALUES
}

/// Items that a share counts or moves before there is a place to pause: some 20 ms where they lie far apart in memory.
const PIECE: usize = 1 << 21;

/// How far a share is.
#[derive(Default)]
pub struct Run {
    /// Of each digit: how often each value occurs, then where the next item with it belongs. Empty where the share is too short.
    counts: Vec<[u32; VALUES]>,
    counted: usize,
    /// The digit at work, and its items that were moved.
    digit: usize,
    at: usize,
    /// The items are in the other place.
    pub moved: bool,
}

impl Run {
    /// Works on for a piece; whether the share is in order (in `spare` where it is `moved`).
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn advance<I: Item>(&mut self, items: &mut [I], spare: &mut [I]) -> Result<bool> {
        if items.len() < FEW {
            items.sort_by_key(Item::key);
            return Ok(true);
        }
        if self.counted < items.len() {
            self.count(items)?;
            return Ok(false);
        }
        // A digit that is the same everywhere orders nothing.
        while self.at == 0 && self.digit < digits::<I>() && self.counts[self.digit].contains(&(items.len() as u32)) {
            self.digit += 1;
        }
        let Some(starts) = self.counts.get_mut(self.digit) else {
            return Ok(true);
        };
        if self.at == 0 {
            let mut next = 0;
            for start in starts.iter_mut() {
                next += core::mem::replace(start, next);
            }
        }
        let end = items.len().min(self.at + PIECE);
        let (from, to) = if self.moved { (spare, items) } else { (items, spare) };
        scatter(&from[self.at..end], to, self.digit, starts);
        self.at = end;
        if end == from.len() {
            self.moved = !self.moved;
            self.digit += 1;
            self.at = 0;
        }
        Ok(self.digit == digits::<I>())
    }

    fn count<I: Item>(&mut self, items: &[I]) -> Result<()> {
        if self.counts.is_empty() {
            self.counts = alloc::filled(digits::<I>(), [0; VALUES])?;
        }
        let end = items.len().min(self.counted + PIECE);
        for item in &items[self.counted..end] {
            for (at, counts) in self.counts.iter_mut().enumerate() {
                counts[digit(item, at)] += 1;
            }
        }
        self.counted = end;
        Ok(())
    }

    /// Items that were counted or moved, and of how many.
    pub fn progress<I: Item>(&self, len: usize) -> (usize, usize) {
        (self.counted + self.digit * len + self.at, (1 + digits::<I>()) * len)
    }
}

fn scatter<I: Item>(from: &[I], to: &mut [I], at: usize, starts: &mut [u32; VALUES]) {
    for item in from {
        let start = &mut starts[digit(item, at)];
        to[*start as usize] = *item;
        *start += 1;
    }
}
