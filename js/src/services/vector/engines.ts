/**
 * Where engines come from: the loader's choice, until traps make JavaScript take over. It makes engines; whose they are, and what
 * becomes of the rows of one that trapped, is the business of state.ts and recovery.ts.
 */
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { loadBest, loadModule, planVariant, type Glue, type LoadBestOptions, type LoadChoice, type LoadedModule, type Selection } from '../../loader/index.js';
import type { Variant } from '../../types.js';
import { poolThreads, startPool } from '../../worker/pool.js';
import { VECTOR_POOL } from '../../worker/scripts.js';
import type { Call } from './call.js';
import { engineConfig, type ResolvedConfig } from './config.js';
import type { VectorEngine } from './engine.js';
import { createJsEngine } from './js-engine.js';
import { createWasmEngine } from './wasm-engine.js';
import type { ThreadSource } from './wasm/threads.js';

/** More traps than this within the window, and WebAssembly is given up for JavaScript … */
const MOST_TRAPS = 3;
const TRAP_WINDOW_MS = 60_000;
/** … until it is tried again. */
const RETURN_AFTER_MS = 60_000;

export function isPoisoned(error: unknown): error is ServiceError {
  return error instanceof ServiceError && error.code === 'INSTANCE_POISONED';
}

/** Rows as they were read out of an engine, in chunks. */
export type SalvagedRows = ReturnType<VectorEngine['salvageRows']>;

/** What was chosen and compiled elsewhere already: on the page, for the worker that this code runs in. */
export interface Chosen {
  selection: Selection;
  module?: WebAssembly.Module;
  pinned: boolean;
}

const ONE_THREAD = {
  inline: "threads run behind a worker of ours, and this service runs inline, on one thread: take host: 'worker'",
  worker: "one query uses one thread, and this build pays for batches and for building graphs: ask for it by implementation: 'simd-threads'",
};

/** What the loader is asked for. Threads need a worker of ours: inline, who pins them gets the same build for one thread, pinned. */
export function loadRequest(config: ResolvedConfig, context: ServiceContext, place: 'inline' | 'worker'): LoadBestOptions {
  const { managerPin, requireWasm, integrity, sink } = context;
  const wasm = config.wasm ?? context.wasm;
  const possible = <P extends Variant | 'auto'>(pin: P): P | 'simd' => (place === 'inline' && pin === 'simd-threads' ? 'simd' : pin);
  const pin = pinOf(config, context);
  return {
    sink, implementation: possible(config.implementation),
    ...(managerPin && { managerPin: possible(managerPin) }),
    ...((pin === undefined || pin === 'simd-threads') && { avoid: { 'simd-threads': ONE_THREAD[place] } }),
    ...(requireWasm && { requireWasm }), ...(integrity && { integrity }), ...(wasm !== undefined && { wasm }),
  };
}

/** The pin that counts: the service's own before the manager's. */
export function pinOf(config: ResolvedConfig, context: ServiceContext): Variant | undefined {
  return config.implementation === 'auto' ? context.managerPin : config.implementation;
}

/** Threads that a service of this variant uses, or will once it has work for them. */
export function threadsOf(variant: Variant): number {
  return variant === 'simd-threads' ? poolThreads() : 1;
}

function threadSource({ variant, module }: LoadedModule, { memory }: Glue): ThreadSource | undefined {
  const threads = threadsOf(variant);
  if (threads < 2) return undefined;
  return { threads, start: (helpers, alarm) => startPool(VECTOR_POOL, helpers, { module, memory, alarm }) };
}

/** Whether JavaScript may not take over. */
export function isPinned(config: ResolvedConfig, context: ServiceContext, variant: Variant): boolean {
  return config.implementation !== 'auto' || context.requireWasm === true || context.managerPin === variant;
}

export class Engines {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #chosen: Chosen | undefined;
  #choice: LoadChoice | undefined;
  #loading: Promise<void> | undefined;
  /** Set when traps made JavaScript take over. */
  #gaveUp: Selection | undefined;
  #gaveUpAt = 0;
  #traps: number[] = [];
  #warned = false;

