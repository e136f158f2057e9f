// Helper threads that hang, trap, are wanted by several services at once, or are asked for where there can be none (FAULTS 22, 23), and memory
// beyond what 31 bits address (FAULTS 24). Each fault has its control: the same without it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faults } from '../../js/dist/testing.js';
import { COMPUTE } from '../../js/dist/loader/compute.gen.js';
import { createManager } from '../../js/dist/manager.js';
import { createSharedMemory } from '../../js/dist/loader/memory.js';
import { createComputeEngine } from '../../js/dist/services/compute/index.js';
import { clampThreads } from '../../js/dist/services/compute/config.js';
import { WasmEngine } from '../../js/dist/services/compute/wasm-engine.js';
import { startPool } from '../../js/dist/worker/pool.js';
import { poolThreads } from '../../js/dist/worker/thread-count.js';
import { COMPUTE_POOL } from '../../js/dist/worker/scripts/compute-pool.js';

const THREADED = { implementation: 'simd-threads', threads: 2 };
const context = (more = {}) => { const events = []; return { events, sink: { call() {}, event: (e) => events.push(e) }, attach() {}, ...more }; };
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const osThreads = () => (existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0);
let seed = 1;
const noise = (n) => Float32Array.from({ length: n }, () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32 - 0.5; });
const a = { data: noise(500 * 500), rows: 500, cols: 500 };
const expected = await (async () => { const one = createComputeEngine({ implementation: 'simd', host: 'inline' }, context()), { data } = await one.matmul(a, a); await one.dispose(); return data; })();
const right = async (service) => assert.deepEqual((await service.matmul(a, a)).data, expected);
const moduleOf = (variant) => new WebAssembly.Module(readFileSync(new URL(`../../js/dist/loader/wasm/compute.${variant}.wasm`, import.meta.url)));

for (const fault of [true, false]) {
  test(`FAULTS 22, start hangs${fault ? '' : ' (control: it does not)'}: calls go on, after 5 s one thread answers and says why`, { timeout: 30_000 }, async () => {
    const seen = context(), service = createComputeEngine(THREADED, seen);
    await service.ready();
    if (fault) faults.failNextThreads('compute', 'silent');
    const began = Date.now();
    await right(service);
    while (fault ? !/did not start/.test(service.info.reason) && Date.now() - began < 20_000 : Date.now() - began < 1000) { await right(service); await wait(50); }
    assert.equal(/one thread answers: its threads did not start within 5000 ms/.test(service.info.reason), fault, service.info.reason);
    assert.equal(service.info.threads, fault ? 1 : Math.min(2, poolThreads()));
    assert.deepEqual(seen.events.filter(({ type }) => type === 'recovery'), []);
    await service.dispose();
  });

  test(`FAULTS 22, a thread of the pool panics${fault ? '' : ' (control: none does)'}: the caller gets its answer, the pool is made anew`, { timeout: 30_000 }, async () => {
    const seen = context(), service = createComputeEngine(THREADED, seen), kept = await service.upload(a);
    if (fault) faults.failNextThreads('compute', 'trap');
    const recovered = () => seen.events.filter(({ type }) => type === 'recovery');
    for (let i = 0; i < 60 && (fault ? recovered().length === 0 : i < 10); i++) await right(service);
    assert.equal(recovered().length, fault ? 1 : 0);
    for (let i = 0; i < 8; i++) await right(service);
    assert.deepEqual((await service.matmul(kept, a)).data, expected, 'what was kept is there');
    assert.deepEqual([service.info.variant, service.info.threads], ['simd-threads', Math.min(2, poolThreads())]);
    assert.ok(!/one thread answers/.test(service.info.reason), service.info.reason);
    await service.dispose();
  });
}

