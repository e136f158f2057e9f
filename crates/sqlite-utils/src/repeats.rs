//! Texts that a column had a short while ago. Most text columns repeat a few values (a city, a state, a kind), and a string that JavaScript has made already
//! costs neither decoding nor memory. A table of the last texts by hash for each column; a column whose texts do not repeat is left alone.

use std::collections::TryReserveError;

const SLOTS: usize = 512;
/// Longer texts seldom repeat, and cost more to compare.
const LONGEST: usize = 64;
/// Rows of a batch before anything is looked up: small results gain nothing.
const FIRST_ROW: u32 = 16;
/// After so many texts a column must have found one in `WORTH`, or it is left alone for this result.
const TRIAL: u32 = 256;
const WORTH: u32 = 8;

#[derive(Default)]
pub(crate) struct Repeats {
    columns: Vec<Column>,
    /// Number of the batch, so that a slot of an earlier one is no find.
    batch: u32,
    /// Row of the batch that is being packed.
    pub(crate) row: u32,
}

#[derive(Default)]
struct Column {
    slots: Vec<Slot>,
    asked: u32,
    found: u32,
    is_left_alone: bool,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    batch: u32,
    hash: u32,
    row: u32,
    offset: u32,
    length: u32,
}

impl Repeats {
    pub(crate) fn next_batch(&mut self) {
        self.row = 0;
        // Once in 2^32 batches an old slot would look new.
        self.batch = self.batch.wrapping_add(1).max(1);
    }

    pub(crate) fn forget(&mut self) {
        for column in &mut self.columns {
            (column.asked, column.found, column.is_left_alone) = (0, 0, false);
        }
    }

    pub(crate) fn looks(&self) -> bool {
        self.row >= FIRST_ROW
    }

    /// The hash of a text that is worth looking for.
    pub(crate) fn place(&mut self, at: usize, text: &[u8]) -> Result<Option<u32>, TryReserveError> {
        if text.is_empty() || text.len() > LONGEST {
            return Ok(None);
        }
        if at >= self.columns.len() {
            self.columns.try_reserve(at + 1 - self.columns.len())?;
            self.columns.resize_with(at + 1, Column::default);
        }
        let column = &mut self.columns[at];
        if column.is_left_alone {
            return Ok(None);
        }
        if column.slots.is_empty() {
            column.slots.try_reserve_exact(SLOTS)?;
            column.slots.resize(SLOTS, Slot::default());
        }
        if column.asked == TRIAL {
            column.is_left_alone = column.found * WORTH < column.asked;
            (column.asked, column.found) = (0, 0);
        }
        column.asked += 1;
        Ok(Some(hash(text)))
    }

    /// The row that has this text; `texts` is what the slots point into.
    pub(crate) fn find(&mut self, at: usize, hash: u32, texts: &[u8], text: &[u8]) -> Option<u32> {
        let column = &mut self.columns[at];
        let slot = column.slots[hash as usize % SLOTS];
        if slot.batch != self.batch || slot.hash != hash || slot.length as usize != text.len() {
            return None;
        }
        let from = slot.offset as usize;
        if texts.get(from..from + text.len()) != Some(text) {
            return None;
        }
        column.found += 1;
        Some(slot.row)
    }

    pub(crate) fn keep(&mut self, at: usize, hash: u32, (offset, length): (usize, usize)) {
        let (batch, row) = (self.batch, self.row);
        self.columns[at].slots[hash as usize % SLOTS] = Slot { batch, hash, row, offset: offset as u32, length: length as u32 };
    }
}

/// Of the first, the last and the middle eight bytes: all of a text of up to 24. Equality is decided by the bytes.
fn hash(text: &[u8]) -> u32 {
    let word = |from: usize| text[from..].first_chunk().map_or(0, |&bytes| u64::from_le_bytes(bytes));
    let n = text.len();
    let mixed = if n >= 8 {
        word(0) ^ word(n - 8).rotate_left(21) ^ word((n - 8) / 2).rotate_left(43)
    } else {
        text.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    };
    let mixed = (mixed ^ n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(repeats: &mut Repeats, texts: &mut Vec<u8>, text: &str) -> Option<u32> {
        let hash = repeats.place(0, text.as_bytes()).unwrap()?;
        let found = repeats.find(0, hash, texts, text.as_bytes());
        if found.is_none() {
            let offset = texts.len();
            texts.extend_from_slice(text.as_bytes());
            repeats.keep(0, hash, (offset, text.len()));
        }
        repeats.row += 1;
        found
    }

    #[test]
    fn a_text_is_found_in_its_batch_alone() {
        let (mut repeats, mut texts) = (Repeats::default(), Vec::new());
        repeats.next_batch();
        for text in ["Oslo", "Wien", "a text of more than twenty-four bytes", "Łódź"] {
            assert_eq!(seen(&mut repeats, &mut texts, text), None, "{text}");
        }
        assert_eq!(seen(&mut repeats, &mut texts, "Wien"), Some(1));
        assert_eq!(seen(&mut repeats, &mut texts, "Łódź"), Some(3));
        assert_eq!(seen(&mut repeats, &mut texts, "Wier"), None);
        repeats.next_batch();
        texts.clear();
        assert_eq!(seen(&mut repeats, &mut texts, "Wien"), None);
    }

    #[test]
    fn a_column_without_repetition_is_left_alone_until_the_next_result() {
        let (mut repeats, mut texts) = (Repeats::default(), Vec::new());
        repeats.next_batch();
        for i in 0..TRIAL + 1 {
            seen(&mut repeats, &mut texts, &format!("text {i}"));
        }
        assert!(repeats.place(0, b"text 1").unwrap().is_none());
        repeats.forget();
        assert!(repeats.place(0, b"text 1").unwrap().is_some());
    }
}
