/**
 * Where the bytes of an artifact come from: our own URL, or the caller's `wasm` option in any of its forms. Turns all of them
 * into one of three things that can be compiled, with typed errors for everything a server can do wrong.
 */
import { host } from '../host/index.js';
import { ServiceError } from '../errors.js';
import type { ServiceName, Variant, WasmOption, WasmSource } from '../types.js';

export interface SourceContext { service: ServiceName; variant: Variant }

/** What was got, before compiling. `name` is for messages: a URL, or the form in which the caller gave it. */
export type Acquired =
  | { kind: 'module'; name: string; module: WebAssembly.Module }
  | { kind: 'bytes'; name: string; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'response'; name: string; response: Response };

/** A source that was named but not fetched yet; `key` is the same for the same source (a URL's text, or the object itself). */
export type NamedSource = { key: string; url: URL; own: boolean } | { key: object; value: Exclude<WasmSource, URL | string> };

// By brand, not by `instanceof`: objects of other realms count too, and on Node merely naming `Response` loads its HTTP client.
const brand = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
const isPromise = (value: unknown): value is Promise<unknown> => typeof (value as { then?: unknown } | null)?.then === 'function';
const isResponse = (value: unknown): value is Response => brand(value) === 'Response';
const isRequest = (value: unknown): value is Request => brand(value) === 'Request';
// No type guard: lib.dom's WebAssembly.Module is an empty interface, which would match (and so exclude) everything.
const isModule = (value: unknown): boolean => brand(value) === 'WebAssembly.Module';
const isBytes = (value: unknown): value is BufferSource => ArrayBuffer.isView(value) || brand(value) === 'ArrayBuffer';

export function fetchError(at: SourceContext, url: string, what: string, detail: Record<string, unknown> = {}, cause?: unknown): ServiceError {
  return new ServiceError('WASM_FETCH', `could not get the WebAssembly file for ${at.service} (${at.variant}) from ${url}: ${what}`, {
    ...at, detail: { url, ...detail }, ...(cause !== undefined && { cause }),
  });
}

/** Resolves the option (calling it when it is a function) to a named source; our own artifact when there is no option. */
export function nameSource(option: WasmOption | undefined, own: () => URL, at: SourceContext): NamedSource {
  let value: unknown = option;
  const isOwn = option === undefined;
  if (typeof value === 'function') {
    try {
      value = (value as (service: ServiceName, variant: Variant) => WasmSource)(at.service, at.variant);
    } catch (error) {
      throw new ServiceError('WASM_FETCH', `the wasm option's function threw for ${at.service} (${at.variant}): ${(error as Error)?.message ?? error}`, { ...at, cause: error });
    }
  }
  if (value === undefined) value = own();
  if (typeof value === 'string') {
    try {
      value = host.resolveURL(value);
    } catch (error) {
      throw new ServiceError('INVALID_ARGUMENT', `the wasm option '${String(value)}' is no URL here: pass an absolute URL, a URL object or bytes`, { ...at, cause: error });
    }
  }
  if (value instanceof URL) return { key: value.href, url: value, own: isOwn };
  if (isModule(value) || isBytes(value) || isResponse(value) || isRequest(value) || isPromise(value)) return { key: value as object, value: value as never };
  throw new ServiceError('INVALID_ARGUMENT', `the wasm option for ${at.service} (${at.variant}) must be a URL, string, Request, Response, BufferSource, WebAssembly.Module, a promise of one of these, or a function that returns one; got ${value === null ? 'null' : typeof value}`, { ...at });
}

async function fetchFrom(target: URL | Request, name: string, at: SourceContext, signal: AbortSignal): Promise<Acquired> {
  if (typeof fetch !== 'function') throw fetchError(at, name, 'this host has no fetch: pass bytes or a WebAssembly.Module by the option `wasm`');
  let response: Response;
  try {
    response = await fetch(target, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const cause = (error as { cause?: { message?: string } }).cause?.message;
    throw fetchError(at, name, `${(error as Error).message}${cause ? ` (${cause})` : ''}; check the network, CORS and the Content-Security-Policy's connect-src`, {}, error);
  }
  return { kind: 'response', name, response };
}

async function fromURL(url: URL, own: boolean, at: SourceContext, signal: AbortSignal): Promise<Acquired> {
  // Bundlers for servers move the JavaScript and not this file: Turbopack puts a path of its client's assets here, others leave a path where nothing is.
  // The package may still be installed where the program runs.
  const installed = (): URL | undefined => (own ? host.installedFile(`wasm-services/wasm/${at.service}.${at.variant}.wasm`) : undefined);
  const moved = /^[a-z][a-z0-9+.-]*:/i.test(url.href) ? undefined : installed();
  if (moved) return fromURL(moved, false, at, signal);
  const reading = host.readFile(url, signal);
  if (!reading) return fetchFrom(url, url.href, at, signal);
  try {
    return { kind: 'bytes', name: url.href, bytes: await reading };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const missing = (error as { code?: string }).code === 'ENOENT';
    const elsewhere = missing ? installed() : undefined;
    if (elsewhere && elsewhere.href !== url.href) return fromURL(elsewhere, false, at, signal);
    throw fetchError(at, url.href, missing
      ? 'the file is not there. A bundler that moves the JavaScript must move the .wasm files too: mark the package as external (serverExternalPackages in Next), or pass the option `wasm`'
      : (error as Error).message, { code: (error as { code?: string }).code }, error);
  }
}

/** Gets what is to be compiled. Rejects with the signal's reason when it is aborted. */
export async function acquire(source: NamedSource, at: SourceContext, signal: AbortSignal): Promise<Acquired> {
  if ('url' in source) return fromURL(source.url, source.own, at, signal);
  let value: unknown = source.value;
  if (isPromise(value)) {
    try {
      value = await value;
    } catch (error) {
      throw fetchError(at, 'the wasm option', `its promise was rejected: ${(error as Error)?.message ?? error}`, {}, error);
    }
  }
  if (isModule(value)) return { kind: 'module', name: 'the WebAssembly.Module given', module: value as WebAssembly.Module };
  if (isResponse(value)) {
    const name = value.url || 'the Response given';
    if (value.bodyUsed) throw fetchError(at, name, 'its body was already read; pass a URL, or a function that returns a fresh Response');
    return { kind: 'response', name, response: value };
  }
  if (isRequest(value)) return fetchFrom(value, value.url, at, signal);
  if (isBytes(value)) {
    const view = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength) : new Uint8Array(value as ArrayBuffer);
    return { kind: 'bytes', name: 'the bytes given', bytes: view };
  }
  throw new ServiceError('INVALID_ARGUMENT', 'the promise in the wasm option must give a Response, BufferSource or WebAssembly.Module', { ...at });
}
