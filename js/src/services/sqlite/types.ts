/** The public interface of the SQLite utilities: what users hold, in words of SQLite. Types only. */
import type { Service } from '../../types.js';

export interface SQLiteConfig {
  /**
   * 'memory' (default); in browsers 'opfs' or 'indexeddb'; on Node and Bun a file. A storage that the host lacks is `UNSUPPORTED`: never memory
   * in silence.
   */
  storage?: 'memory' | 'opfs' | 'indexeddb' | { file: string };
  /** Which database of an 'opfs' or 'indexeddb' storage. Default 'default'. */
  name?: string;
  /** Default true where the storage can; where it can not it is no error, and `info.journalMode` says what holds. */
  enableWAL?: boolean;
  /** When a commit waits for the disk. Default 'full', for WAL 'normal'. docs/sqlite-storage.md says what each survives, per storage. */
  synchronous?: 'off' | 'normal' | 'full';
  /** Pages, as PRAGMA cache_size takes it (negative: KiB). Default 2000. */
  cacheSize?: number;
  /** Entries of the result cache. Default 256. */
  resultCacheSize?: number;
  /** Refuses every write with `READONLY`. */
  readonly?: boolean;
  /** A statement running longer is interrupted: `TIMEOUT`. */
  timeoutMs?: number;
  /**
   * Where sql.js comes from, should it be needed: without WebAssembly and without a SQLite of the host. On Node it is found when installed. In a
   * browser: the URL of its file `sql-asm-memory-growth.js`, or a function (then the service runs inline) that gives what `initSqlJs()` resolves with.
   */
  sqljs?: SqlJsSource;
}

export type SqlJsSource = string | URL | (() => unknown);

/** In: boolean → 0/1, undefined → NULL, Date → ISO 8601 text; NaN and ±Infinity → `INVALID_ARGUMENT`. Out: INTEGER beyond 2^53 → `INTEGER_RANGE` unless `bigint`. */
export type SQLValue = null | undefined | number | bigint | string | Uint8Array | boolean | Date;

/** Values by position, or by name (with or without its prefix `:`, `@` or `$`). */
export type SQLParams = SQLValue[] | Record<string, SQLValue>;

