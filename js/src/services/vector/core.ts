/**
 * The vector service in this thread: one collection, one engine, one queue. It gets clean requests (backend.ts) and answers them
 * with the collection (ids, content, metadata), the engine (numbers) and, where one is configured, the store (durability).
 */
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import type { ServiceInfo } from '../../types.js';
import { checkDimensions, checkRows, placeAll, placeDocuments, undoRows, writeRows, type Undo } from './add.js';
import type { ListRequest, SearchRequest, StagedDocuments, VectorBackend } from './backend.js';
import { Call } from './call.js';
import { Collection } from './collection.js';
import type { ResolvedConfig } from './config.js';
import type { VectorEngine } from './engine.js';
import { disposeQuietly, Engines, isPoisoned } from './engines.js';
import { hasBit, slotsOf, type FilterNode } from './filters/index.js';
import { SerialQueue } from './queue.js';
import { rebuild } from './recovery.js';
import { documentAt, engineQuery, keep, notFound, rankByVector, results } from './search.js';
import { drive, type MaybePromise, type Steps } from './steps.js';
import type { Metadata, VectorDocument, VectorSearchResult } from './types.js';
import { dimensionMismatch, firstNotFinite, notFinite } from './vectors.js';

/** Dead slots that are tolerated before they are compacted away: this many, and as many as live ones. */
const TOLERATED_DEAD = 4096;
const BACKGROUND_BUDGET_MS = 8;

