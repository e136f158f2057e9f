/** Entry 'wasm-services/observability': what `wasmServices` tells of itself. Pulls in no service; without them it answers that nothing runs. */
import { wasmObservability as shared } from './observability/index.js';
import type { WASMObservabilityIntegration } from './observability/types.js';

/** Of `wasmServices`; answers before `initialize()` too. */
export const wasmObservability: WASMObservabilityIntegration = shared;
export { ServiceError } from './errors.js';
export type { HealthCheckResult, HealthStatus } from './health.js';
export type { ObservabilityEvent, ObservabilitySnapshot, PerformanceReport, WASMObservabilityIntegration } from './observability/types.js';
export type { OperationMetrics, PerformanceMetrics, WASMPerformanceTracker } from './performance/tracker.js';
export type { CallRecord, Recommendation } from './types.js';
