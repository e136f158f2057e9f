/**
 * Which calls do not pay for the way to WebAssembly and back: JavaScript answers them sooner (docs/decisions/0011). Only where the
 * implementation was left open; one that was asked for by name answers everything.
 *
 * - Small ones.
 * - f64 transforms of 2^k values up to 2^12, and from 2^18 on: between them WebAssembly is 1.1 to 1.4 times as quick, beyond 0.9 to 1.0 times.
 * - Expressions that are one loop of source (js/evaluate.ts), and sums of many rows of one. Those that are not (null in them) are twice to 5 times as quick inside, `min` and `max` twice.
 */
import { CostModel, type Both } from '../../dispatch/cost-model.js';
import type { NamedColumn, Operation, Plans } from './engine.js';

/** Whether an expression is one loop of source. It is told by the expression language (js/evaluate.ts), which a page whose engine is in a worker has no other use for. */
export type HasLoop = (expression: string, columns: readonly NamedColumn[]) => boolean;

const isPowerOfTwo = (n: number): boolean => n > 0 && Number.isInteger(Math.log2(n));

/** How much work a plan is: multiplications, or values where that is no sensible measure. */
const WORK: { [K in Operation]?: (plan: Plans[K]) => number } = {
  matmul: ({ a, b }) => a.rows * a.cols * b.cols,
  solve: ({ a, b }) => a.rows * a.rows * (a.rows + b.cols),
  svd: ({ a }) => a.rows * a.cols * Math.min(a.rows, a.cols),
  eigh: ({ a }) => a.rows ** 3,
  qr: ({ a }) => a.rows * a.cols * Math.min(a.rows, a.cols),
  cholesky: ({ a }) => a.rows ** 3,
  pca: ({ a }) => a.rows * a.cols * Math.min(a.rows, a.cols),
  correlation: ({ a }) => a.rows * a.cols ** 2,
  covariance: ({ a }) => a.rows * a.cols ** 2,
  pairwiseDistances: ({ a, b }) => a.rows * (b ?? a).rows * a.cols,
  kmeans: ({ points, k }) => points.rows * points.cols * k,
  convolve2d: ({ image, kernel }) => image.rows * image.cols * kernel.rows * kernel.cols,
  sort: ({ values }) => values.length,
  argsort: ({ values }) => values.length,
  // Finding ranks takes room that is worth many values.
  describe: ({ values, quantiles }) => (quantiles.length > 0 ? 64 : 1) * values.length,
  histogram: ({ values }) => values.length,
  // Other lengths cost JavaScript much more.
  fft: ({ re }) => (isPowerOfTwo(re.length) ? 1 : 16) * re.length,
  evaluate: ({ rows }) => rows,
  reduce: ({ rows }) => rows,
};

/** Operations whose costs follow another line for some of their calls. */
type Kind = Operation | 'fftPowers' | 'fftLarge' | 'loop' | 'reduceLoop';
/** Values of f64 from which on a transform does not stay in the cache, in either implementation. */
const LARGE_TRANSFORM = 2 ** 17;
const KINDS: { [K in Operation]?: (plan: Plans[K], hasLoop: HasLoop) => Kind } = {
  fft: ({ re, im }) => (isPowerOfTwo(re.length) && (re.BYTES_PER_ELEMENT === 8 || im?.BYTES_PER_ELEMENT === 8) ? (re.length > LARGE_TRANSFORM ? 'fftLarge' : 'fftPowers') : 'fft'),
  evaluate: ({ expression, columns }, hasLoop) => (hasLoop(expression, columns) ? 'loop' : 'evaluate'),
  reduce: ({ expression, columns, reducer }, hasLoop) => (reducer !== 'min' && reducer !== 'max' && hasLoop(expression, columns) ? 'reduceLoop' : 'reduce'),
};

/** Microseconds a call, nanoseconds a unit of work. */
export type Line = readonly [call: number, unit: number];
export interface Cost { js: Line; wasm: Line }

