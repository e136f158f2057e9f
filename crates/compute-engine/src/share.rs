//! The one seam between kernels and threads. A kernel cuts its work into items whose answers depend on the item alone, so any number
//! of threads gives the same bits.

use core::convert::Infallible;
use core::ops::{Deref, DerefMut};

/// Who does the work: the caller, and with the feature `threads` the helpers of its pool (crates/thread-team).
#[derive(Default)]
pub struct Team(thread_team::Team);

static ALONE: Team = Team(thread_team::Team::alone());

/// Multiplications of doubles, out of the near cache, from which on two threads are quicker than one: helpers need some 80 µs to wake and to
/// come back. (A product of 160 x 160 in f32 is even, of 256 x 256 1.3 times as quick.)
const WORTH: usize = 1 << 22;

impl Team {
    /// This team where work of so many multiplications pays for its helpers, else the caller alone.
    pub fn worth(&self, multiplications: usize) -> &Self {
        if multiplications < WORTH { &ALONE } else { self }
    }

    /// Calls `work` once for every item, with a seat (scratch space) that no other thread uses at that time. There are as many seats
    /// as threads that may help. What is written item by item belongs on the stack of `work`: two seats side by side share a line of
    /// the cache, and two threads are then as slow as one.
    ///
    /// # Panics
    /// When a helper's thread is gone: its share of the work is lost.
    pub fn share<T, I, S, W>(&self, items: I, seats: &mut [S], work: W)
    where
        T: Send,
        I: Iterator<Item = T> + Send,
        S: Send,
        W: Fn(T, &mut S) + Sync,
    {
        let done = self.0.share(items, seats, |item, seat| {
            work(item, seat);
            Ok::<(), Infallible>(())
        });
        match done {
            Ok(()) => (),
            Err(never) => match never {},
        }
    }
}

impl Deref for Team {
    type Target = thread_team::Team;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Team {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
