/**
 * Choosing neighbours (Algorithm 4 of the HNSW paper): a candidate is taken when it is closer to the node than to every
 * neighbour taken before. Copies of a taken neighbour count as pruned, and equal distances are ordered by a hash of
 * (node, slot), so that copies of one row do not become an island. Twin of crates/vector-search/src/hnsw/select.rs.
 */
import { mix } from './hnsw-level.js';
import type { HnswDistance } from './hnsw.js';

export class NeighbourSelection {
  /** Candidates, ascending by (distance, slot) once `sort` has run. */
  count = 0;
  slots = new Int32Array(0);
  distances = new Float64Array(0);
  /** The result. */
  chosen = 0;
  chosenSlots = new Int32Array(0);
  private readonly rows: HnswDistance;
  private prunedSlots = new Int32Array(0);
  private prunedDistances = new Float64Array(0);
  private between = new Float64Array(0);

  constructor(rows: HnswDistance) {
    this.rows = rows;
  }

  /** Makes room for `wanted` candidates. */
  reserve(wanted: number): void {
    if (wanted <= this.slots.length) return;
    this.slots = new Int32Array(wanted);
    this.distances = new Float64Array(wanted);
    this.chosenSlots = new Int32Array(wanted);
    this.prunedSlots = new Int32Array(wanted);
    this.prunedDistances = new Float64Array(wanted);
    this.between = new Float64Array(wanted);
  }

  /** Takes the first `count` slots and distances as candidates of one node, in any order. */
  sort(count: number): void {
    this.count = count;
    const { slots, distances } = this;
    for (let i = 0; i < count; i++) distances[i] = ordered(distances[i]);
    sortPairs(distances, slots, count);
  }

  /** Chooses up to `room` candidates; those turned down fill the list up to `fill` links, closest first. */
  choose(node: number, room: number, fill: number): void {
    const { slots, distances, between, prunedSlots, prunedDistances, chosenSlots } = this;
    spreadTies(node, distances, slots, this.count);
    let left = this.count;
    let pruned = 0;
    let chosen = 0;
    while (left > 0) {
      const taken = slots[0];
      const takenDistance = distances[0];
      chosenSlots[chosen++] = taken;
      if (chosen === room) break;
      // Strikes out what is closer to the taken one than to the node. Candidate 0 moves out, the rest moves down by one.
      for (let i = 1; i < left; i++) slots[i - 1] = slots[i];
      this.rows.betweenMany(taken, slots, left - 1, between);
      let kept = 0;
      for (let i = 0; i < left - 1; i++) {
        const distance = distances[i + 1];
        const apart = ordered(between[i]);
        if (apart < distance || (apart === distance && distance === takenDistance)) {
          prunedSlots[pruned] = slots[i];
          prunedDistances[pruned++] = distance;
        } else {
          slots[kept] = slots[i];
          distances[kept++] = distance;
        }
      }
      left = kept;
    }
    if (chosen < fill && pruned > 0) {
      sortPairs(prunedDistances, prunedSlots, pruned);
      spreadTies(node, prunedDistances, prunedSlots, pruned);
      for (let i = 0; i < pruned && chosen < fill; i++) chosenSlots[chosen++] = prunedSlots[i];
    }
    this.chosen = chosen;
  }
}

/** NaN counts as farthest. */
export function ordered(distance: number): number {
  return distance === distance ? distance : Infinity;
}

/** Insertion sort by (distance, slot): candidate lists are short, and those of a beam arrive in order. */
function sortPairs(distances: Float64Array, slots: Int32Array, count: number): void {
  for (let i = 1; i < count; i++) {
    const distance = distances[i];
    const slot = slots[i];
    let at = i;
    while (at > 0 && (distances[at - 1] > distance || (distances[at - 1] === distance && slots[at - 1] > slot))) {
      distances[at] = distances[at - 1];
      slots[at] = slots[at - 1];
      at--;
    }
    distances[at] = distance;
    slots[at] = slot;
  }
}

function spreadTies(node: number, distances: Float64Array, slots: Int32Array, count: number): void {
  let from = 0;
  for (let to = 1; to <= count; to++) {
    if (to < count && distances[to] === distances[from]) continue;
    if (to - from > 1) {
      const salt = mix(node);
      slots.subarray(from, to).sort((a, b) => mix(a ^ salt) - mix(b ^ salt));
    }
    from = to;
  }
}
