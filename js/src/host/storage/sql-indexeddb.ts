/**
 * A database in IndexedDB, for browsers without synchronous files: SQLite works in memory, and here are the blocks of its file. A commit writes
 * the changed ones in one transaction, so the store always holds the state after some commit; opening reads it whole.
 */
import { ServiceError } from '../../errors.js';
import { takeStorageFault } from '../../faults.js';
import { unsupported } from './errors.js';
import { takeSharedLock, type SharedLock } from './hand-over.js';
import { openDatabase, transact } from './idb.js';
import { LEASE_STORE, takeLease, type Lease } from './idb-lease.js';

const BLOCKS = 'blocks';
const META = 'meta';
const META_KEY = 'file';
/** A read asks for this many blocks at once. */
const READ_BLOCKS = 2048;

/** Bytes of every block but the last, which is as long as the file goes. */
export const BLOCK_BYTES = 4096;

export interface SqlBlock {
  /** The block holds the bytes from `index * BLOCK_BYTES` on. */
  index: number;
  bytes: Uint8Array;
}

/** The stored file of a database that lives in memory. */
export interface SqlBlocks {
  readonly label: string;
  /** The file as the last commit left it; empty when there is none. */
  load(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Writes the changed blocks and the size of the file in one transaction; resolves when it is complete (with 'strict' durability, on the disk). On
   * failure nothing of it is stored. The bytes are copied before this returns.
   */
  commit(blocks: readonly SqlBlock[], size: number): Promise<void>;
}

interface Meta { size: number; blockBytes: number }

export class IndexedDBBlocks implements SqlBlocks {
  readonly label: string;
  readonly #database: IDBDatabase;
  readonly #durability: 'strict' | 'relaxed';
  readonly #readonly: boolean;
  #lock: SharedLock | undefined;
  #lease: Lease | undefined;
  #failure: ServiceError | undefined;
  /** Commits go one after the other, in the order in which they were asked for. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: IDBDatabase, label: string, readonly: boolean, durability: 'strict' | 'relaxed', lock: SharedLock | undefined, lease: Lease | undefined) {
    this.#database = database;
    this.label = label;
    this.#readonly = readonly;
    this.#durability = durability;
    this.#lock = lock;
    this.#lease = lease;
    database.onversionchange = () => {
      this.#failure = new ServiceError('BUSY', `${label}: another tab deletes or upgrades the database: reload this one`);
      database.close();
    };
    database.onclose = () => {
      this.#failure = new ServiceError('STORAGE_IO', `${label}: the browser closed the database (were the site’s data cleared?): open it again`);
    };
  }

  async load(): Promise<Uint8Array<ArrayBuffer>> {
    this.#check();
    const meta = await this.#read(META, (store) => store.get(META_KEY) as IDBRequest<Meta | undefined>);
    if (!meta) return new Uint8Array(0);
    if (meta.blockBytes !== BLOCK_BYTES) throw new ServiceError('CORRUPT', `${this.label}: it was written by another version of wasm-services: update the package`);
    const file = allocate(meta.size, this.label);
    const count = Math.ceil(meta.size / BLOCK_BYTES);
    for (let from = 0; from < count; from += READ_BLOCKS) {
      const to = Math.min(from + READ_BLOCKS, count);
      const blocks = await this.#read(BLOCKS, (store) => store.getAll(IDBKeyRange.bound(from, to - 1)) as IDBRequest<Uint8Array[]>);
      if (blocks.length !== to - from) throw new ServiceError('CORRUPT', `${this.label}: blocks ${from} to ${to - 1} are not all there (${blocks.length} found): restore the database from a copy`);
      blocks.forEach((bytes, i) => {
        const at = (from + i) * BLOCK_BYTES;
        // A block may be longer than what a smaller file still has of it.
        file.set(bytes.length > meta.size - at ? bytes.subarray(0, meta.size - at) : bytes, at);
      });
    }
    return file;
  }

  commit(blocks: readonly SqlBlock[], size: number): Promise<void> {
    const refusal = this.#refusal();
    if (refusal) return Promise.reject(refusal);
    const copies = blocks.map(({ index, bytes }) => ({ index, bytes: bytes.slice() }));
    const work = this.#last.then(() => this.#write(copies, size));
    this.#last = work.catch(() => undefined);
    return work;
  }

  #refusal(): ServiceError | undefined {
    if (this.#readonly) return new ServiceError('READONLY', `${this.label} was opened read-only: open it without \`readonly\``);
    const fault = takeStorageFault('sqlite');
    if (fault) return new ServiceError(fault === 'quota' ? 'QUOTA' : 'STORAGE_IO', `${this.label}: a write failed on purpose (${fault}): repeat the call`, { service: 'sqlite' });
    return undefined;
  }

  async #write(blocks: readonly SqlBlock[], size: number): Promise<void> {
    this.#check();
    const lease = this.#lease;
    await transact(this.#database, lease ? [BLOCKS, META, LEASE_STORE] : [BLOCKS, META], 'readwrite', this.label, (transaction, _done, abort) => {
      const write = (): void => {
        const store = transaction.objectStore(BLOCKS);
        const count = Math.ceil(size / BLOCK_BYTES);
        for (const { index, bytes } of blocks) if (index < count) store.put(bytes, index);
        store.delete(IDBKeyRange.lowerBound(count));
        transaction.objectStore(META).put({ size, blockBytes: BLOCK_BYTES } satisfies Meta, META_KEY);
      };
      if (lease) lease.fence(transaction, abort, write); else write();
    }, this.#durability);
  }

  #read<T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return transact<T>(this.#database, [store], 'readonly', this.label, (transaction, done) => {
      const request = ask(transaction.objectStore(store));
      request.onsuccess = () => done(request.result);
    });
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Waits for the commits that are under way, then lets go. Safe to call twice. */
  async close(): Promise<void> {
    await this.#last;
    this.#failure ??= new ServiceError('DISPOSED', `${this.label} is closed: open it again`);
    await this.#lease?.release();
    this.#lease = undefined;
    this.#database.close();
    this.#lock?.release();
    this.#lock = undefined;
  }
}

function allocate(size: number, label: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new ServiceError('OUT_OF_MEMORY', `${label}: no room for a database of ${size} bytes: free memory`, { cause });
  }
}

/**
 * Takes the database's lock (or, without Web Locks, a lease in the database) and opens it.
 *
 * @param onWanted another tab or worker asks for the database: close it soon
 * @throws ServiceError UNSUPPORTED, BUSY, QUOTA, STORAGE_IO
 */
export async function openIndexedDBBlocks(databaseName: string, label: string, options: { readonly: boolean; durability: 'strict' | 'relaxed' }, onWanted: () => void): Promise<IndexedDBBlocks> {
  if (typeof indexedDB !== 'object') throw unsupported("'indexeddb'", 'this host has no IndexedDB', 'On a server use storage: { file }');
  const lock = await takeSharedLock(`wasm-services:idb:${databaseName}`, label, onWanted);
  let database: IDBDatabase | undefined;
  try {
    database = await openDatabase(databaseName, [BLOCKS, META, LEASE_STORE], label);
    return new IndexedDBBlocks(database, label, options.readonly, options.durability, lock, lock ? undefined : await takeLease(database, label));
  } catch (error) {
    database?.close();
    lock?.release();
    throw error;
  }
}
