/**
 * `transform` of row objects in one call: new objects out of the old ones in one way through them, without columns in between. The rules are
 * those of tables (operations/); rows that a loop can not take, such as those with bigints or of mixed kinds, go through columns after all.
 */
import { canMakeCode, MOST_COLUMNS } from '../../../make-code.js';
import { FEWEST_ROWS } from '../codegen.js';
import { invalid } from '../errors.js';
import { suggest } from '../near.js';
import { checkShape } from '../operations/check.js';
import type { Transformation } from '../types.js';
import { checkRow, lookPlain, RowFields, unionOf } from './transform-fields.js';
import { BY_CODE, BY_READERS, DONE, type Loops, needed } from './transform-loops.js';
import { conditionOf, NeedsColumns, planRows, type RowPlan, settle } from './transform-plan.js';
import { throughColumns } from './transform-columns.js';

export interface RowTransform { transformations: readonly Transformation[]; where?: string | undefined; select?: readonly string[] | undefined }

/** Rows between two yields. */
const CHUNK = 4096;

/**
 * Yields every few milliseconds: the caller looks at its clock and its signal, or does not.
 * @param codegen false: without code made from text
 * @throws ServiceError INVALID_ARGUMENT, PARSE, INTEGER_RANGE
 */
export function* transformRowSteps(all: readonly object[], { transformations, where, select }: RowTransform, codegen = canMakeCode()): Generator<void, object[]> {
  const shapes = transformations.map(checkShape);
  let rows = all, fields = new RowFields(rows);
  if (where !== undefined) {
    rows = yield* kept(rows, conditionOf(where, fields, rows.length));
    // What is left may hold nothing but nulls where the whole did not.
    if (all.length > 0) fields = new RowFields(rows, fields);
  }
  try {
    const plan = planRows(shapes, fields);
    if (rows.length > 0 && !lookPlain(rows)) throw new NeedsColumns();
    if (rows.length === 0) { checkSelect(select, plan, all.length > 0 ? unionOf(all).names : undefined); return []; }
    const loops = codegen && rows.length >= FEWEST_ROWS ? BY_CODE : BY_READERS;
    yield* takeStatistics(rows, plan, loops);
    return yield* build(rows, plan, select, loops);
  } catch (error) {
    if (!(error instanceof NeedsColumns)) throw error;
  }
  return yield* throughColumns(rows, shapes, fields, (made) => outputsOf(made, select, unionOf(rows).names));
}

export function transformRows(rows: readonly object[], options: RowTransform, codegen?: boolean): object[] {
  const steps = transformRowSteps(rows, options, codegen);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function* kept(rows: readonly object[], test: (row: object) => boolean): Generator<void, object[]> {
  const out: object[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (i > 0 && i % CHUNK === 0) yield;
    checkRow(rows[i], i);
    if (test(rows[i])) out.push(rows[i]);
  }
  return out;
}

function* takeStatistics(rows: readonly object[], { values }: RowPlan, loops: Loops): Generator<void, void> {
  for (const value of values) {
    if (value.kind !== 'cell' || !value.statistic) continue;
    const collect = loops.collect(needed([value.of]), value.of, value.statistic as { add(cell: unknown): boolean });
    for (let from = 0; from < rows.length; from += CHUNK) {
      if (from > 0) yield;
      const stopped = collect(rows, from, Math.min(rows.length, from + CHUNK));
      if (stopped === DONE) break;
      if (stopped >= 0) { checkRow(rows[stopped], stopped); throw new NeedsColumns(); }
    }
    settle(value);
  }
}

function* build(rows: readonly object[], { made, values }: RowPlan, select: readonly string[] | undefined, loops: Loops): Generator<void, object[]> {
  checkRow(rows[0], 0);
  // Rows are taken to have the names of the first one until one has not.
  let names = Object.keys(rows[0]), expected: readonly string[] | undefined = names;
  if (select) {
    if (!select.every((name) => made.has(name) || names.includes(name))) names = plainUnion(rows);
    expected = undefined;
  }
  for (;;) {
    const outputs = outputsOf(made, select, names);
    // All values: a step whose result is not asked for still says what is wrong with what it read.
    const loop = (outputs.length > MOST_COLUMNS ? BY_READERS : loops).build(values, outputs, expected);
    const out = new Array<object>(rows.length);
    let stopped = -1;
    for (let from = 0; from < rows.length && stopped < 0; from += CHUNK) {
      if (from > 0) yield;
      stopped = loop(rows, from, Math.min(rows.length, from + CHUNK), out);
    }
    if (stopped < 0) return out;
    checkRow(rows[stopped], stopped);
    if (expected === undefined) throw new NeedsColumns();
    names = plainUnion(rows);
    expected = undefined;
  }
}

function plainUnion(rows: readonly object[]): string[] {
  const { names, plain } = unionOf(rows);
  if (!plain) throw new NeedsColumns();
  return names;
}

/** What stands in an output row: every field in its order, in its place what a step made under its name, then what else steps made; or what `select` names. */
export function outputsOf<V>(made: ReadonlyMap<string, V>, select: readonly string[] | undefined, names: readonly string[]): { name: string; value: V | undefined }[] {
  const all = [...new Set([...names, ...made.keys()])];
  if (select) for (const name of select) if (!all.includes(name)) throw invalid(`select: no row has a field '${name}': ${suggest(name, all)}`, { field: name });
  return (select ?? all).map((name) => ({ name, value: made.get(name) }));
}

/** Of no rows. @param names undefined: nothing is known of them */
function checkSelect(select: readonly string[] | undefined, { made }: RowPlan, names: readonly string[] | undefined): void {
  if (names) outputsOf(made, select, names);
}
