/**
 * The hot loops: canonical scores of rows, and scans that offer them to a TopK.
 *
 * A row is `stride` floats (a multiple of eight; what lies beyond the dimensions is zero in row and query and adds
 * exactly nothing), so element j goes to sum j mod 8 and no tail is left. A double is what JavaScript computes in anyway,
 * and eight independent sums keep the processor's pipes full: the order of the numeric contract (../types.ts) is the fastest
 * loop too, and nothing needs scoring twice. One function per metric keeps every loop monomorphic.
 */
import type { TopK } from './top-k.js';

/** Sum of query[j] * rows[at + j]. */
export function dotRow(query: Float64Array, rows: Float32Array, at: number): number {
  const stride = query.length | 0;
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  for (let j = 0, o = at | 0; j < stride; j += 8, o += 8) {
    s0 += query[j] * rows[o]; s1 += query[j + 1] * rows[o + 1];
    s2 += query[j + 2] * rows[o + 2]; s3 += query[j + 3] * rows[o + 3];
    s4 += query[j + 4] * rows[o + 4]; s5 += query[j + 5] * rows[o + 5];
    s6 += query[j + 6] * rows[o + 6]; s7 += query[j + 7] * rows[o + 7];
  }
  return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
}

/** Sum of (query[j] - rows[at + j])^2. */
export function l2Row(query: Float64Array, rows: Float32Array, at: number): number {
  const stride = query.length | 0;
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  for (let j = 0, o = at | 0; j < stride; j += 8, o += 8) {
    const d0 = query[j] - rows[o], d1 = query[j + 1] - rows[o + 1];
    const d2 = query[j + 2] - rows[o + 2], d3 = query[j + 3] - rows[o + 3];
    const d4 = query[j + 4] - rows[o + 4], d5 = query[j + 5] - rows[o + 5];
    const d6 = query[j + 6] - rows[o + 6], d7 = query[j + 7] - rows[o + 7];
    s0 += d0 * d0; s1 += d1 * d1; s2 += d2 * d2; s3 += d3 * d3;
    s4 += d4 * d4; s5 += d5 * d5; s6 += d6 * d6; s7 += d7 * d7;
  }
  return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
}

/** Sum of squares of `count` elements (a multiple of eight) from `at`. */
export function sumOfSquares(values: Float32Array | Float64Array, at: number, count: number): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  for (let o = at; o < at + count; o += 8) {
    s0 += values[o] * values[o]; s1 += values[o + 1] * values[o + 1];
    s2 += values[o + 2] * values[o + 2]; s3 += values[o + 3] * values[o + 3];
    s4 += values[o + 4] * values[o + 4]; s5 += values[o + 5] * values[o + 5];
    s6 += values[o + 6] * values[o + 6]; s7 += values[o + 7] * values[o + 7];
  }
  return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
}

/** Differing bits of two code rows; bits counted in parallel within a word (Warren, Hacker's Delight, ch. 5). */
export function hammingRow(query: Uint32Array, codes: Uint32Array, at: number): number {
  const words = query.length | 0;
  let distance = 0;
  for (let i = 0; i < words; i++) {
    let v = query[i] ^ codes[at + i];
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    distance += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return distance;
}

/** The last step of cosine; `norm` is the product of both norms. 0 when either vector is zero. */
export function cosineOf(dot: number, norm: number): number {
  if (norm === 0) return 0;
  const cosine = dot / norm;
  return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

/** The last step of both distances. */
export function similarityOf(distance: number): number {
  return 1 / (1 + distance);
}

/*
 * Scans. Words [from, to) of `mask` say which slots (32 to a word); slot s is row s - first of `rows`.
 * Scores equal to the threshold are offered: TopK settles ties by slot.
 */

export function scanDot(rows: Float32Array, first: number, mask: Uint32Array, from: number, to: number, query: Float64Array, top: TopK): void {
  const stride = query.length | 0;
  let threshold = top.threshold;
  for (let w = from; w < to; w++) {
    for (let word = mask[w] | 0; word !== 0; word &= word - 1) {
      const slot = (w << 5) + 31 - Math.clz32(word & -word);
      const score = dotRow(query, rows, (slot - first) * stride);
      if (score >= threshold) threshold = top.offer(score, slot);
    }
  }
}

/** `norms[slot - normFirst]` is the norm of the slot's row. */
export function scanCosine(
  rows: Float32Array, first: number, mask: Uint32Array, from: number, to: number, query: Float64Array, top: TopK,
  norms: Float64Array, normFirst: number, queryNorm: number,
): void {
  const stride = query.length | 0;
  let threshold = top.threshold;
  for (let w = from; w < to; w++) {
    for (let word = mask[w] | 0; word !== 0; word &= word - 1) {
      const slot = (w << 5) + 31 - Math.clz32(word & -word);
      const score = cosineOf(dotRow(query, rows, (slot - first) * stride), queryNorm * norms[slot - normFirst]);
      if (score >= threshold) threshold = top.offer(score, slot);
    }
  }
}

export function scanL2(rows: Float32Array, first: number, mask: Uint32Array, from: number, to: number, query: Float64Array, top: TopK): void {
  const stride = query.length | 0;
  let threshold = top.threshold;
  for (let w = from; w < to; w++) {
    for (let word = mask[w] | 0; word !== 0; word &= word - 1) {
      const slot = (w << 5) + 31 - Math.clz32(word & -word);
      const score = similarityOf(l2Row(query, rows, (slot - first) * stride));
      if (score >= threshold) threshold = top.offer(score, slot);
    }
  }
}

export function scanHamming(codes: Uint32Array, first: number, mask: Uint32Array, from: number, to: number, query: Uint32Array, top: TopK): void {
  const words = query.length | 0;
  let threshold = top.threshold;
  for (let w = from; w < to; w++) {
    for (let word = mask[w] | 0; word !== 0; word &= word - 1) {
      const slot = (w << 5) + 31 - Math.clz32(word & -word);
      const score = similarityOf(hammingRow(query, codes, (slot - first) * words));
      if (score >= threshold) threshold = top.offer(score, slot);
    }
  }
}
