/**
 * The proxy's end of a worker: starts it, numbers calls, and settles every one exactly once, whatever happens to the thread.
 *
 * ```ts
 * const client = new WorkerClient<VectorMethods>({ service: 'vector', start: () => host.startWorker(VECTOR_WORKER) });
 * await client.start({ dimensions: 384 });
 * const hits = await client.call('search', [query, { maxResults: 3 }], { signal });
 * ```
 */
import { ServiceError, type ErrorCode } from '../errors.js';
import { deserializeError } from './errors.js';
import { registerWorker, takeFaultsForWorker } from '../faults.js';
import type { HostWorker } from '../host/types.js';
import type { ServiceName } from '../types.js';
import { PROTOCOL_VERSION, type ArgsOf, type EventRecord, type Methods, type Reply, type Request, type ResultOf } from './protocol.js';

export interface WorkerClientOptions {
  service: ServiceName;
  /** Makes the thread; called once, by `start`. */
  start(): HostWorker;
  /** How long the script may take until it greets. Default 4500 ms. */
  startTimeoutMs?: number;
  /** Calls that may be under way at once; one more is QUEUE_FULL. Default 4096. */
  maxInFlight?: number;
  onState?(state: unknown): void;
  onEvent?(event: EventRecord): void;
  /** The thread is gone without having been asked. Pending calls have been rejected by then. */
  onLost?(error: ServiceError): void;
}

export interface CallOptions {
  transfer?: Transferable[];
  signal?: AbortSignal | undefined;
  /** The result came after the call was cancelled: what the worker holds for it is to be freed. */
  onLate?: ((value: unknown) => void) | undefined;
  /** Deadline of this call; TIMEOUT. */
  timeoutMs?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
  /**
   * For calls that change something: after a cancel the worker's own answer counts (done before the cancel arrived, or not done
   * at all), waited for at most this long. Default 0: the call rejects at once.
   */
  confirmCancelMs?: number;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: ServiceError): void;
  onProgress: CallOptions['onProgress'];
  /** Removes timers and listeners. */
  release(): void;
}

type Phase = 'idle' | 'starting' | 'running' | 'lost' | 'disposing' | 'disposed';

/** A service may have to flush to disk; a thread that does not answer in this time is ended all the same. */
const DISPOSE_GRACE_MS = 5000;

/** setTimeout turns longer delays into 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** setTimeout for any delay; returns how to stop it. */
function after(ms: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number): void => {
    timer = setTimeout(() => { if (left > LONGEST_TIMER_MS) arm(left - LONGEST_TIMER_MS); else run(); }, Math.min(left, LONGEST_TIMER_MS));
  };
  arm(ms);
  return () => clearTimeout(timer);
}

