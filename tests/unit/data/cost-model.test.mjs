// Which implementation a one-shot call goes to: by fixed costs, on both sides of a crossover; what scales them; what is said of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cheaper, CostModel, DEFAULT_COSTS, estimate, explain } from '../../../js/dist/services/data/cost-model.js';
import { Dispatcher, timed } from '../../../js/dist/services/data/dispatch.js';
import { workOf } from '../../../js/dist/services/data/rows/aggregate-inside.js';
import { prepareColumnSteps, prepareRowSteps } from '../../../js/dist/services/data/rows/aggregate.js';
import { tasksOf, transformWork } from '../../../js/dist/services/data/rows/transform-work.js';

/** JavaScript takes 100 ns a row; WebAssembly 40 ns, 10 ns a byte in, 100 us a call. */
const COSTS = { ...DEFAULT_COSTS, call: { js: 0, wasm: 100 }, row: { ...DEFAULT_COSTS.row, light: { js: 100, wasm: 40 } }, byteIn: 10, byteOut: 10, textIn: 1000, textOut: 500 };
const work = (rows, more = {}) => ({ rows, tasks: [['light', rows]], bytesIn: 0, textsIn: 0, bytesOut: 0, textsOut: 0, ...more });
const near = (a, b) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.abs(b), `${a} is not ${b}`);

test('an estimate is calls, tasks and copies', () => {
  const { js, wasm } = estimate(work(10_000, { bytesIn: 1000, textsIn: 100, bytesOut: 500, textsOut: 50 }), COSTS);
  near(js, 1);
  near(wasm, 0.1 + 0.4 + 0.01 + 0.1 + 0.005 + 0.025);
  near(estimate({ ...work(5000), tasks: [['light', 5000], ['light', 1000]] }, COSTS).js, 0.6);
  near(estimate(work(0), COSTS).wasm, 0.1);
});

test('the choice on both sides of a crossover of rows', () => {
  const by = (rows, more) => cheaper(estimate(work(rows, more), COSTS));
  // 0.1 + 40 n < 0.8 * 100 n from 2500 rows on.
  assert.deepEqual([100, 1000, 2499, 2501, 10_000, 1e6].map((n) => by(n)), ['js', 'js', 'js', 'wasm', 'wasm', 'wasm']);
});

test('the choice on both sides of a crossover of what is copied', () => {
  const by = (bytes) => cheaper(estimate(work(1e6, { bytesIn: bytes * 1e6 }), COSTS));
  assert.deepEqual([0, 1, 3.9, 4.1, 8].map(by), ['wasm', 'wasm', 'wasm', 'js', 'js']);
  assert.equal(cheaper(estimate(work(1e6, { textsIn: 1e6 }), COSTS)), 'js');
});

test('microseconds are not worth it, and a near thing stays with JavaScript', () => {
  assert.equal(cheaper({ js: 0.05, wasm: 0.01 }), 'js');
  assert.equal(cheaper({ js: 0.2, wasm: 0.01 }), 'wasm');
  assert.equal(cheaper({ js: 10, wasm: 8.1 }), 'js');
  assert.equal(cheaper({ js: 10, wasm: 7.9 }), 'wasm');
  assert.equal(cheaper({ js: NaN, wasm: 1 }), 'js');
});

test('the reason has both estimates and the rows', () => {
  assert.equal(explain('js', { js: 3.1, wasm: 7.86 }, 100_000, 'simd'), 'js: about 3.1 ms against 7.9 ms in WebAssembly (100000 rows to be copied)');
  assert.equal(explain('wasm', { js: 155.4, wasm: 20.96 }, 1_000_000, 'simd'), 'simd: about 21.0 ms against 155 ms in JavaScript (1000000 rows copied)');
  assert.equal(explain('js', { js: 0.0312, wasm: 0.5 }, 10, 'simd'), 'js: about 0.03 ms against 0.5 ms in WebAssembly (10 rows to be copied)');
});

test('a host is measured: both scales, as far apart as they may be', () => {
  const model = new CostModel(COSTS), w = work(10_000);
  model.calibrate(w, { js: 2, wasm: 1 });
  near(model.estimate(w).js, 2);
  near(model.estimate(w).wasm, 1);
  // A side that seems ten times as slow as the other is believed half.
  model.calibrate(w, { js: 10, wasm: 0.5 });
  near(model.scale.js, 10);
  near(model.scale.wasm, 10 / 1.5);
  for (const wrong of [0, NaN, -1]) model.calibrate(w, { js: wrong, wasm: wrong });
  near(model.scale.js, 10);
  model.calibrate(w, { js: 1e9, wasm: 1e9 });
  assert.equal(model.scale.js, 16);
});

