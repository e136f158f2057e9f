/** Values of JavaScript from columns: typed arrays and arrays by column, objects by row. */
import { canMakeCode, MOST_COLUMNS } from '../../make-code.js';
import { getBit } from './bits.js';
import { FEWEST_ROWS, makeCode, quoted } from './codegen.js';
import type { ColumnData, TableData } from './columns.js';
import { decodeStrings } from './strings.js';

/** An array that is made longer than this at once is a hash table in V8. */
const LONGEST = 3e7;
const TWO_32 = 4294967296;

/** A whole number of 64 bits: a number where it is exact, else a bigint. Its halves lie in `halves`, the lower one first. */
function wide(values: BigInt64Array, halves: Int32Array, i: number): number | bigint {
  const high = halves[2 * i + 1];
  if (high < -0x200000 || high >= 0x200000) return values[i];
  const number = high * TWO_32 + (halves[2 * i] >>> 0);
  return number === -(2 ** 53) ? values[i] : number;
}

/** Milliseconds: what lies out of a Date's range makes an invalid one. */
function moment(halves: Int32Array, i: number): Date { return new Date(halves[2 * i + 1] * TWO_32 + (halves[2 * i] >>> 0)); }

/** The 32-bit halves of 64-bit values, in the order of every machine that runs JavaScript. */
function halvesOf(values: BigInt64Array): Int32Array { return new Int32Array(values.buffer, values.byteOffset, 2 * values.length); }

/**
 * A typed array, the caller's own, where the type has one and no row is null; else an array of values and nulls.
 * Of `i64`: numbers where all are exact, else bigints.
 */
export function columnValues(column: ColumnData): ArrayLike<unknown> {
  const { values, validity, length } = column;
  if (values.kind === 'i64' && column.type === 'i64') return wholeValues(values.values, validity);
  if (!validity && (values.kind === 'f64' || values.kind === 'i32')) return values.values.slice();
  const at = reader(column), out = new Array<unknown>(length);
  if (validity) for (let i = 0; i < length; i++) out[i] = getBit(validity, i) ? at(i) : null;
  else for (let i = 0; i < length; i++) out[i] = at(i);
  return out;
}

function wholeValues(values: BigInt64Array, validity: Uint8Array | undefined): ArrayLike<unknown> {
  const { length } = values, halves = halvesOf(values), exact = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const value = wide(values, halves, i);
    if (typeof value === 'number') { exact[i] = value; continue; }
    return validity ? Array.from(values, (big, row) => (getBit(validity, row) ? big : null)) : values.slice();
  }
  return validity ? Array.from(exact, (number, row) => (getBit(validity, row) ? number : null)) : exact;
}

/** One value; the row must not be null. */
function reader({ type, values }: ColumnData): (row: number) => unknown {
  switch (values.kind) {
    case 'f64': case 'i32': { const { values: numbers } = values; return (i) => numbers[i]; }
    case 'i64': {
      const { values: bigs } = values, halves = halvesOf(bigs);
      return type === 'timestamp' ? (i) => moment(halves, i) : (i) => wide(bigs, halves, i);
    }
    case 'bool': { const { bits } = values; return (i) => getBit(bits, i); }
    case 'strings': {
      const strings = decodeStrings(values.strings);
      return type === 'json' ? (i) => JSON.parse(strings[i]) as unknown : (i) => strings[i];
    }
    case 'dictionary': { const { codes } = values, strings = decodeStrings(values.dictionary); return (i) => strings[codes[i]]; }
  }
}

/**
 * One object per row, all of one shape, own properties whatever they are called. `i64` gives a number or a bigint value by value.
 * @param codegen false: without code made from text
 */
export function rowsOf(table: TableData, codegen = canMakeCode()): object[] {
  const { rows, columns } = table;
  if (codegen && rows >= FEWEST_ROWS && columns.length <= MOST_COLUMNS) return rowsByCode(table);
  const readers = columns.map(reader), out: object[] = [];
  for (let i = 0; i < rows; i++) {
    const row: Record<string, unknown> = {};
    for (let c = 0; c < columns.length; c++) {
      const { name, validity } = columns[c], value = validity && !getBit(validity, i) ? null : readers[c](i);
      // An assignment would set the prototype.
      if (name === '__proto__') Object.defineProperty(row, name, { value, writable: true, enumerable: true, configurable: true });
      else row[name] = value;
    }
    out.push(row);
  }
  return out;
}

type RowsMaker = (rows: number, parts: readonly (readonly unknown[])[], wide: unknown, moment: unknown) => object[];

/** One object literal with the table's own names; what it reads of column c is called a, b and v, followed by c. */
function rowsByCode({ rows, columns }: TableData): object[] {
  const parts: unknown[][] = [];
  const fields = columns.map(({ name, type, values, validity }, c) => {
    const bit = (bits: string): string => `(${bits}${c}[i >>> 3] >>> (i & 7) & 1) === 1`;
    let value: string;
    switch (values.kind) {
      case 'f64': case 'i32': parts.push([values.values, undefined, validity]); value = `a${c}[i]`; break;
      case 'i64': parts.push([values.values, halvesOf(values.values), validity]); value = type === 'timestamp' ? `moment(b${c}, i)` : `wide(a${c}, b${c}, i)`; break;
      case 'bool': parts.push([values.bits, undefined, validity]); value = bit('a'); break;
      case 'strings': parts.push([decodeStrings(values.strings), undefined, validity]); value = type === 'json' ? `JSON.parse(a${c}[i])` : `a${c}[i]`; break;
      case 'dictionary': parts.push([decodeStrings(values.dictionary), values.codes, validity]); value = `a${c}[b${c}[i]]`;
    }
    // In brackets, or a column called __proto__ would set the prototype.
    return `${name === '__proto__' ? '["__proto__"]' : quoted(name)}: ${validity ? `${bit('v')} ? ${value} : null` : value}`;
  });
  const body = `const [${columns.map((_, c) => `[a${c}, b${c}, v${c}]`).join(', ')}] = parts, out = rows < ${LONGEST} ? new Array(rows) : [];
for (let i = 0; i < rows; i++) out[i] = { ${fields.join(', ')} };
return out;`;
  return makeCode<RowsMaker>(['rows', 'parts', 'wide', 'moment'], body)(rows, parts, wide, moment);
}
