/**
 * `aggregate` of row objects and plain columns, in one call and in JavaScript: rows that cross into WebAssembly cost more than the whole
 * answer. The fields that are asked for become columns (aggregate-extract.ts) and go through the loops of the JavaScript engine.
 */
import { invalid } from '../errors.js';
import { suggest } from '../near.js';
import type { ColumnData } from '../columns.js';
import type { ColumnSchema, SortKey } from '../engine.js';
import { aggregate, finish, type Step } from '../js/aggregate/index.js';
import { TAKES } from '../js/aggregate/types.js';
import { rowsOfBits } from '../js/bits.js';
import { type Column, dataOf } from '../js/column.js';
import { sortRows } from '../js/sort.js';
import { slice, take } from '../js/take.js';
import type { AggregateOperation } from '../types.js';
import { checkRow, extract, type Wanted } from './aggregate-extract.js';
import { columnInputs } from './aggregate-columns.js';
import { buildRows } from './build.js';
import { ownField, pathOf } from './path.js';
import { rowValuesOf, valuesOf } from './values.js';

/** One operation, its arguments checked. */
export interface RowOperation {
  /** A field or path; '*' of count alone. */
  field: string;
  operation: AggregateOperation;
  alias: string;
  /** quantile. */
  q?: number;
  /** variance, stddev. */
  population?: boolean;
  /** correlation. */
  with?: string;
}

export interface RowPlan {
  groupBy: readonly string[];
  operations: readonly RowOperation[];
  /** Rows that take part. Of row objects alone. */
  where?: (row: object) => boolean;
}

/** What is asked, in columns: keys and steps by their places. */
export interface Prepared {
  columns: readonly Column[];
  rows: number;
  groupBy: readonly number[];
  steps: readonly Step[];
  /** Of the result: the keys, then a name a step. */
  names: readonly string[];
}

/** The groups, in columns; immutable. `having`, `orderBy` and `limit` go by `filter`, `sort` and `slice`. */
export class AggregatedRows {
  constructor(readonly names: readonly string[], readonly columns: readonly Column[], readonly rows: number) {}

  get schema(): ColumnSchema[] { return this.columns.map(({ type }, i) => ({ name: this.names[i], type })); }

  /** A column as expressions read it. */
  column(place: number): ColumnData { return dataOf(this.columns[place], this.names[place]); }

