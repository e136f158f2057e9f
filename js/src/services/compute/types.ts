/**
 * The compute engine's public interface with its numeric contract; docs/compute.md is its prose.
 *
 * Matrices are row-major: element (i, j) is `data[i * cols + j]`. `data` may be a view into a larger buffer. No call changes its inputs; they must not be changed
 * by the caller before the promise has settled. Results are f32 where every matrix or signal of the call is f32, else f64; sums run in f64.
 *
 * Besides the errors named at the methods every call may reject with INVALID_ARGUMENT, DIMENSION_MISMATCH (the message has both shapes), OUT_OF_MEMORY, ABORTED, TIMEOUT, DISPOSED.
 */
import type { CallOptions } from '../../calls/call.js';
import type { Service } from '../../types.js';

export interface ComputeConfig {
  /** Threads that long calls may use. Default: hardwareConcurrency (1 where unknown); clamped to 1..hardwareConcurrency. */
  threads?: number;
  /** Bytes that kept matrices and the results of one call may take together; beyond it a call is OUT_OF_MEMORY before it begins. The memory that threads share starts with this maximum. Default 256 MiB. */
  maxMemory?: number;
}

export type Numeric = Float64Array | Float32Array | number[];
/** What is taken wherever `Numeric` is. */
export type NumericInput = Numeric | Int32Array | Uint32Array;
export type Sortable = Float64Array | Float32Array | Int32Array | Uint32Array;

/** rows x cols values, row by row. */
export interface Matrix { data: Float32Array | Float64Array; rows: number; cols: number }

/** A matrix that stays in the engine. It is taken wherever a `Matrix` is, by the engine that gave it. */
export interface MatrixHandle {
  readonly rows: number;
  readonly cols: number;
  /** A copy. After `free`: DISPOSED. */
  download(): Promise<Matrix>;
  /** Gives the memory back, behind the calls made before it. Twice is once. */
  free(): void;
}
export type MatrixInput = Matrix | MatrixHandle;

export interface ComputeOptions extends CallOptions {
  /** Matrices of the result stay in the engine: a `MatrixHandle` in the place of each `Matrix`. */
  keep?: boolean;
  /** Buffers of the inputs that are moved to the worker instead of copied; in this thread nothing is copied and the list has no effect. */
  transfer?: ArrayBuffer[];
}
/** With `keep: true`, handles. */
export type Keep = ComputeOptions & { keep: true };

export interface SVD<M = Matrix> { u: M; s: Float64Array; vt: M }
export interface Eigen<M = Matrix> { values: Float64Array; vectors: M }
export interface QR<M = Matrix> { q: M; r: M }
export interface PCA<M = Matrix> { components: M; explainedVariance: Float64Array; projected: M; mean: Float64Array }
export interface KMeans<M = Matrix> { centroids: M; labels: Uint32Array; inertia: number; iterations: number }
export type DistanceMetric = 'l2' | 'l2sq' | 'cosine';
export interface PairwiseOptions { metric?: DistanceMetric }
export interface KMeansOptions { maxIterations?: number; tolerance?: number; seed?: number }
export interface ConvolveOptions {
  /** 'valid' (default): only where the kernel lies inside the image; 'same': the image's shape; 'full': every overlap. Outside the image there are zeros. */
  mode?: 'valid' | 'same' | 'full';
  /** Default false: the kernel is laid on as it is, as image filters do. True: turned by half a turn first, as the mathematical convolution does. */
  flip?: boolean;
}
export interface Description {
  /** Values that are not NaN: what every figure below is about. */
  count: number;
  nanCount: number;
  /** Compensated. 0 of nothing. */
  sum: number;
  /** NaN of nothing, as all that follow. */
  min: number;
  max: number;
  mean: number;
  /** Of a sample (n - 1); NaN below two values. */
  variance: number;
  std: number;
  /** m3 / m2^1.5 with moments over n; NaN of constant values. */
  skewness: number;
  /** m4 / m2^2 - 3 (0 for a normal distribution). */
  kurtosis: number;
  /** For `options.quantiles`, in their order; linear between ranks (type 7). */
  quantiles: number[];
}
export interface Histogram { counts: Float64Array; edges: Float64Array }
export type Signal = Float64Array | Float32Array;
export interface Spectrum { re: Signal; im: Signal }
export type Reducer = 'sum' | 'min' | 'max' | 'mean' | 'count';
export type Columns = Record<string, NumericInput>;

