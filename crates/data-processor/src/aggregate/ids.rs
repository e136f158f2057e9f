//! Rows numbered by their key, in order of first appearance.

use columnar::{Error, ErrorCode, Result, alloc};

use thread_team::Team;

use super::partition::partitioned;
use super::parts::{BLOCK, Part};

/// Groups at most.
pub(super) const MOST: usize = 1 << 26;

pub(super) struct Ids {
    pub(super) ids: Vec<u32>,
    /// The first row of each number.
    pub(super) firsts: Vec<u32>,
}

/// Fills the words of a block of rows, of which the first is named. Not a type parameter: the loops over words are compiled once.
pub(super) type Keys<'a> = dyn Fn(usize, &mut [u64]) + Sync + 'a;

pub(super) fn too_many() -> Error {
    Error::new(ErrorCode::TooLarge, "more than 2^26 groups: group by fewer columns, or filter first")
}

/// Keys packed into one word; `keys` fills the words of a block of rows.
pub(super) fn hashed(rows: usize, team: &Team, keys: &Keys<'_>) -> Result<Ids> {
    let mut ids = alloc::room(rows)?;
    let mut known: Vec<u64> = Vec::new();
    let mut firsts: Vec<u32> = Vec::new();
    // The upper half of the hash above, the number plus one below; 0: free.
    let mut slots: Vec<u64> = alloc::filled(1 << 10, 0)?;
    let mut block = [0u64; BLOCK];
    for start in (0..rows).step_by(BLOCK) {
        let block = &mut block[..BLOCK.min(rows - start)];
        keys(start, block);
        // A block adds so many at most; the table stays at most half full.
        if (known.len() + block.len()) * 2 > slots.len() {
            slots = grown(&slots)?;
        }
        alloc::grow(&mut known, block.len())?;
        alloc::grow(&mut firsts, block.len())?;
        let mask = slots.len() - 1;
        let shift = 64 - slots.len().trailing_zeros();
        for (i, &key) in block.iter().enumerate() {
            let hash = mix(key);
            let mut at = (hash >> shift) as usize;
            let id = loop {
                let slot = slots[at & mask];
                if slot == 0 {
                    known.push(key);
                    firsts.push((start + i) as u32);
                    slots[at & mask] = hash & TAG | known.len() as u64;
                    break known.len() as u32 - 1;
                }
                if (slot ^ hash) & TAG == 0 {
                    let id = slot as u32 - 1;
                    if known[id as usize] == key {
                        break id;
                    }
                }
                at += 1;
            };
            ids.push(id);
        }
        if known.len() > MANY && known.len() > (start + BLOCK) / 4 && rows > 4 * MANY {
            return partitioned(rows, team, keys);
        }
        if known.len() > MOST {
            return Err(too_many());
        }
    }
    Ok(Ids { ids, firsts })
}

/// Numbers from which on a table is so large that its cache misses cost more than sorting rows by hash.
const MANY: usize = 1 << 14;

pub(super) const TAG: u64 = 0xffff_ffff_0000_0000;

/// Spreads every bit over the upper half, where slots and tags are taken from.
#[inline(always)]
pub(super) fn mix(key: u64) -> u64 {
    let word = (key ^ key >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (word ^ word >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn grown(slots: &[u64]) -> Result<Vec<u64>> {
    let mut wider = alloc::filled(slots.len() * 4, 0)?;
    let mask = wider.len() - 1;
    // Tags have the hash's upper half: enough for a table of 2^32.
    let shift = 64 - wider.len().trailing_zeros();
    for &slot in slots.iter().filter(|slot| **slot != 0) {
        let mut at = (slot >> shift) as usize;
        while wider[at & mask] != 0 {
            at += 1;
        }
        wider[at & mask] = slot;
    }
    Ok(wider)
}

/// Keys below `space`, through a table of all of them.
pub(super) fn looked_up(rows: usize, space: usize, mut keys: impl FnMut(usize, &mut [u32])) -> Result<Ids> {
    let mut ids = alloc::room(rows)?;
    let mut firsts: Vec<u32> = Vec::new();
    // The number plus one; 0: not met.
    let mut table: Vec<u32> = alloc::filled(space, 0)?;
    let mut block = [0u32; BLOCK];
    for start in (0..rows).step_by(BLOCK) {
        let block = &mut block[..BLOCK.min(rows - start)];
        keys(start, block);
        alloc::grow(&mut firsts, block.len())?;
        for (i, &key) in block.iter().enumerate() {
            let slot = &mut table[key as usize];
            if *slot == 0 {
                firsts.push((start + i) as u32);
                *slot = firsts.len() as u32;
            }
            ids.push(*slot - 1);
        }
        if firsts.len() > MOST {
            return Err(too_many());
        }
    }
    Ok(Ids { ids, firsts })
}

/// Rows numbered by any parts: as many parts at a time as a word of 64 bits holds, the numbers so far among them.
pub(super) fn numbered(rows: usize, team: &Team, parts: &[Part<'_>]) -> Result<Ids> {
    let mut rest = parts;
    let mut before: Option<Ids> = None;
    loop {
        let known = before.as_ref().map(|ids| Part::numbers((&ids.ids).into(), ids.firsts.len() as u64));
        let mut bits = known.as_ref().map_or(0, Part::bits);
        let fit = rest.iter().take_while(|part| {
            bits += part.bits();
            bits <= 64
        });
        let fit = fit.count();
        let (now, later) = if fit > 0 {
            rest.split_at(fit)
        } else {
            // A part of more than 38 bits or so beside numbers: it gets numbers of its own, which are short.
            let (wide, later) = rest.split_at(1.min(rest.len()));
            let own = hashed(rows, team, &|start, out| fill(wide.iter(), start, out))?;
            let pair: Vec<Part<'_>> = known.into_iter().chain([Part::numbers((&own.ids).into(), own.firsts.len() as u64)]).collect();
            let both = hashed(rows, team, &|start, out| fill(pair.iter(), start, out))?;
            drop(pair);
            if later.is_empty() {
                return Ok(both);
            }
            before = Some(both);
            rest = later;
            continue;
        };
        let word: Vec<&Part<'_>> = known.iter().chain(now).collect();
        let ids = hashed(rows, team, &|start, out| fill(word.iter().copied(), start, out))?;
        drop(word);
        drop(known);
        if later.is_empty() {
            return Ok(ids);
        }
        before = Some(ids);
        rest = later;
    }
}

/// The parts side by side in one word a row.
fn fill<'a, 'b: 'a>(parts: impl Iterator<Item = &'a Part<'b>>, start: usize, out: &mut [u64]) {
    let mut one = [0u64; BLOCK];
    for (place, part) in parts.enumerate() {
        if place == 0 {
            part.fill_u64(start, out);
            continue;
        }
        let one = &mut one[..out.len()];
        part.fill_u64(start, one);
        let bits = part.bits();
        for (word, &number) in out.iter_mut().zip(&*one) {
            *word = word.unbounded_shl(bits) | number;
        }
    }
}
