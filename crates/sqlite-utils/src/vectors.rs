//! Distances between embeddings, for `ORDER BY vec_distance_cosine(embedding, ?) LIMIT 10`.
//!
//! An embedding is a blob of little-endian f32. Sums are the canonical f64 ones of the vector service (`simd_kernels::wide`), so both services give
//! the same numbers. NULL gives NULL.
//!
//! | function | gives |
//! |---|---|
//! | `vec_distance_cosine(a, b)` | 1 - a·b / (|a| |b|), 0 to 2; 1 where a vector is all zero |
//! | `vec_distance_l2(a, b)` | |a - b| |
//! | `vec_distance_dot(a, b)` | -a·b |

use crate::{Failure, NoMemory, Result};
use rusqlite::ffi;
use simd_kernels::wide;

#[derive(Clone, Copy)]
enum Distance {
    Cosine,
    L2,
    Dot,
}

/// # Safety
/// An open connection.
pub(crate) unsafe fn register(handle: *mut ffi::sqlite3) -> Result<()> {
    let flags = ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC | ffi::SQLITE_INNOCUOUS;
    type Function = unsafe extern "C" fn(*mut ffi::sqlite3_context, i32, *mut *mut ffi::sqlite3_value);
    let functions: [(_, Function); 3] = [(c"vec_distance_cosine", cosine), (c"vec_distance_l2", l2), (c"vec_distance_dot", dot)];
    for (name, function) in functions {
        // SAFETY: as the caller vouches; the functions need no data of their own.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(handle, name.as_ptr(), 2, flags, core::ptr::null_mut(), Some(function), None, None, None)
        };
        if code != ffi::SQLITE_OK {
            return Err(Failure::new(code, "the distance functions could not be registered"));
        }
    }
    Ok(())
}

unsafe extern "C" fn cosine(context: *mut ffi::sqlite3_context, _count: i32, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: SQLite's own pointers, for the time of this call; the function takes two arguments.
    unsafe { answer(context, values, Distance::Cosine) };
}

unsafe extern "C" fn l2(context: *mut ffi::sqlite3_context, _count: i32, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: as above.
    unsafe { answer(context, values, Distance::L2) };
}

unsafe extern "C" fn dot(context: *mut ffi::sqlite3_context, _count: i32, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: as above.
    unsafe { answer(context, values, Distance::Dot) };
}

/// # Safety
/// SQLite's context and its two arguments.
unsafe fn answer(context: *mut ffi::sqlite3_context, values: *mut *mut ffi::sqlite3_value, distance: Distance) {
    // SAFETY: as the caller vouches; nothing else touches the arguments meanwhile.
    unsafe {
        let (first, second) = (*values, *values.add(1));
        if ffi::sqlite3_value_type(first) == ffi::SQLITE_NULL || ffi::sqlite3_value_type(second) == ffi::SQLITE_NULL {
            return ffi::sqlite3_result_null(context);
        }
        let a = match floats(first) {
            Ok(floats) => floats,
            Err(failure) => return fail(context, failure),
        };
        // The side that stays the same over the rows, mostly a parameter, is decoded once.
        let kept = ffi::sqlite3_get_auxdata(context, 1).cast::<Kept>();
        if !kept.is_null() {
            return give(context, a, &*kept, distance);
        }
        let b = match floats(second).and_then(|floats| owned(floats).map_err(Failure::from)) {
            Ok(floats) => floats,
            Err(failure) => return fail(context, failure),
        };
        let kept = Kept { norm: wide::bytes::square(&b).sqrt(), values: b };
        give(context, a, &kept, distance);
        ffi::sqlite3_set_auxdata(context, 1, Box::into_raw(Box::new(kept)).cast(), Some(forget));
    }
}

struct Kept {
    values: Vec<[u8; 4]>,
    norm: f64,
}

unsafe extern "C" fn forget(kept: *mut core::ffi::c_void) {
    // SAFETY: made by `answer`, freed once by SQLite.
    drop(unsafe { Box::from_raw(kept.cast::<Kept>()) });
}

fn owned(floats: &[[u8; 4]]) -> core::result::Result<Vec<[u8; 4]>, NoMemory> {
    let mut out = Vec::new();
    out.try_reserve_exact(floats.len())?;
    out.extend_from_slice(floats);
    Ok(out)
}

/// The floats of a blob where it lies: its place in a page decides how it is aligned, so they stay bytes.
///
/// # Safety
/// A live value; its blob is used before another call on it.
unsafe fn floats<'a>(value: *mut ffi::sqlite3_value) -> Result<&'a [[u8; 4]]> {
    // SAFETY: as the caller vouches.
    unsafe {
        if ffi::sqlite3_value_type(value) != ffi::SQLITE_BLOB {
            return Err(Failure::new(
                ffi::SQLITE_ERROR,
                "an embedding is a blob of 32-bit floats: bind a Uint8Array over a Float32Array's buffer",
            ));
        }
        let start: *const u8 = ffi::sqlite3_value_blob(value).cast();
        let length = ffi::sqlite3_value_bytes(value) as usize;
        // Null for an empty one, and for a blob of zeroes for whose bytes SQLite found no room.
        let bytes = match (start.is_null(), length) {
            (true, 0) => &[],
            (true, _) => return Err(Failure::no_memory()),
            (false, _) => core::slice::from_raw_parts(start, length),
        };
        match bytes.as_chunks() {
            (floats, []) => Ok(floats),
            _ => {
                let message = format!("an embedding is a blob of 32-bit floats, and {length} bytes are no whole number of them");
                Err(Failure::new(ffi::SQLITE_ERROR, message))
            }
        }
    }
}

/// # Safety
/// SQLite's context.
unsafe fn give(context: *mut ffi::sqlite3_context, a: &[[u8; 4]], b: &Kept, distance: Distance) {
    let value = measure(a, b, distance);
    // SAFETY: as the caller vouches.
    unsafe {
        match value {
            Some(value) => ffi::sqlite3_result_double(context, value),
            None => {
                let message = format!("embeddings of {} and {} dimensions have no distance", a.len(), b.values.len());
                fail(context, Failure::new(ffi::SQLITE_ERROR, message));
            }
        }
    }
}

fn measure(a: &[[u8; 4]], b: &Kept, distance: Distance) -> Option<f64> {
    if a.len() != b.values.len() {
        return None;
    }
    Some(match distance {
        Distance::Cosine => {
            let (dot, square) = wide::bytes::dot_and_square(&b.values, a);
            let norms = b.norm * square.sqrt();
            if norms == 0.0 { 1.0 } else { 1.0 - (dot / norms).clamp(-1.0, 1.0) }
        }
        Distance::L2 => wide::bytes::l2sq(a, &b.values).sqrt(),
        Distance::Dot => -wide::bytes::dot(a, &b.values),
    })
}

/// # Safety
/// SQLite's context.
unsafe fn fail(context: *mut ffi::sqlite3_context, failure: Failure) {
    // SAFETY: as the caller vouches; SQLite copies the text.
    unsafe {
        if failure.is_no_memory() {
            return ffi::sqlite3_result_error_nomem(context);
        }
        ffi::sqlite3_result_error(context, failure.message.as_ptr().cast(), failure.message.len() as i32);
    }
}
