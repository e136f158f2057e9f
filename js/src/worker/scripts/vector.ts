/**
 * The worker of the vector service, written literally once, where bundlers look for it. A file of its own: an application that uses one service
 * builds no other's worker.
 */
import type { WorkerScript } from '../../host/types.js';

export const VECTOR_WORKER: WorkerScript = {
  web: () => new Worker(new URL('../vector.entry.js', import.meta.url), { type: 'module', name: 'wasm-services vector' }),
  file: '../vector.entry.js',
  get base() { return import.meta.url; },
};
