/**
 * The vector engine over one instance of the Rust core. It moves bytes and maps errors; every number is computed inside.
 *
 * An exception that the core did not raise itself (a trap, a stack overflow) poisons the engine: it is reported as
 * INSTANCE_POISONED and the instance is never called again; `salvageRows` still reads its memory, and the service goes on
 * with a fresh engine.
 */
import { ERROR_CODES, ServiceError, type ErrorCode } from '../../errors.js';
import { springTrap } from '../../faults.js';
import { host } from '../../host/index.js';
import { builtVariant, type Glue } from '../../loader/index.js';
import type { Variant } from '../../types.js';
import { Threads, type ThreadSource } from '../../worker/threads.js';
import type { Encoding, EngineConfig, EngineHits, EngineQuery, VectorEngine } from './engine.js';
import { CHUNK_FIELDS, salvage, type ChunkTable } from './wasm/salvage.js';
import { createCore, Views, type CoreIndex } from './wasm/core.js';

/** Bytes staged at a time: memory never shrinks, so a large input must not pass through it whole. */
const STAGED_BYTES = 256 << 10;
/** Core rows are counted in u32; a larger k means "all". */
const MOST = 0xffffffff;
/** Rows per step before the clock is read again: a few hundred microseconds of linking. */
const ROWS_PER_STEP = 8;
/** The same for encoding. */
const CODES_PER_STEP = 256;

/**
 * An engine over a fresh instance. The glue must belong to this engine alone: `dispose` gives the whole memory back by letting go of it.
 *
 * @param source of helper threads, for an instance of a threaded artifact
 * @throws ServiceError INVALID_ARGUMENT for a configuration the core refuses; OUT_OF_MEMORY.
 * @example
 * const engine = createWasmEngine(loaded.createInstance(), config);
 * engine.append(rows);
 * const { count, slots, scores } = engine.search(query, { k: 10, exact: false, ef: 0 });
 */
export function createWasmEngine(glue: Glue, config: EngineConfig, source?: ThreadSource): VectorEngine {
  return new WasmEngine(glue, config, source);
}

class WasmEngine implements VectorEngine {
  readonly variant: Variant;
  readonly encoding: Encoding;
  private readonly config: EngineConfig;
  private readonly memoryObject: WebAssembly.Memory;
  private readonly views: Views;
  private core: CoreIndex | undefined;
  private readonly helpers: Threads | undefined;
  private readonly exports: Record<string, unknown>;
  private poisoned: ServiceError | undefined;
  private table: ChunkTable = new Uint32Array(0);
  private count = 0;
  private readonly hits: EngineHits = { count: 0, slots: new Uint32Array(0), scores: new Float64Array(0) };

  constructor(glue: Glue, config: EngineConfig, source: ThreadSource | undefined) {
    this.config = config;
    this.encoding = config.rescore || config.quantization === 'auto' || config.quantization === 'none' ? 'f32' : config.quantization;
    this.exports = glue.exports;
    this.memoryObject = glue.memory;
    this.views = new Views(glue.memory);
    this.variant = builtVariant(glue);
    try {
      this.core = createCore(glue, config);
      if (source) this.helpers = new Threads(source, glue);
    } catch (error) {
      throw this.translate(error);
    }
  }

  get slots(): number { return this.count; }
  get threads(): number { return this.helpers?.count ?? 1; }
  get threadsNote(): string | undefined { return this.helpers?.note; }

  get pending(): number { return this.run((core) => core.pending()); }
  get indexName(): string { return this.run((core) => core.name()); }

  append(rows: Float32Array): void {
    const { dimensions } = this.config;
    const total = rows.length / dimensions;
    this.run((core) => {
      core.reserve(total);
      const piece = Math.max(1, Math.floor(STAGED_BYTES / (4 * dimensions)));
      for (let from = 0; from < total; from += piece) {
        const n = Math.min(piece, total - from);
        const at = core.stage(4 * n * dimensions);
        this.views.f32.set(rows.subarray(from * dimensions, (from + n) * dimensions), at >>> 2);
        core.append(n);
      }
      this.changed(core);
    });
  }

  write(slot: number, row: Float32Array): void {
    this.known(slot);
    this.run((core) => {
      const at = core.stage(row.byteLength);
      this.views.f32.set(row, at >>> 2);
      core.write(slot);
      this.changed(core);
    });
  }

