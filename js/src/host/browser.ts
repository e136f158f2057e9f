/** Pages and Web Workers, and whatever is not known better. */
import { processors, whichRuntime } from '../detect.js';
import type { Host } from './types.js';
import { measure, noPackages, now, sha384, yieldByMessage } from './shared.js';
import { webParentPort, wrapWebWorker } from './web-worker.js';

const isPage = (): boolean => typeof window === 'object' && typeof document === 'object';

/** By `now`; undefined until somebody asked. */
let hidden: number | undefined;

function watchHidden(): number {
  if (hidden === undefined) {
    hidden = -Infinity;
    if (isPage()) document.addEventListener('visibilitychange', () => { hidden = now(); });
  }
  if (isPage() && document.visibilityState === 'hidden') hidden = now();
  return hidden;
}

export const browser: Host = {
  get runtime() { return whichRuntime(); },
  get isPage() { return isPage(); },
  env: () => undefined,
  now,
  yieldNow: yieldByMessage,
  hardwareConcurrency: () => processors(),
  // Chromium alone tells.
  jsHeapBytes: () => (performance as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? null,
  resolveURL: (reference) => new URL(reference, typeof document === 'object' ? document.baseURI : (globalThis as { location?: Location }).location?.href),
  jsHeapLimit: () => (performance as { memory?: { jsHeapSizeLimit: number } }).memory?.jsHeapSizeLimit ?? null,
  hiddenUntil: () => watchHidden(),
  measure,
  channel: () => undefined,
  readFile: () => undefined,
  sha384,
  sqlite: () => undefined,
  zlib: () => undefined,
  requirePackage: noPackages,
  installedFile: () => undefined,
  asyncContext: () => undefined,
  get hasWorkers() { return typeof Worker === 'function'; },
  startWorker: (script) => wrapWebWorker(script.web()),
  adoptWorker: (worker) => wrapWebWorker(worker as Worker),
  parentPort: webParentPort,
};
