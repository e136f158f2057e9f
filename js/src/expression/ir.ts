/** The checked form of an expression: every node has a type, every conversion stands in it. crates/expression/src/ir.rs is its twin. */
import type { ColumnType } from '../services/data/types.js';
import type { ArithmeticOp, CompareOp, Step } from './syntax.js';
import type { LikePattern } from './text.js';

/** `null`: nothing but null. `any`: a field of a row object, whose type shows in each row. */
export type Type = 'number' | 'bool' | 'text' | 'timestamp' | 'json' | 'null' | 'any';
export type Constant = number | string | boolean | null;

/** Where an operand stands and what it is called in messages. */
export interface Place { at: number; what: string }

export type Node =
  /** `exact` is the whole number a double cannot hold; `written` marks text that may stand for a time. A time is a number, JSON its text. */
  | { op: 'const'; type: Type; value: Constant; exact?: bigint; written?: true }
  | { op: 'column'; type: Type; place: number; column: ColumnType }
  | { op: 'path'; type: 'json'; place: number; steps: readonly Step[] }
  /** Of row objects. */
  | { op: 'field'; type: 'any'; name: string }
  | { op: 'fieldPath'; type: 'json'; whole: string; name: string; steps: readonly Step[] }
  /** From `json`: null where the value is of another kind. From `any`: that is an error, except for objects. */
  | { op: 'as'; type: 'number' | 'bool' | 'text' | 'timestamp'; of: Node; place: Place; taker: string }
  /** Into `json`, or into `any`. */
  | { op: 'box'; type: 'json' | 'any'; of: Node }
  | { op: 'compare'; type: 'bool'; cmp: CompareOp; kind: Type; a: Node; b: Node; at: number; places: readonly [Place, Place] }
  | { op: 'and' | 'or'; type: 'bool'; items: Node[] }
  | { op: 'not' | 'isNull'; type: 'bool'; of: Node }
  /** `exact` has the values too, for columns of i64. `each`: a field of rows may hold a Date for written text, which is compared one by one. */
  | { op: 'in'; type: 'bool'; kind: 'number' | 'text' | 'timestamp'; of: Node; values: (number | string)[]; exact?: bigint[]; nulls: boolean; each?: Node }
  | { op: 'like'; type: 'bool'; of: Node; pattern: LikePattern }
  | { op: 'arith'; type: 'number'; first: Node; rest: { op: ArithmeticOp; of: Node }[] }
  | { op: 'neg'; type: 'number'; of: Node }
  | { op: 'join'; type: 'text'; items: Node[] }
  | { op: 'case'; type: Type; whens: { when: Node; then: Node }[]; otherwise: Node }
  /** Stands in several places; it is computed once for each block or row. */
  | { op: 'shared'; type: Type; of: Node }
  | { op: 'call'; type: Type; fn: FunctionName; args: Node[]; at: number; places: readonly Place[] };

export type FunctionName =
  | 'upper' | 'lower' | 'trim' | 'length' | 'substring' | 'replace' | 'concat' | 'startsWith' | 'endsWith' | 'contains'
  | 'abs' | 'round' | 'floor' | 'ceil' | 'sqrt' | 'ln' | 'log10' | 'exp' | 'pow' | 'sign' | 'least' | 'greatest'
  | 'coalesce' | 'nullif' | 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'dayOfWeek' | 'dateTrunc'
  | 'toNumber' | 'toString' | 'toTimestamp';

export type ParameterType = 'number' | 'text' | 'timestamp' | 'value' | 'unit';
/** `rest`: the last parameter may come any number of times. `optional`: so many of the last may be left out. `same`: all of one type, which is the result's. */
export interface Signature { params: readonly ParameterType[]; result: Type; optional?: number; rest?: boolean; same?: boolean }

const text = (...params: ParameterType[]): Signature => ({ params, result: 'text' });
const number = (...params: ParameterType[]): Signature => ({ params, result: 'number' });
const holds: Signature = { params: ['text', 'text'], result: 'bool' };
const part: Signature = { params: ['timestamp'], result: 'number' };
const same: Signature = { params: ['value'], result: 'null', rest: true, same: true };

export const FUNCTIONS: Readonly<Record<FunctionName, Signature>> = {
  upper: text('text'), lower: text('text'), trim: text('text'), length: number('text'),
  substring: { params: ['text', 'number', 'number'], result: 'text', optional: 1 }, replace: text('text', 'text', 'text'),
  concat: { params: ['value'], result: 'text', rest: true }, startsWith: holds, endsWith: holds, contains: holds,
  abs: number('number'), round: { params: ['number', 'number'], result: 'number', optional: 1 }, floor: number('number'), ceil: number('number'),
  sqrt: number('number'), ln: number('number'), log10: number('number'), exp: number('number'), pow: number('number', 'number'), sign: number('number'),
  least: same, greatest: same, coalesce: same, nullif: { params: ['value', 'value'], result: 'null', same: true },
  year: part, month: part, day: part, hour: part, minute: part, second: part, dayOfWeek: part,
  dateTrunc: { params: ['unit', 'timestamp'], result: 'timestamp' },
  toNumber: { params: ['value'], result: 'number' }, toString: { params: ['value'], result: 'text' }, toTimestamp: { params: ['value'], result: 'timestamp' },
};
export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as FunctionName[];
const BY_LOWER = new Map(FUNCTION_NAMES.map((name) => [name.toLowerCase(), name]));
export const functionOf = (name: string): FunctionName | undefined => BY_LOWER.get(name.toLowerCase());

export function children(node: Node): readonly Node[] {
  switch (node.op) {
    case 'const': case 'column': case 'path': case 'field': case 'fieldPath': return [];
    case 'as': case 'box': case 'not': case 'isNull': case 'in': case 'like': case 'neg': case 'shared': return [node.of];
    case 'compare': return [node.a, node.b];
    case 'and': case 'or': case 'join': return node.items;
    case 'arith': return [node.first, ...node.rest.map(({ of }) => of)];
    case 'case': return [...node.whens.flatMap(({ when, then }) => [when, then]), node.otherwise];
    case 'call': return node.args;
  }
}

/** Every node once, children first. */
export function eachNode(node: Node, visit: (node: Node) => void, seen = new Set<Node>()): void {
  if (seen.has(node)) return;
  seen.add(node);
  for (const child of children(node)) eachNode(child, visit, seen);
  visit(node);
}
