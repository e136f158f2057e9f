/**
 * One engine with what is kept beside it: statements, results, and what was written since the last commit. Synchronous; core.ts brings calls
 * here one after the other.
 */
import { host } from '../../host/index.js';
import { queryPlan } from './analysis/index.js';
import type { Answer, BuiltRows, QueryRequest } from './backend.js';
import type { ResolvedConfig } from './config.js';
import type { EngineStatement, RowOptions, SqlEngine } from './engine.js';
import { isPoisoned, sqliteServiceError, writeLost } from './errors.js';
import { cacheKey, ResultCache } from './result-cache.js';
import { build, type RowShape } from './results.js';
import { Statements, type Held } from './statements.js';
import type { Change, RunResult, SQLParams, SQLValue } from './types.js';
import { NO_ROWS } from './value-rows.js';

/** What a commit wrote. */
export interface Notice {
  /** Undefined: not known, so any. */
  tables: string[] | undefined;
  changes: Change[];
}

export class Connection {
  readonly engine: SqlEngine;
  readonly statements: Statements;
  readonly results: ResultCache;
  readonly #readonly: boolean;
  /** Another program may write the file: its data_version is looked at before a kept result is served. */
  readonly #shared: boolean;
  #dataVersion = -1;
  #lastRowid: number | bigint = 0;
  /** Tables written since the last commit; 'all' where they are not known. */
  #dirty: Set<string> | 'all' | undefined;
  #schemaChanged = false;
  /** Somebody wants to hear of commits. */
  watched = false;
  recording = false;
  /** Something was written since `settled` was asked. */
  wrote = false;
  /** Settings of this connection, to be made again on another one, by name. */
  readonly pragmas: Map<string, string>;

  constructor(engine: SqlEngine, config: ResolvedConfig, shared: boolean, pragmas: Map<string, string>) {
    this.engine = engine;
    this.statements = new Statements(engine);
    this.results = new ResultCache(config.resultCacheSize);
    this.#readonly = config.readonly;
    this.#shared = shared;
    this.pragmas = pragmas;
    for (const sql of pragmas.values()) engine.exec(sql);
  }

