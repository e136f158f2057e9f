//! Strings whose number and bytes are known beforehand, written one after the other.

use columnar::{Error, ErrorCode, Result, Strings, alloc};

/// A copy of a length known when compiled is one load and one store; one of any length is a call. So short strings are copied
/// whole blocks at a time, past their end, and the next one writes over what was too much.
const BLOCK: usize = 16;
/// Blocks up to which that is less than a call.
const FEW: usize = 4;

pub(crate) struct Writer {
    offsets: Vec<u32>,
    bytes: Vec<u8>,
    at: usize,
}

impl Writer {
    /// Room for `strings` strings of `bytes` bytes in all.
    ///
    /// # Errors
    /// TOO_LARGE past 2 GiB of text (Arrow's 32-bit offsets are signed), OUT_OF_MEMORY.
    pub(crate) fn new(strings: usize, bytes: u64) -> Result<Self> {
        let bytes = i32::try_from(bytes)
            .map_err(|_| Error::new(ErrorCode::TooLarge, "a text column holds at most 2 GiB of text: split the table"))?;
        let mut offsets = alloc::room(strings + 1)?;
        offsets.push(0);
        Ok(Self { offsets, bytes: alloc::filled(bytes as usize + BLOCK, 0)?, at: 0 })
    }

    /// Adds `source[start..end]` as a string of its own.
    #[inline]
    pub(crate) fn push(&mut self, source: &[u8], start: usize, end: usize) {
        self.copy(source, start, end);
        self.offsets.push(self.at as u32);
    }

    #[inline]
    fn copy(&mut self, source: &[u8], start: usize, end: usize) {
        let len = end - start;
        let (from, to) = (source.get(start..), self.bytes.get_mut(self.at..));
        if len <= FEW * BLOCK
            && let (Some(from), Some(to)) = (from, to)
        {
            let blocks = len.div_ceil(BLOCK);
            let (from, to) = (from.chunks_exact(BLOCK), to.chunks_exact_mut(BLOCK));
            if from.len() >= blocks && to.len() >= blocks {
                from.zip(to).take(blocks).for_each(|(from, to)| to.copy_from_slice(from));
                self.at += len;
                return;
            }
        }
        self.bytes[self.at..self.at + len].copy_from_slice(&source[start..end]);
        self.at += len;
    }

    /// Adds all strings between offsets `source[0]` and its last, whose bytes stand together.
    pub(crate) fn push_run(&mut self, source: &[u32], bytes: &[u8]) {
        let (Some(&first), Some(&last)) = (source.first(), source.last()) else { return };
        let shift = (self.at as u32).wrapping_sub(first);
        self.offsets.extend(source[1..].iter().map(|&offset| offset.wrapping_add(shift)));
        self.copy(bytes, first as usize, last as usize);
    }

    pub(crate) fn finish(mut self) -> Result<Strings> {
        self.bytes.truncate(self.at);
        Strings::from_parts(self.offsets, self.bytes)
    }
}
