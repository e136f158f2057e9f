/** What a schema asks for, out of a text. */
import { MOST_MS, toBoolean, toTimestamp } from '../convert.js';
import type { ColumnType } from '../types.js';
import { FLOAT, lossless, parsed, WHOLE, WIDE } from './number.js';
import { moment, parse as parseTime } from './time.js';
import { decode, encode } from './utf8.js';

/** `undefined` where the text is not of that type; `null` for nothing but blanks. Not for `utf8`, which every text is, nor `json`. */
export type Converted = number | bigint | boolean | null | undefined;

const LIKE_A_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number where a schema asks for one: plus signs, leading zeros and digits that a double cannot keep are taken too. */
function lenient(text: string): number | bigint | undefined {
  const bytes = encode(text), kind = lossless(bytes, 0, bytes.length);
  if (kind === WIDE) return parsed.big;
  if (kind === WHOLE || kind === FLOAT) return parsed.value;
  if (text.startsWith('+')) return /^\+[-+]/.test(text) ? undefined : lenient(text.slice(1));
  return LIKE_A_NUMBER.test(text) ? Number(text) : undefined;
}

function whole(text: string): bigint | undefined {
  if (/^[+-]?\d+$/.test(text)) {
    const big = BigInt(text.startsWith('+') ? text.slice(1) : text);
    return big >= -(2n ** 63n) && big < 2n ** 63n ? big : undefined;
  }
  const number = lenient(text);
  if (typeof number === 'bigint') return number;
  return number !== undefined && Number.isInteger(number) && number >= -(2 ** 63) && number < 2 ** 63 ? BigInt(number) : undefined;
}

export function convert(bytes: Uint8Array, start: number, end: number, type: ColumnType): Converted {
  // The usual forms, without a string.
  if (type === 'f64') {
    const kind = lossless(bytes, start, end);
    if (kind === WHOLE || kind === FLOAT) return parsed.value;
  } else if (type === 'i32') {
    if (lossless(bytes, start, end) === WHOLE) return narrow(parsed.value);
  } else if (type === 'timestamp' && parseTime(bytes, start, end)) {
    return BigInt(moment.millis);
  }
  const text = decode(bytes, start, end).trim();
  if (text === '') return null;
  switch (type) {
    case 'f64': { const number = lenient(text); return number === undefined ? undefined : Number(number); }
    case 'i32': { const number = whole(text); return number === undefined ? undefined : narrow(Number(number)); }
    case 'i64': return whole(text);
    case 'bool': return toBoolean(text);
    default: {
      const millis = toTimestamp(text);
      if (millis !== undefined) return BigInt(millis);
      const number = whole(text);
      return number !== undefined && number >= -BigInt(MOST_MS) && number <= BigInt(MOST_MS) ? number : undefined;
    }
  }
}

const narrow = (value: number): number | undefined => ((value | 0) === value ? value | 0 : undefined);

const WANTED: Readonly<Record<ColumnType, string>> = {
  f64: 'a number', i64: 'a whole number of 64 bits', i32: 'a whole number of 32 bits', bool: 'true or false', timestamp: 'an ISO 8601 date or time', json: 'JSON', utf8: 'text',
};

/** What a text should have been, for messages. */
export const wanted = (type: ColumnType | undefined): string => WANTED[type ?? 'utf8'];
