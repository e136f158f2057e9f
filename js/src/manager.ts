/**
 * The manager: makes services on demand, counts what they report, ends them. It knows services by name and no method of any.
 *
 * ```ts
 * import { wasmServices } from 'wasm-services';
 * await wasmServices.initialize({ vectorSearch: { dimensions: 384 } });
 * const vectors = wasmServices.getVectorSearch();
 * …
 * wasmServices.cleanup();
 * ```
 */
import { capabilitiesNow, detectCapabilities } from './capabilities/detect.js';
import type { WASMCapabilities } from './capabilities/types.js';
import { checkConfig, sameConfig, type WASMServicesConfig } from './config.js';
import type { ServiceContext, ServiceFactory, ServiceProbe, ThreadBudget } from './context.js';
import { ServiceError } from './errors.js';
import { checkHealth, type HealthCheckResult, type Observed } from './health.js';
import { host } from './host/index.js';
import { assertSelectable, availableVariants } from './loader/plan.js';
import { Observability, wasmObservability, type Source } from './observability/index.js';
import type { WASMObservabilityIntegration } from './observability/types.js';
import type { WASMPerformanceTracker } from './performance/tracker.js';
import { explain as explainCompute } from './services/compute/explain.js';
import { createComputeEngine } from './services/compute/index.js';
import type { ComputeWASM } from './services/compute/types.js';
import { explain as explainData } from './services/data/explain.js';
import { createDataProcessor } from './services/data/index.js';
import type { WASMDataProcessor } from './services/data/types.js';
import { advise as adviseSqlite, explain as explainSqlite } from './services/sqlite/explain.js';
import { createSQLiteUtils } from './services/sqlite/index.js';
import type { SQLiteWASMUtils } from './services/sqlite/types.js';
import { adviseService as adviseVector, explain as explainVector } from './services/vector/explain.js';
import { createVectorSearch } from './services/vector/index.js';
import type { VectorSearchWASM } from './services/vector/types.js';
import { threadBudget } from './worker/budget.js';
import type { Explanation, Recommendation, Service, ServiceInfo, ServiceName, ServiceOptions, ServiceSink, Variant } from './types.js';

export interface WASMServicesStats {
  initialized: boolean;
  uptimeMs: number;
  capabilities: WASMCapabilities;
  /** The services that were asked for, by name; `memoryBytes` counts WASM, JS and worker memory together. */
  services: Record<string, ServiceInfo & { calls: number; errors: number; memoryBytes: number }>;
}

