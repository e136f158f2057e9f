/** Rows of a result out of columns of values. */
import { canMakeCode, MOST_COLUMNS } from '../../../make-code.js';
import { FEWEST_ROWS, makeCode, quoted } from '../codegen.js';

type Builder = (columns: readonly ArrayLike<unknown>[], out: object[], count: number) => void;

/** A key of an object literal: in brackets where it would set the prototype. */
const key = (name: string): string => (name === '__proto__' ? '["__proto__"]' : quoted(name));

/** @param codegen false: without code made from text */
export function buildRows(names: readonly string[], columns: readonly ArrayLike<unknown>[], count: number, codegen = canMakeCode()): object[] {
  const rows = new Array<object>(count);
  if (codegen && count >= FEWEST_ROWS && names.length <= MOST_COLUMNS) {
    const body = `const [${columns.map((_, k) => `c${k}`).join(', ')}] = columns;
for (let i = 0; i < count; i++) out[i] = { ${names.map((name, k) => `${key(name)}: c${k}[i]`).join(', ')} };`;
    makeCode<Builder>(['columns', 'out', 'count'], body)(columns, rows, count);
    return rows;
  }
  for (let i = 0; i < count; i++) {
    const row: Record<string, unknown> = {};
    for (let k = 0; k < names.length; k++) {
      if (names[k] === '__proto__') Object.defineProperty(row, '__proto__', { value: columns[k][i], enumerable: true, writable: true, configurable: true });
      else row[names[k]] = columns[k][i];
    }
    rows[i] = row;
  }
  return rows;
}
