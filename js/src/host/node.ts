/**
 * Node, Bun and Deno. Built-in modules come through `process.getBuiltinModule` (Node >= 20.16, Bun, Deno 2): synchronous, and no
 * bundler for browsers ever sees a `node:` import.
 */
import { processors, whichRuntime } from '../detect.js';
import type { Host, HostPort, HostWorker, HostZlib } from './types.js';
import { measure, now, yieldByMessage } from './shared.js';
import { webParentPort, wrapWebWorker } from './web-worker.js';

const builtin: typeof process.getBuiltinModule = (id: string) => globalThis.process.getBuiltinModule(id);

function wrapThread(worker: import('node:worker_threads').Worker): HostWorker {
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as import('node:worker_threads').TransferListItem[]),
    onMessage: (listener) => { worker.on('message', listener); },
    onFailure(listener) {
      worker.on('error', (error: Error) => listener(error?.message || 'the worker script could not be loaded'));
      worker.on('messageerror', (error: Error) => listener(`a message could not be read back: ${error.message}`));
      worker.on('exit', (code) => listener(`the worker thread ended with code ${code}`));
    },
    terminate: async () => { await worker.terminate(); },
    keepAlive(on) { if (on) worker.ref(); else worker.unref(); },
  };
}

const isThread = (worker: unknown): worker is import('node:worker_threads').Worker => typeof (worker as { on?: unknown }).on === 'function';

export const node: Host = {
  get runtime() { return whichRuntime(); },
  isPage: false,
  env: (name) => globalThis.process.env[name],
  now,
  // setImmediate is cheaper than a channel and keeps no handle.
  yieldNow: () => (typeof setImmediate === 'function' ? new Promise((resolve) => { setImmediate(resolve); }) : yieldByMessage()),
  hardwareConcurrency: () => processors(),
  jsHeapBytes: () => globalThis.process.memoryUsage().heapUsed,
  // Bun and Deno have the function and no such figure.
  jsHeapLimit: () => (whichRuntime() === 'node' && builtin('node:v8')?.getHeapStatistics().heap_size_limit) || null,
  hiddenUntil: () => -Infinity,
  measure,
  channel: (name) => builtin('node:diagnostics_channel')?.channel(name),
  resolveURL(reference) {
    if (/^[a-z][a-z0-9+.-]+:/i.test(reference)) return new URL(reference);
    return builtin('node:url')!.pathToFileURL(reference) as URL;
  },
  readFile(url, signal) {
    if (url.protocol !== 'file:') return undefined;
    return builtin('node:fs/promises')!.readFile(url, signal ? { signal } : {})
      .then((buffer) => new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength));
  },
  sha384: async (bytes) => builtin('node:crypto')!.createHash('sha384').update(bytes).digest('base64'),
  sqlite() {
    const name = whichRuntime() === 'bun' ? 'bun:sqlite' : 'node:sqlite';
    const module: unknown = builtin(name);
    return module === undefined ? undefined : { name, module };
  },
  zlib: () => builtin('node:zlib') as unknown as HostZlib | undefined,
  requirePackage(id, base) {
    const { createRequire } = builtin('node:module')!;
    try {
      return createRequire(base)(id) as unknown;
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
      return createRequire(`${globalThis.process.cwd()}/`)(id) as unknown;
    }
  },
  installedFile(id) {
    try {
      return builtin('node:url')!.pathToFileURL(builtin('node:module')!.createRequire(`${globalThis.process.cwd()}/`).resolve(id)) as URL;
    } catch {
      return undefined;
    }
  },
  asyncContext: <T>() => {
    const hooks = builtin('node:async_hooks');
    return hooks ? new hooks.AsyncLocalStorage<T>() : undefined;
  },
  hasWorkers: true,
  startWorker(script) {
    // Bun's Web Workers can be let go of; Deno's keep the process alive and end without a word, its worker_threads do neither.
    if (typeof Worker === 'function' && whichRuntime() !== 'deno') return wrapWebWorker(script.web());
    const { Worker: Thread } = builtin('node:worker_threads')!;
    // Flags of the process (--input-type, --eval, --import) are the program's business and would break a plain module's start.
    return wrapThread(new Thread(new URL(script.file, script.base), { execArgv: [] }));
  },
  adoptWorker: (worker) => (isThread(worker) ? wrapThread(worker) : wrapWebWorker(worker as Worker)),
  parentPort(): HostPort {
    const port = builtin('node:worker_threads')!.parentPort;
    if (!port) return webParentPort();
    return {
      post: (message, transfer = []) => port.postMessage(message, transfer as import('node:worker_threads').TransferListItem[]),
      onMessage: (listener) => { port.on('message', listener); },
      close: () => port.close(),
    };
  },
};
