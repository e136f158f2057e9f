// The variant simd-threads: the same answers on any number of threads, and no way to lose or hang a caller.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faults } from '../../../js/dist/testing.js';
import { createWASMServices } from '../../../js/dist/index.js';
import { VECTOR } from '../../../js/dist/loader/vector.gen.js';
import { createSharedMemory } from '../../../js/dist/loader/memory.js';
import { createJsEngine } from '../../../js/dist/services/vector/js-engine.js';
import { createWasmEngine } from '../../../js/dist/services/vector/wasm-engine.js';
import { startPool } from '../../../js/dist/worker/pool.js';
import { poolThreads } from '../../../js/dist/worker/thread-count.js';
import { VECTOR_POOL } from '../../../js/dist/worker/scripts/vector-pool.js';
import { rows, watched } from './service-helpers.mjs';

const artifact = VECTOR.artifacts['simd-threads'];
const { createGlue } = await artifact.glue();
const module = new WebAssembly.Module(readFileSync(new URL('../../../js/dist/loader/wasm/vector.simd-threads.wasm', import.meta.url)));
const D = 24;
const N = 3000;
const data = rows(1, N, D);
const queries = rows(2, 40, D);
const exact = { k: 5, exact: true, ef: 0 };

const config = (over) => ({ dimensions: D, metric: 'cosine', index: 'flat', quantization: 'none', rescore: true, hnsw: { m: 8, efConstruction: 40, ef: 32, seed: 1 }, ...over });

/** An engine on `threads` threads; `script` may be a helper that does not do its work. */
function engine(threads, over = {}, { script = VECTOR_POOL, deadlineMs } = {}) {
  const glue = createGlue();
  const memory = createSharedMemory(artifact.memory);
  glue.initSync({ module, memory });
  const source = threads > 1 ? { threads, start: (helpers, alarm) => startPool(script, helpers, { module, memory, alarm }, deadlineMs) } : undefined;
  return createWasmEngine(glue, config(over), source);
}

const scriptOf = (name) => ({ web: () => new Worker(new URL(name, import.meta.url), { type: 'module' }), file: name, base: import.meta.url });
const plain = (results) => results.map(({ slots, scores }) => [[...slots], [...scores]]);
/** Threads of this process, where the system tells. */
const osThreads = () => (existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function until(done, what) {
  for (let i = 0; i < 100; i++) {
    if (done()) return;
    await wait(50);
  }
  assert.fail(what);
}

test('one, two and three threads give the answers of the JavaScript engine, bit for bit', async () => {
  const js = createJsEngine(config());
  js.append(data);
  const allow = Uint32Array.from({ length: Math.ceil(N / 32) }, (_, i) => 0x11111111 << (i % 4));
  for (const threads of [1, 2, 3]) {
    const threaded = engine(threads);
    threaded.append(data);
    await threaded.startThreads();
    assert.equal(threaded.threads, threads);
    assert.equal(threaded.threadsNote, undefined);
    for (const params of [exact, { ...exact, allow }, { ...exact, k: N }, { ...exact, k: 0 }]) {
      assert.deepEqual(plain(threaded.searchBatch(queries, params)), plain(js.searchBatch(queries, params)));
    }
    threaded.dispose();
  }
});

test('any number of threads builds the same graph', async () => {
  const build = async (threads) => {
    const threaded = engine(threads, { index: 'hnsw' });
    threaded.append(data);
    await threaded.startThreads();
    while (threaded.step(50) > 0);
    const graph = threaded.exportGraph();
    const answers = plain(threaded.searchBatch(queries, { ...exact, exact: false }));
    threaded.dispose();
    return { graph, answers };
  };
  const alone = await build(1);
  assert.ok(alone.graph.length > N * 4);
  for (const threads of [2, 3]) assert.deepEqual(await build(threads), alone);
});

test('threads end with their engine, again and again', async () => {
  const before = osThreads();
  for (let cycle = 0; cycle < 8; cycle++) {
    const threaded = engine(3);
    threaded.append(data);
    await threaded.startThreads();
    assert.equal(threaded.startThreads(), undefined, 'they are started once');
    assert.equal(threaded.searchBatch(queries, exact).length, 40);
    threaded.dispose();
  }
  await until(() => osThreads() <= before + 2, `${osThreads()} threads are left, there were ${before}`);
});

test('disposed of while its threads start: none is left', async () => {
  const before = osThreads();
  const threaded = engine(3);
  const starting = threaded.startThreads();
  threaded.dispose();
  await starting;
  await until(() => osThreads() <= before + 2, `${osThreads()} threads are left, there were ${before}`);
});

for (const [name, script, reason, deadlineMs] of [
  ['a thread that says nothing', 'threads-silent.worker.mjs', /one thread answers: its threads did not start within 150 ms/, 150],
  ['a script that throws', 'threads-missing.worker.mjs', /one thread answers: a thread did not start: .*broken/],
]) {
  test(`${name}: one thread answers and says why`, async () => {
    const threaded = engine(2, {}, { script: scriptOf(script), deadlineMs });
    threaded.append(data);
    assert.equal(threaded.threads, 2, 'the plan');
    await threaded.startThreads();
    assert.equal(threaded.threads, 1);
    assert.match(threaded.threadsNote, reason);
    assert.equal(threaded.startThreads(), undefined);
    assert.deepEqual([...threaded.searchBatch(data.subarray(0, 2 * D), { ...exact, k: 1 })[1].slots], [1]);
    threaded.dispose();
  });
}

test('a trap in a helper fails the call instead of hanging it, and the rows can be brought over', async () => {
  const threaded = engine(2, {}, { script: scriptOf('threads-trapping.worker.mjs') });
  threaded.append(data);
  await threaded.startThreads();
  assert.throws(() => threaded.searchBatch(queries, exact), { name: 'ServiceError', code: 'INSTANCE_POISONED' });
  const { chunks, counts } = threaded.salvageRows();
  threaded.dispose();
  const fresh = engine(2);
  chunks.forEach((chunk, i) => fresh.importRows(chunk, counts[i]));
  await fresh.startThreads();
  const js = createJsEngine(config());
  js.append(data);
  assert.deepEqual(plain(fresh.searchBatch(queries, exact)), plain(js.searchBatch(queries, exact)));
  fresh.dispose();
});

test('many processors: no more threads than memory can feed', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: 256, userAgent: 'test' }, configurable: true });
  try {
    assert.equal(poolThreads(), 16);
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before); else delete globalThis.navigator;
  }
  assert.ok(poolThreads() >= 1);
});

