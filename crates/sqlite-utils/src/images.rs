//! A whole database as the bytes of its file.

use crate::database::failure_of;
use crate::vfs::arena::Arena;
use crate::vfs::{DATABASE, Storage};
use crate::{Database, Failure, NoHost, Options, Result};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::ffi;
use std::rc::Rc;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Bytes 18 and 19 of a file say whether it is in WAL mode (2) or not (1); an image has no log beside it.
const FORMAT: core::ops::Range<usize> = 18..20;
const SCHEMA_VERSION: core::ops::Range<usize> = 40..44;

impl Database {
    /// The database as it stands.
    ///
    /// SQLite's own serialize is not used: a page that it can not read, for want of memory say, is zeroes in its image, and nobody is told.
    ///
    /// # Errors
    /// NOMEM; BUSY while something writes.
    pub fn serialize(&mut self) -> Result<Vec<u8>> {
        self.mend()?;
        // SAFETY: the connection is open, the name a C string.
        if unsafe { ffi::sqlite3_txn_state(self.handle(), c"main".as_ptr()) } == ffi::SQLITE_TXN_WRITE {
            return Err(Failure::new(ffi::SQLITE_BUSY, "a transaction is open"));
        }
        let mut image = match &self.storage {
            // What was committed is in the file: there is no log beside it.
            Storage::Memory(arena) => bytes_of(arena)?,
            Storage::Files(_) => self.copy_image()?,
        };
        if let Some(format) = image.get_mut(FORMAT) {
            format.fill(1);
        }
        Ok(image)
    }

    /// File and log together, page by page, into memory.
    fn copy_image(&mut self) -> Result<Vec<u8>> {
        let arena = Rc::new(Arena::default());
        let mut target = Self::open(Storage::Memory(Rc::clone(&arena)), Rc::new(NoHost), &Options::default())?;
        match Backup::new(&self.connection, &mut target.connection).and_then(|backup| backup.step(-1)).map_err(failure_of)? {
            StepResult::Done => {}
            _ => return Err(Failure::new(ffi::SQLITE_BUSY, "the database is being written")),
        }
        let mut image = bytes_of(&arena)?;
        // A backup counts the schemas of its target; an image has those of its source.
        let version: u32 = self.connection.query_row("PRAGMA schema_version", [], |row| row.get(0)).map_err(failure_of)?;
        if let Some(field) = image.get_mut(SCHEMA_VERSION) {
            field.copy_from_slice(&version.to_be_bytes());
        }
        Ok(image)
    }

    /// Replaces the whole database by an image, whose pages and indexes are checked before. Statements compiled before stay usable.
    ///
    /// # Errors
    /// NOTADB or CORRUPT for bytes that are no sound database; BUSY inside a transaction. The old database is kept then.
    pub fn deserialize(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.mend()?;
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
        arena.replace(DATABASE, bytes)?;
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
        let id = self.prepare("PRAGMA quick_check(1)")?;
        let found = self.start(id, 0).and_then(|()| self.fill(id, 1, usize::MAX));
        self.finalize(id);
        found?;
        let found = String::from_utf8_lossy(&self.rows.text);
        if found == "ok" { Ok(()) } else { Err(Failure::new(ffi::SQLITE_CORRUPT, found)) }
    }
}

/// The database file of an arena.
fn bytes_of(arena: &Arena) -> Result<Vec<u8>> {
    let Some(file) = arena.open(DATABASE, false) else { return Ok(Vec::new()) };
    let size = usize::try_from(arena.size(file)).map_err(|_| Failure::no_memory())?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size)?;
    bytes.resize(size, 0);
    arena.read(file, &mut bytes, 0);
    Ok(bytes)
}
