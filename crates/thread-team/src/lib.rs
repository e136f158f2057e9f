//! Work shared out over threads, where the `threads` feature is on and threads were given; else done by the caller alone.
//!
//! Which thread takes which item is left to chance; results must depend on the item only, so that any number of threads gives the
//! same answers bit for bit.

#[cfg(feature = "threads")]
mod helpers;
#[cfg(feature = "threads")]
pub mod seats;

#[cfg(feature = "threads")]
use std::sync::{Mutex, PoisonError};

/// The caller and its helpers.
///
/// ```
/// let team = thread_team::Team::default();
/// let mut squares = [1u32, 2, 3];
/// team.each(squares.iter_mut(), |n| { *n *= *n; Ok::<_, ()>(()) }).unwrap();
/// assert_eq!(squares, [1, 4, 9]);
/// ```
#[derive(Default)]
pub struct Team {
    #[cfg(feature = "threads")]
    helpers: Option<helpers::Helpers>,
    /// Made, and not yet relied on: not all its threads are known to run.
    #[cfg(feature = "threads")]
    opened: Option<rayon_core::ThreadPool>,
}

impl Team {
    /// The caller, without helpers.
    pub const fn alone() -> Self {
        Self {
            #[cfg(feature = "threads")]
            helpers: None,
            #[cfg(feature = "threads")]
            opened: None,
        }
    }

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
    pub fn share<T, I, S, E, W>(&self, items: I, seats: &mut [S], work: W) -> Result<(), E>
    where
        T: Send,
        I: Iterator<Item = T> + Send,
        S: Send,
        E: Send,
        W: Fn(T, &mut S) -> Result<(), E> + Sync,
    {
        let Some((own, others)) = seats.split_first_mut() else { return Ok(()) };
        #[cfg(feature = "threads")]
        return self.spread(items, own, others, &work);
        #[cfg(not(feature = "threads"))]
        {
            let _ = others;
            let mut items = items;
            items.try_for_each(|item| work(item, own))
        }
    }

    #[cfg(feature = "threads")]
    fn spread<T, I, S, E, W>(&self, items: I, own: &mut S, others: &mut [S], work: &W) -> Result<(), E>
    where
        T: Send,
        I: Iterator<Item = T> + Send,
        S: Send,
        E: Send,
        W: Fn(T, &mut S) -> Result<(), E> + Sync,
    {
        use helpers::lock;
        let items = Mutex::new(items);
        let failure = Mutex::new(Ok(()));
        // Behind a pointer, so that the work is compiled once and not for each of its callers.
        let drain: &(dyn Fn(&mut S) + Sync) = &|seat| {
            // The guard is dropped before the work is done.
            while let Some(item) = { lock(&items).next() } {
                if let Err(error) = work(item, seat) {
                    let mut failure = lock(&failure);
                    if failure.is_ok() {
                        *failure = Err(error);
                    }
                    return;
                }
            }
        };
        match &self.helpers {
            None => drain(own),
            Some(helpers) => {
                let most = others.len();
                let seats = Mutex::new(others.iter_mut());
                let help = || {
                    let seat = lock(&seats).next();
                    if let Some(seat) = seat {
                        drain(seat);
                    }
                };
                helpers.run(most, &help, &mut || drain(own));
            }
        }
        failure.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// As `share`, of work that needs no seat.
    ///
    /// # Errors
    /// As of `share`.
    pub fn each<T, I, E, W>(&self, items: I, work: W) -> Result<(), E>
    where
        T: Send,
        I: Iterator<Item = T> + Send,
        E: Send,
        W: Fn(T) -> Result<(), E> + Sync,
    {
        self.share(items, &mut vec![(); self.size()], |item, ()| work(item))
    }
}

#[cfg(all(test, feature = "threads"))]
mod tests {
    use super::*;
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
            Ok::<_, ()>(())
        })
        .unwrap();
        assert!(done.iter().all(|&n| n == 1));
        assert_eq!(seats.iter().sum::<u32>(), 400);
        assert!(threads.into_inner().unwrap().len() > 1);
    }

    #[test]
    fn an_error_comes_back_and_the_team_goes_on() {
        let mut team = team(1);
        let fail = |n: u32, _: &mut ()| if n == 7 { Err("seven") } else { Ok(()) };
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
                Ok::<_, ()>(())
            })
        }));
        assert!(outcome.is_err());
    }
}
