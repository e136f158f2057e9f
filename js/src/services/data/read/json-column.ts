/** A column of JSON values while it is read. Numbers widen among themselves; nothing else mixes, unless the schema says how. */
import type { ColumnData, ColumnValues } from '../columns.js';
import type { ColumnType } from '../types.js';
import { bitsOf } from './csv-column.js';
import { grown, NullMarks } from './growable.js';
import { ESCAPED, FALSE, minify, NESTED, NULL, NUMBER, STRING, TRUE, unescape } from './json-text.js';
import { lossless, NONE, parsed, WHOLE, WIDE } from './number.js';
import { Text } from './text.js';
import { convert } from './typed.js';
import { decode, encode } from './utf8.js';

const NULLS = 0, BOOL = 1, I32 = 2, I64 = 3, F64 = 4, TEXT = 5, JSON_TEXT = 6;
const STATES: Readonly<Record<ColumnType, number>> = { bool: BOOL, i32: I32, i64: I64, timestamp: I64, f64: F64, utf8: TEXT, json: JSON_TEXT };
const TYPES: readonly ColumnType[] = ['utf8', 'bool', 'i32', 'i64', 'f64', 'utf8', 'json'];
const HOLDS = [undefined, 'booleans', 'numbers', 'numbers', 'numbers', 'strings', 'objects or arrays'] as const;

/** Values as places in the data. */
export class Tokens {
  count = 0;
  kinds = new Uint8Array(16);
  starts = new Int32Array(16);
  ends = new Int32Array(16);

  add(kind: number, start: number, end: number): void {
    const at = this.count++;
    if (at === this.kinds.length) {
      this.kinds = grown(this.kinds, at + 1);
      this.starts = grown(this.starts, at + 1);
      this.ends = grown(this.ends, at + 1);
    }
    this.kinds[at] = kind;
    this.starts[at] = start;
    this.ends[at] = end;
  }

  /** Nulls up to `count`, or what is over is dropped. */
  fit(count: number): void {
    while (this.count < count) this.add(NULL, 0, 0);
    this.count = count;
  }
}

const FRACTION = 0, SMALL = 1, BIG = 2;

/** `parsed.value` of a number that is whole (SMALL) or not, or `parsed.big` beyond 2^53. */
function numeric(data: Uint8Array, start: number, end: number): number {
  const kind = lossless(data, start, end);
  if (kind === WHOLE) return SMALL;
  if (kind === WIDE) return BIG;
  if (kind === NONE) parsed.value = Number(decode(data, start, end));
  const { value } = parsed;
  return Math.trunc(value) === value && Math.abs(value) <= 2 ** 53 && !Object.is(value, -0) ? SMALL : FRACTION;
}

const ONE = /* @__PURE__ */ encode('1'), NOUGHT = /* @__PURE__ */ encode('0');

export class JsonColumn {
  #state: number;
  /** Bool as 0 and 1, i32. */
  #ints = new Int32Array(0);
  #floats = new Float64Array(0);
  #bigs = new BigInt64Array(0);
  #text: Text | undefined;
  /** Every number is whole, so that integers beyond 2^53 can join. */
  #whole = true;
  #nulls = new NullMarks();

