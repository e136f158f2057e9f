/**
 * Walking a graph: greedy descent through the upper layers, then a beam over one layer (Algorithms 2 and 5 of the HNSW paper).
 * Holds the working memory, which every call reuses. Twin of crates/vector-search/src/hnsw/search.rs.
 */
import { HnswBeam } from './hnsw-beam.js';
import type { HnswLinks } from './hnsw-links.js';
import { ordered } from './hnsw-select.js';
import type { HnswQuery } from './hnsw.js';

export class GraphWalk {
  readonly beam = new HnswBeam();
  /** Slots whose distances are computed together, and those distances. */
  slots = new Int32Array(0);
  distances = new Float64Array(0);
  /** Distances computed by the last walk. */
  computed = 0;
  /** The last filtered walk ended by its budget. */
  gaveUp = false;
  /** Best node of the last descent. */
  private best = 0;
  private bestDistance = 0;
  private readonly links: HnswLinks;
  private marks = new Uint16Array(0);
  private epoch = 0;

  constructor(links: HnswLinks) {
    this.links = links;
  }

  /** Room for a graph of `slots` slots, beams of `ef` nodes and batches of `batch` slots. RangeError when refused. */
  reserve(slots: number, ef: number, batch: number): void {
    this.beam.reserve(ef + 1);
    if (slots > this.marks.length) {
      this.marks = new Uint16Array(Math.ceil(slots * 1.25) + 64);
      this.epoch = 0;
    }
    if (batch > this.slots.length) {
      this.slots = new Int32Array(batch);
      this.distances = new Float64Array(batch);
    }
  }

  get bytes(): number {
    return this.marks.byteLength + this.slots.byteLength + this.distances.byteLength + this.beam.distances.byteLength * 1.5;
  }

  /** Empties the set of visited slots. */
  clearVisited(): void {
    this.epoch = (this.epoch + 1) & 0xffff;
    if (this.epoch === 0) {
      this.marks.fill(0);
      this.epoch = 1;
    }
  }

  /** True when the slot was not visited yet. */
  visit(slot: number): boolean {
    if (this.marks[slot] === this.epoch) return false;
    this.marks[slot] = this.epoch;
    return true;
  }

  /** Walks from `entry` down to the layer above `floor` and puts the closest node into an empty beam of `width`. */
  descend(query: HnswQuery, entry: number, floor: number, width: number, allow?: Uint32Array): void {
    const { links, slots, distances, beam } = this;
    slots[0] = entry;
    query.toQueryMany(slots, 1, distances);
    this.computed = 1;
    this.best = entry;
    this.bestDistance = ordered(distances[0]);
    for (let level = links.level(entry); level > floor; level--) while (this.step(query, level));
    beam.reset(width);
    if (allow === undefined) beam.offer(this.bestDistance, this.best);
    else beam.offerFiltered(this.bestDistance, this.best, allow);
  }

  /** Moves to the best neighbour; false when none is closer. */
  private step(query: HnswQuery, level: number): boolean {
    const { links, slots, distances } = this;
    const words = links.words(level);
    const start = links.start(this.best, level);
    const count = words[start];
    for (let i = 0; i < count; i++) slots[i] = words[start + 1 + i];
    query.toQueryMany(slots, count, distances);
    this.computed += count;
    let moved = false;
    for (let i = 0; i < count; i++) {
      const distance = ordered(distances[i]);
      if (distance < this.bestDistance || (distance === this.bestDistance && slots[i] < this.best)) {
        this.best = slots[i];
        this.bestDistance = distance;
        moved = true;
      }
    }
    return moved;
  }

  /** Expands the beam on one layer until all its nodes are expanded. The beam's nodes on entry are the entry points. */
  expand(query: HnswQuery, level: number): void {
    const { beam, slots, distances } = this;
    this.markBeam();
    for (let node = beam.next(); node !== -1; node = beam.next()) {
      const count = this.unvisited(node, level);
      query.toQueryMany(slots, count, distances);
      this.computed += count;
      for (let i = 0; i < count; i++) beam.offer(ordered(distances[i]), slots[i]);
    }
  }

  /** The same on layer 0 under a filter; afterwards the beam holds matching nodes only. */
  expandFiltered(query: HnswQuery, allow: Uint32Array, budget: number): void {
    const { beam, slots, distances } = this;
    const limit = budget === 0 ? Infinity : this.computed + budget;
    this.gaveUp = false;
    this.markBeam();
    for (let node = beam.next(); node !== -1; node = beam.next()) {
      if (this.computed >= limit) {
        this.gaveUp = true;
        break;
      }
      const count = this.unvisited(node, 0);
      query.toQueryMany(slots, count, distances);
      this.computed += count;
      for (let i = 0; i < count; i++) beam.offerFiltered(ordered(distances[i]), slots[i], allow);
    }
    beam.retain(allow);
  }

  private markBeam(): void {
    this.clearVisited();
    for (let i = 0; i < this.beam.count; i++) this.visit(this.beam.slot(i));
  }

  /** Collects the neighbours of a node not visited yet; returns how many. */
  private unvisited(node: number, level: number): number {
    const { links, slots, marks, epoch } = this;
    const words = links.words(level);
    const start = links.start(node, level);
    const end = start + 1 + words[start];
    let count = 0;
    for (let i = start + 1; i < end; i++) {
      const slot = words[i];
      if (marks[slot] === epoch) continue;
      marks[slot] = epoch;
      slots[count++] = slot;
    }
    return count;
  }
}

