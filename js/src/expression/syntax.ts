/** The parse tree of an expression. crates/expression/src/syntax.rs is its twin; offsets count UTF-16 code units. */
import { ServiceError } from '../errors.js';

/** A step of a path behind its first name: a key, or a place in an array. */
export type Step = string | number;
export type CompareOp = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type ArithmeticOp = '+' | '-' | '*' | '/' | '%';

/** `at` is where it stands: the operator of one with an operator between operands, else its first character. */
export type Ast = { at: number } & (
  /** `exact`: the whole number that was written, where a double cannot hold it. */
  | { k: 'number'; value: number; exact?: bigint }
  | { k: 'text'; value: string }
  | { k: 'bool'; value: boolean }
  | { k: 'null' }
  /** Milliseconds since 1970. */
  | { k: 'time'; value: number }
  | { k: 'name'; path: readonly [string, ...Step[]]; quoted: boolean }
  | { k: 'not' | 'neg' | 'isNull'; of: Ast }
  /** `join` is `||`. Chains are flat: no chain of operators makes the tree deep. */
  | { k: 'and' | 'or' | 'join'; items: Ast[] }
  | { k: 'arith'; first: Ast; rest: { op: ArithmeticOp; at: number; of: Ast }[] }
  | { k: 'compare'; op: CompareOp; a: Ast; b: Ast }
  | { k: 'in'; of: Ast; list: Ast[] }
  | { k: 'between'; of: Ast; low: Ast; high: Ast }
  | { k: 'like'; of: Ast; pattern: Ast; escape?: Ast; fold: boolean }
  | { k: 'case'; of?: Ast; whens: { when: Ast; then: Ast }[]; otherwise?: Ast }
  | { k: 'call'; name: string; args: Ast[] }
);

/** Characters of an expression. */
export const MAX_LENGTH = 65536;
/** Expressions within expressions. */
export const MAX_DEPTH = 200;

export function fault(code: 'PARSE' | 'INVALID_ARGUMENT', offset: number, message: string): ServiceError {
  return new ServiceError(code, `expression, offset ${offset}: ${message}`, { service: 'data', detail: { offset } });
}
