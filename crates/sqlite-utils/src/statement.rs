//! Statements: compiled once, run with packed parameters, their rows packed on the way out.

use crate::access::{Access, Savepoint};
use crate::cells::{self, Cell};
use crate::{Database, Failure, Result, memory};
use rusqlite::ffi;
use std::ffi::{CStr, c_char};

/// A compiled statement; finalized when dropped.
pub(crate) struct Statement {
    raw: *mut ffi::sqlite3_stmt,
    access: Access,
    /// Whether `changes` means something after it.
    is_change: bool,
    readonly: bool,
    /// Started, and not yet at its end.
    active: bool,
    /// How often SQLite compiled it again; the names of its columns may have changed then.
    recompiled: i32,
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: compiled by `prepare`, finalized here alone, and before the connection is closed.
        unsafe { ffi::sqlite3_finalize(self.raw) };
    }
}

/// What a statement did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub changes: i64,
    pub last_insert_rowid: i64,
}

impl Database {
    /// Compiles the one statement of `sql`.
    ///
    /// # Errors
    /// SQLITE_MISUSE when there is none or more than one; SQLITE_AUTH for what is not allowed; SQLite's own.
    pub fn prepare(&mut self, sql: &str) -> Result<u32> {
        let (raw, rest, access) = self.compile(sql)?;
        if raw.is_null() {
            return Err(Failure::misuse("there is no statement in this text"));
        }
        // SAFETY: a statement that was compiled.
        let readonly = unsafe { ffi::sqlite3_stmt_readonly(raw) } != 0;
        let statement = Statement { raw, is_change: access.is_change(), access, readonly, active: false, recompiled: 0 };
        if self.has_statement(&sql[rest..])? {
            return Err(Failure::misuse("there are several statements in this text"));
        }
        let free = self.statements.iter().position(Option::is_none);
        let at = free.unwrap_or(self.statements.len());
        if free.is_none() {
            self.statements.try_reserve(1)?;
            self.statements.push(None);
        }
        self.statements[at] = Some(statement);
        Ok(at as u32)
    }

