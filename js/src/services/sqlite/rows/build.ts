/** From packed rows to what callers get: objects, arrays or columns. */
import type { RowOptions } from '../engine.js';
import { integerRange } from '../errors.js';
import type { SQLValue } from '../types.js';
import { BIG_INTEGER, BLOB, FLOAT, INTEGER, NULL, TEXT, decodeBadText, type Chunk } from './cells.js';
import { MOST_COLUMNS, arrayBuilder, canMakeCode, objectBuilder, type Builder } from './codegen.js';

type Row = Record<string, SQLValue>;

/** The builders of one list of columns; made when they are first needed. */
export class RowBuilders {
  readonly columns: readonly string[];
  #objects: [Builder<Row> | undefined, Builder<Row> | undefined] = [undefined, undefined];
  #arrays: [Builder<SQLValue[]> | undefined, Builder<SQLValue[]> | undefined] = [undefined, undefined];

  constructor(columns: readonly string[]) {
    this.columns = columns;
  }

  /** Appends a chunk's rows. @throws INTEGER_RANGE naming row and column; `first` is the number of the chunk's first row. */
  objects(chunk: Chunk, out: Row[], { bigint }: RowOptions, first: number): void {
    const at = bigint ? 1 : 0;
    const build = this.#objects[at] ??= (this.#makesCode() ? objectBuilder(this.columns, bigint) as Builder<Row> : plainObjects(this.columns, bigint));
    build(chunk, out, this.#other(chunk, bigint, first));
  }

  arrays(chunk: Chunk, out: SQLValue[][], { bigint }: RowOptions, first: number): void {
    const at = bigint ? 1 : 0;
    const build = this.#arrays[at] ??= (this.#makesCode() ? arrayBuilder(this.columns.length, bigint) as Builder<SQLValue[]> : plainArrays(this.columns.length, bigint));
    build(chunk, out, this.#other(chunk, bigint, first));
  }

  #makesCode(): boolean {
    return this.columns.length <= MOST_COLUMNS && canMakeCode();
  }

  /** Values that are seldom: blobs, large integers, damaged text. */
  #other(chunk: Chunk, bigint: boolean, first: number): (cell: number, row: number, column: number) => SQLValue {
    return (cell, row, column) => otherValue(chunk, cell, bigint, this.columns[column], first + row);
  }
}

function otherValue(chunk: Chunk, cell: number, bigint: boolean, column: string, row: number): SQLValue {
  const at = 4 * cell;
  const kind = chunk.u32[at];
  if (kind === BIG_INTEGER) {
    const value = chunk.i64[2 * cell + 1];
    if (!bigint) throw integerRange(value, column, row);
    return value;
  }
  const from = chunk.u32[at + 2];
  const start = chunk.blobs + from;
  const bytes = chunk.bytes.slice(start, start + chunk.u32[at + 3]);
  return kind === BLOB ? bytes : decodeBadText(bytes);
}

/** What the generated code does, as a loop. */
function plainArrays(columns: number, bigint: boolean): Builder<SQLValue[]> {
  return ({ count, base, f64, u32, text }, out, other) => {
    let t = 0;
    for (let row = 0, cell = base; row < count; row++) {
      const values = new Array<SQLValue>(columns);
      for (let column = 0; column < columns; column++, cell++) {
        const kind = u32[4 * cell];
        if (kind === FLOAT || (kind === INTEGER && !bigint)) values[column] = f64[2 * cell + 1];
        else if (kind === TEXT) values[column] = text.substring(t, t += u32[4 * cell + 1]);
        else if (kind === NULL) values[column] = null;
        else values[column] = kind === INTEGER ? BigInt(f64[2 * cell + 1]) : other(cell, row, column) as SQLValue;
      }
      out.push(values);
    }
  };
}

function plainObjects(columns: readonly string[], bigint: boolean): Builder<Row> {
  const toArrays = plainArrays(columns.length, bigint);
  return (chunk, out, other) => {
    const rows: SQLValue[][] = [];
    toArrays(chunk, rows, other);
    for (const values of rows) {
      const object: Row = {};
      for (let i = 0; i < columns.length; i++) setOwn(object, columns[i], values[i]);
      out.push(object);
    }
  };
}

