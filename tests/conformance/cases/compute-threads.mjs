/** Calls that are worth several threads, where there are any: the same answers, wherever they are given and whoever helps. */
import { exactly, randomMat } from '../lib/compute.mjs';

/** Outcomes whose every bit one thread and many must agree on. */
const CALLS = {
  matmul: async (s, { square }) => [(await s.matmul(square, square)).data],
  kmeans: async (s, { points }) => { const { centroids, labels, inertia } = await s.kmeans(points, 24, { seed: 5, maxIterations: 6, tolerance: 0 }); return [centroids.data, labels, [inertia]]; },
  distances: async (s, { points }) => [(await s.pairwiseDistances({ data: points.data.subarray(0, 800 * 16), rows: 800, cols: 16 })).data],
  sort: async (s, { column }) => [await s.sort(column), await s.sort(column, { descending: true })],
  argsort: async (s, { column }) => [await s.argsort(column)],
  fft: async (s, { column }) => { const { re, im } = await s.fft(column.subarray(0, 150_000)); return [re, im]; },
  histogram: async (s, { column }) => [(await s.histogram(column, 64)).counts],
  qr: async (s, { square }) => { const { q, r } = await s.qr(square); return [q.data, r.data]; },
};
const inputs = () => ({ square: randomMat(3, 230, 230), points: randomMat(4, 9000, 16), column: randomMat(5, 600_000, 1).data });

export default [
  {
    name: 'threads: long calls give one thread’s answers to the last bit, while threads join and after',
    timeoutMs: 90_000,
    async run({ createCompute, assert }) {
      const service = createCompute(), one = createCompute({ host: 'inline' }), given = inputs();
      for (const [name, call] of Object.entries(CALLS)) {
        const expected = await call(one, given);
        for (let round = 0; round < 3; round++) (await call(service, given)).forEach((values, i) => exactly(assert, values, expected[i], `${name} ${i}, round ${round}`));
      }
    },
  },
  {
    name: 'threads: as many as were asked for, at most what there are, and one where there is no choice',
    async run({ createCompute, assert, variant }) {
      const most = createCompute();
      await most.ready();
      for (const threads of [-5, 1, 2, 1e9]) {
        const service = createCompute({ threads, ...(variant === 'simd-threads' && { host: 'worker' }) });
        await service.ready();
        exactly(assert, [service.info.threads], [Math.max(1, Math.min(threads, most.info.threads))], `${threads}`);
      }
    },
  },
  {
    name: 'threads: left open, long and short calls and matrices of either kind go together, in the engine or not',
    timeoutMs: 90_000,
    async run({ createCompute, assert, host }) {
      const service = createCompute({ implementation: 'auto', host: 'auto' }), one = createCompute({ implementation: 'auto', host: 'inline' });
      const big = randomMat(6, 420, 420), small = randomMat(7, 420, 3), { data: expected } = await one.matmul(big, small), square = (await one.matmul(big, big)).data;
      const first = await service.upload(big);
      for (let round = 0; round < 4; round++) {
        exactly(assert, (await service.matmul(big, big)).data, square, 'long');
        const kept = await service.matmul(first, big, { keep: true }), thin = await service.upload(small);
        exactly(assert, (await service.matmul(first, thin)).data, expected, 'kept ones');
        exactly(assert, (await service.matmul(kept, thin)).data, (await one.matmul({ data: square, rows: 420, cols: 420 }, small)).data, 'one of each');
        exactly(assert, (await kept.download()).data, square);
        kept.free();
        thin.free();
        await assert.code(service.matmul(kept, small), 'DISPOSED');
      }
      assert.ok(host.disableWasm || service.info.variant !== 'js', service.info.reason);
      await service.dispose();
      await assert.code(first.download(), 'DISPOSED');
    },
  },
];
