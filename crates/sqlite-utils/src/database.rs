//! Opening a connection, and what holds for all of its statements.

use crate::access::{Authorizer, authorize};
use crate::cells::{Packed, Staged};
use crate::changes::{Changes, on_commit, on_rollback, on_update};
use crate::functions::Functions;
use crate::session::Session;
use crate::statement::Statement;
use crate::vfs::{DATABASE, Mounted, Storage};
use crate::{Change, Failure, Result, SharedHost, functions, memory, vectors};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, ffi};
use std::ffi::CStr;

/// SQLite's machine steps between two questions to [`crate::Host::interrupted`]: some tenths of a millisecond.
const STEPS_PER_QUESTION: i32 = 4000;

/// Bounds that hostile SQL meets before it meets the end of the memory. SQLite's own defaults are for machines that can grow a stack.
const LIMITS: &[(Limit, i32)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, 512 << 20),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 16 << 20),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 500),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 500),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 127),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50_000),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 32_766),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 200),
    // VACUUM needs one; the authorizer refuses the user's.
    (Limit::SQLITE_LIMIT_ATTACHED, 1),
];

/// For an arena: one connection holds the database for good, so no statement asks for locks or for a journal left behind; pages are read where they lie;
/// nothing is synced. The journal stays a file of the arena, which is what a fresh instance rolls back from.
const MEMORY_SETTINGS: &str = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF; PRAGMA mmap_size=2147418112;";

/// For a page cache where memory has ended.
const SMALL_CACHE: &str = "PRAGMA cache_size = 16";

#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Nothing may be written.
    pub readonly: bool,
}

/// What callbacks of SQLite's point at: it must not move, hence the box.
pub(crate) struct State {
    pub authorizer: Authorizer,
    pub changes: Changes,
    pub functions: Functions,
    pub host: SharedHost,
}

/// One connection to one database.
///
/// Statements are known by number. Not to be used from inside a function of the user's: such calls fail.
pub struct Database {
    pub(crate) statements: Vec<Option<Statement>>,
    pub(crate) session: Option<Session>,
    pub(crate) connection: Connection,
    pub(crate) state: Box<State>,
    pub(crate) staged: Staged,
    pub(crate) rows: Packed,
    pub(crate) storage: Storage,
    watched: bool,
    /// Memory ended: see `mend`.
    pub(crate) suspect: bool,
    /// A transaction is open that nobody began: see `mend`.
    pub(crate) stray: bool,
    /// What the page cache may hold once there is room for it again.
    cache_size: Option<i64>,
    /// Last: it may only go when the connection is closed.
    _mounted: Mounted,
}

impl Database {
    /// Opens, and makes the database where there is none.
    ///
    /// # Errors
    /// NOTADB or CORRUPT when the bytes are no database; what the storage says.
    pub fn open(storage: Storage, host: SharedHost, options: &Options) -> Result<Self> {
        memory::install();
        let mounted = Mounted::new(storage.clone()).map_err(|code| Failure::new(code, "SQLite refuses another file system"))?;
        let access = if options.readonly {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let connection = Connection::open_with_flags_and_vfs(DATABASE, flags, mounted.name.as_str()).map_err(failure_of)?;
        for &(limit, value) in LIMITS {
            connection.set_limit(limit, value).map_err(failure_of)?;
        }
        for (setting, value) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
        ] {
            connection.set_db_config(setting, value).map_err(failure_of)?;
        }
        if matches!(storage, Storage::Memory(_)) {
            connection.execute_batch(MEMORY_SETTINGS).map_err(failure_of)?;
        }
        let mut state =
            Box::new(State { authorizer: Authorizer::default(), changes: Changes::default(), functions: Functions::default(), host });
        // SAFETY: the connection is open; the state is boxed, so its address holds, and lives as long as the connection.
        unsafe {
            let handle = connection.handle();
            ffi::sqlite3_set_authorizer(handle, Some(authorize), (&raw mut state.authorizer).cast());
            let changes: *mut core::ffi::c_void = (&raw mut state.changes).cast();
            ffi::sqlite3_update_hook(handle, Some(on_update), changes);
            ffi::sqlite3_commit_hook(handle, Some(on_commit), changes);
            ffi::sqlite3_rollback_hook(handle, Some(on_rollback), changes);
            vectors::register(handle)?;
        }
        Ok(Self {
            statements: Vec::new(),
            session: None,
            connection,
            state,
            staged: Staged::default(),
            rows: Packed::default(),
            storage,
            watched: false,
            suspect: false,
            stray: false,
            cache_size: None,
            _mounted: mounted,
        })
    }