test('calls refine it: a quarter of the way each, never by one measurement alone', () => {
  const model = new CostModel(COSTS), w = work(10_000);
  model.learn(w, 'js', 16);
  near(model.scale.js, 2);
  near(model.scale.wasm, 2 / 1.5); // the host is slow, then: the other side is taken along
  for (let i = 0; i < 60; i++) model.learn(w, 'js', 3);
  assert.ok(Math.abs(model.estimate(w).js - 3) < 0.01);
  for (let i = 0; i < 60; i++) model.learn(w, 'wasm', 0.75);
  assert.ok(Math.abs(model.estimate(w).wasm - 0.75) < 0.01);
  assert.ok(model.scale.js / model.scale.wasm <= 1.5 + 1e-9);
  // Learned costs move the crossover.
  const slow = new CostModel(COSTS);
  assert.equal(cheaper(slow.estimate(work(2600))), 'wasm');
  for (let i = 0; i < 60; i++) slow.learn(work(2600), 'wasm', 2 * 0.204);
  assert.equal(cheaper(slow.estimate(work(2600))), 'js');
});

const backend = (more = {}) => ({ variant: 'simd', immediate: true, info: { reason: 'why' }, ...more });
const LARGE = () => work(1e6), SMALL = () => work(100);

test('a dispatcher takes what is cheaper where it is ready, and says why', () => {
  const choose = (b, w, pin) => { const { implementation, reason } = new Dispatcher(backend(b), pin, new CostModel(COSTS)).choose(w, 'columns'); return [implementation, reason]; };
  assert.deepEqual(choose({}, LARGE), ['simd', 'simd: about 40.1 ms against 100 ms in JavaScript (1000000 rows copied)']);
  assert.deepEqual(choose({}, SMALL), ['js', 'js: about 0.01 ms against 0.1 ms in WebAssembly (100 rows to be copied)']);
  const [later, why] = choose({ immediate: false }, LARGE);
  assert.equal(later, 'js');
  assert.match(why, /about 100 ms against 40\.1 ms.*not started, at work or in a worker/);
  assert.ok(!choose({ immediate: false }, SMALL)[1].includes('worker'));
  const [large, memory] = choose({}, () => work(1e9, { bytesIn: 2 ** 28 + 1 }));
  assert.equal(large, 'js');
  assert.match(memory, /memory/);
  assert.deepEqual(choose({ variant: 'js' }, LARGE), ['js', 'js: WebAssembly does not answer here (why)']);
});

test('work that can not be interrupted goes to the worker where there is one', () => {
  const worker = backend({ immediate: false, info: { reason: 'why', host: 'worker' } });
  const { implementation, reason } = new Dispatcher(worker, undefined, new CostModel(COSTS)).choose(() => assert.fail('compared'), 'columns', true);
  assert.equal(implementation, 'simd');
  assert.match(reason, /worker/);
  assert.equal(new Dispatcher(worker, undefined, new CostModel(COSTS)).choose(LARGE, 'columns').implementation, 'js');
  assert.equal(new Dispatcher(backend({ immediate: false, info: { reason: 'why', host: 'inline' } }), undefined, new CostModel(COSTS)).choose(LARGE, 'columns', true).implementation, 'js');
});

test('a pin is obeyed, and nothing is compared', () => {
  const never = () => assert.fail('compared');
  assert.deepEqual(new Dispatcher(backend(), 'js').choose(never, 'rows'), { implementation: 'js', reason: 'pinned to js' });
  const { implementation, reason } = new Dispatcher(backend({ immediate: false }), 'simd').choose(never, 'rows');
  assert.equal(implementation, 'simd');
  assert.match(reason, /pinned to simd: the rows/);
});

test('the host is probed once, after a call that was worth it, and never within one', async () => {
  let probes = 0;
  const model = new CostModel(COSTS), dispatcher = new Dispatcher(backend(), undefined, model, () => { probes++; return { work: LARGE(), measured: { js: 400, wasm: 160.4 } }; });
  const turn = () => new Promise((resolve) => { setTimeout(resolve, 5); });
  dispatcher.choose(SMALL, 'rows');
  await turn();
  assert.equal(probes, 0);
  const first = dispatcher.choose(LARGE, 'rows').reason;
  assert.equal(probes, 0);
  await turn();
  assert.equal(probes, 1);
  assert.match(first, /40\.1 ms against 100 ms/);
  assert.match(dispatcher.choose(LARGE, 'rows').reason, /160 ms against 400 ms/);
  await turn();
  assert.equal(probes, 1);
  for (const probe of [() => { throw new Error('no'); }, () => Promise.reject(new Error('no')), () => undefined]) {
    new Dispatcher(backend(), undefined, new CostModel(COSTS), probe).choose(LARGE, 'rows');
    await turn();
  }
});

