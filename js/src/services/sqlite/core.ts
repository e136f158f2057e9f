/** The database in this thread: what each call does, in words of SQLite. */
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { analyze, queryPlan } from './analysis/index.js';
import { DATABASE, type BatchRequest, type QueryRequest, type Scope, type SqlBackend, type Take } from './backend.js';
import { Call } from './call.js';
import type { Connection } from './connection.js';
import type { RowSet } from './engine.js';
import { disposed, isPoisoned, sqliteServiceError } from './errors.js';
import { optimizeDatabase } from './optimize.js';
import { InlineStatement } from './own-statement.js';
import type { Caller } from './prepared.js';
import { Runner } from './runner.js';
import type { TransactionEngine } from './scopes.js';
import { splitStatements } from './sql-text.js';
import { refuseControl } from './statements.js';
import { atomically, inSlices, placed } from './steps.js';
import { SyncDatabase } from './sync.js';
import type { OptimizationResult, QueryAnalysis, QueryPlan, RunResult, SQLAggregate, SQLFunction, SQLParams, SQLValue } from './types.js';
import { ownRows } from './values.js';

/** Rows of executeMany between two looks at the clock. */
const ROWS_PER_STEP = 256;

export class SqlCore extends Runner implements SqlBackend {
  readonly inline = true;
  #sync: SyncDatabase | undefined;

  get here(): SqlCore { return this; }
  get sync(): SyncDatabase { return this.#sync ??= new SyncDatabase(this); }
  statement(caller: Caller, quiet: boolean, sql: string): InlineStatement { return new InlineStatement(this, caller, quiet, sql); }

  // ── statements ──

  query<T>(scope: Scope, request: QueryRequest, call: Call, take: Take<T>): MaybePromise<T> {
    return this.task(scope, call, 'read', (connection) => {
      if (scope !== DATABASE) refuseControl(request.sql);
      return take(connection.query(request), 0);
    });
  }

  batch<T>(scope: Scope, { queries, transaction, continueOnError }: BatchRequest, call: Call, take: Take<T>, failed: (error: Error, place: number) => T): MaybePromise<T[]> {
    return this.task(scope, call, 'write', (connection) => {
      const results: T[] = [];
      const all = (): MaybePromise<T[]> => {
        const work = inSlices(queries.length, (at) => {
          call.check();
          if (transaction || scope !== DATABASE) refuseControl(queries[at].sql);
          try {
            results.push(take(connection.query(queries[at]), at));
          } catch (error) {
            if (transaction || !continueOnError || isPoisoned(error)) throw placed(error, at);
            results.push(failed(error as Error, at));
          }
          call.progress(at + 1, queries.length);
          return at + 1;
        }, () => this.#check(call));
        return isPromise(work) ? work.then(() => results) : results;
      };
      return transaction && queries.length > 0 ? atomically(connection, all) : all();
    });
  }

  many(scope: Scope, sql: string, rows: SQLValue[][], transaction: boolean, call: Call): MaybePromise<number> {
    return this.task(scope, call, 'write', (connection) => {
      const held = connection.statements.take(sql);
      if (held.statement.columns.length > 0 && held.statement.readonly) {
        connection.statements.put(held);
        throw sqliteServiceError('INVALID_ARGUMENT', 'executeMany runs a statement that writes; a query gives rows, so take executeBatch for several of it', { detail: { field: 'sql' } });
      }
      let changes = 0;
      const all = (): MaybePromise<number> => {
        const work = inSlices(rows.length, (at) => {
          const to = Math.min(rows.length, at + ROWS_PER_STEP);
          changes += connection.many(held, rows, at, to);
          call.progress(to, rows.length);
          return to;
        }, () => this.#check(call), (at) => { rows = ownRows(rows, at); });
        return isPromise(work) ? work.then(() => changes) : changes;
      };
      const giveBack = (): void => { if (connection === this.current) connection.statements.put(held); };
      let result: MaybePromise<number>;
      try { result = transaction && rows.length > 0 ? atomically(connection, all) : all(); } catch (error) { giveBack(); throw error; }
      if (isPromise(result)) return result.finally(giveBack);
      giveBack();
      return result;
    });
  }

  #check(call: Call): void {
    if (this.disposal) throw disposed();
    call.check();
  }

  run(scope: Scope, sql: string, params: SQLParams | undefined, call: Call): MaybePromise<RunResult> {
    return this.task(scope, call, 'write', (connection) => connection.run(connection.statements.get(sql), params));
  }

  get(scope: Scope, sql: string, params: SQLParams | undefined, bigint: boolean, call: Call): MaybePromise<Record<string, SQLValue> | undefined> {
    return this.task(scope, call, 'read', (connection) => connection.get(connection.statements.get(sql), params, { bigint }));
  }

  exec(scope: Scope, sql: string, call: Call): MaybePromise<void> {
    return this.task(scope, call, 'write', (connection) => {
      // A script that commits halfway would leave half of itself behind.
      if (scope !== DATABASE) splitStatements(sql).forEach(refuseControl);
      connection.exec(sql);
    });
  }

  prepare(sql: string): MaybePromise<void> {
    return this.task(DATABASE, Call.plain, 'read', (connection) => { connection.statements.get(sql); });
  }

  // ── cursors ──

  open(sql: string, params: SQLParams | undefined, call: Call): MaybePromise<number> {
    return this.task(DATABASE, call, 'read', (connection) => this.cursors.open(connection, sql, params));
  }

  next<T>(cursor: number, rows: number, call: Call, take: (rows: RowSet) => T): MaybePromise<T | undefined> {
    return this.task(DATABASE, call, 'write', (connection) => this.cursors.next(connection, cursor, rows, take));
  }

  close(cursor: number): MaybePromise<void> {
    if (this.disposal || !this.cursors.has(cursor)) return undefined;
    return this.task(DATABASE, Call.plain, 'read', (connection) => this.cursors.close(connection, cursor));
  }

  /** For the synchronous interface, whose turn it is already. */
  openNow(connection: Connection, sql: string, params: SQLParams | undefined): number { return this.cursors.open(connection, sql, params); }
  nextNow<T>(connection: Connection, cursor: number, rows: number, take: (rows: RowSet) => T): T | undefined { return this.cursors.next(connection, cursor, rows, take); }
  closeNow(cursor: number): void { if (this.current) this.cursors.close(this.current, cursor); }

  /** A statement that its caller keeps. */
  kept<T>(kind: 'read' | 'write', work: (connection: Connection) => T, call = Call.plain): MaybePromise<T> { return this.task(DATABASE, call, kind, work); }

  /** Why the synchronous interface can not act now. */
  busy(): Error {
    if (this.disposal) return disposed();
    if (!this.current) return sqliteServiceError('NOT_INITIALIZED', 'the database is not open: await ready() before its synchronous methods');
    return sqliteServiceError('BUSY', 'calls made before this one have not ended (a transaction or a long batch): await them first');
  }

  // ── transactions ──

  begin(scope: Scope, call: Call): MaybePromise<Scope> {
    return this.scopes.begin(scope, call, () => {
      const ready = this.ensure(call);
      return ready ? ready.then(() => this.#transactions()) : this.#transactions();
    });
  }

  end(scope: Scope, commit: boolean): Promise<void> {
    return this.scopes.end(scope, commit, () => this.#transactions(), (committed) => {
      if (committed) return this.settled();
      this.current?.rolledBack();
      this.settle();
    });
  }

  #transactions(): TransactionEngine {
    const connection = this.current;
    if (!connection) throw this.lost ?? disposed();
    return {
      get inTransaction() { return connection.engine.inTransaction; },
      exec: (sql) => {
        try { connection.engine.exec(sql); } catch (error) { this.failed(error, connection); throw error; }
      },
    };
  }

  // ── functions, changesets, whole databases ──

  createFunction(name: string, fn: SQLFunction, options: { deterministic: boolean; arity: number }): MaybePromise<void> {
    if (typeof fn === 'function') return this.task(DATABASE, Call.plain, 'write', (connection) => this.functions.add(connection, { name, fn, options }));
    return this.functions.importFrom(fn).then((imported) => this.createFunction(name, imported, options));
  }

  createAggregate(name: string, aggregate: SQLAggregate<unknown>): MaybePromise<void> {
    return this.task(DATABASE, Call.plain, 'write', (connection) => this.functions.add(connection, { name, aggregate }));
  }

  startSession(tables: string[] | undefined): MaybePromise<void> {
    return this.task(DATABASE, Call.plain, 'write', ({ engine }) => {
      engine.startSession(tables);
      this.recordsSession = true;
    });
  }

  endSession(): MaybePromise<Uint8Array> {
    return this.task(DATABASE, Call.plain, 'write', ({ engine }) => {
      this.recordsSession = false;
      return engine.endSession();
    });
  }

  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): MaybePromise<void> {
    return this.task(DATABASE, Call.plain, 'write', (connection) => {
      if (this.config.readonly) throw sqliteServiceError('READONLY', 'the database was opened with `readonly`: open it without, to write');
      connection.changedByOthers();
      connection.engine.applyChangeset(bytes, onConflict);
    });
  }

