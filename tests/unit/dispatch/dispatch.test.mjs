// Which implementation answers: the decisions of the compute engine and of explain() on fixed costs, and measuring the host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { best, BUDGET_MS, calibrateLater } from '../../../js/dist/dispatch/calibration.js';
import { cheaper, CostModel } from '../../../js/dist/dispatch/cost-model.js';
import { armFault, takeFault } from '../../../js/dist/faults.js';
import { COSTS, crossover, estimate, isForJs, unitsOf } from '../../../js/dist/services/compute/dispatch.js';
import { explainCompute } from '../../../js/dist/services/compute/explain.js';
import { hasLoop } from '../../../js/dist/services/compute/js/evaluate.js';
import { CostModel as DataCosts, DEFAULT_COSTS } from '../../../js/dist/services/data/cost-model.js';
import { Dispatcher } from '../../../js/dist/services/data/dispatch.js';
import { explainData } from '../../../js/dist/services/data/explain.js';
import { AUTO_GRAPH_ROWS, advise, explainVector } from '../../../js/dist/services/vector/explain.js';
import { createManager } from '../../../js/dist/manager.js';
import { readFileSync } from 'node:fs';
import { fakeRegistry } from '../manager/fakes.mjs';

const turn = (ms = 5) => new Promise((resolve) => { setTimeout(resolve, ms); });
const near = (a, b) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.abs(b), `${a} is not ${b}`);
const square = (n) => ({ data: { length: n * n }, rows: n, cols: n });

/** JavaScript: 2 us a call and 10 ns a unit; WebAssembly: 6 us and 2 ns. They meet at 500 units. */
const COST = { js: [2, 10], wasm: [6, 2] };

test('a crossover is where both lines meet; none where one is above the other', () => {
  near(crossover(COST), 500);
  assert.equal(crossover({ js: [1, 1], wasm: [2, 1] }), undefined);
  assert.equal(crossover({ js: [1, 1], wasm: [2, 3] }), undefined);
  near(crossover({ js: [6, 2], wasm: [2, 10] }), 500);
});

test('decisions on fixed costs, on both sides of the crossover', () => {
  const model = new CostModel(estimate);
  const by = (units) => { const { js, wasm } = model.estimate({ cost: COST, units }); return js < wasm ? 'js' : 'wasm'; };
  assert.deepEqual([1, 100, 499, 501, 5000].map(by), ['js', 'js', 'js', 'wasm', 'wasm']);
  near(model.estimate({ cost: COST, units: 500 }).js, 0.007);
});

test('the compute engine decides by its costs: each operation on either side of its own crossover', () => {
  const model = new CostModel(estimate);
  const plans = {
    matmul: (u) => { const n = Math.cbrt(u); return { a: { rows: n, cols: n }, b: { rows: n, cols: n } }; }, sort: (u) => ({ values: { length: u } }), argsort: (u) => ({ values: { length: u } }), describe: (u) => ({ values: { length: u }, quantiles: [] }),
    histogram: (u) => ({ values: { length: u } }), eigh: (u) => ({ a: { rows: Math.cbrt(u) } }), kmeans: (u) => ({ points: { rows: u / 16, cols: 4 }, k: 4 }), cholesky: (u) => ({ a: { rows: Math.cbrt(u) } }),
  };
  for (const [operation, plan] of Object.entries(plans)) {
    const at = crossover(COSTS[operation]);
    assert.ok(at > 1, operation);
    assert.deepEqual([0.9, 1.1].map((times) => isForJs(operation, plan(at * times), model)), [true, false], operation);
  }
});

test('a host that was measured moves the crossover', () => {
  const model = new CostModel(estimate), work = { cost: COST, units: 500 };
  const { js, wasm } = estimate(work);
  model.calibrate(work, { js: js * 4, wasm: wasm * 3 });
  near(model.scale.js, 4);
  near(model.scale.wasm, 3);
  const units = 400, told = model.estimate({ cost: COST, units });
  assert.ok(told.wasm < told.js, 'control below');
  assert.ok(new CostModel(estimate).estimate({ cost: COST, units }).wasm > estimate({ cost: COST, units }).js);
});

