/** Lloyd's algorithm from k-means++ seeds; engine.ts says what must agree bit for bit. */
import type { Steps } from '../../../calls/steps.js';
import type { Job, Plans } from '../engine.js';
import type { Matrix } from '../types.js';
import { checkFinite, isF32, matrixOf, toDoubles } from './matrix.js';
import { interleave } from './pairwise.js';

/** Points whose sums are taken before they join the others'. */
const BLOCK = 4096;
/** Multiplications between two places to pause. */
const WORK = 1 << 20;

interface Points { x: Float64Array; n: number; d: number }

/** @throws ServiceError NOT_FINITE */
export function* kmeans(points: Matrix, { k, maxIterations, tolerance, seed }: Pick<Plans['kmeans'], 'k' | 'maxIterations' | 'tolerance' | 'seed'>, job: Job): Steps<{ centroids: Matrix; labels: Uint32Array; inertia: number; iterations: number }> {
  checkFinite(points, 'the points');
  const { rows: n, cols: d } = points;
  const all: Points = { x: toDoubles(points.data), n, d };
  yield;
  const slack = tolerance === 0 ? 0 : tolerance * meanVariance(all);
  let centroids = yield* plusPlus(all, k, random(seed));
  const labels = new Uint32Array(n).fill(k);
  const near = new Float64Array(n);
  let iterations = 0;
  for (;;) {
    const changed = yield* assign(all, centroids, k, labels, near);
    // The labels that are given back are always those of the centroids that are.
    if (!changed || iterations === maxIterations) break;
    const next = yield* means(all, k, labels, near);
    iterations++;
    let moved = 0;
    for (let i = 0; i < next.length; i++) moved += (next[i] - centroids[i]) ** 2;
    centroids = next;
    job.progress(Math.min(iterations, maxIterations - 1), maxIterations);
    if (moved <= slack) { yield* assign(all, centroids, k, labels, near); break; }
  }
  const inertia = sumOf(near);
  job.progress(maxIterations, maxIterations);
  return { centroids: matrixOf(centroids, k, d, isF32(points)), labels, inertia, iterations };
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

/** Over the columns; row by row, as the points lie in memory. */
function meanVariance({ x, n, d }: Points): number {
  const means = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) means[j] += x[i * d + j];
  for (let j = 0; j < d; j++) means[j] /= n;
  const squares = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) { const t = x[i * d + j] - means[j]; squares[j] += t * t; }
  let sum = 0;
  for (let j = 0; j < d; j++) sum += squares[j] / n;
  return d === 0 ? 0 : sum / d;
}

/** mulberry32, two draws a number: 53 bits. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return () => { const high = draw() >>> 5; return (high * 2 ** 26 + (draw() >>> 6)) / 2 ** 53; };
}

function* plusPlus({ x, n, d }: Points, k: number, next: () => number): Steps<Float64Array> {
  const seeds = new Float64Array(k * d);
  const chosen = new Uint8Array(n);
  const near = new Float64Array(n).fill(Infinity);
  const rows = Math.max(1, Math.floor(WORK / Math.max(1, d)));
  let at = Math.floor(next() * n);
  for (let c = 0; ; c++) {
    chosen[at] = 1;
    seeds.set(x.subarray(at * d, (at + 1) * d), c * d);
    if (c === k - 1) return seeds;
    for (let i0 = 0; i0 < n; i0 += rows) {
      closer(x, d, i0, Math.min(n, i0 + rows), seeds, c * d, near);
      yield;
    }
    const sum = sumOf(near);
    at = sum > 0 ? pick(near, n, next() * sum) : chosen.indexOf(0);
  }
}

/** Squared distances to one more seed, where it is nearer. */
function closer(x: Float64Array, d: number, i0: number, i1: number, seeds: Float64Array, at: number, near: Float64Array): void {
  for (let i = i0; i < i1; i++) {
    let sum = 0;
    for (let j = 0, p = i * d; j < d; j++) { const t = x[p + j] - seeds[at + j]; sum += t * t; }
    if (sum < near[i]) near[i] = sum;
  }
}

/** The first point at which the running sum is above `limit`; rounding may leave none, then the last that has any distance. */
function pick(near: Float64Array, n: number, limit: number): number {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < n; i++) {
    if (near[i] === 0) continue;
    sum += near[i];
    last = i;
    if (sum > limit) return i;
  }
  return last;
}

