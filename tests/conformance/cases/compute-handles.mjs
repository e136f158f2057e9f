/** Matrices that stay in the engine. */
import { exactly, identity, mat, near, nearValues, randomMat, sameShape, times } from '../lib/compute.mjs';

const HOMES = ['inline', 'worker'];

export default [
  ...HOMES.map((host) => ({
    name: `handles: upload, use in every place of a matrix, download, free, ${host}`,
    async run({ createCompute, assert }) {
      const service = createCompute({ host }), a = mat([[2, 1], [1, 3]]), h = await service.upload(a), b = await service.upload(mat([[1], [2]], Float32Array));
      assert.deepEqual([h.rows, h.cols, b.rows, b.cols], [2, 2, 2, 1]);
      const copy = await h.download();
      sameShape(assert, copy, 2, 2, Float64Array);
      exactly(assert, copy.data, a.data);
      assert.equal((await b.download()).data.constructor.name, 'Float32Array');
      exactly(assert, (await service.matmul(h, b)).data, [4, 7]);
      exactly(assert, (await service.matmul(a, b)).data, [4, 7], 'beside a plain one');
      near(assert, await service.solve(h, b), mat([[0.2], [0.6]]), 1e-15);
      nearValues(assert, (await service.eigh(h)).values, [2.5 - Math.sqrt(1.25), 2.5 + Math.sqrt(1.25)], 1e-14);
      for (const work of [() => service.svd(h), () => service.qr(h), () => service.cholesky(h), () => service.pca(h, 1), () => service.correlation(h), () => service.covariance(h), () => service.pairwiseDistances(h), () => service.pairwiseDistances(h, h), () => service.kmeans(h, 1), () => service.convolve2d(h, h)]) await work();
      h.free();
      b.free();
    },
  })),
  {
    name: 'handles: results stay with keep, and chains go on',
    async run({ createCompute, assert }) {
      const service = createCompute(), a = randomMat(1, 8, 8), b = randomMat(2, 8, 8);
      const ab = await service.matmul(a, b, { keep: true }), abab = await service.matmul(ab, ab, { keep: true });
      assert.equal(ab.data, undefined, 'a handle, no matrix');
      assert.deepEqual([abab.rows, abab.cols], [8, 8]);
      near(assert, await abab.download(), times(times(a, b), times(a, b)), 1e-13);
      const { u, s, vt } = await service.svd(ab, { keep: true });
      assert.equal(s.constructor.name, 'Float64Array', 'arrays that are no matrices come as they are');
      const scaled = await u.download();
      near(assert, times({ ...scaled, data: scaled.data.map((v, i) => v * s[i % 8]) }, await vt.download()), times(a, b), 1e-12);
      for (const handle of [(await service.eigh(identity(3), { keep: true })).vectors, (await service.qr(a, { keep: true })).r, (await service.pca(a, 2, { keep: true })).projected, (await service.kmeans(a, 2, { keep: true })).centroids,
        await service.solve(a, b, { keep: true }), await service.cholesky(identity(2), { keep: true }), await service.correlation(a, { keep: true }), await service.covariance(a, { keep: true }), await service.pairwiseDistances(a, undefined, { keep: true }), await service.convolve2d(a, identity(2), { keep: true })]) {
        const { data, rows, cols } = await handle.download();
        assert.deepEqual([rows, cols, data.length], [handle.rows, handle.cols, rows * cols]);
        handle.free();
      }
    },
  },
  {
    name: 'handles: keep has no effect where there is no matrix',
    async run({ createCompute, assert }) {
      const service = createCompute();
      exactly(assert, await service.sort(new Float64Array([2, 1]), { keep: true }), [1, 2]);
      assert.equal(await service.reduce('x', { x: [1] }, 'sum', { keep: true }), 1);
    },
  },
  {
    name: 'handles: a copy, both ways',
    async run({ createCompute, assert }) {
      const service = createCompute(), a = mat([[1, 2]]), h = await service.upload(a);
      a.data[0] = 9;
      const one = await h.download();
      exactly(assert, one.data, [1, 2]);
      one.data[0] = 7;
      exactly(assert, (await h.download()).data, [1, 2]);
      const sum = await service.matmul(h, mat([[1], [1]]), { keep: true });
      h.free();
      exactly(assert, (await sum.download()).data, [3], 'a result does not lean on what it was made of');
    },
  },
  ...HOMES.map((host) => ({
    name: `handles: use after free, twice freed, ${host}`,
    async run({ createCompute, assert }) {
      const service = createCompute({ host }), h = await service.upload(mat([[1]])), k = await service.upload(mat([[5]]));
      const before = h.download();
      h.free();
      h.free();
      exactly(assert, (await before).data, [1], 'a call made before free has its answer');
      await assert.code(() => h.download(), 'DISPOSED');
      await assert.code(() => service.matmul(h, k), 'DISPOSED');
      await assert.code(() => service.matmul(k, h), 'DISPOSED');
      exactly(assert, (await service.matmul(k, k)).data, [25], 'the others live');
      assert.deepEqual([h.rows, h.cols], [1, 1], 'its shape is still known');
    },
  })),
  {
    name: 'handles: of another engine are refused',
    async run({ createCompute, assert }) {
      const one = createCompute(), other = createCompute(), h = await one.upload(mat([[1]]));
      await assert.code(() => other.matmul(h, mat([[1]])), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'handles: after dispose they are DISPOSED, and free is quiet',
    async run({ createCompute, assert }) {
      const service = createCompute(), h = await service.upload(mat([[1]]));
      await service.dispose();
      await assert.code(() => h.download(), 'DISPOSED');
      h.free();
    },
  },
  {
    name: 'handles: shapes are checked as those of matrices',
    async run({ createCompute, assert }) {
      const service = createCompute(), h = await service.upload(randomMat(1, 2, 3)), error = await assert.code(service.matmul(h, h), 'DIMENSION_MISMATCH');
      assert.ok(/2 x 3.*2 x 3/.test(error.message), error.message);
    },
  },
  ...HOMES.map((host) => ({
    name: `recovery: a trap in the instance loses no matrix and the call is answered, ${host}`,
    async run({ createCompute, assert, trapCompute }) {
      const service = createCompute({ host }), a = randomMat(1, 40, 40), h = await service.upload(a), hh = await service.matmul(h, h, { keep: true });
      for (const call of [() => service.matmul(h, identity(40)), () => service.matmul(identity(40), h), () => h.download()]) {
        trapCompute();
        exactly(assert, (await assert.settles(call(), 15_000, host)).value.data, a.data);
      }
      near(assert, await hh.download(), times(a, a), 1e-13);
      h.free();
      await assert.code(() => h.download(), 'DISPOSED');
      near(assert, await hh.download(), times(a, a), 1e-13);
    },
  })),
  {
    name: 'memory: what does not fit is OUT_OF_MEMORY before anything happens, and free makes room',
    async run({ createCompute, assert }) {
      for (const host of HOMES) {
        const service = createCompute({ host, maxMemory: 4 << 20 }), big = { data: new Float32Array(600 * 1000), rows: 600, cols: 1000 }, tall = { data: new Float64Array(2000), rows: 2000, cols: 1 };
        const h = await service.upload(big);
        await assert.code(service.upload(big), 'OUT_OF_MEMORY', 'two of 2.4 MB');
        await assert.code(service.matmul(tall, { ...tall, rows: 1, cols: 2000 }), 'OUT_OF_MEMORY', '32 MB');
        await assert.code(service.pairwiseDistances(tall), 'OUT_OF_MEMORY');
        exactly(assert, (await service.matmul(mat([[2]]), mat([[3]]))).data, [6], 'small calls go on');
        h.free();
        const again = await service.upload(big);
        assert.equal((await again.download()).data.length, 600000);
        await service.dispose();
      }
    },
  },
  {
    name: 'memory: far too large by default, without a byte taken',
    async run({ createCompute, assert }) {
      const wide = { data: new Float32Array(200000), rows: 200000, cols: 1 };
      await assert.code(createCompute().pairwiseDistances(wide), 'OUT_OF_MEMORY');
    },
  },
];
