/** Careful JavaScript for what ../baselines/data.mjs has no loop for, on its tables: whole rows sorted and joined, transforms of columns. */
import { careful } from './baseline.mjs';

/** Every column of a table in the order of `index`; texts stay codes of their dictionary. */
function gather(t, index) {
  const n = index.length, out = { n, c: {}, k: {} };
  for (const name of Object.keys(t.c)) {
    const source = t.k[name]?.codes ?? t.c[name], column = new source.constructor(n);
    for (let i = 0; i < n; i++) column[i] = source[index[i]];
    if (t.k[name]?.codes) { out.c[name] = null; out.k[name] = { codes: column, names: t.k[name].names, card: t.k[name].card }; } else out.c[name] = column;
  }
  return out;
}

/** By id4, then v3, both descending: the radix sort of the baseline on v3, then one stable counting pass on id4. */
export function sortTwo(t) {
  const byV3 = careful.sort(t), keys = t.c.id4, n = t.n;
  let max = 0;
  for (let i = 0; i < n; i++) if (keys[i] > max) max = keys[i];
  const start = new Uint32Array(max + 2), index = new Uint32Array(n);
  for (let i = 0; i < n; i++) start[max - keys[i] + 1]++;
  for (let i = 0; i <= max; i++) start[i + 1] += start[i];
  for (let i = 0; i < n; i++) { const row = byV3[i]; index[start[max - keys[row]]++] = row; }
  return gather(t, index);
}

/** Inner join on id3: one look-up per text of the dictionary, then the rows that met one. */
export function joinAll(t, dim) {
  const place = new Map();
  for (let i = 0; i < dim.id3.length; i++) place.set(dim.id3[i], i);
  const { codes, names, card } = t.k.id3, target = new Int32Array(card), n = t.n;
  for (let i = 0; i < card; i++) target[i] = place.get(names[i]) ?? -1;
  const index = new Uint32Array(n), other = new Uint32Array(n);
  let m = 0;
  for (let i = 0; i < n; i++) { const j = target[codes[i]]; if (j >= 0) { index[m] = i; other[m++] = j; } }
  const out = gather(t, index.subarray(0, m)), w = new Float64Array(m);
  for (let i = 0; i < m; i++) w[i] = dim.w[other[i]];
  out.c.w = w;
  return out;
}

/** normalize, then scale by 100, then round: three steps over one column, and price clamped. */
export function numbers({ amount, price }) {
  const n = amount.length, a = new Float64Array(n), p = new Float64Array(n);
  let min = Infinity, max = -Infinity;
  for (let i = 0; i < n; i++) { const v = amount[i]; if (v < min) min = v; if (v > max) max = v; }
  const span = max - min || 1;
  for (let i = 0; i < n; i++) a[i] = Math.round((amount[i] - min) / span * 100);
  for (let i = 0; i < n; i++) { const v = price[i]; p[i] = v < 10 ? 10 : v > 900 ? 900 : v; }
  return { amount: a, price: p };
}
/** trim and upper case of every text. */
export function textEach(texts) {
  const n = texts.length, out = new Array(n);
  for (let i = 0; i < n; i++) out[i] = texts[i].trim().toUpperCase();
  return out;
}
/** The same with what was met before looked up: quicker where texts repeat. */
export function textRemembered(texts) {
  const n = texts.length, out = new Array(n), known = new Map();
  for (let i = 0; i < n; i++) {
    const s = texts[i];
    let t = known.get(s);
    if (t === undefined) known.set(s, t = s.trim().toUpperCase());
    out[i] = t;
  }
  return out;
}
