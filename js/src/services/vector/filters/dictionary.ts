/** Codes for the distinct strings (and array elements) of one field. The first codes are kinds, not values. */
import { testScalar, type Predicate } from './ast.js';

export const MISSING = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
/** A number: its value is in the numeric array. */
export const NUMBER = 4;
/** An array: its elements' codes are in the pool. */
export const LIST = 5;
export const FIRST_VALUE = 6;

export class Dictionary {
  readonly #codes = new Map<string | number, number>();
  readonly #values: (string | number)[] = [];

  /** One more than the highest code in use. */
  get end(): number { return FIRST_VALUE + this.#values.length; }

  /** Elements may be numbers too: a Map never takes 1 for '1', and takes -0 for 0 as equality does. */
  encode(value: string | number): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = this.end;
    this.#codes.set(value, code);
    this.#values.push(value);
    return code;
  }

  find(value: string | number): number | undefined { return this.#codes.get(value); }

  valueOf(code: number): string | number { return this.#values[code - FIRST_VALUE]!; }

  /**
   * For each code whether its value satisfies the predicate (1) or not (0), and how many do. The kinds' entries say what null,
   * false and true answer. `elements` asks on behalf of array elements.
   */
  table(predicate: Predicate, elements: boolean): { table: Uint8Array; hits: number; only: number } {
    const table = new Uint8Array(this.end);
    let hits = 0;
    let only = 0;
    const accept = (code: number): void => { table[code] = 1; hits++; only = code; };
    const byEquality = predicate.test === 'in' || (predicate.test === 'contains' && elements);
    if (byEquality) {
      for (const operand of predicate.operands) {
        if (typeof operand === 'boolean') { accept(operand ? TRUE : FALSE); continue; }
        const code = this.#codes.get(operand);
        if (code !== undefined && table[code] === 0) accept(code);
      }
    } else {
      for (let i = 0; i < this.#values.length; i++) {
        if (testScalar(predicate, this.#values[i]!, elements)) accept(FIRST_VALUE + i);
      }
    }
    return { table, hits, only };
  }

  memory(): number {
    return this.#values.length * 56;
  }
}
