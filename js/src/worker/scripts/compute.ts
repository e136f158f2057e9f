/**
 * The worker of the compute service, written literally once, where bundlers look for it. A file of its own: an application that uses one service
 * builds no other's worker.
 */
import type { WorkerScript } from '../../host/types.js';

export const COMPUTE_WORKER: WorkerScript = {
  web: () => new Worker(new URL('../compute.entry.js', import.meta.url), { type: 'module', name: 'wasm-services compute' }),
  file: '../compute.entry.js',
  get base() { return import.meta.url; },
};
