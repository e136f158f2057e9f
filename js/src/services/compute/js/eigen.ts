/** Symmetric eigenvalues: Householder tridiagonalisation, then implicit QL (Golub & Van Loan 8.3; Dubrulle, Martin & Wilkinson 1968). */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import { computeError } from '../errors.js';
import type { Matrix } from '../types.js';
import { EPSILON, axpy, checkFinite, checkSymmetric, dot, isF32, matrixOf, negate, pointsDown, reflector, rotate, scaleOf, toDoubles, transpose } from './matrix.js';

/** QL needs about two sweeps a value; what takes more than this does not converge. */
const MOST_SWEEPS = 60;

/** @throws ServiceError NOT_FINITE, INVALID_ARGUMENT */
export function* eigh(a: Matrix, job: Job): Steps<{ values: Float64Array; vectors: Matrix }> {
  checkFinite(a, 'the matrix');
  checkSymmetric(a, 'the matrix');
  yield;
  const { rows: n } = a;
  const { values, rows } = yield* eigenRows(toDoubles(a.data), n, job);
  return { values, vectors: matrixOf(transpose(rows, n, n), n, n, isF32(a)) };
}

/** Of a symmetric matrix that may be overwritten: rising values, and their vectors as rows. */
export function* eigenRows(a: Float64Array, n: number, job: Pick<Job, 'progress'>): Steps<{ values: Float64Array; rows: Float64Array }> {
  const scale = scaleOf(a);
  // The lower triangle is what counts, as everywhere.
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[j * n + i] = a[i * n + j] /= scale;
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  const q = yield* tridiagonalize(a, n, d, e, job);
  yield* implicitQL(d, e, q, n, job);
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((x, y) => d[x] - d[y] || x - y);
  const rows = new Float64Array(n * n);
  order.forEach((from, to) => {
    rows.set(q.subarray(from * n, (from + 1) * n), to * n);
    if (pointsDown(rows, to * n, n)) negate(rows, to * n, n);
  });
  job.progress(n, n);
  return { values: Float64Array.from(order, (from) => d[from] * scale), rows };
}

/** a becomes the reflectors; d and e the diagonals. Gives the transposed product of the reflectors. */
function* tridiagonalize(a: Float64Array, n: number, d: Float64Array, e: Float64Array, job: Pick<Job, 'progress'>): Steps<Float64Array> {
  const taus = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    d[k] = a[k * n + k];
    const size = n - k - 1;
    const v = k * n + k + 1;
    const { tau, beta } = reflector(a, v, size);
    taus[k] = tau;
    e[k] = beta;
    if (tau === 0) continue;
    // A - v wᵀ - w vᵀ with w = p - (tau / 2)(pᵀv) v, p = tau A v.
    for (let i = 0; i < size; i++) p[i] = tau * dot(a, (k + 1 + i) * n + k + 1, a, v, size);
    axpy((-tau / 2) * dot(p, 0, a, v, size), a, v, p, 0, size);
    for (let i = 0; i < size; i++) rankTwo(a, (k + 1 + i) * n + k + 1, a[v + i], p[i], v, p, size);
    job.progress(k, 3 * n);
    yield;
  }
  if (n > 0) d[n - 1] = a[n * n - 1];
  // Row r of q, times the reflectors from the last to the first.
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  for (let k = n - 2; k >= 0; k--) {
    const v = k * n + k + 1;
    const size = n - k - 1;
    if (taus[k] === 0) continue;
    for (let r = k + 1; r < n; r++) axpy(-taus[k] * dot(q, r * n + k + 1, a, v, size), a, v, q, r * n + k + 1, size);
    if (k % 4 === 0) yield;
  }
  return q;
}

function rankTwo(a: Float64Array, at: number, vi: number, wi: number, v: number, w: Float64Array, size: number): void {
  for (let j = 0; j < size; j++) a[at + j] -= vi * w[j] + wi * a[v + j];
}

/** d and e to eigenvalues; every rotation turns two rows of q. */
function* implicitQL(d: Float64Array, e: Float64Array, q: Float64Array, n: number, job: Pick<Job, 'progress'>): Steps<void> {
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      if (sweep === MOST_SWEEPS) throw computeError('CORRUPT', `the eigenvalues did not converge within ${MOST_SWEEPS} sweeps: report it, this is our defect`);
      // Wilkinson's shift.
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      const root = Math.sqrt(g * g + 1);
      g = d[m] - d[l] + e[l] / (g + (g < 0 ? -root : root));
      let s = 1;
      let c = 1;
      let p = 0;
      let split = false;
      for (let i = m - 1; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        const r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) { d[i + 1] -= p; e[m] = 0; split = true; break; }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        rotate(q, (i + 1) * n, i * n, n, c, s);
        if ((i & 255) === 0) yield;
      }
      if (!split) { d[l] -= p; e[l] = g; e[m] = 0; }
      yield;
    }
    job.progress(n + 2 * l, 3 * n);
  }
}
