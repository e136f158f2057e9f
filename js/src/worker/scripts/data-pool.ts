/** A helper thread of the data processor's variant simd-threads; started by the data worker, never by a page. */
import type { WorkerScript } from '../../host/types.js';

export const DATA_POOL: WorkerScript = {
  web: () => new Worker(new URL('../data-pool.entry.js', import.meta.url), { type: 'module', name: 'wasm-services data pool' }),
  file: '../data-pool.entry.js',
  get base() { return import.meta.url; },
};
