/** The typed face of the generated glue: what crates/vector-search-wasm exports. */
import type { Glue } from '../../../loader/index.js';
import type { EngineConfig } from '../engine.js';

/** One collection's index inside the instance. Pointers are byte addresses in its memory; any call may move what they point at. */
export interface CoreIndex {
  stage(bytes: number): number;
  stagingPtr(): number;
  reserve(rows: number): void;
  truncate(slots: number): void;
  append(rows: number): void;
  write(slot: number): void;
  remove(count: number): void;
  search(k: number, exact: boolean, ef: number, filtered: boolean, allowWords: number): number;
  hitSlotsPtr(): number;
  hitScoresPtr(): number;
  score(count: number): void;
  row(slot: number): void;
  slots(): number;
  pending(): number;
  prepareAhead(rows: number): number;
  step(rows: number): number;
  compact(): void;
  name(): string;
  rowBytes(): number;
  codeBytes(): number;
  graphBytes(): number;
  exportWidth(): number;
  exportRows(from: number, to: number): void;
  importRows(count: number): void;
  exportGraph(): number;
  graphPtr(): number;
  dropGraph(): void;
  importGraph(length: number): void;
  searchBatch(queries: number, k: number, exact: boolean, ef: number, filtered: boolean, allowWords: number): number;
  /** In the variant simd-threads alone, as are the next two. */
  openPool(helpers: number): void;
  usePool(): void;
  closePool(): void;
  chunkTable(): number;
  chunkTablePtr(): number;
  free(): void;
  /** wasm-bindgen's object pointer. */
  __wbg_ptr: number;
}

type CoreConstructor = new (
  dimensions: number, metric: number, index: number, quantization: number, rescore: boolean, m: number, efConstruction: number, ef: number, seed: number,
) => CoreIndex;

const METRICS = ['cosine', 'dot', 'l2sq', 'hamming'];
const INDEXES = ['auto', 'flat', 'hnsw'];
const QUANTIZATIONS = ['auto', 'none', 'f16', 'int8', 'binary'];

export function createCore(glue: Glue, config: EngineConfig): CoreIndex {
  const Core = glue['VectorIndex'] as CoreConstructor;
  const { dimensions, metric, index, quantization, rescore, hnsw } = config;
  return new Core(
    dimensions, METRICS.indexOf(metric), INDEXES.indexOf(index), QUANTIZATIONS.indexOf(quantization), rescore,
    hnsw.m, hnsw.efConstruction, hnsw.ef, hnsw.seed,
  );
}

/** Views on an instance's memory, made again when its buffer changes: growth leaves old views empty (or short, on shared memory). */
export class Views {
  private buffer: ArrayBufferLike | undefined;
  private bytes!: Uint8Array;
  private floats!: Float32Array;
  private words!: Uint32Array;
  private doubles!: Float64Array;

  constructor(private readonly memory: WebAssembly.Memory) {}

  private refresh(): void {
    const { buffer } = this.memory;
    if (buffer === this.buffer) return;
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.floats = new Float32Array(buffer);
    this.words = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  get u8(): Uint8Array { this.refresh(); return this.bytes; }
  get f32(): Float32Array { this.refresh(); return this.floats; }
  get u32(): Uint32Array { this.refresh(); return this.words; }
  get f64(): Float64Array { this.refresh(); return this.doubles; }
}
