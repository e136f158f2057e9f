/** From what was acquired to a compiled Module, checking what can be checked before the first call. */
import { probe } from '../capabilities/probes.js';
import { ServiceError } from '../errors.js';
import { host } from '../host/index.js';
import type { Artifact } from './artifact.js';
import { fetchError, type Acquired, type SourceContext } from './source.js';

const WASM_MIME = 'application/wasm';

export interface CompileOptions {
  integrity: boolean;
  /** Something works, but not as it should (a wrong MIME type). */
  hint(message: string, data: Record<string, unknown>): void;
}

const startsWith = (bytes: Uint8Array, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
};

/** The first text of a body, for messages: a server's error page explains itself best. */
function opening(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 48), (b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : ' ')).join('').trim();
}

function looksLikeHtml(bytes: Uint8Array): boolean {
  return /^\s*(<!doctype|<html|<head|<body|<!--|<script)/i.test(opening(bytes));
}

function compileError(at: SourceContext, name: string, what: string, detail: Record<string, unknown>, cause?: unknown): ServiceError {
  return new ServiceError('WASM_COMPILE', `could not compile the WebAssembly file for ${at.service} (${at.variant}) from ${name}: ${what}`, {
    ...at, detail: { url: name, ...detail }, ...(cause !== undefined && { cause }),
  });
}

/** A refusal to compile is the policy's, when the engine knows the smallest module and will not run that one either. */
function explainRefusal(error: unknown, at: SourceContext, name: string, artifact: Artifact | undefined, length: number | undefined): ServiceError {
  if (error instanceof ServiceError) return error;
  const text = String((error as Error)?.message ?? error);
  if (probe('baseline') === 'known' || /content security policy|unsafe-eval|code generation disallowed|blocked by CSP/i.test(text)) {
    const browserLike = host.runtime === 'browser' || host.runtime === 'worker';
    return compileError(at, name, browserLike
      ? "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src"
      : 'this host refuses to compile bytes: pass a compiled WebAssembly.Module by the option `wasm`', { reason: browserLike ? 'csp' : 'embedder' }, error);
  }
  const short = artifact && length !== undefined && length !== artifact.bytes ? ` (${length} bytes came, the file has ${artifact.bytes}: it was cut off or is another file)` : '';
  return compileError(at, name, `${text}${short}. Load it again; if it stays, the file is damaged or from another build`, { bytes: length }, error);
}

async function verify(bytes: Uint8Array<ArrayBuffer>, at: SourceContext, name: string, artifact: Artifact): Promise<void> {
  const digest = host.sha384(bytes);
  const refuse = (what: string): ServiceError => new ServiceError('INTEGRITY', `the WebAssembly file for ${at.service} (${at.variant}) from ${name} ${what}`, { ...at, detail: { url: name, expected: artifact.sha384 } });
  if (!digest) throw refuse('can not be verified: this page has no crypto.subtle; serve it over https, or leave integrity: true out');
  if ((await digest) !== artifact.sha384) throw refuse('is not the file that was released: its SHA-384 differs from the manifest. Someone or something changed it on the way');
}

async function bodyOf(response: Response, at: SourceContext, name: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw fetchError(at, name, `the connection broke while the file came: ${(error as Error).message}`, { status: response.status }, error);
  }
}

async function compileResponse(response: Response, at: SourceContext, name: string, artifact: Artifact | undefined, options: CompileOptions, signal: AbortSignal): Promise<WebAssembly.Module> {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (!response.ok) {
    const html = type === 'text/html' ? ' (an HTML page came back)' : '';
    throw fetchError(at, name, `the server answered ${response.status}${html}`, { status: response.status, html: html !== '' });
  }
  if (type === WASM_MIME && !options.integrity && typeof WebAssembly.compileStreaming === 'function') {
    try {
      return await WebAssembly.compileStreaming(response);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // A network that breaks midway is a TypeError, anything about the bytes a CompileError.
      if (error instanceof TypeError) throw fetchError(at, name, `the connection broke while the file came: ${error.message}`, { status: response.status }, error);
      throw explainRefusal(error, at, name, artifact, undefined);
    }
  }
  const bytes = await bodyOf(response, at, name, signal);
  if (looksLikeHtml(bytes)) throw fetchError(at, name, `an HTML page came back with status ${response.status} (“${opening(bytes)}…”): the server answers unknown paths with a page; publish the .wasm file at this URL`, { status: response.status, html: true });
  if (type !== WASM_MIME) options.hint(`${name} is served as '${type || 'no type'}': serve .wasm files as ${WASM_MIME}, so that they compile while they load`, { url: name, type });
  return compileBytes(bytes, at, name, artifact, options);
}

async function compileBytes(bytes: Uint8Array<ArrayBuffer>, at: SourceContext, name: string, artifact: Artifact | undefined, options: CompileOptions): Promise<WebAssembly.Module> {
  if (options.integrity && artifact) await verify(bytes, at, name, artifact);
  if (looksLikeHtml(bytes)) throw fetchError(at, name, `an HTML page came instead of WebAssembly (“${opening(bytes)}…”)`, { html: true });
  if (!startsWith(bytes, '\0asm')) throw compileError(at, name, bytes.length === 0 ? 'the file is empty' : `it is no WebAssembly file (it begins “${opening(bytes)}”)`, { bytes: bytes.length });
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw explainRefusal(error, at, name, artifact, bytes.length);
  }
}

/** Compiles, and refuses a module that can not be ours: one without `abi()` is another program or another release. */
export async function compileAcquired(got: Acquired, at: SourceContext, artifact: Artifact | undefined, options: CompileOptions, signal: AbortSignal): Promise<WebAssembly.Module> {
  let module: WebAssembly.Module;
  if (got.kind === 'module') {
    if (options.integrity) throw new ServiceError('INTEGRITY', `a compiled WebAssembly.Module can not be verified: pass bytes, a URL or a Response for ${at.service}, or leave integrity: true out`, { ...at });
    module = got.module;
  } else if (got.kind === 'bytes') {
    module = await compileBytes(got.bytes, at, got.name, artifact, options);
  } else {
    module = await compileResponse(got.response, at, got.name, artifact, options, signal);
  }
  if (!WebAssembly.Module.exports(module).some((e) => e.name === 'abi' && e.kind === 'function')) {
    throw new ServiceError('WASM_ABI', `the WebAssembly file from ${got.name} is not the ${at.service} module of this release (it has no abi()): use the .wasm files of the same package version`, { ...at, detail: { url: got.name } });
  }
  return module;
}
