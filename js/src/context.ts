/**
 * What the manager hands a service besides its own configuration. A service made on its own (`createVectorSearch()`) gets
 * `standaloneContext()`. Types and one constant: services and the manager share it, and neither knows the other.
 */
import type { Service, ServiceName, ServiceSink, Variant, WasmOption } from './types.js';

/** What the manager asks of a service that runs, beyond its public interface. */
export interface ServiceProbe {
  /** WASM, JS and worker memory together, bytes; 0 while nothing is loaded. */
  memoryBytes(): number;
  /** One small real call with a known answer; rejects when the answer is wrong. Left out: the service cannot check itself. */
  check?(): Promise<void>;
  /** Of the results that it keeps: how often one was asked for and found. */
  cache?(): { hits: number; misses: number };
}

/** Helper threads of all services of a manager together (worker/budget.ts); it crosses to a worker as it is. */
export interface ThreadBudget {
  /** At most; the first thread of each service is not counted: it is its worker's own. */
  readonly helpers: number;
  /** Who has how many. */
  readonly word: SharedArrayBuffer;
}

export interface ServiceContext {
  sink: ServiceSink;
  /** The manager's pin: binds a service that ships this variant; the others take their best and say so. */
  managerPin?: Variant;
  /** Falling back to JavaScript is VARIANT_UNAVAILABLE. */
  requireWasm?: boolean;
  /** Verify artifacts against the manifest's SHA-384. */
  integrity?: boolean;
  worker?: () => Worker;
  host?: 'auto' | 'inline' | 'worker';
  wasm?: WasmOption;
  budget?: ThreadBudget | undefined;
  /** Called once by the service when it is created. */
  attach(service: ServiceName, probe: ServiceProbe): void;
}

/** How the manager makes a service: it knows names and this signature, no method of any service. */
export type ServiceFactory = (config: Record<string, unknown>, context: ServiceContext) => Service;

export const SILENT_SINK: ServiceSink = { call: () => undefined, event: () => undefined };

export const standaloneContext = (): ServiceContext => ({ sink: SILENT_SINK, attach: () => undefined });
