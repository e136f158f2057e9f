/** Checks the options of a join and turns them into a step. */
import type { TableStep } from '../backend.js';
import type { ColumnSchema } from '../engine.js';
import { invalid, invalidField } from '../errors.js';
import { suggest } from '../near.js';
import type { ColumnType, JoinHow } from '../types.js';

const HOWS: readonly JoinHow[] = ['inner', 'left', 'right', 'full', 'semi', 'anti'];
const SUFFIX = '_right';

/** Types whose values can be equal. */
const KIND: Readonly<Record<ColumnType, string>> = { f64: 'number', i64: 'number', i32: 'number', bool: 'bool', utf8: 'text', timestamp: 'timestamp', json: 'json' };

/** @throws ServiceError INVALID_ARGUMENT */
export function planJoin(left: readonly ColumnSchema[], right: readonly ColumnSchema[], other: number, options: { on: string | [string, string][]; how?: JoinHow }): TableStep {
  if (typeof options !== 'object' || options === null) throw invalidField('options', 'an object with `on`', options);
  for (const key of Object.keys(options)) if (key !== 'on' && key !== 'how') throw invalid(`unknown option '${key}' of join: ${suggest(key, ['on', 'how'])}`);
  const { on, how = 'inner' } = options;
  if (!HOWS.includes(how)) throw invalidField('how', HOWS.map((h) => `'${h}'`).join(', '), how);
  const pairs: unknown = typeof on === 'string' ? [[on, on]] : on;
  if (!Array.isArray(pairs) || pairs.length === 0 || pairs.some((pair) => !Array.isArray(pair) || pair.length !== 2)) {
    throw invalidField('on', "a column name, or pairs of names such as [['id', 'customer_id']]", on);
  }
  const place = (schema: readonly ColumnSchema[], name: unknown, side: string): number => {
    const found = schema.findIndex((column) => column.name === name);
    if (found < 0) throw invalid(`join: the ${side} table has no column '${String(name)}': ${suggest(String(name), schema.map((c) => c.name))}`, { field: name });
    return found;
  };
  const keys = pairs.map(([a, b]: [unknown, unknown]): [number, number] => {
    const pair: [number, number] = [place(left, a, 'left'), place(right, b, 'right')];
    const types = [left[pair[0]].type, right[pair[1]].type] as const;
    if (KIND[types[0]] !== KIND[types[1]]) throw invalid(`join: '${String(a)}' is ${types[0]} and '${String(b)}' is ${types[1]}, which are never equal: convert one of them with transform`);
    return pair;
  });
  const names = new Set(left.map(({ name }) => name));
  const columns: { column: number; name: string }[] = [];
  if (how !== 'semi' && how !== 'anti') {
    right.forEach(({ name }, column) => {
      if (keys.some(([, key]) => key === column)) return;
      let title = name;
      while (names.has(title)) title += SUFFIX;
      names.add(title);
      columns.push({ column, name: title });
    });
  }
  return { op: 'join', other, plan: { on: keys, how, right: columns } };
}
