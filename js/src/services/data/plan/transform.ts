/** Checks DataTransformOptions against a table and turns them into steps. */
import type { TableStep } from '../backend.js';
import type { ColumnSchema } from '../engine.js';
import { invalid, invalidField } from '../errors.js';
import { suggest } from '../near.js';
import { checkStep } from '../operations/index.js';
import type { DataTransformOptions, Transformation } from '../types.js';
import { checkFilter } from './aggregate.js';

const KEYS = ['transformations', 'where', 'select', 'signal', 'timeoutMs', 'onProgress'];

/** Checks what does not depend on the data. @throws ServiceError INVALID_ARGUMENT */
export function checkTransformOptions(options: DataTransformOptions): { transformations: Transformation[]; where: string | undefined; select: string[] | undefined } {
  if (typeof options !== 'object' || options === null) throw invalidField('options', 'an object with `transformations`', options);
  for (const key of Object.keys(options)) if (!KEYS.includes(key)) throw invalid(`unknown option '${key}' of transform: ${suggest(key, KEYS)}`);
  const { transformations, where, select } = options;
  if (!Array.isArray(transformations)) throw invalidField('transformations', "an array such as [{ field: 'name', operation: 'trim' }]", transformations);
  transformations.forEach((raw: unknown, i) => { if (typeof raw !== 'object' || raw === null) throw invalidField(`transformations[${i}]`, 'an object { field, operation }', raw); });
  if (where !== undefined && typeof where !== 'string') throw invalidField('where', 'an expression', where);
  if (select !== undefined && (!Array.isArray(select) || select.some((name) => typeof name !== 'string'))) throw invalidField('select', 'an array of column names', select);
  if (select && new Set(select).size < select.length) throw invalid(`select names a column twice: ${select.join(', ')}`);
  return { transformations, where, select };
}

/** @throws ServiceError INVALID_ARGUMENT, PARSE */
export function planTransform(schema: readonly ColumnSchema[], options: DataTransformOptions): TableStep[] {
  const { transformations, where, select } = checkTransformOptions(options);
  const steps: TableStep[] = [];
  if (where !== undefined) {
    checkFilter(where, schema);
    steps.push({ op: 'filter', expression: where });
  }
  const columns = [...schema];
  for (const raw of transformations) {
    const step = checkStep(raw, columns);
    steps.push({ op: 'transform', step });
    const known = columns.findIndex(({ name }) => name === step.as);
    const column = { name: step.as, type: step.type };
    if (known >= 0) columns[known] = column; else columns.push(column);
  }
  if (select !== undefined) steps.push(planSelect(columns, select, 'select'));
  return steps;
}

/** @throws ServiceError INVALID_ARGUMENT with the nearest names */
export function planSelect(schema: readonly ColumnSchema[], names: unknown, what: string): TableStep & { op: 'select' } {
  if (!Array.isArray(names)) throw invalidField(what, 'an array of column names', names);
  const known = schema.map(({ name }) => name);
  if (new Set(names).size < names.length) throw invalid(`${what} names a column twice: ${names.join(', ')}`);
  return {
    op: 'select',
    columns: names.map((name: unknown) => {
      const column = known.indexOf(name as string);
      if (column < 0) throw invalid(`${what}: there is no column '${String(name)}': ${suggest(String(name), known)}`, { field: name });
      return { column, name: name as string };
    }),
  };
}
