/** What operations need to know of a whole column. */
import { scaleOf } from '../powers.js';
import type { Statistic } from './types.js';

/** Infinity and -Infinity where there is no number. */
export interface Bounds { min: number; max: number }

/** The least and greatest number; NaN is neither. */
export class BoundsOf implements Statistic<Bounds> {
  min = Infinity;
  max = -Infinity;
  /** @param finite infinities are left out */
  constructor(readonly finite = false) {}

  add(value: number | bigint): boolean {
    const number = Number(value);
    if (this.finite && (number === Infinity || number === -Infinity)) return true;
    if (number < this.min) this.min = number;
    if (number > this.max) this.max = number;
    return true;
  }

  result(): Bounds { return { min: this.min, max: this.max }; }
}

/** The same over numbers at once. */
export function bounds(values: ArrayLike<number>, valid: Uint8Array | undefined, finite = false): Bounds {
  let min = Infinity, max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (valid && (valid[i >>> 3] >>> (i & 7) & 1) === 0) continue;
    const value = values[i];
    if (finite && (value === Infinity || value === -Infinity)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** Of the sample, both of numbers times `scale`: a power of two, so that squares stay within the doubles. Deviation 0 where there is none. */
export interface Moments { mean: number; deviation: number; scale: number }

/** Numbers are kept: the deviation is taken from the mean, which needs all of them. */
export class MomentsOf implements Statistic<Moments> {
  #values = new Float64Array(256);
  #count = 0;

  add(value: number | bigint): boolean {
    if (this.#count === this.#values.length) {
      const more = new Float64Array(2 * this.#count);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.#count++] = Number(value);
    return true;
  }

  result(): Moments { return moments(this.#values.subarray(0, this.#count), undefined); }
}

/** In two passes; the second corrects the mean's rounding. */
export function moments(values: ArrayLike<number>, valid: Uint8Array | undefined): Moments {
  const { min, max } = bounds(values, valid), scale = scaleOf(Math.max(Math.abs(min), Math.abs(max)));
  let count = 0, sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (valid && (valid[i >>> 3] >>> (i & 7) & 1) === 0) continue;
    sum += values[i] * scale;
    count++;
  }
  if (count < 2) return { mean: sum, deviation: 0, scale };
  const mean = sum / count;
  let first = 0, second = 0;
  for (let i = 0; i < values.length; i++) {
    if (valid && (valid[i >>> 3] >>> (i & 7) & 1) === 0) continue;
    const off = values[i] * scale - mean;
    first += off;
    second += off * off;
  }
  const deviation = Math.sqrt(Math.max(0, second - first * first / count) / (count - 1));
  // Of numbers that are all the same, rounding may leave a deviation.
  return { mean: mean + first / count, deviation: deviation <= Math.abs(mean) * 1e-7 && min === max ? 0 : deviation, scale };
}
