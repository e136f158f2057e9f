/**
 * Where engines come from: the loader's choice and the storage, until traps make JavaScript take over. It makes engines; what is kept beside
 * them is the business of connection.ts, and whose turn it is that of core.ts.
 */
import type { ServiceContext } from '../../context.js';
import type { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { loadBest, loadModule, planVariant, type LoadBestOptions, type LoadChoice, type Selection } from '../../loader/index.js';
import type { Variant } from '../../types.js';
import type { ResolvedConfig } from './config.js';
import type { SqlEngine } from './engine.js';
import { loadFallback, type Fallback } from './engines/index.js';
import { unsupported } from './errors.js';
import { openSqlStorage, type OpenedStorage } from './storage/index.js';
import { createWasmEngine, type WasmEngine, type WasmEngineOptions } from './wasm-engine.js';

/** More traps than this within the window, and WebAssembly is given up for JavaScript. */
const MOST_TRAPS = 3;
const TRAP_WINDOW_MS = 60_000;

/** What was chosen and compiled elsewhere already: on the page, for the worker that this code runs in. */
export interface Chosen {
  selection: Selection;
  module?: WebAssembly.Module;
  pinned: boolean;
}

/** What the loader is asked for. */
export function loadRequest(config: ResolvedConfig, context: ServiceContext): LoadBestOptions {
  const { managerPin, requireWasm, integrity, sink } = context;
  const wasm = config.wasm ?? context.wasm;
  return {
    sink, implementation: config.implementation, ...(managerPin && { managerPin }),
    ...(requireWasm && { requireWasm }), ...(integrity && { integrity }), ...(wasm !== undefined && { wasm }),
  };
}

/** Whether JavaScript may not take over. */
export function isPinned(config: ResolvedConfig, context: ServiceContext, variant: Variant): boolean {
  return config.implementation !== 'auto' || context.requireWasm === true || context.managerPin === variant;
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
  #traps: number[] = [];
  /** What the journal really is, once an engine is open. */
  journalMode: string | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext, chosen: Chosen | undefined, onWanted: () => void) {
    this.#config = config;
    this.#context = context;
    this.#chosen = chosen;
    this.#onWanted = onWanted;
  }

  get loaded(): boolean { return this.#choice !== undefined && (this.#fallback !== undefined || this.#storage !== undefined); }
  get storage(): OpenedStorage | undefined { return this.#storage; }

  /** Whether another program may write the same file meanwhile. */
  get shared(): boolean { return this.#fallback?.files === true && typeof this.#config.storage === 'object'; }

  /** The choice that stands, or the plan before anything was loaded. */
  get selection(): Selection {
    return this.#gaveUp ?? this.#choice ?? this.#chosen?.selection ?? planVariant('sqlite', loadRequest(this.#config, this.#context));
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
    this.#stored = blocks && new Map([['db', await blocks.load()]]);
    this.#choice = choice;
  }

  async #choose(life: AbortSignal): Promise<LoadChoice> {
    const chosen = this.#chosen;
    if (!chosen) return loadBest('sqlite', { ...loadRequest(this.#config, this.#context), signal: life });
    const { selection, module } = chosen;
    return module ? { ...selection, loaded: await loadModule('sqlite', selection.variant, { wasm: module, signal: life }) } : selection;
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
    const engine = this.#make(initial ?? this.#stored);
    this.#stored = undefined;
    try {
      this.#setUp(engine);
    } catch (error) {
      try { engine.close(); } catch { /* the first failure is the one to tell */ }
      throw error;
    }
    return engine;
  }

  #make(initial: Salvaged | undefined): SqlEngine {
    const { storage, readonly } = this.#config;
    if (this.#fallback) return this.#fallback.open(typeof storage === 'object' ? { file: pathOf(storage.file), readonly } : {});
    const files = this.#storage?.files;
    const options: WasmEngineOptions = { ...(files && { files }), ...(initial && { initial }), ...(readonly && files && { readonly }) };
    const engine = createWasmEngine(this.#choice!.loaded!.createInstance(), options);
    if (this.stored) engine.logWrites(true);
    return engine;
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

  /** Counts a trap; whether JavaScript should take over. */
  trapped(): boolean {
    const time = host.now();
    this.#traps = [...this.#traps.filter((t) => time - t < TRAP_WINDOW_MS), time];
    return this.#traps.length > MOST_TRAPS && !this.pinned && this.#fallback === undefined && this.#config.storage === 'memory';
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
    } catch (error) {
      this.#traps = [];
      this.#context.sink.event({ type: 'error', service: 'sqlite', message: `sqlite: no fallback could take over: ${(error as Error).message}` });
      return engine;
    }
    const before = this.#choice ?? this.selection;
    const reason = `its instance trapped ${this.#traps.length} times within a minute (${why.message})`;
    this.#gaveUp = { variant: 'js', reason: `${before.variant} was given up: ${reason}`, rejected: [{ variant: before.variant, reason }, ...before.rejected] };
    const message = `sqlite: ${next.name} answers now, ${this.#gaveUp.reason}`;
    this.#context.sink.event({ type: 'fallback', service: 'sqlite', message, data: { variant: before.variant } });
    console.warn(`wasm-services: ${message}`);
    engine.close();
    return next;
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
