/** Checks AggregationOptions against a table and turns them into steps. */
import { compileExpression } from '../../../expression/index.js';
import type { TableStep } from '../backend.js';
import type { AggregateStep, ColumnSchema } from '../engine.js';
import { checkName, invalid, invalidField } from '../errors.js';
import { suggest } from '../near.js';
import type { Aggregation, AggregateOperation, AggregationOptions, ColumnType } from '../types.js';
import { Fields, shownName } from './fields.js';
import { limitStep, planOrder } from './order.js';

type Takes = 'any' | 'number' | 'sum' | 'ordered';
/** What each operation takes, the type that it gives ('same': the column's), and the arguments that it knows. */
const OPERATIONS: Readonly<Record<AggregateOperation, { takes: Takes; gives: ColumnType | 'same'; args?: readonly string[] }>> = {
  count: { takes: 'any', gives: 'i32' },
  countDistinct: { takes: 'any', gives: 'i32' },
  sum: { takes: 'sum', gives: 'f64' },
  avg: { takes: 'sum', gives: 'f64' },
  mean: { takes: 'sum', gives: 'f64' },
  min: { takes: 'ordered', gives: 'same' },
  max: { takes: 'ordered', gives: 'same' },
  median: { takes: 'number', gives: 'f64' },
  quantile: { takes: 'number', gives: 'f64', args: ['q'] },
  stddev: { takes: 'number', gives: 'f64', args: ['population'] },
  variance: { takes: 'number', gives: 'f64', args: ['population'] },
  first: { takes: 'any', gives: 'same' },
  last: { takes: 'any', gives: 'same' },
  mode: { takes: 'any', gives: 'same' },
  list: { takes: 'any', gives: 'json' },
  correlation: { takes: 'number', gives: 'f64', args: ['with'] },
};
export const AGGREGATE_OPERATIONS = Object.keys(OPERATIONS) as AggregateOperation[];

const NUMERIC: readonly ColumnType[] = ['f64', 'i64', 'i32'];
const OPERATION_KEYS = ['field', 'operation', 'alias', 'args'];
const KEYS = ['groupBy', 'operations', 'where', 'having', 'orderBy', 'limit', 'signal', 'timeoutMs', 'onProgress'];

/** One operation with everything but its column checked: the same for rows and tables. */
export interface CheckedAggregation { operation: AggregateOperation; field: string; alias: string; q?: number; population?: boolean; with?: string }

/** Checks what does not depend on the data. @throws ServiceError INVALID_ARGUMENT */
export function checkAggregation(options: AggregationOptions): { groupBy: string[]; operations: CheckedAggregation[] } {
  if (typeof options !== 'object' || options === null) throw invalidField('options', 'an object with `operations`', options);
  for (const key of Object.keys(options)) if (!KEYS.includes(key)) throw invalid(`unknown option '${key}' of aggregate: ${suggest(key, KEYS)}`);
  const { groupBy = [], operations, where, having } = options;
  if (!Array.isArray(groupBy) || groupBy.some((field) => typeof field !== 'string')) throw invalidField('groupBy', 'an array of column names', groupBy);
  if (new Set(groupBy).size < groupBy.length) throw invalid(`groupBy names a column twice: ${groupBy.join(', ')}`);
  if (!Array.isArray(operations)) throw invalidField('operations', "an array such as [{ field: 'price', operation: 'sum' }]", operations);
  for (const [name, text] of [['where', where], ['having', having]] as const) {
    if (text !== undefined && typeof text !== 'string') throw invalidField(name, 'an expression', text);
  }
  if (groupBy.length + operations.length === 0) throw invalid('aggregate needs groupBy, operations or both');
  const checked = operations.map((raw, i) => checkOperation(raw, i));
  const names = new Set<string>(groupBy);
  for (const name of groupBy) checkName(name, 'a key of groupBy');
  for (const { alias } of checked) {
    checkName(alias, 'a result');
    if (names.has(alias)) throw invalid(`two columns of the result are called '${alias}': give one of them another alias`);
    names.add(alias);
  }
  return { groupBy: [...groupBy], operations: checked };
}

