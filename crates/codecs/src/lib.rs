//! zstd (RFC 8878), brotli (RFC 7932) and the LZ4 frame format (version 1.6.4), over whole buffers. What comes out never exceeds the limit that the caller
//! names, whatever headers claim: space is asked for as it is needed, and a refusal is an error with nothing changed.

pub mod brotli;
pub mod lz4;
pub mod zstd;

use columnar::{Error, ErrorCode};

/// More would come out than the caller allows.
pub fn too_large(limit: usize) -> Error {
    Error::new(ErrorCode::TooLarge, format!("more than {limit} bytes would come out: raise maxOutputBytes if the source is trusted"))
}

/// `at`: bytes of the input that were read before it went wrong.
pub fn corrupt(what: &str, at: usize) -> Error {
    Error::new(ErrorCode::Corrupt, format!("{what} (at byte {at} of the compressed data): it was damaged or cut short"))
}
