/**
 * What computes: js/ (typed arrays) or wasm-engine.ts (crates/compute-engine). Arguments were checked above (service.ts), so an engine raises only what the numbers
 * themselves can: SINGULAR, NOT_FINITE, OUT_OF_MEMORY, and PARSE or INVALID_ARGUMENT of an expression; and INSTANCE_POISONED, when it must be replaced.
 *
 * Every operation is synchronous work in steps (calls/steps.ts): it yields wherever it may pause or stop, at least about every 20 ms, and holds nothing that a
 * stop would leak. It never writes to its inputs.
 *
 * Where two engines must agree bit for bit:
 * - kmeans: all in f64.
 *   Random numbers: mulberry32 from `seed`, u = (a >>> 5) · 2^26 + (b >>> 6), over 2^53, of two draws a, b.
 *   First seed: floor(u · n). Each next one: u times the sum of the points' squared distances to their nearest seed (summed in order), the first point at which the running sum is
 *   above it; where rounding leaves none, the last point with a distance; where the sum is 0, the first point that is no seed.
 *   A squared distance is the sum of (x - c)² in the order of the columns, unfused.
 *   Means: sums over blocks of 4096 points in order, the blocks added in order, times 1 / count. Before them each empty cluster, in order, takes the point of largest squared distance
 *   (the first of equals) out of a cluster that has more than one; that point's distance is 0 from then on.
 *   An iteration is one assignment and one mean. The last assignment is to the centroids that are given back, and the inertia its squared distances, summed in order.
 *   The tolerance counts beside the mean over the columns of sum (x - mean)² / n.
 * - sort, argsort, histogram: as types.ts says. Edges: min + i · (max / bins - min / bins), none above max, the last one max.
 * - Signs: in each singular vector of u, eigenvector and principal component the entry of largest magnitude is positive; of entries within a millionth of each other the first, so that rounding does not choose.
 */
import type { Steps } from '../../calls/steps.js';
import type { Variant } from '../../types.js';
import type { DistanceMetric, Histogram, Matrix, Reducer, Signal, Sortable, Spectrum } from './types.js';

/** A matrix that the engine holds, by its number. */
export interface Resident { id: number; rows: number; cols: number; f32: boolean }
export type Operand = Matrix | Resident;
export const isResident = (operand: Operand): operand is Resident => 'id' in operand;

export type Numbers = Sortable;
/** Columns of one length, by their order in the schema. */
export interface NamedColumn { name: string; values: Numbers }

/** Plain data: it crosses to a worker as it is. */
export interface Plans {
  matmul: { a: Operand; b: Operand };
  solve: { a: Operand; b: Operand };
  svd: { a: Operand };
  eigh: { a: Operand };
  qr: { a: Operand };
  cholesky: { a: Operand };
  pca: { a: Operand; components: number };
  correlation: { a: Operand };
  covariance: { a: Operand };
  pairwiseDistances: { a: Operand; b?: Operand; metric: DistanceMetric };
  kmeans: { points: Operand; k: number; maxIterations: number; tolerance: number; seed: number };
  sort: { values: Sortable; descending: boolean };
  argsort: { values: Numbers; descending: boolean };
  describe: { values: Numbers; quantiles: readonly number[] };
  histogram: { values: Numbers; bins: number | Float64Array };
  fft: { re: Signal; im?: Signal; inverse: boolean };
  convolve2d: { image: Operand; kernel: Operand; mode: 'valid' | 'same' | 'full'; flip: boolean };
  evaluate: { expression: string; columns: readonly NamedColumn[]; rows: number };
  reduce: { expression: string; columns: readonly NamedColumn[]; rows: number; reducer: Reducer };
  upload: { matrix: Matrix };
  download: { a: Operand };
}
export interface Outcomes {
  matmul: Operand;
  solve: Operand;
  svd: { u: Operand; s: Float64Array; vt: Operand };
  eigh: { values: Float64Array; vectors: Operand };
  qr: { q: Operand; r: Operand };
  cholesky: Operand;
  pca: { components: Operand; explainedVariance: Float64Array; projected: Operand; mean: Float64Array };
  correlation: Operand;
  covariance: Operand;
  pairwiseDistances: Operand;
  kmeans: { centroids: Operand; labels: Uint32Array; inertia: number; iterations: number };
  sort: Sortable;
  argsort: Uint32Array;
  describe: Record<'count' | 'nanCount' | 'sum' | 'min' | 'max' | 'mean' | 'variance' | 'std' | 'skewness' | 'kurtosis', number> & { quantiles: number[] };
  histogram: Histogram;
  fft: Spectrum;
  convolve2d: Operand;
  evaluate: Float64Array;
  reduce: number;
  upload: Operand;
  download: Matrix;
}
export type Operation = keyof Plans;

/** What a call asks for beyond its plan. */
export interface Job {
  /** Matrices of the outcome stay in the engine and come as `Resident`. `upload` keeps always. */
  keep: boolean;
  /** How far it is, in units of its own; called as often as is handy. */
  progress(done: number, total: number): void;
}

export interface ComputeEngine {
  readonly variant: Variant;
  /** Threads that share the work of long calls, or will once they run; 1 of JavaScript. */
  readonly threads: number;
  /** Why one thread works where several were meant to. */
  readonly threadsNote?: string | undefined;
  /**
   * @example
   * const c = yield* engine.run('matmul', { a, b }, { keep: false, progress() {} });
   */
  run<K extends Operation>(operation: K, plan: Plans[K], job: Job): Steps<Outcomes[K]>;
  /** A kept matrix, to be read at once; of an engine that failed (INSTANCE_POISONED) too. */
  read(id: number): Matrix;
  /** Keeps a matrix that the caller gives away. @throws ServiceError OUT_OF_MEMORY */
  hold(matrix: Matrix): Resident;
  /** Of a number that `run` or `hold` gave. */
  free(id: number): void;
  /** Bytes of the matrices it holds, and of its memory where that is more. */
  memoryBytes(): number;
  dispose(): void;
}

/** Matrices within an outcome: what `keep` turns into handles. */
export const MATRICES: Partial<Record<Operation, readonly string[]>> = {
  svd: ['u', 'vt'], eigh: ['vectors'], qr: ['q', 'r'], pca: ['components', 'projected'], kmeans: ['centroids'],
};
/** Operations whose outcome is one matrix. */
export const ONE_MATRIX: ReadonlySet<Operation> = new Set(['matmul', 'solve', 'cholesky', 'correlation', 'covariance', 'pairwiseDistances', 'convolve2d', 'upload']);
