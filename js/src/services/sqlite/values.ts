/**
 * The one place that turns a caller's value into what SQLite binds. Every engine asks here, so all refuse the same values in the same words.
 *
 * | in | binds as |
 * |---|---|
 * | null, undefined | NULL |
 * | true, false | INTEGER 1, 0 |
 * | number without fraction, to ±(2^53 - 1), except -0 | INTEGER |
 * | other finite number | REAL |
 * | bigint within 64 bits | INTEGER |
 * | string | TEXT, UTF-8 |
 * | Uint8Array (a Buffer too) | BLOB |
 * | Date | TEXT, ISO 8601 in UTC |
 */
import { invalid, sqliteServiceError } from './errors.js';
import type { SQLParams, SQLValue } from './types.js';

/** What remains of a `SQLValue`: a number here is finite. */
export type BoundValue = null | number | bigint | string | Uint8Array;

/** A parameter's name with its prefix, or its position from 1. */
export type ParameterPlace = number | string;

const LEAST_INTEGER = -(2n ** 63n);
const MOST_INTEGER = 2n ** 63n - 1n;

/**
 * A caller's value as SQLite binds it.
 *
 * @param row which row of `executeMany`, from 0
 * @throws ServiceError INVALID_ARGUMENT naming the parameter, for NaN, ±Infinity, an invalid Date, a lone surrogate and types SQLite has
 *   nothing for; INTEGER_RANGE for a bigint beyond 64 bits.
 * @example toBound(new Date(0), ':at') // '1970-01-01T00:00:00.000Z'
 */
export function toBound(value: unknown, place: ParameterPlace, row?: number): BoundValue {
  switch (typeof value) {
    case 'string':
      if (isWellFormed(value)) return value;
      throw refused(place, row, 'a string with a lone surrogate, which is no valid Unicode', 'bind it as a Uint8Array, or make it well formed with toWellFormed()');
    case 'number':
      if (Number.isFinite(value)) return value;
      throw refused(place, row, String(value), 'SQLite has no such number: bind null, or the text');
    case 'bigint':
      if (value >= LEAST_INTEGER && value <= MOST_INTEGER) return value;
      throw sqliteServiceError('INTEGER_RANGE', `${named(place, row)} is ${value}n, and an INTEGER of SQLite has 64 bits: bind it as text`, { detail: detailOf(place, row) });
    case 'boolean': return value ? 1 : 0;
    case 'undefined': return null;
    case 'object': return boundObject(value, place, row);
    default: throw refused(place, row, `a ${typeof value}`, ACCEPTED);
  }
}

/** Whether a number binds as INTEGER; others bind as REAL. INTEGER has no -0. */
export function bindsAsInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

const ACCEPTED = 'SQLite takes null, numbers, bigints, strings, Uint8Arrays, booleans and Dates; give anything else as JSON text';

function boundObject(value: object | null, place: ParameterPlace, row: number | undefined): BoundValue {
  if (value === null) return null;
  // By tag and not by instanceof: values come from other realms too (frames, vm contexts, test runners).
  switch (Object.prototype.toString.call(value)) {
    case '[object Uint8Array]': return value as Uint8Array;
    case '[object Date]': {
      const time = Number(value);
      if (Number.isNaN(time)) throw refused(place, row, 'an invalid Date', 'check how it was made, or bind null');
      return new Date(time).toISOString();
    }
    case '[object ArrayBuffer]':
    case '[object SharedArrayBuffer]': throw refused(place, row, 'a buffer', 'wrap it: new Uint8Array(buffer)');
    default:
      if (ArrayBuffer.isView(value)) throw refused(place, row, `a ${Object.prototype.toString.call(value).slice(8, -1)}`, 'give its bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength)');
      throw refused(place, row, Array.isArray(value) ? 'an array' : 'an object', ACCEPTED);
  }
}

/** Copies a view of any offset, and of shared memory, into bytes of its own. */
export function copyBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

/** What crosses to a worker or waits in the queue while the caller may change it. @throws as `toBound`. */
export function copyParams(params: SQLParams | undefined): SQLParams | undefined {
  if (params === undefined) return undefined;
  if (Array.isArray(params)) return params.map((value, i) => ownValue(value, i + 1));
  checkParams(params);
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, ownValue(value, name)]));
}

/** Rows of parameters that the caller may change from here on, copied from one place to the end. @throws as `toBound`. */
export function ownRows(rows: readonly SQLValue[][], from = 0): SQLValue[][] {
  return rows.map((row, i) => (i < from ? row : row.map((value, k) => (mayBeShared(value) ? ownValue(value, k + 1, i) : value))));
}

