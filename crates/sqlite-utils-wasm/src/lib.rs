//! wasm-bindgen surface of the SQLite utilities: convert, call, convert.
//!
//! Values cross as packed cells in this memory: JavaScript asks for room (`stage`), writes parameters through a view, and calls; rows are read the
//! same way. Calls on the hot path give a number: 0 or more is the answer, -1 says that `failure*` tell what went wrong. Any call may move
//! buffers or grow the memory, so pointers and views are taken anew after each one.

mod arena;
mod files;
mod host;

// Linked for its symbols: SQLite's C code calls memcpy and its like.
use mem_functions as _;
use sqlite_utils::cells::Cell;
use sqlite_utils::vfs::Storage;
use sqlite_utils::vfs::arena::Arena;
use sqlite_utils::{Failure, FunctionKind, OnConflict, Operation, Options, Outcome};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Number of the interface between this artifact and its JavaScript; equals `abi` in variants.json.
#[wasm_bindgen]
pub fn abi() -> u32 {
    1
}

/// The target features this artifact was compiled with, comma separated.
#[wasm_bindgen(js_name = buildFeatures)]
pub fn build_features() -> String {
    bindings_common::build_features().into()
}

/// SQLite's version, then its compile options, one a line.
#[wasm_bindgen(js_name = sqliteBuild)]
pub fn sqlite_build() -> Vec<String> {
    sqlite_utils::build()
}

const FAILED: i32 = -1;

/// What a call leaves behind besides its number; JavaScript reads it as f64 words, `rowid` as a BigInt.
#[repr(C)]
#[derive(Default)]
struct Facts {
    changes: f64,
    rowid: i64,
    /// The statement has ended.
    done: f64,
    /// Its columns may have other names now.
    recompiled: f64,
    /// The row of parameters that failed.
    row: f64,
    /// Where the rows lie (`packedTable`).
    table: [u32; 6],
}

/// One connection. No method may be called from inside another, which a function of the user's could try: wasm-bindgen throws then.
#[wasm_bindgen]
pub struct Database {
    storage: Storage,
    host: Rc<host::Forwarded>,
    inner: Option<sqlite_utils::Database>,
    facts: Box<Facts>,
    failure: Failure,
    bytes: Vec<u8>,
}

impl Database {
    /// Does `work` on the open connection; FAILED notes the failure.
    fn with<T>(&mut self, work: impl FnOnce(&mut sqlite_utils::Database, &mut Facts) -> sqlite_utils::Result<T>) -> Option<T> {
        let Self { inner, facts, failure, .. } = self;
        let closed = || Failure::misuse("the database is closed");
        inner.as_mut().ok_or_else(closed).and_then(|inner| work(inner, facts)).map_err(|error| *failure = error).ok()
    }

    fn status(&mut self, work: impl FnOnce(&mut sqlite_utils::Database, &mut Facts) -> sqlite_utils::Result<()>) -> i32 {
        self.with(work).map_or(FAILED, |()| 0)
    }

    fn fail(&mut self, failure: Failure) -> i32 {
        self.failure = failure;
        FAILED
    }
}

fn note(inner: &mut sqlite_utils::Database, facts: &mut Facts, id: u32, outcome: Outcome) {
    facts.changes = outcome.changes as f64;
    facts.rowid = outcome.last_insert_rowid;
    facts.recompiled = f64::from(u8::from(inner.was_recompiled(id)));
}

/// Packs the next rows and notes what is known then.
fn fill(inner: &mut sqlite_utils::Database, facts: &mut Facts, id: u32, rows: usize, bytes: usize) -> sqlite_utils::Result<i32> {
    let count = inner.fill(id, rows, bytes)?;
    let outcome = inner.outcome(id)?;
    note(inner, facts, id, outcome);
    facts.done = f64::from(u8::from(!inner.is_active(id)));
    Ok(count as i32)
}

#[wasm_bindgen]
impl Database {
    /// `files`: the caller's files; without them the database lies in this memory.
    #[wasm_bindgen(constructor)]
    pub fn new(host: host::JsHost, files: Option<files::JsFiles>) -> Database {
        let storage = match files {
            Some(files) => Storage::Files(Rc::new(files::Forwarded(files))),
            None => Storage::Memory(Rc::new(Arena::default())),
        };
        let host = Rc::new(host::Forwarded::new(host));
        Self { storage, host, inner: None, facts: Box::default(), failure: Failure::new(0, ""), bytes: Vec::new() }
    }

    pub fn open(&mut self, readonly: bool) -> i32 {
        match sqlite_utils::Database::open(self.storage.clone(), self.host.clone(), &Options { readonly }) {
            Ok(database) => {
                self.inner = Some(database);
                0
            }
            Err(failure) => self.fail(failure),
        }
    }

