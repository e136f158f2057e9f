// The variant simd-threads: the same tables on any number of threads, and no way to lose or hang a caller.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faults } from '../../../js/dist/testing.js';
import { createDataProcessor, createWASMServices } from '../../../js/dist/index.js';
import { DATA } from '../../../js/dist/loader/data.gen.js';
import { createSharedMemory } from '../../../js/dist/loader/memory.js';
import { WasmEngine } from '../../../js/dist/services/data/wasm-engine.js';
import { startPool } from '../../../js/dist/worker/pool.js';
import { poolThreads } from '../../../js/dist/worker/thread-count.js';
import { DATA_POOL } from '../../../js/dist/worker/scripts/data-pool.js';

const moduleOf = (variant) => new WebAssembly.Module(readFileSync(new URL(`../../../js/dist/loader/wasm/data.${variant}.wasm`, import.meta.url)));
const artifact = DATA.artifacts['simd-threads'];
const { createGlue } = await artifact.glue();
const oneThread = await DATA.artifacts.simd.glue();
const module = moduleOf('simd-threads');
const plain = moduleOf('simd');

/** An engine on `threads` threads; `script` may be a helper that does not do its work. */
function engine(threads, { script = DATA_POOL, deadlineMs } = {}) {
  const glue = createGlue();
  const memory = createSharedMemory(artifact.memory);
  glue.initSync({ module, memory });
  return new WasmEngine(glue, threads > 1 ? { threads, start: (helpers, alarm) => startPool(script, helpers, { module, memory, alarm }, deadlineMs) } : undefined);
}

/** An engine of the build for one thread. */
function single() {
  const glue = oneThread.createGlue();
  glue.initSync({ module: plain });
  return new WasmEngine(glue);
}

const scriptOf = (name) => ({ web: () => new Worker(new URL(name, import.meta.url), { type: 'module' }), file: name, base: import.meta.url });
const osThreads = () => (existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function until(done, what) {
  for (let i = 0; i < 100; i++) {
    if (done()) return;
    await wait(50);
  }
  assert.fail(what);
}

const N = 104_000;
/** Keys of few values, of many, and of nearly as many as there are rows; doubles, some of them null. */
const table = (() => {
  let seed = 7;
  const next = (below) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return Math.floor((seed / 2 ** 32) * below); };
  const ints = (name, below) => ({ name, type: 'i32', length: N, values: { kind: 'i32', values: Int32Array.from({ length: N }, () => next(below)) } });
  const values = { kind: 'f64', values: Float64Array.from({ length: N }, () => next(1e9) / 7 - 5e7) };
  const validity = Uint8Array.from({ length: N / 8 }, () => next(256) | next(256));
  values.values.forEach((_, i) => { if (!(validity[i >> 3] >> (i & 7) & 1)) values.values[i] = 0; });
  return { rows: N, columns: [ints('few', 300), ints('some', 20), ints('many', 2e9), ints('more', 2e9), { name: 'v', type: 'f64', length: N, values, validity }] };
})();
const [FEW, SOME, MANY, MORE, V] = [0, 1, 2, 3, 4];
const step = (operation, column = V) => ({ operation, column, alias: `${operation}${column}`, q: 0.3 });
const PLANS = [
  { groupBy: [FEW, SOME], operations: ['median', 'quantile', 'stddev', 'variance', 'sum', 'avg', 'max', 'first'].map((operation) => step(operation)) },
  { groupBy: [MANY, MORE], operations: [step('sum'), step('median'), step('count', SOME)] },
  { groupBy: [MANY, SOME], operations: [step('stddev'), step('mode', FEW)], where: 'v > 0' },
];
/** A table by its columns; after a trap too. */
const tableOf = (engine, id) => ({ rows: engine.rows(id), columns: engine.schema(id).map((_, place) => engine.export(id, place)) });
const ask = (data, id) => PLANS.map((plan) => {
  const made = data.aggregate(id, plan);
  return tableOf(data, made);
});

const CSV = (() => {
  const lines = ['id,text,price,when,note'];
  for (let i = 0; i < 30_000; i++) lines.push(`${i},${i % 3 ? `t${i % 500}` : '"quoted, ""twice"""'},${(i * 37 % 10_000) / 100},2024-0${1 + i % 9}-11,${i % 7 ? i : i === 29_995 ? 'not a number' : ''}`);
  return new TextEncoder().encode(lines.join('\n'));
})();
const read = (data, bytes = CSV, options = {}) => {
  const reader = data.reader('csv', options);
  for (let at = 0; at < bytes.length; at += 200_003) reader.push(bytes.subarray(at, at + 200_003));
  return tableOf(data, reader.finish());
};

test('one, two and three threads give the groups of the build for one thread, bit for bit', async () => {
  const alone = single();
  const expected = ask(alone, alone.open(table));
  for (const threads of [1, 2, 3]) {
    const threaded = engine(threads);
    assert.equal(threaded.variant, 'simd-threads');
    const id = threaded.open(table);
    await threaded.startThreads();
    assert.deepEqual([threaded.threads, threaded.threadsNote], [threads, undefined]);
    assert.deepEqual(ask(threaded, id), expected);
    threaded.dispose();
  }
});

