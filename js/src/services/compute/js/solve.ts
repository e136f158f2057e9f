/** Linear systems: LU with partial pivoting, Cholesky (Golub & Van Loan 3.4, 4.2). */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import { computeError } from '../errors.js';
import type { Matrix } from '../types.js';
import { EPSILON, axpy, checkFinite, checkSymmetric, dot, isF32, matrixOf, powerAbove, toDoubles } from './matrix.js';

/** Columns that are eliminated before the rest of the matrix is touched: it is then read once for all of them. */
const PANEL = 16;

/** @throws ServiceError SINGULAR, NOT_FINITE */
export function* solve(a: Matrix, b: Matrix, job: Job): Steps<Matrix> {
  checkFinite(a, 'the matrix a');
  checkFinite(b, 'the right-hand side b');
  yield;
  const n = a.rows;
  const m = b.cols;
  const lu = toDoubles(a.data);
  const x = toDoubles(b.data);
  const largest = equilibrate(lu, x, n, m);
  yield;
  for (let k0 = 0; k0 < n; k0 += PANEL) {
    const k1 = Math.min(n, k0 + PANEL);
    for (let k = k0; k < k1; k++) {
      const pivot = pivotRow(lu, n, k);
      if (!(Math.abs(lu[pivot * n + k]) > n * EPSILON * largest[k])) {
        throw computeError('SINGULAR', `the ${n} x ${n} matrix has no inverse: column ${k} depends on those before it (its pivot is ${lu[pivot * n + k]}). Take away what is redundant, or add to the diagonal`, { column: k });
      }
      if (pivot !== k) { swapRows(lu, n, pivot, k); swapRows(x, m, pivot, k); }
      // Within the panel alone; what lies right of it follows for all its columns at once.
      for (let i = k + 1; i < n; i++) {
        const factor = lu[i * n + k] /= lu[k * n + k];
        if (factor !== 0) axpy(-factor, lu, k * n + k + 1, lu, i * n + k + 1, k1 - k - 1);
      }
    }
    for (let i = k0 + 1; i < n; i++) {
      update(lu, n, i, k0, Math.min(i, k1), lu, n, k1, n - k1);
      update(lu, n, i, k0, Math.min(i, k1), x, m, 0, m);
      if ((i & 31) === 0) yield;
    }
    job.progress(k1, n);
    yield;
  }
  for (let i = n - 1; i >= 0; i--) {
    update(lu, n, i, i + 1, n, x, m, 0, m);
    const diagonal = lu[i * n + i];
    for (let j = 0; j < m; j++) x[i * m + j] /= diagonal;
    if ((i & 15) === 0) yield;
  }
  return matrixOf(x, n, m, isF32(a) && isF32(b));
}

/** Scales the rows of the system by powers of two, which loses nothing; gives the largest magnitude of each column. */
function equilibrate(lu: Float64Array, x: Float64Array, n: number, m: number): Float64Array {
  const largest = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) row = Math.max(row, Math.abs(lu[i * n + j]));
    const scale = 1 / powerAbove(row);
    for (let j = 0; j < n; j++) {
      lu[i * n + j] *= scale;
      largest[j] = Math.max(largest[j], Math.abs(lu[i * n + j]));
    }
    for (let j = 0; j < m; j++) x[i * m + j] *= scale;
  }
  return largest;
}

function pivotRow(lu: Float64Array, n: number, k: number): number {
  let best = k;
  for (let i = k + 1; i < n; i++) if (Math.abs(lu[i * n + k]) > Math.abs(lu[best * n + k])) best = i;
  return best;
}

function swapRows(data: Float64Array, cols: number, a: number, b: number): void {
  const row = data.slice(a * cols, (a + 1) * cols);
  data.copyWithin(a * cols, b * cols, (b + 1) * cols);
  data.set(row, b * cols);
}

/** Row i of `to`, from column `from` on, less the factors lu[i, k0..k1] times rows k0..k1, four at a time. */
function update(lu: Float64Array, n: number, i: number, k0: number, k1: number, to: Float64Array, cols: number, from: number, count: number): void {
  if (count === 0) return;
  const f = i * n;
  const into = i * cols + from;
  let k = k0;
  for (; k + 3 < k1; k += 4) {
    const f0 = lu[f + k], f1 = lu[f + k + 1], f2 = lu[f + k + 2], f3 = lu[f + k + 3];
    const r0 = k * cols + from, r1 = r0 + cols, r2 = r1 + cols, r3 = r2 + cols;
    for (let j = 0; j < count; j++) to[into + j] -= f0 * to[r0 + j] + f1 * to[r1 + j] + (f2 * to[r2 + j] + f3 * to[r3 + j]);
  }
  for (; k < k1; k++) axpy(-lu[f + k], to, k * cols + from, to, into, count);
}

/** @throws ServiceError SINGULAR, NOT_FINITE, INVALID_ARGUMENT */
export function* cholesky(a: Matrix, job: Job): Steps<Matrix> {
  checkFinite(a, 'the matrix');
  checkSymmetric(a, 'the matrix');
  yield;
  const n = a.rows;
  const l = new Float64Array(n * n);
  const { data } = a;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = data[i * n + j] - dot(l, i * n, l, j * n, j);
      if (i > j) { l[i * n + j] = rest / l[j * n + j]; continue; }
      if (!(rest > n * EPSILON * Math.abs(data[i * n + i]))) {
        throw computeError('SINGULAR', `the ${n} x ${n} matrix is not positive definite: what is left of its diagonal at ${i} is ${rest}. Add to the diagonal, or use solve`, { column: i });
      }
      l[i * n + i] = Math.sqrt(rest);
    }
    job.progress(i + 1, n);
    if (i % 4 === 0) yield;
  }
  return matrixOf(l, n, n, isF32(a));
}
