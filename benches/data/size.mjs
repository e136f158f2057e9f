/** What a page loads, and how soon it is ready once the bytes are there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { median } from '../lib/measure.mjs';
import { ms, row } from '../lib/rows.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

export async function size(api, { quick }) {
  const { artifacts } = JSON.parse(readFileSync(`${root}pkg/manifest.json`, 'utf8')), rows = [], times = [];
  const own = artifacts.filter((a) => a.file.startsWith('data')), simd = own.find((a) => a.file === 'data.simd.wasm');
  rows.push(row('data.simd.wasm', simd ? `${kB(simd.gzip)} gzip (${kB(simd.bytes)} as it is, ${kB(simd.brotli)} brotli)` : 'not built', '<= 250 kB gzip', simd !== undefined && simd.gzip <= 250_000));
  for (const a of own) if (a !== simd) rows.push(row(a.file, `${kB(a.gzip)} gzip (${kB(a.bytes)} as it is)`));
  const duck = readFileSync(`${root}benches/peers/node_modules/@duckdb/duckdb-wasm/dist/duckdb-eh.wasm`);
  rows.push(row('DuckDB-wasm, duckdb-eh.wasm', quick ? `${kB(duck.length)} as it is` : `${kB(gzipSync(duck).length)} gzip (${kB(duck.length)} as it is)`));
  if (simd) {
    const bytes = readFileSync(`${root}js/dist/loader/wasm/${simd.file}`);
    for (let i = 0; i < (quick ? 3 : 15); i++) {
      const start = performance.now(), service = api.createDataProcessor({ implementation: 'simd', host: 'inline', wasm: bytes });
      await service.ready();
      times.push(performance.now() - start);
      await service.dispose();
    }
  }
  rows.push(row('bytes there to ready', times.length ? ms(median(times)) : 'not measured', '< 20 ms', times.length > 0 && median(times) < 20));
  return { title: 'Size and start', samples: { ready: times }, rows };
}