    pub(crate) fn handle(&self) -> *mut ffi::sqlite3 {
        // SAFETY: asked for on the thread that owns the connection, which stays open as long as `self`.
        unsafe { self.connection.handle() }
    }

    /// The failure that SQLite noted last, under the code of the call that failed.
    pub(crate) fn failure(&mut self, code: i32) -> Failure {
        self.state.changes.failed();
        if code & 0xff == ffi::SQLITE_AUTH
            && let Some(what) = self.state.authorizer.refused.take()
        {
            return Failure::new(code, format!("{what} is not allowed"));
        }
        let handle = self.handle();
        // SAFETY: the connection is open; the message is a C string that holds until its next call.
        unsafe {
            let noted = ffi::sqlite3_extended_errcode(handle);
            let message = CStr::from_ptr(ffi::sqlite3_errmsg(handle)).to_string_lossy().into_owned();
            let code = if noted & 0xff == code & 0xff { noted } else { code };
            let failure = Failure { code, message, offset: ffi::sqlite3_error_offset(handle) };
            // SQLite does not always have a message where memory ends; and the commit hook refuses only what could not be noted (changes.rs).
            if failure.is_no_memory() || code == ffi::SQLITE_CONSTRAINT_COMMITHOOK {
                return self.out_of_memory();
            }
            failure
        }
    }

    /// NOMEM, after the page cache and the arena's reserve have been let go of: the next call may do with what they held.
    pub(crate) fn out_of_memory(&mut self) -> Failure {
        self.suspect = true;
        // SAFETY: the connection is open; pages in use stay.
        unsafe { ffi::sqlite3_db_release_memory(self.handle()) };
        if let Storage::Memory(arena) = &self.storage {
            arena.release_reserve();
        }
        Failure::no_memory()
    }

