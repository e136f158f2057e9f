/**
 * A prepared aggregation through a table of an engine, and what that costs. Texts that are only told apart cross as the numbers of their
 * dictionary, which stays here.
 */
import type { ColumnData, TableData } from '../columns.js';
import type { Task, Work } from '../cost-model.js';
import type { AggregatePlan } from '../engine.js';
import { type Column, columnOf, dataOf } from '../js/column.js';
import type { AggregateOperation } from '../types.js';
import { AggregatedRows, type Prepared } from './aggregate.js';
import { TASKS } from './tasks.js';

/** Equal or not is all that these ask of a text. */
const TOLD_APART: ReadonlySet<AggregateOperation> = new Set(['count', 'countDistinct', 'first', 'last', 'mode']);
/** These give back what the column holds. */
const SAME: ReadonlySet<AggregateOperation> = new Set(['first', 'last', 'mode']);

/** Columns that cross as codes. */
function coded({ columns, steps }: Prepared): boolean[] {
  return columns.map(({ body }, place) => body.kind === 'dictionary' && steps.every((step) => step.column !== place || TOLD_APART.has(step.operation)));
}

/** @param owned the buffers are handed on and must be nobody else's */
export function tableOf(prepared: Prepared, owned: boolean): { table: TableData; plan: AggregatePlan } {
  const codes = coded(prepared);
  const columns = prepared.columns.map((column, place): ColumnData => {
    const data = codes[place] ? dataOf({ ...column, type: 'i32', body: { kind: 'i32', values: (column.body as Column['body'] & { kind: 'dictionary' }).codes } }, String(place)) : dataOf(column, String(place));
    return owned && !codes[place] ? { ...data, values: copied(data.values) } : data;
  });
  return { table: { rows: prepared.rows, columns }, plan: { groupBy: prepared.groupBy, operations: prepared.steps.map((step, i) => ({ ...step, alias: `s${i}` })) } };
}

function copied(values: ColumnData['values']): ColumnData['values'] {
  switch (values.kind) {
    case 'f64': return { ...values, values: values.values.slice() };
    case 'i64': return { ...values, values: values.values.slice() };
    case 'i32': return { ...values, values: values.values.slice() };
    default: return values;
  }
}

/** What came back, as the JavaScript loops give it. */
export function groupsOf(prepared: Prepared, made: TableData): AggregatedRows {
  const codes = coded(prepared);
  const from = [...prepared.groupBy, ...prepared.steps.map(({ operation, column }) => (SAME.has(operation) ? column : -1))];
  const columns = made.columns.map((data, i): Column => {
    const column = columnOf(data);
    if (from[i] < 0 || !codes[from[i]] || column.body.kind !== 'i32') return column;
    const { dictionary } = prepared.columns[from[i]].body as Column['body'] & { kind: 'dictionary' };
    return { ...column, type: 'utf8', body: { kind: 'dictionary', codes: column.body.values, dictionary } };
  });
  return new AggregatedRows(prepared.names, columns, made.rows);
}

// ── what it costs ──

export function workOf(prepared: Prepared): Work {
  const { columns, rows, groupBy, steps } = prepared;
  const codes = coded(prepared);
  const keys = groupBy.map((place) => columns[place]);
  const groups = Math.min(rows, keys.reduce((product, key) => product * distinctOf(key), 1));
  const tasks: Task[] = keys.length === 0 ? [] : keys.length === 1 ? [keyTask(keys[0])] : ['severalKeys', ...keys.slice(2).map((): Task => 'codeKey')];
  let bytesIn = 0;
  let textsIn = 0;
  columns.forEach(({ body, valid }, place) => {
    bytesIn += rows * (body.kind === 'i32' || body.kind === 'dictionary' ? 4 : body.kind === 'bool' ? 1 : 8) + (valid ? rows : 0);
    if (!codes[place]) textsIn += body.kind === 'dictionary' ? body.dictionary.length : body.kind === 'strings' ? rows : 0;
  });
  let textsOut = 0;
  for (const { operation, column } of steps) {
    const task = TASKS[operation];
    tasks.push(task === 'distinct' && hashed(columns[column]) ? 'distinctDoubles' : task);
    if (operation === 'list') textsOut += rows;
    else if (column >= 0 && !codes[column] && ['strings', 'dictionary'].includes(columns[column].body.kind)) textsOut += groups;
  }
  keys.forEach(({ body }, i) => { if (!codes[groupBy[i]] && (body.kind === 'strings' || body.kind === 'dictionary')) textsOut += groups; });
  return { rows, tasks: tasks.map((task) => [task, rows] as const), bytesIn, textsIn, bytesOut: groups * 8 * (keys.length + steps.length), textsOut };
}

function keyTask(key: Column): Task {
  if (key.body.kind === 'dictionary' && key.body.first) return 'readyKey';
  return hashed(key) ? 'doubleKey' : 'codeKey';
}

/** Values that are looked up by a hash rather than in a table. */
const hashed = ({ body }: Column): boolean => body.kind === 'f64' || body.kind === 'big' || body.kind === 'strings' || (body.kind === 'i32' && spreadOf(body.values) > 4 * body.values.length + 65_536);

const SAMPLES = 256;

function sampled<T>(values: ArrayLike<T>): T[] {
  const step = Math.max(1, Math.floor(values.length / SAMPLES));
  const out: T[] = [];
  for (let i = 0; i < values.length && out.length < SAMPLES; i += step) out.push(values[i]);
  return out;
}

function spreadOf(values: Int32Array): number {
  const some = sampled(values);
  return some.length === 0 ? 0 : Math.max(...some) - Math.min(...some);
}

/** How many values a key has, from a few of them. */
function distinctOf({ body, length }: Column): number {
  switch (body.kind) {
    case 'dictionary': return body.dictionary.length;
    case 'bool': return 2;
    case 'lists': return length;
    default: {
      const some = sampled<unknown>(body.values);
      const different = new Set(some).size;
      return different * 2 > some.length ? length * (different / Math.max(1, some.length)) : different;
    }
  }
}
