/** What functions do with single values. crates/expression/src/values.rs is its twin. */
import { jsonKind, jsonNumber, jsonText } from './json.js';
import { compareText } from './text.js';
import { MAX_TIME, parseTime, partOf, truncateTime, type TimePart, type TimeUnit } from './time.js';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** `toNumber` of text: a decimal number with space around it, NaN, Infinity; else null. */
export function numberOfText(text: string): number | null {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) return Number(trimmed);
  switch (trimmed) {
    case 'NaN': return NaN;
    case 'Infinity': case '+Infinity': return Infinity;
    case '-Infinity': return -Infinity;
    default: return null;
  }
}

/** `toTimestamp` of a number: milliseconds since 1970, a fraction cut off; null beyond what a Date holds. */
export function timeOfNumber(value: number): number | null {
  const time = Math.trunc(value) + 0;
  return Math.abs(time) <= MAX_TIME ? time : null;
}

/** From here on doubles are whole numbers. */
const ALL_WHOLE = 2 ** 52;

/** To `digits` decimal places (negative: tens), halves upwards as Math.round. A number that has no digit there is given back as it is. */
export function round(value: number, digits: number): number {
  const places = Math.min(Math.max(Math.trunc(digits), -308), 308);
  if (Number.isNaN(places)) return NaN;
  // `10 ** n` is not exact everywhere; what is read from decimal text is.
  const by = Number(`1e${Math.abs(places)}`);
  const scaled = places < 0 ? value / by : value * by;
  if (!(Math.abs(scaled) < ALL_WHOLE)) return value;
  return places < 0 ? Math.round(scaled) * by : Math.round(scaled) / by;
}

export function arithmetic(op: '+' | '-' | '*' | '/' | '%', a: number, b: number): number {
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '%': return a % b;
  }
}

export const NUMBER_FUNCTIONS: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs, floor: Math.floor, ceil: Math.ceil, sqrt: Math.sqrt, ln: Math.log, log10: Math.log10, exp: Math.exp, sign: Math.sign,
};

export const partOfTime = (part: TimePart, time: number): number | null => (Math.abs(time) <= MAX_TIME ? partOf(part, time) : null);
/** Null where the unit begins before what a Date holds. */
export function truncated(unit: TimeUnit, time: number): number | null {
  const start = Math.abs(time) <= MAX_TIME ? truncateTime(unit, time) : NaN;
  return Math.abs(start) <= MAX_TIME ? start : null;
}

export function numberOfJson(json: string): number | null {
  switch (jsonKind(json)) {
    case 'number': return jsonNumber(json);
    case 'text': { const text = jsonText(json); return text === null ? null : numberOfText(text); }
    case 'bool': return json === 'true' ? 1 : 0;
    case 'other': return null;
  }
}

export function timeOfJson(json: string): number | null {
  const kind = jsonKind(json);
  if (kind === 'number') { const value = jsonNumber(json); return value === null ? null : timeOfNumber(value); }
  const text = kind === 'text' ? jsonText(json) : null;
  return text === null ? null : parseTime(text) ?? null;
}

/** least and greatest of text: the first among equals. */
export const pickText = (least: boolean, a: string, b: string): string => ((compareText(b, a) < 0) === least && a !== b ? b : a);

