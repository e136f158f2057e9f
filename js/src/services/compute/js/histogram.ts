/** Counts between edges. A first guess by arithmetic, settled by the edges themselves, so that it is exact. */
import type { Steps } from '../../../calls/steps.js';
import type { Job, Numbers } from '../engine.js';
import { computeError } from '../errors.js';
import { widen, type Range } from './range.js';
import type { Histogram } from '../types.js';

/** Values a call: functions that are called often are compiled well, and the block stays in the first-level cache. */
const PIECE = 1 << 12;
const PIECES_A_STEP = 32;
/** Edges that a cell of the guide may hold. */
const MOST_IN_A_CELL = 4;

/** @throws ServiceError NOT_FINITE where bins are a number and a value is infinite */
export function* histogram(values: Numbers, bins: number | Float64Array, job: Job): Steps<Histogram> {
  const n = values.length;
  const block = new Float64Array(Math.min(PIECE, n));
  const edges = typeof bins === 'number' ? yield* equalEdges(values, bins, block) : bins.slice();
  const counts = new Float64Array(edges.length - 1);
  const whole = new Int32Array(counts.length);
  const guide = guideOf(edges);
  for (let at = 0; at < n; at += PIECE) {
    const end = Math.min(n, at + PIECE);
    const part = values instanceof Float64Array ? values.subarray(at, end) : block;
    if (part === block) block.set(values.subarray(at, end));
    if (guide) countGuided(part, end - at, edges, guide, whole);
    else countBetween(part, end - at, edges, whole);
    if (at % (PIECE * PIECES_A_STEP) === 0) { job.progress(at, n); yield; }
  }
  job.progress(n, n);
  counts.set(whole);
  return { counts, edges };
}

/** For each of many equal cells the bin in which it begins. */
interface Guide { cells: Int32Array; scale: number }

/** Undefined where the edges are too uneven for it, or not finite. */
function guideOf(edges: Float64Array): Guide | undefined {
  const bins = edges.length - 1;
  const cells = new Int32Array(bins + 1);
  const width = edges[bins] - edges[0];
  const scale = bins / width;
  if (!(scale > 0 && scale < Infinity)) return undefined;
  for (let cell = 0, bin = 0; cell <= bins; cell++) {
    // A trace into the cell: of even edges each then begins its own, and the walk below has nothing to do.
    const begin = edges[0] + ((cell + 1e-6) / bins) * width;
    const before = bin;
    while (bin < bins - 1 && edges[bin + 1] <= begin) bin++;
    if (bin - before > MOST_IN_A_CELL) return undefined;
    cells[cell] = bin;
  }
  return { cells, scale };
}

/** The cell gives the bin, or one next to it; the edges decide. */
function countGuided(x: Float64Array, n: number, edges: Float64Array, { cells, scale }: Guide, counts: Int32Array): void {
  const last = counts.length - 1;
  const min = edges[0];
  const max = edges[last + 1];
  for (let i = 0; i < n; i++) {
    const v = x[i];
    if (!(v >= min && v <= max)) continue;
    let k = cells[((v - min) * scale) | 0];
    if (v < edges[k]) { do k--; while (v < edges[k]); } else if (v >= edges[k + 1]) while (k < last && v >= edges[k + 1]) k++;
    counts[k]++;
  }
}

function* equalEdges(values: Numbers, bins: number, block: Float64Array): Steps<Float64Array> {
  const range: Range = { min: Infinity, max: -Infinity };
  for (let at = 0; at < values.length; at += PIECE) {
    const end = Math.min(values.length, at + PIECE);
    const part = values instanceof Float64Array ? values.subarray(at, end) : block;
    if (part === block) block.set(values.subarray(at, end));
    widen(range, part, end - at);
    if (at % (PIECE * PIECES_A_STEP) === 0) yield;
  }
  let { min, max } = range;
  if (min > max) { min = 0; max = 1; }
  if (min === -Infinity || max === Infinity) throw computeError('NOT_FINITE', 'a number of bins needs finite values, and there is an infinity: give the edges instead, or filter the values');
  if (min === max) { min -= 0.5; max += 0.5; }
  const step = max / bins - min / bins;
  const edges = new Float64Array(bins + 1);
  for (let i = 0; i < bins; i++) edges[i] = Math.min(max, min + i * step);
  edges[bins] = max;
  return edges;
}

function countBetween(block: Float64Array, n: number, edges: Float64Array, counts: Int32Array): void {
  const last = edges.length - 1;
  const min = edges[0];
  const max = edges[last];
  for (let i = 0; i < n; i++) {
    const v = block[i];
    if (!(v >= min && v <= max)) continue;
    let low = 0;
    let high = last;
    while (high - low > 1) { const mid = (low + high) >>> 1; if (v >= edges[mid]) low = mid; else high = mid; }
    counts[low]++;
  }
}
