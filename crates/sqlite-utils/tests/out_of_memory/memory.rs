//! Memory that ends on purpose. Counted are all allocations of SQLite's, and of this crate's those whose size may be the caller's; the nth is
//! refused, or all from the nth on. What a thread is to be refused is its own business, so the test runner is left alone.

#![allow(unsafe_code, reason = "two allocators; every block says why it is sound")]

use rusqlite::ffi;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::Once;

/// Smaller allocations of Rust's are names, numbers and messages: where they are refused WebAssembly traps, and the service replaces the instance.
const LEAST: usize = 512;

#[derive(Clone, Copy)]
struct Plan {
    armed: bool,
    /// The allocation that is refused, from 1.
    at: u64,
    lasting: bool,
    seen: u64,
    refused: u64,
}

thread_local! {
    static PLAN: Cell<Plan> = const { Cell::new(Plan { armed: false, at: 0, lasting: false, seen: 0, refused: 0 }) };
}

/// Refuses the `at`th allocation from now on; `lasting`: and all after it.
pub fn refuse(at: u64, lasting: bool) {
    PLAN.set(Plan { armed: true, at, lasting, seen: 0, refused: 0 });
}

/// Gives memory again; tells how many allocations were refused.
pub fn restore() -> u64 {
    let plan = PLAN.get();
    PLAN.set(Plan { armed: false, ..plan });
    plan.refused
}

/// Work that is not under test, in the middle of what is.
pub fn spared<T>(work: impl FnOnce() -> T) -> T {
    let armed = PLAN.get().armed;
    PLAN.set(Plan { armed: false, ..PLAN.get() });
    let result = work();
    PLAN.set(Plan { armed, ..PLAN.get() });
    result
}

fn refused() -> bool {
    PLAN.try_with(|cell| {
        let mut plan = cell.get();
        if !plan.armed {
            return false;
        }
        plan.seen += 1;
        let refuse = plan.seen == plan.at || (plan.lasting && plan.seen > plan.at);
        plan.refused += u64::from(refuse);
        cell.set(plan);
        refuse
    })
    .unwrap_or(false)
}

pub struct Counted;

// SAFETY: the system's allocator, or null as the contract allows.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= LEAST && refused() {
            return core::ptr::null_mut();
        }
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= LEAST && refused() {
            return core::ptr::null_mut();
        }
        // SAFETY: as the caller vouches.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size >= LEAST && refused() {
            return core::ptr::null_mut();
        }
        // SAFETY: as the caller vouches.
        unsafe { System.realloc(start, layout, size) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(start, layout) }
    }
}

/// Before each piece that SQLite gets: its size.
const HEAD: usize = 16;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size + HEAD, HEAD).unwrap()
}

unsafe extern "C" fn allocate(size: c_int) -> *mut c_void {
    if refused() {
        return core::ptr::null_mut();
    }
    // SAFETY: the layout is not empty; the head has room for the size.
    unsafe {
        let start = System.alloc(layout(size as usize));
        start.cast::<usize>().write(size as usize);
        start.add(HEAD).cast()
    }
}

unsafe extern "C" fn release(piece: *mut c_void) {
    if piece.is_null() {
        return;
    }
    // SAFETY: SQLite gives back what `allocate` gave it.
    unsafe { System.dealloc(piece.cast::<u8>().sub(HEAD), layout(size_of_piece(piece) as usize)) };
}

unsafe extern "C" fn resize(piece: *mut c_void, size: c_int) -> *mut c_void {
    if refused() {
        return core::ptr::null_mut();
    }
    // SAFETY: as in `release`.
    unsafe {
        let start = System.realloc(piece.cast::<u8>().sub(HEAD), layout(size_of_piece(piece) as usize), size as usize + HEAD);
        start.cast::<usize>().write(size as usize);
        start.add(HEAD).cast()
    }
}

unsafe extern "C" fn size_of_piece(piece: *mut c_void) -> c_int {
    // SAFETY: as in `release`.
    unsafe { piece.cast::<u8>().sub(HEAD).cast::<usize>().read() as c_int }
}

unsafe extern "C" fn round(size: c_int) -> c_int {
    (size + 7) & !7
}

unsafe extern "C" fn begin(_data: *mut c_void) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn end(_data: *mut c_void) {}

/// Puts SQLite on this memory; before anything else is asked of it.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let methods = ffi::sqlite3_mem_methods {
            xMalloc: Some(allocate),
            xFree: Some(release),
            xRealloc: Some(resize),
            xSize: Some(size_of_piece),
            xRoundup: Some(round),
            xInit: Some(begin),
            xShutdown: Some(end),
            pAppData: core::ptr::null_mut(),
        };
        // SAFETY: SQLite has not been started; it copies the methods. Without its own store of small pieces every allocation comes here.
        unsafe {
            assert_eq!(ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const methods), ffi::SQLITE_OK);
            // As it is shipped, and no lock that the test's threads would meet at.
            assert_eq!(ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0 as c_int), ffi::SQLITE_OK);
            assert_eq!(ffi::sqlite3_config(ffi::SQLITE_CONFIG_LOOKASIDE, 0 as c_int, 0 as c_int), ffi::SQLITE_OK);
        }
    });
}
