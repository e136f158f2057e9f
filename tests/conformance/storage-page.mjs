/**
 * The storage suite in a browser. In a page: `await runStorageSuite('indexeddb')`; in a dedicated module worker: post the kind and get the
 * results. Either way [{ name, ok, error? }], plain JSON.
 */
import { ServiceError } from '../../js/dist/errors.js';
import { storageBackend } from '../../js/dist/host/storage/index.js';
import { f32Rows } from '../../js/dist/services/vector/storage/format.js';
import { openStore } from '../../js/dist/services/vector/storage/store.js';
import { makeAssert } from './lib/assert.mjs';
import { cases } from './storage-suite.mjs';

/** `locks: false` hides Web Locks, as plain http does. `only` picks cases by a part of their name. */
export async function runStorageSuite({ storage, locks = true, only = '' }) {
  if (!locks) Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
  const run = Math.random().toString(36).slice(2);
  let places = 0;
  const makePlace = () => {
    const name = `${run}-${++places}`;
    return () => storageBackend({ storage, name, service: 'vector' });
  };
  const results = [];
  for (const { name, run: runCase } of cases(makePlace, { openStore, f32Rows }, makeAssert({ ServiceError }))) {
    if (!name.includes(only)) continue;
    const started = performance.now();
    try {
      await runCase();
      results.push({ name, ok: true, ms: Math.round(performance.now() - started) });
    } catch (error) {
      results.push({ name, ok: false, error: `${error.name} ${error.code ?? ''}: ${error.message}` });
    }
  }
  return results;
}

const inWorker = typeof WorkerGlobalScope === 'function' && globalThis instanceof WorkerGlobalScope;
if (inWorker) globalThis.onmessage = async ({ data }) => globalThis.postMessage(await runStorageSuite(data));
