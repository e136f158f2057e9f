//! A bitmap as row numbers and as runs of rows.

use columnar::{Bitmap, Result, alloc};

/// Which bits of a byte are set, in order; what follows them is filler.
const SET: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut at) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte][at] = bit;
                at += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// The rows whose bit is set, ascending; `count` of them. Eight rows at a time without a branch: eight numbers are always written
/// and the end moves on by as many as count.
pub(crate) fn places(mask: &Bitmap, count: usize) -> Result<Vec<u32>> {
    let mut places = alloc::filled(count + 8, 0u32)?;
    let mut end = 0;
    for (w, &word) in mask.words().iter().enumerate() {
        if word == 0 {
            continue;
        }
        for (b, byte) in word.to_le_bytes().into_iter().enumerate() {
            let first = (w * 64 + b * 8) as u32;
            if let Some(room) = places.get_mut(end..).and_then(<[u32]>::first_chunk_mut::<8>) {
                *room = SET[byte as usize].map(|bit| first + u32::from(bit));
            }
            end += byte.count_ones() as usize;
        }
    }
    places.truncate(count);
    Ok(places)
}

/// The runs `start..end` of rows whose bit is set, ascending and apart.
pub(crate) fn runs(mask: &Bitmap) -> impl Iterator<Item = (usize, usize)> + '_ {
    let words = mask.words();
    let mut at = 0;
    core::iter::from_fn(move || {
        let start = next(words, at, mask.len(), 0)?;
        let end = next(words, start, mask.len(), u64::MAX).unwrap_or(mask.len());
        at = end;
        Some((start, end))
    })
}

/// The first bit from `at` on that is set in `word ^ flip`, below `len`.
fn next(words: &[u64], at: usize, len: usize, flip: u64) -> Option<usize> {
    if at >= len {
        return None;
    }
    let mut w = at / 64;
    let mut word = (words[w] ^ flip) & (u64::MAX << (at % 64));
    while word == 0 {
        w += 1;
        word = words.get(w)? ^ flip;
    }
    let bit = w * 64 + word.trailing_zeros() as usize;
    (bit < len).then_some(bit)
}
