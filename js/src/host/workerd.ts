/** Edge isolates (workerd, edge-light): no threads, no files, no compiling of bytes; the caller passes compiled Modules by `wasm:`. */
import type { Host } from './types.js';
import { noPackages, now, sha384 } from './shared.js';
import { ServiceError } from '../errors.js';

const noWorkers = (): never => {
  throw new ServiceError('UNSUPPORTED', "this host has no workers: use host: 'inline' (the default here)");
};

export const workerd: Host = {
  runtime: 'workerd',
  isPage: false,
  env: (name) => globalThis.process?.env?.[name],
  now,
  yieldNow: () => new Promise((resolve) => setTimeout(resolve, 0)),
  hardwareConcurrency: () => 1,
  jsHeapBytes: () => null,
  jsHeapLimit: () => null,
  hiddenUntil: () => -Infinity,
  measure: () => undefined,
  channel: () => undefined,
  resolveURL: (reference) => new URL(reference),
  readFile: () => undefined,
  sha384,
  sqlite: () => undefined,
  zlib: () => undefined,
  requirePackage: noPackages,
  installedFile: () => undefined,
  asyncContext: () => undefined,
  hasWorkers: false,
  startWorker: noWorkers,
  adoptWorker: noWorkers,
  parentPort: noWorkers,
};