    /// Compiles the first statement; gives it (null: there was none), where the rest begins, and what it touches.
    fn compile(&mut self, sql: &str) -> Result<(*mut ffi::sqlite3_stmt, usize, Access)> {
        let length = i32::try_from(sql.len()).map_err(|_| Failure::new(ffi::SQLITE_TOOBIG, "the statement is too long"))?;
        self.mend()?;
        let mut raw = core::ptr::null_mut();
        let mut rest: *const c_char = core::ptr::null();
        memory::begin();
        self.state.authorizer.collecting = Some(Access::default());
        // SAFETY: the connection is open, the text is as long as said, and both places for results live.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(self.handle(), sql.as_ptr().cast(), length, ffi::SQLITE_PREPARE_PERSISTENT, &raw mut raw, &raw mut rest)
        };
        let access = self.state.authorizer.collecting.take().unwrap_or_default();
        self.check(code)?;
        let rest = if rest.is_null() { sql.len() } else { rest as usize - sql.as_ptr() as usize };
        Ok((raw, rest, access))
    }

    /// Whether more than spaces and comments are there; text that does not compile counts as a statement.
    fn has_statement(&mut self, mut sql: &str) -> Result<bool> {
        loop {
            sql = sql.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';');
            if sql.is_empty() {
                return Ok(false);
            }
            match self.compile(sql) {
                Ok((raw, rest, _)) if raw.is_null() && rest > 0 => sql = &sql[rest..],
                Ok((raw, ..)) => {
                    // SAFETY: compiled just now, or null, which is allowed.
                    unsafe { ffi::sqlite3_finalize(raw) };
                    return Ok(!raw.is_null());
                }
                Err(failure) if failure.is_no_memory() => return Err(failure),
                Err(_) => return Ok(true),
            }
        }
    }

    /// Runs every statement of a script; rows are dropped.
    ///
    /// # Errors
    /// The first failure; what stands before it has been done.
    pub fn exec(&mut self, sql: &str) -> Result<()> {
        let mut rest = sql;
        while !rest.is_empty() {
            let (raw, next, access) = self.compile(rest)?;
            rest = &rest[next..];
            if raw.is_null() {
                continue;
            }
            let mut statement = Statement { raw, is_change: false, access, readonly: false, active: true, recompiled: 0 };
            let mark = self.state.changes.mark();
            memory::begin();
            // SAFETY: compiled just now; it lives until the end of this turn.
            let code = unsafe {
                statement.readonly = ffi::sqlite3_stmt_readonly(raw) != 0;
                loop {
                    let code = ffi::sqlite3_step(raw);
                    if code != ffi::SQLITE_ROW {
                        break code;
                    }
                }
            };
            if code != ffi::SQLITE_DONE {
                let failure = self.failure(code);
                self.state.changes.back_to(mark);
                return Err(failure);
            }
            self.witness(statement.readonly).inspect_err(|_| self.state.changes.back_to(mark))?;
            self.state.changes.succeeded();
            self.follow_savepoint(&mut statement);
        }
        Ok(())
    }

    fn follow_savepoint(&mut self, statement: &mut Statement) {
        if let Some((what, name)) = &statement.access.savepoint {
            let (what, name): (Savepoint, &str) = (*what, name);
            self.state.changes.follow(what, name);
        }
    }

    fn statement(&mut self, id: u32) -> Result<&mut Statement> {
        self.statements.get_mut(id as usize).and_then(Option::as_mut).ok_or_else(|| Failure::misuse("this statement was finalized"))
    }

    pub fn finalize(&mut self, id: u32) {
        if let Some(slot) = self.statements.get_mut(id as usize) {
            *slot = None;
        }
    }

    /// What the statement touches.
    pub fn access(&mut self, id: u32) -> Result<&Access> {
        self.statement(id).map(|statement| &statement.access)
    }

    pub fn is_readonly(&mut self, id: u32) -> Result<bool> {
        self.statement(id).map(|statement| statement.readonly)
    }

    pub fn column_names(&mut self, id: u32) -> Result<Vec<String>> {
        let raw = self.statement(id)?.raw;
        // SAFETY: a live statement; names are C strings, or null when memory is short.
        unsafe {
            (0..ffi::sqlite3_column_count(raw))
                .map(|i| {
                    let name = ffi::sqlite3_column_name(raw, i);
                    if name.is_null() { Err(Failure::no_memory()) } else { Ok(CStr::from_ptr(name).to_string_lossy().into_owned()) }
                })
                .collect()
        }
    }

    /// Name of each parameter with its prefix; empty for those without one.
    pub fn parameter_names(&mut self, id: u32) -> Result<Vec<String>> {
        let raw = self.statement(id)?.raw;
        // SAFETY: a live statement; names are C strings or null.
        unsafe {
            Ok((1..=ffi::sqlite3_bind_parameter_count(raw))
                .map(|i| {
                    let name = ffi::sqlite3_bind_parameter_name(raw, i);
                    if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
                })
                .collect())
        }
    }

    /// Starts a statement over with the `parameters` staged.
    ///
    /// # Errors
    /// SQLITE_TOOBIG for a text or blob beyond the limit; NOMEM.
    pub fn start(&mut self, id: u32, parameters: usize) -> Result<()> {
        self.bind(id, 0, parameters, true)?;
        self.rows.restart();
        self.statement(id)?.active = true;
        Ok(())
    }

    /// Binds the cells from `first` on. `copied`: the bytes may change before the statement has ended.
    fn bind(&mut self, id: u32, first: usize, count: usize, copied: bool) -> Result<()> {
        self.mend()?;
        let raw = self.statement(id)?.raw;
        let cells = self.staged.cells.get(first..first + count).ok_or_else(|| Failure::misuse("fewer parameters are staged"))?;
        let keep = if copied { ffi::SQLITE_TRANSIENT() } else { ffi::SQLITE_STATIC() };
        // SAFETY: a live statement, reset before it is bound. Bytes that are not copied stay as they are until it has ended: nothing is
        // staged meanwhile, since functions of the user's may not call the database.
        let code = unsafe {
            ffi::sqlite3_reset(raw);
            let mut code = ffi::SQLITE_OK;
            for (i, &cell) in (1..).zip(cells) {
                code = bind_cell(raw, i, cell, self.staged.bytes_of(cell), keep);
                if code != ffi::SQLITE_OK {
                    break;
                }
            }
            code
        };
        self.check(code)
    }

    /// Runs a statement to its end, rows dropped.
    ///
    /// # Errors
    /// SQLite's; the statement's own changes are undone, as SQLite does.
    pub fn run(&mut self, id: u32, parameters: usize) -> Result<Outcome> {
        self.bind(id, 0, parameters, false)?;
        self.finish(id)
    }

    /// Runs a statement for `rows` rows of `columns` parameters each; gives what they changed.
    ///
    /// # Errors
    /// SQLite's, with the number of the failing row.
    pub fn run_many(&mut self, id: u32, columns: usize, rows: usize) -> core::result::Result<i64, (usize, Failure)> {
        let mut changes = 0;
        for row in 0..rows {
            let outcome = self.bind(id, row * columns, columns, false).and_then(|()| self.finish(id));
            changes += outcome.map_err(|failure| (row, failure))?.changes;
        }
        Ok(changes)
    }

    fn finish(&mut self, id: u32) -> Result<Outcome> {
        let (raw, is_change, readonly) = self.statement(id).map(|statement| (statement.raw, statement.is_change, statement.readonly))?;
        memory::begin();
        let mark = self.state.changes.mark();
        let handle = self.handle();
        // SAFETY: a live statement of this open connection.
        unsafe {
            let before = ffi::sqlite3_total_changes64(handle);
            let mut code = ffi::sqlite3_step(raw);
            while code == ffi::SQLITE_ROW {
                code = ffi::sqlite3_step(raw);
            }
            if code != ffi::SQLITE_DONE {
                let failure = self.failure(code);
                ffi::sqlite3_reset(raw);
                // With OR FAIL the rows before the failing one stay, and are counted.
                if ffi::sqlite3_total_changes64(handle) == before {
                    self.state.changes.back_to(mark);
                }
                return Err(failure);
            }
            ffi::sqlite3_reset(raw);
            self.witness(readonly)?;
            let outcome = Outcome {
                changes: if is_change { ffi::sqlite3_changes64(handle) } else { 0 },
                last_insert_rowid: ffi::sqlite3_last_insert_rowid(handle),
            };
            self.ended(id)?;
            Ok(outcome)
        }
    }

    fn ended(&mut self, id: u32) -> Result<()> {
        self.state.changes.succeeded();
        let statement = self.statement(id)?;
        statement.active = false;
        if let Some((what, name)) = statement.access.savepoint.clone() {
            self.state.changes.follow(what, &name);
        }
        Ok(())
    }

    /// Packs the next rows of a started statement, until `most` or until they take about `bytes` bytes. Gives their number; fewer than asked
    /// for by both measures means that the statement has ended ([`Database::is_active`]).
    ///
    /// # Errors
    /// SQLite's, or NOMEM where the rows find no room; rows packed before it are lost, and what the statement wrote is undone.
    pub fn fill(&mut self, id: u32, most: usize, bytes: usize) -> Result<usize> {
        self.rows.clear();
        let statement = self.statement(id)?;
        let (raw, readonly) = (statement.raw, statement.readonly);
        if !statement.active {
            return Ok(0);
        }
        memory::begin();
        let mark = self.state.changes.mark();
        let mut count = 0;
        while count < most && self.rows.len() < bytes {
            // SAFETY: a live statement.
            let code = unsafe { ffi::sqlite3_step(raw) };
            match code {
                // SAFETY: the statement is at a row; its values are read before it is stepped again.
                ffi::SQLITE_ROW => match unsafe { self.rows.push_row(raw) } {
                    Ok(()) if !memory::missed() => count += 1,
                    _ => {
                        if !readonly {
                            // SAFETY: as above.
                            unsafe { self.interrupt(raw) };
                        }
                        self.state.changes.back_to(mark);
                        self.stop(id);
                        // What there is of them would be in the way.
                        self.rows = cells::Packed::default();
                        return Err(self.out_of_memory());
                    }
                },
                ffi::SQLITE_DONE => {
                    self.stop(id);
                    self.witness(readonly)?;
                    self.ended(id)?;
                    break;
                }
                _ => {
                    let failure = self.failure(code);
                    self.state.changes.back_to(mark);
                    self.stop(id);
                    return Err(failure);
                }
            }
        }
        Ok(count)
    }

    /// Ends a statement that is not at its end.
    pub fn stop(&mut self, id: u32) {
        if let Ok(statement) = self.statement(id) {
            statement.active = false;
            // SAFETY: a live statement.
            unsafe { ffi::sqlite3_reset(statement.raw) };
        }
    }

    /// Started, and not at its end.
    pub fn is_active(&mut self, id: u32) -> bool {
        self.statement(id).is_ok_and(|statement| statement.active)
    }

    /// What a statement that has run to its end did.
    pub fn outcome(&mut self, id: u32) -> Result<Outcome> {
        let is_change = self.statement(id)?.is_change;
        let handle = self.handle();
        // SAFETY: the connection is open.
        unsafe {
            Ok(Outcome {
                changes: if is_change { ffi::sqlite3_changes64(handle) } else { 0 },
                last_insert_rowid: ffi::sqlite3_last_insert_rowid(handle),
            })
        }
    }

    /// True once after SQLite compiled the statement again because the schema had changed: ask for its columns anew.
    pub fn was_recompiled(&mut self, id: u32) -> bool {
        let Ok(statement) = self.statement(id) else { return false };
        // SAFETY: a live statement.
        let times = unsafe { ffi::sqlite3_stmt_status(statement.raw, ffi::SQLITE_STMTSTATUS_REPREPARE, 0) };
        core::mem::replace(&mut statement.recompiled, times) != times
    }
}

