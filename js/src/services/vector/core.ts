/**
 * The vector service in this thread: one collection, one queue. It runs the calls (add.ts, reads.ts, files.ts) in order, in steps,
 * and again on a fresh engine when an instance traps.
 */
import { Call } from '../../calls/call.js';
import { Life } from '../../calls/life.js';
import { SerialQueue } from '../../calls/queue.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import { drive, type Steps } from '../../calls/steps.js';
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { degradedBy } from '../../supervise/supervisor.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { threadsOf } from '../../worker/thread-count.js';
import { addSteps, type Undo } from './add.js';
import { NO_MEMORY, type ListRequest, type SearchRequest, type StagedDocuments, type VectorBackend } from './backend.js';
import { Background } from './background.js';
import type { ResolvedConfig } from './config.js';
import { Durable } from './durable.js';
import { Engines, isPoisoned, type Chosen } from './engines.js';
import { disposed } from './errors.js';
import { loadSteps, saveSteps } from './files.js';
import { slotsOf, type FilterNode } from './filters/index.js';
import { batchSteps, isPlain, listSteps, search, searchSteps, selfCheck, similarSteps, textSteps } from './reads.js';
import { replaceEngine } from './recovery.js';
import { documentAt, notFound } from './results.js';
import { Sleep } from './sleep.js';
import { State } from './state.js';
import type { Metadata, VectorDocument, VectorMemory, VectorSearchResult } from './types.js';
import { compactSteps, forget, isMostlyDead, isUpkeepDue, upkeepSteps, type Home } from './upkeep.js';

