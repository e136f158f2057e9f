// Group-by and sums at their ends: many groups, one giant group, keys of every kind (FAULTS 48); exact sums, overflow, empty groups, -0 (49). And memory
// that is refused in the middle of one call.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createDataProcessor } from '../../js/dist/data.js';
import { agreed, each, fails, js, outcome, refused, simd } from '../support/data-twins.mjs';
import { initialPages, limitMemory } from '../support/limit-memory.mjs';

const toRows = async (table) => { try { return await table.toRows(); } finally { table.free(); } };
const bits = (value) => { const view = new DataView(new ArrayBuffer(8)); view.setFloat64(0, value); return view.getBigUint64(0).toString(16); };
function random(seed) {
  let a = seed >>> 0;
  return () => { a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32; };
}

// ── 48 ──

const MANY = 1_000_000;
const count = { field: '*', operation: 'count', alias: 'n' };

each(`48: ${MANY} groups of whole numbers, and of text: each found, in order of appearance, in bounded memory`, async (service) => {
  const k = Int32Array.from({ length: MANY }, (_, i) => Math.imul(i, 0x9e3779b1)), table = await service.load({ k, v: new Float64Array(MANY).fill(1) });
  const made = await table.aggregate({ groupBy: ['k'], operations: [count, { field: 'v', operation: 'sum', alias: 's' }] });
  assert.equal(made.rowCount, MANY);
  const keys = await made.column('k'), sums = await made.column('s');
  assert.ok(keys.every((key, i) => key === k[i]) && sums.every((sum) => sum === 1));
  made.free();
  const [one] = await toRows(await table.aggregate({ operations: [{ field: 'k', operation: 'countDistinct', alias: 'd' }, count] }));
  assert.deepEqual(one, { d: MANY, n: MANY });
  table.free();
  const few = MANY / 4, texts = await service.load({ t: Array.from({ length: few }, (_, i) => `key ${i}`) });
  assert.equal((await toRows(await texts.aggregate({ groupBy: ['t'], operations: [count], limit: 3 }))).length, 3);
  assert.equal((await toRows(await texts.aggregate({ operations: [{ field: 't', operation: 'countDistinct', alias: 'd' }] })))[0].d, few);
  texts.free();
});

each('48: one giant group', async (service) => {
  const table = await service.load({ k: new Int32Array(MANY).fill(7), v: Float64Array.from({ length: MANY }, (_, i) => i) });
  assert.deepEqual(await toRows(await table.aggregate({ groupBy: ['k'], operations: [count, { field: 'v', operation: 'sum', alias: 's' }, { field: 'v', operation: 'median', alias: 'm' }] })), [{ k: 7, n: MANY, s: MANY * (MANY - 1) / 2, m: (MANY - 1) / 2 }]);
  table.free();
});

test('48: keys: NaN is one group, -0 is 0, null is one group, in rows, columns and tables of both implementations', async () => {
  const values = [NaN, 0, -0, null, NaN, undefined, 1, Infinity, -Infinity, 1.5, Infinity], rows = values.map((k) => ({ k })), options = { groupBy: ['k'], operations: [count] };
  const expected = [[NaN, 2], [0, 2], [null, 2], [1, 1], [Infinity, 2], [-Infinity, 1], [1.5, 1]];
  const pairs = (list) => list.map(({ k, n }) => [k + 0 || k, n]); // -0 or 0: equal keys
  const check = (list) => assert.deepEqual(pairs(list).map(([k, n]) => [k === 0 ? 0 : k, n]), expected);
  for (const service of [js, simd]) {
    check((await service.aggregate(rows, options)).data);
    const table = await service.load(rows);
    check(await toRows(await table.aggregate(options)));
    table.free();
  }
  await fails(() => check([{ k: 0, n: 1 }]), '48');
  for (const [a, b] of [['1', 1], [true, 1], [null, 'null'], [new Date(0), 0]]) {
    const answer = await agreed((service) => outcome(async () => (await service.aggregate([{ k: a }, { k: b }], options)).data.length), `${a} and ${b}`);
    // Kinds do not mix: a null and a text are two groups, other pairs are refused.
    if (a === null) assert.equal(answer.value, 2); else assert.equal(answer.code, 'INVALID_ARGUMENT');
  }
  assert.deepEqual(await agreed(async (service) => (await service.aggregate([{ a: '', b: 'x' }, { a: 'x', b: '' }, { a: null, b: 'x' }, { a: 'null', b: 'x' }, { a: '\u0000', b: 'x' }], { groupBy: ['a', 'b'], operations: [count] })).data.length), 5);
});

