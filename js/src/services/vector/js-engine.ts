/**
 * The vector engine in plain JavaScript: typed arrays, no WebAssembly. It answers where WebAssembly may not run, and is the
 * oracle the Rust core is compared with.
 */
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import type { EngineConfig, EngineHits, EngineQuery, VectorEngine } from './engine.js';
import { intersect } from './js/bitmap.js';
import { ExactSearch } from './js/exact-search.js';
import { GraphIndex } from './js/graph-index.js';
import { FloatRows } from './js/rows.js';
import { SignFilter } from './js/sign-filter.js';
import { attempt, Table } from './js/table.js';
import { TopK } from './top-k.js';

/**
 * Throws OUT_OF_MEMORY when the host refuses the first few kilobytes; every other failure belongs to a method.
 *
 * @example
 * const engine = createJsEngine({ dimensions: 384, metric: 'cosine', index: 'flat', quantization: 'none', rescore: true, hnsw });
 * engine.append(rows);
 * const { count, slots, scores } = engine.search(query, { k: 10, exact: true, ef: 0 });
 */
export function createJsEngine(config: EngineConfig): VectorEngine {
  return new JsEngine(config);
}

class JsEngine implements VectorEngine {
  readonly variant = 'js';
  readonly threads = 1;
  private readonly config: EngineConfig;
  private table: Table;
  private exact: ExactSearch;
  private graph: GraphIndex | undefined;
  private filter: SignFilter | undefined;
  private readonly top = new TopK();
  private mask = new Uint32Array(4);
  private readonly hits: { count: number; slots: Uint32Array; scores: Float64Array };
  private disposed = false;

  constructor(config: EngineConfig) {
    this.config = config;
    this.table = new Table(config.dimensions, config.metric, encodingOf(config));
    this.exact = new ExactSearch(this.table, config.metric);
    if (config.index === 'hnsw' && isWalkable(config)) this.graph = new GraphIndex(this.table, config, this.exact);
    else if (this.table.rows instanceof FloatRows && (config.quantization === 'binary' || config.quantization === 'auto')) {
      this.filter = new SignFilter(this.table, this.table.rows, config.metric);
    }
    this.hits = { count: 0, slots: this.top.slots, scores: this.top.scores };
  }

  get slots(): number { return this.table.count; }
  get encoding(): VectorEngine['encoding'] { return this.table.rows.encoding; }
  get pending(): number { return Math.max(this.graph?.pending ?? 0, this.filter?.missing ?? 0); }
  get indexName(): string {
    if (this.graph && this.graph.size > 0) return 'hnsw';
    return this.filter?.pays(1, this.table.live.count) ? '1-bit + f32' : `flat ${this.encoding}`;
  }

  append(rows: Float32Array): void {
    this.alive();
    this.table.append(rows);
  }

  write(slot: number, row: Float32Array): void {
    this.known(slot);
    this.table.write(slot, row);
    this.graph?.replaced(slot);
    this.filter?.changed(slot);
  }

  remove(slots: Uint32Array): void {
    this.alive();
    // The graph first: it may be refused memory, and then nothing must have changed.
    this.graph?.remove(slots);
    for (let i = 0; i < slots.length; i++) this.table.live.delete(slots[i]);
  }

  search(query: Float32Array, params: EngineQuery): EngineHits {
    this.alive();
    const { table, top, hits } = this;
    const words = (table.count + 31) >>> 5;
    let mask = table.live.words, matching = table.live.count;
    if (params.allow !== undefined) {
      if (this.mask.length < words) this.mask = attempt(() => new Uint32Array(table.live.words.length), () => undefined);
      mask = this.mask;
      matching = intersect(table.live.words, params.allow, words, mask);
    }
    hits.count = Math.min(params.k, matching);
    if (hits.count <= 0) return hits;
    attempt(() => top.reset(hits.count), () => undefined);
    this.exact.setQuery(query);
    const approximate = !params.exact && (this.graph?.search(hits.count, params.ef, mask, words, matching, params.allow !== undefined, top)
      || (this.filter?.pays(hits.count, matching) && this.filter.search(this.exact, hits.count, mask, words, top)));
    if (!approximate) {
      top.reset(hits.count);
      this.exact.scan(mask, words, top);
    }
    hits.count = top.finish();
    hits.slots = top.slots;
    hits.scores = top.scores;
    return hits;
  }

