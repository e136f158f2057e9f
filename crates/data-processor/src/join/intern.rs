//! Values numbered in order of first appearance: open addressing, at most half full.

use columnar::{Result, Strings, alloc};

/// No number: a value that is not there, a row that matches nothing.
pub(crate) const NONE: u32 = u32::MAX;

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 32).wrapping_mul(ODD);
    word ^ word >> 29
}

/// Slots for `values` different values: a power of two, at least twice as many.
fn slots_for(values: usize) -> usize {
    (values.max(4) * 2).next_power_of_two()
}

/// Whole words.
pub(crate) struct Words {
    /// The value and its number plus one; 0: free.
    slots: Vec<(u64, u32)>,
    count: u32,
}

impl Words {
    pub(crate) fn with_room(values: usize) -> Result<Self> {
        Ok(Self { slots: alloc::filled(slots_for(values), (0, 0))?, count: 0 })
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The slot that holds `word`, or the free one where it belongs.
    #[inline]
    fn slot(&self, word: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = mix(word) as usize & mask;
        while self.slots[at].1 != 0 && self.slots[at].0 != word {
            at = (at + 1) & mask;
        }
        at
    }

    /// The number of `word`, a new one where it is new. There must be room.
    #[inline]
    pub(crate) fn add(&mut self, word: u64) -> u32 {
        let at = self.slot(word);
        if self.slots[at].1 == 0 {
            self.count += 1;
            self.slots[at] = (word, self.count);
        }
        self.slots[at].1 - 1
    }

    /// The number of `word`, [`NONE`] where it was never added.
    #[inline]
    pub(crate) fn find(&self, word: u64) -> u32 {
        self.slots[self.slot(word)].1.wrapping_sub(1)
    }
}

/// Strings of a list; the list itself keeps the bytes.
pub(crate) struct Texts<'a> {
    strings: &'a Strings,
    /// The upper half of the hash, and the string's place in the list plus one; 0: free.
    slots: Vec<(u32, u32)>,
}

impl<'a> Texts<'a> {
    /// Room for every string of `strings`.
    pub(crate) fn with_room(strings: &'a Strings) -> Result<Self> {
        Ok(Self { strings, slots: alloc::filled(slots_for(strings.len()), (0, 0))? })
    }

    #[inline]
    fn slot(&self, text: &[u8]) -> (usize, u32) {
        let hash = hash(text);
        let (mask, tag) = (self.slots.len() - 1, (hash >> 32) as u32);
        let mut at = hash as usize & mask;
        loop {
            let (other, place) = self.slots[at];
            if place == 0 || other == tag && self.strings.get(place as usize - 1) == text {
                return (at, tag);
            }
            at = (at + 1) & mask;
        }
    }

    /// The place of the first string that equals string `place`, which is `place` itself where it is the first.
    pub(crate) fn add(&mut self, place: usize) -> u32 {
        let (at, tag) = self.slot(self.strings.get(place));
        if self.slots[at].1 == 0 {
            self.slots[at] = (tag, place as u32 + 1);
        }
        self.slots[at].1 - 1
    }

    /// The place of the first string that equals `text`, [`NONE`] where there is none.
    pub(crate) fn find(&self, text: &[u8]) -> u32 {
        self.slots[self.slot(text).0].1.wrapping_sub(1)
    }
}

/// Eight bytes at a time, the last ones overlapping.
fn hash(text: &[u8]) -> u64 {
    let mut hash = (text.len() as u64).wrapping_mul(ODD);
    let mut rest = text;
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        hash = (hash ^ u64::from_le_bytes(*chunk)).wrapping_mul(ODD);
        hash ^= hash >> 32;
        rest = after;
    }
    if !rest.is_empty() {
        let last = match text.last_chunk::<8>() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        hash = (hash ^ last).wrapping_mul(ODD);
    }
    mix(hash)
}
