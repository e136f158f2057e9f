//! Functions of the user's: SQLite calls in, the host answers, values cross in packed cells.

use crate::cells::{self, Packed, Staged};
use crate::database::State;
use crate::{Failure, SharedHost};
use rusqlite::ffi;
use std::ffi::CString;
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    Scalar,
    Aggregate,
}

/// What is to be done for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Scalar,
    /// The scalar result that [`crate::Host::numbers`] could not give as a number.
    Pending,
    /// One row of an aggregate.
    Row,
    /// The aggregate's result; no row may have come before.
    Result,
}

/// One call of a function.
pub struct Call<'a> {
    pub function: u32,
    pub step: Step,
    /// Which running aggregate; 0 when no row came.
    pub aggregate: u32,
    pub arguments: &'a Packed,
    /// One cell, and the bytes that it points into.
    pub result: &'a mut Staged,
}

/// Rooms for the calls of one connection.
#[derive(Default)]
pub(crate) struct Functions {
    arguments: Packed,
    result: Staged,
    aggregates: u32,
}

struct Registered {
    function: u32,
    state: *mut State,
}

/// # Safety
/// `handle` is an open connection, and `state` outlives it.
pub(crate) unsafe fn register(
    handle: *mut ffi::sqlite3,
    name: &str,
    arity: i32,
    function: u32,
    kind: FunctionKind,
    deterministic: bool,
    state: *mut State,
) -> i32 {
    let Ok(name) = CString::new(name) else { return ffi::SQLITE_MISUSE };
    let flags = ffi::SQLITE_UTF8 | if deterministic { ffi::SQLITE_DETERMINISTIC } else { 0 };
    let registered: *mut core::ffi::c_void = Box::into_raw(Box::new(Registered { function, state })).cast();
    // SAFETY: as the caller vouches; SQLite frees `registered` by `forget`, also when it refuses the function.
    unsafe {
        match kind {
            FunctionKind::Scalar => {
                ffi::sqlite3_create_function_v2(handle, name.as_ptr(), arity, flags, registered, Some(scalar), None, None, Some(forget))
            }
            FunctionKind::Aggregate => ffi::sqlite3_create_function_v2(
                handle,
                name.as_ptr(),
                arity,
                flags,
                registered,
                None,
                Some(row),
                Some(result),
                Some(forget),
            ),
        }
    }
}

unsafe extern "C" fn forget(registered: *mut core::ffi::c_void) {
    // SAFETY: made by `register`, freed once.
    drop(unsafe { Box::from_raw(registered.cast::<Registered>()) });
}

unsafe extern "C" fn scalar(context: *mut ffi::sqlite3_context, count: i32, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: SQLite's own pointers, for the time of this call.
    unsafe {
        let Some(arguments) = numbers(count, values) else { return call(context, Step::Scalar, 0, count, values) };
        let registered: *const Registered = ffi::sqlite3_user_data(context).cast();
        let answer = (*(*registered).state).host.numbers((*registered).function, count as u32, arguments);
        if !answer.is_finite() {
            return call(context, Step::Pending, 0, 0, values);
        }
        // As parameters bind: whole numbers are INTEGER.
        if answer.fract() == 0.0 && answer.abs() <= MAX_SAFE_INTEGER {
            ffi::sqlite3_result_int64(context, answer as i64);
        } else {
            ffi::sqlite3_result_double(context, answer);
        }
    }
}

const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The arguments, where they are few and all of them numbers that an f64 holds.
///
/// # Safety
/// SQLite's pointers, for the time of one callback.
unsafe fn numbers(count: i32, values: *mut *mut ffi::sqlite3_value) -> Option<[f64; 3]> {
    if count > 3 {
        return None;
    }
    let mut out = [0.0; 3];
    for (i, out) in out.iter_mut().enumerate().take(count as usize) {
        // SAFETY: as the caller vouches.
        *out = unsafe {
            let value = *values.add(i);
            match ffi::sqlite3_value_type(value) {
                ffi::SQLITE_FLOAT => ffi::sqlite3_value_double(value),
                ffi::SQLITE_INTEGER => {
                    let whole = ffi::sqlite3_value_int64(value);
                    if whole.unsigned_abs() > MAX_SAFE_INTEGER as u64 {
                        return None;
                    }
                    whole as f64
                }
                _ => return None,
            }
        };
    }
    Some(out)
}

