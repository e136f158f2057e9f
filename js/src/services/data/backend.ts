/**
 * What keeps tables and works on them, wherever that is: core.ts in this thread, worker-proxy.ts in a worker. Requests are plain data.
 * Names were resolved and options checked before (plan/).
 */
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { Call } from '../../calls/call.js';
import type { ServiceInfo, Variant } from '../../types.js';
import type { TableData } from './columns.js';
import type { AggregatePlan, ColumnSchema, JoinPlan, ReadOptions, SortKey, TopPlan, TransformStep } from './engine.js';

/** A table as its holder knows it. */
export interface TableState { id: number; rows: number; schema: ColumnSchema[] }

/** One operation on the table that the one before it gave. */
export type TableStep =
  | { op: 'filter'; expression: string }
  | { op: 'aggregate'; plan: AggregatePlan }
  | { op: 'transform'; step: TransformStep }
  | { op: 'sort'; keys: SortKey[] }
  | { op: 'top'; plan: TopPlan }
  | { op: 'join'; other: number; plan: JoinPlan }
  | { op: 'slice'; start: number; end: number }
  | { op: 'select'; columns: { column: number; name: string }[] };

export type TextFormat = 'csv' | 'ndjson' | 'json';

export interface DataBackend {
  readonly info: ServiceInfo;
  readonly variant: Variant;
  /** A call made now runs before it returns: what it is given need not be copied. */
  readonly immediate: boolean;
  ready(): MaybePromise<void>;
  /** @param brief it is freed within the caller's own call: no worker that follows needs it */
  open(table: TableData, call: Call, brief?: boolean): MaybePromise<TableState>;
  /** All steps, or none: what lay between is freed. The table itself stays. */
  run(table: number, steps: readonly TableStep[], call: Call): MaybePromise<TableState>;
  /** Copies of columns by place; all of them when left out. */
  export(table: number, columns: readonly number[] | undefined, call: Call): MaybePromise<TableData>;
  readerOpen(format: TextFormat, options: ReadOptions, call: Call): MaybePromise<number>;
  /** Gives the rows so far. `bytes` are copied or used up when the promise resolves. */
  readerPush(reader: number, bytes: Uint8Array, call: Call): MaybePromise<number>;
  readerFinish(reader: number, call: Call): MaybePromise<TableState>;
  /** Like `free`: returns at once. */
  readerCancel(reader: number): void;
  free(table: number): void;
  compact(call: Call): MaybePromise<void>;
  selfCheck(): MaybePromise<void>;
  memoryBytes(): number;
  dispose(): Promise<void>;
}
