/** Plain columns, typed arrays as they are: nothing is copied that the loops can read. */
import { invalid } from '../errors.js';
import { suggest } from '../near.js';
import { type Body, type Column, wholeBody } from '../js/column.js';
import type { ColumnType } from '../types.js';
import type { Wanted } from './aggregate-extract.js';
import { Field } from './field.js';
import { pathOf, step } from './path.js';

const CHUNK = 1 << 16;

export function* columnInputs(data: Readonly<Record<string, ArrayLike<unknown>>>, wanted: readonly Wanted[]): Generator<void, { columns: Column[]; rows: number }> {
  const names = Object.keys(data);
  const rows = names.length > 0 ? data[names[0]]!.length : 0;
  for (const name of names) {
    if (data[name].length !== rows) {
      throw invalid(`column '${name}' has ${data[name].length} values where '${names[0]}' has ${rows}: columns are of one length`, { field: name });
    }
  }
  const columns: Column[] = [];
  for (const { field: name, coded } of wanted) {
    yield;
    const path = Object.hasOwn(data, name) ? undefined : pathOf(name);
    const head = path ? (path[0] as string) : name;
    if (!Object.hasOwn(data, head)) {
      throw invalid(`there is no column '${head}': ${suggest(head, names)}`, { field: head });
    }
    const values = data[head];
    const typed = path ? undefined : typedColumn(values);
    columns.push(typed ?? (yield* plainColumn(values, new Field(name, rows, coded), path?.slice(1))));
  }
  return { columns, rows };
}

function typedColumn(values: ArrayLike<unknown>): Column | undefined {
  if (!ArrayBuffer.isView(values)) return undefined;
  const { length } = values;
  const column = (type: ColumnType, body: Body): Column => ({ type, length, body, valid: undefined });
  const numbers = values as unknown as ArrayLike<number>;
  switch (Object.prototype.toString.call(values).slice(8, -1)) {
    case 'Float64Array': return column('f64', { kind: 'f64', values: values as unknown as Float64Array });
    case 'Int32Array': return column('i32', { kind: 'i32', values: values as unknown as Int32Array });
    case 'BigInt64Array': return column('i64', wholeBody(values as unknown as BigInt64Array));
    case 'Float32Array': case 'Float16Array': return column('f64', { kind: 'f64', values: new Float64Array(numbers) });
    case 'Int8Array': case 'Uint8Array': case 'Uint8ClampedArray': case 'Int16Array': case 'Uint16Array': return column('i32', { kind: 'i32', values: new Int32Array(numbers) });
    // Uint32Array and BigUint64Array by their values.
    default: return undefined;
  }
}

function* plainColumn(values: ArrayLike<unknown>, field: Field, path: readonly (string | number)[] | undefined): Generator<void, Column> {
  const n = values.length;
  const read = path ? (i: number): unknown => path.reduce<unknown>(step, values[i]) : (i: number): unknown => values[i];
  if (n > 0) field.guess([0, n >> 2, n >> 1, n - 1], read);
  for (let from = 0; from < n; from += CHUNK) {
    if (from > 0) yield;
    const to = Math.min(n, from + CHUNK);
    if (!path && field.mode === 'dictionary' && !field.valid) from = codeStrings(values, field, from, to) - CHUNK;
    else for (let i = from; i < to; i++) {
      const value = read(i);
      while (!field.put(i, value)) field.widen(i, value);
    }
  }
  return field.column();
}

/** The common case in a loop of its own; gives where it ended: `to`, or behind the first value that is no string. */
function codeStrings(values: ArrayLike<unknown>, field: Field, from: number, to: number): number {
  const { ints, known, texts, first } = field;
  for (let i = from; i < to; i++) {
    const value = values[i];
    if (typeof value !== 'string') {
      while (!field.put(i, value)) field.widen(i, value);
      return i + 1;
    }
    let code = known.get(value);
    if (code === undefined) {
      known.set(value, (code = texts.length));
      texts.push(value);
      first.push(i);
    }
    ints[i] = code;
  }
  return to;
}