/// # Safety
/// A live statement; `bytes` outlive its run unless `keep` says that they are copied.
unsafe fn bind_cell(raw: *mut ffi::sqlite3_stmt, index: i32, cell: Cell, bytes: &[u8], keep: ffi::sqlite3_destructor_type) -> i32 {
    // SAFETY: as the caller vouches.
    unsafe {
        match cell.kind {
            cells::INTEGER => ffi::sqlite3_bind_int64(raw, index, f64::from_bits(cell.payload) as i64),
            cells::BIG_INTEGER => ffi::sqlite3_bind_int64(raw, index, cell.payload as i64),
            cells::FLOAT => ffi::sqlite3_bind_double(raw, index, f64::from_bits(cell.payload)),
            // 64: the encoding is UTF-8 and the length 64 bits, so nothing is cut.
            cells::TEXT => ffi::sqlite3_bind_text64(raw, index, bytes.as_ptr().cast(), bytes.len() as u64, keep, ffi::SQLITE_UTF8 as u8),
            cells::BLOB if bytes.is_empty() => ffi::sqlite3_bind_zeroblob(raw, index, 0),
            cells::BLOB => ffi::sqlite3_bind_blob64(raw, index, bytes.as_ptr().cast(), bytes.len() as u64, keep),
            _ => ffi::sqlite3_bind_null(raw, index),
        }
    }
}
