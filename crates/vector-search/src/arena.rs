//! Rows in chunks: nothing moves when a collection grows, and a refusal of memory comes before anything has changed.

use error_code::{Error, Result};

/// `width` values per row, `1 << shift` rows per chunk. Growth takes whole chunks (the first one doubles, so that a small
/// collection stays small): no doubling of large buffers, whose old copies wasm memory could never give back.
pub struct Arena<T> {
    width: usize,
    shift: u32,
    rows: usize,
    chunks: Vec<Vec<T>>,
}

/// Rows the first chunk starts with.
const FIRST_ROWS: usize = 64;

impl<T: Copy + Default> Arena<T> {
    pub fn new(width: usize, shift: u32) -> Self {
        Self { width, shift, rows: 0, chunks: Vec::new() }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Makes room for `more` rows; the pushes that follow cannot fail.
    pub fn try_reserve(&mut self, more: usize) -> Result<()> {
        let full = 1usize << self.shift;
        let total = self.rows + more;
        let before = self.chunks.len();
        let wanted = total.div_ceil(full);
        let grown = self.try_grow(total, wanted, full);
        if grown.is_err() {
            self.chunks.truncate(before);
        }
        grown
    }

    fn try_grow(&mut self, total: usize, wanted: usize, full: usize) -> Result<()> {
        let no_memory = |_| Error::out_of_memory();
        self.chunks.try_reserve(wanted.saturating_sub(self.chunks.len())).map_err(no_memory)?;
        for c in self.rows >> self.shift..wanted {
            if c == self.chunks.len() {
                self.chunks.push(Vec::new());
            }
            let needed = (total - c * full).min(full);
            let capacity = if c == 0 { needed.next_power_of_two().max(FIRST_ROWS).min(full) } else { full };
            let chunk = &mut self.chunks[c];
            if chunk.capacity() < needed * self.width {
                chunk.try_reserve_exact(capacity * self.width - chunk.len()).map_err(no_memory)?;
            }
        }
        Ok(())
    }

    /// Appends a row of default values, for which `try_reserve` has made room.
    pub fn push(&mut self) -> &mut [T] {
        let chunk = &mut self.chunks[self.rows >> self.shift];
        let start = chunk.len();
        chunk.resize(start + self.width, T::default());
        self.rows += 1;
        &mut chunk[start..]
    }

    /// Appends a copy of a row, for which `try_reserve` has made room.
    pub fn push_row(&mut self, row: &[T]) {
        assert!(row.len() == self.width);
        self.chunks[self.rows >> self.shift].extend_from_slice(row);
        self.rows += 1;
    }

    fn place(&self, row: usize) -> (usize, core::ops::Range<usize>) {
        let start = (row & ((1 << self.shift) - 1)) * self.width;
        (row >> self.shift, start..start + self.width)
    }

    pub fn row(&self, row: usize) -> &[T] {
        let (chunk, range) = self.place(row);
        &self.chunks[chunk][range]
    }

    pub fn row_mut(&mut self, row: usize) -> &mut [T] {
        let (chunk, range) = self.place(row);
        &mut self.chunks[chunk][range]
    }

    /// The values of chunk `c`: its rows one after the other.
    pub fn chunk(&self, c: usize) -> &[T] {
        &self.chunks[c]
    }

    pub fn rows_per_chunk(&self) -> usize {
        1 << self.shift
    }

    /// `count` rows from `first` on, all in one chunk.
    pub fn run(&self, first: usize, count: usize) -> &[T] {
        let start = (first & ((1 << self.shift) - 1)) * self.width;
        &self.chunks[first >> self.shift][start..start + count * self.width]
    }

    /// Drops rows from the end, and the chunks that become empty.
    pub fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        self.chunks.truncate(self.rows.div_ceil(1 << self.shift));
        let last = self.rows.saturating_sub(self.chunks.len().saturating_sub(1) << self.shift) * self.width;
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.truncate(last);
        }
    }

    /// Copies row `from` over row `to`.
    pub fn move_row(&mut self, from: usize, to: usize) {
        let (source, range) = self.place(from);
        let (target, place) = self.place(to);
        if source == target {
            self.chunks[source].copy_within(range, place.start);
        } else {
            let (low, high) = self.chunks.split_at_mut(source.max(target));
            let (from, to) = if source > target { (&high[0], &mut low[target]) } else { (&low[source], &mut high[0]) };
            to[place].copy_from_slice(&from[range]);
        }
    }

    /// Bytes held, spare room included.
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(|c| c.capacity() * size_of::<T>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_growth_moves_and_truncation() {
        let mut arena = Arena::<u32>::new(3, 4);
        for i in 0..100u32 {
            arena.try_reserve(1).unwrap();
            arena.push_row(&[i, i + 1, i + 2]);
        }
        for i in 0..100 {
            assert_eq!(arena.row(i as usize), [i, i + 1, i + 2]);
        }
        arena.move_row(99, 2);
        arena.move_row(5, 3);
        assert_eq!((arena.row(2)[0], arena.row(3)[0]), (99, 5));
        arena.truncate(17);
        assert_eq!((arena.rows(), arena.row(16)[0], arena.chunk(1).len()), (17, 16, 3));
        arena.truncate(0);
        assert_eq!((arena.rows(), arena.bytes()), (0, 0));
        arena.try_reserve(2).unwrap();
        arena.push()[1] = 7;
        assert_eq!(arena.row(0), [0, 7, 0]);
    }

    #[test]
    fn a_refused_reservation_changes_nothing() {
        let mut arena = Arena::<u64>::new(1 << 20, 4);
        assert_eq!(arena.try_reserve(usize::MAX >> 8).unwrap_err(), Error::out_of_memory());
        assert_eq!((arena.rows(), arena.bytes()), (0, 0));
    }
}
