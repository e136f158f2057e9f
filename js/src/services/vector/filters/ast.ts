/**
 * The validated form of a metadata filter. `compileFilter` makes it, `MetadataIndex.evaluate` answers it.
 *
 * Only positive tests are left: `$ne`, `$nin`, `$exists: false` and "equals null" are written as `not` of one, so every
 * predicate is false for a document that lacks the field, and every bitmap is zero where nothing was stored.
 */

/** What a predicate compares with. */
export type Scalar = string | number | boolean | null;

/**
 * - `in`: the value, or any element of an array value, equals one of the operands (strings, numbers, booleans)
 * - `gt` `gte` `lt` `lte`: same type as the operand (number or string), and so ordered
 * - `contains`: a string that holds the operand, or an array with an element equal to it
 * - `present`: the field was given, null included
 * - `value`: the field was given and is not null
 */
export type PredicateTest = 'in' | 'gt' | 'gte' | 'lt' | 'lte' | 'contains' | 'present' | 'value';

export interface Predicate {
  readonly kind: 'predicate';
  readonly field: string;
  readonly test: PredicateTest;
  /** Several for `in`, one for comparisons and `contains`, none otherwise. */
  readonly operands: readonly Exclude<Scalar, null>[];
  /** Equal keys mean equal answers: the name under which bitmaps are cached. */
  readonly key: string;
}
export interface Junction { readonly kind: 'and' | 'or'; readonly children: readonly FilterNode[]; readonly key: string }
export interface Negation { readonly kind: 'not'; readonly child: FilterNode; readonly key: string }

/** An `and` without children is true of every document (the filter `{}`). */
export type FilterNode = Predicate | Junction | Negation;

/**
 * Whether one scalar (a field's value, or one element of an array value) satisfies the predicate; an array value satisfies it
 * when any element does. `element` tells which of the two it is, because `$contains` means a substring for a string and
 * equality for an element.
 */
export function testScalar(predicate: Predicate, value: Scalar, element: boolean): boolean {
  const operand = predicate.operands[0]!;
  switch (predicate.test) {
    case 'present': return true;
    case 'value': return value !== null;
    case 'in': return value !== null && predicate.operands.some((o) => o === value);
    case 'contains': return element ? value === operand : typeof value === 'string' && typeof operand === 'string' && value.includes(operand);
    case 'gt': return ordered(value, operand) && value > operand;
    case 'gte': return ordered(value, operand) && value >= operand;
    case 'lt': return ordered(value, operand) && value < operand;
    case 'lte': return ordered(value, operand) && value <= operand;
  }
}

/** Comparisons hold between two numbers or two strings (code unit order), never across types. */
function ordered(value: Scalar, operand: Scalar): value is string | number {
  return typeof value === typeof operand && (typeof value === 'number' || typeof value === 'string');
}
