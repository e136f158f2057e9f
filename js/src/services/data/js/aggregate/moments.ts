/** variance, stddev and correlation by group. */
import { type Column, f64Column } from '../column.js';
import { inRange } from '../../powers.js';
import { chunks, doublesOf, enough, type Grouped, type Part } from './grouped.js';
import { type Rescaled, rescale } from './rescale.js';
import { addCentred, addIntPairs, addShifted, addSquares } from './spread.js';

const EXACT = 2 ** 53;

/** Numbers, and what each group's are looked at from. */
interface Input { values: Float64Array; shift: Float64Array }

/**
 * From each group's first value on. Differences of 64-bit integers are taken before they become doubles: values past 2^53 may differ by
 * less than doubles there do.
 */
function inputOf(column: Column, part: Part, grouped: Grouped, valid: Uint8Array | undefined): Input {
  const { body } = column;
  if (body.kind !== 'big') {
    const values = doublesOf(column);
    return { values, shift: firstValues(part, values, grouped, valid) };
  }
  const { ids, counts } = part, firsts = new BigInt64Array(counts.length), values = new Float64Array(grouped.n);
  for (let i = grouped.n - 1; i >= 0; i--) firsts[ids[i]] = body.values[i];
  for (let i = 0; i < values.length; i++) values[i] = Number(body.values[i] - firsts[ids[i]]);
  return { values, shift: new Float64Array(counts.length) };
}

/** The first value of each group. */
function firstValues(part: Part, values: Float64Array, grouped: Grouped, valid: Uint8Array | undefined): Float64Array {
  const out = new Float64Array(part.counts.length);
  if (!valid) {
    const { first } = grouped.groups;
    for (let g = 0; g < grouped.count; g++) if (part.counts[g] > 0) out[g] = values[first[g]]!;
  } else for (let i = grouped.n - 1; i >= 0; i--) out[part.ids[i]] = values[i];
  // Infinity less infinity would be NaN: the shift is a help, not a value.
  for (let g = 0; g < out.length; g++) if (out[g] - out[g] !== 0) out[g] = 0;
  return out;
}

function* shiftedMeans(grouped: Grouped, part: Part, values: Float64Array, shift: Float64Array): Generator<void, Float64Array> {
  const means = new Float64Array(shift.length);
  yield* chunks(grouped.n, (from, to) => addShifted(part.ids, values, shift, means, from, to));
  for (let g = 0; g < means.length; g++) means[g] /= part.counts[g];
  return means;
}

export function* variance(grouped: Grouped, column: Column, population: boolean, root: boolean): Generator<void, Column> {
  const { n, count } = grouped;
  const part = yield* grouped.part(column.valid);
  const { ids, counts } = part;
  const less = population ? 0 : 1;
  const shares = function* ({ values, shift }: Input): Generator<void, Float64Array> {
    const mean = yield* shiftedMeans(grouped, part, values, shift);
    const out = new Float64Array(count + 1);
    yield* chunks(n, (from, to) => addSquares(ids, values, shift, mean, out, from, to));
    for (let g = 0; g < count; g++) out[g] = counts[g] > less ? out[g] / (counts[g] - less) : 0;
    return out;
  };
  const input = inputOf(column, part, grouped, column.valid);
  const out = yield* shares(input);
  const scaled = yield* rescale(grouped, ids, input.values, oddOnes(counts, count, (g) => counts[g] > less && !inRange(out[g])));
  const again = scaled && (yield* shares(shifted(scaled, part, grouped, column.valid)));
  for (let g = 0; g < count; g++) {
    const power = scaled?.powers[g] ?? 1, share = power === 1 ? out[g] : again![g];
    // A root is right at any magnitude; a square may be past what a double holds.
    out[g] = root ? Math.sqrt(share) * power : share * power * power;
  }
  return f64Column(out.subarray(0, count), enough(counts, count, 1 + less));
}

const shifted = ({ values }: Rescaled, part: Part, grouped: Grouped, valid: Uint8Array | undefined): Input => ({ values, shift: firstValues(part, values, grouped, valid) });

function oddOnes(counts: Int32Array, count: number, odd: (group: number) => boolean): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (let g = 0; g < count; g++) if (odd(g)) (found ??= new Uint8Array(counts.length))[g] = 1;
  return found;
}

export function* correlation(grouped: Grouped, a: Column, b: Column): Generator<void, Column> {
  const { n, count } = grouped;
  const valid = both(a.valid, b.valid);
  const part = yield* grouped.part(valid);
  const { ids, counts } = part;
  const out = new Float64Array(count);
  if (a.body.kind === 'i32' && b.body.kind === 'i32' && smallEnough(a.body.values, b.body.values, counts)) {
    const [x, y] = [a.body.values, b.body.values];
    const five = new Float64Array((count + 1) * 5);
    yield* chunks(n, (from, to) => addIntPairs(ids, x, y, five, from, to));
    for (let g = 0; g < count; g++) {
      const m = counts[g];
      const sx = five[g * 5];
      const sy = five[g * 5 + 1];
      out[g] = ratio(m * five[g * 5 + 2] - sx * sx, m * five[g * 5 + 3] - sy * sy, m * five[g * 5 + 4] - sx * sy);
    }
  } else {
    const products = function* (x: Input, y: Input): Generator<void, Float64Array> {
      const meanX = yield* shiftedMeans(grouped, part, x.values, x.shift);
      const meanY = yield* shiftedMeans(grouped, part, y.values, y.shift);
      const three = new Float64Array((count + 1) * 3);
      yield* chunks(n, (from, to) => addCentred(ids, x.values, y.values, x.shift, y.shift, meanX, meanY, three, from, to));
      return three;
    };
    const [x, y] = [inputOf(a, part, grouped, valid), inputOf(b, part, grouped, valid)];
    const three = yield* products(x, y);
    const odd = oddOnes(counts, count, (g) => counts[g] > 1 && !(inRange(three[g * 3]) && inRange(three[g * 3 + 1])));
    const [scaledX, scaledY] = [yield* rescale(grouped, ids, x.values, odd), yield* rescale(grouped, ids, y.values, odd)];
    // Correlation does not know how large numbers are.
    const again = scaledX || scaledY ? yield* products(scaledX ? shifted(scaledX, part, grouped, valid) : x, scaledY ? shifted(scaledY, part, grouped, valid) : y) : three;
    for (let g = 0; g < count; g++) {
      const from = odd?.[g] ? again : three;
      out[g] = ratio(from[g * 3], from[g * 3 + 1], from[g * 3 + 2]);
    }
  }
  return f64Column(out, enough(counts, count, 2));
}

/** Between -1 and 1, whatever rounding made of it. */
function ratio(xx: number, yy: number, xy: number): number {
  const value = xy / (Math.sqrt(xx) * Math.sqrt(yy));
  return xx === 0 || yy === 0 ? NaN : value > 1 ? 1 : value < -1 ? -1 : value;
}

/** Whether rows x sums of squares and products stay whole numbers within 2^53, so that nothing is rounded before the division. */
function smallEnough(a: Int32Array, b: Int32Array, counts: Int32Array): boolean {
  const rows = largestInt(counts);
  return Math.max(largestInt(a), largestInt(b)) ** 2 * rows * rows <= EXACT;
}

function largestInt(values: Int32Array): number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return Math.max(high, -low);
}

function both(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (!a || !b || a === b) return a ?? b;
  const out = new Uint8Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i] & b[i];
  return out;
}
