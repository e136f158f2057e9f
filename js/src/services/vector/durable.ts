/** The durable home of a collection that has one: opened with the service, told of every change before it is acknowledged. */
import type { Steps } from '../../calls/steps.js';
import { ServiceError } from '../../errors.js';
import { storageBackend, type StorageBackend } from '../../host/storage/index.js';
import type { ServiceSink } from '../../types.js';
import type { ResolvedConfig } from './config.js';
import { applyRecord, restoreSnapshot } from './restore.js';
import type { State } from './state.js';
import type { JournalRecord } from './storage/format.js';
import { openStore, type VectorStore } from './storage/store.js';

/** The last of a series of doubling waits for a dead worker's lock: some three seconds in all. */
const LONGEST_WAIT_MS = 1600;
/** Less than this on disk is not worth a snapshot to get back. */
const LEAST_GAIN_BYTES = 64 << 10;

export class Durable {
  readonly #config: ResolvedConfig;
  readonly #sink: ServiceSink;
  readonly #patient: boolean;
  #store: VectorStore | undefined;
  /** The last change when a snapshot was last written, so that one without a graph is not written twice. */
  #writtenSeq = -1;

  /** @param patient whether a lock that is still held may be that of a worker that died: it is let go late */
  constructor(config: ResolvedConfig, sink: ServiceSink, patient: boolean) {
    this.#config = config;
    this.#sink = sink;
    this.#patient = patient;
  }

  get isOpen(): boolean { return this.#store !== undefined || this.#config.storage === 'memory'; }
  /**
   * Whether a snapshot should be written: the journal has grown, or an index graph was finished and the snapshot has none, so that
   * the next opening would build it again.
   * @param graphReady what the engine last said; this is asked after every call and must not call into it
   */
  checkpointDue(graphReady: boolean): boolean {
    const store = this.#store;
    return store !== undefined && (store.checkpointDue || (graphReady && !store.hasGraph && store.seq !== this.#writtenSeq));
  }

  /** Whether a snapshot would free more than half of the disk: the collection was cleared, or most of its slots are dead. */
  shrinkDue({ size, slots }: { size: number; slots: number }): boolean {
    const bytes = this.#store?.bytes;
    return bytes !== undefined && bytes.snapshot + bytes.journal > LEAST_GAIN_BYTES && (size === 0 || slots - size > size);
  }

  /**
   * Opens the storage, once, and fills the empty `state` with what it holds.
   * @throws ServiceError BUSY, CORRUPT, QUOTA, READONLY, UNSUPPORTED …; the storage is closed again and the next call tries anew.
   */
  *open(state: State): Steps<void> {
    const { storage, name } = this.#config;
    if (storage === 'memory' || this.#store) return;
    const { store, recovered }: Awaited<ReturnType<typeof openStore>> = yield this.#openStore(() => storageBackend({ storage, name, service: 'vector' }));
    try {
      if (recovered.snapshot) yield* restoreSnapshot(state, recovered.snapshot, false);
      for (const record of recovered.records) {
        applyRecord(state, record);
        yield;
      }
    } catch (error) {
      state.clear();
      yield store.close();
      throw error;
    }
    this.#store = store;
    if (recovered.tornBytes > 0) {
      this.#sink.event({ type: 'recovery', service: 'vector', message: `vector: cut off ${recovered.tornBytes} bytes of a change that was never acknowledged`, data: { tornBytes: recovered.tornBytes } });
    }
  }

  async #openStore(backend: () => StorageBackend): ReturnType<typeof openStore> {
    for (let wait = 25; ; wait *= 2) {
      try {
        return await openStore(backend());
      } catch (error) {
        if (!this.#patient || wait > LONGEST_WAIT_MS || !(error instanceof ServiceError && error.code === 'BUSY')) throw error;
        await new Promise((resolve) => { setTimeout(resolve, wait); });
      }
    }
  }

  /** Goes on when the records, one atomic unit, are durable. They are not even made for a collection in memory. */
  *persist(records: () => JournalRecord[]): Steps<void> {
    if (this.#store) yield this.#store.append(records());
  }

  /** The whole collection as the new starting point. */
  *checkpoint(state: State): Steps<void> {
    if (!this.#store) return;
    const { seq } = this.#store;
    // A checkpoint that comes before the graph is finished does not count; one that fails does, so that it is not tried for ever.
    this.#writtenSeq = state.engine?.pending === 0 ? seq : -1;
    yield this.#store.checkpoint(state.source());
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.close();
  }
}
