//! Jobs of any kind, and what becomes of them.

use columnar::Result;
use compute_engine::job::Job;
use compute_engine::share::Team;

use crate::held::Held;

#[derive(Default)]
pub struct Outcome {
    pub values: Vec<Held>,
    pub scalars: Vec<f64>,
}

impl From<Vec<Held>> for Outcome {
    fn from(values: Vec<Held>) -> Self {
        Self { values, scalars: Vec::new() }
    }
}

pub trait Task {
    fn step(&mut self, team: &Team) -> Result<bool>;
    fn progress(&self) -> (usize, usize);
    fn finish(self: Box<Self>) -> Result<Outcome>;
}

struct Run<J, F> {
    job: J,
    finish: F,
}

impl<J: Job, F: FnOnce(J) -> Result<Outcome>> Task for Run<J, F> {
    fn step(&mut self, team: &Team) -> Result<bool> {
        self.job.step(team)
    }
    fn progress(&self) -> (usize, usize) {
        self.job.progress()
    }
    fn finish(self: Box<Self>) -> Result<Outcome> {
        (self.finish)(self.job)
    }
}

/// A job, and how its result becomes values.
pub fn task<J: Job + 'static>(job: J, finish: impl FnOnce(J) -> Result<Outcome> + 'static) -> Result<Box<dyn Task>> {
    Ok(Box::new(Run { job, finish }))
}
