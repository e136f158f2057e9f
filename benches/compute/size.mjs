/** What a page loads, and how soon it is ready once the bytes are there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { median } from '../lib/measure.mjs';
import { modules } from '../lib/packages.mjs';
import { ms, row } from '../lib/rows.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url)), THREADED = 'compute.simd-threads.wasm', LEAST = 250_000;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`, words = (a) => `${kB(a.gzip)} gzip (${kB(a.bytes)} as it is, ${kB(a.brotli)} brotli)`;

export async function size(api, { quick }) {
  const { artifacts } = JSON.parse(readFileSync(`${root}pkg/manifest.json`, 'utf8')), times = [], own = artifacts.filter((a) => a.file.startsWith('compute.')), must = `<= ${LEAST / 1000} kB gzip`;
  const threaded = own.find((a) => a.file === THREADED), simd = own.find((a) => a.file === 'compute.simd.wasm');
  const rows = [row(THREADED, threaded ? words(threaded) : 'it is not built yet', must, threaded !== undefined && threaded.gzip <= LEAST)];
  for (const a of own) if (a !== threaded) rows.push(row(a.file, words(a), must, a.gzip <= LEAST));
  try { const bytes = readFileSync(`${modules}@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm`); rows.push(row('tfjs-backend-wasm-simd.wasm', `${kB(gzipSync(bytes).length)} gzip (${kB(bytes.length)} as it is)`)); } catch (error) { rows.push(row('tfjs-backend-wasm-simd.wasm', `not there: ${error.code}`)); }
  if (simd) {
    const bytes = readFileSync(`${root}js/dist/loader/wasm/${simd.file}`);
    for (let i = 0; i < (quick ? 3 : 15); i++) {
      const began = performance.now(), service = api.createComputeEngine({ implementation: 'simd', host: 'inline', wasm: bytes });
      await service.ready();
      times.push(performance.now() - began);
      await service.dispose();
    }
  }
  rows.push(row('bytes there to ready, one thread', times.length ? ms(median(times)) : 'not measured'));
  return { title: 'Size and start', samples: { ready: times }, rows };
}
