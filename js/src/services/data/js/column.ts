/**
 * A column as the loops of the JavaScript engine read it: typed arrays, decoded strings, a byte per row for nulls.
 *
 * 64-bit integers and timestamps stand as doubles wherever every one of them is exact as a double: BigInt64Array is some fifty times
 * slower to compute with. Those that are not stay as they are (`big`).
 */
import type { ColumnData } from '../columns.js';
import type { ColumnType } from '../types.js';
import { bitsFromBytes, bytesFromBits, validityOrNone } from './bits.js';
import { type Lists, listTexts } from './lists.js';
import { decodeStrings } from '../strings.js';

export type Body =
  | { kind: 'i32'; values: Int32Array }
  /** Of f64; and of i64 and timestamp where each is a whole number within 2^53. */
  | { kind: 'f64'; values: Float64Array }
  | { kind: 'big'; values: BigInt64Array }
  | { kind: 'bool'; values: Uint8Array }
  | { kind: 'strings'; values: readonly string[] }
  /** `first`: every value of the dictionary is used, they stand in order of appearance, and these are the rows where each appears first. */
  | { kind: 'dictionary'; codes: Int32Array; dictionary: readonly string[]; first?: Int32Array }
  /** Of json: what `list` gives, not yet made into text. */
  | { kind: 'lists'; lists: Lists };

/** Null rows hold 0, false, '' or code 0. `valid`: a byte per row, 1 where there is a value; undefined: everywhere. */
export interface Column { type: ColumnType; length: number; body: Body; valid: Uint8Array | undefined }

const EXACT = 2 ** 53;

/** 64-bit integers as doubles, where each is exact. */
export function exactDoubles(values: BigInt64Array): Float64Array | undefined {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const doubles = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = words[2 * i + 1] * 4294967296 + (words[2 * i] >>> 0);
    if (value > EXACT || value < -EXACT) return undefined;
    doubles[i] = value;
  }
  // 2^53 + 1 reads as 2^53: the bound itself is given up.
  return doubles.includes(EXACT) || doubles.includes(-EXACT) ? undefined : doubles;
}

/** The body of an `i64` or `timestamp` column. */
export function wholeBody(values: BigInt64Array): Body {
  const doubles = exactDoubles(values);
  return doubles ? { kind: 'f64', values: doubles } : { kind: 'big', values };
}

function bodyOf(data: ColumnData): Body {
  const { values } = data;
  switch (values.kind) {
    case 'f64': return { kind: 'f64', values: values.values };
    case 'i64': return wholeBody(values.values);
    case 'i32': return { kind: 'i32', values: values.values };
    case 'bool': return { kind: 'bool', values: bytesFromBits(values.bits, data.length) };
    case 'strings': return { kind: 'strings', values: decodeStrings(values.strings) };
    case 'dictionary':
      return { kind: 'dictionary', codes: values.codes instanceof Int32Array ? values.codes : Int32Array.from(values.codes), dictionary: decodeStrings(values.dictionary) };
  }
}

export function columnOf(data: ColumnData): Column {
  return { type: data.type, length: data.length, body: bodyOf(data), valid: data.validity && validityOrNone(bytesFromBits(data.validity, data.length)) };
}

/** 64-bit integers of either body. */
export function bigValues(body: Body & { kind: 'f64' | 'big' }): BigInt64Array {
  if (body.kind === 'big') return body.values;
  const out = new BigInt64Array(body.values.length);
  const words = new Int32Array(out.buffer);
  for (let i = 0; i < out.length; i++) {
    const value = body.values[i];
    words[2 * i] = value; // modulo 2^32
    words[2 * i + 1] = Math.floor(value / 4294967296);
  }
  return out;
}

/** The form of expressions and transforms; buffers are shared where they are the same. */
export function dataOf(column: Column, name: string): ColumnData {
  const { type, length, body } = column;
  const data = (values: ColumnData['values']): ColumnData => ({ name, type, length, values, ...(column.valid && { validity: bitsFromBytes(column.valid) }) });
  switch (body.kind) {
    case 'i32': return data({ kind: 'i32', values: body.values });
    case 'f64': return data(type === 'f64' ? { kind: 'f64', values: body.values } : { kind: 'i64', values: bigValues(body) });
    case 'big': return data({ kind: 'i64', values: body.values });
    case 'bool': return data({ kind: 'bool', bits: bitsFromBytes(body.values) });
    case 'strings': return data({ kind: 'strings', strings: body.values });
    case 'dictionary': return data({ kind: 'dictionary', codes: body.codes, dictionary: body.dictionary });
    case 'lists': return data({ kind: 'strings', strings: listTexts(body.lists) });
  }
}

/** A column of doubles; `valid` all ones is dropped. */
export function f64Column(values: Float64Array, valid?: Uint8Array): Column {
  return { type: 'f64', length: values.length, body: { kind: 'f64', values }, valid: validityOrNone(valid) };
}