test('any number of threads reads the same table, and tells the same first mistake', async () => {
  const alone = single();
  const expected = read(alone);
  assert.equal(expected.rows, 30_000);
  const wrong = new TextEncoder().encode('a,b,c\n' + '1,2,3\n'.repeat(20_000) + '1,x,3\n1,2,y\nz,2,3\n' + '1,2,3\n'.repeat(20_000));
  const options = { schema: { a: 'i32', b: 'f64', c: 'i64' } };
  for (const threads of [1, 2, 3]) {
    const threaded = engine(threads);
    await threaded.startThreads();
    assert.deepEqual(read(threaded), expected);
    assert.throws(() => read(threaded, wrong, options), { code: 'PARSE', message: /^line 20002: 'x' in column 'b'/ });
    threaded.dispose();
  }
});

test('what comes out of a shared memory is not shared', async () => {
  const threaded = engine(2);
  const { columns } = read(threaded);
  for (const { values } of columns) {
    for (const view of [values.values, values.codes, values.dictionary?.bytes, values.strings?.offsets]) assert.ok(view === undefined || view.buffer instanceof ArrayBuffer);
  }
  threaded.dispose();
});

test('threads end with their engine, again and again, and while they start', async () => {
  const before = osThreads();
  for (let cycle = 0; cycle < 6; cycle++) {
    const threaded = engine(3);
    const id = threaded.open(table);
    const starting = threaded.startThreads();
    if (cycle % 2 === 0) {
      await starting;
      assert.equal(threaded.startThreads(), undefined, 'they are started once');
      assert.equal(threaded.rows(threaded.aggregate(id, PLANS[0])), 6000);
    }
    threaded.dispose();
    await starting;
  }
  await until(() => osThreads() <= before + 2, `${osThreads()} threads are left, there were ${before}`);
});

for (const [name, script, reason, deadlineMs] of [
  ['a thread that says nothing', '../vector/threads-silent.worker.mjs', /one thread answers: its threads did not start within 150 ms/, 150],
  ['a script that throws', '../vector/threads-missing.worker.mjs', /one thread answers: a thread did not start: .*broken/],
]) {
  test(`${name}: one thread answers and says why`, async () => {
    const threaded = engine(2, { script: scriptOf(script), deadlineMs });
    const id = threaded.open(table);
    assert.equal(threaded.threads, 2, 'the plan');
    const starting = threaded.startThreads();
    assert.equal(threaded.rows(threaded.aggregate(id, PLANS[0])), 6000, 'nobody waits for it');
    await starting;
    assert.equal(threaded.threads, 1);
    assert.match(threaded.threadsNote, reason);
    assert.equal(threaded.startThreads(), undefined);
    assert.equal(threaded.rows(threaded.aggregate(id, PLANS[0])), 6000);
    threaded.dispose();
  });
}

test('a trap in a helper fails the call instead of hanging it, and the tables can be brought over', async () => {
  const threaded = engine(2, { script: scriptOf('threads-trapping.worker.mjs') });
  const id = threaded.open(table);
  await threaded.startThreads();
  assert.throws(() => threaded.aggregate(id, PLANS[0]), { name: 'ServiceError', code: 'INSTANCE_POISONED' });
  const saved = tableOf(threaded, id);
  threaded.dispose();
  assert.deepEqual(saved, table);
  const fresh = engine(2);
  await fresh.startThreads();
  const alone = single();
  assert.deepEqual(ask(fresh, fresh.open(saved)), ask(alone, alone.open(table)));
  fresh.dispose();
});

const columns = Object.fromEntries(table.columns.filter(({ name }) => name !== 'v').map(({ name, values }) => [name, values.values]));
const PLAN = { groupBy: ['few', 'some'], operations: [{ operation: 'median', field: 'many', alias: 'm' }], orderBy: [{ field: 'm' }], limit: 50 };

test("through the service: behind a worker, and a trap there is not the caller's", async () => {
  const service = createDataProcessor({ implementation: 'simd-threads' });
  assert.deepEqual([service.info.variant, service.info.host, service.info.threads], ['simd-threads', 'worker', poolThreads()]);
  const made = await service.load(columns);
  const answer = async () => (await made.aggregate(PLAN)).toRows();
  const first = await answer();
  assert.equal(first.length, 50);
  for (let i = 0; i < 5; i++) assert.deepEqual(await answer(), first);
  assert.deepEqual([service.info.variant, service.info.threads], ['simd-threads', poolThreads()]);
  faults.trapNextCall('data');
  assert.deepEqual(await answer(), first);
  assert.equal(service.info.variant, 'simd-threads');
  await service.dispose();
});

test("asked for inline it is one thread, and says so; 'auto' leaves it to who asks for it", async () => {
  for (const over of [{ implementation: 'simd-threads', host: 'inline' }, { host: 'worker' }, {}]) {
    const service = createDataProcessor(over);
    await service.ready();
    const { variant, threads, rejected } = service.info;
    assert.deepEqual([variant, threads], ['simd', 1]);
    assert.match(rejected.find((r) => r.variant === 'simd-threads').reason, over.host === 'worker' ? /ask for it by implementation: 'simd-threads'/ : /runs inline/);
    await service.dispose();
  }
});

test("the manager's pin puts the data processor behind a worker too", async () => {
  const manager = createWASMServices();
  await manager.initialize({ implementation: 'simd-threads' });
  const data = manager.getDataProcessor();
  const made = await data.load(columns);
  assert.equal(await (await made.aggregate({ groupBy: ['some'], operations: [{ operation: 'count', field: '*', alias: 'n' }] })).rowCount, 20);
  assert.deepEqual([data.info.variant, data.info.host], ['simd-threads', 'worker']);
  await manager.dispose();
});
