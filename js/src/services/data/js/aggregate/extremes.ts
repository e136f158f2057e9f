/** The least and the greatest of each group. */

export function leastInts(ids: Int32Array, values: Int32Array, out: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    const value = values[i];
    if (value < out[group]) out[group] = value;
  }
}

export function greatestInts(ids: Int32Array, values: Int32Array, out: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    const value = values[i];
    if (value > out[group]) out[group] = value;
  }
}

/** Math.min has the rules for NaN and -0. */
export function leastDoubles(ids: Int32Array, values: Float64Array, out: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    out[group] = Math.min(out[group], values[i]);
  }
}

export function greatestDoubles(ids: Int32Array, values: Float64Array, out: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const group = ids[i];
    out[group] = Math.max(out[group], values[i]);
  }
}

/** The row of the least or greatest value of each group by any order; the first to appear among equals, -1 where there is none. */
export function extremeRows(ids: Int32Array, rows: Int32Array, before: (a: number, b: number) => boolean): void {
  for (let i = 0; i < ids.length; i++) {
    const group = ids[i];
    const best = rows[group];
    if (best < 0 || before(i, best)) rows[group] = i;
  }
}
