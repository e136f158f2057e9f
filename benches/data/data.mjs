/** The inputs of the data bench, made once a size: everyone gets the same bytes. */
import { createRequire } from 'node:module';
import { events, groupbyTable, rng, toCSV, toNDJSON, toObjects } from './baseline.mjs';

const require = createRequire(new URL('../peers/package.json', import.meta.url));
const once = (make) => { const kept = new Map(); return (n) => { if (!kept.has(n)) kept.set(n, make(n)); return kept.get(n); }; };
const encoder = new TextEncoder();

/** The db-benchmark table. Whole numbers are Int32Array, v3 is Float64Array, texts are arrays. */
export const columns = once((n) => groupbyTable(n));
/** Row objects with texts of their own, as JSON.parse hands them over. */
export const rows = once((n) => toObjects(columns(n)));
export const csv = once((n) => encoder.encode(toCSV(columns(n))));
export const ndjson = once((n) => encoder.encode(toNDJSON(toObjects(columns(n), false))));
/** Arrow IPC stream; texts as dictionaries, as flechette, pandas categoricals and polars categoricals write them. */
export const arrow = once((n) => { const { tableFromArrays, tableToIPC } = require('@uwdata/flechette'); return tableToIPC(tableFromArrays(columns(n)), { format: 'stream' }); });
/** The same with plain UTF-8 texts, as pyarrow and apache-arrow write strings. */
export const arrowPlain = once((n) => {
  const { tableFromArrays, tableToIPC, utf8 } = require('@uwdata/flechette');
  return tableToIPC(tableFromArrays(columns(n), { types: { id1: utf8(), id2: utf8(), id3: utf8() } }), { format: 'stream' });
});
/** What the join brings in: nine tenths of the keys of id3, shuffled, with a number. */
export const dimension = once((n) => {
  const keys = [...new Set(columns(n).id3)], r = rng(3), kept = keys.filter(() => r() < 0.9);
  for (let i = kept.length - 1; i > 0; i--) { const j = Math.floor(r() * (i + 1)); [kept[i], kept[j]] = [kept[j], kept[i]]; }
  return { id3: kept, w: Float64Array.from(kept, () => Math.floor(r() * 1e6) / 8) };
});
export const eventRows = once((n) => events(n));
/** Four megabytes of JSON. */
export const jsonBytes = once((n) => encoder.encode(JSON.stringify(events(Math.ceil(n / 180)))).subarray(0, n));

/** What a transform works on: two numbers, a text of few values, a text of its own in each row. */
export const transformColumns = once((n) => {
  const r = rng(11), words = ['Ärger', 'naïve', 'straße', 'hello', 'world', 'coffee', 'quantum', 'rivière', '東京', 'shoes', 'laptop', 'blue'];
  const pool = Array.from({ length: 150 }, (_, i) => ` ${words[i % 12]} ${words[(i * 5) % 12]} ${i} `);
  return {
    amount: Float64Array.from({ length: n }, () => Math.round(r() * 1e7) / 100 - 20_000), price: Float64Array.from({ length: n }, () => Math.round(r() * 1e5) / 100),
    label: Array.from({ length: n }, () => pool[Math.floor(r() * 150)]), text: Array.from({ length: n }, (_, i) => `  ${words[Math.floor(r() * 12)]} ${words[Math.floor(r() * 12)]} ${i} `),
  };
});
