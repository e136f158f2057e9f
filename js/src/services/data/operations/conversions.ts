/** From one type to another. What does not convert is undefined: the caller names its row, or makes it null where args.onError says so. */
import { toBoolean as booleanOf, toNumber as numberOf } from '../convert.js';
import { invalid } from '../errors.js';
import type { ColumnType } from '../types.js';
import { filledText, onError, optional } from './args.js';
import { dateReader, isoText, msOf, numberUnit } from './dates.js';
import { ALL, type Cell, type Operation } from './types.js';

/** The value that JSON text stands for, where it is a single one. */
function single(text: string): unknown {
  const value = JSON.parse(text) as unknown;
  return typeof value === 'object' && value !== null ? undefined : value;
}

/** As text: what toString, concat and templates show. */
export function textCell(input: ColumnType): Cell {
  switch (input) {
    case 'utf8': case 'json': return (value: string) => value;
    case 'timestamp': return isoText;
    default: return String;
  }
}

const toNumber: Operation = {
  args: { onError },
  takes: ALL,
  gives: (input) => (input === 'bool' || input === 'i32' ? 'i32' : 'f64'),
  cell: (_args, input) => (input === 'json' ? (value: string) => jsonCell(value, numberOf) : numberOf),
  loop(values, out) { out.set(values); },
};

const toBoolean: Operation = {
  args: { onError },
  takes: ['f64', 'i32', 'i64', 'bool', 'utf8', 'json'],
  gives: () => 'bool',
  cell: (_args, input) => (input === 'json' ? (value: string) => jsonCell(value, booleanOf) : booleanOf),
};

/** A JSON null is a null. */
function jsonCell<T>(text: string, convert: (value: unknown) => T | undefined): T | null | undefined {
  const value = single(text);
  return value === null ? null : value === undefined ? undefined : convert(value);
}

const toText: Operation = { args: {}, takes: ALL, gives: () => 'utf8', cell: (_args, input) => textCell(input) };

/** To milliseconds. */
export function timeCell(format: string, input: ColumnType, what: string): Cell {
  const unit = numberUnit(format);
  const ofNumber = (value: number | bigint): number | undefined => msOf(Number(value), unit ?? NaN);
  switch (input) {
    case 'timestamp': return (value: number) => value;
    case 'utf8': return dateReader(format, what);
    case 'json': {
      const read = dateReader(format, what);
      return (text: string) => jsonCell(text, (value) => (typeof value === 'string' ? read(value) : typeof value === 'number' ? ofNumber(value) : undefined));
    }
    default: return ofNumber;
  }
}

const time = (type: ColumnType): Operation => ({
  args: { format: optional(filledText, 'iso'), onError },
  takes: ['f64', 'i32', 'i64', 'utf8', 'timestamp', 'json'],
  check({ format }, input, what) {
    dateReader(format as string, what);
    if (input !== 'utf8' && input !== 'json' && input !== 'timestamp' && numberUnit(format as string) === undefined) throw invalid(`${what}: the format '${format as string}' is one of texts, and the column is ${input}: use 'epoch-ms' or 'epoch-s'`);
  },
  gives: () => type,
  cell: ({ format }, input) => timeCell(format as string, input, 'format'),
});

/** As deep as the readers go. */
const MOST_DEPTH = 256;

const parseJSON: Operation = {
  args: { onError },
  takes: ['utf8', 'json'],
  gives: () => 'json',
  cell: (_args, input) => (input === 'json' ? (value: string) => value : (text: string) => {
    let value: unknown;
    try { value = JSON.parse(text); } catch { return undefined; }
    if (value === null) return null;
    if (typeof value === 'object' && text.length > 2 * MOST_DEPTH && isDeeper(value, MOST_DEPTH)) return undefined;
    return JSON.stringify(value);
  }),
};

function isDeeper(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((inner) => isDeeper(inner, most - 1));
}

export const CONVERSIONS = { toNumber, toString: toText, toBoolean, toDate: time('timestamp'), toTimestamp: time('f64'), parseJSON } satisfies Record<string, Operation>;
