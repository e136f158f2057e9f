//! Rows as they are kept for good, in one of four encodings.

use crate::arena::Arena;
use crate::config::Encoding;
use crate::encode;
use error_code::{Error, Result};
use simd_kernels::{bytes, half};

/// Bytes of rows per chunk: the last one's spare room stays small, and its quarters are still distant for the prefetchers.
const CHUNK_BYTES: usize = 1 << 20;

enum Rows {
    F32(Arena<f32>),
    F16(Arena<u16>),
    /// Codes padded with zeros to a multiple of 16, and one scale per row.
    Int8(Arena<i8>, Arena<f32>),
    /// Sign bits padded to whole words, and one factor per row.
    Binary(Arena<u8>, Arena<f32>),
}

/// All rows of a collection. Slots count from 0; dead ones keep their rows until `truncate`.
pub struct Store {
    dims: usize,
    shift: u32,
    rows: Rows,
}

/// int8 rows are padded to this many codes.
pub fn int8_stride(dims: usize) -> usize {
    dims.next_multiple_of(16)
}

impl Store {
    pub fn new(dims: usize, encoding: Encoding) -> Self {
        let width = match encoding {
            Encoding::F32 => 4 * dims,
            Encoding::F16 => 2 * dims,
            Encoding::Int8 => int8_stride(dims),
            Encoding::Binary => dims.div_ceil(32) * 4,
        };
        // At least the 16 rows of a 1-bit block; at most 2^14, so that per-row buffers of a chunk stay small.
        let shift = (CHUNK_BYTES / width).max(1).ilog2().clamp(4, 14);
        let rows = match encoding {
            Encoding::F32 => Rows::F32(Arena::new(dims, shift)),
            Encoding::F16 => Rows::F16(Arena::new(dims.next_multiple_of(2), shift)),
            Encoding::Int8 => Rows::Int8(Arena::new(width, shift), Arena::new(1, shift)),
            Encoding::Binary => Rows::Binary(Arena::new(width, shift), Arena::new(1, shift)),
        };
        Self { dims, shift, rows }
    }

    pub fn dims(&self) -> usize {
        self.dims
    }

    /// log2 of the rows per chunk; arenas that run beside the rows use the same.
    pub fn shift(&self) -> u32 {
        self.shift
    }

