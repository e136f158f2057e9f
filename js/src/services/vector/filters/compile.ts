/**
 * From what a caller wrote to a validated filter. The language and its truth table: docs/vector-filters.md.
 *
 * A mistake is INVALID_ARGUMENT with the path to it and what is accepted there, never a filter that silently matches
 * everything: `{ owner: undefined }` is refused because `removeWhere` of it would empty the collection.
 */
import { ServiceError } from '../../../errors.js';
import type { MetadataFilter } from '../types.js';
import type { FilterNode, Predicate, PredicateTest, Scalar } from './ast.js';

/** Nesting allowed for `$and`, `$or` and `$not`. */
export const MAX_FILTER_DEPTH = 64;
/** Conditions allowed in one filter; a list given to `$in` counts as one. */
export const MAX_FILTER_NODES = 10_000;

const FIELD_OPERATORS = '$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $contains, $not';
const JOINING_OPERATORS = '$and, $or, $not';

interface Progress { nodes: number }

/**
 * Validates a filter once; the result may be evaluated any number of times, on any index.
 *
 * @throws ServiceError INVALID_ARGUMENT: unknown operator, operand of the wrong type, NaN, nesting beyond 64.
 * @example
 * const filter = compileFilter({ section: { $in: ['libs', 'java'] }, kib: { $gte: 10, $lt: 500 } });
 * const { words, count } = index.evaluate(filter, slots);
 */
export function compileFilter(filter: MetadataFilter): FilterNode {
  return compileObject(filter, 'filters', 0, { nodes: 0 });
}

function compileObject(filter: unknown, path: string, depth: number, progress: Progress): FilterNode {
  if (!isPlainObject(filter)) throw invalid(path, `takes an object such as { section: 'libs' }, got ${describe(filter)}`);
  if (depth > MAX_FILTER_DEPTH) throw invalid(path, `is nested more than ${MAX_FILTER_DEPTH} levels deep; flatten it`);
  const parts: FilterNode[] = [];
  for (const key of Object.keys(filter)) {
    const operand = filter[key];
    const at = `${path}.${key}`;
    if (!key.startsWith('$')) parts.push(...compileField(key, operand, at, depth, progress));
    else if (key === '$and' || key === '$or') parts.push(compileJunction(key === '$and' ? 'and' : 'or', operand, at, depth, progress));
    else if (key === '$not') parts.push(not(compileObject(operand, at, depth + 1, progress)));
    else throw invalid(at, `is not an operator that joins conditions; accepted here: ${JOINING_OPERATORS}, or a field's name`);
    count(progress, path);
  }
  return join('and', parts);
}

function compileJunction(kind: 'and' | 'or', operand: unknown, path: string, depth: number, progress: Progress): FilterNode {
  if (!Array.isArray(operand) || operand.length === 0) throw invalid(path, `takes an array of at least one filter, got ${describe(operand)}`);
  // Array.from and not map: a hole must be refused, not skipped.
  return join(kind, Array.from(operand, (child, i) => compileObject(child, `${path}[${i}]`, depth + 1, progress)));
}

/** One field: a plain value means $eq, an object means operators, all of which must hold. */
function compileField(field: string, condition: unknown, path: string, depth: number, progress: Progress): FilterNode[] {
  if (!isPlainObject(condition)) return [equals(field, scalar(condition, path))];
  const operators = Object.keys(condition);
  if (operators.length === 0) throw invalid(path, `has no operator; accepted: ${FIELD_OPERATORS}`);
  return operators.map((operator) => {
    count(progress, path);
    if (!operator.startsWith('$')) {
      throw invalid(path, `has the key '${operator}', which is not an operator; accepted: ${FIELD_OPERATORS}. A nested value is named by its path: { '${field}.${operator}': … }`);
    }
    return compileOperator(field, operator, condition[operator], `${path}.${operator}`, depth, progress);
  });
}

