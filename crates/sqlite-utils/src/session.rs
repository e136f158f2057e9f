//! Changesets, by SQLite's session extension (https://www.sqlite.org/sessionintro.html).

use crate::{Database, Failure, Result, memory};
use rusqlite::ffi;
use std::ffi::{CString, c_void};

/// A recording; ended when dropped, which must be before the connection is closed.
pub(crate) struct Session(*mut ffi::sqlite3_session);

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: made by `start_session`, deleted here alone.
        unsafe { ffi::sqlite3session_delete(self.0) };
    }
}

/// What is done with a change whose row is not as the changeset expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum OnConflict {
    Omit = ffi::SQLITE_CHANGESET_OMIT,
    Replace = ffi::SQLITE_CHANGESET_REPLACE,
    Abort = ffi::SQLITE_CHANGESET_ABORT,
}

impl Database {
    /// Starts recording changes of `tables`, of all when there are none. Tables without a primary key cannot be recorded.
    ///
    /// # Errors
    /// MISUSE while a recording runs; NOMEM.
    pub fn start_session(&mut self, tables: &[String]) -> Result<()> {
        if self.session.is_some() {
            return Err(Failure::misuse("a changeset is being recorded already"));
        }
        let mut raw = core::ptr::null_mut();
        // SAFETY: the connection is open, the name a C string.
        let code = unsafe { ffi::sqlite3session_create(self.handle(), c"main".as_ptr(), &raw mut raw) };
        self.check(code)?;
        let session = Session(raw);
        if tables.is_empty() {
            // SAFETY: a live session; null stands for every table.
            let code = unsafe { ffi::sqlite3session_attach(session.0, core::ptr::null()) };
            self.check(code)?;
        }
        for table in tables {
            let name = CString::new(table.as_str()).map_err(|_| Failure::misuse("a table's name holds a NUL"))?;
            // SAFETY: a live session; the name is copied.
            let code = unsafe { ffi::sqlite3session_attach(session.0, name.as_ptr()) };
            self.check(code)?;
        }
        self.session = Some(session);
        Ok(())
    }

    /// The changeset recorded so far; ends the recording.
    ///
    /// # Errors
    /// MISUSE without a recording; NOMEM.
    pub fn end_session(&mut self) -> Result<Vec<u8>> {
        let session = self.session.take().ok_or_else(|| Failure::misuse("no changeset is being recorded"))?;
        self.bracketed(|database| {
            let (mut length, mut bytes) = (0, core::ptr::null_mut());
            memory::begin();
            // SAFETY: a live session; what it hands out is copied and freed.
            unsafe {
                let code = ffi::sqlite3session_changeset(session.0, &raw mut length, &raw mut bytes);
                database.check(code)?;
                let copied = copy(bytes.cast(), length as usize);
                ffi::sqlite3_free(bytes);
                database.witness(true)?;
                copied
            }
        })
    }

    /// For what opens a savepoint of its own and lets go of it with a statement that memory may be refused for (the session extension ignores that):
    /// no transaction may stay open that nobody began.
    fn bracketed<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let inside = self.in_transaction();
        let result = work(self);
        // In somebody's transaction, what was done in part may still be there, as it may not be.
        let spoilt = inside && result.as_ref().is_err_and(Failure::is_no_memory);
        if !self.in_transaction() || (inside && !spoilt) {
            return result;
        }
        self.stray = true;
        // Where even this finds no memory, the next call begins with it.
        self.mend().and(Err(Failure::no_memory()))
    }

    /// Applies a changeset, all of it or nothing.
    ///
    /// # Errors
    /// SQLITE_ABORT at a conflict under [`OnConflict::Abort`], SQLITE_CORRUPT for bytes that are no changeset, constraints.
    pub fn apply_changeset(&mut self, bytes: &[u8], on_conflict: OnConflict) -> Result<()> {
        let length = i32::try_from(bytes.len()).map_err(|_| Failure::new(ffi::SQLITE_TOOBIG, "the changeset is too long"))?;
        self.mend()?;
        let mut choice = on_conflict;
        self.bracketed(|database| {
            memory::begin();
            // SAFETY: the connection is open; the bytes are read only, and `choice` lives through the call.
            let code = unsafe {
                let bytes = bytes.as_ptr().cast_mut().cast();
                ffi::sqlite3changeset_apply(database.handle(), length, bytes, None, Some(decide), (&raw mut choice).cast())
            };
            match code {
                ffi::SQLITE_OK => {
                    database.state.changes.succeeded();
                    Ok(())
                }
                ffi::SQLITE_ABORT => Err(Failure::new(code, "a row is not as the changeset expects it")),
                ffi::SQLITE_CORRUPT => Err(Failure::new(code, "these bytes are no changeset")),
                _ => database.check(code),
            }
        })
    }
}

unsafe extern "C" fn decide(context: *mut c_void, conflict: i32, _change: *mut ffi::sqlite3_changeset_iter) -> i32 {
    // SAFETY: the choice of the call in progress.
    let choice = unsafe { *context.cast::<OnConflict>() };
    // Rows that are missing, and constraints, cannot be replaced.
    let replaceable = matches!(conflict, ffi::SQLITE_CHANGESET_DATA | ffi::SQLITE_CHANGESET_CONFLICT);
    match choice {
        OnConflict::Replace if !replaceable => OnConflict::Omit as i32,
        choice => choice as i32,
    }
}

/// # Safety
/// `start` points at `length` bytes, or is null.
unsafe fn copy(start: *const u8, length: usize) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    out.try_reserve_exact(length)?;
    if !start.is_null() {
        // SAFETY: as the caller vouches.
        out.extend_from_slice(unsafe { core::slice::from_raw_parts(start, length) });
    }
    Ok(out)
}
