/**
 * Durations counted in log-linear buckets: each octave of milliseconds is cut into 16 equal parts, so a percentile is at most 1/32 away from
 * the truth, any number of calls takes 2.5 kB, and histograms of several threads or processes add up. The idea is HdrHistogram's
 * (Gil Tene); the bucket is read from the bits of the double, so that a record costs a few nanoseconds and allocates nothing.
 */
const PARTS_BITS = 4;
const PARTS = 1 << PARTS_BITS;
/** 2^-14 ms are 61 ns; 2^26 ms are 18 hours. What lies beyond is counted at the end. */
const LEAST = -14;
const OCTAVES = 40;
const BUCKETS = OCTAVES * PARTS;
/** The exponent's and the first bits of the fraction of 2^LEAST, as they stand in the upper word. */
const FIRST = (1023 + LEAST) << PARTS_BITS;

const float = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ new Uint32Array(float.buffer);
/** Which of the two words is the upper one: 1 where the host is little-endian. */
const UPPER = /* @__PURE__ */ new Uint8Array(/* @__PURE__ */ new Uint32Array([1]).buffer)[0];

const lowerEdge = (bucket: number): number => 2 ** (LEAST + (bucket >> PARTS_BITS)) * (1 + (bucket & (PARTS - 1)) / PARTS);

/** A histogram as plain data: buckets that hold something, each by its number. */
export interface HistogramData {
  count: number;
  /** Of them, how many took less than the clock can tell. */
  below: number;
  totalMs: number;
  maxMs: number;
  resolutionMs: number;
  buckets: [bucket: number, count: number][];
}

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #resolution: number;
  count = 0;
  below = 0;
  totalMs = 0;
  maxMs = 0;

  /** @param resolutionMs what the clock can resolve: shorter times have no percentile */
  constructor(resolutionMs = 0) {
    this.#resolution = resolutionMs;
  }

  /** @param ms 0 or more */
  record(ms: number): void {
    this.count++;
    this.totalMs += ms;
    if (ms > this.maxMs) this.maxMs = ms;
    if (ms < this.#resolution || ms === 0) { this.below++; return; }
    float[0] = ms;
    const bucket = (words[UPPER] >>> (20 - PARTS_BITS)) - FIRST;
    this.#counts[bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1]++;
  }

  /**
   * @param q 0..1
   * @returns milliseconds; null where nothing was recorded, or where the clock can not tell so short a time
   */
  percentile(q: number): number | null {
    const rank = Math.max(1, Math.ceil(q * this.count));
    if (this.count === 0 || rank <= this.below) return null;
    let seen = this.below;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket];
      // The middle of the bucket; never more than was measured.
      if (seen >= rank) return Math.min(this.maxMs, (lowerEdge(bucket) + lowerEdge(bucket + 1)) / 2);
    }
    return this.maxMs;
  }

  /** How many took less than 2^exponent ms. Those below the clock's resolution count from that resolution on. */
  under(exponent: number): number {
    let seen = 2 ** exponent >= this.#resolution ? this.below : 0;
    const end = Math.min(BUCKETS, Math.max(0, (exponent - LEAST) * PARTS));
    for (let bucket = 0; bucket < end; bucket++) seen += this.#counts[bucket];
    return seen;
  }

  merge(other: Histogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#counts[bucket] += other.#counts[bucket];
    this.#add(other);
    this.#resolution = Math.max(this.#resolution, other.#resolution);
  }

  #add({ count, below, totalMs, maxMs }: { count: number; below: number; totalMs: number; maxMs: number }): void {
    this.count += count;
    this.below += below;
    this.totalMs += totalMs;
    this.maxMs = Math.max(this.maxMs, maxMs);
  }

  toJSON(): HistogramData {
    const buckets: [number, number][] = [];
    this.#counts.forEach((count, bucket) => { if (count > 0) buckets.push([bucket, count]); });
    const { count, below, totalMs, maxMs } = this;
    return { count, below, totalMs, maxMs, resolutionMs: this.#resolution, buckets };
  }

  /** What `toJSON` gave, in this thread or another one. */
  static from(data: HistogramData): Histogram {
    const made = new Histogram(data.resolutionMs);
    for (const [bucket, count] of data.buckets) made.#counts[bucket] = count;
    made.#add(data);
    return made;
  }
}