  searchBatch(queries: Float32Array, params: EngineQuery): { slots: Uint32Array; scores: Float64Array }[] {
    const { dimensions } = this.config;
    const results = [];
    for (let at = 0; at < queries.length; at += dimensions) {
      const { count, slots, scores } = this.search(queries.subarray(at, at + dimensions), params);
      results.push({ slots: slots.slice(0, count), scores: scores.slice(0, count) });
    }
    return results;
  }

  score(query: Float32Array, slots: Uint32Array): Float64Array {
    this.alive();
    for (let i = 0; i < slots.length; i++) this.known(slots[i]);
    const scores = new Float64Array(slots.length);
    this.exact.setQuery(query);
    for (let i = 0; i < slots.length; i++) scores[i] = this.exact.score(slots[i]);
    return scores;
  }

  row(slot: number): Float32Array {
    this.known(slot);
    return this.table.read(slot);
  }

  prepare(budgetMs: number): number {
    this.alive();
    const { filter } = this;
    if (filter === undefined || filter.missing === 0) return 0;
    filter.prepare(host.now() + budgetMs);
    return filter.missing;
  }

  step(budgetMs: number): number {
    if (this.prepare(budgetMs) === 0) this.graph?.step(budgetMs);
    return this.pending;
  }

  compact(): void {
    this.alive();
    if (this.graph) this.graph.compact(() => this.table.compact());
    else this.table.compact();
    this.filter?.reset();
    this.mask = new Uint32Array(4);
  }

  memory(): { total: number; rows: number; codes: number; graph: number } {
    const rows = this.table.rowBytes, codes = this.table.sideBytes + (this.filter?.bytes ?? 0);
    const graph = this.graph?.bytes ?? 0;
    return { total: rows + codes + graph + this.mask.byteLength, rows, codes, graph };
  }

  exportRows(from: number, to: number): Uint8Array {
    this.alive();
    if (!(from >= 0 && from <= to && to <= this.table.count)) {
      throw new ServiceError('INVALID_ARGUMENT', `rows ${from} to ${to} are not within the ${this.table.count} slots of this engine; ask for a range within them`, { service: 'vector', variant: 'js' });
    }
    return attempt(() => this.table.rows.export(from, to), () => undefined);
  }

  importRows(bytes: Uint8Array, count: number): void {
    this.alive();
    this.table.import(bytes, count);
  }

  exportGraph(): Uint8Array | undefined {
    this.alive();
    return this.graph?.export();
  }

  importGraph(bytes: Uint8Array): void {
    this.alive();
    if (this.graph) this.graph.import(bytes);
    else if (this.config.index !== 'auto') throw new ServiceError('CORRUPT', 'a graph came for an index that keeps none; open the collection with the configuration it was saved with', { service: 'vector', variant: 'js' });
  }

  salvageRows(): { encoding: VectorEngine['encoding']; chunks: Uint8Array[]; counts: number[] } {
    const chunks: Uint8Array[] = [], counts: number[] = [];
    const step = 1 << this.table.rows.shift;
    for (let from = 0; from < this.table.count; from += step) {
      const to = Math.min(this.table.count, from + step);
      chunks.push(this.exportRows(from, to));
      counts.push(to - from);
    }
    return { encoding: this.encoding, chunks, counts };
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.table = new Table(this.config.dimensions, this.config.metric, this.encoding);
    this.exact = new ExactSearch(this.table, this.config.metric);
    this.graph = undefined;
    this.filter = undefined;
    this.mask = new Uint32Array(0);
  }

  private alive(): void {
    if (this.disposed) throw new ServiceError('DISPOSED', 'this vector engine was disposed; create a new collection', { service: 'vector', variant: 'js' });
  }

  private known(slot: number): void {
    this.alive();
    if (!(slot >= 0 && slot < this.table.count)) {
      throw new ServiceError('INVALID_ARGUMENT', `slot ${slot} was never handed out (there are ${this.table.count}); use slots returned by this engine`, { service: 'vector', variant: 'js' });
    }
  }
}

/** Sign distances and 1-bit or f16 rows are scanned, as in the Rust core: files with graphs go from one to the other. */
function isWalkable(config: EngineConfig): boolean {
  const encoding = encodingOf(config);
  return config.metric !== 'hamming' && (encoding === 'f32' || encoding === 'int8');
}

/** Codes replace the rows only where the caller gave up rescoring. */
function encodingOf({ quantization, rescore }: EngineConfig): VectorEngine['encoding'] {
  return rescore || quantization === 'auto' || quantization === 'none' ? 'f32' : quantization;
}
