/**
 * Where engines come from: the loader's choice and the storage, until traps make JavaScript take over. It makes engines; what is kept beside
 * them is the business of connection.ts, and whose turn it is that of core.ts.
 */
import type { ServiceContext } from '../../context.js';
import type { ServiceError } from '../../errors.js';
import { loadBest, loadModule, planVariant, type LoadChoice, type Selection } from '../../loader/index.js';
import { SQLITE } from '../../loader/sqlite.gen.js';
import { Supervisor, type Verdict } from '../../supervise/supervisor.js';
import type { ResolvedConfig } from './config.js';
import type { SqlEngine } from './engine.js';
import { loadFallback, type Fallback } from './engines/index.js';
import { unsupported } from './errors.js';
import { isPinned, loadRequest } from './load-request.js';
import type { MirrorFeed } from './mirror.js';
import { openSqlStorage, type OpenedStorage } from './storage/index.js';
import { createWasmEngine, type WasmEngine, type WasmEngineOptions } from './wasm-engine.js';

/** What was chosen and compiled elsewhere already: on the page, for the worker that this code runs in. */
export interface Chosen {
  selection: Selection;
  module?: WebAssembly.Module;
  pinned: boolean;
  /** A database in memory that outlived its worker. */
  initial?: Uint8Array;
  /** Told of every commit to a database in memory. */
  mirror?: MirrorFeed;
}

/** A database that its instance took with it, as an engine gives it out of dead memory. */
export type Salvaged = ReadonlyMap<string, Uint8Array>;

