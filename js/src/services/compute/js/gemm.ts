/**
 * General matrix product on packed panels (Goto & van de Geijn 2008), in f64 whatever the inputs are: one kernel that only ever sees Float64Array stays one type
 * for the compiler, and f32 products are exact in it.
 */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import type { Matrix } from '../types.js';
import { axpy, dot } from './matrix.js';

/** Columns of A in a panel, and rows of A between two places to pause. */
const KC = 256;
const MC = 64;
/** Columns of B that are packed at once: KC x NC values stay in the second-level cache. */
const NC = 512;

/** How an operand is read: element (i, j) of it is `data[i * row + j * col]`, so a transpose costs nothing. */
export interface Strided { data: Float32Array | Float64Array; rows: number; cols: number; row: number; col: number }
export const strided = ({ data, rows, cols }: Matrix): Strided => ({ data, rows, cols, row: cols, col: 1 });
export const transposed = ({ data, rows, cols }: Matrix): Strided => ({ data, rows: cols, cols: rows, row: 1, col: cols });

/** c = a b, into `c` (rows x cols of it), which need not be cleared. */
export function* gemm(a: Strided, b: Strided, c: Float32Array | Float64Array, job?: Pick<Job, 'progress'>): Steps<void> {
  const m = a.rows;
  const n = b.cols;
  const k = a.cols;
  if (m === 0 || n === 0) return;
  if (k === 0) { c.fill(0); return; }
  if (m === 1 || n === 1) { yield* vector(a, b, c, job); return; }
  const total = c instanceof Float64Array ? c : k > KC ? new Float64Array(m * n) : undefined;
  const nc = Math.min(NC, n);
  const kc = Math.min(KC, k);
  const bPanel = new Float64Array(kc * Math.ceil(nc / 4) * 4);
  const aPanel = new Float64Array(kc * 2);
  // f32 results of one panel need a block of f64 rows only.
  const block = total ?? new Float64Array(MC * n);
  for (let j0 = 0; j0 < n; j0 += NC) {
    const j1 = Math.min(n, j0 + NC);
    for (let p0 = 0; p0 < k; p0 += KC) {
      const p1 = Math.min(k, p0 + KC);
      packB(b, p0, p1, j0, j1, bPanel);
      for (let i0 = 0; i0 < m; i0 += MC) {
        const i1 = Math.min(m, i0 + MC);
        const first = p0 === 0;
        for (let i = i0; i < i1; i += 2) {
          packA(a, i, Math.min(i1, i + 2), p0, p1, aPanel);
          kernelRow(aPanel, bPanel, p1 - p0, block, (total ? i : i - i0) * n, n, i + 1 < i1, j0, j1, first);
        }
        if (!total) for (let i = i0; i < i1; i++) c.set(block.subarray((i - i0) * n + j0, (i - i0) * n + j1), i * n + j0);
        job?.progress((j0 * k + (j1 - j0) * p0) * m + (j1 - j0) * (p1 - p0) * i1, m * n * k);
        yield;
      }
    }
  }
  if (total && total !== c) c.set(total);
}

// As dot and axpy of matrix.ts, which see Float64Array alone and must go on doing so.
function dot32(a: Float32Array, at: number, b: Float64Array, n: number): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += a[at + i] * b[i];
    s1 += a[at + i + 1] * b[i + 1];
    s2 += a[at + i + 2] * b[i + 2];
    s3 += a[at + i + 3] * b[i + 3];
  }
  for (; i < n; i++) s0 += a[at + i] * b[i];
  return s0 + s1 + (s2 + s3);
}

function axpy32(s: number, x: Float32Array, at: number, y: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) y[i] += s * x[at + i];
}

/** A matrix by a vector, from either side: every value of the matrix is read once, so nothing is packed. */
function* vector(a: Strided, b: Strided, c: Float32Array | Float64Array, job?: Pick<Job, 'progress'>): Steps<void> {
  // xᵀ B is Bᵀ x.
  const [m, x]: [Strided, Strided] = b.cols === 1 ? [a, b] : [{ ...b, rows: b.cols, cols: b.rows, row: b.col, col: b.row }, { ...a, rows: a.cols, cols: 1, row: a.col, col: a.row }];
  const { rows, cols } = m;
  const by = new Float64Array(cols);
  for (let k = 0; k < cols; k++) by[k] = x.data[k * x.row];
  const sums = new Float64Array(rows);
  const byRows = m.col === 1;
  const [count, length] = byRows ? [rows, cols] : [cols, rows];
  const { data } = m;
  const pause = Math.ceil((1 << 18) / length);
  for (let i = 0; i < count; i++) {
    if (byRows) sums[i] = data instanceof Float32Array ? dot32(data, i * length, by, length) : dot(data, i * length, by, 0, length);
    else if (data instanceof Float32Array) axpy32(by[i], data, i * length, sums, length);
    else axpy(by[i], data, i * length, sums, 0, length);
    if (i % pause === 0) { job?.progress(i, count); yield; }
  }
  c.set(sums);
}

