//! wasm-bindgen surface of the compute engine: convert, call, convert.
//!
//! Values are numbers (held.rs): JavaScript asks for room, fills it through a view, and names it in a call. An operation begins a job,
//! `step` works on it, `finish` makes its outcome values again, which JavaScript copies out once and frees, or keeps. Any call may grow
//! the memory, so views are taken anew after each one.

mod columns;
mod expressions;
mod folds;
mod held;
mod matrices;
#[cfg(feature = "threads")]
mod pool;
mod task;

#[cfg(feature = "threads")]
pub use bindings_common::pool::{join_pool, pool_alarm};

use bindings_common::coded_error;
use columnar::{Error, ErrorCode};
use compute_engine::share::Team;
use wasm_bindgen::prelude::*;

use expressions::Expression;
use folds::Fold;
use held::{Held, Slots};
use task::{Outcome, Task};

type JsResult<T> = Result<T, JsValue>;

fn js(error: Error) -> JsValue {
    let text = if error.code == ErrorCode::OutOfMemory {
        "the memory limit is reached and nothing was changed: free() matrices that are no longer needed, or cut the work in parts"
    } else {
        error.text()
    };
    coded_error(error.code, text)
}

/// Number of the interface between this artifact and its JavaScript; equals `abi` in variants.json.
#[wasm_bindgen]
pub fn abi() -> u32 {
    1
}

/// The target features this artifact was compiled with, comma separated.
#[wasm_bindgen(js_name = buildFeatures)]
pub fn build_features() -> String {
    bindings_common::build_features().into()
}

/// All values and jobs of one instance.
#[wasm_bindgen]
#[derive(Default)]
pub struct Engine {
    team: Team,
    /// Works on what is not worth the team.
    alone: Team,
    together: bool,
    held: Slots<Held>,
    tasks: Slots<Box<dyn Task>>,
    expressions: Slots<Expression>,
    folds: Slots<Fold>,
    outputs: Vec<u32>,
    scalars: Vec<f64>,
}

#[wasm_bindgen]
impl Engine {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    // ── values ──

    /// Room for rows x cols values of a kind: 0 f64, 1 f32, 2 i32, 3 u32. Gives its number.
    pub fn room(&mut self, kind: u8, rows: usize, cols: usize) -> JsResult<u32> {
        let held = Held::room(kind, rows, cols).map_err(js)?;
        self.held.insert(held).map_err(js)
    }

    /// Where the values lie.
    pub fn address(&self, id: u32) -> JsResult<usize> {
        Ok(self.held.get(id).map_err(js)?.address())
    }
    pub fn kind(&self, id: u32) -> JsResult<u8> {
        Ok(self.held.get(id).map_err(js)?.kind())
    }
    pub fn rows(&self, id: u32) -> JsResult<usize> {
        Ok(self.held.get(id).map_err(js)?.rows)
    }
    pub fn cols(&self, id: u32) -> JsResult<usize> {
        Ok(self.held.get(id).map_err(js)?.cols)
    }
    pub fn free(&mut self, id: u32) {
        drop(self.held.take(id));
    }
    /// Bytes of all values, and of the pieces that are on their way.
    pub fn bytes(&self) -> f64 {
        let sizes = self.held.iter().map(Held::bytes).chain(self.folds.iter().map(Fold::bytes));
        sizes.fold(0.0, |sum, size| sum + size as f64)
    }

    // ── jobs ──

    /// Whether that was the last step. After an error the job is gone.
    pub fn step(&mut self, job: u32) -> JsResult<bool> {
        let team = if self.together { &self.team } else { &self.alone };
        let outcome = self.tasks.get_mut(job).and_then(|task| task.step(team));
        if outcome.is_err() {
            drop(self.tasks.take(job));
        }
        outcome.map_err(js)
    }

    /// How far it is, in units of its own: the part that is done.
    pub fn progress(&self, job: u32) -> JsResult<f64> {
        let (done, of) = self.tasks.get(job).map_err(js)?.progress();
        Ok(if of == 0 { 0.0 } else { done as f64 / of as f64 })
    }

    /// The outcome of a job that is done: how many values it is. `output` and `scalar` tell them, until the next call of this.
    pub fn finish(&mut self, job: u32) -> JsResult<usize> {
        let outcome = self.tasks.take(job).and_then(|task| task.finish());
        self.publish(outcome)
    }

    pub fn cancel(&mut self, job: u32) {
        drop(self.tasks.take(job));
    }

    pub fn output(&self, place: usize) -> JsResult<u32> {
        self.outputs.get(place).copied().ok_or_else(|| js(Error::invalid("no such output")))
    }
    pub fn scalar(&self, place: usize) -> JsResult<f64> {
        self.scalars.get(place).copied().ok_or_else(|| js(Error::invalid("no such scalar")))
    }

