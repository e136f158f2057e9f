/** What a host's own SQLite is to host-engine.ts: the least that node:sqlite, bun:sqlite and sql.js have in common. */
import type { EngineFeature, SqlEngine } from '../engine.js';
import type { SqliteFailure } from '../result-codes.js';
import type { Change, SQLAggregate, SQLValue } from '../types.js';
import type { BoundValue, ParameterNames } from '../values.js';

export type HostRow = SQLValue[];

/** A prepared statement. INTEGER comes out as bigint; numbers go in as what `bindsAsInteger` says. */
export interface HostStatement {
  columns(): string[];
  /** To the end, rows dropped. */
  run(values: BoundValue[]): void;
  all(values: BoundValue[]): HostRow[];
  /** Ending it early (`return`) resets the statement. */
  iterate(values: BoundValue[]): Iterator<HostRow>;
  finalize(): void;
}

export interface HostFunction { deterministic: boolean; arity: number }

export interface HostDatabase {
  /** @param names of its parameters, index 0 is ?1 */
  prepare(sql: string, names?: ParameterNames): HostStatement;
  exec(sql: string): void;
  /** Undefined: it does not tell. */
  inTransaction(): boolean | undefined;
  createFunction(name: string, fn: (...args: SQLValue[]) => SQLValue, options: HostFunction): void;
  createAggregate(name: string, aggregate: SQLAggregate<unknown>): void;
  /** Present where it has an update hook. */
  onUpdate?(listener: ((change: Change) => void) | undefined): void;
  serialize?(): Uint8Array;
  startSession?(table: string | undefined): { changeset(): Uint8Array; close(): void };
  applyChangeset?(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): void;
  memoryBytes?(): number;
  /** SQLite's failure behind what it threw; undefined: not SQLite's. */
  failure(error: unknown): SqliteFailure | undefined;
  close(): void;
}

/** One kind of host database. */
export interface HostDriver {
  readonly name: Exclude<SqlEngine['name'], 'rusqlite'>;
  readonly lacks: Readonly<Partial<Record<EngineFeature, string>>>;
  /** `bytes`: a database to start from, in memory. `file`: the file itself. Neither: an empty one in memory. */
  open(from: { bytes?: Uint8Array; file?: string; readonly?: boolean }): HostDatabase;
}
