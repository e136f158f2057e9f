/** Small plain questions in one loop (rows/fused.ts): the rows of the general way bit for bit, or no answer at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fusedSteps } from '../../../js/dist/services/data/rows/fused.js';
import { createDataProcessor } from 'wasm-services/data';

/** The answer of all steps, or undefined. */
function aggregateFused(data, options) {
  const steps = fusedSteps(data, options);
  for (;;) { const { done, value } = steps.next(); if (done) return value; }
}

const rows = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const sum = (field, alias) => ({ field, operation: 'sum', ...(alias && { alias }) });
const service = createDataProcessor({ host: 'inline', implementation: 'js' });
/** A condition that always holds sends a question the general way. */
const general = async (data, options) => (await service.aggregate(data, { ...options, limit: 1e6 })).data;

test('plain questions are answered, as the general way answers them', async () => {
  const data = rows(500, (i) => ({ city: `c${i % 7}`, n: i % 5, price: i * 0.1, whole: i - 250 }));
  const operations = [sum('whole'), sum('price', 's'), { field: 'price', operation: 'avg' }, { field: 'price', operation: 'min' }, { field: 'whole', operation: 'max' }, { field: '*', operation: 'count' }, { field: 'city', operation: 'count' }, { field: 'whole', operation: 'mean' }];
  for (const groupBy of [undefined, [], ['city'], ['n'], ['n', 'city'], ['city', 'n']]) {
    const options = { ...(groupBy && { groupBy }), operations };
    const fused = aggregateFused(data, options);
    assert.notEqual(fused, undefined, String(groupBy));
    assert.deepEqual(fused, await general(data, options));
    assert.deepEqual(Object.keys(fused[0]), Object.keys((await general(data, options))[0]));
  }
});

test('what is not plain is left to the general way', () => {
  const ask = { groupBy: ['k'], operations: [sum('v')] };
  const with1 = (changed) => [{ k: 'a', v: 1 }, { k: 'b', v: 2 }, changed, { k: 'b', v: 3 }, { k: 'c', v: 4 }];
  assert.deepEqual(aggregateFused(with1({ k: 'a', v: 5 }), ask), [{ k: 'a', sum_v: 6 }, { k: 'b', sum_v: 5 }, { k: 'c', sum_v: 4 }]);
  const inherits = Object.create({ k: 'a', v: 1 });
  for (const odd of [{ k: 'a', v: '1' }, { k: 1, v: 1 }, { k: true, v: 1 }, { k: 'a', v: 1n }, { k: 'a', v: true }, { k: 'a', v: [] }, null, undefined, 5, 'row', [], inherits]) {
    assert.equal(aggregateFused(with1(odd), ask), undefined, String(odd?.v));
    assert.equal(aggregateFused([odd, ...with1({ k: 'a', v: 5 })], ask), undefined);
  }
  assert.equal(aggregateFused([], ask), undefined);
  assert.equal(aggregateFused(rows(10, () => ({ k: 'a', v: null })), ask), undefined, 'what has no value at all has no kind');
  assert.equal(aggregateFused(rows(6000, (i) => ({ k: `k${i}`, v: i })), { groupBy: ['k', 'v'], operations: [sum('v')] }), undefined, 'a Map for each of many keys');
  const one = [{ k: 'a', v: 1 }];
  for (const options of [
    { ...ask, where: 'v > 1' }, { ...ask, having: 'sum_v > 1' }, { ...ask, orderBy: [{ field: 'k' }] }, { ...ask, limit: 1 }, { ...ask, limt: 1 }, { groupBy: ['k', 'k', 'k'], operations: [] }, { groupBy: ['k'], operations: [] },
    { groupBy: ['k\nv'], operations: [sum('v')] }, { groupBy: [5], operations: [sum('v')] }, { groupBy: null, operations: [sum('v')] }, { groupBy: ['k'], operations: [{ ...sum('v'), args: { q: 1 } }] },
    { groupBy: ['k'], operations: [{ ...sum('v'), alias: '' }] }, { groupBy: ['toString'], operations: [sum('v')] }, { groupBy: ['k'], operations: [sum('v', '__proto__')] }, { groupBy: ['k'], operations: [sum('v', '1')] }, { groupBy: ['k'], operations: [sum('a.b')] },
    { groupBy: ['k'], operations: [{ field: 'v', operation: 'median' }] }, { groupBy: ['k'], operations: [sum('k')] }, { operations: null }, null, 'x',
  ]) assert.equal(aggregateFused(one, options), undefined, JSON.stringify(options));
});

