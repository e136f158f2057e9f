//! zstd by `structured-zstd` (docs/decisions/0009 says why this one).

use columnar::{Result, alloc};
use structured_zstd::decoding::{BlockDecodingStrategy, ContentChecksum, FrameDecoder};
use structured_zstd::encoding::{CompressionLevel, FrameCompressor};

use crate::{corrupt, too_large};

const MAGIC: u32 = 0xfd2f_b528;
const SKIPPABLE: u32 = 0x184d_2a50;
/// Windows above this need more memory than a service should spend on one call; the format's own limit for interoperable decoders is 8 MiB.
const LARGEST_WINDOW: u64 = 128 << 20;
/// Bytes that are decoded between two looks at the limit.
const STEP: usize = 1 << 20;

/// One frame with its content size and checksum. `level` is 1 to 22.
pub fn compress(input: &[u8], level: i32) -> Result<Vec<u8>> {
    // The library allocates without asking; this asks for about what it will need.
    drop(alloc::room::<u8>(input.len() + (input.len() >> 7) + (8 << 20))?);
    let mut compressor: FrameCompressor = FrameCompressor::new(CompressionLevel::from_level(level));
    compressor.set_content_checksum(true);
    Ok(compressor.compress_independent_frame(input))
}

/// All frames of `input`, one after the other.
///
/// # Errors
/// CORRUPT, TOO_LARGE past `limit` bytes, OUT_OF_MEMORY.
pub fn decompress(input: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = input;
    let mut frames = 0;
    while !rest.is_empty() {
        let at = input.len() - rest.len();
        let (head, body) = rest.split_first_chunk::<4>().ok_or_else(|| corrupt("a zstd frame ends early", input.len()))?;
        let magic = u32::from_le_bytes(*head);
        if magic & !0xf == SKIPPABLE {
            let (length, content) = body.split_first_chunk::<4>().ok_or_else(|| corrupt("a zstd frame ends early", input.len()))?;
            rest = content.get(u32::from_le_bytes(*length) as usize..).ok_or_else(|| corrupt("a zstd frame ends early", input.len()))?;
        } else if magic == MAGIC {
            rest = frame(rest, &mut out, limit, at)?;
        } else {
            return Err(corrupt(if frames == 0 { "this is no zstd frame" } else { "something follows the last zstd frame" }, at));
        }
        frames += 1;
    }
    if frames == 0 { Err(corrupt("this is no zstd frame", 0)) } else { Ok(out) }
}

/// Gives what follows the frame.
fn frame<'a>(input: &'a [u8], out: &mut Vec<u8>, limit: usize, at: usize) -> Result<&'a [u8]> {
    let failed = |what: String, rest: &[u8]| corrupt(&what, at + input.len() - rest.len());
    let mut rest = input;
    let mut decoder = FrameDecoder::new();
    decoder.set_content_checksum(ContentChecksum::Verify);
    decoder.set_max_window_size(LARGEST_WINDOW).map_err(|error| failed(format!("a zstd decoder refused its window: {error}"), rest))?;
    decoder.init(&mut rest).map_err(|error| failed(format!("a zstd frame's header can not be read: {error}"), rest))?;
    if decoder.content_size() > (limit - out.len()) as u64 {
        return Err(too_large(limit));
    }
    loop {
        decoder
            .decode_blocks(&mut rest, BlockDecodingStrategy::UptoBytes(STEP))
            .map_err(|error| failed(format!("a zstd block can not be read: {error}"), rest))?;
        let ready = decoder.can_collect();
        if ready > limit - out.len() {
            return Err(too_large(limit));
        }
        alloc::grow(out, ready)?;
        decoder.collect_to_writer(&mut *out).map_err(|error| failed(format!("a zstd frame can not be read: {error}"), rest))?;
        if decoder.is_finished() && decoder.can_collect() == 0 {
            break;
        }
    }
    decoder
        .verify_content_size()
        .map_err(|error| failed(format!("a zstd frame holds more or less than its header says: {error}"), rest))?;
    decoder.verify_content_checksum().map_err(|error| failed(format!("the checksum of a zstd frame does not hold: {error}"), rest))?;
    Ok(rest)
}