const BYTES = readFileSync(new URL('../../js/dist/loader/wasm/data.simd.wasm', import.meta.url));
const capped = (bytes) => createDataProcessor({ implementation: 'simd', host: 'inline', wasm: limitMemory(BYTES, initialPages(BYTES) + Math.ceil(bytes / 65_536)) });
const MB = 1 << 20;

test('48: a memory that may not grow ends a group-by as OUT_OF_MEMORY; the table and the service go on. Control: with room it is answered', async () => {
  const k = Int32Array.from({ length: MANY }, (_, i) => Math.imul(i, 0x9e3779b1)), plan = { groupBy: ['k'], operations: [count, { field: 'k', operation: 'list', alias: 'l' }] };
  for (const [room, enough] of [[8 * MB, false], [512 * MB, true]]) {
    const service = capped(room), table = await service.load({ k });
    if (enough) assert.equal((await table.aggregate(plan)).rowCount, MANY);
    else await refused(table.aggregate(plan), ['OUT_OF_MEMORY', 'TOO_LARGE'], `${room / MB} MB`);
    assert.equal(table.rowCount, MANY);
    assert.deepEqual((await toRows(await table.slice(0, 2))).map((row) => row.k), [k[0], k[1]]);
    assert.deepEqual(await toRows(await (await service.load([{ v: 1 }])).aggregate({ operations: [count] })), [{ n: 1 }]);
    await service.dispose();
  }
});

test('48: an allocation that the host refuses in aggregate and transform of rows is OUT_OF_MEMORY, the next call is answered', async () => {
  const rows = Array.from({ length: 2000 }, (_, i) => ({ k: i % 7, s: `t${i % 5}`, v: i / 3 }));
  const calls = [
    (service) => service.aggregate(rows, { groupBy: ['k', 's'], operations: [{ field: 'v', operation: 'stddev', alias: 'x' }, { field: 'v', operation: 'median', alias: 'm' }] }),
    (service) => service.transform(rows, { transformations: [{ field: 'v', operation: 'standardize', as: 'x' }] }),
  ];
  const kept = { Float64Array, Int32Array, Uint8Array };
  for (const [variant, service] of [['js', js], ['simd', simd]]) for (const call of calls) {
    const good = (await call(service)).data;
    let seen = 0, refusals = 0;
    // The nth large array is refused, for every n.
    for (let nth = 1; nth <= 40; nth++) {
      let left = nth;
      for (const name of Object.keys(kept)) {
        globalThis[name] = new Proxy(kept[name], { construct(target, args, self) {
          if (typeof args[0] === 'number' && args[0] >= 256 && --left === 0) throw new RangeError('Array buffer allocation failed');
          return Reflect.construct(target, args, self === globalThis[name] ? target : self);
        } });
      }
      const answer = await outcome(() => call(service)).finally(() => { for (const name of Object.keys(kept)) globalThis[name] = kept[name]; });
      if (answer.value) assert.deepEqual(answer.value.data, good); else { refusals++; assert.equal(answer.code, 'OUT_OF_MEMORY', `${variant}, ${nth}: ${answer.message}`); }
      assert.deepEqual((await call(service)).data, good, `${variant}: after the refusal of array ${nth}`);
      if (left > 0) break;
      seen++;
    }
    assert.ok(seen > 0 && refusals > 0, `${variant}: control: something was refused`);
  }
});

// ── 49 ──

/** The sum of doubles as a whole number of 2^-1074, and the nearest double of it. */
const scaled = (value) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const raw = view.getBigUint64(0), e = Number(raw >> 52n & 0x7ffn), m = raw & (1n << 52n) - 1n | (e ? 1n << 52n : 0n);
  return (raw >> 63n ? -m : m) << BigInt(Math.max(e, 1) - 1);
};
function rounded(sum) {
  const negative = sum < 0n, all = negative ? -sum : sum, length = all.toString(2).length, shift = BigInt(Math.max(0, length - 53));
  let m = all >> shift;
  const rest = all - (m << shift), half = shift ? 1n << shift - 1n : 0n;
  if (shift && (rest > half || (rest === half && m & 1n))) m++;
  let value = Number(m);
  // 2^shift of 2^-1074, in steps that stay exact.
  for (let e = Number(shift) - 1074; e !== 0;) { const by = Math.max(-1022, Math.min(1000, e)); value *= 2 ** by; e -= by; }
  return negative ? -value : value;
}

test('49 control: the exact sum is one: it tells a compensated sum from a plain one', () => {
  const values = [1e16, 1, -1e16, 0.1, 0.2];
  assert.equal(rounded(values.map(scaled).reduce((a, b) => a + b, 0n)), 1.3);
  assert.notEqual(values.reduce((a, b) => a + b, 0), 1.3);
  for (const value of [5e-324, 1, -0.1, Number.MAX_VALUE, 2 ** -1022]) assert.equal(rounded(scaled(value)), value);
});

