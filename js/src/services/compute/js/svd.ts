/** Singular values: Householder bidiagonalisation, then implicit QR (Golub & Kahan 1965; Golub & Van Loan 8.6). */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import { computeError } from '../errors.js';
import type { Matrix } from '../types.js';
import { EPSILON, axpy, checkFinite, dot, isF32, matrixOf, negate, pointsDown, reflector, rotate, scaleOf, toDoubles, transpose } from './matrix.js';
import { accumulate } from './qr.js';

const MOST_SWEEPS = 60;

/** @throws ServiceError NOT_FINITE */
export function* svd(a: Matrix, job: Job): Steps<{ u: Matrix; s: Float64Array; vt: Matrix }> {
  checkFinite(a, 'the matrix');
  const { rows: m, cols: n } = a;
  const least = Math.min(m, n);
  const f32 = isF32(a);
  // Long columns one after the other: a tall matrix is turned, a wide one lies so already.
  const tall = m >= n;
  const w = tall ? transpose(toDoubles(a.data), m, n) : toDoubles(a.data);
  const { s, left, right } = yield* thin(w, Math.max(m, n), least, job);
  const [columnsOfU, rowsOfV] = tall ? [left, right] : [right, left];
  for (let k = 0; k < least; k++) {
    if (!pointsDown(columnsOfU, k * m, m)) continue;
    negate(columnsOfU, k * m, m);
    negate(rowsOfV, k * n, n);
  }
  return { u: matrixOf(transpose(columnsOfU, least, m), m, least, f32), s, vt: matrixOf(rowsOfV, least, n, f32) };
}

/** Of n columns of length m >= n, which are overwritten: falling values, left and right vectors as rows. */
export function* thin(w: Float64Array, m: number, n: number, job: Pick<Job, 'progress'>): Steps<{ s: Float64Array; left: Float64Array; right: Float64Array }> {
  const scale = scaleOf(w);
  for (let i = 0; i < w.length; i++) w[i] /= scale;
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  yield;
  const { left: u, right: v } = yield* bidiagonalize(w, m, n, d, e, job);
  yield* diagonalize(d, e, u, v, m, n, job);
  for (let k = 0; k < n; k++) {
    if (d[k] >= 0) continue;
    d[k] = -d[k];
    negate(v, k * n, n);
  }
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((x, y) => d[y] - d[x] || x - y);
  const left = new Float64Array(n * m);
  const right = new Float64Array(n * n);
  order.forEach((from, to) => {
    left.set(u.subarray(from * m, (from + 1) * m), to * m);
    right.set(v.subarray(from * n, (from + 1) * n), to * n);
  });
  job.progress(n, n);
  return { s: Float64Array.from(order, (from) => d[from] * scale), left, right };
}

/** The diagonal to d, what is above it to e; gives the products of the reflectors from both sides, column by column. */
function* bidiagonalize(w: Float64Array, m: number, n: number, d: Float64Array, e: Float64Array, job: Pick<Job, 'progress'>): Steps<{ left: Float64Array; right: Float64Array }> {
  const leftTaus = new Float64Array(n);
  const rightTaus = new Float64Array(n);
  const reflectors = new Float64Array(n * n);
  const sum = new Float64Array(m);
  for (let k = 0; k < n; k++) {
    const x = k * m + k;
    const { tau, beta } = reflector(w, x, m - k);
    leftTaus[k] = tau;
    d[k] = beta;
    for (let j = k + 1; tau !== 0 && j < n; j++) axpy(-tau * dot(w, x, w, j * m + k, m - k), w, x, w, j * m + k, m - k);
    if (k + 1 < n) {
      // Row k right of the diagonal; then every row below it, all of them at once by whole columns.
      const y = k * n + k + 1;
      for (let j = k + 1; j < n; j++) reflectors[k * n + j] = w[j * m + k];
      const right = reflector(reflectors, y, n - k - 1);
      rightTaus[k] = right.tau;
      e[k] = right.beta;
      if (right.tau !== 0) {
        sum.fill(0);
        for (let j = k + 1; j < n; j++) axpy(reflectors[k * n + j], w, j * m + k + 1, sum, k + 1, m - k - 1);
        for (let j = k + 1; j < n; j++) axpy(-right.tau * reflectors[k * n + j], sum, k + 1, w, j * m + k + 1, m - k - 1);
      }
    }
    job.progress(k, 3 * n);
    yield;
  }
  const left = yield* accumulate(w, leftTaus, m, n);
  const right = new Float64Array(n * n);
  for (let i = 0; i < n; i++) right[i * n + i] = 1;
  for (let k = n - 2; k >= 0; k--) {
    const y = k * n + k + 1;
    const size = n - k - 1;
    if (rightTaus[k] === 0) continue;
    for (let r = k + 1; r < n; r++) axpy(-rightTaus[k] * dot(right, r * n + k + 1, reflectors, y, size), reflectors, y, right, r * n + k + 1, size);
    if (k % 4 === 0) yield;
  }
  return { left, right };
}

