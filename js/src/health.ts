/** What the manager knows of its services, judged. Pure but for the checks themselves, which are one small real call each. */
import { host } from './host/index.js';
import type { ServiceInfo, Variant } from './types.js';

export interface HealthStatus {
  /** The worst of the services. */
  overall: 'healthy' | 'degraded' | 'unhealthy';
  services: Record<string, {
    /** 'degraded': it answers, but not by the implementation it would take if nothing had failed; `lastError` says why. */
    state: 'idle' | 'ready' | 'degraded' | 'failed';
    variant?: Variant;
    /** Failed calls of all calls, 0..1. */
    errorRate: number;
    lastError?: string;
  }>;
  memory: {
    /** Bytes held by all services: WASM, JS and worker memory together. */
    wasmMemoryUsage: number;
    perService: Record<string, number>;
    /** Bytes of this thread's heap, where the host tells. */
    jsHeapUsage: number | null;
    /** By the largest service: one WebAssembly memory ends at 4 GiB; 'medium' from 1 GiB, 'high' from 3 GiB. */
    memoryPressure: 'low' | 'medium' | 'high';
  };
}

/** `checks`: one small real call on every loaded service, and whether its answer was right. */
export interface HealthCheckResult extends HealthStatus {
  checks: Record<string, { ok: boolean; durationMs: number; error?: string }>;
}

export interface Observed {
  info: ServiceInfo;
  calls: number;
  errors: number;
  memoryBytes: number;
  /** Why a better implementation was given up, if one was. */
  fallback?: string;
  lastError?: string;
  check?(): Promise<void>;
}

const GIB = 2 ** 30;

/** @param services by name; undefined for those that nobody asked for yet */
export async function checkHealth(services: Record<string, Observed | undefined>): Promise<HealthCheckResult> {
  const result: HealthCheckResult = {
    overall: 'healthy', services: {}, checks: {},
    memory: { wasmMemoryUsage: 0, perService: {}, jsHeapUsage: host.jsHeapBytes(), memoryPressure: 'low' },
  };
  for (const [name, service] of Object.entries(services)) {
    if (!service?.info.loaded) {
      result.services[name] = { state: 'idle', errorRate: 0 };
      continue;
    }
    const { info, calls, errors, fallback, lastError, memoryBytes } = service;
    const check = service.check && await timed(service.check);
    if (check) result.checks[name] = check;
    const failed = check?.ok === false;
    const why = failed ? check.error : fallback ?? lastError;
    result.services[name] = {
      state: failed ? 'failed' : fallback !== undefined ? 'degraded' : 'ready', variant: info.variant,
      errorRate: calls === 0 ? 0 : errors / calls, ...(why !== undefined && { lastError: why }),
    };
    result.memory.perService[name] = memoryBytes;
    result.memory.wasmMemoryUsage += memoryBytes;
  }
  const states = Object.values(result.services).map((service) => service.state);
  if (states.includes('failed')) result.overall = 'unhealthy';
  else if (states.includes('degraded')) result.overall = 'degraded';
  const largest = Math.max(0, ...Object.values(result.memory.perService));
  result.memory.memoryPressure = largest >= 3 * GIB ? 'high' : largest >= GIB ? 'medium' : 'low';
  return result;
}

async function timed(check: () => Promise<void>): Promise<{ ok: boolean; durationMs: number; error?: string }> {
  const began = host.now();
  try {
    await check();
    return { ok: true, durationMs: host.now() - began };
  } catch (error) {
    return { ok: false, durationMs: host.now() - began, error: (error as Error).message };
  }
}
