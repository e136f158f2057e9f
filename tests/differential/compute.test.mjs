// The compute engine in WebAssembly against the one in JavaScript, over random shapes, types and specials: what is exact is equal bit for bit, the rest within
// the tolerances of docs/compute.md, and both refuse the same with the same code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsEngine } from '../../js/dist/services/compute/js/index.js';
import { WasmEngine } from '../../js/dist/services/compute/wasm-engine.js';
import { loadModule } from '../../js/dist/loader/index.js';
import { COMPUTE } from '../../js/dist/loader/compute.gen.js';
import { rng } from '../conformance/lib/compute.mjs';

const loaded = await loadModule(COMPUTE, 'simd', { wasm: readFileSync(new URL('../../js/dist/loader/wasm/compute.simd.wasm', import.meta.url)) });
const ENGINES = [new JsEngine(), new WasmEngine(loaded.createInstance(), false)];
const JOB = { keep: false, progress: () => {} };

function answer(engine, operation, plan) {
  try {
    const steps = engine.run(operation, plan, JOB);
    for (;;) { const next = steps.next(); if (next.done) return { value: next.value }; }
  } catch (error) {
    if (error.code === undefined) throw error;
    return { error };
  }
}
/** Paths and leaves of an outcome. */
function leaves(value, path = '') {
  if (typeof value === 'number') return [[path, [value], 'number']];
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return [[path, Array.from(value), value.constructor.name]];
  return Object.entries(value).flatMap(([key, of]) => leaves(of, `${path}.${key}`));
}
function same(operation, plan, slack, engines = ENGINES) {
  const [js, wasm] = engines.map((engine) => answer(engine, operation, plan));
  assert.equal(wasm.error?.code, js.error?.code, `${operation}: ${wasm.error?.message ?? 'an answer'} where JavaScript has ${js.error?.message ?? 'an answer'}`);
  if (js.error) { assert.deepEqual(wasm.error.detail, js.error.detail, operation); return; }
  const expected = leaves(js.value);
  for (const [at, [path, values, type]] of leaves(wasm.value).entries()) {
    assert.deepEqual([path, values.length, type], [expected[at][0], expected[at][1].length, expected[at][2]], operation);
    const most = expected[at][1].reduce((m, v) => Math.max(m, Number.isFinite(v) ? Math.abs(v) : 0), 0);
    values.forEach((value, i) => {
      const right = expected[at][1][i];
      if (Object.is(value, right) || (slack > 0 && (value === right || Math.abs(value - right) <= slack * most))) return;
      assert.fail(`${operation}${path}[${i}] is ${value}, JavaScript has ${right}`);
    });
  }
}

const SPECIALS = [0, -0, 1, -1, NaN, Infinity, -Infinity, 1e300, -1e-300, 0.5, 3];
const seeds = fc.nat(1e6), sizes = fc.oneof(fc.nat(9), fc.nat(70)), types = fc.constantFrom(Float64Array, Float32Array);
function values(seed, n, Type = Float64Array, specials = 0) {
  const next = rng(seed + 1), whole = Type === Int32Array || Type === Uint32Array;
  return Type.from({ length: n }, () => (next() < specials ? SPECIALS[Math.floor(next() * SPECIALS.length)] : whole ? Math.floor(next() * 4294967296) - (Type === Int32Array ? 2147483648 : 0) : Math.round((next() * 2 - 1) * 1000) / 64));
}
const mat = (seed, rows, cols, Type, specials) => ({ data: values(seed, rows * cols, Type, specials), rows, cols });
const numbers = fc.tuple(seeds, fc.oneof(fc.nat(20), fc.nat(3000)), fc.constantFrom(Float64Array, Float32Array, Int32Array, Uint32Array), fc.constantFrom(0, 0.02, 0.5)).map(([seed, n, Type, specials]) => values(seed, n, Type, specials));
const runs = (name, arbitraries, check, numRuns = 150) => test(name, () => { fc.assert(fc.property(...arbitraries, check), { seed: 11, numRuns }); });
const epsOf = (...all) => (all.every((Type) => Type === Float32Array) ? 2 ** -23 : 2 ** -52);

