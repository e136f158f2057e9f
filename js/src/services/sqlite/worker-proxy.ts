/**
 * The page's side of a database that runs in a worker: the same backend, every request a message. It starts the worker on the first call,
 * replaces one that died where the storage keeps the database, and falls back to this thread when no worker can be had.
 */
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { deserializeError } from '../../worker/errors.js';
import { host } from '../../host/index.js';
import { fetchCode } from '../../loader/code.js';
import { loadBest, planVariant } from '../../loader/index.js';
import { SQLITE } from '../../loader/sqlite.gen.js';
import { degradedBy, NO_CALL, Supervisor } from '../../supervise/supervisor.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { WorkerClient, type CallOptions } from '../../worker/client.js';
import type { ArgsOf, ResultOf } from '../../worker/protocol.js';
import { SQLITE_WORKER } from '../../worker/scripts/sqlite.js';
import { DATABASE, type BatchRequest, type QueryRequest, type Scope, type SqlBackend, type Take } from './backend.js';
import { Call } from './call.js';
import type { ResolvedConfig } from './config.js';
import type { Notice } from './connection.js';
import type { SqlCore } from './core.js';
import type { RowSet } from './engine.js';
import { disposed, sqliteServiceError, unsupported } from './errors.js';
import { isPinned, loadRequest } from './load-request.js';
import { Mirror, MIRROR_LIMIT, type MirrorNews } from './mirror.js';
import { QUEUE_LIMIT } from '../../calls/limits.js';
import { surelyReads } from './statements.js';
import type { OptimizationResult, QueryAnalysis, QueryPlan, RunResult, SQLFunction, SQLParams, SQLValue } from './types.js';
import { unpackRows } from './rows/packed.js';
import { CANCEL_SLOTS, type CallMessage, type SqliteMethods, type SqliteNews, type SqliteWorkerConfig } from './worker-methods.js';

type Kind = 'read' | 'write';

/** How long a cancelled write may take to say whether it was done before the cancellation reached it. */
const CONFIRM_CANCEL_MS = 5000;

/** Numbers of one worker are below it. */
const GENERATION = 2 ** 32;

type ModuleFunction = Exclude<SQLFunction, (...args: never[]) => unknown>;

