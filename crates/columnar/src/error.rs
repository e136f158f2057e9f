//! What went wrong, with a message made for the case: it names the column, the row, the value. The codes are the package's.

use core::fmt;

pub use error_code::ErrorCode;

/// `code` is for programs, `message` for people: what happened, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub code: ErrorCode,
    pub message: String,
}

pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidArgument, message)
    }

    pub fn parse(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Parse, message)
    }

    /// The space asked for beforehand was refused; nothing has changed. Needs no memory itself.
    pub const fn out_of_memory() -> Self {
        Self { code: ErrorCode::OutOfMemory, message: String::new() }
    }

    /// The message, and for OUT_OF_MEMORY the standing one.
    pub fn text(&self) -> &str {
        if self.message.is_empty() && self.code == ErrorCode::OutOfMemory {
            "the memory limit is reached and nothing was changed: free() tables that are no longer needed and compact(), or work on slices"
        } else {
            &self.message
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.text())
    }
}

impl core::error::Error for Error {}

impl From<error_code::Error> for Error {
    fn from(error: error_code::Error) -> Self {
        Self::new(error.code, error.message)
    }
}
