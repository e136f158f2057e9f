/**
 * Vector search: THE interface, kept by every implementation (js, simd, relaxed-simd, simd-threads), inline or in a worker.
 *
 * ```ts
 * const vectors = createVectorSearch();
 * await vectors.addDocuments([{ id: 'a', content: 'a red fox', embedding: foxVector, metadata: { kind: 'animal' } }]);
 * const [best] = await vectors.search(queryVector, { maxResults: 1, filters: { kind: 'animal' } });
 * ```
 *
 * Numeric contract (every implementation, bit for bit)
 * - Components are f32. A final score is computed in f64 with eight partial sums, element j going to sum j mod 8, added as
 *   ((s0+s1)+(s2+s3))+((s4+s5)+(s6+s7)); a product of two f32 is exact in f64, so equal rows have equal scores everywhere.
 * - dot: sum(q*x). cosine: dot / (sqrt(sum(q*q)) * sqrt(sum(x*x))), clamped to [-1, 1]; 0 when either vector is zero.
 *   l2sq: d = sum((q-x)^2), score 1/(1+d). hamming: d = components whose signs (value > 0) differ, score 1/(1+d).
 * - Order: higher score first, equal scores by insertion order; a replaced document keeps its place.
 * - `exact: true` returns the true top k of that order. Other paths are approximate and are judged by recall.
 */
import type { Service } from '../../types.js';

export interface VectorSearchConfig {
  /** Left out: taken from the first vector added (so `initialize()` without any configuration works). */
  dimensions?: number;
  /** Default 10. */
  maxResults?: number;
  /** Default 'cosine'. 'hamming' compares the signs of f32 components (bit = value > 0). */
  metric?: 'cosine' | 'dot' | 'l2sq' | 'hamming';
  /** 'auto' (default): exact scan while that is fast enough, HNSW beyond. */
  index?: 'auto' | 'flat' | 'hnsw';
  hnsw?: { m?: number; efConstruction?: number; ef?: number; seed?: number };
  /** What is scanned. Default 'none' with index 'flat'; with 'hnsw' the walk goes over int8 codes and f32 rows decide ('none': f32 throughout, less memory);
   *  chosen by 'auto' otherwise. `rescore` (default true) keeps f32 (or f16) rows beside it and rescores the best. */
  quantization?: 'none' | 'f16' | 'int8' | 'binary';
  rescore?: boolean;
  /** Language of `content` for stemming; default 'english', 'none' keeps words whole. */
  language?: string;
  /** Text to vectors, at most 128 texts at a time; without it `searchByText` is lexical (BM25), and documents of `content` alone make a collection for that. */
  embed?: (texts: string[], signal?: AbortSignal) => Promise<Float32Array[]>;
  /** Default 'memory'. The others hold a lock: a second opener gets `BUSY`. */
  storage?: 'memory' | 'opfs' | 'indexeddb' | { directory: string };
  /** Default 'default'; one collection per name. Further collections: `createVectorSearch`. */
  name?: string;
}
export interface VectorDocument {
  id: string;
  content?: string;
  /** Left out: `embed(content)` makes it. */
  embedding?: Float32Array | number[];
  metadata?: Metadata;
}
export type Metadata = Record<string, string | number | boolean | null | (string | number)[]>;
/** `{ agentType: 'assistant' }`, `{ importance: { $gte: 5 } }`, `$eq $ne $gt $gte $lt $lte $in $nin $exists $contains`, joined by `$and $or $not`. */
export type MetadataFilter = { [field: string]: unknown };
export interface VectorSearchOptions {
  maxResults?: number;
  /** Keep scores at or above. Score: higher is better; cosine and dot as they are, 1/(1+d) for distances, BM25's own value for lexical search, the fused value for hybrid; the threshold of a hybrid
   *  query applies to its vector part. Equal scores: insertion order; replacing a document keeps its place. */
  threshold?: number;
  /** Applied inside the index: maxResults are returned whenever that many match. */
  filters?: MetadataFilter;
  exact?: boolean;
  ef?: number;
  /** Text part of a hybrid query, fused with reciprocal rank fusion or weights. */
  text?: string;
  hybrid?: { fusion?: 'rrf' | 'weighted'; weight?: number };
  /** Maximal marginal relevance, 0 = only diversity, 1 = only relevance. */
  mmr?: number;
  includeEmbedding?: boolean;
  signal?: AbortSignal;
  /** Deadline of the call, milliseconds: TIMEOUT. */
  timeoutMs?: number;
}
export interface VectorSearchResult {
  id: string;
  score: number;
  content?: string;
  metadata?: Metadata;
  embedding?: Float32Array;
}
export interface VectorSearchWASM extends Service {
  /** Acknowledged documents. */
  readonly size: number;
  /** All or nothing: on a bad document none of the call's are added and the error names it. An id that stands is replaced. */
  addDocuments(documents: VectorDocument[], options?: BulkOptions): Promise<void>;
  /** The fast path: n x dimensions, row-major. */
  addVectors(ids: string[], vectors: Float32Array, options?: BulkOptions & { metadata?: (Metadata | undefined)[] }): Promise<void>;
  search(embedding: Float32Array | number[], options?: VectorSearchOptions): Promise<VectorSearchResult[]>;
  /** Several queries in one call, over threads where there are; q x dimensions, row-major. */
  searchBatch(embeddings: Float32Array, options?: VectorSearchOptions): Promise<VectorSearchResult[][]>;
  searchByText(query: string, options?: VectorSearchOptions): Promise<VectorSearchResult[]>;
  findSimilar(documentId: string, options?: VectorSearchOptions): Promise<VectorSearchResult[]>;
  getDocument(id: string): Promise<VectorDocument | undefined>;
  /** Documents in insertion order, and how many match. */
  list(options?: { filters?: MetadataFilter; offset?: number; limit?: number }): Promise<VectorDocument[]>;
  count(filters?: MetadataFilter): Promise<number>;
  /** Replaces the document's metadata as a whole. NOT_FOUND when there is no such document. */
  updateMetadata(id: string, metadata: Metadata): Promise<void>;
  /** Ids that are not there are passed over. */
  removeDocuments(documentIds: string[]): Promise<void>;
  /** How many were removed. `{}` matches all. */
  removeWhere(filters: MetadataFilter): Promise<number>;
  clear(): Promise<void>;
  /** Gives memory of removed documents back. */
  compact(): Promise<void>;
  /** What the collection holds, in bytes; with a worker as of its last news. */
  memory(): VectorMemory;
  /** Versioned, checksummed bytes; `load` refuses a damaged or foreign file with `CORRUPT` and keeps what it had. */
  save(): Promise<Uint8Array>;
  load(bytes: Uint8Array): Promise<void>;
}
export interface BulkOptions { signal?: AbortSignal; timeoutMs?: number; onProgress?: (done: number, total: number) => void }

/** Bytes by use. */
export interface VectorMemory {
  /** `engine` + `documents` + `recoveryCopy`. */
  total: number;
  /** The engine's whole memory: linear memory for WebAssembly, which grows in steps and shrinks only by `compact`. Of it in use: */
  engine: number;
  /** Rows as kept for good (f32 unless rescore is off). */
  rows: number;
  /** Quantised codes made from them for scanning. */
  codes: number;
  /** HNSW links. */
  graph: number;
  /** Ids, content, metadata and their indexes; an estimate, JavaScript does not tell. */
  documents: number;
  /** The copy kept on this side of a worker so that a killed worker loses nothing (storage 'memory'). */
  recoveryCopy: number;
}
