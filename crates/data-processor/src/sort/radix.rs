//! Least significant digit first: words ordered by some of their bits, equal ones as they stood.

use columnar::{Result, alloc};

/// Values of a digit, and how many lists are worth it: wider digits mean fewer passes, but a list that is shorter than the counts would
/// spend its time on them.
const WIDE: usize = 1 << 11;
const NARROW: usize = 1 << 8;
const LONG: usize = 4096;

/// Orders `words` by the bits from `from` on, of which there are `bits` and none above.
///
/// With `rows`, what is wanted is the lower `from` bits alone: they go there, and `words` is used up.
pub(super) fn sort(words: &mut Vec<u64>, from: u32, bits: u32, rows: Option<&mut [u32]>) -> Result<()> {
    if words.len() < LONG { passes::<NARROW>(words, from, bits, rows) } else { passes::<WIDE>(words, from, bits, rows) }
}

fn passes<const VALUES: usize>(words: &mut Vec<u64>, from: u32, bits: u32, rows: Option<&mut [u32]>) -> Result<()> {
    let width = VALUES.ilog2();
    let mut counts = alloc::filled(bits.div_ceil(width) as usize, [0u32; VALUES])?;
    for &word in words.iter() {
        let mut rest = word >> from;
        for counts in &mut counts {
            counts[rest as usize % VALUES] += 1;
            rest >>= width;
        }
    }
    // A digit that is the same everywhere orders nothing.
    let shifts = (from..from + bits).step_by(width as usize);
    let varies = |counts: &[u32; VALUES]| !counts.contains(&(words.len() as u32));
    let mut digits = alloc::room(counts.len())?;
    digits.extend(counts.iter_mut().zip(shifts).filter(|(counts, _)| varies(counts)));
    let last = if rows.is_some() { digits.pop() } else { None };
    // What orders by the last digit alone needs that and the lower bits, which mostly fit in half a word.
    let halves = last.is_some() && from + width <= u32::BITS;
    let before_last = if halves { digits.pop() } else { None };
    if !digits.is_empty() {
        let mut other = alloc::filled(words.len(), 0u64)?;
        for (counts, shift) in digits {
            scatter(words, counts, &mut other, |word| (word >> shift) as usize, |word| word);
            core::mem::swap(words, &mut other);
        }
    }
    match (rows, last, before_last) {
        (Some(rows), Some((counts, shift)), Some((counts_before, shift_before))) => {
            let mut short = alloc::filled(words.len(), 0u32)?;
            let half = |word: u64| ((word >> shift) as u32) << from | row_of(word, from);
            scatter(words, counts_before, &mut short, |word| (word >> shift_before) as usize, half);
            scatter(&short, counts, rows, |half| (half >> from) as usize, |half| row_of(half.into(), from));
        }
        (Some(rows), Some((counts, shift)), None) => {
            scatter(words, counts, rows, |word| (word >> shift) as usize, |word| row_of(word, from))
        }
        (Some(rows), None, _) => rows.iter_mut().zip(words.iter()).for_each(|(row, &word)| *row = row_of(word, from)),
        (None, ..) => {}
    }
    Ok(())
}

/// The lower `bits` bits, at most 32.
#[inline]
fn row_of(word: u64, bits: u32) -> u32 {
    (word & ((1 << bits) - 1)) as u32
}

/// `of` every word, by its digit: the lower bits of `digit`.
#[inline]
fn scatter<const VALUES: usize, S: Copy, T>(
    words: &[S],
    counts: &mut [u32; VALUES],
    to: &mut [T],
    digit: impl Fn(S) -> usize,
    of: impl Fn(S) -> T,
) {
    let mut start = 0;
    for count in counts.iter_mut() {
        (start, *count) = (start + *count, start);
    }
    for &word in words {
        let place = &mut counts[digit(word) % VALUES];
        if let Some(to) = to.get_mut(*place as usize) {
            *to = of(word);
        }
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_words_come_in_the_order_of_the_upper_bits() {
        let mut state = 7u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 20
        };
        for (len, bits) in [(5, 3), (300, 8), (300, 17), (5000, 11), (5000, 12), (5000, 33), (5000, 44)] {
            // Some bits are the same everywhere.
            let words: Vec<u64> = (0..len).map(|i| (random() & !0xff00 & ((1 << bits) - 1)) << 13 | i).collect();
            let mut sorted = words.clone();
            sorted.sort_unstable();
            let (mut found, mut rows) = (words.clone(), vec![0; words.len()]);
            sort(&mut found, 13, bits, None).unwrap();
            assert_eq!(found, sorted);
            sort(&mut words.clone(), 13, bits, Some(&mut rows)).unwrap();
            assert_eq!(rows, sorted.iter().map(|word| (word & 0x1fff) as u32).collect::<Vec<_>>());
        }
    }
}
