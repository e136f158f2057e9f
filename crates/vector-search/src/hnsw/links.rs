//! Where links live: fixed-size chunks, so growth never copies and never needs twice the memory for a moment.
//!
//! Layer 0: each slot has `2m + 1` words, a count and the links. Above: blocks of `m + 2` words from one pool, one per
//! (node, level): index of the node's next higher block, count, links. Freed blocks are chained through their first word.
use super::{Error, MAX_LEVEL, NONE, Result, reserve_total};
use simd_kernels::bytes;

const CHUNK: usize = 1024;

#[derive(Debug)]
struct Chunk {
    /// CHUNK x (2m + 1).
    base: Vec<u32>,
    /// Level + 1; 0 = the slot is not in the graph.
    levels: Vec<u8>,
    /// First upper block (level 1), or NONE.
    upper: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Links {
    m: usize,
    chunks: Vec<Chunk>,
    blocks: Vec<Vec<u32>>,
    /// Blocks ever used; the next fresh one.
    used_blocks: u32,
    free_block: u32,
    free_blocks: u32,
    slots: u32,
    len: usize,
}

fn filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>> {
    let mut out = Vec::new();
    reserve_total(&mut out, len)?;
    out.resize(len, value);
    Ok(out)
}

impl Links {
    pub fn new(m: usize) -> Self {
        Self { m, chunks: Vec::new(), blocks: Vec::new(), used_blocks: 0, free_block: NONE, free_blocks: 0, slots: 0, len: 0 }
    }

