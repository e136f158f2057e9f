//! Strings numbered in order of first appearance.

use columnar::{Result, Strings, alloc};

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn mix(hash: u64, word: u64) -> u64 {
    let word = (hash ^ word).wrapping_mul(ODD);
    word ^ word >> 29
}

/// Eight bytes at a time.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = mix(ODD, bytes.len() as u64);
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        hash = mix(hash, u64::from_le_bytes(last));
    }
    mix(hash, hash >> 32)
}

/// The number of each string, and where each number is first.
pub(super) fn numbered(strings: &Strings) -> Result<(Vec<u32>, Vec<u32>)> {
    let mut ids = alloc::room(strings.len())?;
    // The upper half of the hash, and the number plus one; 0: free.
    let mut slots: Vec<(u32, u32)> = alloc::filled(64, (0, 0))?;
    let mut firsts: Vec<u32> = Vec::new();
    for row in 0..strings.len() {
        let text = strings.get(row);
        let tag = (hash(text) >> 32) as u32;
        let mask = slots.len() - 1;
        let mut at = home(tag, slots.len());
        let id = loop {
            let (known, id) = slots[at];
            if id == 0 {
                alloc::grow(&mut firsts, 1)?;
                firsts.push(row as u32);
                slots[at] = (tag, firsts.len() as u32);
                break firsts.len() as u32;
            }
            if known == tag && strings.get(firsts[id as usize - 1] as usize) == text {
                break id;
            }
            at = (at + 1) & mask;
        };
        ids.push(id - 1);
        if firsts.len() * 2 > slots.len() {
            slots = grown(&slots)?;
        }
    }
    Ok((ids, firsts))
}

/// By the upper bits of the tag, which every size of the table has enough of.
#[inline]
fn home(tag: u32, slots: usize) -> usize {
    ((u64::from(tag) * slots as u64) >> 32) as usize
}

fn grown(slots: &[(u32, u32)]) -> Result<Vec<(u32, u32)>> {
    let mut wider = alloc::filled(slots.len() * 4, (0, 0))?;
    let mask = wider.len() - 1;
    for &(tag, id) in slots.iter().filter(|(_, id)| *id != 0) {
        let mut at = home(tag, wider.len());
        while wider[at].1 != 0 {
            at = (at + 1) & mask;
        }
        wider[at] = (tag, id);
    }
    Ok(wider)
}
