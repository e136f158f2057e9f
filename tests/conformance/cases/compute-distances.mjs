/** Distances between rows, and k-means. */
import { EPS64, TYPES, at, epsOf, exactly, mat, near, nearValues, randomMat, rng, sameShape, unharmed, viewOf } from '../lib/compute.mjs';

const METRICS = ['l2', 'l2sq', 'cosine'];
function distance(metric, x, y) {
  let squares = 0, dot = 0, xx = 0, yy = 0;
  for (let j = 0; j < x.length; j++) { squares += (x[j] - y[j]) ** 2; dot += x[j] * y[j]; xx += x[j] ** 2; yy += y[j] ** 2; }
  return metric === 'l2sq' ? squares : metric === 'l2' ? Math.sqrt(squares) : xx === 0 || yy === 0 ? 1 : 1 - dot / Math.sqrt(xx * yy);
}
const row = ({ data, cols }, i) => data.subarray(i * cols, (i + 1) * cols);
const naive = (a, b, metric) => ({ data: Float64Array.from({ length: a.rows * b.rows }, (_, i) => distance(metric, row(a, Math.floor(i / b.rows)), row(b, i % b.rows))), rows: a.rows, cols: b.rows });
/** What types.ts allows. */
function slacks(a, b, metric, Type) {
  const eps = 4 * a.cols * epsOf(Type), square = (x) => x.reduce((s, v) => s + v * v, 0);
  return Float64Array.from({ length: a.rows * b.rows }, (_, i) => {
    const scale = metric === 'cosine' ? 1 : square(row(a, Math.floor(i / b.rows))) + square(row(b, i % b.rows));
    return metric === 'l2' ? Math.sqrt(eps * scale) : eps * scale;
  });
}
/** n points around k centres that lie far apart. */
function blobs(seed, n, d, k, Type = Float64Array, spread = 0.1) {
  const next = rng(seed), centres = randomMat(seed + 1, k, d).data.map((v) => Math.round(v * 10) * 10), truth = Uint32Array.from({ length: n }, (_, i) => i % k);
  return { points: { data: Type.from({ length: n * d }, (_, i) => centres[truth[Math.floor(i / d)] * d + (i % d)] + (next() - 0.5) * spread), rows: n, cols: d }, truth };
}

/** Lloyd's algorithm as services/compute/engine.ts has it, the plain way. */
function lloyd({ data, rows: n, cols: d }, k, { seed = 0, maxIterations = 300, tolerance = 1e-4 } = {}) {
  let state = seed >>> 0;
  const draw = () => { state = (state + 0x6d2b79f5) | 0; let t = Math.imul(state ^ (state >>> 15), 1 | state); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return (t ^ (t >>> 14)) >>> 0; };
  const next = () => { const high = draw() >>> 5; return (high * 2 ** 26 + (draw() >>> 6)) / 2 ** 53; };
  const x = Float64Array.from(data), far = (i, c, centres) => { let s = 0; for (let j = 0; j < d; j++) s += (x[i * d + j] - centres[c * d + j]) ** 2; return s; };
  let centres = new Float64Array(k * d), near = new Float64Array(n).fill(Infinity), chosen = new Set(), pick = Math.floor(next() * n);
  for (let c = 0; c < k; c++) {
    chosen.add(pick);
    centres.set(x.subarray(pick * d, pick * d + d), c * d);
    for (let i = 0; i < n; i++) near[i] = Math.min(near[i], far(i, c, centres));
    const sum = near.reduce((a, b) => a + b, 0);
    if (c === k - 1) break;
    if (sum === 0) { pick = 0; while (chosen.has(pick)) pick++; continue; }
    const limit = next() * sum;
    let running = 0;
    pick = -1;
    for (let i = 0; i < n && pick < 0; i++) { running += near[i]; if (running > limit) pick = i; }
  }
  let variance = 0;
  for (let j = 0; j < d; j++) { let m = 0, s = 0; for (let i = 0; i < n; i++) m += x[i * d + j] / n; for (let i = 0; i < n; i++) s += (x[i * d + j] - m) ** 2 / n; variance += s / d; }
  let labels = new Uint32Array(n).fill(k), iterations = 0;
  const assign = () => { let changed = false; for (let i = 0; i < n; i++) { let best = 0; for (let c = 1; c < k; c++) if (far(i, c, centres) < far(i, best, centres)) best = c; changed ||= labels[i] !== best; labels[i] = best; } return changed; };
  while (assign() && iterations < maxIterations) {
    const counts = new Float64Array(k), made = new Float64Array(k * d);
    for (let i = 0; i < n; i++) { counts[labels[i]]++; for (let j = 0; j < d; j++) made[labels[i] * d + j] += x[i * d + j]; }
    if (counts.includes(0)) throw new Error('the plain way knows no empty clusters: choose other points');
    for (let c = 0; c < k; c++) for (let j = 0; j < d; j++) made[c * d + j] /= counts[c];
    const moved = made.reduce((s, v, i) => s + (v - centres[i]) ** 2, 0);
    centres = made;
    iterations++;
    if (moved <= tolerance * variance) { assign(); break; }
  }
  let inertia = 0;
  for (let i = 0; i < n; i++) inertia += far(i, labels[i], centres);
  return { labels, centres, inertia, iterations };
}

