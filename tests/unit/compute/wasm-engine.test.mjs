// The WebAssembly engine's own affairs: steps and stops, traps, memory that ends or grows, who answers what does not pay.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createComputeEngine } from '../../../js/dist/services/compute/index.js';
import { CostModel } from '../../../js/dist/dispatch/cost-model.js';
import { COSTS, estimate, isForJs } from '../../../js/dist/services/compute/dispatch.js';
import { FOR_JS_REASON } from '../../../js/dist/services/compute/load-request.js';
import { WasmEngine } from '../../../js/dist/services/compute/wasm-engine.js';
import { loadModule } from '../../../js/dist/loader/index.js';
import { COMPUTE } from '../../../js/dist/loader/compute.gen.js';
import { faults } from '../../../js/dist/testing.js';
import { initialPages, limitMemory } from '../../support/limit-memory.mjs';
import { exactly, identity, mat, randomMat, times, turned } from '../../conformance/lib/compute.mjs';

const BYTES = readFileSync(new URL('../../../js/dist/loader/wasm/compute.simd.wasm', import.meta.url));
const loaded = await loadModule(COMPUTE, 'simd', { wasm: BYTES });
const engineOf = (dispatch = false) => new WasmEngine(loaded.createInstance(), dispatch);
const job = (more = {}) => ({ keep: false, progress: () => {}, ...more });
function finish(steps) {
  let pauses = 0;
  for (;;) { const next = steps.next(); if (next.done) return { value: next.value, pauses }; pauses++; }
}
const numbers = (n, seed = 1) => randomMat(seed, 1, n).data;
const spd = (n) => { const a = times(randomMat(1, n, n), turned(randomMat(1, n, n))); for (let i = 0; i < n; i++) a.data[i * n + i] += n; return a; };
/** Long work of each operation, and the pauses it has at the least. */
const LONG = {
  matmul: [{ a: randomMat(1, 600, 600), b: randomMat(2, 600, 600) }, 5], solve: [{ a: randomMat(1, 250, 250), b: randomMat(2, 250, 250) }, 6], svd: [{ a: randomMat(1, 120, 120) }, 10], eigh: [{ a: spd(120) }, 8], qr: [{ a: randomMat(1, 200, 150) }, 3],
  cholesky: [{ a: spd(250) }, 3], pca: [{ a: randomMat(1, 40000, 30), components: 3 }, 4], correlation: [{ a: randomMat(1, 40000, 60) }, 5], covariance: [{ a: randomMat(1, 300, 300) }, 3], pairwiseDistances: [{ a: randomMat(1, 1500, 64), metric: 'l2' }, 3],
  kmeans: [{ points: randomMat(1, 20000, 16), k: 20, maxIterations: 5, tolerance: 0, seed: 0 }, 5], convolve2d: [{ image: randomMat(1, 1500, 1500), kernel: randomMat(2, 7, 7), mode: 'valid', flip: false }, 3],
  sort: [{ values: numbers(3e6), descending: false }, 12], argsort: [{ values: numbers(1e6), descending: false }, 4], describe: [{ values: numbers(5e6), quantiles: [0.5] }, 3], histogram: [{ values: numbers(5e6), bins: 100 }, 3],
  fft: [{ re: numbers(1 << 18), im: numbers(1 << 18), inverse: false }, 2], evaluate: [{ expression: 'sqrt(x) + nullif(x, 1)', columns: [{ name: 'x', values: numbers(500000) }], rows: 500000 }, 10],
  reduce: [{ expression: 'x * 2', columns: [{ name: 'x', values: numbers(500000) }], rows: 500000, reducer: 'max' }, 10],
};

