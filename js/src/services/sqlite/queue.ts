/**
 * Calls take effect one after the other, in the order they were made. An idle queue runs a call on the spot, so that a statement costs no
 * promise turn. Each open transaction has a queue of its own, and holds its place in the one above.
 */
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import type { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import type { Call } from './call.js';
import { sqliteServiceError } from './errors.js';

/** Calls that may wait; far more than any caller awaits, few enough that their arguments fit in memory. */
export const QUEUE_LIMIT = 100_000;
/** The contract promises a yield at least every 50 ms. */
export const SLICE_MS = 20;

interface Waiting {
  start(): MaybePromise<void>;
  fail(error: ServiceError): void;
}

export class SerialQueue {
  #waiting: Waiting[] = [];
  #head = 0;
  #running = false;
  #closed: ServiceError | undefined;
  #onIdle: (() => void) | undefined;

  /** Nothing runs, nothing waits, and it is open. */
  get idle(): boolean { return !this.#running && this.#closed === undefined; }
  get waiting(): number { return this.#waiting.length - this.#head; }

  /** Takes an idle queue for work that ends before anything else can run; `leave` gives it back. */
  enter(): void { this.#running = true; }

  /** What has come to wait meanwhile goes on in a turn of its own. */
  leave(): void {
    if (this.#head < this.#waiting.length) { void this.#drain(); return; }
    this.#running = false;
    this.#onIdle?.();
  }

  /** Runs `task` when every earlier call has ended: at once when idle, and then a synchronous result comes back as it is. */
  run<T>(task: () => MaybePromise<T>, call: Call): MaybePromise<T> {
    if (this.#closed) throw this.#closed;
    if (this.#running) return this.#enqueue(task, call);
    call.check();
    this.#running = true;
    let result: MaybePromise<T>;
    try {
      result = task();
    } catch (error) {
      this.leave();
      throw error;
    }
    if (!isPromise(result)) {
      this.leave();
      return result;
    }
    const ended = (): void => this.leave();
    result.then(ended, ended);
    return result;
  }

  #enqueue<T>(task: () => MaybePromise<T>, call: Call): Promise<T> {
    if (this.waiting >= QUEUE_LIMIT) throw sqliteServiceError('QUEUE_FULL', `${QUEUE_LIMIT} calls are waiting already: await some of them before making more`, { detail: { limit: QUEUE_LIMIT } });
    return new Promise<T>((resolve, reject) => {
      let dropped = false;
      const stop = call.cancellable ? call.onEnd((error) => { dropped = true; reject(error); }) : undefined;
      this.#waiting.push({
        start: () => {
          if (dropped) return undefined;
          stop?.();
          let result: MaybePromise<T>;
          try { call.check(); result = task(); } catch (error) { reject(error as Error); return undefined; }
          if (!isPromise(result)) { resolve(result); return undefined; }
          return result.then(resolve, reject);
        },
        fail: (error) => { stop?.(); reject(error); },
      });
    });
  }

  async #drain(): Promise<void> {
    let sliceEnd = host.now() + SLICE_MS;
    while (this.#head < this.#waiting.length) {
      const next = this.#waiting[this.#head];
      this.#waiting[this.#head++] = undefined as unknown as Waiting;
      if (this.#head === this.#waiting.length) { this.#waiting = []; this.#head = 0; }
      const running = next.start();
      if (isPromise(running)) await running;
      if (host.now() >= sliceEnd) {
        await host.yieldNow();
        sliceEnd = host.now() + SLICE_MS;
      }
    }
    this.#running = false;
    this.#onIdle?.();
  }

  /** Every call that waits rejects with `error`, and so does every later one. Resolves when what runs has ended. */
  close(error: ServiceError): Promise<void> {
    this.#closed = error;
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    for (const entry of waiting) entry.fail(error);
    return new Promise((resolve) => {
      if (this.#running) this.#onIdle = resolve; else resolve();
    });
  }
}
