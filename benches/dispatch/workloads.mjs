/**
 * What dispatch loses: over a grid of operations and sizes that straddles each crossover, the implementation that was chosen against the better of both, pinned. A grid is
 * measured by turns; what was chosen is also what explain() says.
 */
import { median } from '../lib/measure.mjs';
import { row } from '../lib/rows.mjs';
import { CASES } from '../compute/grid.mjs';
import { COSTS, crossover } from '../../js/dist/services/compute/dispatch.js';

/** Microseconds of processor time so far: what other programs do is not among it. */
const spent = () => { const { user, system } = process.cpuUsage(); return user + system; };

/** Rounds by turns, microseconds a call. */
async function byTurns(contenders, { quick, sampleMs = 4 }) {
  const samples = contenders.map(() => []);
  const once = contenders.map(() => 1);
  for (const [i, run] of contenders.entries()) {
    const began = performance.now();
    let n = 0;
    for (; n < 3 || (performance.now() - began < (quick ? 5 : 60) && n < 20_000); n++) await run();
    once[i] = (performance.now() - began) / n;
  }
  for (let round = 0; round < (quick ? 3 : 11); round++) {
    for (const [i, run] of contenders.entries()) {
      const calls = Math.max(1, Math.min(5000, Math.ceil(sampleMs / once[i])));
      const began = spent();
      for (let n = 0; n < calls; n++) await run();
      samples[i].push((spent() - began) / calls);
    }
  }
  return samples;
}
const quartile = (list) => [...list].sort((a, b) => a - b)[list.length >> 2];

/** @param points `{ label, explained, run(service) }`; `chosen(point)` says after the run who answered */
async function grid(title, points, { auto, js, simd }, { quick }, explain) {
  const rows = [], ratios = [], samples = {};
  for (const { label, run, shape } of points) {
    const taken = await byTurns([() => run(js), () => run(simd)], { quick });
    const { implementation } = explain(shape);
    const mine = await byTurns([() => run(auto)], { quick });
    const times = { js: quartile(taken[0]), simd: quartile(taken[1]) };
    const ratio = times[implementation === 'js' ? 'js' : 'simd'] / Math.min(times.js, times.simd);
    ratios.push(ratio);
    samples[label] = { js: taken[0], simd: taken[1], auto: mine[0], implementation };
    rows.push(row(label, `${implementation}: js ${times.js.toFixed(1)} us, simd ${times.simd.toFixed(1)} us, auto ${quartile(mine[0]).toFixed(1)} us; the chosen one takes ${ratio.toFixed(2)}x the better`, '<= 1.10x', ratio <= 1.1));
  }
  const within = ratios.filter((ratio) => ratio <= 1.1).length;
  rows.push(row('all', `${within} of ${ratios.length} within 1.10x; geometric mean ${Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length).toFixed(3)}x, worst ${Math.max(...ratios).toFixed(2)}x, median ${median(ratios).toFixed(2)}x`, 'all', within === ratios.length));
  return { title, samples, rows };
}

async function services(create, config = {}) {
  const made = { auto: create({ host: 'inline', ...config }), js: create({ host: 'inline', implementation: 'js', ...config }), simd: create({ host: 'inline', implementation: 'simd', ...config }) };
  await Promise.all(Object.values(made).map((service) => service.ready()));
  return made;
}
const end = (made) => Promise.all(Object.values(made).map((service) => service.dispose()));

/** Half, the same, twice and eight times the amount of work at which both take the same time. */
async function compute(api, options) {
  const manager = api.createWASMServices();
  await manager.initialize({ host: 'inline' });
  const made = { ...await services(api.createComputeEngine), auto: manager.getComputeEngine() };
  await made.auto.ready();
  const points = [];
  for (const [kind, { at, operation = kind, shape }] of Object.entries(CASES)) {
    const middle = crossover(COSTS[kind]) ?? 2048;
    for (const times of options.quick ? [1] : [0.4, 1, 2.5, 8]) points.push({ label: `${operation}${operation === kind ? '' : ` (${kind})`}, ${times}x its crossover`, run: at(middle * times), shape: [operation, shape(middle * times)] });
  }
  const result = await grid('Dispatch of the compute engine against the better implementation', points, made, options, ([operation, shape]) => manager.explain(`compute.${operation}`, shape));
  await end(made);
  await manager.dispose();
  return result;
}

const AGGREGATES = { sum: [['sum']], 'median, deviation': [['median'], ['stddev']], 'three quantiles': [['median'], ['quantile', { q: 0.1 }], ['quantile', { q: 0.9 }]] };
async function data(api, options) {
  const manager = api.createWASMServices();
  await manager.initialize({ host: 'inline' });
  const made = { ...await services(api.createDataProcessor), auto: manager.getDataProcessor() };
  await made.auto.ready();
  const points = [];
  for (const rows of options.quick ? [1000] : [300, 3000, 10_000, 30_000, 100_000]) {
    const columns = { k: Int32Array.from({ length: rows }, (_, i) => (i * 7919) % 100), x: Float64Array.from({ length: rows }, (_, i) => (i * 7919) % 1013) };
    for (const [name, list] of Object.entries(AGGREGATES)) {
      for (const groupBy of [[], ['k']]) {
        const question = { groupBy, operations: list.map(([operation, args], i) => ({ field: 'x', operation, alias: `a${i}`, ...(args && { args }) })) };
        points.push({ label: `aggregate(columns): ${name}${groupBy.length ? ' by a number' : ''}, ${rows.toLocaleString('en')} rows`, run: (service) => service.aggregate(columns, question), shape: { rows, columns: true, groupBy: groupBy.map(() => 'integer'), operations: list.map(([operation]) => operation), groups: 100 } });
      }
    }
  }
  const result = await grid('Dispatch of one-shot data calls against the better implementation', points, made, options, (shape) => manager.explain('data.aggregate', shape));
  result.notes = ['WebAssembly is taken only where it is estimated a fifth and 0.05 ms cheaper: JavaScript keeps nothing and hands the thread back. Just beyond a crossover that margin is what is lost.'];
  await end(made);
  await manager.dispose();
  return result;
}

export const WORKLOADS = { dispatchCompute: compute, dispatchData: data };
