/** Rows of engines that hand out values: every INTEGER is a bigint here, so that nothing was rounded before anybody asked. */
import type { PackedRows, RowOptions, RowSet } from './engine.js';
import { integerRange } from './errors.js';
import type { SQLValue } from './types.js';
import { copyBytes } from './values.js';

export class ValueRows implements RowSet {
  readonly columns: readonly string[];
  readonly #values: SQLValue[][];
  /** Kept rows are read again and again, so blobs are copied for each reader. */
  readonly #kept: boolean;
  #bytes = -1;

  constructor(columns: readonly string[], values: SQLValue[][], kept = false) {
    this.columns = columns;
    this.#values = values;
    this.#kept = kept;
  }

  get count(): number { return this.#values.length; }

  get bytes(): number {
    if (this.#bytes < 0) {
      let bytes = 64;
      for (const row of this.#values) for (const value of row) bytes += bytesOf(value);
      this.#bytes = bytes;
    }
    return this.#bytes;
  }

  objects({ bigint }: RowOptions): Record<string, SQLValue>[] {
    const { columns } = this;
    return this.#values.map((values, row) => {
      const object: Record<string, SQLValue> = {};
      for (let i = 0; i < columns.length; i++) setOwn(object, columns[i], this.#value(values[i], bigint, i, row));
      return object;
    });
  }

  arrays({ bigint }: RowOptions): SQLValue[][] {
    return this.#values.map((values, row) => values.map((value, i) => this.#value(value, bigint, i, row)));
  }

  columnData({ bigint }: RowOptions): Record<string, ArrayLike<SQLValue>> {
    const data: Record<string, ArrayLike<SQLValue>> = {};
    this.columns.forEach((name, i) => { setOwn(data, name, this.#column(i, bigint)); });
    return data;
  }

  #column(i: number, bigint: boolean): ArrayLike<SQLValue> {
    const column = this.#values.map((values, row) => this.#value(values[i], bigint, i, row));
    if (column.length === 0) return column;
    if (bigint && column.every((value) => typeof value === 'bigint')) return BigInt64Array.from(column as bigint[]);
    return column.every((value) => typeof value === 'number') ? Float64Array.from(column as number[]) : column;
  }

  #value(value: SQLValue, bigint: boolean, column: number, row: number): SQLValue {
    if (typeof value === 'bigint') {
      if (bigint) return value;
      const number = Number(value);
      if (!Number.isSafeInteger(number)) throw integerRange(value, this.columns[column], row);
      return number;
    }
    return this.#kept && typeof value === 'object' && value !== null ? copyBytes(value as Uint8Array) : value;
  }

  /** The first reader has its blobs already, and may write into them. */
  keep(): RowSet {
    if (this.#kept) return this;
    const own = this.#values.map((row) => row.map((value) => (typeof value === 'object' && value !== null ? copyBytes(value as Uint8Array) : value)));
    return new ValueRows(this.columns, own, true);
  }

  pack(): { message: PackedRows; transfer: Transferable[] } {
    return { message: { columns: this.columns, values: this.#values }, transfer: [] };
  }
}

export const NO_ROWS: RowSet = new ValueRows([], []);

/** A column may be called __proto__. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

function bytesOf(value: SQLValue): number {
  if (typeof value === 'string') return 24 + 2 * value.length;
  if (typeof value === 'object' && value !== null) return 96 + (value as Uint8Array).byteLength;
  return 16;
}