test('calibration: once for a model, in the background, within its budget, and never where a fault waits for a call', async () => {
  const model = new CostModel(estimate), told = [];
  let probes = 0;
  const probe = () => { probes++; return { work: { cost: COST, units: 500 }, measured: { js: 0.014, wasm: 0.014 } }; };
  for (let i = 0; i < 3; i++) calibrateLater(model, probe, (scale) => told.push({ ...scale }));
  assert.equal(probes, 0);
  await turn();
  calibrateLater(model, probe);
  await turn();
  assert.deepEqual([probes, told], [1, [{ js: 2, wasm: 2 }]]);
  const busy = new CostModel(estimate);
  calibrateLater(busy, () => undefined);
  await turn();
  assert.equal(busy.calibrated, false, 'asked again by the next call');
  armFault('compute', { kind: 'trap' });
  calibrateLater(busy, probe);
  await turn();
  assert.deepEqual([probes, busy.calibrated], [1, false]);
  takeFault('compute', 'trap');
  calibrateLater(busy, () => { throw new Error('no'); });
  await turn();
  assert.equal(busy.calibrated, true);
});

test('calibration stops at its budget: a round that would not fit is not begun', () => {
  const rounds = (until) => { let n = 0; best(() => { n++; }, until); return n; };
  assert.equal(rounds(-Infinity), 1, 'one is always measured');
  assert.ok(rounds(Infinity) > 2);
  assert.ok(BUDGET_MS <= 50);
});

// ── explain ──

const told = ({ implementation, reason }) => [implementation, reason];

test('explain of the compute engine: by size, by pin, where WebAssembly is missing', () => {
  const [small, why] = told(explainCompute('simd', 'x', true, 'matmul', { rows: 4, cols: 4 }));
  assert.equal(small, 'js');
  assert.match(why, /µs against .* in WebAssembly/);
  assert.equal(explainCompute('simd', 'x', true, 'matmul', { rows: 200, cols: 200 }).implementation, 'simd');
  assert.deepEqual(told(explainCompute('simd', 'x', false, 'matmul', { rows: 4, cols: 4 })), ['simd', 'pinned to simd']);
  assert.deepEqual(explainCompute('js', 'no wasm', true, 'matmul', { rows: 200, cols: 200 }).implementation, 'js');
  assert.deepEqual(explainCompute('simd', 'x', true, 'upload', { rows: 2, cols: 2 }), { implementation: 'simd', reason: 'x', estimatedMs: {} });
  const by = (operation, shape) => explainCompute('simd', 'x', true, operation, shape, hasLoop).implementation;
  assert.deepEqual([by('fft', { length: 2 ** 11 }), by('fft', { length: 2 ** 16 }), by('fft', { length: 2 ** 20 }), by('fft', { length: 2 ** 14, f32: true }), by('fft', { length: 3000 })], ['js', 'simd', 'js', 'simd', 'simd']);
  assert.deepEqual([by('evaluate', { rows: 1e6, expression: 'x * 2', columns: ['x'] }), by('evaluate', { rows: 1e6, expression: 'nullif(x, 1)', columns: ['x'] }), by('reduce', { rows: 1e6, expression: 'x', columns: ['x'], reducer: 'max' })], ['js', 'simd', 'simd']);
});

test('explain of an expression before its language is in the thread: taken for one loop, and said so', () => {
  const shape = { rows: 1e6, expression: 'nullif(x, 1)', columns: ['x'] };
  const [before, after] = [undefined, hasLoop].map((knows) => explainCompute('simd', 'x', true, 'evaluate', shape, knows));
  assert.equal(before.implementation, 'js');
  assert.match(before.reason, /taken for one loop/);
  assert.equal(after.implementation, 'simd');
  assert.doesNotMatch(after.reason, /taken for/);
});

test('explain is what dispatch does: one decision for a plan and for its shape', () => {
  for (const n of [2, 8, 16, 20, 22, 40, 100]) {
    const plan = { a: square(n), b: square(n) };
    const { implementation, estimatedMs } = explainCompute('simd', 'x', true, 'matmul', { rows: n, cols: n });
    assert.equal(implementation === 'js', isForJs('matmul', plan), `${n}`);
    assert.ok(estimatedMs.js > 0 && unitsOf('matmul', plan).units === n ** 3);
  }
});