    /// Rolls back what is open and lets go of files.
    pub fn close(&mut self) {
        self.inner = None;
    }

    #[wasm_bindgen(js_name = failureCode)]
    pub fn failure_code(&self) -> i32 {
        self.failure.code
    }

    #[wasm_bindgen(js_name = failureMessage)]
    pub fn failure_message(&self) -> String {
        self.failure.message.clone()
    }

    /// Byte offset in the statement's text, or -1.
    #[wasm_bindgen(js_name = failureOffset)]
    pub fn failure_offset(&self) -> i32 {
        self.failure.offset
    }

    /// Address of the facts, the same for the object's life.
    #[wasm_bindgen(js_name = factsPtr)]
    pub fn facts_ptr(&self) -> *const u8 {
        (&raw const *self.facts).cast()
    }

    /// Room for `cells` parameters and `bytes` bytes of their texts and blobs.
    pub fn stage(&mut self, cells: usize, bytes: usize) -> i32 {
        self.status(|inner, _| inner.staged().reserve(cells, bytes).map_err(Failure::from))
    }

    #[wasm_bindgen(js_name = stagedCells)]
    pub fn staged_cells(&mut self) -> *const Cell {
        self.inner.as_mut().map_or(core::ptr::null(), |inner| inner.staged().cells.as_ptr())
    }

    #[wasm_bindgen(js_name = stagedBytes)]
    pub fn staged_bytes(&mut self) -> *const u8 {
        self.inner.as_mut().map_or(core::ptr::null(), |inner| inner.staged().bytes.as_ptr())
    }

    /// Addresses and lengths of what the last call packed: cells, text, blobs; six words.
    #[wasm_bindgen(js_name = packedTable)]
    pub fn packed_table(&mut self) -> *const u32 {
        if let Some(inner) = &self.inner {
            let packed = inner.rows();
            self.facts.table = [
                packed.cells.as_ptr() as usize as u32,
                packed.cells.len() as u32,
                packed.text.as_ptr() as usize as u32,
                packed.text.len() as u32,
                packed.blobs.as_ptr() as usize as u32,
                packed.blobs.len() as u32,
            ];
        }
        self.facts.table.as_ptr()
    }

    /// Lets go of the room that large rows took.
    #[wasm_bindgen(js_name = shrinkRows)]
    pub fn shrink_rows(&mut self) {
        if let Some(inner) = &mut self.inner {
            *inner.rows_mut() = Default::default();
        }
    }

    pub fn prepare(&mut self, sql: &str) -> i32 {
        self.with(|inner, _| inner.prepare(sql)).map_or(FAILED, |id| id as i32)
    }

    pub fn finalize(&mut self, id: u32) {
        if let Some(inner) = &mut self.inner {
            inner.finalize(id);
        }
    }

    #[wasm_bindgen(js_name = columnNames)]
    pub fn column_names(&mut self, id: u32) -> Result<Vec<String>, JsValue> {
        self.with(|inner, _| inner.column_names(id)).ok_or(JsValue::NULL)
    }

    #[wasm_bindgen(js_name = parameterNames)]
    pub fn parameter_names(&mut self, id: u32) -> Vec<String> {
        self.with(|inner, _| inner.parameter_names(id)).unwrap_or_default()
    }

    /// 1: reads only; 2: changes rows; 4: changes the schema or a setting; 8: calls what may answer differently each time.
    #[wasm_bindgen(js_name = statementFlags)]
    pub fn statement_flags(&mut self, id: u32) -> u32 {
        self.with(|inner, _| {
            let readonly = inner.is_readonly(id)?;
            let access = inner.access(id)?;
            Ok(u32::from(readonly) | u32::from(access.is_change()) << 1 | u32::from(access.schema) << 2 | u32::from(access.volatile) << 3)
        })
        .unwrap_or(0)
    }

    /// Tables that the statement reads, in lower case.
    #[wasm_bindgen(js_name = tablesRead)]
    pub fn tables_read(&mut self, id: u32) -> Vec<String> {
        self.with(|inner, _| Ok(inner.access(id)?.reads.iter().cloned().collect())).unwrap_or_default()
    }

    #[wasm_bindgen(js_name = tablesWritten)]
    pub fn tables_written(&mut self, id: u32) -> Vec<String> {
        self.with(|inner, _| Ok(inner.access(id)?.writes.iter().cloned().collect())).unwrap_or_default()
    }

    pub fn run(&mut self, id: u32, parameters: usize) -> i32 {
        self.status(|inner, facts| {
            let outcome = inner.run(id, parameters)?;
            note(inner, facts, id, outcome);
            Ok(())
        })
    }

