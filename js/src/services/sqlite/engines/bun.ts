/** The fallback on Bun: its own SQLite. */
import type { SqliteFailure } from '../result-codes.js';
import type { Change, SQLValue } from '../types.js';
import type { BoundValue } from '../values.js';
import { adapted, adaptedAggregate, withLength } from './common.js';
import type { HostDatabase, HostDriver, HostRow, HostStatement } from './database.js';

type Listener = ((database: unknown, table: string, rowid: number | bigint) => void) | null;
interface BunStatement {
  readonly columnNames: string[];
  values(...values: unknown[]): HostRow[] | null;
  run(...values: unknown[]): unknown;
  iterate(...values: unknown[]): Iterator<Record<string, SQLValue>>;
  safeIntegers(on: boolean): unknown;
  finalize(): void;
}
interface BunDatabase {
  prepare(sql: string): BunStatement;
  run(sql: string): unknown;
  close(throwOnError?: boolean): void;
  readonly inTransaction: boolean;
  function?(name: string, options: object, fn: unknown): void;
  aggregate?(name: string, options: object): void;
  serialize(): Uint8Array;
  onInsert?: Listener;
  onUpdate?: Listener;
  onDelete?: Listener;
}
export interface BunSqlite {
  Database: { new (path: string, options?: object): BunDatabase; deserialize(bytes: Uint8Array): BunDatabase; prototype: object };
  Statement: { prototype: object };
}

/** Older releases lack what is needed to bring integers out exactly. */
export function isUsable({ Statement }: BunSqlite): boolean {
  return 'safeIntegers' in Statement.prototype;
}

const METHODS = ['function', 'aggregate', 'onInsert'] as const;

export function bunDriver(module: BunSqlite): HostDriver {
  const [hasFunctions, hasAggregates, hasHook] = METHODS.map((name) => name in module.Database.prototype);
  return {
    name: 'bun:sqlite',
    lacks: {
      session: 'bun:sqlite has no session extension', interrupt: 'bun:sqlite can not be interrupted: time is looked at between rows and statements',
      authorizer: 'ATTACH and unsafe pragmas are recognised by their SQL',
      ...(!hasFunctions && { functions: 'this release of bun:sqlite takes no functions', vectors: 'this release of bun:sqlite takes no functions' }), ...(!hasAggregates && { aggregates: 'this release of bun:sqlite takes no aggregates' }),
      ...(!hasHook && { updateHook: 'this release of bun:sqlite has no update hook' }),
    },
    open({ bytes, file, readonly }) {
      const { Database } = module;
      const database = bytes && bytes.byteLength > 0 ? Database.deserialize(bytes)
        : new Database(file ?? ':memory:', readonly === true && file !== undefined ? { readonly: true } : { readwrite: true, create: true });
      return hasHook ? new WatchedDatabase(database) : new BunHostDatabase(database);
    },
  };
}

class BunHostDatabase implements HostDatabase {
  protected readonly database: BunDatabase;

  constructor(database: BunDatabase) {
    this.database = database;
  }

  prepare(sql: string): HostStatement {
    const statement = this.database.prepare(sql);
    statement.safeIntegers(true);
    return {
      columns: () => statement.columnNames,
      run: (values) => { statement.run(...values); },
      all: (values) => statement.values(...values) ?? [],
      iterate: (values) => rowsOf(statement, values),
      finalize: () => statement.finalize(),
    };
  }

  exec(sql: string): void { this.database.run(sql); }
  inTransaction(): boolean { return this.database.inTransaction; }

  createFunction(name: string, fn: (...args: SQLValue[]) => SQLValue, { deterministic, arity }: { deterministic: boolean; arity: number }): void {
    this.database.function!(name, { deterministic, varargs: arity < 0, safeIntegers: true }, withLength(adapted(name, fn), Math.max(0, arity)));
  }

  createAggregate(name: string, aggregate: Parameters<HostDatabase['createAggregate']>[1]): void {
    this.database.aggregate!(name, { ...adaptedAggregate(name, aggregate), varargs: true, safeIntegers: true });
  }

  /** A Buffer, whose `slice` shares; callers get a plain array over the same memory. */
  serialize(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.database.serialize();
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  failure(error: unknown): SqliteFailure | undefined {
    const { errno, message, byteOffset } = error as { errno?: number; message: string; byteOffset?: number };
    return typeof errno === 'number' ? { code: errno, message, ...(byteOffset !== undefined && byteOffset >= 0 && { offset: byteOffset }) } : undefined;
  }

  close(): void { this.database.close(); }
}

class WatchedDatabase extends BunHostDatabase {
  onUpdate(listener: ((change: Change) => void) | undefined): void {
    const hear = (operation: Change['operation']): Listener => (listener ? (_, table, rowid) => listener({ table, operation, rowid }) : null);
    this.database.onInsert = hear('insert');
    this.database.onUpdate = hear('update');
    this.database.onDelete = hear('delete');
  }
}

/** It iterates over objects alone, which lose all but one of equal names: such rows are read at once. */
function rowsOf(statement: BunStatement, values: BoundValue[]): Iterator<HostRow> {
  const names = statement.columnNames;
  if (new Set(names).size < names.length) return (statement.values(...values) ?? [])[Symbol.iterator]();
  const rows = statement.iterate(...values);
  return {
    next() {
      const { done, value } = rows.next();
      return done ? { done: true, value: undefined } : { done: false, value: names.map((name) => value[name]) };
    },
    return() { rows.return?.(); return { done: true, value: undefined }; },
  };
}
