/** sum, avg, median and quantile. */
import { type Column, f64Column } from '../column.js';
import { chunks, doublesOf, enough, type Grouped } from './grouped.js';
import { groupStarts, quantileOf, scatter } from './quantile.js';
import { addDoubles, addDoublesOfOne, addIntHalves, addInts, addTwoInts, addWhole, settle } from './sums.js';

const EXACT = 2 ** 53;

/** 2^22 times 2^31 is within 2^53: so many rows of 32-bit numbers sum exactly in a double. */
const FEW = 2 ** 22;

/** Sums whole columns two at a time where a call asks for several. */
export function* sumTogether(grouped: Grouped, columns: readonly Column[]): Generator<void, void> {
  const { n, count } = grouped;
  const ints = n > FEW ? [] : columns.filter((column, i) => column.body.kind === 'i32' && columns.indexOf(column) === i);
  for (let k = 0; k + 1 < ints.length; k += 2) {
    const [a, b] = [ints[k], ints[k + 1]];
    if (a.body.kind !== 'i32' || b.body.kind !== 'i32' || a.valid !== b.valid) continue;
    const [x, y] = [a.body.values, b.body.values];
    const places = a.valid ? count + 1 : count;
    const [first, second] = [new Float64Array(places), new Float64Array(places)];
    const ids = grouped.ids(a.valid);
    yield* chunks(n, (from, to) => addTwoInts(ids, x, y, first, second, from, to));
    grouped.sums.set(a, first).set(b, second);
  }
}

/** The sum of each group's values; where there are nulls, one place more for them. */
export function* sums(grouped: Grouped, column: Column): Generator<void, Float64Array> {
  const known = grouped.sums.get(column);
  if (known) return known;
  const out = yield* sumsOf(grouped, column);
  grouped.sums.set(column, out);
  return out;
}

function* sumsOf(grouped: Grouped, { body, type, valid }: Column): Generator<void, Float64Array> {
  const { n, count } = grouped;
  const ids = grouped.ids(valid);
  const out = new Float64Array(valid ? count + 1 : count);
  switch (body.kind) {
    case 'i32':
      if (n <= FEW) yield* chunks(n, (from, to) => addInts(ids, body.values, out, from, to));
      else {
        const low = new Float64Array(out.length);
        yield* chunks(n, (from, to) => addIntHalves(ids, body.values, out, low, from, to));
        for (let g = 0; g < out.length; g++) out[g] = out[g] * 65536 + low[g];
      }
      return out;
    case 'bool': {
      const ints = Int32Array.from(body.values);
      yield* chunks(n, (from, to) => addInts(ids, ints, out, from, to));
      return out;
    }
    case 'f64':
      if (type === 'f64') {
        const rest = new Float64Array(out.length);
        if (count === 1 && !valid) yield* chunks(n, (from, to) => addDoublesOfOne(body.values, out, rest, from, to));
        else yield* chunks(n, (from, to) => addDoubles(ids, body.values, out, rest, from, to));
        settle(out, rest);
        return out;
      }
      if (largest(body.values) * n <= EXACT) {
        yield* chunks(n, (from, to) => addWhole(ids, body.values, out, from, to));
        return out;
      }
      yield* exactly(n, ids, (i) => BigInt(body.values[i]), out);
      return out;
    case 'big':
      yield* exactly(n, ids, (i) => body.values[i], out);
      return out;
    default: return out;
  }
}

function* exactly(n: number, ids: Int32Array, value: (row: number) => bigint, out: Float64Array): Generator<void, void> {
  const big = new Array<bigint>(out.length).fill(0n);
  yield* chunks(n, (from, to) => {
    for (let i = from; i < to; i++) big[ids[i]]! += value(i);
  });
  for (let g = 0; g < big.length; g++) out[g] = Number(big[g]);
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

export function* sum(grouped: Grouped, column: Column): Generator<void, Column> {
  const total = yield* sums(grouped, column);
  return f64Column(total.length > grouped.count ? total.slice(0, grouped.count) : total);
}

export function* average(grouped: Grouped, column: Column): Generator<void, Column> {
  const { count } = grouped;
  const total = yield* sums(grouped, column);
  const { counts } = yield* grouped.part(column.valid);
  const out = total.slice(0, count);
  let none = false;
  for (let g = 0; g < count; g++) {
    if (counts[g] === 0) none = true;
    else out[g] /= counts[g];
  }
  return f64Column(out, none ? enough(counts, count) : undefined);
}

export function* quantile(grouped: Grouped, column: Column, q: number): Generator<void, Column> {
  const { n, count } = grouped;
  const { ids, counts } = yield* grouped.part(column.valid);
  const values = doublesOf(column);
  const start = groupStarts(counts);
  const next = start.slice();
  const sorted = new Float64Array(n);
  yield* chunks(n, (from, to) => scatter(ids, values, next, sorted, from, to));
  const out = new Float64Array(count);
  let done = 0;
  for (let g = 0; g < count; g++) {
    if (counts[g] > 0) out[g] = quantileOf(sorted, start[g], start[g + 1], q);
    if (start[g + 1] - done > 1 << 18) {
      done = start[g + 1];
      yield;
    }
  }
  return f64Column(out, enough(counts, count));
}
