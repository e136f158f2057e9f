/** From the text that a module is kept as (base64 of raw deflate) back to its bytes. */
import { ServiceError } from '../errors.js';
import type { ServiceName, Variant, WasmOption } from '../types.js';

/** @param text base64 of the deflated file @param bytes its length when inflated */
export async function inflate(text: string, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof DecompressionStream !== 'function') {
    throw new ServiceError('UNSUPPORTED', 'this host has no DecompressionStream, which inlined WebAssembly is read with: take the .wasm file by the option `wasm`');
  }
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const out = new Uint8Array(bytes);
  let filled = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    out.set(value, filled);
    filled += value.length;
  }
  return out;
}

/** What the generated file of a service gives. */
export interface Inlined { readonly text: string; readonly bytes: number }

/** The option `wasm` over the services given; each is inflated when it is asked for, and once. */
export function inlineSource(services: Partial<Record<ServiceName, Inlined>>): WasmOption {
  const inflated = new Map<ServiceName, Promise<Uint8Array<ArrayBuffer>>>();
  return (service: ServiceName, variant: Variant) => {
    const inlined = services[service];
    if (!inlined || variant !== 'simd') {
      throw new ServiceError('VARIANT_UNAVAILABLE', `'${variant}' of ${service} is not inlined: what is, is 'simd' of ${Object.keys(services).join(', ')}`, { service, variant });
    }
    let bytes = inflated.get(service);
    if (!bytes) inflated.set(service, bytes = inflate(inlined.text, inlined.bytes));
    return bytes;
  };
}
