//! Lengths of the primes 2, 3 and 5, as a matrix of two factors: columns, a twist, rows (Bailey's four steps, J. Supercomputing 4,
//! 1990). Each batch of columns or rows is an item that stays in the second-level cache; the data is read and written twice.

use columnar::{Result, alloc};

use super::batch::{Block, Passes, WIDE, radices, times};
use super::roots::Roots;
use crate::lanes::Real;
use crate::share::Team;

/// Values of a step.
const STEP: usize = 1 << 18;
/// Powers of a twist that are looked up; the others are products of two.
const POWERS: usize = 32;

/// A transform of length rows x cols.
pub struct Smooth<T: Real> {
    columns: Passes<T>,
    rows: Passes<T>,
    roots: Roots,
    /// Batch after batch of columns, once these are transformed.
    between: Block<T>,
    /// Batches that are done, of the columns and then of the rows.
    done: usize,
}

/// Scratch of a thread.
struct Seat<T: Real> {
    x: Block<T>,
    y: Block<T>,
}

/// A signal to read, and one to write.
pub type Pair<'a, T> = (&'a [T], &'a [T]);
pub type PairMut<'a, T> = (&'a mut [T], &'a mut [T]);

impl<T: Real> Smooth<T> {
    const WIDTH: usize = WIDE * T::LANES;

    /// `None` where another prime divides `n`, or `n` is 0.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn new(n: usize) -> Result<Option<Self>> {
        let Some(factors) = radices(n).filter(|_| n > 0) else { return Ok(None) };
        // Into two products that are about equal, the greater factors first.
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for factor in factors {
            let product = |of: &Vec<usize>| of.iter().product::<usize>();
            if product(&left) <= product(&right) { left.push(factor) } else { right.push(factor) }
        }
        let (columns, rows) = (Passes::new(&left)?, Passes::new(&right)?);
        let between = Block::new(columns.len() * rows.len().div_ceil(Self::WIDTH))?;
        Ok(Some(Self { columns, rows, roots: Roots::new(n)?, between, done: 0 }))
    }

    fn batches(&self) -> (usize, usize) {
        (self.rows.len().div_ceil(Self::WIDTH), self.columns.len().div_ceil(Self::WIDTH))
    }

    pub fn progress(&self) -> (usize, usize) {
        let (columns, rows) = self.batches();
        (self.done, columns + rows)
    }

    /// Does a step; whether it was the last. `from` and `to` are the same in each, and as long as the transform.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn step(&mut self, team: &Team, from: Pair<'_, T>, to: PairMut<'_, T>) -> Result<bool> {
        let (of_columns, of_rows) = self.batches();
        let longer = self.columns.len().max(self.rows.len());
        let mut seats = alloc::room(team.size())?;
        for _ in 0..team.size() {
            seats.push(Seat { x: Block::new(longer)?, y: Block::new(longer)? });
        }
        let first = self.done;
        if first < of_columns {
            let last = of_columns.min(first + (STEP / (self.columns.len() * Self::WIDTH)).max(1));
            self.transform_columns(team, &mut seats, from, first, last);
            self.done = last;
        } else {
            let first = first - of_columns;
            let last = of_rows.min(first + (STEP / (self.rows.len() * Self::WIDTH)).max(1));
            self.transform_rows(team, &mut seats, to, first, last)?;
            self.done = of_columns + last;
        }
        Ok(self.done == of_columns + of_rows)
    }

    fn transform_columns(&mut self, team: &Team, seats: &mut [Seat<T>], from: Pair<'_, T>, first: usize, last: usize) {
        let (len, cols) = (self.columns.len(), self.rows.len());
        let places = len * WIDE;
        let (passes, roots) = (&self.columns, &self.roots);
        let re = self.between.re.chunks_mut(places).enumerate();
        let items = re.zip(self.between.im.chunks_mut(places)).skip(first).take(last - first);
        team.share(items, seats, |((batch, to_re), to_im), seat| {
            let col = batch * Self::WIDTH;
            let wide = Self::WIDTH.min(cols - col);
            seat.fit(len);
            for (from, to) in [(from.0, &mut seat.x.re), (from.1, &mut seat.x.im)] {
                for (row, to) in from.chunks_exact(cols).zip(T::flat_mut(to).chunks_exact_mut(Self::WIDTH)) {
                    to[..wide].copy_from_slice(&row[col..col + wide]);
                    to[wide..].fill(T::default());
                }
            }
            passes.run(&mut seat.x, &mut seat.y);
            twist(roots, col, len, &seat.x, to_re, to_im);
        });
    }

    fn transform_rows(&self, team: &Team, seats: &mut [Seat<T>], to: PairMut<'_, T>, first: usize, last: usize) -> Result<()> {
        let (count, len) = (self.columns.len(), self.rows.len());
        // Of each batch: its pieces of every row of the result.
        let mut lists: Vec<Vec<(&mut [T], &mut [T])>> = alloc::room(last - first)?;
        for _ in first..last {
            lists.push(alloc::room(len)?);
        }
        let (start, end) = (first * Self::WIDTH, count.min(last * Self::WIDTH));
        for (re, im) in to.0.chunks_exact_mut(count).zip(to.1.chunks_exact_mut(count)) {
            let pieces = re[start..end].chunks_mut(Self::WIDTH).zip(im[start..end].chunks_mut(Self::WIDTH));
            lists.iter_mut().zip(pieces).for_each(|(list, piece)| list.push(piece));
        }
        let between = &self.between;
        team.share((first..last).zip(lists), seats, |(batch, list), seat| {
            let row = batch * Self::WIDTH;
            let wide = Self::WIDTH.min(count - row);
            seat.fit(len);
            for (from, to) in [(&between.re, &mut seat.x.re), (&between.im, &mut seat.x.im)] {
                let from = T::flat(from).chunks_exact(count * Self::WIDTH);
                for (part, to) in from.zip(T::flat_mut(to).chunks_mut(Self::WIDTH * Self::WIDTH)) {
                    let part = &part[row * Self::WIDTH..(row + wide) * Self::WIDTH];
                    if wide < Self::WIDTH {
                        to.fill(T::default());
                    }
                    for (place, line) in part.chunks_exact(Self::WIDTH).enumerate() {
                        to.chunks_exact_mut(Self::WIDTH).zip(line).for_each(|(to, &value)| to[place] = value);
                    }
                }
            }
            self.rows.run(&mut seat.x, &mut seat.y);
            let re = T::flat(&seat.x.re).chunks_exact(Self::WIDTH);
            for ((re, im), (to_re, to_im)) in re.zip(T::flat(&seat.x.im).chunks_exact(Self::WIDTH)).zip(list) {
                to_re.copy_from_slice(&re[..wide]);
                to_im.copy_from_slice(&im[..wide]);
            }
        });
        Ok(())
    }
}