export interface ComputeWASM extends Service {
  /**
   * a (m x k) times b (k x n). NaN and infinities follow IEEE 754.
   * Error of an element: at most k · 2^-52 (f32 results: k · 2^-23) times the sum of |a| |b| over its terms.
   * @example const c = await compute.matmul({ data: new Float32Array([1, 2, 3, 4]), rows: 2, cols: 2 }, b);
   */
  matmul(a: MatrixInput, b: MatrixInput, options: Keep): Promise<MatrixHandle>;
  matmul(a: MatrixInput, b: MatrixInput, options?: ComputeOptions): Promise<Matrix>;
  /** x with a x = b: a is n x n, b is n x m. LU with partial pivoting over rows scaled by powers of two. SINGULAR where a pivot is not above n · 2^-52 of its column; NOT_FINITE. */
  solve(a: MatrixInput, b: MatrixInput, options: Keep): Promise<MatrixHandle>;
  solve(a: MatrixInput, b: MatrixInput, options?: ComputeOptions): Promise<Matrix>;
  /**
   * Thin: with r = min(m, n), u is m x r, s falls, vt is r x n. In each column of u the entry of largest magnitude is positive. NOT_FINITE.
   * Residual and orthogonality: within 16 · max(m, n) · 2^-52 of the largest singular value (f32 matrices: 2^-22).
   */
  svd(a: MatrixInput, options: Keep): Promise<SVD<MatrixHandle>>;
  svd(a: MatrixInput, options?: ComputeOptions): Promise<SVD>;
  /** Of a symmetric matrix: values rise, vectors are columns, in each the entry of largest magnitude is positive. INVALID_ARGUMENT where a differs from its transpose by more than 1e-8 (f32: 1e-5) of its largest entry; NOT_FINITE. */
  eigh(a: MatrixInput, options: Keep): Promise<Eigen<MatrixHandle>>;
  eigh(a: MatrixInput, options?: ComputeOptions): Promise<Eigen>;
  /** Thin: with r = min(m, n), q is m x r with orthonormal columns, r is r x n, upper triangular, its diagonal not negative. Householder. NOT_FINITE. */
  qr(a: MatrixInput, options: Keep): Promise<QR<MatrixHandle>>;
  qr(a: MatrixInput, options?: ComputeOptions): Promise<QR>;
  /** The lower triangle l with l lᵀ = a, of a symmetric positive definite matrix (symmetry as for `eigh`). SINGULAR where it is not positive definite; NOT_FINITE. */
  cholesky(a: MatrixInput, options: Keep): Promise<MatrixHandle>;
  cholesky(a: MatrixInput, options?: ComputeOptions): Promise<Matrix>;
  /** Rows are observations, at least 2. components: k x cols, orthonormal rows, the entry of largest magnitude positive; explainedVariance (n - 1) falls; projected: rows x k; mean of the columns. k from 1 to min(rows, cols). NOT_FINITE. */
  pca(a: MatrixInput, components: number, options: Keep): Promise<PCA<MatrixHandle>>;
  pca(a: MatrixInput, components: number, options?: ComputeOptions): Promise<PCA>;
  /** Pearson's, between columns: symmetric, ones on the diagonal, within [-1, 1]. A constant column correlates NaN with all, itself too; so does one with NaN or infinities. */
  correlation(a: MatrixInput, options: Keep): Promise<MatrixHandle>;
  correlation(a: MatrixInput, options?: ComputeOptions): Promise<Matrix>;
  /** Sample covariance (n - 1) between columns; NaN below two rows. */
  covariance(a: MatrixInput, options: Keep): Promise<MatrixHandle>;
  covariance(a: MatrixInput, options?: ComputeOptions): Promise<Matrix>;
  /**
   * Between rows of a and rows of b (left out: of a, symmetric). 'l2' (default), 'l2sq', 'cosine' (1 - cosine, from 0 to 2; a row of zeros is 1 from everything).
   * l2sq is within 4 · d · 2^-52 (f32: 2^-23) of |x|² + |y|²; never negative; 0 from a row to itself.
   */
  pairwiseDistances(a: MatrixInput, b: MatrixInput | undefined, options: Keep & PairwiseOptions): Promise<MatrixHandle>;
  pairwiseDistances(a: MatrixInput, b?: MatrixInput, options?: ComputeOptions & PairwiseOptions): Promise<Matrix>;
  /**
   * Lloyd's algorithm from k-means++ seeds (Arthur & Vassilvitskii 2007), the same for a seed on every implementation (engine.ts has the rules). k from 1 to rows.
   * Ends when no label changes, when the centroids' squared moves sum to at most `tolerance` (default 1e-4) times the mean variance of the columns, or after `maxIterations` (default 300).
   * Equal distances: the lower cluster. A cluster that runs empty takes the point that lies farthest from its own. NOT_FINITE.
   */
  kmeans(points: MatrixInput, k: number, options: Keep & KMeansOptions): Promise<KMeans<MatrixHandle>>;
  kmeans(points: MatrixInput, k: number, options?: ComputeOptions & KMeansOptions): Promise<KMeans>;
  /** A sorted copy: -0 before 0, NaN last, `descending` too. */
  sort<T extends Sortable>(values: T, options?: ComputeOptions & { descending?: boolean }): Promise<T>;
  /** Places in the order of `sort`; equal values keep theirs. */
  argsort(values: NumericInput, options?: ComputeOptions & { descending?: boolean }): Promise<Uint32Array>;
  describe(values: NumericInput, options?: ComputeOptions & { quantiles?: number[] }): Promise<Description>;
  /**
   * Counts of `edges[i] <= x < edges[i + 1]`, the last bin with its upper edge. NaN and what lies outside is not counted.
   * A number of bins: equal ones from the least to the greatest value (all equal: half a unit to each side; none: 0 to 1), NOT_FINITE where a value is infinite. Edges: strictly rising, at least two.
   */
  histogram(values: NumericInput, bins: number | Numeric, options?: ComputeOptions): Promise<Histogram>;
  /** Of any length; sum of x[j] exp(-2 pi i j k / n), `inverse` with + and divided by n. Error: at most 8 log2(n) · 2^-52 (f32: 2^-23) of the signal's norm. */
  fft(re: Signal, im?: Signal, options?: ComputeOptions & { inverse?: boolean }): Promise<Spectrum>;
  convolve2d(image: MatrixInput, kernel: MatrixInput, options: Keep & ConvolveOptions): Promise<MatrixHandle>;
  convolve2d(image: MatrixInput, kernel: MatrixInput, options?: ComputeOptions & ConvolveOptions): Promise<Matrix>;
  /**
   * The value of an expression (docs/expressions.md) in every row of columns of one length: conditions are 1 and 0, null is NaN. PARSE, INVALID_ARGUMENT with `detail: { offset }`.
   * @example await compute.evaluate('sqrt(x*x + y*y) > 1 ? 0 : 1', { x, y });
   */
  evaluate(expression: string, columns: Columns, options?: ComputeOptions): Promise<Float64Array>;
  /** Over the values of an expression: null is left out, NaN counts as a value and makes sum, mean, min and max NaN. `count`: of a condition the rows for which it is true, else the rows with a value. Of nothing: sum and count 0, the others NaN. */
  reduce(expression: string, columns: Columns, reducer: Reducer, options?: ComputeOptions): Promise<number>;
  /** Keeps a copy of a matrix in the engine. OUT_OF_MEMORY beyond `maxMemory`. */
  upload(matrix: Matrix, options?: Omit<ComputeOptions, 'keep'>): Promise<MatrixHandle>;
}
