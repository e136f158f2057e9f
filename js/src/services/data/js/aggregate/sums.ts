/** Sums and counts by group: one loop per kind of number, nothing in it but the sum. */

export function countRows(ids: Int32Array, counts: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) counts[ids[i]]!++;
}

/** Whole numbers of 32 bits. Exact while a group has at most 2^22 rows. */
export function addInts(ids: Int32Array, values: Int32Array, sums: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) sums[ids[i]]! += values[i];
}

/** As addInts of two columns: one way through the rows' groups for both. */
export function addTwoInts(ids: Int32Array, a: Int32Array, b: Int32Array, sumsA: Float64Array, sumsB: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    sumsA[group] += a[i];
    sumsB[group] += b[i];
  }
}

/** As addInts of any number of rows: the halves of each number apart, both sums exact. */
export function addIntHalves(ids: Int32Array, values: Int32Array, high: Float64Array, low: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    const value = values[i];
    high[group] += value >> 16;
    low[group] += value & 0xffff;
  }
}

/** Whole numbers in doubles. Exact while every partial sum is within 2^53. */
export function addWhole(ids: Int32Array, values: Float64Array, sums: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) sums[ids[i]]! += values[i];
}

/** Compensated: `rest` takes what each addition rounds away (Knuth's TwoSum, which is Neumaier's sum without its branch). */
export function addDoubles(ids: Int32Array, values: Float64Array, sums: Float64Array, rest: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    const value = values[i];
    const sum = sums[group];
    const next = sum + value;
    const part = next - sum;
    rest[group] += sum - (next - part) + (value - part);
    sums[group] = next;
  }
}

/** The sum of one group of all rows, in registers. */
export function addDoublesOfOne(values: Float64Array, sums: Float64Array, rest: Float64Array, from: number, to: number): void {
  let sum = sums[0];
  let error = rest[0];
  for (let i = from; i < to; i++) {
    const value = values[i];
    const next = sum + value;
    const part = next - sum;
    error += sum - (next - part) + (value - part);
    sum = next;
  }
  sums[0] = sum;
  rest[0] = error;
}

/** Adds the rest where the sum is finite: past it, infinities and NaN have their say in the sum itself. */
export function settle(sums: Float64Array, rest: Float64Array): void {
  for (let g = 0; g < sums.length; g++) {
    const sum = sums[g] + rest[g];
    if (sum - sum === 0) sums[g] = sum;
  }
}
