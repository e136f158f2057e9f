/** What a page loads: the artifact beside the peers' WebAssembly files, all compressed with brotli at its highest level. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { row } from '../lib/rows.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url)), peers = `${root}benches/peers/node_modules/`;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const FILES = {
  'sql.js (no FTS5, R-Tree, sessions)': 'sql.js/dist/sql-wasm.wasm', 'sqlite-wasm': '@sqlite.org/sqlite-wasm/dist/sqlite3.wasm',
  'wa-sqlite, synchronous build': '@journeyapps/wa-sqlite/dist/wa-sqlite.wasm', 'node-sqlite3-wasm': 'node-sqlite3-wasm/dist/node-sqlite3-wasm.wasm',
};

export function size() {
  const { artifacts } = JSON.parse(readFileSync(`${root}pkg/manifest.json`, 'utf8'));
  const artifact = artifacts.find((a) => a.file === 'sqlite.simd.wasm');
  const rows = [row('sqlite artifact', artifact ? `${kB(artifact.brotli)} brotli (${kB(artifact.bytes)} as it is)` : 'not built', '<= 500 kB brotli', artifact !== undefined && artifact.brotli <= 500_000)];
  for (const [name, file] of Object.entries(FILES)) {
    const bytes = readFileSync(peers + file);
    rows.push(row(name, `${kB(brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length)} brotli (${kB(bytes.length)} as it is)`));
  }
  return { title: 'Size', samples: {}, rows };
}
