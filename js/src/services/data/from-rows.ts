/** A table from an array of objects: their fields in order of first appearance, each a column. */
import { canMakeCode, MOST_COLUMNS } from '../../make-code.js';
import { FEWEST_ROWS } from './codegen.js';
import { columnFromValues } from './column-from-values.js';
import type { ColumnData, TableData } from './columns.js';
import { describe, invalid } from './errors.js';
import { fieldOf, readByCode, readColumn, sinkFor, type Row, type Sink } from './row-sinks.js';
import type { ColumnType } from './types.js';

/**
 * @param codegen false: without code made from text
 * @throws ServiceError INVALID_ARGUMENT, INTEGER_RANGE
 */
export function tableFromRows(rows: readonly object[], schema?: Readonly<Record<string, ColumnType>>, codegen = canMakeCode()): TableData {
  const { names, uniform, plain } = fieldsOf(rows);
  if (rows.length === 0 && schema) for (const name of Object.keys(schema)) names.push(name);
  // Own fields alone are data. Where all rows have the same ones a look-up finds them; else what a prototype has under that name must not pass.
  const guarded = names.map((name) => !uniform && (!plain || name in Object.prototype));
  const typeOf = (name: string): ColumnType | undefined => (schema && Object.hasOwn(schema, name) ? schema[name] : undefined);
  const sinks = names.map((name, c) => sinkFor(name, rows as readonly Row[], guarded[c], typeOf(name)));
  if (codegen && rows.length >= FEWEST_ROWS && names.length <= MOST_COLUMNS) readByCode(rows as readonly Row[], sinks, guarded);
  else sinks.forEach((sink, c) => { readColumn(rows as readonly Row[], sink, guarded[c]); });
  return { rows: rows.length, columns: sinks.map((sink, c) => columnOf(sink, rows as readonly Row[], guarded[c], typeOf(names[c]))) };
}

// ── fields ──

interface Fields {
  names: string[];
  /** Every row is a plain object with all of them, in this order. */
  uniform: boolean;
  /** Every row's prototype is Object.prototype or null. */
  plain: boolean;
}

function fieldsOf(rows: readonly object[]): Fields {
  const names: string[] = [], known = new Set<string>();
  let uniform = true, plain = true;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (typeof row !== 'object' || row === null || Object.getPrototypeOf(row) !== Object.prototype) plain = isPlain(row, i) && plain;
    // The engine keeps a list of the keys of objects of one shape: this is far faster than Object.keys.
    let place = 0, same = true;
    for (const key in row) {
      if (key !== names[place]) { same = false; break; }
      place++;
    }
    if (same && place === names.length && plain) continue;
    if (i > 0 || !plain) uniform = false;
    for (const key of Object.keys(row)) {
      if (!known.has(key)) { known.add(key); names.push(key); }
    }
  }
  return { names, uniform, plain };
}

/** Whether its prototype is one that has no fields: none at all, or Object.prototype of another frame or context. */
function isPlain(row: unknown, place: number): boolean {
  if (typeof row !== 'object' || row === null || Array.isArray(row) || ArrayBuffer.isView(row)) throw invalid(`row ${place} is ${describe(row)}: rows are objects, such as { id: 1, name: 'a' }`, { row: place });
  const prototype = Object.getPrototypeOf(row) as object | null;
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'));
}

/** What went into the sink; by the careful way, which also says what is wrong, where that could not take all. */
function columnOf(sink: Sink, rows: readonly Row[], guarded: boolean, type: ColumnType | undefined): ColumnData {
  const { name } = sink;
  if (sink.kind === 'any') return columnFromValues(name, sink.out, type);
  return sink.column() ?? columnFromValues(name, rows.map((row) => fieldOf(row, name, guarded)));
}
