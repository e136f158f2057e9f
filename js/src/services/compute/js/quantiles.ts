/** Quantiles by selection: the top bits of the values say in which bucket a rank lies, and only the buckets asked for are sorted. */
import type { Steps } from '../../../calls/steps.js';
import type { Numbers } from '../engine.js';
import { sort } from './sort.js';

const PIECE = 1 << 18;
const BUCKETS = 1 << 16;

/** Linear between neighbouring ranks (type 7 of Hyndman & Fan 1996), over the `count` values that are not NaN. */
export function* quantiles(values: Numbers, asked: readonly number[], count: number): Steps<number[]> {
  if (count === 0) return asked.map(() => NaN);
  const ranks = asked.map((q) => { const at = q * (count - 1); const low = Math.floor(at); return { low, high: Math.min(count - 1, low + 1), part: at - low }; });
  const found = yield* select(values, [...new Set(ranks.flatMap(({ low, high }) => [low, high]))].sort((a, b) => a - b));
  return ranks.map(({ low, high, part }) => {
    const a = found.get(low)!;
    const b = found.get(high)!;
    return part === 0 || a === b ? a : a + (b - a) * part;
  });
}

interface Bucket { before: number; values: Float64Array; filled: number; ranks: number[] }

/** The values that stand at these ranks, which rise, when sorted. */
function* select(values: Numbers, ranks: readonly number[]): Steps<Map<number, number>> {
  const n = values.length;
  const block = new Float64Array(Math.min(PIECE, n));
  const words = new Uint32Array(block.buffer);
  const counts = new Uint32Array(BUCKETS);
  for (let at = 0; at < n; at += PIECE) {
    const end = Math.min(n, at + PIECE);
    block.set(values.subarray(at, end));
    count(block, words, end - at, counts);
    yield;
  }
  // Which bucket each rank lies in, and how many values lie before that bucket.
  const wanted = new Int32Array(BUCKETS).fill(-1);
  const buckets: Bucket[] = [];
  let bucket = 0;
  let before = 0;
  for (const rank of ranks) {
    while (before + counts[bucket] <= rank) before += counts[bucket++];
    if (wanted[bucket] < 0) wanted[bucket] = buckets.push({ before, values: new Float64Array(counts[bucket]), filled: 0, ranks: [] }) - 1;
    buckets[wanted[bucket]].ranks.push(rank);
  }
  for (let at = 0; at < n; at += PIECE) {
    const end = Math.min(n, at + PIECE);
    block.set(values.subarray(at, end));
    gather(block, words, end - at, wanted, buckets);
    yield;
  }
  const found = new Map<number, number>();
  for (const { before: first, values: inside, ranks: here } of buckets) {
    const sorted = yield* sort(inside, false, { progress: () => undefined });
    for (const rank of here) found.set(rank, sorted[rank - first]);
  }
  return found;
}

function gather(block: Float64Array, words: Uint32Array, n: number, wanted: Int32Array, buckets: readonly Bucket[]): void {
  for (let i = 0; i < n; i++) {
    const place = wanted[bucketOf(words[2 * i + 1] | 0)];
    if (place < 0) continue;
    const v = block[i];
    const into = buckets[place];
    if (v === v) into.values[into.filled++] = v;
  }
}

const bucketOf = (h: number): number => (h ^ ((h >> 31) | 0x80000000)) >>> 16;

function count(block: Float64Array, words: Uint32Array, n: number, counts: Uint32Array): void {
  for (let i = 0; i < n; i++) {
    const v = block[i];
    if (v === v) counts[bucketOf(words[2 * i + 1] | 0)]++;
  }
}
