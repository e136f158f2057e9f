/**
 * A collection in an IndexedDB database of its own. A file is a run of chunks with keys [name, start, end]; what is appended
 * is kept back until `sync` (or 8 MiB) and then written in one transaction, acknowledged when that is complete on the disk.
 */
import { ServiceError } from '../../errors.js';
import type { StorageBackend } from './backend.js';
import { unsupported } from './errors.js';
import { openDatabase, transact } from './idb.js';
import { LEASE_STORE, takeLease, type Lease } from './idb-lease.js';
import { holdWebLock } from './web-lock.js';

const CHUNKS = 'chunks';
const SMALL = 'small';
const FLUSH_BYTES = 8 << 20;
/** A read asks for about this much, or this many chunks, at once. */
const READ_BYTES = 16 << 20;
const READ_CHUNKS = 4096;

type ChunkKey = [name: string, start: number, end: number];

/** All chunks of a file that start at `from` or later. */
const fileRange = (name: string, from = 0): IDBKeyRange => IDBKeyRange.bound([name, from], [name, Infinity], false, true);

export class IndexedDBBackend implements StorageBackend {
  readonly kind = 'indexeddb';
  readonly label: string;
  readonly #databaseName: string;
  #database: IDBDatabase | undefined;
  #unlock: (() => void) | undefined;
  #lease: Lease | undefined;
  #failure: ServiceError | undefined;
  /** Sizes of the files, what is kept back included. */
  #sizes = new Map<string, number>();
  #pending: { key: ChunkKey; bytes: Uint8Array }[] = [];
  #pendingBytes = 0;

  constructor(databaseName: string, name: string) {
    this.#databaseName = databaseName;
    this.label = `IndexedDB collection "${name}"`;
  }

  async open(): Promise<void> {
    if (typeof indexedDB !== 'object') throw unsupported("'indexeddb'", 'this host has no IndexedDB', 'On a server use storage: { directory }');
    this.#unlock = await holdWebLock(`wasm-services:idb:${this.#databaseName}`, this.label);
    try {
      const database = await openDatabase(this.#databaseName, [CHUNKS, SMALL, LEASE_STORE], this.label);
      this.#database = database;
      database.onversionchange = () => this.#lose('BUSY', 'another tab deletes or upgrades the database: reload this one');
      database.onclose = () => this.#lose('STORAGE_IO', 'the browser closed the database (were the site’s data cleared?): open the collection again');
      if (!this.#unlock) this.#lease = await takeLease(database, this.label);
      await this.#loadSizes();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #lose(code: 'BUSY' | 'STORAGE_IO', why: string): void {
    this.#failure = new ServiceError(code, `${this.label}: ${why}`);
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): IDBDatabase {
    if (this.#failure) throw this.#failure;
    if (!this.#database) throw new ServiceError('DISPOSED', `${this.label} is closed: open the collection again`);
    return this.#database;
  }

  /** One durable transaction, under the lease where there are no Web Locks. */
  #write(stores: string[], work: (transaction: IDBTransaction, abort: (error: unknown) => void) => void): Promise<undefined> {
    const lease = this.#lease;
    return transact(this.#open(), lease ? [...stores, LEASE_STORE] : stores, 'readwrite', this.label, (transaction, _done, abort) => {
      if (lease) lease.fence(transaction, abort, () => work(transaction, abort)); else work(transaction, abort);
    });
  }

  #read<T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return transact<T>(this.#open(), [store], 'readonly', this.label, (transaction, done) => {
      const request = ask(transaction.objectStore(store));
      request.onsuccess = () => done(request.result);
    });
  }

  async #loadSizes(): Promise<void> {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#sizes = new Map();
    // Keys come in order, so the last chunk of a file sets its size.
    for (const [name, , end] of await this.#read(CHUNKS, (store) => store.getAllKeys()) as ChunkKey[]) this.#sizes.set(name, end);
  }