function checkOperation(raw: Aggregation, i: number): CheckedAggregation {
  if (typeof raw !== 'object' || raw === null) throw invalidField(`operations[${i}]`, 'an object { field, operation }', raw);
  for (const key of Object.keys(raw)) if (!OPERATION_KEYS.includes(key)) throw invalid(`operations[${i}]: unknown key '${key}': ${suggest(key, OPERATION_KEYS)}`);
  const { field, operation: name, alias, args = {} } = raw;
  if (typeof name !== 'string' || !Object.hasOwn(OPERATIONS, name)) throw invalid(`operations[${i}]: there is no operation '${String(name)}': ${suggest(String(name), AGGREGATE_OPERATIONS)}`, { operation: name });
  const operation = name as AggregateOperation;
  if (typeof field !== 'string' || field === '') throw invalidField(`operations[${i}].field`, "a column name, or '*' for count", field);
  if (field === '*' && operation !== 'count') throw invalid(`operations[${i}]: '*' is for count alone; ${operation} needs a column`);
  if (alias !== undefined && (typeof alias !== 'string' || alias === '')) throw invalidField(`operations[${i}].alias`, 'a name', alias);
  if (typeof args !== 'object' || args === null) throw invalidField(`operations[${i}].args`, 'an object', args);
  const known = OPERATIONS[operation].args ?? [];
  for (const key of Object.keys(args)) if (!known.includes(key)) throw invalid(`operations[${i}]: ${operation} has no argument '${key}': ${suggest(key, known)}`);
  const { q, population, with: other } = args as { q?: unknown; population?: unknown; with?: unknown };
  if (operation === 'quantile' && !(typeof q === 'number' && q >= 0 && q <= 1)) throw invalidField(`operations[${i}].args.q`, 'a number from 0 to 1', q);
  if (population !== undefined && typeof population !== 'boolean') throw invalidField(`operations[${i}].args.population`, 'true or false', population);
  if (operation === 'correlation' && (typeof other !== 'string' || other === '')) throw invalidField(`operations[${i}].args.with`, 'the name of the other column', other);
  return {
    operation, field, alias: alias ?? `${operation}_${field}`,
    ...(operation === 'quantile' && { q: q as number }), ...(population !== undefined && { population }), ...(operation === 'correlation' && { with: other as string }),
  };
}

/** The steps of an aggregation on a table of this schema. @throws ServiceError INVALID_ARGUMENT, PARSE */
export function planAggregate(schema: readonly ColumnSchema[], options: AggregationOptions): TableStep[] {
  const { groupBy, operations } = checkAggregation(options);
  const { where, having, orderBy, limit } = options;
  if (where !== undefined) checkFilter(where, schema);
  const fields = new Fields(schema);
  const keys = groupBy.map((field, i) => fields.place(field, `groupBy[${i}]`));
  const steps = operations.map((checked, i): AggregateStep => {
    const { operation, field, alias, q, population, with: other } = checked;
    const { takes } = OPERATIONS[operation];
    const what = `operations[${i}]`;
    const columnOf = (name: string): number => {
      const place = fields.place(name, what, takes === 'number' || takes === 'sum' ? 'f64' : 'json');
      checkTakes(takes, operation, name, fields.schema[place].type, what);
      return place;
    };
    return {
      operation, alias, column: field === '*' ? -1 : columnOf(field),
      ...(q !== undefined && { q }), ...(population !== undefined && { population }), ...(other !== undefined && { with: columnOf(other) }),
    };
  });
  // What a path made is called by its path in the result.
  const output: ColumnSchema[] = [
    ...keys.map((place) => ({ name: fields.schema[place].name, type: fields.schema[place].type })),
    ...steps.map(({ operation, alias, column }) => ({ name: alias, type: resultType(operation, column < 0 ? 'i32' : fields.schema[column].type) })),
  ];
  const plan: TableStep[] = [...fields.steps, { op: 'aggregate', plan: { groupBy: keys, operations: steps, ...(where !== undefined && { where }) } }];
  if (output.some(({ name }) => shownName(name) !== name)) {
    for (const column of output) column.name = shownName(column.name);
    plan.push({ op: 'select', columns: output.map(({ name }, column) => ({ column, name })) });
  }
  return [...plan, ...planResult(output, { having, orderBy, limit })];
}

/** having, orderBy and limit over the result. */
export function planResult(output: readonly ColumnSchema[], { having, orderBy, limit }: { having?: string | undefined; orderBy?: AggregationOptions['orderBy'] | undefined; limit?: number | undefined }): TableStep[] {
  const steps: TableStep[] = [];
  if (having !== undefined) {
    checkFilter(having, output);
    steps.push({ op: 'filter', expression: having });
  }
  if (orderBy !== undefined) steps.push(...planOrder(output, orderBy, 'orderBy'));
  if (limit !== undefined) steps.push(limitStep(limit));
  return steps;
}

function resultType(operation: AggregateOperation, input: ColumnType): ColumnType {
  const { gives } = OPERATIONS[operation];
  return gives === 'same' ? input : gives;
}

/** @throws ServiceError INVALID_ARGUMENT */
export function checkTakes(takes: Takes, operation: AggregateOperation, field: string, type: ColumnType, what: string): void {
  if ((takes === 'number' && !NUMERIC.includes(type)) || (takes === 'sum' && !NUMERIC.includes(type) && type !== 'bool')) throw invalid(`${what}: ${operation} takes numbers, and '${field}' is ${type}: transform it with toNumber first`, { field });
  if (takes === 'ordered' && type === 'json') throw invalid(`${what}: ${operation} can not order json values of '${field}': aggregate a path into them, or toString first`, { field });
}

/** @throws ServiceError PARSE or INVALID_ARGUMENT with the offset; INVALID_ARGUMENT when it is no condition */
export function checkFilter(text: string, schema: readonly ColumnSchema[]): void {
  compileExpression(text, schema).checkCondition();
}
