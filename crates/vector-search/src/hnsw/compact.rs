//! Renumbering after rows were removed for good.
use super::codec::Numbering;
use super::{Graph, NONE, Result, reserve_total};

impl Graph {
    /// The same graph with the slots whose bit is set in `live` renumbered 0, 1, 2 … in order. Every node must be live.
    /// Returns the bytes that [`Graph::import`] reads, so that the old memory can be given up before the new is asked for.
    ///
    /// # Errors
    /// `OUT_OF_MEMORY`.
    pub fn export_compacted(&self, live: &[u32]) -> Result<Vec<u8>> {
        let mut new = Vec::new();
        reserve_total(&mut new, self.slots() as usize)?;
        let mut next = 0;
        for slot in 0..self.slots() {
            let lives = live.get(slot as usize / 32).is_some_and(|word| word >> (slot % 32) & 1 == 1);
            new.push(if lives { next } else { NONE });
            next += u32::from(lives);
        }
        self.write(&Numbering { new: Some(&new), slots: next })
    }
}
