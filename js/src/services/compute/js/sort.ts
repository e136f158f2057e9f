/** Least-significant-digit radix sort in digits of 11 bits (Knuth 5.2.5), over the order-preserving bits of the numbers; short inputs by the host. */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import type { Sortable } from '../types.js';

const BITS = 11;
const RADIX = 1 << BITS;
const MASK = RADIX - 1;
/** Values between two places to pause. */
const PIECE = 1 << 18;
/** Below this the host's own sort is quicker. */
const SHORT = 4096;

export function* sort<T extends Sortable>(values: T, descending: boolean, job: Pick<Job, 'progress'>): Steps<T> {
  const sorted = (yield* ascending(values, job)) as T;
  if (!descending) return sorted;
  // NaN stays at the end.
  sorted.subarray(0, numbersIn(sorted)).reverse();
  return sorted;
}

/** How many come before the NaNs. */
export function numbersIn(sorted: Sortable): number {
  let end = sorted.length;
  while (end > 0 && sorted[end - 1] !== sorted[end - 1]) end--;
  return end;
}

function* ascending(values: Sortable, job: Pick<Job, 'progress'>): Steps<Sortable> {
  if (values.length < SHORT) return values.slice().sort();
  if (values instanceof Float64Array) return yield* sortF64(values, job);
  return yield* sort32(values, job);
}

// ── 64 bits ──

/** Values move as they are, their keys are read from the same memory; NaN, whose bits a move may change, stands aside. */
function* sortF64(values: Float64Array, job: Pick<Job, 'progress'>): Steps<Float64Array> {
  let from = new Float64Array(values.length);
  let n = 0;
  for (let at = 0; at < values.length; at += PIECE) { n = copyNumbers(values, at, Math.min(values.length, at + PIECE), from, n); yield; }
  let to = new Float64Array(values.length);
  const counts = new Uint32Array(6 * RADIX);
  for (let at = 0; at < n; at += PIECE) { countF64(new Uint32Array(from.buffer), at, Math.min(n, at + PIECE), counts); yield; }
  for (let digit = 0; digit < 6; digit++) {
    const starts = counts.subarray(digit * RADIX, (digit + 1) * RADIX);
    if (!startsOf(starts, n)) continue;
    const words = new Uint32Array(from.buffer);
    for (let at = 0; at < n; at += PIECE) { scatterF64(from, words, to, at, Math.min(n, at + PIECE), digit, starts); yield; }
    [from, to] = [to, from];
    job.progress(digit, 6);
  }
  from.fill(NaN, n);
  return from;
}

function copyNumbers(values: Float64Array, start: number, end: number, into: Float64Array, at: number): number {
  for (let i = start; i < end; i++) { const v = values[i]; if (v === v) into[at++] = v; }
  return at;
}

function countF64(words: Uint32Array, start: number, end: number, counts: Uint32Array): void {
  for (let i = start; i < end; i++) {
    const h = words[2 * i + 1] | 0;
    const sign = h >> 31;
    const high = h ^ (sign | 0x80000000);
    const low = words[2 * i] ^ sign;
    counts[low & MASK]++;
    counts[RADIX + ((low >>> 11) & MASK)]++;
    counts[2 * RADIX + ((low >>> 22) | ((high & 1) << 10))]++;
    counts[3 * RADIX + ((high >>> 1) & MASK)]++;
    counts[4 * RADIX + ((high >>> 12) & MASK)]++;
    counts[5 * RADIX + (high >>> 23)]++;
  }
}

/** Counts to places; false where all values share the digit. */
function startsOf(counts: Uint32Array, n: number): boolean {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    if (count === n) return false;
    counts[i] = sum;
    sum += count;
  }
  return true;
}

/** Bits 0..10, 11..21, 22..32, 33..43, 44..54, 55..63. */
function scatterF64(from: Float64Array, words: Uint32Array, to: Float64Array, start: number, end: number, digit: number, starts: Uint32Array): void {
  if (digit < 2) {
    const shift = digit * BITS;
    for (let i = start; i < end; i++) to[starts[((words[2 * i] ^ ((words[2 * i + 1] | 0) >> 31)) >>> shift) & MASK]++] = from[i];
  } else if (digit === 2) {
    for (let i = start; i < end; i++) {
      const h = words[2 * i + 1] | 0;
      const sign = h >> 31;
      to[starts[((words[2 * i] ^ sign) >>> 22) | (((h ^ sign) & 1) << 10)]++] = from[i];
    }
  } else {
    const shift = digit === 3 ? 1 : digit === 4 ? 12 : 23;
    for (let i = start; i < end; i++) {
      const h = words[2 * i + 1] | 0;
      to[starts[((h ^ ((h >> 31) | 0x80000000)) >>> shift) & MASK]++] = from[i];
    }
  }
}

// ── 32 bits ──

/** Keys whose unsigned order is that of the values; NaN last. */
export function keys32(values: Float32Array | Int32Array | Uint32Array): Uint32Array<ArrayBuffer> {
  const n = values.length;
  const keys = new Uint32Array(n);
  if (values instanceof Float32Array) {
    keys.set(new Uint32Array(values.slice().buffer));
    for (let i = 0; i < n; i++) {
      const v = values[i];
      const bits = keys[i] | 0;
      keys[i] = v === v ? bits ^ ((bits >> 31) | 0x80000000) : 0xffffffff;
    }
  } else if (values instanceof Int32Array) {
    for (let i = 0; i < n; i++) keys[i] = values[i] ^ 0x80000000;
  } else keys.set(values);
  return keys;
}

