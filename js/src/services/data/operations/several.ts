/** Operations that see nulls or several columns: fillNull, coalesce, concat. */
import { toTimestamp } from '../convert.js';
import { invalid, invalidField } from '../errors.js';
import { jsonText } from '../json-text.js';
import type { ColumnType } from '../types.js';
import { textCell } from './conversions.js';
import type { Args, Cell } from './types.js';

export const isInt32 = (value: unknown): boolean => typeof value === 'number' && (value | 0) === value && !Object.is(value, -0);

/** The cell that takes the place of nulls. @throws ServiceError INVALID_ARGUMENT */
export function fillValue(value: unknown, type: ColumnType, what: string): unknown {
  const wrong = (accepted: string): Error => invalidField(`${what}: args.value`, accepted, value);
  if (value === undefined || value === null) throw wrong('the value that takes the place of nulls');
  switch (type) {
    case 'f64': case 'i32': if (typeof value !== 'number') throw wrong('a number, as the column holds'); return value;
    case 'i64': {
      const big = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
      if (big === undefined || BigInt.asIntN(64, big) !== big) throw wrong('a whole number of 64 bits, as the column holds');
      return big;
    }
    case 'bool': if (typeof value !== 'boolean') throw wrong('true or false, as the column holds'); return value;
    case 'utf8': if (typeof value !== 'string') throw wrong('a text, as the column holds'); return value;
    case 'timestamp': {
      const ms = typeof value === 'bigint' ? undefined : toTimestamp(value);
      if (ms === undefined) throw wrong('a Date, milliseconds or an ISO 8601 text, as the column holds timestamps');
      return ms;
    }
    case 'json': {
      const text = jsonText(value, 'args.value', 0);
      if (text === undefined || text === 'null') throw wrong('a value of JSON');
      return text;
    }
  }
}

export const filledType = (type: ColumnType, value: unknown): ColumnType => (type === 'i32' && !isInt32(value) ? 'f64' : type);

/** The one type of several columns; undefined: they have none in common. */
export function commonType(types: readonly ColumnType[]): ColumnType | undefined {
  const first = types[0];
  if (types.every((type) => type === first)) return first;
  if (types.every((type) => type === 'f64' || type === 'i32')) return 'f64';
  if (types.every((type) => type === 'i64' || type === 'i32')) return 'i64';
  return undefined;
}

/** A cell of `from` as one of `to`, where commonType said so. */
export function widened(from: ColumnType, to: ColumnType): Cell | undefined {
  return from === 'i32' && to === 'i64' ? (value: number) => BigInt(value) : undefined;
}

/** @throws ServiceError INVALID_ARGUMENT */
export function coalescedType(fields: readonly string[], types: readonly ColumnType[], what: string): ColumnType {
  const type = commonType(types);
  if (!type) throw invalid(`${what}: the fields must be of one type; ${fields.map((field, i) => `'${field}' is ${types[i]}`).join(', ')}: convert them first`);
  return type;
}

/** Joins cells of these types; null is an empty string. */
export function joiner(types: readonly ColumnType[], { separator }: Args): (cells: readonly unknown[]) => string {
  const texts = types.map(textCell) as ((value: unknown) => string)[], by = separator as string;
  return (cells) => {
    let joined = '';
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i];
      if (i > 0) joined += by;
      if (cell !== null) joined += texts[i](cell);
    }
    return joined;
  };
}
