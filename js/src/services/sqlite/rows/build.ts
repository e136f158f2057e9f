/** From packed rows to what callers get: objects, arrays or columns. */
import { canMakeCode, MOST_COLUMNS } from '../../../make-code.js';
import type { RowOptions } from '../engine.js';
import { integerRange } from '../errors.js';
import type { SQLValue } from '../types.js';
import { BIG_INTEGER, BLOB, FLOAT, INTEGER, NULL, SAME, TEXT, decodeBadText, type Chunk } from './cells.js';
import { arrayBuilder, objectBuilder, type Builder } from './codegen.js';

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
    const first = out.length;
    let t = 0;
    for (let row = 0, cell = base; row < count; row++) {
      const values = new Array<SQLValue>(columns);
      for (let column = 0; column < columns; column++, cell++) {
        const kind = u32[4 * cell];
        if (kind === FLOAT || (kind === INTEGER && !bigint)) values[column] = f64[2 * cell + 1];
        else if (kind === TEXT) values[column] = text.substring(t, t += u32[4 * cell + 1]);
        else if (kind === SAME) values[column] = out[first + u32[4 * cell + 2]][column];
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

type Numbers = Float64Array | BigInt64Array;

/** One column as it grows: numbers while every value is one, and from the first other value on a plain array. */
interface Column { numbers: Numbers | undefined; values: SQLValue[] }

/** Columns by name: Float64Array where every value is a number (BigInt64Array where every value is an integer and `bigint` is asked for), else an array. */
export class ColumnBuilder {
  readonly #names: readonly string[];
  readonly #bigint: boolean;
  readonly #columns: Column[];
  #rows = 0;

  constructor(names: readonly string[], { bigint }: RowOptions) {
    this.#names = names;
    this.#bigint = bigint;
    this.#columns = names.map(() => ({ numbers: bigint ? new BigInt64Array(0) : new Float64Array(0), values: [] }));
  }

  add(chunk: Chunk): void {
    let starts: Uint32Array | undefined;
    this.#columns.forEach((column, i) => {
      const row = column.numbers === undefined ? 0 : this.#bigint ? this.#integers(chunk, i, column) : this.#floats(chunk, i, column);
      if (row < chunk.count) this.#others(chunk, i, column, row, starts ??= textStarts(chunk, this.#names.length));
    });
    this.#rows += chunk.count;
  }

  /** Takes the chunk's numbers up to the first other value; gives the row of that. */
  #floats({ count, base, f64, u32 }: Chunk, index: number, column: Column): number {
    const out = column.numbers = grown(column.numbers as Float64Array, this.#rows, count);
    const step = 4 * this.#names.length;
    let row = 0;
    for (let at = 4 * (base + index), to = this.#rows; row < count; row++, at += step, to++) {
      const kind = u32[at];
      if (kind !== INTEGER && kind !== FLOAT) break;
      out[to] = f64[(at >>> 1) + 1];
    }
    return row;
  }

  #integers({ count, base, f64, u32, i64 }: Chunk, index: number, column: Column): number {
    const out = column.numbers = grown(column.numbers as BigInt64Array, this.#rows, count);
    let row = 0;
    for (let cell = base + index, to = this.#rows; row < count; row++, cell += this.#names.length, to++) {
      const kind = u32[4 * cell];
      if (kind === INTEGER) out[to] = BigInt(f64[2 * cell + 1]);
      else if (kind === BIG_INTEGER) out[to] = i64[2 * cell + 1];
      else break;
    }
    return row;
  }

  #others(chunk: Chunk, index: number, column: Column, row: number, starts: Uint32Array): void {
    const { count, base, f64, u32, text } = chunk;
    const { values, numbers } = column;
    if (numbers !== undefined) {
      for (let i = 0; i < this.#rows + row; i++) values.push(numbers[i]);
      column.numbers = undefined;
    }
    const width = this.#names.length, first = this.#rows;
    for (let cell = base + row * width + index; row < count; row++, cell += width) {
      const kind = u32[4 * cell];
      if (kind === TEXT) { const start = starts[cell - base]; values.push(text.substring(start, start + u32[4 * cell + 1])); }
      else if (kind === SAME) values.push(values[first + u32[4 * cell + 2]]);
      else if (kind === NULL) values.push(null);
      else if (kind === FLOAT) values.push(f64[2 * cell + 1]);
      else if (kind === INTEGER) values.push(this.#bigint ? BigInt(f64[2 * cell + 1]) : f64[2 * cell + 1]);
      else values.push(otherValue(chunk, cell, this.#bigint, this.#names[index], first + row));
    }
  }

  finish(): Record<string, ArrayLike<SQLValue>> {
    const data: Record<string, ArrayLike<SQLValue>> = {};
    this.#columns.forEach(({ numbers, values }, i) => {
      const column = numbers === undefined || this.#rows === 0 ? values : numbers.length === this.#rows ? numbers : numbers.slice(0, this.#rows);
      setOwn(data, this.#names[i], column);
    });
    return data;
  }
}

/** Room for `more` after the first `used`. */
function grown<A extends Numbers>(numbers: A, used: number, more: number): A {
  if (used + more <= numbers.length) return numbers;
  const larger = new (numbers.constructor as new (length: number) => A)(Math.max(used + more, used === 0 ? 0 : 2 * numbers.length));
  larger.set(numbers as never);
  return larger;
}

/** Where each text begins in the decoded region. */
function textStarts({ count, base, u32 }: Chunk, width: number): Uint32Array {
  const starts = new Uint32Array(count * width);
  let at = 0;
  for (let cell = 0; cell < starts.length; cell++) {
    if (u32[4 * (base + cell)] !== TEXT) continue;
    starts[cell] = at;
    at += u32[4 * (base + cell) + 1];
  }
  return starts;
}