  remove(slots: Uint32Array): void {
    this.run((core) => {
      const at = core.stage(slots.byteLength);
      this.views.u32.set(slots, at >>> 2);
      core.remove(slots.length);
    });
  }

  search(query: Float32Array, params: EngineQuery): EngineHits {
    return this.run((core) => this.searchIn(core, query, params));
  }

  searchBatch(queries: Float32Array, params: EngineQuery): { slots: Uint32Array; scores: Float64Array }[] {
    this.helpers?.touch();
    const { dimensions } = this.config;
    return this.run((core) => {
      const asked = queries.length / dimensions;
      const words = this.stageQueries(core, queries, params);
      const each = core.searchBatch(asked, Math.min(params.k, MOST), params.exact, params.ef, params.allow !== undefined, words);
      const slots = core.hitSlotsPtr() >>> 2, scores = core.hitScoresPtr() >>> 3;
      return Array.from({ length: asked }, (_, q) => ({
        slots: this.views.u32.slice(slots + q * each, slots + (q + 1) * each),
        scores: this.views.f64.slice(scores + q * each, scores + (q + 1) * each),
      }));
    });
  }

  startThreads(): Promise<void> | undefined {
    return this.helpers?.start((call) => this.run(call));
  }

  private searchIn(core: CoreIndex, query: Float32Array, params: EngineQuery): EngineHits {
    const words = this.stageQueries(core, query, params);
    const count = core.search(Math.min(params.k, MOST), params.exact, params.ef, params.allow !== undefined, words);
    const slots = core.hitSlotsPtr() >>> 2, scores = core.hitScoresPtr() >>> 3;
    const { hits } = this;
    hits.count = count;
    hits.slots = this.views.u32.subarray(slots, slots + count);
    hits.scores = this.views.f64.subarray(scores, scores + count);
    return hits;
  }

  /** Queries, and after them the filter's bitmap; gives its words. */
  private stageQueries(core: CoreIndex, queries: Float32Array, { allow }: EngineQuery): number {
    const words = allow === undefined ? 0 : Math.min(allow.length, (this.count + 31) >>> 5);
    const at = core.stage(4 * (queries.length + words)) >>> 2;
    this.views.f32.set(queries, at);
    if (allow !== undefined) this.views.u32.set(words === allow.length ? allow : allow.subarray(0, words), at + queries.length);
    return words;
  }

  score(query: Float32Array, slots: Uint32Array): Float64Array {
    for (let i = 0; i < slots.length; i++) this.known(slots[i]);
    return this.run((core) => {
      const at = core.stage(query.byteLength + slots.byteLength) >>> 2;
      this.views.f32.set(query, at);
      this.views.u32.set(slots, at + query.length);
      core.score(slots.length);
      const scores = core.hitScoresPtr() >>> 3;
      return this.views.f64.slice(scores, scores + slots.length);
    });
  }

  row(slot: number): Float32Array {
    this.known(slot);
    return this.run((core) => {
      core.row(slot);
      const at = core.stagingPtr() >>> 2;
      return this.views.f32.slice(at, at + this.config.dimensions);
    });
  }

  prepare(budgetMs: number): number {
    return this.run((core) => {
      const end = host.now() + budgetMs;
      let left = core.prepareAhead(CODES_PER_STEP);
      while (left > 0 && host.now() < end) left = core.prepareAhead(CODES_PER_STEP);
      return left;
    });
  }

  step(budgetMs: number): number {
    this.helpers?.touch();
    return this.run((core) => {
      const end = host.now() + budgetMs;
      let left = core.pending();
      while (left > 0) {
        left = core.step(ROWS_PER_STEP);
        if (host.now() >= end) break;
      }
      return left;
    });
  }

  compact(): void {
    this.run((core) => {
      core.compact();
      this.changed(core);
    });
  }

  memory(): { total: number; rows: number; codes: number; graph: number } {
    return this.run((core) => ({ total: this.memoryObject.buffer.byteLength, rows: core.rowBytes(), codes: core.codeBytes(), graph: core.graphBytes() }));
  }

