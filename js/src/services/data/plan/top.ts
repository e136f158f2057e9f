/** Checks TopOptions against a table and turns them into steps. */
import type { TableStep } from '../backend.js';
import type { ColumnSchema } from '../engine.js';
import { invalid, invalidField } from '../errors.js';
import { suggest } from '../near.js';
import type { TopOptions } from '../types.js';
import { checkFilter } from './aggregate.js';
import { Fields } from './fields.js';
import { checkLimit, orderKeys } from './order.js';
import { planSelect } from './transform.js';

const KEYS = ['groupBy', 'orderBy', 'limit', 'where', 'select', 'signal', 'timeoutMs', 'onProgress'];

/** @throws ServiceError INVALID_ARGUMENT, PARSE */
export function planTop(schema: readonly ColumnSchema[], options: TopOptions): TableStep[] {
  if (typeof options !== 'object' || options === null) throw invalidField('options', "an object such as { groupBy: 'city', orderBy: [{ field: 'price', descending: true }], limit: 3 }", options);
  for (const key of Object.keys(options)) if (!KEYS.includes(key)) throw invalid(`unknown option '${key}' of top: ${suggest(key, KEYS)}`);
  const { groupBy = [], orderBy = [], where, select } = options;
  const by: unknown = typeof groupBy === 'string' ? [groupBy] : groupBy;
  if (!Array.isArray(by) || by.some((field) => typeof field !== 'string')) throw invalidField('groupBy', 'a column name, or an array of them', groupBy);
  if (new Set(by).size < by.length) throw invalid(`groupBy names a column twice: ${by.join(', ')}`);
  if (where !== undefined && typeof where !== 'string') throw invalidField('where', 'an expression', where);
  const limit = checkLimit(options.limit);
  if (where !== undefined) checkFilter(where, schema);
  const fields = new Fields(schema);
  const groups = by.map((field, i) => fields.place(field, by.length > 1 ? `groupBy[${i}]` : 'groupBy'));
  const keys = orderKeys(fields, orderBy, 'orderBy');
  const output = select === undefined ? schema.map(({ name }, column) => ({ column, name })) : planSelect(schema, select, 'select').columns;
  // Rows are gathered from what is asked for alone.
  const needed = [...new Set([...output.map(({ column }) => column), ...groups, ...keys.map(({ column }) => column)])];
  const place = (column: number): number => needed.indexOf(column);
  const picked = (columns: readonly { column: number; name: string }[]): TableStep => ({ op: 'select', columns: [...columns] });
  return [
    ...(where === undefined ? [] : [{ op: 'filter', expression: where } as const]),
    ...fields.steps,
    ...(needed.length === fields.schema.length && needed.every((column, i) => column === i) ? [] : [picked(needed.map((column) => ({ column, name: fields.schema[column].name })))]),
    { op: 'top', plan: { groupBy: groups.map(place), keys: keys.map(({ column, descending }) => ({ column: place(column), descending })), limit } },
    ...(output.length === needed.length ? [] : [picked(output.map(({ column, name }) => ({ column: place(column), name })))]),
  ];
}
