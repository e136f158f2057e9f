/** Covariance, correlation and principal components: columns against columns of a matrix. */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import type { Matrix } from '../types.js';
import { eigenRows } from './eigen.js';
import { gemm, gram } from './gemm.js';
import { checkFinite, isF32, matrixOf, negate, pointsDown, toDoubles, transpose } from './matrix.js';
import { thin } from './svd.js';
import { sumOf } from './sums.js';

interface Centred { columns: Float64Array; mean: Float64Array; constant: Uint8Array }

/** The columns one after the other, each without its mean; a column of equal values becomes zeros exactly. */
function* centred(a: Matrix): Steps<Centred> {
  const { rows: n, cols: d } = a;
  const columns = transpose(toDoubles(a.data), n, d);
  const mean = new Float64Array(d);
  const constant = new Uint8Array(d);
  for (let j = 0; j < d; j++) {
    const column = columns.subarray(j * n, (j + 1) * n);
    const isConstant = allEqual(column);
    constant[j] = isConstant ? 1 : 0;
    mean[j] = isConstant && n > 0 ? column[0] : sumOf(column) / n;
    subtract(column, mean[j]);
    yield;
  }
  return { columns, mean, constant };
}

/** None are; NaN is not equal to itself. */
function allEqual(x: Float64Array): boolean {
  for (let i = 0; i < x.length; i++) if (x[i] !== x[0]) return false;
  return true;
}

function subtract(x: Float64Array, by: number): void {
  for (let i = 0; i < x.length; i++) x[i] -= by;
}

/** To length 1, by the largest magnitude first, so that no square overflows. */
function normalize(x: Float64Array): void {
  let largest = 0;
  for (let i = 0; i < x.length; i++) { const v = Math.abs(x[i]); if (!(v <= largest)) largest = v; }
  let sum = 0;
  for (let i = 0; i < x.length; i++) { x[i] /= largest; sum += x[i] * x[i]; }
  const length = Math.sqrt(sum);
  for (let i = 0; i < x.length; i++) x[i] /= length;
}

/** Sample covariance between columns, cols x cols. */
export function* covariance(a: Matrix, job: Job): Steps<Matrix> {
  const { rows: n, cols: d } = a;
  const { columns } = yield* centred(a);
  const into = new Float64Array(d * d);
  yield* gram(columns, d, n, into);
  for (let i = 0; i < into.length; i++) into[i] = n < 2 ? NaN : into[i] / (n - 1);
  job.progress(d, d);
  return matrixOf(into, d, d, isF32(a));
}

/** Pearson's correlation between columns, cols x cols. */
export function* correlation(a: Matrix, job: Job): Steps<Matrix> {
  const { rows: n, cols: d } = a;
  const { columns, constant } = yield* centred(a);
  // To unit length before they meet, so that nothing overflows and the diagonal is 1.
  for (let j = 0; j < d; j++) {
    normalize(columns.subarray(j * n, (j + 1) * n));
    yield;
  }
  const into = new Float64Array(d * d);
  yield* gram(columns, d, n, into);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const at = i * d + j;
      const value = constant[i] || constant[j] ? NaN : into[at];
      into[at] = value !== value ? NaN : i === j ? 1 : Math.max(-1, Math.min(1, value));
    }
  }
  job.progress(d, d);
  return matrixOf(into, d, d, isF32(a));
}

/** @throws ServiceError NOT_FINITE */
export function* pca(a: Matrix, k: number, job: Job): Steps<{ components: Matrix; explainedVariance: Float64Array; projected: Matrix; mean: Float64Array }> {
  checkFinite(a, 'the matrix');
  const { rows: n, cols: d } = a;
  const f32 = isF32(a);
  const { columns, mean } = yield* centred(a);
  const components = new Float64Array(k * d);
  const explainedVariance = new Float64Array(k);
  if (d <= n) {
    const square = new Float64Array(d * d);
    yield* gram(columns, d, n, square);
    const { values, rows } = yield* eigenRows(square, d, job);
    for (let c = 0; c < k; c++) {
      components.set(rows.subarray((d - 1 - c) * d, (d - c) * d), c * d);
      explainedVariance[c] = Math.max(0, values[d - 1 - c]) / (n - 1);
    }
  } else {
    // More columns than rows: the rows, which are long, take the part of the columns.
    const { s, left } = yield* thin(transpose(columns, d, n), d, n, job);
    for (let c = 0; c < k; c++) {
      components.set(left.subarray(c * d, (c + 1) * d), c * d);
      explainedVariance[c] = s[c] ** 2 / (n - 1);
    }
  }
  for (let c = 0; c < k; c++) if (pointsDown(components, c * d, d)) negate(components, c * d, d);
  const projected = new Float64Array(n * k);
  yield* gemm({ data: columns, rows: n, cols: d, row: 1, col: n }, { data: components, rows: d, cols: k, row: 1, col: d }, projected);
  return { components: matrixOf(components, k, d, f32), explainedVariance, projected: matrixOf(projected, n, k, f32), mean };
}