  /** @param rows what stands above the first value, all nulls */
  constructor(readonly name: string, readonly type: ColumnType | undefined, public rows = 0) {
    this.#state = type === undefined ? NULLS : STATES[type];
    if (this.#state >= TEXT) this.#text = new Text(this.#state === TEXT);
    for (let row = 0; row < rows; row++) {
      this.#nulls.mark(row);
      this.#text?.pushNull();
    }
  }

  /** What the column holds, for a message; `undefined` where the schema says what it should. */
  get holds(): string | undefined { return this.type === undefined ? HOLDS[this.#state] : undefined; }

  /** Adds the first `count` tokens. Returns the place of the first that does not go with the column, or -1. */
  append(data: Uint8Array, tokens: Tokens, count: number): number {
    for (let at = 0; at < count;) {
      at = this.#run(data, tokens, at, count);
      if (at === count) break;
      if (!this.#admit(data, tokens.kinds[at], tokens.starts[at], tokens.ends[at])) return at;
      at++;
    }
    return -1;
  }

  /** Tokens that are what most of the column is, in loops of their own. Returns where they end. */
  #run(data: Uint8Array, tokens: Tokens, at: number, count: number): number {
    if (this.type !== undefined && this.type !== 'utf8') return at;
    const { kinds, starts, ends } = tokens, row = this.rows - at;
    this.#reserve(count - at);
    switch (this.#state) {
      case I32:
        for (const values = this.#ints; at < count && kinds[at] === NUMBER; at++) {
          if (lossless(data, starts[at], ends[at]) !== WHOLE || (parsed.value | 0) !== parsed.value) break;
          values[row + at] = parsed.value;
        }
        break;
      case F64:
        for (const values = this.#floats; at < count && kinds[at] === NUMBER; at++) {
          const found = numeric(data, starts[at], ends[at]);
          if (found === BIG) break;
          if (found === FRACTION) this.#whole = false;
          values[row + at] = parsed.value;
        }
        break;
      case TEXT:
        for (const text = this.#text!; at < count && kinds[at] === STRING; at++) text.push(data, starts[at], ends[at]);
        break;
    }
    this.rows = row + at;
    return at;
  }

  /** Room for `more` rows in what the column is. Rows that are skipped hold 0. */
  #reserve(more: number): void {
    const needed = this.rows + more;
    if (this.#state === BOOL || this.#state === I32) this.#ints = grown(this.#ints, needed);
    else if (this.#state === F64) this.#floats = grown(this.#floats, needed);
    else if (this.#state === I64) this.#bigs = grown(this.#bigs, needed);
  }

  #pushNull(): true {
    this.#nulls.mark(this.rows++);
    this.#text?.pushNull();
    return true;
  }

  /** One value of any kind. False: it does not go with the column. */
  #admit(data: Uint8Array, kind: number, start: number, end: number): boolean {
    if (kind === NULL) return this.#pushNull();
    if (this.type !== undefined) return this.#admitTyped(data, kind, start, end, this.type);
    const done = kind === NUMBER ? this.#admitNumber(data, start, end) : kind === NESTED ? this.#admitJson(data, start, end)
      : kind >= STRING ? this.#admitText(data, kind, start, end) : this.#admitBool(kind === TRUE);
    if (done) this.rows++;
    return done;
  }

  #admitBool(value: boolean): boolean {
    if (this.#state === NULLS) this.#state = BOOL;
    if (this.#state !== BOOL) return false;
    this.#reserve(1);
    this.#ints[this.rows] = value ? 1 : 0;
    return true;
  }

  #admitNumber(data: Uint8Array, start: number, end: number): boolean {
    if (this.#state === NULLS) this.#state = I32;
    const found = numeric(data, start, end), { value, big } = parsed;
    // The state the column must have for this value.
    if (this.#state === I32) {
      if (found === BIG) this.#toBigs(this.#ints); else if (found === FRACTION || (value | 0) !== value) this.#toFloats(this.#ints);
    } else if (this.#state === F64 && found === BIG && this.#whole) {
      this.#toBigs(this.#floats);
    } else if (this.#state === I64 && found === FRACTION) {
      this.#toFloats(this.#bigs);
    }
    if (found === FRACTION) this.#whole = false;
    this.#reserve(1);
    switch (this.#state) {
      case I32: this.#ints[this.rows] = value; return true;
      case F64: this.#floats[this.rows] = found === BIG ? Number(big) : value; return true;
      case I64: this.#bigs[this.rows] = found === BIG ? big : BigInt(value); return true;
      default: return false;
    }
  }

  #toFloats(values: Int32Array | BigInt64Array): void {
    this.#floats = values instanceof Int32Array ? Float64Array.from(values) : Float64Array.from(values, Number);
    this.#ints = new Int32Array(0);
    this.#bigs = new BigInt64Array(0);
    this.#state = F64;
  }

  #toBigs(values: Int32Array | Float64Array): void {
    this.#bigs = BigInt64Array.from(values as Float64Array, BigInt);
    this.#ints = new Int32Array(0);
    this.#floats = new Float64Array(0);
    this.#state = I64;
  }

  /** The column as text or JSON, where it has held nothing but nulls. */
  #becomeText(state: number): void {
    if (this.#state !== NULLS) return;
    this.#state = state;
    this.#text = new Text(state === TEXT);
    for (let row = 0; row < this.rows; row++) this.#text.pushNull();
  }

  #admitText(data: Uint8Array, kind: number, start: number, end: number): boolean {
    this.#becomeText(TEXT);
    if (this.#state !== TEXT) return false;
    if (kind === STRING) {
      this.#text!.push(data, start, end);
    } else {
      const text = unescape(data, start, end);
      this.#text!.pushAsIs(text, 0, text.length);
    }
    return true;
  }

  #admitJson(data: Uint8Array, start: number, end: number): boolean {
    this.#becomeText(JSON_TEXT);
    if (this.#state !== JSON_TEXT) return false;
    const text = minify(data, start, end);
    this.#text!.push(text, 0, text.length);
    return true;
  }

  #admitTyped(data: Uint8Array, kind: number, start: number, end: number, type: ColumnType): boolean {
    if (type === 'json') {
      // The value as it was written, quotes and all.
      const quotes = kind === STRING || kind === ESCAPED ? 1 : 0;
      this.#admitJson(data, start - quotes, end + quotes);
      this.rows++;
      return true;
    }
    let text = data.subarray(start, end);
    if (kind === ESCAPED) text = unescape(data, start, end);
    else if (kind === NESTED) text = minify(data, start, end);
    else if (type !== 'utf8' && type !== 'bool' && type !== 'timestamp' && (kind === TRUE || kind === FALSE)) text = kind === TRUE ? ONE : NOUGHT;
    if (type === 'utf8') {
      if (kind === ESCAPED) this.#text!.pushAsIs(text, 0, text.length); else this.#text!.push(text, 0, text.length);
      this.rows++;
      return true;
    }
    const value = convert(text, 0, text.length, type);
    if (value === undefined) return false;
    if (value === null) return this.#pushNull();
    this.#reserve(1);
    if (this.#state === F64) this.#floats[this.rows] = Number(value);
    else if (this.#state === I64) this.#bigs[this.rows] = BigInt(value);
    else this.#ints[this.rows] = Number(value);
    this.rows++;
    return true;
  }

  finish(rows: number): ColumnData {
    if (this.#state === NULLS) this.#becomeText(TEXT);
    while (this.rows < rows) this.#pushNull();
    return { name: this.name, type: this.type ?? TYPES[this.#state], length: rows, values: this.#values(), ...this.#nulls.finish(rows) };
  }

  #values(): ColumnValues {
    const { rows } = this;
    this.#reserve(0);
    switch (this.#state) {
      case BOOL: return { kind: 'bool', bits: bitsOf(this.#ints, rows) };
      case I32: return { kind: 'i32', values: this.#ints.slice(0, rows) };
      case I64: return { kind: 'i64', values: this.#bigs.slice(0, rows) };
      case F64: return { kind: 'f64', values: this.#floats.slice(0, rows) };
      default: return this.#text!.finish();
    }
  }
}

const CALLED = ['null', 'a boolean', 'a boolean', 'a number', 'a string', 'a string', 'an object or array'];
/** What a value is called in a message. */
export const called = (kind: number): string => CALLED[kind];
