//! Counts between edges. A first guess by arithmetic, settled by the edges themselves, so that it is exact.

use columnar::{Error, ErrorCode, Result, alloc};

use super::describe::extremes;
use crate::numbers::{BLOCK, ITEM, Numbers};
use crate::share::Team;

/// What is counted into.
#[derive(Clone, Debug)]
pub enum Bins {
    /// This many equal ones from the least to the greatest value.
    Equal(usize),
    /// Between these edges: strictly rising, at least two.
    Edges(Vec<f64>),
}

/// Counts of `edges[i] <= x < edges[i + 1]`, the last bin with its upper edge; NaN and what lies outside is not counted. Values come in pieces,
/// so that each may lie in a near cache; for equal bins they come twice.
///
/// ```
/// use compute_engine::{numbers::Numbers, share::Team, statistics::{Bins, Histogram}};
/// let (team, values) = (Team::default(), Numbers::F64(vec![0.0, 1.0, 1.5, 4.0]));
/// let mut histogram = Histogram::new(Bins::Equal(2), &team)?;
/// loop {
///     histogram.fold(&values, 4, &team)?;
///     if !histogram.again()? {
///         break;
///     }
/// }
/// assert_eq!(histogram.into_counts()?, (vec![3.0, 1.0], vec![0.0, 2.0, 4.0]));
/// # Ok::<(), columnar::Error>(())
/// ```
pub struct Histogram {
    bins: usize,
    /// Equal bins: the range as far as it was read.
    range: Option<(f64, f64)>,
    edges: Vec<f64>,
    /// Of edges that lie about equally far apart.
    guess: Option<Guess>,
    seats: Vec<Vec<u32>>,
}

/// Counters side by side, so that equal neighbours do not wait for each other.
const COPIES: usize = 4;

impl Histogram {
    /// # Errors
    /// OUT_OF_MEMORY; INVALID_ARGUMENT without a bin.
    pub fn new(bins: Bins, team: &Team) -> Result<Self> {
        let (bins, edges, equal) = match bins {
            Bins::Equal(bins) => (bins, Vec::new(), true),
            Bins::Edges(edges) => (edges.len().saturating_sub(1), edges, false),
        };
        if bins == 0 {
            return Err(Error::invalid("a histogram needs at least one bin"));
        }
        let mut seats = alloc::room(team.size())?;
        for _ in 0..team.size() {
            seats.push(alloc::filled(bins.checked_mul(COPIES).ok_or_else(Error::out_of_memory)?, 0u32)?);
        }
        let range = equal.then_some((f64::INFINITY, f64::NEG_INFINITY));
        let guess = if equal { None } else { Guess::new(&edges)? };
        Ok(Self { bins, range, edges, guess, seats })
    }

    /// Counts the first `len` of the values, or widens the range by them.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn fold(&mut self, values: &Numbers, len: usize, team: &Team) -> Result<()> {
        if let Some(range) = &mut self.range {
            return read_range(range, values, len, team);
        }
        let (edges, guess) = (&self.edges, &self.guess);
        team.share((0..len).step_by(ITEM), &mut self.seats, |start, counts| {
            let mut block = [0.0; BLOCK];
            let end = len.min(start + ITEM);
            for at in (start..end).step_by(BLOCK) {
                let values = values.doubles(at, end.min(at + BLOCK), &mut block);
                match guess {
                    Some(guess) => guess.count(values, counts),
                    None => count_between(values, edges, counts),
                }
            }
        });
        Ok(())
    }

    /// All values were folded in: whether they must be once more, now that the range is known.
    ///
    /// # Errors
    /// NOT_FINITE where equal bins would have to reach an infinity; OUT_OF_MEMORY
    pub fn again(&mut self) -> Result<bool> {
        let Some((min, max)) = self.range.take() else {
            return Ok(false);
        };
        self.edges = equal_edges(min, max, self.bins)?;
        self.guess = Guess::new(&self.edges)?;
        Ok(true)
    }

    /// Counts, and the edges between them.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn into_counts(self) -> Result<(Vec<f64>, Vec<f64>)> {
        let mut counts = alloc::filled(self.bins, 0.0)?;
        for copy in self.seats.iter().flat_map(|seat| seat.chunks(self.bins)) {
            counts.iter_mut().zip(copy).for_each(|(count, &more)| *count += f64::from(more));
        }
        Ok((counts, self.edges))
    }
}