/** Node 20 on x86-64, f64: `node benches/compute/calibrate.mjs`. Where both lines meet is where both took the same time; far from there a line is within half and twice. */
export const COSTS: Readonly<Record<Exclude<Kind, 'upload' | 'download'>, Cost>> = {
  matmul: { js: [4.49, 0.68], wasm: [8.06, 0.26] }, solve: { js: [8, 0.8], wasm: [9.59, 0.43] }, svd: { js: [16.2, 21], wasm: [18, 11] },
  eigh: { js: [11.8, 11], wasm: [13.6, 6.6] }, qr: { js: [9.16, 3.4], wasm: [11.9, 1.6] }, cholesky: { js: [10.6, 0.29], wasm: [16.4, 0.16] },
  pca: { js: [21.7, 3.7], wasm: [21.8, 2.1] }, correlation: { js: [7.41, 2.3], wasm: [7.84, 0.88] }, covariance: { js: [5.58, 1.4], wasm: [7.45, 0.55] },
  pairwiseDistances: { js: [5.34, 0.95], wasm: [7.46, 0.49] }, kmeans: { js: [3, 26], wasm: [7.25, 21] }, convolve2d: { js: [4.59, 2.9], wasm: [8.01, 0.69] },
  sort: { js: [3, 47], wasm: [17.4, 15] }, argsort: { js: [3, 130], wasm: [7.03, 24] }, describe: { js: [3.7, 6.5], wasm: [7.7, 2.8] },
  histogram: { js: [4.71, 7.9], wasm: [8.74, 4.4] }, fft: { js: [3, 27], wasm: [31.9, 10] }, evaluate: { js: [35, 48], wasm: [20, 19] },
  loop: { js: [10, 3.3], wasm: [18, 6.5] }, reduce: { js: [12, 9.5], wasm: [11, 3.7] }, reduceLoop: { js: [24, 3.2], wasm: [11.5, 4.1] },
  fftPowers: { js: [3, 30], wasm: [48, 24.5] }, fftLarge: { js: [3, 45], wasm: [3, 46] },
};

export interface Units { cost: Cost; units: number }

const along = ([call, unit]: Line, units: number): number => call / 1e3 + unit * units / 1e6;
/** Milliseconds. */
export const estimate = ({ cost: { js, wasm }, units }: Units): Both => ({ js: along(js, units), wasm: along(wasm, units) });

/** The amount of work at which both take the same time; undefined where one is quicker at any size. */
export function crossover({ js: [j0, j], wasm: [w0, w] }: Cost): number | undefined {
  const at = (w0 - j0) * 1e3 / (j - w);
  return at > 0 && at < Infinity ? at : undefined;
}

/** Undefined: the operation is no work (`upload`). */
export function unitsWith<K extends Operation>(hasLoop: HasLoop, operation: K, plan: Plans[K]): Units | undefined {
  const work = WORK[operation];
  return work && { cost: COSTS[(KINDS[operation]?.(plan, hasLoop) ?? operation) as keyof typeof COSTS], units: work(plan) };
}

/** One small product says how fast a host is, and little of one side against the other: on a busy machine it was off by a third, which took two and a half times the work to make good. */
const APART = 1.1;
let shared: CostModel<Units> | undefined;
/** Of this thread. Learns from its calibration alone: a line is too rough a picture of large work to say anything of small work. */
export const hostModel = (): CostModel<Units> => shared ??= new CostModel(estimate, APART);

export function isForJsWith<K extends Operation>(hasLoop: HasLoop, operation: K, plan: Plans[K], model: CostModel<Units> = hostModel()): boolean {
  const work = unitsWith(hasLoop, operation, plan);
  if (work === undefined) return false;
  const { js, wasm } = model.estimate(work);
  return js < wasm;
}

/**
 * Work from which on several threads are quicker than one (docs/decisions/0005): of what is left out they are not. A step of theirs costs some
 * tens of microseconds to begin, and the first call that pays starts them.
 */
const SHARED_FROM: Partial<Record<Operation, number>> = {
  matmul: 2 ** 23, solve: 2 ** 26, svd: 2 ** 25, eigh: 2 ** 25, qr: 2 ** 26, cholesky: 2 ** 26, pca: 2 ** 27, correlation: 2 ** 27, covariance: 2 ** 27, pairwiseDistances: 2 ** 23,
  kmeans: 2 ** 20, convolve2d: 2 ** 22, sort: 2 ** 19, argsort: 2 ** 19, describe: 2 ** 21, histogram: 2 ** 21, fft: 2 ** 17,
};

export function paysForThreads<K extends Operation>(operation: K, plan: Plans[K]): boolean {
  const from = SHARED_FROM[operation];
  return from !== undefined && WORK[operation]!(plan) >= from;
}

/**
 * Work from which on it pays to send a call from a thread that could answer it to a worker with threads: inputs are copied once more. Of what is left out
 * the copies cost what the threads gain.
 */
const AWAY_FROM: Partial<Record<Operation, number>> = {
  matmul: 2 ** 25, solve: 2 ** 26, svd: 2 ** 24, qr: 2 ** 25, pca: 2 ** 25, correlation: 2 ** 25, covariance: 2 ** 25, pairwiseDistances: 2 ** 25, kmeans: 2 ** 22, convolve2d: 2 ** 25, sort: 2 ** 20,
};

/** How many times the least such work a plan is; below 1 it stays. */
export function timesWorthAwayWith<K extends Operation>(hasLoop: HasLoop, operation: K, plan: Plans[K]): number {
  const from = AWAY_FROM[operation];
  return from === undefined || isForJsWith(hasLoop, operation, plan) ? 0 : WORK[operation]!(plan) / from;
}
