/**
 * What computes on tables: js-engine.ts (typed arrays) and wasm-engine.ts (crates/data-processor). Synchronous; tables are numbers
 * (handles), immutable, and live until `free`. Names were resolved and options checked above (plan.ts), so an engine raises only what
 * the data itself can: PARSE, TOO_LARGE, OUT_OF_MEMORY, INTEGER_RANGE.
 */
import type { Variant } from '../../types.js';
import type { ColumnData, TableData } from './columns.js';
import type { AggregateOperation, ColumnType, JoinHow } from './types.js';

export type TableId = number;
export interface ColumnSchema { name: string; type: ColumnType }

/** Columns by their place in the table. */
export interface AggregatePlan {
  groupBy: readonly number[];
  operations: readonly AggregateStep[];
  /** Rows that take part; an expression (js/src/expression) that was checked against the schema. */
  where?: string;
}
export interface AggregateStep {
  operation: AggregateOperation;
  /** -1: '*', of count alone. */
  column: number;
  alias: string;
  /** quantile. */
  q?: number;
  /** variance, stddev. */
  population?: boolean;
  /** correlation. */
  with?: number;
}
export interface SortKey { column: number; descending: boolean }
/** The first `limit` rows of each group; without keys as they stand. */
export interface TopPlan { groupBy: readonly number[]; keys: readonly SortKey[]; limit: number }
export interface JoinPlan {
  /** Pairs of column places, left and right. */
  on: readonly (readonly [number, number])[];
  how: JoinHow;
  /** Columns of the right table that come along, and what they are called in the result. */
  right: readonly { column: number; name: string }[];
}
/** One step of a transform, on a table whose columns are those before it. */
export interface TransformStep {
  /** The column it reads; -1 for `expression`. */
  column: number;
  operation: string;
  /** The name of its result; a column of that name is replaced in its place. */
  as: string;
  /** Checked and completed by operations/. */
  args: Readonly<Record<string, unknown>>;
  /** The type of its result. */
  type: ColumnType;
}

export interface ReadOptions {
  /** Types by column name, over what is inferred. */
  schema?: Readonly<Record<string, ColumnType>>;
  /** CSV. */
  delimiter?: string;
  header?: boolean;
  /** What becomes of a row with too few or too many fields. */
  ragged?: 'error' | 'fill' | 'skip';
  /** Texts that are null besides the empty field. */
  nulls?: readonly string[];
  /** Bytes of the whole text, about: what the memory for it is asked for by. */
  bytes?: number;
}
/** Reads a text format piece by piece. */
export interface TableReader {
  /** Any cut is allowed, inside a character too. The bytes are copied or used up before it returns. */
  push(bytes: Uint8Array): void;
  /** The table; the reader is used up. */
  finish(): TableId;
  /** Lets go of what was read. */
  cancel(): void;
  /** Rows so far. */
  readonly rows: number;
}

export interface DataEngine {
  readonly variant: Variant;
  /** Threads that share the work on large tables, or will once they run; left out: one. */
  readonly threads?: number;
  /** Why there is one thread where more were to be expected. */
  readonly threadsNote?: string | undefined;
  /**
   * Starts them; work goes on with one thread until they run. Undefined when there is nothing to wait for. Never rejects
   * (`threadsNote` then says why).
   */
  startThreads?(): Promise<void> | undefined;
  open(table: TableData): TableId;
  reader(format: 'csv' | 'ndjson' | 'json', options: ReadOptions): TableReader;
  rows(table: TableId): number;
  schema(table: TableId): ColumnSchema[];
  filter(table: TableId, expression: string): TableId;
  aggregate(table: TableId, plan: AggregatePlan): TableId;
  transform(table: TableId, step: TransformStep): TableId;
  sort(table: TableId, keys: readonly SortKey[]): TableId;
  top(table: TableId, plan: TopPlan): TableId;
  join(left: TableId, right: TableId, plan: JoinPlan): TableId;
  slice(table: TableId, start: number, end: number): TableId;
  /** Some columns, under new names where given. */
  select(table: TableId, columns: readonly { column: number; name: string }[]): TableId;
  /** Adds or replaces columns, all of the table's length. */
  withColumns(table: TableId, columns: readonly ColumnData[]): TableId;
  /** As `withColumns`, of one column of codes whose dictionary is that of another column: its own is not looked at. */
  withShared(table: TableId, column: ColumnData, dictionary: { table: TableId; column: number }): TableId;
  /** A copy of one column; after a trap too. @param bare without the strings of its dictionary */
  export(table: TableId, column: number, bare?: boolean): ColumnData;
  /** What each column is made of, by marks: those that are equal are the same buffers. After a trap too, as `rows` and `schema`. */
  marks(table: TableId): { column: unknown; dictionary: unknown }[];
  free(table: TableId): void;
  /** Bytes held. */
  memoryBytes(): number;
  /** Bytes of some tables; what they share counts once. */
  tableBytes(tables: Iterable<TableId>): number;
  dispose(): void;
}
