/** A `SqlEngine` over a host's own SQLite. What the hosts do not tell (parameters, tables touched, row changes that committed) is found here, once for all. */
import type { Variant } from '../../../types.js';
import type { EngineFeature, EngineStatement, SqlEngine } from '../engine.js';
import { sqliteServiceError, timedOut, unsupported, aborted } from '../errors.js';
import { fromSqlite, SQLITE } from '../result-codes.js';
import { host } from '../../../host/index.js';
import { ServiceError } from '../../../errors.js';
import { readStatement, refuseUnsafe, splitStatements, type SqlText } from '../sql-text.js';
import type { Change, SQLAggregate, SQLValue } from '../types.js';
import { Changes } from './changes.js';
import type { HostDatabase, HostDriver, HostFunction, HostStatement } from './database.js';
import { HostEngineStatement } from './host-statement.js';
import { accessOf, type Instruction, type Roots } from './program.js';
import { VECTOR_FUNCTIONS } from './vectors.js';

interface Registered { function?: { fn: (...args: SQLValue[]) => SQLValue; options: HostFunction }; aggregate?: SQLAggregate<unknown> }
export interface OpenHostEngine { file?: string; readonly?: boolean }

export class HostEngine implements SqlEngine {
  readonly variant: Variant = 'js';
  readonly name: SqlEngine['name'];
  readonly version: string;
  readonly options: readonly string[];
  readonly lacks: Readonly<Partial<Record<EngineFeature, string>>>;
  readonly #driver: HostDriver;
  readonly #from: OpenHostEngine;
  #database: HostDatabase;
  readonly #changes = new Changes();
  readonly #registered = new Map<string, Registered>();
  #deadline: number | undefined;
  #cancel: (() => boolean) | undefined;
  #sessions: { changeset(): Uint8Array; close(): void }[] | undefined;
  /** Raised when the database behind this engine is another one: statements are prepared again. */
  generation = 0;

  constructor(driver: HostDriver, from: OpenHostEngine = {}) {
    this.#driver = driver;
    this.#from = from;
    this.name = driver.name;
    try {
      this.#database = driver.open(from);
    } catch (error) {
      throw openFailure(error, from);
    }
    this.version = String(this.value('SELECT sqlite_version()'));
    this.options = this.rows('PRAGMA compile_options').map(([option]) => String(option));
    this.lacks = { ...lacking(this.options), ...driver.lacks };
    if (!this.lacks.vectors) for (const [name, fn] of VECTOR_FUNCTIONS) this.createFunction(name, fn as (...args: SQLValue[]) => SQLValue, { deterministic: true, arity: 2 });
  }

