/**
 * The worker of a service from life to life: started when first needed, replaced when it dies, given up for the calling thread when it can
 * not be started or keeps dying, and tried again later; the supervisor says when. What the worker held is gone with it; `lineage.ts` has it made again.
 */
import type { ServiceContext } from '../context.js';
import { ServiceError } from '../errors.js';
import { host } from '../host/index.js';
import type { WorkerScript } from '../host/types.js';
import { NO_CALL, Supervisor } from '../supervise/supervisor.js';
import type { ServiceName, Variant } from '../types.js';
import { giveBack } from './budget.js';
import { WorkerClient } from './client.js';
import type { Methods } from './protocol.js';


/** The service in the calling thread. */
export interface InlineCore {
  readonly variant: Variant;
  /** Has nothing to do: then a worker may take its place. */
  readonly idle: boolean;
  ready(): void | Promise<void>;
  dispose(): void | Promise<void>;
}

export interface LivesOptions<Core extends InlineCore> {
  service: ServiceName;
  context: ServiceContext;
  script: WorkerScript;
  /** What a worker holds, as its user calls it. */
  holds: string;
  maxInFlight: number;
  /** Whether the next worker could make everything again that is held. */
  canMove(): boolean;
  /** Chooses and loads; gives what the worker is to be told at its start. */
  prepare(life: AbortSignal): Promise<unknown>;
  /**
   * Fetches what answers in this thread, and makes it.
   * @param crashed workers died: what they ran may be at fault
   */
  inline(crashed: boolean): Promise<Core>;
  disposed(): ServiceError;
}

export class WorkerLives<M extends Methods<M>, State, Core extends InlineCore> {
  readonly #options: LivesOptions<Core>;
  readonly #ending = new AbortController();
  readonly #supervisor: Supervisor;
  #client: WorkerClient<M> | undefined;
  #starter: WorkerClient<M> | undefined;
  #inline: Core | undefined;
  #inlineWhy = '';
  #starting: Promise<void> | undefined;
  /** Of the worker that ran last. */
  #lost: ServiceError | undefined;
  #deaths = 0;
  #life = 0;
  #known: State | undefined;
  #disposal: Promise<void> | undefined;

  constructor(options: LivesOptions<Core>) {
    this.#options = options;
    const { service, context } = options;
    this.#supervisor = new Supervisor({ service, sink: context.sink, rungs: () => ['worker', 'calling thread'] });
  }

  /** Whether a call can be made without `up()`. */
  get isUp(): boolean { return this.#starting === undefined && (this.#client !== undefined || (this.#inline !== undefined && !this.#probeDue)); }
  /** Half open: a worker may be tried again, where it can have what this thread holds. */
  get #probeDue(): boolean { return this.#supervisor.probeDue && this.#inline?.idle === true && this.#options.canMove(); }
  /** Why this thread answers; undefined while a worker does. */
  get degraded(): string | undefined { return this.#supervisor.degraded; }

  /** The worker that runs. */
  get client(): WorkerClient<M> | undefined { return this.#client; }
  /** Answers in the calling thread while workers can not. */
  get inline(): Core | undefined { return this.#inline; }
  get inlineWhy(): string { return this.#inlineWhy; }
  /** What the worker last said of itself. */
  get known(): State | undefined { return this.#known; }
  get ended(): boolean { return this.#disposal !== undefined; }

  /** Which worker, or this thread, answers: it rises with each. */
  get life(): number { return this.#life; }

  // ── starting, dying, falling back ──

  /** Resolves when a worker runs or this thread answers; once for all who wait. */
  up(): Promise<void> {
    return this.#starting ??= this.#start().finally(() => { this.#starting = undefined; });
  }

  async #start(): Promise<void> {
    const { service, disposed } = this.#options;
    for (;;) {
      if (this.#disposal) throw disposed();
      if (this.#supervisor.rung > 0 && !this.#inline) return this.#runInline(new ServiceError('WORKER_LOST', 'its worker died more than three times within a minute', { service, cause: this.#lost }));
      try {
        return await this.#startWorker();
      } catch (error) {
        if (this.#disposal) throw disposed();
        const code = error instanceof ServiceError ? error.code : undefined;
        if (code !== 'WORKER_START' && code !== 'WORKER_LOST') throw error;
        if (this.#inline) { this.#supervisor.probed(false); return; }
        if (code === 'WORKER_START') {
          this.#supervisor.fault('start', NO_CALL);
          return this.#runInline(error as ServiceError);
        }
      }
    }
  }

  async #startWorker(): Promise<void> {
    const { service, context, script, holds, maxInFlight, prepare } = this.#options;
    const client: WorkerClient<M> = new WorkerClient<M>({
      service, maxInFlight,
      start: () => (context.worker ? host.adoptWorker(context.worker()) : host.startWorker(script)),
      onState: (state) => { this.#known = state as State; },
      onEvent: (event) => context.sink.event(event),
      onLost: (error) => this.#onLost(client, error),
    });
    this.#starter = client;
    try {
      await client.start(prepare(this.#ending.signal)); // both at once: a page fetches and compiles while the thread fetches its script
    } catch (error) {
      client.terminate();
      throw error;
    } finally {
      this.#starter = undefined;
    }
    const before = this.#inline;
    this.#client = client;
    this.#inline = undefined;
    this.#life++;
    if (before) this.#supervisor.probed(true);
    if (this.#deaths > 0 || before) context.sink.event({ type: 'restart', service, message: `${service}: a new worker answers${before ? ' again' : `, with the ${holds} of the one that ended as they are asked for`}`, data: { deaths: this.#deaths } });
    await before?.dispose();
  }

  #onLost(client: WorkerClient<M>, error: ServiceError): void {
    const { service, context } = this.#options;
    giveBack(context.budget, service);
    this.#deaths++;
    this.#lost = error;
    this.#supervisor.fault('worker-lost', NO_CALL);
    context.sink.event({ type: 'error', service, message: `${service}: ${error.message}`, data: { code: error.code } });
    if (this.#client !== client) return; // its start hears of it
    this.#client = undefined;
    this.#life++;
    this.#known = undefined;
  }

  /** This thread takes over: one event, one line on the console. */
  async #runInline(why: ServiceError): Promise<void> {
    const { inline, disposed } = this.#options;
    const core = await inline(why.code === 'WORKER_LOST');
    if (this.#disposal) throw disposed();
    await core.ready();
    if (this.#disposal) { await core.dispose(); throw disposed(); }
    this.#inline = core;
    this.#inlineWhy = why.message;
    this.#life++;
    this.#supervisor.announce(`runs on the calling thread (${core.variant}), ${why.message}`, why.message, { code: why.code, variant: core.variant });
  }

  dispose(): Promise<void> {
    return this.#disposal ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    this.#ending.abort(this.#options.disposed());
    const starting = this.#starting;
    const client = this.#client;
    this.#starter?.terminate();
    this.#client = undefined;
    await client?.dispose();
    giveBack(this.#options.context.budget, this.#options.service);
    await starting?.catch(() => undefined);
    await this.#inline?.dispose();
  }
}
