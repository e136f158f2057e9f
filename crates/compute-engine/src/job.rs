//! Long work in steps, so that whoever drives it may stop between them and say how far it is.

use columnar::Result;

use crate::share::Team;

/// Work that is done in steps of some milliseconds each (for one thread).
pub trait Job {
    /// Does a step; whether it was the last. Steps do not depend on the team.
    ///
    /// # Errors
    /// What the numbers themselves raise, and OUT_OF_MEMORY. The job is over then.
    fn step(&mut self, team: &Team) -> Result<bool>;

    /// How far it is, in units of its own: done, and of how many.
    fn progress(&self) -> (usize, usize);
}

/// Runs a job to its end.
///
/// # Errors
/// Those of its steps.
pub fn finish<J: Job>(mut job: J, team: &Team) -> Result<J> {
    while !job.step(team)? {}
    Ok(job)
}
