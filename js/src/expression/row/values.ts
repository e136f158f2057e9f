/** Values of row objects: what kind each is, and comparing those whose kind shows only now. */
import { fault, type CompareOp, type Step } from '../syntax.js';
import { compareText } from '../text.js';
import { ordered } from '../columnar/compare.js';
import { parseTime } from '../time.js';
import type { Place } from '../ir.js';

export type Value = unknown;
export type Kind = 'number' | 'bool' | 'text' | 'timestamp' | 'other';

/** Undefined, an invalid Date and what has no value are null. */
export function plain(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined': case 'function': case 'symbol': return null;
    case 'object': return value instanceof Date && Number.isNaN(value.getTime()) ? null : value;
    default: return value;
  }
}

/** As the value would be read back from JSON. */
export function plainJson(value: unknown): unknown {
  switch (typeof value) {
    case 'number': return Number.isFinite(value) ? value : null;
    case 'bigint': return Number(value);
    case 'object': return value instanceof Date ? (Number.isNaN(value.getTime()) ? null : value.toISOString()) : value;
    default: return plain(value);
  }
}

export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'number': case 'bigint': return 'number';
    case 'boolean': return 'bool';
    case 'string': return 'text';
    default: return value instanceof Date ? 'timestamp' : 'other';
  }
}

const own = Object.prototype.hasOwnProperty;
/** Names that every object has without having them. */
export const isInherited = (name: string): boolean => name in Object.prototype;

/** Reads a field: its own alone where the name is one that every object inherits. */
export function fieldReader(name: string): (row: object) => unknown {
  if (isInherited(name)) return (row) => (own.call(row, name) ? plain((row as Record<string, unknown>)[name]) : null);
  return (row) => {
    const value = (row as Record<string, unknown>)[name];
    return typeof value === 'number' || typeof value === 'string' ? value : plain(value);
  };
}

/** Reads a path: the field of that whole name, else the way through objects and arrays. */
export function pathReader(whole: string, name: string, steps: readonly Step[]): (row: object) => unknown {
  const readWhole = fieldReader(whole);
  const readFirst = fieldReader(name);
  return (row) => {
    const direct = readWhole(row);
    if (direct !== null) return direct;
    let value = readFirst(row);
    for (const step of steps) {
      if (value === null || typeof value !== 'object') return null;
      if (typeof step === 'number') {
        if (!Array.isArray(value)) return null;
        value = plainJson(value[step]);
      } else {
        if (Array.isArray(value) || (isInherited(step) && !own.call(value, step))) return null;
        value = plainJson((value as Record<string, unknown>)[step]);
      }
    }
    return value;
  };
}

const NAMES: Record<Kind, string> = { number: 'a number', bool: 'true or false', text: 'text', timestamp: 'a date', other: 'an object' };
export const PLURAL: Readonly<Record<string, string>> = { number: 'numbers', bool: 'conditions', text: 'text', timestamp: 'timestamps' };

export function misfit(place: Place, taker: string, wanted: string, value: unknown): Error {
  return fault('INVALID_ARGUMENT', place.at, `${taker} takes ${PLURAL[wanted]}, and ${place.what} holds ${NAMES[kindOf(value)]} in one of the rows`);
}

export function orderOf(a: unknown, b: unknown, kind: Kind): number {
  switch (kind) {
    case 'text': return compareText(a as string, b as string);
    case 'timestamp': return Number(a) - Number(b);
    default: return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : a == b ? 0 : NaN;
  }
}

export const holds = (cmp: CompareOp, order: number): boolean => (Number.isNaN(order) ? cmp === '<>' : ordered(cmp, order));

/**
 * Two values of which at least one shows its kind only now. Those of paths compare with their own kind alone, like values within a json
 * column; fields are columns, and two kinds in them are an error.
 */
export function compareValues(cmp: CompareOp, a: unknown, b: unknown, loose: boolean, places: readonly [Place, Place], written: readonly [boolean, boolean], at: number): boolean | null {
  if (a === null || b === null) return null;
  const [x, y] = [kindOf(a), kindOf(b)];
  if (x === y) return x === 'other' ? null : holds(cmp, orderOf(a, b, x));
  if (x === 'timestamp' && written[1]) return holds(cmp, (a as Date).getTime() - timeOf(b as string, places[1]));
  if (y === 'timestamp' && written[0]) return holds(cmp, timeOf(a as string, places[0]) - (b as Date).getTime());
  if (x === 'other' || y === 'other') return null;
  if (loose && x !== 'timestamp' && y !== 'timestamp') return null;
  throw fault('INVALID_ARGUMENT', at, `${cmp} compares values of one type, and ${places[0].what} is ${NAMES[x]} where ${places[1].what} is ${NAMES[y]} in one of the rows`);
}

/** The text is the expression's own, so one row asks for the same as the next. */
let lastText: string | undefined;
let lastTime: number | undefined;
function timeOf(text: string, place: Place): number {
  if (text !== lastText) [lastText, lastTime] = [text, parseTime(text)];
  const time = lastTime;
  if (time === undefined) throw fault('INVALID_ARGUMENT', place.at, `'${text}' is no time: write '2024-01-31T12:00:00Z' or '2024-01-31'`);
  return time;
}