  /** The groups whose bit is set. */
  filter(bits: Uint8Array): AggregatedRows { return this.#take(rowsOfBits(bits, this.rows)); }
  sort(keys: readonly SortKey[]): AggregatedRows { return this.#take(sortRows((place) => this.columns[place], this.rows, keys)); }
  slice(from: number, to: number): AggregatedRows { return new AggregatedRows(this.names, this.columns.map((column) => slice(column, from, to)), to - from); }

  #take(rows: Int32Array): AggregatedRows { return new AggregatedRows(this.names, this.columns.map((column) => take(column, rows)), rows.length); }

  /** @param codegen false: without code made from text */
  toRows(codegen?: boolean): object[] { return buildRows(this.names, this.columns.map(rowValuesOf), this.rows, codegen); }

  /** Typed arrays where a type has one and no value is null; a name like `__proto__` is a plain field. */
  toColumns(): Record<string, ArrayLike<unknown>> {
    return Object.fromEntries(this.columns.map((column, i) => [this.names[i], ownBuffer(valuesOf(column))]));
  }
}

/** Not a part of a longer one: who takes it may hand its buffer on. */
function ownBuffer(values: ArrayLike<unknown>): ArrayLike<unknown> {
  return ArrayBuffer.isView(values) && values.byteLength < values.buffer.byteLength ? (values as Float64Array | Int32Array).slice() : values;
}

/**
 * Groups and aggregates row objects. Yields every few milliseconds: the caller looks at its clock and its signal, or does not.
 * @param codegen false: without code made from text
 * @throws ServiceError INVALID_ARGUMENT, INTEGER_RANGE, TOO_LARGE
 */
export function* aggregateRowSteps(rows: readonly object[], plan: RowPlan, codegen?: boolean): Generator<void, AggregatedRows> {
  return yield* computeSteps(yield* prepareRowSteps(rows, plan, codegen));
}

/** The fields that are asked for, as columns. */
export function* prepareRowSteps(rows: readonly object[], plan: RowPlan, codegen?: boolean): Generator<void, Prepared> {
  const { kept, place } = plan.where ? yield* keep(rows, plan.where) : { kept: rows, place: undefined };
  const wanted = fieldsOf(plan);
  const columns = yield* extract(kept, wanted, place, codegen);
  wanted.forEach(({ field }, i) => {
    if (columns[i].valid && !columns[i].valid.includes(1)) checkKnown(rows, field);
  });
  return prepared(plan, columns, kept.length, wanted);
}

/** Groups and aggregates plain columns: arrays and typed arrays of one length. */
export function* aggregateColumnSteps(data: Readonly<Record<string, ArrayLike<unknown>>>, plan: Omit<RowPlan, 'where'>): Generator<void, AggregatedRows> {
  return yield* computeSteps(yield* prepareColumnSteps(data, plan));
}

export function* prepareColumnSteps(data: Readonly<Record<string, ArrayLike<unknown>>>, plan: Omit<RowPlan, 'where'>): Generator<void, Prepared> {
  const wanted = fieldsOf(plan);
  const { columns, rows } = yield* columnInputs(data, wanted);
  return prepared(plan, columns, rows, wanted);
}

export const aggregateRows = (rows: readonly object[], plan: RowPlan, codegen?: boolean): AggregatedRows => finish(aggregateRowSteps(rows, plan, codegen));
export const aggregateColumns = (data: Readonly<Record<string, ArrayLike<unknown>>>, plan: Omit<RowPlan, 'where'>): AggregatedRows => finish(aggregateColumnSteps(data, plan));

const CODED: ReadonlySet<AggregateOperation> = new Set(['min', 'max', 'mode', 'countDistinct', 'list']);

/** Every field once, and whether its strings are looked up in a dictionary. */
function fieldsOf({ groupBy, operations }: Omit<RowPlan, 'where'>): Wanted[] {
  const wanted: Wanted[] = [];
  const want = (field: string, coded: boolean): void => {
    const place = placeIn(wanted, field);
    if (place < 0) wanted.push({ field, coded });
    else if (coded) wanted[place].coded = true;
  };
  for (const field of groupBy) want(field, true);
  for (const { field, operation, with: other } of operations) {
    if (field !== '*' || operation !== 'count') want(field, CODED.has(operation));
    if (other !== undefined) want(other, false);
  }
  return wanted;
}

/** A call names few fields: looking through them beats a Map. */
function placeIn(wanted: readonly Wanted[], field: string): number {
  for (let i = 0; i < wanted.length; i++) if (wanted[i].field === field) return i;
  return -1;
}

export function* computeSteps({ columns, rows, groupBy, steps, names }: Prepared): Generator<void, AggregatedRows> {
  const out = yield* aggregate((place) => columns[place], rows, groupBy, steps);
  return new AggregatedRows(names, out, out[0]?.length ?? 0);
}

function prepared({ groupBy, operations }: Omit<RowPlan, 'where'>, columns: readonly Column[], n: number, wanted: readonly Wanted[]): Prepared {
  const all = [...columns];
  // Nothing but nulls has no type: every operation takes it.
  const placeOf = (field: string, operation: AggregateOperation): number => {
    const place = placeIn(wanted, field);
    const column = all[place];
    const takes = TAKES[operation];
    if (!takes || takes.includes(column.type)) return place;
    if (column.valid && !column.valid.includes(1)) return all.push({ type: 'f64', length: n, body: { kind: 'f64', values: new Float64Array(n) }, valid: column.valid }) - 1;
    throw invalid(`${operation} takes ${takes.join(', ')}, and '${field}' is ${column.type}: choose another operation or field`);
  };
  const steps = operations.map(({ field, operation, q, population, with: other }): Step => ({
    operation, column: field === '*' && operation === 'count' ? -1 : placeOf(field, operation),
    ...(q !== undefined && { q }), ...(population !== undefined && { population }), ...(other !== undefined && { with: placeOf(other, operation) }),
  }));
  return { columns: all, rows: n, groupBy: groupBy.map((field) => placeIn(wanted, field)), steps, names: [...groupBy, ...operations.map(({ alias }) => alias)] };
}

function* keep(rows: readonly object[], where: (row: object) => boolean): Generator<void, { kept: object[]; place: (row: number) => number }> {
  const kept: object[] = [];
  const places: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (i > 0 && i % 16384 === 0) yield;
    const row = rows[i];
    checkRow(row, i, (at) => at);
    if (where(row)) {
      kept.push(row);
      places.push(i);
    }
  }
  return { kept, place: (row) => places[row] };
}

/** A field that no row has is a slip of the pen. */
function checkKnown(rows: readonly object[], field: string): void {
  const head = pathOf(field)?.[0];
  if (rows.length === 0 || rows.some((row) => Object.hasOwn(row, field) || (typeof head === 'string' && Object.hasOwn(row, head)) || ownField(row, field) !== undefined)) return;
  throw invalid(`no row has a field '${field}': ${suggest(field, Object.keys(rows[0]))}`, { field });
}
