/**
 * What a SQLite engine owes the service: one connection, synchronous, in the thread where it lives. Engines: wasm-engine.ts (rusqlite
 * compiled to WebAssembly) and, as fallbacks, the host's own SQLite or sql.js (engines/). Whatever has one right answer for every engine
 * (queue, transactions, caches, plans, advice, migrations) stands above it and is written once.
 *
 * Every method throws ServiceError: SQL (detail: { code, extendedCode }), INVALID_ARGUMENT, INTEGER_RANGE, BUSY, READONLY, CORRUPT, QUOTA,
 * STORAGE_IO, TIMEOUT, ABORTED, OUT_OF_MEMORY, TOO_LARGE, UNSUPPORTED; and INSTANCE_POISONED after a trap, when the engine is not to be used again.
 */
import type { Variant } from '../../types.js';
import type { Change, RunResult, SQLParams, SQLValue } from './types.js';

/** What some engines lack. */
export type EngineFeature = 'fts5' | 'rtree' | 'math' | 'session' | 'serialize' | 'updateHook' | 'functions' | 'aggregates' | 'interrupt' | 'vectors' | 'stat4' | 'dbstat' | 'authorizer';

export interface SqlEngine {
  readonly variant: Variant;
  readonly name: 'rusqlite' | 'node:sqlite' | 'bun:sqlite' | 'sql.js';
  /** SQLite's own, as '3.54.1'. */
  readonly version: string;
  /** SQLite's compile options, without the prefix SQLITE_. */
  readonly options: readonly string[];
  /** What it cannot do, with the reason in words that a user understands. */
  readonly lacks: Readonly<Partial<Record<EngineFeature, string>>>;
  /** False in autocommit mode. */
  readonly inTransaction: boolean;
  /** sqlite3_total_changes: rows changed since the connection was opened. */
  readonly totalChanges: number;
  /** Bytes held by the engine: linear memory, or what SQLite says it uses; 0 where the host does not tell. */
  readonly memoryBytes: number;

  /** Compiles the one statement of `sql`. Several, or none, are INVALID_ARGUMENT. The caller keeps it until `finalize`. */
  prepare(sql: string): EngineStatement;
  /** Runs every statement of a script, dropping rows. */
  exec(sql: string): void;
  /** The same for the service's own settings, which users' SQL may not touch (journal mode, locking mode). */
  configure(sql: string): void;
  /** A statement still running at this time (of `host.now()`) is interrupted: TIMEOUT. Undefined: none. Engines that lack 'interrupt' check between rows and statements. */
  setDeadline(at: number | undefined): void;
  /** Polled while a statement runs, about every millisecond: true interrupts it with ABORTED. */
  setCancel(poll: (() => boolean) | undefined): void;

  createFunction(name: string, fn: (...args: SQLValue[]) => SQLValue, options: { deterministic: boolean; arity: number }): void;
  createAggregate<S>(name: string, aggregate: { start: () => S; step: (state: S, ...args: SQLValue[]) => S; result: (state: S) => SQLValue }): void;

  /** Whether row changes are recorded for `takeChanges` (they cost a little). Engines that lack 'updateHook' throw UNSUPPORTED. */
  recordChanges(on: boolean): void;
  /** Row changes of transactions that committed since the last call, in order. */
  takeChanges(): Change[];

  serialize(): Uint8Array;
  /** Replaces the main database. Throws CORRUPT and keeps the old one where the bytes are no database. */
  deserialize(bytes: Uint8Array): void;

  /** Starts recording a changeset over `tables` (all when left out). One at a time. */
  startSession(tables?: readonly string[]): void;
  /** The changeset recorded so far; ends the session. */
  endSession(): Uint8Array;
  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): void;

  /**
   * After INSTANCE_POISONED, of an engine that keeps its files in its own memory: what a fresh engine of its kind is made from, by SQLite's names
   * ('db', 'db-journal'). Undefined or not there: nothing can be saved.
   */
  salvage?(): ReadonlyMap<string, Uint8Array> | undefined;
  /** An empty in-memory database of the same engine, for trying out indexes on a copy of the schema. */
  openScratch(): SqlEngine;
  close(): void;
}

/** Which tables a statement touches, as the authorizer saw it at prepare, views and triggers resolved. Names in lower case. */
export interface StatementAccess {
  /** Undefined: not known, or not all (virtual tables): treat as every table. */
  readonly reads: ReadonlySet<string> | undefined;
  /** Undefined: not known: treat as every table. Empty: it writes nothing. */
  readonly writes: ReadonlySet<string> | undefined;
  /** It changes the schema, or something else that every cached result may depend on. */
  readonly schema: boolean;
  /** The same inputs give the same rows: no random(), no 'now', no function of the user's that is not deterministic. */
  readonly deterministic: boolean;
}

export interface RowOptions { bigint: boolean }

export interface EngineStatement {
  readonly sql: string;
  /** Names of the result's columns; empty when it gives no rows. Read it after a run: a schema change renews it. */
  readonly columns: readonly string[];
  readonly parameterCount: number;
  /** sqlite3_stmt_readonly. */
  readonly readonly: boolean;
  readonly access: StatementAccess;

  /** Runs to the end; rows are dropped. */
  run(params: SQLParams | undefined): RunResult;
  /** The first row as an object; the rest is not computed. */
  get(params: SQLParams | undefined, options: RowOptions): Record<string, SQLValue> | undefined;
  /** All rows. */
  all(params: SQLParams | undefined): RowSet;
  /** As `all`, decoded while they come: the fast way where rows are wanted in one shape and are not kept. */
  objects(params: SQLParams | undefined, options: RowOptions): Record<string, SQLValue>[];
  arrays(params: SQLParams | undefined, options: RowOptions): SQLValue[][];
  columnData(params: SQLParams | undefined, options: RowOptions): { count: number; data: Record<string, ArrayLike<SQLValue>> };
  /** Rows in portions. A cursor that was not read to its end must be closed. */
  open(params: SQLParams | undefined): Cursor;
  /** Runs once per row of parameters, `from` to `to`; gives the rows changed. Stops at the first failure, whose error says which row in detail.row. */
  runMany(rows: readonly SQLValue[][], from: number, to: number): number;
  finalize(): void;
}

export interface Cursor {
  /** Up to about `rows` rows; undefined at the end. */
  next(rows: number): RowSet | undefined;
  close(): void;
}

/** Rows as an engine hands them out. Read it before the engine's next call, or `keep` it. */
export interface RowSet {
  readonly count: number;
  readonly columns: readonly string[];
  /** About how many bytes it holds; what the result cache counts. */
  readonly bytes: number;
  /** Objects with one hidden class. INTEGER_RANGE names row and column. */
  objects(options: RowOptions): Record<string, SQLValue>[];
  arrays(options: RowOptions): SQLValue[][];
  columnData(options: RowOptions): Record<string, ArrayLike<SQLValue>>;
  /** A copy that outlives the engine's next call. */
  keep(): RowSet;
  /** Plain data for a message to another thread, and what to transfer; `unpackRows` of rows/packed.ts reads it there. */
  pack(): { message: PackedRows; transfer: Transferable[] };
}

/** Rows in a message: packed as rows/cells.ts describes, or values where the engine gives values. */
export type PackedRows =
  | { columns: readonly string[]; chunks: readonly PackedChunk[] }
  | { columns: readonly string[]; values: SQLValue[][] };

export interface PackedChunk { count: number; cells: ArrayBuffer; text: ArrayBuffer; blobs: ArrayBuffer }
