//! A bit per row, least significant first, in words of 64. Bits past the end are zero, always.

use crate::alloc;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    pub fn zeros(len: usize) -> Result<Self> {
        Ok(Self { words: alloc::filled(len.div_ceil(64), 0)?, len })
    }

    pub fn ones(len: usize) -> Result<Self> {
        let mut bitmap = Self { words: alloc::filled(len.div_ceil(64), u64::MAX)?, len };
        bitmap.clear_tail();
        Ok(bitmap)
    }

    /// Takes words as they are; what stands past `len` is cleared.
    pub fn from_words(words: Vec<u64>, len: usize) -> Self {
        debug_assert_eq!(words.len(), len.div_ceil(64));
        let mut bitmap = Self { words, len };
        bitmap.clear_tail();
        bitmap
    }

    /// `bit(i)` for every row, 64 at a time without a branch.
    pub fn from_fn(len: usize, mut bit: impl FnMut(usize) -> bool) -> Result<Self> {
        let mut words = alloc::room(len.div_ceil(64))?;
        for start in (0..len).step_by(64) {
            let mut word = 0u64;
            for i in start..len.min(start + 64) {
                word |= u64::from(bit(i)) << (i - start);
            }
            words.push(word);
        }
        Ok(Self { words, len })
    }

    fn clear_tail(&mut self) {
        let rest = self.len % 64;
        if rest != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << rest) - 1;
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn words(&self) -> &[u64] {
        &self.words
    }

    #[inline]
    pub fn get(&self, i: usize) -> bool {
        self.words[i / 64] >> (i % 64) & 1 != 0
    }

    #[inline]
    pub fn set(&mut self, i: usize, value: bool) {
        debug_assert!(i < self.len);
        let mask = 1u64 << (i % 64);
        if value { self.words[i / 64] |= mask } else { self.words[i / 64] &= !mask }
    }

    pub fn push(&mut self, value: bool) -> Result<()> {
        if self.len.is_multiple_of(64) {
            alloc::grow(&mut self.words, 1)?;
            self.words.push(0);
        }
        self.len += 1;
        self.set(self.len - 1, value);
        Ok(())
    }

    pub fn count_ones(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn all(&self) -> bool {
        self.count_ones() == self.len
    }

    /// The rows whose bit is set, ascending.
    pub fn ones_iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(w, &word)| {
            let mut rest = word;
            core::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                Some(w * 64 + bit)
            })
        })
    }

    /// Bit by bit `self AND other`.
    pub fn and(&self, other: &Self) -> Result<Self> {
        self.zip(other, |a, b| a & b)
    }

    /// Bit by bit `self OR other`.
    pub fn or(&self, other: &Self) -> Result<Self> {
        self.zip(other, |a, b| a | b)
    }

    /// Bit by bit `self AND NOT other`.
    pub fn and_not(&self, other: &Self) -> Result<Self> {
        self.zip(other, |a, b| a & !b)
    }

    pub fn not(&self) -> Result<Self> {
        self.zip(self, |a, _| !a)
    }

    fn zip(&self, other: &Self, op: impl Fn(u64, u64) -> u64) -> Result<Self> {
        debug_assert_eq!(self.len, other.len);
        let mut words = alloc::room(self.words.len())?;
        words.extend(self.words.iter().zip(&other.words).map(|(&a, &b)| op(a, b)));
        Ok(Self::from_words(words, self.len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_past_the_end_stay_zero() {
        for len in [0, 1, 63, 64, 65, 130] {
            let ones = Bitmap::ones(len).unwrap();
            assert_eq!(ones.count_ones(), len);
            assert_eq!(ones.not().unwrap().count_ones(), 0);
            assert_eq!(Bitmap::zeros(len).unwrap().not().unwrap(), ones);
            assert_eq!(ones.ones_iter().collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn pushed_and_set_bits_are_read_back() {
        let mut bits = Bitmap::default();
        for i in 0..200 {
            bits.push(i % 3 == 0).unwrap();
        }
        assert_eq!(bits, Bitmap::from_fn(200, |i| i % 3 == 0).unwrap());
        bits.set(1, true);
        bits.set(0, false);
        assert!(bits.get(1) && !bits.get(0));
    }
}
