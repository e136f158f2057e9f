/** Correlation, covariance, principal components. */
import { EPS64, TYPES, at, epsOf, exactly, mat, near, nearValues, norm, orthonormalColumns, randomMat, sameShape, times, turned, unharmed } from '../lib/compute.mjs';

const columnOf = (a, j) => Float64Array.from({ length: a.rows }, (_, i) => at(a, i, j));
const mean = (x) => x.reduce((s, v) => s + v, 0) / x.length;
const cov = (x, y) => { const mx = mean(x), my = mean(y); return x.reduce((s, v, i) => s + (v - mx) * (y[i] - my), 0) / (x.length - 1); };
const covarianceOf = (a) => ({ data: Float64Array.from({ length: a.cols ** 2 }, (_, i) => cov(columnOf(a, Math.floor(i / a.cols)), columnOf(a, i % a.cols))), rows: a.cols, cols: a.cols });

export default [
  ...TYPES.map((Type) => ({
    name: `correlation, covariance: the textbook's formulas, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [n, d] of [[2, 2], [10, 3], [57, 5], [300, 17], [5, 9]]) {
        const a = randomMat(n + d, n, d, Type), c = covarianceOf(a), r = await unharmed(assert, [a.data], () => service.correlation(a));
        sameShape(assert, r, d, d, Type);
        near(assert, await service.covariance(a), c, 32 * epsOf(Type), 'covariance');
        near(assert, r, { ...c, data: c.data.map((v, i) => v / Math.sqrt(at(c, Math.floor(i / d), Math.floor(i / d)) * at(c, i % d, i % d))) }, 64 * epsOf(Type), 'correlation');
        for (let i = 0; i < d; i++) { assert.equal(at(r, i, i), 1, 'diagonal'); for (let j = 0; j < i; j++) { assert.equal(at(r, i, j), at(r, j, i), 'symmetric'); assert.atMost(Math.abs(at(r, i, j)), 1); } }
      }
    },
  })),
  {
    name: 'correlation: perfect ones are 1 and -1, exactly',
    async run({ createCompute, assert }) {
      const r = await createCompute().correlation(mat([[1, 2, -1], [2, 4, -2], [3, 6, -3], [5, 10, -5]]));
      exactly(assert, r.data.map((v) => Math.round(v * 1e15) / 1e15), [1, 1, -1, 1, 1, -1, -1, -1, 1]);
      assert.ok(r.data.every((v) => Math.abs(v) <= 1), 'within [-1, 1]');
    },
  },
  {
    name: 'correlation: constant columns, NaN and infinities give NaN, and only there',
    async run({ createCompute, assert }) {
      const service = createCompute();
      const r = await service.correlation(mat([[1, 0.1, 2, NaN, Infinity], [2, 0.1, 1, 1, 1], [3, 0.1, 5, 2, 2]]));
      for (let i = 0; i < 5; i++) for (let j = 0; j < 5; j++) assert.equal(Number.isNaN(at(r, i, j)), ![0, 2].includes(i) || ![0, 2].includes(j), `${i}, ${j}`);
    },
  },
  {
    name: 'correlation: an offset far from zero and a huge range',
    async run({ createCompute, assert }) {
      const service = createCompute(), base = randomMat(3, 50, 2), r = at(await service.correlation(base), 0, 1);
      assert.close(at(await service.correlation({ ...base, data: base.data.map((v) => v + 1e6) }), 0, 1), r, 1e-9);
      assert.close(at(await service.correlation({ ...base, data: base.data.map((v) => v * 1e200) }), 0, 1), r, 1e-12, 'squares beyond f64');
    },
  },
  {
    name: 'correlation, covariance: too few rows are NaN, no columns are empty',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const method of ['correlation', 'covariance']) {
        for (const rows of [0, 1]) {
          const c = await service[method]({ data: new Float64Array(rows * 2), rows, cols: 2 });
          exactly(assert, c.data, [NaN, NaN, NaN, NaN], `${method} of ${rows} rows`);
        }
        sameShape(assert, await service[method]({ data: new Float64Array(0), rows: 4, cols: 0 }), 0, 0, Float64Array);
      }
    },
  },
  {
    name: 'covariance: known values',
    async run({ createCompute, assert }) {
      exactly(assert, (await createCompute().covariance(mat([[1, 2], [3, 6], [5, 10]]))).data, [4, 8, 8, 16]);
    },
  },
  ...TYPES.map((Type) => ({
    name: `pca: components, variances and projections agree with the covariance, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute(), eps = epsOf(Type);
      for (const [n, d, k] of [[20, 3, 3], [50, 8, 2], [6, 20, 5], [2, 2, 2], [100, 1, 1], [9, 9, 9]]) {
        const a = randomMat(n * d, n, d, Type), { components, explainedVariance, projected, mean: means } = await unharmed(assert, [a.data], () => service.pca(a, k));
        sameShape(assert, components, k, d, Type);
        sameShape(assert, projected, n, k, Type);
        assert.equal(explainedVariance.constructor.name, 'Float64Array');
        assert.equal(explainedVariance.length, k);
        nearValues(assert, means, Array.from({ length: d }, (_, j) => mean(columnOf(a, j))), 8 * EPS64, 'mean');
        orthonormalColumns(assert, turned(components), 64 * eps * Math.max(n, d), `${n} x ${d}`);
        const c = covarianceOf(a), trace = norm(c.data);
        near(assert, times(components, c), { ...components, data: Float64Array.from(components.data, (v, i) => v * explainedVariance[Math.floor(i / d)]) }, 64 * eps * Math.max(n, d) * trace, 'eigenvectors of the covariance');
        for (let i = 1; i < k; i++) assert.ok(explainedVariance[i] <= explainedVariance[i - 1] && explainedVariance[i] >= 0, 'variances fall');
        const centred = { ...a, data: Float64Array.from(a.data, (v, i) => v - means[i % d]) };
        near(assert, projected, times(centred, turned(components)), 32 * eps * d, 'projected');
        for (let i = 0; i < k; i++) { const row = components.data.subarray(i * d, (i + 1) * d); assert.ok(row.reduce((b, v) => (Math.abs(v) > Math.abs(b) * (1 + 1e-6) ? v : b), 0) > 0, 'signs'); }
      }
    },
  })),
  {
    name: 'pca: points on a line',
    async run({ createCompute, assert }) {
      const { components, explainedVariance, projected } = await createCompute().pca(mat([[0, 0], [3, 4], [6, 8]]), 2);
      nearValues(assert, components.data.slice(0, 2), [0.6, 0.8], 1e-14);
      nearValues(assert, explainedVariance, [25, 0], 1e-13);
      nearValues(assert, [0, 2, 4].map((i) => projected.data[i]), [-5, 0, 5], 1e-13);
    },
  },
  {
    name: 'pca: components out of range, too few rows, NaN',
    async run({ createCompute, assert }) {
      const service = createCompute(), a = randomMat(1, 5, 3);
      for (const k of [0, -1, 4, 1.5, NaN, '2', undefined, Infinity]) await assert.code(service.pca(a, k), 'INVALID_ARGUMENT', String(k));
      await assert.code(service.pca(randomMat(1, 1, 3), 1), 'INVALID_ARGUMENT', 'one row');
      await assert.code(service.pca({ data: new Float64Array(0), rows: 3, cols: 0 }, 1), 'INVALID_ARGUMENT', 'no columns');
      await assert.code(service.pca(mat([[1, 2], [3, NaN]]), 1), 'NOT_FINITE');
    },
  },
];
