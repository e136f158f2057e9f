/** IndexedDB's requests and transactions as promises. */
import { ServiceError } from '../../errors.js';
import { fromDOMError } from './errors.js';

const OPEN_TIMEOUT_MS = 10_000;

/** Opens (making it on first use) a database with the given object stores, all with keys of their own. */
export function openDatabase(name: string, stores: string[], label: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => { void fromDOMError(error, label).then(reject); };
    let request: IDBOpenDBRequest;
    try {
      request = indexedDB.open(name, 1);
    } catch (error) {
      fail(error);
      return;
    }
    const busy = (): void => {
      reject(new ServiceError('BUSY', `${label}: the browser does not open the database, another tab is changing or deleting it: close the other tabs and try again`));
    };
    let late = false;
    const timer = setTimeout(() => { late = true; busy(); }, OPEN_TIMEOUT_MS);
    request.onblocked = busy;
    request.onupgradeneeded = () => { for (const store of stores) request.result.createObjectStore(store); };
    request.onerror = () => {
      clearTimeout(timer);
      if (request.error?.name === 'VersionError') reject(new ServiceError('CORRUPT', `${label}: it was written by a newer version of wasm-services: update the package`, { cause: request.error }));
      else fail(request.error);
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      if (late) request.result.close(); else resolve(request.result);
    };
  });
}

/**
 * Runs `work` in one transaction and resolves with what it last handed to `done`, once the transaction is complete: on the disk, not
 * only in the browser's buffers ('strict'; with 'relaxed' it may be there alone). A throw inside `work` or its callbacks aborts it all.
 */
export function transact<T = undefined>(database: IDBDatabase, stores: string[], mode: IDBTransactionMode, label: string,
  work: (transaction: IDBTransaction, done: (value: T) => void, abort: (error: unknown) => void) => void, durability: 'strict' | 'relaxed' = 'strict'): Promise<T> {
  return new Promise((resolve, reject) => {
    let value: T;
    let reason: unknown;
    const fail = (error: unknown): void => { void fromDOMError(error, label).then(reject); };
    try {
      const transaction = database.transaction(stores, mode, { durability });
      transaction.oncomplete = () => resolve(value);
      transaction.onabort = () => fail(reason ?? transaction.error ?? new DOMException('the transaction was aborted', 'AbortError'));
      const abort = (error: unknown): void => { reason = error; transaction.abort(); };
      try {
        work(transaction, (result) => { value = result; }, abort);
      } catch (error) {
        abort(error);
      }
    } catch (error) {
      fail(error);
    }
  });
}
