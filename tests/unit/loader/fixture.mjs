// A module small enough to read, standing in for a service's artifact: (memory "memory" 1) with "ok" at 0, abi() -> 1, trap(), peek(p), poke(p, v).
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { ModuleLoader } from '../../../js/dist/loader/load.js';

export const WASM = new Uint8Array(Buffer.from('AGFzbQEAAAABEgRgAAF/YAAAYAF/AX9gAn9/AAMFBAABAgMFAwEAAQclBQZtZW1vcnkCAANhYmkAAAR0cmFwAAEEcGVlawACBHBva2UAAwocBAQAQQELAwAACwcAIAAtAAALCQAgACABOgAACwsIAQBBAAsCb2s=', 'base64'));
/** The same module with abi() -> 2. */
export const OTHER_ABI = WASM.map((byte, i) => (i === 85 ? 2 : byte));

/** The shape of a generated glue factory. */
export function createGlue() {
  let exports;
  return {
    initSync({ module }) { exports = new WebAssembly.Instance(module, {}).exports; },
    abi: () => exports.abi(),
    get memory() { return exports.memory; },
    get exports() { return exports; },
  };
}

/** As a table's entry has it. */
export const glue = async () => ({ createGlue });

export const sha384 = (bytes) => createHash('sha384').update(bytes).digest('base64');

export function loaderFor(url, changes = {}) {
  const artifact = { url: () => new URL(url), glue, abi: 1, bytes: WASM.length, gzip: 100, sha384: sha384(WASM), features: { simd: true, relaxedSimd: false, atomics: false, sharedMemory: false }, ...changes };
  return new ModuleLoader({ vector: { simd: artifact } });
}

/** Serves by path what the test says: `(request, response, hits)`; closes with the test. */
export async function serve(t, handler) {
  let hits = 0;
  const server = createServer((request, response) => handler(request, response, ++hits));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${server.address().port}/vector.simd.wasm`, get hits() { return hits; } };
}

export const answer = (status, type, body) => (_, response) => { response.writeHead(status, type ? { 'content-type': type } : {}); response.end(body); };