for (const [operation, [plan, least]] of Object.entries(LONG)) {
  test(`${operation}: long work pauses, reports what it has done, and a stop at any pause leaves nothing inside`, () => {
    const engine = engineOf();
    const heard = [];
    const { pauses } = finish(engine.run(operation, plan, job({ progress: (done, total) => heard.push(done / total) })));
    assert.ok(pauses >= least, `${pauses} pauses, at least ${least} were expected`);
    heard.forEach((part, i) => assert.ok(part >= 0 && part <= 1 && (i === 0 || part >= heard[i - 1] - 1e-12), `progress ${heard.slice(Math.max(0, i - 2), i + 1)}`));
    assert.equal(heard.at(-1), 1);
    assert.equal(engine.heldBytes(), 0);
    for (const stop of [0, 1, Math.floor(pauses / 2), pauses - 1]) {
      for (const keep of [false, true]) {
        const inside = engineOf(), steps = inside.run(operation, plan, job({ keep }));
        let next = steps.next();
        for (let i = 0; i < stop && !next.done; i++) next = steps.next();
        // What stays in the engine has fewer pauses.
        if (next.done && keep) continue;
        assert.throws(() => steps.throw(new Error('stop')), /stop/);
        assert.equal(inside.heldBytes(), 0, `stopped at pause ${stop}`);
      }
    }
  });
}

test('columns that are read once pass through a small buffer, and a stop leaves nothing of it', () => {
  const values = numbers(3e6), edges = Float64Array.of(-1, -0.5, 0, 0.5, 1);
  for (const [operation, plan] of [['describe', { values, quantiles: [] }], ['histogram', { values, bins: 100 }], ['histogram', { values, bins: edges }]]) {
    const engine = engineOf(), before = engine.memoryBytes();
    const { pauses } = finish(engine.run(operation, plan, job()));
    assert.ok(pauses >= 3, `${pauses} pauses`);
    assert.equal(engine.heldBytes(), 0);
    const steps = engine.run(operation, plan, job());
    steps.next();
    assert.ok(engine.heldBytes() > 0, 'the buffer is counted');
    assert.throws(() => steps.throw(new Error('stop')), /stop/);
    assert.equal(engine.heldBytes(), 0);
    assert.ok(engine.memoryBytes() - before < values.byteLength / 4, `${operation} took ${engine.memoryBytes() - before} bytes for ${values.byteLength}`);
  }
});

test('a trap in the middle of long work: the call is made again on a new instance, kept matrices stay', async () => {
  for (const host of ['inline', 'worker']) {
    const service = createComputeEngine({ implementation: 'simd', host });
    const a = randomMat(1, 300, 300), handle = await service.upload(a), product = await service.matmul(handle, identity(300), { keep: true });
    faults.trapNextCall('compute');
    const { s } = await service.svd(handle);
    assert.equal(s.length, 300);
    exactly(assert, (await product.download()).data, a.data);
    exactly(assert, (await service.matmul(handle, identity(300))).data, a.data);
    assert.equal(service.info.variant, 'simd');
    handle.free();
    await assert.rejects(handle.download(), { code: 'DISPOSED' });
    await service.dispose();
  }
});

/** An engine in place with what it tells. */
function told(config) {
  const events = [];
  return { events, service: createComputeEngine({ host: 'inline', ...config }, { sink: { event: (e) => events.push(e.type), call() {} }, attach() {} }) };
}
const trap = (times) => { for (let i = 0; i < times; i++) faults.trapNextCall('compute'); };

test('the new instance traps too: JavaScript takes over with the kept matrices, answers the call, and warns once', async (t) => {
  const warned = t.mock.method(console, 'warn', () => {});
  const { service, events } = told({}), handle = await service.upload(mat([[1, 2], [3, 4]])), a = randomMat(1, 50, 50);
  trap(2);
  exactly(assert, (await service.matmul(a, identity(50))).data, a.data);
  assert.equal(service.info.variant, 'js');
  assert.match(service.info.reason, /given up/);
  exactly(assert, (await service.matmul(handle, identity(2))).data, [1, 2, 3, 4]);
  assert.deepEqual(events.filter((type) => type === 'fallback' || type === 'recovery'), ['fallback', 'recovery']);
  assert.equal(warned.mock.callCount(), 1);
  await service.dispose();
});

test('a pinned variant that traps twice: INSTANCE_POISONED, and the next call is answered by a new instance', async () => {
  const { service, events } = told({ implementation: 'simd' });
  await service.ready();
  trap(2);
  await assert.rejects(service.matmul(identity(3), identity(3)), { code: 'INSTANCE_POISONED' });
  exactly(assert, (await service.matmul(identity(2), identity(2))).data, [1, 0, 0, 1]);
  assert.equal(service.info.variant, 'simd');
  assert.deepEqual(events.filter((type) => type === 'fallback' || type === 'recovery'), ['recovery', 'recovery']);
  await service.dispose();
});

