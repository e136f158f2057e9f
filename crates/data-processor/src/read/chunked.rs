//! Values that come row by row, kept in chunks: a table that is read never needs its columns twice.

use std::vec;

use columnar::{Bitmap, Result, alloc};

/// Rows of a chunk.
pub(super) const CHUNK: usize = 1 << 16;

/// A growing list whose parts never move once they are full.
#[derive(Debug)]
pub(super) struct Chunked<T> {
    full: Vec<Vec<T>>,
    /// Values of the full parts.
    before: usize,
    last: Vec<T>,
}

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Self { full: Vec::new(), before: 0, last: Vec::new() }
    }
}

impl<T: Copy> Chunked<T> {
    pub fn len(&self) -> usize {
        self.before + self.last.len()
    }

    #[inline(always)]
    pub fn push(&mut self, value: T) -> Result<()> {
        if self.last.len() == self.last.capacity() {
            self.make_room()?;
        }
        self.last.push(value);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self) -> Result<()> {
        let len = self.last.len();
        if len < CHUNK {
            // The first chunk grows as a small table needs; later ones are made whole.
            let target = if self.full.is_empty() { (len * 8).clamp(64, CHUNK) } else { CHUNK };
            self.last.try_reserve_exact(target - len).map_err(|_| columnar::Error::out_of_memory())?;
            if self.last.capacity() > len {
                return Ok(());
            }
        }
        alloc::grow(&mut self.full, 1)?;
        self.before += len;
        self.full.push(std::mem::replace(&mut self.last, alloc::room(CHUNK)?));
        Ok(())
    }

    /// Up to `rows` further values, 0 at first, one after the other in memory; at least one.
    #[inline(always)]
    pub fn open(&mut self, rows: usize) -> Result<&mut [T]>
    where
        T: Default,
    {
        if self.last.len() == self.last.capacity() {
            self.make_room()?;
        }
        let len = self.last.len();
        self.last.resize((len + rows).min(self.last.capacity()), T::default());
        Ok(&mut self.last[len..])
    }

    /// Takes back the last of what was opened.
    #[inline(always)]
    pub fn close(&mut self, rows: usize) {
        self.last.truncate(self.last.len() - rows);
    }

    /// So many values are expected: where there is room for them, they need no chunks and are joined where they stand.
    pub fn expect(&mut self, values: usize) {
        if self.full.is_empty() && values > self.last.capacity() {
            // Without that room, chunks do.
            let _ = self.last.try_reserve_exact(values - self.last.len());
        }
    }

    pub fn push_times(&mut self, value: T, times: usize) -> Result<()> {
        for _ in 0..times {
            self.push(value)?;
        }
        Ok(())
    }

    /// Every value as another; each chunk is let go as soon as it was read.
    pub fn map<U: Copy>(self, mut turn: impl FnMut(T) -> U) -> Result<Chunked<U>> {
        let mut out = Chunked::default();
        for value in self {
            out.push(turn(value))?;
        }
        Ok(out)
    }

    /// One vector of all.
    pub fn join(self) -> Result<Vec<T>> {
        if self.full.is_empty() {
            // A column of one chunk keeps its vector, without the room it did not need.
            let mut last = self.last;
            last.shrink_to_fit();
            return Ok(last);
        }
        let mut all = alloc::room(self.len())?;
        for chunk in self.full {
            all.extend_from_slice(&chunk);
        }
        all.extend_from_slice(&self.last);
        Ok(all)
    }
}

impl<T> IntoIterator for Chunked<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::iter::Flatten<vec::IntoIter<Vec<T>>>, vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.full.into_iter().flatten().chain(self.last)
    }
}

/// Which rows hold a value. Nothing is kept until the first null.
#[derive(Debug, Default)]
pub(super) struct Validity {
    words: Vec<u64>,
    /// Rows that the words tell of; rows past it are valid.
    told: usize,
    any: bool,
}

impl Validity {
    /// Row `row`, which comes after all that were told, is null.
    pub fn null(&mut self, row: usize) -> Result<()> {
        self.reach(row + 1)?;
        self.words[row / 64] &= !(1 << (row % 64));
        self.any = true;
        Ok(())
    }

    fn reach(&mut self, rows: usize) -> Result<()> {
        let words = rows.div_ceil(64);
        if words > self.words.len() {
            let more = words - self.words.len();
            alloc::grow(&mut self.words, more)?;
            self.words.resize(words, u64::MAX);
        }
        self.told = rows;
        Ok(())
    }

    pub fn is_null(&self, row: usize) -> bool {
        row < self.told && self.words[row / 64] >> (row % 64) & 1 == 0
    }

    pub fn finish(mut self, rows: usize) -> Result<Option<Bitmap>> {
        if !self.any {
            return Ok(None);
        }
        self.reach(rows)?;
        Ok(Some(Bitmap::from_words(self.words, rows)))
    }
}
