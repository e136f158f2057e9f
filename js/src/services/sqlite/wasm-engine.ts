/**
 * SQLite compiled to WebAssembly: one connection in one instance. Values cross packed (rows/cells.ts), never one call per value.
 *
 * A trap poisons the instance: every later call throws INSTANCE_POISONED, and `salvage` reads what lay in its memory.
 */
import { ServiceError } from '../../errors.js';
import { springTrap } from '../../faults.js';
import type { Glue } from '../../loader/index.js';
import type { Variant } from '../../types.js';
import type { EngineFeature, SqlEngine } from './engine.js';
import { aborted, sqliteServiceError, timedOut } from './errors.js';
import { SQLITE, fromSqlite } from './result-codes.js';
import type { SqlFiles } from './storage/files.js';
import type { Change, SQLValue } from './types.js';
import { createCore, FACTS, Memory, type CoreDatabase } from './wasm/core.js';
import { ForwardedFiles } from './wasm/files.js';
import { EngineHost } from './wasm/host.js';
import { salvageFiles } from './wasm/salvage.js';
import { Staging } from './wasm/staging.js';
import { WasmStatement } from './wasm/statement.js';
import { PlainTables } from './wasm/plain-tables.js';

export interface WasmEngineOptions {
  /** For the host VFS. Left out: files in the engine's own memory. */
  files?: SqlFiles;
  /** What to start from, by SQLite's names ('db', 'db-journal'): files out of a dead instance's memory. A hot journal is rolled back at open. */
  initial?: ReadonlyMap<string, Uint8Array>;
  /** They come from an instance that lived: they need not be checked. */
  trusted?: boolean;
  readonly?: boolean;
}

/**
 * Opens a database in an instance of its own.
 *
 * @throws ServiceError CORRUPT, READONLY, STORAGE_IO … as the storage and SQLite say
 * @example
 * const engine = createWasmEngine(glue, {});
 * engine.exec('CREATE TABLE t (a)');
 */
export function createWasmEngine(glue: Glue, options: WasmEngineOptions): WasmEngine {
  return new WasmEngine(glue, options);
}

const OPERATIONS = ['insert', 'update', 'delete'] as const;
/** Bytes of a file loaded at once. */
const PIECE = 4 << 20;
/** Changes handed over by one call. */
const CHANGES = 4096;
const CONFLICTS = { omit: 0, replace: 1, abort: 2 } as const;
/** Results of SQLite behind which the storage's own error stands. */
const STORAGE_CODES = new Set<number>([SQLITE.FULL, SQLITE.IOERR, SQLITE.READONLY, SQLITE.BUSY, SQLITE.CANTOPEN, SQLITE.CORRUPT]);

export class WasmEngine implements SqlEngine {
  readonly variant: Variant = 'simd';
  readonly name = 'rusqlite';
  readonly version: string;
  readonly options: readonly string[];
  readonly lacks: Readonly<Partial<Record<EngineFeature, string>>> = {};
  readonly memory: Memory;
  readonly staging: Staging;
  readonly host: EngineHost;
  readonly tables: PlainTables;
  /** The first f64 word of what a call leaves behind. */
  readonly facts: number;
  /** How often recording began: what was compiled before may empty a table without telling which rows. */
  recordings = 0;
  readonly #glue: Glue;
  readonly #files: ForwardedFiles | undefined;
  readonly #root: number;
  #core: CoreDatabase | undefined;
  #poisoned: ServiceError | undefined;

  constructor(glue: Glue, { files, initial, trusted = false, readonly = false }: WasmEngineOptions) {
    this.#glue = glue;
    this.memory = new Memory(glue.memory);
    const memory = (): Memory => this.memory;
    this.host = new EngineHost(memory);
    this.#files = files && new ForwardedFiles(files, memory);
    [this.version, ...this.options] = (glue['sqliteBuild'] as () => string[])();
    const core = this.#core = createCore(glue, this.host, this.#files);
    this.staging = new Staging(this);
    this.tables = new PlainTables(this);
    try {
      for (const [name, bytes] of initial ?? []) this.#load(core, name, bytes);
      if (core.open(readonly) < 0) throw this.failure();
      if (initial && !trusted) this.#checkRestored();
    } catch (error) {
      this.close();
      throw this.explain(error);
    }
    this.#root = core.arenaRoot() >>> 0;
    this.facts = (core.factsPtr() >>> 0) / 8;
    this.memory.refresh();
  }

