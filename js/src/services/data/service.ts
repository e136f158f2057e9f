/**
 * The public data processor. It reports calls to the sink and hands them on: loading and tables (tables.ts), one-shot calls on rows (one-shot.ts) and codecs are
 * fetched by the first call that needs them. Tables live with a backend: in this thread or in a worker.
 */
import { Call } from '../../calls/call.js';
import { Deferred } from '../../calls/deferred.js';
import { Life } from '../../calls/life.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { SILENT_SINK, type ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { fetchCode } from '../../loader/code.js';
import type { ServiceInfo, ServiceSink, Variant } from '../../types.js';
import type { DataBackend, TableState } from './backend.js';
import type { Codecs } from './codecs/index.js';
import { bytesOf } from './codecs/input.js';
import type { ResolvedConfig } from './config.js';
import { disposed, invalidField } from './errors.js';
import type { OneShot } from './one-shot.js';
import { ownInput, ownOptions } from './own-input.js';
import { processStream } from './stream.js';
import type { ResidentTable, TableHome } from './table.js';
import { isTable } from './table-marks.js';
import type { Tables } from './tables.js';
import type {
  AggregationOptions, CallOptions, CompressOptions, DataTable, DataTransformOptions, DecompressOptions, LoadOptions, LoadSource, ProcessingResult, Rows, StreamOptions, WASMDataProcessor,
} from './types.js';

