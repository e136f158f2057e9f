/**
 * A column of a text file whose type is found while it is read, or was given.
 *
 * The type is a matter of the set of cells alone, not of their order: all booleans, all whole numbers of 32 bits, of 64 bits, numbers
 * (where no whole number among them needs more than a double has), times; anything else is text. When a column turns into text after its
 * cells were numbers, their texts come out as they stood in the file: most can be printed again from the value and the column's form, the
 * others are kept beside it.
 */
import type { ColumnData, ColumnValues } from '../columns.js';
import type { ColumnType } from '../types.js';
import type { Cells } from './cells.js';
import { grown, NullMarks } from './growable.js';
import { minified } from './json-text.js';
import { doubleKeeps, FIXED, FLOAT, lossless, NONE, OTHER, parsed, print as printNumber, SHORTEST, WHOLE, WIDE } from './number.js';
import { Text } from './text.js';
import { DATE_ALONE, moment, parse as parseTime, print as printTime } from './time.js';
import { convert } from './typed.js';
import { decode, encode } from './utf8.js';

const NULLS = 0, BOOL = 1, I32 = 2, I64 = 3, F64 = 4, TIME = 5, TEXT = 6;
const STATES: Readonly<Record<ColumnType, number>> = { bool: BOOL, i32: I32, i64: I64, f64: F64, timestamp: TIME, utf8: TEXT, json: TEXT };
const TYPES: readonly ColumnType[] = ['utf8', 'bool', 'i32', 'i64', 'f64', 'timestamp', 'utf8'];
/** No fixed number of digits: as short as it can be printed. */
const FREE = -1;

const SPELLINGS = [['false', 'true'], ['False', 'True'], ['FALSE', 'TRUE']] as const;

