/** The fallback everywhere else: sql.js, SQLite compiled to plain JavaScript, in memory. An optional peer, loaded only when it is needed. */
import { sqliteServiceError } from '../errors.js';
import type { SqliteFailure } from '../result-codes.js';
import type { Change, SQLValue } from '../types.js';
import { bindsAsInteger, type BoundValue } from '../values.js';
import { isWord, readStatement, tokenize } from '../sql-text.js';
import { adapted, adaptedAggregate, withLength } from './common.js';
import type { HostDatabase, HostDriver, HostRow, HostStatement } from './database.js';

interface SqlJsStatement {
  bind(values: unknown[]): boolean;
  step(): boolean;
  get(params: null, options: { useBigInt: boolean }): HostRow;
  getColumnNames(): string[];
  reset(): void;
  free(): boolean;
}
interface SqlJsDatabase {
  prepare(sql: string): SqlJsStatement;
  exec(sql: string): unknown;
  run(sql: string): unknown;
  export(): Uint8Array;
  create_function(name: string, fn: unknown): void;
  create_aggregate(name: string, functions: object): void;
  updateHook(listener: ((operation: string, database: string, table: string, rowid: number) => void) | null): void;
  close(): void;
}
/** What `initSqlJs()` resolves with. */
export interface SqlJs { Database: new (bytes?: Uint8Array) => SqlJsDatabase }

export function sqlJsDriver(library: SqlJs): HostDriver {
  return {
    name: 'sql.js',
    lacks: {
      session: 'sql.js has no session extension', interrupt: 'sql.js can not be interrupted: time is looked at between rows and statements',
      authorizer: 'ATTACH and unsafe pragmas are recognised by their SQL',
    },
    open({ bytes }) { return new SqlJsHostDatabase(new library.Database(bytes && bytes.byteLength > 0 ? bytes : undefined)); },
  };
}

class SqlJsHostDatabase implements HostDatabase {
  readonly #database: SqlJsDatabase;
  /** Undefined: unknown, after something that may have ended a transaction. */
  #transaction: boolean | undefined = false;

  constructor(database: SqlJsDatabase) {
    this.#database = database;
  }

