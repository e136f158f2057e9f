/** What the three drivers do alike: functions of users, and numbers on their way to SQLite. */
import type { SQLAggregate, SQLValue } from '../types.js';
import { bindsAsInteger, toBound, type BoundValue } from '../values.js';
import { invalid } from '../errors.js';

/** For hosts that bind every number as REAL: an integer goes as a bigint. */
export function integersAsBigints(values: BoundValue[]): BoundValue[] {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number' && bindsAsInteger(value)) values[i] = BigInt(value);
  }
  return values;
}

/** The host finds a function's number of arguments in its `length`. */
export function withLength<F extends (...args: never[]) => unknown>(fn: F, length: number): F {
  return Object.defineProperty(fn, 'length', { value: length, configurable: true });
}

/** An argument as functions of users get it: a number where that is exact, else a bigint. */
function argument(value: SQLValue): SQLValue {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function result(name: string, value: unknown, exact: boolean): BoundValue {
  if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') throw invalid(`the result of ${name}()`, 'a value: SQL functions are synchronous, and this one returned a promise', value);
  const bound = toBound(value, `(the result of ${name}())`);
  if (!exact) return typeof bound === 'bigint' ? Number(bound) : bound;
  return typeof bound === 'number' && bindsAsInteger(bound) ? BigInt(bound) : bound;
}

/**
 * A user's function with arguments and results as the contract has them.
 * @param exact the host takes integers as bigints; else every number is REAL
 */
export function adapted(name: string, fn: (...args: SQLValue[]) => SQLValue, exact = true): (...args: SQLValue[]) => BoundValue {
  return (...args) => result(name, fn(...args.map(argument)), exact);
}

export function adaptedAggregate(name: string, aggregate: SQLAggregate<unknown>, exact = true): { start(): unknown; step(state: unknown, ...args: SQLValue[]): unknown; result(state: unknown): BoundValue } {
  return {
    start: () => aggregate.start(),
    step: (state, ...args) => aggregate.step(state, ...args.map(argument)),
    result: (state) => result(name, aggregate.result(state), exact),
  };
}
