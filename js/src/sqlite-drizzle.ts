/**
 * Entry 'wasm-services/sqlite/drizzle': a Drizzle database over the SQLite service. Drizzle's driver for remote databases (sqlite-proxy) builds the
 * queries and maps the rows. Transactions are the service's own instead of BEGIN and COMMIT sent as statements: nobody else's call comes in
 * between, and nested ones are savepoints.
 */
import { createTableRelationsHelpers, DefaultLogger, entityKind, extractTablesRelationalConfig, is } from 'drizzle-orm';
import type { DrizzleConfig, ExtractTablesWithRelations, Query, RelationalSchemaConfig, TablesRelationalConfig } from 'drizzle-orm';
import type { BatchItem, BatchResponse } from 'drizzle-orm/batch';
import { BaseSQLiteDatabase, SQLiteAsyncDialect, SQLiteTransaction as CoreTransaction } from 'drizzle-orm/sqlite-core';
import type { SQLiteSession } from 'drizzle-orm/sqlite-core';
import { SQLiteRaw } from 'drizzle-orm/sqlite-core/query-builders/raw';
import { SQLiteRemoteSession } from 'drizzle-orm/sqlite-proxy';
import type { AsyncRemoteCallback, PreparedQueryConfig, RemotePreparedQuery, SqliteRemoteResult, SQLiteRemoteSessionOptions } from 'drizzle-orm/sqlite-proxy';
import { ServiceError } from './errors.js';
import type { QueryResult, SQLiteWASMUtils, SQLValue } from './services/sqlite/types.js';

/** What `run()` resolves with, and a query that returns no rows. */
export interface WASMSQLiteRunResult extends SqliteRemoteResult { changes: number; lastInsertRowid: number | bigint }

type Schemas = TablesRelationalConfig;
/** The service, or its `tx` inside a transaction. */
type Place = Pick<SQLiteWASMUtils, 'executeQuery' | 'transaction'>;

interface Settings<S extends Schemas> {
  dialect: SQLiteAsyncDialect;
  schema: RelationalSchemaConfig<S> | undefined;
  options: SQLiteRemoteSessionOptions;
}

/** @param raw a query written by hand, whose rows are objects as in Drizzle's other drivers; what Drizzle built it reads by position. */
function callbackOver(place: Place, raw: boolean): AsyncRemoteCallback {
  return async (sql, params, method) => answer(await place.executeQuery(sql, params as SQLValue[], { rows: raw && method !== 'values' ? 'objects' : 'arrays' }), method === 'get');
}

/** @param one the only row instead of an array of rows, as Drizzle wants it of `get` */
function answer({ rows, changes, lastInsertRowid }: QueryResult<unknown>, one: boolean): WASMSQLiteRunResult & { rows: any[] } {
  return { rows: one ? rows[0] as any[] : rows, changes, lastInsertRowid };
}

class ServiceSession<F extends Record<string, unknown>, S extends Schemas> extends SQLiteRemoteSession<F, S> {
  static override readonly [entityKind]: string = 'WASMSQLiteSession';
  readonly #place: Place;
  readonly #settings: Settings<S>;
  readonly #raw: SQLiteRemoteSession<F, S>;

  constructor(place: Place, settings: Settings<S>) {
    const { dialect, schema, options } = settings;
    super(callbackOver(place, false), dialect, schema, undefined, options);
    this.#raw = new SQLiteRemoteSession<F, S>(callbackOver(place, true), dialect, schema, undefined, options);
    this.#place = place;
    this.#settings = settings;
  }

  override prepareQuery<T extends Omit<PreparedQueryConfig, 'run'>>(...args: Parameters<SQLiteRemoteSession<F, S>['prepareQuery']>): RemotePreparedQuery<T> {
    const [, fields, , , mapper] = args;
    return fields === undefined && mapper === undefined ? this.#raw.prepareQuery<T>(...args) : super.prepareQuery<T>(...args);
  }