  plan(sql: string, params: SQLParams | undefined): MaybePromise<QueryPlan[]> {
    return this.task(DATABASE, Call.plain, 'read', ({ engine }) => queryPlan(engine, sql, params));
  }

  analyze(sql: string, params: SQLParams | undefined): MaybePromise<QueryAnalysis> {
    return this.task(DATABASE, Call.plain, 'read', ({ engine }) => analyze(engine, sql, params));
  }

  optimize(): MaybePromise<OptimizationResult> {
    return this.task(DATABASE, Call.plain, 'write', (connection) => {
      connection.refresh();
      return optimizeDatabase(connection.engine, this.config.readonly);
    });
  }

  serialize(): MaybePromise<Uint8Array> {
    return this.task(DATABASE, Call.plain, 'read', (connection) => {
      refuseInside(connection, 'serialize');
      connection.statements.clear();
      return connection.engine.serialize();
    });
  }

  deserialize(bytes: Uint8Array): MaybePromise<void> {
    return this.task(DATABASE, Call.plain, 'write', (connection) => {
      if (this.config.readonly) throw sqliteServiceError('READONLY', 'the database was opened with `readonly`: open it without, to replace it');
      refuseInside(connection, 'deserialize');
      this.cursors.closeAll(connection);
      connection.statements.clear();
      connection.engine.deserialize(bytes);
      connection.changedByOthers();
    });
  }

  selfCheck(): MaybePromise<void> {
    return this.task(DATABASE, Call.plain, 'read', (connection) => {
      const row = connection.query({ sql: "SELECT 20 + 22 AS n, 'é' || ? AS t", params: ['😀'], useCache: false, explain: false }).rows.objects({ bigint: false })[0];
      if (row?.['n'] !== 42 || row['t'] !== 'é😀') throw sqliteServiceError('CORRUPT', `the check of SQLite gave ${JSON.stringify(row)}: report it, this is our defect`);
    });
  }
}

/** Half of a transaction is no database. */
function refuseInside({ engine }: Connection, operation: string): void {
  if (engine.inTransaction) throw sqliteServiceError('BUSY', `${operation}() inside a transaction: COMMIT or ROLLBACK first`);
}
