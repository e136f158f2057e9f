/** The first rows of each group by an order: crates/data-processor's `top_per_group`. */
import type { TopPlan } from '../engine.js';
import { finish } from './aggregate/index.js';
import { keyCodes } from './codes.js';
import type { Column } from './column.js';
import { type Groups, groupRows } from './groups.js';
import { ranksOf } from './order.js';
import { sortRows } from './sort.js';

/** Rows kept in order as they come, up to this many a group; beyond it a sort of all is quicker. */
const FEW = 8;

/** The rows of the result. */
export function topRows(columns: (place: number) => Column, n: number, { groupBy, keys, limit }: TopPlan): Int32Array {
  if (limit === 0 || n === 0) return new Int32Array(0);
  const groups = finish(groupRows(groupBy.map((place) => keyCodes(columns(place))), n));
  if (keys.length === 1 && limit <= FEW && groups.count * limit <= Math.max(1 << 10, n * 4)) {
    const column = columns(keys[0].column);
    const numbers = numbersOf(column);
    const rows = numbers && kept(groups, numbers, column.valid, limit, keys[0].descending ? -1 : 1);
    if (rows) return rows;
  }
  return walked(groups, sortRows(columns, n, keys), Math.min(limit, n));
}

/** Numbers in the order of the values; undefined where there are none. */
function numbersOf({ body }: Column): Float64Array | Int32Array | Uint8Array | undefined {
  switch (body.kind) {
    case 'i32': case 'bool': case 'f64': return body.values;
    case 'dictionary': {
      const ranks = ranksOf(body.dictionary);
      return Int32Array.from(body.codes, (code) => ranks[code]);
    }
    default: return undefined;
  }
}

/**
 * Undefined where one of the numbers is NaN, or stands where a place without a row does.
 * @param sign 1: the least first, -1: the greatest
 */
function kept({ ids, count }: Groups, numbers: Float64Array | Int32Array | Uint8Array, valid: Uint8Array | undefined, limit: number, sign: 1 | -1): Int32Array | undefined {
  // A place without a row is past every number.
  const held = new Float64Array(count * limit).fill(Infinity);
  const rows = new Int32Array(count * limit).fill(-1);
  for (let i = 0; i < ids.length; i++) {
    const value = numbers[i] * sign;
    const first = ids[i] * limit;
    let at = first + limit - 1;
    if (value < held[at]) {
      if (valid && !valid[i]) continue;
    } else {
      if (!(value < Infinity)) return undefined;
      continue;
    }
    for (; at > first && held[at - 1] > value; at--) {
      held[at] = held[at - 1];
      rows[at] = rows[at - 1];
    }
    held[at] = value;
    rows[at] = i;
  }
  if (valid) addNulls(ids, valid, rows, limit);
  return rows.filter((row) => row >= 0);
}

/** Null rows to the places that are left. */
function addNulls(ids: Int32Array, valid: Uint8Array, rows: Int32Array, limit: number): void {
  for (let i = 0; i < ids.length; i++) {
    if (valid[i]) continue;
    const end = (ids[i] + 1) * limit;
    if (rows[end - 1] >= 0) continue;
    let at = end - 1;
    while (at > end - limit && rows[at - 1] < 0) at--;
    rows[at] = i;
  }
}

/** Rows in the order of all rows, each to the next place of its group while there is one. */
function walked({ ids, count }: Groups, order: Int32Array, limit: number): Int32Array {
  const counts = new Int32Array(count);
  for (let i = 0; i < ids.length; i++) counts[ids[i]]++;
  const next = new Int32Array(count);
  let total = 0;
  for (let group = 0; group < count; group++) {
    next[group] = total;
    total += Math.min(limit, counts[group]);
    counts[group] = total;
  }
  const rows = new Int32Array(total);
  for (let k = 0; k < order.length; k++) {
    const group = ids[order[k]];
    if (next[group] < counts[group]) rows[next[group]++] = order[k];
  }
  return rows;
}