export class SqliteWorkerProxy implements SqlBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #life = new AbortController();
  #client: WorkerClient<SqliteMethods> | undefined;
  #starter: WorkerClient<SqliteMethods> | undefined;
  #starting: Promise<void> | undefined;
  /** Answers in this thread where no worker can be had. */
  #inline: SqlCore | undefined;
  #inlineWhy = '';
  #waiting = 0;
  readonly #supervisor: Supervisor;
  #deaths = 0;
  /** A database in memory went with its worker. */
  #lost: ServiceError | undefined;
  /** The copy of a database in memory. */
  readonly #mirror: Mirror | undefined;
  /** Which worker: transactions and cursors belong to one. */
  #generation = 0;
  #known: Extract<SqliteNews, { kind: 'state' }> | undefined;
  #cancelled: Int32Array | undefined;
  #token = 0;
  /** To be made again in a new worker. */
  readonly #functions = new Map<string, { fn: ModuleFunction; options: { deterministic: boolean; arity: number } }>();
  #watching = { commits: false, changes: false };
  #disposal: Promise<void> | undefined;
  onNotice: (notice: Notice) => void = () => undefined;

  constructor(config: ResolvedConfig, context: ServiceContext) {
    this.#config = config;
    this.#context = context;
    // OPFS has no other place than a worker.
    this.#supervisor = new Supervisor({ service: 'sqlite', sink: context.sink, rungs: () => (config.storage === 'opfs' ? ['worker'] : ['worker', 'calling thread']) });
    this.#mirror = config.storage === 'memory' ? new Mirror() : undefined;
  }

  /** Arguments are copied into their message before a call returns, but only once the worker runs. */
  readonly immediate = false;
  readonly inline = false;
  readonly here = undefined;
  get waiting(): number { return this.#waiting; }
  get variant(): Variant { return this.info.variant; }
  /** The core that answers in this thread, where no worker can be had. */
  get fallback(): SqlCore | undefined { return this.#inline; }

  get info(): ServiceInfo {
    if (this.#inline) {
      const { reason, ...info } = this.#inline.info;
      return { ...info, reason: `${reason}; on the calling thread: ${this.#inlineWhy}`, ...degradedBy(this.#supervisor.degraded ?? info.degraded) };
    }
    if (this.#known) return { ...this.#known.info, host: 'worker' };
    const { variant, reason, rejected } = planVariant(SQLITE, loadRequest(this.#config, this.#context));
    return { service: 'sqlite', variant, loaded: false, host: 'worker', threads: 1, reason, rejected };
  }

  memoryBytes(): number { return (this.#inline?.memoryBytes() ?? this.#known?.memoryBytes ?? 0) + (this.#mirror?.memoryBytes ?? 0); }

  // ── the calls ──

  async ready(): Promise<void> { await this.#call('read', 'ready', [], Call.plain); }

  async query<T>(scope: Scope, request: QueryRequest, call: Call, take: Take<T>): Promise<T> {
    const answer = await this.#call(kindOfCall(scope, request.sql), 'query', [this.#inside(scope), request, this.#message(call)], call);
    return take({ ...answer, rows: unpackRows(answer.rows) }, 0);
  }

  async batch<T>(scope: Scope, request: BatchRequest, call: Call, take: Take<T>, failed: (error: Error, place: number) => T): Promise<T[]> {
    const outcomes = await this.#call('write', 'batch', [this.#inside(scope), request, this.#message(call)], call);
    return outcomes.map((outcome, place) => ('error' in outcome ? failed(deserializeError(outcome.error), place) : take({ ...outcome.answer, rows: unpackRows(outcome.answer.rows) }, place)));
  }

  async many(scope: Scope, sql: string, rows: SQLValue[][], transaction: boolean, call: Call): Promise<number> { return this.#call('write', 'many', [this.#inside(scope), sql, rows, transaction, this.#message(call)], call); }
  async run(scope: Scope, sql: string, params: SQLParams | undefined, call: Call): Promise<RunResult> { return this.#call('write', 'run', [this.#inside(scope), sql, params, this.#message(call)], call); }
  async get(scope: Scope, sql: string, params: SQLParams | undefined, bigint: boolean, call: Call): Promise<Record<string, SQLValue> | undefined> { return this.#call(kindOfCall(scope, sql), 'get', [this.#inside(scope), sql, params, bigint, this.#message(call)], call); }
  async exec(scope: Scope, sql: string, call: Call): Promise<void> { return this.#call('write', 'exec', [this.#inside(scope), sql, this.#message(call)], call); }
  prepare(sql: string): Promise<void> { return this.#call('read', 'prepare', [sql], Call.plain); }

  async open(sql: string, params: SQLParams | undefined, call: Call): Promise<number> { return this.#outside(await this.#call('read', 'open', [sql, params, this.#message(call)], call)); }

  async next<T>(cursor: number, rows: number, call: Call, take: (rows: RowSet) => T): Promise<T | undefined> {
    const packed = await this.#call('read', 'next', [this.#inside(cursor), rows, this.#message(call)], call);
    return packed && take(unpackRows(packed));
  }

  async close(cursor: number): Promise<void> {
    if (!this.#disposal && this.#isOurs(cursor)) await this.#call('write', 'close', [this.#inside(cursor)], Call.plain).catch(() => undefined); // its worker may be gone, and the cursor with it
  }

  async begin(scope: Scope, call: Call): Promise<Scope> { return this.#outside(await this.#call('write', 'begin', [this.#inside(scope), this.#message(call)], call)); }
  async end(scope: Scope, commit: boolean): Promise<void> { await this.#call('write', 'end', [this.#inside(scope), commit], Call.plain); }

  async createFunction(name: string, fn: SQLFunction, options: { deterministic: boolean; arity: number }): Promise<void> {
    await this.ready(); // where it runs is known then
    if (this.#inline) { await this.#inline.createFunction(name, fn, options); return; }
    if (typeof fn === 'function') throw unsupported("this database runs in a worker, where a function can not be sent: pass { module: new URL('./functions.js', import.meta.url), export: 'name' }, or take host: 'inline'");
    const plain: ModuleFunction = { module: host.resolveURL(String(fn.module)).href, export: fn.export };
    await this.#call('write', 'createFunction', [name, plain, options], Call.plain);
    this.#functions.set(name.toLowerCase(), { fn: plain, options });
  }

  async createAggregate(...args: Parameters<SqlCore['createAggregate']>): Promise<void> {
    await this.ready();
    if (!this.#inline) throw unsupported("this database runs in a worker, where functions can not be sent: take host: 'inline' for createAggregate");
    await this.#inline.createAggregate(...args);
  }

  startSession(tables: string[] | undefined): Promise<void> { return this.#call('write', 'startSession', [tables], Call.plain); }
  endSession(): Promise<Uint8Array> { return this.#call('write', 'endSession', [], Call.plain); }
  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): Promise<void> { return this.#call('write', 'applyChangeset', [bytes, onConflict], Call.plain); }
  plan(sql: string, params: SQLParams | undefined): Promise<QueryPlan[]> { return this.#call('read', 'plan', [sql, params], Call.plain); }
  analyze(sql: string, params: SQLParams | undefined): Promise<QueryAnalysis> { return this.#call('read', 'analyze', [sql, params], Call.plain); }
  optimize(): Promise<OptimizationResult> { return this.#call('write', 'optimize', [], Call.plain); }
  serialize(): Promise<Uint8Array> { return this.#call('read', 'serialize', [], Call.plain); }
  deserialize(bytes: Uint8Array): Promise<void> { return this.#call('write', 'deserialize', [bytes], Call.plain); }
  selfCheck(): Promise<void> { return this.#call('read', 'selfCheck', [], Call.plain); }

  async watch(commits: boolean, changes: boolean): Promise<void> {
    await this.#call('read', 'watch', [commits, changes], Call.plain);
    this.#watching = { commits, changes };
  }

  // ── transactions and cursors are their worker's ──

  #outside(id: number): number { return this.#generation * GENERATION + id; }
  #isOurs(id: number): boolean { return Math.floor(id / GENERATION) === this.#generation; }

  /** @throws WORKER_LOST of one that went with its worker: in the next worker its number may be another's */
  #inside(id: number): number {
    if (id === DATABASE) return id;
    if (!this.#isOurs(id)) throw this.#lost ?? sqliteServiceError('WORKER_LOST', 'the worker that this transaction or stream ran in has ended: what was not committed is undone, run it again');
    return id % GENERATION;
  }

  // ── how they run ──

  /** One message and its answer. A read whose worker dies is asked once more of the next one; a write is WORKER_LOST. */
  async #call<K extends keyof SqliteMethods>(kind: Kind, method: K, args: ArgsOf<SqliteMethods[K]>, call: Call): Promise<ResultOf<SqliteMethods[K]>> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (!this.#isUp) await this.#untilUp(call);
        return await this.#send(kind, method, args, call);
      } catch (error) {
        if (this.#disposal) throw disposed();
        // What waited for a database that is gone hears what is to be done about it.
        if (this.#lost && error instanceof ServiceError && error.code === 'WORKER_LOST') throw this.#lost;
        if (kind === 'write' || attempt > 0 || !(error instanceof ServiceError && error.code === 'WORKER_LOST')) throw error;
      }
    }
  }

  get #isUp(): boolean { return this.#waiting === 0 && this.#starting === undefined && (this.#client !== undefined || this.#inline !== undefined); }

  /** Calls that wait go on in the order in which they came. */
  async #untilUp(call: Call): Promise<void> {
    if (this.#disposal) throw disposed();
    if (this.#lost) throw this.#lost;
    if (this.#waiting >= QUEUE_LIMIT) throw sqliteServiceError('QUEUE_FULL', `${QUEUE_LIMIT} calls are waiting for the worker to start: await some of them before making more`);
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

  #message(call: Call): CallMessage {
    return { token: call.cancellable ? ++this.#token : 0, timeoutMs: call.remainingMs };
  }

  #send<K extends keyof SqliteMethods>(kind: Kind, method: K, args: ArgsOf<SqliteMethods[K]>, call: Call): Promise<ResultOf<SqliteMethods[K]>> {
    if (this.#inline) return sendInline(this.#inline, method, args, call);
    const options: CallOptions = {
      signal: call.signal, timeoutMs: call.remainingMs,
      onProgress: call.reportsProgress ? (done, total) => call.progress(done, total) : undefined,
      ...(kind === 'write' && { confirmCancelMs: CONFIRM_CANCEL_MS }),
    };
    const token = (args as unknown[]).map((arg) => (arg as CallMessage | undefined)?.token ?? 0).find((n) => n > 0);
    // The deadline went along with the call, and the worker names it by its own.
    const stop = token === undefined || !this.#cancelled ? undefined : call.onEnd(({ code }) => { if (code === 'ABORTED') Atomics.store(this.#cancelled!, token % CANCEL_SLOTS, token); });
    const answer = this.#client!.call(method, args, options);
    return stop ? answer.finally(stop) : answer;
  }

  // ── starting, dying, falling back ──

  async #start(): Promise<void> {
    for (;;) {
      if (this.#supervisor.exhausted) throw sqliteServiceError('WORKER_LOST', 'its worker died more than three times within a minute: what was committed is in the storage, and another worker is started when the minute is over; look for the cause');
      if (this.#supervisor.rung > 0) return this.#runInline('its worker died more than three times within a minute');
      try {
        if (this.#disposal) throw disposed();
        return await this.#startWorker();
      } catch (error) {
        if (this.#disposal) throw disposed();
        const code = error instanceof ServiceError ? error.code : undefined;
        if (code === 'WORKER_START') {
          this.#supervisor.fault('start', NO_CALL);
          return this.#runInline((error as ServiceError).message);
        }
        if (code !== 'WORKER_LOST' || this.#supervisor.exhausted) throw error;
      }
    }
  }

  async #startWorker(): Promise<void> {
    const { wasm: _wasm, sqljs, ...config } = this.#config;
    const { loaded, ...selection } = await loadBest(SQLITE, { ...loadRequest(this.#config, this.#context), signal: this.#life.signal, prove: false });
    if (this.#disposal) throw disposed();
    if (!loaded && typeof sqljs === 'function') return this.#runInline('`sqljs` is a function, which can not be sent to a worker: give a URL to keep the work off this thread');
    if (typeof SharedArrayBuffer === 'function') this.#cancelled = new Int32Array(new SharedArrayBuffer(4 * CANCEL_SLOTS));
    const client: WorkerClient<SqliteMethods> = new WorkerClient<SqliteMethods>({
      service: 'sqlite', maxInFlight: QUEUE_LIMIT,
      start: () => (this.#context.worker ? host.adoptWorker(this.#context.worker()) : host.startWorker(SQLITE_WORKER)),
      onState: (news) => this.#hear(news as SqliteNews),
      onEvent: (event) => this.#context.sink.event(event),
      onLost: (error) => this.#onLost(client, error),
    });
    this.#starter = client;
    try {
      const image = this.#mirror?.image();
      const source = sqljs === undefined ? undefined : host.resolveURL(String(sqljs)).href;
      const pinned = isPinned(this.#config, this.#context, selection.variant);
      await client.start({
        config: { ...config, sqljs: source }, selection, pinned, ...(loaded && { module: loaded.module }), ...(this.#cancelled && { cancelled: this.#cancelled }),
        ...(image && { initial: image }),
      } satisfies SqliteWorkerConfig, { transfer: image ? [image.buffer] : [] });
      for (const [name, { fn, options }] of this.#functions) await client.call('createFunction', [name, fn, options]);
      const { commits, changes } = this.#watching;
      if (commits || changes) await client.call('watch', [commits, changes]);
    } catch (error) {
      client.terminate();
      throw error;
    } finally {
      this.#starter = undefined;
    }
    this.#client = client;
    if (this.#deaths > 0) this.#context.sink.event({ type: 'restart', service: 'sqlite', message: 'sqlite: a new worker answers, with everything committed', data: { deaths: this.#deaths } });
  }

  #hear(news: SqliteNews): void {
    if (news.kind === 'state') this.#known = news;
    else if (news.kind === 'mirror') this.#heard(news);
    else this.onNotice(news.notice);
  }

  #onLost(client: WorkerClient<SqliteMethods>, error: ServiceError): void {
    this.#deaths++;
    this.#generation++;
    this.#supervisor.fault('worker-lost', NO_CALL);
    this.#context.sink.event({ type: 'error', service: 'sqlite', message: `sqlite: ${error.message}`, data: { code: error.code } });
    if (this.#client !== client) return; // its start hears of it
    this.#client = undefined;
    this.#known = undefined;
    if (this.#mirror?.off !== undefined) {
      // An empty database in its place would be a lie.
      this.#lost = sqliteServiceError('WORKER_LOST', `the worker ended, and with it the database, which was in its memory and not copied (${this.#mirror.off}): dispose() of this service and make a new one, which begins empty; for what must outlive a worker take storage 'opfs', 'indexeddb' or { file }, or keep serialize()'s bytes`, { cause: error });
    }
  }

  #heard(news: MirrorNews): void {
    this.#mirror?.hear(news);
    if (!('off' in news)) return;
    this.#context.sink.event({ type: 'memory-pressure', service: 'sqlite', message: `sqlite: the database in memory is no longer copied out of its worker (${news.off}): a worker that dies takes it along; take a durable storage for what must stay`, data: { limit: MIRROR_LIMIT } });
  }

  /** This thread takes over: one event, one line on the console. */
  async #runInline(why: string): Promise<void> {
    const { SqlCore } = await fetchCode('what runs a database in this thread', 'sqlite', () => import('./core.js'));
    if (this.#disposal) throw disposed();
    const core = new SqlCore(this.#config, this.#context, undefined, this.#mirror?.image());
    core.onNotice = (notice) => this.onNotice(notice);
    this.#inline = core;
    this.#inlineWhy = why;
    this.#generation++;
    for (const [name, { fn, options }] of this.#functions) void Promise.resolve(core.createFunction(name, fn, options)).catch(() => undefined);
    this.#supervisor.announce(`runs on the calling thread, ${why}`, why, { variant: core.variant });
  }

  async suspend(): Promise<void> {
    if (this.#config.storage === 'memory' || this.#disposal) return;
    if (this.#inline) await this.#inline.suspend(); else await this.#client?.call('suspend', []);
  }

  async resume(): Promise<void> {
    if (this.#inline) await this.#inline.resume(); else await this.#client?.call('resume', []);
  }

  dispose(): Promise<void> { return this.#disposal ??= this.#dispose(); }

  async #dispose(): Promise<void> {
    this.#life.abort(disposed());
    const starting = this.#starting;
    const client = this.#client;
    this.#starter?.terminate();
    this.#client = undefined;
    await client?.dispose();
    await starting?.catch(() => undefined);
    await this.#inline?.dispose();
  }
}

/** In a transaction nothing is repeated: it went with its worker. */
function kindOfCall(scope: Scope, sql: string): Kind {
  return scope === DATABASE && surelyReads(sql) ? 'read' : 'write';
}

/** The same request to a core in this thread, with its answers in the form of messages. */
async function sendInline<K extends keyof SqliteMethods>(core: SqlCore, method: K, args: ArgsOf<SqliteMethods[K]>, call: Call): Promise<ResultOf<SqliteMethods[K]>> {
  const pack = (rows: RowSet): unknown => rows.pack().message;
  const all = (args as unknown[]).map((arg) => (typeof (arg as CallMessage | undefined)?.token === 'number' ? call : arg));
  if (method === 'query') all.push(({ rows, ...rest }: { rows: RowSet }) => ({ ...rest, rows: pack(rows) }));
  if (method === 'batch') all.push(({ rows, ...rest }: { rows: RowSet }) => ({ answer: { ...rest, rows: pack(rows) } }), (error: Error) => ({ error: { code: (error as ServiceError).code, message: error.message, detail: (error as ServiceError).detail } }));
  if (method === 'next') all.push(pack);
  const run = core[method as keyof SqlCore] as unknown as (...rest: unknown[]) => unknown;
  return await run.call(core, ...all) as ResultOf<SqliteMethods[K]>;
}