export interface WASMServices {
  /**
   * Idempotent: concurrent calls share one start, and so does a call without configuration; one with another configuration
   * rejects with `ALREADY_INITIALIZED`. Waits for a closing that is under way.
   */
  initialize(config?: WASMServicesConfig): Promise<void>;
  /** The getters throw `NOT_INITIALIZED` before `initialize()` and `DISPOSED` after `cleanup()`. A service loads on its first use. */
  getVectorSearch(): VectorSearchWASM;
  getSQLiteUtils(): SQLiteWASMUtils;
  getComputeEngine(): ComputeWASM;
  getDataProcessor(): WASMDataProcessor;
  /** Counts and times of every call, over all lives of this instance. */
  getPerformanceTracker(): WASMPerformanceTracker;
  /** Events, health, reports. Of `wasmServices` it is `wasmObservability`, which answers before `initialize()` too. */
  getObservability(): WASMObservabilityIntegration;
  getStats(): WASMServicesStats;
  /** Runs one small real call on every loaded service and checks its answer. One that gives none within `timeoutMs` (default 5000) has failed. */
  healthCheck(options?: { timeoutMs?: number }): Promise<HealthCheckResult>;
  /**
   * Which implementation would answer this call, and why: by the cost model, and what was measured of the operation so far.
   *
   * ```ts
   * wasmServices.explain('data.aggregate', { rows: 1e5, resident: false });
   * // { implementation: 'js', reason: 'js: one loop over 100000 rows takes less than their way into columns', estimatedMs: { js: 0.32, simd: 0.23 } }
   * ```
   * @param operation a service and its method: 'vector.search', 'compute.matmul' …
   * @param shape what the call would be given: docs/observability.md lists the fields of each operation
   * @throws ServiceError INVALID_ARGUMENT for an operation or a shape that is not known
   */
  explain(operation: string, shape: Record<string, unknown>): Explanation;
  /** Frees memory, ends workers, flushes and closes storage. Returns at once; safe to call twice; `initialize()` works again afterwards. */
  cleanup(): void;
  /** The same, and resolves when everything is durable and closed. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the manager knows of a service: how it is made, and where its configuration stands. */
export interface Known {
  create: ServiceFactory;
  config: keyof WASMServicesConfig;
  /** Which implementation would answer; where it stands here, whoever takes the service without the manager has no code for it. */
  explain?(service: Service, operation: string, shape: Record<string, unknown>): Explanation;
  /** What its user could do better, from what it holds. */
  advise?(service: Service): Promise<Recommendation[]>;
}
export type Registry = Partial<Record<ServiceName, Known>>;

/** One line per service. */
const SERVICES: Registry = {
  vector: { create: createVectorSearch as ServiceFactory, config: 'vectorSearch', explain: explainVector, advise: adviseVector },
  sqlite: { create: createSQLiteUtils as ServiceFactory, config: 'sqlite', explain: explainSqlite, advise: adviseSqlite },
  compute: { create: createComputeEngine as ServiceFactory, config: 'compute', explain: explainCompute },
  data: { create: createDataProcessor as ServiceFactory, config: 'dataProcessor', explain: explainData },
};

interface Running {
  service: Service;
  probe: ServiceProbe | undefined;
  calls: number;
  errors: number;
  lastError?: string;
  /** Why it left a better implementation. */
  fallback?: string;
  /** How often it did, and since when it has been there. */
  fallbacks: number;
  degradedAt?: number;
}

function observe(running: Running | undefined): Observed | undefined {
  if (!running) return undefined;
  const { service, probe, calls, errors, lastError, fallbacks, degradedAt } = running;
  const fallback = service.info.degraded ?? running.fallback;
  return {
    info: service.info, calls, errors, memoryBytes: probe?.memoryBytes() ?? 0, ...(lastError !== undefined && { lastError }),
    ...(fallback !== undefined && { fallback }), fallbacks, ...(degradedAt !== undefined && { degradedAt }), ...(probe?.check && { check: () => probe.check!() }),
    ...(probe?.cache && { cache: probe.cache() }),
  };
}

/** What is known of a service after cleanup(). */
const goneOf = (service: ServiceName): Observed => (
  { info: { service, variant: 'js', loaded: false, host: 'inline', threads: 1, reason: 'disposed of', rejected: [] }, calls: 0, errors: 0, memoryBytes: 0, disposed: true });

/** One life from `initialize()` to `cleanup()`. */
interface Life {
  config: WASMServicesConfig;
  started: Promise<void>;
  isStarted: boolean;
  startedAt: number;
  ended: boolean;
  running: Map<ServiceName, Running>;
  /** Of the helper threads of its services together. */
  budget: ThreadBudget | undefined;
}

class Manager implements WASMServices, Source {
  readonly #registry: Registry;
  readonly #observability: Observability;
  readonly #sink: ServiceSink;
  readonly #defaults: WASMServicesConfig;
  #life: Life | undefined;
  /** Whether there was a life before: then a getter says DISPOSED instead of NOT_INITIALIZED. */
  #hadLife = false;
  #closing: Promise<void> | undefined;

  constructor(sink: ServiceSink | undefined, registry: Registry, defaults: WASMServicesConfig, observability: Observability) {
    this.#defaults = defaults;
    this.#observability = observability;
    observability.attach(this);
    this.#sink = sink ? { call: (record) => { observability.call(record); sink.call(record); }, event: (event) => { observability.event(event); sink.event(event); } } : observability;
    this.#registry = registry;
    // Safari has no Symbol.asyncDispose; there `dispose()` is the way.
    if (typeof Symbol.asyncDispose === 'symbol') Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.dispose(), configurable: true });
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;