export interface QueryOptions {
  /** Serve from the result cache; an entry falls when a table it read is written. */
  useCache?: boolean;
  /** Add the query's plan to the result. */
  explain?: boolean;
  /** 'objects' (default) | 'arrays' | 'columns' (typed arrays where every value is numeric). */
  rows?: 'objects' | 'arrays' | 'columns';
  /** Every INTEGER as a bigint, exact over all 64 bits. */
  bigint?: boolean;
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface QueryResult<Row = Record<string, SQLValue>> {
  /** Empty with `rows: 'columns'`; arrays of values with `rows: 'arrays'`. */
  rows: Row[];
  /** Names in order of the select list; with 'objects' the last of equal names counts. */
  columns: string[];
  /** With `rows: 'columns'`: Float64Array (BigInt64Array with `bigint`) where every value is numeric, else a plain array. */
  columnData?: Record<string, ArrayLike<SQLValue>>;
  rowCount: number;
  /** Rows that an INSERT, UPDATE or DELETE changed; 0 for others. */
  changes: number;
  lastInsertRowid: number | bigint;
  durationMs: number;
  fromCache: boolean;
  plan?: QueryPlan[];
  /** Of a query of `executeBatch` with `continueOnError` that failed; its rows are empty. */
  error?: Error;
}

export interface QueryBatch { sql: string; params?: SQLParams; options?: QueryOptions }

export interface BatchOptions {
  /** Default true: one transaction. */
  transaction?: boolean;
  /** Go on after a failure outside a transaction; the failed query's result carries `error`. */
  continueOnError?: boolean;
  timeoutMs?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Flat, in tree order, as EXPLAIN QUERY PLAN gives it. */
export interface QueryPlan { id: number; parent: number; detail: string; usesIndex?: string; scansTable?: string }

export interface QueryAnalysis {
  plan: QueryPlan[];
  /** From the statistics that ANALYZE keeps; left out without them. */
  estimatedRows?: number;
  complexity: 'low' | 'medium' | 'high';
  tables: string[];
  suggestions: { kind: string; message: string; sql?: string }[];
  /** Each was tried: the plan uses it. */
  indexRecommendations: { sql: string; table: string; columns: string[]; reason: string; planWith: string[] }[];
}

export interface OptimizationResult {
  actions: { sql: string; durationMs: number }[];
  /** Bytes of the database. */
  sizeBefore: number;
  sizeAfter: number;
  integrity: 'ok' | string[];
}

export interface RunResult { changes: number; lastInsertRowid: number | bigint }

export interface PreparedStatement {
  run(params?: SQLParams): Promise<RunResult>;
  get<Row = Record<string, SQLValue>>(params?: SQLParams): Promise<Row | undefined>;
  all<Row = Record<string, SQLValue>>(params?: SQLParams, options?: QueryOptions): Promise<Row[]>;
  finalize(): void;
}

export interface SyncPreparedStatement {
  run(params?: SQLParams): RunResult;
  get<Row = Record<string, SQLValue>>(params?: SQLParams): Row | undefined;
  all<Row = Record<string, SQLValue>>(params?: SQLParams): Row[];
  iterate<Row = Record<string, SQLValue>>(params?: SQLParams): IterableIterator<Row>;
  finalize(): void;
}

export interface SyncSQLite {
  prepare(sql: string): SyncPreparedStatement;
  /** Runs every statement of a script. */
  exec(sql: string): void;
  /** Commits when `fn` returns, rolls back when it throws; nests by savepoints. */
  transaction<T>(fn: () => T): T;
}

export interface Change { table: string; operation: 'insert' | 'update' | 'delete'; rowid: number | bigint }

export type SQLFunction = ((...args: SQLValue[]) => SQLValue) | { module: URL | string; export: string };

export interface SQLAggregate<S> {
  start: () => S;
  step: (state: S, ...args: SQLValue[]) => S;
  result: (state: S) => SQLValue;
}

/** What stands inside a transaction. */
export type SQLiteTransaction = Pick<SQLiteWASMUtils, 'executeQuery' | 'executeMany' | 'transaction'>;

export interface SQLiteWASMUtils extends Service {
  /** One statement. Several in one string are `INVALID_ARGUMENT`: use `executeBatch`. */
  executeQuery<Row = Record<string, SQLValue>>(sql: string, params?: SQLParams, options?: QueryOptions): Promise<QueryResult<Row>>;
  executeBatch(queries: QueryBatch[], options?: BatchOptions): Promise<QueryResult[]>;
  /** One transaction: all or nothing. */
  executeTransaction(queries: QueryBatch[]): Promise<QueryResult[]>;
  analyzeQuery(sql: string, params?: SQLValue[]): Promise<QueryAnalysis>;
  /** ANALYZE, PRAGMA optimize, VACUUM and an integrity check, each as needed; `actions` says what was done. */
  optimizeDatabase(): Promise<OptimizationResult>;
  getQueryPlan(sql: string, params?: SQLValue[]): Promise<QueryPlan[]>;
  /** A statement kept by the caller. */
  prepare(sql: string): Promise<PreparedStatement>;
  /** The same without promises, where the service runs inline on a host that may block (Node, Bun, a worker); settled once `ready()`. */
  readonly sync?: SyncSQLite | undefined;
  /** One statement, many rows of parameters, prepared once. */
  executeMany(sql: string, rows: SQLValue[][], options?: BatchOptions): Promise<{ changes: number }>;
  /** Rows as they come, without holding them all. */
  stream<Row = Record<string, SQLValue>>(sql: string, params?: SQLValue[], options?: QueryOptions & { chunkSize?: number }): AsyncIterable<Row[]>;
  /** Inline: a function. In a worker a closure cannot cross: pass { module: URL, export: name }; a function there is `UNSUPPORTED`. */
  createFunction(name: string, fn: SQLFunction, options?: { deterministic?: boolean; arity?: number }): Promise<void>;
  createAggregate<S>(name: string, aggregate: SQLAggregate<S>): Promise<void>;
  /** Statements inside see each other's writes; a throw rolls back; nests by savepoints; other calls queue behind it. */
  transaction<T>(fn: (tx: SQLiteTransaction) => Promise<T>): Promise<T>;
  /** Quotes any string as an identifier; refuses NUL. */
  identifier(name: string): string;
  /** Runs what is above `user_version`, each step in a transaction. */
  migrate(steps: (string | ((tx: SQLiteTransaction) => Promise<void>))[]): Promise<{ from: number; to: number }>;
  /** What `fn` changed, as SQLite's session extension records it. */
  changeset(fn: () => Promise<void>, tables?: string[]): Promise<Uint8Array>;
  applyChangeset(bytes: Uint8Array, onConflict?: 'abort' | 'replace' | 'omit'): Promise<void>;
  /** Called after a commit, once per row that it changed. */
  onChange(listener: (change: Change) => void): () => void;
  /** A live query: called again whenever a table it read was written. */
  subscribe<Row = Record<string, SQLValue>>(sql: string, params: SQLValue[], listener: (result: QueryResult<Row>) => void): () => void;
  /** The database as the bytes of its file. */
  serialize(): Promise<Uint8Array>;
  /** Replaces the whole database; refuses damaged bytes with `CORRUPT` and keeps what it had. */
  deserialize(bytes: Uint8Array): Promise<void>;
}