function fromKeys(keys: Uint32Array, like: Sortable): Sortable {
  if (like instanceof Uint32Array) return keys;
  const n = keys.length;
  if (like instanceof Int32Array) {
    for (let i = 0; i < n; i++) keys[i] ^= 0x80000000;
    return new Int32Array(keys.buffer);
  }
  for (let i = 0; i < n; i++) {
    const key = keys[i];
    keys[i] = key === 0xffffffff ? 0x7fc00000 : key ^ (key >>> 31 ? 0x80000000 : 0xffffffff);
  }
  return new Float32Array(keys.buffer);
}

function* sort32(values: Float32Array | Int32Array | Uint32Array, job: Pick<Job, 'progress'>): Steps<Sortable> {
  const n = values.length;
  let from = keys32(values);
  yield;
  let to = new Uint32Array(n);
  const counts = new Uint32Array(3 * RADIX);
  for (let at = 0; at < n; at += PIECE) { count32(from, at, Math.min(n, at + PIECE), counts); yield; }
  for (let digit = 0; digit < 3; digit++) {
    const starts = counts.subarray(digit * RADIX, (digit + 1) * RADIX);
    if (!startsOf(starts, n)) continue;
    for (let at = 0; at < n; at += PIECE) { scatter32(from, to, at, Math.min(n, at + PIECE), digit * BITS, starts); yield; }
    [from, to] = [to, from];
    job.progress(digit, 3);
  }
  return fromKeys(from, values);
}

export function count32(keys: Uint32Array, start: number, end: number, counts: Uint32Array): void {
  for (let i = start; i < end; i++) {
    const key = keys[i];
    counts[key & MASK]++;
    counts[RADIX + ((key >>> 11) & MASK)]++;
    counts[2 * RADIX + (key >>> 22)]++;
  }
}

function scatter32(from: Uint32Array, to: Uint32Array, start: number, end: number, shift: number, starts: Uint32Array): void {
  for (let i = start; i < end; i++) { const key = from[i]; to[starts[(key >>> shift) & MASK]++] = key; }
}

// ── places ──

/** Places in the order of `sort`, equal values in theirs. */
export function* argsort(values: Sortable, descending: boolean, job: Pick<Job, 'progress'>): Steps<Uint32Array> {
  const n = values.length;
  const { low, high } = keysOf(values, descending);
  yield;
  let places: Uint32Array = Uint32Array.from({ length: n }, (_, i) => i);
  if (n < SHORT / 8) return places.sort((a, b) => high[a] - high[b] || (low ? low[a] - low[b] : 0) || a - b);
  // Keys move along with the places: reading them where they were would miss the cache each time.
  const words: Uint32Array[] = low ? [low, high] : [high];
  const spare: Uint32Array[] = words.map(() => new Uint32Array(n));
  let sparePlaces: Uint32Array = new Uint32Array(n);
  let passes = 0;
  for (let w = 0; w < words.length; w++) {
    const counts = new Uint32Array(3 * RADIX);
    for (let at = 0; at < n; at += PIECE) { count32(words[w], at, Math.min(n, at + PIECE), counts); yield; }
    for (let digit = 0; digit < 3; digit++) {
      const starts = counts.subarray(digit * RADIX, (digit + 1) * RADIX);
      if (!startsOf(starts, n)) continue;
      for (let at = 0; at < n; at += PIECE) { scatterPlaces(places, sparePlaces, words.slice(w), spare.slice(w), at, Math.min(n, at + PIECE), digit * BITS, starts); yield; }
      [places, sparePlaces] = [sparePlaces, places];
      for (let i = w; i < words.length; i++) [words[i], spare[i]] = [spare[i], words[i]];
      job.progress(++passes, 3 * words.length + 1);
    }
  }
  return places;
}

function scatterPlaces(places: Uint32Array, moved: Uint32Array, words: readonly Uint32Array[], next: readonly Uint32Array[], start: number, end: number, shift: number, starts: Uint32Array): void {
  const [key, high] = words;
  const [nextKey, nextHigh] = next;
  if (high === undefined) {
    for (let i = start; i < end; i++) { const k = key[i]; const to = starts[(k >>> shift) & MASK]++; nextKey[to] = k; moved[to] = places[i]; }
  } else {
    for (let i = start; i < end; i++) { const k = key[i]; const to = starts[(k >>> shift) & MASK]++; nextKey[to] = k; nextHigh[to] = high[i]; moved[to] = places[i]; }
  }
}

function keysOf(values: Sortable, descending: boolean): { low?: Uint32Array; high: Uint32Array } {
  const n = values.length;
  if (!(values instanceof Float64Array)) {
    const high = keys32(values);
    if (descending) for (let i = 0; i < n; i++) if (values[i] === values[i]) high[i] = ~high[i];
    return { high };
  }
  const low = new Uint32Array(n);
  const high = new Uint32Array(n);
  const words = new Uint32Array(values.slice().buffer);
  const turn = descending ? -1 : 0;
  for (let i = 0; i < n; i++) {
    if (values[i] !== values[i]) { low[i] = high[i] = 0xffffffff; continue; }
    const h = words[2 * i + 1] | 0;
    const sign = h >> 31;
    high[i] = h ^ (sign | 0x80000000) ^ turn;
    low[i] = words[2 * i] ^ sign ^ turn;
  }
  return { low, high };
}
