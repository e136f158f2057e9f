//! Products of matrices: packed panels and register tiles (K. Goto and R. van de Geijn, Anatomy of High-Performance Matrix
//! Multiplication, ACM TOMS 34(3), 2008). An element's sum runs over k in order, in pieces of [`depth`], wherever it stands.

mod job;
mod pack;
mod tile;

use columnar::{Result, alloc};

use crate::lanes::Real;
use crate::matrix::{View, ViewMut};
use crate::share::Team;
pub use job::Product;
use tile::{MR, NV};

/// Rows of an item: its panels of A (128 KB) stay in the second-level cache. Several threads get a low matrix in items of fewer rows, down to
/// those for which reading a panel of B is little beside the work on it.
const MC: usize = 64;
const LOW: usize = 16;
/// Columns of a piece of B, so that it stays in the last-level cache.
const NC: usize = 2048;

/// Depth of a piece: a panel of B (16 KB) and one of A stay in the first-level cache.
const fn depth<T>() -> usize {
    2048 / size_of::<T>()
}

/// What becomes of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// `c = a b`
    Set,
    /// `c += a b`
    Add,
    /// `c -= a b`
    Sub,
}

/// `c = a b`, or added to or taken from what stands there.
///
/// ```
/// use compute_engine::{gemm, matrix::{View, ViewMut}, share::Team};
/// let mut c = [0.0f64; 4];
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 1.0, 1.0]);
/// gemm::gemm(&Team::default(), &mut ViewMut::new(&mut c, 2, 2), View::new(&a, 2, 2), View::new(&b, 2, 2), gemm::Into::Set)?;
/// assert_eq!(c, [3.0, 2.0, 7.0, 4.0]);
/// # Ok::<(), columnar::Error>(())
/// ```
///
/// # Errors
/// OUT_OF_MEMORY for the panels; `c` is unchanged.
///
/// # Panics
/// Where the shapes do not fit: `a` m x k, `b` k x n, `c` m x n.
pub fn gemm<T: Real>(team: &Team, c: &mut ViewMut<'_, T>, a: View<'_, T>, b: View<'_, T>, into: Into) -> Result<()> {
    assert!(a.cols == b.rows && a.rows == c.rows && b.cols == c.cols, "shapes that do not fit");
    let (m, n, k) = (a.rows, b.cols, a.cols);
    if m == 0 || n == 0 {
        return Ok(());
    }
    if k == 0 {
        if into == Into::Set {
            c.data.chunks_mut(c.stride).take(m).for_each(|row| row[..n].fill(T::default()));
        }
        return Ok(());
    }
    let team = team.worth((m * n).saturating_mul(k) / (8 / size_of::<T>()));
    let tall = if team.size() > 1 { m.div_ceil(2 * team.size()).next_multiple_of(MR).clamp(LOW, MC) } else { MC };
    let deep = k.min(depth::<T>());
    let mut panels = alloc::filled(pack::len_b::<T>(deep, n.min(NC)), T::Pack::default())?;
    let mut seats = alloc::room(team.size())?;
    for _ in 0..team.size() {
        seats.push(alloc::filled(pack::len_a(deep, m.min(tall)), T::default())?);
    }
    let stride = c.stride;
    for col in (0..n).step_by(NC) {
        let cols = NC.min(n - col);
        for step in (0..k).step_by(deep) {
            let depth = deep.min(k - step);
            let packed = pack_b(team, b.block(step, col, depth, cols), &mut panels)?;
            let set = into == Into::Set && step == 0;
            let items = c.data.chunks_mut(tall * stride).take(m.div_ceil(tall)).enumerate();
            team.share(items, &mut seats, |(item, out), seat: &mut Vec<T>| {
                let row = item * tall;
                let rows = tall.min(m - row);
                let left = pack::a(a.block(row, step, rows, depth), into == Into::Sub, seat);
                for (j, right) in packed.chunks(depth).enumerate() {
                    let at = j * NV * T::LANES;
                    let wide = (cols - at).min(NV * T::LANES);
                    for (i, left) in left.chunks(depth).enumerate() {
                        let tile = tile::product::<T>(left, right);
                        tile::put::<T>(&tile, &mut out[i * MR * stride + col + at..], stride, (rows - i * MR).min(MR), wide, set);
                    }
                }
            });
        }
    }
    Ok(())
}

/// The panels of B, in one go by each thread.
fn pack_b<'p, T: Real>(team: &Team, b: View<'_, T>, into: &'p mut [T::Pack]) -> Result<&'p [[T::Pack; NV]]> {
    if team.size() == 1 {
        return Ok(pack::b(b, into));
    }
    let (depth, cols) = (b.rows, b.cols);
    let wide = cols.div_ceil(team.size()).next_multiple_of(NV * T::LANES);
    let mut seats = alloc::filled(team.size(), ())?;
    let used = &mut into[..pack::len_b::<T>(depth, cols)];
    team.share(used.chunks_mut(pack::len_b::<T>(depth, wide)).enumerate(), &mut seats, |(item, into), ()| {
        let col = item * wide;
        pack::b(b.block(0, col, depth, wide.min(cols - col)), into);
    });
    Ok(used.as_chunks().0)
}
