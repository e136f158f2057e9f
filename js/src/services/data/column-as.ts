/** A column of the type that a schema names: values that are of another kind are converted, or refused with their row. */
import { bitBytes, Validity } from './bits.js';
import type { ColumnData, ColumnValues } from './columns.js';
import { toBoolean, toNumber, toTimestamp, toWhole } from './convert.js';
import { dataError, describe, invalid } from './errors.js';
import { jsonText } from './json-text.js';
import { dictionaryOf } from './strings.js';
import type { ColumnType } from './types.js';

export function columnAs(name: string, values: ArrayLike<unknown>, type: ColumnType): ColumnData {
  const rows = values.length, valid = new Validity(rows);
  /** Puts every value that is not null. @param put false: it does not convert */
  const each = (put: (value: unknown, row: number) => boolean): void => {
    for (let i = 0; i < rows; i++) {
      const value = values[i];
      if (value === null || value === undefined) valid.clear(i);
      else if (!put(value, i)) throw refused(name, i, value, type);
    }
  };
  const range = (row: number, value: unknown): Error => dataError('INTEGER_RANGE', `row ${row} of the column '${name}' holds ${describe(value)}, which does not fit ${type}: name a wider type in the schema`, { row, field: name });
  let data: ColumnValues;
  switch (type) {
    case 'f64': {
      const out = new Float64Array(rows);
      each((value, i) => { const number = toNumber(value); if (number !== undefined) out[i] = number; return number !== undefined; });
      data = { kind: 'f64', values: out };
      break;
    }
    case 'i32': {
      const out = new Int32Array(rows);
      each((value, i) => {
        const number = toNumber(value);
        if (number === undefined || !Number.isInteger(number)) return false;
        out[i] = number;
        if (out[i] !== number) throw range(i, value); // -0 === 0
        return true;
      });
      data = { kind: 'i32', values: out };
      break;
    }
    case 'i64': {
      const out = new BigInt64Array(rows);
      each((value, i) => {
        const whole = toWhole(value);
        if (whole === undefined) return false;
        out[i] = whole;
        if (out[i] !== whole) throw range(i, value);
        return true;
      });
      data = { kind: 'i64', values: out };
      break;
    }
    case 'timestamp': {
      const out = new BigInt64Array(rows);
      each((value, i) => {
        const ms = toTimestamp(value);
        if (ms !== undefined) out[i] = BigInt(ms);
        else if (value instanceof Date) valid.clear(i); // an invalid one
        else return false;
        return true;
      });
      data = { kind: 'i64', values: out };
      break;
    }
    case 'bool': {
      const bits = new Uint8Array(bitBytes(rows));
      each((value, i) => { const bool = toBoolean(value); if (bool) bits[i >>> 3] |= 1 << (i & 7); return bool !== undefined; });
      data = { kind: 'bool', bits };
      break;
    }
    case 'utf8': {
      const strings = new Array<string | null>(rows).fill(null);
      each((value, i) => { strings[i] = stringOf(value, name, i); return true; });
      const coded = dictionaryOf(strings);
      data = coded ?? { kind: 'strings', strings: strings.map((text) => text ?? '') };
      break;
    }
    case 'json': {
      const strings = new Array<string>(rows).fill('');
      each((value, i) => {
        const text = jsonText(value, name, i);
        if (text !== undefined) strings[i] = text;
        else if (typeof value === 'object') valid.clear(i); // its toJSON gave nothing
        else return false; // a function or symbol
        return true;
      });
      data = { kind: 'strings', strings };
    }
  }
  return { name, type, length: rows, values: data, ...valid.part };
}

function stringOf(value: unknown, name: string, row: number): string {
  if (typeof value === 'string') return value;
  try {
    return String(value);
  } catch {
    throw refused(name, row, value, 'utf8'); // an object without a prototype
  }
}

function refused(name: string, row: number, value: unknown, type: ColumnType): Error {
  return invalid(`row ${row} of the column '${name}' holds ${describe(value)}, which is no ${type}: mend the value, make it null, or name another type in the schema`, { row, field: name, type });
}