test('FAULTS 22: threads never run in the calling thread (control: behind a worker they do)', async () => {
  const before = osThreads(), inline = createComputeEngine({ implementation: 'simd-threads', host: 'inline' }, context());
  for (let i = 0; i < 5; i++) { await right(inline); await wait(20); }
  assert.deepEqual([inline.info.variant, inline.info.host, inline.info.threads, osThreads()], ['simd', 'inline', 1, before]);
  assert.match(inline.info.rejected.find(({ variant }) => variant === 'simd-threads').reason, /behind a worker/);
  const behind = createComputeEngine(THREADED, context());
  await right(behind);
  assert.deepEqual([behind.info.variant, behind.info.host], ['simd-threads', 'worker']);
  assert.ok(osThreads() > before);
  await Promise.all([inline.dispose(), behind.dispose()]);
});

test('FAULTS 22: pools of three services at once share one budget, and all answer (control: a service alone has all of it)', { timeout: 60_000 }, async () => {
  const manager = createManager();
  await manager.initialize({ implementation: 'simd-threads', vectorSearch: { dimensions: 32, index: 'hnsw' } });
  const [vectors, data, compute] = [manager.getVectorSearch(), manager.getDataProcessor(), manager.getComputeEngine()];
  const rows = noise(1500 * 32), few = Int32Array.from({ length: 120_000 }, (_, i) => i % 300), v = Float64Array.from(few, (x) => x / 7);
  await vectors.addVectors(Array.from({ length: 1500 }, (_, i) => `v${i}`), rows);
  const table = await data.load({ few, v });
  const grouped = async () => (await (await table.aggregate({ groupBy: ['few'], operations: [{ operation: 'median', field: 'v', alias: 'm' }] })).toRows()).length;
  for (let round = 0; round < 4; round++) {
    const [, groups, hits] = await Promise.all([right(compute), grouped(), vectors.searchBatch(rows.subarray(0, 40 * 32), { maxResults: 3 })]);
    assert.deepEqual([groups, hits.length, hits.every(([first], i) => first.id === `v${i}`)], [300, 40, true]);
  }
  const threads = Object.values(manager.getStats().services).map((info) => info.threads - 1);
  assert.ok(threads.every((n) => n >= 0 && n < poolThreads()), `${threads}`);
  await manager.dispose();
  const alone = createComputeEngine({ implementation: 'simd-threads' }, context());
  for (let i = 0; i < 6; i++) await right(alone);
  assert.equal(alone.info.threads, poolThreads());
  await alone.dispose();
});

test('FAULTS 22: pools start and stop again and again, and leave no thread and no handle', { timeout: 120_000 }, async (t) => {
  // Helpers do not keep a program, and nothing else does here.
  const keep = setInterval(() => {}, 1000);
  t.after(() => { clearInterval(keep); });
  const module = moduleOf('simd-threads'), artifact = COMPUTE.artifacts['simd-threads'], { createGlue } = await artifact.glue();
  const cycle = async (orderly) => {
    const memory = createSharedMemory(artifact.memory, 16 << 20), glue = createGlue();
    glue.initSync({ module, memory });
    const core = new glue.Engine();
    core.openPool(2);
    const pool = await startPool(COMPUTE_POOL, 2, { module, memory, alarm: glue.poolAlarm() });
    core.usePool();
    core.closePool();
    if (orderly) await pool.left();
    pool.end();
  };
  await cycle(true);
  await wait(300);
  const threads = osThreads(), handles = process.getActiveResourcesInfo().length;
  // A thousand and more: `npm run test:soak`.
  for (let i = 0; i < 100; i++) await cycle(i % 2 === 0);
  for (let i = 0; i < 100 && osThreads() > threads; i++) await wait(50);
  assert.ok(osThreads() <= threads, `${osThreads()} threads, ${threads} before`);
  assert.ok(process.getActiveResourcesInfo().length <= handles + 2, `${process.getActiveResourcesInfo()}`);
});

