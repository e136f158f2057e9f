/** count, min, max, first, last, mode, countDistinct and list. */
import { keyCodes } from '../codes.js';
import type { Column } from '../column.js';
import { type Groups, groupRows } from '../groups.js';
import { ranksOf } from '../order.js';
import { compareStrings } from '../../strings.js';
import { take } from '../take.js';
import { extremeRows, greatestDoubles, greatestInts, leastDoubles, leastInts } from './extremes.js';
import { chunks, enough, type Grouped, type Part } from './grouped.js';

export function* count(grouped: Grouped, column: Column | undefined): Generator<void, Column> {
  const { counts } = yield* grouped.part(column?.valid);
  return wholeColumn(counts.slice(0, grouped.count));
}

function wholeColumn(values: Int32Array): Column {
  return { type: 'i32', length: values.length, body: { kind: 'i32', values }, valid: undefined };
}

export function* extreme(grouped: Grouped, column: Column, greatest: boolean): Generator<void, Column> {
  const { n, count } = grouped;
  const { body, type } = column;
  const part = yield* grouped.part(column.valid);
  const { ids, counts } = part;
  const valid = enough(counts, count);
  const result = (values: Column['body']): Column => ({ type, length: count, body: values, valid: valid.includes(0) ? valid : undefined });
  switch (body.kind) {
    case 'i32': case 'bool': {
      const values = body.kind === 'i32' ? body.values : Int32Array.from(body.values);
      const out = new Int32Array(count + 1).fill(greatest ? -2147483648 : 2147483647);
      const loop = greatest ? greatestInts : leastInts;
      yield* chunks(n, (from, to) => loop(ids, values, out, from, to));
      for (let g = 0; g < count; g++) if (!valid[g]) out[g] = 0;
      return result(body.kind === 'i32' ? { kind: 'i32', values: out.slice(0, count) } : { kind: 'bool', values: Uint8Array.from(out.subarray(0, count)) });
    }
    case 'f64': {
      const out = new Float64Array(count + 1).fill(greatest ? -Infinity : Infinity);
      const loop = greatest ? greatestDoubles : leastDoubles;
      yield* chunks(n, (from, to) => loop(ids, body.values, out, from, to));
      for (let g = 0; g < count; g++) if (!valid[g]) out[g] = 0;
      return result({ kind: 'f64', values: out.slice(0, count) });
    }
    default: {
      const less = lessOf(column);
      const rows = new Int32Array(count + 1).fill(-1);
      extremeRows(ids, rows, greatest ? (a, b) => less(b, a) : less);
      return take(column, withoutNullGroup(part, rows, count), true);
    }
  }
}

function lessOf({ body }: Column): (a: number, b: number) => boolean {
  switch (body.kind) {
    case 'big': return (a, b) => body.values[a] < body.values[b];
    case 'strings': return (a, b) => compareStrings(body.values[a], body.values[b]) < 0;
    case 'dictionary': {
      const ranks = ranksOf(body.dictionary);
      return (a, b) => ranks[body.codes[a]]! < ranks[body.codes[b]]!;
    }
    default: return () => false;
  }
}

function withoutNullGroup({ counts }: Part, rows: Int32Array, count: number): Int32Array {
  const out = rows.slice(0, count);
  for (let g = 0; g < count; g++) if (counts[g] === 0) out[g] = -1;
  return out;
}

export function* first(grouped: Grouped, column: Column): Generator<void, Column> {
  const { n, count, groups } = grouped;
  const part = yield* grouped.part(column.valid);
  let rows = groups.first;
  if (column.valid) {
    rows = new Int32Array(count + 1);
    for (let i = n - 1; i >= 0; i--) rows[part.ids[i]] = i;
  }
  return take(column, withoutNullGroup(part, rows, count), true);
}

export function* last(grouped: Grouped, column: Column): Generator<void, Column> {
  const { n, count } = grouped;
  const part = yield* grouped.part(column.valid);
  const rows = new Int32Array(count + 1);
  for (let i = 0; i < n; i++) rows[part.ids[i]] = i;
  return take(column, withoutNullGroup(part, rows, count), true);
}

/** Groups of equal values within the groups. */
function* pairs({ n, count }: Grouped, part: Part, column: Column): Generator<void, Groups> {
  return yield* groupRows([{ codes: part.ids, offset: 0, size: count + 1 }, keyCodes(column)], n);
}

export function* countDistinct(grouped: Grouped, column: Column): Generator<void, Column> {
  const { count } = grouped;
  const part = yield* grouped.part(column.valid);
  const { first, count: distinct } = yield* pairs(grouped, part, column);
  const out = new Int32Array(count + 1);
  if (grouped.n > 0) for (let p = 0; p < distinct; p++) out[part.ids[first[p]]!]++;
  return wholeColumn(out.slice(0, count));
}

export function* mode(grouped: Grouped, column: Column): Generator<void, Column> {
  const { n, count } = grouped;
  const part = yield* grouped.part(column.valid);
  const { ids, first, count: distinct } = yield* pairs(grouped, part, column);
  const times = new Int32Array(distinct);
  for (let i = 0; i < n; i++) times[ids[i]]!++;
  const most = new Int32Array(count + 1);
  const rows = new Int32Array(count + 1);
  // Pairs stand in order of first appearance, so that the first of equals stays.
  if (n > 0) for (let p = 0; p < distinct; p++) {
    const group = part.ids[first[p]]!;
    if (times[p] > most[group]) {
      most[group] = times[p];
      rows[group] = first[p];
    }
  }
  return take(column, withoutNullGroup(part, rows, count), true);
}

export function* list(grouped: Grouped, column: Column): Generator<void, Column> {
  const { rows, start } = yield* grouped.rows();
  return { type: 'json', length: grouped.count, body: { kind: 'lists', lists: { source: column, rows, start } }, valid: undefined };
}
