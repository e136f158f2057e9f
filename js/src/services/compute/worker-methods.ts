/** What the page says to the compute worker and back: plain data, as engine.ts has it. */
import type { Selection } from '../../loader/index.js';
import type { ServiceInfo } from '../../types.js';
import type { ThreadBudget } from '../../context.js';
import type { ResolvedConfig } from './config.js';
import type { Operation, Outcomes, Plans } from './engine.js';

/** The configuration without what can not cross. */
export type PlainConfig = Omit<ResolvedConfig, 'wasm'>;

export interface ComputeWorkerConfig {
  config: PlainConfig;
  /** Chosen on the page, which also compiled the module. */
  selection: Selection;
  module?: WebAssembly.Module;
  /** Of the manager's threads. */
  budget?: ThreadBudget | undefined;
  /** JavaScript may not take over. */
  pinned: boolean;
  /** JavaScript may answer what does not pay. */
  dispatch: boolean;
}

/** Sent whenever it changed, before the reply to the call that changed it. */
export interface ComputeWorkerState { info: ServiceInfo; memoryBytes: number }

export interface ComputeMethods {
  ready(): void;
  run(operation: Operation, plan: Plans[Operation], keep: boolean): Outcomes[Operation];
  free(id: number): void;
  selfCheck(): void;
}
