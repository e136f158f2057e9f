//! Reads what js/src/services/data/wasm/plan-writer.ts wrote: words of 32 bits, doubles, and texts behind their length in bytes.

use columnar::{Error, ErrorCode, Result};

pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(len).ok_or_else(short)?;
        self.bytes = rest;
        Ok(head)
    }

    pub fn u32(&mut self) -> Result<u32> {
        let (head, rest) = self.bytes.split_first_chunk().ok_or_else(short)?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*head))
    }

    pub fn index(&mut self) -> Result<usize> {
        Ok(self.u32()? as usize)
    }

    pub fn bool(&mut self) -> Result<bool> {
        Ok(self.u32()? != 0)
    }

    pub fn f64(&mut self) -> Result<f64> {
        let (head, rest) = self.bytes.split_first_chunk().ok_or_else(short)?;
        self.bytes = rest;
        Ok(f64::from_le_bytes(*head))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let len = self.index()?;
        self.take(len)
    }

    pub fn text(&mut self) -> Result<&'a str> {
        str::from_utf8(self.bytes()?).map_err(|_| Error::new(ErrorCode::Corrupt, "a text of the plan is not UTF-8"))
    }

    /// `count` items behind their number.
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.index()?;
        if count > self.bytes.len() {
            return Err(short()); // an item takes a byte at least
        }
        (0..count).map(|_| item(self)).collect()
    }
}

fn short() -> Error {
    Error::new(ErrorCode::Corrupt, "the plan is cut short")
}