  /** The instance's connection. A call to it may trap: wrap it in `explain`. @throws DISPOSED, INSTANCE_POISONED */
  get core(): CoreDatabase {
    const core = this.#core;
    if (this.#poisoned) throw this.#poisoned;
    if (!core) throw this.error('DISPOSED', 'this database is closed: open it again');
    if (this.host.inFunction) throw this.error('INVALID_ARGUMENT', 'a function that SQL calls can not use its own database: read what it needs before, and close over it');
    springTrap('sqlite', () => ({ object: core, exports: this.#glue.exports }));
    return core;
  }

  /** What came out of a call: errors of ours pass, everything else is a trap. */
  explain(error: unknown): ServiceError {
    if (error instanceof ServiceError) return error;
    this.#poisoned = new ServiceError('INSTANCE_POISONED', `the WebAssembly instance failed (${String((error as Error)?.message ?? error)}) and is not used again`, { service: 'sqlite', variant: this.variant, cause: error });
    return this.#poisoned;
  }

  /** Calls that tell a failure by throwing null, or not at all: what traps in them (memory that ends, for one) poisons the instance. */
  guard<T>(work: (core: CoreDatabase) => T): T {
    const { core } = this;
    try { return work(core); } catch (error) { throw error === null ? this.failure() : this.explain(error); } finally { this.memory.refresh(); }
  }

  /** SQLite's last failure as an error of this package. */
  failure(sql?: string, row?: number): ServiceError {
    const core = this.#core!;
    const code = core.failureCode(), bytes = core.failureOffset();
    let message: string;
    try { message = core.failureMessage(); } catch (error) { return this.explain(error); }
    const primary = code & 0xff;
    if (primary === SQLITE.INTERRUPT) return this.host.reason === 'cancel' ? aborted() : timedOut(sql);
    if (primary === SQLITE.MISUSE) return sqliteServiceError('INVALID_ARGUMENT', `${message}${MISUSE_CURES[message] ?? ''}`, { detail: { code: primary, extendedCode: code } });
    const storage = this.#files?.takeFailure();
    if (storage instanceof ServiceError && STORAGE_CODES.has(primary)) return storage;
    const thrown = this.host.takeError();
    if (thrown instanceof ServiceError && primary === SQLITE.ERROR) return thrown;
    const cause = thrown ?? storage;
    const offset = bytes >= 0 && sql !== undefined ? utf16Offset(sql, bytes) : undefined;
    return fromSqlite({ code, message, ...(sql !== undefined && { sql }), ...(offset !== undefined && { offset }), ...(row !== undefined && { row }), ...(cause !== undefined && { cause }) });
  }

  error(code: 'DISPOSED' | 'INVALID_ARGUMENT' | 'OUT_OF_MEMORY', message: string): ServiceError {
    return new ServiceError(code, message, { service: 'sqlite', variant: this.variant });
  }

  /** In pieces: a large database must not be here twice. */
  #load(core: CoreDatabase, name: string, bytes: Uint8Array): void {
    for (let at = 0; at === 0 || at < bytes.length; at += PIECE) if (this.#give(core, bytes.subarray(at, at + PIECE)).load(name, at) < 0) throw this.failure();
  }

  /** Puts bytes of the caller's where the next call reads them. As an argument they would trap where there is no room. @throws OUT_OF_MEMORY */
  #give(core: CoreDatabase, bytes: Uint8Array): CoreDatabase {
    const at = core.room(bytes.length) >>> 0;
    this.memory.refresh();
    if (at === 0) throw this.failure();
    this.memory.u8.set(bytes, at);
    return core;
  }

  /** One call off the hot path; a result below 0 is a failure. */
  #call(work: (core: CoreDatabase) => number, sql?: string): number {
    const { core } = this;
    let result: number;
    try { result = work(core); } catch (error) { throw this.explain(error); }
    this.memory.refresh();
    if (result < 0) throw this.failure(sql);
    return result;
  }

  get inTransaction(): boolean { return this.core.inTransaction(); }
  get totalChanges(): number { return this.core.totalChanges(); }
  get memoryBytes(): number { return this.memory.u8.byteLength; }

  prepare(sql: string): WasmStatement {
    const id = this.compile(sql);
    try {
      return new WasmStatement(this, sql, id);
    } catch (error) {
      if (!this.#poisoned) this.guard((core) => core.finalize(id));
      throw error;
    }
  }

  /** The number of a compiled statement. */
  compile(sql: string): number {
    return this.#call((core) => core.prepare(sql), sql);
  }

  exec(sql: string): void {
    this.host.reset();
    this.#call((core) => core.exec(sql, false), sql);
  }

  configure(sql: string): void {
    this.#call((core) => core.exec(sql, true), sql);
  }

  setDeadline(at: number | undefined): void {
    if (at === this.host.deadline) return;
    this.host.deadline = at;
    this.#watch();
  }

  setCancel(poll: (() => boolean) | undefined): void {
    if (poll === this.host.poll) return;
    this.host.poll = poll;
    this.#watch();
  }

  #watch(): void {
    const on = this.host.deadline !== undefined || this.host.poll !== undefined;
    this.#call((core) => { core.watch(on); return 0; });
  }

  createFunction(name: string, fn: (...args: SQLValue[]) => SQLValue, { deterministic, arity }: { deterministic: boolean; arity: number }): void {
    const id = this.host.add({ kind: 'scalar', call: fn });
    this.#call((core) => core.createFunction(name, arity, id, false, deterministic));
  }

  createAggregate<S>(name: string, aggregate: { start: () => S; step: (state: S, ...args: SQLValue[]) => S; result: (state: S) => SQLValue }): void {
    const id = this.host.add({ kind: 'aggregate', start: () => aggregate.start(), step: (state, ...args) => aggregate.step(state as S, ...args), result: (state) => aggregate.result(state as S) });
    this.#call((core) => core.createFunction(name, -1, id, true, true));
  }

  recordChanges(on: boolean): void {
    if (on) this.recordings++;
    this.#call((core) => { core.recordChanges(on); return 0; });
  }

  takeChanges(): Change[] {
    const out: Change[] = [];
    for (;;) {
      let flat: (number | string | bigint)[] = [];
      this.#call((core) => { flat = core.takeChanges(CHANGES); return 0; });
      for (let i = 0; i < flat.length; i += 3) {
        const rowid = flat[i + 2] as bigint;
        out.push({ operation: OPERATIONS[flat[i] as number], table: flat[i + 1] as string, rowid: Number.isSafeInteger(Number(rowid)) ? Number(rowid) : rowid });
      }
      if (flat.length < 3 * CHANGES) return out;
    }
  }

  serialize(): Uint8Array {
    return this.guard((core) => core.serialize());
  }

  deserialize(bytes: Uint8Array): void {
    this.#call((core) => this.#give(core, bytes).deserialize());
    this.tables.forget();
  }

  startSession(tables: readonly string[] = []): void {
    this.#call((core) => core.startSession([...tables]));
  }

  endSession(): Uint8Array {
    return this.guard((core) => core.endSession());
  }

  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): void {
    this.#call((core) => this.#give(core, bytes).applyChangeset(CONFLICTS[onConflict]));
  }

  salvage(): Map<string, Uint8Array> | undefined {
    return this.#poisoned && !this.#files ? salvageFiles(this.#glue.memory, this.#root) : undefined;
  }

  #checkRestored(): void {
    const [first] = this.prepare('PRAGMA quick_check(1)').arrays(undefined, { bigint: false });
    if (first?.[0] !== 'ok') throw sqliteServiceError('CORRUPT', `the database did not survive its instance: ${String(first?.[0])}`);
  }

