/**
 * HNSW: hierarchical navigable small world graph (Yu. Malkov, D. Yashunin, arXiv:1603.09320, IEEE TPAMI 2018), in typed arrays.
 *
 * Twin of crates/vector-search/src/hnsw: same algorithm, same parameters, same bytes; where distances are equal numbers the
 * graphs are equal too. The graph holds links only; rows stay with the caller, who hands in distances. A *slot* is a row's
 * number; slots may have gaps. Lower distance = closer; equal distances are ordered by slot, so a graph is a pure function of
 * (rows, parameters, seed, order of calls).
 *
 * @example
 * const graph = new HnswGraph(distances, { m: 16, efConstruction: 200, seed: 1 });
 * for (let slot = 0; slot < rows; slot++) graph.insert(slot);
 * const found = graph.search(query, { k: 10, ef: 64 });
 * for (let i = 0; i < found.count; i++) use(found.slots[i], found.distances[i]);
 */
import { ServiceError } from '../../../errors.js';
import { readGraph, writeGraph } from './hnsw-codec.js';
import { levelOf, MAX_LEVEL } from './hnsw-level.js';
import { HnswLinks, NONE } from './hnsw-links.js';
import { GraphRepair } from './hnsw-repair.js';
import { NeighbourSelection } from './hnsw-select.js';
import { GraphWalk } from './hnsw-walk.js';
import { attempt } from './table.js';

/** Distances between stored rows; what building needs. */
export interface HnswDistance {
  /** Writes the distance of row `from` to each of the first `count` slots to the same place of `out`. */
  betweenMany(from: number, slots: Int32Array, count: number, out: Float64Array): void;
}

/** Distances from one query to stored rows; what searching needs. Give all queries of an engine one shape (one class). */
export interface HnswQuery {
  /** Writes the distance of the query to each of the first `count` slots to the same place of `out`. */
  toQueryMany(slots: Int32Array, count: number, out: Float64Array): void;
}

export interface HnswParams {
  /** Links per node and layer, 2 to 100; layer 0 has room for twice as many. */
  m: number;
  /** Beam width while inserting, 1 to 10,000. */
  efConstruction: number;
  /** u32; decides the level of every slot. */
  seed: number;
}

export interface HnswRequest {
  k: number;
  /** Beam width; raised to `k` where lower. */
  ef: number;
  /** Bit i set = slot i may be returned; slots past the end may not. Left out: every slot. */
  allow?: Uint32Array;
  /** Give up a filtered search after about this many distances; 0 or left out: never. */
  budget?: number;
}

/** Hits, closest first. One object and its arrays, overwritten by the next search. */
export interface HnswFound {
  /** Fewer than min(k, matching rows) means that the matching rows were out of reach: scan instead. */
  count: number;
  slots: Int32Array;
  distances: Float64Array;
  /** The budget ran out: scan instead. */
  gaveUp: boolean;
  /** Distances computed. */
  computed: number;
}

export class HnswGraph {
  readonly params: Readonly<HnswParams>;
  private readonly links: HnswLinks;
  /** Where every search starts: a node of the highest level present. */
  private entry = NONE;
  private readonly walk: GraphWalk;
  private readonly selection: NeighbourSelection;
  private readonly repair: GraphRepair;
  private readonly inserted: RowQuery;
  private readonly planned: { count: number; slots: Int32Array }[] = [];
  private readonly found: HnswFound = { count: 0, slots: new Int32Array(16), distances: new Float64Array(16), gaveUp: false, computed: 0 };

