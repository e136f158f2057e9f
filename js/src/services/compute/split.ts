/**
 * Where nobody said how, on a server: calls are answered in place on one thread, and those that are worth the copies to a worker and back go to one
 * that has threads (dispatch.ts says which). The worker starts with the first of them, in the background unless the call is long.
 *
 * Kept matrices live where they were made. A call on some of either place goes to the worker, with copies of the others.
 */
import type { Call } from '../../calls/call.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { ServiceContext } from '../../context.js';
import type { ServiceInfo, Variant } from '../../types.js';
import type { ComputeBackend, RunOptions } from './backend.js';
import type { ResolvedConfig } from './config.js';
import type { HasLoop } from './costs.js';
import { ComputeCore } from './core.js';
import { timesWorthAway } from './dispatch.js';
import { isResident, type Operand, type Operation, type Outcomes, type Plans, type Resident } from './engine.js';
import { disposed } from './errors.js';
import { mapMatrices, residentsOf, withOperands } from './operands.js';
import type { Matrix } from './types.js';
import { ComputeWorkerProxy } from './worker-proxy.js';

/** A call of this many times the least work that pays waits for the worker to start (some 60 ms). */
const LONG = 16;

export class ComputeSplit implements ComputeBackend {
  readonly #here: ComputeCore;
  readonly #there: ComputeWorkerProxy;
  readonly #threads: number;
  #starting: Promise<void> | undefined;
  #state: 'idle' | 'up' | 'failed' = 'idle';
  #ended = false;

  constructor(config: ResolvedConfig, context: ServiceContext) {
    this.#here = new ComputeCore(config, context);
    this.#there = new ComputeWorkerProxy(config, context);
    this.#threads = this.#there.info.threads;
  }

  get variant(): Variant { return this.#here.variant; }
  get dispatches(): boolean { return this.#here.dispatches; }
  get hasLoop(): HasLoop { return this.#here.hasLoop; }

  get info(): ServiceInfo {
    const { reason, rejected, ...info } = this.#here.info;
    if (info.variant !== 'simd') return { ...info, reason, rejected };
    const threads = this.#state === 'up' ? this.#there.info : { threads: this.#threads, reason: '' };
    const note = this.#state === 'failed' ? `its worker does not run: ${this.#there.info.reason}` : `long calls go to a worker with ${this.#threads} threads${/one thread answers.*/.exec(threads.reason)?.[0].replace(/^/, ': ') ?? ''}`;
    return { ...info, threads: this.#state === 'failed' ? 1 : threads.threads, reason: `${reason}; ${note}`, rejected: rejected.filter(({ variant }) => variant !== 'simd-threads') };
  }

  memoryBytes(): number { return this.#here.memoryBytes() + this.#there.memoryBytes(); }
  ready(): MaybePromise<void> { return this.#here.ready(); }

  async selfCheck(): Promise<void> {
    await this.#here.selfCheck();
    if (this.#state === 'up') await this.#there.selfCheck();
  }

  run<K extends Operation>(operation: K, plan: Plans[K], options: RunOptions, call: Call): MaybePromise<Outcomes[K]> {
    if (this.#ended) throw disposed();
    const away = residentsOf(plan).some(isAway);
    const times = away ? 0 : timesWorthAway(operation, plan);
    if (!away && times < 1) return this.#inPlace(operation, plan, options, call);
    if (this.#state === 'idle') {
      const starting = this.#start();
      if (times >= LONG) return call.race(starting).then(() => this.run(operation, plan, options, call));
    }
    return away || this.#state === 'up' ? this.#away(operation, plan, options, call) : this.#inPlace(operation, plan, options, call);
  }

  free(id: number): void {
    if (id % 2 === 0) this.#here.free(id / 2); else this.#there.free((id - 1) / 2);
  }

  /** Never rejects. */
  #start(): Promise<void> {
    return this.#starting ??= Promise.resolve(this.#there.ready()).then(() => {
      // A worker that can not be started is one thread more of what is here already.
      this.#state = this.#there.info.host === 'worker' && this.#there.variant === 'simd-threads' ? 'up' : 'failed';
    }, () => { this.#state = 'failed'; });
  }

  #inPlace<K extends Operation>(operation: K, plan: Plans[K], options: RunOptions, call: Call): MaybePromise<Outcomes[K]> {
    const mine = withOperands<K>(plan, (operand) => (isResident(operand) ? { ...operand, id: operand.id / 2 } : operand));
    const outcome = this.#here.run(operation, mine, options, call);
    const named = (made: Outcomes[K]): Outcomes[K] => renumbered(operation, made, (id) => 2 * id);
    return outcome instanceof Promise ? outcome.then(named) : named(outcome);
  }

  async #away<K extends Operation>(operation: K, plan: Plans[K], options: RunOptions, call: Call): Promise<Outcomes[K]> {
    const brought = new Map<number, Matrix>();
    for (const resident of residentsOf(plan)) {
      if (!isAway(resident)) brought.set(resident.id, await this.#here.run('download', { a: { ...resident, id: resident.id / 2 } }, { keep: false }, call));
    }
    const theirs = withOperands<K>(plan, (operand) => (!isResident(operand) ? operand : isAway(operand) ? { ...operand, id: (operand.id - 1) / 2 } : brought.get(operand.id)!));
    return renumbered(operation, await this.#there.run(operation, theirs, options, call), (id) => 2 * id + 1);
  }

  async dispose(): Promise<void> {
    this.#ended = true;
    await Promise.all([this.#here.dispose(), this.#there.dispose()]);
    await this.#starting;
  }
}

const isAway = ({ id }: Resident): boolean => id % 2 === 1;

function renumbered<K extends Operation>(operation: K, outcome: Outcomes[K], number: (id: number) => number): Outcomes[K] {
  return mapMatrices(operation, outcome, (operand: Operand) => (isResident(operand) ? { ...operand, id: number(operand.id) } : operand)) as Outcomes[K];
}
