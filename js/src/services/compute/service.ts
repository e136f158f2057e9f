/**
 * The public compute engine. It checks what callers hand in before a call returns (plans.ts), hands plans to a backend, in this thread or in a worker, turns kept
 * matrices into handles and reports calls to the sink.
 */
import { Call } from '../../calls/call.js';
import { Life } from '../../calls/life.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { SILENT_SINK, type ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import type { ServiceInfo, ServiceSink, Variant } from '../../types.js';
import { flag, transferList } from './arguments.js';
import type { ComputeBackend } from './backend.js';
import type { HasLoop } from './costs.js';
import { isResident, type Operation, type Outcomes, type Plans, type Resident } from './engine.js';
import { disposed, invalidField, typedError } from './errors.js';
import { KeptMatrix, type HandleHome } from './handle.js';
import { mapMatrices } from './operands.js';
import {
  planArgsort, planConvolve, planDescribe, planEvaluate, planFft, planHistogram, planKMeans, planMatmul, planOne, planPairwise, planPca, planReduce, planSolve, planSort, planSquare, planUpload,
} from './plans.js';
import type { ComputeOptions, ComputeWASM, Matrix, MatrixHandle } from './types.js';

/** What the caller holds in the place of an outcome's operands. */
type Given = Record<string, unknown> | undefined;

export class ComputeService implements ComputeWASM, HandleHome {
  readonly #backend: ComputeBackend;
  /** Undefined when nobody listens: then no clock is read. */
  readonly #sink: ServiceSink | undefined;
  readonly #life = new Life();
  /** Frees matrices whose handles were dropped without `free`. A net: it may act late, or never in code that does not await. */
  readonly #dropped: FinalizationRegistry<number>;
  #disposal: Promise<void> | undefined;

