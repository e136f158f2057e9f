/**
 * The public vector search. It checks and copies what callers hand in before a call returns, asks `embed` where texts need
 * vectors, reports calls to the sink, and hands clean requests to a backend: in this thread or in a worker.
 */
import { Call } from '../../calls/call.js';
import { Life } from '../../calls/life.js';
import { QUEUE_LIMIT } from '../../calls/limits.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { SILENT_SINK, type ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { watchPageLifecycle } from '../../host/storage/page-lifecycle.js';
import type { ServiceInfo, ServiceSink } from '../../types.js';
import type { VectorBackend } from './backend.js';
import type { ResolvedConfig } from './config.js';
import { embedAll } from './embedding.js';
import { describe, disposed, invalid } from './errors.js';
import { compileFilter } from './filters/compile.js';
import { copyMetadata } from './metadata.js';
import { filterOf, listRequest, searchRequest } from './options.js';
import { checkId, checkIds, fillEmbedded, stageDocuments, stageVectors } from './stage.js';
import type { BulkOptions, Metadata, MetadataFilter, VectorDocument, VectorMemory, VectorSearchOptions, VectorSearchResult, VectorSearchWASM } from './types.js';
import { borrowVector, copyVector, copyVectors } from './vectors.js';

export class VectorService implements VectorSearchWASM {
  /** What explanations and advice are made from. */
  readonly config: ResolvedConfig;
  readonly backend: VectorBackend;
  /** Undefined when nobody listens: then no clock is read. */
  readonly #sink: ServiceSink | undefined;
  readonly #life = new Life();
  /** While an earlier call waits for its vectors, later ones wait here for their turn. */
  #gate: Promise<unknown> | undefined;
  #gated = 0;
  #disposal: Promise<void> | undefined;
  readonly #unwatch: () => void;

