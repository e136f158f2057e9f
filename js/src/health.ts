/** What the manager knows of its services, judged. Pure but for the checks themselves, which are one small real call each. */
import { ServiceError } from './errors.js';
import { host } from './host/index.js';
import type { ServiceInfo, Variant } from './types.js';

export interface HealthStatus {
  /** The worst of the services. */
  overall: 'healthy' | 'degraded' | 'unhealthy';
  services: Record<string, {
    /** 'degraded': it answers, but not by the implementation it would take if nothing had failed; `lastError` says why. */
    state: 'idle' | 'ready' | 'degraded' | 'failed' | 'disposed';
    variant?: Variant;
    /** Failed calls of all calls, 0..1. */
    errorRate: number;
    lastError?: string;
    /** How often a better implementation was given up; left out while that never happened. */
    fallbacks?: number;
    /** For how long the service has been degraded now, milliseconds. */
    degradedForMs?: number;
  }>;
  memory: {
    /** Bytes held by all services: WASM, JS and worker memory together. */
    wasmMemoryUsage: number;
    perService: Record<string, number>;
    /** The most that each service was seen with; looked at when it is asked for, and now and then while calls are made. */
    highWater?: Record<string, number>;
    /** Bytes of this thread's heap, where the host tells. */
    jsHeapUsage: number | null;
    /** What it may grow to, where the host tells. */
    jsHeapLimit: number | null;
    /** By the largest service (one WebAssembly memory ends at 4 GiB; 'medium' from 1 GiB, 'high' from 3 GiB), and by the heap ('medium' from 75 % of its limit, 'high' from 90 %). */
    memoryPressure: 'low' | 'medium' | 'high';
  };
  /** Who listens to events: one that grows is a leak. */
  listeners?: number;
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
  /** How often, and since when by the host's clock. */
  fallbacks?: number;
  degradedAt?: number;
  lastError?: string;
  /** It was disposed of, and was not asked for since. */
  disposed?: boolean;
  check?(): Promise<void>;
  /** Of the results that it keeps. */
  cache?: { hits: number; misses: number; entries?: number };
}

const GIB = 2 ** 30;

/** A service that is stuck, or behind a call of many seconds, does not answer in time; milliseconds. */
const CHECK_MS = 5000;

type Checks = HealthCheckResult['checks'];

/**
 * What the services' calls and events say; nothing is called.
 * @param services by name; undefined for those that nobody asked for yet
 */
export function healthOf(services: Record<string, Observed | undefined>, checks: Checks = {}): HealthStatus {
  const result: HealthStatus = {
    overall: 'healthy', services: {},
    memory: { wasmMemoryUsage: 0, perService: {}, jsHeapUsage: host.jsHeapBytes(), jsHeapLimit: host.jsHeapLimit(), memoryPressure: 'low' },
  };
  for (const [name, service] of Object.entries(services)) {
    if (!service?.info.loaded || service.disposed) {
      result.services[name] = { state: service?.disposed ? 'disposed' : 'idle', errorRate: 0 };
      continue;
    }
    const { info, calls, errors, fallback, fallbacks = 0, degradedAt, lastError, memoryBytes } = service;
    const check = checks[name];
    const failed = check?.ok === false;
    const why = failed ? check.error : fallback ?? lastError;
    result.services[name] = {
      state: failed ? 'failed' : fallback !== undefined ? 'degraded' : 'ready', variant: info.variant,
      errorRate: calls === 0 ? 0 : errors / calls, ...(why !== undefined && { lastError: why }), ...(fallbacks > 0 && { fallbacks }),
      ...(fallback !== undefined && degradedAt !== undefined && { degradedForMs: host.now() - degradedAt }),
    };
    result.memory.perService[name] = memoryBytes;
    result.memory.wasmMemoryUsage += memoryBytes;
  }
  const states = Object.values(result.services).map((service) => service.state);
  if (states.includes('failed')) result.overall = 'unhealthy';
  else if (states.includes('degraded')) result.overall = 'degraded';
  result.memory.memoryPressure = pressureOf(result.memory).level;
  return result;
}

/** The level, and what makes it so. */
export function pressureOf({ perService, jsHeapUsage, jsHeapLimit }: Pick<HealthStatus['memory'], 'perService' | 'jsHeapUsage' | 'jsHeapLimit'>): { level: 'low' | 'medium' | 'high'; why: string; evidence: Record<string, unknown> } {
  const [service, bytes] = Object.entries(perService).reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
  const share = jsHeapUsage !== null && jsHeapLimit !== null ? jsHeapUsage / jsHeapLimit : 0;
  const heap = { why: `the JavaScript heap holds ${Math.round(100 * share)} % of its limit: keep fewer objects, or give the process a larger one (--max-old-space-size)`, evidence: { jsHeapUsage, jsHeapLimit } };
  const wasm = { why: `${service} holds ${(bytes / GIB).toFixed(1)} GiB, and one WebAssembly memory ends at 4 GiB: remove what is not needed and compact(), or spread it over several instances`, evidence: { service, bytes, mostBytes: 4 * GIB } };
  for (const [level, gib, part] of [['high', 3, 0.9], ['medium', 1, 0.75]] as const) {
    if (bytes >= gib * GIB) return { level, ...wasm };
    if (share >= part) return { level, ...heap };
  }
  return { level: 'low', why: '', evidence: {} };
}

/**
 * One small real call on every loaded service, all at once, and what the services' calls and events say.
 * @param mostMs a service that has not answered by then has failed
 */
export async function checkHealth(services: Record<string, Observed | undefined>, mostMs = CHECK_MS): Promise<HealthCheckResult> {
  const checks: Checks = {};
  await Promise.all(Object.entries(services).map(async ([name, service]) => {
    if (service?.info.loaded && service.check) checks[name] = await timed(service.check, mostMs);
  }));
  return { ...healthOf(services, checks), checks };
}

async function timed(check: () => Promise<void>, mostMs: number): Promise<{ ok: boolean; durationMs: number; error?: string }> {
  const began = host.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ServiceError('TIMEOUT', `no answer within ${mostMs} ms: the service is stuck, or behind a call that takes longer; wait for the calls under way, or give them timeoutMs`)), mostMs);
  });
  try {
    await Promise.race([check(), late]);
    return { ok: true, durationMs: host.now() - began };
  } catch (error) {
    return { ok: false, durationMs: host.now() - began, error: (error as Error).message };
  } finally {
    clearTimeout(timer);
  }
}
