/** Counts, extremes and moments in one read: moments of blocks that lie in the cache, joined by Pébay's formulas (Sandia report 2008-6212). */
import type { Steps } from '../../../calls/steps.js';
import type { Job, Numbers, Outcomes } from '../engine.js';
import { quantiles } from './quantiles.js';
import { widen, type Range } from './range.js';
import { add, total, twoSum, type Sum } from './sums.js';

const BLOCK = 4096;
const BLOCKS_A_STEP = 64;

interface Moments { n: number; mean: number; m2: number; m3: number; m4: number }

export function* describe(values: Numbers, asked: readonly number[], job: Job): Steps<Outcomes['describe']> {
  const n = values.length;
  const block = new Float64Array(Math.min(BLOCK, n));
  const all: Moments = { n: 0, mean: 0, m2: 0, m3: 0, m4: 0 };
  const sum: Sum = { high: 0, low: 0 };
  let shift = NaN;
  const range: Range = { min: Infinity, max: -Infinity };
  for (let at = 0, blocks = 1; at < n; at += BLOCK, blocks++) {
    const count = pack(values, at, Math.min(n, at + BLOCK), block);
    if (count > 0) {
      const part = twoSum(block, 0, count);
      add(sum, part.high, part.low);
      widen(range, block, count);
      // Moments about a value of the data: far from zero the mean itself is too coarse.
      if (!(shift - shift === 0)) shift = block.subarray(0, count).find((v) => v - v === 0) ?? 0;
      join(all, centralMoments(block, count, shift));
    }
    if (blocks % BLOCKS_A_STEP === 0) { job.progress(at, n); yield; }
  }
  const { n: count, m2, m3, m4 } = all;
  const { min, max } = range;
  const sumOfAll = total(sum);
  const variance = count < 2 ? NaN : m2 / (count - 1);
  // Equal values may leave a trace of rounding; they have no spread.
  const flat = count === 0 || min === max;
  return {
    count, nanCount: n - count, sum: sumOfAll,
    min: count === 0 ? NaN : min, max: count === 0 ? NaN : max, mean: count === 0 ? NaN : flat ? min : sumOfAll / count,
    variance: flat && count >= 2 && max - min === 0 ? 0 : variance, std: flat && count >= 2 && max - min === 0 ? 0 : Math.sqrt(variance),
    skewness: flat ? NaN : (Math.sqrt(count) * m3) / m2 ** 1.5, kurtosis: flat ? NaN : (count * m4) / (m2 * m2) - 3,
    quantiles: asked.length === 0 ? [] : yield* quantiles(values, asked, count),
  };
}

/** The values of a block that are not NaN; gives their number. */
function pack(values: Numbers, start: number, end: number, into: Float64Array): number {
  into.set(start === 0 && end === values.length ? values : values.subarray(start, end));
  const n = end - start;
  let at = 0;
  for (let i = 0; i < n; i++) { const v = into[i]; into[at] = v; if (v === v) at++; }
  return at;
}

/** Of the values less `shift`, which replace them. In two lanes, which is what hides the latency of the additions. */
function centralMoments(x: Float64Array, n: number, shift: number): Moments {
  let s0 = 0, s1 = 0;
  for (let k = 0; k < n; k += 2) {
    const a = x[k] - shift;
    x[k] = a;
    s0 += a;
    if (k + 1 === n) break;
    const b = x[k + 1] - shift;
    x[k + 1] = b;
    s1 += b;
  }
  const mean = (s0 + s1) / n;
  let a2 = 0, b2 = 0, a3 = 0, b3 = 0, a4 = 0, b4 = 0;
  let i = 0;
  for (; i + 1 < n; i += 2) {
    const a = x[i] - mean, b = x[i + 1] - mean;
    const aa = a * a, bb = b * b;
    a2 += aa; b2 += bb;
    a3 += aa * a; b3 += bb * b;
    a4 += aa * aa; b4 += bb * bb;
  }
  if (i < n) { const a = x[i] - mean, aa = a * a; a2 += aa; a3 += aa * a; a4 += aa * aa; }
  return { n, mean, m2: a2 + b2, m3: a3 + b3, m4: a4 + b4 };
}

function join(all: Moments, part: Moments): void {
  if (all.n === 0) { Object.assign(all, part); return; }
  const { n: na, m2, m3 } = all;
  const nb = part.n;
  const n = na + nb;
  const delta = part.mean - all.mean;
  const shift = delta / n;
  const term = delta * shift * na * nb;
  all.m4 += part.m4 + term * shift * shift * (na * na - na * nb + nb * nb) + 6 * shift * shift * (na * na * part.m2 + nb * nb * m2) + 4 * shift * (na * part.m3 - nb * m3);
  all.m3 += part.m3 + term * shift * (na - nb) + 3 * shift * (na * part.m2 - nb * m2);
  all.m2 += part.m2 + term;
  all.mean += shift * nb;
  all.n = n;
}
