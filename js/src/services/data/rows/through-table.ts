/**
 * A transform of row objects on the engine that the service is pinned to: the fields that steps read go through a table, and what they made
 * comes back into new rows. All else is as in transform.ts, whose answers these are to the letter: what a table can not hold as rows mean it
 * is left to it.
 */
import { compileRowExpression } from '../../../expression/index.js';
import type { MaybePromise } from '../../../calls/maybe-promise.js';
import { isPromise } from '../../../calls/maybe-promise.js';
import type { TableStep } from '../backend.js';
import { columnFromValues } from '../column-from-values.js';
import type { ColumnData, TableData } from '../columns.js';
import { isUnicode } from '../errors.js';
import { ServiceError } from '../../../errors.js';
import { planTransform } from '../plan/transform.js';
import type { Transformation } from '../types.js';
import { buildRows } from './build.js';
import { ownField, reader } from './path.js';
import { outputsOf, type RowTransform } from './transform.js';
import { rowValues } from './transform-columns.js';
import { checkRow, RowFields, unionOf } from './transform-fields.js';
import { conditionOf } from './transform-plan.js';

/** Everything that is to be known of the rows: they may change once the call has returned. */
interface Plan { table: TableData; steps: TableStep[]; build: (made: TableData) => object[] }

/**
 * Undefined where rows are to be looked at one by one, in JavaScript: none are left, a field that is read holds values of several kinds or
 * nothing but nulls, or something is wrong and has to be said.
 */
export function throughTable(rows: readonly object[], options: RowTransform, run: (table: TableData, steps: readonly TableStep[]) => MaybePromise<TableData>): MaybePromise<object[]> | undefined {
  let plan: Plan | undefined;
  try {
    plan = planOf(rows, options);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
  if (!plan) return undefined;
  const made = run(plan.table, plan.steps);
  return isPromise(made) ? made.then(plan.build) : plan.build(made);
}

function planOf(all: readonly object[], { transformations, where, select }: RowTransform): Plan | undefined {
  let rows = all, fields = new RowFields(all);
  if (where !== undefined) {
    const test = conditionOf(where, fields, all.length);
    rows = all.filter((row, i) => { checkRow(row, i); return test(row); });
    fields = new RowFields(rows, fields);
  }
  const columns = rows.length > 0 ? columnsRead(rows, fields, transformations) : undefined;
  if (!columns) return undefined;
  const table: TableData = { rows: rows.length, columns };
  const steps = planTransform(columns.map(({ name, type }) => ({ name, type })), { transformations: [...transformations] });
  const names = new Map(transformations.map(({ field, as }) => [as ?? field, true]));
  const kept = outputsOf(names, select, unionOf(rows).names).map(({ name, value }) => ({ name, values: value ? undefined : rows.map((row) => ownField(row, name) ?? null) }));
  const build = (made: TableData): object[] => buildRows(
    kept.map(({ name }) => name),
    kept.map(({ name, values }) => values ?? rowValues(made.columns.find((column) => column.name === name)!)),
    rows.length,
  );
  return { table, steps, build };
}

/** What steps read of the rows themselves; undefined where that has no type, or stands both for itself and for a part of another. */
function columnsRead(rows: readonly object[], fields: RowFields, transformations: readonly Transformation[]): ColumnData[] | undefined {
  const whole = new Set<string>(), own = new Set<string>();
  for (const { field, operation, args } of transformations) {
    const { fields: more, expr } = (args ?? {}) as { fields?: unknown; expr?: unknown };
    if (operation === 'expression') {
      if (typeof expr === 'string') compileRowExpression(expr).fields.forEach((name) => whole.add(name));
      continue;
    }
    for (const name of [field, ...(Array.isArray(more) ? more as unknown[] : [])]) if (typeof name === 'string') own.add(name);
  }
  const columns: ColumnData[] = [];
  for (const name of new Set([...whole, ...own])) {
    if (!isUnicode(name)) return undefined;
    const found = fields.find(name);
    // Else a step before makes it, or planning says that it is missing.
    if (!found || (found.path && !own.has(name))) continue;
    if (found.type === undefined || (found.path && whole.has(found.path[0] as string))) return undefined;
    const read = found.path ? reader(name, found.path, true) : (row: object): unknown => ownField(row, name);
    columns.push(columnFromValues(name, rows.map(read)));
  }
  return columns;
}