test('a matrix that no instance could take in again says so, and nothing else is lost', async () => {
  const { service } = told({ implementation: 'simd' }), handle = await service.upload(identity(2));
  trap(3);
  exactly(assert, (await service.matmul(identity(2), identity(2))).data, [1, 0, 0, 1]);
  await assert.rejects(handle.download(), { code: 'INSTANCE_POISONED', message: /upload the matrix again/ });
  await assert.rejects(service.matmul(handle, handle), { code: 'INSTANCE_POISONED' });
  handle.free();
  const again = await service.upload(identity(2));
  exactly(assert, (await again.download()).data, [1, 0, 0, 1]);
  await service.dispose();
});

test('memory that ends: the call is OUT_OF_MEMORY, what is kept stays, and free makes room', async () => {
  const service = createComputeEngine({ implementation: 'simd', host: 'inline', maxMemory: Infinity, wasm: limitMemory(BYTES, initialPages(BYTES) + 160) });
  const big = randomMat(1, 512, 512), kept = [];
  for (let i = 0; i < 8; i++) {
    try { kept.push(await service.upload(big)); } catch (error) { assert.equal(error.code, 'OUT_OF_MEMORY'); break; }
  }
  assert.ok(kept.length >= 3 && kept.length < 8, `${kept.length} of 2 MiB in 10 MiB`);
  for (const handle of kept) exactly(assert, (await handle.download()).data, big.data);
  kept[0].free();
  kept.push(await service.upload(big));
  assert.equal(service.info.variant, 'simd');
  await service.dispose();
});

test('memory that ends anywhere within an operation: its answer or OUT_OF_MEMORY, never a broken instance', async () => {
  for (const [operation, [plan]] of Object.entries(LONG)) {
    const codes = new Set();
    for (const pages of [4, 12, 24, 40, 64, 100, 160, 260, 420, 700, 1100, 1800]) {
      const module = await loadModule(COMPUTE, 'simd', { wasm: limitMemory(BYTES, initialPages(BYTES) + pages) });
      const engine = new WasmEngine(module.createInstance(), false);
      try {
        finish(engine.run(operation, plan, job()));
        codes.add('ok');
      } catch (error) {
        codes.add(error.code);
        assert.equal(error.code, 'OUT_OF_MEMORY', `${operation} in ${pages} pages: ${error.message}`);
      }
      assert.equal(engine.heldBytes(), 0, `${operation} in ${pages} pages`);
      assert.deepEqual(finish(engine.run('matmul', { a: mat([[2]]), b: mat([[3]]) }, job())).value.data[0], 6);
      if (codes.has('ok')) break;
    }
    assert.ok(codes.has('OUT_OF_MEMORY'), `${operation} never ran out`);
    assert.ok(codes.has('ok'), `${operation} never had enough`);
  }
});

test('memory that grows during a call leaves no stale view: inputs and kept matrices are read again', () => {
  const engine = engineOf();
  const small = engine.hold(mat([[1, 2], [3, 4]])), before = engine.memoryBytes();
  const made = finish(engine.run('matmul', { a: randomMat(1, 900, 900), b: randomMat(2, 900, 900) }, job({ keep: true }))).value;
  assert.ok(engine.memoryBytes() > before);
  exactly(assert, engine.read(small.id).data, [1, 2, 3, 4]);
  exactly(assert, finish(engine.run('matmul', { a: small, b: identity(2) }, job())).value.data, [1, 2, 3, 4]);
  engine.free(made.id);
  engine.free(small.id);
  assert.equal(engine.heldBytes(), 0);
});

