/**
 * The worker of the sqlite service, written literally once, where bundlers look for it. A file of its own: an application that uses one service
 * builds no other's worker.
 */
import type { WorkerScript } from '../../host/types.js';

export const SQLITE_WORKER: WorkerScript = {
  web: () => new Worker(new URL('../sqlite.entry.js', import.meta.url), { type: 'module', name: 'wasm-services sqlite' }),
  file: '../sqlite.entry.js',
  get base() { return import.meta.url; },
};
