/** Quantiles by group: the values of each group side by side, then selection in place. */

/** Where the values of each group begin once they stand side by side. */
export function groupStarts(counts: Int32Array): Int32Array {
  const start = new Int32Array(counts.length + 1);
  for (let g = 0; g < counts.length; g++) start[g + 1] = start[g] + counts[g];
  return start;
}

/** Writes values to their group's place; `next` moves on. */
export function scatter(ids: Int32Array, values: Float64Array, next: Int32Array, out: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[next[ids[i]]!++] = values[i];
}

export function scatterRows(ids: Int32Array, next: Int32Array, out: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[next[ids[i]]!++] = i;
}

/** Type 7 of the values in from..to - 1, which are moved about: linear between the neighbours of (n - 1) q. NaN where one is NaN, and 0 where it is -0. */
export function quantileOf(values: Float64Array, from: number, to: number, q: number): number {
  for (let i = from; i < to; i++) if (values[i] !== values[i]) return NaN;
  const place = (to - from - 1) * q;
  const below = Math.floor(place);
  const share = place - below;
  const at = from + below;
  if (to - from <= SMALL) insertionSort(values, from, to);
  else select(values, from, to - 1, at);
  const low = values[at];
  if (share === 0) return low + 0;
  let high = values[at + 1];
  if (to - from > SMALL) for (let i = at + 2; i < to; i++) if (values[i] < high) high = values[i];
  return low === high ? low + 0 : low * (1 - share) + high * share;
}

const SMALL = 24;

function insertionSort(values: Float64Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const value = values[i];
    let k = i - 1;
    for (; k >= from && values[k] > value; k--) values[k + 1] = values[k];
    values[k + 1] = value;
  }
}

/** Hoare's selection: `values[at]` is what it would be if the range were sorted, with none greater before it and none smaller after. */
function select(values: Float64Array, from: number, to: number, at: number): void {
  // Median of three meets inputs that make it quadratic; after so many rounds the range is sorted instead.
  for (let rounds = 0; to - from > SMALL; rounds++) {
    if (rounds > 64) {
      values.subarray(from, to + 1).sort();
      return;
    }
    const a = values[from];
    const b = values[(from + to) >>> 1];
    const c = values[to];
    const pivot = a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
    let i = from;
    let k = to;
    while (i <= k) {
      while (values[i] < pivot) i++;
      while (values[k] > pivot) k--;
      if (i <= k) {
        const value = values[i];
        values[i++] = values[k];
        values[k--] = value;
      }
    }
    if (at <= k) to = k;
    else if (at >= i) from = i;
    else return;
  }
  insertionSort(values, from, to + 1);
}
