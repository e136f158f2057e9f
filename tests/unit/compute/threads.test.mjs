// The variant simd-threads: the same answers on any number of threads, pools that come and go, one budget for all.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createComputeEngine, createWASMServices } from '../../../js/dist/index.js';
import { COMPUTE } from '../../../js/dist/loader/compute.gen.js';
import { createSharedMemory } from '../../../js/dist/loader/memory.js';
import { clampThreads } from '../../../js/dist/services/compute/config.js';
import { paysForThreads } from '../../../js/dist/services/compute/dispatch.js';
import { WasmEngine } from '../../../js/dist/services/compute/wasm-engine.js';
import { BudgetShare, giveBack, threadBudget } from '../../../js/dist/worker/budget.js';
import { startPool } from '../../../js/dist/worker/pool.js';
import { poolThreads } from '../../../js/dist/worker/thread-count.js';
import { COMPUTE_POOL } from '../../../js/dist/worker/scripts/compute-pool.js';
import { Threads } from '../../../js/dist/worker/threads.js';

const moduleOf = (variant) => new WebAssembly.Module(readFileSync(new URL(`../../../js/dist/loader/wasm/compute.${variant}.wasm`, import.meta.url)));
const artifact = COMPUTE.artifacts['simd-threads'];
const { createGlue } = await artifact.glue();
const oneThread = await COMPUTE.artifacts.simd.glue();
const module = moduleOf('simd-threads');
const plain = moduleOf('simd');

/** An engine on `threads` threads; `script` may be a helper that does not do its work. */
function engine(threads, { script = COMPUTE_POOL, deadlineMs, idleMs, budget, onStart = () => {} } = {}) {
  const glue = createGlue();
  const memory = createSharedMemory(artifact.memory, 512 << 20);
  glue.initSync({ module, memory });
  const source = { threads, idleMs, budget, start: (helpers, alarm) => { onStart(); return startPool(script, helpers, { module, memory, alarm }, deadlineMs); } };
  return new WasmEngine(glue, false, threads > 1 ? source : undefined);
}
function single() {
  const glue = oneThread.createGlue();
  glue.initSync({ module: plain });
  return new WasmEngine(glue, false);
}
const scriptOf = (name) => ({ web: () => new Worker(new URL(name, import.meta.url), { type: 'module' }), file: name, base: import.meta.url });
const osThreads = () => (existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
async function until(done, what) {
  for (let i = 0; i < 200; i++) {
    if (done()) return;
    await wait(25);
  }
  assert.fail(what());
}

/** Runs a call to its end; `between` after each step. */
async function run(engine, operation, plan, between) {
  const steps = engine.run(operation, plan, { keep: false, progress() {} });
  let next = steps.next();
  while (!next.done) {
    if (between) await between();
    next = steps.next();
  }
  return next.value;
}
const turn = () => new Promise((resolve) => { setImmediate(resolve); });

let seed = 7;
const next = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32 - 0.5; };
const noise = (n, Type = Float64Array) => Type.from({ length: n }, next);
const mat = (rows, cols, Type) => ({ data: noise(rows * cols, Type), rows, cols });
const odd = noise(600_000);
for (let i = 0; i < odd.length; i += 997) odd[i] = [NaN, -0, 0, 1e300][i % 4];
/** So large that single steps of a decomposition are shared. */
const N = 520;
const symmetric = (() => { const a = mat(N, N); for (let i = 0; i < N; i++) { for (let j = 0; j < i; j++) a.data[i * N + j] = a.data[j * N + i]; a.data[i * (N + 1)] += N; } return a; })();
const image = mat(600, 500, Float32Array);
const PLANS = [
  ['matmul', { a: mat(260, 700, Float32Array), b: mat(700, 530, Float32Array) }], ['matmul', { a: mat(200, 300), b: mat(300, 210) }], ['solve', { a: mat(N, N), b: mat(N, 40) }], ['svd', { a: mat(400, 340) }],
  ['eigh', { a: symmetric }], ['cholesky', { a: symmetric }], ['qr', { a: mat(N, 510) }], ['pca', { a: mat(45_000, 60), components: 4 }], ['covariance', { a: mat(45_000, 60) }], ['correlation', { a: mat(45_000, 60) }],
  ['pairwiseDistances', { a: mat(900, 16, Float32Array), metric: 'l2' }], ['pairwiseDistances', { a: mat(800, 30), b: mat(500, 30), metric: 'cosine' }],
  ['kmeans', { points: mat(9000, 8, Float32Array), k: 20, maxIterations: 9, tolerance: 0, seed: 3 }], ['convolve2d', { image, kernel: mat(7, 5, Float32Array), mode: 'same', flip: false }],
  ['sort', { values: odd, descending: false }], ['sort', { values: noise(600_000, Float32Array), descending: true }], ['argsort', { values: odd, descending: false }],
  ['describe', { values: noise(2_200_000), quantiles: [0.1, 0.5] }], ['histogram', { values: noise(2_200_000), bins: 50 }],
  ['fft', { re: noise(1 << 17), inverse: false }], ['fft', { re: noise(200_000, Float32Array), inverse: true }], ['fft', { re: noise(40_009), inverse: false }],
];
const bits = (outcome) => JSON.stringify(outcome, (_, value) => {
  if (ArrayBuffer.isView(value)) return [value.constructor.name, [...new Uint32Array(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength))].reduce((hash, word) => Math.imul(hash ^ word, 0x01000193) >>> 0, 0x811c9dc5)];
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
});

