// The service around the engine: realms, getters, garbage, workers that do not start, repeated lives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { createComputeEngine, ServiceError } from '../../../js/dist/compute.js';
import { createComputeEngine as create } from '../../../js/dist/services/compute/index.js';

const mat = (...values) => ({ data: Float64Array.from(values), rows: 1, cols: values.length });
const context = (more = {}) => { const events = [], calls = []; let probe; return { events, calls, get probe() { return probe; }, sink: { event: (e) => events.push(e), call: (c) => calls.push(c) }, attach: (_, p) => { probe = p; }, ...more }; };

test('arrays of another realm are taken as those of this one', async () => {
  const service = createComputeEngine();
  const foreign = (code) => vm.runInNewContext(code);
  assert.deepEqual([...await service.sort(foreign('new Float64Array([3, 1, 2])'))], [1, 2, 3]);
  assert.deepEqual([...(await service.matmul({ data: foreign('new Float32Array([2])'), rows: 1, cols: 1 }, mat(3))).data], [6]);
  assert.deepEqual([...await service.argsort(foreign('[3, 1, 2]'))], [1, 2, 0]);
  await assert.rejects(service.sort(foreign('new Uint8Array(2)')), { code: 'INVALID_ARGUMENT' });
  await service.dispose();
});

test('shared memory is taken in place and by a worker', async () => {
  for (const host of ['inline', 'worker']) {
    const service = createComputeEngine({ host });
    const values = new Float64Array(new SharedArrayBuffer(24));
    values.set([3, 1, 2]);
    const sorted = await service.sort(values);
    assert.deepEqual([[...sorted], [...values], sorted.buffer instanceof ArrayBuffer], [[1, 2, 3], [3, 1, 2], true]);
    await service.dispose();
  }
});

test('what throws while arguments are read is INVALID_ARGUMENT, and a detached array is none', async () => {
  const service = createComputeEngine();
  await assert.rejects(service.matmul({ get data() { throw new TypeError('mine'); }, rows: 1, cols: 1 }, mat(1)), { code: 'INVALID_ARGUMENT' });
  const gone = mat(1, 2);
  structuredClone(gone.data, { transfer: [gone.data.buffer] });
  await assert.rejects(service.svd(gone), { code: 'DIMENSION_MISMATCH' });
  await service.dispose();
});

test('a handle that was dropped is freed some time, and its matrix with it', async () => {
  const seen = context();
  const service = create({ host: 'inline', implementation: 'js' }, seen);
  await service.upload(mat(...new Array(1000).fill(1)));
  const kept = await service.upload(mat(1));
  assert.equal(seen.probe.memoryBytes(), 8008);
  for (let i = 0; i < 50 && seen.probe.memoryBytes() > 8; i++) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
  assert.equal(seen.probe.memoryBytes(), 8);
  assert.equal((await kept.download()).data[0], 1);
  kept.free();
  assert.equal(seen.probe.memoryBytes(), 0);
  await service.dispose();
});

test('a worker that does not start: this thread computes, says why, and one event tells it', async (t) => {
  t.mock.method(console, 'warn', () => {});
  const seen = context({ worker: () => { throw new Error('no workers today'); } });
  const service = create({ host: 'worker' }, seen);
  const handle = await service.upload(mat(2));
  assert.deepEqual([...(await service.matmul(handle, mat(3))).data], [6]);
  assert.equal(service.info.host, 'inline');
  assert.match(service.info.reason, /calling thread.*no workers today/);
  assert.equal(seen.events.filter(({ type }) => type === 'fallback').length, 1);
  handle.free();
  await assert.rejects(handle.download(), { code: 'DISPOSED' });
  await service.dispose();
});

test('the sink hears every call with its outcome, and the end', async () => {
  const seen = context();
  const service = create({ host: 'inline', implementation: 'js' }, seen);
  await service.matmul(mat(1), mat(1));
  await assert.rejects(service.matmul(mat(1, 2), mat(1)), ServiceError);
  await service.dispose();
  assert.deepEqual(seen.calls.map(({ operation, error, variant }) => [operation, error, variant]), [['matmul', undefined, 'js'], ['matmul', 'DIMENSION_MISMATCH', 'js']]);
  assert.deepEqual(seen.events.map(({ type }) => type), ['ready', 'dispose']);
});

test('what a call kept that was given up meanwhile is freed in the worker', async () => {
  const seen = context();
  const service = create({ host: 'worker', implementation: 'js' }, seen);
  await service.ready();
  const side = 300, a = { data: new Float64Array(side * side).fill(1), rows: side, cols: side };
  for (let i = 0; i < 5; i++) {
    const controller = new AbortController();
    const call = service.matmul(a, a, { keep: true, signal: controller.signal });
    setTimeout(() => controller.abort(), i * 4);
    await call.then((handle) => handle.free(), (error) => assert.equal(error.code, 'ABORTED'));
  }
  await service.sort(new Float64Array(1));
  await service.sort(new Float64Array(2));
  assert.equal(seen.probe.memoryBytes(), 0);
  await service.dispose();
});

test('engines in workers start and end again and again without a thread left', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => /Worker|Message/.test(name)).length;
  for (let i = 0; i < 20; i++) {
    const service = createComputeEngine({ host: 'worker' });
    assert.deepEqual([...await service.sort(new Float64Array([2, 1]))], [1, 2]);
    await service.dispose();
  }
  assert.ok(process.getActiveResourcesInfo().filter((name) => /Worker|Message/.test(name)).length <= before);
});

test('an engine that nobody uses keeps no process alive and starts nothing', () => {
  const before = process.getActiveResourcesInfo().length;
  createComputeEngine({ host: 'worker' });
  assert.equal(process.getActiveResourcesInfo().length, before);
});
