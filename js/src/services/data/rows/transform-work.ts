/** What a transform in one call costs: cost-model.ts. */
import type { StringList, TableData } from '../columns.js';
import type { Task, Work } from '../cost-model.js';
import type { DataTransformOptions } from '../types.js';
import { TEXT_TASKS } from './tasks.js';

/** A task, and the field that it reads. */
export type TaskOn = readonly [task: Task, field?: string];

/** A task a step, one for the condition. */
export function tasksOf({ transformations, where }: DataTransformOptions): TaskOn[] {
  const tasks = transformations.map(({ field, operation, args }): TaskOn => {
    if (operation === 'expression') return ['condition'];
    if (args?.['regex'] === true) return ['pattern', field];
    return [TEXT_TASKS.has(operation) ? 'text' : 'number', field];
  });
  return where === undefined ? tasks : [['condition'], ...tasks];
}

/** @param table of columns: numbers are copied in and out of tables of either kind, texts cross into WebAssembly alone. Undefined: rows, of which the fields that are read cross */
export function transformWork(rows: number, table: TableData | undefined, tasks: readonly TaskOn[]): Work {
  let bytes = 0;
  let texts = 0;
  const textsOf = new Map<string, number>();
  if (table) {
    for (const { name, values } of table.columns) {
      if (values.kind !== 'strings' && values.kind !== 'dictionary') continue;
      const count = values.kind === 'strings' ? rows : lengthOf(values.dictionary);
      textsOf.set(name, count);
      texts += count;
    }
  } else {
    for (const [task] of tasks) {
      if (task === 'text' || task === 'pattern') texts += rows; else bytes += 8 * rows;
    }
  }
  return { rows, tasks: tasks.map(([task, field = '']) => [task === 'number' && textsOf.has(field) ? 'text' : task, textsOf.get(field) ?? rows] as const), bytesIn: bytes, bytesOut: bytes, textsIn: texts, textsOut: texts };
}

const lengthOf = (texts: StringList): number => ('offsets' in texts ? texts.offsets.length - 1 : texts.length);
