/**
 * The worker of the data service, written literally once, where bundlers look for it. A file of its own: an application that uses one service
 * builds no other's worker.
 */
import type { WorkerScript } from '../../host/types.js';

export const DATA_WORKER: WorkerScript = {
  web: () => new Worker(new URL('../data.entry.js', import.meta.url), { type: 'module', name: 'wasm-services data' }),
  file: '../data.entry.js',
  get base() { return import.meta.url; },
};
