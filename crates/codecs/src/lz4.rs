//! LZ4 frames around the blocks of `lz4_flex`. Frames are written here because small blocks with a table of 16-bit places compress 1.4x
//! faster in WebAssembly than the frame writer of the library (docs/decisions/0009); they are read here so that the limit holds.

use columnar::{Result, alloc};
use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into_with_dict, get_maximum_output_size};
use twox_hash::XxHash32;

use crate::{corrupt, too_large};

const MAGIC: u32 = 0x184d_2204;
/// Frames with this first nibble are to be skipped.
const SKIPPABLE: u32 = 0x184d_2a50;
/// Bytes per block: below 2^16, so that places fit 16 bits.
const BLOCK: usize = 65_532;
/// Set in a block's size: it is stored as it is.
const STORED: u32 = 1 << 31;
/// What a block may point back to in the blocks before it.
const WINDOW: usize = 64 << 10;

/// One frame: independent blocks, content size and content checksum.
pub fn compress(input: &[u8]) -> Result<Vec<u8>> {
    let blocks = input.len().div_ceil(BLOCK);
    let mut out = alloc::room(get_maximum_output_size(input.len()) + 4 * blocks + 64)?;
    out.extend(MAGIC.to_le_bytes());
    let descriptor = out.len();
    // Version 1, independent blocks, content size, content checksum; blocks of at most 64 KiB.
    out.extend([0b0110_1100, 0b0100_0000]);
    out.extend((input.len() as u64).to_le_bytes());
    let check = (XxHash32::oneshot(0, &out[descriptor..]) >> 8) as u8;
    out.push(check);
    let mut table = CompressTable::small();
    for block in input.chunks(BLOCK) {
        let size = out.len();
        out.extend([0; 4]);
        let body = out.len();
        let most = get_maximum_output_size(block.len());
        alloc::grow(&mut out, most)?;
        out.resize(body + most, 0);
        let length = compress_into_with_table(block, &mut out[body..], &mut table).unwrap_or(most);
        let header = if length < block.len() {
            out.truncate(body + length);
            length as u32
        } else {
            out.truncate(body);
            out.extend_from_slice(block);
            block.len() as u32 | STORED
        };
        out[size..body].copy_from_slice(&header.to_le_bytes());
    }
    out.extend(0u32.to_le_bytes());
    out.extend(XxHash32::oneshot(0, input).to_le_bytes());
    Ok(out)
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let taken = self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.get(..length))
            .ok_or_else(|| corrupt("an lz4 frame ends early", self.bytes.len()))?;
        self.at += length;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32> {
        let mut word = [0; 4];
        word.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(word))
    }
}

/// All frames of `input`, one after the other.
///
/// # Errors
/// CORRUPT, TOO_LARGE past `limit` bytes, OUT_OF_MEMORY.
pub fn decompress(input: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut input = Input { bytes: input, at: 0 };
    let mut out = Vec::new();
    let mut frames = 0;
    while input.at < input.bytes.len() {
        let at = input.at;
        let magic = input.u32()?;
        if magic & !0xf == SKIPPABLE {
            let length = input.u32()? as usize;
            input.take(length)?;
        } else if magic == MAGIC {
            frame(&mut input, &mut out, limit)?;
        } else {
            return Err(corrupt(if frames == 0 { "this is no lz4 frame" } else { "something follows the last lz4 frame" }, at));
        }
        frames += 1;
    }
    if frames == 0 { Err(corrupt("this is no lz4 frame", 0)) } else { Ok(out) }
}

fn frame(input: &mut Input, out: &mut Vec<u8>, limit: usize) -> Result<()> {
    let start = input.at;
    let [flags, sizes] = *input.take(2)? else { return Err(corrupt("a frame's header is cut short", start)) };
    if flags >> 6 != 1 {
        return Err(corrupt("an lz4 frame of an unknown version", start));
    }
    let (independent, block_checks, has_size, content_check, dictionary) =
        (flags & 0x20 != 0, flags & 0x10 != 0, flags & 0x08 != 0, flags & 0x04 != 0, flags & 0x01 != 0);
    let most = match sizes >> 4 & 7 {
        4 => 64 << 10,
        5 => 256 << 10,
        6 => 1 << 20,
        7 => 4 << 20,
        _ => return Err(corrupt("an lz4 frame with an unknown block size", start)),
    };
    let claimed = if has_size {
        let mut word = [0; 8];
        word.copy_from_slice(input.take(8)?);
        Some(u64::from_le_bytes(word))
    } else {
        None
    };
    if dictionary {
        return Err(corrupt("an lz4 frame that needs a dictionary", start));
    }
    let check = (XxHash32::oneshot(0, &input.bytes[start..input.at]) >> 8) as u8;
    if input.take(1)? != [check] {
        return Err(corrupt("the checksum of an lz4 frame's header does not hold", start));
    }
    if claimed.is_some_and(|size| size > (limit - out.len()) as u64) {
        return Err(too_large(limit));
    }
    let begin = out.len();
    loop {
        let at = input.at;
        let size = input.u32()?;
        if size == 0 {
            break;
        }
        let length = (size & !STORED) as usize;
        if length > most {
            return Err(corrupt("an lz4 block is longer than its frame allows", at));
        }
        let body = input.take(length)?;
        if block_checks && input.u32()? != XxHash32::oneshot(0, body) {
            return Err(corrupt("the checksum of an lz4 block does not hold", at));
        }
        if size & STORED != 0 {
            if length > limit - out.len() {
                return Err(too_large(limit));
            }
            alloc::grow(out, length)?;
            out.extend_from_slice(body);
            continue;
        }
        block(body, out, begin, independent, most, at)?;
        if out.len() > limit {
            return Err(too_large(limit));
        }
    }
    if claimed.is_some_and(|size| size != (out.len() - begin) as u64) {
        return Err(corrupt("an lz4 frame holds more or less than its header says", input.at));
    }
    if content_check && input.u32()? != XxHash32::oneshot(0, &out[begin..]) {
        return Err(corrupt("the checksum of an lz4 frame's content does not hold", input.at));
    }
    Ok(())
}

/// One block behind what is there already; at most `most` bytes.
fn block(body: &[u8], out: &mut Vec<u8>, begin: usize, independent: bool, most: usize, at: usize) -> Result<()> {
    let before = out.len();
    alloc::grow(out, most)?;
    out.resize(before + most, 0);
    let (done, room) = out.split_at_mut(before);
    let window = if independent { &[][..] } else { &done[begin.max(before.saturating_sub(WINDOW))..] };
    let length = decompress_into_with_dict(body, room, window).map_err(|_| corrupt("an lz4 block can not be read", at))?;
    out.truncate(before + length);
    Ok(())
}
