/** Which implementation would answer a call that is only described: the shape becomes the work that the call itself would be (dispatch.ts). */
import type { Explanation, Service } from '../../types.js';
import type { DataBackend } from './backend.js';
import { hostModel, type Task, type Work } from './cost-model.js';
import { Dispatcher } from './dispatch.js';
import { invalidField } from './errors.js';
import { mayBePlain, TASKS } from './rows/tasks.js';
import { tasksOf, transformWork } from './rows/transform-work.js';
import type { DataService } from './service.js';
import type { AggregateOperation, DataTransformOptions } from './types.js';

type Shape = Record<string, unknown>;
/** A group's number, as far as nothing is known of it. */
const GROUPS = 100;
const KEYS: Readonly<Record<string, Task>> = { text: 'readyKey', integer: 'codeKey', number: 'doubleKey' };

/**
 * - aggregate: `rows`; `resident` (a DataTable); `columns: true` for plain columns; `groupBy`: the kinds of the keys ('text', 'integer',
 *   'number'), or how many; `operations`: their names, or how many sums; `groups`; `where: true`.
 * - transform: `rows`, `resident`, `columns`, `where`; `transformations`: their operations.
 *
 * @throws ServiceError INVALID_ARGUMENT naming the field
 */
export function explainData(backend: DataBackend, dispatcher: Dispatcher, operation: string, shape: Shape): Explanation {
  const { variant, info } = backend;
  if (operation !== 'aggregate' && operation !== 'transform') {
    if (!['load', 'filter', 'sort', 'join', 'slice', 'compress', 'decompress', 'processStream'].includes(operation)) throw invalidField('operation', 'a method of the data processor', operation);
    return { implementation: variant, reason: `${operation} is not chosen by size: ${info.reason}`, estimatedMs: {} };
  }
  if (shape['resident'] === true) return { implementation: variant, reason: `the table is resident in ${variant === 'js' ? 'typed arrays' : 'WebAssembly'}: nothing is converted`, estimatedMs: {} };
  const rows = count(shape, 'rows', undefined);
  const columns = shape['columns'] === true;
  const where = shape['where'] === true;
  if (operation === 'transform') {
    const steps = names(shape, 'transformations', 'round').map((name) => ({ field: 'x', operation: name }));
    const tasks = tasksOf({ transformations: steps, ...(where && { where: 'x' }) } as DataTransformOptions);
    const table = columns ? { rows, columns: [] } : undefined;
    return dispatcher.explain(transformWork(rows, table, columns ? tasks : [...tasks, ['objects']]), columns ? 'columns' : 'rows', columns);
  }
  const work = aggregateWork(rows, shape, where);
  const plain = !columns && !where && mayBePlain(names(shape, 'operations', 'sum'), names(shape, 'groupBy', 'integer', 0).length) ? dispatcher.plain(rows) : undefined;
  // What the loop takes is not estimated: it is never chosen against.
  if (plain) return { implementation: plain.implementation, reason: plain.reason, estimatedMs: dispatcher.explain(work, 'rows').estimatedMs };
  return dispatcher.explain(work, columns ? 'columns' : 'rows', columns && where);
}

function aggregateWork(rows: number, shape: Shape, where: boolean): Work {
  const keys = names(shape, 'groupBy', 'integer', 0).map((kind) => {
    if (!Object.hasOwn(KEYS, kind)) throw invalidField('groupBy', "kinds of keys ('text', 'integer', 'number'), or how many", kind);
    return KEYS[kind];
  });
  const operations = names(shape, 'operations', 'sum').map((name) => {
    if (!Object.hasOwn(TASKS, name)) throw invalidField('operations', `names of aggregations (${Object.keys(TASKS).join(', ')}), or how many`, name);
    return TASKS[name as AggregateOperation];
  });
  const groups = keys.length === 0 ? 1 : Math.min(rows, count(shape, 'groups', GROUPS));
  const tasks: Task[] = [...(where ? ['condition' as const] : []), ...(keys.length > 1 ? ['severalKeys' as const, ...keys.slice(2).map(() => 'codeKey' as const)] : keys), ...operations];
  return {
    rows, tasks: tasks.map((task) => [task, rows] as const), bytesIn: rows * (4 * keys.length + 8 * operations.length), textsIn: 0,
    bytesOut: groups * 8 * (keys.length + operations.length), textsOut: operations.filter((task) => task === 'list').length * rows,
  };
}

function count(shape: Shape, field: string, otherwise: number | undefined): number {
  const value = shape[field] ?? otherwise;
  if (typeof value !== 'number' || !(value >= 0)) throw invalidField(field, 'a number, 0 or more', value);
  return value;
}

/** A list of names, or how many of the usual one. */
function names(shape: Shape, field: string, usual: string, least = 1): string[] {
  const value = shape[field] ?? least;
  if (typeof value === 'number' && value >= 0) return Array.from({ length: Math.min(1000, value) }, () => usual);
  if (!Array.isArray(value)) throw invalidField(field, 'a list of names, or how many', value);
  return value.map(String);
}

/** For the manager, which asks it of a service that it made. */
export function explain(service: Service, operation: string, shape: Shape): Explanation {
  const { backend, pin } = service as DataService;
  return explainData(backend, new Dispatcher(backend, pin, hostModel()), operation, shape);
}
