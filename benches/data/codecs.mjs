/** compress and decompress of four megabytes of JSON, in MB of the JSON a second. */
import * as zlib from 'node:zlib';
import { row } from '../lib/rows.mjs';
import { everyone, OURS } from './contenders.mjs';
import { jsonBytes } from './data.mjs';
import { over, race } from '../lib/race.mjs';
import { require, versionOf } from './peers.mjs';

/** [algorithm, level, least in, least out] */
const PLAN = [['zstd', 1, 200, 600], ['lz4', undefined, 400, 700], ['gzip', 6], ['brotli', 5]];

async function peersOf(algorithm) {
  if (algorithm === 'gzip') { const { gzipSync, gunzipSync } = require('fflate'); return [{ name: `fflate ${versionOf('fflate')}`, pack: (b) => gzipSync(b, { level: 6 }), unpack: gunzipSync }, { name: 'node:zlib', pack: (b) => zlib.gzipSync(b, { level: 6 }), unpack: (b) => zlib.gunzipSync(b) }]; }
  if (algorithm === 'zstd') {
    const zstd = require('@bokuweb/zstd-wasm');
    await zstd.init();
    const native = zlib.zstdCompressSync ? [{ name: 'node:zlib', pack: (b) => zlib.zstdCompressSync(b, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } }), unpack: (b) => zlib.zstdDecompressSync(b) }] : [];
    return [{ name: `@bokuweb/zstd-wasm ${versionOf('@bokuweb/zstd-wasm')}`, pack: (b) => zstd.compress(b, 1), unpack: (b) => zstd.decompress(b) }, ...native];
  }
  if (algorithm === 'lz4') { const lz4 = require('lz4js'); return [{ name: `lz4js ${versionOf('lz4js')}`, pack: (b) => lz4.compress(b), unpack: (b) => lz4.decompress(b) }]; }
  return [{ name: 'node:zlib', pack: (b) => zlib.brotliCompressSync(b, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }), unpack: (b) => zlib.brotliDecompressSync(b) }];
}
const same = (a, b) => Buffer.compare(Buffer.from(a.buffer, a.byteOffset, a.length), Buffer.from(b.buffer, b.byteOffset, b.length)) === 0;

export async function codecs(api, { quick }) {
  const { named } = await everyone(api), { service } = named(OURS), bytes = jsonBytes(quick ? 400_000 : 4_000_000), rows = [], samples = {};
  const rate = (r) => bytes.length / 1e3 / r.median;
  for (const [algorithm, level, leastIn, leastOut] of PLAN) {
    const options = { algorithm, ...(level !== undefined && { level }) }, peers = await peersOf(algorithm);
    const all = [...peers, { name: OURS, pack: async (b) => (await service.compress(b, options)).data, unpack: async (b) => (await service.decompress(b, { algorithm })).data }];
    let packs, unpacks;
    const sizes = {};
    packs = await race(all.map((c) => ({ name: c.name, run: () => c.pack(bytes), proof: async (p) => { sizes[c.name] = p.length; return same(await c.unpack(p), bytes); } })), { quick });
    const packed = new Map();
    for (const c of all) if (packs[c.name].samples) packed.set(c.name, await c.pack(bytes));
    unpacks = await race(all.map((c) => ({ name: c.name, lacks: packed.has(c.name) ? undefined : packs[c.name].note, run: () => c.unpack(packed.get(c.name)), proof: (u) => same(u, bytes) })), { quick });
    samples[algorithm] = { packs, unpacks };
    const label = `${algorithm}${level === undefined ? '' : ` level ${level}`}`;
    for (const [way, results, least] of [['in', packs, leastIn], ['out', unpacks, leastOut]]) {
      for (const { name } of [all.at(-1), ...peers]) {
        const r = results[name], times = name === OURS ? undefined : over(results, name, OURS), must = name === OURS && least ? `>= ${least} MB/s` : undefined;
        rows.push(row(`${label} ${way}: ${name}`, r.samples ? `${rate(r).toFixed(0)} MB/s${way === 'in' ? `, to ${(100 * sizes[name] / bytes.length).toFixed(1)} %` : ''}${times === undefined ? '' : ` (takes ${times.toFixed(2)}x ours)`}` : `no time: ${r.note}`, must, must ? r.samples !== undefined && rate(r) >= least : undefined));
      }
    }
  }
  return { title: `Compression of ${(bytes.length / 1e6).toFixed(1)} MB of JSON`, samples, rows };
}
