/**
 * What a numeric engine owes the vector service. Two keep it: js-engine.ts (typed arrays) and wasm-engine.ts (the Rust core).
 *
 * An engine knows numbers and slots only; ids, content, metadata, filters, text and storage are the service's and are written once.
 * A *slot* is a row's place: slots are handed out in insertion order and are never reused until `compact`, so "insertion
 * order" and "lower slot" mean the same. All methods are synchronous; long work is cut into steps by the caller (`step`).
 * Rows handed in have been checked by the service: right length, every component finite.
 */
import type { Variant } from '../../types.js';

export type Metric = 'cosine' | 'dot' | 'l2sq' | 'hamming';
export type Encoding = 'f32' | 'f16' | 'int8' | 'binary';

export interface EngineConfig {
  dimensions: number;
  metric: Metric;
  index: 'auto' | 'flat' | 'hnsw';
  /** 'auto' only with index 'auto' and no quantization named by the caller. */
  quantization: 'auto' | 'none' | 'f16' | 'int8' | 'binary';
  /** Keep f32 rows beside the quantised ones and rescore with them. */
  rescore: boolean;
  hnsw: { m: number; efConstruction: number; ef: number; seed: number };
}

/** Links to make that pay for starting threads. */
export const THREADED_LINKS = 64;

export interface EngineQuery {
  k: number;
  /** The true top k, whatever it costs. */
  exact: boolean;
  /** HNSW beam width; 0 = the configured one. */
  ef: number;
  /** Bit i set = slot i may be returned; ceil(slots/32) words. Left out: every live slot. */
  allow?: Uint32Array;
}

/** Hits, best first. The arrays are views that the next call on the engine overwrites: read them at once. */
export interface EngineHits {
  count: number;
  slots: Uint32Array;
  scores: Float64Array;
}

export interface VectorEngine {
  readonly variant: Variant;
  /** Threads that batches and index work use, or will once they run. */
  readonly threads: number;
  /** Why there is one thread where more were to be expected. */
  readonly threadsNote?: string | undefined;
  /** Slots handed out, dead ones included. */
  readonly slots: number;
  /** How rows are kept for good: what `exportRows` writes. 'f32' unless rescore is off. */
  readonly encoding: Encoding;

  /** Appends rows (n x dimensions). Either all are in or OUT_OF_MEMORY is thrown and nothing changed. HNSW linking is left to `step`. */
  append(rows: Float32Array): void;
  /** Overwrites one row in its place. */
  write(slot: number, row: Float32Array): void;
  /** Marks slots dead; they never come back. Graphs are repaired. Unknown or dead slots are ignored. */
  remove(slots: Uint32Array): void;
  /** Up to k hits among live (and allowed) slots; exactly min(k, matching) of them. */
  search(query: Float32Array, params: EngineQuery): EngineHits;
  /** q queries in one call (q x dimensions). Results are copies, safe to keep. */
  searchBatch(queries: Float32Array, params: EngineQuery): { slots: Uint32Array; scores: Float64Array }[];
  /**
   * Starts the threads that `searchBatch` and `step` share their work with; those work on one thread without it. Undefined when there
   * is nothing to wait for. Never rejects (`threadsNote` then says why).
   */
  startThreads?(): Promise<void> | undefined;
  /** Canonical scores of the named slots against the query, in the order given (MMR, fusion, filters on scores). */
  score(query: Float32Array, slots: Uint32Array): Float64Array;
  /** The row as it was given (decoded when rescore is off). A copy. */
  row(slot: number): Float32Array;

  /**
   * Does up to about `budgetMs` of what the next search would otherwise do first (codes, measurements on them); returns what is left, in
   * rows. Quick when there is nothing to do.
   */
  prepare(budgetMs: number): number;
  /** Index work not done yet, in rows: what `prepare` does, then HNSW links. Searches are right at any time: what is pending is scanned. */
  readonly pending: number;
  /** Does up to about `budgetMs` of pending work; returns what is left. */
  step(budgetMs: number): number;
  /** Renumbers live slots 0..n-1 in order and gives memory back where the engine can. */
  compact(): void;
  /** Which index answers now, for `info.index`: 'flat f32', 'int8 + f32', '1-bit + int8 + f32', 'hnsw' … */
  readonly indexName: string;
  /** Bytes held: total is the engine's whole memory (wasm: linear memory), the rest is what is in use of it. */
  memory(): { total: number; rows: number; codes: number; graph: number };

  /** Rows [from, to) in `encoding`, little-endian, dead ones included; layout in docs/storage.md. A copy. */
  exportRows(from: number, to: number): Uint8Array;
  /** Appends rows written by `exportRows` of any engine with the same encoding. */
  importRows(bytes: Uint8Array, count: number): void;
  /** The HNSW graph, or undefined when there is none or it is incomplete. */
  exportGraph(): Uint8Array | undefined;
  /** Takes a graph over exactly the present slots; every count, level and link is checked first: CORRUPT and nothing changed. */
  importGraph(bytes: Uint8Array): void;

  /**
   * After a trap: the rows as read from the dead instance without calling into it, chunk checksums verified.
   * Throws CORRUPT when a checksum differs. The JS engine has nothing to salvage and returns its rows.
   */
  salvageRows(): { encoding: Encoding; chunks: Uint8Array[]; counts: number[] };
  dispose(): void;
}
