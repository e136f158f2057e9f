/**
 * Hash join: the keys of both tables are numbered together, the right rows listed by number. The rows of the left in their order, each
 * with its matches in theirs; then, of a right or full join, the right rows that match nothing.
 */
import { dataError, invalid } from '../errors.js';
import type { JoinPlan } from '../engine.js';
import type { ColumnType } from '../types.js';
import { bigCodes, type Codes, keyCodes } from './codes.js';
import type { Column } from './column.js';
import { cast, commonType, concat } from './concat.js';
import { finish } from './aggregate/index.js';
import { groupStarts, scatterRows } from './aggregate/quantile.js';
import { countRows } from './aggregate/sums.js';
import { groupRows } from './groups.js';
import { HeldColumn, type JsTable } from './table.js';
import { take } from './take.js';

const isNumber = (type: ColumnType): boolean => type === 'f64' || type === 'i64' || type === 'i32';

export function join(left: JsTable, right: JsTable, { on, how, right: taken }: JoinPlan): JsTable {
  for (const [l, r] of on) {
    const [a, b] = [left.columns[l].type, right.columns[r].type];
    if (a !== b && !(isNumber(a) && isNumber(b))) {
      throw invalid(`join: '${left.names[l]}' is ${a} and '${right.names[r]}' of the other table ${b}, which can not be compared: convert one`);
    }
  }
  const keys = numberKeys(left, right, on);
  if (how === 'semi' || how === 'anti') return takeRows(left, matching(keys, how === 'semi'));
  const { lefts, rights, alone } = pairs(keys, how);
  const leftRows = alone.length > 0 ? joinedRows(lefts, new Int32Array(alone.length).fill(-1)) : lefts;
  const rightRows = alone.length > 0 ? joinedRows(rights, alone) : rights;
  const fills = how === 'right' || how === 'full';
  const columns = left.columns.map((held, place) => {
    const key = fills ? on.find(([l]) => l === place) : undefined;
    if (!key) return new HeldColumn({ column: take(held.column, leftRows, true) });
    // Of the type that holds both sides' values, of any rows.
    const other = right.columns[key[1]].column;
    const type = commonType(held.type, other.type);
    const own = cast(take(held.column, lefts), type);
    return new HeldColumn({ column: alone.length > 0 ? concat(own, cast(take(other, alone), type)) : own });
  });
  for (const { column } of taken) columns.push(new HeldColumn({ column: take(right.columns[column].column, rightRows, true) }));
  return { rows: leftRows.length, names: [...left.names, ...taken.map(({ name }) => name)], columns };
}

export function takeRows({ names, columns }: JsTable, rows: Int32Array): JsTable {
  return { rows: rows.length, names, columns: columns.map((held) => new HeldColumn({ column: take(held.column, rows) })) };
}

function joinedRows(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** A number per row, equal where all keys are equal; `count` for rows that match nothing. */
interface Keys { left: Int32Array; right: Int32Array; count: number }

function numberKeys(left: JsTable, right: JsTable, on: JoinPlan['on']): Keys {
  const n = left.rows + right.rows;
  let valid: Uint8Array | undefined;
  const codes = on.map(([l, r]): Codes => {
    const [a, b] = [left.columns[l].column, right.columns[r].column];
    for (const [nulls, from] of [[a.valid, 0], [b.valid, left.rows]] as const) {
      if (!nulls) continue;
      valid ??= new Uint8Array(n).fill(1);
      for (let i = 0; i < nulls.length; i++) valid[from + i] &= nulls[i];
    }
    return pairCodes(a, b);
  });
  const { ids, count } = finish(groupRows(codes, n));
  const own = valid ? Int32Array.from(ids, (id, row) => (valid![row] ? id : count)) : ids;
  return { left: own.subarray(0, left.rows), right: own.subarray(left.rows), count };
}

function pairCodes(a: Column, b: Column): Codes {
  const [x, y] = [{ ...a, valid: undefined }, { ...b, valid: undefined }];
  // Whole numbers past 2^53 beside doubles: by the exact value.
  if (a.type !== b.type && (a.body.kind === 'big' || b.body.kind === 'big')) return bigCodes([...exactValues(x), ...exactValues(y)]);
  const type = commonType(a.type, b.type);
  return keyCodes(concat(cast(x, type), cast(y, type)));
}

/** Numbers where they are exact as doubles, else bigints; never the same value in both forms. */
function exactValues({ body }: Column): (number | bigint)[] {
  if (body.kind === 'big') return Array.from(body.values, (value) => (BigInt(Number(value)) === value ? Number(value) : value));
  return body.kind === 'f64' || body.kind === 'i32' ? Array.from(body.values) : [];
}

/** Rows of the left that have a match, or that have none. */
function matching({ left, right, count }: Keys, wanted: boolean): Int32Array {
  const there = new Uint8Array(count + 1);
  for (let i = 0; i < right.length; i++) there[right[i]] = 1;
  there[count] = 0;
  const rows = new Int32Array(left.length);
  let found = 0;
  for (let i = 0; i < left.length; i++) if ((there[left[i]] === 1) === wanted) rows[found++] = i;
  return rows.slice(0, found);
}

function pairs({ left, right, count }: Keys, how: JoinPlan['how']): { lefts: Int32Array; rights: Int32Array; alone: Int32Array } {
  const counts = new Int32Array(count + 1);
  countRows(right, counts, 0, right.length);
  const start = groupStarts(counts);
  const rows = new Int32Array(right.length);
  scatterRows(right, start.slice(), rows, 0, right.length);
  counts[count] = 0;
  const unmatched = how === 'left' || how === 'full' ? 1 : 0;
  let total = 0;
  for (let i = 0; i < left.length; i++) total += counts[left[i]]! || unmatched;
  if (total >= 2 ** 31) throw dataError('TOO_LARGE', `the join would have ${total} rows: join on more columns, or aggregate first`);
  const lefts = new Int32Array(total);
  const rights = new Int32Array(total);
  let at = 0;
  for (let i = 0; i < left.length; i++) {
    const key = left[i];
    const times = counts[key];
    if (times === 0) {
      if (unmatched) {
        lefts[at] = i;
        rights[at++] = -1;
      }
      continue;
    }
    for (let k = start[key]; k < start[key] + times; k++) {
      lefts[at] = i;
      rights[at++] = rows[k];
    }
  }
  return { lefts, rights, alone: how === 'right' || how === 'full' ? aloneRows(left, right, count) : new Int32Array(0) };
}

function aloneRows(left: Int32Array, right: Int32Array, count: number): Int32Array {
  const there = new Uint8Array(count + 1);
  for (let i = 0; i < left.length; i++) there[left[i]] = 1;
  there[count] = 0;
  const rows = new Int32Array(right.length);
  let found = 0;
  for (let i = 0; i < right.length; i++) if (!there[right[i]]) rows[found++] = i;
  return rows.slice(0, found);
}
