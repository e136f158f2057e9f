/**
 * Measures the constants of the cost model (js/src/services/data/cost-model.ts) through the public interface, and prints them as they stand there:
 *
 *     node benches/data/calibrate.mjs [--rows 200000]
 *
 * Each is a difference of two calls that differ in one task, by both implementations in turns, the least processor time of several rounds: what else
 * the machine does counts less so.
 */
import { parseArgs } from 'node:util';
import { createDataProcessor } from '../../js/dist/data.js';
import { rng } from './baseline.mjs';
import { transformColumns } from './data.mjs';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '200000' }, rounds: { type: 'string', default: '25' } } });
const N = Number(values.rows), ROUNDS = Number(values.rounds), GROUPS = 1000;

const sides = { js: createDataProcessor({ implementation: 'js', host: 'inline' }), wasm: createDataProcessor({ implementation: 'simd', host: 'inline' }) };
await Promise.all(Object.values(sides).map((service) => service.ready()));

/** Milliseconds of processor time of a call by each side. */
async function time(call) {
  const best = { js: Infinity, wasm: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, service] of Object.entries(sides)) {
      const began = process.cpuUsage();
      await call(service);
      const { user, system } = process.cpuUsage(began);
      best[name] = Math.min(best[name], (user + system) / 1e3);
    }
  }
  return best;
}
const minus = (a, b) => ({ js: Math.max(0, a.js - b.js), wasm: Math.max(0, a.wasm - b.wasm) });
const each = (pair, count) => ({ js: (pair.js * 1e6) / count, wasm: (pair.wasm * 1e6) / count });
const aggregate = (data, groupBy, ...operations) => time((service) => service.aggregate(data, { groupBy, operations: operations.map(([operation, field, args], i) => ({ operation, field, alias: `a${i}`, ...(args && { args }) })) }));
const transform = (data, ...transformations) => time((service) => service.transform(data, { transformations }));

const r = rng(5), codes = Int32Array.from({ length: N }, () => Math.floor(r() * GROUPS)), x = Float64Array.from({ length: N }, () => r() * 1000), y = Float64Array.from(x, (v) => v + r());
const keys = Float64Array.from(codes, (v) => v + 0.5), other = Int32Array.from({ length: N }, () => Math.floor(r() * 200)), third = Int32Array.from({ length: N }, () => Math.floor(r() * 200));
const few = Float64Array.from({ length: N }, () => Math.floor(r() * 50) + 0.25), { text: texts } = transformColumns(N);

const least = () => aggregate({ i: codes.subarray(0, 1) }, [], ['count', '*']);
for (let i = 0; i < 200; i++) await least(); // compiled code
const call = await least();
// Copies in: columns that are counted are not looked at. The key of the model's other figures stays in both calls.
const byteIn = minus(await aggregate({ a: x, b: y, c: keys }, [], ['count', 'a'], ['count', 'b'], ['count', 'c']), await aggregate({ a: x }, [], ['count', 'a'])).wasm * 1e6 / (2 * 8 * N);
const row = {}, counted = await aggregate({ i: codes }, ['i'], ['count', '*']);
const key = async (data, by, bytes) => { const all = each(minus(await aggregate(data, by, ['count', '*']), call), N); return { js: all.js, wasm: Math.max(0, all.wasm - bytes * byteIn) }; };
row.codeKey = await key({ i: codes }, ['i'], 4);
// Numbered while they are read, in either case.
row.readyKey = { js: 0, wasm: row.codeKey.wasm };
row.doubleKey = await key({ k: keys }, ['k'], 8);
row.severalKeys = await key({ a: other, b: third }, ['a', 'b'], 8);
const task = async (bytes, ...operation) => { const all = each(minus(await aggregate({ i: codes, x, y, few, other }, ['i'], ['count', '*'], operation), counted), N); return { js: all.js, wasm: Math.max(0, all.wasm - bytes * byteIn) }; };
const mean = (...pairs) => ({ js: pairs.reduce((s, p) => s + p.js, 0) / pairs.length, wasm: pairs.reduce((s, p) => s + p.wasm, 0) / pairs.length });
row.light = mean(await task(8, 'sum', 'x'), await task(8, 'min', 'x'), await task(4, 'sum', 'other'));
row.spread = mean(await task(8, 'stddev', 'x'), await task(16, 'correlation', 'x', { with: 'y' }));
row.quantile = mean(await task(8, 'median', 'x'), await task(8, 'quantile', 'x', { q: 0.9 }));
row.distinct = mean(await task(4, 'countDistinct', 'other'), await task(4, 'mode', 'other'));
row.distinctDoubles = mean(await task(8, 'countDistinct', 'few'), await task(8, 'countDistinct', 'x'));
row.list = await task(8, 'list', 'x');

const plain = await transform({ x }, ), text = await transform({ texts });
const step = async (data, before, ...steps) => each(minus(await transform(data, ...steps), before), N * steps.length);
row.number = mean(await step({ x }, plain, { field: 'x', operation: 'scale', args: { factor: 3 } }), await step({ x }, plain, { field: 'x', operation: 'normalize' }), await step({ x }, plain, { field: 'x', operation: 'round', args: { digits: 1 } }));
row.condition = await step({ x }, plain, { field: 'x', operation: 'expression', args: { expr: 'x * 2 + 1' } });
row.text = mean(await step({ texts }, text, { field: 'texts', operation: 'trim' }), await step({ texts }, text, { field: 'texts', operation: 'uppercase' }));
row.pattern = await step({ texts }, text, { field: 'texts', operation: 'replace', args: { pattern: '[0-9]+', with: '#', regex: true } });
const bytes = minus(plain, call), strings = minus(text, call);
const inAndOut = (bytes.wasm - bytes.js) * 1e6 / (8 * N), textBoth = Math.max(0, strings.wasm - strings.js) * 1e6 / N;
const objects = Array.from({ length: N / 4 }, (_, i) => ({ i, x: x[i], t: texts[i], k: codes[i] }));
const built = each(await transform(objects, { field: 'x', operation: 'scale', args: { factor: 2 } }), N / 4);
row.objects = { js: Math.max(0, built.js - row.number.js), wasm: Math.max(0, built.wasm - row.number.wasm - 16 * byteIn) };

const show = (v) => (v >= 100 ? Math.round(v) : v.toPrecision(2));
console.log(`call: { js: ${show(call.js * 1e3)}, wasm: ${show(call.wasm * 1e3)} },\nrow: {`);
for (const [name, { js, wasm }] of Object.entries(row)) console.log(`  ${name}: { js: ${show(js)}, wasm: ${show(wasm)} },`);
console.log(`},\nbyteIn: ${show(byteIn)}, byteOut: ${show(Math.max(byteIn, inAndOut - byteIn))}, textIn: ${show(textBoth / 2)}, textOut: ${show(textBoth / 2)},`);
await Promise.all(Object.values(sides).map((service) => service.dispose()));