  /** `config.behavior` has nothing to change: in here a transaction has the database to itself from its beginning. */
  override transaction<T>(work: (tx: ServiceTransaction<F, S>) => Promise<T>): Promise<T> {
    const { dialect, schema } = this.#settings;
    return this.#place.transaction(async (tx) => work(new ServiceTransaction<F, S>('async', dialect, new ServiceSession<F, S>(tx, this.#settings), schema)));
  }
}

/** Its own `transaction` is inherited, and asks its session. */
class ServiceTransaction<F extends Record<string, unknown>, S extends Schemas> extends CoreTransaction<'async', SqliteRemoteResult, F, S> {
  static override readonly [entityKind]: string = 'WASMSQLiteTransaction';
}

/** What every query of Drizzle has and its types keep to themselves. */
interface Preparable { _prepare(): { getQuery(): Query & { method: 'run' | 'all' | 'values' | 'get' }; mapResult(response: unknown, isFromBatch: boolean): unknown } }

export class WASMSQLiteDatabase<F extends Record<string, unknown> = Record<string, never>> extends BaseSQLiteDatabase<'async', WASMSQLiteRunResult, F> {
  static override readonly [entityKind]: string = 'WASMSQLiteDatabase';
  /** The service itself. */
  readonly $client: SQLiteWASMUtils;

  /** Use `drizzle()`. */
  constructor(database: SQLiteWASMUtils, settings: Settings<ExtractTablesWithRelations<F>>) {
    const session = new ServiceSession<F, ExtractTablesWithRelations<F>>(database, settings);
    super('async', settings.dialect, session as unknown as SQLiteSession<'async', WASMSQLiteRunResult, F, ExtractTablesWithRelations<F>>, settings.schema);
    this.$client = database;
  }

  /** One transaction: all or nothing. */
  async batch<U extends BatchItem<'sqlite'>, T extends Readonly<[U, ...U[]]>>(batch: T): Promise<BatchResponse<T>> {
    const prepared = batch.map((query) => (query as unknown as Preparable)._prepare());
    const queries = prepared.map((query) => ({ ...query.getQuery(), raw: is(query, SQLiteRaw) }));
    const results = await this.$client.executeTransaction(queries.map(({ sql, params, method, raw }) => ({ sql, params: params as SQLValue[], options: { rows: raw && method !== 'values' ? 'objects' as const : 'arrays' as const } })));
    return prepared.map((query, i) => query.mapResult(answer(results[i], queries[i].method === 'get' && !queries[i].raw), true)) as BatchResponse<T>;
  }
}

/**
 * @throws ServiceError INVALID_ARGUMENT when `database` is none.
 * @example
 * const db = drizzle(createSQLiteUtils(), { schema });
 * await db.insert(users).values({ name: 'Ada' });
 */
export function drizzle<F extends Record<string, unknown> = Record<string, never>>(database: SQLiteWASMUtils, config: DrizzleConfig<F> = {}): WASMSQLiteDatabase<F> {
  if (typeof database?.executeQuery !== 'function' || typeof database.transaction !== 'function') {
    throw new ServiceError('INVALID_ARGUMENT', 'database must be what createSQLiteUtils() gives', { service: 'sqlite', detail: { field: 'database' } });
  }
  const { casing, cache, schema: fullSchema } = config;
  const logger = config.logger === true ? new DefaultLogger() : config.logger || undefined;
  let schema: RelationalSchemaConfig<ExtractTablesWithRelations<F>> | undefined;
  if (fullSchema) {
    const { tables, tableNamesMap } = extractTablesRelationalConfig<ExtractTablesWithRelations<F>>(fullSchema, createTableRelationsHelpers);
    schema = { fullSchema, schema: tables, tableNamesMap };
  }
  const db = new WASMSQLiteDatabase<F>(database, { dialect: new SQLiteAsyncDialect(casing && { casing }), schema, options: { ...(logger && { logger }), ...(cache && { cache }) } });
  if (cache) db.$cache = { invalidate: async (changed) => cache.onMutate(changed) };
  return db;
}