export class VectorCore implements VectorBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #queue = new SerialQueue('vector');
  readonly #engines: Engines;
  readonly #durable: Durable;
  #state: State;
  #size = 0;
  /** Rows that the call under way had overwritten when its instance trapped. */
  #undo: Undo = new Map();
  /** Set when a trapped instance's rows could not be brought over: what the collection holds is no longer true. */
  #lost: ServiceError | undefined;
  /** What the engine last said of itself: getters must not call into it. */
  #index: string | undefined;
  #pending = 0;
  #memory: VectorMemory = NO_MEMORY;
  #disposed: Promise<void> | undefined;
  readonly #sleep = new Sleep(this.#queue, async () => {
    await this.#durable.close();
    this.#state.clear();
  });
  /** Called when work in the background may have changed what `info` says. */
  onBackground: () => void = () => undefined;
  /** Ends what is waited for when the service ends. */
  readonly #life = new Life();

  /**
   * @param chosen the implementation, where another thread has chosen it
   * @param replacement this core takes the place of one that died with its thread
   */
  constructor(config: ResolvedConfig, context: ServiceContext, chosen?: Chosen, replacement = false) {
    this.#config = config;
    this.#context = context;
    this.#engines = new Engines(config, context, chosen);
    this.#durable = new Durable(config, context.sink, replacement);
    this.#state = new State(config, this.#engines);
    const background = new Background({
      isDue: () => this.#hasBackgroundWork(),
      // A call that came first goes first, and schedules this again when it ends.
      runSlice: () => (this.#disposed || !this.#queue.idle ? undefined : this.#steps(Call.plain, () => this.#backgroundSteps())),
      onFailure: ({ message }) => {
        if (!this.#disposed) context.sink.event({ type: 'error', service: 'vector', message: `vector: work in the background failed and is tried again later: ${message}` });
      },
    });
    this.#queue.onIdle(() => background.schedule());
  }

  get size(): number { return this.#size; }
  get dimensions(): number | undefined { return this.#state.dimensions; }
  get immediate(): boolean { return this.#queue.idle && this.#isReady; }
  get #isReady(): boolean { return this.#engines.loaded && this.#durable.isOpen && this.#lost === undefined; }

  get #home(): Home { return { state: this.#state, engines: this.#engines, durable: this.#durable, sink: this.#context.sink }; }

  get variant(): Variant { return this.#engines.selection.variant; }

  get info(): ServiceInfo {
    const { variant, reason, rejected } = this.#engines.selection;
    const { threads = threadsOf(variant), threadsNote } = this.#state.engine ?? {};
    return {
      service: 'vector', variant, loaded: this.#engines.loaded, host: 'inline', threads,
      reason: threadsNote === undefined ? reason : `${reason}; ${threadsNote}`, rejected: [...rejected], ...degradedBy(this.#engines.degraded), ...(this.#index !== undefined && { index: this.#index }),
    };
  }

  memory(): VectorMemory {
    // Nothing may be asked of an instance that has trapped, and this is no call that could replace it.
    try { this.#memory = this.#state.memory(); } catch { /* the last figures stand */ }
    return this.#memory;
  }

  // ── how calls run ──

  async ready(): Promise<void> {
    await this.#steps(Call.plain, function* () { /* loading is all there is to do */ });
  }

  /** One call in steps: waits its turn, loads what is missing, is repeated on a fresh engine when the instance traps. */
  #steps<T>(call: Call, make: () => Steps<T>): MaybePromise<T> {
    return this.#queue.run(() => this.#drive(this.#guarded(call, make, 0), call), call);
  }

  #drive<T>(steps: Steps<T>, call: Call): MaybePromise<T> {
    return drive(steps, () => (this.#disposed ? disposed() : call.failure()));
  }

  /**
   * One call without steps: no generator and no promise while everything is in place.
   * @param beforeRetry runs before the answer is asked for in a later turn
   */
  #once<T>(call: Call, answer: () => T, beforeRetry?: () => void): MaybePromise<T> {
    return this.#queue.run(() => {
      const make = function* (): Steps<T> { return answer(); };
      if (!this.#isReady) return this.#drive(this.#guarded(call, make, 0), call);
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
    if (this.#lost) throw this.#lost;
    try {
      if (!this.#isReady) yield* this.#load(call);
      else if (traps > 0) this.#note();
      return yield* make();
    } catch (error) {
      if (!isPoisoned(error)) throw error;
      return yield* this.#afterTrap(error, call, make, traps);
    }
  }

  *#load(call: Call): Steps<void> {
    try {
      yield this.#engines.load(call, this.#life.signal);
      yield* this.#durable.open(this.#state);
    } catch (error) {
      throw this.#disposed ? disposed() : error;
    }
    this.#note();
  }

  /** What callers may ask for without a call. */
  #note(): void {
    const { collection, engine } = this.#state;
    this.#size = collection.size;
    this.#index = engine?.indexName;
    this.#pending = engine?.pending ?? 0;
  }

  *#afterTrap<T>(error: ServiceError, call: Call, make: () => Steps<T>, traps: number): Steps<T> {
    const undo = this.#undo;
    this.#undo = new Map();
    let again = true;
    try {
      again = yield* replaceEngine(this.#state, undo, error, traps, this.#context.sink);
    } catch (failure) {
      yield* this.#recoverFromStorage(failure as ServiceError);
      again = traps === 0 || !this.#engines.pinned;
    }
    // JavaScript does not trap. A pinned variant gets one more try, then the caller hears of it and the service goes on.
    if (!again) throw error;
    return yield* this.#guarded(call, make, traps + 1);
  }

  /** The last resort: everything acknowledged is in durable storage, where there is one; the next load reads it again. */
  *#recoverFromStorage(failure: ServiceError): Steps<void> {
    if (this.#config.storage === 'memory') {
      this.#lost = new ServiceError('INSTANCE_POISONED', `an instance trapped and its vectors could not be brought over (${failure.message}): make a new service and add the documents again, or use a durable storage`, { service: 'vector', cause: failure });
      throw this.#lost;
    }
    yield* forget(this.#home);
  }

  // ── writing ──

  add(documents: StagedDocuments, call: Call): MaybePromise<void> {
    return this.#steps(call, () => this.#addSteps(documents, call));
  }

  *#addSteps(documents: StagedDocuments, call: Call): Steps<void> {
    call.check();
    const { length } = documents.ids;
    if (length > 0) {
      yield* addSteps(this.#state, documents, call, {
        persist: (records) => this.#durable.persist(records),
        trapped: (undo) => { this.#undo = undo; },
      });
      yield* this.#changed();
    }
    call.progress(length, length);
  }

  updateMetadata(id: string, metadata: Metadata): MaybePromise<void> {
    return this.#steps(Call.plain, () => this.#updateMetadataSteps(id, metadata));
  }

  *#updateMetadataSteps(id: string, metadata: Metadata): Steps<void> {
    const { collection } = this.#state;
    const slot = collection.slotOf(id);
    if (slot === undefined) throw notFound(id);
    yield* this.#durable.persist(() => [{ type: 'metadata', slots: [slot], metadata: [metadata] }]);
    collection.setMetadata(slot, metadata);
  }

  remove(ids: string[]): MaybePromise<void> {
    return this.#removing(() => {
      const slots = new Set<number>();
      for (const id of ids) {
        const slot = this.#state.collection.slotOf(id);
        if (slot !== undefined) slots.add(slot);
      }
      return Uint32Array.from(slots).sort();
    }, () => undefined);
  }

  removeWhere(filter: FilterNode): MaybePromise<number> {
    return this.#removing(() => this.#matching(filter), (slots) => slots.length);
  }

  /** The same, with the ids that are gone. */
  removeWhereIds(filter: FilterNode): MaybePromise<string[]> {
    let ids: string[] = [];
    return this.#removing(() => {
      const slots = this.#matching(filter);
      ids = Array.from(slots, (slot) => this.#state.collection.idAt(slot)!);
      return slots;
    }, () => ids);
  }

  #matching(filter: FilterNode): Uint32Array {
    const { collection } = this.#state;
    const { words, count } = collection.filters.evaluate(filter, collection.slots);
    return slotsOf(words, count);
  }

  /** Repeated after a trap, it must not tell storage a second time, and answers what it found the first time. */
  #removing<T>(find: () => Uint32Array, answer: (slots: Uint32Array) => T): MaybePromise<T> {
    let done: { answer: T } | undefined;
    const core = this;
    return this.#steps(Call.plain, function* () {
      const slots = find();
      if (slots.length > 0) {
        if (!done) yield* core.#durable.persist(() => [{ type: 'remove', slots }]);
        done ??= { answer: answer(slots) };
        const { engine, collection, contents } = core.#state;
        engine?.remove(slots);
        for (const slot of slots) collection.delete(slot);
        contents.remove(slots);
        yield* core.#changed();
      }
      return done ? done.answer : answer(slots);
    });
  }

  /**
   * After a change: the size that callers see, and room given back when most of it is dead. The change has taken effect, so what
   * goes wrong here is not its error and must not have it made a second time.
   */
  *#changed(): Steps<void> {
    if (isMostlyDead(this.#state)) {
      try {
        yield* this.#guarded(Call.plain, () => compactSteps(this.#home), 0);
      } catch (error) {
        if (this.#lost) throw error;
        this.#context.sink.event({ type: 'error', service: 'vector', message: `vector: removed rows could not be compacted away, which is tried again after the next change: ${(error as Error).message}` });
      }
    }
    this.#note();
  }

  clear(): MaybePromise<void> {
    const core = this;
    return this.#steps(Call.plain, function* () {
      yield* core.#durable.persist(() => [{ type: 'clear' }]);
      core.#state.clear();
      core.#note();
    });
  }

  compact(): MaybePromise<void> {
    const core = this;
    return this.#steps(Call.plain, function* () {
      yield* compactSteps(core.#home);
      core.#note();
    });
  }

  // ── reading ──

  search(query: Float32Array, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> {
    if (isPlain(request)) return this.#once(call, () => search(this.#state, query, request), () => { query = query.slice(); });
    const copy = query.slice();
    return this.#steps(call, () => searchSteps(this.#state, copy, request));
  }

  searchBatch(queries: Float32Array, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[][]> {
    return this.#steps(call, () => batchSteps(this.#state, queries, request));
  }

  searchText(query: string, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> {
    return this.#steps(call, () => textSteps(this.#state, query, request));
  }

  findSimilar(id: string, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> {
    return this.#steps(call, () => similarSteps(this.#state, id, request));
  }

  get(id: string): MaybePromise<VectorDocument | undefined> {
    return this.#once(Call.plain, () => {
      const { collection, engine } = this.#state;
      const slot = collection.slotOf(id);
      return slot === undefined ? undefined : documentAt(collection, engine, slot);
    });
  }

  list(request: ListRequest, call: Call): MaybePromise<VectorDocument[]> {
    return this.#steps(call, () => listSteps(this.#state, request));
  }

  count(filter: FilterNode | undefined): MaybePromise<number> {
    return this.#once(Call.plain, () => {
      const { collection } = this.#state;
      return filter ? collection.filters.evaluate(filter, collection.slots).count : collection.size;
    });
  }

  selfCheck(): MaybePromise<void> {
    return this.#once(Call.plain, () => selfCheck(this.#state));
  }

  // ── files ──

  save(): MaybePromise<Uint8Array> {
    return this.#steps(Call.plain, () => saveSteps(this.#state));
  }

  load(bytes: Uint8Array): MaybePromise<void> {
    const core = this;
    return this.#steps(Call.plain, function* () {
      const loaded = yield* loadSteps(new State(core.#config, core.#engines), bytes);
      try {
        yield* core.#durable.checkpoint(loaded);
      } catch (error) {
        loaded.clear();
        throw error;
      }
      core.#state.clear();
      core.#state = loaded;
      core.#note();
    });
  }

  // ── in the background, at the end ──

  #hasBackgroundWork(): boolean {
    return !this.#disposed && this.#isReady && isUpkeepDue(this.#home, this.#pending, this.#index);
  }

  *#backgroundSteps(): Steps<void> {
    yield* upkeepSteps(this.#home, this.#pending, this.#index);
    this.#note();
    this.onBackground();
  }

  // ── asleep: another tab may have the storage ──

  suspend(): Promise<void> {
    return this.#config.storage === 'memory' || this.#disposed ? Promise.resolve() : this.#sleep.begin();
  }

  async resume(): Promise<void> {
    if (!this.#sleep.end()) return;
    try {
      await this.ready();
    } catch (error) {
      const { message, code } = error as ServiceError;
      if (!this.#disposed) this.#context.sink.event({ type: 'error', service: 'vector', message: `vector: its storage could not be opened again, the next call tries anew: ${message}`, data: { code } });
    }
  }

  dispose(): Promise<void> {
    return this.#disposed ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    const settled = this.#queue.close(disposed());
    this.#life.abort();
    this.#sleep.end();
    await settled;
    await this.#durable.close();
    this.#state.clear();
    this.#size = 0;
  }
}
