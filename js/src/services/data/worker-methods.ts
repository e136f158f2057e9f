/** What the page says to the data worker and back: plain data, as backend.ts has it. */
import type { ThreadBudget } from '../../context.js';
import type { Selection } from '../../loader/index.js';
import type { ServiceInfo } from '../../types.js';
import type { TableState, TableStep, TextFormat } from './backend.js';
import type { TableData } from './columns.js';
import type { ResolvedConfig } from './config.js';
import type { ReadOptions } from './engine.js';

/** The configuration without what can not cross. */
export type PlainConfig = Omit<ResolvedConfig, 'wasm'>;

export interface DataWorkerConfig {
  config: PlainConfig;
  /** Chosen on the page, which also compiled the module. */
  selection: Selection;
  module?: WebAssembly.Module;
  /** JavaScript may not take over. */
  pinned: boolean;
  /** Of the manager's threads. */
  budget?: ThreadBudget | undefined;
}

/** Sent whenever it changed, before the reply to the call that changed it. */
export interface DataWorkerState { info: ServiceInfo; memoryBytes: number }

export interface DataMethods {
  ready(): void;
  open(table: TableData): TableState;
  run(table: number, steps: readonly TableStep[]): TableState;
  export(table: number, columns: readonly number[] | undefined): TableData;
  readerOpen(format: TextFormat, options: ReadOptions): number;
  readerPush(reader: number, bytes: Uint8Array): number;
  readerFinish(reader: number): TableState;
  readerCancel(reader: number): void;
  free(table: number): void;
  compact(): void;
  selfCheck(): void;
}
