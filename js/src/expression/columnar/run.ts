/** Kernels over a whole table. */
import type { ColumnData, ColumnValues } from '../../services/data/columns.js';
import type { ColumnType } from '../../services/data/types.js';
import type { Node, Type } from '../ir.js';
import { Binder } from './bind.js';
import { BLOCK, type BoolKernel, type ExpressionTable, type Kernel, type NumberKernel, type TextKernel } from './block.js';
import { evaluateEntries, liftable } from './lift.js';

/** A bit per row for which the condition is true. */
export function filterNode(node: Node, table: ExpressionTable): Uint8Array {
  const bits = new Uint8Array((table.rows + 7) >> 3);
  if (table.rows === 0) return bits;
  const kernel = new Binder(table, true, evaluateNode).bool(node);
  eachBlock(kernel, table.rows, (start, rows) => {
    const bytes = (rows + 7) >> 3;
    bits.set(bytes === kernel.bits.length ? kernel.bits : kernel.bits.subarray(0, bytes), start >> 3);
  });
  return clearTail(bits, table.rows);
}

function eachBlock(kernel: Kernel, rows: number, take: (start: number, rows: number) => void): void {
  for (let start = 0; start < rows; start += BLOCK) {
    const count = Math.min(BLOCK, rows - start);
    kernel.run(start, count);
    take(start, count);
  }
}

function clearTail(bits: Uint8Array, rows: number): Uint8Array {
  if (rows & 7) bits[bits.length - 1] &= (1 << (rows & 7)) - 1;
  return bits;
}

export const columnTypeOf = (type: Type): ColumnType => (type === 'number' ? 'f64' : type === 'text' || type === 'null' ? 'utf8' : (type as ColumnType));

export function evaluateNode(node: Node, table: ExpressionTable, folding = true): ColumnData {
  // A json column may hold documents that are `null`; everything else is its own result.
  if (node.op === 'column') return table.column(node.place);
  const { rows } = table;
  const type = columnTypeOf(node.type);
  const binder = new Binder(table, folding, evaluateNode);
  const dictionary = node.type === 'text' ? liftable(binder, node) : undefined;
  if (dictionary) return recode(evaluateEntries(binder, node, dictionary), dictionary);
  const kernel = binder.any(node);
  const validity = kernel.nullable ? new Uint8Array((rows + 7) >> 3) : undefined;
  const keepValidity = (start: number, count: number): void => { validity?.set(kernel.valid.subarray(0, (count + 7) >> 3), start >> 3); };
  const isNull = (i: number): boolean => kernel.nullable && ((kernel.valid[i >> 3] >> (i & 7)) & 1) === 0;
  let values: ColumnValues;
  if (type === 'bool') {
    const bits = new Uint8Array((rows + 7) >> 3);
    eachBlock(kernel, rows, (start, count) => {
      bits.set((kernel as BoolKernel).bits.subarray(0, (count + 7) >> 3), start >> 3);
      keepValidity(start, count);
    });
    values = { kind: 'bool', bits: clearTail(bits, rows) };
  } else if (type === 'f64' || type === 'timestamp') {
    const from = kernel as NumberKernel;
    const into = type === 'f64' ? new Float64Array(rows) : new BigInt64Array(rows);
    eachBlock(kernel, rows, (start, count) => {
      keepValidity(start, count);
      for (let i = 0; i < count; i++) {
        if (isNull(i)) continue;
        const value = from.values[from.base + i];
        if (type === 'f64') into[start + i] = value; else into[start + i] = BigInt(value);
      }
    });
    values = type === 'f64' ? { kind: 'f64', values: into as Float64Array } : { kind: 'i64', values: into as BigInt64Array };
  } else {
    const from = kernel as TextKernel;
    const strings = new Array<string>(rows);
    eachBlock(kernel, rows, (start, count) => {
      keepValidity(start, count);
      for (let i = 0; i < count; i++) strings[start + i] = isNull(i) ? '' : from.values[from.base + i];
    });
    values = { kind: 'strings', strings };
  }
  return { name: '', type, length: rows, values, ...(validity && hasNulls(clearTail(validity, rows), rows) && { validity }) };
}

function hasNulls(validity: Uint8Array, rows: number): boolean {
  const whole = rows >> 3;
  for (let b = 0; b < whole; b++) if (validity[b] !== 255) return true;
  return (rows & 7) !== 0 && validity[whole] !== (1 << (rows & 7)) - 1;
}

/** Text computed for the entries of a dictionary: a dictionary again, in which equal texts share a code. */
function recode(entries: ColumnData, column: ColumnData & { values: { kind: 'dictionary' } }): ColumnData {
  const texts = (entries.values as { strings: readonly string[] }).strings;
  const nullCode = entries.length - 1;
  const isKnown = (code: number): boolean => !entries.validity || ((entries.validity[code >> 3] >> (code & 7)) & 1) !== 0;
  const places = new Map<string, number>();
  const newCode = Int32Array.from({ length: entries.length }, (_, code) => {
    if (!isKnown(code)) return -1;
    let place = places.get(texts[code]);
    if (place === undefined) places.set(texts[code], place = places.size);
    return place;
  });
  const { length } = column;
  const { codes } = column.values;
  const dictionary = places.size ? [...places.keys()] : [''];
  const made = dictionary.length <= 256 ? new Uint8Array(length) : dictionary.length <= 65536 ? new Uint16Array(length) : new Int32Array(length);
  const validity = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) {
    const isNull = column.validity !== undefined && ((column.validity[i >> 3] >> (i & 7)) & 1) === 0;
    const code = newCode[isNull ? nullCode : codes[i]];
    if (code < 0) continue;
    made[i] = code;
    validity[i >> 3] |= 1 << (i & 7);
  }
  return { name: '', type: 'utf8', length, values: { kind: 'dictionary', codes: made, dictionary }, ...(hasNulls(validity, length) && { validity }) };
}
