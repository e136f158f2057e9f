/**
 * One call over rows or columns, nothing kept. What each implementation would take decides (dispatch.ts): the fields that an aggregation
 * asks for become columns in JavaScript, and its loops or WebAssembly go on from there.
 */
import type { Call } from '../../calls/call.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { drive, SMALL_STEPS_MS, type Steps } from '../../calls/steps.js';
import { compileExpression } from '../../expression/index.js';
import { host } from '../../host/index.js';
import type { Variant } from '../../types.js';
import type { DataBackend, TableState, TableStep } from './backend.js';
import type { TableData } from './columns.js';
import { type Choice, type Dispatcher, ROW_BY_ROW, timed } from './dispatch.js';
import { dataError } from './errors.js';
import { tableFromColumns } from './from-values.js';
import { checkAggregation, planAggregate, planResult } from './plan/aggregate.js';
import { checkTransformOptions, planTransform } from './plan/transform.js';
import { type AggregatedRows, computeSteps, prepareColumnSteps, prepareRowSteps, type Prepared } from './rows/aggregate.js';
import { groupsOf, tableOf, workOf } from './rows/aggregate-inside.js';
import { fusedSteps } from './rows/fused.js';
import { transformRowSteps } from './rows/transform.js';
import { RowFields } from './rows/transform-fields.js';
import { conditionOf } from './rows/transform-plan.js';
import { type TaskOn, tasksOf, transformWork } from './rows/transform-work.js';
import { throughTable } from './rows/through-table.js';
import { columnValues } from './to-values.js';
import type { AggregationOptions, DataTransformOptions, ProcessingResult } from './types.js';

export type OneShotData = readonly object[] | Record<string, ArrayLike<unknown>>;
export interface OneShotPlace {
  backend: DataBackend;
  dispatcher: Dispatcher;
  /** Tables of typed arrays in this thread: for columns that JavaScript is to work on. */
  local: () => DataBackend;
}

const isRows = (data: OneShotData): data is readonly object[] => Array.isArray(data);

export function aggregateOnce(place: OneShotPlace, data: OneShotData, options: AggregationOptions, call: Call): MaybePromise<ProcessingResult> {
  const began = host.now();
  const inputSize = sizeOf(data);
  if (!isRows(data)) return aggregateGeneral(place, data, options, call, began);
  const choice = place.dispatcher.plain(inputSize);
  if (choice === undefined) return aggregateGeneral(place, data, options, call, began);
  return then(drive(fusedSteps(data, options) as Steps<object[] | undefined>, () => call.failure(), SMALL_STEPS_MS), (rows) => {
    if (rows === undefined) return aggregateGeneral(place, data, options, call, began);
    call.progress(inputSize, inputSize);
    return { data: rows, metadata: { inputSize, outputSize: rows.length, durationMs: host.now() - began, implementation: 'js', reason: choice.reason } };
  });
}

/** By columns: any question. */
function aggregateGeneral(place: OneShotPlace, data: OneShotData, options: AggregationOptions, call: Call, began: number): MaybePromise<ProcessingResult> {
  const inputSize = sizeOf(data);
  const checked = checkAggregation(options);
  const { where } = options;
  if (!isRows(data) && where !== undefined) return aggregateWhere(place, data, options, call, began);
  const test = where === undefined || !isRows(data) ? undefined : conditionOf(where, new RowFields(data), data.length);
  const plan = { ...checked, ...(test && { where: test }) };
  const failure = (): ReturnType<Call['failure']> => call.failure();
  const preparing = (isRows(data) ? prepareRowSteps(data, plan) : prepareColumnSteps(data, plan)) as Steps<Prepared>;
  return then(drive(preparing, failure), (prepared) => {
    const choice = place.dispatcher.choose(() => workOf(prepared), isRows(data) ? 'rows' : 'columns');
    const made = timed(choice, () => (choice.implementation === 'js' ? drive(computeSteps(prepared) as Steps<AggregatedRows>, failure) : inside(place.backend, prepared, call)));
    return then(made, (groups) => {
      const result = resultOf(groups, options);
      const implementation = answered(place, choice);
      call.progress(inputSize, inputSize);
      return { data: isRows(data) ? result.toRows() : result.toColumns(), metadata: { inputSize, outputSize: result.rows, durationMs: host.now() - began, implementation, reason: choice.reason } };
    });
  });
}

/** JavaScript may have taken over meanwhile. */
const answered = ({ backend }: OneShotPlace, { implementation }: Choice): Variant => (implementation !== 'js' && backend.variant === 'js' ? 'js' : implementation);