    // ── operations on matrices: they stay ──

    pub fn matmul(&mut self, a: u32, b: u32) -> JsResult<u32> {
        let task = self.held.get(a).and_then(|a| matrices::matmul(a, self.held.get(b)?));
        self.begin(task)
    }
    pub fn solve(&mut self, a: u32, b: u32) -> JsResult<u32> {
        let task = self.held.get(a).and_then(|a| matrices::solve(a, self.held.get(b)?));
        self.begin(task)
    }
    /// Outputs: u, s, vt.
    pub fn svd(&mut self, a: u32) -> JsResult<u32> {
        let task = self.held.get(a).and_then(matrices::svd);
        self.begin(task)
    }
    /// Outputs: values, vectors.
    pub fn eigh(&mut self, a: u32) -> JsResult<u32> {
        let task = self.held.get(a).and_then(matrices::eigh);
        self.begin(task)
    }
    /// Outputs: q, r.
    pub fn qr(&mut self, a: u32) -> JsResult<u32> {
        let task = self.held.get(a).and_then(matrices::qr);
        self.begin(task)
    }
    pub fn cholesky(&mut self, a: u32) -> JsResult<u32> {
        let task = self.held.get(a).and_then(matrices::cholesky);
        self.begin(task)
    }
    /// Outputs: components, explained variance, projected, mean.
    pub fn pca(&mut self, a: u32, components: usize) -> JsResult<u32> {
        let task = self.held.get(a).and_then(|a| matrices::pca(a, components));
        self.begin(task)
    }
    pub fn correlation(&mut self, a: u32) -> JsResult<u32> {
        let task = self.held.get(a).and_then(matrices::correlation);
        self.begin(task)
    }
    pub fn covariance(&mut self, a: u32) -> JsResult<u32> {
        let task = self.held.get(a).and_then(matrices::covariance);
        self.begin(task)
    }
    /// Metrics: 0 l2, 1 l2sq, 2 cosine. Without `b` between the rows of `a`.
    #[wasm_bindgen(js_name = pairwiseDistances)]
    pub fn pairwise_distances(&mut self, a: u32, b: Option<u32>, metric: u8) -> JsResult<u32> {
        let task = self.held.get(a).and_then(|a| matrices::distances(a, b.map(|b| self.held.get(b)).transpose()?, metric));
        self.begin(task)
    }
    /// Outputs: centroids, labels. Scalars: inertia, iterations.
    pub fn kmeans(&mut self, points: u32, k: usize, iterations: usize, tolerance: f64, seed: u32) -> JsResult<u32> {
        let task = self.held.get(points).and_then(|points| matrices::kmeans(points, k, iterations, tolerance, seed));
        self.begin(task)
    }
    /// Modes: 0 valid, 1 same, 2 full.
    pub fn convolve2d(&mut self, image: u32, kernel: u32, mode: u8, flip: bool) -> JsResult<u32> {
        let task = self.held.get(image).and_then(|image| matrices::convolve(image, self.held.get(kernel)?, mode, flip));
        self.begin(task)
    }

    // ── operations on columns: they are taken ──

    pub fn sort(&mut self, values: u32, descending: bool) -> JsResult<u32> {
        let task = self.held.take(values).and_then(|values| columns::sort(self.team(), values, descending));
        self.begin(task)
    }
    pub fn argsort(&mut self, values: u32, descending: bool) -> JsResult<u32> {
        let task = self.held.take(values).and_then(|values| columns::argsort(self.team(), values, descending));
        self.begin(task)
    }
    /// Output: quantiles. Scalars: count, nanCount, sum, min, max, mean, variance, std, skewness, kurtosis.
    pub fn describe(&mut self, values: u32, quantiles: Vec<f64>) -> JsResult<u32> {
        let task = self.held.take(values).and_then(|values| columns::describe(values, quantiles));
        self.begin(task)
    }
    /// Outputs: real and imaginary parts.
    pub fn fft(&mut self, re: u32, im: Option<u32>, inverse: bool) -> JsResult<u32> {
        let im = im.map(|im| self.held.take(im)).transpose().map_err(js)?;
        let task = self.held.take(re).and_then(|re| columns::fft(re, im, inverse));
        self.begin(task)
    }

    // ── columns that are read and not kept: piece by piece ──