/** Labels and squared distances; whether a label changed. */
function* assign({ x, n, d }: Points, centroids: Float64Array, k: number, labels: Uint32Array, near: Float64Array): Steps<boolean> {
  const packed = interleave(centroids, k, d);
  const rows = Math.max(2, Math.floor(WORK / (k * Math.max(1, d))) & ~1);
  let changed = false;
  for (let i0 = 0; i0 < n; i0 += rows) {
    if (assignRows(x, packed, d, k, i0, Math.min(n, i0 + rows), labels, near)) changed = true;
    yield;
  }
  return changed;
}

/** Two points against four centroids at a time. Padding repeats the last centroid, which can not win over itself. */
function assignRows(x: Float64Array, packed: Float64Array, d: number, k: number, i0: number, i1: number, labels: Uint32Array, near: Float64Array): boolean {
  let changed = false;
  for (let i = i0; i < i1; i += 2) {
    const other = Math.min(i + 1, i1 - 1);
    const p = i * d, q = other * d;
    let best = Infinity, second = Infinity, label = 0, label2 = 0;
    for (let c = 0, at = 0; c < k; c += 4) {
      let p0 = 0, p1 = 0, p2 = 0, p3 = 0, q0 = 0, q1 = 0, q2 = 0, q3 = 0;
      for (let j = 0; j < d; j++, at += 4) {
        const u = x[p + j], v = x[q + j], y0 = packed[at], y1 = packed[at + 1], y2 = packed[at + 2], y3 = packed[at + 3];
        let t = u - y0; p0 += t * t; t = u - y1; p1 += t * t; t = u - y2; p2 += t * t; t = u - y3; p3 += t * t;
        t = v - y0; q0 += t * t; t = v - y1; q1 += t * t; t = v - y2; q2 += t * t; t = v - y3; q3 += t * t;
      }
      if (p0 < best) { best = p0; label = c; }
      if (p1 < best) { best = p1; label = c + 1; }
      if (p2 < best) { best = p2; label = c + 2; }
      if (p3 < best) { best = p3; label = c + 3; }
      if (q0 < second) { second = q0; label2 = c; }
      if (q1 < second) { second = q1; label2 = c + 1; }
      if (q2 < second) { second = q2; label2 = c + 2; }
      if (q3 < second) { second = q3; label2 = c + 3; }
    }
    if (labels[i] !== label) { labels[i] = label; changed = true; }
    near[i] = best;
    if (other !== i) {
      if (labels[other] !== label2) { labels[other] = label2; changed = true; }
      near[other] = second;
    }
  }
  return changed;
}

function sumBlock(x: Float64Array, d: number, i0: number, i1: number, labels: Uint32Array, block: Float64Array): void {
  for (let i = i0; i < i1; i++) {
    const to = labels[i] * d;
    for (let j = 0, p = i * d; j < d; j++) block[to + j] += x[p + j];
  }
}

/** The means of the clusters. One that is empty takes the point that lies farthest from its own centroid, the first of equals, out of a cluster that has others. */
function* means({ x, n, d }: Points, k: number, labels: Uint32Array, near: Float64Array): Steps<Float64Array> {
  const counts = new Uint32Array(k);
  for (let i = 0; i < n; i++) counts[labels[i]]++;
  for (let c = 0; c < k; c++) {
    if (counts[c] > 0) continue;
    let far = -1;
    for (let i = 0; i < n; i++) if (counts[labels[i]] > 1 && (far < 0 || near[i] > near[far])) far = i;
    counts[labels[far]]--;
    labels[far] = c;
    counts[c] = 1;
    near[far] = 0;
  }
  const total = new Float64Array(k * d);
  const block = new Float64Array(k * d);
  for (let i0 = 0; i0 < n; i0 += BLOCK) {
    const i1 = Math.min(n, i0 + BLOCK);
    block.fill(0);
    sumBlock(x, d, i0, i1, labels, block);
    for (let j = 0; j < total.length; j++) total[j] += block[j];
    yield;
  }
  for (let c = 0; c < k; c++) { const weight = 1 / counts[c]; for (let j = 0; j < d; j++) total[c * d + j] *= weight; }
  return total;
}
