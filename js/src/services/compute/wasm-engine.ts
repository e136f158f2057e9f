/**
 * The compute engine over one instance of the Rust core (crates/compute-engine). It moves values and runs jobs step by step; every number is computed inside.
 * What users must be told of their input (NOT_FINITE, symmetry, expressions) is checked by the functions of the JavaScript engine, so both say the same.
 *
 * Calls that do not pay for the way there and back are the JavaScript engine's (dispatch.ts), unless the variant was asked for by name.
 */
import type { Steps } from '../../calls/steps.js';
import { builtVariant, type Glue } from '../../loader/index.js';
import type { Variant } from '../../types.js';
import type { ThreadSource } from '../../worker/threads.js';
import { isResident, type ComputeEngine, type Job, type Operand, type Operation, type Outcomes, type Plans, type Resident } from './engine.js';
import { JsEngine } from './js/index.js';
import { checkFinite, checkSymmetric } from './js/matrix.js';
import { mapMatrices, withResidents } from './operands.js';
import { isForJs, paysForThreads } from './dispatch.js';
import type { Matrix, Signal } from './types.js';
import type { Core } from './wasm/core.js';
import { evaluate, reduce } from './wasm/expressions.js';
import { Inside } from './wasm/inside.js';

type Table = { [K in Operation]: (plan: Plans[K], job: Job) => Steps<Outcomes[K]> };

const METRICS = ['l2', 'l2sq', 'cosine'];
const MODES = ['valid', 'same', 'full'];

export class WasmEngine implements ComputeEngine {
  readonly variant: Variant;
  readonly #inside: Inside;
  /** Answers what does not pay here, and keeps nothing. */
  readonly #other: JsEngine | undefined;
  readonly #table: Table;

  /**
   * @param glue of a fresh instance, this engine's own
   * @param dispatch whether JavaScript may answer what does not pay
   * @param source of helper threads, for an instance of a threaded artifact
   */
  constructor(glue: Glue, dispatch: boolean, source?: ThreadSource) {
    this.variant = builtVariant(glue);
    this.#inside = new Inside(glue, this.variant, source);
    this.#other = dispatch ? new JsEngine() : undefined;
    this.#table = { ...this.#matrixOperations(), ...this.#columnOperations() };
  }

