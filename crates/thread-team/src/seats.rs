//! Threads that somebody else starts: in the variant simd-threads, workers that JavaScript starts on this instance's module and memory.
//!
//! `Team::open` makes seats, each worker takes one by `join` and serves until `Team::close`. Work is shared only after `Team::rely`,
//! which is called when every worker has said that it runs: a worker that never starts leaves one thread, not a caller that waits.
//! A worker whose instance traps stores 1 at `alarm` (from JavaScript, since its instance is not to be called again); the caller that
//! waits for it then traps too.

use crate::Team;
use rayon_core::{ThreadBuilder, ThreadPoolBuildError, ThreadPoolBuilder};
use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Seats that no worker has taken. Static, because a worker shares the memory with the team but holds no reference to it.
static SEATS: Mutex<Vec<ThreadBuilder>> = Mutex::new(Vec::new());
static ALARM: AtomicU32 = AtomicU32::new(0);

fn seats() -> MutexGuard<'static, Vec<ThreadBuilder>> {
    SEATS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Called by a worker: serves the pool until it is closed.
pub fn join() {
    let seat = seats().pop();
    if let Some(seat) = seat {
        seat.run();
    }
}

/// The word that says that a worker trapped.
pub fn alarm() -> &'static AtomicU32 {
    &ALARM
}

impl Team {
    /// Makes seats for `helpers` workers.
    ///
    /// # Errors
    /// That the pool can not be made: its memory was refused.
    pub fn open(&mut self, helpers: usize) -> Result<(), ThreadPoolBuildError> {
        let spawn = |seat| {
            seats().push(seat);
            Ok(())
        };
        self.opened = Some(ThreadPoolBuilder::new().num_threads(helpers).spawn_handler(spawn).build()?);
        Ok(())
    }

    /// From now on work is shared with the workers, all of which run.
    pub fn rely(&mut self) {
        if let Some(pool) = self.opened.take() {
            self.hire(pool, &ALARM);
        }
    }

    /// Lets the workers go; the caller works alone.
    pub fn close(&mut self) {
        self.opened = None;
        self.dismiss();
        seats().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn workers_take_their_seats_and_leave_when_it_is_closed() {
        let mut team = Team::default();
        team.open(2).unwrap();
        assert_eq!(team.size(), 1, "nothing is shared before all run");
        let workers = [thread::spawn(join), thread::spawn(join)];
        team.rely();
        assert_eq!(team.size(), 3);
        let mut done = [0u32; 64];
        team.each(done.iter_mut(), |n| {
            *n += 1;
            Ok::<_, ()>(())
        })
        .unwrap();
        assert_eq!(done, [1; 64]);
        team.close();
        assert_eq!(team.size(), 1);
        for worker in workers {
            worker.join().unwrap();
        }
        // No seat is left: this returns at once.
        join();
    }
}