function compileOperator(field: string, operator: string, operand: unknown, path: string, depth: number, progress: Progress): FilterNode {
  switch (operator) {
    case '$eq': return equals(field, scalar(operand, path));
    case '$ne': return not(equals(field, scalar(operand, path)));
    case '$gt': case '$gte': case '$lt': case '$lte':
      if (typeof operand !== 'number' && typeof operand !== 'string') throw invalid(path, `takes a number or a string, got ${describe(operand)}`);
      return predicate(field, operator.slice(1) as PredicateTest, [notNaN(operand, path)]);
    case '$in': return oneOf(field, operand, path);
    case '$nin': return not(oneOf(field, operand, path));
    case '$exists': {
      if (typeof operand !== 'boolean') throw invalid(path, `takes true or false, got ${describe(operand)}`);
      const present = predicate(field, 'present', []);
      return operand ? present : not(present);
    }
    case '$contains':
      if (typeof operand !== 'number' && typeof operand !== 'string') {
        throw invalid(path, `takes a string (part of a string, or an element of an array) or a number (an element), got ${describe(operand)}`);
      }
      return predicate(field, 'contains', [notNaN(operand, path)]);
    case '$not': {
      if (!isPlainObject(operand)) throw invalid(path, `takes an object of operators such as { $gt: 5 }, got ${describe(operand)}; for a value use $ne`);
      if (depth >= MAX_FILTER_DEPTH) throw invalid(path, `is nested more than ${MAX_FILTER_DEPTH} levels deep; flatten it`);
      return not(join('and', compileField(field, operand, path, depth + 1, progress)));
    }
    default: throw invalid(path, `is not an operator; accepted on a field: ${FIELD_OPERATORS}`);
  }
}

/** Null equals null and a missing field (MongoDB's rule). */
function equals(field: string, value: Scalar): FilterNode {
  return value === null ? not(predicate(field, 'value', [])) : predicate(field, 'in', [value]);
}

function oneOf(field: string, operand: unknown, path: string): FilterNode {
  if (!Array.isArray(operand)) throw invalid(path, `takes an array of strings, numbers, booleans and null, got ${describe(operand)}`);
  const values = new Set(Array.from(operand, (value, i) => scalar(value, `${path}[${i}]`)));
  const withNull = values.delete(null);
  const listed = predicate(field, 'in', [...values] as Exclude<Scalar, null>[]);
  return withNull ? join('or', [equals(field, null), listed]) : listed;
}

function scalar(value: unknown, path: string): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return notNaN(value, path);
  if (Array.isArray(value)) throw invalid(path, 'takes one value, got an array; use $in for "one of these", $contains for "an array with this element"');
  if (value === undefined) throw invalid(path, 'is undefined; leave the key out, or use { $exists: false } for documents without the field');
  throw invalid(path, `takes a string, a finite or infinite number, a boolean or null, got ${describe(value)}`);
}

function notNaN<T extends string | number>(value: T, path: string): T {
  if (value !== value) throw invalid(path, 'is NaN, which equals nothing and has no order; give a number');
  return value;
}

function predicate(field: string, test: PredicateTest, operands: readonly Exclude<Scalar, null>[]): Predicate {
  return { kind: 'predicate', field, test, operands, key: `${JSON.stringify(field)} ${test} ${operands.map(operandKey).join()}` };
}

/** JSON would write both infinities as null; -0 and 0 are one value and get one key. */
function operandKey(value: Exclude<Scalar, null>): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function not(child: FilterNode): FilterNode {
  return child.kind === 'not' ? child.child : { kind: 'not', child, key: `!${child.key}` };
}

function join(kind: 'and' | 'or', children: readonly FilterNode[]): FilterNode {
  if (children.length === 1) return children[0]!;
  return { kind, children, key: `${kind}(${children.map((c) => c.key).join('; ')})` };
}

function count(progress: Progress, path: string): void {
  if (++progress.nodes > MAX_FILTER_NODES) throw invalid(path, `brings the filter to more than ${MAX_FILTER_NODES} conditions; use $in for long lists of values`);
}

/** Objects of another realm count too, so the prototype is judged by being the end of its chain. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return `the number ${value}`;
  return `a ${typeof value}`;
}

function invalid(path: string, problem: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', `${path} ${problem}`, { service: 'vector', detail: { path } });
}