  query(request: QueryRequest): Answer {
    const began = host.now();
    const { sql, params, useCache, explain, wantsReads, shape } = request;
    const key = useCache ? cacheKey(sql, params) : undefined;
    const kept = key === undefined ? undefined : this.#kept(key);
    const plan = explain ? { plan: queryPlan(this.engine, sql, params) } : undefined;
    if (kept) return { rows: kept, changes: 0, lastInsertRowid: this.#lastRowid, durationMs: host.now() - began, fromCache: true, ...plan };
    const held = this.statements.get(sql);
    const { statement } = held;
    const writes = this.#before(held, statement);
    try {
      let rows = NO_ROWS;
      let built: BuiltRows | undefined;
      let changes = 0;
      if (statement.columns.length === 0) changes = this.#ran(statement.run(params)).changes;
      else if (!writes && key === undefined && shape !== undefined) built = build(statement, params, shape);
      else {
        rows = statement.all(params);
        if (!statement.readonly) {
          // RETURNING: what it changed is asked for afterwards, so the rows must outlive another call.
          rows = rows.keep();
          changes = this.#counted();
        }
      }
      if (key !== undefined && !writes && !this.engine.inTransaction) this.results.set(key, rows, statement.access);
      return { rows, changes, lastInsertRowid: this.#lastRowid, durationMs: host.now() - began, fromCache: false, ...plan, ...(built && { built }), ...(wantsReads === true && { reads: readsOf(statement) }) };
    } catch (error) {
      throw writes && isPoisoned(error) ? writeLost(error) : error;
    } finally {
      if (writes) this.#after(held);
    }
  }

  run(held: Held, params: SQLParams | undefined): RunResult {
    const statement = held.epoch === this.statements.epoch ? held.statement : this.statements.renew(held);
    if (!this.#before(held, statement)) return this.#ran(statement.run(params));
    try {
      return this.#ran(statement.run(params));
    } finally {
      this.#after(held);
    }
  }

  get(held: Held, params: SQLParams | undefined, options: RowOptions): Record<string, SQLValue> | undefined {
    const statement = this.statements.renew(held);
    const writes = this.#before(held, statement);
    try {
      return statement.get(params, options);
    } catch (error) {
      throw writes && isPoisoned(error) ? writeLost(error) : error;
    } finally {
      if (writes) this.#after(held);
    }
  }

  all(held: Held, params: SQLParams | undefined, shape: RowShape): unknown[] {
    const statement = this.statements.renew(held);
    const writes = this.#before(held, statement);
    try {
      return build(statement, params, shape).rows;
    } catch (error) {
      throw writes && isPoisoned(error) ? writeLost(error) : error;
    } finally {
      if (writes) this.#after(held);
    }
  }

  many(held: Held, rows: readonly SQLValue[][], from: number, to: number): number {
    const writes = this.#before(held, held.statement);
    try { return held.statement.runMany(rows, from, to); } finally { if (writes) this.#after(held); }
  }

  /** Every statement of a script. */
  exec(sql: string): void {
    this.#touched('all', true);
    try { this.engine.exec(sql); } finally { this.refresh(); }
  }

  /** The whole database is another one, or may be. */
  changedByOthers(): void {
    this.#touched('all', true);
    this.refresh();
  }

  #ran(result: RunResult): RunResult {
    this.#lastRowid = result.lastInsertRowid;
    return result;
  }

  #counted(): number {
    const row = this.statements.get('SELECT changes() AS c, last_insert_rowid() AS r').statement.get(undefined, { bigint: true })!;
    const rowid = Number(row['r']);
    this.#lastRowid = Number.isSafeInteger(rowid) ? rowid : row['r'] as bigint;
    return Number(row['c']);
  }

  #kept(key: string): Answer['rows'] | undefined {
    if (this.#shared) {
      const version = this.statements.get('PRAGMA data_version').statement.get(undefined, { bigint: false })!['data_version'] as number;
      if (version !== this.#dataVersion) this.results.clear();
      this.#dataVersion = version;
    }
    return this.results.get(key);
  }

  /**
   * Before a statement runs: results that it may change are dropped now, since even one that fails may have changed rows (OR FAIL).
   * @returns whether `#after` is due
   */
  #before(held: Held, statement: EngineStatement): boolean {
    if (held.kind === 'rows') {
      if (statement.readonly) return false;
      this.wrote = true;
      if (this.results.size === 0 && !this.watched) return true;
      const { access } = statement;
      this.results.written(access);
      this.#touched(access.writes, access.schema);
      return true;
    }
    if (this.#readonly && /^\s*PRAGMA\s+(?:\w+\s*\.\s*)?query_only\b/i.test(held.sql)) throw sqliteServiceError('READONLY', 'the database was opened with `readonly`: open it without, to write');
    if (held.kind === 'other') {
      const { access } = statement;
      if (statement.readonly && !access.schema) return false;
      this.#touched(access.writes, access.schema);
      this.results.written(access);
    }
    this.wrote = true;
    return true;
  }

  #touched(tables: ReadonlySet<string> | 'all' | undefined, schema: boolean): void {
    this.wrote = true;
    if (schema) this.#schemaChanged = true;
    if (!this.watched) return;
    if (tables === undefined || tables === 'all' || this.#dirty === 'all') { this.#dirty = 'all'; return; }
    if (tables.size === 0) return;
    this.#dirty ??= new Set();
    for (const table of tables) this.#dirty.add(table);
  }

  #after(held: Held): void {
    if (held.kind === 'rows') return;
    if (held.kind === 'rollback') this.#dirty = undefined;
    if (held.kind === 'other' && this.#schemaChanged) { this.#remember(held.sql); this.refresh(); }
    // A schema that is rolled back is another schema again.
    else if (this.#schemaChanged && (held.kind === 'rollback' || held.kind === 'savepoint')) this.refresh();
  }

  #remember(sql: string): void {
    const name = /^\s*PRAGMA\s+(?:\w+\s*\.\s*)?(foreign_keys|recursive_triggers|case_sensitive_like|temp_store|automatic_index|ignore_check_constraints|secure_delete|synchronous|cache_size)\s*[=(]/i.exec(sql)?.[1].toLowerCase();
    if (name !== undefined) this.pragmas.set(name, sql);
  }

  /** Statements are prepared anew, and no kept result is served. */
  refresh(): void {
    this.statements.clear();
    this.results.clear();
  }

  /** After a call: what was committed since the last one, for those who listen. Undefined: nothing, or a transaction is open. */
  settled(): Notice | undefined {
    this.wrote = false;
    if (!this.watched && !this.#schemaChanged) return undefined;
    if (this.engine.inTransaction) return undefined;
    this.#schemaChanged = false;
    const dirty = this.#dirty;
    this.#dirty = undefined;
    const changes = this.recording ? this.engine.takeChanges() : [];
    if (!this.watched || (dirty === undefined && changes.length === 0)) return undefined;
    return { tables: dirty === 'all' || dirty === undefined ? undefined : [...dirty], changes };
  }

  /** After a rollback; of a savepoint, what was written before it stays to be told. */
  rolledBack(): void {
    if (!this.engine.inTransaction) this.#dirty = undefined;
    if (this.#schemaChanged) this.refresh();
  }

  close(): void {
    this.statements.clear();
    this.results.clear();
    this.engine.close();
  }
}

function readsOf(statement: EngineStatement): string[] | undefined {
  const { reads } = statement.access;
  return reads && [...reads];
}