  async initialize(config?: WASMServicesConfig): Promise<void> {
    const checked = config === undefined ? undefined : { ...this.#defaults, ...checkConfig(config) };
    const current = this.#life;
    if (current) {
      if (checked === undefined || sameConfig(checked, current.config)) return current.started;
      throw new ServiceError('ALREADY_INITIALIZED', 'initialize() was called before with another configuration: call cleanup() first, or make an instance of its own with createWASMServices()');
    }
    const life: Life = { config: checked ?? this.#defaults, started: Promise.resolve(), isStarted: false, startedAt: host.now(), ended: false, running: new Map(), budget: threadBudget() };
    this.#life = life;
    this.#observability.enable(life.config.enableObservability !== false);
    return (life.started = this.#start(life));
  }

  async #start(life: Life): Promise<void> {
    try {
      await this.#closing;
      await detectCapabilities();
      const { config } = life;
      for (const [name, { config: key }] of Object.entries(this.#registry)) {
        // One that ships no WebAssembly at all says so on its first use, to those who use it.
        if (availableVariants(name as ServiceName).length === 1) continue;
        const { implementation, wasm = config.wasm } = (config[key] ?? {}) as ServiceOptions;
        await assertSelectable(name as ServiceName, {
          ...(implementation && { implementation }), ...managerPin(config), ...(wasm !== undefined && { wasm }), requireWasm: config.requireWasm === true,
        });
      }
      if (life.ended) throw disposed();
      for (const name of config.preload ?? []) if (!this.#registry[name]) throw notInThisRelease(`the service '${name}'`);
      await Promise.all((config.preload ?? []).map((name) => this.#service(life, name).ready()));
      if (life.ended) throw disposed();
      life.isStarted = true;
    } catch (error) {
      if (life.ended) throw disposed(); // cleanup() during the start; it ends the services too
      this.#life = undefined;
      await this.#end(life);
      throw error;
    }
  }

  getVectorSearch(): VectorSearchWASM { return this.#get('vector') as VectorSearchWASM; }
  getSQLiteUtils(): SQLiteWASMUtils { return this.#get('sqlite') as SQLiteWASMUtils; }
  getComputeEngine(): ComputeWASM { return this.#get('compute') as ComputeWASM; }
  getDataProcessor(): WASMDataProcessor { return this.#get('data') as WASMDataProcessor; }

  getPerformanceTracker(): WASMPerformanceTracker {
    this.#started();
    return this.#observability.tracker;
  }

  getObservability(): WASMObservabilityIntegration {
    this.#started();
    return this.#observability;
  }

  explain(operation: string, shape: Record<string, unknown> = {}): Explanation {
    const life = this.#started();
    const [name, method] = String(operation).split('.', 2) as [ServiceName, string | undefined];
    if (!method || !this.#registry[name]) throw new ServiceError('INVALID_ARGUMENT', `explain() takes a service and its method, such as 'data.aggregate'; services are ${Object.keys(this.#registry).join(', ')}`, { detail: { field: 'operation' } });
    if (typeof shape !== 'object' || shape === null) throw new ServiceError('INVALID_ARGUMENT', "the shape must be an object, such as { rows: 1e5 }", { detail: { field: 'shape' } });
    const service = this.#service(life, name);
    const { explain } = this.#registry[name];
    if (!explain) throw new ServiceError('UNSUPPORTED', `the service '${name}' can not say which implementation would answer: its \`info\` says which does`);
    const told = explain(service, method, shape);
    const measured = Object.entries(this.#observability.tracker.measured(name, method)).map(([variant, { count, p50 }]) => `${variant} ${p50 === null ? 'below what the clock resolves' : `${p50.toPrecision(2)} ms`} (median of ${count} calls of any size)`);
    return measured.length === 0 ? told : { ...told, reason: `${told.reason}; measured so far: ${measured.join(', ')}` };
  }

  async healthCheck({ timeoutMs }: { timeoutMs?: number } = {}): Promise<HealthCheckResult> {
    this.#started();
    const health = await checkHealth(this.observed(), timeoutMs);
    for (const [name, { ok, error }] of Object.entries(health.checks)) if (!ok) this.#sink.event({ type: 'error', service: name as ServiceName, message: `${name} failed its health check: ${error}`, data: { check: true } });
    return this.#observability.complete(health);
  }

  observed(): Record<string, Observed | undefined> {
    const life = this.#life;
    const gone = !life && this.#hadLife;
    return Object.fromEntries((Object.keys(this.#registry) as ServiceName[]).map((name) => [name, gone ? goneOf(name) : observe(life?.running.get(name))]));
  }

  async advice(): Promise<Recommendation[]> {
    // What can not be asked now has nothing to say.
    const all = [...this.#life?.running ?? []].map(async ([name, { service }]) => (service.info.loaded ? this.#registry[name]!.advise?.(service).catch(() => []) ?? [] : []));
    return (await Promise.all(all)).flat();
  }

  getStats(): WASMServicesStats {
    const life = this.#life;
    const services: WASMServicesStats['services'] = {};
    for (const [name, { service, probe, calls, errors }] of life?.running ?? []) {
      services[name] = { ...service.info, calls, errors, memoryBytes: probe?.memoryBytes() ?? 0 };
    }
    const initialized = life?.isStarted === true;
    return { initialized, uptimeMs: initialized ? host.now() - life.startedAt : 0, capabilities: capabilitiesNow(), services };
  }

  cleanup(): void {
    void this.dispose();
  }

  dispose(): Promise<void> {
    const life = this.#life;
    if (!life) return this.#closing ?? Promise.resolve();
    this.#life = undefined;
    this.#hadLife = true;
    const before = this.#closing;
    life.ended = true;
    const closing: Promise<void> = Promise.all([before, this.#end(life)]).then(() => {
      if (this.#closing === closing) this.#closing = undefined;
    });
    return (this.#closing = closing);
  }

  /** Ends every service; what fails is an event, since nobody may be waiting. */
  async #end(life: Life): Promise<void> {
    life.ended = true;
    const ending = [...life.running].map(async ([name, { service }]) => {
      try {
        await service.dispose();
      } catch (error) {
        this.#sink.event({ type: 'error', service: name, message: `${name} could not be closed cleanly: ${(error as Error).message}` });
      }
    });
    life.running.clear();
    await Promise.all(ending);
  }

  #get(name: ServiceName): Service {
    return this.#service(this.#started(), name);
  }

  #started(): Life {
    if (this.#life?.isStarted) return this.#life;
    if (this.#hadLife && !this.#life) throw disposed();
    throw new ServiceError('NOT_INITIALIZED', 'await initialize() before asking for a service');
  }

  #service(life: Life, name: ServiceName): Service {
    const running = life.running.get(name);
    if (running) return running.service;
    const known = this.#registry[name];
    if (!known) throw notInThisRelease(`the service '${name}'`);
    const { create, config: key } = known;
    const made: Running = { service: undefined as never, probe: undefined, calls: 0, errors: 0, fallbacks: 0 };
    made.service = create((life.config[key] ?? {}) as Record<string, unknown>, this.#contextFor(life, name, made));
    life.running.set(name, made);
    return made.service;
  }

  #contextFor(life: Life, name: ServiceName, made: Running): ServiceContext {
    const { integrity, requireWasm, worker, host: where, wasm } = life.config;
    return {
      ...managerPin(life.config), ...(integrity && { integrity }), ...(requireWasm && { requireWasm }),
      ...(worker && { worker }), ...(where && { host: where }), ...(wasm !== undefined && { wasm }), budget: life.budget,
      attach: (_, probe) => { made.probe = probe; },
      sink: {
        call: (record) => {
          made.calls++;
          if (record.error !== undefined) {
            made.errors++;
            made.lastError = record.error;
          }
          this.#sink.call(record);
        },
        event: (event) => {
          if (event.type === 'fallback') {
            made.fallback = event.message;
            made.fallbacks++;
            made.degradedAt ??= host.now();
          }
          // A later try succeeded: WebAssembly, or the worker, is back.
          else if ((event.type === 'restart' || event.type === 'recovery') && made.service.info.variant !== 'js') {
            delete made.fallback;
            delete made.degradedAt;
          }
          // A service that its user disposed of is made anew by the next getter.
          if (event.type === 'dispose' && life.running.get(name) === made) life.running.delete(name);
          this.#sink.event(event);
        },
      },
    };
  }
}

const managerPin = (config: WASMServicesConfig): { managerPin?: Variant } => (
  config.implementation && config.implementation !== 'auto' ? { managerPin: config.implementation } : {});

const disposed = (): ServiceError => new ServiceError('DISPOSED', 'cleanup() was called: initialize() again before using a service');

const notInThisRelease = (what: string): ServiceError => new ServiceError('UNSUPPORTED', `${what} is not in this release: the README lists what is`);

/**
 * A manager whose services' calls and events are heard by `sink` too.
 * @param defaults under the user's configuration: what a host needs (edge/index.ts)
 */
export function createManager(sink?: ServiceSink, registry: Registry = SERVICES, defaults: WASMServicesConfig = {}, observability = new Observability()): WASMServices {
  return new Manager(sink, registry, defaults, observability);
}

/** An independent instance (tests, several databases, one per request). Inert until `initialize()`. */
export function createWASMServices(): WASMServices {
  return createManager();
}

/** Ready-made instance, inert until `initialize()`. */
export const wasmServices: WASMServices = /* @__PURE__ */ createManager(undefined, SERVICES, {}, wasmObservability);
