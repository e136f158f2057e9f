/**
 * The beam of a graph search: the best nodes seen so far in one sorted pair of arrays, which serves as result set and as
 * queue of nodes to expand. Twin of crates/vector-search/src/hnsw/beam.rs.
 */
export class HnswBeam {
  count = 0;
  distances = new Float64Array(64);
  /** slot * 2, plus 1 once the node has been expanded. */
  private marked = new Int32Array(64);
  /** No node before it is unexpanded. */
  private cursor = 0;
  private width = 0;
  /** Nodes in the beam that may be returned; all of them when the search has no filter. */
  private matching = 0;

  /** Makes room for `wanted` nodes. */
  reserve(wanted: number): void {
    if (wanted <= this.marked.length) return;
    const distances = new Float64Array(wanted);
    const marked = new Int32Array(wanted);
    distances.set(this.distances);
    marked.set(this.marked);
    this.distances = distances;
    this.marked = marked;
  }

  slot(at: number): number {
    return this.marked[at] >> 1;
  }

  /** Empties the beam and sets how many matching nodes it keeps. */
  reset(width: number): void {
    this.reserve(width + 1);
    this.count = 0;
    this.cursor = 0;
    this.width = width;
    this.matching = 0;
  }

  /** Marks all nodes unexpanded: the found nodes of one layer are the entry points of the next. */
  restart(): void {
    for (let i = 0; i < this.count; i++) this.marked[i] &= ~1;
    this.cursor = 0;
    this.matching = this.count;
  }

  /** The closest node not expanded yet, or -1. */
  next(): number {
    const marked = this.marked;
    while (this.cursor < this.count) {
      const at = this.cursor++;
      if ((marked[at] & 1) === 0) {
        marked[at] |= 1;
        return marked[at] >> 1;
      }
    }
    return -1;
  }

  /** Takes a node that may be returned, unless `width` closer ones are known. */
  offer(distance: number, slot: number): void {
    if (this.matching >= this.width) {
      if (this.beyond(distance, slot)) return;
      this.count--;
      this.matching--;
    }
    this.place(distance, slot);
    this.matching++;
  }

  /** Takes a node of a filtered search. Nodes that do not match are passed through but do not count towards the width. */
  offerFiltered(distance: number, slot: number, allow: Uint32Array): void {
    if (this.matching >= this.width && this.beyond(distance, slot)) return;
    if (this.count === this.marked.length) this.reserve(this.count * 2);
    this.place(distance, slot);
    if (isAllowed(allow, slot)) this.matching++;
    if (this.matching > this.width) {
      this.count--;
      this.matching--;
    }
    if (this.matching >= this.width) {
      while (this.count > 0 && !isAllowed(allow, this.slot(this.count - 1))) this.count--;
    }
  }

  /** Drops the nodes that do not match. */
  retain(allow: Uint32Array): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (!isAllowed(allow, this.slot(i))) continue;
      this.distances[kept] = this.distances[i];
      this.marked[kept++] = this.marked[i];
    }
    this.count = kept;
  }

  /** Farther than the last node, in the order (distance, slot). */
  private beyond(distance: number, slot: number): boolean {
    const last = this.count - 1;
    const worst = this.distances[last];
    return distance > worst || (distance === worst && slot > this.marked[last] >> 1);
  }

  private place(distance: number, slot: number): void {
    const { distances, marked } = this;
    let at = this.count++;
    while (at > 0) {
      const before = distances[at - 1];
      if (before < distance || (before === distance && marked[at - 1] >> 1 < slot)) break;
      distances[at] = before;
      marked[at] = marked[at - 1];
      at--;
    }
    distances[at] = distance;
    marked[at] = slot << 1;
    if (at < this.cursor) this.cursor = at;
  }
}

/** Bit `slot` of a bitmap; slots past its end are not in it. */
export function isAllowed(words: Uint32Array, slot: number): boolean {
  return slot >>> 5 < words.length && (words[slot >>> 5] & (1 << (slot & 31))) !== 0;
}
