/**
 * One field of many rows on its way into a column. It starts as what a few rows suggest and is widened by the first value that does not
 * fit: the loop that fills it checks a value by one comparison and stops there (aggregate-extract.ts).
 */
import { isDate } from '../column-from-values.js';
import { dataError, describe, invalid } from '../errors.js';
import { jsonText } from '../json-text.js';
import { type Body, type Column, exactDoubles } from '../js/column.js';
import type { ColumnType } from '../types.js';

export type Mode = 'none' | 'i32' | 'f64' | 'big' | 'bool' | 'text' | 'dictionary' | 'date' | 'json';

const KINDS: Record<Mode, string> = {
  none: 'nulls', i32: 'numbers', f64: 'numbers', big: 'bigints', bool: 'booleans', text: 'strings', dictionary: 'strings', date: 'dates', json: 'objects or arrays',
};

export class Field {
  mode: Mode = 'none';
  /** A byte per row, from the first null on. */
  valid: Uint8Array | undefined;
  ints!: Int32Array;
  doubles!: Float64Array;
  bigs!: BigInt64Array;
  bytes!: Uint8Array;
  texts!: string[];
  /** Of a dictionary: `ints` are codes, `texts` its strings, `known` where they stand, `first` the rows where each comes first. */
  known!: Map<string, number>;
  first!: number[];

  constructor(readonly name: string, readonly n: number, readonly coded: boolean) {}

  /** Where the row of that place stands in what the caller gave. */
  place: (row: number) => number = (row) => row;

  /** Takes a value of the field's kind; false where it is not, and nothing has changed. */
  put(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.#putNull(row);
    switch (this.mode) {
      case 'none': return false;
      case 'i32': {
        if (typeof value !== 'number' || (value | 0) !== value || Object.is(value, -0)) return false;
        this.ints[row] = value;
        break;
      }
      case 'f64':
        if (typeof value !== 'number') return false;
        this.doubles[row] = value;
        break;
      case 'big': {
        const big = typeof value === 'bigint' ? value : Number.isInteger(value) ? BigInt(value as number) : undefined;
        if (big === undefined) return false;
        this.#putBig(row, big);
        break;
      }
      case 'bool':
        if (typeof value !== 'boolean') return false;
        this.bytes[row] = value ? 1 : 0;
        break;
      case 'text':
        if (typeof value !== 'string') return false;
        this.texts[row] = value;
        break;
      case 'dictionary': {
        if (typeof value !== 'string') return false;
        let code = this.known.get(value);
        if (code === undefined) {
          this.known.set(value, (code = this.texts.length));
          this.texts.push(value);
          this.first.push(row);
        }
        this.ints[row] = code;
        break;
      }
      case 'date': {
        if (typeof value !== 'object' || !isDate(value)) return false;
        const time = value.getTime();
        if (time !== time) return this.#putNull(row);
        this.doubles[row] = time;
        break;
      }
      case 'json': {
        if (typeof value !== 'object' || isDate(value)) return false;
        const text = jsonText(value, this.name, this.place(row));
        if (text === undefined) return this.#putNull(row);
        this.texts[row] = text;
        break;
      }
    }
    if (this.valid) this.valid[row] = 1;
    return true;
  }

