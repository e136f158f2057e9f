/** Columns of a result as JavaScript has them. */
import { columnValues } from '../to-values.js';
import { type Column, dataOf } from '../js/column.js';
import { listValues } from '../js/lists.js';

/** As columnValues has them; buffers of the result's own are given away as they are. */
export function valuesOf(column: Column): ArrayLike<unknown> {
  const { body, valid, type } = column;
  if (body.kind === 'lists') return listValues(body.lists);
  if (body.kind === 'dictionary') return dictionaryValues(body.codes, body.dictionary, valid);
  if (!valid && (body.kind === 'i32' || (body.kind === 'f64' && type === 'f64'))) return body.values;
  return columnValues(dataOf(column, ''));
}

/** Of `i64`, a number or a bigint value by value. */
export function rowValuesOf(column: Column): ArrayLike<unknown> {
  if (column.type !== 'i64') return valuesOf(column);
  const values = valuesOf(column);
  if (!(values instanceof BigInt64Array) && !Array.isArray(values)) return values;
  return Array.from(values as ArrayLike<bigint | number | null>, (value) => (typeof value === 'bigint' && value > -LEAST_BIG && value < LEAST_BIG ? Number(value) : value));
}

const LEAST_BIG = 2n ** 53n;

function dictionaryValues(codes: Int32Array, dictionary: readonly string[], valid: Uint8Array | undefined): unknown[] {
  const out = new Array<unknown>(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = dictionary[codes[i]];
  if (valid) for (let i = 0; i < out.length; i++) if (!valid[i]) out[i] = null;
  return out;
}
