/** One column from the values of an array: what type it has, by docs/data-semantics.md, and its buffers. */
import { bitBytes, Validity } from './bits.js';
import type { ColumnData, ColumnValues } from './columns.js';
import { columnAs } from './column-as.js';
import { dataError, describe, invalid } from './errors.js';
import { jsonText } from './json-text.js';
import { dictionaryOf } from './strings.js';
import type { ColumnType } from './types.js';

export type ValueKind = 'number' | 'bigint' | 'boolean' | 'string' | 'date' | 'json' | 'null' | 'other';

const KIND_NAMES: Record<ValueKind, string> = { number: 'a number', bigint: 'a bigint', boolean: 'a boolean', string: 'a string', date: 'a Date', json: 'an object', null: 'null', other: 'a function or symbol' };

export function kindOf(value: unknown): ValueKind {
  switch (typeof value) {
    case 'number': case 'bigint': case 'boolean': case 'string': return typeof value as 'number';
    case 'undefined': return 'null';
    case 'object': return value === null ? 'null' : isDate(value) ? 'date' : 'json';
    default: return 'other';
  }
}

/** Of another frame or context too. */
export function isDate(value: object): value is Date {
  return value instanceof Date || (typeof (value as Date).getTime === 'function' && Object.prototype.toString.call(value) === '[object Date]');
}

/**
 * @param type left out: by the values
 * @throws ServiceError INVALID_ARGUMENT (two kinds, a value that does not convert), INTEGER_RANGE
 */
export function columnFromValues(name: string, values: ArrayLike<unknown>, type?: ColumnType): ColumnData {
  const typed = type === undefined || type === 'f64' || type === 'i32' || type === 'i64' ? typedColumn(name, values) : undefined;
  if (typed && (type === undefined || typed.type === type)) return typed;
  if (type === 'f64' && typed && typed.values.kind === 'i32') return { ...typed, type, values: { kind: 'f64', values: new Float64Array(typed.values.values) } };
  if (type !== undefined) return columnAs(name, values, type);
  let first = 0, kind: ValueKind = 'null';
  while (first < values.length && (kind = kindOf(values[first])) === 'null') first++;
  switch (kind) {
    case 'number': return numbers(name, values);
    case 'bigint': return bigints(name, values);
    case 'boolean': return booleans(name, values);
    case 'string': return texts(name, values);
    case 'date': return dates(name, values);
    case 'json': return documents(name, values);
    case 'null': return noValues(name, values.length);
    default: throw invalid(`row ${first} of the column '${name}' holds ${describe(values[first])}, which is no data: leave the field out, or make it a value`, { row: first, field: name });
  }
}

function noValues(name: string, rows: number): ColumnData {
  return { name, type: 'utf8', length: rows, values: { kind: 'dictionary', codes: new Uint8Array(rows), dictionary: [''] }, ...(rows > 0 && { validity: new Uint8Array(bitBytes(rows)) }) };
}

// ── arrays that have a type ──

const tagOf = (values: object): string => Object.prototype.toString.call(values).slice(8, -1);

/** Typed arrays pass as they are, in copies: what the caller does to them afterwards is no matter of the table. */
function typedColumn(name: string, values: ArrayLike<unknown>): ColumnData | undefined {
  if (!ArrayBuffer.isView(values)) return undefined;
  const column = (type: ColumnType, data: ColumnValues): ColumnData => ({ name, type, length: values.length, values: data });
  const numbers = values as unknown as ArrayLike<number>;
  switch (tagOf(values)) {
    case 'Float64Array': case 'Float32Array': case 'Float16Array': return column('f64', { kind: 'f64', values: new Float64Array(numbers) });
    case 'Int32Array': case 'Int16Array': case 'Int8Array': case 'Uint16Array': case 'Uint8Array': case 'Uint8ClampedArray': return column('i32', { kind: 'i32', values: new Int32Array(numbers) });
    case 'Uint32Array': {
      for (let i = 0; i < numbers.length; i++) if (numbers[i] > 0x7fffffff) return column('f64', { kind: 'f64', values: new Float64Array(numbers) });
      return column('i32', { kind: 'i32', values: new Int32Array(numbers) });
    }
    case 'BigInt64Array': return column('i64', { kind: 'i64', values: new BigInt64Array(values as unknown as BigInt64Array) });
    case 'BigUint64Array': {
      const wide = values as unknown as BigUint64Array;
      for (let i = 0; i < wide.length; i++) if (wide[i] > 0x7fffffffffffffffn) throw outOfRange(name, i, wide[i]);
      return column('i64', { kind: 'i64', values: new BigInt64Array(wide.slice().buffer) });
    }
    default: throw invalid(`the column '${name}' is ${describe(values)}: a column is an array or a typed array`, { field: name });
  }
}

// ── arrays of one kind ──