impl<T: Real> Seat<T> {
    /// Blocks of `places` places; they had room for the longer of the two lengths.
    fn fit(&mut self, places: usize) {
        for block in [&mut self.x, &mut self.y] {
            block.re.resize(places * WIDE, T::Pack::default());
            block.im.resize(places * WIDE, T::Pack::default());
        }
    }
}

/// Place k of column j is turned by k j.
fn twist<T: Real>(roots: &Roots, col: usize, len: usize, from: &Block<T>, re: &mut [T::Pack], im: &mut [T::Pack]) {
    let powers = |step: usize, count: usize| {
        (0..count).map(move |i| {
            let mut made = ([T::Pack::default(); WIDE], [T::Pack::default(); WIDE]);
            let lanes = T::flat_mut(&mut made.0).iter_mut().zip(T::flat_mut(&mut made.1));
            lanes.enumerate().for_each(|(lane, (re, im))| (*re, *im) = roots.at(i * step * (col + lane)));
            made
        })
    };
    let mut low = [([T::Pack::default(); WIDE], [T::Pack::default(); WIDE]); POWERS];
    low.iter_mut().zip(powers(1, POWERS)).for_each(|(to, power)| *to = power);
    let span = POWERS * WIDE;
    let from = from.re.chunks(span).zip(from.im.chunks(span));
    let to = re.chunks_mut(span).zip(im.chunks_mut(span));
    for (high, ((from_re, from_im), (re, im))) in powers(POWERS, len.div_ceil(POWERS)).zip(from.zip(to)) {
        let high: [_; WIDE] = core::array::from_fn(|v| (T::load(&high.0[v]), T::load(&high.1[v])));
        let from = from_re.as_chunks::<WIDE>().0.iter().zip(from_im.as_chunks::<WIDE>().0);
        let to = re.as_chunks_mut::<WIDE>().0.iter_mut().zip(im.as_chunks_mut::<WIDE>().0);
        for ((low, (from_re, from_im)), (re, im)) in low.iter().zip(from).zip(to) {
            for v in 0..WIDE {
                let factor = times::<T>((T::load(&low.0[v]), T::load(&low.1[v])), high[v]);
                let made = times::<T>((T::load(&from_re[v]), T::load(&from_im[v])), factor);
                re[v] = T::pack(made.0);
                im[v] = T::pack(made.1);
            }
        }
    }
}
