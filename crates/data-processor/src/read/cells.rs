//! A batch of one column's cells, as places in the bytes of the text.

use simd_kernels::tail::TAIL;

/// Where a cell stands (of strings without their quotes) and what it is. Places are below 2^29: the three highest bits of `end` hold the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

const KIND: u32 = 29;

/// Kinds of CSV (those of JSON are in json_text.rs). A bare cell without bytes is null, as 0 is in JSON.
pub(super) const BARE: u32 = 0;
/// A pair of quotes with nothing in it.
pub(super) const EMPTY_TEXT: u32 = 1;
/// It holds doubled quotes.
pub(super) const DOUBLED: u32 = 2;
/// Its bytes are its text, which may be one that is null.
const SUSPECT: u32 = 3;

impl Span {
    pub const NULL: Self = Self { start: 0, end: 0 };

    #[inline(always)]
    pub fn new(start: usize, end: usize, kind: u32) -> Self {
        Self { start: start as u32, end: end as u32 | kind << KIND }
    }

    #[inline(always)]
    pub fn start(self) -> usize {
        self.start as usize
    }

    #[inline(always)]
    pub fn end(self) -> usize {
        (self.end & !(7 << KIND)) as usize
    }

    #[inline(always)]
    pub fn kind(self) -> u32 {
        self.end >> KIND
    }

    #[inline(always)]
    pub fn bytes(self, data: &[u8]) -> &[u8] {
        &data[self.start()..self.end()]
    }

    #[inline(always)]
    pub fn is_null(self) -> bool {
        self.start == self.end
    }

    /// Of a cell of that kind with 1 to 16 bytes: the block that ends with it, and how many they are. `None`: it must be looked at
    /// closely, as every cell that stands within the first bytes of the data.
    #[inline(always)]
    pub fn short(self, data: &[u8], kind: u32) -> Option<(&[u8; TAIL], usize)> {
        let end = self.end ^ kind << KIND;
        let len = end.wrapping_sub(self.start);
        if len.wrapping_sub(1) >= TAIL as u32 {
            return None;
        }
        Some((data[..end as usize].last_chunk()?, len as usize))
    }

    /// The text of a CSV cell, in `scratch` where it must be made.
    #[inline(always)]
    pub fn text<'a>(self, data: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        if self.kind() == DOUBLED { undoubled(self.bytes(data), scratch) } else { self.bytes(data) }
    }
}

/// Doubled quotes as one.
#[cold]
#[inline(never)]
fn undoubled<'a>(bytes: &[u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    scratch.clear();
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == b'"') {
        scratch.extend_from_slice(&rest[..=at]);
        rest = rest.get(at + 2..).unwrap_or(&[]);
    }
    scratch.extend_from_slice(rest);
    scratch
}

#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pub data: &'a [u8],
    pub spans: &'a [Span],
    /// Of CSV: texts that are null.
    pub nulls: &'a [Vec<u8>],
}

impl Cells<'_> {
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// The text of row `i`, of CSV; `None` where it is null.
    pub fn get<'b>(&'b self, i: usize, scratch: &'b mut Vec<u8>) -> Option<&'b [u8]> {
        let span = self.spans[i];
        if span.is_null() {
            return None;
        }
        let text = span.text(self.data, scratch);
        if self.nulls.iter().any(|null| null == text) { None } else { Some(text) }
    }
}

/// Cells that may be one of the texts that are null are no bare ones any more.
pub(super) fn suspect(spans: &mut [Span], nulls: &[Vec<u8>]) {
    if nulls.is_empty() {
        return;
    }
    for span in spans.iter_mut().filter(|span| span.kind() == BARE && !span.is_null()) {
        if nulls.iter().any(|null| null.len() == (span.end - span.start) as usize) {
            span.end |= SUSPECT << KIND;
        }
    }
}
