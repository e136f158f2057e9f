/** Peers of the vector bench behind one shape: `{ name, build(rows, dim), search(query, k, ef?) -> ids, dispose }`. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const modules = join(dirname(fileURLToPath(import.meta.url)), '../peers/node_modules');

/** voy-search: a k-d tree in Rust. Its entry imports the .wasm as a module, which Node refuses, so the two halves are joined here. */
export async function voy(rows, dim) {
  const folder = join(modules, 'voy-search');
  const glue = await import(pathToFileURL(join(folder, 'voy_search_bg.js')).href);
  const { instance } = await WebAssembly.instantiate(readFileSync(join(folder, 'voy_search_bg.wasm')), { './voy_search_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  const n = rows.length / dim;
  const index = new glue.Voy({ embeddings: Array.from({ length: n }, (_, i) => ({ id: String(i), title: '', url: '', embeddings: Array.from(rows.subarray(i * dim, (i + 1) * dim)) })) });
  return { name: 'voy-search', search: (query, k) => index.search(query, k).neighbors.map((h) => Number(h.id)), dispose: () => index.free() };
}

/**
 * hnswlib-wasm: built for the web only, so its loader is shown a window and no process while it starts.
 * `ip` on normalised rows is its cosine.
 */
export async function hnswlib(rows, dim, { m = 16, efConstruction = 200 } = {}) {
  const process = globalThis.process;
  const fakes = { window: globalThis, document: { currentScript: undefined }, location: { href: 'http://localhost/' } };
  for (const [key, value] of Object.entries(fakes)) Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
  let library;
  const { log, error } = console;
  try {
    Object.defineProperty(globalThis, 'process', { value: undefined, configurable: true, writable: true });
    console.log = console.error = () => {}; // it complains that Node has no IndexedDB
    const loader = await import(pathToFileURL(join(modules, 'hnswlib-wasm/dist/hnswlib.js')).href);
    library = await loader.loadHnswlib();
  } finally {
    Object.assign(console, { log, error });
    Object.defineProperty(globalThis, 'process', { value: process, configurable: true, writable: true });
    for (const key of Object.keys(fakes)) delete globalThis[key];
  }
  const n = rows.length / dim;
  const index = new library.HierarchicalNSW('ip', dim, '');
  const start = performance.now();
  index.initIndex(n, m, efConstruction, 100);
  for (let i = 0; i < n; i += 1000) {
    const count = Math.min(1000, n - i);
    index.addPoints(Array.from({ length: count }, (_, j) => rows.subarray((i + j) * dim, (i + j + 1) * dim)), Array.from({ length: count }, (_, j) => i + j), false);
  }
  const buildMs = performance.now() - start;
  return {
    name: 'hnswlib-wasm', buildMs, setEf: (ef) => index.setEfSearch(ef),
    search: (query, k, filter) => index.searchKnn(query, k, filter).neighbors,
    dispose: () => {},
  };
}
