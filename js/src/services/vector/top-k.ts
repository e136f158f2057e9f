/**
 * The best k of a stream of (score, slot) pairs, by the one order of the service: score descending, then slot ascending.
 *
 * Small k keeps a sorted array (an insertion costs at most k moves and hits are rare once the threshold is high);
 * larger k keeps a heap with the worst kept pair at its root, so that a whole collection can be ranked in O(n log n).
 */
const SORTED_UP_TO = 64;

export class TopK {
  /** Scores below it can not enter. Read it into a local in hot loops and again after every `offer`. */
  threshold = -Infinity;
  size = 0;
  slots = new Uint32Array(SORTED_UP_TO);
  scores = new Float64Array(SORTED_UP_TO);
  private k = 0;

  /** Empties it and makes room for k pairs, k >= 1. May throw RangeError when there is no memory. */
  reset(k: number): void {
    if (k > this.slots.length) {
      const capacity = Math.max(k, this.slots.length * 2);
      const slots = new Uint32Array(capacity);
      this.scores = new Float64Array(capacity);
      this.slots = slots;
    }
    this.k = k;
    this.size = 0;
    this.threshold = -Infinity;
  }

  /** Takes the pair if it belongs to the best k seen; returns the new threshold. */
  offer(score: number, slot: number): number {
    if (this.size === this.k) {
      const worst = this.k <= SORTED_UP_TO ? this.k - 1 : 0;
      const worstScore = this.scores[worst];
      if (score < worstScore || (score === worstScore && slot > this.slots[worst])) return this.threshold;
      if (this.k <= SORTED_UP_TO) this.insert(score, slot, worst);
      else this.siftDown(score, slot, this.size);
    } else if (this.k <= SORTED_UP_TO) {
      this.insert(score, slot, this.size++);
    } else {
      this.siftUp(score, slot, this.size++);
    }
    if (this.size === this.k) this.threshold = this.scores[this.k <= SORTED_UP_TO ? this.k - 1 : 0];
    return this.threshold;
  }

  /** Sorts what was kept, best first; `slots` and `scores` then hold it in [0, size). Nothing may be offered after it. */
  finish(): number {
    if (this.k > SORTED_UP_TO) {
      for (let end = this.size - 1; end > 0; end--) {
        const score = this.scores[end], slot = this.slots[end];
        this.scores[end] = this.scores[0];
        this.slots[end] = this.slots[0];
        this.siftDown(score, slot, end);
      }
    }
    return this.size;
  }

  private insert(score: number, slot: number, place: number): void {
    const { scores, slots } = this;
    let p = place;
    while (p > 0 && (scores[p - 1] < score || (scores[p - 1] === score && slots[p - 1] > slot))) {
      scores[p] = scores[p - 1];
      slots[p] = slots[p - 1];
      p--;
    }
    scores[p] = score;
    slots[p] = slot;
  }

  private siftUp(score: number, slot: number, place: number): void {
    const { scores, slots } = this;
    let p = place;
    while (p > 0) {
      const parent = (p - 1) >> 1;
      if (scores[parent] < score || (scores[parent] === score && slots[parent] > slot)) break;
      scores[p] = scores[parent];
      slots[p] = slots[parent];
      p = parent;
    }
    scores[p] = score;
    slots[p] = slot;
  }

  /** Puts the pair at the root of the heap of `size` pairs and lets it sink. */
  private siftDown(score: number, slot: number, size: number): void {
    const { scores, slots } = this;
    let p = 0;
    for (let child = 1; child < size; child = 2 * p + 1) {
      const right = child + 1;
      if (right < size && (scores[right] < scores[child] || (scores[right] === scores[child] && slots[right] > slots[child]))) child = right;
      if (score < scores[child] || (score === scores[child] && slot > slots[child])) break;
      scores[p] = scores[child];
      slots[p] = slots[child];
      p = child;
    }
    scores[p] = score;
    slots[p] = slot;
  }
}