/** A column may be called __proto__. */
export function setOwn<T>(object: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

/** Columns by name: Float64Array where every value is a number (BigInt64Array where every value is an integer and `bigint` is asked for), else an array. */
export class ColumnBuilder {
  readonly #columns: readonly string[];
  readonly #bigint: boolean;
  /** Parts of each column, one per chunk. */
  readonly #parts: ArrayLike<SQLValue>[][];
  #rows = 0;

  constructor(columns: readonly string[], { bigint }: RowOptions) {
    this.#columns = columns;
    this.#bigint = bigint;
    this.#parts = columns.map(() => []);
  }

  add(chunk: Chunk): void {
    const width = this.#columns.length;
    const texts = textStarts(chunk, width);
    for (let column = 0; column < width; column++) this.#parts[column].push(this.#part(chunk, column, width, texts));
    this.#rows += chunk.count;
  }

  #part(chunk: Chunk, column: number, width: number, texts: Uint32Array | undefined): ArrayLike<SQLValue> {
    const { count, base, f64, u32, i64 } = chunk;
    const step = 4 * width;
    if (!this.#bigint) {
      const numbers = new Float64Array(count);
      let at = 4 * (base + column), row = 0;
      for (; row < count; row++, at += step) {
        const kind = u32[at];
        if (kind !== INTEGER && kind !== FLOAT) break;
        numbers[row] = f64[(at >>> 1) + 1];
      }
      if (row === count) return numbers;
    } else {
      const integers = new BigInt64Array(count);
      let cell = base + column, row = 0;
      for (; row < count; row++, cell += width) {
        const kind = u32[4 * cell];
        if (kind === INTEGER) integers[row] = BigInt(f64[2 * cell + 1]);
        else if (kind === BIG_INTEGER) integers[row] = i64[2 * cell + 1];
        else break;
      }
      if (row === count) return integers;
    }
    const values = new Array<SQLValue>(count);
    for (let row = 0, cell = base + column; row < count; row++, cell += width) {
      const kind = u32[4 * cell];
      if (kind === TEXT) { const start = texts === undefined ? 0 : texts[cell - base]; values[row] = chunk.text.substring(start, start + u32[4 * cell + 1]); }
      else if (kind === NULL) values[row] = null;
      else if (kind === FLOAT) values[row] = f64[2 * cell + 1];
      else if (kind === INTEGER) values[row] = this.#bigint ? BigInt(f64[2 * cell + 1]) : f64[2 * cell + 1];
      else values[row] = otherValue(chunk, cell, this.#bigint, this.#columns[column], this.#rows + row);
    }
    return values;
  }

  finish(): Record<string, ArrayLike<SQLValue>> {
    const data: Record<string, ArrayLike<SQLValue>> = {};
    this.#columns.forEach((name, i) => setOwn(data, name, join(this.#parts[i], this.#rows)));
    return data;
  }
}

/** Where each text begins in the decoded region; undefined where all are empty. */
function textStarts({ count, base, u32, text }: Chunk, width: number): Uint32Array | undefined {
  if (text.length === 0) return undefined;
  const starts = new Uint32Array(count * width);
  let at = 0;
  for (let cell = 0; cell < starts.length; cell++) {
    if (u32[4 * (base + cell)] !== TEXT) continue;
    starts[cell] = at;
    at += u32[4 * (base + cell) + 1];
  }
  return starts;
}

function join(parts: ArrayLike<SQLValue>[], rows: number): ArrayLike<SQLValue> {
  if (rows === 0) return [];
  if (parts.length === 1) return parts[0];
  if (parts.every((part) => part instanceof Float64Array)) return concat(new Float64Array(rows), parts as Float64Array[]);
  if (parts.every((part) => part instanceof BigInt64Array)) return concat(new BigInt64Array(rows), parts as BigInt64Array[]);
  const out: SQLValue[] = [];
  for (const part of parts) for (let i = 0; i < part.length; i++) out.push(part[i]);
  return out;
}

function concat<A extends { set(part: A, at: number): void; length: number }>(out: A, parts: A[]): A {
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
}
