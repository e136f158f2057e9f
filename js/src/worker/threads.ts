/**
 * Helper threads of one engine: started when work comes that pays for them, ended when none came for a while; without them the engine goes on
 * with one thread.
 */
import type { ThreadBudget } from '../context.js';
import { takeFault } from '../faults.js';
import { host } from '../host/index.js';
import type { Glue, LoadedModule } from '../loader/index.js';
import type { WorkerScript } from '../host/types.js';
import { BudgetShare, type Threaded } from './budget.js';
import { startPool, type Pool } from './pool.js';
import { threadsOf } from './thread-count.js';

/** What an instance of a threaded artifact exports for its threads (crates/thread-team/src/seats.rs). */
export interface PoolOwner {
  /** Makes seats that helpers take. */
  openPool(helpers: number): void;
  /** From here on work is shared with them. */
  usePool(): void;
  /** Lets them go. */
  closePool(): void;
}

export interface ThreadSource {
  /** Threads in all, the engine's own included. */
  readonly threads: number;
  /** What they come out of; left out: nobody else wants any. */
  readonly budget?: Pick<BudgetShare, 'take' | 'give'> | undefined;
  /** Helpers that had nothing to do for this long end. */
  readonly idleMs?: number;
  /** Starts helpers on the engine's instance. `alarm`: address of the word by which one tells that it trapped. Rejects with the reason. */
  start(helpers: number, alarm: number): Promise<Pool>;
}

/** Long beside the start of a pool (some 50 ms), short beside how long a program lives. */
const IDLE_MS = 10_000;

/**
 * Helpers for an instance of `loaded`, by the service's own script; undefined where there is one thread.
 * @param budget that they share with those of other services
 * @param most threads
 */
export function threadSource(script: WorkerScript, { service, variant, module }: LoadedModule, { memory }: Glue, budget?: ThreadBudget, most?: number): ThreadSource | undefined {
  const threads = threadsOf(variant, most);
  if (threads < 2) return undefined;
  return {
    threads, budget: budget && new BudgetShare(budget, service as Threaded),
    start: (helpers, alarm) => {
      const fault = takeFault(service, 'thread')?.how;
      return startPool(script, helpers, { module, memory, alarm, ...(fault && { fault }) });
    },
  };
}

type Run = (call: (core: PoolOwner) => void) => void;

export class Threads {
  readonly #source: ThreadSource;
  readonly #alarm: number;
  #pool: Pool | undefined;
  #starting: Promise<void> | undefined;
  /** Helpers that have not left yet. */
  readonly #leaving = new Set<Pool>();
  #idle: ReturnType<typeof setTimeout> | undefined;
  #usedAt = 0;
  #ended = false;
  #failure: string | undefined;
  /** Other services had all threads when some were wanted. */
  #short = false;

  /** @param glue of the engine's instance */
  constructor(source: ThreadSource, glue: Glue) {
    this.#source = source;
    this.#alarm = (glue['poolAlarm'] as () => number)();
  }

  /** Threads that work, or will when there is work for them. */
  get count(): number {
    if (this.#pool) return 1 + this.#pool.helpers;
    return this.note === undefined ? this.#source.threads : 1;
  }

  /** Why there are none. */
  get note(): string | undefined {
    return this.#failure ?? (this.#short ? 'one thread answers: the threads of this manager are with its other services' : undefined);
  }

  /** Says that they are at work: long work that started them once is not idle. */
  touch(): void { this.#usedAt = host.now(); }

  /**
   * Says that there is work for threads. Never rejects; undefined when there is nothing to wait for.
   * @param run calls the instance, when that can still be done
   */
  start(run: Run): Promise<void> | undefined {
    this.#usedAt = host.now();
    if (this.#pool || this.#ended || this.#failure !== undefined || this.#source.threads < 2) return undefined;
    return this.#starting ??= this.#start(run).finally(() => { this.#starting = undefined; });
  }

  async #start(run: Run): Promise<void> {
    const { budget, threads } = this.#source;
    const helpers = budget ? budget.take(threads - 1) : threads - 1;
    this.#short = helpers === 0;
    if (this.#short) return;
    let pool: Pool | undefined;
    try {
      run((core) => core.openPool(helpers));
      pool = await this.#source.start(helpers, this.#alarm);
      if (!this.#ended) {
        this.#pool = pool;
        run((core) => core.usePool());
        this.#rest(run, IDLE_MS);
      }
    } catch (error) {
      this.#pool = undefined;
      this.#failure = `one thread answers: ${(error as Error).message}`;
      try { if (!this.#ended) run((core) => core.closePool()); } catch { /* it trapped: its engine's next call says so */ }
    }
    if (this.#pool) return;
    pool?.end();
    budget?.give(helpers);
  }

  /** Lets the helpers go once they had nothing to do for a while. Between calls of the instance, like all that timers do. */
  #rest(run: Run, ms: number): void {
    const { idleMs = IDLE_MS, budget } = this.#source;
    this.#idle = setTimeout(() => {
      const left = this.#usedAt + idleMs - host.now();
      const pool = this.#pool;
      if (!pool || this.#ended) return;
      if (left > 1) return this.#rest(run, left);
      this.#pool = undefined;
      this.#leaving.add(pool);
      try { run((core) => core.closePool()); } catch { /* it trapped: the next call finds that out, and its engine ends this */ }
      // Not ended from outside: one that is about to leave may hold the allocator of the memory that goes on being used.
      void pool.left().then(() => {
        if (!this.#leaving.delete(pool)) return;
        pool.end();
        budget?.give(pool.helpers);
      });
    }, Math.min(ms, idleMs));
    // On servers a timer must not keep the program.
    (this.#idle as { unref?: () => void }).unref?.();
  }

  /** @param core where it may still be called: its threads are then let go of in good order */
  end(core?: PoolOwner): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#idle);
    if (core && (this.#pool || this.#starting)) core.closePool();
    for (const pool of [this.#pool, ...this.#leaving]) {
      if (!pool) continue;
      pool.end();
      this.#source.budget?.give(pool.helpers);
    }
    this.#leaving.clear();
    this.#pool = undefined;
  }
}
