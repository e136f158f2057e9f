/**
 * Where a service's engines come from: the loader's choice, until faults make a lower variant take over, and JavaScript at the end; the
 * supervisor says when, and when the first choice is tried again. Whose the engines are, and what becomes of what one that trapped
 * held, is the service's business.
 */
import type { ServiceContext } from '../context.js';
import { ServiceError } from '../errors.js';
import { Supervisor, type Verdict } from '../supervise/supervisor.js';
import type { ServiceName, Variant } from '../types.js';
import type { LoadBestOptions, LoadChoice } from './best.js';
import type { Shipped } from './artifact.js';
import { availableVariants, loadBest, loadModule, planVariant } from './index.js';
import type { LoadedModule, LoadOptions } from './load.js';
import { isPinned, type Wishes } from './request.js';
import { LADDER, type Selection } from './select.js';

/** What was chosen and compiled elsewhere already: on the page, for the worker that this code runs in. */
export interface Chosen { selection: Selection; module?: WebAssembly.Module; pinned: boolean }

export interface EngineSourceOptions<Engine> {
  service: ServiceName;
  shipped: Shipped;
  wishes: Pick<Wishes, 'implementation'>;
  context: ServiceContext;
  chosen: Chosen | undefined;
  /** What the loader is asked for. */
  request: () => LoadBestOptions & LoadOptions;
  /** @param module undefined: JavaScript's */
  create: (module: LoadedModule | undefined) => Engine;
}

export class EngineSource<Engine> {
  readonly #options: EngineSourceOptions<Engine>;
  readonly #supervisor: Supervisor;
  #choice: LoadChoice | undefined;
  #loading: Promise<void> | undefined;
  /** What answers in the place of the choice, once faults have lowered it. */
  #below: LoadChoice | undefined;
  /** Variants that were given up, and why. */
  #failed: Partial<Record<Variant, string>> = {};

  constructor(options: EngineSourceOptions<Engine>) {
    this.#options = options;
    const { service, context } = options;
    this.#supervisor = new Supervisor({ service, sink: context.sink, rungs: () => this.#ladder() });
  }

  get loaded(): boolean { return this.#choice !== undefined; }
  /** Why it answers by less than its choice; undefined while it does not. */
  get degraded(): string | undefined { return this.#supervisor.degraded; }

  /** The choice that stands, or the plan before anything was loaded. */
  get selection(): Selection {
    const { shipped, chosen, request } = this.#options;
    return this.#below ?? this.#choice ?? chosen?.selection ?? planVariant(shipped, request());
  }

  /** Chooses and compiles, once for all who wait. A failure is not kept: the next call tries again. */
  load(life: AbortSignal): Promise<void> {
    const { service, context } = this.#options;
    return this.#loading ??= this.#choose(life).then((choice) => {
      this.#choice = choice;
      context.sink.event({ type: 'ready', service, message: `${service}: ${choice.variant} answers (${choice.reason})`, data: { variant: choice.variant } });
    }).finally(() => { this.#loading = undefined; });
  }

  async #choose(life: AbortSignal): Promise<LoadChoice> {
    const { shipped, chosen, request } = this.#options;
    if (!chosen) return loadBest(shipped, { ...request(), signal: life });
    const { selection, module } = chosen;
    return module ? { ...selection, loaded: await loadModule(shipped, selection.variant, { wasm: module, signal: life }) } : selection;
  }

  /** The choice and what may take its place. */
  #ladder(): Variant[] {
    const { service, wishes, context, chosen } = this.#options;
    const { variant } = this.#choice ?? this.selection;
    if (chosen?.pinned ?? isPinned(wishes, context, variant)) return [variant];
    const shipped = availableVariants(service);
    return LADDER.slice(LADDER.indexOf(variant)).filter((name) => shipped.includes(name));
  }

  /**
   * A fresh engine that holds nothing; JavaScript's where an instance can not be made and none is pinned. Call after `load`.
   * @param insist on what stands: the old engine is as good as the new one
   * @throws ServiceError what the making of a pinned variant's instance throws
   */
  create(insist = false): Engine {
    const { create } = this.#options;
    try {
      return create((this.#below ?? this.#choice)?.loaded);
    } catch (error) {
      if (insist || !(error instanceof ServiceError) || !this.giveUp(`no instance of it could be made (${error.message})`)) throw error;
      return create(undefined);
    }
  }

  /**
   * After a trap: what becomes of the call, which may be made again, as every call here is pure. Where a lower variant takes over, it is
   * loaded when the promise resolves.
   * @param repeats how often the call was made again before
   */
  trapped(error: ServiceError, repeats: number): Verdict | Promise<Verdict> {
    const before = this.#supervisor.restarts;
    const verdict = this.#supervisor.fault('trap', { repeatable: true, repeats });
    if (!verdict.lowered) return verdict;
    const why = `its instance trapped ${before + 1} times within a minute (${error.message})`;
    const next = this.#ladder()[this.#supervisor.rung];
    if (next === undefined || next === 'js') {
      this.#lowerTo({ variant: 'js', reason: '', rejected: [] }, why);
      return verdict;
    }
    this.#failed[this.selection.variant] = why;
    const { shipped, request } = this.#options;
    return loadBest(shipped, { ...request(), failed: this.#failed }).then((choice) => { this.#lowerTo(choice, why); return verdict; });
  }

  /** JavaScript from here on; false where WebAssembly is pinned. */
  giveUp(why: string): boolean {
    if (this.#ladder().at(-1) !== 'js' || this.selection.variant === 'js') return false;
    while (this.#supervisor.fault('start', { repeatable: true, repeats: 0 }).lowered && this.#ladder()[this.#supervisor.rung] !== 'js');
    this.#lowerTo({ variant: 'js', reason: '', rejected: [] }, why);
    return true;
  }

  #lowerTo(next: LoadChoice, why: string): void {
    const before = this.selection;
    const reason = `${before.variant} was given up: ${why}`;
    const given = [{ variant: before.variant, reason: why }, ...before.rejected];
    this.#below = { ...next, reason, rejected: given };
    this.#supervisor.announce(`${next.variant === 'js' ? 'JavaScript' : next.variant} answers now, ${reason}`, reason, { variant: before.variant });
  }

  // ── the way back ──

  /** The breaker is half open: `returnToBest` may be called. */
  get probeDue(): boolean { return this.#supervisor.probeDue; }

  /**
   * Tries the first choice again.
   * @param bring makes an engine by `create` and moves everything that is held; what it throws ends the try
   */
  returnToBest(bring: () => void): void {
    const { service, context } = this.#options;
    const below = this.#below;
    this.#below = undefined;
    try {
      bring();
    } catch (error) {
      this.#below = below;
      this.#supervisor.probed(false);
      context.sink.event({ type: 'error', service, message: `${service}: ${this.#choice?.variant} was tried again and failed (${(error as Error).message}); ${below?.variant} goes on` });
      return;
    }
    this.#failed = {};
    this.#supervisor.probed(true);
    context.sink.event({ type: 'recovery', service, message: `${service}: ${this.#choice?.variant} answers again`, data: { variant: this.#choice?.variant } });
  }
}