test('through the service: behind a worker, and a trap there is not the caller\'s', async () => {
  const { service, types } = watched({ implementation: 'simd-threads', dimensions: D });
  assert.deepEqual([service.info.variant, service.info.host, service.info.threads], ['simd-threads', 'worker', poolThreads()]);
  await service.addVectors(Array.from({ length: N }, (_, i) => `d${i}`), data);
  const first = await service.searchBatch(queries, { exact: true });
  assert.deepEqual([service.info.variant, service.info.threads], ['simd-threads', poolThreads()]);
  faults.trapNextCall('vector');
  assert.deepEqual(await service.searchBatch(queries, { exact: true }), first);
  assert.ok(types().includes('recovery'));
  assert.equal(service.info.variant, 'simd-threads');
  await service.dispose();
});

test("asked for inline it is one thread, and says so; 'auto' leaves it to who asks for it", async () => {
  for (const over of [{ implementation: 'simd-threads', host: 'inline' }, { host: 'worker' }, {}]) {
    const { service } = watched(over);
    await service.ready();
    const { variant, threads, rejected } = service.info;
    assert.deepEqual([variant, threads], ['simd', 1]);
    assert.match(rejected.find((r) => r.variant === 'simd-threads').reason, over.host === 'worker' ? /ask for it by implementation: 'simd-threads'/ : /runs inline/);
    await service.dispose();
  }
});

test("the manager's pin puts the service behind a worker too", async () => {
  const manager = createWASMServices();
  await manager.initialize({ implementation: 'simd-threads' });
  const vectors = manager.getVectorSearch();
  await vectors.addDocuments([{ id: 'a', embedding: [1, 0] }, { id: 'b', embedding: [0, 1] }]);
  assert.deepEqual((await vectors.searchBatch(Float32Array.of(0, 1, 1, 0), { maxResults: 1 })).map(([hit]) => hit.id), ['b', 'a']);
  assert.deepEqual([vectors.info.variant, vectors.info.host], ['simd-threads', 'worker']);
  await manager.dispose();
});
