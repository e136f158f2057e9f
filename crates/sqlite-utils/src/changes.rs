//! Row changes for listeners: recorded as they happen, handed out when they are committed, forgotten when they are rolled back.

use crate::access::Savepoint;
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
    savepoints: Vec<(String, usize)>,
}

impl Changes {
    pub fn mark(&self) -> usize {
        self.list.len()
    }

    /// Forgets what a failed statement did.
    pub fn back_to(&mut self, mark: usize) {
        self.list.truncate(mark.max(self.committed));
    }

    pub fn take(&mut self) -> Vec<Change> {
        let rest = self.list.split_off(self.committed);
        let taken = core::mem::replace(&mut self.list, rest);
        self.savepoints.iter_mut().for_each(|(_, mark)| *mark -= self.committed.min(*mark));
        self.committed = 0;
        taken
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
        changes.list.push(Change { operation, table: CStr::from_ptr(table).to_string_lossy().into_owned(), rowid });
    }
}

/// # Safety
/// As [`on_update`].
pub unsafe extern "C" fn on_commit(context: *mut core::ffi::c_void) -> i32 {
    // SAFETY: as above.
    let changes = unsafe { &mut *context.cast::<Changes>() };
    changes.committed = changes.list.len();
    changes.savepoints.clear();
    0
}

/// # Safety
/// As [`on_update`].
pub unsafe extern "C" fn on_rollback(context: *mut core::ffi::c_void) {
    // SAFETY: as above.
    let changes = unsafe { &mut *context.cast::<Changes>() };
    changes.list.truncate(changes.committed);
    changes.savepoints.clear();
}
