//! Many different words numbered: rows go into parts by the upper bits of their hash, every part has a table of its own that stays in a
//! near cache, and threads share first the rows, then the parts, then the rows again. Numbers are in order of first appearance, whoever
//! did what.

use columnar::{Result, alloc};
use thread_team::Team;

use super::ids::{Ids, Keys, MOST, TAG, mix, too_many};
use super::parts::BLOCK;
use super::shared;

/// Rows of a part.
const PART: usize = 1 << 13;
const MOST_PARTS: usize = 1 << 10;

/// A word, and its row; later the first row of that word.
type Entry = (u64, u32);

/// Rows next to each other, sorted by part: made and worked on by one thread, which finds it in its cache.
#[derive(Clone, Default)]
struct Piece {
    /// Of each row.
    part_of: Vec<u16>,
    sorted: Vec<Entry>,
    /// Where each part ends in `sorted`.
    ends: Vec<u32>,
}

/// `keys` fills the words of a block of rows.
pub(super) fn partitioned(rows: usize, team: &Team, keys: &Keys<'_>) -> Result<Ids> {
    let parts = (rows / PART).next_power_of_two().clamp(2, MOST_PARTS);
    let bits = parts.trailing_zeros();
    let alone = Team::default();
    let team = shared::crew(Some(team), rows).unwrap_or(&alone);
    let size = shared::piece(rows, team);
    let mut pieces = alloc::filled(rows.div_ceil(size), Piece::default())?;
    let mut scratches: Vec<Vec<u64>> = alloc::filled(team.size(), Vec::new())?;
    team.share(pieces.iter_mut().enumerate(), &mut scratches, |(i, piece), words| {
        let start = i * size;
        piece.sort(start, size.min(rows - start), keys, bits, words)
    })?;
    drop(scratches);

    let mut tables: Vec<Firsts> = alloc::filled(team.size(), Firsts::default())?;
    team.share(by_part(&mut pieces, parts)?.into_iter(), &mut tables, |runs, table| table.find(runs, bits))?;
    drop(tables);

    // The first row of the word of every row, and how many rows of each piece are first.
    let mut ids: Vec<u32> = alloc::filled(rows, 0)?;
    let mut counts: Vec<usize> = alloc::filled(pieces.len(), 0)?;
    team.each(ids.chunks_mut(size).zip(&pieces).zip(&mut counts).enumerate(), |(i, ((ids, piece), count))| {
        *count = piece.unsort(i * size, ids)?;
        Ok::<_, columnar::Error>(())
    })?;
    drop(pieces);
    number(team, size, ids, &counts)
}

impl Piece {
    /// Fills the words of the rows and sorts them by part.
    fn sort(&mut self, start: usize, rows: usize, keys: &Keys<'_>, bits: u32, words: &mut Vec<u64>) -> Result<()> {
        alloc::grow(words, rows.saturating_sub(words.len()))?;
        words.resize(rows, 0);
        let mut part_of: Vec<u16> = alloc::filled(rows, 0)?;
        let mut sorted: Vec<Entry> = alloc::filled(rows, (0, 0))?;
        let mut ends: Vec<u32> = alloc::filled(1 << bits, 0)?;
        for (block, (words, part_of)) in words.chunks_mut(BLOCK).zip(part_of.chunks_mut(BLOCK)).enumerate() {
            keys(start + block * BLOCK, words);
            for (&mut word, part) in words.iter_mut().zip(part_of) {
                *part = (mix(word) >> (64 - bits)) as u16;
                ends[usize::from(*part)] += 1;
            }
        }
        let mut next = 0;
        for end in &mut ends {
            next += core::mem::replace(end, next);
        }
        // Now where each part begins, and after this where it ends.
        for (i, (&word, &part)) in words.iter().zip(&part_of).enumerate() {
            let place = &mut ends[usize::from(part)];
            sorted[*place as usize] = (word, (start + i) as u32);
            *place += 1;
        }
        *self = Self { part_of, sorted, ends };
        Ok(())
    }

