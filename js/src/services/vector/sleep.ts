/** A collection asleep: its storage is let go, so that another tab may have it, and calls wait until it is awake again. */
import { Call } from '../../calls/call.js';
import type { SerialQueue } from '../../calls/queue.js';

export class Sleep {
  readonly #queue: SerialQueue;
  readonly #letGo: () => Promise<void>;
  /** Set while it sleeps. */
  #wake: (() => void) | undefined;

  /** @param letGo runs when the calls under way have ended */
  constructor(queue: SerialQueue, letGo: () => Promise<void>) {
    this.#queue = queue;
    this.#letGo = letGo;
  }

  /** Takes its turn in the queue and keeps it until `end`. Resolves when the storage is let go; at once when it sleeps already. */
  begin(): Promise<void> {
    if (this.#wake) return Promise.resolve();
    const awake = new Promise<void>((resolve) => { this.#wake = resolve; });
    return new Promise((closed, failed) => {
      const asleep = this.#queue.run(async () => {
        try {
          await this.#letGo();
          closed();
        } catch (error) {
          failed(error as Error);
        }
        await awake;
      }, Call.plain);
      Promise.resolve(asleep).catch(failed); // disposed of before its turn came
    });
  }

  /** Lets the calls go on. False when it did not sleep. */
  end(): boolean {
    if (!this.#wake) return false;
    this.#wake();
    this.#wake = undefined;
    return true;
  }
}