  /** Throws INVALID_ARGUMENT when a parameter is out of range. */
  constructor(rows: HnswDistance, params: HnswParams) {
    if (!Number.isInteger(params.m) || params.m < 2 || params.m > 100) {
      throw new ServiceError('INVALID_ARGUMENT', `hnsw.m must be an integer between 2 and 100, not ${params.m}`, { service: 'vector' });
    }
    if (!Number.isInteger(params.efConstruction) || params.efConstruction < 1 || params.efConstruction > 10_000) {
      throw new ServiceError('INVALID_ARGUMENT', `hnsw.efConstruction must be an integer between 1 and 10000, not ${params.efConstruction}`, { service: 'vector' });
    }
    this.params = { ...params, seed: params.seed >>> 0 };
    this.selection = new NeighbourSelection(rows);
    this.inserted = new RowQuery(rows);
    this.links = new HnswLinks(params.m);
    this.walk = new GraphWalk(this.links);
    this.repair = new GraphRepair(this.links, this.walk, this.selection, rows);
  }

  /** Nodes in the graph. */
  get size(): number { return this.links.size; }
  /** One past the highest slot ever inserted. */
  get slots(): number { return this.links.slots; }
  /** Bytes held by links, levels and upper layers. */
  get bytes(): number { return this.links.bytes; }

  has(slot: number): boolean {
    return this.links.has(slot);
  }

  /** Links a row into the graph. A slot that is in the graph is taken out first: call it after a row changed, too. */
  insert(slot: number): void {
    if (this.links.has(slot)) this.remove([slot]);
    this.connect(slot, levelOf(this.params.seed, slot, this.params.m));
  }

  /** `insert` under the name for a row that changed in its place. */
  replace(slot: number): void {
    this.insert(slot);
  }

  /** Takes slots out of the graph and mends every list that led to them; absent slots are ignored. Their rows are not read. */
  remove(slots: ArrayLike<number>): void {
    const { links } = this;
    attempt(() => this.reserve(links.slots), () => undefined);
    const dead: number[] = [];
    for (let i = 0; i < slots.length; i++) {
      if (!links.has(slots[i])) continue;
      links.retire(slots[i]);
      dead.push(slots[i]);
    }
    if (dead.length === 0) return;
    if (this.repair.shouldRebuild(dead.length)) {
      this.rebuild();
      return;
    }
    if (!links.has(this.entry)) this.entry = this.highest(NONE);
    for (const slot of this.repair.mend(dead)) {
      if (this.entry === slot) this.entry = this.highest(slot);
      this.connect(slot, links.level(slot));
    }
  }

  /**
   * The rows nearest to the query. With a filter, nodes that do not match are walked through but not collected; `preferScan`
   * says when scanning the matching rows is cheaper. Throws OUT_OF_MEMORY when working memory can not grow.
   */
  search(query: HnswQuery, request: HnswRequest): HnswFound {
    const { walk, found, links } = this;
    const ef = Math.max(request.ef, request.k, 1);
    found.count = 0;
    found.gaveUp = false;
    found.computed = 0;
    if (this.entry === NONE || request.k === 0) return found;
    attempt(() => {
      walk.reserve(links.slots, ef, this.batch);
      if (found.slots.length < request.k) {
        found.slots = new Int32Array(request.k);
        found.distances = new Float64Array(request.k);
      }
    }, () => undefined);
    const { allow } = request;
    walk.descend(query, this.entry, 0, ef, allow);
    if (allow === undefined) {
      walk.expand(query, 0);
    } else {
      walk.expandFiltered(query, allow, request.budget ?? 0);
      found.gaveUp = walk.gaveUp;
    }
    found.computed = walk.computed;
    found.count = Math.min(walk.beam.count, request.k);
    for (let i = 0; i < found.count; i++) {
      found.slots[i] = walk.beam.slot(i);
      found.distances[i] = walk.beam.distances[i];
    }
    return found;
  }

  /** The graph as bytes; layout in hnsw-codec.ts. */
  export(): Uint8Array {
    return attempt(() => writeGraph(this.links, this.entry, this.params.seed), () => undefined);
  }

  /** The same with the slots whose bit is set in `live` renumbered 0, 1, 2 … in order. Every node must be live. */
  exportCompacted(live: Uint32Array): Uint8Array {
    return attempt(() => writeGraph(this.links, this.entry, this.params.seed, live), () => undefined);
  }

