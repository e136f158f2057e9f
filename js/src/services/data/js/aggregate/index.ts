/** Group-by: keys, then one column per step. A generator that yields now and then; `finish` runs it through. */
import type { AggregateStep } from '../../engine.js';
import { keyCodes } from '../codes.js';
import type { Column } from '../column.js';
import { groupRows } from '../groups.js';
import { take } from '../take.js';
import { Grouped } from './grouped.js';
import { correlation, variance } from './moments.js';
import { average, quantile, sum, sumTogether } from './numbers.js';
import { count, countDistinct, extreme, first, last, list, mode } from './picks.js';

export type Step = Omit<AggregateStep, 'alias'>;

/** `columns` by their places; the result has the keys first. */
export function* aggregate(columns: (place: number) => Column, n: number, groupBy: readonly number[], steps: readonly Step[]): Generator<void, Column[]> {
  const keys = groupBy.map(columns);
  const codes = [];
  for (const key of keys) {
    codes.push(keyCodes(key));
    yield;
  }
  const grouped = new Grouped(n, yield* groupRows(codes, n));
  const out = keys.map((key) => take(key, grouped.groups.first));
  const summed = steps.filter(({ operation }) => operation === 'sum' || operation === 'avg' || operation === 'mean');
  if (summed.length > 1) yield* sumTogether(grouped, summed.map(({ column }) => columns(column)));
  for (const step of steps) {
    yield;
    out.push(yield* stepColumn(grouped, columns, step));
  }
  return out;
}

function stepColumn(grouped: Grouped, columns: (place: number) => Column, step: Step): Generator<void, Column> {
  const column = step.column < 0 ? undefined : columns(step.column);
  if (step.operation === 'count' || !column) return count(grouped, column);
  switch (step.operation) {
    case 'sum': return sum(grouped, column);
    case 'avg': case 'mean': return average(grouped, column);
    case 'min': return extreme(grouped, column, false);
    case 'max': return extreme(grouped, column, true);
    case 'median': return quantile(grouped, column, 0.5);
    case 'quantile': return quantile(grouped, column, step.q ?? 0.5);
    case 'stddev': return variance(grouped, column, step.population ?? false, true);
    case 'variance': return variance(grouped, column, step.population ?? false, false);
    case 'first': return first(grouped, column);
    case 'last': return last(grouped, column);
    case 'countDistinct': return countDistinct(grouped, column);
    case 'mode': return mode(grouped, column);
    case 'list': return list(grouped, column);
    case 'correlation': return correlation(grouped, column, columns(step.with ?? step.column));
  }
}

export function finish<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
