/**
 * How long calls took, by operation and implementation. One record costs two look-ups and no allocation; percentiles are worked out when they
 * are asked for.
 *
 * - A time below what the clock resolves is null, never 0.
 * - What is no latency is counted and left out of every time: a clock that went back, a call during which the page was hidden, and what
 *   took longer than ten minutes by the clock (the machine slept).
 * - A batch is one call: its time is the batch's. How many items it had is told beside it.
 */
import { host } from '../host/index.js';
import type { CallRecord, Variant } from '../types.js';
import { hostClock, measureResolution, type Clock } from './clock.js';
import { Histogram, type HistogramData } from './histogram.js';

export interface OperationMetrics {
  count: number;
  errors: number;
  totalMs: number;
  /** Milliseconds, within 1/32; null: below the clock's resolution. */
  p50: number | null;
  p95: number | null;
  p99: number | null;
  maxMs: number | null;
  /** Over all calls: what single calls are too short for, many tell. Null: still below the clock's resolution. */
  meanMs: number | null;
  /** Calls by who answered them; 'app' is the caller's own code. */
  implementations: Record<string, number>;
  /** Things that batches were made of (vectors, queries, rows); 0 where the operation is no batch. */
  items: number;
  /** Calls that have no time: the clock went back, the page was hidden or the machine slept meanwhile. */
  interrupted: number;
}

export interface PerformanceMetrics {
  /** Calls of services that WebAssembly answered, and JavaScript; loading (`ready`) is neither. */
  wasmCallCount: number;
  jsCallCount: number;
  /** Milliseconds a call; 0 without calls. Where all of them together stayed below the clock's resolution it is that resolution: they took less. */
  averageWASMTime: number;
  averageJSTime: number;
  /** What the clock can resolve here, ms; a time below it is reported as null, never as 0. Infinity: it stands still. */
  clockResolution: number;
  operations: Record<string, OperationMetrics>;
}

export interface WASMPerformanceTracker {
  getMetrics(): PerformanceMetrics;
  /**
   * Times one call of the caller's own under a name. Gives what `fn` gives, or rejects with what it threw.
   *
   * ```ts
   * const results = await tracker.track('search page', () => render(query));
   * await tracker.track('import', () => importAll(rows), { items: rows.length });
   * ```
   * @param options `items`: how many things a batch is made of. At most 200 names are told apart; the rest is 'other'.
   */
  track<T>(operation: string, fn: () => T | Promise<T>, options?: { items?: number }): Promise<T>;
  /** Whether every call is also a User Timing measure, for DevTools and PerformanceObserver. Off until then. */
  userTiming(on: boolean): void;
  /** Histograms as plain data, by operation and implementation; `merge` takes those of another thread or process. */
  snapshot(): TrackerSnapshot;
  merge(snapshot: TrackerSnapshot): void;
  /** Forgets every call. */
  reset(): void;
}

export type TrackerSnapshot = Record<string, { errors: number; items: number; interrupted: number; service: boolean; implementations: Record<string, HistogramData> }>;

const MOST_NAMES = 200;
/** No call takes so long: the machine slept. Milliseconds. */
const SLEPT = 600_000;
const APP = 'app';

class Operation {
  errors = 0;
  items = 0;
  interrupted = 0;
  readonly names: string[] = [];
  readonly histograms: Histogram[] = [];
  /** Of calls without a time, by the same places. */
  readonly untimed: number[] = [];

  constructor(readonly name: string, readonly service: boolean) {}

  /** The place of an implementation. */
  place(implementation: string, resolution: number): number {
    const known = this.names.indexOf(implementation);
    if (known >= 0) return known;
    this.histograms.push(new Histogram(resolution));
    this.untimed.push(0);
    return this.names.push(implementation) - 1;
  }
}

export class PerformanceTracker implements WASMPerformanceTracker {
  readonly #clock: Clock;
  /** Measured before the first call is counted: nothing happens at import. */
  #resolution: number | undefined;
  #canHide = true;
  #measures = false;
  readonly #byService = new Map<string, Map<string, Operation>>();
  readonly #own = new Map<string, Operation>();

  constructor(clock: Clock = hostClock) {
    this.#clock = clock;
  }