  #putNull(row: number): boolean {
    if (!this.valid) return false;
    // Rows come again after a field beside this one was widened; text arrays have holes otherwise.
    if (this.mode === 'text' || this.mode === 'json') this.texts[row] = '';
    return true;
  }

  #putBig(row: number, value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) {
      throw dataError('INTEGER_RANGE', `${this.#where(row)} is ${value}, past 64 bits: pass it as a string or a number`);
    }
    this.bigs[row] = value;
  }

  #where(row: number): string {
    return `'${this.name}' of row ${this.place(row)}`;
  }

  /** Makes room for the value that did not fit at `row`; every row before it keeps its own. */
  widen(row: number, value: unknown): void {
    const mode = modeOf(value, this.coded);
    // A value of its own kind that is none: an invalid Date, an object that JSON leaves out.
    if (value === null || value === undefined || (mode === this.mode && !this.valid)) {
      this.#allowNulls(row);
      return;
    }
    if (this.mode === 'none' && mode) {
      this.#begin(mode);
      return;
    }
    if (mode === 'f64' && this.mode === 'i32') {
      this.doubles = Float64Array.from(this.ints);
      this.mode = 'f64';
      return;
    }
    if (mode === 'big' && (this.mode === 'i32' || this.mode === 'f64')) {
      const numbers = this.mode === 'i32' ? this.ints : this.doubles;
      this.bigs = new BigInt64Array(this.n);
      for (let i = 0; i < row; i++) {
        if (!Number.isInteger(numbers[i])) this.#mixed(row, value);
        this.#putBig(i, BigInt(numbers[i]));
      }
      this.mode = 'big';
      return;
    }
    this.#mixed(row, value);
  }

  #mixed(row: number, value: unknown): never {
    const kind = modeOf(value, false);
    throw invalid(kind
      ? `${this.#where(row)} is one of ${KINDS[kind]} where rows before it hold ${KINDS[this.mode]}: make them one kind, or load the rows with a schema that names a type for both`
      : `${this.#where(row)} is ${describe(value)}, which is no data: leave the field out, or make it a value`, { row: this.place(row), field: this.name });
  }

  #allowNulls(row: number): void {
    this.valid = new Uint8Array(this.n);
    if (this.mode !== 'none') this.valid.fill(1, 0, row);
  }

  #begin(mode: Mode): void {
    const { n } = this;
    this.mode = mode;
    if (mode === 'i32' || mode === 'dictionary') this.ints = new Int32Array(n);
    if (mode === 'f64' || mode === 'date') this.doubles = new Float64Array(n);
    if (mode === 'big') this.bigs = new BigInt64Array(n);
    if (mode === 'bool') this.bytes = new Uint8Array(n);
    // Nulls that came before were not kept: every place is a string.
    if (mode === 'text' || mode === 'json') this.texts = this.valid ? new Array<string>(n).fill('') : new Array<string>(n);
    if (mode === 'dictionary') {
      this.texts = [];
      this.known = new Map();
      this.first = [];
    }
  }

  /** What a look at a few rows suggests. A wrong guess costs a little time, never a wrong type. */
  guess<T>(samples: readonly T[], read: (row: T) => unknown): void {
    let mode: Mode | undefined;
    for (const row of samples) {
      const value = read(row);
      if (value === null || value === undefined) this.valid ??= new Uint8Array(this.n);
      else if (mode === undefined || (mode === 'i32' && typeof value === 'number')) mode = modeOf(value, this.coded);
    }
    if (mode) this.#begin(mode);
  }

  column(): Column {
    const valid = this.valid?.includes(0) ? this.valid : undefined;
    const made = (type: ColumnType, body: Body): Column => ({ type, length: this.n, body, valid });
    switch (this.mode) {
      case 'none': return { type: 'utf8', length: this.n, body: { kind: 'dictionary', codes: new Int32Array(this.n), dictionary: [''] }, valid: new Uint8Array(this.n) };
      case 'i32': return made('i32', { kind: 'i32', values: this.ints });
      case 'f64': return made('f64', { kind: 'f64', values: this.doubles });
      case 'big': {
        const doubles = exactDoubles(this.bigs);
        return made('i64', doubles ? { kind: 'f64', values: doubles } : { kind: 'big', values: this.bigs });
      }
      case 'bool': return made('bool', { kind: 'bool', values: this.bytes });
      case 'date': return made('timestamp', { kind: 'f64', values: this.doubles });
      case 'text': return made('utf8', { kind: 'strings', values: this.texts });
      case 'json': return made('json', { kind: 'strings', values: this.texts });
      case 'dictionary':
        return made('utf8', { kind: 'dictionary', codes: this.ints, dictionary: this.texts, ...(!valid && { first: Int32Array.from(this.first) }) });
    }
  }
}

function modeOf(value: unknown, coded: boolean): Mode | undefined {
  switch (typeof value) {
    case 'number': return (value | 0) === value && !Object.is(value, -0) ? 'i32' : 'f64';
    case 'bigint': return 'big';
    case 'boolean': return 'bool';
    case 'string': return coded ? 'dictionary' : 'text';
    case 'object': return value === null ? undefined : isDate(value) ? 'date' : 'json';
    default: return undefined;
  }
}
