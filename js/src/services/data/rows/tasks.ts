/** Which work operations are, by their names alone: what is asked before any of their code is needed. */
import { canMakeCode } from '../../../make-code.js';
import type { Task } from '../cost-model.js';
import type { AggregateOperation } from '../types.js';

export const TASKS: Readonly<Record<AggregateOperation, Task>> = {
  count: 'light', sum: 'light', avg: 'light', mean: 'light', min: 'light', max: 'light', first: 'light', last: 'light',
  stddev: 'spread', variance: 'spread', correlation: 'spread', median: 'quantile', quantile: 'quantile', countDistinct: 'distinct', mode: 'distinct', list: 'list',
};

/** Of transforms: the others are as cheap as arithmetic, of columns of numbers. */
export const TEXT_TASKS: ReadonlySet<string> = new Set([
  'uppercase', 'lowercase', 'trim', 'capitalize', 'slugify', 'replace', 'split', 'substring', 'length', 'pad', 'toNumber', 'toString', 'toBoolean', 'toDate', 'parseJSON',
]);

/** What one loop over rows answers (fused.ts). */
export const PLAIN_OPERATIONS: ReadonlySet<string> = new Set(['count', 'sum', 'avg', 'mean', 'min', 'max']);
export const MOST_KEYS = 2;
export const MOST_OPERATIONS = 8;

/** Whether a question of such operations, by so many keys, is plain where its rows are. */
export const mayBePlain = (operations: readonly string[], keys: number): boolean => (
  canMakeCode() && keys <= MOST_KEYS && operations.length <= MOST_OPERATIONS && operations.every((operation) => PLAIN_OPERATIONS.has(operation)));
