/**
 * A backend whose code is fetched by the first call: the proxy (worker-proxy.ts) where the database lives in a worker, else the core and all below it
 * (core.ts), which a page with a worker never needs.
 */
import { Deferred } from '../../calls/deferred.js';
import type { ServiceContext } from '../../context.js';
import { fetchCode } from '../../loader/code.js';
import { planVariant } from '../../loader/plan.js';
import { SQLITE } from '../../loader/sqlite.gen.js';
import type { Place } from '../../loader/request.js';
import type { ServiceInfo, Variant } from '../../types.js';
import type { BatchRequest, QueryRequest, Scope, SqlBackend, Take } from './backend.js';
import { Call } from './call.js';
import type { ResolvedConfig } from './config.js';
import type { Notice } from './connection.js';
import type { SqlCore } from './core.js';
import type { RowSet } from './engine.js';
import { disposed } from './errors.js';
import { loadRequest } from './load-request.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { OptimizationResult, QueryAnalysis, QueryPlan, RunResult, SQLAggregate, SQLFunction, SQLParams, SQLValue } from './types.js';

type Make = (config: ResolvedConfig, context: ServiceContext) => SqlBackend;

const fetchProxy = async (): Promise<Make> => {
  const { SqliteWorkerProxy } = await fetchCode('what speaks with its worker', 'sqlite', () => import('./worker-proxy.js'));
  return (config, context) => new SqliteWorkerProxy(config, context);
};
const fetchCore = async (): Promise<Make> => {
  const { SqlCore } = await fetchCode('what runs a database in this thread', 'sqlite', () => import('./core.js'));
  return (config, context) => new SqlCore(config, context);
};

export class DeferredSql implements SqlBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #place: Place;
  readonly #backend: Deferred<Make, SqlBackend>;
  /** The page slept before there was anything to let go. */
  #asleep = false;
  onNotice: (notice: Notice) => void = () => undefined;

  constructor(config: ResolvedConfig, context: ServiceContext, place: Place) {
    this.#config = config;
    this.#context = context;
    this.#place = place;
    this.#backend = new Deferred('sqlite', place === 'worker' ? fetchProxy : fetchCore, (make) => {
      const backend = make(config, context);
      backend.onNotice = (notice) => this.onNotice(notice);
      if (this.#asleep) backend.suspend().catch(() => undefined); // it holds nothing
      return backend;
    });
  }

  get info(): ServiceInfo {
    if (this.#backend.now) return this.#backend.now.info;
    const { variant, reason, rejected } = planVariant(SQLITE, loadRequest(this.#config, this.#context));
    return { service: 'sqlite', variant, loaded: false, host: this.#place, threads: 1, reason, rejected };
  }

  get variant(): Variant { return this.#backend.now?.variant ?? this.info.variant; }
  get immediate(): boolean { return this.#backend.open && this.#backend.now!.immediate; }
  get waiting(): number { return this.#backend.now?.waiting ?? this.#backend.waiting; }
  get inline(): boolean { return this.#place === 'inline'; }
  get here(): SqlCore | undefined { return this.#backend.now?.here; }
  memoryBytes(): number { return this.#backend.now?.memoryBytes() ?? 0; }

  async ready(): Promise<void> { await this.#backend.run((backend) => backend.ready(), Call.plain); }

  query<T>(scope: Scope, request: QueryRequest, call: Call, take: Take<T>): MaybePromise<T> { return this.#backend.run((backend) => backend.query(scope, request, call, take), call); }

  batch<T>(scope: Scope, request: BatchRequest, call: Call, take: Take<T>, failed: (error: Error, place: number) => T): MaybePromise<T[]> {
    return this.#backend.run((backend) => backend.batch(scope, request, call, take, failed), call);
  }

  many(scope: Scope, sql: string, rows: SQLValue[][], transaction: boolean, call: Call): MaybePromise<number> { return this.#backend.run((backend) => backend.many(scope, sql, rows, transaction, call), call); }
  run(scope: Scope, sql: string, params: SQLParams | undefined, call: Call): MaybePromise<RunResult> { return this.#backend.run((backend) => backend.run(scope, sql, params, call), call); }

  get(scope: Scope, sql: string, params: SQLParams | undefined, bigint: boolean, call: Call): MaybePromise<Record<string, SQLValue> | undefined> {
    return this.#backend.run((backend) => backend.get(scope, sql, params, bigint, call), call);
  }

  exec(scope: Scope, sql: string, call: Call): MaybePromise<void> { return this.#backend.run((backend) => backend.exec(scope, sql, call), call); }
  prepare(sql: string): MaybePromise<void> { return this.#backend.run((backend) => backend.prepare(sql), Call.plain); }

  open(sql: string, params: SQLParams | undefined, call: Call): MaybePromise<number> { return this.#backend.run((backend) => backend.open(sql, params, call), call); }
  next<T>(cursor: number, rows: number, call: Call, take: (rows: RowSet) => T): MaybePromise<T | undefined> { return this.#backend.run((backend) => backend.next(cursor, rows, call, take), call); }
  close(cursor: number): MaybePromise<void> { return this.#backend.now?.close(cursor); }

  begin(scope: Scope, call: Call): MaybePromise<Scope> { return this.#backend.run((backend) => backend.begin(scope, call), call); }
  end(scope: Scope, commit: boolean): MaybePromise<void> { return this.#backend.run((backend) => backend.end(scope, commit), Call.plain); }

  createFunction(name: string, fn: SQLFunction, options: { deterministic: boolean; arity: number }): MaybePromise<void> { return this.#backend.run((backend) => backend.createFunction(name, fn, options), Call.plain); }
  createAggregate(name: string, aggregate: SQLAggregate<unknown>): MaybePromise<void> { return this.#backend.run((backend) => backend.createAggregate(name, aggregate), Call.plain); }
  startSession(tables: string[] | undefined): MaybePromise<void> { return this.#backend.run((backend) => backend.startSession(tables), Call.plain); }
  endSession(): MaybePromise<Uint8Array> { return this.#backend.run((backend) => backend.endSession(), Call.plain); }
  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): MaybePromise<void> { return this.#backend.run((backend) => backend.applyChangeset(bytes, onConflict), Call.plain); }

  plan(sql: string, params: SQLParams | undefined): MaybePromise<QueryPlan[]> { return this.#backend.run((backend) => backend.plan(sql, params), Call.plain); }
  analyze(sql: string, params: SQLParams | undefined): MaybePromise<QueryAnalysis> { return this.#backend.run((backend) => backend.analyze(sql, params), Call.plain); }
  optimize(): MaybePromise<OptimizationResult> { return this.#backend.run((backend) => backend.optimize(), Call.plain); }
  serialize(): MaybePromise<Uint8Array> { return this.#backend.run((backend) => backend.serialize(), Call.plain); }
  deserialize(bytes: Uint8Array): MaybePromise<void> { return this.#backend.run((backend) => backend.deserialize(bytes), Call.plain); }
  watch(commits: boolean, changes: boolean): MaybePromise<void> { return this.#backend.run((backend) => backend.watch(commits, changes), Call.plain); }
  selfCheck(): MaybePromise<void> { return this.#backend.run((backend) => backend.selfCheck(), Call.plain); }

  async suspend(): Promise<void> {
    this.#asleep = true;
    await this.#backend.now?.suspend();
  }

  async resume(): Promise<void> {
    this.#asleep = false;
    await this.#backend.now?.resume();
  }

  async dispose(): Promise<void> { await this.#backend.end(disposed())?.dispose(); }
}