  constructor(config: ResolvedConfig, context: ServiceContext, backend: VectorBackend) {
    this.config = config;
    this.backend = backend;
    this.#sink = context.sink === SILENT_SINK ? undefined : context.sink;
    // A page that sleeps keeps its locks; other tabs must be able to open the collection meanwhile.
    const ignore = (): void => undefined; // what fails here, the next call meets again
    this.#unwatch = config.storage === 'memory' ? ignore : watchPageLifecycle({ hide: () => { backend.suspend().catch(ignore); }, show: () => { backend.resume().catch(ignore); } });
    // Not every host has the symbol.
    if (typeof Symbol.asyncDispose === 'symbol') {
      Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.dispose(), configurable: true });
    }
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;

  get info(): ServiceInfo { return this.backend.info; }
  get size(): number { return this.backend.size; }

  ready(): Promise<void> {
    return this.#call('ready', () => () => this.backend.ready());
  }

  addDocuments(documents: VectorDocument[], options?: BulkOptions): Promise<void> {
    return this.#call('addDocuments', () => {
      const call = Call.from('vector', options);
      const { embed } = this.config;
      const staged = stageDocuments(documents, this.backend.dimensions, embed !== undefined);
      if (embed === undefined || staged.places.length === 0) return () => this.backend.add(staged.documents, call);
      const vectors = embedAll(embed, staged.texts, call, this.#life.signal);
      return this.#whenEmbedded(vectors, call, (made) => {
        fillEmbedded(staged, made, staged.documents.rows?.dimensions ?? this.backend.dimensions);
        return this.backend.add(staged.documents, call);
      });
    }, documents?.length);
  }

  addVectors(ids: string[], vectors: Float32Array, options?: BulkOptions & { metadata?: (Metadata | undefined)[] }): Promise<void> {
    return this.#call('addVectors', () => {
      const call = Call.from('vector', options);
      const documents = stageVectors(ids, vectors, options?.metadata, this.backend.dimensions);
      return () => this.backend.add(documents, call);
    }, ids?.length);
  }

  search(embedding: Float32Array | number[], options?: VectorSearchOptions): Promise<VectorSearchResult[]> {
    return this.#call('search', () => {
      const call = Call.from('vector', options);
      const request = searchRequest(options, this.config.maxResults);
      if (options?.hybrid !== undefined && request.text === undefined) throw invalid('hybrid needs `text`: the words of the query');
      const query = this.#query(embedding, 'embedding');
      return () => this.backend.search(query, request, call);
    });
  }

  searchBatch(embeddings: Float32Array, options?: VectorSearchOptions): Promise<VectorSearchResult[][]> {
    return this.#call('searchBatch', () => {
      const call = Call.from('vector', options);
      const request = searchRequest(options, this.config.maxResults);
      if (options?.hybrid !== undefined && request.text === undefined) throw invalid('hybrid needs `text`: the words of the query');
      const queries = copyVectors(embeddings, 'embeddings');
      return () => this.backend.searchBatch(queries, request, call);
    }, embeddings?.length / (this.backend.dimensions ?? NaN));
  }

  searchByText(query: string, options?: VectorSearchOptions): Promise<VectorSearchResult[]> {
    return this.#call('searchByText', () => {
      if (typeof query !== 'string') throw invalid(`the query must be a string; it was ${describe(query)}`);
      const call = Call.from('vector', options);
      const request = searchRequest(options, this.config.maxResults);
      const { embed } = this.config;
      if (embed === undefined) {
        if (request.text !== undefined || options?.hybrid !== undefined) throw invalid('searchByText is lexical here, so `text` and `hybrid` have nothing to be joined with: supply `embed` in the configuration, or use search(embedding, { text })');
        return () => this.backend.searchText(query, request, call);
      }
      if (options?.hybrid !== undefined) request.text ??= query;
      const vectors = embedAll(embed, [query], call, this.#life.signal);
      return this.#whenEmbedded(vectors, call, ([vector]) => this.backend.search(copyVector(vector, 'embed: the vector for the query'), request, call));
    });
  }

  findSimilar(documentId: string, options?: VectorSearchOptions): Promise<VectorSearchResult[]> {
    return this.#call('findSimilar', () => {
      const id = checkId(documentId, 'documentId');
      const call = Call.from('vector', options);
      const request = searchRequest(options, this.config.maxResults);
      if (options?.hybrid !== undefined && request.text === undefined) throw invalid('hybrid needs `text`: the words of the query');
      return () => this.backend.findSimilar(id, request, call);
    });
  }

  getDocument(id: string): Promise<VectorDocument | undefined> {
    return this.#call('getDocument', () => {
      checkId(id, 'id');
      return () => this.backend.get(id);
    });
  }

  list(options?: { filters?: MetadataFilter; offset?: number; limit?: number }): Promise<VectorDocument[]> {
    return this.#call('list', () => {
      const call = Call.from('vector', options as VectorSearchOptions | undefined);
      const request = listRequest(options);
      return () => this.backend.list(request, call);
    });
  }

  count(filters?: MetadataFilter): Promise<number> {
    return this.#call('count', () => {
      const filter = filterOf(filters);
      return () => this.backend.count(filter);
    });
  }

  updateMetadata(id: string, metadata: Metadata): Promise<void> {
    return this.#call('updateMetadata', () => {
      checkId(id, 'id');
      const copy = copyMetadata(metadata, 'metadata');
      return () => this.backend.updateMetadata(id, copy);
    });
  }

  removeDocuments(documentIds: string[]): Promise<void> {
    return this.#call('removeDocuments', () => {
      const ids = checkIds(documentIds, 'documentIds');
      return () => this.backend.remove(ids);
    }, documentIds?.length);
  }

  removeWhere(filters: MetadataFilter): Promise<number> {
    return this.#call('removeWhere', () => {
      // Left out is refused, `{}` is not: to empty the collection must be meant.
      const filter = compileFilter(filters);
      return () => this.backend.removeWhere(filter);
    });
  }

  clear(): Promise<void> {
    return this.#call('clear', () => () => this.backend.clear());
  }

  compact(): Promise<void> {
    return this.#call('compact', () => () => this.backend.compact());
  }

  memory(): VectorMemory {
    return this.backend.memory();
  }

  save(): Promise<Uint8Array> {
    return this.#call('save', () => () => this.backend.save());
  }

  load(bytes: Uint8Array): Promise<void> {
    return this.#call('load', () => {
      if (!ArrayBuffer.isView(bytes) || Object.prototype.toString.call(bytes) !== '[object Uint8Array]') {
        throw invalid(`load takes the Uint8Array that save() made; it was ${describe(bytes)}`);
      }
      const copy = bytes.slice();
      return () => this.backend.load(copy);
    });
  }

  dispose(): Promise<void> {
    return this.#disposal ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    this.#life.abort(disposed());
    this.#unwatch();
    try {
      await this.backend.dispose();
    } catch (error) {
      throw typedError(error);
    } finally {
      this.#sink?.event({ type: 'dispose', service: 'vector', message: 'vector: disposed' });
    }
  }

  /** The query as it is when it will be read before this call returns, else a copy. */
  #query(embedding: unknown, label: string): Float32Array {
    return this.#gate === undefined && this.backend.immediate ? borrowVector(embedding, label) : copyVector(embedding, label);
  }

  /**
   * One public call. `prepare` runs at once: it checks, copies, and returns what starts the work. Work starts in the order of the
   * calls; a result that is there at once costs no promise turn.
   * @param items how many things a batch has, for the sink; whatever is no whole number is not told
   */
  #call<T>(operation: string, prepare: () => () => MaybePromise<T>, items?: number): Promise<T> {
    const began = this.#sink ? host.now() : 0;
    let outcome: MaybePromise<T>;
    try {
      if (this.#life.ended) throw disposed();
      const start = prepare();
      outcome = this.#gate === undefined ? start() : this.#afterGate(start);
    } catch (error) {
      return Promise.reject(this.#failed(operation, began, error));
    }
    if (!isPromise(outcome)) {
      this.#told(operation, began, items);
      return Promise.resolve(outcome);
    }
    return outcome.then((value) => {
      this.#told(operation, began, items);
      return value;
    }, (error) => { throw this.#failed(operation, began, error); });
  }

  #told(operation: string, began: number, items?: number): void {
    this.#sink?.call({ service: 'vector', operation, durationMs: host.now() - began, variant: this.backend.variant, items: Number.isInteger(items) ? items : undefined });
  }

  #failed(operation: string, began: number, error: unknown): ServiceError {
    const typed = typedError(error);
    this.#sink?.call({ service: 'vector', operation, durationMs: host.now() - began, variant: this.backend.variant, error: typed.code });
    return typed;
  }

  #afterGate<T>(start: () => MaybePromise<T>): Promise<T> {
    if (this.#gated >= QUEUE_LIMIT) throw new ServiceError('QUEUE_FULL', `${QUEUE_LIMIT} calls are waiting already: await some of them before making more`, { service: 'vector' });
    return this.#closeGate(this.#gate!, start);
  }

  /** Work that starts when its vectors are there; calls made later wait behind it. */
  #whenEmbedded<T>(vectors: Promise<unknown[]>, call: Call, start: (vectors: unknown[]) => MaybePromise<T>): () => Promise<T> {
    vectors.catch(() => { /* heard when its turn comes */ });
    let made: unknown[] = [];
    return () => this.#closeGate(vectors.then((value) => { made = value; }), () => { call.check(); return start(made); });
  }

  /** Starts when `before` has ended and every earlier call has started. */
  #closeGate<T>(before: Promise<unknown>, start: () => MaybePromise<T>): Promise<T> {
    this.#gated++;
    const earlier = this.#gate;
    return new Promise<T>((resolve, reject) => {
      let gate: Promise<void> | undefined;
      gate = (async () => {
        try {
          try { await before; } finally { await earlier; }
          if (this.#life.ended) throw disposed();
          const outcome = start();
          if (isPromise(outcome)) outcome.then(resolve, reject); else resolve(outcome);
        } catch (error) {
          reject(error as Error);
        } finally {
          this.#gated--;
          if (this.#gate === gate) this.#gate = undefined;
        }
      })();
      this.#gate = gate;
    });
  }
}

/** Whatever went wrong, as the one error class of the package. */
function typedError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) return new ServiceError('OUT_OF_MEMORY', `the host refused the memory for this call (${message}): use smaller calls, or dispose of what is not needed`, { service: 'vector', cause: error });
  // What throws while arguments are read is an argument: a getter, a proxy, a detached buffer.
  if (error instanceof TypeError) return new ServiceError('INVALID_ARGUMENT', `an argument could not be read: ${message}`, { service: 'vector', cause: error });
  return new ServiceError('INSTANCE_POISONED', `unexpected failure inside the service: ${message}. Repeat the call, and report it: this is our defect`, { service: 'vector', cause: error });
}