export class WorkerClient<M extends Methods<M>> {
  readonly #options: WorkerClientOptions;
  readonly #pending = new Map<number, Pending>();
  /** Of cancelled calls that the worker has not answered. */
  readonly #late = new Map<number, (value: unknown) => void>();
  #worker: HostWorker | undefined;
  #phase: Phase = 'idle';
  #nextId = 1;
  #greet: { resolve(): void; reject(error: ServiceError): void } | undefined;
  #unregister: () => void = () => undefined;
  #disposal: Promise<void> | undefined;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
  }

  get inFlight(): number { return this.#pending.size; }

  /**
   * Starts the thread and gives it its configuration; a promise of one is fulfilled while the thread starts. Rejects with WORKER_START, with why there is no
   * configuration, or with what the service's own start threw.
   */
  async start(configuration: unknown, options: CallOptions = {}): Promise<unknown> {
    if (this.#phase !== 'idle') throw this.#error('WORKER_START', 'this worker was started before: make a new client');
    this.#phase = 'starting';
    const { startTimeoutMs = 4500 } = this.#options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const greeted = new Promise<unknown>((resolve, reject) => {
      const hello = new Promise<void>((greet) => { this.#greet = { resolve: greet, reject }; }).then(() => clearTimeout(timer));
      Promise.all([configuration, hello]).then(([made]) => resolve(made), reject);
    });
    greeted.catch(() => undefined); // heard below, unless the thread can not even be made
    let config: unknown;
    try {
      const worker = this.#worker = this.#options.start();
      worker.onMessage((message) => this.#receive(message as Reply));
      worker.onFailure((reason) => this.#fail(reason));
      this.#unregister = registerWorker(this.#options.service, () => this.#fail('killed on purpose by wasm-services/testing'));
      timer = setTimeout(() => this.#fail(`its script said nothing within ${startTimeoutMs} ms`), startTimeoutMs);
      config = await greeted;
    } catch (error) {
      if (this.#phase === 'starting') void this.#end('lost');
      throw error instanceof ServiceError ? error : this.#startError(String((error as Error)?.message ?? error), error);
    } finally {
      clearTimeout(timer);
      this.#greet = undefined;
    }
    try {
      const answer = await this.#send((id) => ({ t: 'init', id, service: this.#options.service, config }), options);
      if (this.#phase !== 'starting') throw this.#error('DISPOSED', 'the service was disposed of while its worker started');
      this.#phase = 'running';
      this.#updateKeepAlive();
      return answer;
    } catch (error) {
      if (this.#phase === 'starting') void this.#end('lost');
      throw error;
    }
  }

  /**
   * One call. Rejects with the service's own error, or ABORTED, TIMEOUT, QUEUE_FULL, WORKER_LOST, DISPOSED.
   * The arguments are copied when this returns its promise (except what `transfer` moves), so the caller may change them.
   */
  call<K extends keyof M & string>(method: K, args: ArgsOf<M[K]>, options: CallOptions = {}): Promise<ResultOf<M[K]>> {
    if (this.#phase !== 'running') return Promise.reject(this.#notRunning());
    for (const fault of takeFaultsForWorker(this.#options.service)) this.#post({ t: 'fault', fault });
    return this.#send((id) => ({ t: 'call', id, method, args, progress: options.onProgress !== undefined }), options) as Promise<ResultOf<M[K]>>;
  }

  /**
   * Rejects what is pending with DISPOSED, lets the service flush and close its storage (at most 5 s), ends the thread.
   * Calling it again gives the same promise.
   */
  dispose(): Promise<void> {
    return (this.#disposal ??= this.#dispose());
  }

  /** Ends the thread now, without asking the service; for threads that no longer answer. */
  terminate(): void {
    this.#rejectEverything();
    void this.#end('disposed');
  }

  async #dispose(): Promise<void> {
    const phase = this.#phase;
    this.#rejectEverything();
    if (phase === 'running') {
      this.#phase = 'disposing';
      await this.#send((id) => ({ t: 'dispose', id }), { timeoutMs: DISPOSE_GRACE_MS }).catch(() => undefined);
    }
    await this.#end('disposed');
  }

  #send(request: (id: number) => Request, options: CallOptions): Promise<unknown> {
    const { signal, timeoutMs, transfer, onProgress, onLate, confirmCancelMs = 0 } = options;
    if (signal?.aborted) return Promise.reject(this.#error('ABORTED', 'the call was cancelled before it began', signal.reason));
    const { maxInFlight = 4096 } = this.#options;
    if (this.#pending.size >= maxInFlight) {
      return Promise.reject(this.#error('QUEUE_FULL', `${maxInFlight} calls are waiting for the ${this.#options.service} worker: await some before making more`));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      let grace: ReturnType<typeof setTimeout> | undefined;
      const cancel = (code: 'ABORTED' | 'TIMEOUT', message: string, cause?: unknown): void => {
        if (!this.#pending.has(id)) return;
        this.#post({ t: 'cancel', id, code });
        const give = (): void => {
          if (onLate && this.#pending.has(id)) this.#late.set(id, onLate);
          this.#settle(id)?.reject(this.#error(code, message, cause));
        };
        if (confirmCancelMs > 0) grace ??= setTimeout(give, confirmCancelMs); else give();
      };
      const onAbort = (): void => cancel('ABORTED', 'the call was cancelled', signal!.reason);
      const stopTimer = timeoutMs === undefined ? undefined
        : after(timeoutMs, () => cancel('TIMEOUT', `the call did not finish within ${timeoutMs} ms`));
      signal?.addEventListener('abort', onAbort, { once: true });
      const release = (): void => { stopTimer?.(); clearTimeout(grace); signal?.removeEventListener('abort', onAbort); };
      this.#pending.set(id, { resolve, reject, onProgress, release });
      this.#updateKeepAlive();
      try {
        this.#worker!.post(request(id), transfer);
      } catch (error) {
        // What can not be cloned: a function or a class instance in metadata or options.
        this.#settle(id)?.reject(this.#error('INVALID_ARGUMENT', `the arguments can not be sent to a worker: ${(error as Error).message}. Pass plain data, or take host: 'inline'`, error));
      }
    });
  }

  #receive(message: Reply): void {
    switch (message.t) {
      case 'hello':
        if (message.version === PROTOCOL_VERSION) this.#greet?.resolve();
        else this.#fail(`its script is of another release (protocol ${message.version}, here ${PROTOCOL_VERSION})`);
        return;
      case 'result': {
        const pending = this.#settle(message.id);
        if (pending) pending.resolve(message.value); else this.#late.get(message.id)?.(message.value);
        this.#late.delete(message.id);
        return;
      }
      case 'error':
        this.#settle(message.id)?.reject(deserializeError(message.error));
        this.#late.delete(message.id);
        return;
      case 'progress': {
        try { this.#pending.get(message.id)?.onProgress?.(message.done, message.total); } catch { /* a listener's failure is its own */ }
        return;
      }
      case 'state': this.#options.onState?.(message.state); return;
      case 'event': this.#options.onEvent?.(message.event); return;
      default: // A caller's own worker script may chat; what is not ours is none of our business.
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined; // answered after it was cancelled
    this.#pending.delete(id);
    pending.release();
    this.#updateKeepAlive();
    return pending;
  }

  /** The thread failed or ended. */
  #fail(reason: string): void {
    if (this.#phase === 'starting') {
      const error = this.#startError(reason);
      if (this.#greet) this.#greet.reject(error);
      else this.#rejectAll(error);
      return;
    }
    if (this.#phase !== 'running') return; // lost before, or ending as asked
    const error = this.#error('WORKER_LOST', `the ${this.#options.service} worker ended while it was in use (${reason})`);
    void this.#end('lost');
    this.#rejectAll(error);
    this.#options.onLost?.(error);
  }

  #end(phase: 'lost' | 'disposed'): Promise<void> {
    this.#phase = phase;
    this.#unregister();
    const worker = this.#worker;
    this.#worker = undefined;
    return worker ? worker.terminate().catch(() => undefined) : Promise.resolve();
  }

  #rejectEverything(): void {
    const gone = this.#error('DISPOSED', 'the service was disposed of');
    this.#greet?.reject(gone);
    this.#rejectAll(gone);
  }

  #rejectAll(error: ServiceError): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
  }

  #post(request: Request): void {
    this.#worker?.post(request);
  }

  /** A worker that waits for nothing must not keep a process alive; on Node it may only be let go once it runs. */
  #updateKeepAlive(): void {
    if (this.#phase === 'running' || this.#phase === 'disposing') this.#worker?.keepAlive(this.#pending.size > 0);
  }

  #notRunning(): ServiceError {
    if (this.#phase === 'disposing' || this.#phase === 'disposed') return this.#error('DISPOSED', 'the service was disposed of: make a new one');
    return this.#error('WORKER_LOST', `the ${this.#options.service} worker is not running`);
  }

  #startError(reason: string, cause?: unknown): ServiceError {
    return this.#error('WORKER_START', `the ${this.#options.service} worker did not start: ${reason}. Check that its script is published and that the Content-Security-Policy's worker-src allows it, pass \`worker\`, or take host: 'inline'`, cause);
  }

  #error(code: ErrorCode, message: string, cause?: unknown): ServiceError {
    return new ServiceError(code, message, { service: this.#options.service, ...(cause !== undefined && { cause }) });
  }
}