  exportRows(from: number, to: number): Uint8Array {
    if (!(from >= 0 && from <= to && to <= this.count)) {
      throw this.error('INVALID_ARGUMENT', `rows ${from} to ${to} are not within the ${this.count} slots of this engine; ask for a range within them`);
    }
    return this.run((core) => {
      const width = core.exportWidth();
      const bytes = new Uint8Array((to - from) * width);
      const piece = Math.max(1, Math.floor(STAGED_BYTES / width));
      for (let row = from; row < to; row += piece) {
        const end = Math.min(to, row + piece);
        core.exportRows(row, end);
        const at = core.stagingPtr();
        bytes.set(this.views.u8.subarray(at, at + (end - row) * width), (row - from) * width);
      }
      return bytes;
    });
  }

  importRows(bytes: Uint8Array, count: number): void {
    this.run((core) => {
      const width = core.exportWidth(), before = this.count;
      if (bytes.length !== count * width) throw this.error('CORRUPT', `${bytes.length} bytes can not be ${count} rows of ${width} bytes: the file is damaged or of another collection`);
      core.reserve(count);
      const piece = Math.max(1, Math.floor(STAGED_BYTES / width));
      try {
        for (let row = 0; row < count; row += piece) {
          const n = Math.min(piece, count - row);
          const at = core.stage(n * width);
          this.views.u8.set(bytes.subarray(row * width, (row + n) * width), at);
          core.importRows(n);
        }
      } catch (error) {
        if (!isTrap(error)) core.truncate(before);
        throw error;
      }
      this.changed(core);
    });
  }

  exportGraph(): Uint8Array | undefined {
    return this.run((core) => {
      const length = core.exportGraph();
      if (length === 0) return undefined;
      const at = core.graphPtr();
      const bytes = this.views.u8.slice(at, at + length);
      core.dropGraph();
      return bytes;
    });
  }

  importGraph(bytes: Uint8Array): void {
    this.run((core) => {
      const at = core.stage(bytes.length);
      this.views.u8.set(bytes, at);
      core.importGraph(bytes.length);
    });
  }

  salvageRows(): { encoding: Encoding; chunks: Uint8Array[]; counts: number[] } {
    return salvage(this.memoryObject, this.table, this.encoding, this.config.dimensions);
  }

  dispose(): void {
    const { core } = this;
    this.core = undefined;
    this.helpers?.end(this.poisoned ? undefined : core);
    // The memory goes with the instance. Freeing the index inside it first would be work for nothing, and is not safe: a helper that was
    // ended while it held the allocator's lock would leave this thread spinning on it, now or when a finalizer does the same later.
    core?.__destroy_into_raw();
  }

  /** Every call into the instance goes through here. */
  private run<T>(call: (core: CoreIndex) => T): T {
    const { core } = this;
    if (this.poisoned) throw this.poisoned;
    if (!core) throw this.error('DISPOSED', 'this vector engine was disposed; create a new collection');
    springTrap('vector', () => ({ object: core, exports: this.exports }));
    try {
      return call(core);
    } catch (error) {
      throw this.translate(error);
    }
  }

  /** Notes what must be known without calling in: the slots, and where the rows lie. */
  private changed(core: CoreIndex): void {
    this.count = core.slots();
    const length = core.chunkTable() * CHUNK_FIELDS, at = core.chunkTablePtr() >>> 2;
    this.table = this.views.u32.slice(at, at + length);
  }

  private known(slot: number): void {
    if (!(slot >= 0 && slot < this.count)) throw this.error('INVALID_ARGUMENT', `slot ${slot} was never handed out (there are ${this.count}); use slots returned by this engine`);
  }

  private translate(error: unknown): ServiceError {
    if (error instanceof ServiceError) return error;
    const { code, message } = error as { code?: unknown; message: string };
    if (!isTrap(error) && typeof code === 'string') return this.error(code as ErrorCode, message);
    this.poisoned = new ServiceError('INSTANCE_POISONED', `the WebAssembly instance failed (${message}) and is not used again`, { service: 'vector', variant: this.variant, cause: error });
    this.helpers?.end();
    return this.poisoned;
  }

  private error(code: ErrorCode, message: string): ServiceError {
    return new ServiceError(code, message, { service: 'vector', variant: this.variant });
  }
}

/** True for everything but the errors that the core raises itself, which carry one of our codes. */
function isTrap(error: unknown): boolean {
  return !(error instanceof Error && (ERROR_CODES as readonly string[]).includes((error as { code?: string }).code ?? ''));
}
