/**
 * A backend whose code is fetched by the first call: the proxy (worker-proxy.ts) where tables live in a worker, else the core and all below it (core.ts), which a
 * page with a worker never needs.
 */
import { Deferred } from '../../calls/deferred.js';
import { Call } from '../../calls/call.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { ServiceContext } from '../../context.js';
import { fetchCode } from '../../loader/code.js';
import { planVariant } from '../../loader/plan.js';
import { DATA } from '../../loader/data.gen.js';
import type { Place } from '../../loader/request.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { threadsOf } from '../../worker/thread-count.js';
import type { DataBackend, TableState, TableStep, TextFormat } from './backend.js';
import type { TableData } from './columns.js';
import type { ResolvedConfig } from './config.js';
import type { ReadOptions } from './engine.js';
import { disposed } from './errors.js';
import { loadRequest } from './load-request.js';

type Make = (config: ResolvedConfig, context: ServiceContext) => DataBackend;

const fetchProxy = async (): Promise<Make> => {
  const { DataWorkerProxy } = await fetchCode('what speaks with its worker', 'data', () => import('./worker-proxy.js'));
  return (config, context) => new DataWorkerProxy(config, context);
};
const fetchCore = async (): Promise<Make> => {
  const { DataCore } = await fetchCode('what keeps tables in this thread', 'data', () => import('./core.js'));
  return (config, context) => new DataCore(config, context);
};

export class DeferredData implements DataBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #place: Place;
  readonly #backend: Deferred<Make, DataBackend>;

  constructor(config: ResolvedConfig, context: ServiceContext, place: Place) {
    this.#config = config;
    this.#context = context;
    this.#place = place;
    this.#backend = new Deferred('data', place === 'worker' ? fetchProxy : fetchCore, (make) => make(config, context));
  }

  get info(): ServiceInfo {
    if (this.#backend.now) return this.#backend.now.info;
    const { variant, reason, rejected } = planVariant(DATA, loadRequest(this.#config, this.#context, this.#place));
    return { service: 'data', variant, loaded: false, host: this.#place, threads: threadsOf(variant), reason, rejected };
  }

  get variant(): Variant { return this.#backend.now?.variant ?? this.info.variant; }
  get immediate(): boolean { return this.#backend.open && this.#backend.now!.immediate; }
  memoryBytes(): number { return this.#backend.now?.memoryBytes() ?? 0; }

  ready(): MaybePromise<void> { return this.#backend.run((backend) => backend.ready(), Call.plain); }
  open(table: TableData, call: Call, brief?: boolean): MaybePromise<TableState> { return this.#backend.run((backend) => backend.open(table, call, brief), call); }
  run(table: number, steps: readonly TableStep[], call: Call): MaybePromise<TableState> { return this.#backend.run((backend) => backend.run(table, steps, call), call); }
  export(table: number, columns: readonly number[] | undefined, call: Call): MaybePromise<TableData> { return this.#backend.run((backend) => backend.export(table, columns, call), call); }
  readerOpen(format: TextFormat, options: ReadOptions, call: Call): MaybePromise<number> { return this.#backend.run((backend) => backend.readerOpen(format, options, call), call); }
  readerPush(reader: number, bytes: Uint8Array, call: Call): MaybePromise<number> { return this.#backend.run((backend) => backend.readerPush(reader, bytes, call), call); }
  readerFinish(reader: number, call: Call): MaybePromise<TableState> { return this.#backend.run((backend) => backend.readerFinish(reader, call), call); }
  compact(call: Call): MaybePromise<void> { return this.#backend.run((backend) => backend.compact(call), call); }
  selfCheck(): MaybePromise<void> { return this.#backend.run((backend) => backend.selfCheck(), Call.plain); }

  /** Nothing is kept before the first call has come through. */
  readerCancel(reader: number): void { this.#backend.now?.readerCancel(reader); }
  free(table: number): void { this.#backend.now?.free(table); }

  async dispose(): Promise<void> { await this.#backend.end(disposed())?.dispose(); }
}