unsafe extern "C" fn row(context: *mut ffi::sqlite3_context, count: i32, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: SQLite's own pointers; the aggregate's room is zeroed when it is new.
    unsafe {
        let room: *mut u32 = ffi::sqlite3_aggregate_context(context, 4).cast();
        if room.is_null() {
            return ffi::sqlite3_result_error_nomem(context);
        }
        if *room == 0 {
            let registered: *const Registered = ffi::sqlite3_user_data(context).cast();
            let functions = &mut (*(*registered).state).functions;
            functions.aggregates = functions.aggregates.wrapping_add(1).max(1);
            *room = functions.aggregates;
        }
        call(context, Step::Row, *room, count, values);
    }
}

unsafe extern "C" fn result(context: *mut ffi::sqlite3_context) {
    // SAFETY: SQLite's own pointers; null where no row came.
    unsafe {
        let room: *mut u32 = ffi::sqlite3_aggregate_context(context, 0).cast();
        call(context, Step::Result, if room.is_null() { 0 } else { *room }, 0, core::ptr::null_mut());
    }
}

/// # Safety
/// SQLite's pointers, for the time of one callback.
unsafe fn call(context: *mut ffi::sqlite3_context, step: Step, aggregate: u32, count: i32, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: the state outlives the connection. Its functions' rooms are used by one call at a time: a function may not call the database.
    unsafe {
        let registered: *const Registered = ffi::sqlite3_user_data(context).cast();
        let state = (*registered).state;
        let host: SharedHost = Rc::clone(&(*state).host);
        let Functions { arguments, result, .. } = &mut (*state).functions;
        arguments.clear();
        for i in 0..count as usize {
            if arguments.push(*values.add(i)).is_err() {
                return ffi::sqlite3_result_error_nomem(context);
            }
        }
        if result.reserve(1, 0).is_err() {
            return ffi::sqlite3_result_error_nomem(context);
        }
        result.cells[0] = cells::Cell::default();
        let mut call = Call { function: (*registered).function, step, aggregate, arguments, result };
        match host.call(&mut call) {
            Ok(()) if step == Step::Row => {}
            Ok(()) => give(context, result),
            Err(failure) if failure.is_no_memory() => ffi::sqlite3_result_error_nomem(context),
            Err(Failure { message, .. }) => ffi::sqlite3_result_error(context, message.as_ptr().cast(), message.len() as i32),
        }
    }
}

/// # Safety
/// SQLite's context, for the time of one callback.
unsafe fn give(context: *mut ffi::sqlite3_context, result: &Staged) {
    let cell = result.cells[0];
    let bytes = result.bytes_of(cell);
    // SAFETY: SQLite copies the bytes.
    unsafe {
        match cell.kind {
            cells::INTEGER => ffi::sqlite3_result_int64(context, f64::from_bits(cell.payload) as i64),
            cells::BIG_INTEGER => ffi::sqlite3_result_int64(context, cell.payload as i64),
            cells::FLOAT => ffi::sqlite3_result_double(context, f64::from_bits(cell.payload)),
            cells::TEXT => {
                let kind = ffi::SQLITE_UTF8 as u8;
                ffi::sqlite3_result_text64(context, bytes.as_ptr().cast(), bytes.len() as u64, ffi::SQLITE_TRANSIENT(), kind);
            }
            cells::BLOB if bytes.is_empty() => ffi::sqlite3_result_zeroblob(context, 0),
            cells::BLOB => ffi::sqlite3_result_blob64(context, bytes.as_ptr().cast(), bytes.len() as u64, ffi::SQLITE_TRANSIENT()),
            _ => ffi::sqlite3_result_null(context),
        }
    }
}
