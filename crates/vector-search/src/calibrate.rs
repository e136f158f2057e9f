//! How many candidates the 1-bit stage must hand on, measured on the collection's own rows.
//!
//! A few rows, evenly spread, play the query. For each, the ten rows nearest by an exact search are looked up in the order
//! of the 1-bit estimates: the worst place among them is what a complete answer would have taken. Real queries lie farther from
//! the rows than rows from each other, so 'auto', which owes more, enlarges the measured number. Where it comes near the
//! collection's size (rows without structure: random vectors), the 1-bit stage is given up for an exact scan, which needs no luck.

use crate::bounds::F32Bound;
use crate::collect::Collector;
use crate::config::Quantization;
use crate::index::VectorIndex;
use crate::int8::Int8Scan;
use crate::query::Query;
use crate::scan_f32;
use error_code::Result;

/// Neighbours looked for.
const NEIGHBOURS: usize = 10;
/// Row visits that a measurement may cost, and the least and the most queries.
const VISITS: usize = 2_000_000;
const QUERIES: (usize, usize) = (8, 32);
/// What the 1-bit stage owes.
struct Demand {
    /// Of the measured places, the share that must be covered.
    covered: f64,
    /// The enlargement.
    margin: usize,
    /// Candidates are never fewer.
    least: usize,
    /// The stage is given up when it takes more than one row in this many.
    largest_share: usize,
}

/// Recall of at least 0.995, whatever is asked.
const AUTO: Demand = Demand { covered: 0.99, margin: 3, least: 96, largest_share: 20 };
/// 'binary' was asked for by name: speed first, recall of about 0.98.
const BINARY: Demand = Demand { covered: 0.98, margin: 1, least: 1, largest_share: 4 };

/// A measurement under way: it goes on where it was left, so that it can be made in steps.
#[derive(Default)]
pub struct Measuring {
    /// Rows of the collection when it began.
    rows: usize,
    /// Queries asked so far.
    asked: usize,
    places: Vec<usize>,
}

/// Candidates that k = 10 needs here; 0: the 1-bit stage is not good enough. Leaves the desk's query as it was.
pub fn candidates(index: &mut VectorIndex) -> Result<usize> {
    loop {
        if let Some(candidates) = ask_one(index)? {
            return Ok(candidates);
        }
    }
}

/// One row plays the query; after the last one, what [`candidates`] gives.
pub fn ask_one(index: &mut VectorIndex) -> Result<Option<usize>> {
    let mut measuring = core::mem::take(&mut index.measuring);
    if measuring.asked == 0 || measuring.rows > index.store.len() {
        measuring = Measuring { rows: index.store.len(), ..Measuring::default() };
        measuring.places.try_reserve_exact(QUERIES.1 * NEIGHBOURS).map_err(|_| error_code::Error::out_of_memory())?;
    }
    let Measuring { rows, asked, .. } = measuring;
    let queries = (VISITS / rows).clamp(QUERIES.0, QUERIES.1).min(rows);
    let slot = (2 * asked + 1) * rows / (2 * queries);
    if index.live.contains(slot) {
        let query = core::mem::take(&mut index.desk.query);
        let measured = ask(index, slot, &mut measuring.places);
        index.desk.query = query;
        measured?;
    }
    measuring.asked += 1;
    if measuring.asked < queries {
        index.measuring = measuring;
        return Ok(None);
    }
    let demand = if index.config.quantization == Quantization::Auto { AUTO } else { BINARY };
    let places = &mut measuring.places;
    places.sort_unstable();
    let Some(&worst) = places.get(((places.len() as f64 * demand.covered) as usize).min(places.len().saturating_sub(1))) else {
        return Ok(Some(0));
    };
    let wanted = (demand.margin * (worst + 1)).max(demand.least);
    Ok(Some(if wanted > rows / demand.largest_share { 0 } else { wanted }))
}

/// Adds the places of a row's neighbours.
fn ask(index: &mut VectorIndex, slot: usize, places: &mut Vec<usize>) -> Result<()> {
    let mut row = Query::default();
    row.values.try_reserve(index.config.dimensions).map_err(|_| error_code::Error::out_of_memory())?;
    row.set(index.store.row(slot, &mut index.row));
    let found = nearest(index, &row, None)?;
    let mut own = [0; NEIGHBOURS];
    let count = places_of(index, &row, slot, &found, &mut own)?;
    places.extend_from_slice(&own[..count]);
    Ok(())
}

/// The slots nearest to a row by an exact search over int8 codes, or over the rows where there are none, itself probably among them; `u32::MAX` where there are fewer.
fn nearest(index: &mut VectorIndex, query: &Query, mask: Option<&[u32]>) -> Result<[u32; NEIGHBOURS + 1]> {
    let mut slots = [u32::MAX; NEIGHBOURS + 1];
    let k = slots.len().min(index.store.len());
    if index.side.int8.is_none() {
        index.desk.fit_rows(index.store.len(), 1 << index.store.shift())?;
    }
    let (side, int8_query) = (&index.side, &mut index.desk.int8_query);
    if side.int8.is_some() {
        int8_query.set(index.config.metric, &query.values, query.norm)?;
    }
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
    match &side.int8 {
        Some(codes) => Int8Scan { codes, weights: &index.weights, query: int8_query }.scan(&mut index.desk.int8_buffers, &mut to),
        None => {
            let bound = F32Bound::new(index.config.metric, index.config.dimensions, query.norm);
            scan_f32::scan(&index.weights, bound, &mut index.desk.buffers, &mut to);
        }
    }
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