    /// The entries back in the order of their rows: what `sort` did, read instead of written. Gives how many rows are first.
    fn unsort(&self, start: usize, ids: &mut [u32]) -> Result<usize> {
        let mut next: Vec<u32> = alloc::filled(self.ends.len(), 0)?;
        next[1..].copy_from_slice(&self.ends[..self.ends.len() - 1]);
        let mut count = 0;
        for (i, (id, &part)) in ids.iter_mut().zip(&self.part_of).enumerate() {
            let place = &mut next[usize::from(part)];
            *id = self.sorted[*place as usize].1;
            *place += 1;
            count += usize::from(*id as usize == start + i);
        }
        Ok(count)
    }
}

/// The runs of each part, in the order of their rows.
fn by_part(pieces: &mut [Piece], parts: usize) -> Result<Vec<Vec<&mut [Entry]>>> {
    let mut runs: Vec<Vec<&mut [Entry]>> = alloc::room(parts)?;
    for _ in 0..parts {
        runs.push(alloc::room(pieces.len())?);
    }
    for Piece { sorted, ends, .. } in pieces {
        let (mut rest, mut start) = (&mut sorted[..], 0);
        for (runs, &end) in runs.iter_mut().zip(&*ends) {
            let (run, later) = rest.split_at_mut((end - start) as usize);
            runs.push(run);
            (rest, start) = (later, end);
        }
    }
    Ok(runs)
}

/// The words of one part, and where each is first.
#[derive(Clone, Default)]
struct Firsts {
    /// The upper half of the hash above, the place in `known` plus one below; 0: free.
    slots: Vec<u64>,
    known: Vec<Entry>,
}

impl Firsts {
    /// Puts the first row with the same word to every entry of a part, whose hashes have their upper `bits` in common.
    fn find(&mut self, mut runs: Vec<&mut [Entry]>, bits: u32) -> Result<()> {
        // On the stack: what is written a row at a time must not lie in one line of the cache with another thread's.
        let Self { mut slots, mut known } = core::mem::take(self);
        let rows: usize = runs.iter().map(|run| run.len()).sum();
        let size = (rows.max(1) * 2).next_power_of_two();
        slots.clear();
        alloc::grow(&mut slots, size)?;
        slots.resize(size, 0);
        known.clear();
        alloc::grow(&mut known, rows)?;
        let mask = size - 1;
        let shift = 64 - size.trailing_zeros();
        for (word, row) in runs.iter_mut().flat_map(|run| run.iter_mut()) {
            let hash = mix(*word) << bits;
            let mut at = hash.unbounded_shr(shift) as usize;
            loop {
                let slot = slots[at & mask];
                if slot == 0 {
                    known.push((*word, *row));
                    slots[at & mask] = hash & TAG | known.len() as u64;
                    break;
                }
                if (slot ^ hash) & TAG == 0 {
                    let (met, first) = known[(slot as u32 - 1) as usize];
                    if met == *word {
                        *row = first;
                        break;
                    }
                }
                at += 1;
            }
        }
        *self = Self { slots, known };
        Ok(())
    }
}

/// First rows turned into numbers.
fn number(team: &Team, piece: usize, mut ids: Vec<u32>, counts: &[usize]) -> Result<Ids> {
    let total: usize = counts.iter().sum();
    if total > MOST {
        return Err(too_many());
    }
    if total == ids.len() {
        // Every row is first, and its own number.
        return Ok(Ids { firsts: alloc::copied(&ids)?, ids });
    }
    let mut firsts: Vec<u32> = alloc::filled(total, 0)?;
    // The number of each row that is first.
    let mut numbers: Vec<u32> = alloc::filled(ids.len(), 0)?;
    let mut slices = alloc::room(counts.len())?;
    let (mut rest, mut base) = (&mut firsts[..], 0);
    for &count in counts {
        let (own, later) = rest.split_at_mut(count);
        slices.push((base, own));
        (rest, base) = (later, base + count);
    }
    let items = numbers.chunks_mut(piece).zip(ids.chunks(piece)).zip(slices).enumerate();
    team.each(items, |(i, ((numbers, ids), (base, firsts)))| {
        let mut count = 0;
        for (row, (&first, number)) in (i * piece..).zip(ids.iter().zip(numbers)) {
            if first as usize == row {
                firsts[count] = first;
                *number = (base + count) as u32;
                count += 1;
            }
        }
        Ok::<_, columnar::Error>(())
    })?;
    team.each(ids.chunks_mut(piece), |ids| {
        ids.iter_mut().for_each(|id| *id = numbers[*id as usize]);
        Ok::<_, columnar::Error>(())
    })?;
    Ok(Ids { ids, firsts })
}
