//! A whole database as the bytes of its file.

use crate::database::failure_of;
use crate::session::copy;
use crate::vfs::arena::Arena;
use crate::vfs::{DATABASE, Storage};
use crate::{Database, Failure, NoHost, Options, Result};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::ffi;
use std::rc::Rc;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Bytes 18 and 19 of a file say whether it is in WAL mode (2) or not (1); an image has no log beside it.
const FORMAT: core::ops::Range<usize> = 18..20;

impl Database {
    /// The database as it stands.
    ///
    /// # Errors
    /// NOMEM.
    pub fn serialize(&mut self) -> Result<Vec<u8>> {
        let mut length = 0;
        // SAFETY: the connection is open; what SQLite hands out is copied and freed.
        unsafe {
            let bytes = ffi::sqlite3_serialize(self.handle(), c"main".as_ptr(), &raw mut length, 0);
            if bytes.is_null() && length > 0 {
                return Err(Failure::no_memory());
            }
            let copied = copy(bytes, length as usize);
            ffi::sqlite3_free(bytes.cast());
            let mut copied = copied?;
            if let Some(format) = copied.get_mut(FORMAT) {
                format.fill(1);
            }
            Ok(copied)
        }
    }

    /// Replaces the whole database by an image, whose pages and indexes are checked before. Statements compiled before stay usable.
    ///
    /// # Errors
    /// NOTADB or CORRUPT for bytes that are no sound database; BUSY inside a transaction. The old database is kept then.
    pub fn deserialize(&mut self, bytes: &mut [u8]) -> Result<()> {
        if self.in_transaction() {
            return Err(Failure::new(ffi::SQLITE_BUSY, "a transaction is open"));
        }
        if !bytes.is_empty() && !bytes.starts_with(MAGIC) {
            return Err(Failure::new(ffi::SQLITE_NOTADB, "these bytes are no SQLite database"));
        }
        if let Some(format) = bytes.get_mut(FORMAT) {
            format.fill(1);
        }
        let arena = Arena::default();
        arena.replace(DATABASE, bytes).map_err(|_| Failure::no_memory())?;
        let mut source = Self::open(Storage::Memory(Rc::new(arena)), Rc::new(NoHost), &Options::default())?;
        source.check_pages()?;
        let step = Backup::new(&source.connection, &mut self.connection).and_then(|backup| backup.step(-1)).map_err(failure_of)?;
        match step {
            StepResult::Done => Ok(()),
            _ => Err(Failure::new(ffi::SQLITE_BUSY, "a statement is being read: read it to its end first")),
        }
    }

    /// # Errors
    /// CORRUPT with SQLite's first finding.
    pub fn check_pages(&mut self) -> Result<()> {
        let found: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failure_of)?;
        if found == "ok" { Ok(()) } else { Err(Failure::new(ffi::SQLITE_CORRUPT, found)) }
    }
}
