/** From arguments to plans: shapes meet here, so that every refusal comes before any work and names both of them. */
import { columns, flag, matrix, numbers, oneOf, operand, shape, signal, sortable, whole } from './arguments.js';
import type { Numbers, Operand, Plans } from './engine.js';
import { computeError, invalid, invalidField } from './errors.js';
import type { HandleHome } from './handle.js';
import type { Reducer } from './types.js';

type Options = Record<string, unknown> | undefined;
const MOST_BINS = 2 ** 24;
const REDUCERS: readonly Reducer[] = ['sum', 'min', 'max', 'mean', 'count'];

const mismatch = (what: string, a: Operand, b: Operand, need: string): Error => computeError('DIMENSION_MISMATCH', `${what}: a is ${shape(a)} and b is ${shape(b)}; ${need}`, { a: [a.rows, a.cols], b: [b.rows, b.cols] });

function square(a: Operand, what: string): Operand {
  if (a.rows !== a.cols) throw computeError('DIMENSION_MISMATCH', `${what} needs a square matrix, and this one is ${shape(a)}, not ${a.rows} x ${a.rows}`, { rows: a.rows, cols: a.cols });
  return a;
}

export function planMatmul(home: HandleHome, left: unknown, right: unknown): Plans['matmul'] {
  const a = operand(left, 'a', home);
  const b = operand(right, 'b', home);
  if (a.cols !== b.rows) throw mismatch('matmul', a, b, `the columns of a (${a.cols}) must be the rows of b (${b.rows})`);
  return { a, b };
}

export function planSolve(home: HandleHome, left: unknown, right: unknown): Plans['solve'] {
  const a = operand(left, 'a', home);
  const b = operand(right, 'b', home);
  if (a.rows !== a.cols) throw mismatch('solve', a, b, 'a must be square');
  if (a.rows !== b.rows) throw mismatch('solve', a, b, `b must have as many rows as a (${a.rows})`);
  return { a, b };
}

export const planOne = (home: HandleHome, value: unknown): { a: Operand } => ({ a: operand(value, 'the matrix', home) });
export const planSquare = (home: HandleHome, value: unknown, what: string): { a: Operand } => ({ a: square(operand(value, 'the matrix', home), what) });

export function planPca(home: HandleHome, value: unknown, components: unknown): Plans['pca'] {
  const a = operand(value, 'the matrix', home);
  if (a.rows < 2) throw invalid(`pca needs at least 2 rows, and the matrix is ${shape(a)}`);
  if (a.cols < 1) throw invalid(`pca needs at least one column, and the matrix is ${shape(a)}`);
  return { a, components: whole(components, 'components', 1, Math.min(a.rows, a.cols), ` (the matrix is ${shape(a)})`) };
}

export function planPairwise(home: HandleHome, left: unknown, right: unknown, options: Options): Plans['pairwiseDistances'] {
  const a = operand(left, 'a', home);
  const metric = oneOf(options?.['metric'], 'metric', ['l2', 'l2sq', 'cosine'] as const);
  if (right === undefined || right === null) return { a, metric };
  const b = operand(right, 'b', home);
  if (a.cols !== b.cols) throw mismatch('pairwiseDistances', a, b, `their rows must be of one length (${a.cols} and ${b.cols} columns)`);
  return { a, b, metric };
}

export function planKMeans(home: HandleHome, value: unknown, k: unknown, options: Options): Plans['kmeans'] {
  const points = operand(value, 'points', home);
  if (points.rows === 0) throw invalid(`kmeans needs points, and the matrix is ${shape(points)}`);
  const { maxIterations = 300, tolerance = 1e-4, seed = 0 } = options ?? {};
  if (typeof tolerance !== 'number' || !(tolerance >= 0)) throw invalidField('tolerance', 'a number, 0 or more', tolerance);
  return {
    points, k: whole(k, 'k', 1, points.rows, ', the number of points'), tolerance,
    maxIterations: whole(maxIterations, 'maxIterations', 1, 2 ** 31 - 1), seed: whole(seed, 'seed', 0, 2 ** 32 - 1),
  };
}