export class EngineSource {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #chosen: Chosen | undefined;
  readonly #onWanted: () => void;
  #choice: LoadChoice | undefined;
  #fallback: Fallback | undefined;
  #storage: OpenedStorage | undefined;
  #gaveUp: Selection | undefined;
  /** What IndexedDB holds, until an engine has it. */
  #stored: Salvaged | undefined;
  /** What `#stored` holds was copied out of an engine that lived. */
  #copied: boolean;
  readonly #supervisor: Supervisor;
  #trapsBefore = 0;
  /** What the journal really is, once an engine is open. */
  journalMode: string | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext, chosen: Chosen | undefined, onWanted: () => void, initial: Uint8Array | undefined) {
    this.#config = config;
    this.#context = context;
    this.#chosen = chosen;
    this.#onWanted = onWanted;
    if (initial) this.#stored = new Map([['db', initial]]);
    this.#copied = initial !== undefined;
    // A file stays with the engine that has it open; where no fallback can be had (giveUp), the instance is all there is.
    this.#supervisor = new Supervisor({ service: 'sqlite', sink: context.sink, rungs: () => (this.pinned || config.storage !== 'memory' || this.#fallback ? ['WebAssembly'] : ['WebAssembly', 'JavaScript']) });
  }

  /** Why JavaScript answers in the place of the loader's choice; undefined while it does not. */
  get degraded(): string | undefined { return this.#supervisor.degraded; }

  get loaded(): boolean { return this.#choice !== undefined && (this.#fallback !== undefined || this.#storage !== undefined); }
  get storage(): OpenedStorage | undefined { return this.#storage; }

  /** Whether another program may write the same file meanwhile. */
  get shared(): boolean { return this.#fallback?.files === true && typeof this.#config.storage === 'object'; }

  /** The choice that stands, or the plan before anything was loaded. */
  get selection(): Selection {
    return this.#gaveUp ?? this.#choice ?? this.#chosen?.selection ?? planVariant(SQLITE, loadRequest(this.#config, this.#context));
  }

  get pinned(): boolean {
    return this.#chosen?.pinned ?? isPinned(this.#config, this.#context, this.#choice?.variant ?? 'js');
  }

  /** Chooses, compiles and opens the storage. A failure is not kept: the next call tries again. */
  async load(life: AbortSignal): Promise<void> {
    const choice = this.#choice ?? await this.#choose(life);
    const { storage: place } = this.#config;
    if (!choice.loaded && (place === 'opfs' || place === 'indexeddb')) {
      throw unsupported(`storage '${place}' needs the WebAssembly engine, which does not run here (${choice.reason}): take storage: 'memory' and keep serialize()'s bytes`);
    }
    if (!choice.loaded) this.#fallback ??= await loadFallback({ sqljs: this.#config.sqljs });
    // The hosts' own SQLite opens its file by itself, and locks it in SQLite's own way.
    if (!this.#fallback || typeof this.#config.storage === 'string') {
      const { storage, name, readonly, enableWAL, synchronous } = this.#config;
      if (!this.#storage) this.#storage = await openSqlStorage({ storage, name, readonly, enableWAL, ...(synchronous && { synchronous }), onWanted: this.#onWanted });
      else if (this.#storage.suspended) await this.#storage.resume();
    }
    const { blocks } = this.#storage ?? {};
    if (blocks) this.#stored = new Map([['db', await blocks.load()]]);
    if (this.#fallback) this.#chosen?.mirror?.stop(`${this.#fallback.name} keeps no log of what it writes`);
    this.#choice = choice;
  }

  async #choose(life: AbortSignal): Promise<LoadChoice> {
    const chosen = this.#chosen;
    if (!chosen) return loadBest(SQLITE, { ...loadRequest(this.#config, this.#context), signal: life });
    const { selection, module } = chosen;
    return module ? { ...selection, loaded: await loadModule(SQLITE, selection.variant, { wasm: module, signal: life }) } : selection;
  }

  /** Whether the database lies in memory and each commit is stored by `acknowledge`. */
  get stored(): boolean { return this.#storage !== undefined && !this.#storage.suspended && this.#storage.blocks !== undefined; }

  /** Stores what was committed since the last time. Call it outside of transactions; on failure memory is ahead of the storage, so load again. */
  acknowledge(engine: SqlEngine): Promise<void> {
    const { blocks, size } = (engine as WasmEngine).takeDirtyBlocks();
    return this.#storage!.blocks!.commit(blocks, size);
  }

  /** A fresh engine, set up as the configuration says. Call after `load`. */
  open(initial?: Salvaged): SqlEngine {
    const engine = this.#make(initial ?? this.#stored, initial === undefined && this.#copied);
    this.#copied = false;
    this.#stored = undefined;
    try {
      this.#setUp(engine);
    } catch (error) {
      try { engine.close(); } catch { /* the first failure is the one to tell */ }
      throw error;
    }
    return engine;
  }

  #make(initial: Salvaged | undefined, trusted: boolean): SqlEngine {
    const { storage, readonly } = this.#config;
    if (this.#fallback) return this.#fallback.open(typeof storage === 'object' ? { file: pathOf(storage.file), readonly } : {});
    const files = this.#storage?.files;
    const options: WasmEngineOptions = { ...(files && { files }), ...(initial && { initial, trusted }), ...(readonly && files && { readonly }) };
    const engine = createWasmEngine(this.#choice!.loaded!.createInstance(), options);
    if (this.stored) engine.logWrites(true);
    this.#chosen?.mirror?.begin(engine);
    return engine;
  }

  /** After a call that may have committed to a database in memory: its copy outside of this thread is brought up to date. */
  mirror(engine: SqlEngine): void {
    if (!this.#fallback) this.#chosen?.mirror?.committed(engine);
  }

  /** The same, of an instance that took the place of one that trapped. */
  mirrorAgain(engine: SqlEngine): void {
    if (!this.#fallback) this.#chosen?.mirror?.again(engine);
  }

  #setUp(engine: SqlEngine): void {
    const { enableWAL, synchronous, cacheSize, readonly, storage } = this.#config;
    const inFiles = this.#storage?.files !== undefined;
    const ownFile = this.#fallback?.files === true && typeof storage === 'object';
    // No host of JavaScript shares memory maps, and without them WAL needs the database for itself alone.
    if (inFiles) engine.configure('PRAGMA locking_mode=EXCLUSIVE');
    engine.configure(`PRAGMA cache_size=${cacheSize}`);
    if ((inFiles || ownFile) && !readonly) {
      const mode = inFiles ? this.#storage!.journalMode : enableWAL ? 'wal' : 'delete';
      engine.configure(`PRAGMA journal_mode=${mode}`);
    }
    this.journalMode = textOf(engine, 'PRAGMA journal_mode');
    engine.configure(`PRAGMA synchronous=${synchronous ?? (this.journalMode === 'wal' ? 'normal' : 'full')}`);
    if (readonly) engine.configure('PRAGMA query_only=ON');
  }

  // ── traps ──

  /**
   * After a trap: whether JavaScript should take over, and whether the call is to be made again.
   * @param repeatable a read, which left nothing behind
   * @param repeats how often the call was made again on a fresh instance before
   */
  trapped(repeatable: boolean, repeats: number): Verdict {
    this.#trapsBefore = this.#supervisor.restarts;
    return this.#supervisor.fault('trap', { repeatable, repeats });
  }

  /**
   * JavaScript from here on, with the database of `engine`. Where there is no fallback, or it can not take the database, nothing changes.
   * @returns the engine that answers now
   */
  async giveUp(engine: SqlEngine, why: ServiceError): Promise<SqlEngine> {
    let next: SqlEngine;
    try {
      const bytes = engine.serialize();
      const fallback = await loadFallback({ sqljs: this.#config.sqljs });
      next = fallback.open();
      if (next.lacks.serialize === undefined) next.deserialize(bytes);
      else { next.close(); return engine; }
      this.#fallback = fallback;
      this.#setUp(next);
      this.#chosen?.mirror?.stop('JavaScript answers, which keeps no log of what it writes');
    } catch (error) {
      this.#supervisor.probed(true);
      this.#context.sink.event({ type: 'error', service: 'sqlite', message: `sqlite: no fallback could take over: ${(error as Error).message}` });
      return engine;
    }
    const before = this.#choice ?? this.selection;
    const reason = `its instance trapped ${this.#trapsBefore + 1} times within a minute (${why.message})`;
    this.#gaveUp = { variant: 'js', reason: `${before.variant} was given up: ${reason}`, rejected: [{ variant: before.variant, reason }, ...before.rejected] };
    this.#supervisor.announce(`${next.name} answers now, ${this.#gaveUp.reason}`, this.#gaveUp.reason, { variant: before.variant });
    engine.close();
    return next;
  }

  /** WebAssembly was given up long enough ago to be tried again. */
  get returnDue(): boolean { return this.#supervisor.probeDue; }

  /** WebAssembly again, with the database of `engine`; when that fails `engine` goes on. TEMP tables can not come along, so they keep it. */
  takeBack(engine: SqlEngine): SqlEngine {
    const gaveUp = this.#gaveUp;
    const fallback = this.#fallback;
    try {
      if (textOf(engine, 'SELECT count(*) FROM sqlite_temp_master') !== '0') throw unsupported('TEMP tables hold the connection');
      const initial = new Map([['db', engine.serialize()]]);
      this.#gaveUp = undefined;
      this.#fallback = undefined;
      const next = this.open(initial);
      this.#supervisor.probed(true);
      this.#context.sink.event({ type: 'recovery', service: 'sqlite', message: `sqlite: ${next.name} in WebAssembly answers again`, data: { variant: this.selection.variant } });
      engine.close();
      return next;
    } catch (error) {
      this.#gaveUp = gaveUp;
      this.#fallback = fallback;
      this.#supervisor.probed(false);
      this.#context.sink.event({ type: 'error', service: 'sqlite', message: `sqlite: WebAssembly was tried again and failed (${(error as Error).message}); ${engine.name} goes on` });
      return engine;
    }
  }

  async close(): Promise<void> {
    await this.#storage?.close();
  }
}

function textOf(engine: SqlEngine, sql: string): string {
  const statement = engine.prepare(sql);
  try { return String(statement.all(undefined).arrays({ bigint: false })[0]?.[0]); } finally { statement.finalize(); }
}

/** A path, or a file URL as a path. */
function pathOf(file: string): string {
  return file.startsWith('file://') ? decodeURIComponent(new URL(file).pathname) : file;
}
