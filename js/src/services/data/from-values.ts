/** Tables from what JavaScript has: rows of objects, columns by name. */
import type { ColumnData, TableData } from './columns.js';
import { columnFromValues } from './column-from-values.js';
import { describe, invalid } from './errors.js';
import type { ColumnType } from './types.js';

export { columnFromValues } from './column-from-values.js';
export { tableFromRows } from './from-rows.js';

/**
 * Columns by name, all of one length; what is given is copied.
 * @throws ServiceError INVALID_ARGUMENT, INTEGER_RANGE
 */
export function tableFromColumns(columns: Readonly<Record<string, ArrayLike<unknown>>>, schema?: Readonly<Record<string, ColumnType>>): TableData {
  const made: ColumnData[] = [];
  for (const name of Object.keys(columns)) {
    const values = columns[name];
    if (typeof values !== 'object' || values === null || !Number.isSafeInteger(values.length) || values.length < 0) {
      throw invalid(`the column '${name}' is ${describe(values)}: a column is an array or a typed array`, { field: name });
    }
    if (made.length > 0 && values.length !== made[0].length) {
      throw invalid(`the column '${name}' has ${values.length} values, '${made[0].name}' has ${made[0].length}: columns of a table are of one length`, { field: name, lengths: [made[0].length, values.length] });
    }
    made.push(columnFromValues(name, values, schema && Object.hasOwn(schema, name) ? schema[name] : undefined));
  }
  return { rows: made[0]?.length ?? 0, columns: made };
}