    pub(crate) fn check(&mut self, code: i32) -> Result<()> {
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(self.failure(code)) }
    }

    /// Before anything is compiled or run, after SQLite ran out of memory:
    ///
    /// - what it left open is rolled back;
    /// - virtual tables are made again, since they may remember what was undone. FTS5 of SQLite 3.54 does: where its reading of the number of rows
    ///   fails, the transaction is rolled back under it, and it goes on with a wrong number that the next insertion writes down
    ///   (`fts5StorageLoadTotals`);
    /// - the page cache does with little until there is room for all of it: SQLite gives no page of it back where memory is refused.
    pub(crate) fn mend(&mut self) -> Result<()> {
        if self.stray {
            self.stray = false;
            self.trusted(|database| database.exec("ROLLBACK")).inspect_err(|_| self.stray = true)?;
        }
        if self.suspect && !self.in_transaction() {
            self.suspect = false;
            self.recover().inspect_err(|_| self.suspect = true)?;
        } else if let Some(size) = self.cache_size
            && has_room(size)
        {
            self.cache_size = None;
            self.trusted(|database| database.exec(&format!("PRAGMA cache_size = {size}"))).inspect_err(|_| self.cache_size = Some(size))?;
        }
        Ok(())
    }

    fn recover(&mut self) -> Result<()> {
        self.trusted(|database| database.exec("PRAGMA writable_schema = RESET"))?;
        if self.cache_size.is_none() {
            let size = self.connection.query_row("PRAGMA cache_size", [], |row| row.get(0)).map_err(failure_of)?;
            self.trusted(|database| database.exec(SMALL_CACHE))?;
            self.cache_size = Some(size);
        }
        Ok(())
    }

    /// After SQLite says that a statement has gone well: whether it met no refused memory that it needed (memory.rs). A commit of its own was
    /// refused then (changes.rs); what it wrote in a transaction goes with that.
    pub(crate) fn witness(&mut self, readonly: bool) -> Result<()> {
        if !memory::missed() {
            return Ok(());
        }
        let failure = self.out_of_memory();
        if !readonly && self.in_transaction() {
            self.trusted(|database| database.exec("ROLLBACK"))?;
        }
        Err(failure)
    }

    /// What the next call reads: parameters, and bytes of texts and blobs.
    pub fn staged(&mut self) -> &mut Staged {
        &mut self.staged
    }

    /// What the last call gave.
    pub fn rows(&self) -> &Packed {
        &self.rows
    }

    /// What the last call gave, to be let go of when it was large.
    pub fn rows_mut(&mut self) -> &mut Packed {
        &mut self.rows
    }

    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    pub fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit() && !self.stray
    }

    pub fn total_changes(&self) -> i64 {
        // SAFETY: the connection is open.
        unsafe { ffi::sqlite3_total_changes64(self.handle()) }
    }

    /// Whether the crate's owner is asked to interrupt while statements run.
    pub fn watch(&mut self, on: bool) {
        self.watched = on;
        let context: *mut core::ffi::c_void = (&raw mut *self.state).cast();
        // SAFETY: the connection is open and the state outlives it.
        unsafe { ffi::sqlite3_progress_handler(self.handle(), STEPS_PER_QUESTION, on.then_some(ask), context) };
    }

    /// Runs `work` with what is refused to users' statements allowed.
    pub fn trusted<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = core::mem::replace(&mut self.state.authorizer.trusted, true);
        let result = work(self);
        self.state.authorizer.trusted = before;
        result
    }

    /// Whether row changes are recorded. Statements compiled before may delete a whole table without telling: compile them again.
    pub fn record_changes(&mut self, on: bool) {
        self.state.authorizer.row_by_row = on;
        self.state.changes.recording = on;
    }

    /// The oldest row changes of transactions that have committed, at most `most` of them; each is told once.
    pub fn take_changes(&mut self, most: usize) -> Vec<Change> {
        self.state.changes.take(most)
    }

    /// Has a statement that is at a row fail, so that what it has written is undone: merely reset, SQLite would commit it.
    ///
    /// # Safety
    /// A live statement of this connection.
    pub(crate) unsafe fn interrupt(&mut self, raw: *mut ffi::sqlite3_stmt) {
        // SAFETY: as the caller vouches. Nothing else runs meanwhile, so only this statement is asked about.
        unsafe {
            ffi::sqlite3_progress_handler(self.handle(), 1, Some(always), core::ptr::null_mut());
            while ffi::sqlite3_step(raw) == ffi::SQLITE_ROW {}
        }
        self.watch(self.watched);
    }

    /// Registers a scalar function or an aggregate of the user's under a number by which the host knows it.
    ///
    /// # Errors
    /// MISUSE for a name or a number of arguments that SQLite refuses.
    pub fn create_function(
        &mut self,
        name: &str,
        arity: i32,
        function: u32,
        kind: functions::FunctionKind,
        deterministic: bool,
    ) -> Result<()> {
        let lower = name.to_ascii_lowercase();
        if deterministic {
            self.state.authorizer.volatile.remove(&lower)
        } else {
            self.state.authorizer.volatile.insert(lower)
        };
        let state: *mut State = &raw mut *self.state;
        // SAFETY: the connection is open and the state outlives it.
        let code = unsafe { functions::register(self.handle(), name, arity, function, kind, deterministic, state) };
        self.check(code)
    }

    /// Closes the connection; rolls back what is open.
    pub fn close(self) {}
}

impl Drop for Database {
    fn drop(&mut self) {
        // Statements and the session must go before the connection does.
        self.statements.clear();
        self.session = None;
    }
}

/// Whether a page cache of this size (pages, or KiB where it is negative) would find room.
fn has_room(size: i64) -> bool {
    let bytes = if size < 0 { size.unsigned_abs() * 1024 } else { size as u64 * 4096 };
    usize::try_from(bytes).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok())
}

/// # Safety
/// Progress callback of SQLite's; `context` is the [`State`] it was registered with.
unsafe extern "C" fn ask(context: *mut core::ffi::c_void) -> i32 {
    // SAFETY: as above; only shared access, while the statement runs.
    unsafe { i32::from((*context.cast::<State>()).host.interrupted()) }
}

unsafe extern "C" fn always(_context: *mut core::ffi::c_void) -> i32 {
    1
}

/// rusqlite's error as this crate's.
pub(crate) fn failure_of(error: rusqlite::Error) -> Failure {
    match error {
        rusqlite::Error::SqliteFailure(error, message) => Failure::new(error.extended_code, message.unwrap_or_else(|| error.to_string())),
        other => Failure::misuse(other.to_string()),
    }
}
