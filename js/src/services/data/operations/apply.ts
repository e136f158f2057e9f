/** A checked step on a table. */
import { compileExpression } from '../../../expression/index.js';
import { getBit, Validity } from '../bits.js';
import { columnFromValues } from '../column-from-values.js';
import type { ColumnData } from '../columns.js';
import type { ColumnSchema, TransformStep } from '../engine.js';
import { dataError, describe, invalid } from '../errors.js';
import { step as into, type Segment } from '../rows/path.js';
import { decodeStrings, narrowCodes } from '../strings.js';
import type { ColumnType } from '../types.js';
import { builder, cellReader, isNull } from './cells.js';
import { OPERATIONS } from './registry.js';
import { coalescedType, filledType, joiner, widened } from './several.js';
import { bounds, BoundsOf, moments, MomentsOf } from './statistics.js';
import type { Args, Operation } from './types.js';

export interface StepTable { rows: number; column(place: number): ColumnData; schema?: readonly ColumnSchema[] }

/** @throws ServiceError PARSE (a value that does not convert), INTEGER_RANGE, INVALID_ARGUMENT (what a path leads to is of another type) */
export function applyStep(step: TransformStep, table: StepTable): ColumnData {
  const { operation, args, as } = step;
  switch (operation) {
    case 'expression': return { ...evaluate(args, table), name: as };
    case 'fillNull': return fillNull(table.column(step.column), as, args.value);
    case 'coalesce': return coalesce((args.columns as number[]).map((place) => table.column(place)), as);
    case 'concat': return concat((args.columns as number[]).map((place) => table.column(place)), as, table.rows, args);
  }
  const of = OPERATIONS.get(operation)!;
  const column = table.column(step.column);
  return { ...applyOperation(operation, of, args, 'path' in args ? alongPath(column, args.path as Segment[], of) : column), name: as };
}

// ── one column ──

function applyOperation(operation: string, of: Operation, args: Args, column: ColumnData): ColumnData {
  const { name, type: input, length, values, validity } = column;
  const type = of.gives(input, args);
  const statistic = of.statistic?.(args, input);
  const known = (statistic && statisticOf(column, statistic)) as never;
  if (of.loop && (values.kind === 'f64' || values.kind === 'i32') && (type === 'f64' || type === 'i32')) {
    const out = type === 'f64' ? new Float64Array(length) : new Int32Array(length);
    of.loop(values.values, out, args, known);
    if (validity) for (let i = 0; i < length; i++) if (!getBit(validity, i)) out[i] = 0;
    return { name, type, length, values: { kind: type, values: out } as ColumnData['values'], ...(validity && { validity }) };
  }
  const cell = of.cell(args, input, known) as (value: unknown) => unknown;
  const lenient = args.onError === 'null';
  if (values.kind === 'dictionary') return ofDictionary(operation, column, type, cell, lenient);
  const read = cellReader(column), valid = new Validity(length), out = builder(name, type, length, valid);
  for (let i = 0; i < length; i++) {
    if (validity && !getBit(validity, i)) { valid.clear(i); continue; }
    const made = cell(read(i));
    if (made !== null && made !== undefined) out.put(i, made);
    else if (made === null || lenient) valid.clear(i);
    else throw unconverted(operation, name, i, read(i), args);
  }
  return out.finish();
}

export function unconverted(operation: string, field: string, row: number, value: unknown, args: Args): Error {
  const format = typeof args.format === 'string' && args.format !== 'iso' ? ` (format '${args.format}')` : '';
  return dataError('PARSE', `row ${row} of '${field}' holds ${describe(value)}, which ${operation}${format} does not read: mend the value, or give args: { onError: 'null' }`, { row, field, value });
}

/** Once for every value of the dictionary; values that become equal share a code. */
function ofDictionary(operation: string, column: ColumnData & { values: { kind?: string } }, type: ColumnType, cell: (value: unknown) => unknown, lenient: boolean): ColumnData {
  const { name, length, validity } = column;
  const { codes, dictionary } = column.values as Extract<ColumnData['values'], { kind: 'dictionary' }>;
  const words = decodeStrings(dictionary), used = usedCodes(column, words.length);
  const made = words.map((word, code) => (used[code] ? cell(word) : null));
  const failed = lenient ? -1 : made.indexOf(undefined);
  if (failed >= 0) for (let i = 0; i < length; i++) if (made[codes[i]] === undefined && !isNull(column, i)) throw unconverted(operation, name, i, words[codes[i]], {});
  const valid = new Validity(length);
  const missing = made.some((value, code) => used[code] && (value === null || value === undefined));
  for (let i = 0; (validity !== undefined || missing) && i < length; i++) if (isNull(column, i) || made[codes[i]] === null || made[codes[i]] === undefined) valid.clear(i);
  if (type !== 'utf8') {
    const out = builder(name, type, length, valid);
    for (let i = 0; i < length; i++) if (!valid.bits || getBit(valid.bits, i)) out.put(i, made[codes[i]]);
    return out.finish();
  }
  const places = new Map<string, number>(), map = new Int32Array(words.length);
  let same = true;
  made.forEach((value, code) => {
    if (typeof value !== 'string') { same = false; return; }
    let place = places.get(value);
    if (place === undefined) places.set(value, place = places.size);
    map[code] = place;
    if (place !== code) same = false;
  });
  if (places.size === 0) places.set('', 0);
  const next = [...places.keys()];
  if (same) return { name, type, length, values: { kind: 'dictionary', codes, dictionary: next }, ...valid.part };
  const moved = new Int32Array(length);
  for (let i = 0; i < length; i++) moved[i] = map[codes[i]];
  if (valid.bits) for (let i = 0; i < length; i++) if (!getBit(valid.bits, i)) moved[i] = 0;
  return { name, type, length, values: { kind: 'dictionary', codes: narrowCodes(moved, next.length), dictionary: next }, ...valid.part };
}

