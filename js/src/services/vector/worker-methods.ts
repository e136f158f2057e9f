/** What the page says to the vector worker and back: plain data, as backend.ts has it. */
import type { ThreadBudget } from '../../context.js';
import type { Selection } from '../../loader/index.js';
import type { ServiceInfo } from '../../types.js';
import type { ListRequest, SearchRequest, StagedDocuments } from './backend.js';
import type { ResolvedConfig } from './config.js';
import type { FilterNode } from './filters/index.js';
import type { Metadata, VectorDocument, VectorMemory, VectorSearchResult } from './types.js';

/** The configuration without what can not cross, or has been dealt with on this side. */
export type PlainConfig = Omit<ResolvedConfig, 'embed' | 'wasm'>;

export interface VectorWorkerConfig {
  config: PlainConfig;
  /** Chosen on the page, which also compiled the module: once for all workers. */
  selection: Selection;
  module?: WebAssembly.Module;
  /** JavaScript may not take over. */
  pinned: boolean;
  /** Of the manager's threads. */
  budget?: ThreadBudget | undefined;
  /** This worker takes the place of one that died: what that one held may be let go late. */
  replacement: boolean;
}

/** Sent whenever it changed, before the reply to the call that changed it. */
export interface VectorWorkerState {
  size: number;
  dimensions: number | undefined;
  info: ServiceInfo;
  memory: VectorMemory;
}

export interface VectorMethods {
  ready(): void;
  add(documents: StagedDocuments): void;
  search(query: Float32Array, request: SearchRequest): VectorSearchResult[];
  searchBatch(queries: Float32Array, request: SearchRequest): VectorSearchResult[][];
  searchText(query: string, request: SearchRequest): VectorSearchResult[];
  findSimilar(id: string, request: SearchRequest): VectorSearchResult[];
  get(id: string): VectorDocument | undefined;
  list(request: ListRequest): VectorDocument[];
  count(filter: FilterNode | undefined): number;
  updateMetadata(id: string, metadata: Metadata): void;
  remove(ids: string[]): void;
  /** The ids it removed, so that the page's recovery copy forgets them too. */
  removeWhere(filter: FilterNode): string[];
  clear(): void;
  compact(): void;
  save(): Uint8Array;
  load(bytes: Uint8Array): void;
  selfCheck(): void;
  suspend(): void;
  resume(): void;
}
