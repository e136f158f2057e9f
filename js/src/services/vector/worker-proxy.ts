/**
 * The page's side of a vector search that runs in a worker: the same backend, every request a message. It starts the worker on the
 * first call, replaces one that died and brings its documents back, and falls back to this thread when workers keep dying.
 */
import { Call } from '../../calls/call.js';
import { QUEUE_LIMIT } from '../../calls/limits.js';
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { fetchCode } from '../../loader/code.js';
import { isPinned, loadBest, pinOf, planVariant } from '../../loader/index.js';
import { VECTOR } from '../../loader/vector.gen.js';
import { degradedBy, NO_CALL, Supervisor } from '../../supervise/supervisor.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { WorkerClient, type CallOptions } from '../../worker/client.js';
import type { ArgsOf, ResultOf } from '../../worker/protocol.js';
import { VECTOR_WORKER } from '../../worker/scripts/vector.js';
import { giveBack } from '../../worker/budget.js';
import { threadsOf } from '../../worker/thread-count.js';
import { NO_MEMORY, type ListRequest, type SearchRequest, type StagedDocuments, type VectorBackend } from './backend.js';
import type { ResolvedConfig } from './config.js';
import type { VectorCore } from './core.js';
import { loadRequest } from './load-request.js';
import { disposed } from './errors.js';
import type { FilterNode } from './filters/index.js';
import { RecoveryCopy, type Replay } from './recovery-copy.js';
import type { Metadata, VectorDocument, VectorMemory, VectorSearchResult } from './types.js';
import type { VectorMethods, VectorWorkerConfig, VectorWorkerState } from './worker-methods.js';

type Method = Exclude<keyof VectorMethods, 'suspend' | 'resume'>;
type Kind = 'read' | 'write';

/** How long a cancelled write may take to say whether it was done before the cancellation reached it. */
const CONFIRM_CANCEL_MS = 5000;

