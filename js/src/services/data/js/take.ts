/** Rows of a column by their numbers, and runs of rows. */
import { validityOrNone } from './bits.js';
import type { Body, Column } from './column.js';

/** `rows` of a column, in that order; -1 gives null. */
export function take(column: Column, rows: Int32Array, optional = false): Column {
  const { type, body } = column;
  const valid = takeValid(column.valid, rows, optional);
  return { type, length: rows.length, body: takeBody(body, rows), valid };
}

function takeValid(valid: Uint8Array | undefined, rows: Int32Array, optional: boolean): Uint8Array | undefined {
  if (!valid && !optional) return undefined;
  const out = new Uint8Array(rows.length);
  if (valid) for (let i = 0; i < out.length; i++) out[i] = rows[i] < 0 ? 0 : valid[rows[i]]!;
  else for (let i = 0; i < out.length; i++) out[i] = rows[i] < 0 ? 0 : 1;
  return validityOrNone(out);
}

function takeBody(body: Body, rows: Int32Array): Body {
  switch (body.kind) {
    case 'i32': return { kind: 'i32', values: takeInts(body.values, rows) };
    case 'f64': return { kind: 'f64', values: takeDoubles(body.values, rows) };
    case 'bool': {
      const out = new Uint8Array(rows.length);
      for (let i = 0; i < out.length; i++) if (rows[i] >= 0) out[i] = body.values[rows[i]]!;
      return { kind: 'bool', values: out };
    }
    case 'big': {
      const out = new BigInt64Array(rows.length);
      for (let i = 0; i < out.length; i++) if (rows[i] >= 0) out[i] = body.values[rows[i]]!;
      return { kind: 'big', values: out };
    }
    case 'strings': {
      const out: string[] = new Array<string>(rows.length);
      for (let i = 0; i < out.length; i++) out[i] = rows[i] < 0 ? '' : body.values[rows[i]]!;
      return { kind: 'strings', values: out };
    }
    case 'dictionary': return { kind: 'dictionary', codes: takeInts(body.codes, rows), dictionary: body.dictionary };
    case 'lists': {
      const { source, start } = body.lists;
      const from = new Int32Array(rows.length + 1);
      for (let i = 0; i < rows.length; i++) from[i + 1] = from[i] + (rows[i] < 0 ? 0 : start[rows[i] + 1] - start[rows[i]]!);
      const out = new Int32Array(from[rows.length]);
      for (let i = 0; i < rows.length; i++) if (rows[i] >= 0) out.set(body.lists.rows.subarray(start[rows[i]]!, start[rows[i] + 1]), from[i]);
      return { kind: 'lists', lists: { source, rows: out, start: from } };
    }
  }
}

function takeInts(values: Int32Array, rows: Int32Array): Int32Array {
  const out = new Int32Array(rows.length);
  for (let i = 0; i < out.length; i++) if (rows[i] >= 0) out[i] = values[rows[i]]!;
  return out;
}

function takeDoubles(values: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < out.length; i++) if (rows[i] >= 0) out[i] = values[rows[i]]!;
  return out;
}

/** Rows from..to - 1, sharing the buffers. */
export function slice(column: Column, from: number, to: number): Column {
  const { type, body } = column;
  const valid = validityOrNone(column.valid?.subarray(from, to));
  return { type, length: to - from, body: sliceBody(body, from, to), valid };
}

function sliceBody(body: Body, from: number, to: number): Body {
  switch (body.kind) {
    case 'i32': return { kind: 'i32', values: body.values.subarray(from, to) };
    case 'f64': return { kind: 'f64', values: body.values.subarray(from, to) };
    case 'bool': return { kind: 'bool', values: body.values.subarray(from, to) };
    case 'big': return { kind: 'big', values: body.values.subarray(from, to) };
    case 'strings': return { kind: 'strings', values: body.values.slice(from, to) };
    case 'dictionary': return { kind: 'dictionary', codes: body.codes.subarray(from, to), dictionary: body.dictionary };
    case 'lists': return { kind: 'lists', lists: { ...body.lists, start: body.lists.start.subarray(from, to + 1) } };
  }
}