test('calls that do not pay are JavaScript\'s where the choice is free, with the answers of both, and info says so', async () => {
  // Costs as they are, not scaled to this machine by what ran before.
  const model = new CostModel(estimate), forJs = (operation, plan) => isForJs(operation, plan, model);
  const tiny = { data: Float64Array.of(1, 2, 3, 4), rows: 2, cols: 2 };
  assert.equal(forJs('matmul', { a: tiny, b: tiny }), true);
  assert.equal(forJs('upload', { matrix: tiny }), false);
  for (const [operation, [plan]] of Object.entries(LONG)) assert.equal(forJs(operation, plan), operation === 'fft', operation);
  const re = new Float32Array(1 << 16), columns = [{ name: 'x', values: numbers(20_000) }], rows = 20_000;
  assert.deepEqual([forJs('fft', { re }), forJs('fft', { re: new Float64Array(1 << 16) }), forJs('fft', { re: new Float64Array(1 << 12) }), forJs('fft', { re: new Float64Array(1 << 18) }), forJs('fft', { re: new Float64Array(3000) })], [false, false, true, true, false]);
  for (const [expression, reducer, expected] of [['x * 2', 'sum', true], ['x * 2', 'max', false], ['nullif(x, 1)', 'sum', false], ['x +', 'sum', true]]) assert.equal(forJs('reduce', { expression, columns, rows, reducer }), expected, `${reducer} of ${expression}`);
  assert.deepEqual([forJs('evaluate', { expression: 'x * 2', columns, rows }), forJs('evaluate', { expression: 'nullif(x, 1)', columns, rows })], [true, false]);
  assert.deepEqual(Object.keys(COSTS).filter((kind) => !/Powers|Large|oop/.test(kind)).sort(), Object.keys(LONG).sort());
  assert.equal(forJs('reduce', { expression: 'x * 2', columns, rows: 2000, reducer: 'sum' }), false, 'a sum of fewer rows is sooner done inside');
  const free = createComputeEngine({ host: 'inline' }), pinned = createComputeEngine({ host: 'inline', implementation: 'simd' });
  const handles = [await free.upload(tiny), await pinned.upload(tiny)];
  exactly(assert, (await free.matmul(handles[0], tiny)).data, (await pinned.matmul(handles[1], tiny)).data);
  const kept = await free.matmul(handles[0], tiny, { keep: true });
  exactly(assert, (await kept.download()).data, [7, 10, 15, 22]);
  // A trap would be noticed: no call of the instance is made.
  faults.trapNextCall('compute');
  exactly(assert, await free.sort(Float64Array.of(2, 1)), [1, 2]);
  exactly(assert, await pinned.sort(Float64Array.of(2, 1)), [1, 2]);
  assert.ok(free.info.reason.includes(FOR_JS_REASON));
  assert.ok(!pinned.info.reason.includes(FOR_JS_REASON));
  await Promise.all([free.dispose(), pinned.dispose()]);
});

test('the sink hears who answered each call', async () => {
  const calls = [];
  for (const host of ['inline', 'worker']) {
    const service = createComputeEngine({ host }, { sink: { event() {}, call: ({ operation, variant }) => calls.push(`${operation} ${variant}`) }, attach() {} });
    await service.sort(Float64Array.of(2, 1));
    await service.matmul(identity(64), identity(64));
    await service.dispose();
  }
  assert.deepEqual(calls, ['sort js', 'matmul simd', 'sort js', 'matmul simd-threads']);
});

test('an instance that grew large is let go when it holds nothing', async () => {
  let probe;
  const service = createComputeEngine({ host: 'inline', implementation: 'simd', maxMemory: Infinity }, { sink: { event() {}, call() {} }, attach: (_, p) => { probe = p; } });
  const large = { data: new Float32Array(70 << 20), rows: 70, cols: 1 << 20 };
  const handle = await service.upload(large), other = await service.upload(identity(2));
  handle.free();
  exactly(assert, (await other.download()).data, [1, 0, 0, 1]);
  assert.ok(probe.memoryBytes() > 256 << 20, 'not while something is kept');
  other.free();
  exactly(assert, await service.sort(Float64Array.of(2, 1)), [1, 2]);
  assert.equal(probe.memoryBytes(), 0);
  exactly(assert, await service.sort(Float64Array.of(2, 1)), [1, 2]);
  assert.ok(probe.memoryBytes() < 8 << 20);
  await service.dispose();
});

test('the self-check is made by the instance: a broken one is replaced', async () => {
  const events = [];
  let probe;
  const service = createComputeEngine({ host: 'inline' }, { sink: { event: (e) => events.push(e.type), call() {} }, attach: (_, p) => { probe = p; } });
  await service.ready();
  faults.trapNextCall('compute');
  await probe.check();
  assert.ok(events.includes('recovery'));
  await service.dispose();
});
