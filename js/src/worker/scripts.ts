/** The workers of this package, each written literally once, where bundlers look for them. */
import type { WorkerScript } from '../host/types.js';

export const VECTOR_WORKER: WorkerScript = {
  web: () => new Worker(new URL('./vector.entry.js', import.meta.url), { type: 'module', name: 'wasm-services vector' }),
  file: 'vector.entry.js',
  get base() { return import.meta.url; },
};

export const SQLITE_WORKER: WorkerScript = {
  web: () => new Worker(new URL('./sqlite.entry.js', import.meta.url), { type: 'module', name: 'wasm-services sqlite' }),
  file: 'sqlite.entry.js',
  get base() { return import.meta.url; },
};

/** A helper thread of the variant simd-threads; started by the vector worker, never by a page. */
export const VECTOR_POOL: WorkerScript = {
  web: () => new Worker(new URL('./vector-pool.entry.js', import.meta.url), { type: 'module', name: 'wasm-services vector pool' }),
  file: 'vector-pool.entry.js',
  get base() { return import.meta.url; },
};
