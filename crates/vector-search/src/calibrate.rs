//! How many candidates the 1-bit stage must hand on, measured on the collection's own rows.
//!
//! A few rows, evenly spread, play the query. For each, the ten rows nearest by the exact int8 search are looked up in the order
//! of the 1-bit estimates: the worst place among them is what a complete answer would have taken. Real queries lie farther from
//! the rows than rows from each other, so the measured number is enlarged. Where it comes near the collection's size (rows
//! without structure: random vectors), the 1-bit stage is given up and the int8 search answers, which needs no luck.

use crate::collect::Collector;
use crate::index::VectorIndex;
use crate::int8::Int8Scan;
use crate::query::Query;
use error_code::Result;

/// Neighbours looked for.
const NEIGHBOURS: usize = 10;
/// Row visits that a measurement may cost, and the least and the most queries.
const VISITS: usize = 2_000_000;
const QUERIES: (usize, usize) = (8, 32);
/// Of the measured places, the share that must be covered, and the enlargement.
const COVERED: f64 = 0.99;
const MARGIN: usize = 3;
/// Candidates are never fewer, and the 1-bit stage is given up beyond this share of the rows.
const LEAST: usize = 96;
const LARGEST_SHARE: usize = 20;

/// Candidates that k = 10 needs here; 0: the 1-bit stage is not good enough. Leaves the desk's query as it was.
pub fn candidates(index: &mut VectorIndex) -> Result<usize> {
    let rows = index.store.len();
    let queries = (VISITS / rows).clamp(QUERIES.0, QUERIES.1).min(rows);
    let mut places = [0usize; QUERIES.1 * NEIGHBOURS];
    let mut count = 0;
    let mut row = Query::default();
    row.values.try_reserve(index.config.dimensions).map_err(|_| error_code::Error::out_of_memory())?;
    let query = core::mem::take(&mut index.desk.query);
    for i in 0..queries {
        let slot = (2 * i + 1) * rows / (2 * queries);
        if !index.live.contains(slot) {
            continue;
        }
        row.set(index.store.row(slot, &mut index.row));
        let measured = nearest(index, &row, None).and_then(|found| places_of(index, &row, slot, &found, &mut places[count..]));
        match measured {
            Ok(more) => count += more,
            Err(error) => {
                index.desk.query = query;
                return Err(error);
            }
        }
    }
    index.desk.query = query;
    let places = &mut places[..count];
    places.sort_unstable();
    let Some(&worst) = places.get(((count as f64 * COVERED) as usize).min(count.saturating_sub(1))) else {
        return Ok(0);
    };
    let wanted = (MARGIN * (worst + 1)).max(LEAST);
    Ok(if wanted > rows / LARGEST_SHARE { 0 } else { wanted })
}

/// The slots nearest to a row by the exact int8 search, itself probably among them; `u32::MAX` where there are fewer.
fn nearest(index: &mut VectorIndex, query: &Query, mask: Option<&[u32]>) -> Result<[u32; NEIGHBOURS + 1]> {
    let mut slots = [u32::MAX; NEIGHBOURS + 1];
    let k = slots.len().min(index.store.len());
    let (side, int8_query) = (&index.side, &mut index.desk.int8_query);
    let Some(codes) = &side.int8 else { return Ok(slots) };
    int8_query.set(index.config.metric, &query.values, query.norm)?;
    index.desk.list.start(k)?;
    index.desk.top.start(k)?;
    let mut to = Collector {
        list: &mut index.desk.list,
        top: &mut index.desk.top,
        query,
        store: &index.store,
        metric: index.config.metric,
        mask,
        row: &mut index.desk.row,
    };
    Int8Scan { codes, weights: &index.weights, query: int8_query }.scan(&mut index.desk.int8_buffers, &mut to);
    to.flush();
    for (slot, hit) in slots.iter_mut().zip(index.desk.top.finish()) {
        *slot = hit.slot;
    }
    Ok(slots)
}

/// Writes the place of each neighbour but the row itself in the order of estimates; gives how many it wrote.
fn places_of(index: &mut VectorIndex, query: &Query, own: usize, neighbours: &[u32], places: &mut [usize]) -> Result<usize> {
    let (metric, side) = (index.config.metric, &index.side);
    let (bit_query, bit_buffers) = (&mut index.desk.bit_query, &mut index.desk.bit_buffers);
    let Some(bits) = &side.bits else { return Ok(0) };
    bit_query.set(&query.values, bits)?;
    let mut wanted = [f32::INFINITY; NEIGHBOURS];
    let others = neighbours.iter().filter(|&&n| n as usize != own && n != u32::MAX);
    let count = others.clone().take(NEIGHBOURS).count();
    bits.estimate(metric, &index.weights, bit_query, bit_buffers, |first, estimates| {
        for (w, &n) in wanted.iter_mut().zip(others.clone()) {
            if let Some(&e) = (n as usize).checked_sub(first).and_then(|i| estimates.get(i)) {
                *w = e;
            }
        }
    });
    let least = wanted[..count].iter().fold(f32::INFINITY, |a, &b| a.min(b));
    places[..count].fill(0);
    bits.estimate(metric, &index.weights, bit_query, bit_buffers, |_, estimates| {
        for &e in estimates.iter().filter(|&&e| e > least) {
            for (place, &w) in places.iter_mut().zip(&wanted[..count]) {
                *place += usize::from(e > w);
            }
        }
    });
    Ok(count)
}
