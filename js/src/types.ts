/** Words shared by every service. Types only; importing this file costs nothing. */
/// <reference lib="esnext.disposable" preserve="true" />

export type ServiceName = 'vector' | 'sqlite' | 'compute' | 'data' | 'functions' | 'telemetry';

/** One build of one module; `js` is the fallback. A host without SIMD gets `js`. */
export type Variant = 'js' | 'simd' | 'relaxed-simd' | 'simd-threads';

/** Anything a caller may hand us instead of our own artifact. */
export type WasmSource =
  | URL | string | Request | Response | BufferSource | WebAssembly.Module
  | Promise<Response | BufferSource | WebAssembly.Module>;
export type WasmOption = WasmSource | ((service: ServiceName, variant: Variant) => WasmSource);

export interface ServiceOptions {
  /** 'auto' (default) takes the best this host can run; a pinned variant that can not run rejects with VARIANT_UNAVAILABLE. */
  implementation?: 'auto' | Variant;
  /** Where the service runs. 'auto' (default): a worker on a browser page, in place elsewhere. */
  host?: 'auto' | 'inline' | 'worker';
  wasm?: WasmOption | undefined;
}

/** Which implementation answers, and why the better ones were passed over. Before `ready()` it is the plan (`loaded: false`). */
export interface ServiceInfo {
  service: ServiceName;
  variant: Variant;
  loaded: boolean;
  host: 'inline' | 'worker';
  threads: number;
  reason: string;
  rejected: { variant: Variant; reason: string }[];
  /** Why it answers by less than it began with: after faults, until a later try succeeds. Left out while it does not. */
  degraded?: string;
  engine?: string;
  version?: string;
  journalMode?: string;
  /** SQLite: the options that the engine was compiled with, as PRAGMA compile_options gives them. */
  options?: readonly string[];
  index?: string;
}

export interface Service {
  readonly info: ServiceInfo;
  /** Resolves when the service is loaded; every call waits for it by itself. */
  ready(): Promise<void>;
  dispose(): Promise<void>;
  /** `dispose`, for `await using`. Not there where the host lacks the symbol (Safari): call `dispose()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** One finished call of a service. */
export interface CallRecord {
  service: ServiceName;
  operation: string;
  /** By the host's monotonic clock. */
  durationMs: number;
  /** Who answered. */
  variant: Variant;
  /** The code it failed with. */
  error?: string;
  /** Of a batch: how many things it was made of. */
  items?: number | undefined;
  /** SQLite: the statement as its caller wrote it, without its parameters. It may hold literals: nothing of this package shows or keeps it unless it is asked to. */
  statement?: string | undefined;
}

/** Something worth telling. */
export interface ServiceEvent {
  type: 'load' | 'ready' | 'fallback' | 'error' | 'recovery' | 'restart' | 'slow-call' | 'memory-pressure' | 'dispatch' | 'dispose';
  service?: ServiceName;
  message: string;
  data?: Record<string, unknown>;
}

/** Where a service reports what it does; the manager supplies it, the tracker and observability listen. */
export interface ServiceSink {
  call(record: CallRecord): void;
  event(event: ServiceEvent): void;
}

/** What could be better, with the figures that say so. */
export interface Recommendation {
  severity: 'info' | 'warning' | 'critical';
  message: string;
  evidence: Record<string, unknown>;
}

/** Which implementation would answer a call, and why. */
export interface Explanation {
  implementation: Variant;
  reason: string;
  /** By the cost model, scaled to this host as far as it was measured; left out where nothing is estimated. */
  estimatedMs: Partial<Record<Variant, number>>;
}
