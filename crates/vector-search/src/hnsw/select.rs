//! Choosing neighbours (Algorithm 4 of the paper): a candidate is taken when it is closer to the node than to every
//! neighbour taken before, which keeps links in all directions instead of many into one cluster.
//!
//! Rows with equal content need two rules more, or fifty copies of one text become an island whose members link to the same
//! few copies and to nothing outside: a copy of a neighbour already taken counts as pruned, and equal distances are ordered
//! by a hash of (node, slot) instead of by slot, which spreads the links over all copies.
use super::RowDistance;
use super::beam::Near;
use super::insert::mix;
use super::scratch::Scratch;

/// Chooses up to `room` of `scratch.candidates` (ascending, no duplicates) for `node` into `scratch.chosen`.
///
/// Candidates turned down fill the list up to `fill` links, closest first ("keep pruned connections").
pub(super) fn select(rows: &impl RowDistance, node: u32, room: usize, fill: usize, scratch: &mut Scratch) {
    let Scratch { slots, distances, candidates, pruned, chosen, .. } = scratch;
    spread_ties(node, candidates);
    chosen.clear();
    pruned.clear();
    // Each round takes the closest candidate left and strikes out those that are closer to it than to the node: the same
    // result as testing every candidate against all taken ones, with distances computed in long batches.
    while !candidates.is_empty() {
        let taken = candidates[0];
        chosen.push(taken);
        if chosen.len() == room {
            break;
        }
        slots.clear();
        slots.extend(candidates[1..].iter().map(|c| c.slot()));
        let distances = &mut distances[..slots.len()];
        rows.between_many(taken.slot(), slots, distances);
        let mut kept = 0;
        for i in 0..slots.len() {
            let candidate = candidates[i + 1];
            let copy = distances[i] == candidate.distance() && taken.ties(candidate);
            if distances[i] < candidate.distance() || copy {
                pruned.push(candidate);
            } else {
                candidates[kept] = candidate;
                kept += 1;
            }
        }
        candidates.truncate(kept);
    }
    if chosen.len() < fill && !pruned.is_empty() {
        pruned.sort_unstable();
        spread_ties(node, pruned);
        chosen.extend(pruned.iter().take(fill - chosen.len()));
    }
}

fn spread_ties(node: u32, ascending: &mut [Near]) {
    for run in ascending.chunk_by_mut(|a, b| a.ties(*b)).filter(|run| run.len() > 1) {
        run.sort_unstable_by_key(|near| mix(near.slot() ^ mix(node)));
    }
}
