//! Memory that SQLite was refused, as this crate notes it.
//!
//! SQLite passes a refusal on as NOMEM nearly everywhere. Nearly: FTS5's snippet() goes on without the matches, and integrity_check reports a sound
//! page as damaged (both in 3.54). So whatever allocation is refused outside of what SQLite itself calls benign (a larger hash table, a page
//! cache that could do with less) makes the statement fail that met it.

use rusqlite::ffi;
use std::cell::{Cell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::sync::Once;

thread_local! {
    static MISSED: Cell<bool> = const { Cell::new(false) };
    /// Depth of what SQLite calls benign.
    static BENIGN: Cell<u32> = const { Cell::new(0) };
}

/// Forgets what was refused before.
pub(crate) fn begin() {
    MISSED.set(false);
}

/// Whether memory that was needed has been refused since `begin`.
pub(crate) fn missed() -> bool {
    MISSED.get()
}

fn note(piece: *mut c_void) -> *mut c_void {
    if piece.is_null() && BENIGN.get() == 0 {
        MISSED.set(true);
    }
    piece
}

/// What SQLite had before: written once, before SQLite starts.
struct Inner(UnsafeCell<Option<ffi::sqlite3_mem_methods>>);

// SAFETY: written inside `install` alone, which everything that reads it comes after.
unsafe impl Sync for Inner {}

static INNER: Inner = Inner(UnsafeCell::new(None));

fn inner() -> Option<&'static ffi::sqlite3_mem_methods> {
    // SAFETY: nobody writes any more.
    unsafe { (*INNER.0.get()).as_ref() }
}

unsafe extern "C" fn allocate(size: c_int) -> *mut c_void {
    let Some(work) = inner().and_then(|inner| inner.xMalloc) else { return core::ptr::null_mut() };
    // SAFETY: as SQLite calls it.
    note(unsafe { work(size) })
}

unsafe extern "C" fn resize(piece: *mut c_void, size: c_int) -> *mut c_void {
    let Some(work) = inner().and_then(|inner| inner.xRealloc) else { return core::ptr::null_mut() };
    // SAFETY: as SQLite calls it.
    note(unsafe { work(piece, size) })
}

unsafe extern "C" fn begin_benign() {
    BENIGN.set(BENIGN.get() + 1);
}

unsafe extern "C" fn end_benign() {
    BENIGN.set(BENIGN.get().saturating_sub(1));
}

/// Before SQLite is used. Where somebody else has started it already, its memory stays as it is and nothing is noted.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: SQLite takes and gives copies of the methods; the hooks take nothing. A refusal (it runs already) changes nothing.
        unsafe {
            let mut methods: ffi::sqlite3_mem_methods = core::mem::zeroed();
            if ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, &raw mut methods) != ffi::SQLITE_OK {
                return;
            }
            *INNER.0.get() = Some(methods);
            methods.xMalloc = Some(allocate);
            methods.xRealloc = Some(resize);
            if ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const methods) == ffi::SQLITE_OK {
                let (begin, end): (unsafe extern "C" fn(), unsafe extern "C" fn()) = (begin_benign, end_benign);
                ffi::sqlite3_test_control(ffi::SQLITE_TESTCTRL_BENIGN_MALLOC_HOOKS, begin, end);
            }
        }
    });
}
