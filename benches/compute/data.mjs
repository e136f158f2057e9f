/** The inputs of the compute bench: those of ../baselines/compute-inputs.mjs; with --quick short ones by the same rule. */
import { rng, workloads } from '../baselines/compute-inputs.mjs';

/** Values from -0.5 to 0.5, as the inputs of the baseline are made. */
export function values(Type, n, seed) {
  const r = rng(seed), out = new Type(n);
  for (let i = 0; i < n; i++) out[i] = r() - 0.5;
  return out;
}
const full = (id) => workloads[id].make();

export const product = (type, n) => (n >= 512 ? full(`gemm${type.slice(1)}_${n}`) : { n, a: values(type === 'f32' ? Float32Array : Float64Array, n * n, 1), b: values(type === 'f32' ? Float32Array : Float64Array, n * n, 2) });
export const numbers = (quick) => (quick ? values(Float64Array, 20_000, 5) : full('stats_1e7').v);
export const sortable = (type, quick) => {
  if (type === 'f64') return quick ? values(Float64Array, 20_000, 3) : full('sort_f64_1e7').v;
  return quick ? Uint32Array.from(values(Float64Array, 20_000, 4), (v) => (v + 0.5) * 4294967296) : full('sort_u32_1e7').v;
};
export const signal = (quick) => (quick ? { n: 4096, re: values(Float64Array, 4096, 6), im: values(Float64Array, 4096, 7) } : full('fft_1m'));
export const points = (quick) => (quick ? { n: 2000, d: 32, k: 8, iters: 5, x: values(Float32Array, 64_000, 8) } : full('kmeans_5it'));
export const rows = (quick) => (quick ? { n: 100, d: 64, x: values(Float32Array, 6400, 9) } : full('pdist_2000x512'));
/** Two columns from 0 to 1.3: both outcomes of the expression come often. */
export function columns(quick) {
  const n = quick ? 20_000 : 1e7, from = (seed) => { const v = values(Float64Array, n, seed); for (let i = 0; i < n; i++) v[i] = (v[i] + 0.5) * 1.3; return v; };
  return { x: from(14), y: from(15) };
}
/** A square matrix; for Cholesky a positive definite one. With --quick the leading part of it. */
export function square(what, quick) {
  const { n, a } = full(`${what}_500`), m = quick ? 60 : n;
  if (m === n) return { n, a };
  const part = new Float64Array(m * m);
  for (let i = 0; i < m; i++) part.set(a.subarray(i * n, i * n + m), i * m);
  return { n: m, a: part };
}
