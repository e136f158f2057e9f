//! Row changes for listeners: recorded as they happen, handed out when they are committed, forgotten when they are rolled back.

use crate::access::Savepoint;
use crate::{NoMemory, memory};
use rusqlite::ffi;
use std::ffi::CStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Insert,
    Update,
    Delete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub operation: Operation,
    pub table: String,
    pub rowid: i64,
}

#[derive(Default)]
pub struct Changes {
    pub recording: bool,
    list: Vec<Change>,
    /// Changes before it are committed.
    committed: usize,
    /// What `committed` was before the commit under way, which may still fail: the hook comes before it.
    before_commit: Option<usize>,
    savepoints: Vec<(String, usize)>,
    /// A change of the open transaction found no room: it may not be committed, since listeners would never hear of it.
    refused: bool,
}

impl Changes {
    pub fn mark(&self) -> usize {
        self.list.len()
    }

    /// Forgets what a failed statement did.
    pub fn back_to(&mut self, mark: usize) {
        self.list.truncate(mark.max(self.committed));
    }

    /// A statement has ended well, and with it a commit under way.
    pub fn succeeded(&mut self) {
        self.before_commit = None;
    }

    /// A statement has failed, and with it a commit under way.
    pub fn failed(&mut self) {
        self.committed = self.before_commit.take().unwrap_or(self.committed);
    }

    /// The oldest committed ones.
    pub fn take(&mut self, most: usize) -> Vec<Change> {
        let count = most.min(self.committed);
        let taken = self.list.drain(..count).collect();
        self.savepoints.iter_mut().for_each(|(_, mark)| *mark -= count.min(*mark));
        self.committed -= count;
        if self.list.is_empty() {
            self.list = Vec::new();
        }
        taken
    }

    fn record(&mut self, operation: Operation, table: &CStr, rowid: i64) -> Result<(), NoMemory> {
        let table = table.to_string_lossy();
        let mut name = String::new();
        name.try_reserve_exact(table.len())?;
        name.push_str(&table);
        self.list.try_reserve(1)?;
        self.list.push(Change { operation, table: name, rowid });
        Ok(())
    }

    /// Follows a SAVEPOINT, RELEASE or ROLLBACK TO that has succeeded: SQLite has no hook for them.
    pub fn follow(&mut self, what: Savepoint, name: &str) {
        if what == Savepoint::Begin {
            return self.savepoints.push((name.to_owned(), self.list.len()));
        }
        let Some(at) = self.savepoints.iter().rposition(|(open, _)| open == name) else { return };
        if what == Savepoint::Release {
            self.savepoints.truncate(at);
        } else {
            self.back_to(self.savepoints[at].1);
            self.savepoints.truncate(at + 1);
        }
    }
}

/// # Safety
/// Callback of SQLite's; `context` is the [`Changes`] it was registered with, which outlives the connection.
pub unsafe extern "C" fn on_update(
    context: *mut core::ffi::c_void,
    operation: i32,
    _database: *const core::ffi::c_char,
    table: *const core::ffi::c_char,
    rowid: i64,
) {
    // SAFETY: as above; the table's name is a C string.
    unsafe {
        let changes = &mut *context.cast::<Changes>();
        if !changes.recording {
            return;
        }
        let operation = match operation {
            ffi::SQLITE_INSERT => Operation::Insert,
            ffi::SQLITE_DELETE => Operation::Delete,
            _ => Operation::Update,
        };
        if changes.record(operation, CStr::from_ptr(table), rowid).is_err() {
            changes.refused = true;
        }
    }
}

/// # Safety
/// As [`on_update`].
pub unsafe extern "C" fn on_commit(context: *mut core::ffi::c_void) -> i32 {
    // SAFETY: as above.
    let changes = unsafe { &mut *context.cast::<Changes>() };
    if changes.refused || memory::missed() {
        // SQLite rolls back then, and says COMMITHOOK, which `Database::failure` calls NOMEM.
        return 1;
    }
    changes.before_commit = Some(changes.committed);
    changes.committed = changes.list.len();
    changes.savepoints.clear();
    0
}

/// # Safety
/// As [`on_update`].
pub unsafe extern "C" fn on_rollback(context: *mut core::ffi::c_void) {
    // SAFETY: as above.
    let changes = unsafe { &mut *context.cast::<Changes>() };
    changes.failed();
    changes.list.truncate(changes.committed);
    changes.savepoints.clear();
    changes.refused = false;
}
