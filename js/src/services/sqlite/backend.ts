/**
 * What stands between the public service and the database. The service (service.ts) checks what callers hand in; a backend gets clean requests.
 * Two keep this: core.ts (in this thread) and worker-proxy.ts (in a worker that runs core.ts).
 *
 * Every request names its scope: 0 is the database, others are open transactions (`begin`).
 */
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { ServiceInfo, Variant } from '../../types.js';
import type { Call } from './call.js';
import type { Notice } from './connection.js';
import type { SqlCore } from './core.js';
import type { RowSet } from './engine.js';
import type { RowShape } from './results.js';
import type { OptimizationResult, QueryAnalysis, QueryPlan, RunResult, SQLAggregate, SQLFunction, SQLParams, SQLValue } from './types.js';

export interface QueryRequest {
  sql: string;
  params: SQLParams | undefined;
  useCache: boolean;
  explain: boolean;
  /** Tell which tables it reads. */
  wantsReads?: boolean;
  /** The rows are wanted in this shape alone, in this thread: then they may be built while they come. */
  shape?: RowShape;
}

/** Rows that were built while they came. */
export interface BuiltRows { rows: unknown[]; columns: readonly string[]; count: number; columnData?: Record<string, ArrayLike<SQLValue>> }

export interface Answer {
  /** To be read before anything else runs; none where they are built. */
  rows: RowSet;
  built?: BuiltRows;
  changes: number;
  lastInsertRowid: number | bigint;
  durationMs: number;
  fromCache: boolean;
  plan?: QueryPlan[];
  /** Where it was asked for; undefined: not known, so any. */
  reads?: string[] | undefined;
}

export type Scope = number;
export const DATABASE: Scope = 0;

export interface BatchRequest {
  queries: QueryRequest[];
  transaction: boolean;
  continueOnError: boolean;
}

/** What the service does with an answer while its rows can be read; the place says which query of a batch it is. */
export type Take<T> = (answer: Answer, place: number) => T;

export interface SqlBackend {
  readonly info: ServiceInfo;
  /** As in `info`, without making one. */
  readonly variant: Variant;
  /** A call made now reads its arguments before it returns, so they need not be copied. */
  readonly immediate: boolean;
  readonly waiting: number;
  /** Calls run in this thread: rows may be built while they come. */
  readonly inline: boolean;
  /** What runs them, where that is so and once it is there. */
  readonly here: SqlCore | undefined;
  ready(): Promise<void>;

  query<T>(scope: Scope, request: QueryRequest, call: Call, take: Take<T>): MaybePromise<T>;
  batch<T>(scope: Scope, request: BatchRequest, call: Call, take: Take<T>, failed: (error: Error, place: number) => T): MaybePromise<T[]>;
  many(scope: Scope, sql: string, rows: SQLValue[][], transaction: boolean, call: Call): MaybePromise<number>;
  run(scope: Scope, sql: string, params: SQLParams | undefined, call: Call): MaybePromise<RunResult>;
  get(scope: Scope, sql: string, params: SQLParams | undefined, bigint: boolean, call: Call): MaybePromise<Record<string, SQLValue> | undefined>;
  exec(scope: Scope, sql: string, call: Call): MaybePromise<void>;

  /** Compiles, and throws what is wrong with it. */
  prepare(sql: string): MaybePromise<void>;

  /** A cursor; no other call waits for it. */
  open(sql: string, params: SQLParams | undefined, call: Call): MaybePromise<number>;
  /** Undefined at the end; the cursor is closed then. */
  next<T>(cursor: number, rows: number, call: Call, take: (rows: RowSet) => T): MaybePromise<T | undefined>;
  close(cursor: number): MaybePromise<void>;

  /** Takes its turn in `scope`, and keeps it until `end`. */
  begin(scope: Scope, call: Call): MaybePromise<Scope>;
  end(scope: Scope, commit: boolean): MaybePromise<void>;

  createFunction(name: string, fn: SQLFunction, options: { deterministic: boolean; arity: number }): MaybePromise<void>;
  createAggregate(name: string, aggregate: SQLAggregate<unknown>): MaybePromise<void>;
  startSession(tables: string[] | undefined): MaybePromise<void>;
  endSession(): MaybePromise<Uint8Array>;
  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): MaybePromise<void>;

  plan(sql: string, params: SQLParams | undefined): MaybePromise<QueryPlan[]>;
  analyze(sql: string, params: SQLParams | undefined): MaybePromise<QueryAnalysis>;
  optimize(): MaybePromise<OptimizationResult>;
  serialize(): MaybePromise<Uint8Array>;
  deserialize(bytes: Uint8Array): MaybePromise<void>;

  /** Whether commits, and the rows they changed, are told to `onNotice`. */
  watch(commits: boolean, changes: boolean): MaybePromise<void>;
  onNotice: (notice: Notice) => void;

  memoryBytes(): number;
  /** One small real call with a known answer; rejects when it is wrong. */
  selfCheck(): MaybePromise<void>;
  /** Lets a durable storage go after the calls under way. Later calls wait for `resume`. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  dispose(): Promise<void>;
}
