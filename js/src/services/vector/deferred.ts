/**
 * A backend whose code is fetched by the first call: the proxy (worker-proxy.ts) where the collection lives in a worker, else the core and all below it
 * (core.ts), which a page with a worker never needs.
 */
import { Call } from '../../calls/call.js';
import { Deferred } from '../../calls/deferred.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { ServiceContext } from '../../context.js';
import { fetchCode } from '../../loader/code.js';
import { planVariant } from '../../loader/plan.js';
import { VECTOR } from '../../loader/vector.gen.js';
import type { Place } from '../../loader/request.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { threadsOf } from '../../worker/thread-count.js';
import { NO_MEMORY, type ListRequest, type SearchRequest, type StagedDocuments, type VectorBackend } from './backend.js';
import type { ResolvedConfig } from './config.js';
import { disposed } from './errors.js';
import type { FilterNode } from './filters/index.js';
import { loadRequest } from './load-request.js';
import type { Metadata, VectorDocument, VectorMemory, VectorSearchResult } from './types.js';

type Make = (config: ResolvedConfig, context: ServiceContext) => VectorBackend;

const fetchProxy = async (): Promise<Make> => {
  const { VectorWorkerProxy } = await fetchCode('what speaks with its worker', 'vector', () => import('./worker-proxy.js'));
  return (config, context) => new VectorWorkerProxy(config, context);
};
const fetchCore = async (): Promise<Make> => {
  const { VectorCore } = await fetchCode('what runs a collection in this thread', 'vector', () => import('./core.js'));
  return (config, context) => new VectorCore(config, context);
};

export class DeferredVector implements VectorBackend {
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #place: Place;
  readonly #backend: Deferred<Make, VectorBackend>;
  /** The page slept before there was anything to let go. */
  #asleep = false;

  constructor(config: ResolvedConfig, context: ServiceContext, place: Place) {
    this.#config = config;
    this.#context = context;
    this.#place = place;
    this.#backend = new Deferred('vector', place === 'worker' ? fetchProxy : fetchCore, (make) => {
      const backend = make(config, context);
      if (this.#asleep) backend.suspend().catch(() => undefined); // it holds nothing
      return backend;
    });
  }

  get info(): ServiceInfo {
    if (this.#backend.now) return this.#backend.now.info;
    const { variant, reason, rejected } = planVariant(VECTOR, loadRequest(this.#config, this.#context, this.#place));
    return { service: 'vector', variant, loaded: false, host: this.#place, threads: threadsOf(variant), reason, rejected };
  }

  get variant(): Variant { return this.#backend.now?.variant ?? this.info.variant; }
  get size(): number { return this.#backend.now?.size ?? 0; }
  get dimensions(): number | undefined { return this.#backend.now ? this.#backend.now.dimensions : this.#config.dimensions; }
  get immediate(): boolean { return this.#backend.open && this.#backend.now!.immediate; }
  memory(): VectorMemory { return this.#backend.now?.memory() ?? NO_MEMORY; }

  async ready(): Promise<void> { await this.#backend.run((backend) => backend.ready(), Call.plain); }
  add(documents: StagedDocuments, call: Call): MaybePromise<void> { return this.#backend.run((backend) => backend.add(documents, call), call); }
  search(query: Float32Array, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> { return this.#backend.run((backend) => backend.search(query, request, call), call); }
  searchBatch(queries: Float32Array, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[][]> { return this.#backend.run((backend) => backend.searchBatch(queries, request, call), call); }
  searchText(query: string, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> { return this.#backend.run((backend) => backend.searchText(query, request, call), call); }
  findSimilar(id: string, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]> { return this.#backend.run((backend) => backend.findSimilar(id, request, call), call); }
  get(id: string): MaybePromise<VectorDocument | undefined> { return this.#backend.run((backend) => backend.get(id), Call.plain); }
  list(request: ListRequest, call: Call): MaybePromise<VectorDocument[]> { return this.#backend.run((backend) => backend.list(request, call), call); }
  count(filter: FilterNode | undefined): MaybePromise<number> { return this.#backend.run((backend) => backend.count(filter), Call.plain); }
  updateMetadata(id: string, metadata: Metadata): MaybePromise<void> { return this.#backend.run((backend) => backend.updateMetadata(id, metadata), Call.plain); }
  remove(ids: string[]): MaybePromise<void> { return this.#backend.run((backend) => backend.remove(ids), Call.plain); }
  removeWhere(filter: FilterNode): MaybePromise<number> { return this.#backend.run((backend) => backend.removeWhere(filter), Call.plain); }
  clear(): MaybePromise<void> { return this.#backend.run((backend) => backend.clear(), Call.plain); }
  compact(): MaybePromise<void> { return this.#backend.run((backend) => backend.compact(), Call.plain); }
  save(): MaybePromise<Uint8Array> { return this.#backend.run((backend) => backend.save(), Call.plain); }
  load(bytes: Uint8Array): MaybePromise<void> { return this.#backend.run((backend) => backend.load(bytes), Call.plain); }
  selfCheck(): MaybePromise<void> { return this.#backend.run((backend) => backend.selfCheck(), Call.plain); }

  async suspend(): Promise<void> {
    this.#asleep = true;
    await this.#backend.now?.suspend();
  }

  async resume(): Promise<void> {
    this.#asleep = false;
    await this.#backend.now?.resume();
  }

  async dispose(): Promise<void> { await this.#backend.end(disposed())?.dispose(); }
}