  get inTransaction(): boolean { return this.#database.inTransaction() ?? this.#probeTransaction(); }
  get totalChanges(): number { return Number(this.value('SELECT total_changes()')); }
  get memoryBytes(): number {
    if (this.#database.memoryBytes) return this.#database.memoryBytes();
    return this.guard(undefined, () => Number(this.value('PRAGMA page_count')) * Number(this.value('PRAGMA page_size')));
  }

  get database(): HostDatabase { return this.#database; }

  /** BEGIN fails exactly when a transaction is open. */
  #probeTransaction(): boolean {
    try {
      this.#database.exec('BEGIN');
    } catch {
      return true;
    }
    this.#database.exec('COMMIT');
    return false;
  }

  prepare(sql: string): EngineStatement {
    const text = readStatement(sql);
    refuseUnsafe(text);
    return new HostEngineStatement(this, sql, text);
  }

  configure(sql: string): void { this.exec(sql); }

  exec(sql: string): void {
    for (const part of splitStatements(sql)) {
      const statement = this.prepare(part);
      try { statement.run(undefined); } finally { statement.finalize(); }
    }
  }


  setDeadline(at: number | undefined): void { this.#deadline = at; }
  setCancel(poll: (() => boolean) | undefined): void { this.#cancel = poll; }

  /** Between rows and statements: there is no way into a running one. */
  checkTime(sql: string): void {
    if (this.#deadline !== undefined && host.now() >= this.#deadline) throw timedOut(sql);
    if (this.#cancel?.()) throw aborted();
  }

  get watchesTime(): boolean { return this.#deadline !== undefined || this.#cancel !== undefined; }

  // ── functions ──

  createFunction(name: string, fn: (...args: SQLValue[]) => SQLValue, options: HostFunction): void {
    const noted = this.#noting(name, fn);
    this.guard(undefined, () => this.#database.createFunction(name, noted, options));
    this.#registered.set(name.toLowerCase(), { function: { fn: noted, options } });
  }

  createAggregate<S>(name: string, aggregate: SQLAggregate<S>): void {
    const noted = { start: this.#noting(name, aggregate.start), step: this.#noting(name, aggregate.step), result: this.#noting(name, aggregate.result) } as SQLAggregate<unknown>;
    this.guard(undefined, () => this.#database.createAggregate(name, noted));
    this.#registered.set(name.toLowerCase(), { aggregate: noted });
  }

  #thrown: { name: string; error: unknown } | undefined;

  /** What a user's function throws is the cause of the statement's failure, whatever the host makes of it. */
  #noting<A extends unknown[], R>(name: string, fn: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      try {
        return fn(...args);
      } catch (error) {
        this.#thrown = { name, error };
        throw error;
      }
    };
  }

  #registerAgain(database: HostDatabase): void {
    for (const [name, { function: scalar, aggregate }] of this.#registered) {
      if (scalar) database.createFunction(name, scalar.fn, scalar.options);
      if (aggregate) database.createAggregate(name, aggregate);
    }
  }

  // ── changes ──

  recordChanges(on: boolean): void {
    if (on && !this.#database.onUpdate) throw unsupported(`onChange is not possible here: ${this.lacks.updateHook}`);
    this.#changes.recording = on;
    this.#database.onUpdate?.(on ? (change) => this.#changes.add(change) : undefined);
  }

  takeChanges(): Change[] { return this.#changes.take(); }

  /** Around every statement that may write, so that changes that were undone are forgotten. */
  tracked<T>(text: SqlText, work: () => T): T {
    if (!this.#changes.recording) return work();
    const mark = this.#changes.begin();
    try {
      const result = work();
      this.#changes.succeeded(text, this.inTransaction);
      return result;
    } catch (error) {
      this.#changes.failed(mark, this.inTransaction);
      throw error;
    }
  }

  // ── whole databases ──

  serialize(): Uint8Array {
    const { serialize } = this.#database;
    if (!serialize || this.lacks.serialize) throw unsupported(`serialize() is not possible here: ${this.lacks.serialize}`);
    const bytes = this.guard(undefined, () => serialize.call(this.#database));
    this.#registerAgainIfReopened();
    return bytes;
  }

  /** Some releases of sql.js open their database anew to export it: then the functions, ours among them, are gone. */
  #registerAgainIfReopened(): void {
    if (this.name !== 'sql.js') return;
    try { this.#database.prepare('SELECT vec_distance_l2(NULL, NULL)').finalize(); return; } catch { /* opened anew */ }
    this.generation++;
    this.#registerAgain(this.#database);
    if (this.#changes.recording) this.recordChanges(true);
  }

  deserialize(bytes: Uint8Array): void {
    if (this.#from.file !== undefined || this.lacks.serialize) {
      throw unsupported(`deserialize() is not possible here: ${this.lacks.serialize ?? 'this engine would leave the file and go on in memory; copy the rows, or put the file in place before opening it'}`);
    }
    const fresh = this.#openChecked(bytes);
    const { recording } = this.#changes;
    this.#database.close();
    this.#database = fresh;
    this.generation++;
    this.#registerAgain(fresh);
    this.#changes.clear();
    if (recording) this.recordChanges(true);
  }

  #openChecked(bytes: Uint8Array): HostDatabase {
    let fresh: HostDatabase | undefined;
    try {
      fresh = this.#driver.open({ bytes });
      // SQLite opens many a damaged file and finds out later.
      const check = fresh.prepare('PRAGMA quick_check(1)');
      const [[verdict] = []] = check.all([]);
      check.finalize();
      if (verdict === 'ok') return fresh;
      throw sqliteServiceError('CORRUPT', `these bytes are a damaged database (${String(verdict)}): restore a good copy; the database that was open stands`);
    } catch (error) {
      try { fresh?.close(); } catch { /* it was never in use */ }
      if (error instanceof ServiceError) throw error;
      throw sqliteServiceError('CORRUPT', `these bytes are no SQLite database (${(error as Error).message}): check where they come from; the database that was open stands`, { cause: error });
    }
  }

  // ── changesets ──

  startSession(tables?: readonly string[]): void {
    const { startSession } = this.#database;
    if (!startSession) throw unsupported(`changesets are not possible here: ${this.lacks.session}`);
    if (this.#sessions) throw sqliteServiceError('BUSY', 'a changeset is being recorded already: one at a time');
    this.#sessions = this.guard(undefined, () => (tables ?? [undefined]).map((table) => startSession.call(this.#database, table)));
  }

  endSession(): Uint8Array {
    const sessions = this.#sessions ?? [];
    this.#sessions = undefined;
    const parts = sessions.map((session) => session.changeset());
    for (const session of sessions) session.close();
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let at = 0;
    for (const part of parts) { whole.set(part, at); at += part.byteLength; }
    return whole;
  }

  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): void {
    const { applyChangeset } = this.#database;
    if (!applyChangeset) throw unsupported(`changesets are not possible here: ${this.lacks.session}`);
    this.guard(undefined, () => applyChangeset.call(this.#database, bytes, onConflict));
  }

  openScratch(): SqlEngine { return new HostEngine(this.#driver); }

  close(): void {
    for (const session of this.#sessions ?? []) session.close();
    this.#sessions = undefined;
    this.#database.close();
  }

  // ── for statements ──

  #counters: HostStatement | undefined;
  #countersOf = -1;

  /** Rows of the last INSERT, UPDATE or DELETE, and the last rowid. */
  counters(): SQLValue[] {
    if (this.#countersOf !== this.generation) {
      this.#counters = this.#database.prepare('SELECT changes(), last_insert_rowid()');
      this.#countersOf = this.generation;
    }
    return this.#counters!.all([])[0];
  }

  rows(sql: string): SQLValue[][] {
    return this.guard(sql, () => {
      const statement = this.#database.prepare(sql);
      try { return statement.all([]); } finally { statement.finalize(); }
    });
  }

  value(sql: string): SQLValue { return this.rows(sql)[0]?.[0]; }

  access(text: SqlText): ReturnType<typeof accessOf> {
    const program = this.rows(`EXPLAIN ${text.sql}`).map(([, opcode, p1, p2, p3, p4]): Instruction => ({ opcode: String(opcode), p1: Number(p1), p2: Number(p2), p3: Number(p3), p4: String(p4 ?? '') }));
    return accessOf(program, this.#roots(), (name) => {
      const known = this.#registered.get(name);
      return known === undefined || known.function?.options.deterministic === true;
    });
  }

  #roots(): Roots {
    const places = ['sqlite_schema', 'sqlite_temp_schema'].map((schema) =>
      new Map(this.rows(`SELECT rootpage, tbl_name FROM ${schema} WHERE rootpage > 0`).map(([page, name]) => [Number(page), String(name).toLowerCase()])));
    return (database, page) => (page === 1 ? 'sqlite_schema' : places[database]?.get(page));
  }

  /** Whatever SQLite or its binding threw, as an error of this package. */
  guard<T>(sql: string | undefined, work: () => T, row?: number): T {
    try {
      return work();
    } catch (error) {
      const thrown = this.#thrown;
      this.#thrown = undefined;
      if (error instanceof ServiceError) throw error;
      if (thrown) throw functionFailed(thrown.name, thrown.error, sql);
      const failure = this.#database.failure(error);
      throw failure ? fromSqlite({ ...failure, cause: error, ...(sql !== undefined && { sql }), ...(row !== undefined && { row }) })
        : sqliteServiceError('SQL', `${this.name} failed: ${(error as Error)?.message ?? String(error)}`, { cause: error, detail: { code: SQLITE.ERROR, extendedCode: SQLITE.ERROR, ...(sql !== undefined && { sql }) } });
    }
  }
}

function functionFailed(name: string, cause: unknown, sql: string | undefined): Error {
  return sqliteServiceError('SQL', `the function ${name}() threw: ${(cause as Error)?.message ?? String(cause)}; the statement was undone`, { cause, detail: { code: SQLITE.ERROR, extendedCode: SQLITE.ERROR, ...(sql !== undefined && { sql }) } });
}

function openFailure(error: unknown, { file }: OpenHostEngine): Error {
  if (error instanceof ServiceError || file === undefined) return error as Error;
  return sqliteServiceError('STORAGE_IO', `the file ${JSON.stringify(file)} can not be opened (${(error as Error).message}): check that its directory exists and may be written`, { cause: error });
}

/** From the compile options: what was left out of this build of SQLite. */
function lacking(options: readonly string[]): Partial<Record<EngineFeature, string>> {
  const has = (option: string): boolean => options.some((o) => o === option || o.startsWith(`${option}=`));
  const lacks: Partial<Record<EngineFeature, string>> = {};
  const need = (feature: EngineFeature, option: string, what: string): void => { if (!has(option)) lacks[feature] = `this build of SQLite has no ${what}`; };
  need('fts5', 'ENABLE_FTS5', 'FTS5: full-text search is not possible here');
  need('rtree', 'ENABLE_RTREE', 'R-Tree');
  need('math', 'ENABLE_MATH_FUNCTIONS', 'mathematical functions');
  need('stat4', 'ENABLE_STAT4', 'STAT4: the planner has coarser statistics');
  need('dbstat', 'ENABLE_DBSTAT_VTAB', 'dbstat table');
  return lacks;
}