  *run<K extends Operation>(operation: K, plan: Plans[K], job: Job): Steps<Outcomes[K]> {
    const other = this.#other;
    if (!other || !isForJs(operation, plan)) {
      this.#inside.together(paysForThreads(operation, plan));
      return yield* this.#table[operation](plan, job);
    }
    const outcome = yield* other.run(operation, withResidents<K>(plan, (resident) => this.#inside.matrix(resident.id)), { ...job, keep: false });
    return job.keep ? mapMatrices(operation, outcome, (made) => this.hold(made as Matrix)) as Outcomes[K] : outcome;
  }

  get threads(): number { return this.#inside.threads?.count ?? 1; }
  get threadsNote(): string | undefined { return this.#inside.threads?.note; }

  read(id: number): Matrix {
    const { data, rows, cols } = this.#inside.matrix(id);
    return { data: data.slice(), rows, cols };
  }

  hold(matrix: Matrix): Resident {
    const steps = this.#inside.stage(matrix.data, matrix.rows, matrix.cols);
    let next = steps.next();
    while (!next.done) next = steps.next();
    return this.#resident(next.value);
  }

  free(id: number): void { this.#inside.free(id); }
  /** Bytes of all values inside. */
  heldBytes(): number { return this.#inside.call((core) => core.bytes()); }
  memoryBytes(): number { return this.#inside.bytes() + (this.#other?.memoryBytes() ?? 0); }
  dispose(): void {
    this.#inside.dispose();
    this.#other?.dispose();
  }

  // ── operations ──

  #matrixOperations(): Omit<Table, ColumnOperation> {
    const single = <K extends 'matmul' | 'solve' | 'cholesky' | 'correlation' | 'covariance' | 'pairwiseDistances' | 'convolve2d'>(
      names: readonly (keyof Plans[K])[], begin: (core: Core, ids: readonly number[], plan: Plans[K]) => number, check?: (matrix: Matrix, place: number) => void,
    ) => (plan: Plans[K], job: Job): Steps<Operand> => (
      this.#work(names.map((name) => plan[name] as Operand | undefined), (core, ids) => begin(core, ids, plan), job, (give) => give(0), check));
    return {
      matmul: single<'matmul'>(['a', 'b'], (core, [a, b]) => core.matmul(a, b)),
      solve: single<'solve'>(['a', 'b'], (core, [a, b]) => core.solve(a, b), (matrix, place) => { checkFinite(matrix, place === 0 ? 'the matrix a' : 'the right-hand side b'); }),
      cholesky: single<'cholesky'>(['a'], (core, [a]) => core.cholesky(a), symmetric),
      correlation: single<'correlation'>(['a'], (core, [a]) => core.correlation(a)),
      covariance: single<'covariance'>(['a'], (core, [a]) => core.covariance(a)),
      pairwiseDistances: single<'pairwiseDistances'>(['a', 'b'], (core, [a, b], { metric }) => core.pairwiseDistances(a, b, METRICS.indexOf(metric))),
      convolve2d: single<'convolve2d'>(['image', 'kernel'], (core, [image, kernel], { mode, flip }) => core.convolve2d(image, kernel, MODES.indexOf(mode), flip)),
      svd: ({ a }, job) => this.#work([a], (core, [id]) => core.svd(id), job, function* (give, array) {
        return { u: yield* give(0), s: (yield* array(1)) as Float64Array, vt: yield* give(2) };
      }, finite),
      eigh: ({ a }, job) => this.#work([a], (core, [id]) => core.eigh(id), job, function* (give, array) {
        return { values: (yield* array(0)) as Float64Array, vectors: yield* give(1) };
      }, symmetric),
      qr: ({ a }, job) => this.#work([a], (core, [id]) => core.qr(id), job, function* (give) {
        return { q: yield* give(0), r: yield* give(1) };
      }, finite),
      pca: ({ a, components }, job) => this.#work([a], (core, [id]) => core.pca(id, components), job, function* (give, array) {
        return { components: yield* give(0), explainedVariance: (yield* array(1)) as Float64Array, projected: yield* give(2), mean: (yield* array(3)) as Float64Array };
      }, finite),
      kmeans: ({ points, k, maxIterations, tolerance, seed }, job) => {
        const { scalars } = this.#inside;
        return this.#work([points], (core, [id]) => core.kmeans(id, k, Math.min(maxIterations, MOST), tolerance, seed), job, function* (give, array) {
          const [inertia, iterations] = scalars(2);
          return { centroids: yield* give(0), labels: (yield* array(1)) as Uint32Array, inertia, iterations };
        }, (matrix) => { checkFinite(matrix, 'the points'); });
      },
      upload: ({ matrix }) => this.#upload(matrix),
      download: ({ a }) => this.#download(a as Resident),
    };
  }

  #columnOperations(): Pick<Table, ColumnOperation> {
    const inside = this.#inside;
    /** A job on a column, which it takes. */
    function* column<T>(values: Plans['sort']['values'], begin: (core: Core, id: number) => number, job: Job, give: (ids: readonly number[]) => Steps<T>): Steps<T> {
      const id = yield* inside.stage(values);
      return yield* given(inside.finish(inside.begin([id], (core) => begin(core, id)), job), give);
    }
    /** What `give` makes of an outcome, which is freed where it fails. */
    function* given<T>(outcome: Steps<number[]>, give: (ids: readonly number[]) => Steps<T>): Steps<T> {
      const ids = yield* outcome;
      try { return yield* give(ids); } catch (error) { ids.forEach((made) => { inside.free(made); }); throw error; }
    }
    function* description([made]: readonly number[]): Steps<Outcomes['describe']> {
      const [count, nanCount, sum, min, max, mean, variance, std, skewness, kurtosis] = inside.scalars(10);
      return { count, nanCount, sum, min, max, mean, variance, std, skewness, kurtosis, quantiles: Array.from(yield* inside.take(made)) };
    }
    const first = (ids: readonly number[]): Steps<any> => inside.take(ids[0]);
    return {
      sort: ({ values, descending }, job) => column(values, (core, id) => core.sort(id, descending), job, first),
      argsort: ({ values, descending }, job) => column(values, (core, id) => core.argsort(id, descending), job, first),
      // Quantiles need the values whole.
      describe: ({ values, quantiles }, job) => (quantiles.length === 0
        ? given(inside.fold(values, (core, kind) => core.foldDescribe(kind, values.length), 1, job), description)
        : column(values, (core, id) => core.describe(id, Float64Array.from(quantiles)), job, description)),
      histogram: ({ values, bins }, job) => {
        const equal = typeof bins === 'number';
        const fold = inside.fold(values, (core, kind) => core.foldHistogram(kind, values.length, equal ? bins : 0, equal ? undefined : bins), equal ? 2 : 1, job);
        return given(fold, function* ([counts, edges]) {
          return { counts: (yield* inside.take(counts)) as Float64Array, edges: (yield* inside.take(edges)) as Float64Array };
        });
      },
      fft: ({ re, im, inverse }, job) => fft(inside, re, im, inverse, job),
      evaluate: (plan, job) => evaluate(inside, plan, job),
      reduce: (plan, job) => reduce(inside, plan, job),
    };
  }

  /** A job on matrices: staged where they are not inside already, and given back when it has begun. */
  *#work<T>(
    operands: readonly (Operand | undefined)[], begin: (core: Core, ids: readonly number[]) => number, job: Job,
    outcome: (give: (place: number) => Steps<Operand>, array: (place: number) => Steps<Matrix['data'] | Uint32Array>) => Steps<T>, check?: (matrix: Matrix, place: number) => void,
  ): Steps<T> {
    const inside = this.#inside;
    const staged: number[] = [];
    const ids: number[] = [];
    let task: number;
    try {
      for (const [place, operand] of operands.entries()) {
        if (!operand) continue;
        check?.(isResident(operand) ? inside.matrix(operand.id) : operand, place);
        if (!isResident(operand)) staged.push(yield* inside.stage(operand.data, operand.rows, operand.cols));
        ids.push(isResident(operand) ? operand.id : staged[staged.length - 1]);
      }
      task = inside.call((core) => begin(core, ids));
    } finally {
      for (const id of staged) inside.free(id);
    }
    const made = yield* inside.finish(task, job);
    const keep = job.keep;
    const resident = (id: number): Resident => this.#resident(id);
    try {
      return yield* outcome(function* (place): Steps<Operand> {
        if (keep) return resident(made[place]);
        const { rows, cols } = inside.view(made[place]);
        return { data: (yield* inside.take(made[place])) as Matrix['data'], rows, cols };
      }, (place) => inside.take(made[place]) as Steps<Matrix['data'] | Uint32Array>);
    } catch (error) {
      for (const id of made) inside.free(id);
      throw error;
    }
  }

  *#upload(matrix: Matrix): Steps<Resident> {
    return this.#resident(yield* this.#inside.stage(matrix.data, matrix.rows, matrix.cols));
  }

  *#download({ id }: Resident): Steps<Matrix> {
    const { rows, cols } = this.#inside.view(id);
    return { data: (yield* this.#inside.copy(id)) as Matrix['data'], rows, cols };
  }

  #resident(id: number): Resident {
    const { values, rows, cols } = this.#inside.view(id);
    return { id, rows, cols, f32: values instanceof Float32Array };
  }
}

type ColumnOperation = 'sort' | 'argsort' | 'describe' | 'histogram' | 'fft' | 'evaluate' | 'reduce';

/** What the core counts in 32 bits. */
const MOST = 0xffffffff;

const finite = (matrix: Matrix): void => { checkFinite(matrix, 'the matrix'); };
const symmetric = (matrix: Matrix): void => { finite(matrix); checkSymmetric(matrix, 'the matrix'); };

function* fft(inside: Inside, re: Signal, im: Signal | undefined, inverse: boolean, job: Job): Steps<Outcomes['fft']> {
  const staged = [yield* inside.stage(re)];
  try {
    if (im) staged.push(yield* inside.stage(im));
  } catch (error) {
    inside.free(staged[0]);
    throw error;
  }
  const ids = yield* inside.finish(inside.begin(staged, (core) => core.fft(staged[0], staged[1], inverse)), job);
  try {
    return { re: (yield* inside.take(ids[0])) as Signal, im: (yield* inside.take(ids[1])) as Signal };
  } catch (error) {
    for (const id of ids) inside.free(id);
    throw error;
  }
}
