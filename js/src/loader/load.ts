/**
 * Loads one variant of one module: acquire, compile, check the ABI number, hand out instances. A compiled Module is kept per
 * (service, variant, source); a failure never is, so the next call tries again.
 */
import { ServiceError } from '../errors.js';
import { patchOf, takeFault, type LoadFault } from '../faults.js';
import type { ServiceName, Variant, WasmOption } from '../types.js';
import type { Artifact, Glue, GlueFactory } from './artifact.js';
import { fetchCode } from './code.js';
import { compileAcquired } from './compile.js';
import { createSharedMemory } from './memory.js';
import { acquire, nameSource, type Acquired, type NamedSource, type SourceContext } from './source.js';

export const DEFAULT_LOAD_TIMEOUT_MS = 15_000;

export interface LoadOptions {
  wasm?: WasmOption;
  integrity?: boolean;
  signal?: AbortSignal;
  /** Default 15 s; after it the load rejects with TIMEOUT. */
  timeoutMs?: number;
  /** The Module alone is wanted, for another thread: no glue is fetched, and no instance can be made. */
  compileOnly?: boolean;
  /** Told once when something works but not as it should. */
  onHint?: (message: string, data: Record<string, unknown>) => void;
}

export interface LoadedModule {
  readonly service: ServiceName;
  readonly variant: Variant;
  /** Compiled once; may be posted to a worker. */
  readonly module: WebAssembly.Module;
  /**
   * A fresh instance with a memory of its own behind fresh glue. Synchronous, so that a trapped one is replaced within the
   * call. `mostBytes`: what a shared memory may grow to. Throws WASM_ABI when the file is of another release, OUT_OF_MEMORY when the host refuses its memory.
   */
  createInstance(mostBytes?: number): Glue;
}

interface Shared { module: Promise<WebAssembly.Module>; controller: AbortController; waiters: number; settled: boolean }

export class ModuleLoader {
  readonly #artifacts: Readonly<Record<string, Readonly<Record<string, Artifact>>>>;
  readonly #byText = new Map<string, Shared>();
  readonly #byObject = new WeakMap<object, Map<string, Shared>>();

  constructor(artifacts: Readonly<Record<string, Readonly<Record<string, Artifact>>>>) {
    this.#artifacts = artifacts;
  }

  /** Variants shipped for a service, 'js' included. */
  available(service: ServiceName): Variant[] {
    return [...Object.keys(this.#artifacts[service] ?? {}), 'js'] as Variant[];
  }

  /** Rejects with WASM_FETCH, WASM_COMPILE, WASM_ABI, INTEGRITY, TIMEOUT, ABORTED or INVALID_ARGUMENT. */
  async load(service: ServiceName, variant: Variant, options: LoadOptions = {}): Promise<LoadedModule> {
    const at: SourceContext = { service, variant };
    const artifact = this.#artifacts[service]?.[variant];
    if (!artifact) throw new ServiceError('VARIANT_UNAVAILABLE', `no '${variant}' build of ${service} is shipped: take one of ${this.available(service).join(', ')}`, { ...at });
    const { signal, timeoutMs = DEFAULT_LOAD_TIMEOUT_MS } = options;
    if (signal?.aborted) throw aborted(at, signal);
    const fault = takeFault(service, 'load')?.how;
    const source = nameSource(options.wasm, () => artifact.url(), at);
    const shared = this.#start(source, at, artifact, options, fault);
    const glue = options.compileOnly ? undefined : fetchCode(`the glue of its variant ${variant}`, service, artifact.glue);
    const [module, factory] = await waitFor(shared, glue, at, timeoutMs, signal);
    return { service, variant, module, createInstance: (mostBytes) => instantiate(module, factory, artifact, at, mostBytes) };
  }

  #start(source: NamedSource, at: SourceContext, artifact: Artifact, options: LoadOptions, fault: LoadFault | undefined): Shared {
    const cache = this.#cacheFor(source.key);
    const key = `${at.service}/${at.variant}/${options.integrity ? 'verified' : 'plain'}/${typeof source.key === 'string' ? source.key : ''}`;
    const running = cache.get(key);
    const patch = patchOf(at.service);
    // A played fault is a load of its own: what is cached must not hide it.
    if (running && !fault && !patch) return running;
    const controller = new AbortController();
    const forget = (): void => { if (cache.get(key) === shared) cache.delete(key); };
    const module = (fault ? acquireWithFault(fault, source, at, controller.signal) : acquire(source, at, controller.signal))
      .then((got) => (patch ? patched(got, patch) : got))
      .then((got) => compileAcquired(got, at, artifact, { integrity: options.integrity === true, hint: options.onHint ?? (() => undefined) }, controller.signal));
    const shared: Shared = { module, controller, waiters: 0, settled: false };
    controller.signal.addEventListener('abort', forget);
    module.then(() => { shared.settled = true; }, () => { shared.settled = true; forget(); });
    if (!fault && !patch) cache.set(key, shared);
    return shared;
  }

  #cacheFor(key: string | object): Map<string, Shared> {
    if (typeof key === 'string') return this.#byText;
    let cache = this.#byObject.get(key);
    if (!cache) this.#byObject.set(key, cache = new Map());
    return cache;
  }
}

