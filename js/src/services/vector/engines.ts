/**
 * Where engines come from: the loader's choice, until traps make JavaScript take over. It makes engines; whose they are, and what
 * becomes of the rows of one that trapped, is the business of state.ts and recovery.ts.
 */
import type { Call } from '../../calls/call.js';
import type { Steps } from '../../calls/steps.js';
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { isPinned, loadBest, loadModule, planVariant, type LoadChoice, type Selection } from '../../loader/index.js';
import { VECTOR } from '../../loader/vector.gen.js';
import { Supervisor } from '../../supervise/supervisor.js';
import { VECTOR_POOL } from '../../worker/scripts/vector-pool.js';
import { threadSource } from '../../worker/threads.js';
import { engineConfig, type ResolvedConfig } from './config.js';
import type { VectorEngine } from './engine.js';
import { createJsEngine } from './js-engine.js';
import { loadRequest } from './load-request.js';
import { createWasmEngine } from './wasm-engine.js';

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

export class Engines {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #chosen: Chosen | undefined;
  #choice: LoadChoice | undefined;
  #loading: Promise<void> | undefined;
  /** Set when traps made JavaScript take over. */
  #gaveUp: Selection | undefined;
  readonly #supervisor: Supervisor;

  constructor(config: ResolvedConfig, context: ServiceContext, chosen?: Chosen) {
    this.#config = config;
    this.#context = context;
    this.#chosen = chosen;
    this.#supervisor = new Supervisor({ service: 'vector', sink: context.sink, rungs: () => (this.pinned ? ['WebAssembly'] : ['WebAssembly', 'JavaScript']) });
  }

  /** Why JavaScript answers in the place of the loader's choice; undefined while it does not. */
  get degraded(): string | undefined { return this.#supervisor.degraded; }

  get loaded(): boolean { return this.#choice !== undefined; }

  /** The choice that stands, or the plan before anything was loaded. */
  get selection(): Selection {
    return this.#gaveUp ?? this.#choice ?? this.#chosen?.selection ?? planVariant(VECTOR, loadRequest(this.#config, this.#context, 'inline'));
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
    return createWasmEngine(glue, config, threadSource(VECTOR_POOL, module, glue, this.#context.budget));
  }

  async #choose(life: AbortSignal): Promise<LoadChoice> {
    const chosen = this.#chosen;
    if (!chosen) return loadBest(VECTOR, { ...loadRequest(this.#config, this.#context, 'inline'), signal: life });
    const { selection, module } = chosen;
    if (!module) return selection;
    return { ...selection, loaded: await loadModule(VECTOR, selection.variant, { wasm: module, signal: life }) };
  }

  get pinned(): boolean {
    return this.#chosen?.pinned ?? isPinned(this.#config, this.#context, this.#choice?.variant ?? 'js');
  }

  /**
   * After a trap. The next engine is JavaScript's when the supervisor says so.
   * @param repeats how often the call was made again on a fresh instance before
   * @returns whether it is to be made again: beginnings of writes are undone, so any call may be
   */
  trapped(error: ServiceError, repeats: number): boolean {
    const before = this.#supervisor.restarts;
    const { lowered, retry } = this.#supervisor.fault('trap', { repeatable: true, repeats });
    if (lowered) this.#lower(`its instance trapped ${before + 1} times within a minute (${error.message})`);
    return retry;
  }

  /** JavaScript from here on; false where WebAssembly is pinned. */
  giveUp(why: string): boolean {
    const { lowered } = this.#supervisor.fault('start', { repeatable: true, repeats: 0 });
    if (lowered) this.#lower(why);
    return lowered;
  }

  #lower(why: string): void {
    const before = this.#choice ?? this.selection;
    const reason = `${before.variant} was given up: ${why}`;
    this.#gaveUp = { variant: 'js', reason, rejected: [{ variant: before.variant, reason: why }, ...before.rejected] };
    this.#supervisor.announce(`JavaScript answers now, ${reason}`, reason, { variant: before.variant });
  }

  /** WebAssembly was given up long enough ago to be tried again. */
  get returnDue(): boolean { return this.#supervisor.probeDue; }

  /**
   * The loader's choice counts while `bring` makes an engine by `create` and hands it everything; when that throws, JavaScript goes on.
   * @throws what `bring` throws
   */
  *returning<T>(bring: () => Steps<T>): Steps<T> {
    const below = this.#gaveUp;
    this.#gaveUp = undefined;
    try {
      const brought = yield* bring();
      this.#supervisor.probed(true);
      return brought;
    } catch (error) {
      this.#gaveUp = below;
      this.#supervisor.probed(false);
      throw error;
    }
  }
}

/** A poisoned instance may refuse even this; nothing depends on it. */
export function disposeQuietly(engine: VectorEngine): void {
  try { engine.dispose(); } catch { /* its memory goes with the last reference */ }
}
