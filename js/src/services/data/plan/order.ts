/** Sorting and limits. */
import type { TableStep } from '../backend.js';
import type { ColumnSchema, SortKey } from '../engine.js';
import { invalid, invalidField } from '../errors.js';
import { suggest } from '../near.js';
import type { OrderBy } from '../types.js';
import { Fields, shownName } from './fields.js';

/** The keys of an order; a path becomes a column of `fields`. @throws ServiceError INVALID_ARGUMENT */
export function orderKeys(fields: Fields, by: readonly OrderBy[], what: string): SortKey[] {
  if (!Array.isArray(by)) throw invalidField(what, "an array such as [{ field: 'price', descending: true }]", by);
  return by.map((key: OrderBy, i) => {
    if (typeof key !== 'object' || key === null) throw invalidField(`${what}[${i}]`, 'an object { field, descending }', key);
    for (const name of Object.keys(key)) if (name !== 'field' && name !== 'descending') throw invalid(`${what}[${i}]: unknown key '${name}': ${suggest(name, ['field', 'descending'])}`);
    const { field, descending = false } = key;
    if (typeof descending !== 'boolean') throw invalidField(`${what}[${i}].descending`, 'true or false', descending);
    return { column: fields.place(field, `${what}[${i}]`), descending };
  });
}

/** @throws ServiceError INVALID_ARGUMENT */
export function planOrder(schema: readonly ColumnSchema[], by: readonly OrderBy[], what: string): TableStep[] {
  const fields = new Fields(schema);
  const keys = orderKeys(fields, by, what);
  if (keys.length === 0) return [];
  const sorted: TableStep[] = [...fields.steps, { op: 'sort', keys }];
  // What was made for the sake of sorting goes again.
  return fields.steps.length === 0 ? sorted : [...sorted, { op: 'select', columns: schema.map(({ name }, column) => ({ column, name: shownName(name) })) }];
}

/** @throws ServiceError INVALID_ARGUMENT */
export function checkLimit(limit: unknown): number {
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0) throw invalid(`limit must be a whole number, 0 or more; it was ${String(limit)}`);
  return limit;
}

/** @throws ServiceError INVALID_ARGUMENT */
export const limitStep = (limit: unknown): TableStep => ({ op: 'slice', start: 0, end: checkLimit(limit) });

/** Array.prototype.slice's bounds over `rows`. */
export function sliceStep(rows: number, start: unknown, end: unknown): TableStep {
  if (typeof start !== 'number' || Number.isNaN(start)) throw invalidField('start', 'a number', start);
  if (end !== undefined && (typeof end !== 'number' || Number.isNaN(end))) throw invalidField('end', 'a number', end);
  const bound = (at: number): number => (at < 0 ? Math.max(0, rows + Math.trunc(at)) : Math.min(rows, Math.trunc(at)));
  const from = bound(start);
  return { op: 'slice', start: from, end: Math.max(from, end === undefined ? rows : bound(end)) };
}
