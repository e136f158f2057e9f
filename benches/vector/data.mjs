/** Data sets of the vector bench: real text, random and clustered vectors, all by fixed seed or file. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeHalf } from '../../scripts/lib/half.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** mulberry32 */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const gauss = (r) => Math.sqrt(-2 * Math.log(1 - r())) * Math.cos(2 * Math.PI * r());

export function normalised(rows, dim) {
  const out = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at += dim) {
    let s = 0;
    for (let j = 0; j < dim; j++) s += rows[at + j] * rows[at + j];
    const f = s > 0 ? 1 / Math.sqrt(s) : 0;
    for (let j = 0; j < dim; j++) out[at + j] = rows[at + j] * f;
  }
  return out;
}

/** The exact cosine top k in f64 by the plainest loop, ties by lower row. */
export function groundTruth(rows, queries, dim, k) {
  const norm = (v, at) => { let s = 0; for (let j = 0; j < dim; j++) s += v[at + j] * v[at + j]; return Math.sqrt(s); };
  const n = rows.length / dim, norms = Float64Array.from({ length: n }, (_, i) => norm(rows, i * dim));
  return Array.from({ length: queries.length / dim }, (_, q) => {
    const scores = new Float64Array(n), qn = norm(queries, q * dim);
    for (let i = 0; i < n; i++) { let s = 0; for (let j = 0; j < dim; j++) s += queries[q * dim + j] * rows[i * dim + j]; scores[i] = s / (qn * norms[i]); }
    return Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b).slice(0, k);
  });
}

const set = (name, dim, rows, queries, k = 10) => ({ name, dim, rows, queries, n: rows.length / dim, q: queries.length / dim, unit: normalised(rows, dim), unitQueries: normalised(queries, dim), truth: groundTruth(rows, queries, dim, k), query: (i) => queries.subarray((i % (queries.length / dim)) * dim, (i % (queries.length / dim) + 1) * dim) });

/** The full debian-minilm (20,000 x 384) where it is at hand, else the 5,000 rows of the repository's sample. */
export function realText(folder, queries = 200) {
  const dir = [folder, process.env.DEBIAN_MINILM, join(root, '../shared/data/debian-minilm'), join(root, 'demo/data')].find((d) => d && existsSync(join(d, 'embeddings.f16.bin')));
  const rows = decodeHalf(readFileSync(join(dir, 'embeddings.f16.bin'))), q = decodeHalf(readFileSync(join(dir, 'queries.f16.bin'))).slice(0, queries * 384);
  return set(`real text ${(rows.length / 384).toLocaleString('en')} x 384`, 384, rows, q);
}

export function randomVectors(n, dim, queries = 100, seed = 1) {
  const r = random(seed);
  const make = (count) => Float32Array.from({ length: count * dim }, () => gauss(r));
  return set(`random ${n.toLocaleString('en')} x ${dim}`, dim, make(n), make(queries));
}

/** Points around cluster centres, queries from the same clusters. */
export function clustered(n, dim, clusters, queries = 200, seed = 2, spread = 0.35) {
  const r = random(seed);
  const centres = Float32Array.from({ length: clusters * dim }, () => gauss(r));
  const make = (count) => {
    const out = new Float32Array(count * dim);
    for (let i = 0; i < count; i++) { const c = Math.floor(r() * clusters) * dim; for (let j = 0; j < dim; j++) out[i * dim + j] = centres[c + j] + spread * gauss(r); }
    return out;
  };
  return set(`clustered ${n.toLocaleString('en')} x ${dim}`, dim, make(n), make(queries));
}