  constructor(config: ResolvedConfig, context: ServiceContext, chosen?: Chosen) {
    this.#config = config;
    this.#context = context;
    this.#chosen = chosen;
  }

  get loaded(): boolean { return this.#choice !== undefined; }

  /** The choice that stands, or the plan before anything was loaded. */
  get selection(): Selection {
    return this.#gaveUp ?? this.#choice ?? this.#chosen?.selection ?? planVariant('vector', loadRequest(this.#config, this.#context, 'inline'));
  }

  /** Chooses and compiles, once for all who wait. A failure is not kept: the next call tries again. */
  load(call: Call, life: AbortSignal): Promise<void> {
    if (this.#choice) return Promise.resolve();
    this.#loading ??= this.#choose(life).then((choice) => {
      this.#choice = choice;
      this.#context.sink.event({ type: 'ready', service: 'vector', message: `vector: ${choice.variant} answers (${choice.reason})`, data: { variant: choice.variant } });
    }).finally(() => { this.#loading = undefined; });
    return call.race(this.#loading);
  }

  /** A fresh engine, not yet the collection's. Call after `load`. */
  create(dimensions: number): VectorEngine {
    const config = engineConfig(this.#config, dimensions);
    const module = this.#gaveUp ? undefined : this.#choice?.loaded;
    if (!module) return createJsEngine(config);
    const glue = module.createInstance();
    return createWasmEngine(glue, config, threadSource(module, glue));
  }

  async #choose(life: AbortSignal): Promise<LoadChoice> {
    const chosen = this.#chosen;
    if (!chosen) return loadBest('vector', { ...loadRequest(this.#config, this.#context, 'inline'), signal: life });
    const { selection, module } = chosen;
    if (!module) return selection;
    return { ...selection, loaded: await loadModule('vector', selection.variant, { wasm: module, signal: life }) };
  }

  get pinned(): boolean {
    return this.#chosen?.pinned ?? isPinned(this.#config, this.#context, this.#choice?.variant ?? 'js');
  }

  /**
   * After a trap: counts it and says what to do with the next engine. `repeated` is true when the call trapped again on a fresh
   * instance; then, or when traps come too often, JavaScript takes over unless the variant is pinned.
   */
  trapped(error: ServiceError, repeated: boolean): void {
    const time = host.now();
    this.#traps = [...this.#traps.filter((t) => time - t < TRAP_WINDOW_MS), time];
    if (this.pinned || !(repeated || this.#traps.length > MOST_TRAPS) || this.#gaveUp) return;
    this.giveUp(`its instance trapped ${this.#traps.length} times within a minute (${error.message})`);
  }

  /** JavaScript from here on. */
  giveUp(why: string): void {
    const before = this.#choice ?? this.selection;
    this.#gaveUpAt = host.now();
    const reason = `${before.variant} was given up: ${why}`;
    this.#gaveUp = { variant: 'js', reason, rejected: [{ variant: before.variant, reason: why }, ...before.rejected] };
    const message = `vector: JavaScript answers now, ${reason}`;
    this.#context.sink.event({ type: 'fallback', service: 'vector', message, data: { variant: before.variant } });
    if (!this.#warned) console.warn(`wasm-services: ${message}`);
    this.#warned = true;
  }

  /** WebAssembly was given up long enough ago to be tried again. */
  get returnDue(): boolean { return this.#gaveUp !== undefined && host.now() - this.#gaveUpAt > RETURN_AFTER_MS; }

  /** The loader's choice counts again. */
  takeBack(): void {
    this.#gaveUp = undefined;
    this.#traps = [];
  }
}

/** A poisoned instance may refuse even this; nothing depends on it. */
export function disposeQuietly(engine: VectorEngine): void {
  try { engine.dispose(); } catch { /* its memory goes with the last reference */ }
}
