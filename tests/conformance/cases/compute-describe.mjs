/** describe, quantiles and histogram, against plain loops over exact sums. */
import { EPS64, exactSum, exactly, nearValues, rng, unharmed, viewOf } from '../lib/compute.mjs';

function quantilesOf(values, quantiles) {
  const sorted = Float64Array.from(values).filter((v) => !Number.isNaN(v)).sort(), n = sorted.length;
  return quantiles.map((q) => { const p = q * (n - 1), low = Math.floor(p), high = Math.min(n - 1, low + 1); return sorted[low] + (p > low ? (sorted[high] - sorted[low]) * (p - low) : 0); });
}
function plain(values, quantiles) {
  const x = Array.from(values).filter((v) => !Number.isNaN(v)), n = x.length, mean = exactSum(x) / n, moment = (p) => exactSum(x.map((v) => (v - mean) ** p)) / n, m2 = moment(2);
  const sorted = Float64Array.from(x).sort();
  return { count: n, nanCount: values.length - n, sum: exactSum(x), min: sorted[0], max: sorted[n - 1], mean, variance: (m2 * n) / (n - 1), std: Math.sqrt((m2 * n) / (n - 1)), skewness: moment(3) / m2 ** 1.5, kurtosis: moment(4) / m2 ** 2 - 3, quantiles: quantilesOf(x, quantiles) };
}
const QUANTILES = [0, 0.01, 0.25, 0.5, 0.75, 0.999, 1];
function same(assert, actual, expected, tolerance, note) {
  for (const key of ['count', 'nanCount', 'min', 'max']) assert.equal(actual[key], expected[key], `${note}: ${key}`);
  for (const key of ['sum', 'mean', 'variance', 'std', 'skewness', 'kurtosis']) assert.close(actual[key], expected[key], tolerance, `${note}: ${key}`);
  nearValues(assert, actual.quantiles, expected.quantiles, 4 * EPS64 * Math.max(Math.abs(expected.min), Math.abs(expected.max)), `${note}: quantiles`);
}
/** Bins by a loop over the edges. */
function counted(values, edges) {
  const counts = new Float64Array(edges.length - 1), last = edges.length - 2;
  for (const v of values) for (let i = 0; i <= last; i++) if (v >= edges[i] && (v < edges[i + 1] || (i === last && v === edges[i + 1]))) { counts[i]++; break; }
  return counts;
}

