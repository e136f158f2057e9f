//! Helpers: the threads of a pool, and the wait for them that ends when one is lost.

use super::Team;
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

    /// Calls `help` on each of up to `most` helpers, and `own` here; returns when all have come back. Not generic: compiled once for all
    /// that is shared.
    pub fn run(&self, most: usize, help: &(dyn Fn() + Sync), own: &mut dyn FnMut()) {
        let finished = Finished::default();
        let hired = most.min(self.count());
        self.pool.in_place_scope(|scope| {
            let finished = &finished;
            for _ in 0..hired {
                scope.spawn(move |_| {
                    help();
                    finished.tell();
                });
            }
            own();
            // The scope itself would wait for ever for a thread that is gone.
            finished.wait(hired, self.lost);
        });
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
        while !self.nap(all) {
            assert!(lost.load(Ordering::Acquire) == 0, "a thread of the pool trapped");
        }
    }

    /// Whether all are done, at once or a while later.
    #[inline(never)]
    fn nap(&self, all: usize) -> bool {
        let count = lock(&self.count);
        *count >= all || *self.changed.wait_timeout(count, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0 >= all
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
