/**
 * Exclusivity in IndexedDB itself, for pages that have no Web Locks (plain http): a lease that its holder renews. Every
 * write looks at it in its own transaction, so a holder that slept and lost it can write nothing more.
 */
import { ServiceError } from '../../errors.js';
import { transact } from './idb.js';
import { retry } from './retry.js';

export const LEASE_STORE = 'lease';
const KEY = 'lease';
const LEASE_MS = 10_000;

interface LeaseRecord { token: string; expires: number; since: string }

export interface Lease {
  /** Goes on with `next` inside a write transaction when the lease still stands; otherwise aborts it with BUSY. */
  fence(transaction: IDBTransaction, abort: (error: unknown) => void, next: () => void): void;
  release(): Promise<void>;
}

/** Takes the lease, or BUSY when another context holds one that has not run out (a dead context's runs out within ten seconds). */
export async function takeLease(database: IDBDatabase, label: string): Promise<Lease> {
  // No crypto.randomUUID on plain http.
  const token = Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-');
  const since = new Date().toISOString();
  const lost = (): ServiceError => new ServiceError('BUSY', `${label}: another tab or worker took over while this one slept: open the collection again`);
  const write = (mayTake: (record: LeaseRecord | undefined) => ServiceError | undefined): Promise<undefined> =>
    transact(database, [LEASE_STORE], 'readwrite', label, (transaction, _done, abort) => {
      const store = transaction.objectStore(LEASE_STORE);
      const request = store.get(KEY) as IDBRequest<LeaseRecord | undefined>;
      request.onsuccess = () => {
        const refusal = mayTake(request.result);
        if (refusal) abort(refusal);
        else store.put({ token, expires: Date.now() + LEASE_MS, since } satisfies LeaseRecord, KEY);
      };
    });

  await retry(() => write((record) => {
    if (!record || record.expires <= Date.now()) return undefined;
    return new ServiceError('BUSY', `${label} is open in another tab or worker since ${record.since}: close it there or use another name; after a crash wait ten seconds`, { detail: { since: record.since } });
  }), (error) => error instanceof ServiceError && error.code === 'BUSY');

  const timer = setInterval(() => {
    // A renewal that fails is noticed by the next write's fence.
    write((record) => (record?.token === token ? undefined : lost())).catch(() => undefined);
  }, LEASE_MS / 3);

  return {
    fence(transaction, abort, next) {
      const request = transaction.objectStore(LEASE_STORE).get(KEY) as IDBRequest<LeaseRecord | undefined>;
      request.onsuccess = () => { if (request.result?.token === token) next(); else abort(lost()); };
    },
    async release() {
      clearInterval(timer);
      await transact(database, [LEASE_STORE], 'readwrite', label, (transaction) => {
        const store = transaction.objectStore(LEASE_STORE);
        const request = store.get(KEY) as IDBRequest<LeaseRecord | undefined>;
        request.onsuccess = () => { if (request.result?.token === token) store.delete(KEY); };
      }).catch(() => undefined);
    },
  };
}
