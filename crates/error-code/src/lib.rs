//! Stable error codes. A leaf: every core returns [`Error`], every binding turns it into a JavaScript error
//! whose `code` is [`ErrorCode::as_str`], and the TypeScript side knows the same words (js/src/errors.ts).
#![no_std]

use core::fmt;

/// The codes a core can raise; a subset of the package's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    InvalidArgument,
    DimensionMismatch,
    NotFinite,
    NotFound,
    TooLarge,
    OutOfMemory,
    Corrupt,
    Unsupported,
    Parse,
    IntegerRange,
    Singular,
}

impl ErrorCode {
    /// The word that programs match on.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::DimensionMismatch => "DIMENSION_MISMATCH",
            Self::NotFinite => "NOT_FINITE",
            Self::NotFound => "NOT_FOUND",
            Self::TooLarge => "TOO_LARGE",
            Self::OutOfMemory => "OUT_OF_MEMORY",
            Self::Corrupt => "CORRUPT",
            Self::Unsupported => "UNSUPPORTED",
            Self::Parse => "PARSE",
            Self::IntegerRange => "INTEGER_RANGE",
            Self::Singular => "SINGULAR",
        }
    }
}

/// What went wrong, for programs (`code`) and for people (`message`, which names the cure).
///
/// Messages are static so that raising OUT_OF_MEMORY needs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    pub code: ErrorCode,
    pub message: &'static str,
}

/// The result type of every core.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    pub const fn new(code: ErrorCode, message: &'static str) -> Self {
        Self { code, message }
    }

    /// The space asked for beforehand was refused; nothing has changed.
    pub const fn out_of_memory() -> Self {
        Self::new(
            ErrorCode::OutOfMemory,
            "the memory limit is reached and nothing was changed: remove documents and compact(), \
             use quantization with rescore: false, or split the collection",
        )
    }

    pub const fn corrupt(message: &'static str) -> Self {
        Self::new(ErrorCode::Corrupt, message)
    }

    pub const fn invalid(message: &'static str) -> Self {
        Self::new(ErrorCode::InvalidArgument, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_message_are_shown() {
        extern crate std;
        use std::string::ToString;
        assert_eq!(Error::corrupt("bad count").to_string(), "CORRUPT: bad count");
        assert!(Error::out_of_memory().to_string().starts_with("OUT_OF_MEMORY: "));
    }
}
