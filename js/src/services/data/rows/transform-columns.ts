/** The careful way of a transform of rows: the fields that steps read as columns, by the rules of tables. */
import { columnFromValues } from '../column-from-values.js';
import type { ColumnData } from '../columns.js';
import { applyStep } from '../operations/apply.js';
import { assumedType, checkAgainst, type Shape } from '../operations/check.js';
import { columnValues, rowsOf } from '../to-values.js';
import type { ColumnType } from '../types.js';
import { buildRows } from './build.js';
import { ownField, reader } from './path.js';
import type { RowFields } from './transform-fields.js';
import { readsOf, typed } from './transform-plan.js';

/** A column, and whether it holds nothing but nulls and so is of no type yet. */
interface Held { column: ColumnData; open: boolean }

/** @param outputsOf what stands in an output row, given what steps made */
export function* throughColumns(
  rows: readonly object[], shapes: readonly Shape[], fields: RowFields,
  outputsOf: (made: ReadonlyMap<string, ColumnData>) => { name: string; value: ColumnData | undefined }[],
): Generator<void, object[]> {
  const held = new Map<string, Held>(), made = new Map<string, ColumnData>();
  const valuesOf = (name: string): unknown[] => {
    const path = fields.find(name)?.path, read = path ? reader(name, path, true) : (row: object): unknown => ownField(row, name);
    return rows.map(read);
  };
  const hold = (name: string): boolean => {
    if (held.has(name)) return true;
    if (!fields.find(name)) return false;
    const column = columnFromValues(name, valuesOf(name));
    held.set(name, { column, open: fields.find(name)!.type === undefined });
    return true;
  };
  for (const shape of shapes) {
    const { expr } = shape.args as { expr?: string };
    if (expr !== undefined) readsOf(expr, fields, made).forEach(hold);
    const schema = expr === undefined ? [] : typed(expr, [...held].map(([name, { column, open }]) => ({ name, type: open ? undefined : column.type })));
    const step = checkAgainst(shape, {
      schema,
      get names() { return [...new Set([...fields.names, ...made.keys()])]; },
      find(name) {
        if (!hold(name)) return undefined;
        return { place: [...held.keys()].indexOf(name), type: held.get(name)!.open ? undefined : held.get(name)!.column.type };
      },
    });
    const columns = [...held.values()], several = step.args.columns as number[] | undefined;
    const assumed: ColumnType = shape.operation === 'coalesce' ? columns.find(({ open }, place) => !open && several!.includes(place))?.column.type ?? 'utf8' : assumedType(shape);
    const column = (place: number): ColumnData => {
      const { column: is, open } = columns[place];
      return open ? columnFromValues(is.name, new Array<null>(rows.length).fill(null), schema[place]?.type ?? assumed) : is;
    };
    const result = applyStep(step, { rows: rows.length, column });
    made.set(step.as, result);
    held.set(step.as, { column: result, open: false });
    yield;
  }
  const outputs = outputsOf(made);
  return buildRows(outputs.map(({ name }) => name), outputs.map(({ name, value }) => (value ? rowValues(value) : rows.map((row) => ownField(row, name) ?? null))), rows.length);
}

/** As rows have them: of 64-bit integers each a number where it is exact. */
export function rowValues(column: ColumnData): ArrayLike<unknown> {
  return column.type === 'i64' ? rowsOf({ rows: column.length, columns: [{ ...column, name: 'value' }] }).map((row) => (row as { value: unknown }).value) : columnValues(column);
}
