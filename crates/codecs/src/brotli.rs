//! brotli by the `brotli` crate. The format has no mark and no checksum: damage inside may go unnoticed, as everywhere.

use brotli::enc::{BrotliEncoderParams, StandardAlloc};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use columnar::{Error, ErrorCode, Result, alloc};

use crate::{corrupt, too_large};

/// Bytes of output that are asked for at a time.
const STEP: usize = 256 << 10;

/// `level` is 0 to 11.
pub fn compress(mut input: &[u8], level: i32) -> Result<Vec<u8>> {
    let mut out = alloc::room(input.len() / 2 + 1024)?;
    let params = BrotliEncoderParams { quality: level, size_hint: input.len(), ..Default::default() };
    brotli::BrotliCompress(&mut input, &mut out, &params)
        .map_err(|error| Error::new(ErrorCode::OutOfMemory, format!("brotli could not compress: {error}")))?;
    Ok(out)
}

/// # Errors
/// CORRUPT, TOO_LARGE past `limit` bytes, OUT_OF_MEMORY.
pub fn decompress(input: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut state = BrotliState::new(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
    let mut out: Vec<u8> = Vec::new();
    let (mut left, mut read, mut written) = (input.len(), 0, 0);
    loop {
        let room = out.len();
        alloc::grow(&mut out, STEP)?;
        out.resize(room + STEP, 0);
        let (mut free, mut at) = (STEP, room);
        let result = BrotliDecompressStream(&mut left, &mut read, input, &mut free, &mut at, &mut out, &mut written, &mut state);
        out.truncate(at);
        if out.len() > limit {
            return Err(too_large(limit));
        }
        match result {
            BrotliResult::ResultSuccess if left > 0 => return Err(corrupt("something follows the end of the brotli data", read)),
            BrotliResult::ResultSuccess => return Ok(out),
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput => return Err(corrupt("the brotli data ends early", input.len())),
            BrotliResult::ResultFailure => return Err(corrupt("the brotli data can not be read", read)),
        }
    }
}