export class DataService implements WASMDataProcessor, TableHome {
  readonly backend: DataBackend;
  /** The implementation that was asked for. */
  readonly pin: Variant | undefined;
  readonly #config: ResolvedConfig;
  readonly #tables: Deferred<typeof import('./tables.js'), Tables>;
  readonly #once: Deferred<typeof import('./one-shot.js'), OneShot>;
  readonly #codecs: Deferred<typeof import('./codecs/index.js'), Codecs>;
  /** Undefined when nobody listens: then no clock is read. */
  readonly #sink: ServiceSink | undefined;
  readonly #life = new Life();
  /** Frees tables that were dropped without `free`. A net: it may act late, or never in code that does not await. */
  readonly #dropped: FinalizationRegistry<number>;
  #disposal: Promise<void> | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext, backend: DataBackend, pin: Variant | undefined) {
    this.#config = config;
    this.backend = backend;
    this.pin = pin;
    this.#tables = new Deferred('data', () => fetchCode('what loads tables', 'data', () => import('./tables.js')), ({ Tables }) => new Tables(this));
    this.#once = new Deferred('data', () => fetchCode('what answers on rows', 'data', () => import('./one-shot.js')), ({ OneShot }) => new OneShot(config, backend, pin, ({ js, wasm }) => {
      this.#sink?.event({ type: 'dispatch', service: 'data', message: `data: this host was measured: JavaScript takes ${js.toPrecision(2)} times what the cost model has for it, WebAssembly ${wasm.toPrecision(2)} times`, data: { scale: { js, wasm } } });
    }));
    this.#codecs = new Deferred('data', () => fetchCode('its codecs', 'data', () => import('./codecs/index.js')), ({ Codecs }) => new Codecs(config.wasm ?? context.wasm, pin));
    this.#sink = context.sink === SILENT_SINK ? undefined : context.sink;
    this.#dropped = new FinalizationRegistry((table) => { backend.free(table); });
    // Not every host has the symbol.
    if (typeof Symbol.asyncDispose === 'symbol') Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.dispose(), configurable: true });
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;

  get info(): ServiceInfo { return this.backend.info; }

  ready(): Promise<void> { return this.call('ready', () => this.backend.ready()); }

  load(source: LoadSource, options?: LoadOptions): Promise<DataTable> {
    return this.call('load', () => this.#later(this.#tables, [source, options], (tables, from, how) => {
      const state = isTable(from) ? this.backend.run(from.stateNow().id, [], Call.plain) : tables.load(from, how);
      return isPromise(state) ? state.then((made) => this.adopt(made)) : this.adopt(state);
    }));
  }

  transform(data: Rows, options: DataTransformOptions): Promise<ProcessingResult> {
    return this.call('transform', () => {
      if (isTable(data)) return this.#resident(data, () => data.transform(options));
      return this.#later(this.#once, [checkRows(data), options], (once, rows, how) => once.transform(rows, how));
    });
  }

  aggregate(data: Rows, options: AggregationOptions): Promise<ProcessingResult> {
    return this.call('aggregate', () => {
      if (isTable(data)) return this.#resident(data, () => data.aggregate(options));
      return this.#later(this.#once, [checkRows(data), options], (once, rows, how) => once.aggregate(rows, how));
    });
  }

  compress(data: unknown, options?: CompressOptions): Promise<ProcessingResult<Uint8Array>> {
    return this.call('compress', () => this.#later(this.#codecs, [this.#codecs.open ? data : asBytes(data), options ?? {}], (codecs, bytes, how) => codecs.compress(bytes, how, this.#life.signal)));
  }

  decompress(data: Uint8Array, options?: DecompressOptions): Promise<ProcessingResult<Uint8Array>> {
    return this.call('decompress', () => this.#later(this.#codecs, [data, options ?? {}], (codecs, bytes, how) => codecs.decompress(bytes, how, this.#life.signal)));
  }

  /** Now, or with what the call was given as it was when the code is there. */
  #later<T, Data, Options extends CallOptions | undefined, R>(deferred: Deferred<any, T>, [data, options]: [Data, Options], work: (value: T, data: Data, options: Options) => MaybePromise<R>): MaybePromise<R> {
    if (deferred.open) return work(deferred.now!, data, options);
    const own = ownInput(data, deferred === this.#once ? LONG : undefined), how = ownOptions(options);
    return deferred.run((value) => work(value, own, how), callOf(how));
  }

  processStream<T>(dataStream: AsyncIterable<T>, processor: (chunk: T[]) => Promise<unknown>, options: StreamOptions = {}): AsyncGenerator<ProcessingResult> {
    if (this.#life.ended) throw disposed();
    return processStream(dataStream, processor, options, this.#config.chunkSize, this.#life.signal);
  }

  dispose(): Promise<void> {
    return this.#disposal ??= (async () => {
      this.#life.abort(disposed());
      try {
        this.#tables.end(disposed());
        this.#codecs.end(disposed());
        await Promise.all([this.backend.dispose(), this.#once.end(disposed())?.dispose()]);
      } finally {
        this.#sink?.event({ type: 'dispose', service: 'data', message: 'data: disposed' });
      }
    })();
  }

  // ── tables ──

  adopt(state: TableState): ResidentTable {
    const table = this.#tables.now!.make(state); // who has a state asked for it by them
    this.#dropped.register(table, state.id, table);
    return table;
  }

  forget(table: ResidentTable): void { this.#dropped.unregister(table); }

  async #resident(table: DataTable, work: () => Promise<DataTable>): Promise<ProcessingResult> {
    const began = host.now();
    const inputSize = table.rowCount;
    const data = await work();
    const { variant } = this.backend;
    const degraded = variant === 'js' ? this.backend.info.degraded : undefined;
    return {
      data,
      metadata: { inputSize, outputSize: data.rowCount, durationMs: host.now() - began, implementation: variant, reason: `the table is resident in ${variant === 'js' ? 'typed arrays' : 'WebAssembly'}: nothing is converted${degraded === undefined ? '' : `; ${degraded}`}` },
    };
  }

  // ── calls ──

  /** `prepare` runs at once; a result that is there at once costs one promise and no turn. */
  call<T>(operation: string, prepare: () => MaybePromise<T>): Promise<T> {
    const began = this.#sink ? host.now() : 0;
    let outcome: MaybePromise<T>;
    try {
      if (this.#life.ended) throw disposed();
      outcome = prepare();
    } catch (error) {
      return Promise.reject(this.#failed(operation, began, error));
    }
    if (!isPromise(outcome)) {
      this.#told(operation, began, undefined, outcome);
      return Promise.resolve(outcome);
    }
    return outcome.then((value) => {
      this.#told(operation, began, undefined, value);
      return value;
    }, (error) => { throw this.#failed(operation, began, error); });
  }

  /** A one-shot result says itself who made it. */
  #told(operation: string, began: number, error: string | undefined, value?: unknown): void {
    if (!this.#sink) return;
    const metadata = (value as Partial<ProcessingResult> | undefined)?.metadata;
    this.#sink.call({ service: 'data', operation, durationMs: host.now() - began, variant: metadata?.implementation ?? this.backend.variant, items: metadata?.inputSize, ...(error !== undefined && { error }) });
  }

  #failed(operation: string, began: number, error: unknown): ServiceError {
    const typed = this.#life.ended && !(error instanceof ServiceError) ? disposed() : typedError(error);
    this.#told(operation, began, typed.code);
    return typed;
  }
}

/** Rows that one-shot calls read with pauses. */
const LONG = 1 << 16;

/** JSON of what has parts, as it is now; what has none is refused by the codecs. */
function asBytes(data: unknown): unknown {
  try { return bytesOf(data); } catch { return data; }
}

/** A call's end, as far as its options can be read: what is wrong with them the call itself says. */
function callOf(options: CallOptions | undefined): Call {
  try { return Call.from('data', options); } catch { return Call.plain; }
}

/** @throws ServiceError INVALID_ARGUMENT */
function checkRows(data: unknown): readonly object[] | Record<string, ArrayLike<unknown>> {
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) throw invalidField('the data', 'an array of objects, columns by name, or a DataTable of this processor', data);
  return data as readonly object[] | Record<string, ArrayLike<unknown>>;
}

/** Whatever went wrong, as the one error class of the package. */
function typedError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) return new ServiceError('OUT_OF_MEMORY', `the host refused the memory for this call (${message}): use smaller calls, or free what is not needed`, { service: 'data', cause: error });
  // What throws while arguments are read is an argument: a getter, a proxy, a detached buffer.
  if (error instanceof TypeError) return new ServiceError('INVALID_ARGUMENT', `an argument could not be read: ${message}`, { service: 'data', cause: error });
  return new ServiceError('INSTANCE_POISONED', `unexpected failure inside the service: ${message}. Repeat the call, and report it: this is our defect`, { service: 'data', cause: error });
}
