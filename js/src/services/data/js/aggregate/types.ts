/** What each operation takes. */
import type { AggregateOperation, ColumnType } from '../../types.js';

const NUMBERS: readonly ColumnType[] = ['f64', 'i32', 'i64'];
const ORDERED: readonly ColumnType[] = [...NUMBERS, 'bool', 'utf8', 'timestamp'];
const SUMMED: readonly ColumnType[] = [...NUMBERS, 'bool'];

/** Types of columns an operation takes; undefined: any. */
export const TAKES: Readonly<Record<AggregateOperation, readonly ColumnType[] | undefined>> = {
  count: undefined, countDistinct: undefined, first: undefined, last: undefined, mode: undefined, list: undefined,
  sum: SUMMED, avg: SUMMED, mean: SUMMED,
  min: ORDERED, max: ORDERED,
  median: NUMBERS, quantile: NUMBERS, stddev: NUMBERS, variance: NUMBERS, correlation: NUMBERS,
};
