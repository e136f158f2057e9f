/** Columns one after the other, and numbers of one type as another's. */
import type { ColumnType } from '../types.js';
import { type Body, bigValues, type Column } from './column.js';
import { mapTexts } from './texts.js';

/** The type of numbers that holds the values of both. */
export function commonType(a: ColumnType, b: ColumnType): ColumnType {
  if (a === b) return a;
  return a === 'f64' || b === 'f64' ? 'f64' : 'i64';
}

export function cast(column: Column, type: ColumnType): Column {
  if (column.type === type) return column;
  const { body } = column;
  const values = body.kind === 'big' ? Float64Array.from(body.values, Number) : body.kind === 'f64' ? body.values : Float64Array.from((body as Body & { kind: 'i32' }).values);
  return { ...column, type, body: { kind: 'f64', values } };
}

/** The rows of `a`, then those of `b`, which is of the same type. */
export function concat(a: Column, b: Column): Column {
  const length = a.length + b.length;
  let valid: Uint8Array | undefined;
  if (a.valid || b.valid) {
    valid = new Uint8Array(length).fill(1);
    if (a.valid) valid.set(a.valid);
    if (b.valid) valid.set(b.valid, a.length);
  }
  return { type: a.type, length, body: concatBodies(a.body, b.body), valid };
}

function concatBodies(a: Body, b: Body): Body {
  if (a.kind === 'i32' && b.kind === 'i32') return { kind: 'i32', values: joined(new Int32Array(a.values.length + b.values.length), a.values, b.values) };
  if (a.kind === 'f64' && b.kind === 'f64') return { kind: 'f64', values: joined(new Float64Array(a.values.length + b.values.length), a.values, b.values) };
  if (a.kind === 'bool' && b.kind === 'bool') return { kind: 'bool', values: joined(new Uint8Array(a.values.length + b.values.length), a.values, b.values) };
  if ((a.kind === 'big' || a.kind === 'f64') && (b.kind === 'big' || b.kind === 'f64')) {
    const [x, y] = [bigValues(a), bigValues(b)];
    const values = new BigInt64Array(x.length + y.length);
    values.set(x);
    values.set(y, x.length);
    return { kind: 'big', values };
  }
  return concatTexts(a as TextBody, b as TextBody);
}

function joined<T extends Int32Array | Float64Array | Uint8Array>(out: T, a: T, b: T): T {
  out.set(a);
  out.set(b, a.length);
  return out;
}

type TextBody = Body & { kind: 'strings' | 'dictionary' | 'lists' };

function concatTexts(a: TextBody, b: TextBody): Body {
  if (a.kind === 'strings' && b.kind === 'strings') return { kind: 'strings', values: [...a.values, ...b.values] };
  const first = a.kind === 'dictionary' ? a : mapTexts(a);
  const second = b.kind === 'dictionary' ? b : mapTexts(b);
  const known = new Map(first.dictionary.map((text, code) => [text, code]));
  const dictionary = [...first.dictionary];
  const codeOf = second.dictionary.map((text) => known.get(text) ?? dictionary.push(text) - 1);
  const codes = new Int32Array(first.codes.length + second.codes.length);
  codes.set(first.codes);
  for (let i = 0; i < second.codes.length; i++) codes[first.codes.length + i] = codeOf[second.codes[i]]!;
  return { kind: 'dictionary', codes, dictionary };
}
