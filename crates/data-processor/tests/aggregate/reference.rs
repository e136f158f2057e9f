//! Every operation the plain way: a list of values per group.

use std::collections::HashMap;

use columnar::{Bitmap, Column, Table};

use crate::tables::{Cell, cell, word};

/// The rows of each group in order of first appearance.
pub fn groups(table: &Table, keys: &[usize], mask: Option<&Bitmap>) -> Vec<Vec<usize>> {
    let rows = (0..table.rows()).filter(|&row| mask.is_none_or(|mask| mask.get(row)));
    if keys.is_empty() {
        return vec![rows.collect()];
    }
    let mut known = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in rows {
        let key: Vec<String> = keys.iter().map(|&key| word(&cell(&table.columns()[key], row))).collect();
        let group = *known.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(row);
    }
    groups
}

pub fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Number(v) => *v,
        Cell::Whole(v) => *v as f64,
        Cell::Bool(v) => f64::from(u8::from(*v)),
        _ => panic!("{cell:?} is no number"),
    }
}

/// The double nearest to the exact sum, by a list of parts that do not overlap (Shewchuk).
pub fn exact_sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut parts: Vec<f64> = Vec::new();
    let mut plain = 0.0;
    for value in values {
        plain += value;
        let mut x = value;
        let mut kept = Vec::new();
        for &part in &parts {
            let (big, small) = if x.abs() < part.abs() { (part, x) } else { (x, part) };
            let high = big + small;
            let low = small - (high - big);
            if low != 0.0 {
                kept.push(low);
            }
            x = high;
        }
        kept.push(x);
        parts = kept;
    }
    if plain.is_finite() { parts.iter().rev().fold(0.0, |a, b| a + b) } else { plain }
}

/// Numbers for spreads: whole ones less the least, before they are made doubles.
pub fn shifted(cells: &[Cell]) -> Vec<f64> {
    let least = cells.iter().map(|cell| if let Cell::Whole(v) = cell { i128::from(*v) } else { 0 }).min().unwrap_or(0);
    let of = |cell: &Cell| if let Cell::Whole(v) = cell { (i128::from(*v) - least) as f64 } else { number(cell) };
    cells.iter().map(of).collect()
}

pub fn sum(cells: &[Cell]) -> f64 {
    if cells.iter().any(|cell| matches!(cell, Cell::Number(_))) {
        return exact_sum(cells.iter().map(number));
    }
    let exact: i128 = cells.iter().map(|cell| if let Cell::Whole(v) = cell { i128::from(*v) } else { number(cell) as i128 }).sum();
    exact as f64
}

/// (sum of squares about the mean, and of products with another's).
fn centred(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    // From the first value on, so that what does not vary gives exactly 0.
    let (fa, fb) = (a[0], b[0]);
    let ma = exact_sum(a.iter().map(|v| v - fa)) / n;
    let mb = exact_sum(b.iter().map(|v| v - fb)) / n;
    exact_sum(a.iter().zip(b).map(|(x, y)| (x - fa - ma) * (y - fb - mb)))
}

pub fn variance(values: &[f64], population: bool) -> Option<f64> {
    let least = if population { 1 } else { 2 };
    (values.len() >= least).then(|| centred(values, values) / (values.len() - usize::from(!population)) as f64)
}

pub fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    (a.len() >= 2).then(|| centred(a, b) / (centred(a, a).sqrt() * centred(b, b).sqrt()))
}

pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if values.is_empty() || values.iter().any(|v| v.is_nan()) {
        return values.first().map(|_| f64::NAN);
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() - 1) as f64 * q;
    let below = place.floor() as usize;
    let share = place - place.floor();
    let low = sorted[below];
    let high = sorted[(below + 1).min(sorted.len() - 1)];
    Some(if share == 0.0 || low == high { low } else { low * (1.0 - share) + high * share })
}

/// -1, 0, 1 in the order of min and max.
fn before(a: &Cell, b: &Cell) -> bool {
    match (a, b) {
        (Cell::Number(a), Cell::Number(b)) => a.total_cmp(b).is_lt(),
        (Cell::Whole(a), Cell::Whole(b)) => a < b,
        (Cell::Bool(a), Cell::Bool(b)) => !a & b,
        (Cell::Text(a), Cell::Text(b)) => a < b,
        _ => panic!("{a:?} and {b:?}"),
    }
}

pub fn extreme(cells: &[Cell], greatest: bool) -> Cell {
    if let Some(nan) = cells.iter().find(|cell| matches!(cell, Cell::Number(v) if v.is_nan())) {
        return nan.clone();
    }
    let mut best: Option<&Cell> = None;
    for cell in cells {
        if best.is_none_or(|best| if greatest { before(best, cell) } else { before(cell, best) }) {
            best = Some(cell);
        }
    }
    best.cloned().unwrap_or(Cell::Null)
}

pub fn distinct(cells: &[Cell]) -> usize {
    cells.iter().map(word).collect::<std::collections::HashSet<_>>().len()
}

pub fn mode(cells: &[Cell]) -> Cell {
    let mut met: HashMap<String, (usize, usize)> = HashMap::new();
    for (place, cell) in cells.iter().enumerate() {
        met.entry(word(cell)).or_insert((0, place)).0 += 1;
    }
    let best = met.values().max_by_key(|(count, place)| (*count, std::cmp::Reverse(*place)));
    best.map_or(Cell::Null, |(_, place)| cells[*place].clone())
}

/// Values of rows, without nulls.
pub fn values(column: &Column, rows: &[usize]) -> Vec<Cell> {
    rows.iter().map(|&row| cell(column, row)).filter(|cell| *cell != Cell::Null).collect()
}
