/**
 * A backend whose code is fetched by the first call: the proxy (worker-proxy.ts) where matrices live in a worker, else the core and all below it (core.ts), or
 * both (split.ts). A page with a worker never needs the core.
 */
import { Deferred } from '../../calls/deferred.js';
import { Call } from '../../calls/call.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { ServiceContext } from '../../context.js';
import { fetchCode } from '../../loader/code.js';
import type { ServiceInfo, Variant } from '../../types.js';
import type { ComputeBackend, RunOptions } from './backend.js';
import type { ResolvedConfig } from './config.js';
import type { HasLoop } from './costs.js';
import type { Operation, Outcomes, Plans } from './engine.js';
import { disposed } from './errors.js';
import { dispatches, plannedInfo, type Where } from './load-request.js';
import { copied } from './operands.js';

type Make = (config: ResolvedConfig, context: ServiceContext) => ComputeBackend;

const HERE = 'what computes in this thread';
const FETCH: Record<Where, () => Promise<Make>> = {
  async worker() {
    const { ComputeWorkerProxy } = await fetchCode('what speaks with its worker', 'compute', () => import('./worker-proxy.js'));
    return (config, context) => new ComputeWorkerProxy(config, context);
  },
  async inline() {
    const { ComputeCore } = await fetchCode(HERE, 'compute', () => import('./core.js'));
    return (config, context) => new ComputeCore(config, context);
  },
  async split() {
    const { ComputeSplit } = await fetchCode(HERE, 'compute', () => import('./split.js'));
    return (config, context) => new ComputeSplit(config, context);
  },
};

export class DeferredCompute implements ComputeBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #where: Where;
  readonly #backend: Deferred<Make, ComputeBackend>;

  constructor(config: ResolvedConfig, context: ServiceContext, where: Where) {
    this.#config = config;
    this.#context = context;
    this.#where = where;
    this.#backend = new Deferred('compute', FETCH[where], (make) => make(config, context));
  }

  get info(): ServiceInfo { return this.#backend.now?.info ?? plannedInfo(this.#config, this.#context, this.#where); }
  get variant(): Variant { return this.#backend.now?.variant ?? this.info.variant; }
  get hasLoop(): HasLoop | undefined { return this.#backend.now?.hasLoop; }
  get dispatches(): boolean { return dispatches(this.#config, this.#context); }
  memoryBytes(): number { return this.#backend.now?.memoryBytes() ?? 0; }

  ready(): MaybePromise<void> { return this.#backend.run((backend) => backend.ready(), Call.plain); }
  selfCheck(): MaybePromise<void> { return this.#backend.run((backend) => backend.selfCheck(), Call.plain); }

  run<K extends Operation>(operation: K, plan: Plans[K], options: RunOptions, call: Call): MaybePromise<Outcomes[K]> {
    // What the caller does to its arrays while the code comes must not change what a worker is sent.
    const own = this.#where === 'worker' && !this.#backend.open ? copied(plan, options.transfer ?? []) : plan;
    return this.#backend.run((backend) => backend.run(operation, own, options, call), call);
  }

  /** Nothing is kept before the first call has come through. */
  free(id: number): void { this.#backend.now?.free(id); }

  async dispose(): Promise<void> { await this.#backend.end(disposed())?.dispose(); }
}
