/** Pages and Web Workers, and whatever is not known better. */
import type { Host, Runtime } from './types.js';
import { hardwareConcurrency, noPackages, now, sha384, yieldByMessage } from './shared.js';
import { webParentPort, wrapWebWorker } from './web-worker.js';

const isPage = (): boolean => typeof window === 'object' && typeof document === 'object';

function runtime(): Runtime {
  if (isPage()) return 'browser';
  const scope = (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope;
  return typeof scope === 'function' ? 'worker' : 'unknown';
}

export const browser: Host = {
  get runtime() { return runtime(); },
  get isPage() { return isPage(); },
  env: () => undefined,
  now,
  yieldNow: yieldByMessage,
  hardwareConcurrency,
  // Chromium alone tells.
  jsHeapBytes: () => (performance as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? null,
  resolveURL: (reference) => new URL(reference, typeof document === 'object' ? document.baseURI : (globalThis as { location?: Location }).location?.href),
  readFile: () => undefined,
  sha384,
  sqlite: () => undefined,
  requirePackage: noPackages,
  asyncContext: () => undefined,
  get hasWorkers() { return typeof Worker === 'function'; },
  startWorker: (script) => wrapWebWorker(script.web()),
  adoptWorker: (worker) => wrapWebWorker(worker as Worker),
  parentPort: webParentPort,
};