test('nulls, fields that are not there, -0 and fractions among whole numbers', async () => {
  const operations = ['sum', 'avg', 'min', 'max', 'count'].flatMap((operation) => ['v', 'w'].map((field) => ({ field, operation }))).slice(0, 8);
  for (const odd of [{ k: 'a', v: null, w: null }, { k: 'a' }, { v: 1 }, { k: null, v: 1, w: 0.5 }, { k: 'z', v: null }, { k: 'z', v: -0, w: -0 }, { k: 'z', v: 0.1, w: 2 ** 40 }, { k: 'z', v: NaN, w: Infinity }]) {
    for (const place of [0, 1, 3, 10]) {
      const data = rows(10, (i) => ({ k: 'abc'[i % 3], v: i, w: i / 3 }));
      data.splice(place, 0, odd);
      for (const groupBy of [[], ['k'], ['k', 'v']]) {
        const options = { groupBy, operations }, fused = aggregateFused(data, options);
        if (fused === undefined) assert.ok(groupBy.includes('v') && Object.hasOwn(odd, 'v'), `${JSON.stringify(odd)} at ${place} by ${groupBy}`);
        else assert.deepStrictEqual(fused, await general(data, options));
      }
    }
  }
});

test('long work pauses, and is the same', async () => {
  const data = rows(100_000, (i) => ({ k: i % 100, v: i * 0.1 })), steps = fusedSteps(data, { groupBy: ['k'], operations: [sum('v')] });
  let pauses = 0, step = steps.next();
  for (; !step.done; step = steps.next()) pauses++;
  assert.equal(pauses, 3);
  assert.deepStrictEqual(step.value, await general(data, { groupBy: ['k'], operations: [sum('v')] }));
});

test('a question that was asked rightly before does not answer one that is asked wrongly', async () => {
  const data = rows(10, (i) => ({ a: `x${i % 2}`, b: i }));
  const right = { groupBy: ['a'], operations: [sum('b')] };
  assert.equal((await service.aggregate(data, right)).data.length, 2);
  for (const wrong of [{ ...right, limt: 1 }, { ...right, operations: [{ ...sum('b'), agrs: {} }] }, { ...right, operations: [sum('b'), sum('b')] }, { groupBy: ['a', 'a'], operations: [sum('b')] }, { groupBy: ['a'], operations: [sum('b', 'a')] }]) {
    await assert.rejects(service.aggregate(data, wrong), { code: 'INVALID_ARGUMENT' });
  }
});

test('any plain rows: the bits of the general way', async () => {
  const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0, 0, 1e308, 2 ** 53, 0.1));
  const row = (v) => fc.record({ k: fc.constantFrom('a', 'b', '', '\ud800', '__proto__'), n: fc.constantFrom(0, 1, -1, 7), v, w: fc.double() }, { noNullPrototype: true });
  const data = fc.oneof(fc.array(row(number), { minLength: 1, maxLength: 40 }), fc.array(row(fc.double()), { minLength: 1, maxLength: 40 }), fc.array(row(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), { minLength: 1, maxLength: 40 }));
  let answered = 0;
  await fc.assert(fc.asyncProperty(data, fc.subarray(['k', 'n']), async (list, groupBy) => {
    const options = { groupBy, operations: ['sum', 'avg', 'min', 'max', 'count'].flatMap((operation) => [{ field: 'v', operation }, { field: 'w', operation }]).slice(0, 8) };
    const fused = aggregateFused(list, options);
    if (fused === undefined) return;
    answered++;
    assert.deepStrictEqual(fused, await general(list, options));
  }), { numRuns: 300 });
  assert.ok(answered > 100, `${answered} were answered by the loop`);
});
