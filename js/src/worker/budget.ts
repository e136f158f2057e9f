/**
 * One budget of helper threads for all services of a manager. Each service starts its helpers in its own worker, so the account lies in
 * shared memory: one word with a byte for each service, changed as a whole. Whoever finds nothing left goes on with fewer threads.
 */
import type { ThreadBudget } from '../context.js';
import type { ServiceName } from '../types.js';
import { poolThreads } from './thread-count.js';

/** Who has threads, and which byte is whose. */
const BYTES = { vector: 0, data: 8, compute: 16 } as const;
export type Threaded = keyof typeof BYTES;

/** Undefined where threads can share no memory: then there are none. */
export function threadBudget(helpers = poolThreads() - 1): ThreadBudget | undefined {
  return typeof SharedArrayBuffer === 'function' ? { helpers, word: new SharedArrayBuffer(4) } : undefined;
}

const sum = (word: number): number => (word & 255) + (word >>> 8 & 255) + (word >>> 16 & 255);

/** A service's part of a budget. */
export class BudgetShare {
  readonly #word: Int32Array;
  readonly #most: number;
  readonly #shift: number;

  constructor({ helpers, word }: ThreadBudget, service: Threaded) {
    this.#word = new Int32Array(word);
    this.#most = helpers;
    this.#shift = BYTES[service];
  }

  /** Helpers of this service now. */
  get held(): number { return Atomics.load(this.#word, 0) >>> this.#shift & 255; }

  /** Takes up to `wanted`: how many it got. */
  take(wanted: number): number {
    for (;;) {
      const now = Atomics.load(this.#word, 0);
      const got = Math.max(0, Math.min(wanted, this.#most - sum(now)));
      if (Atomics.compareExchange(this.#word, 0, now, now + (got << this.#shift)) === now) return got;
    }
  }

  give(count: number): void { Atomics.sub(this.#word, 0, count << this.#shift); }

  giveAll(): void { Atomics.and(this.#word, 0, ~(255 << this.#shift)); }
}

/** What a service's worker held is there again once that has ended, however it did. */
export function giveBack(budget: ThreadBudget | undefined, service: ServiceName): void {
  if (budget && Object.hasOwn(BYTES, service)) new BudgetShare(budget, service as Threaded).giveAll();
}
