/** Operations on numbers, buckets and hashes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, tableOf, values } from './operations-support.mjs';
import { random } from './random.mjs';

const FLOATS = [0, -0, 1.5, -1.5, 2.5, 0.1, 1e300, -1e300, 5e-324, null, NaN, 3, 1234.5678, -7];
const WHOLE = [3, -4, null, 0, 2147483647, -2147483648, 12, 12];
const BIG = [3n, -4n, null, 9007199254740993n, -(2n ** 63n) + 1n, 12n];
const on = (list, f) => list.map((v) => (v === null ? null : f(Number(v))));

for (const [name, list] of [['floats', FLOATS], ['whole numbers', WHOLE], ['64-bit numbers', BIG]]) {
  test(`scale, log and normalize of ${name}`, () => {
    assert.deepEqual(values(list, 'scale', { factor: 2.5 }), on(list, (v) => v * 2.5));
    for (const [base, f] of [[undefined, Math.log], [2, Math.log2], [10, Math.log10], [3, (v) => Math.log(v) / Math.log(3)]]) assert.deepEqual(values(list, 'log', base && { base }), on(list, f));
    const some = list.filter((v) => v !== null && v === v).map(Number), min = Math.min(...some), max = Math.max(...some);
    const half = max / 2 - min / 2;
    values(list, 'normalize').forEach((got, i) => {
      if (list[i] === null || Number.isNaN(list[i])) { assert.ok(Object.is(got, list[i] === null ? null : NaN)); return; }
      const expected = (Number(list[i]) / 2 - min / 2) / half;
      assert.ok(Math.abs(got - expected) < 1e-12 && got >= 0 && got <= 1, `${list[i]}: ${got}, ${expected}`);
    });
  });
}

test('round', () => {
  assert.deepEqual(values([1.5, -1.5, 2.4, -0.4, null, NaN, Infinity, 2 ** 53, 4503599627370497.5], 'round'), [2, -1, 2, -0, null, NaN, Infinity, 2 ** 53, 4503599627370497.5]);
  assert.deepEqual(values([1.234, 1.236, -7, null, 1e308, 123456789012345.67], 'round', { digits: 2 }), [1.23, 1.24, -7, null, 1e308, 123456789012345.67], 'no overflow, no digit lost');
  assert.deepEqual(values([1234, 1250, -1250, null], 'round', { digits: -2 }), [1200, 1300, -1200, null]);
  assert.deepEqual(values([7, null, -2147483648], 'round', { digits: 3 }), [7, null, -2147483648]);
  assert.deepEqual(values(BIG, 'round'), [3, -4, null, 9007199254740993n, -(2n ** 63n) + 1n, 12].map((v) => (typeof v === 'number' ? BigInt(v) : v)));
  assert.equal(run(tableOf({ v: WHOLE }), { field: 'v', operation: 'round' }).type, 'i32');
});

test('abs', () => {
  assert.deepEqual(values(FLOATS, 'abs'), on(FLOATS, Math.abs));
  assert.deepEqual(values(WHOLE, 'abs'), on(WHOLE, Math.abs));
  assert.deepEqual(values(BIG, 'abs').map(String), ['3', '4', 'null', '9007199254740993', String(2n ** 63n - 1n), '12']);
  assert.throws(() => values([-(2n ** 63n)], 'abs'), { code: 'INTEGER_RANGE', detail: { row: 0, field: 'v' } });
});

test('clamp', () => {
  assert.deepEqual(values(FLOATS, 'clamp', { min: -1, max: 2 }), on(FLOATS, (v) => (v < -1 ? -1 : v > 2 ? 2 : v)));
  assert.deepEqual(values(WHOLE, 'clamp', { min: 0 }), on(WHOLE, (v) => Math.max(0, v)));
  assert.deepEqual(values(WHOLE, 'clamp', { max: 2.5 }), on(WHOLE, (v) => Math.min(2.5, v)));
  assert.deepEqual(values(WHOLE, 'clamp', { min: -Infinity, max: 5 }), on(WHOLE, (v) => Math.min(5, v)));
  assert.deepEqual(values([5n, -5n, null, 2n ** 60n], 'clamp', { min: 0, max: 1000 }), [5, 0, null, 1000]);
  assert.deepEqual(values([5n, -5n, null], 'clamp', { min: 0.5 }), [5, 0.5, null]);
  const type = (list, args) => run(tableOf({ v: list }), { field: 'v', operation: 'clamp', args }).type;
  assert.deepEqual([type([1], { min: 0 }), type([1], { min: 0.5 }), type([1n], { min: 0 }), type([1.5], { min: 0 })], ['i32', 'f64', 'i64', 'f64']);
});

test('standardize has mean 0 and deviation 1', () => {
  const next = random(3);
  for (const offset of [0, 1e6, -1e9]) {
    const list = Array.from({ length: 1000 }, () => (next(10) === 0 ? null : offset + next(1000) / 7)), got = values(list, 'standardize').filter((v) => v !== null), n = got.length;
    const mean = got.reduce((a, b) => a + b, 0) / n, deviation = Math.sqrt(got.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1));
    assert.ok(Math.abs(mean) < 1e-6 && Math.abs(deviation - 1) < 1e-6, `${mean} ${deviation}`);
  }
  assert.deepEqual(values([0.1, 0.1, null, 0.1], 'standardize'), [0, 0, null, 0]);
  assert.deepEqual(values([5], 'standardize'), [0]);
  assert.deepEqual(values([null, null], 'standardize', undefined, 'f64'), [null, null]);
  assert.deepEqual(values([1n, 2n, 3n], 'standardize'), [-1, 0, 1]);
});

test('normalize of columns that do not vary, or too much', () => {
  assert.deepEqual(values([7, 7, null], 'normalize'), [0, 0, null]);
  assert.deepEqual(values([NaN, 5], 'normalize'), [NaN, 0]);
  assert.deepEqual(values([-1.7e308, 0, 1.7e308], 'normalize'), [0, 0.5, 1]);
  assert.deepEqual(values([], 'normalize', undefined, 'f64'), []);
});

test('bucket by edges: how many are at most the number', () => {
  const edges = [0, 10, 20];
  assert.deepEqual(values([-1, 0, 9.99, 10, 20, Infinity, -Infinity, null, NaN], 'bucket', { edges }), [0, 1, 1, 2, 3, 3, 0, null, null]);
  const next = random(9), many = Array.from({ length: 100 }, (_, i) => i * 3 - 50), list = Array.from({ length: 500 }, () => next(400) - 100);
  assert.deepEqual(values(list, 'bucket', { edges: many }), list.map((v) => many.filter((e) => e <= v).length));
  assert.deepEqual(values([5n, 25n, null], 'bucket', { edges }), [1, 3, null]);
});

test('bucket by count: of one width, the greatest in the last', () => {
  assert.deepEqual(values([0, 2.4, 2.5, 5, 7.6, 10, null], 'bucket', { count: 4 }), [0, 0, 1, 2, 3, 3, null]);
  assert.deepEqual(values([3, 3], 'bucket', { count: 4 }), [0, 0]);
  assert.deepEqual(values([0.5, Infinity, -Infinity, 1.5], 'bucket', { count: 2 }), [0, 1, 0, 1]);
  assert.deepEqual(values([1, 2], 'bucket', { count: 1 }), [0, 0]);
});

test('hash is MurmurHash3 of UTF-8 and of doubles', () => {
  // Published vectors of MurmurHash3_x86_32.
  assert.deepEqual(values(['', 'test', 'Hello, world!', 'The quick brown fox jumps over the lazy dog'], 'hash'), [0, 0xba6bd213, 0xc0363e43, 0x2e4ff723]);
  assert.deepEqual(values(['', 'test', 'Hello, world!', 'The quick brown fox jumps over the lazy dog'], 'hash', { seed: 0x9747b28c }), [0xebb6c228, 0x704b81dc, 0x24884cba, 0x2fa826cd]);
  const bytes = (list) => {
    const mix = (h, k) => { k = Math.imul(k, 0xcc9e2d51); k = (k << 15) | (k >>> 17); return h ^ Math.imul(k, 0x1b873593); };
    let h = 7;
    const whole = list.length & ~3;
    for (let i = 0; i < whole; i += 4) { h = mix(h, list[i] | list[i + 1] << 8 | list[i + 2] << 16 | list[i + 3] << 24); h = (h << 13) | (h >>> 19); h = Math.imul(h, 5) + 0xe6546b64; }
    let k = 0;
    for (let i = list.length - 1; i >= whole; i--) k = k << 8 | list[i];
    h = mix(h, k) ^ list.length;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b); h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  const texts = ['a', 'ä', '東京', '😀x', 'ab', 'abc', 'abcd', 'abcdé', 'x'.repeat(99)];
  assert.deepEqual(values(texts, 'hash', { seed: 7 }), texts.map((s) => bytes(new TextEncoder().encode(s))));
  assert.equal(values(['\ud800'], 'hash', { seed: 7 })[0], bytes([0xed, 0xa0, 0x80]));
  const numbers = [1.5, 0, -3, 1e300];
  assert.deepEqual(values(numbers, 'hash', { seed: 7 }), numbers.map((v) => bytes(new Uint8Array(Float64Array.of(v).buffer))));
});

test('hash is the same for equal values of every numeric type', () => {
  const [floats, whole, big] = [values([0.5, 3, -0], 'hash'), values([1, 3, 0], 'hash'), values([1n, 3n, 0n], 'hash')];
  assert.equal(floats[1], whole[1]);
  assert.deepEqual(whole, big);
  assert.equal(floats[2], whole[2]);
  assert.equal(new Set(values([NaN, -NaN], 'hash')).size, 1);
  assert.deepEqual(values([true, false, null], 'hash'), [whole[0], whole[2], null]);
  assert.deepEqual(values([new Date(3), null], 'hash'), [whole[1], null]);
  assert.notEqual(values([2n ** 53n + 1n], 'hash')[0], values([2n ** 53n], 'hash')[0]);
  const many = values(Array.from({ length: 20000 }, (_, i) => `k${i}`), 'hash'), tenths = new Array(10).fill(0);
  for (const h of many) tenths[h % 10]++;
  assert.ok(tenths.every((n) => n > 1800 && n < 2200), String(tenths));
});
