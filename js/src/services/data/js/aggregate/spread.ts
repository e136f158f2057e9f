/**
 * Variance and correlation by group, in two passes over differences from the group's first value: what does not vary has a spread of
 * exactly 0, and no division stands in a loop (Welford's has one a row).
 */

export function addShifted(ids: Int32Array, values: Float64Array, shift: Float64Array, sums: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    sums[group] += values[i] - shift[group];
  }
}

export function addSquares(ids: Int32Array, values: Float64Array, shift: Float64Array, mean: Float64Array, squares: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    const d = values[i] - shift[group] - mean[group];
    squares[group] += d * d;
  }
}

/** x, y, xx, yy, xy, side by side, of whole numbers so small that all five sums are exact. */
export function addIntPairs(ids: Int32Array, a: Int32Array, b: Int32Array, sums: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const at = ids[i] * 5;
    const x = a[i];
    const y = b[i];
    sums[at] += x;
    sums[at + 1] += y;
    sums[at + 2] += x * x;
    sums[at + 3] += y * y;
    sums[at + 4] += x * y;
  }
}

/** xx, yy, xy of differences from the means, side by side. */
export function addCentred(
  ids: Int32Array, a: Float64Array, b: Float64Array, shiftA: Float64Array, shiftB: Float64Array, meanA: Float64Array, meanB: Float64Array, sums: Float64Array, from: number, to: number,
): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    const x = a[i] - shiftA[group] - meanA[group];
    const y = b[i] - shiftB[group] - meanB[group];
    const at = group * 3;
    sums[at] += x * x;
    sums[at + 1] += y * y;
    sums[at + 2] += x * y;
  }
}
