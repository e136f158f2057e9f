/**
 * Entry 'wasm-services/sqlite/kysely': a Kysely dialect over the SQLite service. The compiler and the introspector are Kysely's own; here are a
 * driver without a pool and without a mutex, since the service's queue already runs calls one after the other and keeps them out of an open
 * transaction: Kysely's calls, and everybody else's on the same database.
 */
import { CompiledQuery, SelectQueryNode, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { DatabaseConnection, DatabaseIntrospector, Dialect, Driver, Kysely, QueryResult, TransactionSettings } from 'kysely';
import { ServiceError } from './errors.js';
import type { SQLiteTransaction, SQLiteWASMUtils, SQLValue } from './services/sqlite/types.js';

export interface WASMSQLiteDialectConfig {
  /** A database, or a function that gives one and is called with the first query. Kysely's `destroy()` disposes of it, as with Kysely's own dialects. */
  database: SQLiteWASMUtils | (() => SQLiteWASMUtils | Promise<SQLiteWASMUtils>);
  /** Every INTEGER of a result as a bigint, exact over all 64 bits. Default false: beyond 2^53 it is `INTEGER_RANGE`. */
  bigint?: boolean;
}

/**
 * @throws ServiceError INVALID_ARGUMENT when `database` is neither a database nor a function.
 * @example
 * const db = new Kysely<Tables>({ dialect: new WASMSQLiteDialect({ database: createSQLiteUtils() }) });
 */
export class WASMSQLiteDialect implements Dialect {
  readonly #source: Source;

  constructor(config: WASMSQLiteDialectConfig) {
    const { database, bigint = false } = config ?? {};
    this.#source = new Source(typeof database === 'function' ? database : checked(database), bigint);
  }

  createDriver(): Driver { return new ServiceDriver(this.#source); }
  createAdapter(): SqliteAdapter { return new ServiceAdapter(this.#source); }
  createQueryCompiler(): SqliteQueryCompiler { return new SqliteQueryCompiler(); }
  createIntrospector(db: Kysely<any>): DatabaseIntrospector { return new SqliteIntrospector(db); }
}

function checked(database: SQLiteWASMUtils | undefined): SQLiteWASMUtils {
  if (typeof database?.executeQuery === 'function' && typeof database.transaction === 'function') return database;
  throw new ServiceError('INVALID_ARGUMENT', 'database must be what createSQLiteUtils() gives, or a function that gives it', { service: 'sqlite', detail: { field: 'database' } });
}

/** The database, made when it is first needed. */
class Source {
  #opened: Promise<SQLiteWASMUtils> | undefined;

  constructor(readonly given: WASMSQLiteDialectConfig['database'], readonly bigint: boolean) {}

  open(): Promise<SQLiteWASMUtils> {
    const make = async (): Promise<SQLiteWASMUtils> => (typeof this.given === 'function' ? checked(await this.given()) : this.given);
    return this.#opened ??= make().catch((error: unknown) => { this.#opened = undefined; throw error; });
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await (await opened)?.dispose();
  }
}

/** Who migrates a database now, and who waits for that. */
const migrations = new WeakMap<SQLiteWASMUtils, Promise<void>>();

class ServiceAdapter extends SqliteAdapter {
  #release: (() => void) | undefined;

  constructor(readonly source: Source) { super(); }

  /** A connection is a name for the same database: a mutex around it would only make a query inside the loop of a stream wait for ever. */
  override get supportsMultipleConnections(): boolean { return true; }

  /** Kysely's own adapter relies on that mutex here. */
  override async acquireMigrationLock(): Promise<void> {
    const database = await this.source.open();
    const before = migrations.get(database);
    let release!: () => void;
    const over = new Promise<void>((resolve) => { release = resolve; });
    migrations.set(database, over);
    await before;
    this.#release = release;
  }

  override async releaseMigrationLock(): Promise<void> {
    this.#release?.();
    this.#release = undefined;
  }
}

class ServiceDriver implements Driver {
  constructor(readonly source: Source) {}

  async init(): Promise<void> { await this.source.open(); }
  async acquireConnection(): Promise<DatabaseConnection> { return new Connection(await this.source.open(), this.source.bigint); }
  async releaseConnection(): Promise<void> { /* nothing is kept */ }
  destroy(): Promise<void> { return this.source.close(); }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> { return (connection as Connection).begin(settings); }
  commitTransaction(connection: DatabaseConnection): Promise<void> { return (connection as Connection).commit(); }
  rollbackTransaction(connection: DatabaseConnection): Promise<void> { return (connection as Connection).rollback(); }
  savepoint(connection: DatabaseConnection, name: string): Promise<void> { return (connection as Connection).control('SAVEPOINT', name); }
  rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> { return (connection as Connection).control('ROLLBACK TO', name); }
  releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> { return (connection as Connection).control('RELEASE', name); }
}

/** Of the service's `transaction`: its function runs until Kysely has decided. */
interface Open { tx: SQLiteTransaction; commit: () => void; rollback: (why: symbol) => void; ended: Promise<void> }

const ROLLED_BACK = Symbol('rolled back by Kysely');

class Connection implements DatabaseConnection {
  #open: Open | undefined;
  readonly #cancellable = new Map<AbortController, AbortSignal>();

  constructor(readonly database: SQLiteWASMUtils, readonly bigint: boolean) {}

  async executeQuery<R>({ sql, parameters }: CompiledQuery, options?: { readonly signal?: AbortSignal | undefined }): Promise<QueryResult<R>> {
    // Kysely's default is that an aborted query runs on unheard; only `cancelQuery` may stop it.
    const controller = options?.signal && new AbortController();
    if (controller) this.#cancellable.set(controller, options.signal!);
    try {
      const { rows, columns, changes, lastInsertRowid } = await (this.#open?.tx ?? this.database).executeQuery<R>(sql, parameters as SQLValue[], { bigint: this.bigint, ...(controller && { signal: controller.signal }) });
      // An insert that changed nothing has no id: SQLite would tell that of an earlier one.
      return { rows, ...((columns.length === 0 || changes > 0) && { numAffectedRows: BigInt(changes) }), ...(changes > 0 && { insertId: BigInt(lastInsertRowid) }) };
    } finally {
      if (controller) this.#cancellable.delete(controller);
    }
  }

  /** For `inflightQueryAbortStrategy: 'cancel query'`. */
  async cancelQuery(): Promise<void> {
    for (const [controller, signal] of this.#cancellable) if (signal.aborted) controller.abort(signal.reason);
  }

  async* streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    if (!this.#open && SelectQueryNode.is(query.query)) {
      for await (const rows of this.database.stream<R>(query.sql, query.parameters as SQLValue[], { chunkSize, bigint: this.bigint })) yield { rows };
      return;
    }
    // The service streams queries that only read, outside transactions: the rest is read whole.
    const { rows } = await this.executeQuery<R>(query);
    for (let at = 0; at < rows.length; at += chunkSize) yield { rows: rows.slice(at, at + chunkSize) };
  }

  /** Takes its turn in the service's queue and holds it. Every isolation level is met: nobody else is in. */
  async begin({ accessMode }: TransactionSettings): Promise<void> {
    if (accessMode === 'read only') throw new ServiceError('UNSUPPORTED', "SQLite has no transactions that refuse writes: leave setAccessMode('read only') out, or open the database with `readonly`", { service: 'sqlite' });
    this.#open = await new Promise<Open>((resolve, reject) => {
      let commit!: () => void;
      let rollback!: (why: symbol) => void;
      const decided = new Promise<void>((yes, no) => { commit = yes; rollback = no; });
      const ended = this.database.transaction((tx) => {
        resolve({ tx, commit, rollback, ended });
        return decided;
      });
      ended.catch(reject);
    });
  }

  /** One that failed leaves the transaction in place, over as it is: what Kysely's user still sends must not reach the database outside it. */
  async commit(): Promise<void> {
    this.#open!.commit();
    await this.#open!.ended;
    this.#open = undefined;
  }

  /** What a rollback meets, the next call meets again; after a failed commit, or BEGIN (Kysely 0.28), there is nothing left to undo. */
  async rollback(): Promise<void> {
    this.#open?.rollback(ROLLED_BACK);
    await this.#open?.ended.catch(() => undefined);
    this.#open = undefined;
  }

  async control(command: string, savepoint: string): Promise<void> { await this.executeQuery(CompiledQuery.raw(`${command} ${this.database.identifier(savepoint)}`)); }
}
