//! Many queries in one call.

use crate::index::{Params, VectorIndex};
use crate::parallel::Team;
use crate::top_k::Hit;
use error_code::{Error, ErrorCode, Result};

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
        let dims = self.config().dimensions;
        if !queries.len().is_multiple_of(dims) {
            return Err(Error::new(ErrorCode::DimensionMismatch, "the queries do not divide into vectors of the collection's dimensions"));
        }
        let mut hits = core::mem::take(&mut self.batch);
        hits.clear();
        for query in queries.chunks_exact(dims) {
            let found = self.search(query, params)?;
            hits.try_reserve(found.len()).map_err(|_| Error::out_of_memory())?;
            hits.extend_from_slice(found);
        }
        self.batch = hits;
        Ok(&self.batch)
    }
}
