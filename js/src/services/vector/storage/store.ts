/**
 * A durable home for one collection: a snapshot, and a journal of what changed since, on any StorageBackend.
 *
 * - `append` resolves when the change is durable (acknowledged). Appends made while one is being written share one sync.
 * - `checkpoint` writes a new snapshot and an empty journal beside the old ones and switches to them by replacing the manifest.
 * - After a crash at any point `openStore` finds every acknowledged change, perhaps one more that was not acknowledged yet, never half of one.
 */
import { drive } from '../../../calls/steps.js';
import { ServiceError } from '../../../errors.js';
import type { StorageBackend } from '../../../host/storage/backend.js';
import { coalesce, corrupt } from './bytes.js';
import type { JournalRecord, Snapshot, SnapshotSource } from './format.js';
import { encodeJournalHeader, JOURNAL_HEADER_BYTES, readJournal } from './journal.js';
import { encodeRecord, sealRecord, type EncodedRecord } from './journal-record.js';
import { decodeManifest, encodeManifest, journalName, MANIFEST, snapshotName } from './manifest.js';
import { readSnapshotSteps } from './snapshot-reader.js';
import { snapshotChunks } from './snapshot-writer.js';

export interface StoreOptions {
  /** A checkpoint is due when the journal is larger than this … Default 8 MiB. */
  checkpointBytes?: number;
  /** … and than this many times the snapshot. Default 1: at most every byte is written twice. */
  checkpointRatio?: number;
}

/** What was found: apply the records, in order, on top of the snapshot. */
export interface Recovered {
  snapshot?: Snapshot;
  records: JournalRecord[];
  /** Bytes of an unacknowledged change that a crash had left and that were cut off. */
  tornBytes: number;
}

interface Waiting { unit: EncodedRecord[]; resolve: () => void; reject: (error: unknown) => void }
interface Generation { number: number; salt: number; snapshotBytes: number; hasGraph: boolean; journalBytes: number; seq: number }

/**
 * Opens (or creates) the store and takes its lock. On failure the lock is given back; a damaged store is left as it is.
 *
 * @throws ServiceError BUSY (another opener), CORRUPT (what and where), QUOTA, READONLY, STORAGE_IO, UNSUPPORTED.
 * @example
 * const { store, recovered } = await openStore(storageBackend({ storage: { directory: './data' }, name: 'notes', service: 'vector' }));
 * if (recovered.snapshot) collection.restore(recovered.snapshot);
 * for (const record of recovered.records) collection.apply(record);
 * await store.append({ type: 'remove', slots: [3] });
 * if (store.checkpointDue) await store.checkpoint(collection.source());
 */