export default [
  ...METRICS.flatMap((metric) => TYPES.map((Type) => ({
    name: `pairwiseDistances: ${metric} of every size, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [m, n, d] of [[1, 1, 1], [2, 3, 4], [5, 4, 3], [7, 9, 16], [1, 10, 33], [10, 1, 8], [33, 35, 7], [60, 50, 65]]) {
        const a = randomMat(m, m, d, Type), b = randomMat(n + 9, n, d, Type);
        const both = await unharmed(assert, [a.data, b.data], () => service.pairwiseDistances(a, b, { metric }));
        sameShape(assert, both, m, n, Type);
        near(assert, both, naive(a, b, metric), slacks(a, b, metric, Type), `${m} ${n} ${d}`);
        const own = await service.pairwiseDistances(a, undefined, { metric });
        near(assert, own, naive(a, a, metric), slacks(a, a, metric, Type), `${m} by itself`);
        for (let i = 0; i < m; i++) { assert.equal(at(own, i, i), 0, 'diagonal'); for (let j = 0; j < i; j++) assert.equal(at(own, i, j), at(own, j, i), 'symmetric'); }
        assert.ok(both.data.every((v) => v >= 0), 'never negative');
      }
    },
  }))),
  {
    name: 'pairwiseDistances: whole numbers are exact, and l2 is the default',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of TYPES) {
        exactly(assert, (await service.pairwiseDistances(mat([[0, 0], [3, 4], [6, 8]], Type))).data, [0, 5, 10, 5, 0, 5, 10, 5, 0]);
        exactly(assert, (await service.pairwiseDistances(mat([[0, 0]], Type), mat([[3, 4], [1, 0]], Type), { metric: 'l2sq' })).data, [25, 1]);
        exactly(assert, (await service.pairwiseDistances(mat([[1, 0]], Type), mat([[5, 0], [0, 2], [-3, 0]], Type), { metric: 'cosine' })).data, [0, 1, 2]);
      }
    },
  },
  {
    name: 'pairwiseDistances: equal rows far from the origin are 0 apart, or nearly',
    async run({ createCompute, assert }) {
      const a = { data: randomMat(1, 6, 5).data.map((v) => v + 1e6), rows: 6, cols: 5 }, made = await createCompute().pairwiseDistances(a, { ...a, data: a.data.slice() }, { metric: 'l2sq' });
      for (let i = 0; i < 6; i++) assert.atMost(at(made, i, i), 4 * 5 * EPS64 * 2 * 5e12);
    },
  },
  {
    name: 'pairwiseDistances: rows of zeros under cosine are 1 from everything',
    async run({ createCompute, assert }) {
      const service = createCompute();
      exactly(assert, (await service.pairwiseDistances(mat([[0, 0], [1, 0]]), undefined, { metric: 'cosine' })).data, [1, 1, 1, 0]);
    },
  },
  {
    name: 'pairwiseDistances: NaN goes through and stays in its rows',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const metric of METRICS) {
        const d = await service.pairwiseDistances(mat([[1, NaN], [1, 2], [3, 4]]), undefined, { metric });
        for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) assert.equal(Number.isNaN(at(d, i, j)), i === 0 || j === 0, `${metric} ${i} ${j}`);
      }
    },
  },
  {
    name: 'pairwiseDistances: shapes that do not meet, empty ones, an unknown metric',
    async run({ createCompute, assert }) {
      const service = createCompute(), error = await assert.code(service.pairwiseDistances(randomMat(1, 2, 3), randomMat(1, 4, 5)), 'DIMENSION_MISMATCH');
      assert.ok(/2 x 3/.test(error.message) && /4 x 5/.test(error.message), error.message);
      sameShape(assert, await service.pairwiseDistances(mat([], Float64Array, 3), randomMat(1, 2, 3)), 0, 2);
      sameShape(assert, await service.pairwiseDistances(mat([], Float64Array, 3)), 0, 0);
      exactly(assert, (await service.pairwiseDistances({ data: new Float64Array(0), rows: 2, cols: 0 })).data, [0, 0, 0, 0], 'no columns');
      await assert.code(service.pairwiseDistances(randomMat(1, 2, 3), undefined, { metric: 'manhattan' }), 'INVALID_ARGUMENT');
    },
  },
  ...TYPES.map((Type) => ({
    name: `kmeans: finds clusters that lie apart, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [n, d, k] of [[60, 2, 3], [200, 5, 4], [50, 1, 2]]) {
        const { points, truth } = blobs(n, n, d, k, Type), { centroids, labels, inertia, iterations } = await unharmed(assert, [points.data], () => service.kmeans(points, k, { seed: 4 }));
        sameShape(assert, centroids, k, d, Type);
        assert.equal(labels.constructor.name, 'Uint32Array');
        assert.equal(labels.length, n);
        assert.atLeast(iterations, 1);
        assert.equal(new Set(Array.from(labels, (label, i) => `${label} ${truth[i]}`)).size, k, 'a cluster is one of the truth');
        assert.atMost(inertia, n * d * 0.01, 'inertia');
      }
    },
  })),
  {
    name: 'kmeans: labels, centroids, inertia and iterations as the stated rules have them, for every seed',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of TYPES) {
        for (const seed of [0, 1, 2, 77, 2 ** 32 - 1]) {
          for (const [n, d, k] of [[40, 2, 3], [101, 7, 5], [64, 3, 9]]) {
            const points = randomMat(seed % 1000 + n, n, d, Type), expected = lloyd(points, k, { seed }), made = await service.kmeans(points, k, { seed });
            exactly(assert, made.labels, expected.labels, `labels of seed ${seed}`);
            nearValues(assert, made.centroids.data, expected.centres, 8 * epsOf(Type), 'centroids');
            assert.close(made.inertia, expected.inertia, 1e-12, 'inertia');
            assert.equal(made.iterations, expected.iterations, 'iterations');
          }
        }
      }
    },
  },
  {
    name: 'kmeans: the same seed gives the same answer, others may differ, 0 is the default',
    async run({ createCompute, assert }) {
      const service = createCompute(), other = createCompute(), points = randomMat(5, 300, 3);
      const one = await service.kmeans(points, 6, { seed: 9 }), two = await other.kmeans(points, 6, { seed: 9 });
      exactly(assert, one.labels, two.labels);
      exactly(assert, one.centroids.data, two.centroids.data);
      assert.equal(one.inertia, two.inertia);
      exactly(assert, (await service.kmeans(points, 6)).labels, (await service.kmeans(points, 6, { seed: 0 })).labels);
    },
  },
  {
    name: 'kmeans: every point is nearest to its own centroid, the lower one of equals',
    async run({ createCompute, assert }) {
      const service = createCompute(), points = randomMat(8, 150, 4), { centroids, labels, inertia } = await service.kmeans(points, 7, { tolerance: 0 });
      let sum = 0;
      for (let i = 0; i < 150; i++) {
        const all = Array.from({ length: 7 }, (_, c) => distance('l2sq', row(points, i), row(centroids, c)));
        assert.equal(labels[i], all.indexOf(Math.min(...all)), `point ${i}`);
        sum += all[labels[i]];
      }
      assert.close(inertia, sum, 1e-12);
      const tie = await service.kmeans(mat([[-1], [1], [0]]), 2, { maxIterations: 1, seed: 3 });
      assert.ok([0, 1].includes(tie.labels[2]));
    },
  },
  {
    name: 'kmeans: k of 1, k of all points, equal points, more clusters than different points',
    async run({ createCompute, assert }) {
      const service = createCompute(), points = mat([[1, 2], [3, 4], [5, 9]]);
      const one = await service.kmeans(points, 1);
      exactly(assert, one.labels, [0, 0, 0]);
      nearValues(assert, one.centroids.data, [3, 5], 1e-15);
      const all = await service.kmeans(points, 3);
      assert.deepEqual([...all.labels].sort(), [0, 1, 2]);
      assert.equal(all.inertia, 0);
      const same = await service.kmeans(mat([[7, 7], [7, 7], [7, 7], [7, 7]]), 3);
      assert.equal(same.inertia, 0);
      assert.equal(same.labels.length, 4);
      exactly(assert, same.centroids.data, [7, 7, 7, 7, 7, 7]);
      const few = await service.kmeans(mat([[0], [0], [0], [9], [9]]), 4);
      assert.equal(few.inertia, 0);
    },
  },
  {
    name: 'kmeans: maxIterations ends it, with labels that belong to the centroids',
    async run({ createCompute, assert }) {
      const service = createCompute(), points = randomMat(3, 400, 2), made = await service.kmeans(points, 10, { maxIterations: 2, tolerance: 0 });
      assert.equal(made.iterations, 2);
      for (let i = 0; i < 400; i++) { const all = Array.from({ length: 10 }, (_, c) => distance('l2sq', row(points, i), row(made.centroids, c))); assert.equal(made.labels[i], all.indexOf(Math.min(...all))); }
    },
  },
  {
    name: 'kmeans: bad arguments',
    async run({ createCompute, assert }) {
      const service = createCompute(), points = randomMat(1, 5, 2);
      for (const k of [0, -1, 6, 1.5, NaN, '2', undefined]) await assert.code(service.kmeans(points, k), 'INVALID_ARGUMENT', `k ${k}`);
      for (const options of [{ maxIterations: 0 }, { maxIterations: 1.5 }, { tolerance: -1 }, { tolerance: NaN }, { seed: -1 }, { seed: 0.5 }, { seed: 2 ** 32 }, { seed: 'x' }]) await assert.code(service.kmeans(points, 2, options), 'INVALID_ARGUMENT', JSON.stringify(options));
      await assert.code(service.kmeans(mat([], Float64Array, 2), 1), 'INVALID_ARGUMENT', 'no points');
      const error = await assert.code(service.kmeans(mat([[1, 2], [3, NaN]]), 1), 'NOT_FINITE');
      assert.deepEqual({ row: error.detail.row, col: error.detail.col }, { row: 1, col: 1 });
      await assert.code(service.kmeans(mat([[Infinity]], Float32Array), 1), 'NOT_FINITE');
    },
  },
  {
    name: 'pairwiseDistances, kmeans: views into larger buffers',
    async run({ createCompute, assert }) {
      const service = createCompute(), { view, intact } = viewOf(new Float32Array([0, 0, 3, 4])), a = { data: view, rows: 2, cols: 2 };
      exactly(assert, (await service.pairwiseDistances(a)).data, [0, 5, 5, 0]);
      assert.equal((await service.kmeans(a, 2)).inertia, 0);
      intact(assert);
    },
  },
];