/** A condition over plain columns: tables have the loops for it. */
function aggregateWhere(place: OneShotPlace, data: Record<string, ArrayLike<unknown>>, options: AggregationOptions, call: Call, began: number): MaybePromise<ProcessingResult> {
  const table = tableFromColumns(data);
  const steps = planAggregate(schemaOf(table), options);
  const choice = place.dispatcher.choose(() => transformWork(table.rows, table, [['condition'], ...options.operations.map((): TaskOn => ['light'])]), 'columns', true);
  return then(timed(choice, () => through(backendOf(place, choice), table, steps, call)), (made) => ({
    data: columnsOf(made), metadata: { inputSize: table.rows, outputSize: made.rows, durationMs: host.now() - began, implementation: answered(place, choice), reason: choice.reason },
  }));
}

/** Grouped and aggregated by the engine that tables are in. */
function inside(backend: DataBackend, prepared: Prepared, call: Call): MaybePromise<AggregatedRows> {
  // A call that waits for its turn or crosses to a worker must not see what its caller does to the arrays meanwhile.
  const { table, plan } = tableOf(prepared, !backend.immediate);
  return then(through(backend, table, [{ op: 'aggregate', plan }], call), (made) => groupsOf(prepared, made));
}

/** having, orderBy, limit. */
function resultOf(groups: AggregatedRows, options: AggregationOptions): AggregatedRows {
  let result = groups;
  for (const step of planResult(groups.schema, options)) {
    switch (step.op) {
      case 'filter': {
        const table = result;
        result = result.filter(compileExpression(step.expression, result.schema).filter({ column: (place) => table.column(place) }, result.rows));
        break;
      }
      case 'sort': result = result.sort(step.keys); break;
      case 'slice': result = result.slice(Math.min(step.start, result.rows), Math.min(step.end, result.rows)); break;
      default: throw dataError('INVALID_ARGUMENT', `a result can not be worked on by ${step.op}`);
    }
  }
  return result;
}

export function transformOnce(place: OneShotPlace, data: OneShotData, options: DataTransformOptions, call: Call): MaybePromise<ProcessingResult> {
  const began = host.now();
  const checked = checkTransformOptions(options);
  const inputSize = sizeOf(data);
  const finish = (value: unknown, outputSize: number, choice: Choice): ProcessingResult => {
    call.progress(inputSize, inputSize);
    return { data: value, metadata: { inputSize, outputSize, durationMs: host.now() - began, implementation: answered(place, choice), reason: choice.reason } };
  };
  if (!isRows(data)) {
    const table = tableFromColumns(data);
    const steps = planTransform(schemaOf(table), options);
    const choice = place.dispatcher.choose(() => transformWork(table.rows, table, tasksOf(options)), 'columns', true);
    return then(timed(choice, () => through(backendOf(place, choice), table, steps, call)), (made) => finish(columnsOf(made), made.rows, choice));
  }
  const choice = place.dispatcher.choose(() => transformWork(data.length, undefined, [...tasksOf(options), ['objects']]), 'rows');
  const rowByRow = (): MaybePromise<object[]> => drive(transformRowSteps(data, checked) as Steps<object[]>, () => call.failure(), SMALL_STEPS_MS);
  if (choice.implementation === 'js') return then(timed(choice, rowByRow), (rows) => finish(rows, rows.length, choice));
  const made = throughTable(data, checked, (table, steps) => through(place.backend, table, steps, call));
  if (!made) return then(rowByRow(), (rows) => finish(rows, rows.length, ROW_BY_ROW));
  return then(timed(choice, () => made), (rows) => finish(rows, rows.length, choice));
}

// ── tables for one call ──

const backendOf = ({ backend, local }: OneShotPlace, { implementation }: Choice): DataBackend => (implementation === 'js' && backend.variant !== 'js' ? local() : backend);

/** The result of steps over a table that lives for this call. */
function through(backend: DataBackend, table: TableData, steps: readonly TableStep[], call: Call): MaybePromise<TableData> {
  const withTable = (made: MaybePromise<TableState>, use: (id: number) => MaybePromise<TableData>): MaybePromise<TableData> => then(made, ({ id }) => lastly(() => use(id), () => { backend.free(id); }));
  return withTable(backend.open(table, call, true), (opened) => withTable(backend.run(opened, steps, call), (made) => backend.export(made, undefined, call)));
}

/** `finally`, at once where nothing is waited for. */
function lastly<T>(work: () => MaybePromise<T>, end: () => void): MaybePromise<T> {
  let result: MaybePromise<T>;
  try { result = work(); } catch (error) { end(); throw error; }
  if (isPromise(result)) return result.finally(end);
  end();
  return result;
}

const schemaOf = (table: TableData): { name: string; type: TableData['columns'][number]['type'] }[] => table.columns.map(({ name, type }) => ({ name, type }));

function columnsOf({ columns }: TableData): Record<string, ArrayLike<unknown>> {
  return Object.fromEntries(columns.map((column) => [column.name, columnValues(column)]));
}

function sizeOf(data: OneShotData): number {
  if (isRows(data)) return data.length;
  for (const name of Object.keys(data)) return data[name]?.length ?? 0;
  return 0;
}

function then<T, R>(value: MaybePromise<T>, work: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(work) : work(value);
}