  async #flush(): Promise<void> {
    if (this.#pending.length === 0) { this.#open(); return; }
    const chunks = this.#pending;
    try {
      await this.#write([CHUNKS], (transaction) => {
        const store = transaction.objectStore(CHUNKS);
        for (const { key, bytes } of chunks) store.put(bytes, key);
      });
      this.#pending = [];
      this.#pendingBytes = 0;
    } catch (error) {
      // Nothing of it was written: go back to what is stored.
      if (this.#database) await this.#loadSizes();
      throw error;
    }
  }

  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    await this.#flush();
    const size = this.#sizes.get(name);
    if (size === undefined) {
      const small = await this.#read(SMALL, (store) => store.get(name)) as Uint8Array<ArrayBuffer> | undefined;
      return small?.slice();
    }
    const keys = await this.#read(CHUNKS, (store) => store.getAllKeys(fileRange(name))) as ChunkKey[];
    const out = allocate(size, this.label);
    let at = 0;
    for (let from = 0; from < keys.length;) {
      let to = from + 1;
      while (to < keys.length && to - from < READ_CHUNKS && keys[to][2] - keys[from][1] < READ_BYTES) to++;
      const range = IDBKeyRange.bound(keys[from], keys[to - 1]);
      const chunks = await this.#read(CHUNKS, (store) => store.getAll(range)) as Uint8Array[];
      for (let i = 0; i < chunks.length; i++) {
        // A gap means that chunks were lost; what is before it is all that can be vouched for.
        if (keys[from + i][1] !== at || chunks[i].length !== keys[from + i][2] - at) return out.subarray(0, at);
        out.set(chunks[i], at);
        at += chunks[i].length;
      }
      from = to;
    }
    return out.subarray(0, at);
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    this.#open();
    const start = this.#sizes.get(name) ?? 0;
    const end = start + bytes.length;
    this.#pending.push({ key: [name, start, end], bytes: bytes.slice() });
    this.#pendingBytes += bytes.length;
    this.#sizes.set(name, end);
    if (this.#pendingBytes >= FLUSH_BYTES) await this.#flush();
  }

  sync(_name: string): Promise<void> {
    return this.#flush();
  }

  async truncate(name: string, size: number): Promise<void> {
    await this.#flush();
    await this.#write([CHUNKS], (transaction) => {
      const store = transaction.objectStore(CHUNKS);
      const request = store.getAllKeys(fileRange(name)) as IDBRequest<IDBValidKey[]>;
      request.onsuccess = () => {
        for (const key of request.result as ChunkKey[]) {
          const [, start, end] = key;
          if (end <= size && end > start) continue;
          if (start < size) {
            const get = store.get(key) as IDBRequest<Uint8Array>;
            get.onsuccess = () => { store.put(get.result.slice(0, size - start), [name, start, size]); };
          }
          store.delete(key);
        }
      };
    });
    this.#sizes.set(name, size);
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#write([SMALL], (transaction) => { transaction.objectStore(SMALL).put(bytes.slice(), name); });
  }

  async remove(name: string): Promise<void> {
    await this.#flush();
    await this.#write([CHUNKS, SMALL], (transaction) => {
      transaction.objectStore(CHUNKS).delete(fileRange(name));
      transaction.objectStore(SMALL).delete(name);
    });
    this.#sizes.delete(name);
  }

  async list(): Promise<string[]> {
    await this.#flush();
    return [...this.#sizes.keys(), ...await this.#read(SMALL, (store) => store.getAllKeys()) as string[]];
  }

  async close(): Promise<void> {
    await this.#lease?.release();
    this.#lease = undefined;
    this.#database?.close();
    this.#database = undefined;
    this.#pending = [];
    this.#unlock?.();
    this.#unlock = undefined;
  }
}

function allocate(size: number, label: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new ServiceError('OUT_OF_MEMORY', `${label}: no room for a file of ${size} bytes: free memory`, { cause });
  }
}
