/**
 * What stands between the public service and its documents. The public service (service.ts) checks and copies what callers hand
 * in; a backend gets clean requests. Two keep this: core.ts (in this thread) and worker-proxy.ts (in a worker that runs core.ts).
 * Requests are plain data, so they cross to a worker as they are.
 */
import type { Call } from '../../calls/call.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { ServiceInfo, Variant } from '../../types.js';
import type { FilterNode } from './filters/index.js';
import type { Metadata, VectorDocument, VectorMemory, VectorSearchResult } from './types.js';
import type { StagedRows } from './vectors.js';

/** Documents of one call, ids unique, in the order of their first mention. */
export interface StagedDocuments {
  ids: string[];
  /** Left out: no document has any. */
  contents?: (string | undefined)[];
  metadata?: (Metadata | undefined)[];
  /** Left out: documents of text alone. */
  rows?: StagedRows;
  /** How messages call an entry: 'documents' or 'ids'. */
  noun: string;
  /** Place of each id in the caller's array, where that differs from its place here. */
  positions?: Uint32Array;
}

export interface SearchRequest {
  k: number;
  threshold?: number;
  filter?: FilterNode;
  exact: boolean;
  /** 0 = the configured beam width. */
  ef: number;
  /** Text part of a hybrid query. */
  text?: string;
  fusion: 'rrf' | 'weighted';
  /** Share of the vector part; left out: the fusion's own default. */
  weight?: number;
  mmr?: number;
  includeEmbedding: boolean;
}

export interface ListRequest { filter?: FilterNode; offset: number; limit: number }

export interface VectorBackend {
  readonly info: ServiceInfo;
  /** As in `info`, without making one. */
  readonly variant: Variant;
  /** Acknowledged documents. */
  readonly size: number;
  /** Known to every later call; undefined until the first vector when the configuration names none. */
  readonly dimensions: number | undefined;
  /** A search made now reads its query before it returns, so the query need not be copied. */
  readonly immediate: boolean;
  ready(): Promise<void>;

  add(documents: StagedDocuments, call: Call): MaybePromise<void>;
  search(query: Float32Array, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]>;
  searchBatch(queries: Float32Array, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[][]>;
  searchText(query: string, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]>;
  findSimilar(id: string, request: SearchRequest, call: Call): MaybePromise<VectorSearchResult[]>;
  get(id: string): MaybePromise<VectorDocument | undefined>;
  list(request: ListRequest, call: Call): MaybePromise<VectorDocument[]>;
  count(filter: FilterNode | undefined): MaybePromise<number>;
  updateMetadata(id: string, metadata: Metadata): MaybePromise<void>;
  remove(ids: string[]): MaybePromise<void>;
  removeWhere(filter: FilterNode): MaybePromise<number>;
  clear(): MaybePromise<void>;
  compact(): MaybePromise<void>;
  save(): MaybePromise<Uint8Array>;
  load(bytes: Uint8Array): MaybePromise<void>;
  memory(): VectorMemory;
  /** One small real call with a known answer; rejects when it is wrong. */
  selfCheck(): MaybePromise<void>;
  /** Lets a durable storage go after the calls under way; resolves when another thread may open it. Later calls wait for `resume`. */
  suspend(): Promise<void>;
  /** Opens the storage again. Where that fails, say BUSY, it is an event, and the next call tries anew. */
  resume(): Promise<void>;
  /** Waiting calls reject with DISPOSED; resolves when everything is durable and closed. */
  dispose(): Promise<void>;
}

export const NO_MEMORY: Readonly<VectorMemory> = { total: 0, engine: 0, rows: 0, codes: 0, graph: 0, documents: 0, recoveryCopy: 0 };
