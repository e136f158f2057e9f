/** Small things that the decompositions share. */
import { computeError, invalid } from '../errors.js';
import type { Matrix } from '../types.js';

export const EPSILON = 2 ** -52;
export const isF32 = ({ data }: Matrix): boolean => data instanceof Float32Array;
export const shapeOf = ({ rows, cols }: { rows: number; cols: number }): string => `${rows} x ${cols}`;

/** A copy in f64. */
export const toDoubles = (values: ArrayLike<number>): Float64Array => new Float64Array(values);

/** The result in the type that the inputs ask for. */
export function matrixOf(data: Float64Array, rows: number, cols: number, f32: boolean): Matrix {
  return { data: f32 ? new Float32Array(data) : data, rows, cols };
}

/** Element (j, i) of `data`, rows x cols, to (i, j). */
export function transpose(data: Float64Array, rows: number, cols: number): Float64Array {
  const made = new Float64Array(data.length);
  const SIDE = 32;
  for (let i0 = 0; i0 < rows; i0 += SIDE) {
    const i1 = Math.min(rows, i0 + SIDE);
    for (let j0 = 0; j0 < cols; j0 += SIDE) {
      const j1 = Math.min(cols, j0 + SIDE);
      for (let i = i0; i < i1; i++) for (let j = j0; j < j1; j++) made[j * rows + i] = data[i * cols + j];
    }
  }
  return made;
}

/** @throws ServiceError NOT_FINITE with the place */
export function checkFinite(matrix: Matrix, name: string): void {
  const { data, cols } = matrix;
  for (let i = 0; i < data.length; i++) {
    // x - x is 0 for finite numbers alone.
    if (data[i] - data[i] !== 0) {
      const row = Math.floor(i / cols);
      const col = i - row * cols;
      throw computeError('NOT_FINITE', `${name} holds ${data[i]} at row ${row}, column ${col}: a decomposition needs finite numbers`, { row, col, index: i });
    }
  }
}

/** @throws ServiceError INVALID_ARGUMENT where it is not symmetric */
export function checkSymmetric(matrix: Matrix, name: string): void {
  const { data, rows: n } = matrix;
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]));
  const slack = largest * (isF32(matrix) ? 1e-5 : 1e-8);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      if (Math.abs(data[i * n + j] - data[j * n + i]) <= slack) continue;
      throw invalid(`${name} must be symmetric: row ${i}, column ${j} holds ${data[i * n + j]}, its mirror image ${data[j * n + i]}`, { row: i, col: j });
    }
  }
}

export function dot(a: Float64Array, at: number, b: Float64Array, bt: number, n: number): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += a[at + i] * b[bt + i];
    s1 += a[at + i + 1] * b[bt + i + 1];
    s2 += a[at + i + 2] * b[bt + i + 2];
    s3 += a[at + i + 3] * b[bt + i + 3];
  }
  for (; i < n; i++) s0 += a[at + i] * b[bt + i];
  return s0 + s1 + (s2 + s3);
}

/** y += s x */
export function axpy(s: number, x: Float64Array, xt: number, y: Float64Array, yt: number, n: number): void {
  for (let i = 0; i < n; i++) y[yt + i] += s * x[xt + i];
}

/** Turns two vectors in their plane: (x, y) to (c x + s y, c y - s x). */
export function rotate(x: Float64Array, xt: number, yt: number, n: number, c: number, s: number): void {
  for (let i = 0; i < n; i++) {
    const u = x[xt + i], v = x[yt + i];
    x[xt + i] = c * u + s * v;
    x[yt + i] = c * v - s * u;
  }
}

/**
 * The Householder reflector I - tau v vᵀ (v[0] = 1) that takes x to beta e0 (Golub & Van Loan 5.1). v replaces x in place but for its first place, which
 * is set to 1; gives tau and beta. A vector that is zero but for its first place is left as it is: tau is 0.
 */
export function reflector(x: Float64Array, at: number, n: number): { tau: number; beta: number } {
  const alpha = x[at];
  const rest = Math.sqrt(dot(x, at + 1, x, at + 1, n - 1));
  x[at] = 1;
  if (rest === 0) return { tau: 0, beta: alpha };
  const beta = alpha > 0 ? -Math.hypot(alpha, rest) : Math.hypot(alpha, rest);
  const scale = 1 / (alpha - beta);
  for (let i = 1; i < n; i++) x[at + i] *= scale;
  return { tau: (beta - alpha) / beta, beta };
}

/** By how much a power of two brings the largest magnitude near 1, so that squares neither overflow nor vanish; 1 of zeros. */
export function scaleOf(data: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) { const v = Math.abs(data[i]); if (v > largest) largest = v; }
  return powerAbove(largest);
}

/** The power of two next to a magnitude, for exact scaling; 1 of 0. */
export function powerAbove(value: number): number {
  return value === 0 ? 1 : 2 ** Math.max(-1021, Math.min(1022, Math.floor(Math.log2(value))));
}

/** Whether the entry of largest magnitude is negative: the first one but for a millionth, so that rounding does not choose among equals. */
export function pointsDown(x: Float64Array, at: number, n: number): boolean {
  let best = 0;
  let negative = false;
  for (let i = 0; i < n; i++) {
    const v = Math.abs(x[at + i]);
    if (v > best * (1 + 1e-6)) { best = v; negative = x[at + i] < 0; }
  }
  return negative;
}

export function negate(x: Float64Array, at: number, n: number): void {
  for (let i = 0; i < n; i++) x[at + i] = -x[at + i];
}