/** What turns (f, g) to (r, 0). */
function givens(f: number, g: number): { c: number; s: number; r: number } {
  const r = Math.sqrt(f * f + g * g);
  return r === 0 ? { c: 1, s: 0, r: 0 } : { c: f / r, s: g / r, r };
}

/** Implicit QR sweeps until e is zero; rows of u (length m) and v (length n) turn along. */
function* diagonalize(d: Float64Array, e: Float64Array, u: Float64Array, v: Float64Array, m: number, n: number, job: Pick<Job, 'progress'>): Steps<void> {
  // Below this a value is zero beside the matrix, whose largest entry is near 1.
  const floor = EPSILON * EPSILON;
  let sweeps = 0;
  for (let end = n - 1; end > 0;) {
    for (let k = 0; k < end; k++) if (Math.abs(e[k]) <= EPSILON * (Math.abs(d[k]) + Math.abs(d[k + 1])) + floor) e[k] = 0;
    if (e[end - 1] === 0) { end--; sweeps = 0; job.progress(n + 2 * (n - end), 3 * n); continue; }
    let start = end - 1;
    while (start > 0 && e[start - 1] !== 0) start--;
    if (sweeps++ === MOST_SWEEPS) throw computeError('CORRUPT', `the singular values did not converge within ${MOST_SWEEPS} sweeps: report it, this is our defect`);
    const zero = zeroWithin(d, start, end, floor);
    if (zero >= 0) {
      d[zero] = 0;
      if (zero < end) clearRow(d, e, u, m, zero, end);
      else clearColumn(d, e, v, n, start, end);
      yield;
      continue;
    }
    yield* sweep(d, e, u, v, m, n, start, end);
  }
}

function zeroWithin(d: Float64Array, start: number, end: number, floor: number): number {
  for (let k = end; k >= start; k--) if (Math.abs(d[k]) <= floor) return k;
  return -1;
}

/** d[zero] is 0: rotations with the rows below take e[zero] away. */
function clearRow(d: Float64Array, e: Float64Array, u: Float64Array, m: number, zero: number, end: number): void {
  let f = e[zero];
  e[zero] = 0;
  for (let j = zero + 1; j <= end && f !== 0; j++) {
    const { c, s, r } = givens(d[j], f);
    d[j] = r;
    if (j < end) {
      f = -s * e[j];
      e[j] *= c;
    }
    rotate(u, j * m, zero * m, m, c, s);
  }
}

/** d[end] is 0: rotations with the columns before take e[end - 1] away. */
function clearColumn(d: Float64Array, e: Float64Array, v: Float64Array, n: number, start: number, end: number): void {
  let f = e[end - 1];
  e[end - 1] = 0;
  for (let j = end - 1; j >= start && f !== 0; j--) {
    const { c, s, r } = givens(d[j], f);
    d[j] = r;
    if (j > start) {
      f = -s * e[j - 1];
      e[j - 1] *= c;
    }
    rotate(v, j * n, end * n, n, c, s);
  }
}

/** One sweep with the shift that the trailing 2 x 2 asks for. */
function* sweep(d: Float64Array, e: Float64Array, u: Float64Array, v: Float64Array, m: number, n: number, start: number, end: number): Steps<void> {
  const last = d[end];
  const before = d[end - 1];
  const above = e[end - 1];
  const half = ((before + last) * (before - last) + above * above) / 2;
  const cross = (last * above) ** 2;
  let shift = 0;
  if (half !== 0 || cross !== 0) {
    const root = Math.sqrt(half * half + cross);
    shift = cross / (half + (half < 0 ? -root : root));
  }
  let f = (d[start] + last) * (d[start] - last) + shift;
  let g = d[start] * e[start];
  for (let j = start; j < end; j++) {
    const right = givens(f, g);
    if (j > start) e[j - 1] = right.r;
    f = right.c * d[j] + right.s * e[j];
    e[j] = right.c * e[j] - right.s * d[j];
    g = right.s * d[j + 1];
    d[j + 1] *= right.c;
    rotate(v, j * n, (j + 1) * n, n, right.c, right.s);
    const left = givens(f, g);
    d[j] = left.r;
    f = left.c * e[j] + left.s * d[j + 1];
    d[j + 1] = left.c * d[j + 1] - left.s * e[j];
    if (j + 1 < end) {
      g = left.s * e[j + 1];
      e[j + 1] *= left.c;
    }
    rotate(u, j * m, (j + 1) * m, m, left.c, left.s);
    if ((j & 127) === 127) yield;
  }
  e[end - 1] = f;
  yield;
}