    /// Begins to describe `len` values of a kind, without quantiles. Outcome as of `describe`.
    #[wasm_bindgen(js_name = foldDescribe)]
    pub fn fold_describe(&mut self, kind: u8, len: usize) -> JsResult<u32> {
        Fold::describe(kind, len, self.team()).and_then(|fold| self.folds.insert(fold)).map_err(js)
    }
    /// Without `edges` this many equal bins. Outputs: counts, edges.
    #[wasm_bindgen(js_name = foldHistogram)]
    pub fn fold_histogram(&mut self, kind: u8, len: usize, bins: usize, edges: Option<Vec<f64>>) -> JsResult<u32> {
        Fold::histogram(kind, len, self.team(), bins, edges).and_then(|fold| self.folds.insert(fold)).map_err(js)
    }
    /// Where its pieces are written.
    #[wasm_bindgen(js_name = foldAddress)]
    pub fn fold_address(&self, fold: u32) -> JsResult<usize> {
        Ok(self.folds.get(fold).map_err(js)?.place().0)
    }
    /// Values that a piece has, the last one excepted.
    #[wasm_bindgen(js_name = foldRoom)]
    pub fn fold_room(&self, fold: u32) -> JsResult<usize> {
        Ok(self.folds.get(fold).map_err(js)?.place().1)
    }
    /// Folds in the piece of `len` values that was written.
    pub fn fold(&mut self, fold: u32, len: usize) -> JsResult<()> {
        let team = if self.together { &self.team } else { &self.alone };
        self.folds.get_mut(fold).and_then(|fold| fold.fold(len, team)).map_err(js)
    }
    /// All pieces were folded in: whether they must be once more.
    #[wasm_bindgen(js_name = foldAgain)]
    pub fn fold_again(&mut self, fold: u32) -> JsResult<bool> {
        self.folds.get_mut(fold).and_then(Fold::again).map_err(js)
    }
    /// The outcome, as of `finish`.
    pub fn folded(&mut self, fold: u32) -> JsResult<usize> {
        let outcome = self.folds.take(fold).and_then(Fold::finish);
        self.publish(outcome)
    }
    #[wasm_bindgen(js_name = freeFold)]
    pub fn free_fold(&mut self, fold: u32) {
        drop(self.folds.take(fold));
    }

    // ── expressions: piece by piece ──

    /// `names` one after the other, and the length of each; `whole`: 1 for columns of i32.
    pub fn expression(&mut self, text: &[u8], names: &[u8], lengths: &[u32], whole: &[u8]) -> JsResult<u32> {
        let made = Expression::new(text, names, lengths, whole).map_err(js)?;
        self.expressions.insert(made).map_err(js)
    }
    #[wasm_bindgen(js_name = isCondition)]
    pub fn is_condition(&self, expression: u32) -> JsResult<bool> {
        Ok(self.expressions.get(expression).map_err(js)?.evaluator.is_condition())
    }
    /// The values of a piece, whose columns are taken.
    pub fn evaluate(&mut self, expression: u32, columns: &[u32]) -> JsResult<u32> {
        let columns = self.columns(columns).map_err(js)?;
        let values = self.expressions.get(expression).and_then(|expression| expression.evaluator.values(columns)).map_err(js)?;
        self.held.insert(Held::column(values)).map_err(js)
    }
    /// Folds a piece in, whose columns are taken.
    pub fn reduce(&mut self, expression: u32, columns: &[u32]) -> JsResult<()> {
        let columns = self.columns(columns).map_err(js)?;
        self.expressions.get_mut(expression).and_then(|expression| expression.reduce(columns)).map_err(js)
    }
    /// Of what was folded: 0 sum, 1 count, 2 min, 3 max, 4 mean.
    pub fn reduced(&self, expression: u32, which: u8) -> JsResult<f64> {
        self.expressions.get(expression).and_then(|expression| expression.reduced(which)).map_err(js)
    }
    #[wasm_bindgen(js_name = freeExpression)]
    pub fn free_expression(&mut self, expression: u32) {
        drop(self.expressions.take(expression));
    }
}

impl Engine {
    fn team(&self) -> &Team {
        if self.together { &self.team } else { &self.alone }
    }

    fn begin(&mut self, task: Result<Box<dyn Task>, Error>) -> JsResult<u32> {
        task.and_then(|task| self.tasks.insert(task)).map_err(js)
    }

    fn publish(&mut self, outcome: Result<Outcome, Error>) -> JsResult<usize> {
        let Outcome { values, scalars } = outcome.map_err(js)?;
        self.scalars = scalars;
        self.outputs.clear();
        for held in values {
            self.outputs.push(self.held.insert(held).map_err(js)?);
        }
        Ok(self.outputs.len())
    }

    fn columns(&mut self, ids: &[u32]) -> Result<Vec<compute_engine::numbers::Numbers>, Error> {
        ids.iter().map(|&id| self.held.take(id)?.into_numbers()).collect()
    }
}
