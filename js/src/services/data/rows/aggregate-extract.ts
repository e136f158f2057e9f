/**
 * The fields that a call needs out of its rows, as columns: one way through the rows that touches nothing else.
 */
import { canMakeCode } from '../../../make-code.js';
import { makeCode } from '../codegen.js';
import { describe, invalid } from '../errors.js';
import type { Column } from '../js/column.js';
import { Field } from './field.js';
import { ownField, pathOf, reader, readerCode, type Segment, step } from './path.js';

/** Rows between two yields. */
const CHUNK = 1 << 15;

export interface Wanted {
  field: string;
  /** Strings are looked up in a dictionary on the way: keys, and what is counted or ordered. */
  coded: boolean;
}

interface Source {
  name: string;
  path: readonly Segment[] | undefined;
  /** What rows inherit has that name too: only what is their own counts. */
  own: boolean;
  field: Field;
}

/** A loop over rows: -1 when done, else the place in `fields` of the value that does not fit at row `at.row`. */
type Loop = (rows: ArrayLike<object>, from: number, to: number, fields: readonly Field[], at: { row: number }, own: typeof ownField, into: typeof step, row: typeof isRow) => number;

/** @param codegen false: without code made from text */
export function* extract(rows: ArrayLike<object>, wanted: readonly Wanted[], place?: (row: number) => number, codegen = canMakeCode()): Generator<void, Column[]> {
  const n = rows.length;
  const samples = samplesOf(rows, place);
  const prototypes = prototypesOf(samples);
  const sources = wanted.map(({ field: name, coded }): Source => {
    const path = pathOf(name);
    const field = new Field(name, n, coded);
    if (place) field.place = place;
    // A field of that very name comes first, wherever it first appears.
    const source = { name, path: path && someRow(rows, name) ? undefined : path, own: inherited(prototypes, path ? String(path[0]) : name), field };
    field.guess(samples, readerOf(source));
    return source;
  });
  try {
    const at = { row: 0 };
    for (let from = 0; from < n; from += CHUNK) {
      if (from > 0) yield;
      const to = Math.min(n, from + CHUNK);
      if (codegen) byCode(rows, from, to, sources, at);
      else for (const source of sources) byReader(rows, from, to, source, at);
    }
  } catch (error) {
    checkRows(rows, place);
    throw error;
  }
  return sources.map(({ field }) => field.column());
}

function someRow(rows: ArrayLike<object>, name: string): boolean {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (typeof row === 'object' && row !== null && ownField(row, name) !== undefined) return true;
  }
  return false;
}

/** A few rows from all over. */
function samplesOf(rows: ArrayLike<object>, place: (row: number) => number = (row) => row): object[] {
  const n = rows.length;
  const samples: object[] = [];
  // At most five, each once.
  for (let i = 0; i < n; i = i === n - 1 ? n : Math.min(n - 1, i + Math.max(1, n >> 2))) {
    checkRow(rows[i], i, place);
    samples.push(rows[i]);
  }
  return samples;
}

/** What rows inherit from, other than Object.prototype. */
function prototypesOf(samples: readonly object[]): object[] {
  const found: object[] = [];
  for (const row of samples) {
    const prototype = Object.getPrototypeOf(row) as object | null;
    if (prototype !== null && prototype !== Object.prototype && !found.includes(prototype)) found.push(prototype);
  }
  return found;
}

function inherited(prototypes: readonly object[], name: string): boolean {
  return name in Object.prototype || prototypes.some((prototype) => name in prototype);
}

const readerOf = ({ name, path, own }: Source): ((row: object) => unknown) => reader(name, path, own);

function byReader(rows: ArrayLike<object>, from: number, to: number, source: Source, at: { row: number }): void {
  const { field } = source;
  const read = readerOf(source);
  for (let i = from; i < to; i++) {
    const row = rows[i];
    const value = read(row);
    at.row = i;
    if (value === undefined || value === null) checkRow(row, i, field.place);
    while (!field.put(i, value)) field.widen(i, value);
  }
}

