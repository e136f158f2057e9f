/** Deliberately wrong compute engines: `compute(s)` gives the methods to replace. */
const after = (method, change) => (s) => ({ [method]: async (...a) => change(await s[method](...a), a, s) });
const before = (method, change) => (s) => ({ [method]: (...a) => s[method](...change(a)) });
const isMatrix = (m) => m?.data instanceof Float32Array || m?.data instanceof Float64Array;
const mapped = (m, f) => (isMatrix(m) ? { ...m, data: m.data.map(f) } : m);
const named = (name, spoil) => (made) => ({ ...made, [name]: spoil(made[name]) });
const isNaNFree = (values) => !Array.from(values).some(Number.isNaN);

export const COMPUTE_MUTANTS = [
  { name: 'compute: the last column is missed where the width is no multiple of four', compute: after('matmul', (c) => mapped(c, (v, i) => (c.cols % 4 !== 0 && i % c.cols === c.cols - 1 ? 0 : v))) },
  { name: 'compute: the factors of a product exchanged', compute: before('matmul', ([a, b, o]) => (a?.rows === a?.cols && b?.rows === b?.cols ? [b, a, o] : [a, b, o])) },
  { name: 'compute: f32 products come as f64', compute: after('matmul', (c) => (isMatrix(c) ? { ...c, data: Float64Array.from(c.data) } : c)) },
  { name: 'compute: f32 with f64 is rounded to f32', compute: after('matmul', (c, [a, b]) => (a?.data?.constructor !== b?.data?.constructor && isMatrix(c) ? { ...c, data: Float64Array.from(c.data, Math.fround) } : c)) },
  { name: 'compute: views are read from the start of their buffer', compute: before('matmul', ([a, ...rest]) => [isMatrix(a) && a.data.byteOffset > 0 ? { ...a, data: new a.data.constructor(a.data.buffer, 0, a.data.length) } : a, ...rest]) },
  { name: 'compute: singular systems have a solution of NaN', compute: (s) => ({ solve: async (a, b, o) => { try { return await s.solve(a, b, o); } catch (e) { if (e.code !== 'SINGULAR') throw e; return { ...b, data: b.data.map(() => NaN) }; } } }) },
  { name: 'compute: the upper triangle instead of the lower', compute: after('cholesky', (l) => (isMatrix(l) ? mapped(l, (_, i) => l.data[(i % l.cols) * l.cols + Math.floor(i / l.cols)]) : l)) },
  { name: 'compute: singular values rise', compute: after('svd', named('s', (s) => s.slice().reverse())) },
  { name: 'compute: signs of u and v as they fall', compute: after('svd', ({ u, s, vt }) => ({ s, u: mapped(u, (v) => -v), vt: mapped(vt, (v) => -v) })) },
  { name: 'compute: v instead of its transpose', compute: after('svd', ({ u, s, vt }) => ({ u, s, vt: isMatrix(vt) && vt.rows === vt.cols ? mapped(vt, (_, i) => vt.data[(i % vt.cols) * vt.cols + Math.floor(i / vt.cols)]) : vt })) },
  { name: 'compute: eigenvalues fall', compute: after('eigh', named('values', (v) => v.slice().reverse())) },
  { name: 'compute: eigenvectors are rows', compute: after('eigh', named('vectors', (v) => (isMatrix(v) ? mapped(v, (_, i) => v.data[(i % v.cols) * v.cols + Math.floor(i / v.cols)]) : v))) },
  { name: 'compute: variances of components over n', compute: after('pca', (made, [a]) => ({ ...made, explainedVariance: made.explainedVariance.map((v) => (v * (a.rows - 1)) / a.rows) })) },
  { name: 'compute: a constant column correlates 0', compute: after('correlation', (c) => mapped(c, (v) => (Number.isNaN(v) ? 0 : v))) },
  { name: 'compute: the diagonal of correlations is 1 by rounding only', compute: after('correlation', (c) => mapped(c, (v) => (v === 1 ? 1 - 2 ** -53 : v))) },
  { name: 'compute: covariance over n', compute: after('covariance', (c, [a]) => mapped(c, (v) => (v * (a.rows - 1)) / a.rows)) },
  { name: 'compute: l2 without the root', compute: before('pairwiseDistances', ([a, b, o]) => [a, b, o?.metric === 'l2' ? { ...o, metric: 'l2sq' } : o]) },
  { name: 'compute: cosine similarity instead of distance', compute: after('pairwiseDistances', (d, [, , o]) => (o?.metric === 'cosine' ? mapped(d, (v) => 1 - v) : d)) },
  { name: 'compute: another seed', compute: before('kmeans', ([p, k, o]) => [p, k, Number.isInteger(o?.seed) && o.seed >= 0 && o.seed < 2 ** 32 - 1 ? { ...o, seed: o.seed + 1 } : o]) },
  { name: 'compute: one iteration too many counted', compute: after('kmeans', named('iterations', (n) => n + 1)) },
  { name: 'compute: the inertia is no sum but a mean', compute: after('kmeans', (made) => ({ ...made, inertia: made.inertia / made.labels.length })) },
  { name: 'compute: equal values of argsort in the wrong order', compute: after('argsort', (p, [values]) => p.slice().sort((a, b) => p.indexOf(a) - p.indexOf(b) - (Object.is(values[a], values[b]) ? 2 * (p.indexOf(a) - p.indexOf(b)) : 0))) },
  { name: 'compute: descending is the ascending order reversed', compute: (s) => ({ sort: async (v, o) => (o?.descending === true ? (await s.sort(v, { ...o, descending: false })).reverse() : s.sort(v, o)) }) },
  { name: 'compute: sort works in place', compute: (s) => ({ sort: async (v, o) => { const made = await s.sort(v, o); if (ArrayBuffer.isView(v) && v.length === made.length) v.set(made); return made; } }) },
  { name: 'compute: -0 and 0 are the same to sort', compute: after('sort', (v) => v.map((x) => x + 0)) },
  { name: 'compute: a plain sum', compute: after('describe', (d, [values]) => ({ ...d, sum: isNaNFree(values) ? Array.from(values).reduce((a, b) => a + b, 0) : d.sum })) },
  { name: 'compute: variance over n', compute: after('describe', (d) => ({ ...d, variance: (d.variance * (d.count - 1)) / d.count })) },
  { name: 'compute: kurtosis that is 3 for a normal distribution', compute: after('describe', (d) => ({ ...d, kurtosis: d.kurtosis + 3 })) },
  { name: 'compute: quantiles without interpolation', compute: after('describe', (d, [values, o]) => ({ ...d, quantiles: d.quantiles.map((q, i) => { const x = Float64Array.from(values).filter((v) => !Number.isNaN(v)).sort(); return x.length ? x[Math.floor(o.quantiles[i] * (x.length - 1))] : q; }) })) },
  { name: 'compute: the last bin is open', compute: after('histogram', ({ counts, edges }, [values]) => ({ edges, counts: counts.map((c, i) => (i === counts.length - 1 ? c - Array.from(values).filter((v) => v === edges.at(-1)).length : c)) })) },
  { name: 'compute: the inverse transform is not divided', compute: after('fft', ({ re, im }, [x, , o]) => (o?.inverse === true ? { re: re.map((v) => v * x.length), im: im.map((v) => v * x.length) } : { re, im })) },
  { name: 'compute: forward and inverse exchanged in their sign', compute: after('fft', ({ re, im }) => ({ re: re.map((_, k) => re[(re.length - k) % re.length]), im: im.map((_, k) => im[(im.length - k) % im.length]) })) },
  { name: 'compute: the kernel is turned', compute: before('convolve2d', ([i, k, o]) => [i, k, o && typeof o === 'object' ? { ...o, flip: o.flip !== true } : o === undefined ? { flip: true } : o]) },
  { name: 'compute: null is 0', compute: after('evaluate', (v) => v.map((x) => (Number.isNaN(x) ? 0 : x))) },
  { name: 'compute: the least value passes over NaN', compute: (s) => ({ reduce: async (e, c, r, o) => { const made = await s.reduce(e, c, r, o); return r === 'min' && Number.isNaN(made) ? (await s.reduce(`case when (${e}) = (${e}) then (${e}) end`, c, r, o)) : made; } }) },
  { name: 'compute: a condition counts all of its rows', compute: (s) => ({ reduce: (e, c, r, o) => s.reduce(r === 'count' ? `(${e}) ? 1 : 0` : e, c, r, o) }) },
  { name: 'compute: a handle leans on the caller\'s array', compute: (s) => ({ upload: async (m, o) => { const h = await s.upload(m, o); h.download = async () => m; return h; } }) },
  { name: 'compute: free does nothing', compute: (s) => ({ upload: async (m, o) => { const h = await s.upload(m, o); h.free = () => {}; return h; } }) },
  { name: 'compute: the signal is not looked at', compute: before('kmeans', ([p, k, o]) => [p, k, o?.signal instanceof AbortSignal ? { ...o, signal: undefined } : o]) },
  { name: 'compute: no deadline', compute: before('sort', ([v, o]) => [v, o?.timeoutMs === 0 ? { ...o, timeoutMs: undefined } : o]) },
  { name: 'compute: errors without code', compute: (s) => ({ matmul: async (...a) => { try { return await s.matmul(...a); } catch (e) { throw new Error(e.message); } } }) },
  { name: 'compute: a shape that does not meet is INVALID_ARGUMENT', compute: (s, _, { ServiceError }) => ({ matmul: async (...a) => { try { return await s.matmul(...a); } catch (e) { throw e.code === 'DIMENSION_MISMATCH' ? new ServiceError('INVALID_ARGUMENT', e.message) : e; } } }) },
  { name: 'compute: progress never ends', compute: before('matmul', ([a, b, o]) => [a, b, typeof o?.onProgress === 'function' ? { ...o, onProgress: (done, total) => { if (done < total) o.onProgress(done, total); else o.onProgress(done - 1, total); } } : o]) },
];
