/**
 * What is made of code that is fetched when it is first needed, and the calls that wait for it. They are handed over in the order in which they
 * were made, before any later one; once it is there a call costs one look.
 */
import { ServiceError } from '../errors.js';
import type { ServiceName } from '../types.js';
import { QUEUE_LIMIT } from './limits.js';
import { isPromise, type MaybePromise } from './maybe-promise.js';

/** As much of a call as waiting needs. */
export interface Waiter {
  readonly cancellable: boolean;
  onEnd(listener: (error: ServiceError) => void): () => void;
  failure(): ServiceError | undefined;
}

interface Waiting<T> {
  start(value: T): void;
  fail(error: unknown): void;
}

export class Deferred<Code, T> {
  readonly #service: ServiceName;
  readonly #load: () => Promise<Code>;
  readonly #make: (code: Code) => T;
  #value: T | undefined;
  /** Everything that waited is handed over. */
  #open = false;
  #loading = false;
  #waiting: Waiting<T>[] = [];
  #ended: ServiceError | undefined;

  /**
   * @param load imports the code; a failure is told to all who wait, and the next call tries again
   * @param make runs once, and not after `end`
   */
  constructor(service: ServiceName, load: () => Promise<Code>, make: (code: Code) => T) {
    this.#service = service;
    this.#load = load;
    this.#make = make;
  }

  /** Undefined until the code is there. */
  get now(): T | undefined { return this.#value; }
  /** Whether a call made now runs before `run` returns. */
  get open(): boolean { return this.#open; }
  get waiting(): number { return this.#waiting.length; }

  /**
   * `work` now, or when the code is there.
   * @throws ServiceError what `end` was given
   */
  run<R>(work: (value: T) => MaybePromise<R>, call: Waiter): MaybePromise<R> {
    return this.#open ? work(this.#value!) : this.#later(work, call);
  }

  #later<R>(work: (value: T) => MaybePromise<R>, call: Waiter): Promise<R> {
    if (this.#ended) throw this.#ended;
    if (this.#waiting.length >= QUEUE_LIMIT) throw new ServiceError('QUEUE_FULL', `${QUEUE_LIMIT} calls are waiting already: await some of them before making more`, { service: this.#service, detail: { limit: QUEUE_LIMIT } });
    return new Promise<R>((resolve, reject) => {
      let dropped = false;
      const stop = call.cancellable ? call.onEnd((error) => { dropped = true; reject(error); }) : undefined;
      this.#waiting.push({
        start: (value) => {
          if (dropped) return;
          stop?.();
          const over = call.failure();
          if (over) { reject(over); return; }
          try {
            const result = work(value);
            if (isPromise(result)) result.then(resolve, reject); else resolve(result);
          } catch (error) {
            reject(error as Error);
          }
        },
        fail: (error) => { stop?.(); reject(error as Error); },
      });
      if (!this.#loading) void this.#fetch();
    });
  }

  /** Never rejects. */
  async #fetch(): Promise<void> {
    this.#loading = true;
    try {
      const code = await this.#load();
      if (this.#ended) return;
      const value = this.#value = this.#make(code);
      // What is called meanwhile comes behind: it is not handed over before everything that waited is.
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next.start(value);
      this.#open = true;
    } catch (error) {
      this.#loading = false; // before anybody hears of it, and calls again
      this.#failAll(error);
    }
  }

  #failAll(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const entry of waiting) entry.fail(error);
  }

  /** Every call that waits rejects with `error`, and so does every later one. Gives what was made, to be ended by its own means. */
  end(error: ServiceError): T | undefined {
    this.#ended = error;
    this.#failAll(error);
    return this.#value;
  }
}
