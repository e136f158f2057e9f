/**
 * The HNSW graph over a Table: what is linked, what still waits, and searches that are right at any moment. Distances are
 * the canonical ones, so what the graph finds needs no rescoring.
 */
import { ServiceError } from '../../../errors.js';
import { host } from '../../../host/index.js';
import type { EngineConfig } from '../engine.js';
import { ExactSearch } from './exact-search.js';
import { HnswGraph, preferScan, type HnswDistance, type HnswQuery } from './hnsw.js';
import { attempt, type Table } from './table.js';
import type { TopK } from './top-k.js';

export class GraphIndex {
  private graph: HnswGraph;
  private readonly table: Table;
  private readonly config: EngineConfig;
  private readonly rows: RowDistances;
  private readonly query: QueryDistances;
  /** No slot below it waits to be linked. */
  private next = 0;
  private waiting = new Uint32Array(4);

  constructor(table: Table, config: EngineConfig, query: ExactSearch) {
    this.table = table;
    this.config = config;
    this.rows = new RowDistances(table, config);
    this.query = new QueryDistances(query);
    this.graph = new HnswGraph(this.rows, config.hnsw);
  }

  /** Live rows not linked yet. */
  get pending(): number { return this.table.live.count - this.graph.size; }
  get size(): number { return this.graph.size; }
  get bytes(): number { return this.graph.bytes + this.waiting.byteLength; }

  /** Links waiting rows until the time is up; at least one. */
  step(budgetMs: number): number {
    const end = host.now() + budgetMs;
    while (this.pending > 0) {
      if (this.waits(this.next)) {
        this.graph.insert(this.next);
        if (host.now() >= end) break;
      }
      this.next++;
    }
    return this.pending;
  }

  /** After the row was overwritten. */
  replaced(slot: number): void {
    this.rows.held = -1;
    if (this.graph.has(slot)) this.graph.replace(slot);
  }

  remove(slots: Uint32Array): void {
    this.graph.remove(slots);
  }

  /**
   * For the query that the engine's ExactSearch holds: offers the k best slots of `mask` (`matching` bits in `words` words). False when a scan is the better or
   * the only way; `top` then holds nothing of use.
   */
  search(k: number, wantedEf: number, mask: Uint32Array, words: number, matching: number, filtered: boolean, top: TopK): boolean {
    const { graph, table, query } = this;
    const ef = Math.max(wantedEf === 0 ? this.config.hnsw.ef : wantedEf, k);
    if (graph.size === 0 || preferScan(graph.size, matching, ef) || this.pending > graph.size) return false;
    const found = graph.search(query, filtered ? { k, ef, allow: mask, budget: matching } : { k, ef });
    if (found.gaveUp) return false;
    for (let i = 0; i < found.count; i++) top.offer(query.search.scoreOf(found.distances[i]), found.slots[i]);
    if (this.pending > 0) {
      if (this.waiting.length < words) this.waiting = attempt(() => new Uint32Array(table.live.words.length), () => undefined);
      this.waiting.fill(0, 0, words);
      for (let slot = this.next; slot < table.count; slot++) {
        if (this.waits(slot)) this.waiting[slot >>> 5] |= mask[slot >>> 5] & (1 << (slot & 31));
      }
      query.search.scan(this.waiting, words, top);
    }
    return top.size === k;
  }

  /**
   * `compact` renumbers the table's live slots 0, 1, 2 …; the graph follows without being built again. Where memory for that is refused,
   * all rows are linked anew: by now the renumbering can not be called off.
   */
  compact(compact: () => void): void {
    const bytes = unlessRefused(() => this.graph.exportCompacted(this.table.live.words));
    compact();
    this.next = 0;
    this.rows.held = -1;
    this.waiting = new Uint32Array(4);
    this.graph = (bytes && unlessRefused(() => HnswGraph.import(this.rows, this.config.hnsw, this.table.count, bytes))) ?? new HnswGraph(this.rows, this.config.hnsw);
  }

  export(): Uint8Array | undefined {
    return this.pending === 0 && this.graph.size > 0 ? this.graph.export() : undefined;
  }

  import(bytes: Uint8Array): void {
    const { table } = this;
    const graph = HnswGraph.import(this.rows, this.config.hnsw, table.count, bytes);
    for (let slot = 0; slot < table.count; slot++) {
      if (graph.has(slot) !== table.live.has(slot)) {
        throw new ServiceError('CORRUPT', `the stored graph does not fit the stored rows (slot ${slot}); load the file without its graph, which is then built again`, { service: 'vector', variant: 'js' });
      }
    }
    this.graph = graph;
    this.next = table.count;
  }

  private waits(slot: number): boolean {
    return this.table.live.has(slot) && !this.graph.has(slot);
  }
}

/** Undefined where the host has no memory for it. */
function unlessRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'OUT_OF_MEMORY') return undefined;
    throw error;
  }
}

/** Distances between rows of the table. */
class RowDistances implements HnswDistance {
  private readonly search: ExactSearch;
  /** The row that `search` holds, to be forgotten when rows change; -1 = none. */
  held = -1;

  constructor(table: Table, config: EngineConfig) {
    this.search = new ExactSearch(table, config.metric);
  }

  betweenMany(from: number, slots: Int32Array, count: number, out: Float64Array): void {
    if (this.held !== from) this.search.setRow(from);
    this.held = from;
    for (let i = 0; i < count; i++) out[i] = this.search.distance(slots[i]);
  }
}

/** Distances from the query that an ExactSearch holds. */
class QueryDistances implements HnswQuery {
  readonly search: ExactSearch;

  constructor(search: ExactSearch) {
    this.search = search;
  }

  toQueryMany(slots: Int32Array, count: number, out: Float64Array): void {
    for (let i = 0; i < count; i++) out[i] = this.search.distance(slots[i]);
  }
}
