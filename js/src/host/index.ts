/**
 * The one way to the host. Which host it is, is found when a member is first used, not by the package's import conditions:
 * so the same files run unbundled in a page, in its module workers (import maps do not reach those), in bundles and on servers.
 *
 * ```ts
 * import { host } from '../host/index.js';
 * if (host.env('DISABLE_WASM') === 'true') …
 * ```
 */
import { browser } from './browser.js';
import { node } from './node.js';
import type { Host } from './types.js';
import { workerd } from './workerd.js';

export type { AsyncContext, Host, HostPort, HostWorker, Runtime, WorkerScript } from './types.js';

let current: Host | undefined;

function pick(): Host {
  if (current) return current;
  const agent = typeof navigator === 'object' ? navigator.userAgent : undefined;
  // Cloudflare and Next set browser-like and Node-like globals too: ask for them first.
  if (agent === 'Cloudflare-Workers' || 'EdgeRuntime' in globalThis) current = workerd;
  // Electron's pages have a Node-like `process` and are pages all the same; jsdom has a `document` and is Node all the same.
  else if (typeof globalThis.process?.getBuiltinModule === 'function' && (globalThis.process as { type?: string }).type !== 'renderer') current = node;
  else current = browser;
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
  resolveURL: (reference) => pick().resolveURL(reference),
  readFile: (url, signal) => pick().readFile(url, signal),
  sha384: (bytes) => pick().sha384(bytes),
  sqlite: () => pick().sqlite(),
  requirePackage: (id, base) => pick().requirePackage(id, base),
  asyncContext: <T>() => pick().asyncContext<T>(),
  startWorker: (script) => pick().startWorker(script),
  adoptWorker: (worker) => pick().adoptWorker(worker),
  parentPort: () => pick().parentPort(),
};