test('explain of the data processor: fixed costs, kinds of keys, rows and columns, what is resident', () => {
  const backend = { variant: 'simd', immediate: true, info: { reason: 'why', host: 'inline' } };
  const costs = { ...DEFAULT_COSTS, call: { js: 0, wasm: 100 }, row: { ...DEFAULT_COSTS.row, light: { js: 100, wasm: 40 } }, byteIn: 0, byteOut: 0 };
  const dispatcher = new Dispatcher(backend, undefined, new DataCosts(costs));
  const by = (operation, shape) => explainData(backend, dispatcher, operation, shape).implementation;
  assert.deepEqual([100, 2400, 2600, 1e6].map((rows) => by('aggregate', { rows, columns: true })), ['js', 'js', 'simd', 'simd']);
  // Plain questions over rows are one loop in JavaScript; others are compared.
  assert.match(explainData(backend, dispatcher, 'aggregate', { rows: 1e6, groupBy: 2 }).reason, /one loop/);
  assert.deepEqual([by('aggregate', { rows: 1e6, groupBy: 2 }), by('aggregate', { rows: 1e6, groupBy: 3 }), by('aggregate', { rows: 1e6, operations: ['median'] }), by('aggregate', { rows: 1e6, where: true })], ['js', 'simd', 'simd', 'simd']);
  assert.deepEqual([by('aggregate', { rows: 1e6, resident: true }), by('transform', { rows: 1e6, transformations: ['round'] }), by('transform', { rows: 1e6, columns: true, transformations: ['round'] }), by('load', {})], ['simd', 'js', 'simd', 'simd']);
  const { estimatedMs } = explainData(backend, dispatcher, 'aggregate', { rows: 1e5, groupBy: ['text', 'number'], operations: ['sum', 'median'], groups: 10, where: true });
  assert.deepEqual(Object.keys(estimatedMs), ['js', 'simd']);
  assert.match(explainData({ ...backend, immediate: false, info: { reason: '', host: 'worker' } }, new Dispatcher({ ...backend, immediate: false, info: { reason: '', host: 'worker' } }, undefined), 'transform', { rows: 5, columns: true }).reason, /worker/);
});

test('explain of vector search names the index, which sizes decide', () => {
  const backend = { variant: 'simd', size: 0, dimensions: undefined, info: { reason: 'why' } }, auto = { index: 'auto', quantization: 'auto' };
  const of = (rows, more = {}, config = auto, variant = 'simd') => explainVector({ ...backend, variant }, config, 'search', { rows, dimensions: 128, ...more });
  assert.match(of(AUTO_GRAPH_ROWS - 1).reason, /scan of codes/);
  assert.match(of(AUTO_GRAPH_ROWS).reason, /graph/);
  assert.match(of(AUTO_GRAPH_ROWS, { exact: true }).reason, /exact scan/);
  assert.match(of(AUTO_GRAPH_ROWS, {}, auto, 'js').reason, /scan of codes/);
  assert.match(of(10, {}, { index: 'hnsw', quantization: 'int8' }).reason, /graph/);
  assert.ok(of(1e6).estimatedMs.simd < of(49_999).estimatedMs.simd * 10);
  assert.throws(() => explainVector(backend, auto, 'search', { rows: 5 }), { code: 'INVALID_ARGUMENT', message: /dimensions/ });
  assert.ok(readFileSync(new URL('../../../crates/vector-search/src/auto_graph.rs', import.meta.url), 'utf8').replaceAll('_', '').includes(`= ${AUTO_GRAPH_ROWS};`), 'the threshold is that of the index');
});

test('a flat index that a graph would beat is advised against, with the rows', () => {
  const backend = { size: AUTO_GRAPH_ROWS, info: { index: 'flat' } };
  assert.equal(advise(backend, { index: 'flat', quantization: 'none' })[0].evidence.rows, AUTO_GRAPH_ROWS);
  for (const [size, index] of [[AUTO_GRAPH_ROWS - 1, 'flat'], [AUTO_GRAPH_ROWS, 'auto'], [AUTO_GRAPH_ROWS, 'hnsw']]) assert.deepEqual(advise({ ...backend, size }, { index, quantization: 'none' }), []);
});

test('what was measured stands beside what is estimated; a service that can not say is UNSUPPORTED', async () => {
  const { registry } = fakeRegistry(), services = createManager(undefined, registry);
  await services.initialize();
  assert.throws(() => services.explain('vector.search', {}), { code: 'UNSUPPORTED' });
  const real = createManager();
  await real.initialize({ host: 'inline' });
  assert.doesNotMatch(real.explain('compute.sort', { length: 10 }).reason, /measured/);
  await real.getComputeEngine().sort(Float64Array.of(2, 1));
  assert.match(real.explain('compute.sort', { length: 10 }).reason, /measured so far: (js|simd) .*median of 1 calls/);
  await Promise.all([services.dispose(), real.dispose()]);
});

test('cheaper keeps its margin', () => {
  assert.deepEqual([cheaper({ js: 1, wasm: 0.81 }), cheaper({ js: 1, wasm: 0.79 })], ['js', 'wasm']);
});