    pub fn encoding(&self) -> Encoding {
        match self.rows {
            Rows::F32(_) => Encoding::F32,
            Rows::F16(_) => Encoding::F16,
            Rows::Int8(..) => Encoding::Int8,
            Rows::Binary(..) => Encoding::Binary,
        }
    }

    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::F32(a) => a.rows(),
            Rows::F16(a) => a.rows(),
            Rows::Int8(a, _) => a.rows(),
            Rows::Binary(a, _) => a.rows(),
        }
    }

    pub fn try_reserve(&mut self, more: usize) -> Result<()> {
        match &mut self.rows {
            Rows::F32(a) => a.try_reserve(more),
            Rows::F16(a) => a.try_reserve(more),
            Rows::Int8(a, s) => a.try_reserve(more).and_then(|()| s.try_reserve(more)),
            Rows::Binary(a, s) => a.try_reserve(more).and_then(|()| s.try_reserve(more)),
        }
    }

    /// Appends a row for which room was made.
    pub fn push(&mut self, row: &[f32]) {
        match &mut self.rows {
            Rows::F32(a) => return a.push_row(row),
            Rows::F16(a) => drop(a.push()),
            Rows::Int8(a, s) => {
                a.push();
                s.push();
            }
            Rows::Binary(a, s) => {
                a.push();
                s.push();
            }
        }
        self.write(self.len() - 1, row);
    }

    /// Overwrites a row.
    pub fn write(&mut self, slot: usize, row: &[f32]) {
        assert!(row.len() == self.dims);
        match &mut self.rows {
            Rows::F32(a) => a.row_mut(slot).copy_from_slice(row),
            Rows::F16(a) => a.row_mut(slot).iter_mut().zip(row).for_each(|(h, &x)| *h = half::from_f32(x)),
            Rows::Int8(a, s) => s.row_mut(slot)[0] = encode::int8(row, &mut a.row_mut(slot)[..row.len()]),
            Rows::Binary(a, s) => {
                encode::signs(row, &mut a.row_mut(slot)[..row.len().div_ceil(8)]);
                s.row_mut(slot)[0] = encode::binary_factor(row);
            }
        }
    }

    /// The row as f32: in place where it is kept so, else decoded into `scratch`.
    #[inline]
    pub fn row<'a>(&'a self, slot: usize, scratch: &'a mut [f32]) -> &'a [f32] {
        match &self.rows {
            Rows::F32(a) => a.row(slot),
            _ => {
                self.decode(slot, scratch);
                scratch
            }
        }
    }

    /// Decodes a row into `out` (dims long).
    pub fn decode(&self, slot: usize, out: &mut [f32]) {
        match &self.rows {
            Rows::F32(a) => out.copy_from_slice(a.row(slot)),
            Rows::F16(a) => half::decode(&a.row(slot)[..out.len()], out),
            Rows::Int8(a, s) => {
                let scale = s.row(slot)[0];
                out.iter_mut().zip(a.row(slot)).for_each(|(x, &c)| *x = f32::from(c) * scale);
            }
            Rows::Binary(a, s) => encode::decode_binary(a.row(slot), s.row(slot)[0], out),
        }
    }

    /// Chunk `c` of f32 rows.
    pub fn f32_chunk(&self, c: usize) -> Option<&[f32]> {
        match &self.rows {
            Rows::F32(a) => Some(a.chunk(c)),
            _ => None,
        }
    }

    /// Codes and scales, where rows are kept as int8.
    pub fn int8_rows(&self) -> Option<(&Arena<i8>, &Arena<f32>)> {
        match &self.rows {
            Rows::Int8(a, s) => Some((a, s)),
            _ => None,
        }
    }

    /// Bytes of one exported row.
    pub fn export_width(&self) -> usize {
        match self.rows {
            Rows::F32(_) => 4 * self.dims,
            Rows::F16(_) => 2 * self.dims,
            Rows::Int8(..) => 4 + self.dims,
            Rows::Binary(..) => 4 + self.dims.div_ceil(8),
        }
    }

    /// Writes the row's exported form (little-endian, scale or factor first) to `out`.
    pub fn export(&self, slot: usize, out: &mut [u8]) {
        match &self.rows {
            Rows::F32(a) => out.copy_from_slice(bytes::of(a.row(slot))),
            Rows::F16(a) => out.copy_from_slice(bytes::of(&a.row(slot)[..self.dims])),
            Rows::Int8(a, s) => {
                out[..4].copy_from_slice(&s.row(slot)[0].to_le_bytes());
                out[4..].copy_from_slice(bytes::of(&a.row(slot)[..self.dims]));
            }
            Rows::Binary(a, s) => {
                out[..4].copy_from_slice(&s.row(slot)[0].to_le_bytes());
                out[4..].copy_from_slice(&a.row(slot)[..self.dims.div_ceil(8)]);
            }
        }
    }

    /// Checks exported rows, before any is taken in: finite numbers, scales that decode exactly.
    pub fn check_import(&self, exported: &[u8], count: usize) -> Result<()> {
        if count.checked_mul(self.export_width()) != Some(exported.len()) {
            return Err(Error::corrupt("the bytes of the rows do not match their count"));
        }
        let f32_at = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let good = match &self.rows {
            Rows::F32(_) => exported.chunks_exact(4).all(|b| f32_at(b).is_finite()),
            Rows::F16(_) => exported.chunks_exact(2).all(|b| b[1] & 0x7c != 0x7c),
            Rows::Int8(..) => exported.chunks_exact(self.export_width()).all(|row| {
                let (scale, codes) = (f32_at(row), &row[4..]);
                encode::is_int8_scale(scale) && !codes.contains(&0x80) && (scale != 0.0 || codes.iter().all(|&c| c == 0))
            }),
            Rows::Binary(..) => {
                let unused = self.dims.next_multiple_of(8) - self.dims;
                exported.chunks_exact(self.export_width()).all(|row| {
                    let factor = f32_at(row);
                    factor.is_finite() && factor >= 0.0 && row[row.len() - 1].leading_zeros() as usize >= unused
                })
            }
        };
        if good { Ok(()) } else { Err(Error::corrupt("a row holds numbers that no row is saved with")) }
    }

    /// Appends a checked exported row for which room was made.
    pub fn import(&mut self, exported: &[u8]) {
        match &mut self.rows {
            Rows::F32(a) => bytes::of_mut(a.push()).copy_from_slice(exported),
            Rows::F16(a) => bytes::of_mut(&mut a.push()[..self.dims]).copy_from_slice(exported),
            Rows::Int8(a, s) => {
                bytes::of_mut(s.push()).copy_from_slice(&exported[..4]);
                bytes::of_mut(&mut a.push()[..self.dims]).copy_from_slice(&exported[4..]);
            }
            Rows::Binary(a, s) => {
                bytes::of_mut(s.push()).copy_from_slice(&exported[..4]);
                a.push()[..exported.len() - 4].copy_from_slice(&exported[4..]);
            }
        }
    }

    pub fn move_row(&mut self, from: usize, to: usize) {
        match &mut self.rows {
            Rows::F32(a) => a.move_row(from, to),
            Rows::F16(a) => a.move_row(from, to),
            Rows::Int8(a, s) => {
                a.move_row(from, to);
                s.move_row(from, to);
            }
            Rows::Binary(a, s) => {
                a.move_row(from, to);
                s.move_row(from, to);
            }
        }
    }

    pub fn truncate(&mut self, rows: usize) {
        match &mut self.rows {
            Rows::F32(a) => a.truncate(rows),
            Rows::F16(a) => a.truncate(rows),
            Rows::Int8(a, s) => {
                a.truncate(rows);
                s.truncate(rows);
            }
            Rows::Binary(a, s) => {
                a.truncate(rows);
                s.truncate(rows);
            }
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match &self.rows {
            Rows::F32(a) => a.bytes(),
            Rows::F16(a) => a.bytes(),
            Rows::Int8(a, s) => a.bytes() + s.bytes(),
            Rows::Binary(a, s) => a.bytes() + s.bytes(),
        }
    }

    /// What of chunk `c` holds rows: the bytes of the rows (padding included) and of their scales or factors.
    pub fn chunk_bytes(&self, c: usize) -> (&[u8], &[u8]) {
        match &self.rows {
            Rows::F32(a) => (bytes::of(a.chunk(c)), &[]),
            Rows::F16(a) => (bytes::of(a.chunk(c)), &[]),
            Rows::Int8(a, s) => (bytes::of(a.chunk(c)), bytes::of(s.chunk(c))),
            Rows::Binary(a, s) => (a.chunk(c), bytes::of(s.chunk(c))),
        }
    }

    /// The stored bytes of a row (padding included) and of its scale or factor: what checksums cover.
    pub fn row_bytes(&self, slot: usize) -> (&[u8], &[u8]) {
        match &self.rows {
            Rows::F32(a) => (bytes::of(a.row(slot)), &[]),
            Rows::F16(a) => (bytes::of(a.row(slot)), &[]),
            Rows::Int8(a, s) => (bytes::of(a.row(slot)), bytes::of(s.row(slot))),
            Rows::Binary(a, s) => (a.row(slot), bytes::of(s.row(slot))),
        }
    }
}
