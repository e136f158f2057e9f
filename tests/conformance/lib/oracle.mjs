/**
 * What the answers are judged by: seeded data and scores in f64, written from the numeric contract and from nothing else.
 * Two scorers on purpose: `contractScore` fixes every bit (order of sums included), `plainScore` is the textbook formula.
 */

/** mulberry32: small, seeded, the same everywhere. */
export function rng(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** n x d components with a bell-like spread around 0. */
export function gaussian(seed, n, d) {
  const next = rng(seed);
  return Float32Array.from({ length: n * d }, () => (next() + next() + next() + next() - 2) * 1.7);
}

/** n x d rows around `clusters` centres: what embeddings look like. */
export function clustered(seed, n, d, clusters = 12, spread = 0.35) {
  const next = rng(seed);
  const centres = gaussian(seed + 1, clusters, d);
  const out = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    const c = Math.floor(next() * clusters) * d;
    for (let j = 0; j < d; j++) out[i * d + j] = centres[c + j] + (next() + next() + next() - 1.5) * spread * 2;
  }
  return out;
}

/** Small integers, so that many scores are equal. */
export function integers(seed, n, d, levels = 3) {
  const next = rng(seed);
  return Float32Array.from({ length: n * d }, () => Math.floor(next() * levels) - Math.floor(levels / 2));
}

export const row = (rows, d, i) => rows.subarray(i * d, (i + 1) * d);
export const idsFor = (n, prefix = 'd') => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
export const documentsFor = (rows, d, extra = () => ({})) =>
  idsFor(rows.length / d).map((id, i) => ({ id, embedding: row(rows, d, i).slice(), ...extra(i) }));

const eight = (d, term) => {
  const s = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let j = 0; j < d; j++) s[j & 7] += term(j);
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
};

/** The score that the contract in services/vector/types.ts prescribes, bit for bit. */
export function contractScore(metric, q, x) {
  const d = q.length;
  if (metric === 'dot') return eight(d, (j) => q[j] * x[j]);
  if (metric === 'cosine') {
    const qq = eight(d, (j) => q[j] * q[j]), xx = eight(d, (j) => x[j] * x[j]);
    if (qq === 0 || xx === 0) return 0;
    return Math.max(-1, Math.min(1, eight(d, (j) => q[j] * x[j]) / (Math.sqrt(qq) * Math.sqrt(xx))));
  }
  if (metric === 'l2sq') return 1 / (1 + eight(d, (j) => (q[j] - x[j]) * (q[j] - x[j])));
  if (metric === 'hamming') { let n = 0; for (let j = 0; j < d; j++) n += (q[j] > 0) !== (x[j] > 0) ? 1 : 0; return 1 / (1 + n); }
  throw new Error(`no such metric: ${metric}`);
}

/** The textbook formula, summed the plain way. */
export function plainScore(metric, q, x) {
  let dot = 0, qq = 0, xx = 0, dd = 0, bits = 0;
  for (let j = 0; j < q.length; j++) {
    dot += q[j] * x[j]; qq += q[j] ** 2; xx += x[j] ** 2; dd += (q[j] - x[j]) ** 2;
    if ((q[j] > 0) !== (x[j] > 0)) bits++;
  }
  return { dot, cosine: qq && xx ? dot / Math.sqrt(qq * xx) : 0, l2sq: 1 / (1 + dd), hamming: 1 / (1 + bits) }[metric];
}

/** All rows in the order of the contract: higher score first, then insertion order. */
export function ranking(metric, q, rows, d, { allow = () => true, score = contractScore } = {}) {
  const hits = [];
  for (let i = 0; i < rows.length / d; i++) if (allow(i)) hits.push({ index: i, score: score(metric, q, row(rows, d, i)) });
  return hits.sort((a, b) => b.score - a.score || a.index - b.index);
}

/** The ids that the ranking names first. */
export const top = (metric, q, rows, d, k, options) => ranking(metric, q, rows, d, options).slice(0, k).map((h) => `d${h.index}`);

/** Share of the true ids that were found. */
export function recall(found, truth) {
  const set = new Set(found);
  return truth.length === 0 ? 1 : truth.filter((id) => set.has(id)).length / truth.length;
}

export const METRICS = ['cosine', 'dot', 'l2sq', 'hamming'];
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