/** Four columns side by side, padded with zeros. */
function packB(b: Strided, p0: number, p1: number, j0: number, j1: number, into: Float64Array): void {
  const { data, row, col } = b;
  let at = 0;
  for (let j = j0; j < j1; j += 4) {
    const width = Math.min(4, j1 - j);
    if (width === 4) {
      for (let p = p0; p < p1; p++, at += 4) {
        const from = p * row + j * col;
        into[at] = data[from];
        into[at + 1] = data[from + col];
        into[at + 2] = data[from + 2 * col];
        into[at + 3] = data[from + 3 * col];
      }
    } else {
      for (let p = p0; p < p1; p++, at += 4) {
        for (let t = 0; t < 4; t++) into[at + t] = t < width ? data[p * row + (j + t) * col] : 0;
      }
    }
  }
}

/** Two rows side by side. */
function packA(a: Strided, i0: number, i1: number, p0: number, p1: number, into: Float64Array): void {
  const { data, row, col } = a;
  const two = i1 - i0 === 2;
  for (let p = p0, at = 0, from = i0 * row + p0 * col; p < p1; p++, at += 2, from += col) {
    into[at] = data[from];
    into[at + 1] = two ? data[from + row] : 0;
  }
}

/** Two rows of c over the packed columns j0..j1. */
function kernelRow(a: Float64Array, b: Float64Array, kc: number, c: Float64Array, at: number, n: number, two: boolean, j0: number, j1: number, first: boolean): void {
  let d = 0;
  for (let j = j0; j < j1; j += 4) {
    let p0 = 0, p1 = 0, p2 = 0, p3 = 0, q0 = 0, q1 = 0, q2 = 0, q3 = 0;
    for (let p = 0, s = 0; p < kc; p++, d += 4, s += 2) {
      const x = a[s], y = a[s + 1], b0 = b[d], b1 = b[d + 1], b2 = b[d + 2], b3 = b[d + 3];
      p0 += x * b0; p1 += x * b1; p2 += x * b2; p3 += x * b3;
      q0 += y * b0; q1 += y * b1; q2 += y * b2; q3 += y * b3;
    }
    const width = Math.min(4, j1 - j);
    store(c, at + j, width, first, p0, p1, p2, p3);
    if (two) store(c, at + n + j, width, first, q0, q1, q2, q3);
  }
}

function store(c: Float64Array, at: number, width: number, first: boolean, v0: number, v1: number, v2: number, v3: number): void {
  if (width === 4) {
    if (first) { c[at] = v0; c[at + 1] = v1; c[at + 2] = v2; c[at + 3] = v3; }
    else { c[at] += v0; c[at + 1] += v1; c[at + 2] += v2; c[at + 3] += v3; }
    return;
  }
  const values = [v0, v1, v2, v3];
  for (let t = 0; t < width; t++) c[at + t] = (first ? 0 : c[at + t]) + values[t];
}

/** c = a bᵀ and the like for callers that have one matrix and want its Gram matrix: only half is computed. `into` is n x n for the n rows of `rows`. */
export function* gram(rows: Float64Array, n: number, d: number, into: Float64Array): Steps<void> {
  for (let i = 0; i < n; i += 2) {
    gramRows(rows, n, d, i, into);
    if ((i & 14) === 0) yield;
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) into[i * n + j] = into[j * n + i];
}

/** Rows i and i + 1 against all from i on, four at a time. */
function gramRows(x: Float64Array, n: number, d: number, i: number, into: Float64Array): void {
  const a = i * d;
  const two = i + 1 < n;
  const b = two ? a + d : a;
  for (let j = i; j < n; j += 2) {
    const other = j * d;
    const next = j + 1 < n ? other + d : other;
    let s0 = 0, s1 = 0, t0 = 0, t1 = 0;
    for (let p = 0; p < d; p++) {
      const u = x[a + p], v = x[b + p], w = x[other + p], z = x[next + p];
      s0 += u * w; s1 += u * z; t0 += v * w; t1 += v * z;
    }
    into[i * n + j] = s0;
    if (j + 1 < n) into[i * n + j + 1] = s1;
    if (two) {
      into[(i + 1) * n + j] = t0;
      if (j + 1 < n) into[(i + 1) * n + j + 1] = t1;
    }
  }
}
