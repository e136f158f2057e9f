/** The fallback on Node: its own SQLite. */
import type { EngineFeature } from '../engine.js';
import type { SQLValue } from '../types.js';
import type { BoundValue, ParameterNames } from '../values.js';
import { fromSqlite, SQLITE, type SqliteFailure } from '../result-codes.js';
import { adapted, adaptedAggregate, integersAsBigints, withLength } from './common.js';
import type { HostDatabase, HostDriver, HostRow, HostStatement } from './database.js';

/** The part of the module that is used, as its newest releases have it. */
interface NodeStatement {
  columns(): { name: string }[];
  all(...values: unknown[]): HostRow[];
  run(...values: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...values: unknown[]): Iterator<HostRow>;
  setReadBigInts(on: boolean): void;
  setReturnArrays(on: boolean): void;
  close?(): void;
}
interface NodeDatabase {
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  close(): void;
  readonly isTransaction: boolean;
  function(name: string, options: object, fn: unknown): void;
  aggregate(name: string, options: object): void;
  serialize?(): Uint8Array;
  deserialize?(bytes: Uint8Array): void;
  createSession(options: { table?: string }): { changeset(): Uint8Array; close(): void };
  applyChangeset(bytes: Uint8Array, options: object): boolean;
  enableDefensive?(on: boolean): void;
}
export interface NodeSqlite {
  DatabaseSync: { new (path: string, options: object): NodeDatabase; prototype: object };
  StatementSync: { prototype: object };
  constants: Record<string, number>;
}

/** Older releases lack what is needed to bring rows out exactly; they take sql.js. */
export function isUsable({ DatabaseSync, StatementSync }: NodeSqlite): boolean {
  return 'setReturnArrays' in StatementSync.prototype && 'columns' in StatementSync.prototype && 'isTransaction' in DatabaseSync.prototype || hasOwnTransaction(DatabaseSync);
}

/** `isTransaction` is an own property in some releases. */
function hasOwnTransaction(DatabaseSync: NodeSqlite['DatabaseSync']): boolean {
  const probe = new DatabaseSync(':memory:', {});
  const has = 'isTransaction' in probe && 'setReturnArrays' in probe.prepare('SELECT 1') && 'columns' in probe.prepare('SELECT 1');
  probe.close();
  return has;
}

export function nodeDriver(module: NodeSqlite): HostDriver {
  const lacks: Partial<Record<EngineFeature, string>> = {
    updateHook: "Node's SQLite has no update hook", interrupt: "Node's SQLite can not be interrupted: time is looked at between rows and statements",
    authorizer: 'ATTACH and unsafe pragmas are recognised by their SQL',
    ...(!('serialize' in module.DatabaseSync.prototype) && { serialize: 'this release of Node can not serialize a database' }),
  };
  return {
    name: 'node:sqlite', lacks,
    open({ bytes, file, readonly }) {
      const database = new module.DatabaseSync(file ?? ':memory:', { readOnly: readonly === true && file !== undefined, enableForeignKeyConstraints: false, allowExtension: false });
      try {
        database.enableDefensive?.(true);
        // No bytes are an empty database.
        if (bytes && bytes.byteLength > 0) database.deserialize!(bytes);
      } catch (error) {
        database.close();
        throw error;
      }
      return new NodeHostDatabase(module, database);
    },
  };
}

/** It takes named parameters by name alone, and the others in order. */
function binder(names: ParameterNames): (values: BoundValue[]) => unknown[] {
  const isNamed = (name: string | undefined): boolean => name !== undefined && name[0] !== '?';
  if (!names.some(isNamed)) return (values) => values;
  return (values) => {
    const named: Record<string, BoundValue> = {};
    const rest: unknown[] = [named];
    values.forEach((value, i) => { if (isNamed(names[i])) named[names[i]!] = value; else rest.push(value); });
    return rest;
  };
}

/** The state of an aggregate one of whose steps threw. */
class Failed { constructor(readonly error: unknown) {} }

class NodeHostDatabase implements HostDatabase {
  readonly #module: NodeSqlite;
  readonly #database: NodeDatabase;

  constructor(module: NodeSqlite, database: NodeDatabase) {
    this.#module = module;
    this.#database = database;
  }

  prepare(sql: string, names: ParameterNames = []): HostStatement {
    const statement = this.#database.prepare(sql);
    const bind = binder(names);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    return {
      columns: () => statement.columns().map(({ name }) => name),
      run: (values) => { statement.run(...bind(integersAsBigints(values))); },
      all: (values) => statement.all(...bind(integersAsBigints(values))),
      iterate: (values) => statement.iterate(...bind(integersAsBigints(values))),
      finalize: () => { statement.close?.(); },
    };
  }

  exec(sql: string): void { this.#database.exec(sql); }
  inTransaction(): boolean { return this.#database.isTransaction; }

  createFunction(name: string, fn: Parameters<HostDatabase['createFunction']>[1], { deterministic, arity }: Parameters<HostDatabase['createFunction']>[2]): void {
    this.#database.function(name, { deterministic, varargs: arity < 0, useBigIntArguments: true }, withLength(adapted(name, fn), Math.max(0, arity)));
  }

  createAggregate(name: string, aggregate: Parameters<HostDatabase['createAggregate']>[1]): void {
    const { start, step, result } = adaptedAggregate(name, aggregate);
    this.#database.aggregate(name, {
      start,
      // Node 26.10 loses what `step` throws, and the statement gives nothing: the error goes on as the state, for `result` to throw.
      step: (state: unknown, ...args: SQLValue[]) => {
        if (state instanceof Failed) return state;
        try { return step(state, ...args); } catch (error) { return new Failed(error); }
      },
      result: (state: unknown) => {
        if (state instanceof Failed) throw state.error;
        return result(state);
      },
      varargs: true, useBigIntArguments: true,
    });
  }

  serialize(): Uint8Array { return this.#database.serialize!(); }

  startSession(table: string | undefined): { changeset(): Uint8Array; close(): void } {
    return this.#database.createSession(table === undefined ? {} : { table });
  }

  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): void {
    const { SQLITE_CHANGESET_ABORT: abort, SQLITE_CHANGESET_OMIT: omit, SQLITE_CHANGESET_REPLACE: replace, SQLITE_CHANGESET_DATA: data, SQLITE_CHANGESET_CONFLICT: conflict } = this.#module.constants;
    const applied = this.#database.applyChangeset(bytes, {
      // Only rows that differ or stand in the way can be replaced.
      onConflict: (kind: number) => (onConflict === 'abort' ? abort : onConflict === 'replace' && (kind === data || kind === conflict) ? replace : omit),
    });
    if (!applied) throw fromSqlite({ code: SQLITE.ABORT, message: 'the changeset met rows that differ from what it expects, and was not applied' });
  }

  failure(error: unknown): SqliteFailure | undefined {
    const { errcode, message, code } = error as { errcode?: number; message: string; code?: string };
    if (errcode !== undefined) return { code: errcode, message };
    // Its binding's own refusals: a database that is closed, a statement that is open.
    return code?.startsWith('ERR_SQLITE') || code === 'ERR_INVALID_STATE' ? { code: 1, message } : undefined;
  }

  close(): void { this.#database.close(); }
}
