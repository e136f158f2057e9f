//! Work shared out over threads, where the `threads` feature is on and threads were given; else done by the caller alone.
//!
//! Which thread takes which item is left to chance; results must depend on the item only, so that any number of threads gives the
//! same answers bit for bit.

use error_code::Result;

/// The caller and its helpers.
#[derive(Default)]
pub struct Team {
    #[cfg(feature = "threads")]
    helpers: Option<helpers::Helpers>,
}

impl Team {
    /// Threads that share the work, the caller's included.
    pub fn size(&self) -> usize {
        #[cfg(feature = "threads")]
        if let Some(helpers) = &self.helpers {
            return 1 + helpers.count();
        }
        1
    }

    /// Calls `work` once for every item, with a seat that no other thread uses at that time. The first seat is the caller's; helpers
    /// take the others, one each.
    ///
    /// # Errors
    /// That of an item that failed; others may have been worked on or not.
    ///
    /// # Panics
    /// When a helper's thread is gone, in the caller too: its share of the work is lost.
    pub fn share<T, I, S, W>(&self, items: I, seats: &mut [S], work: W) -> Result<()>
    where
        T: Send,
        I: Iterator<Item = T> + Send,
        S: Send,
        W: Fn(T, &mut S) -> Result<()> + Sync,
    {
        let Some((own, others)) = seats.split_first_mut() else { return Ok(()) };
        #[cfg(feature = "threads")]
        if let Some(helpers) = &self.helpers {
            return helpers.share(items, own, others, &work);
        }
        let _ = others;
        let mut items = items;
        items.try_for_each(|item| work(item, own))
    }
}

#[cfg(feature = "threads")]
mod helpers {
    use super::{Result, Team};
    use rayon_core::ThreadPool;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
    use std::time::Duration;

    /// How often a caller that waits looks whether its helpers still live.
    const LOOK_EVERY: Duration = Duration::from_millis(20);

    pub struct Helpers {
        pool: ThreadPool,
        /// Not zero: a helper's thread trapped. Nothing unwinds in WebAssembly, so nobody else would ever tell.
        lost: &'static AtomicU32,
    }

    impl Team {
        /// Work is shared with the pool's threads, all of which must run, until `dismiss`.
        pub fn hire(&mut self, pool: ThreadPool, lost: &'static AtomicU32) {
            self.helpers = Some(Helpers { pool, lost });
        }

        /// The caller works alone; the pool's threads end.
        pub fn dismiss(&mut self) {
            self.helpers = None;
        }
    }

    impl Helpers {
        pub fn count(&self) -> usize {
            self.pool.current_num_threads()
        }

        pub fn share<T, I, S, W>(&self, items: I, own: &mut S, others: &mut [S], work: &W) -> Result<()>
        where
            T: Send,
            I: Iterator<Item = T> + Send,
            S: Send,
            W: Fn(T, &mut S) -> Result<()> + Sync,
        {
            let items = Mutex::new(items);
            let failure = Mutex::new(Ok(()));
            let drain = |seat: &mut S| {
                // The guard is dropped before the work is done.
                while let Some(item) = { lock(&items).next() } {
                    if let Err(error) = work(item, seat) {
                        *lock(&failure) = Err(error);
                    }
                }
            };
            let finished = Finished::default();
            self.pool.in_place_scope(|scope| {
                let (drain, finished) = (&drain, &finished);
                let helpers = others.iter_mut().take(self.count());
                let hired = helpers.len();
                for seat in helpers {
                    scope.spawn(move |_| {
                        drain(seat);
                        finished.tell();
                    });
                }
                drain(own);
                // The scope itself would wait for ever for a thread that is gone.
                finished.wait(hired, self.lost);
            });
            failure.into_inner().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// Counts helpers that are done.
    #[derive(Default)]
    struct Finished {
        count: Mutex<usize>,
        changed: Condvar,
    }

    impl Finished {
        fn tell(&self) {
            *lock(&self.count) += 1;
            self.changed.notify_one();
        }

        fn wait(&self, all: usize, lost: &AtomicU32) {
            let mut count = lock(&self.count);
            while *count < all {
                count = self.changed.wait_timeout(count, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0;
                assert!(*count == all || lost.load(Ordering::Acquire) == 0, "a thread of the pool trapped");
            }
        }
    }

    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, feature = "threads"))]
mod tests {
    use super::*;
    use error_code::Error;
    use rayon_core::ThreadPoolBuilder;
    use std::collections::HashSet;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicU32;
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    static LOST: AtomicU32 = AtomicU32::new(0);

    fn team(helpers: usize) -> Team {
        let mut team = Team::default();
        team.hire(ThreadPoolBuilder::new().num_threads(helpers).build().unwrap(), &LOST);
        team
    }

    #[test]
    fn every_item_is_done_once_and_by_several_threads() {
        let team = team(3);
        assert_eq!(team.size(), 4);
        let mut done = vec![0u32; 400];
        let threads = Mutex::new(HashSet::<ThreadId>::new());
        let mut seats = [0u32; 4];
        team.share(done.iter_mut(), &mut seats, |item, seat| {
            *item += 1;
            *seat += 1;
            threads.lock().unwrap().insert(thread::current().id());
            thread::sleep(Duration::from_micros(100));
            Ok(())
        })
        .unwrap();
        assert!(done.iter().all(|&n| n == 1));
        assert_eq!(seats.iter().sum::<u32>(), 400);
        assert!(threads.into_inner().unwrap().len() > 1);
    }

    #[test]
    fn an_error_comes_back_and_the_team_goes_on() {
        let mut team = team(1);
        let fail = |n: u32, _: &mut ()| if n == 7 { Err(Error::out_of_memory()) } else { Ok(()) };
        assert!(team.share(0..20, &mut [(), ()], fail).is_err());
        assert!(team.share(10..20, &mut [(), ()], fail).is_ok());
        team.dismiss();
        assert_eq!(team.size(), 1);
        assert!(team.share(0..20, &mut [(), ()], fail).is_err());
    }

    #[test]
    fn a_lost_helper_fails_its_caller_instead_of_hanging_it() {
        static TRAPPED: AtomicU32 = AtomicU32::new(0);
        let mut team = Team::default();
        team.hire(ThreadPoolBuilder::new().num_threads(1).build().unwrap(), &TRAPPED);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            team.share(0..2, &mut [0, 1], |_, seat| {
                if *seat == 1 {
                    // What a trap looks like from outside: told, and never done in time.
                    TRAPPED.store(1, std::sync::atomic::Ordering::Release);
                    thread::sleep(Duration::from_millis(300));
                } else {
                    thread::sleep(Duration::from_millis(50));
                }
                Ok(())
            })
        }));
        assert!(outcome.is_err());
    }
}
