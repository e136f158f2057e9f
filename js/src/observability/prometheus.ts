/**
 * Prometheus text exposition, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). Every label takes its values from
 * fixed sets: operations, services, implementations and event types of this package. What callers name themselves (`track`), SQL and ids
 * are in none, so a series can not appear per query.
 */
import type { HealthStatus, Observed } from '../health.js';
import type { PerformanceTracker } from '../performance/tracker.js';

interface Exposed {
  tracker: PerformanceTracker;
  health: HealthStatus;
  observed: Record<string, Observed | undefined>;
  eventCounts: Record<string, number>;
}

/** Buckets end at octaves of milliseconds, where the histograms have edges: 0.125 ms to 16.4 s. */
const FIRST_OCTAVE = -3;
const LAST_OCTAVE = 14;
const STATES = ['idle', 'ready', 'degraded', 'failed', 'disposed'];

type Labels = Record<string, string>;
const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const line = (name: string, labels: Labels, value: number): string => {
  const list = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
  return `${name}${list ? `{${list}}` : ''} ${value === Infinity ? '+Inf' : value}`;
};

export function prometheus({ tracker, health, observed, eventCounts }: Exposed): string {
  const out: string[] = [];
  const family = (name: string, type: 'counter' | 'gauge' | 'histogram', help: string, lines: string[]): void => {
    if (lines.length > 0) out.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines);
  };
  const series = [...tracker.series()].filter(({ service }) => service);
  const labelsOf = ({ operation, implementation }: { operation: string; implementation: string }): Labels => ({ operation, implementation });
  const errors = new Map(series.map(({ operation, errors: n }) => [operation, n]));

  family('wasm_services_calls_total', 'counter', 'Calls by operation and by the implementation that answered.', series.map((one) => line('wasm_services_calls_total', labelsOf(one), one.histogram.count + one.untimed)));
  family('wasm_services_call_errors_total', 'counter', 'Calls that failed, by operation.', [...errors].map(([operation, n]) => line('wasm_services_call_errors_total', { operation }, n)));
  family('wasm_services_call_duration_seconds', 'histogram', 'How long calls took; those that the page or machine slept through are left out.', series.flatMap((one) => {
    const labels = labelsOf(one), name = 'wasm_services_call_duration_seconds';
    const buckets = Array.from({ length: LAST_OCTAVE - FIRST_OCTAVE + 1 }, (_, i) => {
      const octave = FIRST_OCTAVE + i;
      return line(`${name}_bucket`, { ...labels, le: String(2 ** octave / 1000) }, one.histogram.under(octave));
    });
    return [...buckets, line(`${name}_bucket`, { ...labels, le: '+Inf' }, one.histogram.count), line(`${name}_sum`, labels, one.histogram.totalMs / 1000), line(`${name}_count`, labels, one.histogram.count)];
  }));
  family('wasm_services_clock_resolution_seconds', 'gauge', 'What the clock resolves; shorter calls are in the first bucket above it.', [line('wasm_services_clock_resolution_seconds', {}, tracker.resolution / 1000)]);
  family('wasm_services_events_total', 'counter', 'Events by type.', Object.entries(eventCounts).map(([type, n]) => line('wasm_services_events_total', { type }, n)));
  family('wasm_services_service_state', 'gauge', '1 for the state that a service is in.', Object.entries(health.services).flatMap(([service, { state }]) => STATES.map((one) => line('wasm_services_service_state', { service, state: one }, Number(one === state)))));
  family('wasm_services_fallbacks_total', 'counter', 'How often a service gave a better implementation up.', Object.entries(health.services).map(([service, { fallbacks = 0 }]) => line('wasm_services_fallbacks_total', { service }, fallbacks)));
  const { perService, highWater = {}, jsHeapUsage, jsHeapLimit } = health.memory;
  const bytes = (name: string, of: Record<string, number>): string[] => Object.entries(of).map(([service, n]) => line(name, { service }, n));
  family('wasm_services_memory_bytes', 'gauge', 'WebAssembly, JavaScript and worker memory of a service.', bytes('wasm_services_memory_bytes', perService));
  family('wasm_services_memory_high_water_bytes', 'gauge', 'The most that a service was seen with.', bytes('wasm_services_memory_high_water_bytes', highWater));
  const cached = Object.entries(observed).flatMap(([service, one]) => (one?.cache ? [[service, one.cache] as const] : []));
  family('wasm_services_cache_requests_total', 'counter', 'Queries that asked for the result cache.', cached.flatMap(([service, { hits, misses }]) => [
    line('wasm_services_cache_requests_total', { service, result: 'hit' }, hits), line('wasm_services_cache_requests_total', { service, result: 'miss' }, misses),
  ]));
  if (jsHeapUsage !== null) family('wasm_services_js_heap_bytes', 'gauge', 'The heap of this thread.', [line('wasm_services_js_heap_bytes', {}, jsHeapUsage)]);
  if (jsHeapLimit !== null) family('wasm_services_js_heap_limit_bytes', 'gauge', 'What that heap may grow to.', [line('wasm_services_js_heap_limit_bytes', {}, jsHeapLimit)]);
  family('wasm_services_listeners', 'gauge', 'Listeners of events.', [line('wasm_services_listeners', {}, health.listeners ?? 0)]);
  return `${out.join('\n')}\n`;
}
