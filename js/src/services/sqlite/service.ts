/**
 * The public SQLite utilities. They check and copy what callers hand in before a call returns, report calls to the sink, and hand clean requests
 * to a backend: in this thread or in a worker.
 */
import { SILENT_SINK, type ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { watchPageLifecycle } from '../../host/storage/page-lifecycle.js';
import type { ServiceInfo, ServiceSink } from '../../types.js';
import { DATABASE, type Scope, type SqlBackend } from './backend.js';
import { Call } from './call.js';
import type { ResolvedConfig } from './config.js';
import { disposed, invalid, sqliteServiceError } from './errors.js';
import { Inside } from './inside.js';
import { migrate } from './migrate.js';
import { RemoteStatement, type Caller } from './prepared.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { batchOf, bytesOf, checkFunction, checkSql, flag, functionName, functionOptions, identifier, paramsOf, queryOf, rowsOfParams } from './requests.js';
import { failedResult, resultOf, rowsOf, shapeOf } from './results.js';
import { Subscriptions } from './subscriptions.js';
import type {
  BatchOptions, Change, OptimizationResult, PreparedStatement, QueryAnalysis, QueryBatch, QueryOptions, QueryPlan, QueryResult, SQLAggregate, SQLFunction,
  SQLiteTransaction, SQLiteWASMUtils, SQLParams, SQLValue, SyncSQLite,
} from './types.js';
import { Usage } from './usage.js';

/** Rows of a portion of `stream`. */
const CHUNK_ROWS = 1000;

export class SQLiteService implements SQLiteWASMUtils {
  readonly #backend: SqlBackend;
  /** Undefined when nobody listens: then no clock is read. */
  readonly #sink: ServiceSink | undefined;
  /** Of its cache and its slow queries, while somebody listens. */
  readonly usage: Usage;
  readonly #subscriptions: Subscriptions;
  readonly #inside = new Inside();
  readonly #unwatch: () => void;
  #disposal: Promise<void> | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext, backend: SqlBackend) {
    this.#backend = backend;
    this.usage = new Usage(backend);
    this.#sink = context.sink === SILENT_SINK ? undefined : context.sink;
    this.#subscriptions = new Subscriptions((error) => {
      if (!this.#disposal) context.sink.event({ type: 'error', service: 'sqlite', message: `sqlite: a live query or its listener failed: ${error.message}`, data: { code: (error as Partial<ServiceError>).code } });
    });
    backend.onNotice = (notice) => this.#subscriptions.notice(notice);
    // A page that sleeps keeps its locks; other tabs must be able to open the database meanwhile.
    const ignore = (): void => undefined; // what fails here, the next call meets again
    this.#unwatch = config.storage === 'memory' ? ignore : watchPageLifecycle({ hide: () => { backend.suspend().catch(ignore); }, show: () => { backend.resume().catch(ignore); } });
    // Not every host has the symbol.
    if (typeof Symbol.asyncDispose === 'symbol') Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.dispose(), configurable: true });
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;

  get info(): ServiceInfo { return this.#backend.info; }

  get sync(): SyncSQLite | undefined {
    const { here } = this.#backend;
    return here?.blocking && !host.isPage ? here.sync : undefined;
  }

  ready(): Promise<void> { return this.#call('ready', () => () => this.#backend.ready()); }

  // ── statements ──

  executeQuery<Row = Record<string, SQLValue>>(sql: string, params?: SQLParams, options?: QueryOptions): Promise<QueryResult<Row>> {
    return this.#query<Row>(DATABASE, sql, params, options);
  }

  #query<Row>(scope: Scope, sql: string, params: SQLParams | undefined, options: QueryOptions | undefined): Promise<QueryResult<Row>> {
    return this.#call('executeQuery', () => {
      const shape = shapeOf(options);
      const call = Call.from(options);
      const request = queryOf(sql, params, options, scope === DATABASE && this.#backend.immediate);
      if (this.#backend.inline) request.shape = shape;
      return () => this.#backend.query(scope, request, call, (answer) => {
        if (this.#sink) this.usage.note(request, answer);
        return resultOf<Row>(answer, shape);
      });
    }, scope, undefined, sql);
  }

  executeBatch(queries: QueryBatch[], options?: BatchOptions): Promise<QueryResult[]> {
    return this.#call('executeBatch', () => this.#batch(queries, options, flag('transaction', options, true)), DATABASE, queries?.length);
  }

  executeTransaction(queries: QueryBatch[]): Promise<QueryResult[]> {
    return this.#call('executeTransaction', () => this.#batch(queries, undefined, true), DATABASE, queries?.length);
  }

  #batch(queries: QueryBatch[], options: BatchOptions | undefined, transaction: boolean): () => MaybePromise<QueryResult[]> {
    const call = Call.from(options);
    const continueOnError = flag('continueOnError', options, false);
    if (transaction && continueOnError && options?.transaction === true) throw sqliteServiceError('INVALID_ARGUMENT', 'continueOnError is for batches without a transaction: pass transaction: false', { detail: { field: 'continueOnError' } });
    const { requests, options: each } = batchOf(queries);
    const shapes = each.map(shapeOf);
    const request = { queries: requests, transaction: transaction && !continueOnError, continueOnError };
    return () => this.#backend.batch(DATABASE, request, call, (answer, place) => resultOf<Record<string, SQLValue>>(answer, shapes[place]), failedResult);
  }

  executeMany(sql: string, rows: SQLValue[][], options?: BatchOptions): Promise<{ changes: number }> {
    return this.#many(DATABASE, sql, rows, options);
  }

  #many(scope: Scope, sql: string, rows: SQLValue[][], options: BatchOptions | undefined): Promise<{ changes: number }> {
    return this.#call('executeMany', () => {
      const call = Call.from(options);
      const transaction = flag('transaction', options, true);
      const text = checkSql(sql);
      const own = rowsOfParams(rows, scope === DATABASE && this.#backend.immediate);
      return () => then(this.#backend.many(scope, text, own, transaction, call), (changes) => ({ changes }));
    }, scope, rows?.length, sql);
  }

  prepare(sql: string): Promise<PreparedStatement> {
    return this.#call('prepare', () => {
      const text = checkSql(sql);
      const backend = this.#backend;
      const caller: Caller = (operation, prepare) => this.#call(operation, prepare);
      return () => then(backend.prepare(text), () => backend.here?.statement(caller, this.#sink === undefined, text) ?? new RemoteStatement(backend, caller, text));
    });
  }

  stream<Row = Record<string, SQLValue>>(sql: string, params?: SQLValue[], options?: QueryOptions & { chunkSize?: number }): AsyncIterable<Row[]> {
    const text = checkSql(sql);
    const shape = shapeOf(options);
    if (shape.mode === 'columns') throw invalid('rows', "'objects' or 'arrays' in a stream", shape.mode);
    const chunk = options?.chunkSize ?? CHUNK_ROWS;
    if (!Number.isInteger(chunk) || chunk < 1) throw invalid('chunkSize', 'a number of rows, 1 or more', chunk);
    const call = Call.from(options);
    const own = paramsOf(params, false);
    const backend = this.#backend;
    const portion = (id: number): Promise<Row[] | undefined> => this.#call('stream', () => () => backend.next(id, chunk, call, (rows) => rowsOf<Row>(rows, shape)));
    const open = (): Promise<number> => this.#call('stream', () => () => backend.open(text, own, call));
    return (async function* () {
      const id = await open();
      try {
        for (let rows = await portion(id); rows !== undefined; rows = await portion(id)) yield rows;
      } finally {
        await backend.close(id);
      }
    })();
  }

  // ── transactions ──

  transaction<T>(fn: (tx: SQLiteTransaction) => Promise<T>): Promise<T> {
    return this.#transaction(DATABASE, fn);
  }

  #transaction<T>(parent: Scope, fn: (tx: SQLiteTransaction) => Promise<T>): Promise<T> {
    return this.#call('transaction', () => {
      if (typeof fn !== 'function') throw invalid('fn', 'a function that gets `tx`', fn);
      return async () => {
        const scope = await this.#backend.begin(parent, Call.plain);
        let result: T;
        try {
          result = await this.#inside.run(parent, async () => fn(this.#facade(scope)));
        } catch (error) {
          // The function's own error is the one to tell; what a rollback meets, the next call meets again.
          await Promise.resolve(this.#backend.end(scope, false)).catch(() => undefined);
          throw new Foreign(error);
        }
        await this.#backend.end(scope, true);
        return result;
      };
    }, parent);
  }

  #facade(scope: Scope): SQLiteTransaction {
    return {
      executeQuery: (sql, params, options) => this.#query(scope, sql, params, options),
      executeMany: (sql, rows, options) => this.#many(scope, sql, rows, options),
      transaction: (fn) => this.#transaction(scope, fn),
    };
  }

  migrate(steps: (string | ((tx: SQLiteTransaction) => Promise<void>))[]): Promise<{ from: number; to: number }> {
    return this.#call('migrate', () => {
      if (!Array.isArray(steps) || steps.some((step) => typeof step !== 'string' && typeof step !== 'function')) throw invalid('steps', 'an array of SQL scripts and functions', steps);
      const own = [...steps];
      return () => migrate(this.#backend, own, async (scope, step) => {
        try { await this.#inside.run(DATABASE, async () => step(this.#facade(scope))); } catch (error) { throw new Foreign(error); }
      });
    });
  }

  // ── changes ──

  async changeset(fn: () => Promise<void>, tables?: string[]): Promise<Uint8Array> {
    if (typeof fn !== 'function') throw invalid('fn', 'a function', fn);
    if (tables !== undefined && !(Array.isArray(tables) && tables.every((table) => typeof table === 'string'))) throw invalid('tables', 'an array of names', tables);
    await this.#call('changeset', () => () => this.#backend.startSession(tables && [...tables]));
    try {
      await fn();
    } catch (error) {
      await this.#call('changeset', () => () => this.#backend.endSession()).catch(() => undefined);
      throw error;
    }
    return this.#call('changeset', () => () => this.#backend.endSession());
  }

  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit' = 'abort'): Promise<void> {
    return this.#call('applyChangeset', () => {
      if (onConflict !== 'abort' && onConflict !== 'replace' && onConflict !== 'omit') throw invalid('onConflict', "one of 'abort', 'replace', 'omit'", onConflict);
      const own = bytesOf('bytes', bytes);
      return () => this.#backend.applyChangeset(own, onConflict);
    });
  }

  onChange(listener: (change: Change) => void): () => void {
    if (typeof listener !== 'function') throw invalid('listener', 'a function', listener);
    return this.#watch(this.#subscriptions.listen(listener));
  }

  subscribe<Row = Record<string, SQLValue>>(sql: string, params: SQLValue[], listener: (result: QueryResult<Row>) => void): () => void {
    if (typeof listener !== 'function') throw invalid('listener', 'a function', listener);
    const request = { ...queryOf(sql, params, undefined, false), wantsReads: true };
    const shape = shapeOf(undefined);
    const end = this.#subscriptions.add(async () => {
      const { result, reads } = await this.#call('subscribe', () => () =>
        this.#backend.query(DATABASE, request, Call.plain, (answer) => ({ result: resultOf<Row>(answer, shape), reads: answer.reads })));
      if (active) listener(result);
      return reads;
    });
    let active = true;
    return this.#watch(() => { active = false; end(); });
  }

  /** Tells the backend what is listened to, now and when it ends. */
  #watch(end: () => void): () => void {
    const tell = (): MaybePromise<void> => {
      const { commits, changes } = this.#subscriptions.watching;
      return this.#backend.watch(commits, changes);
    };
    try {
      if (this.#disposal) throw disposed();
      const told = tell();
      if (isPromise(told)) told.catch((error: Error) => { end(); this.#unheard(error); });
    } catch (error) {
      end();
      throw typedError(error);
    }
    return () => {
      end();
      if (this.#disposal) return;
      try { Promise.resolve(tell()).catch(() => undefined); } catch { /* it is told again with the next one */ }
    };
  }

  #unheard(error: Error): void {
    if (this.#disposal) return;
    const message = `sqlite: what should be listened to can not be: ${error.message}`;
    this.#sink?.event({ type: 'error', service: 'sqlite', message });
    console.warn(`wasm-services: ${message}`);
  }

  // ── functions, plans, whole databases ──

  createFunction(name: string, fn: SQLFunction, options?: { deterministic?: boolean; arity?: number }): Promise<void> {
    return this.#call('createFunction', () => {
      checkFunction(fn);
      const checked = functionName(name);
      const how = functionOptions(fn, options);
      return () => this.#backend.createFunction(checked, fn, how);
    });
  }

  createAggregate<S>(name: string, aggregate: SQLAggregate<S>): Promise<void> {
    return this.#call('createAggregate', () => {
      const { start, step, result } = (typeof aggregate === 'object' && aggregate !== null ? aggregate : {}) as SQLAggregate<S>;
      if ([start, step, result].some((fn) => typeof fn !== 'function')) throw invalid('aggregate', 'an object of three functions { start, step, result }', aggregate);
      const checked = functionName(name);
      return () => this.#backend.createAggregate(checked, { start, step, result } as SQLAggregate<unknown>);
    });
  }

  identifier(name: string): string { return identifier(name); }

  getQueryPlan(sql: string, params?: SQLValue[]): Promise<QueryPlan[]> {
    return this.#call('getQueryPlan', () => {
      const { sql: text, params: own } = queryOf(sql, params, undefined, false);
      return () => this.#backend.plan(text, own);
    });
  }

  analyzeQuery(sql: string, params?: SQLValue[]): Promise<QueryAnalysis> {
    return this.#call('analyzeQuery', () => {
      const { sql: text, params: own } = queryOf(sql, params, undefined, false);
      return () => this.#backend.analyze(text, own);
    });
  }

  optimizeDatabase(): Promise<OptimizationResult> { return this.#call('optimizeDatabase', () => () => this.#backend.optimize()); }
  serialize(): Promise<Uint8Array> { return this.#call('serialize', () => () => this.#backend.serialize()); }

  deserialize(bytes: Uint8Array): Promise<void> {
    return this.#call('deserialize', () => {
      const own = bytesOf('bytes', bytes);
      return () => this.#backend.deserialize(own);
    });
  }

  dispose(): Promise<void> { return this.#disposal ??= this.#dispose(); }

  async #dispose(): Promise<void> {
    this.#unwatch();
    this.#subscriptions.clear();
    try {
      await this.#backend.dispose();
    } catch (error) {
      throw typedError(error);
    } finally {
      this.#sink?.event({ type: 'dispose', service: 'sqlite', message: 'sqlite: disposed' });
    }
  }

  /** One public call. `prepare` runs at once: it checks, copies, and returns what starts the work. A result that is there at once costs no promise turn. */
  #call<T>(operation: string, prepare: () => () => MaybePromise<T>, scope = DATABASE, items?: number, statement?: string): Promise<T> {
    const began = this.#sink ? host.now() : 0;
    let outcome: MaybePromise<T>;
    try {
      if (this.#disposal) throw disposed();
      this.#inside.check(operation, scope);
      outcome = prepare()();
    } catch (error) {
      return Promise.reject(this.#failed(operation, began, error, statement));
    }
    if (!isPromise(outcome)) {
      this.#told(operation, began, undefined, items, statement);
      return Promise.resolve(outcome);
    }
    return outcome.then((value) => {
      this.#told(operation, began, undefined, items, statement);
      return value;
    }, (error) => { throw this.#failed(operation, began, error, statement); });
  }

  #told(operation: string, began: number, error?: string, items?: number, statement?: string): void {
    this.#sink?.call({ service: 'sqlite', operation, durationMs: host.now() - began, variant: this.#backend.variant, items, statement, ...(error !== undefined && { error }) });
  }

  #failed(operation: string, began: number, error: unknown, statement?: string): unknown {
    if (error instanceof Foreign) {
      this.#told(operation, began, error.error instanceof ServiceError ? error.error.code : 'ABORTED');
      return error.error;
    }
    const typed = typedError(error);
    this.#told(operation, began, typed.code, undefined, statement);
    return typed;
  }
}

/** What a caller's own function threw: it goes back to the caller as it is. */
class Foreign {
  constructor(readonly error: unknown) {}
}

function then<A, B>(value: MaybePromise<A>, next: (value: A) => B): MaybePromise<B> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Whatever went wrong, as the one error class of the package. */
function typedError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const { message = String(error) } = (error ?? {}) as { message?: string };
  return sqliteServiceError('INSTANCE_POISONED', `unexpected failure inside the service: ${message}`, { cause: error });
}
