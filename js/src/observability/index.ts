/**
 * What a manager's services tell, kept together: calls go to the tracker, events to whoever listens, memory is looked at now and then. The
 * manager hands each service this as its sink and answers what is asked of the services (`Source`); services know nothing of it.
 */
import { detectCapabilities } from '../capabilities/detect.js';
import { healthOf, pressureOf, type HealthStatus, type Observed } from '../health.js';
import { host } from '../host/index.js';
import { PerformanceTracker } from '../performance/tracker.js';
import type { CallRecord, Recommendation, ServiceEvent, ServiceSink } from '../types.js';
import { prometheus } from './prometheus.js';
import { recommend } from './recommend.js';
import { EventStream } from './stream.js';
import type { ObservabilityEvent, ObservabilitySnapshot, PerformanceReport, WASMObservabilityIntegration } from './types.js';

/** What is asked of the manager. */
export interface Source {
  /** By name; undefined for services that nobody asked for yet. */
  observed(): Record<string, Observed | undefined>;
  /** What a service would advise, from what it holds; what fails is passed over. */
  advice(): Promise<Recommendation[]>;
}

const NOBODY: Source = { observed: () => ({}), advice: () => Promise.resolve([]) };

/** A call is slow from a second on, or from this on where it takes so many times its operation's p95. */
const SLOW_MS = 1000;
const ODD_MS = 100;
const ODD_TIMES = 5;
const ODD_CALLS = 20;
/** An operation's slow calls are told once in so many milliseconds, with how many there were. */
const TELL_MS = 10_000;
/** Memory is looked at after so many calls, and not more often than this. */
const LOOK_CALLS = 1024;
const LOOK_MS = 10_000;
const LEVELS = ['low', 'medium', 'high'];

export class Observability implements WASMObservabilityIntegration, ServiceSink {
  readonly tracker: PerformanceTracker;
  readonly #stream = new EventStream();
  readonly #callListeners = new Set<(call: CallRecord) => void>();
  readonly #slow = new Map<string, { until: number; more: number }>();
  /** The most memory that a service was seen with. */
  readonly #highWater = new Map<string, number>();
  #source = NOBODY;
  #enabled = true;
  #calls = 0;
  #lookedAt = -Infinity;
  #pressure = 'low';
  #channels: { call: ReturnType<typeof host.channel>; event: ReturnType<typeof host.channel> } | undefined;

  constructor(tracker = new PerformanceTracker()) {
    this.tracker = tracker;
  }

