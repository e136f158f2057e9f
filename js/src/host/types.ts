/**
 * What the package needs from the place it runs in. Three hosts keep it: node.ts (Node, Bun, Deno), browser.ts (pages and
 * workers) and workerd.ts (edge isolates). Nothing here is touched at import; every member acts when it is called.
 */
export type Runtime = 'node' | 'bun' | 'deno' | 'browser' | 'worker' | 'workerd' | 'unknown';

/** A value that follows one chain of asynchronous calls. */
export interface AsyncContext<T> {
  run<R>(value: T, fn: () => R): R;
  getStore(): T | undefined;
}

/** A worker of ours, the same on every host. Listeners are set once, right after the start. */
export interface HostWorker {
  post(message: unknown, transfer?: Transferable[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The script could not be loaded, or something in it threw outside a call; or the thread ended by itself. */
  onFailure(listener: (reason: string) => void): void;
  /** Ends the thread; resolves when the host says that it is gone (at once where it cannot say). */
  terminate(): Promise<void>;
  /** Whether this worker keeps the process alive. Without effect in browsers. */
  keepAlive(on: boolean): void;
}

/** The other end: the thread that started this worker. */
export interface HostPort {
  post(message: unknown, transfer?: Transferable[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Ends this worker from inside. */
  close(): void;
}

/** Where a service's worker script lies, in the two forms that hosts understand. */
export interface WorkerScript {
  /** The literal `new Worker(new URL(…, import.meta.url), { type: 'module' })` that bundlers look for. */
  web(): Worker;
  /** The same file for worker_threads: its name beside the module whose `import.meta.url` is `base`. */
  file: string;
  base: string;
}

export type HostCoder = (bytes: Uint8Array, options: object, done: (error: Error | null, result: Uint8Array) => void) => void;
/** The part of node:zlib that is used here. */
export interface HostZlib {
  gzip: HostCoder; gunzip: HostCoder; deflate: HostCoder; inflate: HostCoder; brotliCompress: HostCoder; brotliDecompress: HostCoder;
  constants: { BROTLI_PARAM_QUALITY: number; BROTLI_PARAM_SIZE_HINT: number };
}

export interface Host {
  readonly runtime: Runtime;
  /** A browser's main thread: long work must not run here, so 'auto' hosts services in workers. */
  readonly isPage: boolean;
  /** An environment variable; undefined where there is no environment. */
  env(name: string): string | undefined;
  /** Monotonic milliseconds. */
  now(): number;
  /** Lets everything that waits run (timers, messages, rendering), then comes back: a macrotask. */
  yieldNow(): Promise<void>;
  /** Logical processors, at least 1 (also where the host does not say). */
  hardwareConcurrency(): number;
  /** Bytes of this thread's JavaScript heap in use; null where the host does not tell. */
  jsHeapBytes(): number | null;
  /** What it may grow to; null where the host does not tell. */
  jsHeapLimit(): number | null;
  /** When this page was last hidden, by `now`; -Infinity where that never was, or where nothing is ever hidden. Watched from the first question on. */
  hiddenUntil(): number;
  /** A User Timing measure: for who listens, it is not kept. */
  measure(name: string, start: number, duration: number): void;
  /** A channel of the host's own diagnostics; undefined where it has none. */
  channel(name: string): { readonly hasSubscribers: boolean; publish(message: unknown): void } | undefined;
  /** A caller's string as a URL: relative to the page in a browser, a file path on a server. Throws TypeError when it is neither. */
  resolveURL(reference: string): URL;
  /** The bytes of a local file, or undefined when this URL is not one (then `fetch` is the way). */
  readFile(url: URL, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> | undefined;
  /** Base64 SHA-384, or undefined where the host has no digest (crypto.subtle is missing on plain http). */
  sha384(bytes: Uint8Array<ArrayBuffer>): Promise<string> | undefined;
  /** The host's own SQLite, as its module has it; undefined where it has none. */
  sqlite(): { name: 'node:sqlite' | 'bun:sqlite'; module: unknown } | undefined;
  /** The host's own compression, as `node:zlib` has it; undefined where it has none. */
  zlib(): HostZlib | undefined;
  /** An installed CommonJS package, found from the file whose `import.meta.url` is `base`, then from the working directory. Throws where there is no such thing. */
  requirePackage(id: string, base: string): unknown;
  /** Where a file that an installed package exports lies, found from the working directory; undefined where there is none. */
  installedFile(id: string): URL | undefined;
  /** Finds out in which asynchronous call chain code runs; undefined where the host can not tell. */
  asyncContext<T>(): AsyncContext<T> | undefined;
  /** Whether this host can start workers at all. */
  readonly hasWorkers: boolean;
  startWorker(script: WorkerScript): HostWorker;
  /** Wraps a worker that the caller made: a Web Worker, or one of node:worker_threads. */
  adoptWorker(worker: unknown): HostWorker;
  /** Inside a worker: the way to whoever started it. */
  parentPort(): HostPort;
}
