/** Reads what callers hand in: matrices, numbers, options. Nothing behind this file checks again. */
import type { Numbers, NamedColumn, Operand } from './engine.js';
import { computeError, describe, invalid, invalidField } from './errors.js';
import { KeptMatrix, type HandleHome } from './handle.js';
import type { Matrix } from './types.js';

const TYPED = { Float64Array, Float32Array, Int32Array, Uint32Array } as const;
type TypeName = keyof typeof TYPED;

/** The array as this realm's own class; undefined where it is none of `names`. */
function typed(value: unknown, names: readonly TypeName[]): Numbers | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const name = (value as unknown as Record<symbol, unknown>)[Symbol.toStringTag] as TypeName;
  if (!names.includes(name)) return undefined;
  const array = value as Numbers;
  // An array of another frame or context is the same memory.
  return array instanceof TYPED[name] ? array : new TYPED[name](array.buffer as ArrayBuffer, array.byteOffset, array.length);
}

export const shape = ({ rows, cols }: { rows: number; cols: number }): string => `${rows} x ${cols}`;

/** @throws ServiceError INVALID_ARGUMENT, DIMENSION_MISMATCH where the data does not fill the shape, DISPOSED of a freed handle */
export function operand(value: unknown, name: string, home: HandleHome): Operand {
  return value instanceof KeptMatrix ? value.residentOf(home, name) : matrix(value, name);
}

export function matrix(value: unknown, name: string): Matrix {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Array.isArray(value)) throw invalidField(name, 'a matrix { data, rows, cols } or a handle of this engine', value);
  const { data, rows, cols } = value as Record<string, unknown>;
  const array = typed(data, ['Float32Array', 'Float64Array']) as Matrix['data'] | undefined;
  if (!array) throw invalidField(`${name}.data`, 'a Float32Array or a Float64Array', data);
  const [r, c] = [['rows', rows] as const, ['cols', cols] as const].map(([field, count]) => {
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) throw invalidField(`${name}.${field}`, 'a whole number, 0 or more', count);
    return count;
  });
  if (array.length !== r * c) throw computeError('DIMENSION_MISMATCH', `${name} has the shape ${r} x ${c}, which is ${r * c} values, and ${array.length} values of data`, { rows: r, cols: c, values: array.length });
  return { data: array, rows: r, cols: c };
}

/** @throws ServiceError INVALID_ARGUMENT with the index of what is no number */
export function numbers(value: unknown, name: string): Numbers {
  const array = typed(value, ['Float64Array', 'Float32Array', 'Int32Array', 'Uint32Array']);
  if (array) return array;
  if (!Array.isArray(value)) throw invalidField(name, 'a Float64Array, Float32Array, Int32Array, Uint32Array or an array of numbers', value);
  const made = new Float64Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const v: unknown = value[i];
    if (typeof v !== 'number') throw invalid(`${name}[${i}] must be a number; it was ${describe(v)}`, { index: i });
    made[i] = v;
  }
  return made;
}

export function sortable(value: unknown): Numbers {
  const array = typed(value, ['Float64Array', 'Float32Array', 'Int32Array', 'Uint32Array']);
  if (!array) throw invalidField('values', 'a Float64Array, Float32Array, Int32Array or Uint32Array', value);
  return array;
}

export function signal(value: unknown, name: string): Float32Array | Float64Array {
  const array = typed(value, ['Float64Array', 'Float32Array']);
  if (!array) throw invalidField(name, 'a Float64Array or a Float32Array', value);
  return array as Float32Array | Float64Array;
}

/** Columns of one length, and that length. @throws ServiceError INVALID_ARGUMENT, DIMENSION_MISMATCH */
export function columns(value: unknown): { columns: NamedColumn[]; rows: number } {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) throw invalidField('columns', 'an object of columns by name', value);
  const made = Object.entries(value).map(([name, values]) => ({ name, values: numbers(values, `the column '${name}'`) }));
  if (made.length === 0) throw invalid('columns must hold at least one column: its length says how many rows there are');
  const rows = made[0].values.length;
  const odd = made.find(({ values }) => values.length !== rows);
  if (odd) throw computeError('DIMENSION_MISMATCH', `columns must be of one length: '${made[0].name}' has ${rows} rows, '${odd.name}' has ${odd.values.length}`, { column: odd.name });
  return { columns: made, rows };
}

/** A whole number within bounds. */
export function whole(value: unknown, name: string, least: number, most: number, why = ''): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw invalidField(name, `a whole number from ${least} to ${most}${why}`, value);
  return value;
}

export function flag(value: unknown, name: string): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw invalidField(name, 'true or false', value);
  return value === true;
}

export function oneOf<T extends string>(value: unknown, name: string, accepted: readonly T[]): T {
  if (value === undefined) return accepted[0];
  if (!accepted.includes(value as T)) throw invalidField(name, `one of ${accepted.map((one) => `'${one}'`).join(', ')}`, value);
  return value as T;
}

/** Buffers to move. */
export function transferList(value: unknown): readonly ArrayBuffer[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((buffer) => Object.prototype.toString.call(buffer) === '[object ArrayBuffer]')) throw invalidField('transfer', 'an array of ArrayBuffer', value);
  return value as ArrayBuffer[];
}

