/** Arguments, start, info, cancelling, deadlines, progress, transfer, dispose, the manager. */
import { exactly, identity, mat, randomMat, unharmed } from '../lib/compute.mjs';
import { sleep } from '../lib/oracle.mjs';

const HOMES = ['inline', 'worker'];
/** Work of five seconds and more on two cores, in many steps: no implementation is done before it is stopped. */
const points = () => randomMat(1, 60000, 16);
const long = (service, options) => service.kmeans(points(), 128, { tolerance: 0, maxIterations: 100000, ...options });
/** Every method with arguments that are right. */
const CALLS = {
  matmul: (s, o) => s.matmul(identity(2), identity(2), o), solve: (s, o) => s.solve(identity(2), identity(2), o), svd: (s, o) => s.svd(identity(2), o), eigh: (s, o) => s.eigh(identity(2), o), qr: (s, o) => s.qr(identity(2), o),
  cholesky: (s, o) => s.cholesky(identity(2), o), pca: (s, o) => s.pca(identity(2), 1, o), correlation: (s, o) => s.correlation(identity(2), o), covariance: (s, o) => s.covariance(identity(2), o),
  pairwiseDistances: (s, o) => s.pairwiseDistances(identity(2), undefined, o), kmeans: (s, o) => s.kmeans(identity(2), 1, o), sort: (s, o) => s.sort(new Float64Array(2), o), argsort: (s, o) => s.argsort([1, 2], o),
  describe: (s, o) => s.describe([1, 2], o), histogram: (s, o) => s.histogram([1, 2], 2, o), fft: (s, o) => s.fft(new Float64Array(2), undefined, o), convolve2d: (s, o) => s.convolve2d(identity(2), identity(1), o),
  evaluate: (s, o) => s.evaluate('x', { x: [1] }, o), reduce: (s, o) => s.reduce('x', { x: [1] }, 'sum', o), upload: (s, o) => s.upload(identity(2), o),
};

