/**
 * Calls take effect one after the other, in the order they were made. An idle queue runs a call on the spot,
 * so that a short call costs no promise turn.
 */
import { host } from '../host/index.js';
import { ServiceError } from '../errors.js';
import type { ServiceName } from '../types.js';
import type { Call } from './call.js';
import { QUEUE_LIMIT } from './limits.js';
import { isPromise, type MaybePromise } from './maybe-promise.js';

const SLICE_MS = 20;

interface Waiting {
  start(): MaybePromise<void>;
  fail(error: ServiceError): void;
}

export class SerialQueue {
  readonly #service: ServiceName;
  readonly #limit: number;
  #waiting: Waiting[] = [];
  #head = 0;
  #running = false;
  #closed: ServiceError | undefined;
  #onIdle: (() => void) | undefined;

  constructor(service: ServiceName, limit = QUEUE_LIMIT) {
    this.#service = service;
    this.#limit = limit;
  }

  /** Nothing runs and nothing waits. */
  get idle(): boolean { return !this.#running; }

  /** Called each time the queue has run dry. */
  onIdle(listener: () => void): void { this.#onIdle = listener; }

  /**
   * Runs `task` when every earlier call has ended: at once when idle, and then a synchronous result comes back as it is.
   * A waiting call that is cancelled or out of time is dropped at once.
   */
  run<T>(task: () => MaybePromise<T>, call: Call): MaybePromise<T> {
    if (this.#closed) throw this.#closed;
    return this.#running ? this.#enqueue(task, call) : this.#runNow(task);
  }

  #runNow<T>(task: () => MaybePromise<T>): MaybePromise<T> {
    this.#running = true;
    let result: MaybePromise<T>;
    try {
      result = task();
    } catch (error) {
      this.#ended();
      throw error;
    }
    if (!isPromise(result)) {
      this.#ended();
      return result;
    }
    const ended = (): void => this.#ended();
    result.then(ended, ended);
    return result;
  }

  /** After a call: what waits goes on in a turn of its own, or the queue is idle. */
  #ended(): void {
    if (this.#head < this.#waiting.length) { void this.#drain(); return; }
    this.#running = false;
    this.#onIdle?.();
  }

  #enqueue<T>(task: () => MaybePromise<T>, call: Call): Promise<T> {
    if (this.#waiting.length - this.#head >= this.#limit) {
      throw new ServiceError('QUEUE_FULL', `${this.#limit} calls are waiting already: await some of them before making more`, { service: this.#service, detail: { limit: this.#limit } });
    }
    return new Promise<T>((resolve, reject) => {
      let dropped = false;
      const stop = call.cancellable ? call.onEnd((error) => { dropped = true; reject(error); }) : undefined;
      this.#waiting.push({
        start: () => {
          if (dropped) return undefined;
          stop?.();
          const over = call.failure();
          if (over) { reject(over); return undefined; }
          let result: MaybePromise<T>;
          try { result = task(); } catch (error) { reject(error as Error); return undefined; }
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
