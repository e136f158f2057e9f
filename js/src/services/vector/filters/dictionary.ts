/** Codes for the distinct strings (and array elements) of one field. The first codes are kinds, not values. */
import { testScalar, type Predicate } from './ast.js';
import { BoundedCache } from './bounded-cache.js';

export const MISSING = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
/** A number: its value is in the numeric array. */
export const NUMBER = 4;
/** An array: its elements' codes are in the pool. */
export const LIST = 5;
export const FIRST_VALUE = 6;

/** Tables of string predicates kept, per field. */
const TABLE_BYTES = 256 << 10;

export interface CodeTable { table: Uint8Array; hits: number; only: number }

export class Dictionary {
  readonly #codes = new Map<string | number, number>();
  readonly #values: (string | number)[] = [];
  readonly #tested = new BoundedCache<CodeTable & { end: number }>(TABLE_BYTES);

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

  valueOf(code: number): string | number { return this.#values[code - FIRST_VALUE]!; }

  /**
   * For each code whether its value satisfies the predicate (1) or not (0), how many do, and one that does. The kinds' entries say
   * what false and true answer. `elements` asks on behalf of array elements.
   */
  table(predicate: Predicate, elements: boolean): CodeTable {
    const byEquality = predicate.test === 'in' || (predicate.test === 'contains' && elements);
    return byEquality ? this.#equalityTable(predicate) : this.#testedTable(predicate, elements);
  }

  #equalityTable(predicate: Predicate): CodeTable {
    const result: CodeTable = { table: new Uint8Array(this.end), hits: 0, only: 0 };
    for (const operand of predicate.operands) {
      const code = typeof operand === 'boolean' ? (operand ? TRUE : FALSE) : this.#codes.get(operand);
      if (code !== undefined) accept(result, code);
    }
    return result;
  }

  /** Comparing and searching strings is what costs here, so it is done once per string and predicate: values never change their code. */
  #testedTable(predicate: Predicate, elements: boolean): CodeTable {
    const key = `${predicate.key} ${elements}`;
    const known = this.#tested.get(key);
    if (known !== undefined && known.end === this.end) return known;
    const result = { table: new Uint8Array(this.end), hits: known?.hits ?? 0, only: known?.only ?? 0, end: this.end };
    if (known !== undefined) result.table.set(known.table);
    for (let code = known?.end ?? FIRST_VALUE; code < this.end; code++) {
      if (testScalar(predicate, this.valueOf(code), elements)) accept(result, code);
    }
    this.#tested.set(key, result, result.table.byteLength);
    return result;
  }

  memory(): number {
    return this.#values.length * 56 + this.#tested.bytes;
  }
}

function accept(result: CodeTable, code: number): void {
  if (result.table[code] === 1) return;
  result.table[code] = 1;
  result.hits++;
  result.only = code;
}
