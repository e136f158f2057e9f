/** A helper thread of the compute engine's variant simd-threads; started by the compute worker, never by a page. */
import type { WorkerScript } from '../../host/types.js';

export const COMPUTE_POOL: WorkerScript = {
  web: () => new Worker(new URL('../compute-pool.entry.js', import.meta.url), { type: 'module', name: 'wasm-services compute pool' }),
  file: '../compute-pool.entry.js',
  get base() { return import.meta.url; },
};
