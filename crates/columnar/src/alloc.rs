//! Space that is asked for before it is used: a refused allocation inside WebAssembly would be a trap.

use crate::error::{Error, Result};

/// An empty vector with room for `len` values.
pub fn room<T>(len: usize) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len).map_err(|_| Error::out_of_memory())?;
    Ok(vec)
}

/// `len` times `value`.
pub fn filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>> {
    let mut vec = room(len)?;
    vec.resize(len, value);
    Ok(vec)
}

/// A copy of `values`.
pub fn copied<T: Copy>(values: &[T]) -> Result<Vec<T>> {
    let mut vec = room(values.len())?;
    vec.extend_from_slice(values);
    Ok(vec)
}

/// Room for `more` further values, grown by halves so that a loop of pushes stays linear.
pub fn grow<T>(vec: &mut Vec<T>, more: usize) -> Result<()> {
    vec.try_reserve(more).map_err(|_| Error::out_of_memory())
}