export const planSort = (values: unknown, options: Options): Plans['sort'] => ({ values: sortable(values), descending: flag(options?.['descending'], 'descending') });
export const planArgsort = (values: unknown, options: Options): Plans['argsort'] => ({ values: numbers(values, 'values'), descending: flag(options?.['descending'], 'descending') });

export function planDescribe(values: unknown, options: Options): Plans['describe'] {
  const asked = options?.['quantiles'] ?? [];
  const list = (Array.isArray(asked) || ArrayBuffer.isView(asked) ? numbers(asked, 'quantiles') : undefined) as Numbers | undefined;
  if (!list || list.some((q) => !(q >= 0 && q <= 1))) throw invalidField('quantiles', 'an array of numbers from 0 to 1', asked);
  return { values: numbers(values, 'values'), quantiles: Array.from(list) };
}

export function planHistogram(values: unknown, bins: unknown): Plans['histogram'] {
  const taken = numbers(values, 'values');
  if (typeof bins === 'number') return { values: taken, bins: whole(bins, 'bins', 1, MOST_BINS) };
  const edges = Float64Array.from(numbers(bins, 'bins'));
  if (edges.length < 2) throw invalid(`bins must be a number, or at least two edges; there were ${edges.length}`);
  const at = edges.findIndex((edge, i) => !(i === 0 ? edge === edge : edge > edges[i - 1]));
  if (at >= 0) throw invalid(`edges must rise strictly: edge ${at} is ${edges[at]}${at > 0 ? ` after ${edges[at - 1]}` : ''}`, { index: at });
  return { values: taken, bins: edges };
}

export function planFft(re: unknown, im: unknown, options: Options): Plans['fft'] {
  const real = signal(re, 're');
  const inverse = flag(options?.['inverse'], 'inverse');
  if (im === undefined || im === null) return { re: real, inverse };
  const imaginary = signal(im, 'im');
  if (real.length !== imaginary.length) throw computeError('DIMENSION_MISMATCH', `re has ${real.length} values and im has ${imaginary.length}: they must be of one length`, { re: real.length, im: imaginary.length });
  return { re: real, im: imaginary, inverse };
}

export function planConvolve(home: HandleHome, value: unknown, by: unknown, options: Options): Plans['convolve2d'] {
  const image = operand(value, 'image', home);
  const kernel = operand(by, 'kernel', home);
  const mode = oneOf(options?.['mode'], 'mode', ['valid', 'same', 'full'] as const);
  if (kernel.rows === 0 || kernel.cols === 0) throw invalid(`the kernel must have at least one value; it is ${shape(kernel)}`);
  if (mode === 'valid' && (kernel.rows > image.rows || kernel.cols > image.cols)) {
    throw computeError('DIMENSION_MISMATCH', `the kernel (${shape(kernel)}) does not fit in the image (${shape(image)}): make it smaller, or take mode: 'same' or 'full'`, { image: [image.rows, image.cols], kernel: [kernel.rows, kernel.cols] });
  }
  return { image, kernel, mode, flip: flag(options?.['flip'], 'flip') };
}

export function planEvaluate(expression: unknown, given: unknown): Plans['evaluate'] {
  if (typeof expression !== 'string') throw invalidField('the expression', "a text such as 'x * 2 > y'", expression);
  return { expression, ...columns(given) };
}

export function planReduce(expression: unknown, given: unknown, reducer: unknown): Plans['reduce'] {
  if (!REDUCERS.includes(reducer as Reducer)) throw invalidField('the reducer', `one of ${REDUCERS.map((one) => `'${one}'`).join(', ')}`, reducer);
  return { ...planEvaluate(expression, given), reducer: reducer as Reducer };
}

export const planUpload = (value: unknown): Plans['upload'] => ({ matrix: matrix(value, 'the matrix') });
