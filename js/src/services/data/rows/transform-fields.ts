/** What rows have: names, and of which type the values under a name seem to be. */
import { isDate } from '../column-from-values.js';
import { describe, invalid } from '../errors.js';
import type { ColumnType } from '../types.js';
import { ownField, pathOf, reader, type Segment } from './path.js';

/** A field as steps read it. `type` undefined: nothing but nulls. */
export interface RowField { name: string; path: readonly Segment[] | undefined; type: ColumnType | undefined }

export class RowFields {
  readonly #rows: readonly object[];
  readonly #known = new Map<string, RowField | undefined>();

  /** @param whole the rows that these were taken from: what they have by name is known here too */
  constructor(rows: readonly object[], private readonly whole?: RowFields) {
    this.#rows = rows;
    if (rows.length > 0) checkRow(rows[0], 0);
  }

  /** Names of the first row: for messages. */
  get names(): string[] { return this.whole ? this.whole.names : this.#rows.length > 0 ? Object.keys(this.#rows[0]) : []; }

  /** A field of that name in any row, else the path that it is; undefined where no row has either. */
  find(name: string): RowField | undefined {
    if (!this.#known.has(name)) this.#known.set(name, this.#look(name));
    return this.#known.get(name);
  }

  #look(name: string): RowField | undefined {
    const rows = this.#rows;
    const found = this.whole ? this.whole.find(name) : undefined;
    if (this.whole && found) return { ...found, type: this.#typeOf(name, found.path) };
    if (this.whole) return undefined;
    if (rows.length === 0) return { name, path: undefined, type: undefined };
    const own = this.#typeOf(name, undefined);
    if (own !== undefined || rows.some((row) => Object.hasOwn(row, name))) return { name, path: undefined, type: own };
    const path = pathOf(name);
    const head = path?.[0];
    if (!path || typeof head !== 'string' || !rows.some((row) => Object.hasOwn(row, head))) return undefined;
    return { name, path, type: this.#typeOf(name, path) };
  }

  /** By the first value that is not null. The loops that read the others check them. */
  #typeOf(name: string, path: readonly Segment[] | undefined): ColumnType | undefined {
    const read = path ? reader(name, path, true) : (row: object): unknown => ownField(row, name);
    for (let i = 0; i < this.#rows.length; i++) {
      const row = this.#rows[i];
      checkRow(row, i);
      const type = typeOfValue(read(row));
      if (type !== undefined) return type;
    }
    return undefined;
  }
}

function typeOfValue(value: unknown): ColumnType | undefined {
  switch (typeof value) {
    case 'number': return 'f64';
    case 'string': return 'utf8';
    case 'boolean': return 'bool';
    case 'bigint': return 'i64';
    case 'undefined': return undefined;
    case 'object': return value === null ? undefined : isDate(value) ? 'timestamp' : 'json';
    default: return 'json'; // a function or symbol: the careful way says what is wrong
  }
}

/** @throws ServiceError INVALID_ARGUMENT */
export function checkRow(row: unknown, i: number): void {
  if (typeof row !== 'object' || row === null || Array.isArray(row) || ArrayBuffer.isView(row)) throw invalid(`row ${i} is ${describe(row)}: rows are objects, such as { id: 1, name: 'a' }`, { row: i });
}

const isPlain = (row: object): boolean => {
  const prototype = Object.getPrototypeOf(row) as object | null;
  return prototype === null || prototype === Object.prototype || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'));
};

/** Whether rows have no fields but their own; a few rows tell. */
export function lookPlain(rows: readonly object[]): boolean {
  return [0, rows.length >> 1, rows.length - 1].every((i) => typeof rows[i] !== 'object' || rows[i] === null || isPlain(rows[i]));
}

/** All names in order of first appearance, and whether every row has no fields but its own. */
export function unionOf(rows: readonly object[]): { names: string[]; plain: boolean } {
  const known = new Set<string>();
  let plain = true;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    checkRow(row, i);
    if (!isPlain(row)) plain = false;
    for (const key of Object.keys(row)) known.add(key);
  }
  return { names: [...known], plain };
}
