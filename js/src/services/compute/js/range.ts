/** Least and greatest value. Loops stand in plain functions, here and elsewhere: within a generator they are not compiled well. */
export interface Range { min: number; max: number }

/** NaN changes nothing. In two lanes, so that no comparison waits for the one before it. */
export function widen(range: Range, x: Float64Array, n: number): void {
  let { min, max } = range;
  let least = min;
  let most = max;
  let i = 0;
  for (; i + 1 < n; i += 2) {
    const a = x[i], b = x[i + 1];
    if (a < min) min = a;
    if (a > max) max = a;
    if (b < least) least = b;
    if (b > most) most = b;
  }
  if (i < n) {
    const a = x[i];
    if (a < min) min = a;
    if (a > max) max = a;
  }
  range.min = least < min ? least : min;
  range.max = most > max ? most : max;
}
