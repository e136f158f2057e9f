/** Rows that came in a message, as rows again. */
import type { PackedRows, RowSet } from './engine.js';
import { ValueRows } from './value-rows.js';
import { unpackCells } from './wasm-seam.js';

export function unpackRows(message: PackedRows): RowSet {
  return 'values' in message ? new ValueRows(message.columns, message.values) : unpackCells(message);
}