/** `true` and `false` in the cases people write: twice the spelling plus the value, or -1. */
function boolean(text: Uint8Array, start: number, end: number): number {
  if (end - start < 4 || end - start > 5) return -1;
  const found = decode(text, start, end);
  for (let spelling = 0; spelling < 3; spelling++) for (let value = 0; value < 2; value++) if (SPELLINGS[spelling][value] === found) return spelling * 2 + value;
  return -1;
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 9;

export class CsvColumn {
  rows = 0;
  #state: number;
  /** Bool as 0 and 1, i32. */
  #ints = new Int32Array(0);
  /** Numbers, and milliseconds of times. */
  #floats = new Float64Array(0);
  #bigs = new BigInt64Array(0);
  #text: Text | undefined;
  #nulls = new NullMarks();
  /** How cells are printed: the spelling of booleans, digits of floats or FREE, the form of times. */
  #form = FREE;
  /** Some whole number is more than a double keeps. */
  #wide = false;
  /** Texts that the value would not give back, by row. */
  #sources = new Map<number, Uint8Array>();

  /** @param type given by the schema */
  constructor(readonly name: string, readonly type: ColumnType | undefined) {
    this.#state = type === undefined ? NULLS : STATES[type];
    if (this.#state === TEXT) this.#text = new Text(type !== 'json');
  }

  /** Adds a batch. Returns the row of the first cell that is not what the schema says, or -1. */
  append(cells: Cells): number {
    if (this.type !== undefined && this.type !== 'utf8') return this.#appendTyped(cells, this.type);
    for (let at = 0; at < cells.rows;) at = this.#run(cells, at);
    return -1;
  }

  /** Cells from `at` on, as long as they are what the column is, in loops of their own; then one of any kind. Returns where it ended. */
  #run(cells: Cells, at: number): number {
    const { rows } = cells;
    this.#reserve(rows - at);
    const row = this.rows - at;
    switch (this.#state) {
      case I32:
        for (const values = this.#ints; at < rows; at++) {
          if (!cells.at(at)) { this.#nulls.mark(row + at); continue; }
          if (lossless(cells.text, cells.start, cells.end) !== WHOLE || (parsed.value | 0) !== parsed.value) break;
          values[row + at] = parsed.value;
        }
        break;
      case F64:
        for (const values = this.#floats, form = this.#form; at < rows; at++) {
          if (!cells.at(at)) { this.#nulls.mark(row + at); continue; }
          if (lossless(cells.text, cells.start, cells.end) !== FLOAT || !prints(form)) break;
          values[row + at] = parsed.value;
        }
        break;
      case TEXT:
        for (const text = this.#text!; at < rows; at++) {
          if (cells.at(at)) { text.push(cells.text, cells.start, cells.end); continue; }
          this.#nulls.mark(row + at);
          text.pushNull();
        }
        break;
    }
    this.rows = row + at;
    if (at === rows) return at;
    if (cells.at(at)) this.#admit(cells.text, cells.start, cells.end); else this.#pushNull();
    return at + 1;
  }

  /** Room for `more` rows in what the column is. Rows that are skipped hold 0. */
  #reserve(more: number): void {
    const needed = this.rows + more;
    if (this.#state === BOOL || this.#state === I32) this.#ints = grown(this.#ints, needed);
    else if (this.#state === F64 || this.#state === TIME) this.#floats = grown(this.#floats, needed);
    else if (this.#state === I64) this.#bigs = grown(this.#bigs, needed);
  }

  #pushNull(): void {
    this.#nulls.mark(this.rows++);
    this.#text?.pushNull();
  }

  #become(state: number, form: number): void {
    this.#state = state;
    this.#form = form;
    this.#reserve(1);
  }

  /** One cell of any kind; the column widens where it must. */
  #admit(text: Uint8Array, start: number, end: number): void {
    let kept = this.#admitValue(text, start, end);
    if (kept === undefined && (isBlank(text[start]) || isBlank(text[end - 1]))) {
      let from = start, to = end;
      while (from < to && isBlank(text[from])) from++;
      while (to > from && isBlank(text[to - 1])) to--;
      kept = this.#admitValue(text, from, to);
      if (kept === true) kept = false;
    }
    if (kept === undefined || kept === null) {
      this.#becomeText().push(text, start, end);
    } else if (!kept) {
      this.#sources.set(this.rows, text.slice(start, end));
    }
    this.rows++;
  }

  /** `undefined`: the cell is text; `null`: it does not go with the column; else whether the value prints as its cell. */
  #admitValue(text: Uint8Array, start: number, end: number): boolean | null | undefined {
    switch (lossless(text, start, end)) {
      case NONE: break;
      case FLOAT: return this.#admitFloat();
      case WIDE: return this.#admitWide(parsed.big);
      default: return this.#admitWhole(parsed.value);
    }
    const spelled = boolean(text, start, end);
    if (spelled >= 0) return this.#admitBool((spelled & 1) === 1, spelled >> 1);
    return parseTime(text, start, end) && !moment.finer ? this.#admitTime() : undefined;
  }

  #admitBool(value: boolean, spelling: number): boolean | null {
    if (this.#state === NULLS) this.#become(BOOL, spelling);
    if (this.#state !== BOOL) return null;
    this.#reserve(1);
    this.#ints[this.rows] = value ? 1 : 0;
    return this.#form === spelling;
  }

  #admitWhole(value: number): boolean | null {
    const narrow = (value | 0) === value;
    if (this.#state === NULLS) this.#become(narrow ? I32 : I64, FREE);
    else if (this.#state === I32 && !narrow) this.#widenToI64();
    this.#reserve(1);
    switch (this.#state) {
      case I32: this.#ints[this.rows] = value; return true;
      case I64: this.#bigs[this.rows] = BigInt(value); return true;
      case F64: this.#floats[this.rows] = value; return this.#form === FREE;
      default: return null;
    }
  }

  #admitWide(value: bigint): boolean | null {
    if (this.#state === NULLS) this.#become(I64, FREE);
    else if (this.#state === I32) this.#widenToI64();
    this.#reserve(1);
    const kept = doubleKeeps(value);
    if (this.#state === I64) {
      this.#wide ||= !kept;
      this.#bigs[this.rows] = value;
      return true;
    }
    if (this.#state !== F64 || !kept) return null;
    this.#floats[this.rows] = Number(value);
    return this.#form === FREE;
  }

  #admitFloat(): boolean | null {
    if (this.#state === NULLS) {
      this.#become(F64, parsed.form === FIXED ? parsed.digits : FREE);
    } else if (this.#state === I32) {
      this.#floats = Float64Array.from(this.#ints);
      this.#ints = new Int32Array(0);
      this.#become(F64, FREE);
    } else if (this.#state === I64 && !this.#wide) {
      this.#floats = Float64Array.from(this.#bigs, Number);
      this.#bigs = new BigInt64Array(0);
      this.#become(F64, FREE);
    }
    if (this.#state !== F64) return null;
    this.#reserve(1);
    this.#floats[this.rows] = parsed.value;
    return prints(this.#form);
  }

  #admitTime(): boolean | null {
    if (this.#state === NULLS) this.#become(TIME, moment.form);
    if (this.#state !== TIME) return null;
    this.#reserve(1);
    this.#floats[this.rows] = moment.millis;
    return this.#form === moment.form;
  }

  #widenToI64(): void {
    this.#bigs = BigInt64Array.from(this.#ints, BigInt);
    this.#ints = new Int32Array(0);
    this.#become(I64, FREE);
  }

  /** The column as text, its cells as they stood in the file. */
  #becomeText(): Text {
    if (this.#text) return this.#text;
    const text = this.#text = new Text(true);
    for (let row = 0; row < this.rows; row++) {
      if (this.#state === NULLS || this.#nulls.has(row)) { text.pushNull(); continue; }
      const cell = this.#sources.get(row) ?? encode(this.#printed(row));
      text.push(cell, 0, cell.length);
    }
    this.#state = TEXT;
    this.#sources.clear();
    this.#ints = new Int32Array(0);
    this.#floats = new Float64Array(0);
    this.#bigs = new BigInt64Array(0);
    return text;
  }

  #printed(row: number): string {
    switch (this.#state) {
      case BOOL: return SPELLINGS[this.#form][this.#ints[row]];
      case I32: return String(this.#ints[row]);
      case I64: return String(this.#bigs[row]);
      case F64: return printNumber(this.#floats[row], this.#form);
      default: return printTime(this.#floats[row], this.#form === FREE ? DATE_ALONE : this.#form);
    }
  }

  #appendTyped(cells: Cells, type: ColumnType): number {
    this.#reserve(cells.rows);
    for (let at = 0; at < cells.rows; at++) {
      if (!cells.at(at)) { this.#pushNull(); continue; }
      if (type === 'json') {
        const json = minified(cells.text, cells.start, cells.end);
        if (json === undefined) return at;
        if (json === null) this.#pushNull(); else { this.#text!.push(json, 0, json.length); this.rows++; }
        continue;
      }
      const value = convert(cells.text, cells.start, cells.end, type);
      if (value === undefined) return at;
      if (value === null) { this.#pushNull(); continue; }
      if (type === 'f64') this.#floats[this.rows] = value as number;
      else if (type === 'i64') this.#bigs[this.rows] = value as bigint;
      else if (type === 'timestamp') this.#floats[this.rows] = Number(value);
      else this.#ints[this.rows] = Number(value);
      this.rows++;
    }
    return -1;
  }

  finish(): ColumnData {
    if (this.#state === NULLS) this.#becomeText();
    const { name, rows } = this;
    return { name, type: this.type ?? TYPES[this.#state], length: rows, values: this.#values(), ...this.#nulls.finish(rows) };
  }

  #values(): ColumnValues {
    const { rows } = this;
    this.#reserve(0);
    switch (this.#state) {
      case BOOL: return { kind: 'bool', bits: bitsOf(this.#ints, rows) };
      case I32: return { kind: 'i32', values: this.#ints.slice(0, rows) };
      case I64: return { kind: 'i64', values: this.#bigs.slice(0, rows) };
      case F64: return { kind: 'f64', values: this.#floats.slice(0, rows) };
      case TIME: return { kind: 'i64', values: BigInt64Array.from(this.#floats.subarray(0, rows), BigInt) };
      default: return this.#text!.finish();
    }
  }
}

export function bitsOf(values: ArrayLike<number>, rows: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rows / 8));
  for (let row = 0; row < rows; row++) bits[row >>> 3] |= values[row] << (row & 7);
  return bits;
}

/** Whether a column that prints with so many digits after the point, or as short as it can, gives the parsed float's cell back. */
function prints(form: number): boolean {
  return form === FREE ? parsed.form === SHORTEST : parsed.digits === form && parsed.form !== OTHER;
}