test('one, two and three threads give the answers of the build for one thread, bit for bit', async () => {
  const alone = single();
  const expected = [];
  for (const [operation, plan] of PLANS) {
    assert.ok(paysForThreads(operation, plan), `${operation} is large enough to be shared`);
    expected.push(bits(await run(alone, operation, plan)));
  }
  for (const threads of [1, 2, 3]) {
    const threaded = engine(threads);
    assert.equal(threaded.variant, 'simd-threads');
    for (const [place, [operation, plan]] of PLANS.entries()) {
      assert.equal(bits(await run(threaded, operation, plan, turn)), expected[place], `${operation} ${place} on ${threads}`);
    }
    assert.deepEqual([threaded.threads, threaded.threadsNote], [threads, undefined]);
    threaded.dispose();
  }
});

test('small work starts no threads, large work does and does not wait for them', async () => {
  let starts = 0;
  const threaded = engine(2, { onStart: () => { starts++; } });
  const small = { a: mat(20, 20), b: mat(20, 20) };
  assert.ok(!paysForThreads('matmul', small));
  for (let i = 0; i < 20; i++) await run(threaded, 'matmul', small, turn);
  assert.equal(starts, 0);
  await run(threaded, 'matmul', PLANS[0][1]); // no turn in between: done before they could say a word
  assert.equal(starts, 1);
  threaded.dispose();
});

test('threads that have nothing to do end, their memory comes back, and new ones start with the next work', async () => {
  await wait(300); // those of other tests end
  const threaded = engine(2, { idleMs: 30 });
  const before = osThreads();
  const expected = bits(await run(single(), ...PLANS[0]));
  let grown = 0;
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 400 && osThreads() === before; i++) await run(threaded, ...PLANS[0], turn);
    assert.equal(bits(await run(threaded, ...PLANS[0], turn)), expected);
    await until(() => osThreads() <= before, () => `${osThreads()} threads are left of ${before}`);
    if (round === 3) grown = threaded.memoryBytes();
  }
  // A stack is a megabyte: eight rounds that left theirs behind would show.
  assert.ok(threaded.memoryBytes() - grown < 4 << 20, `${threaded.memoryBytes() - grown} bytes`);
  assert.deepEqual([threaded.threads, threaded.threadsNote], [2, undefined], 'the plan stands');
  threaded.dispose();
});

for (const [name, script, reason, deadlineMs] of [
  ['a thread that says nothing', '../vector/threads-silent.worker.mjs', /one thread answers: its threads did not start within 150 ms/, 150],
  ['a script that throws', '../vector/threads-missing.worker.mjs', /one thread answers: a thread did not start: .*broken/],
]) {
  test(`${name}: one thread answers and says why`, async () => {
    const threaded = engine(2, { script: scriptOf(script), deadlineMs });
    const expected = bits(await run(single(), ...PLANS[0]));
    assert.equal(bits(await run(threaded, ...PLANS[0], turn)), expected, 'nobody waits for it');
    await until(() => threaded.threadsNote !== undefined, () => 'the reason is told');
    assert.equal(threaded.threads, 1);
    assert.match(threaded.threadsNote, reason);
    assert.equal(bits(await run(threaded, ...PLANS[0], turn)), expected);
    threaded.dispose();
  });
}

test('a trap in a helper fails the call instead of hanging it, and kept matrices can be read out', async () => {
  const threaded = engine(2, { script: scriptOf('threads-trapping.worker.mjs') });
  const kept = threaded.hold({ data: Float64Array.of(1, 2), rows: 1, cols: 2 });
  await assert.rejects(async () => { for (let i = 0; i < 400; i++) await run(threaded, ...PLANS[0], turn); }, { name: 'ServiceError', code: 'INSTANCE_POISONED', variant: 'simd-threads' });
  assert.deepEqual([...threaded.read(kept.id).data], [1, 2]);
  threaded.dispose();
});

test('the budget: services take what is left, none is counted twice, and a dead worker gives back', () => {
  const budget = threadBudget(3);
  const [vector, compute, data] = ['vector', 'compute', 'data'].map((service) => new BudgetShare(budget, service));
  assert.deepEqual([vector.take(2), compute.take(3), data.take(1)], [2, 1, 0]);
  vector.give(1);
  assert.deepEqual([vector.held, compute.held, data.held], [1, 1, 0]);
  assert.equal(data.take(5), 1);
  giveBack(budget, 'compute');
  giveBack(budget, 'compute');
  giveBack(budget, 'sqlite');
  giveBack(undefined, 'data');
  assert.deepEqual([vector.held, compute.held, data.held, vector.take(9)], [1, 0, 1, 1]);
  assert.equal(threadBudget().helpers, poolThreads() - 1);
});

