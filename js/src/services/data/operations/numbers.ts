/** Numbers to numbers. The kernels of crates/data-processor/src/transform/numbers.rs compute by the same formulas. */
import { invalid, invalidField } from '../errors.js';
import { finite, list, number, optional, whole } from './args.js';
import { BoundsOf, type Bounds, MomentsOf, type Moments } from './statistics.js';
import { NUMBERS, type Operation } from './types.js';

const isInt32 = (value: unknown): boolean => value === undefined || (typeof value === 'number' && (value | 0) === value);
const isWhole = (value: unknown): boolean => value === undefined || Number.isSafeInteger(value);

/** Powers of ten are exact so far. */
const MOST_DIGITS = 22;
/** From here on doubles are whole numbers. */
const ALL_WHOLE = 2 ** 52;

/** A number that has no digit there is given back as it is: scaling it would change or overflow it. */
function rounder(digits: number): (value: number) => number {
  // What is read from decimal text is exact; a power need not be.
  const power = Number(`1e${Math.abs(digits)}`);
  if (digits === 0) return (value) => (Math.abs(value) < ALL_WHOLE ? Math.round(value) : value);
  if (digits > 0) return (value) => {
    const scaled = value * power;
    return Math.abs(scaled) < ALL_WHOLE ? Math.round(scaled) / power : value;
  };
  return (value) => {
    const scaled = value / power;
    return Math.abs(scaled) < ALL_WHOLE ? Math.round(scaled) * power : value;
  };
}

const round: Operation = {
  args: { digits: optional(whole(-MOST_DIGITS, MOST_DIGITS), 0) },
  takes: NUMBERS,
  gives: (input, { digits }) => (digits as number >= 0 ? input : 'f64'),
  cell({ digits }, input) {
    if (input !== 'f64' && digits as number >= 0) return (value: unknown) => value;
    const to = rounder(digits as number);
    return input === 'i64' ? (value: bigint) => to(Number(value)) : to;
  },
  loop(values, out, { digits }) {
    if (out instanceof Int32Array) { out.set(values); return; }
    const to = rounder(digits as number);
    for (let i = 0; i < values.length; i++) out[i] = to(values[i]);
  },
};

const abs: Operation = {
  args: {},
  takes: NUMBERS,
  // The least number of 32 bits has no positive one.
  gives: (input) => (input === 'i64' ? 'i64' : 'f64'),
  cell: (_args, input) => (input === 'i64' ? (value: bigint) => (value < 0n ? -value : value) : (value: number) => Math.abs(value)),
  loop(values, out) { for (let i = 0; i < values.length; i++) out[i] = Math.abs(values[i]); },
};

const scale: Operation = {
  args: { factor: finite },
  takes: NUMBERS,
  gives: () => 'f64',
  cell({ factor }, input) {
    const by = factor as number;
    return input === 'i64' ? (value: bigint) => Number(value) * by : (value: number) => value * by;
  },
  loop(values, out, { factor }) {
    const by = factor as number;
    for (let i = 0; i < values.length; i++) out[i] = values[i] * by;
  },
};

const clamp: Operation = {
  args: { min: optional(number), max: optional(number) },
  takes: NUMBERS,
  check({ min, max }, _input, what) {
    if (min === undefined && max === undefined) throw invalid(`${what}: clamp needs min, max or both`);
    if (min !== undefined && max !== undefined && min as number > (max as number)) throw invalid(`${what}: min ${min as number} is above max ${max as number}`);
  },
  gives: (input, { min, max }) => (input === 'i32' && !(isInt32(min) && isInt32(max)) || input === 'i64' && !(isWhole(min) && isWhole(max)) ? 'f64' : input),
  cell({ min, max }, input) {
    const least = min as number ?? -Infinity, most = max as number ?? Infinity;
    const within = (value: number): number => (value < least ? least : value > most ? most : value);
    if (input !== 'i64') return within;
    if (!isWhole(min) || !isWhole(max)) return (value: bigint) => within(Number(value));
    return (value: bigint) => (value < least ? BigInt(least) : value > most ? BigInt(most) : value);
  },
  loop(values, out, { min = -Infinity, max = Infinity }) {
    const [least, most] = [min as number, max as number];
    for (let i = 0; i < values.length; i++) { const value = values[i]; out[i] = value < least ? least : value > most ? most : value; }
  },
};