    /// Most links a node may have on a level.
    pub fn room(&self, level: usize) -> usize {
        if level == 0 { 2 * self.m } else { self.m }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn slots(&self) -> u32 {
        self.slots
    }

    pub fn contains(&self, slot: u32) -> bool {
        slot < self.slots && self.chunks[slot as usize / CHUNK].levels[slot as usize % CHUNK] != 0
    }

    /// Level of a present node.
    pub fn level(&self, slot: u32) -> usize {
        usize::from(self.chunks[slot as usize / CHUNK].levels[slot as usize % CHUNK]) - 1
    }

    /// Slots in the graph, ascending, with their levels.
    pub fn present(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        let levels = self.chunks.iter().flat_map(|chunk| &chunk.levels);
        (0..self.slots).zip(levels).filter(|&(_, &level)| level != 0).map(|(slot, &level)| (slot, usize::from(level) - 1))
    }

    pub fn memory(&self) -> usize {
        let chunk = CHUNK * (4 * (2 * self.m + 1) + 1 + 4);
        self.chunks.len() * chunk + self.blocks.len() * CHUNK * 4 * (self.m + 2)
    }

    /// Adds a node without links. All memory it needs is asked for before anything changes.
    pub fn add(&mut self, slot: u32, level: usize) -> Result<()> {
        debug_assert!(level <= MAX_LEVEL && slot < NONE >> 1 && !self.contains(slot));
        self.reserve(slot, level)?;
        let (chunk, at) = (slot as usize / CHUNK, slot as usize % CHUNK);
        let mut first = NONE;
        for _ in 0..level {
            let block = self.take_block();
            self.block_mut(block)[0] = first;
            self.block_mut(block)[1] = 0;
            first = block;
        }
        let stride = 2 * self.m + 1;
        let chunk = &mut self.chunks[chunk];
        chunk.base[at * stride] = 0;
        chunk.levels[at] = level as u8 + 1;
        chunk.upper[at] = first;
        self.slots = self.slots.max(slot + 1);
        self.len += 1;
        Ok(())
    }

    /// Takes a node out but keeps its lists readable until `release`.
    pub fn retire(&mut self, slot: u32) {
        self.chunks[slot as usize / CHUNK].levels[slot as usize % CHUNK] = 0;
        self.len -= 1;
    }

    /// Empties the lists of a retired node and frees its blocks.
    pub fn release(&mut self, slot: u32) {
        let (chunk, at) = (slot as usize / CHUNK, slot as usize % CHUNK);
        let stride = 2 * self.m + 1;
        self.chunks[chunk].base[at * stride] = 0;
        let mut block = std::mem::replace(&mut self.chunks[chunk].upper[at], NONE);
        while block != NONE {
            let free = self.free_block;
            let next = std::mem::replace(&mut self.block_mut(block)[0], free);
            self.free_block = block;
            self.free_blocks += 1;
            block = next;
        }
    }

    /// Takes every node out; the room stays.
    pub fn clear(&mut self) {
        for chunk in &mut self.chunks {
            chunk.levels.fill(0);
        }
        (self.used_blocks, self.free_block, self.free_blocks, self.len) = (0, NONE, 0, 0);
    }

    /// Makes room for slots below `slots`, as absent ones.
    pub fn extend(&mut self, slots: u32) -> Result<()> {
        if slots > self.slots {
            self.reserve(slots - 1, 0)?;
            self.slots = slots;
        }
        Ok(())
    }

    pub fn neighbours(&self, slot: u32, level: usize) -> &[u32] {
        let list = self.list(slot, level);
        &list[1..=list[0] as usize]
    }

    /// Has the list on its way before it is read.
    pub fn touch(&self, slot: u32, level: usize) {
        core::hint::black_box(bytes::touch(bytes::of(self.list(slot, level))));
    }

    /// Appends a link; false when the list is full.
    pub fn push(&mut self, slot: u32, level: usize, link: u32) -> bool {
        let list = self.list_mut(slot, level);
        let count = list[0] as usize + 1;
        if count == list.len() {
            return false;
        }
        list[count] = link;
        list[0] = count as u32;
        true
    }

    /// Replaces a list; `links` is at most `room(level)` long.
    pub fn set(&mut self, slot: u32, level: usize, links: impl ExactSizeIterator<Item = u32>) {
        let list = self.list_mut(slot, level);
        list[0] = links.len() as u32;
        for (place, link) in list[1..].iter_mut().zip(links) {
            *place = link;
        }
    }

    /// Count word and room for the links.
    fn list(&self, slot: u32, level: usize) -> &[u32] {
        let (chunk, at) = (&self.chunks[slot as usize / CHUNK], slot as usize % CHUNK);
        if level == 0 {
            let stride = 2 * self.m + 1;
            return &chunk.base[at * stride..(at + 1) * stride];
        }
        let mut block = chunk.upper[at];
        for _ in 1..level {
            block = self.block(block)[0];
        }
        &self.block(block)[1..]
    }

    fn list_mut(&mut self, slot: u32, level: usize) -> &mut [u32] {
        let (chunk, at) = (slot as usize / CHUNK, slot as usize % CHUNK);
        if level == 0 {
            let stride = 2 * self.m + 1;
            return &mut self.chunks[chunk].base[at * stride..(at + 1) * stride];
        }
        let mut block = self.chunks[chunk].upper[at];
        for _ in 1..level {
            block = self.block(block)[0];
        }
        &mut self.block_mut(block)[1..]
    }

    fn block(&self, block: u32) -> &[u32] {
        let stride = self.m + 2;
        let at = block as usize % CHUNK * stride;
        &self.blocks[block as usize / CHUNK][at..at + stride]
    }

    fn block_mut(&mut self, block: u32) -> &mut [u32] {
        let stride = self.m + 2;
        let at = block as usize % CHUNK * stride;
        &mut self.blocks[block as usize / CHUNK][at..at + stride]
    }

    fn take_block(&mut self) -> u32 {
        if self.free_block == NONE {
            self.used_blocks += 1;
            return self.used_blocks - 1;
        }
        let block = self.free_block;
        self.free_block = self.block(block)[0];
        self.free_blocks -= 1;
        block
    }

    /// Chunks for `slot` and blocks for `level` levels. Chunks that were got before a refusal stay: they are room, not state.
    fn reserve(&mut self, slot: u32, level: usize) -> Result<()> {
        while self.chunks.len() <= slot as usize / CHUNK {
            self.chunks.try_reserve(1).map_err(|_| Error::out_of_memory())?;
            let chunk = Chunk { base: filled(CHUNK * (2 * self.m + 1), 0)?, levels: filled(CHUNK, 0)?, upper: filled(CHUNK, NONE)? };
            self.chunks.push(chunk);
        }
        let fresh = level.saturating_sub(self.free_blocks as usize);
        while self.blocks.len() * CHUNK < self.used_blocks as usize + fresh {
            self.blocks.try_reserve(1).map_err(|_| Error::out_of_memory())?;
            self.blocks.push(filled(CHUNK * (self.m + 2), 0)?);
        }
        Ok(())
    }
}