  /** The manager whose services these are. */
  attach(source: Source): void { this.#source = source; }

  /** At each `initialize()`. Without it calls are still counted and listeners still hear; events are not kept, memory and slow calls not watched, and the host's diagnostics not told. */
  enable(on: boolean): void {
    this.#enabled = on;
    this.#stream.keeps = on;
    this.#channels ??= on ? { call: host.channel('wasm-services:call'), event: host.channel('wasm-services:event') } : undefined;
  }

  // ── what services tell ──

  call(record: CallRecord): void {
    if (this.tracker.record(record) && this.#enabled) {
      this.event({ type: 'dispatch', service: record.service, message: `${record.service}.${record.operation}: ${record.variant} answers calls too; explain() says which and why`, data: { operation: record.operation, implementation: record.variant } });
    }
    if (this.#callListeners.size > 0) for (const listener of this.#callListeners) this.#hand(listener, record);
    if (!this.#enabled) return;
    if (record.durationMs >= ODD_MS) this.#slowCall(record);
    if (++this.#calls % LOOK_CALLS === 0) this.#look(LOOK_MS);
    const channel = this.#channels?.call;
    if (channel?.hasSubscribers) {
      // Whoever subscribes to a channel has not asked for the text of queries.
      const { statement: _, ...told } = record;
      channel.publish(told);
    }
  }

  event(event: ServiceEvent): void {
    this.#stream.emit(event);
    if (!this.#enabled) return;
    const channel = this.#channels?.event;
    if (channel?.hasSubscribers) channel.publish({ ...event, time: Date.now() });
    if (event.type === 'ready' || event.type === 'recovery' || event.type === 'restart') this.#look(LOOK_MS);
  }

  #hand(listener: (call: CallRecord) => void, record: CallRecord): void {
    try { listener(record); } catch (error) {
      this.#callListeners.delete(listener);
      this.event({ type: 'error', message: `a listener of calls threw and is left out from now on: ${(error as Error)?.message ?? String(error)}`, data: { listener: true } });
    }
  }

  #slowCall({ service, operation, durationMs, error }: CallRecord): void {
    // Loading takes as long as the network does.
    if (operation === 'ready') return;
    const name = `${service}.${operation}`;
    const { p95, count } = this.tracker.typical(service, operation);
    if (durationMs < SLOW_MS && !(count >= ODD_CALLS && p95 !== null && durationMs >= ODD_TIMES * p95)) return;
    const now = host.now();
    const last = this.#slow.get(name);
    if (last && now < last.until) { last.more++; return; }
    this.#slow.set(name, { until: now + TELL_MS, more: 0 });
    this.event({
      type: 'slow-call', service, message: `${name} took ${Math.round(durationMs)} ms${p95 === null ? '' : ` (p95 so far ${p95.toPrecision(2)} ms)`}${error ? `, and failed with ${error}` : ''}`,
      data: { operation, durationMs, p95, ...(last && last.more > 0 && { untold: last.more }) },
    });
  }

  #look(atLeastMs: number): void {
    const now = host.now();
    if (now - this.#lookedAt < atLeastMs) return;
    this.#lookedAt = now;
    // Not within a call.
    queueMicrotask(() => { this.#healthNow(); });
  }

  // ── what is asked ──

  #healthNow(): HealthStatus {
    const observed = this.#source.observed();
    for (const [name, service] of Object.entries(observed)) {
      if (service && service.memoryBytes > (this.#highWater.get(name) ?? 0)) this.#highWater.set(name, service.memoryBytes);
    }
    const health = healthOf(observed);
    health.memory.highWater = Object.fromEntries([...this.#highWater]);
    health.listeners = this.#stream.listeners;
    const { level, why, evidence } = pressureOf(health.memory);
    if (this.#enabled && LEVELS.indexOf(level) > LEVELS.indexOf(this.#pressure)) this.event({ type: 'memory-pressure', message: `memory pressure is ${level}: ${why}`, data: { level, ...evidence } });
    this.#pressure = level;
    return health;
  }

  /** Adds to a health check what only this knows. */
  complete<T extends HealthStatus>(health: T): T {
    const { memory: { highWater }, listeners } = this.#healthNow();
    return Object.assign(health, { memory: { ...health.memory, highWater }, listeners });
  }

  getHealthStatus(): Promise<HealthStatus> {
    return Promise.resolve().then(() => this.#healthNow());
  }

  async generatePerformanceReport(): Promise<PerformanceReport> {
    const [capabilities, advice] = await Promise.all([detectCapabilities(), this.#source.advice()]);
    const observed = this.#source.observed();
    const metrics = this.tracker.getMetrics();
    const health = this.#healthNow();
    const services = Object.fromEntries(Object.entries(observed).flatMap(([name, service]) => (service && !service.disposed ? [[name, service.info]] : [])));
    return { generatedAt: new Date().toISOString(), capabilities, metrics, health, services, recommendations: recommend({ capabilities, metrics, health, observed, advice }), events: this.recentEvents() };
  }

  on(listener: (event: ObservabilityEvent) => void): () => void { return this.#stream.on(listener); }
  events(signal?: AbortSignal): AsyncIterableIterator<ObservabilityEvent> { return this.#stream.events(signal); }
  recentEvents(): ObservabilityEvent[] { return this.#stream.recent(); }

  onCall(listener: (call: CallRecord) => void): () => void {
    const own = (call: CallRecord): void => listener(call);
    this.#callListeners.add(own);
    return () => { this.#callListeners.delete(own); };
  }

  toPrometheus(): string {
    return prometheus({ tracker: this.tracker, health: this.#healthNow(), observed: this.#source.observed(), eventCounts: this.#stream.counts });
  }

  snapshot(): ObservabilitySnapshot {
    return { version: 1, takenAt: new Date().toISOString(), health: this.#healthNow(), calls: this.tracker.snapshot(), eventCounts: this.#stream.counts, events: this.recentEvents() };
  }
}

/** Of `wasmServices`, which attaches itself when it is imported; by itself it answers that nothing runs. */
export const wasmObservability: Observability = /* @__PURE__ */ new Observability();