/** What can change under us, and what no message can carry. */
const mayBeShared = (value: unknown): boolean => (typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'symbol';

function ownValue(value: SQLValue, place: ParameterPlace, row?: number): SQLValue {
  const bound = toBound(value, place, row);
  return typeof bound === 'object' && bound !== null ? copyBytes(bound) : bound;
}

/** @throws ServiceError INVALID_ARGUMENT for what is neither an array nor an object of values. */
export function checkParams(params: unknown): asserts params is SQLParams | undefined {
  if (params === undefined || Array.isArray(params)) return;
  const plain = typeof params === 'object' && params !== null && !ArrayBuffer.isView(params) && Object.prototype.toString.call(params) === '[object Object]';
  if (!plain) throw invalid('params', 'an array of values, or an object of values by name', params);
}

/** What a statement's parameters are called: index 0 is ?1; undefined for one without a name. */
export type ParameterNames = readonly (string | undefined)[];

/**
 * The caller's parameters in order of their positions.
 *
 * By position: as many as the statement has. By name: with or without the prefix; every name of the statement must be given, and nothing else.
 * @throws ServiceError INVALID_ARGUMENT saying what is missing or too much, and as `toBound`.
 */
export function bindInOrder(params: SQLParams | undefined, names: ParameterNames, row?: number): BoundValue[] {
  checkParams(params);
  if (params === undefined) {
    if (names.length > 0) throw wrongCount(names.length, 0, row);
    return [];
  }
  if (Array.isArray(params)) {
    if (params.length !== names.length) throw wrongCount(names.length, params.length, row);
    const bound = new Array<BoundValue>(names.length);
    for (let i = 0; i < bound.length; i++) bound[i] = toBound(params[i], names[i] ?? i + 1, row);
    return bound;
  }
  return bindByName(params, names, row);
}

function bindByName(params: Record<string, SQLValue>, names: ParameterNames, row: number | undefined): BoundValue[] {
  const used = new Set<string>();
  const bound = names.map((name, i) => {
    if (name === undefined) throw invalidAt(`parameter ${i + 1} has no name: give the values as an array, or name it in the SQL`, i + 1, row);
    const key = keyOf(params, name);
    if (key === undefined) throw invalidAt(`there is no value for parameter ${name}: pass { ${JSON.stringify(name.slice(1))}: … }, null where it is to be NULL`, name, row);
    used.add(key);
    return toBound(params[key], name, row);
  });
  const extra = Object.keys(params).find((key) => !used.has(key));
  if (extra !== undefined) throw invalidAt(`the statement has no parameter ${JSON.stringify(extra)}: it has ${names.length === 0 ? 'none' : names.join(', ')}`, extra, row);
  return bound;
}

const keyOf = (params: Record<string, SQLValue>, name: string): string | undefined => {
  if (Object.hasOwn(params, name)) return name;
  const bare = name.slice(1);
  return Object.hasOwn(params, bare) ? bare : undefined;
};

function wrongCount(needed: number, given: number, row: number | undefined): Error {
  const where = row === undefined ? '' : ` in row ${row}`;
  return wrong(`the statement has ${needed} parameter${needed === 1 ? '' : 's'} and ${given} value${given === 1 ? ' was' : 's were'} given${where}: give one value for each`, { needed, given, ...(row !== undefined && { row }) });
}

const wrong = (message: string, detail: unknown): Error => sqliteServiceError('INVALID_ARGUMENT', message, { detail });
const invalidAt = (message: string, place: ParameterPlace, row: number | undefined): Error => wrong(message, detailOf(place, row));

function refused(place: ParameterPlace, row: number | undefined, what: string, cure: string): Error {
  return invalidAt(`${named(place, row)} is ${what}: ${cure}`, place, row);
}

const named = (place: ParameterPlace, row: number | undefined): string => `parameter ${place}${row === undefined ? '' : ` of row ${row}`}`;
const detailOf = (place: ParameterPlace, row: number | undefined): Record<string, unknown> => ({ parameter: place, ...(row !== undefined && { row }) });

type WellFormed = string & { isWellFormed?(): boolean };

/** Node 20 and every current browser have it; the pattern stands in elsewhere. */
function isWellFormed(text: WellFormed): boolean {
  return text.isWellFormed ? text.isWellFormed() : !/\p{Surrogate}/u.test(text);
}