test('without a thread left in the budget one thread answers, says why, and asks again', async () => {
  const budget = threadBudget(1);
  const [other, mine] = [new BudgetShare(budget, 'vector'), new BudgetShare(budget, 'compute')];
  other.take(1);
  const threaded = engine(2, { budget: mine });
  await run(threaded, ...PLANS[0], turn);
  assert.equal(threaded.threads, 1);
  assert.match(threaded.threadsNote, /with its other services/);
  other.give(1);
  for (let i = 0; i < 400 && mine.held === 0; i++) await run(threaded, ...PLANS[0], turn);
  await wait(200);
  assert.deepEqual([threaded.threads, threaded.threadsNote, mine.held], [2, undefined, 1]);
  threaded.dispose();
  assert.equal(mine.held, 0);
});

test('threads end with their engine while they start, and the budget is whole again', async () => {
  const budget = threadBudget(4);
  const share = new BudgetShare(budget, 'compute');
  let run = 0;
  const core = { openPool() {}, usePool() { run++; }, closePool() {} };
  for (let i = 0; i < 5; i++) {
    let let_go;
    const threads = new Threads({ threads: 3, budget: share, start: () => new Promise((resolve) => { let_go = () => resolve({ helpers: 2, end() {}, left: async () => {} }); }) }, { poolAlarm: () => 0 });
    const starting = threads.start((call) => call(core));
    assert.equal(share.held, 2);
    threads.end(core);
    let_go();
    await starting;
    assert.equal(share.held, 0);
  }
  assert.equal(run, 0);
});

// FAULTS 23: one processor, none known, or very many.
test('counts of threads are clamped to what the machine has, which is one where it does not say', () => {
  for (const [available, wanted, threads] of [[1, undefined, 1], [0, undefined, 1], [undefined, undefined, 1], [NaN, 8, 1], [128, undefined, 128], [128, 4, 4], [2, 64, 2], [4, 0, 1], [4, -3, 1], [4, 2.9, 2], [8, Infinity, 8]]) {
    assert.equal(clampThreads(wanted, available), threads, `${wanted} of ${available}`);
  }
  for (const [cores, threads] of [[0, 1], [undefined, 1], [1, 1], [3, 3], [128, 16]]) {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: cores }, configurable: true });
    const os = process.getBuiltinModule('node:os'), { availableParallelism } = os;
    os.availableParallelism = () => cores;
    try { assert.equal(poolThreads(), threads, `${cores} cores`); } finally {
      os.availableParallelism = availableParallelism;
      if (own) Object.defineProperty(globalThis, 'navigator', own); else delete globalThis.navigator;
    }
  }
});

test('one thread asked for is one thread, and info says why there are no more', async () => {
  const service = createComputeEngine({ host: 'worker', threads: 1 });
  await service.ready();
  assert.deepEqual([service.info.variant, service.info.threads], ['simd', 1]);
  assert.match(service.info.rejected.find(({ variant }) => variant === 'simd-threads').reason, /one thread here/);
  await service.dispose();
});

test('a shared memory that runs out is replaced by a larger one; maxMemory still refuses before', async () => {
  const service = createComputeEngine({ implementation: 'simd-threads', maxMemory: 20 << 20, threads: 2 });
  const kept = await service.upload({ data: Float64Array.of(5, 6), rows: 1, cols: 2 });
  const values = noise(2 << 20); // 16 MB, and twice that to sort
  const sorted = await service.sort(values);
  assert.deepEqual(sorted, values.slice().sort());
  assert.deepEqual([...(await kept.download()).data], [5, 6]);
  await assert.rejects(service.sort(noise(3 << 20)), { code: 'OUT_OF_MEMORY', message: /maxMemory allows/ });
  await service.dispose();
});

test("'auto' behind a worker takes threads, in place one thread; the manager's pin puts it behind a worker", async () => {
  const behind = createComputeEngine({ host: 'worker' }), inline = createComputeEngine({ host: 'inline' });
  const a = mat(300, 300), product = await inline.matmul(a, a);
  assert.deepEqual(await behind.matmul(a, a), product);
  assert.deepEqual([behind.info.variant, behind.info.host, behind.info.threads], ['simd-threads', 'worker', poolThreads()]);
  assert.deepEqual([inline.info.variant, inline.info.threads], ['simd', 1]);
  assert.match(inline.info.rejected.find(({ variant }) => variant === 'simd-threads').reason, /runs inline/);
  const manager = createWASMServices();
  await manager.initialize({ implementation: 'simd-threads' });
  const compute = manager.getComputeEngine();
  assert.deepEqual(await compute.matmul(a, a), product);
  assert.deepEqual([compute.info.variant, compute.info.host], ['simd-threads', 'worker']);
  await Promise.all([behind.dispose(), inline.dispose(), manager.dispose()]);
});
