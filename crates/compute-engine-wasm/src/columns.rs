//! Operations on columns of numbers.

use std::sync::Arc;

use columnar::{Error, Result, alloc};
use compute_engine::fourier::Fft;
use compute_engine::lanes::Real;
use compute_engine::share::Team;
use compute_engine::sort::{Argsort, Sort, Sortable};
use compute_engine::statistics::Describe;

use crate::folds::description;
use crate::held::{Held, Values};
use crate::task::{Task, task};

type Begun = Result<Box<dyn Task>>;

pub fn sort(team: &Team, held: Held, descending: bool) -> Begun {
    fn begin<T: Sortable>(team: &Team, values: &[T], descending: bool, wrap: fn(Vec<T>) -> Values) -> Begun {
        let rows = values.len();
        task(Sort::new(values, descending, team)?, move |job| Ok(vec![Held { values: wrap(job.into_values()), rows, cols: 1 }].into()))
    }
    match &held.values {
        Values::F64(values) => begin(team, values, descending, |made| Values::F64(Arc::new(made))),
        Values::F32(values) => begin(team, values, descending, |made| Values::F32(Arc::new(made))),
        Values::I32(values) => begin(team, values, descending, Values::I32),
        Values::U32(values) => begin(team, values, descending, Values::U32),
    }
}

pub fn argsort(team: &Team, held: Held, descending: bool) -> Begun {
    fn begin<T: Sortable>(team: &Team, values: &[T], descending: bool) -> Begun {
        task(Argsort::new(values, descending, team)?, |job| {
            let places = job.into_places();
            Ok(vec![Held { rows: places.len(), cols: 1, values: Values::U32(places) }].into())
        })
    }
    match &held.values {
        Values::F64(values) => begin(team, values, descending),
        Values::F32(values) => begin(team, values, descending),
        Values::I32(values) => begin(team, values, descending),
        Values::U32(values) => begin(team, values, descending),
    }
}

pub fn describe(held: Held, quantiles: Vec<f64>) -> Begun {
    task(Describe::new(held.into_numbers()?, quantiles), |job| Ok(description(job.into_description())))
}

pub fn fft(re: Held, im: Option<Held>, inverse: bool) -> Begun {
    fn begin<T: Real>(re: Vec<T>, im: Option<Vec<T>>, inverse: bool, wrap: fn(Vec<T>) -> Values) -> Begun {
        let rows = re.len();
        let im = im.map_or_else(|| alloc::filled(rows, T::default()), Ok)?;
        if im.len() != rows {
            return Err(Error::invalid("parts of different length"));
        }
        task(Fft::new(re, im, inverse)?, move |job| {
            let (re, im) = job.into_parts();
            Ok([re, im].map(|part| Held { values: wrap(part), rows, cols: 1 }).into_iter().collect::<Vec<_>>().into())
        })
    }
    let f32 = re.is_f32() && im.as_ref().is_none_or(Held::is_f32);
    if f32 {
        let narrow = |held: Held| match held.values {
            Values::F32(values) => Arc::try_unwrap(values).or_else(|shared| alloc::copied(&shared)),
            _ => Err(Error::invalid("a signal holds f32 or f64")),
        };
        return begin(narrow(re)?, im.map(narrow).transpose()?, inverse, |part| Values::F32(Arc::new(part)));
    }
    begin(re.doubles()?, im.map(|im| im.doubles()).transpose()?, inverse, |part| Values::F64(Arc::new(part)))
}
