// The JavaScript engine's own affairs: steps, stops, sums, sizes that cases leave out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clampThreads, resolveConfig } from '../../../js/dist/services/compute/config.js';
import { JsEngine } from '../../../js/dist/services/compute/js/index.js';
import { gemm, strided, transposed } from '../../../js/dist/services/compute/js/gemm.js';
import { reflector, transpose } from '../../../js/dist/services/compute/js/matrix.js';
import { sumOf } from '../../../js/dist/services/compute/js/sums.js';
import { buffersOf, ownViews } from '../../../js/dist/services/compute/operands.js';
import { exactSum, randomMat, times, turned } from '../../conformance/lib/compute.mjs';

const job = (progress = () => {}) => ({ keep: false, progress });
function finish(steps) {
  let pauses = 0;
  for (;;) { const next = steps.next(); if (next.done) return { value: next.value, pauses }; pauses++; }
}
const numbers = (n, seed = 1) => randomMat(seed, 1, n).data;
/** Work of about a second for each operation, and the pauses that 50 ms a step ask for at the least. */
const LONG = {
  matmul: [{ a: randomMat(1, 400, 400), b: randomMat(2, 400, 400) }, 8], solve: [{ a: randomMat(1, 250, 250), b: randomMat(2, 250, 250) }, 16], svd: [{ a: randomMat(1, 90, 90) }, 90], eigh: [{ a: times(randomMat(1, 120, 120), turned(randomMat(1, 120, 120))) }, 120],
  qr: [{ a: randomMat(1, 200, 150) }, 150], pairwiseDistances: [{ a: randomMat(1, 600, 64), metric: 'l2' }, 10], kmeans: [{ points: randomMat(1, 5000, 16), k: 20, maxIterations: 5, tolerance: 0, seed: 0 }, 10],
  sort: [{ values: numbers(2e6), descending: false }, 30], argsort: [{ values: numbers(1e6), descending: false }, 20], describe: [{ values: numbers(2e6), quantiles: [0.5] }, 15], histogram: [{ values: numbers(2e6), bins: 100 }, 15],
  fft: [{ re: numbers(1 << 18), im: numbers(1 << 18), inverse: false }, 9], convolve2d: [{ image: randomMat(1, 500, 500), kernel: randomMat(2, 7, 7), mode: 'valid', flip: false }, 10],
  evaluate: [{ expression: 'sqrt(x) + nullif(x, 1)', columns: [{ name: 'x', values: numbers(500000) }], rows: 500000 }, 10], correlation: [{ a: randomMat(1, 2000, 60) }, 5],
};

for (const [operation, [plan, least]] of Object.entries(LONG)) {
  test(`${operation}: long work pauses often, can be stopped at each pause, and reports what it has done`, () => {
    const engine = new JsEngine();
    const heard = [];
    const { pauses } = finish(engine.run(operation, plan, job((done, total) => heard.push(done / total))));
    assert.ok(pauses >= least, `${pauses} pauses, at least ${least} were expected`);
    heard.forEach((part, i) => assert.ok(part >= 0 && part <= 1 && (i === 0 || part >= heard[i - 1] - 1e-12), `progress ${heard.slice(Math.max(0, i - 2), i + 1)}`));
    for (const stop of [0, 1, Math.floor(pauses / 2), pauses - 1]) {
      const steps = engine.run(operation, plan, job());
      for (let i = 0; i <= stop; i++) steps.next();
      assert.throws(() => steps.throw(new Error('stop')), /stop/);
    }
    assert.equal(engine.memoryBytes() > 1 << 24, false, 'a stop leaves nothing behind');
  });
}

test('gemm reads transposes in place', () => {
  const a = randomMat(1, 37, 21), b = randomMat(2, 37, 11), c = new Float64Array(21 * 11), d = new Float64Array(11 * 21);
  finish(gemm(transposed(a), strided(b), c));
  finish(gemm(transposed(b), strided(a), d));
  const expected = times(turned(a), b);
  c.forEach((value, i) => assert.ok(Math.abs(value - expected.data[i]) < 1e-13));
  transpose(d, 11, 21).forEach((value, i) => assert.ok(Math.abs(value - expected.data[i]) < 1e-13));
  for (const [m, n] of [[1, 21], [37, 1]]) {
    const v = randomMat(5, m, n), into = new Float64Array(m === 1 ? 37 : 21);
    finish(m === 1 ? gemm(strided(v), transposed(a), into) : gemm(transposed(a), strided(v), into));
    (m === 1 ? times(v, turned(a)) : times(turned(a), v)).data.forEach((value, i) => assert.ok(Math.abs(value - into[i]) < 1e-13, 'a vector'));
  }
});

test('sums are those of exact arithmetic, but for the last bits', () => {
  fc.assert(fc.property(fc.array(fc.double({ noNaN: true, min: -1e200, max: 1e200 }), { maxLength: 40 }), (values) => {
    const exact = exactSum(values), magnitude = values.reduce((sum, v) => sum + Math.abs(v), 0);
    assert.ok(Math.abs(sumOf(Float64Array.from(values)) - exact) <= 2 ** -52 * Math.abs(exact) + 2 ** -98 * magnitude);
  }), { seed: 3, numRuns: 500 });
});

test('a reflector takes a vector to its first axis', () => {
  for (const x of [[3, 4], [0, 5], [-3, 4, 0], [2, 0, 0], [0, 0], [1e-200, 1e-200]]) {
    const v = Float64Array.from(x), { tau, beta } = reflector(v, 0, v.length), dot = x.reduce((sum, value, i) => sum + value * v[i], 0);
    x.forEach((value, i) => assert.ok(Math.abs(value - tau * dot * v[i] - (i === 0 ? beta : 0)) < 1e-15, `${x}`));
  }
});

test('threads are clamped to what the machine has, 1 where that is unknown', () => {
  for (const [wanted, available, expected] of [[undefined, 8, 8], [undefined, 0, 1], [undefined, undefined, 1], [undefined, NaN, 1], [4, 2, 2], [0, 8, 1], [-3, 8, 1], [2.9, 8, 2], [Infinity, 128, 128], [1000, 128, 128], [3, Infinity, 1]]) {
    assert.equal(clampThreads(wanted, available), expected, `${wanted} of ${available}`);
  }
  assert.ok(resolveConfig().threads >= 1);
  assert.equal(resolveConfig().maxMemory, 256 << 20);
});

test('what crosses to a worker: own buffers move, views are copied, moved ones stay', () => {
  const whole = new Float64Array(4), part = whole.subarray(1, 3), shared = new Float64Array(new SharedArrayBuffer(16));
  assert.deepEqual(buffersOf({ s: whole, u: { data: part, rows: 1, cols: 2 }, empty: new Float64Array(0), n: 3 }), [whole.buffer]);
  const plan = ownViews({ a: { data: part, rows: 1, cols: 2 }, b: { data: whole, rows: 2, cols: 2 }, c: { data: shared, rows: 1, cols: 2 } }, new Set());
  assert.equal(plan.a.data.buffer.byteLength, 16);
  assert.equal(plan.b.data, whole);
  assert.equal(plan.c.data.buffer instanceof ArrayBuffer, true);
  assert.equal(ownViews({ a: part }, new Set([whole.buffer])).a, part);
});