function numbers(name: string, values: ArrayLike<unknown>): ColumnData {
  const rows = values.length, valid = new Validity(rows), whole = new Int32Array(rows);
  let i = 0;
  for (; i < rows; i++) {
    const value = values[i];
    if (typeof value === 'number') {
      const small = value | 0;
      if (small !== value || (small === 0 && Object.is(value, -0))) break;
      whole[i] = small;
    } else if (value === null || value === undefined) valid.clear(i);
    else if (typeof value === 'bigint') return bigints(name, values);
    else throw mixed(name, values, i);
  }
  if (i === rows) return { name, type: 'i32', length: rows, values: { kind: 'i32', values: whole }, ...valid.part };
  const floats = new Float64Array(rows);
  floats.set(whole.subarray(0, i));
  for (; i < rows; i++) {
    const value = values[i];
    if (typeof value === 'number') floats[i] = value;
    else if (value === null || value === undefined) valid.clear(i);
    else if (typeof value === 'bigint') return bigints(name, values);
    else throw mixed(name, values, i);
  }
  return { name, type: 'f64', length: rows, values: { kind: 'f64', values: floats }, ...valid.part };
}

/** Whole numbers among them join them. */
function bigints(name: string, values: ArrayLike<unknown>): ColumnData {
  const rows = values.length, valid = new Validity(rows), out = new BigInt64Array(rows);
  for (let i = 0; i < rows; i++) {
    const value = values[i];
    if (value === null || value === undefined) { valid.clear(i); continue; }
    if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) throw mixed(name, values, i, typeof value === 'number' ? 'a number with a fraction' : undefined);
    const wide = BigInt(value);
    out[i] = wide;
    if (out[i] !== wide) throw outOfRange(name, i, value);
  }
  return { name, type: 'i64', length: rows, values: { kind: 'i64', values: out }, ...valid.part };
}

function booleans(name: string, values: ArrayLike<unknown>): ColumnData {
  const rows = values.length, valid = new Validity(rows), bits = new Uint8Array(bitBytes(rows));
  for (let i = 0; i < rows; i++) {
    const value = values[i];
    if (value === true) bits[i >>> 3] |= 1 << (i & 7);
    else if (value === null || value === undefined) valid.clear(i);
    else if (value !== false) throw mixed(name, values, i);
  }
  return { name, type: 'bool', length: rows, values: { kind: 'bool', bits }, ...valid.part };
}

function texts(name: string, values: ArrayLike<unknown>): ColumnData {
  const rows = values.length, valid = new Validity(rows), strings = new Array<string | null>(rows);
  for (let i = 0; i < rows; i++) {
    const value = values[i];
    if (typeof value === 'string') strings[i] = value;
    else if (value === null || value === undefined) { strings[i] = null; valid.clear(i); }
    else throw mixed(name, values, i);
  }
  return textColumn(name, strings, valid);
}

/** A column of text, in a dictionary while it repeats. The array is used up. */
export function textColumn(name: string, strings: (string | null)[], valid: Validity): ColumnData {
  const { length } = strings;
  const coded = dictionaryOf(strings);
  if (!coded && valid.bits) for (let i = 0; i < length; i++) strings[i] ??= '';
  return { name, type: 'utf8', length, values: coded ?? { kind: 'strings', strings: strings as string[] }, ...valid.part };
}

function dates(name: string, values: ArrayLike<unknown>): ColumnData {
  const rows = values.length, valid = new Validity(rows), out = new BigInt64Array(rows), halves = new Int32Array(out.buffer);
  for (let i = 0; i < rows; i++) {
    const value = values[i];
    if (value === null || value === undefined) { valid.clear(i); continue; }
    if (typeof value !== 'object' || !isDate(value)) throw mixed(name, values, i);
    const ms = value.getTime();
    if (ms !== ms) { valid.clear(i); continue; } // an invalid Date
    const high = Math.floor(ms / 4294967296);
    halves[2 * i] = ms - high * 4294967296;
    halves[2 * i + 1] = high;
  }
  return { name, type: 'timestamp', length: rows, values: { kind: 'i64', values: out }, ...valid.part };
}

function documents(name: string, values: ArrayLike<unknown>): ColumnData {
  const rows = values.length, valid = new Validity(rows), strings = new Array<string>(rows);
  for (let i = 0; i < rows; i++) {
    const value = values[i];
    strings[i] = '';
    if (value === null || value === undefined) { valid.clear(i); continue; }
    if (typeof value !== 'object' || isDate(value)) throw mixed(name, values, i);
    const text = jsonText(value, name, i);
    if (text === undefined) valid.clear(i); else strings[i] = text;
  }
  return { name, type: 'json', length: rows, values: { kind: 'strings', strings }, ...valid.part };
}

// ── errors ──

function mixed(name: string, values: ArrayLike<unknown>, row: number, found?: string): Error {
  let first = 0;
  while (kindOf(values[first]) === 'null') first++;
  const before = KIND_NAMES[kindOf(values[first])], here = found ?? KIND_NAMES[kindOf(values[row])];
  return invalid(`row ${row} of the column '${name}' holds ${here} (${describe(values[row])}), row ${first} ${before} (${describe(values[first])}): make them alike, or name a type that takes both, such as schema: { ${JSON.stringify(name)}: 'json' } or 'utf8'`, { row, field: name, kinds: [kindOf(values[first]), kindOf(values[row])] });
}

export function outOfRange(name: string, row: number, value: unknown): Error {
  return dataError('INTEGER_RANGE', `row ${row} of the column '${name}' holds ${String(value)}, which does not fit 64 bits: name another type, such as schema: { ${JSON.stringify(name)}: 'utf8' } or 'f64'`, { row, field: name });
}
