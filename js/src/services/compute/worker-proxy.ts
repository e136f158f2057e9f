/**
 * The page's side of a compute engine that runs in a worker: the same backend, every plan a message. Kept matrices live in the worker; when it
 * dies the next one makes those that are asked for again, from what was uploaded and computed (lineage.ts). Beyond its limit they are gone,
 * and calls on them say so (WORKER_LOST). Where workers can not be started, or keep dying, this thread computes.
 */
import { Call } from '../../calls/call.js';
import { QUEUE_LIMIT } from '../../calls/limits.js';
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { fetchCode } from '../../loader/code.js';
import { isPinned, loadBest, pinOf, planVariant } from '../../loader/index.js';
import { COMPUTE } from '../../loader/compute.gen.js';
import { degradedBy } from '../../supervise/supervisor.js';
import type { ServiceInfo, Variant } from '../../types.js';
import type { WorkerClient } from '../../worker/client.js';
import { Lineage, LINEAGE_LIMIT, type Kept } from '../../worker/lineage.js';
import { WorkerLives } from '../../worker/lives.js';
import { COMPUTE_WORKER } from '../../worker/scripts/compute.js';
import { threadsOf } from '../../worker/thread-count.js';
import type { ComputeBackend, RunOptions } from './backend.js';
import type { ResolvedConfig } from './config.js';
import type { ComputeCore } from './core.js';
import { isResident, type Operation, type Outcomes, type Plans, type Resident } from './engine.js';
import { computeError, disposed, freed } from './errors.js';
import { dispatches, loadRequest } from './load-request.js';
import { copied, keptIn, mapMatrices, ownViews, withResidents } from './operands.js';
import { isForJsWith, type HasLoop } from './costs.js';
import type { ComputeMethods, ComputeWorkerConfig, ComputeWorkerState } from './worker-methods.js';

type Client = WorkerClient<ComputeMethods>;

/** How a kept matrix came to be: as the `place`-th that an operation kept. */
interface Origin { operation: Operation; plan: Plans[Operation]; place: number }