    #[wasm_bindgen(js_name = runMany)]
    pub fn run_many(&mut self, id: u32, columns: usize, rows: usize) -> i32 {
        self.status(|inner, facts| match inner.run_many(id, columns, rows) {
            Ok(changes) => {
                facts.changes = changes as f64;
                Ok(())
            }
            Err((row, failure)) => {
                facts.row = row as f64;
                Err(failure)
            }
        })
    }

    /// Starts a statement and packs its first rows; gives their number.
    pub fn query(&mut self, id: u32, parameters: usize, rows: usize, bytes: usize) -> i32 {
        self.with(|inner, facts| {
            inner.start(id, parameters)?;
            fill(inner, facts, id, rows, bytes)
        })
        .unwrap_or(FAILED)
    }

    /// Packs the next rows of a started statement.
    pub fn more(&mut self, id: u32, rows: usize, bytes: usize) -> i32 {
        self.with(|inner, facts| fill(inner, facts, id, rows, bytes)).unwrap_or(FAILED)
    }

    /// Ends a statement before its end.
    pub fn stop(&mut self, id: u32) {
        if let Some(inner) = &mut self.inner {
            inner.stop(id);
        }
    }

    /// Runs a script. `trusted`: the package's own, which may do what users' may not.
    pub fn exec(&mut self, sql: &str, trusted: bool) -> i32 {
        self.status(|inner, _| if trusted { inner.trusted(|inner| inner.exec(sql)) } else { inner.exec(sql) })
    }

    #[wasm_bindgen(js_name = inTransaction)]
    pub fn in_transaction(&self) -> bool {
        self.inner.as_ref().is_some_and(sqlite_utils::Database::in_transaction)
    }

    #[wasm_bindgen(js_name = totalChanges)]
    pub fn total_changes(&self) -> f64 {
        self.inner.as_ref().map_or(0.0, |inner| inner.total_changes() as f64)
    }

    /// Whether `interrupted` of the host is asked while statements run.
    pub fn watch(&mut self, on: bool) {
        if let Some(inner) = &mut self.inner {
            inner.watch(on);
        }
    }

    #[wasm_bindgen(js_name = createFunction)]
    pub fn create_function(&mut self, name: &str, arity: i32, function: u32, aggregate: bool, deterministic: bool) -> i32 {
        let kind = if aggregate { FunctionKind::Aggregate } else { FunctionKind::Scalar };
        self.status(|inner, _| inner.create_function(name, arity, function, kind, deterministic))
    }

    #[wasm_bindgen(js_name = recordChanges)]
    pub fn record_changes(&mut self, on: bool) {
        if let Some(inner) = &mut self.inner {
            inner.record_changes(on);
        }
    }

    /// The oldest committed changes, at most `most`, as `operation` (0 insert, 1 update, 2 delete), `table`, `rowid` in turn.
    #[wasm_bindgen(js_name = takeChanges)]
    pub fn take_changes(&mut self, most: usize) -> Vec<JsValue> {
        let changes = self.inner.as_mut().map(|inner| inner.take_changes(most)).unwrap_or_default();
        let number = |operation| match operation {
            Operation::Insert => 0,
            Operation::Update => 1,
            Operation::Delete => 2,
        };
        changes.into_iter().flat_map(|c| [JsValue::from(number(c.operation)), JsValue::from(c.table), JsValue::from(c.rowid)]).collect()
    }

    pub fn serialize(&mut self) -> Result<Vec<u8>, JsValue> {
        self.with(|inner, _| inner.serialize()).ok_or(JsValue::NULL)
    }

    /// From the room.
    pub fn deserialize(&mut self) -> i32 {
        let mut bytes = core::mem::take(&mut self.bytes);
        self.status(|inner, _| inner.trusted(|inner| inner.deserialize(&mut bytes)))
    }

    #[wasm_bindgen(js_name = startSession)]
    pub fn start_session(&mut self, tables: Vec<String>) -> i32 {
        self.status(|inner, _| inner.start_session(&tables))
    }

    #[wasm_bindgen(js_name = endSession)]
    pub fn end_session(&mut self) -> Result<Vec<u8>, JsValue> {
        self.with(|inner, _| inner.end_session()).ok_or(JsValue::NULL)
    }

    /// From the room. `on_conflict`: 0 omit, 1 replace, 2 abort.
    #[wasm_bindgen(js_name = applyChangeset)]
    pub fn apply_changeset(&mut self, on_conflict: u8) -> i32 {
        let bytes = core::mem::take(&mut self.bytes);
        let choice = [OnConflict::Omit, OnConflict::Replace, OnConflict::Abort][usize::from(on_conflict).min(2)];
        self.status(|inner, _| inner.apply_changeset(&bytes, choice))
    }
}
