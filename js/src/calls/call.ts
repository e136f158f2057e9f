/** What one call of a service carries besides its arguments: cancellation, a deadline, progress. */
import { describe, ServiceError } from '../errors.js';
import { host } from '../host/index.js';
import type { ServiceName } from '../types.js';

/** The options every cancellable call takes. */
export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  onProgress?: (done: number, total: number) => void;
}

const PROGRESS_INTERVAL_MS = 100;
/** setTimeout turns longer delays into 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Call {
  /** For calls without options: nothing to watch, shared by all. */
  static readonly plain = new Call(undefined, undefined, undefined, undefined);

  readonly #service: ServiceName | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #timeoutMs: number | undefined;
  readonly #deadline: number;
  readonly #onProgress: CallOptions['onProgress'];
  #lastProgress = -Infinity;

  private constructor(service: ServiceName | undefined, signal: AbortSignal | undefined, timeoutMs: number | undefined, onProgress: CallOptions['onProgress']) {
    this.#service = service;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#deadline = timeoutMs === undefined ? Infinity : host.now() + timeoutMs;
    this.#onProgress = onProgress;
  }

  /** @throws ServiceError INVALID_ARGUMENT for a wrong type, ABORTED when the signal has fired already. */
  static from(service: ServiceName, options: CallOptions | undefined): Call {
    const invalidField = (field: string, accepted: string, value: unknown): ServiceError => (
      new ServiceError('INVALID_ARGUMENT', `${field} must be ${accepted}; it was ${describe(value)}`, { service, detail: { field } }));
    if (options === undefined) return Call.plain;
    if (typeof options !== 'object' || options === null) throw invalidField('options', 'an object', options);
    const { signal, timeoutMs, onProgress } = options;
    if (signal === undefined && timeoutMs === undefined && onProgress === undefined) return Call.plain;
    if (signal !== undefined && (typeof signal !== 'object' || signal === null || typeof signal.aborted !== 'boolean')) {
      throw invalidField('signal', 'an AbortSignal', signal);
    }
    if (timeoutMs !== undefined && (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))) {
      throw invalidField('timeoutMs', 'a number of milliseconds, 0 or more', timeoutMs);
    }
    if (onProgress !== undefined && typeof onProgress !== 'function') throw invalidField('onProgress', 'a function (done, total)', onProgress);
    const call = new Call(service, signal, timeoutMs === Infinity ? undefined : timeoutMs, onProgress);
    call.check();
    return call;
  }

  get #at(): { service?: ServiceName } { return this.#service === undefined ? {} : { service: this.#service }; }
  /** Whether anything can end this call early. */
  get cancellable(): boolean { return this.#signal !== undefined || this.#timeoutMs !== undefined; }
  get signal(): AbortSignal | undefined { return this.#signal; }
  get reportsProgress(): boolean { return this.#onProgress !== undefined; }
  /** Milliseconds left, undefined without a deadline. */
  get remainingMs(): number | undefined { return this.#timeoutMs === undefined ? undefined : Math.max(0, this.#deadline - host.now()); }

  /** @throws ServiceError ABORTED or TIMEOUT once the call is over. */
  check(): void {
    const over = this.failure();
    if (over) throw over;
  }

  failure(): ServiceError | undefined {
    if (this.#signal?.aborted) {
      // In a worker the signal stands for what happened on the page, and says so.
      if (this.#signal.reason instanceof ServiceError) return this.#signal.reason;
      return new ServiceError('ABORTED', 'the call was cancelled by its signal; nothing of it remains and the service goes on', { ...this.#at, cause: this.#signal.reason });
    }
    if (this.#deadline !== Infinity && host.now() >= this.#deadline) {
      return new ServiceError('TIMEOUT', `the call did not end within timeoutMs = ${this.#timeoutMs}; nothing of it remains: give it more time or less work`, { ...this.#at, detail: { timeoutMs: this.#timeoutMs } });
    }
    return undefined;
  }

  /** Calls `listener` once when the call is cancelled or its time is up. Returns the function that stops listening. */
  onEnd(listener: (error: ServiceError) => void): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      const error = this.failure();
      if (error) { stop(); listener(error); } else if (timer !== undefined) arm();
    };
    const arm = (): void => { timer = setTimeout(end, Math.min(LONGEST_TIMER_MS, Math.ceil(this.#deadline - host.now()) + 1)); };
    const stop = (): void => {
      if (timer !== undefined) clearTimeout(timer);
      timer = undefined;
      this.#signal?.removeEventListener('abort', end);
    };
    this.#signal?.addEventListener('abort', end);
    if (this.#deadline !== Infinity) arm();
    return stop;
  }

  /** The promise's outcome, or ABORTED / TIMEOUT as soon as the call is over. */
  race<T>(promise: Promise<T>): Promise<T> {
    if (!this.cancellable) return promise;
    return new Promise<T>((resolve, reject) => {
      const over = this.failure();
      if (over) { promise.catch(() => {}); reject(over); return; }
      const stop = this.onEnd(reject);
      promise.then((value) => { stop(); resolve(value); }, (error) => { stop(); reject(error); });
    });
  }

  /** Reports progress, at most every 100 ms; `done === total` is always reported. A throwing listener is the listener's affair. */
  progress(done: number, total: number): void {
    if (!this.#onProgress) return;
    const time = host.now();
    if (done < total && time - this.#lastProgress < PROGRESS_INTERVAL_MS) return;
    this.#lastProgress = time;
    try { this.#onProgress(done, total); } catch { /* the work must not depend on who watches it */ }
  }
}
