/**
 * Where the values of a column go while rows are read, by the kind of its first values, already in the layout of a column. A value of
 * another kind makes the sink odd: it has no column then, and the caller reads the rows again in the careful way.
 */
import { bitBytes, Validity } from './bits.js';
import { makeCode, quoted } from './codegen.js';
import { kindOf, textColumn } from './column-from-values.js';
import type { ColumnData } from './columns.js';
import { DictionaryBuilder, repeats } from './strings.js';
import type { ColumnType } from './types.js';

export type Row = Record<string, unknown>;

interface SinkOf<K extends string, T> {
  kind: K;
  name: string;
  out: T;
  /** Takes a value that does not go into `out` as it is: null, or of another kind. */
  put(row: number, value: unknown): void;
  /** Undefined where a value was of another kind. */
  column(): ColumnData | undefined;
}
export type Sink =
  | SinkOf<'int', Int32Array>
  | SinkOf<'float', Float64Array>
  | SinkOf<'string', (string | null)[]>
  | SinkOf<'coded', Int32Array> & { places: Map<string, number> }
  | SinkOf<'boolean', Uint8Array>
  | SinkOf<'any', unknown[]>;

/** An own field; undefined where there is none. */
export const fieldOf = (row: Row, name: string, guarded: boolean): unknown => (guarded && !Object.hasOwn(row, name) ? undefined : row[name]);

const isInt = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);

/** @param type of a schema: its values are converted later */
export function sinkFor(name: string, rows: readonly Row[], guarded: boolean, type: ColumnType | undefined): Sink {
  const count = rows.length, at = (row: number): unknown => fieldOf(rows[row], name, guarded);
  let first: unknown;
  for (let i = 0; type === undefined && i < count && (first === undefined || first === null); i++) first = at(i);
  switch (kindOf(first)) {
    case 'number': return looksWhole(count, at) ? intSink(name, count) : floatSink(name, count);
    case 'string': return repeats(count, (row) => { const value = at(row); return typeof value === 'string' ? value : null; }) ? codedSink(name, count) : textSink(name, count);
    case 'boolean': return booleanSink(name, count);
    default: return { kind: 'any', name, out: new Array<unknown>(count), put() { /* takes all as it is */ }, column: () => undefined };
  }
}

/** A guess that is right where it says no. */
function looksWhole(count: number, at: (row: number) => unknown): boolean {
  const step = Math.max(1, count >> 5);
  for (let row = 0; row < count; row += step) {
    const value = at(row);
    if (typeof value === 'number' && !isInt(value)) return false;
  }
  return true;
}

/** Nulls are marked; what else comes makes the sink odd. */
function marks(count: number, extra?: (row: number, value: unknown) => boolean): { valid: Validity; put(row: number, value: unknown): void; odd(): boolean } {
  const valid = new Validity(count);
  let odd = false;
  return {
    valid, odd: () => odd,
    put(row, value) {
      if (value === null || value === undefined) valid.clear(row);
      else if (!extra?.(row, value)) odd = true;
    },
  };
}

function intSink(name: string, length: number): Sink {
  const out = new Int32Array(length);
  // The numbers that are not whole, over the others at the end.
  const places: number[] = [], others: number[] = [];
  const { valid, put, odd } = marks(length, (row, value) => typeof value === 'number' && others.push(value) > 0 && places.push(row) > 0);
  return {
    kind: 'int', name, out, put,
    column() {
      if (odd()) return undefined;
      if (others.length === 0) return { name, type: 'i32', length, values: { kind: 'i32', values: out }, ...valid.part };
      const values = new Float64Array(out);
      for (let i = 0; i < places.length; i++) values[places[i]] = others[i];
      return { name, type: 'f64', length, values: { kind: 'f64', values }, ...valid.part };
    },
  };
}

/** Of numbers one of which, seen before, is no whole one. */
function floatSink(name: string, length: number): Sink {
  const out = new Float64Array(length), { valid, put, odd } = marks(length);
  return { kind: 'float', name, out, put, column: () => (odd() ? undefined : { name, type: 'f64', length, values: { kind: 'f64', values: out }, ...valid.part }) };
}

