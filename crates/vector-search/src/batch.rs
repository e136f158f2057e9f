//! Many queries in one call, shared out over the threads there are.

use crate::desk::{Asked, Desk};
use crate::index::{Params, VectorIndex};
use crate::side::Plan;
use crate::top_k::Hit;
use error_code::{Error, ErrorCode, Result};
use thread_team::Team;

/// Hits of the last batch, and what other threads than the caller's work with.
#[derive(Default)]
pub struct Batch {
    hits: Vec<Hit>,
    answered: Vec<bool>,
    /// One per thread; the first is the index's own, while a batch runs.
    desks: Vec<Desk>,
}

impl Batch {
    /// Bytes held for walks.
    pub fn walk_memory(&self) -> usize {
        self.desks.iter().map(|desk| desk.walk.memory()).sum()
    }

    /// Room for `queries` queries of `hits` hits each on `threads` threads.
    fn fit(&mut self, queries: usize, hits: usize, threads: usize) -> Result<()> {
        let Self { hits: all, answered, desks } = self;
        let no_memory = |_| Error::out_of_memory();
        all.clear();
        answered.clear();
        let total = queries.checked_mul(hits).ok_or_else(Error::out_of_memory)?;
        all.try_reserve_exact(total).map_err(no_memory)?;
        answered.try_reserve_exact(queries).map_err(no_memory)?;
        all.resize(total, Hit { score: 0.0, slot: 0 });
        answered.resize(queries, false);
        desks.try_reserve(threads).map_err(no_memory)?;
        desks.resize_with(threads, Desk::default);
        Ok(())
    }
}

impl VectorIndex {
    /// Who shares the work of batches and of building the graph.
    pub fn team_mut(&mut self) -> &mut Team {
        &mut self.team
    }

    /// The hits of each query (n x dimensions, row-major) as [`VectorIndex::search`] gives them, one query after the other. Every query
    /// has the same number of hits: min(k, matching).
    ///
    /// # Errors
    /// DIMENSION_MISMATCH; OUT_OF_MEMORY when there is no room for all hits.
    pub fn search_batch(&mut self, queries: &[f32], params: &Params) -> Result<&[Hit]> {
        let dims = self.config.dimensions;
        if !queries.len().is_multiple_of(dims) {
            return Err(Error::new(ErrorCode::DimensionMismatch, "the queries do not divide into vectors of the collection's dimensions"));
        }
        let asked = self.ask(params);
        let mut batch = core::mem::take(&mut self.batch);
        let done = batch.fit(queries.len() / dims, asked.k, self.team.size()).and_then(|()| self.answer_all(queries, asked, &mut batch));
        self.batch = batch;
        done.map(|()| self.batch.hits.as_slice())
    }

    fn answer_all(&mut self, queries: &[f32], mut asked: Asked, batch: &mut Batch) -> Result<()> {
        if batch.hits.is_empty() {
            return Ok(());
        }
        if asked.walkable && self.graph_answers() {
            self.share_out(queries, &asked, None, batch)?;
            if batch.answered.iter().all(|&answered| answered) {
                return Ok(());
            }
        }
        // What the graph did not answer is scanned for.
        asked.walkable = false;
        let plan = self.prepare(asked.k, asked.exact);
        self.share_out(queries, &asked, Some(plan), batch)
    }

    /// Answers what is not answered yet: by the plan, or by the graph.
    fn share_out(&mut self, queries: &[f32], asked: &Asked, plan: Option<Plan>, batch: &mut Batch) -> Result<()> {
        let Batch { hits, answered, desks } = batch;
        core::mem::swap(&mut desks[0], &mut self.desk);
        let index = &*self;
        let fitted = desks.iter_mut().try_for_each(|desk| {
            desk.fit_dimensions(&index.config)?;
            desk.fit_rows(index.store.len(), 1 << index.store.shift())?;
            desk.fit_codes(&index.store, &index.side)
        });
        let work = queries.chunks_exact(index.config.dimensions).zip(hits.chunks_exact_mut(asked.k)).zip(answered.iter_mut());
        let open = work.filter(|(_, answered)| !**answered);
        let done = fitted.and_then(|()| {
            index.team.share(open, desks, |((query, hits), answered), desk| {
                desk.start(query, asked.k)?;
                match plan {
                    Some(plan) => index.sweep(plan, asked, desk)?,
                    None if !index.walk(asked, desk)? => return Ok(()),
                    None => {}
                }
                hits.copy_from_slice(desk.top.finish());
                *answered = true;
                Ok(())
            })
        });
        core::mem::swap(&mut desks[0], &mut self.desk);
        done
    }
}
