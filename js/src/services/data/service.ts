/**
 * The public data processor. It checks what callers hand in before a call returns, answers one-shot calls on rows where that is
 * cheapest (dispatch.ts), reports calls to the sink, and hands plans over tables to a backend: in this thread or in a worker.
 */
import { Call } from '../../calls/call.js';
import { Life } from '../../calls/life.js';
import { isPromise, type MaybePromise } from '../../calls/steps.js';
import { SILENT_SINK, standaloneContext, type ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import type { Explanation, ServiceInfo, ServiceSink, Variant } from '../../types.js';
import type { DataBackend, TableState } from './backend.js';
import { Codecs } from './codecs/index.js';
import type { ResolvedConfig } from './config.js';
import { hostModel } from './cost-model.js';
import { DataCore } from './core.js';
import { Dispatcher } from './dispatch.js';
import { disposed, invalidField } from './errors.js';
import { explainData } from './explain.js';
import { load } from './load.js';
import { aggregateOnce, type OneShotPlace, transformOnce } from './once.js';
import { groupingProbe } from './probe.js';
import { processStream } from './stream.js';
import { ResidentTable, type TableHome } from './table.js';
import type {
  AggregationOptions, CompressOptions, DataTable, DataTransformOptions, DecompressOptions, LoadOptions, LoadSource, ProcessingResult, Rows, StreamOptions, WASMDataProcessor,
} from './types.js';

export class DataService implements WASMDataProcessor, TableHome {
  readonly backend: DataBackend;
  readonly #config: ResolvedConfig;
  readonly #codecs: Codecs;
  readonly #dispatcher: Dispatcher;
  /** Tables of typed arrays beside those of WebAssembly, for one call each. */
  #local: DataBackend | undefined;
  /** Undefined when nobody listens: then no clock is read. */
  readonly #sink: ServiceSink | undefined;
  readonly #life = new Life();
  /** Frees tables that were dropped without `free`. A net: it may act late, or never in code that does not await. */
  readonly #dropped: FinalizationRegistry<number>;
  #disposal: Promise<void> | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext, backend: DataBackend, pin: Variant | undefined) {
    this.#config = config;
    this.backend = backend;
    this.#dispatcher = new Dispatcher(backend, pin, hostModel(), groupingProbe(backend), ({ js, wasm }) => {
      this.#sink?.event({ type: 'dispatch', service: 'data', message: `data: this host was measured: JavaScript takes ${js.toPrecision(2)} times what the cost model has for it, WebAssembly ${wasm.toPrecision(2)} times`, data: { scale: { js, wasm } } });
    });
    this.#codecs = new Codecs(config.wasm ?? context.wasm, pin);
    this.#sink = context.sink === SILENT_SINK ? undefined : context.sink;
    this.#dropped = new FinalizationRegistry((table) => { backend.free(table); });
    // Not every host has the symbol.
    if (typeof Symbol.asyncDispose === 'symbol') Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.dispose(), configurable: true });
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;

  get info(): ServiceInfo { return this.backend.info; }

  explain(operation: string, shape: Record<string, unknown>): Explanation { return explainData(this.backend, this.#dispatcher, operation, shape); }

  ready(): Promise<void> { return this.call('ready', () => this.backend.ready()); }

  load(source: LoadSource, options?: LoadOptions): Promise<DataTable> {
    return this.call('load', () => {
      if (source instanceof ResidentTable) return this.#derived(source);
      const state = load(this.backend, source, options);
      return isPromise(state) ? state.then((made) => this.adopt(made)) : this.adopt(state);
    });
  }

  transform(data: Rows, options: DataTransformOptions): Promise<ProcessingResult> {
    return this.call('transform', () => {
      if (data instanceof ResidentTable) return this.#resident(data, () => data.transform(options));
      return transformOnce(this.#once, checkRows(data), options, Call.from('data', options));
    });
  }

  aggregate(data: Rows, options: AggregationOptions): Promise<ProcessingResult> {
    return this.call('aggregate', () => {
      if (data instanceof ResidentTable) return this.#resident(data, () => data.aggregate(options));
      return aggregateOnce(this.#once, checkRows(data), options, Call.from('data', options));
    });
  }

  compress(data: unknown, options?: CompressOptions): Promise<ProcessingResult<Uint8Array>> {
    return this.call('compress', () => this.#codecs.compress(data, options ?? {}, this.#life.signal));
  }

  decompress(data: Uint8Array, options?: DecompressOptions): Promise<ProcessingResult<Uint8Array>> {
    return this.call('decompress', () => this.#codecs.decompress(data, options ?? {}, this.#life.signal));
  }

  processStream<T>(dataStream: AsyncIterable<T>, processor: (chunk: T[]) => Promise<unknown>, options: StreamOptions = {}): AsyncGenerator<ProcessingResult> {
    if (this.#life.ended) throw disposed();
    return processStream(dataStream, processor, options, this.#config.chunkSize, this.#life.signal);
  }

  dispose(): Promise<void> {
    return this.#disposal ??= (async () => {
      this.#life.abort(disposed());
      try {
        await Promise.all([this.backend.dispose(), this.#local?.dispose()]);
      } finally {
        this.#sink?.event({ type: 'dispose', service: 'data', message: 'data: disposed' });
      }
    })();
  }

  // ── tables ──

  adopt(state: TableState): ResidentTable {
    const table = new ResidentTable(this, state);
    this.#dropped.register(table, state.id, table);
    return table;
  }

  forget(table: ResidentTable): void { this.#dropped.unregister(table); }

  get #once(): OneShotPlace {
    const local = (): DataBackend => this.#local ??= new DataCore({ ...this.#config, implementation: 'js' }, standaloneContext());
    return { backend: this.backend, dispatcher: this.#dispatcher, local };
  }

  /** Another handle of the same table. */
  #derived(table: ResidentTable): MaybePromise<ResidentTable> {
    const state = this.backend.run(table.stateNow().id, [], Call.plain);
    return isPromise(state) ? state.then((made) => this.adopt(made)) : this.adopt(state);
  }

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