export default [
  {
    name: 'describe: a known sample',
    async run({ createCompute, assert }) {
      const d = await createCompute().describe([2, 4, 4, 4, 5, 5, 7, 9], { quantiles: [0, 0.25, 0.5, 0.9, 1] });
      assert.deepEqual({ count: d.count, nanCount: d.nanCount, sum: d.sum, min: d.min, max: d.max, mean: d.mean }, { count: 8, nanCount: 0, sum: 40, min: 2, max: 9, mean: 5 });
      assert.close(d.variance, 32 / 7, 1e-15);
      assert.close(d.std, Math.sqrt(32 / 7), 1e-15);
      assert.close(d.skewness, 0.65625, 1e-14);
      assert.close(d.kurtosis, 2.78125 - 3, 1e-14);
      nearValues(assert, d.quantiles, [2, 4, 4.5, 7.6, 9], 1e-14);
    },
  },
  ...[Float64Array, Float32Array, Int32Array, Uint32Array, Array].map((Type) => ({
    name: `describe: against exact sums, of every size, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const n of [2, 3, 4, 5, 17, 1000, 4095, 4096, 4097, 12345]) {
        const next = rng(n), values = Type.from({ length: n }, () => (Type.name.includes('nt') ? Math.floor(next() * 1000) : next() * 10 - 3));
        same(assert, await service.describe(values, { quantiles: QUANTILES }), plain(values, QUANTILES), 1e-12, `${n}`);
      }
    },
  })),
  {
    name: 'describe: sums that a plain loop gets wrong',
    async run({ createCompute, assert }) {
      const service = createCompute();
      assert.equal((await service.describe([1e16, 1, -1e16])).sum, 1);
      assert.equal((await service.describe([1, 1e100, 1, -1e100])).sum, 2);
      const next = rng(6), values = Float64Array.from({ length: 30000 }, () => (next() - 0.5) * 10 ** Math.floor(next() * 30));
      assert.close((await service.describe(values)).sum, exactSum(values), 4 * EPS64);
      assert.equal((await service.describe(new Float64Array(10).fill(0.1))).sum, 1);
    },
  },
  {
    name: 'describe: a small spread far from zero',
    async run({ createCompute, assert }) {
      const next = rng(2), values = Float64Array.from({ length: 10000 }, () => 1e9 + Math.round(next() * 64) / 64);
      const d = await createCompute().describe(values), e = plain(values, []);
      assert.close(d.variance / e.variance, 1, 1e-9);
      assert.close(d.skewness, e.skewness, 1e-6);
      assert.close(d.kurtosis, e.kurtosis, 1e-6);
    },
  },
  {
    name: 'describe: NaN is counted and left out, wherever it stands',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const values of [[NaN, 1, 2, 3], [1, NaN, 2, NaN, 3], [1, 2, 3, NaN]]) {
        const d = await service.describe(values, { quantiles: [0.5] });
        assert.deepEqual([d.count, d.sum, d.min, d.max, d.mean, d.variance, ...d.quantiles], [3, 6, 1, 3, 2, 1, 2]);
        assert.equal(d.nanCount, values.length - 3);
      }
      const values = Float64Array.from({ length: 9000 }, (_, i) => (i % 3 === 0 ? NaN : i));
      same(assert, await service.describe(values, { quantiles: QUANTILES }), plain(values, QUANTILES), 1e-12, 'many');
    },
  },
  {
    name: 'describe: nothing, NaN alone, one value',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const values of [[], new Float32Array(0), [NaN, NaN]]) {
        const d = await service.describe(values, { quantiles: [0.5] });
        assert.deepEqual([d.count, d.nanCount, d.sum], [0, values.length, 0]);
        for (const key of ['min', 'max', 'mean', 'variance', 'std', 'skewness', 'kurtosis']) assert.equal(d[key], NaN, key);
        assert.deepEqual(d.quantiles, [NaN]);
      }
      const one = await service.describe([7], { quantiles: [0, 0.3, 1] });
      assert.deepEqual([one.count, one.sum, one.min, one.max, one.mean, one.variance, one.std, one.skewness, one.kurtosis, ...one.quantiles], [1, 7, 7, 7, 7, NaN, NaN, NaN, NaN, 7, 7, 7]);
    },
  },
  {
    name: 'describe: equal values have no spread, and no shape',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const value of [0.1, 1e300, -3]) {
        const d = await service.describe(new Float64Array(4500).fill(value));
        assert.deepEqual([d.mean, d.variance, d.std, d.skewness, d.kurtosis], [value, 0, 0, NaN, NaN], String(value));
      }
    },
  },
  {
    name: 'describe: infinities',
    async run({ createCompute, assert }) {
      const service = createCompute(), d = await service.describe([1, Infinity, 2], { quantiles: [0, 0.25, 0.5, 1] });
      assert.deepEqual([d.sum, d.mean, d.min, d.max, d.variance], [Infinity, Infinity, 1, Infinity, NaN]);
      assert.deepEqual(d.quantiles, [1, 1.5, 2, Infinity]);
      assert.equal((await service.describe([Infinity, -Infinity])).sum, NaN);
      assert.deepEqual((await service.describe([Infinity, Infinity], { quantiles: [0.5] })).quantiles, [Infinity]);
    },
  },
  {
    name: 'describe: without quantiles there are none; bad ones are refused',
    async run({ createCompute, assert }) {
      const service = createCompute();
      assert.deepEqual((await service.describe([1, 2])).quantiles, []);
      for (const quantiles of [[-0.1], [1.1], [NaN], ['0.5'], 0.5, 'half', [null], { 0: 0.5 }]) await assert.code(service.describe([1], { quantiles }), 'INVALID_ARGUMENT', JSON.stringify(quantiles));
      for (const bad of ['abc', null, undefined, 5, new Uint8Array(2), [1, '2'], [1, , 2], new BigInt64Array(1)]) await assert.code(service.describe(bad), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'quantiles: many at once, of values that share their leading bits, and of equal ones',
    async run({ createCompute, assert }) {
      const service = createCompute(), next = rng(4), quantiles = Array.from({ length: 101 }, (_, i) => i / 100);
      for (const make of [() => 1 + next() * 1e-9, () => Math.floor(next() * 3), () => -next(), () => (next() - 0.5) * 1e-300, () => (next() - 0.5) * 10 ** Math.floor(next() * 300)]) {
        const values = Float64Array.from({ length: 6001 }, make), expected = quantilesOf(values, quantiles);
        exactly(assert, (await service.describe(values, { quantiles })).quantiles, expected);
      }
    },
  },
  {
    name: 'describe, histogram: inputs stay as they were, views too',
    async run({ createCompute, assert }) {
      const service = createCompute(), { view, intact } = viewOf(new Float64Array([3, NaN, 1, 2]));
      await unharmed(assert, [view], async () => { await service.describe(view, { quantiles: [0.5] }); await service.histogram(view, 3); });
      intact(assert);
    },
  },
  {
    name: 'histogram: bins of equal width, closed at the end',
    async run({ createCompute, assert }) {
      const service = createCompute(), { counts, edges } = await service.histogram([0, 1, 2, 3, 4], 4);
      assert.equal(counts.constructor.name, 'Float64Array');
      exactly(assert, edges, [0, 1, 2, 3, 4]);
      exactly(assert, counts, [1, 1, 1, 2]);
      exactly(assert, (await service.histogram([5, 1, 3], 1)).counts, [3]);
      exactly(assert, (await service.histogram([1, 2], 1)).edges, [1, 2]);
    },
  },
  {
    name: 'histogram: every value lies in the bin that its edges say, of every type',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of [Float64Array, Float32Array, Int32Array, Array]) {
        for (const [n, bins] of [[1000, 7], [1000, 10], [5000, 256], [500, 1000], [70000, 3]]) {
          const next = rng(n + bins), values = Type.from({ length: n }, () => (Type === Int32Array ? Math.floor(next() * 50) : Math.round(next() * 1000) / 10));
          const { counts, edges } = await service.histogram(values, bins), min = Math.min(...values), max = Math.max(...values), step = max / bins - min / bins;
          exactly(assert, edges, Array.from({ length: bins + 1 }, (_, i) => (i === bins ? max : Math.min(max, min + i * step))), 'edges');
          const sorted = Float64Array.from(values).sort();
          let at = 0;
          exactly(assert, counts, Float64Array.from({ length: bins }, (_, i) => { const from = at; while (at < n && (i === bins - 1 || sorted[at] < edges[i + 1])) at++; return at - from; }), `${Type.name} ${n} ${bins}`);
        }
      }
    },
  },
  {
    name: 'histogram: edges of the caller, and what lies outside',
    async run({ createCompute, assert }) {
      const service = createCompute(), next = rng(8), values = Float64Array.from({ length: 500 }, () => Math.round(next() * 60) / 4 - 3);
      for (const edges of [[0, 1], [-1, 0, 2, 7, 7.5], [100, 200], [-Infinity, 0, Infinity], Array.from({ length: 40 }, (_, i) => i / 4)]) {
        const made = await service.histogram(values, edges);
        exactly(assert, made.counts, counted(values, edges), String(edges.slice(0, 5)));
        exactly(assert, made.edges, edges);
      }
      exactly(assert, (await service.histogram([1, 2, 3], new Float32Array([1, 2, 3]))).counts, [1, 2], 'the last edge counts');
      const edges = new Float64Array([0, 1]), made = await service.histogram([0.5], edges);
      edges[0] = 9;
      exactly(assert, made.edges, [0, 1], 'a copy');
    },
  },
  {
    name: 'histogram: nothing, equal values, NaN, infinities',
    async run({ createCompute, assert }) {
      const service = createCompute(), empty = await service.histogram([], 2);
      exactly(assert, empty.edges, [0, 0.5, 1]);
      exactly(assert, empty.counts, [0, 0]);
      const equal = await service.histogram([3, 3, 3], 2);
      exactly(assert, equal.edges, [2.5, 3, 3.5]);
      exactly(assert, equal.counts, [0, 3]);
      exactly(assert, (await service.histogram([NaN, 1, 2, NaN], 2)).counts, [1, 1]);
      await assert.code(service.histogram([1, Infinity], 2), 'NOT_FINITE');
      await assert.code(service.histogram(new Float32Array([1, -Infinity]), 2), 'NOT_FINITE');
      exactly(assert, (await service.histogram([1, Infinity, -Infinity, NaN], [0, 2])).counts, [1]);
      exactly(assert, (await service.histogram([Infinity, -Infinity, 0], [-Infinity, 0, Infinity])).counts, [1, 2]);
    },
  },
  {
    name: 'histogram: a range over most of the doubles',
    async run({ createCompute, assert }) {
      const { counts, edges } = await createCompute().histogram([-1.7e308, 0, 1.7e308], 2);
      exactly(assert, edges, [-1.7e308, 0, 1.7e308]);
      exactly(assert, counts, [1, 2]);
    },
  },
  {
    name: 'histogram: bad bins',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const bins of [0, -1, 1.5, NaN, Infinity, 2 ** 25, '3', null, undefined, [], [1], [2, 1], [1, 1], [0, NaN, 1], [NaN, 1], ['a', 'b'], {}, true]) await assert.code(service.histogram([1], bins), 'INVALID_ARGUMENT', String(bins));
    },
  },
];
