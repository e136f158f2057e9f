/** What depends on one dictionary column alone: a value for each entry, and one for null. */
import type { ColumnData } from '../../services/data/columns.js';
import type { Node } from '../ir.js';
import type { Binder } from './bind.js';
import { BoolKernel, NumberKernel, TextKernel, bitOf, type Kernel } from './block.js';
import { equalU8, lookUp } from './compare.js';
import { stringsOf } from './strings.js';

type Dictionary = ColumnData & { values: { kind: 'dictionary' } };

/** The dictionary column that `node` can be computed over, if that is less work than its rows. */
export function liftable(binder: Binder, node: Node): Dictionary | undefined {
  if (node.op === 'column' || node.op === 'const') return undefined;
  const columns = binder.columnsOf(node);
  if (columns.size !== 1) return undefined;
  const [place] = columns;
  const column = binder.table.column(place);
  return column.values.kind === 'dictionary' && stringsOf(column.values.dictionary).length <= binder.table.rows ? (column as Dictionary) : undefined;
}

/** The value of `node` for each entry of the dictionary, and for null in the last row. */
export function evaluateEntries(binder: Binder, node: Node, column: Dictionary): ColumnData {
  const entries = stringsOf(column.values.dictionary);
  const length = entries.length + 1;
  const validity = new Uint8Array((length + 7) >> 3).fill(255);
  validity[entries.length >> 3] = (1 << (entries.length & 7)) - 1;
  const only: ColumnData = { name: '', type: 'utf8', length, values: { kind: 'strings', strings: [...entries, ''] }, validity };
  return binder.evaluate(node, { rows: length, column: () => only }, true);
}

export function bindLookup(binder: Binder, node: Node, column: Dictionary): Kernel {
  const found = evaluateEntries(binder, node, column);
  const { codes } = column.values;
  const nullCode = found.length - 1;
  const isKnown = (code: number): boolean => !found.validity || bitOf(found.validity, code);
  let allKnown = true;
  for (let code = 0; code < nullCode; code++) allKnown &&= isKnown(code);
  const nullKnown = isKnown(nullCode);
  const nullable = !allKnown || (column.validity !== undefined && !nullKnown);
  const known = Uint8Array.from({ length: nullCode }, (_, code) => +isKnown(code));
  const values = found.values;

  const made = values.kind === 'bool' ? new BoolKernel(nullable) : values.kind === 'strings' ? new TextKernel(nullable) : new NumberKernel(nullable);
  const read = reader(made, found, codes);
  const nulls = new Uint8Array(made.valid.length);
  made.run = (start, rows) => {
    read(start, rows);
    if (!allKnown) lookUp(made.valid, codes, start, rows, known);
    else if (nullable) made.valid.fill(255);
    if (!column.validity) return;
    // Null rows carry code 0, which says nothing of them.
    const from = start >> 3;
    const bytes = (rows + 7) >> 3;
    for (let b = 0; b < bytes; b++) {
      nulls[b] = ~column.validity[from + b];
      if (nullable) made.valid[b] = nullKnown ? made.valid[b] | nulls[b] : made.valid[b] & ~nulls[b];
    }
    if (made instanceof BoolKernel) {
      const holds = nullKnown && bitOf((values as { bits: Uint8Array }).bits, nullCode);
      for (let b = 0; b < bytes; b++) made.bits[b] = holds ? made.bits[b] | nulls[b] : made.bits[b] & ~nulls[b];
    } else if (nullKnown) {
      const into = made.values as (number | string)[];
      const value = values.kind === 'strings' ? (values.strings as readonly string[])[nullCode] : Number((values as { values: ArrayLike<number | bigint> }).values[nullCode]);
      for (let i = 0; i < rows; i++) if (bitOf(nulls, i)) into[i] = value;
    }
  };
  return made;
}

function reader(made: BoolKernel | NumberKernel | TextKernel, { values, length }: ColumnData, codes: Uint8Array | Uint16Array | Int32Array): (start: number, rows: number) => void {
  if (made instanceof BoolKernel) {
    const { bits } = values as { bits: Uint8Array };
    const table = Uint8Array.from({ length: length - 1 }, (_, code) => +bitOf(bits, code));
    const first = table.indexOf(1);
    if (codes instanceof Uint8Array && first >= 0 && table.indexOf(1, first + 1) < 0) return (start, rows) => equalU8(made.bits, codes, start, rows, first);
    if (first < 0) return (_, rows) => { made.bits.fill(0, 0, (rows + 7) >> 3); };
    return (start, rows) => lookUp(made.bits, codes, start, rows, table);
  }
  const from: readonly (number | string)[] = values.kind === 'strings' ? (values.strings as readonly string[]) : Array.from((values as { values: ArrayLike<number | bigint> }).values, Number);
  const into = made.values as (number | string)[];
  return (start, rows) => { for (let i = 0; i < rows; i++) into[i] = from[codes[start + i]]; };
}
