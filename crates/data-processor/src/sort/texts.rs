//! Some bytes of texts as keys.

use columnar::{Result, alloc};

use super::fields::Texts;

/// The bytes of a level: those after what all rows share.
pub(super) struct Chunk<'a> {
    texts: Texts<'a>,
    descending: bool,
    from: usize,
    bytes: u32,
}

/// Holds counts of 0 to 7, for up to 6 bytes.
const COUNT_BITS: u32 = 3;
/// More bytes are more passes of the radix sort.
const MOST: u32 = 5;

impl<'a> Chunk<'a> {
    /// For keys of up to `room` bits; the texts agree in `known` bytes. `None` where they are all the same.
    pub(super) fn of(texts: Texts<'a>, descending: bool, rows: &[u32], known: usize, room: u32) -> Option<Self> {
        let bytes = ((room - COUNT_BITS) / 8).min(MOST);
        shared(texts, rows, known).map(|from| Self { texts, descending, from, bytes })
    }

    pub(super) fn bits(&self) -> u32 {
        self.bytes * 8 + COUNT_BITS
    }

    fn flip(&self) -> u64 {
        if self.descending { (1 << self.bits()) - 1 } else { 0 }
    }

    /// A word per row: the bytes, zeros where the text ends, then how many there were, one more than fit where it goes on. So `ab`
    /// comes before `ab\0`, and a key says whether it is the whole text. The lowest `place_bits` hold the place among the rows.
    pub(super) fn keys(&self, rows: &[u32], place_bits: u32) -> Result<Vec<u64>> {
        let flip = self.flip();
        let mut keys = alloc::room(rows.len())?;
        let key = |row: u32| key(&self.texts.get(row as usize)[self.from..], self.bytes) ^ flip;
        keys.extend(rows.iter().enumerate().map(|(i, &row)| key(row) << place_bits | i as u64));
        Ok(keys)
    }

    /// How many bytes rows of this key agree in; `None` where that is all of them.
    pub(super) fn used_after(&self, key: u64) -> Option<u32> {
        let count = (key ^ self.flip()) as u32 & ((1 << COUNT_BITS) - 1);
        (count > self.bytes).then(|| self.from as u32 + self.bytes)
    }
}

#[inline]
fn key(text: &[u8], bytes: u32) -> u64 {
    let count = text.len().min(bytes as usize + 1);
    let word = match text.first_chunk::<8>() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => text.iter().rev().fold(0, |word, &byte| word >> 8 | u64::from(byte) << 56),
    };
    (word >> (64 - 8 * bytes)) << COUNT_BITS | count as u64
}

/// How many bytes all texts share, of which `known` are known; `None` where the texts are the same.
fn shared(texts: Texts, rows: &[u32], known: usize) -> Option<usize> {
    let first = texts.get(rows[0] as usize);
    let (mut shared, mut same) = (first.len(), true);
    for &row in rows {
        let text = texts.get(row as usize);
        same &= text.len() == first.len();
        if !text[known..].starts_with(&first[known..shared]) {
            same = false;
            shared = known + text[known..].iter().zip(&first[known..shared]).take_while(|(a, b)| a == b).count();
        }
        if shared == known && !same {
            break;
        }
    }
    (!same).then_some(shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_orders_as_the_texts_do_and_tells_whether_it_is_whole() {
        let texts: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"a", b"ab", b"ab\0", b"abcdefgh", b"b"];
        for bytes in [1, 3, 5, 6] {
            for (a, b) in texts.iter().zip(&texts[1..]) {
                assert!(key(a, bytes) <= key(b, bytes), "{a:?} {b:?} {bytes}");
                let whole = a.len().max(b.len()) <= bytes as usize;
                assert!(!whole || key(a, bytes) < key(b, bytes), "{a:?} {b:?} {bytes}");
            }
        }
    }
}
