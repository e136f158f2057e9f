/** Expressions over columns, by js/src/expression: as one loop of source where that has a form and pays, else block by block. */
import type { Steps } from '../../../calls/steps.js';
import { ServiceError } from '../../../errors.js';
import { compileExpression, type CompiledExpression } from '../../../expression/index.js';
import type { Job, NamedColumn, Numbers, Plans } from '../engine.js';
import { computeError, invalid } from '../errors.js';
import type { Reducer } from '../types.js';
import { add, total, twoSum, type Sum } from './sums.js';

/** Rows between two places to pause: a multiple of the evaluator's block. */
const PIECE = 1 << 15;
/** Fewer rows than this do not pay for making source. */
const FEWEST_ROWS = 2048;

type Plan = Plans['evaluate'];
type ColumnOfExpression = ReturnType<CompiledExpression['evaluate']>;

/** @throws ServiceError PARSE, INVALID_ARGUMENT */
export function* evaluate(plan: Plan, job: Job): Steps<Float64Array> {
  const made = new Float64Array(plan.rows);
  yield* pieces(plan, job, (values, start) => {
    if (values.buffer !== made.buffer) made.set(values, start);
  }, NaN, made);
  return made;
}

/** @throws ServiceError PARSE, INVALID_ARGUMENT */
export function* reduce(plan: Plan & { reducer: Reducer }, job: Job): Steps<number> {
  const { reducer } = plan;
  const sum: Sum = { high: 0, low: 0 };
  let count = 0;
  let least = Infinity;
  let most = -Infinity;
  const condition = yield* pieces(plan, job, (values) => {
    count += values.length;
    if (reducer === 'min' || reducer === 'max') {
      for (let i = 0; i < values.length; i++) { least = Math.min(least, values[i]); most = Math.max(most, values[i]); }
    } else {
      const part = twoSum(values);
      add(sum, part.high, part.low);
    }
  }, undefined);
  switch (reducer) {
    case 'count': return condition ? total(sum) : count;
    case 'sum': return total(sum);
    case 'mean': return count === 0 ? NaN : total(sum) / count;
    case 'min': return count === 0 ? NaN : least;
    case 'max': return count === 0 ? NaN : most;
  }
}

/**
 * Hands out the values of piece after piece, conditions as 1 and 0; gives whether the expression is a condition.
 * @param nulls what stands for null; undefined leaves it out
 * @param room where a loop may put the values of all rows; left out: each piece takes the place of the one before
 */
function* pieces({ expression, columns, rows }: Plan, job: Job, take: (values: Float64Array, start: number) => void, nulls: number | undefined, room?: Float64Array): Steps<boolean> {
  const compiled = compile(expression, columns);
  const loop = rows < FEWEST_ROWS ? undefined : compiled.loop();
  const values = columns.map((column) => column.values);
  const block = loop && !room ? new Float64Array(PIECE) : undefined;
  const used = new Map(compiled.columns.map((place) => [place, columns[place]]));
  for (let start = 0; start < rows; start += PIECE) {
    const count = Math.min(PIECE, rows - start);
    const table = { column: (place: number) => columnOf(used.get(place)!, start, count) };
    if (loop) {
      const into = room ? room.subarray(start, start + count) : block!.subarray(0, count);
      loop(values, into, start, start + count);
      take(into, start);
    } else take(numbersOf(compiled.evaluate(table, count), count, nulls), start);
    job.progress(start + count, rows);
    yield;
  }
  return compiled.type === 'bool';
}

/** Asked before each call: the last answers are remembered. */
const known = new Map<string, boolean>();
const MOST_KNOWN = 64;

/** Whether an expression is one loop of source; true of what is no expression, too. */
export function hasLoop(expression: string, columns: readonly NamedColumn[]): boolean {
  const key = JSON.stringify([expression, columns.map(({ name, values }) => [name, values instanceof Int32Array])]);
  let has = known.get(key);
  if (has === undefined) {
    try { has = compile(expression, columns).loop() !== undefined; } catch { return true; }
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, has);
  }
  return has;
}

/** @throws ServiceError PARSE, INVALID_ARGUMENT */
export function compile(expression: string, columns: readonly NamedColumn[]): CompiledExpression {
  let compiled: CompiledExpression;
  try {
    compiled = compileExpression(expression, columns.map(({ name, values }) => ({ name, type: values instanceof Int32Array ? 'i32' as const : 'f64' as const })));
  } catch (error) {
    if (error instanceof ServiceError) throw computeError(error.code, error.message, error.detail, error);
    throw error;
  }
  if (!['f64', 'i32', 'i64', 'bool'].includes(compiled.type)) throw invalid(`the expression must give numbers or conditions; it gives ${compiled.type === 'utf8' ? 'text' : compiled.type}`, { offset: 0 });
  return compiled;
}

function columnOf({ name, values }: NamedColumn, start: number, count: number): ColumnOfExpression {
  const part: Numbers = values.subarray(start, start + count);
  if (part instanceof Int32Array) return { name, type: 'i32', length: count, values: { kind: 'i32', values: part } };
  return { name, type: 'f64', length: count, values: { kind: 'f64', values: part instanceof Float64Array ? part : new Float64Array(part) } };
}

function numbersOf({ values, validity }: ColumnOfExpression, count: number, nulls: number | undefined): Float64Array {
  let numbers: Float64Array;
  if (values.kind === 'bool') {
    numbers = new Float64Array(count);
    for (let i = 0; i < count; i++) numbers[i] = (values.bits[i >> 3] >> (i & 7)) & 1;
  } else numbers = values.kind === 'f64' ? values.values : new Float64Array((values as { values: Int32Array }).values);
  if (!validity) return numbers;
  // Never into the caller's own column.
  const made = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if ((validity[i >> 3] >> (i & 7)) & 1) made[at++] = numbers[i];
    else if (nulls !== undefined) made[at++] = nulls;
  }
  return made.subarray(0, at);
}
