/** What callers hand in, checked and copied before a call returns. */
import { describe, invalid, sqliteServiceError } from './errors.js';
import type { QueryRequest } from './backend.js';
import type { BatchOptions, QueryBatch, QueryOptions, SQLFunction, SQLParams, SQLValue } from './types.js';
import { checkParams, copyBytes, copyParams, ownRows } from './values.js';

export function checkSql(sql: unknown): string {
  if (typeof sql !== 'string') throw invalid('sql', 'a string', sql);
  if (sql.includes('\0')) throw sqliteServiceError('INVALID_ARGUMENT', `the SQL has a NUL at ${sql.indexOf('\0')}, where SQLite would stop reading: bind such text as a parameter`, { detail: { field: 'sql', offset: sql.indexOf('\0') } });
  return sql;
}

/** @param immediate the call acts before it returns, so nothing need be copied */
export function paramsOf(params: unknown, immediate: boolean): SQLParams | undefined {
  if (params === undefined) return undefined;
  checkParams(params);
  return immediate ? params : copyParams(params);
}

export function queryOf(sql: unknown, params: unknown, options: QueryOptions | undefined, immediate: boolean): QueryRequest {
  return { sql: checkSql(sql), params: paramsOf(params, immediate), useCache: options?.useCache === true, explain: options?.explain === true };
}

export function batchOf(queries: unknown): { requests: QueryRequest[]; options: (QueryOptions | undefined)[] } {
  if (!Array.isArray(queries)) throw invalid('queries', 'an array of { sql, params, options }', queries);
  const list = queries as QueryBatch[];
  const bad = list.findIndex((query) => typeof query !== 'object' || query === null);
  if (bad >= 0) throw invalid(`queries[${bad}]`, 'an object { sql, params, options }', list[bad]);
  return { requests: list.map(({ sql, params, options }) => queryOf(sql, params, options, false)), options: list.map(({ options }) => options) };
}

export function flag(name: 'transaction' | 'continueOnError', options: BatchOptions | undefined, fallback: boolean): boolean {
  const value = options?.[name];
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalid(name, 'true or false', value);
  return value;
}

export function rowsOfParams(rows: unknown, immediate: boolean): SQLValue[][] {
  if (!Array.isArray(rows)) throw invalid('rows', 'an array of arrays, one per row of parameters', rows);
  const bad = rows.findIndex((row) => !Array.isArray(row));
  if (bad >= 0) throw sqliteServiceError('INVALID_ARGUMENT', `rows[${bad}] must be an array of values; it was ${describe(rows[bad])}`, { detail: { field: 'rows', row: bad } });
  return immediate ? rows as SQLValue[][] : ownRows(rows as SQLValue[][]);
}

export function bytesOf(name: string, bytes: unknown): Uint8Array<ArrayBuffer> {
  if (Object.prototype.toString.call(bytes) !== '[object Uint8Array]') throw invalid(name, 'a Uint8Array', bytes);
  // Not `slice`: that of a Buffer is a view of the caller's own bytes.
  return copyBytes(bytes as Uint8Array);
}

/** Quotes any string as an identifier. */
export function identifier(name: unknown): string {
  if (typeof name !== 'string') throw invalid('name', 'a string', name);
  if (name.includes('\0')) throw sqliteServiceError('INVALID_ARGUMENT', 'an identifier can not hold NUL, where SQLite would stop reading', { detail: { field: 'name' } });
  if (/\p{Surrogate}/u.test(name)) throw sqliteServiceError('INVALID_ARGUMENT', 'an identifier can not hold a lone surrogate, which is no valid Unicode', { detail: { field: 'name' } });
  return `"${name.replaceAll('"', '""')}"`;
}

export function functionName(name: unknown): string {
  if (typeof name !== 'string' || name === '' || name.includes('\0') || new TextEncoder().encode(name).length > 255) throw invalid('name', 'a name of 1 to 255 bytes', name);
  return name;
}

/** SQLite takes 127 arguments at most; -1 is any number. */
export function functionOptions(fn: SQLFunction, options: { deterministic?: boolean; arity?: number } | undefined): { deterministic: boolean; arity: number } {
  // A function of rest arguments has the length 0.
  const { deterministic = false, arity = typeof fn === 'function' ? fn.length || -1 : -1 } = options ?? {};
  if (typeof deterministic !== 'boolean') throw invalid('deterministic', 'true or false', deterministic);
  if (!Number.isInteger(arity) || arity < -1 || arity > 127) throw invalid('arity', 'an integer from -1 (any number) to 127', arity);
  return { deterministic, arity };
}

export function checkFunction(fn: unknown): asserts fn is SQLFunction {
  if (typeof fn === 'function') return;
  const { module, export: name } = (typeof fn === 'object' && fn !== null ? fn : {}) as { module?: unknown; export?: unknown };
  if (!((typeof module === 'string' || module instanceof URL) && typeof name === 'string')) throw invalid('fn', 'a function, or { module: URL, export: name }', fn);
}
