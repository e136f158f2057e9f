/**
 * A 1-bit sieve before the exact scores: it reads a 32nd of the bytes and rules out nearly every row.
 *
 * Each row keeps the signs of x - c (c = mean of the rows) and two numbers. The query stays unquantised: for every byte of
 * signs a table holds the sum of +-q for its 256 values, so a dot product costs a lookup per eight components. As in RaBitQ
 * (J. Gao, C. Long, "RaBitQ: quantizing high-dimensional vectors with a theoretical error bound", SIGMOD 2024, arXiv:2405.12497; here
 * without the random rotation) the estimate of (x - c)q is factor * sum(+-q) and its error has a known size per row, so how many
 * rows need exact scores follows from the query and the data: few on text embeddings, many on random vectors, and the
 * answer stays good on both without a candidate count to tune.
 */
import { host } from '../../../host/index.js';
import type { Metric } from '../engine.js';
import type { ExactSearch } from './exact-search.js';
import { FloatRows } from './rows.js';
import { Segments } from './segments.js';
import type { Table } from './table.js';
import { TopK } from '../top-k.js';

/** Below these a plain scan is as fast. */
const LEAST_ROWS = 1000;
const LEAST_DIMENSIONS = 64;
/** Standard errors that a row's estimate may be wrong by; measured: recall@10 1.000 on text, 0.999 on random vectors. */
const DEVIATIONS = 3;
/** Rows at most that the mean is taken from. */
const SAMPLE = 4096;
/** Rows encoded before the clock is read again. */
const BATCH = 256;
/** Table entries are 16-bit integers. */
const LARGEST_ENTRY = 32000;

export class SignFilter {
  private readonly table: Table;
  private readonly metric: Metric;
  private readonly rows: FloatRows;
  private readonly codes: Segments<Uint8Array>;
  /** Per row: factor, and the standard error of the estimate for a query of length 1. */
  private readonly factors: Segments<Float64Array>;
  private readonly mean: Float64Array;
  private readonly lookup: Int16Array;
  private readonly sums = new Float64Array(256);
  private bounds = new Float64Array(0);
  private readonly first = new TopK();
  /** Rows [0, coded) have codes, relative to a mean taken when there were `meanOf` rows. */
  private coded = 0;
  private meanOf = 0;
  /** Rows when memory for codes was refused: not tried again ahead of searches before more come. */
  private refusedAt = -1;

  constructor(table: Table, rows: FloatRows, metric: Metric) {
    this.table = table;
    this.rows = rows;
    this.metric = metric;
    const bytes = (table.dimensions + 7) >>> 3;
    this.codes = new Segments((length) => new Uint8Array(length), bytes, rows.shift);
    this.factors = new Segments((length) => new Float64Array(length), 2, rows.shift);
    this.mean = new Float64Array(table.stride);
    this.lookup = new Int16Array(bytes * 256);
  }

  /** Whether a search among so many rows is answered by it. */
  pays(k: number, matching: number): boolean {
    return this.metric !== 'hamming' && this.table.dimensions >= LEAST_DIMENSIONS && matching >= LEAST_ROWS && matching >= 16 * k;
  }

  get bytes(): number {
    return this.codes.bytes + this.factors.bytes + this.bounds.byteLength + this.lookup.byteLength;
  }

  /** After rows were renumbered. */
  reset(): void {
    this.coded = 0;
    this.meanOf = 0;
    this.codes.trim(0);
    this.factors.trim(0);
    this.bounds = new Float64Array(0);
  }

  /** After a row was overwritten. */
  changed(slot: number): void {
    if (slot < this.coded) this.encode(slot);
  }

  /** Offers the best k of the slots in `mask` for the query held by `exact`. False when it can not tell: scan then. */
  search(exact: ExactSearch, k: number, mask: Uint32Array, words: number, top: TopK): boolean {
    if (!this.prepare()) return false;
    const scale = this.tabulate(exact.query);
    if (scale === 0) return false;
    const { first, bounds, table } = this;
    first.reset(Math.max(32, 2 * k));
    let offset = 0;
    for (let j = 0; j < table.stride; j++) offset += exact.query[j] * this.mean[j];
    const wordsPerPart = 1 << (this.rows.shift - 5);
    for (let from = 0; from < words; from += wordsPerPart) this.bound(mask, from, Math.min(words, from + wordsPerPart), offset, 1 / scale, exact.queryNorm);
    const count = first.finish();
    for (let i = 0; i < count; i++) {
      const slot = first.slots[i];
      bounds[slot] = -Infinity;
      top.offer(exact.score(slot), slot);
    }
    let least = this.keyOf(top.threshold, exact.queryNorm);
    for (let w = 0; w < words; w++) {
      for (let word = mask[w] | 0; word !== 0; word &= word - 1) {
        const slot = (w << 5) + 31 - Math.clz32(word & -word);
        if (bounds[slot] < least || bounds[slot] === -Infinity) continue;
        const before = top.threshold;
        if (top.offer(exact.score(slot), slot) !== before) least = this.keyOf(top.threshold, exact.queryNorm);
      }
    }
    return true;
  }

  /** Rows whose codes the next search would have to make. */
  get missing(): number {
    const { count, live } = this.table;
    if (this.refusedAt === count || !this.pays(1, live.count)) return 0;
    return count >= 2 * this.meanOf ? count : count - this.coded;
  }

