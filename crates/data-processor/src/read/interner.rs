//! Distinct strings and their codes, made while a column is read.

use columnar::{Result, Strings, alloc};
use simd_kernels::tail::{TAIL, words};

/// Strings of which the dictionary's words are kept beside it: what is asked for again and again is found without its bytes.
const KEYED: usize = 1 << 16;

/// A hash whose highest bits are the best ones.
#[inline(always)]
fn mix(a: u64, b: u64) -> u32 {
    let both = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b;
    ((both ^ both >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93) >> 32) as u32
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    code: u32,
}

const EMPTY: Slot = Slot { hash: 0, code: u32::MAX };

/// Open addressing by the highest bits of the hashes, at most three quarters full.
#[derive(Debug, Default)]
pub(super) struct Interner {
    slots: Vec<Slot>,
    /// 32 less the bits of a place.
    shift: u32,
    strings: Strings,
    /// Of the first strings: their words where they are short, else 0, which no short string has.
    keys: Vec<[u64; 2]>,
}

/// The hash of a string; and its words where it is short: 1 to 16 bytes, of which the first is not 0, so that the words are the string.
fn key(text: &[u8]) -> (u32, [u64; 2]) {
    if (1..=TAIL).contains(&text.len()) && text[0] != 0 {
        let mut block = [0; TAIL];
        block[TAIL - text.len()..].copy_from_slice(text);
        let words = words(&block, TAIL);
        return (mix(words[0], words[1]), words);
    }
    let (blocks, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let hash = blocks.iter().chain([&last]).fold(text.len() as u64, |hash, block| {
        let both = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from_le_bytes(*block);
        both ^ both >> 29
    });
    (mix(hash, 0), [0; 2])
}

/// The strings that are known, as slices that a loop keeps in registers.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    slots: &'a [Slot],
    shift: u32,
    keys: &'a [[u64; 2]],
    strings: &'a Strings,
}

impl Known<'_> {
    /// The code of the string that the last `len` (1 to 16) bytes of the block are, if it is known and does not begin with a 0.
    #[inline(always)]
    pub fn find_short(self, block: &[u8; TAIL], len: usize) -> Option<u32> {
        let wanted = words(block, len);
        // Zeros in front would make it the words of another string.
        if block[(TAIL - len) & 15] == 0 {
            return None;
        }
        self.seek(mix(wanted[0], wanted[1]), |code| match self.keys.get(code) {
            Some(key) => (key[0] ^ wanted[0]) | (key[1] ^ wanted[1]) == 0,
            None => self.strings.get(code) == &block[TAIL - len..],
        })
    }

    #[inline(always)]
    fn seek(self, hash: u32, is: impl Fn(usize) -> bool) -> Option<u32> {
        let mut at = (hash >> self.shift) as usize;
        loop {
            let slot = *self.slots.get(at)?;
            if slot.code == u32::MAX {
                return None;
            }
            if slot.hash == hash && is(slot.code as usize) {
                return Some(slot.code);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

impl Interner {
    pub fn len(&self) -> usize {
        self.strings.len()
    }

    pub fn into_strings(self) -> Strings {
        self.strings
    }

    /// For looking up many strings.
    #[inline(always)]
    pub fn known(&self) -> Known<'_> {
        Known { slots: &self.slots, shift: self.shift, keys: &self.keys, strings: &self.strings }
    }

    /// The code of a string that is known.
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        self.known().seek(key(text).0, |code| self.strings.get(code) == text)
    }

    /// Adds a string that `find` did not find.
    pub fn add(&mut self, text: &[u8]) -> Result<u32> {
        if self.strings.len() * 4 >= self.slots.len() * 3 {
            self.grow()?;
        }
        let code = self.strings.len();
        self.strings.push(text)?;
        let (hash, words) = key(text);
        if code < KEYED {
            alloc::grow(&mut self.keys, 1)?;
            self.keys.push(words);
        }
        self.put(Slot { hash, code: code as u32 });
        Ok(code as u32)
    }

    fn put(&mut self, slot: Slot) {
        let mut at = (slot.hash >> self.shift) as usize;
        while self.slots[at].code != u32::MAX {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> Result<()> {
        let size = (self.slots.len() * 2).max(64);
        let before = std::mem::replace(&mut self.slots, alloc::filled(size, EMPTY)?);
        self.shift = 32 - size.trailing_zeros();
        for slot in before {
            if slot.code != u32::MAX {
                self.put(slot);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_gets_one_code_and_is_found_again() {
        let mut interner = Interner::default();
        // Lengths 0 to 40, with bytes that differ in one place alone, zero bytes among them.
        let mut all: Vec<Vec<u8>> = vec![vec![]];
        for len in 1..40usize {
            for place in 0..len {
                for byte in [0, 1, 255] {
                    let mut text = vec![7; len];
                    text[place] = byte;
                    all.push(text);
                }
            }
        }
        for (i, text) in all.iter().enumerate() {
            assert_eq!(interner.find(text), None, "{text:?}");
            assert_eq!(interner.add(text).unwrap() as usize, i);
        }
        for (i, text) in all.iter().enumerate() {
            assert_eq!(interner.find(text), Some(i as u32), "{text:?}");
        }
        assert_eq!(interner.len(), all.len());
        // The same, as they stand at the end of 16 bytes after something else.
        for (i, text) in all.iter().enumerate().filter(|(_, text)| (1..=TAIL).contains(&text.len()) && text[0] != 0) {
            let mut block = [9; TAIL];
            block[TAIL - text.len()..].copy_from_slice(text);
            assert_eq!(interner.known().find_short(&block, text.len()), Some(i as u32), "{text:?}");
            block[TAIL - 1] ^= 64;
            assert_eq!(interner.known().find_short(&block, text.len()), None, "{text:?}");
        }
    }

    #[test]
    fn many_strings_are_found_in_few_steps() {
        let mut interner = Interner::default();
        let name = |i: usize| format!("id{i:010}").into_bytes();
        for i in 0..KEYED + 1000 {
            assert_eq!(interner.add(&name(i)).unwrap() as usize, i);
        }
        let mut steps = 0;
        for i in 0..KEYED + 1000 {
            let mut block = [0; TAIL];
            block[4..].copy_from_slice(&name(i));
            assert_eq!(interner.known().find_short(&block, 12), Some(i as u32));
            assert_eq!(interner.find(&name(i)), Some(i as u32));
            let home = (key(&name(i)).0 >> interner.shift) as usize;
            let at = interner
                .slots
                .iter()
                .enumerate()
                .skip(home)
                .find(|(_, slot)| slot.code == i as u32)
                .map_or(interner.slots.len(), |(at, _)| at);
            steps += at - home;
        }
        assert!(steps < 3 * interner.len(), "{steps} steps for {} strings", interner.len());
    }
}