runs('sort, argsort: bit for bit', [numbers, fc.boolean()], (v, descending) => { same('sort', { values: v, descending }, 0); same('argsort', { values: v, descending }, 0); });
runs('histogram: bit for bit', [numbers, fc.integer({ min: 1, max: 40 }), fc.boolean()], (v, bins, edges) => same('histogram', { values: v, bins: edges ? Float64Array.from({ length: bins + 1 }, (_, i) => i * 1.5 - 9) : bins }, 0));
runs('describe', [numbers], (v) => { for (const quantiles of [[], [0, 0.1, 0.5, 1]]) same('describe', { values: v, quantiles }, 1e-9); });
runs('histogram: bit for bit, uneven edges', [numbers, seeds, fc.integer({ min: 2, max: 40 })], (v, s, n) => same('histogram', { values: v, bins: Float64Array.from([...new Set(values(s, n))].sort((a, b) => a - b)) }, 0));
runs('matmul', [seeds, sizes, sizes, sizes, types, types, fc.constantFrom(0, 0.02)], (s, m, k, n, A, B, specials) => same('matmul', { a: mat(s, m, k, A, specials), b: mat(s + 1, k, n, B) }, 100 * k * epsOf(A, B) || 1e-15));
runs('solve', [seeds, fc.nat(30), fc.nat(5), types, fc.constantFrom(0, 0, 0.1)], (s, n, m, Type, specials) => { const a = mat(s, n, n, Type, specials); for (let i = 0; i < n; i++) a.data[i * n + i] += 40 * n; same('solve', { a, b: mat(s + 1, n, m, Type) }, 1e3 * epsOf(Type)); });
runs('covariance, correlation', [seeds, sizes, fc.nat(12), types, fc.constantFrom(0, 0.02)], (s, n, d, Type, specials) => { const a = mat(s, n, d, Type, specials); same('covariance', { a }, 1e3 * epsOf(Type)); same('correlation', { a }, 1e3 * epsOf(Type)); });
runs('pairwise distances', [seeds, sizes, sizes, fc.nat(20), types, fc.constantFrom('l2', 'l2sq', 'cosine'), fc.boolean()], (s, m, n, d, Type, metric, two) => same('pairwiseDistances', { a: mat(s, m, d, Type), ...(two && { b: mat(s + 1, n, d, Type) }), metric }, metric === 'l2' ? Math.sqrt(64 * (d + 1) * epsOf(Type)) : 64 * (d + 1) * epsOf(Type)));
runs('k-means: bit for bit', [seeds, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 9 }), types, fc.nat(20), fc.boolean()], (s, n, d, k, Type, maxIterations, coarse) => {
  const points = mat(s, n, d, Type);
  if (coarse) points.data.forEach((v, i) => { points.data[i] = Math.round(v / 8); });
  same('kmeans', { points, k: Math.min(k, n), maxIterations, tolerance: 1e-4, seed: s }, 0);
});
runs('transforms', [seeds, fc.oneof(fc.nat(40), fc.nat(3000)), types, fc.constantFrom(undefined, Float64Array, Float32Array), fc.boolean()], (s, n, Re, Im, inverse) => same('fft', { re: values(s, n, Re), ...(Im && { im: values(s + 1, n, Im) }), inverse }, 100 * epsOf(Re, Im ?? Re)));
runs('convolution', [seeds, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), types, types, fc.constantFrom('valid', 'same', 'full'), fc.boolean()], (s, m, n, p, q, A, B, mode, flip) => {
  if (mode === 'valid' && (p > m || q > n)) return;
  same('convolve2d', { image: mat(s, m, n, A), kernel: mat(s + 1, p, q, B), mode, flip }, 1000 * epsOf(A, B));
});
runs('decompositions: values, and vectors where they are far apart', [seeds, fc.nat(16), fc.nat(16), types, fc.constantFrom(0, 0, 0.02)], (s, m, n, Type, specials) => {
  const a = mat(s, m, n, Type, specials), jsSvd = answer(ENGINES[0], 'svd', { a }), wasmSvd = answer(ENGINES[1], 'svd', { a });
  assert.equal(wasmSvd.error?.code, jsSvd.error?.code);
  assert.deepEqual(wasmSvd.error?.detail, jsSvd.error?.detail);
  jsSvd.value?.s.forEach((v, i) => assert.ok(Math.abs(v - wasmSvd.value.s[i]) <= 1e-12 * jsSvd.value.s[0]));
  same('qr', { a }, 1e-7);
});
const EXPRESSIONS = ['x', 'x + y * k', 'x > y', 'nullif(x, 1)', 'case when x > 0 then y end', 'coalesce(nullif(x, 0), k)', 'least(x, y)', 'sqrt(abs(x)) % 3', 'round(x, 1)', 'x in (0, 1)', 'not (x = y)', '1 / k', 'x +', 'z', "'a'"];
runs('expressions: bit for bit', [seeds, fc.nat(400), fc.constantFrom(...EXPRESSIONS), fc.constantFrom('sum', 'min', 'max', 'mean', 'count'), fc.constantFrom(0, 0.3)], (s, rows, expression, reducer, specials) => {
  const columns = [{ name: 'x', values: values(s, rows, Float64Array, specials) }, { name: 'y', values: values(s + 1, rows, Float32Array, specials) }, { name: 'k', values: values(s + 2, rows, Int32Array) }];
  same('evaluate', { expression, columns, rows }, 0);
  same('reduce', { expression, columns, rows, reducer }, reducer === 'sum' || reducer === 'mean' ? 1e-12 : 0);
}, 400);

test('control: the last bit of one value is noticed', () => {
  const spoiled = { *run(operation, plan) { const made = yield* ENGINES[1].run(operation, plan, JOB); made[3] += 2 ** -52; return made; } };
  const plan = { values: Float64Array.from({ length: 9 }, (_, i) => i / 9), descending: false };
  same('sort', plan, 0);
  assert.throws(() => same('sort', plan, 0, [ENGINES[0], spoiled]), /JavaScript has/);
});