export default [
  ...Object.entries(CALLS).map(([method, call]) => ({
    name: `${method}: bad options, an aborted signal, no time, a disposed engine`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      await call(service);
      await call(service, { signal: new AbortController().signal, timeoutMs: 60000, onProgress: () => undefined });
      for (const options of [5, 'x', null, { signal: 5 }, { timeoutMs: -1 }, { timeoutMs: 'soon' }, { onProgress: 5 }, { keep: 'yes' }, { transfer: 5 }, { transfer: [5] }]) await assert.code(() => call(service, options), 'INVALID_ARGUMENT', JSON.stringify(options));
      await assert.code(() => call(service, { signal: AbortSignal.abort() }), 'ABORTED');
      await assert.code(() => call(service, { timeoutMs: 0 }), 'TIMEOUT');
      await call(service);
      await service.dispose();
      await assert.code(() => call(service), 'DISPOSED');
    },
  })),
  ...['matmul', 'solve', 'svd', 'eigh', 'qr', 'cholesky', 'pca', 'correlation', 'covariance', 'pairwiseDistances', 'kmeans', 'convolve2d', 'upload'].map((method) => ({
    name: `${method}: what is no matrix`,
    async run({ createCompute, assert }) {
      const service = createCompute(), good = identity(2), data = new Float64Array(4);
      const call = (m) => ({ pca: () => service.pca(m, 1), kmeans: () => service.kmeans(m, 1), matmul: () => service.matmul(m, good), solve: () => service.solve(m, good), convolve2d: () => service.convolve2d(m, identity(1)) })[method]?.() ?? service[method](m);
      for (const bad of [null, undefined, 5, 'x', [[1, 2], [3, 4]], data, {}, { data: [1, 2, 3, 4], rows: 2, cols: 2 }, { data: new Int32Array(4), rows: 2, cols: 2 }, { data, rows: 2 }, { data, rows: '2', cols: 2 }, { data, rows: -2, cols: -2 }, { data, rows: 1.5, cols: 2 }, { data, rows: NaN, cols: 2 }, { data, rows: Infinity, cols: 2 }]) {
        await assert.code(() => call(bad), 'INVALID_ARGUMENT', JSON.stringify(bad));
      }
      const error = await assert.code(() => call({ data, rows: 2, cols: 3 }), 'DIMENSION_MISMATCH');
      assert.ok(/2 x 3/.test(error.message) && /4/.test(error.message), error.message);
      await assert.code(() => call({ data, rows: 2 ** 31, cols: 2 ** 31 }), 'DIMENSION_MISMATCH');
    },
  })),
  ...['matmul', 'solve', 'convolve2d', 'pairwiseDistances'].map((method) => ({
    name: `${method}: what is no second matrix`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const bad of [5, 'x', [1], {}, { data: [1], rows: 1, cols: 1 }, { data: new Float64Array(1), rows: 1, cols: -1 }]) await assert.code(() => service[method](identity(2), bad), 'INVALID_ARGUMENT', JSON.stringify(bad));
      await assert.code(() => service[method](identity(2), { data: new Float64Array(3), rows: 2, cols: 2 }), 'DIMENSION_MISMATCH');
    },
  })),
  {
    name: 'errors name the service',
    async run({ createCompute, assert }) {
      const error = await assert.code(createCompute().matmul(5, 5), 'INVALID_ARGUMENT');
      assert.equal(error.service, 'compute');
    },
  },
  {
    name: 'info before and after the start: which implementation, and why',
    async run({ createCompute, computeVariants, assert, variant: cell, host: where }) {
      const service = createCompute(), before = service.info;
      assert.equal(before.service, 'compute');
      assert.equal(before.loaded, false);
      await service.ready();
      const { loaded, reason, rejected, threads, variant, host } = service.info;
      assert.equal(loaded, true);
      assert.equal(variant, before.variant, 'the plan was kept');
      assert.ok(['inline', 'worker'].includes(host));
      assert.ok(reason.length > 10, reason);
      if (computeVariants.length === 1 && cell !== 'js' && !where.disableWasm) assert.ok(/no WebAssembly build/.test(reason), `what is not there is not claimed: ${reason}`);
      assert.ok(Array.isArray(rejected));
      assert.atLeast(threads, 1);
    },
  },
  {
    name: 'a pin of a variant that is not shipped is VARIANT_UNAVAILABLE, never a silent slide',
    async run({ createCompute, computeVariants, pkg, assert, host }) {
      await createCompute().ready();
      for (const implementation of ['simd', 'relaxed-simd', 'simd-threads'].filter((one) => !computeVariants.includes(one))) {
        const service = pkg.createComputeEngine({ implementation });
        // DISABLE_WASM=true pins JavaScript over every other pin.
        if (host.disableWasm) await service.ready(); else await assert.code(service.ready(), 'VARIANT_UNAVAILABLE', implementation);
        await service.dispose();
      }
    },
  },
  {
    name: 'configuration: bad values name the field, counts of threads are clamped',
    async run({ pkg, createCompute, assert }) {
      for (const config of [5, null, { threads: 'two' }, { threads: NaN }, { maxMemory: -1 }, { maxMemory: 'lots' }, { implementation: 'fast' }, { host: 'moon' }]) await assert.code(() => pkg.createComputeEngine(config), 'INVALID_ARGUMENT', JSON.stringify(config));
      for (const threads of [-5, 0, 1, 1.7, 1e9, Infinity]) {
        const service = createCompute({ threads, host: 'inline' });
        exactly(assert, (await service.matmul(mat([[2]]), mat([[2]]))).data, [4]);
        assert.atLeast(service.info.threads, 1);
      }
    },
  },
  {
    name: 'ready may be called by many and often',
    async run({ createCompute, assert }) {
      const service = createCompute();
      await Promise.all([service.ready(), service.ready(), service.sort(new Float64Array(1)), service.ready()]);
      assert.equal(service.info.loaded, true);
    },
  },
  {
    name: 'hosts: inline and worker give the same answers, bit for bit',
    async run({ createCompute, assert }) {
      const made = [];
      for (const host of HOMES) {
        const service = createCompute({ host }), a = randomMat(1, 20, 20);
        made.push([(await service.matmul(a, a)).data, (await service.svd(a)).s, (await service.fft(a.data)).re, (await service.kmeans(a, 3)).labels, await service.argsort(a.data), (await service.describe(a.data, { quantiles: [0.5] })).quantiles, await service.evaluate('x * 2', { x: a.data })]);
        assert.equal(service.info.host, host);
        await assert.code(service.solve(mat([[0]]), mat([[1]])), 'SINGULAR');
      }
      made[0].forEach((values, i) => exactly(assert, made[1][i], values, `answer ${i}`));
    },
  },
  {
    name: 'order: calls take effect in the order they were made, awaited or not',
    async run({ createCompute, assert }) {
      const service = createCompute(), done = [];
      const h = service.upload(mat([[3]]));
      const all = [h.then(() => done.push('upload')), service.sort(new Float64Array(20000).map((_, i) => -i)).then(() => done.push('sort')), service.describe([1]).then(() => done.push('describe'))];
      await Promise.all(all);
      assert.deepEqual(done, ['upload', 'sort', 'describe']);
    },
  },
  ...HOMES.map((host) => ({
    name: `abort: long work stops soon, the inputs are unharmed and the engine goes on, ${host}`,
    async run({ createCompute, assert }) {
      const service = createCompute({ host }), controller = new AbortController(), mine = points();
      await service.ready();
      await unharmed(assert, [mine.data], async () => {
        const work = service.kmeans(mine, 128, { tolerance: 0, maxIterations: 100000, signal: controller.signal });
        const queued = service.matmul(mat([[2]]), mat([[4]]));
        await sleep(30);
        controller.abort();
        const { error } = await assert.settles(work, 2000, 'the aborted call');
        assert.equal(error?.code, 'ABORTED');
        exactly(assert, (await assert.settles(queued, 4000, 'the call behind it')).value.data, [8]);
      });
    },
  })),
  ...HOMES.map((host) => ({
    name: `timeout: long work ends at its deadline, ${host}`,
    async run({ createCompute, assert }) {
      const service = createCompute({ host });
      await service.ready();
      const { error } = await assert.settles(long(service, { timeoutMs: 50 }), 3000, 'the call');
      assert.equal(error?.code, 'TIMEOUT');
      exactly(assert, (await service.matmul(mat([[2]]), mat([[4]]))).data, [8]);
    },
  })),
  {
    name: 'abort: a call that waits is dropped at once',
    async run({ createCompute, assert }) {
      const service = createCompute(), first = new AbortController(), second = new AbortController();
      await service.ready();
      const running = long(service, { signal: first.signal }), waiting = service.sort(new Float64Array(3), { signal: second.signal });
      second.abort();
      assert.equal((await assert.settles(waiting, 2000, 'the waiting call')).error?.code, 'ABORTED');
      first.abort();
      assert.equal((await assert.settles(running, 2000, 'the running call')).error?.code, 'ABORTED');
    },
  },
  ...HOMES.map((host) => ({
    name: `dispose while it works: every call settles with DISPOSED, ${host}`,
    async run({ createCompute, assert }) {
      const service = createCompute({ host });
      await service.ready();
      const work = [long(service), service.sort(new Float64Array(5)), service.upload(identity(2))].map((one) => assert.settles(one, 5000, 'a call'));
      await sleep(20);
      const closing = service.dispose();
      assert.ok(closing === service.dispose(), 'the same promise twice');
      for (const { error } of await Promise.all(work)) assert.equal(error?.code, 'DISPOSED');
      await assert.settles(closing, 6000, 'dispose');
      await assert.code(service.ready(), 'DISPOSED');
    },
  })),
  {
    name: 'dispose before anything was loaded, and at once after the first call',
    async run({ createCompute, assert }) {
      const unused = createCompute();
      await unused.dispose();
      await assert.code(unused.sort(new Float64Array(1)), 'DISPOSED');
      const used = createCompute(), call = used.sort(new Float64Array([2, 1]));
      await used.dispose();
      const { value, error } = await assert.settles(call, 3000);
      if (value === undefined) assert.equal(error.code, 'DISPOSED'); else exactly(assert, value, [1, 2]);
    },
  },
  {
    name: 'the thread is free while it works in place',
    async run({ createCompute, assert }) {
      const service = createCompute({ host: 'inline' }), controller = new AbortController();
      await service.ready();
      const work = long(service, { signal: controller.signal });
      let turns = 0, longest = 0, last = performance.now();
      const until = last + 600;
      while (performance.now() < until) { await sleep(0); turns++; const time = performance.now(); longest = Math.max(longest, time - last); last = time; }
      controller.abort();
      await assert.code(work, 'ABORTED');
      assert.atLeast(turns, 4, 'turns of the event loop');
      assert.atMost(longest, 400, 'the longest turn, ms: a step is to take 50 and the machine may be busy');
    },
  },
  ...HOMES.map((host) => ({
    name: `progress: rises, ends at its total, and a listener that throws is its own affair, ${host}`,
    async run({ createCompute, assert }) {
      const service = createCompute({ host }), heard = [];
      await service.matmul(randomMat(1, 200, 200), randomMat(2, 200, 200), { onProgress: (done, total) => { heard.push([done, total]); throw new Error('mine'); } });
      assert.atLeast(heard.length, 1);
      heard.forEach(([done, total], i) => { assert.ok(done <= total && (i === 0 || done >= heard[i - 1][0]), JSON.stringify(heard)); });
      assert.equal(heard.at(-1)[0], heard.at(-1)[1], 'the last report');
    },
  })),
  {
    name: 'transfer: buffers move to a worker, and stay where nothing moves',
    async run({ createCompute, assert }) {
      for (const host of HOMES) {
        const service = createCompute({ host }), values = new Float64Array([3, 1, 2]), { buffer } = values;
        exactly(assert, await service.sort(values, { transfer: [buffer] }), [1, 2, 3]);
        assert.equal(buffer.byteLength, host === 'worker' ? 0 : 24, `${host}: the caller's buffer`);
        const kept = new Float64Array([3, 1, 2]);
        await service.sort(kept);
        assert.equal(kept.length, 3, 'without the list it is copied');
      }
    },
  },
  {
    name: 'arguments may be changed once a call to a worker was made',
    async run({ createCompute, assert }) {
      const service = createCompute({ host: 'worker' }), values = new Float64Array([3, 1, 2]), early = service.sort(values);
      values.fill(9);
      exactly(assert, await early, [1, 2, 3], 'before the worker was up');
      values.set([6, 5, 4]);
      const late = service.sort(values);
      values.fill(9);
      exactly(assert, await late, [4, 5, 6], 'and afterwards');
    },
  },
  {
    name: 'a worker that dies: its matrices are made again in the next one when they are asked for, results that were kept too',
    async run({ createCompute, faults, assert }) {
      const service = createCompute({ host: 'worker' }), source = mat([[1, 2], [3, 4]]), h = await service.upload(source);
      const product = await service.matmul(h, mat([[2, 0], [0, 2]]), { keep: true }), alone = await service.svd(source, { keep: true });
      source.data.fill(9);
      faults.killWorker('compute');
      exactly(assert, (await service.matmul(mat([[2]]), mat([[3]]))).data, [6]);
      exactly(assert, (await product.download()).data, [2, 4, 6, 8]);
      exactly(assert, (await service.matmul(h, product)).data, [14, 20, 30, 44]);
      h.free();
      await assert.code(() => service.matmul(h, product), 'DISPOSED');
      faults.killWorker('compute');
      exactly(assert, (await product.download()).data, [2, 4, 6, 8], 'what it came from was freed meanwhile');
      if (alone.u?.download) assert.equal((await alone.u.download()).rows, 2);
      exactly(assert, (await (await service.upload(mat([[4]]))).download()).data, [4]);
    },
  },
  {
    name: 'the manager gives it, loads it on its first use, checks its health and ends it',
    async run({ services, createCompute, pin, assert }) {
      await createCompute().ready();
      const manager = services();
      await manager.initialize({ ...pin, compute: { maxMemory: 1 << 20 } });
      const compute = manager.getComputeEngine();
      assert.ok(compute === manager.getComputeEngine(), 'one engine');
      assert.equal(compute.info.loaded, false);
      exactly(assert, (await compute.matmul(mat([[2]]), mat([[3]]))).data, [6]);
      await assert.code(compute.upload({ data: new Float64Array(1 << 18), rows: 1, cols: 1 << 18 }), 'OUT_OF_MEMORY');
      const { calls, errors } = manager.getStats().services.compute;
      assert.deepEqual([calls, errors], [2, 1]);
      const { checks } = await manager.healthCheck();
      assert.equal(checks.compute.ok, true, checks.compute.error);
      manager.cleanup();
      await assert.code(() => manager.getComputeEngine(), 'DISPOSED');
      await assert.code(() => compute.ready(), 'DISPOSED');
    },
  },
  {
    name: 'await using, where the host has the symbol',
    async run({ createCompute, assert }) {
      const service = createCompute();
      await service.ready();
      if (typeof Symbol.asyncDispose === 'symbol') await service[Symbol.asyncDispose](); else await service.dispose();
      await assert.code(service.ready(), 'DISPOSED');
    },
  },
];
