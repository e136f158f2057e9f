//! f32 loops: one row, and four rows at a time from four distant places.

use crate::simd::Simd;

/// What is added up per component.
pub(crate) trait Term<S: Simd> {
    fn step(q: S::V, x: S::V, sum: S::V) -> S::V;
    fn tail(q: f32, x: f32) -> f32;
}

/// `q * x`
pub(crate) struct Dot;
/// `(q - x)^2`
pub(crate) struct L2;

impl<S: Simd> Term<S> for Dot {
    #[inline(always)]
    fn step(q: S::V, x: S::V, sum: S::V) -> S::V {
        S::f32_madd(q, x, sum)
    }
    #[inline(always)]
    fn tail(q: f32, x: f32) -> f32 {
        q * x
    }
}

impl<S: Simd> Term<S> for L2 {
    #[inline(always)]
    fn step(q: S::V, x: S::V, sum: S::V) -> S::V {
        let d = S::f32_sub(q, x);
        S::f32_madd(d, d, sum)
    }
    #[inline(always)]
    fn tail(q: f32, x: f32) -> f32 {
        (q - x) * (q - x)
    }
}

/// `N` rows against the query, 8 lane sums per row.
///
/// # Safety
/// `dims` floats must be readable at `query` and at each of `rows`.
#[inline(always)]
unsafe fn rows_at_once<S: Simd, T: Term<S>, const N: usize>(query: *const f32, rows: [*const f32; N], dims: usize) -> [f32; N] {
    let mut low = [S::zero(); N];
    let mut high = [S::zero(); N];
    let whole = dims & !7;
    let mut j = 0;
    while j < whole {
        // SAFETY: j + 8 <= dims, so both loads of 4 floats stay inside the query and each row.
        unsafe {
            let (q0, q1) = (S::load(query.add(j).cast()), S::load(query.add(j + 4).cast()));
            for r in 0..N {
                low[r] = T::step(q0, S::load(rows[r].add(j).cast()), low[r]);
                high[r] = T::step(q1, S::load(rows[r].add(j + 4).cast()), high[r]);
            }
        }
        j += 8;
    }
    let mut out = [0.0; N];
    for r in 0..N {
        let s = S::f32_lanes(S::f32_add(low[r], high[r]));
        let mut tail = 0.0;
        for t in whole..dims {
            // SAFETY: t < dims.
            tail += unsafe { T::tail(*query.add(t), *rows[r].add(t)) };
        }
        out[r] = ((s[0] + s[1]) + (s[2] + s[3])) + tail;
    }
    out
}

/// One row.
#[inline(always)]
pub(crate) fn one<S: Simd, T: Term<S>>(query: &[f32], row: &[f32]) -> f32 {
    assert!(query.len() == row.len());
    // SAFETY: both slices hold `query.len()` floats.
    unsafe { rows_at_once::<S, T, 1>(query.as_ptr(), [row.as_ptr()], query.len())[0] }
}

/// Four rows from anywhere.
#[inline(always)]
pub(crate) fn four<S: Simd, T: Term<S>>(query: &[f32], rows: [&[f32]; 4]) -> [f32; 4] {
    assert!(rows.iter().all(|row| row.len() == query.len()));
    // SAFETY: all slices hold `query.len()` floats.
    unsafe { rows_at_once::<S, T, 4>(query.as_ptr(), rows.map(|row| row.as_ptr()), query.len()) }
}

/// All rows of a block. Reads four rows a quarter of the block apart at a time: four streams keep the hardware prefetchers busy
/// (1.7-1.9x over one stream or four adjacent rows).
#[inline(always)]
pub(crate) fn block<S: Simd, T: Term<S>>(query: &[f32], rows: &[f32], out: &mut [f32]) {
    let (dims, n) = (query.len(), out.len());
    assert!(rows.len() / dims >= n);
    let quarter = n / 4;
    let (q, base) = (query.as_ptr(), rows.as_ptr());
    for i in 0..quarter {
        // SAFETY: rows i + s * quarter < 4 * quarter <= n lie inside `rows`, `dims` floats each.
        let scores = unsafe {
            let at = |s: usize| base.add((i + s * quarter) * dims);
            rows_at_once::<S, T, 4>(q, [at(0), at(1), at(2), at(3)], dims)
        };
        for s in 0..4 {
            out[i + s * quarter] = scores[s];
        }
    }
    for i in 4 * quarter..n {
        out[i] = one::<S, T>(query, &rows[i * dims..(i + 1) * dims]);
    }
}