const log: Operation = {
  args: { base: optional((value: unknown, what: string): number => {
    if (typeof value !== 'number' || !(value > 0) || value === 1 || value === Infinity) throw invalidField(what, 'a number above 0, and not 1', value);
    return value;
  }) },
  takes: NUMBERS,
  gives: () => 'f64',
  cell({ base }, input) {
    const of = logarithm(base as number | undefined);
    return input === 'i64' ? (value: bigint) => of(Number(value)) : of;
  },
  loop(values, out, { base }) {
    const of = logarithm(base as number | undefined);
    for (let i = 0; i < values.length; i++) out[i] = of(values[i]);
  },
};

function logarithm(base: number | undefined): (value: number) => number {
  if (base === undefined || base === Math.E) return Math.log;
  if (base === 10) return Math.log10;
  if (base === 2) return Math.log2;
  const of = Math.log(base);
  return (value) => Math.log(value) / of;
}

const standardize: Operation = {
  args: {},
  takes: NUMBERS,
  gives: () => 'f64',
  statistic: () => new MomentsOf(),
  cell(_args, input, { mean, deviation, scale }: Moments) {
    const of = deviation === 0 ? (): number => 0 : (value: number): number => (value * scale - mean) / deviation;
    return input === 'i64' ? (value: bigint) => of(Number(value)) : of;
  },
  loop(values, out, _args, { mean, deviation, scale }: Moments) {
    if (deviation === 0) { out.fill(0); return; }
    for (let i = 0; i < values.length; i++) out[i] = (values[i] * scale - mean) / deviation;
  },
};

/** [0, 1] by min and max; NaN stays. */
export function toUnit({ min, max }: Bounds): (value: number) => number {
  const range = max - min;
  if (!(range > 0)) return (value) => (value === value ? 0 : value);
  if (range < Infinity || min === -Infinity || max === Infinity) return (value) => (value - min) / range;
  // The range of finite numbers may be past what a double holds; half of it is not.
  const low = min / 2, half = max / 2 - low;
  return (value) => (value / 2 - low) / half;
}

/** toUnit as an expression; undefined for the ranges that are seldom. */
export function toUnitCode(value: string, constant: (value: unknown) => string, { min, max }: Bounds): string | undefined {
  const range = max - min;
  return range > 0 && range < Infinity ? `(${value} - ${constant(min)}) / ${constant(range)}` : undefined;
}

/** The bucket of a number is how many edges are at most that; NaN has none. */
function place(edges: readonly number[]): (value: number) => number | null {
  return (value) => {
    if (value !== value) return null;
    let low = 0, high = edges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (edges[middle] <= value) low = middle + 1; else high = middle;
    }
    return low;
  };
}

/** The inner edges of `count` buckets of one width; none where all numbers are the same. */
export function equalEdges({ min, max }: Bounds, count: number): number[] {
  if (!(max > min)) return [];
  const half = max / 2 - min / 2;
  return Array.from({ length: count - 1 }, (_, i) => min + 2 * (half * ((i + 1) / count)));
}

const bucket: Operation = {
  args: { edges: optional(list(number, 'an array of ascending numbers')), count: optional(whole(1, 1e6)) },
  takes: NUMBERS,
  check({ edges, count }, _input, what) {
    if ((edges === undefined) === (count === undefined)) throw invalid(`${what}: bucket needs edges or count, one of them`);
    const given = edges as number[] | undefined;
    given?.forEach((edge, i) => { if (i > 0 && !(edge > given[i - 1])) throw invalidField(`${what}: args.edges`, `ascending numbers; edges[${i}] is not above edges[${i - 1}]`, edge); });
  },
  gives: () => 'i32',
  statistic: ({ edges }) => (edges === undefined ? new BoundsOf(true) : undefined),
  cell({ edges, count }, input, known: Bounds | undefined) {
    const of = place(edges === undefined ? equalEdges(known!, count as number) : edges as number[]);
    return input === 'i64' ? (value: bigint) => of(Number(value)) : of;
  },
};

export const NUMBER_OPERATIONS = { standardize, round, abs, scale, clamp, log, bucket } satisfies Record<string, Operation>;
