/**
 * Where engines come from: the loader's choice, until traps make JavaScript take over. It makes engines; whose they are, and what
 * becomes of the rows of one that trapped, is the business of state.ts and recovery.ts.
 */
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { loadBest, planVariant, type LoadBestOptions, type LoadChoice, type Selection } from '../../loader/index.js';
import type { Call } from './call.js';
import { engineConfig, type ResolvedConfig } from './config.js';
import type { VectorEngine } from './engine.js';
import { createJsEngine } from './js-engine.js';

/** More traps than this within the window, and WebAssembly is given up for JavaScript. */
const MOST_TRAPS = 2;
const TRAP_WINDOW_MS = 60_000;

export function isPoisoned(error: unknown): error is ServiceError {
  return error instanceof ServiceError && error.code === 'INSTANCE_POISONED';
}

/** Rows as they were read out of an engine, in chunks. */
export type SalvagedRows = ReturnType<VectorEngine['salvageRows']>;

export class Engines {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  #choice: LoadChoice | undefined;
  #loading: Promise<void> | undefined;
  /** Set when traps made JavaScript take over. */
  #gaveUp: Selection | undefined;
  #traps: number[] = [];

  constructor(config: ResolvedConfig, context: ServiceContext) {
    this.#config = config;
    this.#context = context;
  }

  get loaded(): boolean { return this.#choice !== undefined; }

  /** The choice that stands, or the plan before anything was loaded. */
  get selection(): Selection {
    return this.#gaveUp ?? this.#choice ?? planVariant('vector', this.#request());
  }

  #request(): LoadBestOptions {
    const { managerPin, requireWasm, integrity, sink } = this.#context;
    const wasm = this.#config.wasm ?? this.#context.wasm;
    return {
      implementation: 'js', sink,
      ...(managerPin && { managerPin }), ...(requireWasm && { requireWasm }), ...(integrity && { integrity }), ...(wasm !== undefined && { wasm }),
    };
  }

  /** Chooses and compiles, once for all who wait. A failure is not kept: the next call tries again. */
  load(call: Call, life: AbortSignal): Promise<void> {
    if (this.#choice) return Promise.resolve();
    this.#loading ??= loadBest('vector', { ...this.#request(), signal: life }).then((choice) => {
      this.#choice = choice;
      this.#context.sink.event({ type: 'ready', service: 'vector', message: `vector: ${choice.variant} answers (${choice.reason})`, data: { variant: choice.variant } });
    }).finally(() => { this.#loading = undefined; });
    return call.race(this.#loading);
  }

  /** A fresh engine, not yet the collection's. Call after `load`. */
  create(dimensions: number): VectorEngine {
    const config = engineConfig(this.#config, dimensions);
    return createJsEngine(config);
  }

  /** Whether JavaScript may not take over. */
  get pinned(): boolean {
    return this.#config.implementation !== 'auto' || this.#context.requireWasm === true || this.#context.managerPin === this.#choice?.variant;
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
    const before = this.selection;
    const reason = `${before.variant} was given up: ${why}`;
    this.#gaveUp = { variant: 'js', reason, rejected: [{ variant: before.variant, reason: why }, ...before.rejected] };
    const message = `vector: JavaScript answers now, ${reason}`;
    this.#context.sink.event({ type: 'fallback', service: 'vector', message, data: { variant: before.variant } });
    console.warn(`wasm-services: ${message}`);
  }
}

/** A poisoned instance may refuse even this; nothing depends on it. */
export function disposeQuietly(engine: VectorEngine): void {
  try { engine.dispose(); } catch { /* its memory goes with the last reference */ }
}
