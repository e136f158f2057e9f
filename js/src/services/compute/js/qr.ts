/** QR by Householder reflections, on columns stored one after the other so that every loop runs over neighbours (Golub & Van Loan 5.2). */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import type { Matrix } from '../types.js';
import { axpy, checkFinite, dot, isF32, matrixOf, negate, reflector, scaleOf, toDoubles, transpose } from './matrix.js';

/** @throws ServiceError NOT_FINITE */
export function* qr(a: Matrix, job: Job): Steps<{ q: Matrix; r: Matrix }> {
  checkFinite(a, 'the matrix');
  const { rows: m, cols: n } = a;
  const least = Math.min(m, n);
  const w = transpose(toDoubles(a.data), m, n);
  const scale = scaleOf(w);
  for (let i = 0; i < w.length; i++) w[i] /= scale;
  yield;
  const taus = new Float64Array(least);
  const diagonal = new Float64Array(least);
  for (let k = 0; k < least; k++) {
    const v = k * m + k;
    const { tau, beta } = reflector(w, v, m - k);
    taus[k] = tau;
    diagonal[k] = beta;
    for (let j = k + 1; tau !== 0 && j < n; j++) axpy(-tau * dot(w, v, w, j * m + k, m - k), w, v, w, j * m + k, m - k);
    job.progress(k + 1, 2 * least);
    yield;
  }
  const r = new Float64Array(least * n);
  for (let k = 0; k < least; k++) {
    r[k * n + k] = diagonal[k] * scale;
    for (let j = k + 1; j < n; j++) r[k * n + j] = w[j * m + k] * scale;
  }
  const q = yield* accumulate(w, taus, m, least);
  for (let k = 0; k < least; k++) {
    if (r[k * n + k] >= 0) continue;
    negate(r, k * n + k, n - k);
    negate(q, k * m, m);
  }
  job.progress(least, least);
  return { q: matrixOf(transpose(q, least, m), m, least, isF32(a)), r: matrixOf(r, least, n, isF32(a)) };
}

/** The product of the reflectors in w (column k from place k on), its first `least` columns one after the other. */
export function* accumulate(w: Float64Array, taus: Float64Array, m: number, least: number): Steps<Float64Array> {
  const q = new Float64Array(least * m);
  for (let k = least - 1; k >= 0; k--) {
    const v = k * m + k;
    q[v] = 1;
    if (taus[k] === 0) continue;
    for (let j = k; j < least; j++) axpy(-taus[k] * dot(w, v, q, j * m + k, m - k), w, v, q, j * m + k, m - k);
    yield;
  }
  return q;
}