/** A value that no row has must not fail, nor tell what the column holds. */
function usedCodes(column: ColumnData, count: number): Uint8Array {
  const { values, validity, length } = column as ColumnData & { values: Extract<ColumnData['values'], { kind: 'dictionary' }> };
  const { codes } = values, used = new Uint8Array(count);
  if (validity) { for (let i = 0; i < length; i++) if (getBit(validity, i)) used[codes[i]] = 1; } else for (let i = 0; i < length; i++) used[codes[i]] = 1;
  return used;
}

function statisticOf(column: ColumnData, statistic: NonNullable<ReturnType<NonNullable<Operation['statistic']>>>): unknown {
  const { values, validity, length } = column;
  if (values.kind === 'f64' || values.kind === 'i32') {
    if (statistic instanceof BoundsOf) return bounds(values.values, validity, statistic.finite);
    if (statistic instanceof MomentsOf) return moments(values.values, validity);
  }
  const add = (cell: unknown): boolean => statistic.add(cell as never);
  if (values.kind === 'dictionary') {
    const words = decodeStrings(values.dictionary), used = usedCodes(column, words.length);
    words.every((word, code) => used[code] === 0 || add(word));
  } else {
    const read = cellReader(column);
    for (let i = 0; i < length; i++) if (!(validity && !getBit(validity, i)) && !add(read(i))) break;
  }
  return statistic.result();
}

// ── nulls and several columns ──

function fillNull(column: ColumnData, as: string, value: unknown): ColumnData {
  const { length, validity } = column;
  const type = filledType(column.type, value);
  if (!validity && type === column.type) return { ...column, name: as };
  const read = cellReader(column), out = builder(as, type, length);
  for (let i = 0; i < length; i++) out.put(i, !validity || getBit(validity, i) ? read(i) : value);
  return out.finish();
}

function coalesce(columns: readonly ColumnData[], as: string): ColumnData {
  const type = coalescedType(columns.map(({ name }) => name), columns.map((column) => column.type), 'coalesce');
  const { length } = columns[0], valid = new Validity(length), out = builder(as, type, length, valid);
  const reads = columns.map((column) => {
    const read = cellReader(column), widen = widened(column.type, type) as ((value: unknown) => unknown) | undefined;
    return widen ? (row: number) => widen(read(row)) : read;
  });
  for (let i = 0; i < length; i++) {
    const from = columns.findIndex((column) => !isNull(column, i));
    if (from < 0) valid.clear(i); else out.put(i, reads[from](i));
  }
  return out.finish();
}

function concat(columns: readonly ColumnData[], as: string, rows: number, args: Args): ColumnData {
  const join = joiner(columns.map(({ type }) => type), args), reads = columns.map(cellReader), out = builder(as, 'utf8', rows);
  const cells = new Array<unknown>(columns.length);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < columns.length; c++) cells[c] = isNull(columns[c], i) ? null : reads[c](i);
    out.put(i, join(cells));
  }
  return out.finish();
}

/** An expression knows its columns by name; the step brings along those it reads, or the table knows them all. */
function evaluate({ expr, schema, columns }: Args, table: StepTable): ColumnData {
  const names = (schema as ColumnSchema[] | undefined) ?? table.schema, places = columns as number[] | undefined;
  if (!names) throw invalid('an expression needs the names of the columns');
  return compileExpression(expr as string, names).evaluate({ column: (place) => table.column(places ? places[place] : place) }, table.rows);
}

/** The values that a path leads to in a json column, as a column of their own. */
function alongPath(column: ColumnData, path: readonly Segment[], of: Operation): ColumnData {
  const read = cellReader(column) as (row: number) => string, out = new Array<unknown>(column.length).fill(null);
  for (let i = 0; i < column.length; i++) if (!isNull(column, i)) out[i] = path.reduce<unknown>(into, JSON.parse(read(i)));
  const json = of.takes.includes('json');
  const made = columnFromValues(column.name, out, json ? 'json' : undefined);
  if (json || of.takes.includes(made.type)) return made;
  if (out.every((value) => value === null || value === undefined)) return columnFromValues(column.name, out, of.takes[0]);
  throw invalid(`'${column.name}' at ${path.join('.')} holds ${made.type}, and ${of.takes.join(', ')} is taken: convert it first`, { field: column.name });
}
