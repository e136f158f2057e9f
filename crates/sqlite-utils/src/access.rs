//! What a statement touches, as SQLite's authorizer reports it while the statement is compiled; and what is refused there.

use rusqlite::ffi;
use std::collections::BTreeSet;
use std::ffi::CStr;

/// Tables, in lower case, with views and triggers resolved.
#[derive(Default, Clone, Debug)]
pub struct Access {
    pub reads: BTreeSet<String>,
    pub writes: BTreeSet<String>,
    /// Something that every cached result may depend on: the schema, a setting.
    pub schema: bool,
    /// It calls a function whose result may change from call to call.
    pub volatile: bool,
    pub savepoint: Option<(Savepoint, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Savepoint {
    Begin,
    Release,
    Rollback,
}

/// Whether rows of the user's own tables may change.
impl Access {
    pub fn is_change(&self) -> bool {
        self.writes.iter().any(|table| !is_schema_table(table))
    }
}

pub fn is_schema_table(table: &str) -> bool {
    matches!(table, "sqlite_master" | "sqlite_schema" | "sqlite_temp_master" | "sqlite_temp_schema")
}

/// Functions of SQLite whose result depends on more than their arguments. The date functions do only with 'now', which the authorizer
/// does not see.
const VOLATILE: &[&str] = &[
    "random",
    "randomblob",
    "changes",
    "total_changes",
    "last_insert_rowid",
    "date",
    "time",
    "datetime",
    "julianday",
    "unixepoch",
    "strftime",
    "timediff",
    "current_timestamp",
    "current_time",
    "current_date",
    "sqlite_offset",
];

/// Pragmas that would undo what this crate promises (durability, exclusive files, a schema that is not forged) or reach outside.
const FORBIDDEN: &[&str] = &[
    "writable_schema",
    "trusted_schema",
    "temp_store_directory",
    "data_store_directory",
    "locking_mode",
    "journal_mode",
    "mmap_size",
    "hard_heap_limit",
    "soft_heap_limit",
    "cell_size_check",
    "legacy_alter_table",
    "lock_proxy_file",
    "cache_spill",
    "temp_store",
    "wal_autocheckpoint",
    "threads",
    "secure_delete",
];

/// Pragmas that change nothing whatever their argument is.
const HARMLESS: &[&str] = &[
    "table_info",
    "table_xinfo",
    "index_info",
    "index_xinfo",
    "index_list",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
    "function_list",
    "table_list",
];

#[derive(Default)]
pub struct Authorizer {
    /// What the statement being compiled touches.
    pub collecting: Option<Access>,
    /// The crate's own statements may do what the user's may not.
    pub trusted: bool,
    /// Functions of the user's that are not deterministic, in lower case.
    pub volatile: BTreeSet<String>,
    /// Row changes are recorded: a DELETE of everything must go row by row, which SQLite is told by IGNORE
    /// (https://www.sqlite.org/c3ref/c_deny.html).
    pub row_by_row: bool,
    /// What was refused last, for the message.
    pub refused: Option<String>,
}

impl Authorizer {
    fn judge(&mut self, action: i32, first: Option<&str>, second: Option<&str>) -> i32 {
        let (one, two) = (first.unwrap_or(""), second.unwrap_or(""));
        let denied = match action {
            // VACUUM attaches a nameless temporary database while it runs; a user's ATTACH is met while it is compiled.
            ffi::SQLITE_ATTACH if self.collecting.is_none() && one.is_empty() => None,
            ffi::SQLITE_ATTACH => Some("ATTACH".to_owned()),
            ffi::SQLITE_DETACH => Some("DETACH".to_owned()),
            ffi::SQLITE_PRAGMA if second.is_some() && FORBIDDEN.contains(&one.to_ascii_lowercase().as_str()) => {
                Some(format!("setting PRAGMA {one}"))
            }
            ffi::SQLITE_FUNCTION if two.eq_ignore_ascii_case("load_extension") => Some("load_extension()".to_owned()),
            _ => None,
        };
        if let Some(what) = denied.filter(|_| !self.trusted) {
            self.refused = Some(what);
            return ffi::SQLITE_DENY;
        }
        if let Some(access) = &mut self.collecting {
            note(access, &self.volatile, action, one, two, second.is_some());
        }
        if action == ffi::SQLITE_DELETE && self.row_by_row && !is_schema_table(&one.to_ascii_lowercase()) {
            return ffi::SQLITE_IGNORE;
        }
        ffi::SQLITE_OK
    }
}

fn note(access: &mut Access, volatile: &BTreeSet<String>, action: i32, one: &str, two: &str, has_argument: bool) {
    match action {
        ffi::SQLITE_READ => {
            if !access.reads.contains(one) {
                access.reads.insert(one.to_ascii_lowercase());
            }
        }
        ffi::SQLITE_INSERT | ffi::SQLITE_UPDATE | ffi::SQLITE_DELETE => {
            access.writes.insert(one.to_ascii_lowercase());
        }
        ffi::SQLITE_FUNCTION => {
            let name = two.to_ascii_lowercase();
            access.volatile |= VOLATILE.contains(&name.as_str()) || volatile.contains(&name);
        }
        ffi::SQLITE_SAVEPOINT => {
            let kind = match one {
                "BEGIN" => Savepoint::Begin,
                "RELEASE" => Savepoint::Release,
                _ => Savepoint::Rollback,
            };
            access.savepoint = Some((kind, two.to_ascii_lowercase()));
        }
        ffi::SQLITE_PRAGMA => {
            access.volatile = true;
            access.schema |= has_argument && !HARMLESS.contains(&one.to_ascii_lowercase().as_str());
        }
        ffi::SQLITE_SELECT | ffi::SQLITE_RECURSIVE | ffi::SQLITE_TRANSACTION => {}
        // Everything else creates, drops, alters, analyses or reindexes.
        _ => access.schema = true,
    }
}

/// SQLite's authorizer callback; `context` is an [`Authorizer`].
///
/// # Safety
/// To be called by SQLite alone, with the pointer it was registered with.
pub unsafe extern "C" fn authorize(
    context: *mut core::ffi::c_void,
    action: i32,
    first: *const core::ffi::c_char,
    second: *const core::ffi::c_char,
    _database: *const core::ffi::c_char,
    _source: *const core::ffi::c_char,
) -> i32 {
    // SAFETY: the authorizer outlives the connection it is registered with; SQLite hands in C strings or null.
    unsafe {
        let authorizer = &mut *context.cast::<Authorizer>();
        let text = |pointer: *const core::ffi::c_char| (!pointer.is_null()).then(|| CStr::from_ptr(pointer).to_str().unwrap_or("?"));
        authorizer.judge(action, text(first), text(second))
    }
}