fn read_range(range: &mut (f64, f64), values: &Numbers, len: usize, team: &Team) -> Result<()> {
    let mut parts = alloc::filled(len.div_ceil(ITEM), *range)?;
    let mut seats = alloc::filled(team.size(), [0.0; BLOCK])?;
    let wider = |a: (f64, f64), b: (f64, f64)| (if b.0 < a.0 { b.0 } else { a.0 }, if b.1 > a.1 { b.1 } else { a.1 });
    team.share(parts.iter_mut().enumerate(), &mut seats, |(item, part), block| {
        let end = len.min((item + 1) * ITEM);
        for at in (item * ITEM..end).step_by(BLOCK) {
            *part = wider(*part, extremes(values.doubles(at, end.min(at + BLOCK), block)));
        }
    });
    *range = parts.into_iter().fold(*range, wider);
    Ok(())
}

fn equal_edges(mut min: f64, mut max: f64, bins: usize) -> Result<Vec<f64>> {
    if min > max {
        (min, max) = (0.0, 1.0);
    }
    if min == f64::NEG_INFINITY || max == f64::INFINITY {
        let message = "a number of bins needs finite values, and there is an infinity: give the edges instead, or filter the values";
        return Err(Error::new(ErrorCode::NotFinite, message));
    }
    if min == max {
        (min, max) = (min - 0.5, max + 0.5);
    }
    let step = max / bins as f64 - min / bins as f64;
    let mut edges = alloc::room(bins + 1)?;
    edges.extend((0..bins).map(|i| {
        let edge = min + i as f64 * step;
        if edge < max { edge } else { max }
    }));
    edges.push(max);
    Ok(edges)
}

/// A first guess by arithmetic, never off by more than one bin.
struct Guess {
    half: f64,
    scale: f64,
    /// What is counted lies within.
    ends: (f64, f64),
    /// Lower and upper limit of each bin; the outermost have none.
    limits: Vec<(f64, f64)>,
}

impl Guess {
    /// None where edges lie so unequally, or so close together, that a guess may be off by more.
    fn new(edges: &[f64]) -> Result<Option<Self>> {
        let bins = edges.len() - 1;
        let ends = (edges[0], edges[bins]);
        // Halved, so that a range over most of the numbers does not overflow.
        let half = ends.0 / 2.0;
        let scale = bins as f64 / (ends.1 / 2.0 - half);
        let mut limits = alloc::room(bins)?;
        limits.extend(edges.windows(2).map(|edge| (edge[0], edge[1])));
        let guess = Self { half, scale, ends, limits };
        // The guess never falls where the value rises, so that its values at both ends of a bin are the worst.
        let near = |(bin, &(low, high)): (usize, &(f64, f64))| guess.first(low) + 1 >= bin && guess.first(high) <= bin + 1;
        if !scale.is_finite() || edges.windows(2).any(|edge| edge[0] >= edge[1]) || !guess.limits.iter().enumerate().all(near) {
            return Ok(None);
        }
        let mut guess = guess;
        // Nothing is below or above NaN, infinities included.
        guess.limits[0].0 = f64::NAN;
        guess.limits[bins - 1].1 = f64::NAN;
        Ok(Some(guess))
    }

    #[inline(always)]
    fn first(&self, value: f64) -> usize {
        // Signed: x86 converts that in one instruction. NaN becomes 0.
        let guess = (((value * 0.5 - self.half) * self.scale) as i32).max(0) as usize;
        guess.min(self.limits.len() - 1)
    }

    #[inline(always)]
    fn of(&self, value: f64) -> usize {
        let guess = self.first(value);
        let (low, high) = self.limits[guess];
        guess + usize::from(value >= high) - usize::from(value < low)
    }

    fn count(&self, values: &[f64], counts: &mut [u32]) {
        let bins = self.limits.len();
        let (first, rest) = counts.split_at_mut(bins);
        let (second, rest) = rest.split_at_mut(bins);
        let (third, fourth) = rest.split_at_mut(bins);
        let (chunks, rest) = values.as_chunks::<COPIES>();
        let (min, max) = self.ends;
        let put = |counts: &mut [u32], value: f64| {
            let bin = self.of(value);
            counts[bin] += u32::from(value >= min && value <= max);
        };
        for &[a, b, c, d] in chunks {
            put(first, a);
            put(second, b);
            put(third, c);
            put(fourth, d);
        }
        rest.iter().for_each(|&value| put(first, value));
    }
}

fn count_between(values: &[f64], edges: &[f64], counts: &mut [u32]) {
    let (min, max) = (edges[0], edges[edges.len() - 1]);
    for &value in values {
        if value >= min && value <= max {
            let k = edges.partition_point(|&edge| edge <= value).min(edges.len() - 1) - 1;
            counts[k] += 1;
        }
    }
}
