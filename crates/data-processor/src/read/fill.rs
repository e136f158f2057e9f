//! The common cell of a column costs a parse and a store: loops over short cells, shared by CSV and JSON.

use columnar::Result;
use simd_kernels::tail::{TAIL, decimal};

use super::cells::Cells;
use super::chunked::{Chunked, Validity};

/// Rows of a chunk that are opened at a time.
const WINDOW: usize = 128;

/// Cells from `at` up to `to` into `values`, as long as they are null or `value` takes them; returns where it ended. `row` is the row
/// of the table that cell 0 is.
#[inline(always)]
pub(super) fn fill<T: Copy + Default>(
    cells: &Cells,
    kind: u32,
    (mut at, to): (usize, usize),
    row: usize,
    values: &mut Chunked<T>,
    validity: &mut Validity,
    mut value: impl FnMut(&[u8; TAIL], usize) -> Option<T>,
) -> Result<usize> {
    // Slices that no store below can reach stay in registers.
    let data = cells.data;
    while at < to {
        let open = values.open(WINDOW.min(to - at))?;
        let room = open.len();
        let mut done = 0;
        for (slot, span) in open.iter_mut().zip(&cells.spans[at..to]) {
            match span.short(data, kind) {
                Some((block, len)) => match value(block, len) {
                    Some(value) => *slot = value,
                    None => break,
                },
                None if span.is_null() => validity.null(row + at + done)?,
                None => break,
            }
            done += 1;
        }
        at += done;
        if done < room {
            values.close(room - done);
            break;
        }
    }
    Ok(at)
}

/// A whole number without a point, leading zeros and -0, so that it prints as its text.
#[inline(always)]
fn whole(block: &[u8; TAIL], len: usize) -> Option<i64> {
    let first = block[(TAIL - len) & 15];
    let negative = first == b'-';
    let digits = len - usize::from(negative);
    let number = decimal(block, digits)?;
    if number.fraction >= 0 || digits == 0 || block[(TAIL - digits) & 15] == b'0' && len > 1 {
        return None;
    }
    let value = number.mantissa as i64;
    Some(if negative { -value } else { value })
}

#[inline(always)]
pub(super) fn whole_32(block: &[u8; TAIL], len: usize) -> Option<i32> {
    i32::try_from(whole(block, len)?).ok()
}

/// One that a double keeps too.
#[inline(always)]
pub(super) fn whole_64(block: &[u8; TAIL], len: usize) -> Option<i64> {
    whole(block, len).filter(|value| value.unsigned_abs() <= 1 << 53)
}

const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A number without an exponent and leading zeros, and its digits behind the point (-1: no point).
#[inline(always)]
pub(super) fn plain(block: &[u8; TAIL], len: usize) -> Option<(f64, i32)> {
    let negative = block[(TAIL - len) & 15] == b'-';
    let digits = len - usize::from(negative);
    let number = decimal(block, digits)?;
    let whole = digits as i32 - number.fraction - 1;
    if number.mantissa > 1 << 53 || whole < 1 || number.fraction == 0 || block[(TAIL - digits) & 15] == b'0' && whole > 1 {
        return None;
    }
    // Both are doubles, so that the division rounds once.
    let value = number.mantissa as i64 as f64 / POWERS[number.fraction.max(0) as usize & 15];
    Some((if negative { -value } else { value }, number.fraction))
}
