/** Careful JavaScript for what ../baselines/compute.mjs has no loop for. */
import { assign, update } from '../baselines/compute.mjs';
import { rng } from '../baselines/compute-inputs.mjs';

/** 'sqrt(x*x+y*y) > 1 ? 0 : 1' as one loop. */
export function outside(x, y) {
  const n = x.length, out = new Float64Array(n);
  for (let i = 0; i < n; i++) { const u = x[i], v = y[i]; out[i] = Math.sqrt(u * u + v * v) > 1 ? 0 : 1; }
  return out;
}

/** k-means++ by the engine's rule (js/src/services/compute/engine.ts), so that both begin at the same seeds. */
export function seeds(x, n, d, k, seed) {
  const r = rng(seed), next = () => { const high = Math.floor(r() * 2 ** 27); return (high * 2 ** 26 + Math.floor(r() * 2 ** 26)) / 2 ** 53; };
  const out = new Float64Array(k * d), near = new Float64Array(n).fill(Infinity);
  let at = Math.floor(next() * n);
  for (let c = 0; ; c++) {
    const to = c * d;
    for (let j = 0; j < d; j++) out[to + j] = x[at * d + j];
    if (c === k - 1) return out;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let s = 0;
      for (let j = 0, p = i * d; j < d; j++) { const t = x[p + j] - out[to + j]; s += t * t; }
      if (s < near[i]) near[i] = s;
      sum += near[i];
    }
    const limit = next() * sum;
    let running = 0;
    for (let i = 0; i < n; i++) { running += near[i]; if (running > limit) { at = i; break; } }
  }
}

/** Seeds, `iters` rounds of Lloyd's algorithm with the loops of the baseline, and the labels of the last centroids. */
export function kmeans({ x, n, d, k, iters }, seed) {
  const c = seeds(x, n, d, k, seed), labels = new Int32Array(n);
  for (let i = 0; i < iters; i++) { assign(x, d, k, c, labels, 0, n); update(x, n, d, k, labels, c); }
  assign(x, d, k, c, labels, 0, n);
  return { centroids: c, labels };
}
