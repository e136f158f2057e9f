//! The SQLite utilities' core: one connection with everything that must be close to it. Knows nothing of JavaScript.
//!
//! - [`Database`]: opening, statements by number, parameters and rows in packed cells ([`cells`]), functions, changesets, images.
//! - [`access`]: which tables a statement touches, and what no statement may do.
//! - [`vfs`]: where the bytes lie: an arena in this memory that outlives the instance, or files of the caller's.
//! - [`vectors`]: distances between embeddings, on the kernels of the vector service.
//!
//! SQLite itself comes by rusqlite: from `sqlite-wasm-rs` on WebAssembly, bundled natively (for the tests). The loops over rows and parameters
//! call its C interface directly, since they are what this service is measured by.
//!
//! ```
//! use sqlite_utils::{Database, NoHost, Options, cells, vfs::{Storage, arena::Arena}};
//! use std::rc::Rc;
//!
//! let mut database = Database::open(Storage::Memory(Rc::new(Arena::default())), Rc::new(NoHost), &Options::default())?;
//! let statement = database.prepare("SELECT 6 * 7")?;
//! database.start(statement, 0)?;
//! assert_eq!(database.fill(statement, 10, 1 << 16)?, 1);
//! assert_eq!(database.rows().cells[0], cells::Cell::integer(42));
//! # Ok::<(), sqlite_utils::Failure>(())
//! ```
#![allow(unsafe_code, reason = "SQLite's C interface; every block says why it is sound")]

pub mod access;
pub mod cells;
mod changes;
mod database;
mod functions;
mod images;
mod memory;
mod repeats;
mod session;
mod statement;
pub mod vectors;
pub mod vfs;

pub use changes::{Change, Operation};
pub use database::{Database, Options};
pub use functions::{Call, FunctionKind, Step};
pub use session::OnConflict;
pub use statement::Outcome;

use rusqlite::ffi;
use std::rc::Rc;

/// What the owner of a connection is asked while a statement runs.
pub trait Host {
    /// Polled about every thousand steps of SQLite's machine while [`Database::watch`] is on: true interrupts the statement.
    fn interrupted(&self) -> bool;
    /// A function of the user's whose arguments are up to three numbers, unpacked. A finite result is the answer; anything else is put down by a
    /// `call` without arguments that follows at once.
    fn numbers(&self, function: u32, count: u32, arguments: [f64; 3]) -> f64;
    /// A function of the user's: its arguments are in `call.arguments`, its result goes to `call.result`.
    ///
    /// # Errors
    /// What the statement fails with: the text, or that there is no memory.
    fn call(&self, call: &mut Call) -> Result<()>;
}

/// A connection and its owner share it.
pub type SharedHost = Rc<dyn Host>;

/// For connections without functions, deadlines or cancellation.
pub struct NoHost;

impl Host for NoHost {
    fn interrupted(&self) -> bool {
        false
    }
    fn numbers(&self, _function: u32, _count: u32, _arguments: [f64; 3]) -> f64 {
        f64::NAN
    }
    fn call(&self, _call: &mut Call) -> Result<()> {
        Err(Failure::new(ffi::SQLITE_ERROR, "this connection has no functions of its own"))
    }
}

/// A refusal of SQLite's, or of this crate in its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// SQLite's extended result code.
    pub code: i32,
    pub message: String,
    /// Byte offset in the statement's text, or -1.
    pub offset: i32,
}

impl Failure {
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        let failure = Self { code, message: message.into(), offset: -1 };
        if failure.is_no_memory() { Self::no_memory() } else { failure }
    }

    pub fn misuse(message: impl Into<String>) -> Self {
        Self::new(ffi::SQLITE_MISUSE, message)
    }

    pub fn no_memory() -> Self {
        Self { code: ffi::SQLITE_NOMEM, message: "out of memory".into(), offset: -1 }
    }

    /// Whether memory was refused, to SQLite or to its file system.
    pub fn is_no_memory(&self) -> bool {
        self.code & 0xff == ffi::SQLITE_NOMEM || self.code == ffi::SQLITE_IOERR_NOMEM
    }
}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Failure {}

/// Memory was refused, to us or to SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory;

impl From<std::collections::TryReserveError> for NoMemory {
    fn from(_: std::collections::TryReserveError) -> Self {
        Self
    }
}

impl From<NoMemory> for Failure {
    fn from(_: NoMemory) -> Self {
        Self::no_memory()
    }
}

impl From<std::collections::TryReserveError> for Failure {
    fn from(_: std::collections::TryReserveError) -> Self {
        Self::no_memory()
    }
}

/// SQLite's version, then its compile options.
pub fn build() -> Vec<String> {
    let mut out = vec![rusqlite::version().to_owned()];
    for i in 0.. {
        // SAFETY: gives a constant C string, or null after the last option.
        let option = unsafe { ffi::sqlite3_compileoption_get(i) };
        if option.is_null() {
            break;
        }
        // SAFETY: as above.
        out.push(unsafe { core::ffi::CStr::from_ptr(option) }.to_string_lossy().into_owned());
    }
    out
}

pub type Result<T> = core::result::Result<T, Failure>;
