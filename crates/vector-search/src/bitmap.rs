//! Sets of slots as bits: bit `i % 32` of word `i / 32`.

use error_code::{Error, Result};

#[inline(always)]
pub fn contains(words: &[u32], slot: usize) -> bool {
    words.get(slot / 32).is_some_and(|w| w >> (slot % 32) & 1 == 1)
}

/// Calls `each` for every member, ascending.
#[inline(always)]
pub fn for_each(words: &[u32], mut each: impl FnMut(usize)) {
    for (i, &word) in words.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            each(32 * i + rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }
}

/// The slots that live.
#[derive(Default)]
pub struct Live {
    words: Vec<u32>,
    count: usize,
}

impl Live {
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn contains(&self, slot: usize) -> bool {
        contains(&self.words, slot)
    }

    /// Room for slots below `slots`.
    pub fn try_reserve(&mut self, slots: usize) -> Result<()> {
        let more = slots.div_ceil(32).saturating_sub(self.words.len());
        self.words.try_reserve(more).map_err(|_| Error::out_of_memory())
    }

    /// Adds a slot for which room was made.
    pub fn insert(&mut self, slot: usize) {
        if slot / 32 >= self.words.len() {
            self.words.resize(slot / 32 + 1, 0);
        }
        self.count += usize::from(!self.contains(slot));
        self.words[slot / 32] |= 1 << (slot % 32);
    }

    /// True when the slot was there.
    pub fn remove(&mut self, slot: usize) -> bool {
        let there = self.contains(slot);
        if there {
            self.words[slot / 32] &= !(1 << (slot % 32));
            self.count -= 1;
        }
        there
    }

    /// Exactly the slots `0..count` live.
    pub fn reset(&mut self, count: usize) {
        self.words.clear();
        self.count = 0;
        for slot in 0..count {
            self.insert(slot);
        }
    }
}
