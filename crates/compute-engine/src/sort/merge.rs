//! Sorted pieces joined two by two.

use super::keys::Item;
use crate::share::Team;

/// Parts that one pair is cut into, so that a team has work at the last join too.
const PARTS: usize = 16;

/// Joins neighbouring sorted pieces of `piece` items; equal keys keep their order.
pub fn pairs<I: Item>(team: &Team, seats: &mut [()], from: &[I], to: &mut [I], piece: usize) {
    let parts = from.chunks(2 * piece).zip(to.chunks_mut(2 * piece)).flat_map(|(from, to)| {
        let (a, b) = from.split_at(piece.min(from.len()));
        let len = to.len();
        let size = len.div_ceil(PARTS).max(1);
        to.chunks_mut(size).enumerate().map(move |(part, to)| {
            let (start, end) = (part * size, part * size + to.len());
            let (a0, a1) = (split(a, b, start), split(a, b, end));
            (&a[a0..a1], &b[start - a0..end - a1], to)
        })
    });
    team.share(parts, seats, |(a, b, to), ()| join(a, b, to));
}

/// How many of the first `count` items of the join come from `a`.
fn split<I: Item>(a: &[I], b: &[I], count: usize) -> usize {
    let (mut low, mut high) = (count.saturating_sub(b.len()), count.min(a.len()));
    while low < high {
        let mid = low.midpoint(high);
        if a[mid].key() <= b[count - mid - 1].key() { low = mid + 1 } else { high = mid }
    }
    low
}

fn join<I: Item>(a: &[I], b: &[I], to: &mut [I]) {
    let (mut i, mut j) = (0, 0);
    for to in to {
        let first = j == b.len() || (i < a.len() && a[i].key() <= b[j].key());
        *to = if first { a[i] } else { b[j] };
        i += usize::from(first);
        j += usize::from(!first);
    }
}
