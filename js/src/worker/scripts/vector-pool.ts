/** A helper thread of vector search's variant simd-threads; started by the vector worker, never by a page. */
import type { WorkerScript } from '../../host/types.js';

export const VECTOR_POOL: WorkerScript = {
  web: () => new Worker(new URL('../vector-pool.entry.js', import.meta.url), { type: 'module', name: 'wasm-services vector pool' }),
  file: '../vector-pool.entry.js',
  get base() { return import.meta.url; },
};