function booleanSink(name: string, length: number): Sink {
  const out = new Uint8Array(bitBytes(length)), { valid, put, odd } = marks(length);
  return { kind: 'boolean', name, out, put, column: () => (odd() ? undefined : { name, type: 'bool', length, values: { kind: 'bool', bits: out }, ...valid.part }) };
}

function textSink(name: string, length: number): Sink {
  const out = new Array<string | null>(length), { valid, put, odd } = marks(length);
  return {
    kind: 'string', name, out,
    put(row, value) { out[row] = null; put(row, value); },
    column: () => (odd() ? undefined : textColumn(name, out, valid)),
  };
}

function codedSink(name: string, length: number): Sink {
  const out = new Int32Array(length), builder = new DictionaryBuilder(length);
  const { valid, put, odd } = marks(length, (row, value) => {
    if (typeof value !== 'string') return false;
    return (out[row] = builder.places.get(value) ?? builder.add(value)) >= 0;
  });
  return { kind: 'coded', name, out, put, places: builder.places, column: () => (odd() ? undefined : { name, type: 'utf8', length, values: builder.finish(out), ...valid.part }) };
}

/** One column, without code made from text. */
export function readColumn(rows: readonly Row[], sink: Sink, guarded: boolean): void {
  const { name } = sink;
  for (let i = 0; i < rows.length; i++) {
    const value = fieldOf(rows[i], name, guarded);
    switch (sink.kind) {
      case 'int': if (typeof value === 'number' && isInt(value)) sink.out[i] = value; else sink.put(i, value); break;
      case 'float': if (typeof value === 'number') sink.out[i] = value; else sink.put(i, value); break;
      case 'string': if (typeof value === 'string') sink.out[i] = value; else sink.put(i, value); break;
      case 'coded': { const code = sink.places.get(value as string); if (code === undefined) sink.put(i, value); else sink.out[i] = code; break; }
      case 'boolean': if (value === true) sink.out[i >>> 3] |= 1 << (i & 7); else if (value !== false) sink.put(i, value); break;
      case 'any': sink.out[i] = value;
    }
  }
}

type Reader = (rows: readonly Row[], outs: readonly unknown[], places: readonly unknown[], sinks: readonly Sink[], hasOwn: (row: object, name: string) => boolean) => void;

/** All columns in one walk over the rows. */
export function readByCode(rows: readonly Row[], sinks: readonly Sink[], guarded: readonly boolean[]): void {
  const lines = sinks.map(({ kind, name }, c) => {
    const key = quoted(name), value = guarded[c] ? `hasOwn(row, ${key}) ? row[${key}] : undefined` : `row[${key}]`, other = `sinks[${c}].put(i, v);`;
    switch (kind) {
      case 'int': return `{ const v = ${value}; let n; if (typeof v === 'number' && (n = v | 0) === v && (n !== 0 || 1 / v > 0)) o${c}[i] = n; else ${other} }`;
      case 'float': case 'string': return `{ const v = ${value}; if (typeof v === '${kind === 'float' ? 'number' : kind}') o${c}[i] = v; else ${other} }`;
      case 'coded': return `{ const v = ${value}, n = p${c}.get(v); if (n !== undefined) o${c}[i] = n; else ${other} }`;
      case 'boolean': return `{ const v = ${value}; if (v === true) o${c}[i >>> 3] |= 1 << (i & 7); else if (v !== false) ${other} }`;
      case 'any': return `o${c}[i] = ${value};`;
    }
  });
  // Variables of their own for every column: each keeps one kind of value.
  const body = `const [${sinks.map((_, c) => `o${c}`).join(', ')}] = outs, [${sinks.map((_, c) => `p${c}`).join(', ')}] = places;
for (let i = 0; i < rows.length; i++) { const row = rows[i];
${lines.join('\n')}
}`;
  makeCode<Reader>(['rows', 'outs', 'places', 'sinks', 'hasOwn'], body)(rows, sinks.map(({ out }) => out), sinks.map((sink) => ('places' in sink ? sink.places : undefined)), sinks, Object.hasOwn);
}
