/** One collection as it stands: documents, their numbers, their words. Replaced as a whole by `load`. */
import { ServiceError } from '../../errors.js';
import { Collection } from './collection.js';
import type { ResolvedConfig } from './config.js';
import { Contents } from './contents.js';
import type { Metric, VectorEngine } from './engine.js';
import { disposeQuietly, type Engines } from './engines.js';
import type { SnapshotSource } from './storage/format.js';
import type { VectorMemory } from './types.js';
import { dimensionMismatch } from './vectors.js';

export class State {
  readonly config: ResolvedConfig;
  readonly engines: Engines;
  readonly collection = new Collection();
  readonly contents: Contents;
  /** Undefined while there is no vector: before the first, and in collections of text alone. */
  engine: VectorEngine | undefined;
  /** Of the engine; 0 without one. */
  #dimensions = 0;

  constructor(config: ResolvedConfig, engines: Engines) {
    this.config = config;
    this.engines = engines;
    this.contents = new Contents(config.language);
  }

  /** What a vector must have; undefined while the first one decides. */
  get dimensions(): number | undefined { return this.engine ? this.#dimensions : this.config.dimensions; }
  get slots(): number { return this.engine?.slots ?? this.collection.slots; }

  /**
   * The engine for vectors of these dimensions, made now when they are the first. An empty collection forgets the dimensions that
   * it took from earlier vectors.
   * @param label what messages call the vectors
   */
  engineFor(dimensions: number, label: string): VectorEngine {
    const { collection } = this;
    if (collection.size === 0 && this.config.dimensions === undefined && this.#dimensions !== dimensions) this.clear();
    const expected = this.dimensions;
    if (expected !== undefined && dimensions !== expected) throw dimensionMismatch(label, dimensions, expected);
    if (this.engine) return this.engine;
    if (collection.size > 0) {
      throw new ServiceError('INVALID_ARGUMENT', `${label} brings a vector to a collection that was begun with documents of text alone: supply an embedding with every document or with none`, { service: 'vector' });
    }
    this.clear();
    this.engine = this.engines.create(dimensions);
    this.#dimensions = dimensions;
    return this.engine;
  }

  /** Before documents without vectors join. */
  refuseVectors(label: string): void {
    if (this.engine && this.collection.size > 0) {
      throw new ServiceError('INVALID_ARGUMENT', `${label} has no embedding, and this collection has vectors for all of its documents: supply \`embedding\`, or \`embed\` in the configuration`, { service: 'vector' });
    }
    if (this.engine) this.clear();
  }

  /** Hands the engine out, to be replaced by `adoptEngine`: documents stand, numbers are missing in between. */
  releaseEngine(): VectorEngine | undefined {
    const { engine } = this;
    this.engine = undefined;
    return engine;
  }

  adoptEngine(engine: VectorEngine, dimensions: number): void {
    this.engine = engine;
    this.#dimensions = dimensions;
  }

  /** Forgets everything and gives the engine's memory back. */
  clear(): void {
    this.collection.clear();
    this.contents.clear();
    if (this.engine) disposeQuietly(this.engine);
    this.engine = undefined;
    this.#dimensions = 0;
  }

  /** What storage writes. It must not change while it is being written. */
  source(): SnapshotSource {
    const { engine, collection, config } = this;
    const { ids, contents, metadata } = collection.columns;
    const graph = engine?.exportGraph();
    return {
      config: { dimensions: this.#dimensions, metric: config.metric, encoding: engine?.encoding ?? 'f32', m: config.hnsw.m },
      slots: collection.slots, ids, contents, metadata,
      rows: (from, to) => engine?.exportRows(from, to) ?? new Uint8Array(0),
      ...(graph && { graph }),
    };
  }

  /**
   * Whether a graph saved under this configuration fits ours; engines keep none over f16 or 1-bit rows. 'auto' takes one where it keeps
   * one at this size, and passes it over elsewhere.
   */
  takesGraphOf(metric: Metric, m: unknown): boolean {
    const encoding = this.engine?.encoding;
    const { index, quantization } = this.config;
    return (index === 'hnsw' || (index === 'auto' && quantization === 'auto')) && (encoding === 'f32' || encoding === 'int8') && metric === this.config.metric && m === this.config.hnsw.m;
  }

  memory(): VectorMemory {
    const { total: engine, rows, codes, graph } = this.engine?.memory() ?? { total: 0, rows: 0, codes: 0, graph: 0 };
    const documents = this.contents.memoryBytes() + this.collection.memoryBytes();
    return { total: engine + documents, engine, rows, codes, graph, documents, recoveryCopy: 0 };
  }
}