test('49: sums of 1e6 floats: within 1e-12 of the exact rational sum, the same bits from rows, columns and tables of both', async () => {
  const next = random(20261127);
  for (const [name, make] of [['of one size', () => next()], ['of all sizes', () => (next() - 0.5) * 2 ** (next() * 200 - 100)], ['that cancel', (i) => (i & 1 ? -1 : 1) * (1e15 + (i >> 1)) + (i & 1 ? 0 : 0.001)]]) {
    const n = 1_000_000, v = Float64Array.from({ length: n }, (_, i) => make(i)), exact = rounded(v.reduce((sum, value) => sum + scaled(value), 0n));
    const found = [];
    for (const service of [js, simd]) {
      const options = { operations: [{ field: 'v', operation: 'sum', alias: 's' }, { field: 'v', operation: 'avg', alias: 'a' }] }, table = await service.load({ v });
      const [{ s, a }] = await toRows(await table.aggregate(options));
      table.free();
      found.push(s);
      assert.ok(Math.abs(s - exact) <= 1e-12 * Math.abs(exact), `${name}: ${s}, exactly ${exact}`);
      assert.equal(bits(a), bits(s / n));
      const { data } = await service.aggregate(Array.from(v.subarray(0, 1000), (value) => ({ v: value })), options);
      const part = rounded(v.subarray(0, 1000).reduce((sum, value) => sum + scaled(value), 0n));
      assert.ok(Math.abs(data[0].s - part) <= 1e-12 * Math.abs(part), name);
    }
    assert.equal(bits(found[0]), bits(found[1]), `${name}: the same bits`);
  }
});

test('49: whole numbers sum exactly whatever their size; past 2^53 the nearest double of the exact sum', async () => {
  const next = random(5), ints = Int32Array.from({ length: 500_000 }, () => (next() - 0.5) * 2 ** 32), bigs = BigInt64Array.from({ length: 20_000 }, () => BigInt.asIntN(64, BigInt(Math.floor(next() * 2 ** 53)) << BigInt(Math.floor(next() * 11))));
  for (const [v, type] of [[ints, 'i32'], [bigs, 'i64'], [new BigInt64Array(100).fill(2n ** 63n - 1n), 'i64'], [new BigInt64Array(100).fill(-(2n ** 63n)), 'i64'], [new Int32Array(1000).fill(2147483647), 'i32']]) {
    const exact = Number(v.reduce((sum, value) => sum + BigInt(value), 0n));
    assert.deepEqual(await agreed(async (service) => toRows(await (await service.load({ v }, { schema: { v: type } })).aggregate({ operations: [{ field: 'v', operation: 'sum', alias: 's' }, { field: 'v', operation: 'avg', alias: 'a' }] }))), [{ s: exact, a: exact / v.length }]);
  }
});

test('49: empty groups, mixed types, -0, infinities: as the rules say, from both', async () => {
  const all = ['count', 'sum', 'avg', 'min', 'max', 'median', 'stddev', 'variance', 'first', 'last', 'mode', 'countDistinct', 'list'].map((operation) => ({ field: 'v', operation, alias: operation }));
  const of = (values) => agreed(async (service) => { const table = await service.load({ v: values }, { schema: { v: 'f64' } }); const [row] = await toRows(await table.aggregate({ operations: all })); table.free(); return row; }, String(values));
  assert.deepEqual(await of([null]), { count: 0, sum: 0, avg: null, min: null, max: null, median: null, stddev: null, variance: null, first: null, last: null, mode: null, countDistinct: 0, list: [null] });
  assert.deepEqual(await of([]), { count: 0, sum: 0, avg: null, min: null, max: null, median: null, stddev: null, variance: null, first: null, last: null, mode: null, countDistinct: 0, list: [] });
  const zeros = await of([0, -0]);
  assert.ok(Object.is(zeros.min, -0) && Object.is(zeros.max, 0) && Object.is(zeros.sum, 0), '-0 lies below 0');
  assert.equal((await of([Infinity, -Infinity])).sum, NaN);
  assert.equal((await of([Infinity, 1])).sum, Infinity);
  assert.equal((await of([Number.MAX_VALUE, Number.MAX_VALUE])).sum, Infinity);
  const nan = await of([1, NaN, 2]);
  assert.deepEqual([nan.sum, nan.min, nan.max, nan.median, nan.stddev], [NaN, NaN, NaN, NaN, NaN]);
  await agreed(async (service) => outcome(async () => (await service.aggregate([{ v: 1 }, { v: 'a' }], { operations: [{ field: 'v', operation: 'min', alias: 'm' }] })).data)).then(({ code }) => assert.equal(code, 'INVALID_ARGUMENT'));
});