export async function openStore(backend: StorageBackend, options: StoreOptions = {}): Promise<{ store: VectorStore; recovered: Recovered }> {
  await backend.open();
  try {
    const manifest = await backend.read(MANIFEST);
    const names = await backend.list();
    if (!manifest) {
      await refuseOrphans(backend, names);
      const generation = await startGeneration(backend, 1, 0);
      await backend.replace(MANIFEST, encodeManifest({ generation: 1, hasSnapshot: false }));
      return { store: new VectorStore(backend, generation, options), recovered: { records: [], tornBytes: 0 } };
    }
    return await recover(backend, manifest, names, options);
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** Without a manifest there may be at most the empty journal of a creation that was cut off; anything else lost its manifest. */
async function refuseOrphans(backend: StorageBackend, names: string[]): Promise<void> {
  for (const name of names) {
    const empty = name === journalName(1) && ((await backend.read(name))?.length ?? 0) <= JOURNAL_HEADER_BYTES;
    if (!empty && /^(snapshot|journal)-\d+$/.test(name)) throw corrupt(`${backend.label} holds ${name} but its manifest is missing`);
  }
}

async function recover(backend: StorageBackend, manifestBytes: Uint8Array, names: string[], options: StoreOptions): Promise<{ store: VectorStore; recovered: Recovered }> {
  const manifest = decodeManifest(manifestBytes);
  const must = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await backend.read(name);
    if (!bytes) throw corrupt(`${backend.label} has lost its file ${name}`);
    return bytes;
  };
  const number = manifest.generation;
  const snapshotBytes = manifest.hasSnapshot ? await must(snapshotName(number)) : undefined;
  const snapshot = snapshotBytes && await drive(readSnapshotSteps(snapshotBytes), () => undefined);
  const journalBytes = await must(journalName(number));
  const journal = await drive(readJournal(journalBytes), () => undefined);
  if (journal.header.generation !== number) throw corrupt(`${journalName(number)} belongs to generation ${journal.header.generation}`);

  const tornBytes = journalBytes.length - journal.length;
  if (tornBytes > 0) await backend.truncate(journalName(number), journal.length);
  // What a killed process had written but not synced is about to be shown: make it durable first.
  await backend.sync(journalName(number));
  for (const name of names) {
    const match = /^(?:snapshot|journal)-(\d+)$/.exec(name);
    if (match && Number(match[1]) !== number) await backend.remove(name);
  }
  const generation = { number, salt: journal.header.salt, snapshotBytes: snapshotBytes?.length ?? 0, hasGraph: snapshot?.graph !== undefined, journalBytes: journal.length, seq: journal.seq };
  return {
    store: new VectorStore(backend, generation, options),
    recovered: { ...(snapshot && { snapshot }), records: journal.records, tornBytes },
  };
}

/** Writes an empty, durable journal for a generation that does not count yet. */
async function startGeneration(backend: StorageBackend, number: number, seq: number): Promise<Generation> {
  const salt = Math.floor(Math.random() * 2 ** 32);
  const name = journalName(number);
  await backend.remove(name);
  await backend.append(name, encodeJournalHeader({ generation: number, base: seq, salt }));
  await backend.sync(name);
  return { number, salt, snapshotBytes: 0, hasGraph: false, journalBytes: JOURNAL_HEADER_BYTES, seq };
}

export class VectorStore {
  readonly #backend: StorageBackend;
  readonly #checkpointBytes: number;
  readonly #checkpointRatio: number;
  #generation: Generation;
  #waiting: Waiting[] = [];
  #flushing = false;
  /** Writes, checkpoints and closing, one after the other. */
  #chain: Promise<unknown> = Promise.resolve();
  #failure: ServiceError | undefined;
  /** Length of the journal when a checkpoint last failed. */
  #failedAt = 0;
  #closed = false;

  /** Use `openStore`. */
  constructor(backend: StorageBackend, generation: Generation, options: StoreOptions) {
    this.#backend = backend;
    this.#generation = generation;
    this.#checkpointBytes = options.checkpointBytes ?? 8 << 20;
    this.#checkpointRatio = options.checkpointRatio ?? 1;
  }

  /** Sequence number of the last durable record. */
  get seq(): number { return this.#generation.seq; }

  /** Bytes on the medium. */
  get bytes(): { snapshot: number; journal: number } {
    return { snapshot: this.#generation.snapshotBytes, journal: this.#generation.journalBytes };
  }

  /** Whether the snapshot holds an index graph; without one it is built again after the next opening. */
  get hasGraph(): boolean { return this.#generation.hasGraph; }

  /** The journal has outgrown the snapshot: call `checkpoint` when no change is under way. After one that failed, not before the journal has grown as much again. */
  get checkpointDue(): boolean {
    const { journalBytes, snapshotBytes } = this.#generation;
    return this.#failure === undefined && journalBytes - this.#failedAt > Math.max(this.#checkpointBytes, snapshotBytes * this.#checkpointRatio);
  }

  /**
   * Makes one change, or several as one atomic unit, durable; order of calls is kept. The arrays may be reused once this returns its promise.
   * When it rejects (QUOTA, READONLY, STORAGE_IO, BUSY, DISPOSED) the change was taken back and the store goes on. Only when taking it
   * back failed too (every later call then rejects), or a crash came in between, it is open whether the next opening finds the change.
   */
  append(records: JournalRecord | JournalRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#check();
      const unit = (Array.isArray(records) ? records : [records]).flatMap(encodeRecord);
      if (unit.length === 0) { resolve(); return; }
      this.#waiting.push({ unit, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      void this.#run(() => this.#flush());
    });
  }

  /**
   * Writes `source` as the new snapshot and starts an empty journal. `source` must hold exactly what was appended so far and must
   * not change until this resolves: run it where changes are serialised. On failure the store goes on with what it had.
   */
  checkpoint(source: SnapshotSource): Promise<void> {
    return this.#run(async () => {
      this.#check();
      const old = this.#generation;
      const number = old.number + 1;
      const name = snapshotName(number);
      try {
        await this.#backend.remove(name);
        let snapshotBytes = 0;
        for (const piece of coalesce(snapshotChunks(source))) {
          await this.#backend.append(name, piece);
          snapshotBytes += piece.length;
        }
        await this.#backend.sync(name);
        const next = { ...await startGeneration(this.#backend, number, old.seq), snapshotBytes, hasGraph: source.graph !== undefined };
        await this.#switch(next);
      } catch (error) {
        this.#failedAt = old.journalBytes;
        // While it is open which manifest counts, both generations stay.
        if (!this.#failure) await this.#discard(number);
        throw error;
      }
      this.#failedAt = 0;
      await this.#discard(old.number);
    });
  }

  async #switch(next: Generation): Promise<void> {
    try {
      await this.#backend.replace(MANIFEST, encodeManifest({ generation: next.number, hasSnapshot: true }));
    } catch (error) {
      const now = await this.#backend.read(MANIFEST).then((bytes) => bytes && decodeManifest(bytes).generation).catch(() => undefined);
      // Only when the old manifest is seen to stand is the old generation certain to be the one that is found again.
      if (now !== this.#generation.number) this.#failure = storeFailed(this.#backend, error);
      throw error;
    }
    this.#generation = next;
  }

  /** Files that do not count any more; left over, they are removed at the next opening. */
  async #discard(number: number): Promise<void> {
    await this.#backend.remove(snapshotName(number)).catch(() => undefined);
    await this.#backend.remove(journalName(number)).catch(() => undefined);
  }

  /** Waits for what is pending, closes the files and gives the lock back. Safe to call twice. */
  close(): Promise<void> {
    if (this.#closed) return this.#chain.then(() => undefined);
    this.#closed = true;
    return this.#run(() => this.#backend.close());
  }

  #check(): void {
    if (this.#closed) throw new ServiceError('DISPOSED', 'this store is closed: open it again', { service: 'vector' });
    if (this.#failure) throw this.#failure;
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#chain.then(work);
    this.#chain = result.catch(() => undefined);
    return result;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#write(batch);
    }
    this.#flushing = false;
  }

  /** One write and one sync for the whole batch; if that fails the changes get a try each, so that a large one does not take small ones with it. */
  async #write(batch: Waiting[]): Promise<void> {
    try {
      if (this.#failure) throw this.#failure;
      await this.#commit(batch.flatMap(({ unit }) => unit.map((record, i) => ({ record, more: i < unit.length - 1 }))));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length === 1 || this.#failure) for (const { reject } of batch) reject(error);
      else for (const one of batch) await this.#write([one]);
    }
  }

  async #commit(records: { record: EncodedRecord; more: boolean }[]): Promise<void> {
    const { number, salt, journalBytes, seq } = this.#generation;
    const name = journalName(number);
    const pieces = records.flatMap(({ record, more }, i) => [sealRecord(record, { seq: seq + 1 + i, durable: seq, salt, more }), ...record.pieces]);
    try {
      for (const piece of coalesce(pieces)) await this.#backend.append(name, piece);
      await this.#backend.sync(name);
    } catch (error) {
      await this.#rollBack(name, journalBytes, error);
      throw error;
    }
    this.#generation.seq += records.length;
    for (const piece of pieces) this.#generation.journalBytes += piece.length;
  }

  /** All before `length` was synced by itself, so cutting the rest off restores a known state; if even that fails, the medium is not trusted any more. */
  async #rollBack(name: string, length: number, cause: unknown): Promise<void> {
    try {
      await this.#backend.truncate(name, length);
      await this.#backend.sync(name);
    } catch {
      this.#failure = storeFailed(this.#backend, cause);
    }
  }
}

function storeFailed(backend: StorageBackend, cause: unknown): ServiceError {
  const code = cause instanceof ServiceError ? cause.code : 'STORAGE_IO';
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ServiceError(code, `${backend.label} failed in the middle of a write and takes no more changes until it is opened again: ${message}`, { service: 'vector', cause });
}