  constructor(context: ServiceContext, backend: ComputeBackend) {
    this.#backend = backend;
    this.#sink = context.sink === SILENT_SINK ? undefined : context.sink;
    this.#dropped = new FinalizationRegistry((id) => { backend.free(id); });
    // Not every host has the symbol.
    if (typeof Symbol.asyncDispose === 'symbol') Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.dispose(), configurable: true });
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;

  get info(): ServiceInfo { return this.#backend.info; }
  /** Whether JavaScript may answer what does not pay. */
  get dispatches(): boolean { return this.#backend.dispatches; }
  get hasLoop(): HasLoop | undefined { return this.#backend.hasLoop; }

  ready(): Promise<void> { return this.call('ready', () => this.#backend.ready()); }

  // ── the operations: each is its plan ──

  matmul = ((a: unknown, b: unknown, options?: Given) => this.#do('matmul', () => planMatmul(this, a, b), options)) as ComputeWASM['matmul'];
  solve = ((a: unknown, b: unknown, options?: Given) => this.#do('solve', () => planSolve(this, a, b), options)) as ComputeWASM['solve'];
  svd = ((a: unknown, options?: Given) => this.#do('svd', () => planOne(this, a), options)) as ComputeWASM['svd'];
  eigh = ((a: unknown, options?: Given) => this.#do('eigh', () => planSquare(this, a, 'eigh'), options)) as ComputeWASM['eigh'];
  qr = ((a: unknown, options?: Given) => this.#do('qr', () => planOne(this, a), options)) as ComputeWASM['qr'];
  cholesky = ((a: unknown, options?: Given) => this.#do('cholesky', () => planSquare(this, a, 'cholesky'), options)) as ComputeWASM['cholesky'];
  pca = ((a: unknown, k: unknown, options?: Given) => this.#do('pca', () => planPca(this, a, k), options)) as ComputeWASM['pca'];
  correlation = ((a: unknown, options?: Given) => this.#do('correlation', () => planOne(this, a), options)) as ComputeWASM['correlation'];
  covariance = ((a: unknown, options?: Given) => this.#do('covariance', () => planOne(this, a), options)) as ComputeWASM['covariance'];
  pairwiseDistances = ((a: unknown, b?: unknown, options?: Given) => this.#do('pairwiseDistances', () => planPairwise(this, a, b, options), options)) as ComputeWASM['pairwiseDistances'];
  kmeans = ((points: unknown, k: unknown, options?: Given) => this.#do('kmeans', () => planKMeans(this, points, k, options), options)) as ComputeWASM['kmeans'];
  sort = ((values: unknown, options?: Given) => this.#do('sort', () => planSort(values, options), options)) as ComputeWASM['sort'];
  argsort = ((values: unknown, options?: Given) => this.#do('argsort', () => planArgsort(values, options), options)) as ComputeWASM['argsort'];
  describe = ((values: unknown, options?: Given) => this.#do('describe', () => planDescribe(values, options), options)) as ComputeWASM['describe'];
  histogram = ((values: unknown, bins: unknown, options?: Given) => this.#do('histogram', () => planHistogram(values, bins), options)) as ComputeWASM['histogram'];
  fft = ((re: unknown, im?: unknown, options?: Given) => this.#do('fft', () => planFft(re, im, options), options)) as ComputeWASM['fft'];
  convolve2d = ((image: unknown, kernel: unknown, options?: Given) => this.#do('convolve2d', () => planConvolve(this, image, kernel, options), options)) as ComputeWASM['convolve2d'];
  evaluate = ((expression: unknown, columns: unknown, options?: Given) => this.#do('evaluate', () => planEvaluate(expression, columns), options)) as ComputeWASM['evaluate'];
  reduce = ((expression: unknown, columns: unknown, reducer: unknown, options?: Given) => this.#do('reduce', () => planReduce(expression, columns, reducer), options)) as ComputeWASM['reduce'];
  upload = ((matrix: unknown, options?: Given) => this.#do('upload', () => planUpload(matrix), options)) as ComputeWASM['upload'];

  // ── handles ──

  download(resident: Resident): Promise<Matrix> {
    return this.call('download', () => this.#backend.run('download', { a: resident }, { keep: false }, Call.plain));
  }

  release(handle: KeptMatrix, id: number): void {
    this.#dropped.unregister(handle);
    this.#backend.free(id);
  }

  #adopt(resident: Resident): MatrixHandle {
    const handle = new KeptMatrix(this, resident);
    this.#dropped.register(handle, resident.id, handle);
    return handle;
  }

  dispose(): Promise<void> {
    return this.#disposal ??= (async () => {
      this.#life.abort(disposed());
      try {
        await this.#backend.dispose();
      } finally {
        this.#sink?.event({ type: 'dispose', service: 'compute', message: 'compute: disposed' });
      }
    })();
  }

  // ── calls ──

  #do<K extends Operation>(operation: K, plan: () => Plans[K], options: Given): Promise<unknown> {
    const by: { variant?: Variant } = {};
    return this.call(operation, () => {
      if (options !== undefined && (typeof options !== 'object' || options === null)) throw invalidField('options', 'an object', options);
      const call = Call.from('compute', options as ComputeOptions | undefined);
      const keep = flag(options?.['keep'], 'keep');
      const transfer = transferList(options?.['transfer']);
      const planned = plan();
      const told = this.#sink && { answeredBy: (variant: Variant): void => { by.variant = variant; } };
      const outcome = this.#backend.run(operation, planned, { keep, transfer, ...told }, call);
      return isPromise(outcome) ? outcome.then((made) => this.#handed(operation, made)) : this.#handed(operation, outcome);
    }, by);
  }

  #handed<K extends Operation>(operation: K, outcome: Outcomes[K]): unknown {
    return mapMatrices(operation, outcome, (operand) => (isResident(operand) ? this.#adopt(operand) : operand));
  }

  /**
   * `prepare` runs at once; a result that is there at once costs one promise and no turn.
   * @param by told by `prepare` where another answers than the variant in general
   */
  call<T>(operation: string, prepare: () => MaybePromise<T>, by: { variant?: Variant } = {}): Promise<T> {
    const began = this.#sink ? host.now() : 0;
    let outcome: MaybePromise<T>;
    try {
      if (this.#life.ended) throw disposed();
      outcome = prepare();
    } catch (error) {
      return Promise.reject(this.#failed(operation, began, by, error));
    }
    if (!isPromise(outcome)) {
      this.#told(operation, began, by);
      return Promise.resolve(outcome);
    }
    return outcome.then((value) => {
      this.#told(operation, began, by);
      return value;
    }, (error) => { throw this.#failed(operation, began, by, error); });
  }

  #told(operation: string, began: number, { variant = this.#backend.variant }: { variant?: Variant }, error?: string): void {
    this.#sink?.call({ service: 'compute', operation, durationMs: host.now() - began, variant, ...(error !== undefined && { error }) });
  }

  #failed(operation: string, began: number, by: { variant?: Variant }, error: unknown): ServiceError {
    const typed = this.#life.ended && !(error instanceof ServiceError) ? disposed() : typedError(error);
    this.#told(operation, began, by, typed.code);
    return typed;
  }
}
