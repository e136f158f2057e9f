//! The register tile: [`MR`] rows of [`NV`] vectors. Engines schedule the loads of a step before its sums, so that operands, sums and a
//! product must fit the 15 vector registers they have on x86: 4 x 2 does; 6 x 2, 4 x 3 and a step unrolled were a third slower.

use crate::lanes::Real;

pub const MR: usize = 4;
pub const NV: usize = 2;

pub type Tile<T> = [[<T as Real>::V; NV]; MR];

/// The product of a panel of A (a column of the tile per step) and one of B (a row per step).
#[inline(always)]
pub fn product<T: Real>(a: &[[T; MR]], b: &[[T::Pack; NV]]) -> Tile<T> {
    let mut sums = [[T::default().splat(); NV]; MR];
    for (a, b) in a.iter().zip(b) {
        let b: [T::V; NV] = core::array::from_fn(|j| T::load(&b[j]));
        for i in 0..MR {
            let x = a[i].splat();
            for j in 0..NV {
                sums[i][j] = T::vadd(sums[i][j], T::vmul(x, b[j]));
            }
        }
    }
    sums
}

/// Writes `rows` x `cols` of a tile, or adds them.
#[inline(always)]
pub fn put<T: Real>(tile: &Tile<T>, out: &mut [T], stride: usize, rows: usize, cols: usize, set: bool) {
    for (i, sums) in tile.iter().enumerate().take(rows) {
        let out = &mut out[i * stride..i * stride + cols];
        let (packs, _) = T::packs_mut(out);
        if packs.len() == NV {
            for (pack, &sum) in packs.iter_mut().zip(sums) {
                *pack = T::pack(if set { sum } else { T::vadd(T::load(pack), sum) });
            }
        } else {
            let sums: [T::Pack; NV] = sums.map(T::pack);
            for (out, &sum) in out.iter_mut().zip(T::flat(&sums)) {
                *out = if set { sum } else { *out + sum };
            }
        }
    }
}