export class VectorCore implements VectorBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #collection = new Collection();
  readonly #queue = new SerialQueue();
  readonly #engines: Engines;
  #size = 0;
  #disposed: Promise<void> | undefined;
  /** Ends what is waited for when the service ends. */
  readonly #life = new AbortController();
  #backgroundTimer = false;
  /** Set when vectors could not be brought over from a trapped instance: what the collection holds is no longer true. */
  #lost: ServiceError | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext) {
    this.#config = config;
    this.#context = context;
    this.#engines = new Engines(config, context);
    this.#queue.onIdle(() => this.#scheduleBackground());
  }

  get size(): number { return this.#size; }
  get immediate(): boolean { return this.#queue.idle && this.#engines.loaded; }
  get dimensions(): number | undefined { return this.#engine ? this.#dimensions : this.#config.dimensions; }
  #dimensions = 0;
  get #engine(): VectorEngine | undefined { return this.#engines.engine; }

  get info(): ServiceInfo {
    const { variant, reason, rejected } = this.#engines.selection;
    const engine = this.#engine;
    return {
      service: 'vector', variant, loaded: this.#engines.loaded, host: 'inline', threads: engine?.threads ?? 1,
      reason, rejected: [...rejected], ...(engine && { index: engine.indexName }),
    };
  }

  memoryBytes(): number { return this.#engine?.memory().total ?? 0; }

  // ── how calls run ──

  ready(): Promise<void> {
    return Promise.resolve(this.#steps(Call.plain, function* () { /* loading is all */ }));
  }

  /** One call of several steps: waits its turn, loads what is missing, is repeated on a fresh engine when the instance traps. */
  #steps<T>(call: Call, make: () => Steps<T>): MaybePromise<T> {
    return this.#queue.run(() => this.#drive(this.#guarded(call, make, 0), call), call);
  }

  #drive<T>(steps: Steps<T>, call: Call): MaybePromise<T> {
    return drive(steps, () => (this.#disposed ? disposed() : call.failure()));
  }

  /**
   * One call that needs no steps: no generator, no promise while everything is in place.
   * @param beforeRetry runs before the answer is asked for again in a later turn
   */
  #once<T>(call: Call, answer: () => T, beforeRetry?: () => void): MaybePromise<T> {
    const make = function* (): Steps<T> { return answer(); };
    return this.#queue.run(() => {
      if (!this.#engines.loaded || this.#lost) return this.#drive(this.#guarded(call, make, 0), call);
      try {
        return answer();
      } catch (error) {
        if (!isPoisoned(error)) throw error;
        beforeRetry?.();
        return this.#drive(this.#afterTrap(error, call, make, 0), call);
      }
    }, call);
  }

  *#guarded<T>(call: Call, make: () => Steps<T>, traps: number): Steps<T> {
    if (!this.#engines.loaded) yield* this.#load(call);
    if (this.#lost) throw this.#lost;
    try {
      return yield* make();
    } catch (error) {
      if (!isPoisoned(error)) throw error;
      return yield* this.#afterTrap(error, call, make, traps);
    }
  }

  *#load(call: Call): Steps<void> {
    try {
      yield this.#engines.load(call, this.#life.signal);
    } catch (error) {
      throw this.#disposed ? disposed() : error;
    }
  }

  *#afterTrap<T>(error: ServiceError, call: Call, make: () => Steps<T>, traps: number): Steps<T> {
    yield* this.#replaceEngine(error, traps > 0);
    // JavaScript does not trap; a pinned variant gets one more try, then the caller hears of it and the service goes on.
    if (traps > 0 && this.#engines.pinned) throw error;
    return yield* this.#guarded(call, make, traps + 1);
  }

  /** Rows whose old values an interrupted call had overwritten when its instance trapped. */
  #undo: Undo = new Map();

  *#replaceEngine(error: ServiceError, repeated: boolean): Steps<void> {
    try {
      yield* rebuild(this.#engines, this.#collection, this.#dimensions, this.#undo, error, repeated, this.#context.sink);
    } catch (failure) {
      this.#lost = failure as ServiceError;
      throw failure;
    } finally {
      this.#undo = new Map();
    }
  }

  // ── writing ──

  add(documents: StagedDocuments, call: Call): MaybePromise<void> {
    return this.#steps(call, () => this.#addSteps(documents, call));
  }

  *#addSteps(documents: StagedDocuments, call: Call): Steps<void> {
    const { rows, ids } = documents;
    if (ids.length === 0) { call.progress(0, 0); return; }
    call.check();
    const collection = this.#collection;
    if (!rows) this.#refuseTextAmongVectors(documents);
    const engine = rows ? this.#engineFor(documents) : undefined;
    if (rows && engine) yield* checkRows(documents, rows, engine.encoding);

    const slotsBefore = engine ? engine.slots : collection.slots;
    const placement = placeDocuments(collection, ids, slotsBefore);
    const undo: Undo = new Map();
    if (rows && engine) {
      try {
        yield* writeRows(engine, rows, placement, undo, this.#config.index === 'hnsw', call);
      } catch (error) {
        if (isPoisoned(error)) this.#undo = undo;
        else undoRows(engine, slotsBefore, undo);
        throw error;
      }
    }
    yield* placeAll(collection, documents, placement.slots, () => undefined);
    this.#size = collection.size;
    call.progress(ids.length, ids.length);
  }

  #refuseTextAmongVectors(documents: StagedDocuments): void {
    if (this.#engine && this.#collection.size > 0) {
      throw new ServiceError('INVALID_ARGUMENT', `documents without embedding (the first is ${JSON.stringify(documents.ids[0].slice(0, 60))}) can not join a collection of vectors: supply \`embedding\`, or \`embed\` in the configuration`, { service: 'vector' });
    }
    this.#dropEngine();
  }

  /** The engine that takes these rows, made now when they are the first. */
  #engineFor(documents: StagedDocuments): VectorEngine {
    const rows = documents.rows!;
    if (this.#collection.size === 0 && this.#config.dimensions === undefined && this.#dimensions !== rows.dimensions) this.#dropEngine();
    if (!this.#engine) {
      if (this.#collection.size > 0) {
        throw new ServiceError('INVALID_ARGUMENT', `this collection was begun with documents of text alone, so ${JSON.stringify(documents.ids[0].slice(0, 60))} can not bring a vector: supply an embedding with every document or with none`, { service: 'vector' });
      }
      this.#collection.clear();
      if (this.#config.dimensions !== undefined) checkDimensions(documents, rows, this.#config.dimensions);
      this.#engines.engine = this.#engines.create(rows.dimensions);
      this.#dimensions = rows.dimensions;
    }
    checkDimensions(documents, rows, this.#dimensions);
    return this.#engine!;
  }

  #dropEngine(): void {
    if (this.#collection.size === 0) this.#collection.clear();
    this.#engines.drop();
  }

  updateMetadata(id: string, metadata: Metadata): MaybePromise<void> {
    const collection = this.#collection;
    return this.#steps(Call.plain, function* () {
      const slot = collection.slotOf(id);
      if (slot === undefined) throw notFound(id);
      collection.setMetadata(slot, metadata);
    });
  }

  remove(ids: string[]): MaybePromise<void> {
    const collection = this.#collection;
    return this.#steps(Call.plain, () => {
      const slots = new Set<number>();
      for (const id of ids) {
        const slot = collection.slotOf(id);
        if (slot !== undefined) slots.add(slot);
      }
      return this.#removeSlots(Uint32Array.from(slots).sort());
    });
  }

  removeWhere(filter: FilterNode): MaybePromise<number> {
    return this.#steps(Call.plain, () => this.#removeWhereSteps(filter));
  }

  *#removeWhereSteps(filter: FilterNode): Steps<number> {
    const { words, count } = this.#collection.filters.evaluate(filter, this.#collection.slots);
    yield* this.#removeSlots(slotsOf(words, count));
    return count;
  }

  *#removeSlots(slots: Uint32Array): Steps<void> {
    if (slots.length === 0) return;
    this.#engine?.remove(slots);
    for (const slot of slots) this.#collection.delete(slot);
    this.#size = this.#collection.size;
    const dead = (this.#engine?.slots ?? this.#collection.slots) - this.#size;
    if (dead > TOLERATED_DEAD && dead > this.#size) yield* this.#compactSteps();
  }

  clear(): MaybePromise<void> {
    const core = this;
    return this.#steps(Call.plain, function* () {
      core.#collection.clear();
      core.#dropEngine();
      core.#size = 0;
    });
  }

  compact(): MaybePromise<void> {
    return this.#steps(Call.plain, () => this.#compactSteps());
  }

  *#compactSteps(): Steps<void> {
    if (this.#size === 0) { this.#dropEngine(); return; }
    const live = this.#collection.liveSlots();
    this.#engine?.compact();
    this.#collection.compact(live);
  }

  // ── reading ──

  search(query: Float32Array, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> {
    return this.#once(call, () => this.#search(query, request), () => { query = query.slice(); });
  }

  #search(query: Float32Array, request: SearchRequest): VectorSearchResult[] {
    this.#checkQuery(query, 'embedding');
    const engine = this.#engine;
    if (!engine) return [];
    return results(this.#collection, engine, rankByVector(this.#collection, engine, query, request, request.k), request.includeEmbedding);
  }

  #checkQuery(query: Float32Array, label: string): void {
    const expected = this.dimensions;
    if (expected !== undefined && query.length !== expected) throw dimensionMismatch(label, query.length, expected);
    const bad = firstNotFinite(query);
    if (bad >= 0) throw notFinite(label, bad, query[bad]);
    if (!this.#engine && this.#size > 0) throw textOnly();
  }

  searchBatch(queries: Float32Array, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[][]> {
    return this.#steps(call, () => this.#searchBatchSteps(queries, request));
  }

  *#searchBatchSteps(queries: Float32Array, request: SearchRequest): Steps<VectorSearchResult[][]> {
    const dimensions = this.dimensions;
    if (queries.length === 0) return [];
    if (dimensions === undefined) {
      if (this.#size > 0) throw textOnly();
      throw new ServiceError('INVALID_ARGUMENT', 'searchBatch on an empty collection needs `dimensions` in the configuration, or nobody knows how many queries these numbers are', { service: 'vector' });
    }
    if (queries.length % dimensions !== 0) throw dimensionMismatch('searchBatch: the last query', queries.length % dimensions, dimensions);
    const count = queries.length / dimensions;
    for (let q = 0; q < count; q++) this.#checkQuery(queries.subarray(q * dimensions, (q + 1) * dimensions), `embeddings[${q}]`);
    const engine = this.#engine;
    const query = engine && engineQuery(this.#collection, engine, request, request.k);
    if (!engine || !query) return Array.from({ length: count }, () => []);
    const out: VectorSearchResult[][] = [];
    // One core answers them one by one, so that the call can pause; threads get all they can use at once.
    const together = engine.threads > 1 ? 64 * engine.threads : 1;
    for (let q = 0; q < count; q += together) {
      const hits = engine.searchBatch(queries.subarray(q * dimensions, Math.min(count, q + together) * dimensions), query);
      for (const { slots, scores } of hits) {
        let kept = slots.length;
        if (request.threshold !== undefined) while (kept > 0 && scores[kept - 1] < request.threshold) kept--;
        out.push(results(this.#collection, engine, { slots, scores, count: kept }, request.includeEmbedding));
      }
      yield;
    }
    return out;
  }

  searchText(_query: string, _request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> {
    return this.#once(call, () => []);
  }

  findSimilar(id: string, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> {
    return this.#once(call, () => {
      const slot = this.#collection.slotOf(id);
      if (slot === undefined) throw notFound(id);
      const engine = this.#engine;
      if (!engine) throw textOnly();
      const ranking = rankByVector(this.#collection, engine, engine.row(slot), request, request.k + 1);
      return results(this.#collection, engine, keep(ranking, request.k, slot), request.includeEmbedding);
    });
  }

  get(id: string): MaybePromise<VectorDocument | undefined> {
    return this.#once(Call.plain, () => {
      const slot = this.#collection.slotOf(id);
      return slot === undefined ? undefined : documentAt(this.#collection, this.#engine, slot);
    });
  }

  list(request: ListRequest, call: Call): MaybePromise<VectorDocument[]> {
    return this.#steps(call, () => this.#listSteps(request));
  }

  *#listSteps({ filter, offset, limit }: ListRequest): Steps<VectorDocument[]> {
    const collection = this.#collection;
    const words = filter && collection.filters.evaluate(filter, collection.slots).words;
    const out: VectorDocument[] = [];
    let skip = offset;
    for (let slot = 0; slot < collection.slots && out.length < limit; slot++) {
      if (words ? !hasBit(words, slot) : collection.idAt(slot) === undefined) continue;
      if (skip > 0) { skip--; continue; }
      out.push(documentAt(collection, this.#engine, slot));
      if (out.length % 256 === 0) yield;
    }
    return out;
  }

  count(filter: FilterNode | undefined): MaybePromise<number> {
    return this.#once(Call.plain, () => (filter ? this.#collection.filters.evaluate(filter, this.#collection.slots).count : this.#collection.size));
  }

  // ── files ──

  save(): MaybePromise<Uint8Array> {
    throw new ServiceError('UNSUPPORTED', 'not yet', { service: 'vector' });
  }

  load(_bytes: Uint8Array): MaybePromise<void> {
    throw new ServiceError('UNSUPPORTED', 'not yet', { service: 'vector' });
  }

  // ── in the background, at the end ──

  /** Index work that no call has to wait for, in slices between calls. */
  #scheduleBackground(): void {
    if (this.#backgroundTimer || this.#disposed || !this.#engine || this.#engine.pending === 0) return;
    this.#backgroundTimer = true;
    setTimeout(() => {
      this.#backgroundTimer = false;
      if (this.#disposed || !this.#queue.idle) return;
      const outcome = this.#once(Call.plain, () => { this.#engine?.step(BACKGROUND_BUDGET_MS); });
      if (outcome instanceof Promise) outcome.catch(() => undefined);
    }, 0);
  }

  dispose(): Promise<void> {
    return this.#disposed ??= (async () => {
      const settled = this.#queue.close(disposed());
      this.#life.abort();
      await settled;
      if (this.#engine) disposeQuietly(this.#engine);
      this.#engines.engine = undefined;
      this.#collection.clear();
      this.#size = 0;
      this.#context.sink.event({ type: 'dispose', service: 'vector', message: 'vector: disposed' });
    })();
  }
}

function disposed(): ServiceError {
  return new ServiceError('DISPOSED', 'this vector search was disposed of: create another one', { service: 'vector' });
}

function textOnly(): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', 'this collection holds documents of text alone, so it has nothing to compare a vector with: use searchByText, or add documents with embeddings', { service: 'vector' });
}
