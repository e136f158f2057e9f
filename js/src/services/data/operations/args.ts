/** Checks of arguments. Each gives the value, completed where it has a default, or throws what the argument must be. */
import { invalidField } from '../errors.js';

type Check<T = unknown> = (value: unknown, what: string) => T;

/** @param fallback of a missing one */
export const optional = <T>(check: Check<T>, fallback?: T): Check<T | undefined> => (value, what) => (value === undefined ? fallback : check(value, what));

export const text: Check<string> = (value, what) => {
  if (typeof value !== 'string') throw invalidField(what, 'a text', value);
  return value;
};

export const filledText: Check<string> = (value, what) => {
  if (typeof value !== 'string' || value === '') throw invalidField(what, 'a text that is not empty', value);
  return value;
};

export const flag: Check<boolean> = (value, what) => {
  if (typeof value !== 'boolean') throw invalidField(what, 'true or false', value);
  return value;
};

/** NaN is none. */
export const number: Check<number> = (value, what) => {
  if (typeof value !== 'number' || Number.isNaN(value)) throw invalidField(what, 'a number', value);
  return value;
};

export const finite: Check<number> = (value, what) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidField(what, 'a finite number', value);
  return value;
};

export const whole = (least: number, most: number): Check<number> => (value, what) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw invalidField(what, `a whole number from ${least} to ${most}`, value);
  return value + 0;
};

export const oneOf = <T extends string>(...choices: readonly T[]): Check<T> => (value, what) => {
  if (!choices.includes(value as T)) throw invalidField(what, choices.map((choice) => `'${choice}'`).join(' or '), value);
  return value as T;
};

export const list = <T>(item: Check<T>, accepted: string): Check<T[]> => (value, what) => {
  if (!Array.isArray(value) || value.length === 0) throw invalidField(what, accepted, value);
  return value.map((entry: unknown, i) => item(entry, `${what}[${i}]`));
};

/** What becomes of a value that does not convert. */
export const onError = optional(oneOf('error', 'null'), 'error');