  get resolution(): number { return this.#resolution ?? this.#begin(); }

  #begin(): number {
    this.#canHide = this.#clock.canHide ?? true;
    return (this.#resolution = measureResolution(() => this.#clock.now()));
  }

  /** One call of a service. Gives whether another implementation than before answered this operation for the first time. */
  record(call: CallRecord): boolean {
    let operations = this.#byService.get(call.service);
    if (operations === undefined) this.#byService.set(call.service, operations = new Map());
    let operation = operations.get(call.operation);
    if (operation === undefined) operations.set(call.operation, operation = new Operation(`${call.service}.${call.operation}`, true));
    const known = operation.names.length;
    this.#count(operation, call.variant, call.durationMs, call.error !== undefined, call.items);
    return known > 0 && operation.names.length > known;
  }

  async track<T>(name: string, fn: () => T | Promise<T>, { items }: { items?: number } = {}): Promise<T> {
    const operation = this.#named(String(name));
    const began = this.#clock.now();
    let failed = true;
    try {
      const value = await fn();
      failed = false;
      return value;
    } finally {
      this.#count(operation, APP, this.#clock.now() - began, failed, items);
    }
  }

  #named(name: string): Operation {
    const known = this.#own.get(name);
    if (known) return known;
    if (this.#own.size >= MOST_NAMES && name !== 'other') return this.#named('other');
    const made = new Operation(name, false);
    this.#own.set(name, made);
    return made;
  }

  #count(operation: Operation, implementation: string, ms: number, failed: boolean, items: number | undefined): void {
    const place = operation.place(implementation, this.#resolution ?? this.resolution);
    if (failed) operation.errors++;
    if (items !== undefined) operation.items += items;
    // A NaN is no time either.
    if (!(ms >= 0 && ms < SLEPT) || (this.#canHide && this.#hidden(ms))) {
      operation.interrupted++;
      operation.untimed[place]++;
      return;
    }
    operation.histograms[place].record(ms);
    if (this.#measures) host.measure(`wasm-services ${operation.name}`, this.#clock.now() - ms, ms);
  }

  #hidden(ms: number): boolean {
    const until = this.#clock.hiddenUntil();
    return until !== -Infinity && until > this.#clock.now() - ms;
  }

  /** The caller's own come first: where names are the same, the service's is told. */
  *#operations(): Iterable<Operation> {
    yield* this.#own.values();
    for (const operations of this.#byService.values()) yield* operations.values();
  }

  getMetrics(): PerformanceMetrics {
    const metrics: PerformanceMetrics = { wasmCallCount: 0, jsCallCount: 0, averageWASMTime: 0, averageJSTime: 0, clockResolution: this.resolution, operations: {} };
    const timed = { wasm: new Sum(), js: new Sum() };
    for (const operation of this.#operations()) {
      const all = this.#all(operation);
      const { errors, items, interrupted, names, histograms, untimed, service } = operation;
      const implementations: Record<string, number> = {};
      names.forEach((name, i) => {
        const calls = histograms[i].count + untimed[i];
        implementations[name] = calls;
        if (!service || operation.name.endsWith('.ready')) return;
        if (name === 'js') metrics.jsCallCount += calls; else metrics.wasmCallCount += calls;
        timed[name === 'js' ? 'js' : 'wasm'].add(histograms[i]);
      });
      define(metrics.operations, operation.name, {
        count: all.count + untimed.reduce((sum, n) => sum + n, 0), errors, totalMs: all.totalMs,
        p50: all.percentile(0.5), p95: all.percentile(0.95), p99: all.percentile(0.99),
        maxMs: all.maxMs < this.resolution ? null : all.maxMs, meanMs: all.count === 0 || all.totalMs < this.resolution ? null : all.totalMs / all.count, implementations, items, interrupted,
      });
    }
    metrics.averageWASMTime = timed.wasm.average(this.resolution);
    metrics.averageJSTime = timed.js.average(this.resolution);
    return metrics;
  }

  /** The histogram of an operation over all implementations. */
  #all({ histograms }: Operation): Histogram {
    if (histograms.length === 1) return histograms[0];
    const all = new Histogram(this.resolution);
    for (const histogram of histograms) all.merge(histogram);
    return all;
  }

  /** For exporters: by operation and implementation. */
  *series(): Iterable<{ operation: string; service: boolean; implementation: string; histogram: Histogram; untimed: number; errors: number }> {
    for (const { name, service, names, histograms, untimed, errors } of this.#operations()) {
      for (const [i, implementation] of names.entries()) yield { operation: name, service, implementation, histogram: histograms[i], untimed: untimed[i], errors };
    }
  }

  /** What an implementation took for an operation of a service; undefined where it was never called. */
  measured(service: string, operation: string): Partial<Record<Variant, { count: number; p50: number | null }>> {
    const found = this.#byService.get(service)?.get(operation);
    return Object.fromEntries((found?.names ?? []).map((name, i) => [name, { count: found!.histograms[i].count, p50: found!.histograms[i].percentile(0.5) }]));
  }

  /** Of an operation of a service so far, whoever answered. */
  typical(service: string, operation: string): { count: number; p95: number | null } {
    const found = this.#byService.get(service)?.get(operation);
    const all = found && this.#all(found);
    return { count: all?.count ?? 0, p95: all?.percentile(0.95) ?? null };
  }

  userTiming(on: boolean): void { this.#measures = on; }

  snapshot(): TrackerSnapshot {
    const made: TrackerSnapshot = {};
    for (const { name, errors, items, interrupted, service, names, histograms } of this.#operations()) {
      define(made, name, { errors, items, interrupted, service, implementations: Object.fromEntries(names.map((of, i) => [of, histograms[i].toJSON()])) });
    }
    return made;
  }

  merge(snapshot: TrackerSnapshot): void {
    for (const [name, { errors, items, interrupted, service, implementations }] of Object.entries(snapshot)) {
      const operation = service ? this.#serviceOperation(name) : this.#named(name);
      operation.errors += errors;
      operation.items += items;
      operation.interrupted += interrupted;
      for (const [implementation, data] of Object.entries(implementations)) operation.histograms[operation.place(implementation, this.resolution)].merge(Histogram.from(data));
    }
  }

  #serviceOperation(name: string): Operation {
    const [service, operation] = name.split('.', 2);
    let operations = this.#byService.get(service);
    if (operations === undefined) this.#byService.set(service, operations = new Map());
    let found = operations.get(operation);
    if (found === undefined) operations.set(operation, found = new Operation(name, true));
    return found;
  }

  reset(): void {
    this.#byService.clear();
    this.#own.clear();
  }
}

class Sum {
  #count = 0;
  #total = 0;
  add({ count, totalMs }: Histogram): void {
    this.#count += count;
    this.#total += totalMs;
  }
  average(resolution: number): number {
    if (this.#count === 0) return 0;
    return this.#total === 0 ? resolution : this.#total / this.#count;
  }
}

/** An own property whatever its name: '__proto__' is a name like others. */
function define<T>(into: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true });
}
