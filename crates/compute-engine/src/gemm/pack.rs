//! Panels in the order in which the tile reads them, filled up with zeros.

use crate::lanes::Real;
use crate::matrix::View;

use super::tile::{MR, NV};

pub fn len_a(depth: usize, rows: usize) -> usize {
    rows.div_ceil(MR) * MR * depth
}

pub fn len_b<T: Real>(depth: usize, cols: usize) -> usize {
    cols.div_ceil(NV * T::LANES) * NV * depth
}

/// Panels of `MR` rows, a column at a time.
pub fn a<'p, T: Real>(a: View<'_, T>, negate: bool, into: &'p mut [T]) -> &'p [[T; MR]] {
    let (panels, _) = into[..len_a(a.cols, a.rows)].as_chunks_mut::<MR>();
    for (p, panel) in panels.chunks_mut(a.cols).enumerate() {
        let row = p * MR;
        let rows = (a.rows - row).min(MR);
        if rows == MR && a.col_step == 1 {
            let lines: [&[T]; MR] = core::array::from_fn(|i| &a.data[(row + i) * a.row_step..][..a.cols]);
            for (k, column) in panel.iter_mut().enumerate() {
                *column = core::array::from_fn(|i| lines[i][k]);
            }
        } else {
            for (k, column) in panel.iter_mut().enumerate() {
                *column = core::array::from_fn(|i| if i < rows { a.at(row + i, k) } else { T::default() });
            }
        }
        if negate {
            panel.as_flattened_mut().iter_mut().for_each(|x| *x = -*x);
        }
    }
    panels
}

/// Panels of `NV` vectors of columns, a row at a time.
pub fn b<'p, T: Real>(b: View<'_, T>, into: &'p mut [T::Pack]) -> &'p [[T::Pack; NV]] {
    let width = NV * T::LANES;
    let (panels, _) = into[..len_b::<T>(b.rows, b.cols)].as_chunks_mut::<NV>();
    for (p, panel) in panels.chunks_mut(b.rows).enumerate() {
        let col = p * width;
        let cols = (b.cols - col).min(width);
        for (k, row) in panel.iter_mut().enumerate() {
            let row = T::flat_mut(row);
            if b.col_step == 1 {
                row[..cols].copy_from_slice(&b.data[k * b.row_step + col..][..cols]);
            } else {
                row[..cols].iter_mut().enumerate().for_each(|(j, x)| *x = b.at(k, col + j));
            }
            row[cols..].fill(T::default());
        }
    }
    panels
}
