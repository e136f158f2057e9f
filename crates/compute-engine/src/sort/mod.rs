//! Sorting by radix: least significant digit first (Knuth, TAOCP 5.2.5) over bits that order as the numbers do. With a team, equal
//! shares are sorted each by itself and merged; equal values keep their order, so the answer is the same for any number of threads.

mod keys;
mod merge;
mod passes;

use columnar::{Error, ErrorCode, Result, alloc};

use crate::job::Job;
use crate::share::Team;
pub use keys::{Item, Key, Sortable};
use passes::Run;

/// A sorted copy: -0 before 0, NaN last, `descending` too.
///
/// ```
/// use compute_engine::{job, share::Team, sort::Sort};
/// let sorted = job::finish(Sort::new(&[2.0, f64::NAN, -1.0], false, &Team::default())?, &Team::default())?;
/// assert_eq!(sorted.into_values()[..2], [-1.0, 2.0]);
/// # Ok::<(), columnar::Error>(())
/// ```
pub struct Sort<T: Sortable> {
    work: Work<T::Key>,
    descending: bool,
    values: Vec<T>,
}

impl<T: Sortable> Sort<T> {
    /// # Errors
    /// OUT_OF_MEMORY: it takes twice the values.
    pub fn new(values: &[T], descending: bool, team: &Team) -> Result<Self> {
        let items = mapped(team, values, |_, value| value.key(descending))?;
        Ok(Self { work: Work::new(items, team)?, descending, values: Vec::new() })
    }

    /// Once it is done.
    pub fn into_values(self) -> Vec<T> {
        self.values
    }
}

impl<T: Sortable> Job for Sort<T> {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let over = self.work.step(team)?;
        if over {
            self.values = mapped(team, &self.work.items, |_, &key| T::of_key(key, self.descending))?;
        }
        Ok(over)
    }

    fn progress(&self) -> (usize, usize) {
        self.work.progress()
    }
}

/// Places in the order of [`Sort`]; equal values keep theirs.
pub struct Argsort<T: Sortable> {
    work: Work<(T::Key, u32)>,
    places: Vec<u32>,
}

impl<T: Sortable> Argsort<T> {
    /// # Errors
    /// OUT_OF_MEMORY; TOO_LARGE beyond 2^32 values.
    pub fn new(values: &[T], descending: bool, team: &Team) -> Result<Self> {
        if u32::try_from(values.len()).is_err() {
            return Err(Error::new(ErrorCode::TooLarge, "argsort takes fewer than 2^32 values"));
        }
        let items = mapped(team, values, |place, value| (value.key(descending), place as u32))?;
        Ok(Self { work: Work::new(items, team)?, places: Vec::new() })
    }

    /// Once it is done.
    pub fn into_places(self) -> Vec<u32> {
        self.places
    }
}

impl<T: Sortable> Job for Argsort<T> {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let over = self.work.step(team)?;
        if over {
            self.places = mapped(team, &self.work.items, |_, &(_, place)| place)?;
        }
        Ok(over)
    }

    fn progress(&self) -> (usize, usize) {
        self.work.progress()
    }
}

/// Shorter lists are not worth a thread, or a radix.
const SHORT: usize = 1 << 15;
/// Values that a thread takes at a time where each is read and written once.
const PIECE: usize = 1 << 14;

/// What `of` makes of each value and its place.
fn mapped<A: Sync, B: Copy + Default + Send>(team: &Team, values: &[A], of: impl Fn(usize, &A) -> B + Sync) -> Result<Vec<B>> {
    if team.size() == 1 || values.len() < SHORT {
        let mut made = alloc::room(values.len())?;
        made.extend(values.iter().enumerate().map(|(place, value)| of(place, value)));
        return Ok(made);
    }
    let mut made = alloc::filled(values.len(), B::default())?;
    let mut seats = alloc::filled(team.size(), ())?;
    team.share(made.chunks_mut(PIECE).zip(values.chunks(PIECE)).enumerate(), &mut seats, |(piece, (made, values)), ()| {
        for (at, (made, value)) in made.iter_mut().zip(values).enumerate() {
            *made = of(piece * PIECE + at, value);
        }
    });
    Ok(made)
}

struct Work<I: Item> {
    items: Vec<I>,
    spare: Vec<I>,
    /// Items of a share.
    share: usize,
    runs: Vec<Run>,
    /// Every share is in order, in `items`.
    ordered: bool,
    /// Items of a sorted piece, once the shares are merged.
    merged: usize,
}

impl<I: Item> Work<I> {
    fn new(items: Vec<I>, team: &Team) -> Result<Self> {
        let len = items.len();
        let share = len.div_ceil(team.size()).max(SHORT).min(len.max(1));
        let spare = alloc::filled(len, I::default())?;
        let mut runs = alloc::room(len.div_ceil(share))?;
        runs.extend((0..len.div_ceil(share)).map(|_| Run::default()));
        Ok(Self { items, spare, share, runs, ordered: false, merged: share })
    }

    fn step(&mut self, team: &Team) -> Result<bool> {
        let mut seats = alloc::filled(team.size(), ())?;
        if !self.ordered {
            let mut over = alloc::room(self.runs.len())?;
            over.resize_with(self.runs.len(), || Ok(true));
            let parts = self.items.chunks_mut(self.share).zip(self.spare.chunks_mut(self.share)).zip(&mut self.runs).zip(&mut over);
            team.share(parts, &mut seats, |(((items, spare), run), over), ()| *over = run.advance(items, spare));
            self.ordered = over.into_iter().try_fold(true, |all, over| over.map(|over| all && over))?;
            if self.ordered {
                self.gather();
            }
        } else if self.merged < self.items.len() {
            merge::pairs(team, &mut seats, &self.items, &mut self.spare, self.merged);
            core::mem::swap(&mut self.items, &mut self.spare);
            self.merged *= 2;
        }
        let over = self.ordered && self.merged >= self.items.len();
        if over {
            self.spare = Vec::new();
        }
        Ok(over)
    }

    /// Brings all shares to one place.
    fn gather(&mut self) {
        if self.runs.iter().all(|run| run.moved) {
            core::mem::swap(&mut self.items, &mut self.spare);
            return;
        }
        let parts = self.items.chunks_mut(self.share).zip(self.spare.chunks(self.share)).zip(&self.runs);
        parts.filter(|(_, run)| run.moved).for_each(|((items, spare), _)| items.copy_from_slice(spare));
    }

    fn progress(&self) -> (usize, usize) {
        let len = self.items.len();
        let merges = len.div_ceil(self.share.max(1)).next_power_of_two().ilog2() as usize;
        let merged = (self.merged / self.share.max(1)).max(1).ilog2() as usize;
        let (done, of) = self
            .items
            .chunks(self.share.max(1))
            .zip(&self.runs)
            .map(|(part, run)| run.progress::<I>(part.len()))
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        (done + merged * len, of + merges * len)
    }
}
