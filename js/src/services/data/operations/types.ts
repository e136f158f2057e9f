/**
 * What an operation of a transform is. All of it works on cells: number (f64, i32), bigint (i64), boolean, string (utf8; the JSON text
 * of json), milliseconds (timestamp). Rows of objects and columns of tables go through the same functions.
 */
import type { ColumnType } from '../types.js';

export type Args = Readonly<Record<string, unknown>>;
/** `undefined`: the value does not convert. */
export type Cell = (value: never) => unknown;

/** What a look at the whole column tells, before its values can be worked on. */
export interface Statistic<S = unknown> {
  /** Takes a value that is not null; false: the answer is known, no more are needed. */
  add(value: never): boolean;
  result(): S;
}

export interface Operation {
  /** Checks of the arguments by name, in the order in which they are told; each gives the value or throws. `undefined` is a missing one. */
  readonly args: Readonly<Record<string, (value: unknown, what: string) => unknown>>;
  readonly takes: readonly ColumnType[];
  /** What depends on several arguments, or on the column's type. @throws ServiceError INVALID_ARGUMENT */
  check?(args: Args, input: ColumnType, what: string): void;
  gives(input: ColumnType, args: Args): ColumnType;
  /** Every value that is not null becomes what this gives. @param known what the statistic gave */
  cell(args: Args, input: ColumnType, known: never): Cell;
  statistic?(args: Args, input: ColumnType): Statistic | undefined;
  /**
   * `cell` as an expression over `value`, for loops made from text: nothing is called, and no function that was made for one call is built into code that
   * the engine compiled. Undefined where there is none.
   * @param constant names a value in the code
   */
  code?(value: string, constant: (value: unknown) => string, input: ColumnType, known: never): string | undefined;
  /** The same over numbers at once. Null rows hold 0 before, and are set back to 0. Left out: `cell` in a loop. */
  loop?(values: Float64Array | Int32Array, out: Float64Array | Int32Array, args: Args, known: never): void;
}

export const NUMBERS: readonly ColumnType[] = ['f64', 'i32', 'i64'];
export const ALL: readonly ColumnType[] = ['f64', 'i32', 'i64', 'bool', 'utf8', 'timestamp', 'json'];
