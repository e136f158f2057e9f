/** What observability tells. */
import type { WASMCapabilities } from '../capabilities/types.js';
import type { HealthStatus } from '../health.js';
import type { PerformanceMetrics, TrackerSnapshot } from '../performance/tracker.js';
import type { CallRecord, Recommendation, ServiceEvent, ServiceInfo } from '../types.js';

export interface ObservabilityEvent extends ServiceEvent {
  /** Milliseconds since 1970. */
  time: number;
}

export interface PerformanceReport {
  /** ISO 8601. */
  generatedAt: string;
  capabilities: WASMCapabilities;
  metrics: PerformanceMetrics;
  health: HealthStatus;
  /** What each service that was asked for runs on. */
  services: Record<string, ServiceInfo>;
  /** What could be better, each with the figures that say so. */
  recommendations: Recommendation[];
  /** The last events, oldest first; none with `enableObservability: false`. */
  events: ObservabilityEvent[];
}

/** Everything as plain data: for a log, a file, or another process to `merge`. */
export interface ObservabilitySnapshot {
  /** Of this form of it. */
  version: 1;
  takenAt: string;
  health: HealthStatus;
  calls: TrackerSnapshot;
  /** How many there were, by type. */
  eventCounts: Record<string, number>;
  events: ObservabilityEvent[];
}

export interface WASMObservabilityIntegration {
  /** What the services' calls, events and memory say; nothing is called. `healthCheck()` of the manager calls every loaded service. */
  getHealthStatus(): Promise<HealthStatus>;
  generatePerformanceReport(): Promise<PerformanceReport>;
  /**
   * Every event from now on: loads, fallbacks, errors, recoveries, slow calls, memory pressure.
   *
   * Listeners hear it right after the work that caused it, one after another; what one throws reaches nobody but the others, as an event.
   * @returns stops it
   * @example
   * const stop = wasmObservability.on(({ type, message }) => { if (type === 'fallback') report(message); });
   */
  on(listener: (event: ObservabilityEvent) => void): () => void;
  /**
   * The same as an async iterator; it ends when the signal fires. Of events that are not asked for in time the last 1000 are kept;
   * the next one says in `data.missed` how many were not.
   * @example
   * for await (const event of wasmObservability.events(controller.signal)) log(event);
   */
  events(signal?: AbortSignal): AsyncIterableIterator<ObservabilityEvent>;
  /** The last 200 events, oldest first. */
  recentEvents(): ObservabilityEvent[];
  /** Every finished call of a service, for exporters; costs nothing while nobody listens. @returns stops it */
  onCall(listener: (call: CallRecord) => void): () => void;
  /** Prometheus text exposition, version 0.0.4. Labels are names of this package's operations, services and implementations alone. */
  toPrometheus(): string;
  snapshot(): ObservabilitySnapshot;
}