  /**
   * Reads what `export` (here or in Rust) wrote, for a collection of `slots` slots. Everything is checked first: CORRUPT.
   */
  static import(rows: HnswDistance, params: HnswParams, slots: number, bytes: Uint8Array): HnswGraph {
    const graph = new HnswGraph(rows, params);
    graph.entry = attempt(() => readGraph(bytes, graph.links, graph.params.seed, slots), () => undefined);
    return graph;
  }

  private get batch(): number {
    return Math.max(this.params.efConstruction, 6 * this.links.room(0)) + 1;
  }

  private reserve(slots: number): void {
    this.walk.reserve(slots, this.params.efConstruction, this.batch);
    this.selection.reserve(this.batch);
    for (let level = this.planned.length; level <= MAX_LEVEL; level++) this.planned.push({ count: 0, slots: new Int32Array(this.params.m) });
  }

  /** Finds a row's neighbours on every level, then links it. All memory is asked for before the first change. */
  private connect(slot: number, level: number): void {
    const { links, walk, selection, planned, params } = this;
    attempt(() => this.reserve(Math.max(links.slots, slot + 1)), () => undefined);
    const top = this.entry === NONE ? NONE : links.level(this.entry);
    const shared = Math.min(top, level);
    for (let l = shared + 1; l <= level; l++) planned[l].count = 0;
    if (shared >= 0) {
      this.inserted.slot = slot;
      walk.descend(this.inserted, this.entry, shared, params.efConstruction);
      for (let l = shared; l >= 0; l--) {
        walk.beam.restart();
        walk.expand(this.inserted, l);
        let count = 0;
        for (let i = 0; i < walk.beam.count; i++) {
          const other = walk.beam.slot(i);
          if (other === slot) continue;
          selection.slots[count] = other;
          selection.distances[count++] = walk.beam.distances[i];
        }
        selection.sort(count);
        selection.choose(slot, params.m, params.m);
        planned[l].count = selection.chosen;
        planned[l].slots.set(selection.chosenSlots.subarray(0, selection.chosen));
      }
    }
    if (!links.has(slot)) attempt(() => links.add(slot, level), () => undefined);
    for (let l = 0; l <= level; l++) {
      const { slots, count } = planned[l];
      links.set(slot, l, slots, count);
      for (let i = 0; i < count; i++) this.repair.linkBack(slots[i], l, slot);
    }
    if (level > top) this.entry = slot;
  }

  private rebuild(): void {
    const left: number[] = [];
    for (let slot = 0; slot < this.links.slots; slot++) if (this.links.has(slot)) left.push(slot);
    this.links.clear();
    this.entry = NONE;
    for (const slot of left) this.insert(slot);
  }

  /** Node of the highest level, lowest slot first, other than `except`. */
  private highest(except: number): number {
    let best = NONE;
    for (let slot = 0; slot < this.links.slots; slot++) {
      if (slot === except || !this.links.has(slot)) continue;
      if (best === NONE || this.links.level(slot) > this.links.level(best)) best = slot;
    }
    return best;
  }
}

/** Distances of an unfiltered search per unit of beam width, and how much dearer a distance at a random place is than in a scan. */
const DISTANCES_PER_EF = 14;
const RANDOM_ACCESS = 2;

/**
 * True when scanning the `allowed` rows is expected to cost less than walking a graph of `present` nodes with beam width `ef`:
 * the walk expands about `present / allowed` times as many nodes as without a filter.
 */
export function preferScan(present: number, allowed: number, ef: number): boolean {
  return allowed * allowed <= DISTANCES_PER_EF * RANDOM_ACCESS * ef * present;
}

/** A stored row in the role of the query. */
class RowQuery implements HnswQuery {
  slot = 0;
  private readonly rows: HnswDistance;

  constructor(rows: HnswDistance) {
    this.rows = rows;
  }

  toQueryMany(slots: Int32Array, count: number, out: Float64Array): void {
    this.rows.betweenMany(this.slot, slots, count, out);
  }
}