export class ComputeWorkerProxy implements ComputeBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #lives: WorkerLives<ComputeMethods, ComputeWorkerState, ComputeCore>;
  readonly #lineage = new Lineage<Origin>();
  #bringing: Promise<void> = Promise.resolve();
  hasLoop: HasLoop | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext) {
    this.#config = config;
    this.#context = context;
    this.#lives = new WorkerLives({
      service: 'compute', context, script: COMPUTE_WORKER, holds: 'matrices', maxInFlight: QUEUE_LIMIT, disposed,
      canMove: () => this.#lineage.isWhole,
      prepare: (life) => this.#prepare(life),
      inline: async (crashed) => new (await fetchCode('what computes in this thread', 'compute', () => import('./core.js'))).ComputeCore({ ...config, ...(crashed && pinOf(config, context) === undefined && { implementation: 'js' as const }) }, context),
    });
  }

  get variant(): Variant { return this.info.variant; }

  get info(): ServiceInfo {
    const { inline, inlineWhy, known } = this.#lives;
    if (inline) {
      const { reason, ...info } = inline.info;
      return { ...info, reason: `${reason}; on the calling thread: ${inlineWhy}`, ...degradedBy(this.#lives.degraded ?? info.degraded) };
    }
    if (known) return { ...known.info, host: 'worker' };
    const { variant, reason, rejected } = planVariant(COMPUTE, loadRequest(this.#config, this.#context, 'worker'));
    return { service: 'compute', variant, loaded: false, host: 'worker', threads: threadsOf(variant, this.#config.threads), reason, rejected };
  }

  /** Says who answers. For what is about an expression its language is fetched, beside the call; where it does not come, nothing is said. */
  #tell<K extends Operation>(answeredBy: (variant: Variant) => void, operation: K, plan: Plans[K]): void | Promise<void> {
    const by = (hasLoop: HasLoop): void => answeredBy(this.dispatches && isForJsWith(hasLoop, operation, plan) ? 'js' : this.variant);
    if (operation !== 'evaluate' && operation !== 'reduce') return by(() => false);
    return fetchCode('the expression language', 'compute', () => import('./js/evaluate.js')).then(({ hasLoop }) => { this.hasLoop = hasLoop; by(hasLoop); }, () => undefined);
  }

  get dispatches(): boolean { return dispatches(this.#config, this.#context); }

  memoryBytes(): number { return (this.#lives.inline?.memoryBytes() ?? this.#lives.known?.memoryBytes ?? 0) + this.#lineage.bytes; }

  // ── the calls ──

  ready(): Promise<void> {
    return this.#call(Call.plain, false, [], (core) => core.ready(), (client) => client.call('ready', []));
  }

  selfCheck(): Promise<void> {
    return this.#call(Call.plain, false, [], (core) => core.selfCheck(), (client) => client.call('selfCheck', []));
  }

  async run<K extends Operation>(operation: K, plan: Plans[K], options: RunOptions, call: Call): Promise<Outcomes[K]> {
    const from: Kept<Origin>[] = [];
    withResidents<K>(plan, (resident) => {
      from.push(this.#matrix(resident.id));
      return resident;
    });
    const transfer = options.transfer ?? [];
    const keeps = (options.keep || operation === 'upload') && transfer.length === 0;
    const bytes = keeps ? bytesOf(plan) : 0;
    const lasting = keeps && this.#lineage.hasRoom(bytes);
    // A copy now: what the caller does to its arrays while the worker starts must not change the answer, nor what is made again from them.
    const sent = this.#lives.isUp && !lasting ? plan : copied(plan, transfer);
    const told = options.answeredBy && this.#tell(options.answeredBy, operation, sent);
    let life = 0;
    const outcome = await this.#call(call, transfer.length > 0, from, (core) => {
      life = this.#lives.life;
      return core.run(operation, numbered(sent, from), options, call);
    }, (client) => {
      life = this.#lives.life;
      return client.call('run', [operation, ownViews(numbered(sent, from), new Set(transfer)), options.keep], {
        onLate: (outcome) => { for (const id of keptIn(outcome)) client.call('free', [id]).catch(() => { /* it goes with its worker */ }); },
        signal: call.signal, timeoutMs: call.remainingMs, transfer: [...transfer], ...(call.reportsProgress && { onProgress: (done, total) => call.progress(done, total) }),
      }) as Promise<Outcomes[K]>;
    });
    await told;
    let place = 0;
    const keep = (made: Resident): number => this.#lineage.add(lasting ? { operation, plan: sent, place: place++ } : undefined, from, place === 1 ? bytes : 0, life, made.id);
    return mapMatrices(operation, outcome, (operand) => (isResident(operand) ? { ...operand, id: keep(operand) } : operand)) as Outcomes[K];
  }

  free(id: number): void {
    const kept = this.#lineage.free(id);
    if (kept?.life === this.#lives.life) this.#freeInside(kept.id);
  }

  #freeInside(id: number): void {
    const { inline, client, ended } = this.#lives;
    if (ended) return;
    if (inline) inline.free(id);
    else client?.call('free', [id]).catch(() => { /* it goes with its worker */ });
  }

  // ── matrices from life to life ──

  #matrix(number: number): Kept<Origin> {
    const kept = this.#lineage.get(number);
    if (!kept) throw freed();
    return kept;
  }

  #lost(): ServiceError {
    return computeError('WORKER_LOST', `the worker that held this matrix has ended, and the matrix with it (copies are kept up to ${LINEAGE_LIMIT >> 20} MiB, and none of transferred buffers): upload it again`);
  }

  async #bring(owners: readonly Kept<Origin>[]): Promise<void> {
    const { life } = this.#lives;
    for (const kept of owners) {
      if (kept.life === life) continue;
      if (!kept.lasting) throw this.#lost();
      await this.#lineage.bring(kept, life, (one) => this.#make(one), (id) => { this.#freeInside(id); });
    }
  }

  /** The operation again; of its matrices the one that is asked for is kept. */
  async #make({ origin, from }: Kept<Origin>): Promise<number> {
    const { operation, plan, place } = origin!;
    const { inline, client } = this.#lives;
    if (!inline && !client) throw this.#lost();
    const outcome = await (inline ? inline.run(operation, numbered(plan, from), { keep: true }, Call.plain) : client!.call('run', [operation, numbered(plan, from), true]));
    const made = keptIn(outcome);
    made.forEach((id, i) => { if (i !== place) this.#freeInside(id); });
    return made[place];
  }

  // ── how they run ──

  /**
   * A worker that dies is followed by one more try.
   * @param once it can not be made again: its buffers have moved
   * @param owners the kept matrices that it is about
   */
  async #call<T>(call: Call, once: boolean, owners: readonly Kept<Origin>[], here: (core: ComputeCore) => T | Promise<T>, there: (client: Client) => Promise<T>): Promise<T> {
    const lives = this.#lives;
    for (let attempt = 0; ; attempt++) {
      try {
        if (lives.ended) throw disposed();
        if (!lives.isUp) {
          await call.race(lives.up());
          call.check();
        }
        if (!owners.every(({ life }) => life === lives.life)) {
          // One after the other: two calls may be about the same matrix.
          const turn = this.#bringing.then(() => this.#bring(owners));
          this.#bringing = turn.catch(() => undefined);
          await call.race(turn);
        }
        if (lives.inline) return await here(lives.inline);
        if (!lives.client) throw this.#lost();
        return await there(lives.client);
      } catch (error) {
        if (lives.ended) throw disposed();
        if (!(error instanceof ServiceError && error.code === 'WORKER_LOST') || attempt > 0 || once) throw error;
      }
    }
  }

  /** What the worker is told at its start. */
  async #prepare(life: AbortSignal): Promise<ComputeWorkerConfig> {
    const { wasm: _wasm, ...config } = this.#config;
    const { loaded, ...selection } = await loadBest(COMPUTE, { ...loadRequest(this.#config, this.#context, 'worker'), signal: life, prove: false });
    const pinned = isPinned(this.#config, this.#context, selection.variant);
    return { config, selection, pinned, budget: this.#context.budget, dispatch: dispatches(this.#config, this.#context), ...(loaded && { module: loaded.module }) };
  }

  dispose(): Promise<void> {
    this.#lineage.clear();
    return this.#lives.dispose();
  }
}

/** The plan with the numbers that kept matrices have in the worker of this life, in the order of the walk. */
function numbered<K extends Operation>(plan: Plans[K], from: readonly Kept<Origin>[]): Plans[K] {
  let place = 0;
  return withResidents<K>(plan, (resident) => ({ ...resident, id: from[place++].id }));
}

/** Of the arrays of a plan. */
function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, of) => sum + bytesOf(of), 0);
}
