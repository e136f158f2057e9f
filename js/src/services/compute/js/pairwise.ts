/** Distances between rows, two against four at a time, by differences: exact for equal rows, whatever their distance from the origin. */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import type { DistanceMetric, Matrix } from '../types.js';
import { isF32, matrixOf, toDoubles } from './matrix.js';

/** Values of B that are gone through for one pair of rows of A: they stay in the second-level cache. */
const TILE = 16384;

/** Four rows side by side, the last group padded with the last row. */
export function interleave(rows: Float64Array, n: number, d: number): Float64Array {
  const groups = Math.ceil(n / 4);
  const made = new Float64Array(groups * 4 * d);
  for (let g = 0; g < groups; g++) {
    for (let t = 0; t < 4; t++) {
      const from = Math.min(n - 1, g * 4 + t) * d;
      for (let j = 0, at = g * 4 * d + t; j < d; j++, at += 4) made[at] = rows[from + j];
    }
  }
  return made;
}

export function* pairwiseDistances(a: Matrix, b: Matrix | undefined, metric: DistanceMetric, job: Job): Steps<Matrix> {
  const d = a.cols;
  const m = a.rows;
  const n = b ? b.rows : m;
  const f32 = isF32(a) && (!b || isF32(b));
  const x = toDoubles(a.data);
  if (metric === 'cosine') unit(x, m, d);
  const y = b ? toDoubles(b.data) : x;
  if (b && metric === 'cosine') unit(y, n, d);
  const out = new Float64Array(m * n);
  if (m === 0 || n === 0) return matrixOf(out, m, n, f32);
  yield;
  const packed = interleave(y, n, d);
  const tile = Math.max(4, Math.floor(TILE / Math.max(1, d)) & ~3);
  const compute = metric === 'cosine' ? products : squares;
  for (let j0 = 0; j0 < n; j0 += tile) {
    const j1 = Math.min(n, j0 + tile);
    for (let i = 0; i < m; i += 2) {
      // Of a symmetric matrix the part above the diagonal is enough.
      if (!b && j1 <= i) continue;
      compute(x, packed, d, i, Math.min(i + 1, m - 1), j0, j1, out, n);
      if ((i & 31) === 0) yield;
    }
    job.progress(j1, n);
  }
  for (let i = 0; i < m; i++) {
    const row = out.subarray(i * n, (i + 1) * n);
    if (!b) for (let j = 0; j < i; j++) row[j] = out[j * n + i];
    finish(row, metric, b ? 0 : i);
    if ((i & 63) === 0) yield;
  }
  if (!b && metric === 'cosine') for (let i = 0; i < m; i++) if (out[i * n + i] < 0.5) out[i * n + i] = 0;
  return matrixOf(out, m, n, f32);
}

function finish(row: Float64Array, metric: DistanceMetric, from: number): void {
  if (metric === 'l2') for (let j = from; j < row.length; j++) row[j] = Math.sqrt(row[j]);
  else if (metric === 'cosine') for (let j = from; j < row.length; j++) row[j] = Math.max(0, Math.min(2, 1 - row[j]));
}

/** Rows to length 1; rows of zeros stay. */
function unit(x: Float64Array, n: number, d: number): void {
  for (let i = 0; i < n; i++) {
    let largest = 0;
    for (let j = i * d; j < (i + 1) * d; j++) { const v = Math.abs(x[j]); if (!(v <= largest)) largest = v; }
    if (largest === 0) continue;
    let sum = 0;
    for (let j = i * d; j < (i + 1) * d; j++) { x[j] /= largest; sum += x[j] * x[j]; }
    const length = Math.sqrt(sum);
    for (let j = i * d; j < (i + 1) * d; j++) x[j] /= length;
  }
}

/** Squared distances of rows i and i2 of x to the packed rows j0..j1. */
function squares(x: Float64Array, packed: Float64Array, d: number, i: number, i2: number, j0: number, j1: number, out: Float64Array, n: number): void {
  const p = i * d, q = i2 * d;
  let at = j0 * d;
  for (let j = j0; j < j1; j += 4) {
    let p0 = 0, p1 = 0, p2 = 0, p3 = 0, q0 = 0, q1 = 0, q2 = 0, q3 = 0;
    for (let k = 0; k < d; k++, at += 4) {
      const u = x[p + k], v = x[q + k], y0 = packed[at], y1 = packed[at + 1], y2 = packed[at + 2], y3 = packed[at + 3];
      let t = u - y0; p0 += t * t; t = u - y1; p1 += t * t; t = u - y2; p2 += t * t; t = u - y3; p3 += t * t;
      t = v - y0; q0 += t * t; t = v - y1; q1 += t * t; t = v - y2; q2 += t * t; t = v - y3; q3 += t * t;
    }
    put(out, i * n + j, j1 - j, p0, p1, p2, p3);
    put(out, i2 * n + j, j1 - j, q0, q1, q2, q3);
  }
}

/** As `squares`, dot products. */
function products(x: Float64Array, packed: Float64Array, d: number, i: number, i2: number, j0: number, j1: number, out: Float64Array, n: number): void {
  const p = i * d, q = i2 * d;
  let at = j0 * d;
  for (let j = j0; j < j1; j += 4) {
    let p0 = 0, p1 = 0, p2 = 0, p3 = 0, q0 = 0, q1 = 0, q2 = 0, q3 = 0;
    for (let k = 0; k < d; k++, at += 4) {
      const u = x[p + k], v = x[q + k], y0 = packed[at], y1 = packed[at + 1], y2 = packed[at + 2], y3 = packed[at + 3];
      p0 += u * y0; p1 += u * y1; p2 += u * y2; p3 += u * y3;
      q0 += v * y0; q1 += v * y1; q2 += v * y2; q3 += v * y3;
    }
    put(out, i * n + j, j1 - j, p0, p1, p2, p3);
    put(out, i2 * n + j, j1 - j, q0, q1, q2, q3);
  }
}

function put(out: Float64Array, at: number, width: number, v0: number, v1: number, v2: number, v3: number): void {
  out[at] = v0;
  if (width > 1) out[at + 1] = v1;
  if (width > 2) out[at + 2] = v2;
  if (width > 3) out[at + 3] = v3;
}