function aborted(at: SourceContext, signal: AbortSignal): ServiceError {
  return new ServiceError('ABORTED', `loading ${at.service} (${at.variant}) was cancelled`, { ...at, cause: signal.reason });
}

/** Several callers may wait for one load; each has its own deadline and signal, and the last to leave ends the load. */
function waitFor(shared: Shared, glue: Promise<GlueFactory> | undefined, at: SourceContext, timeoutMs: number, signal: AbortSignal | undefined): Promise<[WebAssembly.Module, GlueFactory | undefined]> {
  shared.waiters++;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (--shared.waiters === 0 && !shared.settled) shared.controller.abort();
    };
    const onAbort = (): void => { leave(); reject(aborted(at, signal!)); };
    const timer = setTimeout(() => {
      leave();
      reject(new ServiceError('TIMEOUT', `the WebAssembly file for ${at.service} (${at.variant}) did not come within ${timeoutMs} ms: check the network, or raise timeoutMs`, { ...at, detail: { timeoutMs } }));
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    Promise.all([shared.module, glue]).then((got) => { leave(); resolve(got); }, (error) => { leave(); reject(error); });
  });
}

function instantiate(module: WebAssembly.Module, factory: GlueFactory | undefined, artifact: Artifact, at: SourceContext, mostBytes?: number): Glue {
  if (!factory) throw new ServiceError('INVALID_ARGUMENT', `${at.service} was loaded with compileOnly, for another thread: load it again to make instances here`, { ...at });
  const glue = factory.createGlue();
  try {
    glue.initSync({ module, ...(artifact.memory && { memory: createSharedMemory(artifact.memory, mostBytes) }) });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new ServiceError('OUT_OF_MEMORY', `this host refused the memory for another instance of ${at.service}: dispose of what is not needed`, { ...at, cause: error });
    }
    throw wrongRelease(at, `its imports or exports are not the expected ones: ${(error as Error)?.message ?? error}`, error);
  }
  const found = typeof glue['abi'] === 'function' ? (glue['abi'] as () => number)() : undefined;
  if (found !== artifact.abi) throw wrongRelease(at, `its ABI number is ${found}, this release needs ${artifact.abi}`);
  return glue;
}

/** What an instance says that it was built as. */
export function builtVariant(glue: Glue): Variant {
  const features = (glue['buildFeatures'] as () => string)().split(',');
  return features.includes('threads') ? 'simd-threads' : features.includes('relaxed-simd') ? 'relaxed-simd' : 'simd';
}

function wrongRelease(at: SourceContext, what: string, cause?: unknown): ServiceError {
  return new ServiceError('WASM_ABI', `the WebAssembly file for ${at.service} (${at.variant}) is of another release (${what}): use the .wasm files of the same package version, and empty caches that keep old ones`, {
    ...at, ...(cause !== undefined && { cause }),
  });
}

/** 'wasm-services/testing': a copy with a trapdoor. A Module that the caller compiled is beyond it. */
async function patched(got: Acquired, patch: NonNullable<ReturnType<typeof patchOf>>): Promise<Acquired> {
  if (got.kind === 'module') return got;
  const bytes = got.kind === 'bytes' ? got.bytes : new Uint8Array(await got.response.arrayBuffer());
  return { kind: 'bytes', name: got.name, bytes: patch(bytes) };
}

/** 'wasm-services/testing': the same code paths as a server that misbehaves. */
async function acquireWithFault(how: LoadFault, source: NamedSource, at: SourceContext, signal: AbortSignal): Promise<Acquired> {
  const name = 'url' in source ? source.url.href : 'the wasm option';
  switch (how) {
    case 'status': return { kind: 'response', name, response: new Response('', { status: 503 }) };
    case 'html': return { kind: 'response', name, response: new Response('<!doctype html><title>not here</title>', { headers: { 'content-type': 'text/html' } }) };
    case 'stalled': return new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason), { once: true }); });
    case 'truncated': {
      const got = await acquire(source, at, signal);
      if (got.kind === 'module') return { kind: 'bytes', name, bytes: new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1]) };
      const bytes = got.kind === 'bytes' ? got.bytes : new Uint8Array(await got.response.arrayBuffer());
      return { kind: 'bytes', name, bytes: bytes.slice(0, bytes.length >> 1) };
    }
  }
}