  // ── for the IndexedDB storage: the database lies in memory, and what is written is copied out per commit ──

  /** Whether written places are logged for `takeDirtyBlocks`. */
  logWrites(on: boolean): void {
    this.#call((core) => { core.logWrites(on); return 0; });
  }

  /** Blocks of 4096 bytes (the last one may be shorter) written since the last call, and the size of the file. Call it outside of transactions. */
  takeDirtyBlocks(): { size: number; blocks: { index: number; bytes: Uint8Array }[] } {
    return this.guard((core) => {
      const blocks = Array.from(core.takeDirty(), (index) => ({ index, bytes: core.readBlock(index) }));
      return { size: core.fileSize(), blocks };
    });
  }

  /** The fact of this name after the last call. */
  fact(name: keyof typeof FACTS): number {
    return this.memory.f64[this.facts + FACTS[name]];
  }

  openScratch(): WasmEngine {
    return new WasmEngine(this.#glue, {});
  }

  close(): void {
    const core = this.#core;
    if (!core) return;
    this.#core = undefined;
    // A poisoned instance is left as it is; its memory goes with it.
    if (this.#poisoned) core.__destroy_into_raw();
    else try { core.close(); } catch (error) { this.explain(error); }
  }
}

const MISUSE_CURES: Partial<Record<string, string>> = {
  'there are several statements in this text': ': pass one statement to a call, or use executeBatch for several',
  'there is no statement in this text': ': pass a statement of SQL',
  'this statement was finalized': ': prepare it again',
};

/** SQLite counts bytes of UTF-8, JavaScript UTF-16 units. */
function utf16Offset(sql: string, bytes: number): number {
  return new TextDecoder().decode(new TextEncoder().encode(sql).subarray(0, bytes)).length;
}