function byCode(rows: ArrayLike<object>, from: number, to: number, sources: readonly Source[], at: { row: number }): void {
  const fields = sources.map(({ field }) => field);
  at.row = from;
  for (;;) {
    const stuck = loopOf(sources)(rows, at.row, to, fields, at, ownField, step, isRow);
    if (stuck < 0) return;
    const { field } = sources[stuck];
    const row = rows[at.row];
    const value = readerOf(sources[stuck])(row);
    if (value === undefined || value === null) checkRow(row, at.row, field.place);
    field.widen(at.row, value);
  }
}

const loops = new Map<string, Loop>();

/** The loop for these fields as they are now; the text of one that was made before is not put together again. */
function loopOf(sources: readonly Source[]): Loop {
  let shape = '';
  for (const { name, own, path, field } of sources) shape += `${field.mode}${field.valid ? 1 : 0}${own ? 1 : 0}${path ? 1 : 0}${name.length}:${name}`;
  let loop = loops.get(shape);
  if (!loop) {
    if (loops.size >= 256) loops.clear();
    loops.set(shape, (loop = makeLoop(sources)));
  }
  return loop;
}

function makeLoop(sources: readonly Source[]): Loop {
  const parts = sources.map(({ name, path, own, field }, k) => partOf(k, field, readerCode(name, path, own)));
  return makeCode<Loop>(['rows', 'from', 'to', 'fields', 'at', 'own', 'step', 'isRow'], `${parts.map(({ before }) => before).join('\n')}
for (let i = from; i < to; i++) {
const r = rows[i];
${parts.map(({ each }) => each).join('\n')}
}
return -1;`);
}

/** The code of one field: what stands before the loop, and what is done with each row. */
function partOf(k: number, { mode, valid }: Field, value: string): { before: string; each: string } {
  const stop = `{ at.row = i; return ${k}; }`;
  const f = `fields[${k}]`;
  const fast: Partial<Record<typeof mode, [before: string, each: string]>> = {
    i32: [`const a${k} = ${f}.ints;`, `const w${k} = v${k} | 0; if (w${k} !== v${k} || (w${k} === 0 && 1 / v${k} < 0)) ${stop} a${k}[i] = w${k};`],
    f64: [`const a${k} = ${f}.doubles;`, `a${k}[i] = v${k};`],
    text: [`const a${k} = ${f}.texts;`, `a${k}[i] = v${k};`],
    dictionary: [
      `const a${k} = ${f}.ints, m${k} = ${f}.known, t${k} = ${f}.texts, s${k} = ${f}.first;`,
      `let c${k} = m${k}.get(v${k}); if (c${k} === undefined) { c${k} = t${k}.length; m${k}.set(v${k}, c${k}); t${k}.push(v${k}); s${k}.push(i); } a${k}[i] = c${k};`,
    ],
  };
  const made = fast[mode];
  if (!made) return { before: `const f${k} = ${f};`, each: `const v${k} = ${value}; if (v${k} == null && !isRow(r) || !f${k}.put(i, v${k})) ${stop}` };
  const type = mode === 'i32' || mode === 'f64' ? 'number' : 'string';
  const put = `if (typeof v${k} !== '${type}') ${stop} ${made[1]}`;
  if (!valid) return { before: made[0], each: `const v${k} = ${value}; ${put}` };
  return {
    before: `${made[0]} const n${k} = ${f}.valid;`,
    each: `const v${k} = ${value}; if (v${k} == null) { if (!isRow(r)) ${stop} ${mode === 'text' ? `a${k}[i] = '';` : ''} } else { ${put} n${k}[i] = 1; }`,
  };
}

const isRow = (row: unknown): boolean => typeof row === 'object' && row !== null && !Array.isArray(row);

export function checkRow(row: unknown, i: number, place: (row: number) => number): void {
  if (!isRow(row)) throw invalid(`row ${place(i)} is ${describe(row)}: rows are objects, such as { id: 1, name: 'a' }`, { row: place(i) });
}

/** A loop that ran into a row that is no object has its reason told. */
function checkRows(rows: ArrayLike<unknown>, place: (row: number) => number = (row) => row): void {
  for (let i = 0; i < rows.length; i++) checkRow(rows[i], i, place);
}