test('FAULTS 23: one processor, none known, or very many (control: a sensible number is kept)', async () => {
  for (const [available, wanted, threads] of [[1, undefined, 1], [1, 8, 1], [0, undefined, 1], [0, 4, 1], [undefined, undefined, 1], [128, undefined, 128], [128, 1e9, 128], [128, 4, 4]]) {
    assert.equal(clampThreads(wanted, available), threads, `${wanted} of ${available}`);
  }
  // No pool is larger than what memory can feed, whatever the machine claims; and the control: what is sensible is kept.
  const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator'), os = process.getBuiltinModule('node:os'), { availableParallelism } = os;
  for (const [cores, threads] of [[0, 1], [undefined, 1], [1, 1], [3, 3], [128, 16]]) {
    Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: cores }, configurable: true });
    os.availableParallelism = () => cores;
    try {
      assert.equal(poolThreads(), threads, `${cores} processors`);
      const service = createComputeEngine({ host: 'worker' }, context());
      assert.deepEqual([service.info.variant, service.info.threads], threads > 1 ? ['simd-threads', threads] : ['simd', 1], `${cores} processors`);
      await service.dispose();
    } finally {
      os.availableParallelism = availableParallelism;
      if (own) Object.defineProperty(globalThis, 'navigator', own); else delete globalThis.navigator;
    }
  }
});

for (const variant of ['simd', 'simd-threads']) {
  for (const above of [true, false]) {
    test(`FAULTS 24, ${variant}: values ${above ? 'above 2 GiB, where an address is negative in 32 bits with a sign,' : '(control: at the bottom of the memory)'} are worked on alike`, async () => {
      const glue = (await COMPUTE.artifacts[variant].glue()).createGlue(), memory = variant === 'simd' ? undefined : createSharedMemory(COMPUTE.artifacts[variant].memory, 3 * 2 ** 30);
      glue.initSync({ module: moduleOf(variant), ...(memory && { memory }) });
      // Reserved, never touched: what is allocated from now on lies behind it.
      if (above) glue.memory.grow(32768);
      const engine = new WasmEngine(glue, false), kept = engine.hold({ data: a.data, rows: 500, cols: 500 });
      const run = (operation, plan) => { const steps = engine.run(operation, plan, { keep: false, progress() {} }); let next = steps.next(); while (!next.done) next = steps.next(); return next.value; };
      assert.deepEqual(run('matmul', { a: kept, b: a }).data, expected);
      assert.deepEqual(run('sort', { values: a.data, descending: false }), a.data.slice().sort());
      assert.deepEqual(engine.read(kept.id).data, a.data);
      assert.equal(glue.memory.buffer.byteLength > 2 ** 31, above);
      engine.dispose();
    });
  }
}

test('FAULTS 24: shapes at 2^31 - 1, 2^31 and 2^32 - 1 are refused by typed errors before anything is allocated (control: a small one is not)', async () => {
  for (const config of [{ implementation: 'js' }, { implementation: 'simd' }, THREADED]) {
    const service = createComputeEngine({ ...config, maxMemory: Infinity }, context());
    for (const n of [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      const wide = { data: new Float64Array(0), rows: n, cols: 0 };
      await assert.rejects(service.pairwiseDistances(wide), { code: 'TOO_LARGE' }, `${n}`);
      await assert.rejects(service.matmul(wide, { data: new Float64Array(0), rows: 0, cols: n }), { code: 'TOO_LARGE' });
      await assert.rejects(service.sort({ length: n }), { code: 'INVALID_ARGUMENT' });
      await assert.rejects(service.matmul({ data: new Float64Array(4), rows: n, cols: 2 }, a), { code: 'DIMENSION_MISMATCH' });
    }
    const tall = { data: new Float64Array(0), rows: 3, cols: 0 };
    assert.equal((await service.pairwiseDistances(tall)).data.length, 9);
    await right(service).catch((error) => { if (config.implementation !== 'js') throw error; });
    await service.dispose();
  }
});
