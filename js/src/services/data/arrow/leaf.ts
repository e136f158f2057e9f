/** Columns of one batch as a table has them. Where Arrow's layout is ours, the values stay where they are in the bytes that were read. */
import { allSet, bitBytes } from '../bits.js';
import type { ColumnData, ColumnValues, PackedStrings } from '../columns.js';
import { MOST_MS } from '../convert.js';
import { dataError } from '../errors.js';
import type { ColumnType } from '../types.js';
import { damaged } from './errors.js';
import { decimals, halfFloats } from './numbers.js';
import { widthOf, typed, type Vector } from './vectors.js';

/** The bits of a column: as many as rows, 0 behind them; undefined where all are set. */
export function validityOf({ validity, length }: Vector): Uint8Array | undefined {
  if (!validity) return undefined;
  const bytes = bitBytes(length);
  let all = 255;
  const whole = length >>> 3;
  for (let i = 0; i < whole; i++) all &= validity[i];
  const rest = length & 7, mask = (1 << rest) - 1;
  if (all === 255 && (rest === 0 || (validity[whole] & mask) === mask)) return undefined;
  return trimmed(validity.subarray(0, bytes), length);
}

function trimmed(bits: Uint8Array, length: number): Uint8Array {
  const rest = length & 7, last = bits.length - 1;
  if (rest === 0 || bits[last] >>> rest === 0) return bits;
  const copy = bits.slice();
  copy[last] &= (1 << rest) - 1;
  return copy;
}

type Numbers = Float64Array | Int32Array | BigInt64Array;

/** Null rows hold 0. */
export function withoutNulls<T extends Numbers | Uint8Array | Uint16Array>(values: T, validity: Uint8Array | undefined): T {
  if (!validity) return values;
  let out = values;
  const zero = (typeof values[0] === 'bigint' ? 0n : 0) as never;
  for (let byte = 0; byte < validity.length; byte++) {
    const bits = validity[byte];
    if (bits === 255) continue;
    for (let row = 8 * byte; row < 8 * byte + 8 && row < values.length; row++) {
      if (bits >>> (row & 7) & 1 || Object.is(out[row], zero)) continue;
      if (out === values) out = values.slice() as T;
      out[row] = zero;
    }
  }
  return out;
}

/** A column of numbers, booleans, moments or text. */
export function leafColumn(vector: Vector, name: string): ColumnData {
  const { length, data, field: { type, json } } = vector, validity = validityOf(vector);
  const column = (kind: ColumnType, values: ColumnValues): ColumnData => ({ name, type: kind, length, values, ...(validity && { validity }) });
  const f64 = (values: Float64Array): ColumnData => column('f64', { kind: 'f64', values: withoutNulls(values, validity) });
  const i32 = (values: Int32Array): ColumnData => column('i32', { kind: 'i32', values: withoutNulls(values, validity) });
  const i64 = (kind: 'i64' | 'timestamp', values: BigInt64Array): ColumnData => column(kind, { kind: 'i64', values: withoutNulls(values, validity) });
  switch (type.id) {
    case 'null': return { name, type: 'utf8', length, values: { kind: 'dictionary', codes: new Uint8Array(length), dictionary: [''] }, ...(length > 0 && { validity: new Uint8Array(bitBytes(length)) }) };
    case 'bool': {
      const bits = trimmed(data.subarray(0, bitBytes(length)), length);
      return column('bool', { kind: 'bool', bits: validity ? bits.map((byte, i) => byte & validity[i]) : bits });
    }
    case 'int':
      switch (type.bits) {
        case 8: return i32(new Int32Array(typed<Int8Array | Uint8Array>(type.signed ? Int8Array : Uint8Array, data, length)));
        case 16: return i32(new Int32Array(typed<Int16Array | Uint16Array>(type.signed ? Int16Array : Uint16Array, data, length)));
        case 32: return type.signed ? i32(typed(Int32Array, data, length)) : i64('i64', wideFrom(typed(Uint32Array, data, length)));
        default: return i64('i64', type.signed ? typed(BigInt64Array, data, length) : inRange(withoutNulls(typed(BigInt64Array, data, length), validity), name));
      }
    case 'float': return f64(type.bits === 64 ? typed(Float64Array, data, length) : type.bits === 32 ? new Float64Array(typed(Float32Array, data, length)) : halfFloats(typed(Uint16Array, data, length)));
    case 'decimal': return f64(decimals(typed(Uint8Array, data, length * widthOf(type)), type));
    case 'date': return i64('timestamp', type.unit === 'ms' ? typed(BigInt64Array, data, length) : scaled(typed(Int32Array, data, length), 86_400_000));
    case 'timestamp': return i64('timestamp', moments(typed(BigInt64Array, data, length), type.unit, validity, name));
    case 'utf8': case 'utf8View': {
      const strings = textOf(vector, validity);
      return column(json ? 'json' : 'utf8', { kind: 'strings', strings });
    }
    default: throw damaged(`the column '${name}' is no leaf`);
  }
}

function wideFrom(values: Uint32Array): BigInt64Array {
  const out = new BigInt64Array(values.length), halves = new Uint32Array(out.buffer);
  for (let i = 0; i < values.length; i++) halves[2 * i] = values[i];
  return out;
}