  /**
   * Codes for the rows that came since, all again when the rows have doubled and the mean may have moved. Stops when the time is up.
   * False when memory is refused.
   */
  prepare(end = Infinity): boolean {
    const { table } = this;
    if (!this.reserve()) {
      this.refusedAt = table.count;
      return false;
    }
    this.refusedAt = -1;
    if (table.count >= 2 * this.meanOf) {
      this.centre();
      this.meanOf = table.count;
      this.coded = 0;
    }
    while (this.coded < table.count) {
      this.encode(this.coded++);
      if (this.coded % BATCH === 0 && end < Infinity && host.now() >= end) break;
    }
    return true;
  }

  private reserve(): boolean {
    const { table } = this;
    try {
      this.codes.reserve(table.count);
      this.factors.reserve(table.count);
      if (this.bounds.length < table.count) this.bounds = new Float64Array(Math.max(table.count, 2 * this.bounds.length));
    } catch (error) {
      if (error instanceof RangeError) return false; // no memory for the codes: a scan needs none
      throw error;
    }
    return true;
  }

  private centre(): void {
    const { mean, rows, table } = this;
    const step = Math.max(1, Math.floor(table.count / SAMPLE));
    let taken = 0;
    mean.fill(0);
    for (let slot = 0; slot < table.count; slot += step) {
      const part = rows.segments.part(slot), at = rows.segments.offset(slot);
      for (let j = 0; j < mean.length; j++) mean[j] += part[at + j];
      taken++;
    }
    for (let j = 0; j < mean.length; j++) mean[j] /= taken;
  }

  private encode(slot: number): void {
    const { mean } = this, { dimensions } = this.table;
    const part = this.rows.segments.part(slot), at = this.rows.segments.offset(slot);
    const codes = this.codes.part(slot), to = this.codes.offset(slot);
    let magnitude = 0, square = 0;
    for (let j = 0, b = to; j < dimensions; j += 8, b++) {
      let code = 0;
      for (let bit = 0; bit < 8; bit++) {
        const r = part[at + j + bit] - mean[j + bit];
        if (r > 0) { code |= 1 << bit; magnitude += r; } else magnitude -= r;
        square += r * r;
      }
      codes[b] = code;
    }
    const factors = this.factors.part(slot), f = this.factors.offset(slot);
    const factor = magnitude === 0 ? 0 : square / magnitude;
    factors[f] = factor;
    // The part of x - c that its signs do not carry, spread evenly over the other dimensions.
    factors[f + 1] = Math.sqrt(Math.max(0, factor * factor * dimensions - square) / (dimensions - 1));
  }

  /** Fills the lookup table; returns the scale of its integers, 0 for a query of zeros. */
  private tabulate(query: Float64Array): number {
    const { lookup, sums } = this;
    let largest = 0;
    for (let j = 0; j < query.length; j += 8) {
      let sum = 0;
      for (let bit = 0; bit < 8; bit++) sum += Math.abs(query[j + bit]);
      largest = Math.max(largest, sum);
    }
    if (largest === 0) return 0;
    const scale = LARGEST_ENTRY / largest;
    for (let b = 0; b < this.codes.width; b++) {
      let sum = 0;
      for (let bit = 0; bit < 8; bit++) sum -= query[8 * b + bit];
      sums[0] = sum * scale;
      lookup[b << 8] = Math.round(sums[0]);
      for (let code = 1; code < 256; code++) {
        const bit = 31 - Math.clz32(code & -code);
        const value = sums[code & (code - 1)] + 2 * scale * query[8 * b + bit];
        sums[code] = value;
        lookup[(b << 8) | code] = Math.round(value);
      }
    }
    return scale;
  }

  /** Writes how good each row of the words [from, to) may be, in the terms of `keyOf`, and offers it to `first`. All lie in one segment. */
  private bound(mask: Uint32Array, from: number, to: number, offset: number, unit: number, queryNorm: number): void {
    const { lookup, bounds, first } = this, start = from << 5, width = this.codes.width;
    const codes = this.codes.part(start), factors = this.factors.part(start), norms = this.table.norms!.part(start);
    const isCosine = this.metric === 'cosine', isL2 = this.metric === 'l2sq', margin = DEVIATIONS * queryNorm;
    let threshold = first.threshold;
    for (let w = from; w < to; w++) {
      for (let word = mask[w] | 0; word !== 0; word &= word - 1) {
        const slot = (w << 5) + 31 - Math.clz32(word & -word), row = slot - start;
        const sum = lookUp(lookup, codes, row * width, width);
        let key = offset + factors[2 * row] * (unit * sum) + margin * factors[2 * row + 1];
        const norm = norms[row];
        if (isCosine) key = norm === 0 ? 0 : key / norm;
        else if (isL2) key = 2 * key - norm * norm;
        bounds[slot] = key;
        if (key >= threshold) threshold = first.offer(key, slot);
      }
    }
  }

  /** The key that a row of this score has: qx for dot, qx / |x| for cosine, 2qx - |x|^2 for l2sq. */
  private keyOf(score: number, queryNorm: number): number {
    if (score === -Infinity || this.metric === 'dot') return score;
    return this.metric === 'cosine' ? score * queryNorm : queryNorm * queryNorm - (1 / score - 1);
  }
}

/** Sum of the table entries of a row's code bytes. */
function lookUp(lookup: Int16Array, codes: Uint8Array, at: number, width: number): number {
  let s0 = 0, s1 = 0, b = 0, o = at | 0;
  for (; b + 3 < width; b += 4, o += 4) {
    s0 += lookup[(b << 8) | codes[o]] + lookup[((b + 1) << 8) | codes[o + 1]];
    s1 += lookup[((b + 2) << 8) | codes[o + 2]] + lookup[((b + 3) << 8) | codes[o + 3]];
  }
  for (; b < width; b++, o++) s0 += lookup[(b << 8) | codes[o]];
  return s0 + s1;
}
