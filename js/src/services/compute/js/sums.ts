/** Sums that lose nothing on the way: Knuth's TwoSum in four lanes, in a fixed order. */

/** Sum and what rounding left over; add several by `add`. */
export interface Sum { high: number; low: number }

const LANES = 4;

/** The exact sum of the values but for the rounding of the lows. */
export function twoSum(values: Float64Array, start = 0, end = values.length): Sum {
  let h0 = 0, h1 = 0, h2 = 0, h3 = 0, l0 = 0, l1 = 0, l2 = 0, l3 = 0;
  let i = start;
  for (; i + LANES <= end; i += LANES) {
    const a = values[i], b = values[i + 1], c = values[i + 2], d = values[i + 3];
    const s0 = h0 + a, s1 = h1 + b, s2 = h2 + c, s3 = h3 + d;
    const t0 = s0 - h0, t1 = s1 - h1, t2 = s2 - h2, t3 = s3 - h3;
    l0 += (h0 - (s0 - t0)) + (a - t0);
    l1 += (h1 - (s1 - t1)) + (b - t1);
    l2 += (h2 - (s2 - t2)) + (c - t2);
    l3 += (h3 - (s3 - t3)) + (d - t3);
    h0 = s0; h1 = s1; h2 = s2; h3 = s3;
  }
  const sum: Sum = { high: h0, low: l0 };
  add(sum, h1, l1);
  add(sum, h2, l2);
  add(sum, h3, l3);
  for (; i < end; i++) add(sum, values[i], 0);
  return sum;
}

export function add(sum: Sum, high: number, low: number): void {
  const s = sum.high + high;
  const t = s - sum.high;
  sum.low += (sum.high - (s - t)) + (high - t) + low;
  sum.high = s;
}

/** An infinity makes the lows NaN, and is the answer itself. */
export const total = ({ high, low }: Sum): number => (high - high === 0 ? high + low : high);
export const sumOf = (values: Float64Array): number => total(twoSum(values));
