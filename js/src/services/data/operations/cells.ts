/** Columns as cells (types.ts), read and built. */
import { bitBytes, getBit, Validity } from '../bits.js';
import { textColumn } from '../column-from-values.js';
import type { ColumnData } from '../columns.js';
import { dataError } from '../errors.js';
import { decodeStrings } from '../strings.js';
import type { ColumnType } from '../types.js';

export const isNull = ({ validity }: ColumnData, row: number): boolean => validity !== undefined && !getBit(validity, row);

/** Reads the cell of a row that is not null. */
export function cellReader({ type, values }: ColumnData): (row: number) => unknown {
  switch (values.kind) {
    case 'f64': case 'i32': { const numbers = values.values; return (row) => numbers[row]; }
    case 'i64': { const bigs = values.values; return type === 'timestamp' ? (row) => Number(bigs[row]) : (row) => bigs[row]; }
    case 'bool': { const { bits } = values; return (row) => getBit(bits, row); }
    case 'strings': { const strings = decodeStrings(values.strings); return (row) => strings[row]; }
    case 'dictionary': { const { codes } = values, strings = decodeStrings(values.dictionary); return (row) => strings[codes[row]]; }
  }
}

/** A column that is made cell by cell, each row once. */
export interface Builder {
  /** @throws ServiceError INTEGER_RANGE */
  put(row: number, cell: unknown): void;
  finish(): ColumnData;
}

/** @param valid rows that are null are cleared in it, before or after */
export function builder(name: string, type: ColumnType, rows: number, valid = new Validity(rows)): Builder {
  const column = (values: ColumnData['values']): ColumnData => ({ name, type, length: rows, values, ...valid.part });
  switch (type) {
    case 'f64': { const out = new Float64Array(rows); return { put: (row, cell) => { out[row] = cell as number; }, finish: () => column({ kind: 'f64', values: out }) }; }
    case 'i32': { const out = new Int32Array(rows); return { put: (row, cell) => { out[row] = cell as number; }, finish: () => column({ kind: 'i32', values: out }) }; }
    case 'i64': {
      const out = new BigInt64Array(rows);
      return {
        put(row, cell) {
          out[row] = cell as bigint;
          if (out[row] !== cell) throw dataError('INTEGER_RANGE', `row ${row} of '${name}' would be ${String(cell)}, which does not fit 64 bits: convert the column with toNumber first`, { row, field: name });
        },
        finish: () => column({ kind: 'i64', values: out }),
      };
    }
    case 'timestamp': { const out = new BigInt64Array(rows); return { put: (row, cell) => { out[row] = BigInt(cell as number); }, finish: () => column({ kind: 'i64', values: out }) }; }
    case 'bool': {
      const bits = new Uint8Array(bitBytes(rows));
      return { put: (row, cell) => { if (cell === true) bits[row >>> 3] |= 1 << (row & 7); }, finish: () => column({ kind: 'bool', bits }) };
    }
    case 'utf8': {
      const out = new Array<string | null>(rows).fill(null);
      return { put: (row, cell) => { out[row] = cell as string; }, finish: () => textColumn(name, out, valid) };
    }
    case 'json': {
      const out = new Array<string>(rows).fill('');
      return { put: (row, cell) => { out[row] = cell as string; }, finish: () => column({ kind: 'strings', strings: out }) };
    }
  }
}
