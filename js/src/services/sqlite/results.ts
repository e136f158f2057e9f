/** Rows as callers asked for them. */
import type { Answer, BuiltRows } from './backend.js';
import type { EngineStatement, RowSet } from './engine.js';
import { invalid } from './errors.js';
import type { QueryOptions, QueryResult, SQLParams, SQLValue } from './types.js';

export type RowMode = 'objects' | 'arrays' | 'columns';
export interface RowShape { mode: RowMode; bigint: boolean }

const PLAIN: RowShape = { mode: 'objects', bigint: false };

/** @throws ServiceError INVALID_ARGUMENT naming the option. */
export function shapeOf(options: QueryOptions | undefined): RowShape {
  if (options === undefined) return PLAIN;
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', options);
  const { rows = 'objects', bigint = false, useCache, explain } = options;
  if (rows !== 'objects' && rows !== 'arrays' && rows !== 'columns') throw invalid('rows', "one of 'objects', 'arrays', 'columns'", rows);
  if (typeof bigint !== 'boolean') throw invalid('bigint', 'true or false', bigint);
  if (useCache !== undefined && typeof useCache !== 'boolean') throw invalid('useCache', 'true or false', useCache);
  if (explain !== undefined && typeof explain !== 'boolean') throw invalid('explain', 'true or false', explain);
  return rows === 'objects' && !bigint ? PLAIN : { mode: rows, bigint };
}

export function rowsOf<Row>(rows: RowSet, { mode, bigint }: RowShape): Row[] {
  if (mode === 'columns') return [];
  return (mode === 'arrays' ? rows.arrays({ bigint }) : rows.objects({ bigint })) as Row[];
}

export function resultOf<Row>(answer: Answer, shape: RowShape): QueryResult<Row> {
  const { rows, built, changes, lastInsertRowid, durationMs, fromCache, plan } = answer;
  if (built) {
    const { columnData } = built;
    return { rows: built.rows as Row[], columns: [...built.columns], rowCount: built.count, changes, lastInsertRowid, durationMs, fromCache, ...(columnData && { columnData }), ...(plan && { plan }) };
  }
  const result: QueryResult<Row> = { rows: rowsOf<Row>(rows, shape), columns: [...rows.columns], rowCount: rows.count, changes, lastInsertRowid, durationMs, fromCache };
  if (shape.mode === 'columns') result.columnData = rows.columnData({ bigint: shape.bigint });
  if (plan) result.plan = plan;
  return result;
}

/** Of a query of a batch that failed where the batch went on. */
export function failedResult(error: Error): QueryResult {
  return { rows: [] as Record<string, SQLValue>[], columns: [], rowCount: 0, changes: 0, lastInsertRowid: 0, durationMs: 0, fromCache: false, error };
}

/** Runs a statement and builds its rows while they come. */
export function build(statement: EngineStatement, params: SQLParams | undefined, { mode, bigint }: RowShape): BuiltRows {
  if (mode === 'columns') {
    const { count, data } = statement.columnData(params, { bigint });
    return { rows: [], columns: statement.columns, count, columnData: data };
  }
  const rows = mode === 'arrays' ? statement.arrays(params, { bigint }) : statement.objects(params, { bigint });
  return { rows, columns: statement.columns, count: rows.length };
}