  prepare(sql: string): HostStatement {
    const words = [...firstWords(sql)];
    const statement = new SqlJsHostStatement(this.#database, sql);
    return {
      columns: () => statement.columns(),
      run: (values) => this.#watched(words, () => statement.run(values)),
      all: (values) => this.#watched(words, () => statement.all(values)),
      iterate: (values) => statement.iterate(values),
      finalize: () => statement.finalize(),
    };
  }

  exec(sql: string): void { this.#watched([...firstWords(sql)], () => this.#database.exec(sql)); }

  inTransaction(): boolean | undefined { return this.#transaction; }

  #watched<T>(words: string[], work: () => T): T {
    let result: T;
    try {
      result = work();
    } catch (error) {
      // Some failures roll the transaction back.
      if (this.#transaction) this.#transaction = undefined;
      throw error;
    }
    switch (words[0]) {
      case 'BEGIN': case 'SAVEPOINT': this.#transaction = true; break;
      case 'COMMIT': case 'END': this.#transaction = false; break;
      case 'ROLLBACK': if (!words.includes('TO')) this.#transaction = false; break;
      case 'RELEASE': this.#transaction = undefined; break;
      default: // the others leave it as it is
    }
    return result;
  }

  createFunction(name: string, fn: (...args: SQLValue[]) => SQLValue, { arity }: { arity: number }): void {
    this.#database.create_function(name, withLength(adapted(name, fn, false), arity));
  }

  createAggregate(name: string, aggregate: Parameters<HostDatabase['createAggregate']>[1]): void {
    const { start, step, result } = adaptedAggregate(name, aggregate, false);
    // It takes its number of arguments from `step`, less one for the state: 0 makes it variadic.
    this.#database.create_aggregate(name, { init: start, step: withLength(step, 0), finalize: result });
  }

  onUpdate(listener: ((change: Change) => void) | undefined): void {
    this.#database.updateHook(listener ? (operation, _, table, rowid) => listener({ operation: operation as Change['operation'], table, rowid }) : null);
  }

  serialize(): Uint8Array { return this.#database.export(); }

  failure(error: unknown): SqliteFailure | undefined {
    const message = (error as Error)?.message ?? String(error);
    if (/^Aborted\(|out of memory.*abort/i.test(message) || error instanceof RangeError) {
      throw sqliteServiceError('INSTANCE_POISONED', `sql.js ended itself (${message}): what was in memory is lost. Make a new service; a database beyond some hundred megabytes needs the WebAssembly engine`, { variant: 'js', cause: error });
    }
    return { code: codeOf(message), message };
  }

  close(): void { this.#database.close(); }
}

function* firstWords(sql: string): Generator<string> {
  let n = 0;
  for (const token of tokenize(sql)) {
    if (n++ === 6) return;
    yield isWord(token, 'TO') ? 'TO' : token.text.toUpperCase();
  }
}

class SqlJsHostStatement {
  readonly #database: SqlJsDatabase;
  readonly #sql: string;
  readonly #main: SqlJsStatement;
  /** The same statement for other kinds of values, by which parameters are integers of more than 32 bits. */
  readonly #wide = new Map<string, SqlJsStatement>();

  constructor(database: SqlJsDatabase, sql: string) {
    this.#database = database;
    this.#sql = sql;
    this.#main = database.prepare(sql);
  }

  columns(): string[] { return this.#main.getColumnNames(); }

  run(values: BoundValue[]): void {
    const statement = this.#bound(values);
    try { while (statement.step()) { /* rows are dropped */ } } finally { statement.reset(); }
  }

  all(values: BoundValue[]): HostRow[] {
    const rows: HostRow[] = [];
    const statement = this.#bound(values);
    try { while (statement.step()) rows.push(statement.get(null, { useBigInt: true })); } finally { statement.reset(); }
    return rows;
  }

  iterate(values: BoundValue[]): Iterator<HostRow> {
    const statement = this.#bound(values);
    const end = (): IteratorResult<HostRow> => { statement.reset(); return { done: true, value: undefined }; };
    return {
      next: () => {
        try {
          return statement.step() ? { done: false, value: statement.get(null, { useBigInt: true }) } : end();
        } catch (error) {
          end();
          throw error;
        }
      },
      return: end,
    };
  }

  /** It binds integers of 32 bits alone: wider ones go in as text, and are made integers again by the statement. */
  #bound(values: BoundValue[]): SqlJsStatement {
    const wide: number[] = [];
    const bound = values.map((value, i) => {
      const integer = typeof value === 'bigint' || (typeof value === 'number' && bindsAsInteger(value));
      if (!integer) return value;
      if (BigInt.asIntN(32, BigInt(value)) === BigInt(value)) return Number(value);
      wide.push(i);
      return String(value);
    });
    const statement = wide.length === 0 ? this.#main : this.#widened(wide);
    statement.bind(bound);
    return statement;
  }

  #widened(wide: number[]): SqlJsStatement {
    const key = wide.join();
    let statement = this.#wide.get(key);
    if (!statement) this.#wide.set(key, statement = this.#database.prepare(widen(this.#sql, new Set(wide))));
    return statement;
  }

  finalize(): void {
    this.#main.free();
    for (const statement of this.#wide.values()) statement.free();
    this.#wide.clear();
  }
}

/** Parameters by number, those in `wide` as integers read from text; the unary plus takes the affinity of the CAST away. */
function widen(sql: string, wide: ReadonlySet<number>): string {
  const { tokens, parameters } = readStatement(sql);
  let out = '';
  let at = tokens[0].start;
  let next = 0;
  for (const { kind, text, start, end } of tokens) {
    if (kind !== 'parameter') continue;
    // As SQLite numbers them: a bare `?` follows the highest number so far.
    const i = text === '?' ? next : text[0] === '?' ? Number(text.slice(1)) - 1 : parameters.indexOf(text);
    next = Math.max(next, i + 1);
    out += sql.slice(at, start) + (wide.has(i) ? `(+CAST(?${i + 1} AS INTEGER))` : `?${i + 1}`);
    at = end;
  }
  return sql.slice(0, tokens[0].start) + out + sql.slice(at);
}

/** It tells messages alone; these are SQLite's own words for each code. */
const CODES: readonly [RegExp, number][] = [
  [/^UNIQUE constraint failed/, 2067], [/^NOT NULL constraint failed/, 1299], [/^CHECK constraint failed/, 275], [/^FOREIGN KEY constraint failed/, 787],
  [/constraint failed/, 19], [/^cannot store .* value in/, 3091], [/^datatype mismatch/, 20], [/disk image is malformed/, 11], [/^file is not a database/, 26], [/readonly database/, 8],
  [/^database is locked/, 5], [/^database table is locked/, 6], [/^database or disk is full/, 13], [/^string or blob too big/, 18], [/^out of memory/, 7],
  [/^interrupted/, 9], [/^not authorized/, 23],
];

function codeOf(message: string): number {
  return CODES.find(([pattern]) => pattern.test(message))?.[1] ?? 1;
}
