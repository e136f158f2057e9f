/**
 * The one way to the host. Which host it is, is found when a member is first used, not by the package's import conditions:
 * so the same files run unbundled in a page, in its module workers (import maps do not reach those), in bundles and on servers.
 *
 * ```ts
 * import { host } from '../host/index.js';
 * if (host.env('DISABLE_WASM') === 'true') …
 * ```
 */
import { hostKind } from '../detect.js';
import { browser } from './browser.js';
import { node } from './node.js';
import type { Host } from './types.js';
import { workerd } from './workerd.js';

export type { AsyncContext, Host, HostPort, HostWorker, Runtime, WorkerScript } from './types.js';

let current: Host | undefined;

function pick(): Host {
  if (current) return current;
  current = { workerd, node, browser }[hostKind()];
  return current;
}

export const host: Host = {
  get runtime() { return pick().runtime; },
  get isPage() { return pick().isPage; },
  get hasWorkers() { return pick().hasWorkers; },
  env: (name) => pick().env(name),
  now: () => pick().now(),
  yieldNow: () => pick().yieldNow(),
  hardwareConcurrency: () => pick().hardwareConcurrency(),
  jsHeapBytes: () => pick().jsHeapBytes(),
  jsHeapLimit: () => pick().jsHeapLimit(),
  hiddenUntil: () => pick().hiddenUntil(),
  measure: (name, start, duration) => pick().measure(name, start, duration),
  channel: (name) => pick().channel(name),
  resolveURL: (reference) => pick().resolveURL(reference),
  readFile: (url, signal) => pick().readFile(url, signal),
  sha384: (bytes) => pick().sha384(bytes),
  sqlite: () => pick().sqlite(),
  zlib: () => pick().zlib(),
  requirePackage: (id, base) => pick().requirePackage(id, base),
  installedFile: (id) => pick().installedFile(id),
  asyncContext: <T>() => pick().asyncContext<T>(),
  startWorker: (script) => pick().startWorker(script),
  adoptWorker: (worker) => pick().adoptWorker(worker),
  parentPort: () => pick().parentPort(),
};