test('calls that end at once are learned from; those that were interrupted are not', async () => {
  const model = new CostModel(COSTS), dispatcher = new Dispatcher(backend(), undefined, model);
  timed(dispatcher.choose(LARGE, 'columns'), () => 'done');
  assert.ok(model.scale.wasm < 1);
  const { wasm } = model.scale;
  await timed(dispatcher.choose(LARGE, 'columns'), () => Promise.resolve('done'));
  timed(dispatcher.choose(SMALL, 'columns'), () => 'done');
  assert.throws(() => timed(dispatcher.choose(LARGE, 'columns'), () => { throw new Error('no'); }));
  assert.equal(model.scale.wasm, wasm);
});

// ── what work a call is ──

const finish = (steps) => { for (;;) { const { done, value } = steps.next(); if (done) return value; } };
const tasks = ({ tasks: list }) => list.map(([task]) => task);
const ROWS = 1000, ints = (most) => Int32Array.from({ length: ROWS }, (_, i) => (i * 7919) % most), x = Float64Array.from({ length: ROWS }, (_, i) => i / 3);
const columns = (data, groupBy, ...operations) => workOf(finish(prepareColumnSteps(data, { groupBy, operations: operations.map(([operation, field, more]) => ({ operation, field, alias: operation, ...more })) })));

test('the work of an aggregation: keys by their kind, a task a step, bytes by type', () => {
  assert.deepEqual(tasks(columns({ x }, [], ['median', 'x'])), ['quantile']);
  assert.deepEqual(tasks(columns({ k: ints(10), x }, ['k'], ['sum', 'x'], ['stddev', 'x'], ['countDistinct', 'x'], ['countDistinct', 'k'], ['list', 'x'])), ['codeKey', 'light', 'spread', 'distinctDoubles', 'distinct', 'list']);
  assert.deepEqual(tasks(columns({ x }, ['x'], ['count', '*'])), ['doubleKey', 'light']);
  assert.deepEqual(tasks(columns({ k: Int32Array.from(ints(10), (v) => v * 2e8) }, ['k'], ['count', '*'])), ['doubleKey', 'light']);
  assert.deepEqual(tasks(columns({ a: ints(5), b: ints(7), c: ints(3) }, ['a', 'b', 'c'], ['count', '*'])), ['severalKeys', 'codeKey', 'light']);
  const one = columns({ k: ints(10), x }, ['k'], ['sum', 'x']);
  assert.deepEqual([one.bytesIn, one.textsIn, one.bytesOut, one.textsOut], [12 * ROWS, 0, 10 * 16, 0]);
  assert.equal(columns({ x }, ['x'], ['count', '*']).bytesOut, 16 * ROWS);
});

test('texts that are told apart cost as numbers, those that are looked at as texts', () => {
  const rows = Array.from({ length: ROWS }, (_, i) => ({ t: `t${i % 20}`, v: i }));
  const of = (operation) => workOf(finish(prepareRowSteps(rows, { groupBy: ['t'], operations: [operation] })));
  const apart = of({ operation: 'sum', field: 'v', alias: 's' });
  assert.deepEqual(tasks(apart), ['readyKey', 'light']);
  assert.deepEqual([apart.bytesIn, apart.textsIn, apart.textsOut], [8 * ROWS, 0, 0]);
  const least = of({ operation: 'min', field: 't', alias: 'm' });
  assert.deepEqual([least.textsIn, least.textsOut], [20, 40]);
});

test('the work of a transform: a step by its kind, fewer texts where a dictionary has them', () => {
  const steps = { where: 'n > 1', transformations: [{ field: 't', operation: 'trim' }, { field: 'n', operation: 'scale' }, { field: 'e', operation: 'expression', args: { expr: 'n + 1' } }, { field: 't', operation: 'replace', args: { regex: true } }, { field: 'n', operation: 'fillNull' }] };
  assert.deepEqual(tasksOf(steps).map(([task]) => task), ['condition', 'text', 'number', 'condition', 'pattern', 'number']);
  const table = { rows: 100, columns: [{ name: 't', type: 'utf8', length: 100, values: { kind: 'dictionary', codes: new Uint8Array(100), dictionary: ['a', 'b'] } }, { name: 'n', type: 'f64', length: 100, values: { kind: 'f64', values: new Float64Array(100) } }] };
  const { tasks: list, textsIn } = transformWork(100, table, tasksOf(steps));
  assert.deepEqual(list.map(([, rows]) => rows), [100, 2, 100, 100, 2, 100]);
  assert.equal(textsIn, 2);
  assert.equal(transformWork(100, undefined, tasksOf(steps)).textsIn, 200);
});