/** Unsigned numbers, read as signed ones. */
function inRange(values: BigInt64Array, name: string): BigInt64Array {
  const row = values.findIndex((value) => value < 0n);
  if (row >= 0) throw dataError('INTEGER_RANGE', `row ${row} of the column '${name}' holds ${BigInt.asUintN(64, values[row])}, which does not fit 64 bits with a sign: cast the column to float64 or text before writing`, { row, field: name });
  return values;
}

function scaled(values: Int32Array, by: number): BigInt64Array {
  const out = new BigInt64Array(values.length), halves = new Int32Array(out.buffer);
  for (let i = 0; i < values.length; i++) {
    const ms = values[i] * by, high = Math.floor(ms / 4294967296); // exact: 2^31 days are below 2^58 ms, multiples of 2^10
    halves[2 * i] = ms - high * 4294967296;
    halves[2 * i + 1] = high;
  }
  return out;
}

/** Milliseconds; what is finer is cut to the millisecond before it. */
function moments(values: BigInt64Array, unit: number, validity: Uint8Array | undefined, name: string): BigInt64Array {
  if (unit === 1) return values;
  const given = withoutNulls(values, validity), out = new BigInt64Array(given.length);
  if (unit === 0) {
    for (let i = 0; i < given.length; i++) {
      const second = given[i];
      if (second > MOST_SECONDS || second < -MOST_SECONDS) throw dataError('INTEGER_RANGE', `row ${i} of the column '${name}' is ${second} seconds from 1970, which no Date holds: mend it, or cast the column to int64 before writing`, { row: i, field: name });
      out[i] = second * 1000n;
    }
    return out;
  }
  const by = unit === 2 ? 1000n : 1_000_000n;
  for (let i = 0; i < given.length; i++) {
    const value = given[i], ms = value / by;
    out[i] = value < 0n && ms * by !== value ? ms - 1n : ms;
  }
  return out;
}
const MOST_SECONDS = /* @__PURE__ */ BigInt(MOST_MS / 1000);

// ── text ──

/** Texts from 0 on, one behind the other; those of null rows empty. */
export function textOf(vector: Vector, validity = validityOf(vector)): PackedStrings {
  if (vector.field.type.id === 'utf8View') return textOfViews(vector, validity);
  const { length, data } = vector, offsets = vector.offsets!;
  const start = offsets[0], bytes = data.subarray(start, offsets[length]);
  if (validity && fillsNulls(offsets, validity)) return packPieces(length, (row) => (validity[row >>> 3] >>> (row & 7) & 1 ? data.subarray(offsets[row], offsets[row + 1]) : NOTHING));
  return { offsets: start === 0 ? offsets : offsets.map((offset) => offset - start), bytes };
}

const NOTHING = new Uint8Array(0);

function fillsNulls(offsets: Int32Array, validity: Uint8Array): boolean {
  for (let row = 0; row < offsets.length - 1; row++) {
    if (offsets[row] !== offsets[row + 1] && !(validity[row >>> 3] >>> (row & 7) & 1)) return true;
  }
  return false;
}

function textOfViews({ data, length, texts }: Vector, validity: Uint8Array | undefined): PackedStrings {
  const words = typed(Int32Array, data, 4 * length), inline = typed(Uint8Array, data, 16 * length);
  return packPieces(length, (row) => {
    if (validity && !(validity[row >>> 3] >>> (row & 7) & 1)) return NOTHING;
    const size = words[4 * row];
    if (size >= 0 && size <= 12) return inline.subarray(16 * row + 4, 16 * row + 4 + size);
    const text = texts![words[4 * row + 2]], at = words[4 * row + 3];
    if (size < 0 || text === undefined || at < 0 || at + size > text.length) throw damaged('a view points outside of its text');
    return text.subarray(at, at + size);
  });
}

function packPieces(count: number, piece: (row: number) => Uint8Array): PackedStrings {
  const offsets = new Int32Array(count + 1);
  let end = 0;
  for (let row = 0; row < count; row++) {
    end += piece(row).length;
    if (end > 0x7fffffff) throw dataError('TOO_LARGE', 'the Arrow data has a text column of more than 2 GiB: split it');
    offsets[row + 1] = end;
  }
  const bytes = new Uint8Array(end);
  for (let row = 0; row < count; row++) bytes.set(piece(row), offsets[row]);
  return { offsets, bytes };
}

/** Bits of several columns one behind the other; undefined: all set. */
export function joinBits(parts: readonly { bits: Uint8Array | undefined; length: number }[], rows: number): Uint8Array {
  const out = new Uint8Array(bitBytes(rows));
  let at = 0;
  for (const { length, ...part } of parts) {
    const bits = part.bits ?? allSet(length), shift = at & 7, bytes = bitBytes(length);
    for (let i = 0, byte = at >>> 3; i < bytes; i++, byte++) {
      out[byte] |= bits[i] << shift;
      if (shift && byte + 1 < out.length) out[byte + 1] |= bits[i] >>> (8 - shift);
    }
    at += length;
  }
  return out;
}
