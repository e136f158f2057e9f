/** What runs plans, wherever that is: core.ts in this thread, worker-proxy.ts in a worker. Plans are plain data and were checked before (plans.ts). */
import type { Call } from '../../calls/call.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { ServiceInfo, Variant } from '../../types.js';
import type { HasLoop } from './costs.js';
import type { Operation, Outcomes, Plans } from './engine.js';

export interface RunOptions {
  keep: boolean;
  transfer?: readonly ArrayBuffer[];
  /** Told before the outcome who answers this call: `variant`, or JavaScript where that does not pay (costs.ts). Asked for by who counts calls. */
  answeredBy?: (variant: Variant) => void;
}

export interface ComputeBackend {
  readonly info: ServiceInfo;
  readonly variant: Variant;
  /** Whether JavaScript answers calls that do not pay (costs.ts), where WebAssembly is there. */
  readonly dispatches: boolean;
  /** Once the expression language is in this thread. */
  readonly hasLoop?: HasLoop | undefined;
  ready(): MaybePromise<void>;
  /** Numbers of kept matrices are the backend's own. */
  run<K extends Operation>(operation: K, plan: Plans[K], options: RunOptions, call: Call): MaybePromise<Outcomes[K]>;
  /** Takes effect behind the calls made before it; returns at once. */
  free(id: number): void;
  selfCheck(): MaybePromise<void>;
  memoryBytes(): number;
  dispose(): Promise<void>;
}