export class VectorWorkerProxy implements VectorBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  /** Undefined with a durable storage, which is its own copy. */
  readonly #copy: RecoveryCopy | undefined;
  readonly #life = new AbortController();
  #client: WorkerClient<VectorMethods> | undefined;
  /** Answers in this thread while workers can not. */
  #inline: VectorCore | undefined;
  /** The client of a start that is under way. */
  #starter: WorkerClient<VectorMethods> | undefined;
  #inlineWhy = '';
  #starting: Promise<void> | undefined;
  #waiting = 0;
  readonly #supervisor: Supervisor;
  #deaths = 0;
  #known: VectorWorkerState | undefined;
  #disposal: Promise<void> | undefined;
  /** While the page sleeps: no worker is started, and one that runs has let its storage go. */
  #asleep: { until: Promise<void>; wake(): void } | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext) {
    this.#config = config;
    this.#context = context;
    // Threads need a worker, so a pin on them leaves no other place.
    this.#supervisor = new Supervisor({ service: 'vector', sink: context.sink, rungs: () => (pinOf(config, context) === 'simd-threads' ? ['worker'] : ['worker', 'calling thread']) });
    this.#copy = config.storage === 'memory' ? new RecoveryCopy() : undefined;
  }

  get size(): number { return this.#disposal ? 0 : this.#inline?.size ?? this.#known?.size ?? 0; }
  get dimensions(): number | undefined { return this.#inline ? this.#inline.dimensions : this.#known?.dimensions ?? this.#config.dimensions; }
  /** A query is copied into its message before the call returns. */
  readonly immediate = true;

  get variant(): Variant { return this.#inline?.variant ?? this.#known?.info.variant ?? this.info.variant; }

  get info(): ServiceInfo {
    if (this.#inline) {
      const { reason, ...info } = this.#inline.info;
      return { ...info, reason: `${reason}; on the calling thread: ${this.#inlineWhy}`, ...degradedBy(this.#supervisor.degraded ?? info.degraded) };
    }
    if (this.#known) return { ...this.#known.info, host: 'worker' };
    const { variant, reason, rejected } = planVariant(VECTOR, loadRequest(this.#config, this.#context, 'worker'));
    return { service: 'vector', variant, loaded: false, host: 'worker', threads: threadsOf(variant), reason, rejected };
  }

  memory(): VectorMemory {
    const inside = this.#inline?.memory() ?? this.#known?.memory ?? NO_MEMORY;
    const recoveryCopy = this.#copy?.memoryBytes() ?? 0;
    return { ...inside, total: inside.total + recoveryCopy, recoveryCopy };
  }

  // ── the calls ──

  async ready(): Promise<void> { await this.#call('read', 'ready', [], Call.plain); }

  add(documents: StagedDocuments, call: Call): Promise<void> {
    return this.#call('write', 'add', [documents], call, () => this.#copy?.add(documents));
  }

  search(query: Float32Array, request: SearchRequest, call: Call): Promise<VectorSearchResult[]> {
    // A view would drag its whole buffer along.
    return this.#call('read', 'search', [query.slice(), request], call);
  }

  searchBatch(queries: Float32Array, request: SearchRequest, call: Call): Promise<VectorSearchResult[][]> {
    return this.#call('read', 'searchBatch', [queries, request], call);
  }

  searchText(query: string, request: SearchRequest, call: Call): Promise<VectorSearchResult[]> {
    return this.#call('read', 'searchText', [query, request], call);
  }

  findSimilar(id: string, request: SearchRequest, call: Call): Promise<VectorSearchResult[]> {
    return this.#call('read', 'findSimilar', [id, request], call);
  }

  get(id: string): Promise<VectorDocument | undefined> { return this.#call('read', 'get', [id], Call.plain); }
  list(request: ListRequest, call: Call): Promise<VectorDocument[]> { return this.#call('read', 'list', [request], call); }
  count(filter: FilterNode | undefined): Promise<number> { return this.#call('read', 'count', [filter], Call.plain); }

  updateMetadata(id: string, metadata: Metadata): Promise<void> {
    return this.#call('write', 'updateMetadata', [id, metadata], Call.plain, () => this.#copy?.updateMetadata(id, metadata));
  }

  remove(ids: string[]): Promise<void> {
    return this.#call('write', 'remove', [ids], Call.plain, () => this.#copy?.remove(ids));
  }

  async removeWhere(filter: FilterNode): Promise<number> {
    const ids = await this.#call('write', 'removeWhere', [filter], Call.plain, (removed) => this.#copy?.remove(removed));
    return ids.length;
  }

  clear(): Promise<void> { return this.#call('write', 'clear', [], Call.plain, () => this.#copy?.clear()); }
  compact(): Promise<void> { return this.#call('write', 'compact', [], Call.plain); }
  save(): Promise<Uint8Array> { return this.#call('read', 'save', [], Call.plain); }

  load(bytes: Uint8Array): Promise<void> {
    return this.#call('write', 'load', [bytes], Call.plain, () => this.#copy?.load(bytes));
  }

  selfCheck(): Promise<void> { return this.#call('read', 'selfCheck', [], Call.plain); }

  // ── how they run ──

  /**
   * One message and its answer. A read whose worker dies is asked once more of the next one; a write is WORKER_LOST.
   * @param acknowledged runs before the caller hears of it: the recovery copy learns what it must bring back
   */
  async #call<K extends Method>(kind: Kind, method: K, args: ArgsOf<VectorMethods[K]>, call: Call, acknowledged?: (result: ResultOf<VectorMethods[K]>) => void): Promise<ResultOf<VectorMethods[K]>> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (!this.#isUp) await this.#untilUp(call);
        const result = await this.#send(kind, method, args, call);
        acknowledged?.(result);
        return result;
      } catch (error) {
        if (this.#disposal) throw disposed();
        if (kind === 'write' || attempt > 0 || !(error instanceof ServiceError && error.code === 'WORKER_LOST')) throw error;
      }
    }
  }

  get #isUp(): boolean {
    return this.#waiting === 0 && this.#starting === undefined && (this.#client !== undefined || (this.#inline !== undefined && !this.#supervisor.probeDue));
  }

  /** Calls that wait go on in the order in which they came. */
  async #untilUp(call: Call): Promise<void> {
    if (this.#disposal) throw disposed();
    if (this.#waiting >= QUEUE_LIMIT) throw new ServiceError('QUEUE_FULL', `${QUEUE_LIMIT} calls are waiting for the worker to start: await some of them before making more`, { service: 'vector' });
    this.#waiting++;
    try {
      this.#starting ??= this.#start().finally(() => { this.#starting = undefined; });
      await call.race(this.#starting);
    } finally {
      this.#waiting--;
    }
    if (this.#disposal) throw disposed();
    call.check();
  }

  #send<K extends Method>(kind: Kind, method: K, args: ArgsOf<VectorMethods[K]>, call: Call): Promise<ResultOf<VectorMethods[K]>> {
    if (this.#inline) return callInline(this.#inline, method, args, call);
    const options: CallOptions = {
      signal: call.signal, timeoutMs: call.remainingMs,
      onProgress: call.reportsProgress ? (done, total) => call.progress(done, total) : undefined,
      ...(kind === 'write' && { confirmCancelMs: CONFIRM_CANCEL_MS }),
    };
    return this.#client!.call(method, args, options);
  }

  // ── starting, dying, falling back ──

  async #start(): Promise<void> {
    for (;;) {
      await this.#asleep?.until;
      try {
        if (this.#disposal) throw disposed();
        return await this.#startWorker();
      } catch (error) {
        if (this.#disposal) throw disposed();
        const code = error instanceof ServiceError ? error.code : undefined;
        if (code !== 'WORKER_START' && code !== 'WORKER_LOST') throw error;
        if (this.#inline) { this.#supervisor.probed(false); return; }
        if (code === 'WORKER_START') {
          this.#supervisor.fault('start', NO_CALL);
          return this.#runInline(error as ServiceError);
        }
        if (!this.#mayRestart()) return this.#runInline(this.#diedTooOften(error as ServiceError));
      }
    }
  }

  async #startWorker(): Promise<void> {
    const { embed: _embed, wasm: _wasm, ...config } = this.#config;
    const replacement = this.#deaths > 0;
    const client: WorkerClient<VectorMethods> = new WorkerClient<VectorMethods>({
      service: 'vector', maxInFlight: QUEUE_LIMIT,
      start: () => (this.#context.worker ? host.adoptWorker(this.#context.worker()) : host.startWorker(VECTOR_WORKER)),
      onState: (state) => { this.#known = state as VectorWorkerState; },
      onEvent: (event) => this.#context.sink.event(event),
      onLost: (error) => this.#onLost(client, error),
    });
    this.#starter = client;
    try {
      // Both at once: a page fetches and compiles while the thread fetches its script.
      const told = loadBest(VECTOR, { ...loadRequest(this.#config, this.#context, 'worker'), signal: this.#life.signal, prove: false }).then(({ loaded, ...selection }) => (
        { config, selection, pinned: isPinned(this.#config, this.#context, selection.variant), replacement, budget: this.#context.budget, ...(loaded && { module: loaded.module }) } satisfies VectorWorkerConfig));
      const started = client.start(told);
      started.catch(() => undefined); // heard below, unless packing fails
      const replay = this.#copy?.replay(); // while the thread starts
      await started;
      if (replay) await sendReplay(replay, (method, args, transfer) => client.call(method, args, { transfer }));
    } catch (error) {
      client.terminate();
      throw error;
    } finally {
      this.#starter = undefined;
    }
    const before = this.#inline;
    this.#client = client;
    this.#inline = undefined;
    if (before) this.#supervisor.probed(true);
    if (this.#asleep) client.call('suspend', []).catch(() => undefined); // before any call: it holds nothing
    await before?.dispose();
    if (replacement || before) {
      this.#context.sink.event({ type: 'restart', service: 'vector', message: `vector: a new worker answers, with all ${this.size} documents`, data: { deaths: this.#deaths } });
    }
  }

  #onLost(client: WorkerClient<VectorMethods>, error: ServiceError): void {
    giveBack(this.#context.budget, 'vector');
    this.#deaths++;
    this.#supervisor.fault('worker-lost', NO_CALL);
    this.#context.sink.event({ type: 'error', service: 'vector', message: `vector: ${error.message}`, data: { code: error.code } });
    if (this.#client !== client) return; // its start hears of it
    this.#client = undefined;
    if (this.#mayRestart()) return; // by the next call
    this.#starting = this.#runInline(this.#diedTooOften(error)).finally(() => { this.#starting = undefined; });
    this.#starting.catch(() => { /* heard by the calls that wait for it */ });
  }

  #mayRestart(): boolean { return this.#supervisor.rung === 0 && !this.#supervisor.exhausted; }

  #diedTooOften(cause: ServiceError): ServiceError {
    return new ServiceError('WORKER_LOST', 'its worker died more than three times within a minute', { service: 'vector', cause });
  }

  /** This thread takes over: one event, one line on the console. Threads need a worker, so a pin on them is kept by an error. */
  async #runInline(why: ServiceError): Promise<void> {
    if (pinOf(this.#config, this.#context) === 'simd-threads') throw why;
    const crashed = why.code === 'WORKER_LOST' && !isPinned(this.#config, this.#context, this.variant);
    const { VectorCore } = await fetchCode('what runs a collection in this thread', 'vector', () => import('./core.js'));
    if (this.#disposal) throw disposed();
    const core = new VectorCore({ ...this.#config, embed: undefined, ...(crashed && { implementation: 'js' as const }) }, this.#context, undefined, why.code === 'WORKER_LOST');
    await core.ready();
    if (this.#copy) await sendReplay(this.#copy.replay(), (method, args) => callInline(core, method, args, Call.plain));
    if (this.#disposal) { await core.dispose(); throw disposed(); }
    this.#inline = core;
    this.#inlineWhy = why.message;
    if (this.#asleep) core.suspend().catch(() => undefined);
    this.#supervisor.announce(`runs on the calling thread (${core.variant}), ${why.message}`, why.message, { code: why.code, variant: core.variant });
  }

  // ── asleep with the page ──

  /** Only what is known to run is told: the page may be frozen any moment, and the worker does the rest by itself. */
  async suspend(): Promise<void> {
    if (this.#config.storage === 'memory' || this.#disposal || this.#asleep) return;
    let wake = (): void => undefined;
    const until = new Promise<void>((resolve) => { wake = resolve; });
    this.#asleep = { until, wake };
    if (this.#inline) await this.#inline.suspend();
    else await this.#client?.call('suspend', []);
  }

  async resume(): Promise<void> {
    const asleep = this.#asleep;
    if (!asleep) return;
    this.#asleep = undefined;
    asleep.wake();
    if (this.#inline) await this.#inline.resume();
    else await this.#client?.call('resume', []);
  }

  dispose(): Promise<void> {
    return this.#disposal ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    this.#life.abort(disposed());
    this.#asleep?.wake();
    const starting = this.#starting;
    const client = this.#client;
    this.#starter?.terminate();
    this.#client = undefined;
    await client?.dispose();
    giveBack(this.#context.budget, 'vector');
    await starting?.catch(() => undefined);
    await this.#inline?.dispose();
    this.#copy?.clear();
  }
}

/** Tells a fresh worker, or core, what the copy holds. Its arrays are copies of their own, so they may move. */
async function sendReplay({ load, remove, metadata, add }: Replay, send: <K extends Method>(method: K, args: ArgsOf<VectorMethods[K]>, transfer: Transferable[]) => Promise<unknown>): Promise<void> {
  if (load) await send('load', [load], [load.buffer as ArrayBuffer]);
  if (remove.length > 0) await send('remove', [remove], []);
  for (const [id, data] of metadata) await send('updateMetadata', [id, data], []);
  if (add) await send('add', [add], (add.rows?.chunks ?? []).map(({ buffer }) => buffer as ArrayBuffer));
}

/** The same request to a core in this thread. */
async function callInline<K extends Method>(core: VectorCore, method: K, args: ArgsOf<VectorMethods[K]>, call: Call): Promise<ResultOf<VectorMethods[K]>> {
  const run = (method === 'removeWhere' ? core.removeWhereIds : core[method as Exclude<Method, 'removeWhere'>]) as unknown as (...rest: unknown[]) => unknown;
  return await run.call(core, ...args as unknown[], call) as ResultOf<VectorMethods[K]>;
}
