//! Strings one after the other: `offsets[i]..offsets[i + 1]` of `bytes` is string `i`.
//!
//! The bytes are UTF-8, except that a lone surrogate of a JavaScript string keeps its three bytes (WTF-8): nothing is lost on the
//! way in and out. Comparing bytes is comparing code points, which is the order of strings everywhere in this package.

use crate::alloc;
use crate::error::{Error, ErrorCode, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    offsets: Vec<u32>,
    bytes: Vec<u8>,
}

impl Default for Strings {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new() }
    }
}

impl Strings {
    /// Room for `strings` strings of `bytes` bytes in all.
    pub fn with_room(strings: usize, bytes: usize) -> Result<Self> {
        let mut offsets = alloc::room(strings + 1)?;
        offsets.push(0);
        Ok(Self { offsets, bytes: alloc::room(bytes)? })
    }

    /// Offsets must begin at 0, never fall and end at the number of bytes.
    pub fn from_parts(offsets: Vec<u32>, bytes: Vec<u8>) -> Result<Self> {
        let ok = offsets.first() == Some(&0) && offsets.last().is_some_and(|&end| end as usize == bytes.len()) && offsets.is_sorted();
        if ok {
            Ok(Self { offsets, bytes })
        } else {
            Err(Error::new(ErrorCode::Corrupt, "the offsets of a string column do not fit its bytes"))
        }
    }

    pub fn from_strs<S: AsRef<[u8]>>(values: &[S]) -> Result<Self> {
        let mut strings = Self::with_room(values.len(), values.iter().map(|v| v.as_ref().len()).sum())?;
        for value in values {
            strings.push(value.as_ref())?;
        }
        Ok(strings)
    }

    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub fn get(&self, i: usize) -> &[u8] {
        &self.bytes[self.offsets[i] as usize..self.offsets[i + 1] as usize]
    }

    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> + '_ {
        self.offsets.windows(2).map(|pair| &self.bytes[pair[0] as usize..pair[1] as usize])
    }

    /// Adds one string.
    ///
    /// # Errors
    /// TOO_LARGE past 2 GiB of text (Arrow's 32-bit offsets are signed), OUT_OF_MEMORY.
    pub fn push(&mut self, value: &[u8]) -> Result<()> {
        let end = i32::try_from(self.bytes.len() + value.len())
            .map_err(|_| Error::new(ErrorCode::TooLarge, "a string column holds at most 2 GiB of text: split the table"))?
            .cast_unsigned();
        alloc::grow(&mut self.bytes, value.len())?;
        alloc::grow(&mut self.offsets, 1)?;
        self.bytes.extend_from_slice(value);
        self.offsets.push(end);
        Ok(())
    }
}
