// Vector search under bad input (FAULTS 25 to 33), by both implementations, which must say the same. Each row has its control: the
// same call without what is wrong with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createVectorSearch } from '../../js/dist/vector.js';

const D = 8;
const IMPLEMENTATIONS = ['simd', 'js'];
const seeded = (seed, n = D) => Float32Array.from({ length: n }, (_, i) => Math.fround(Math.sin(seed * 12.9898 + i * 78.233)));
const ids = (n) => Array.from({ length: n }, (_, i) => `d${i}`);
const rowsOf = (n, seed = 1) => { const rows = new Float32Array(n * D); for (let i = 0; i < n; i++) rows.set(seeded(seed + i), i * D); return rows; };

async function each(work, config = {}) {
  const answers = [];
  for (const implementation of IMPLEMENTATIONS) {
    const service = createVectorSearch({ implementation, host: 'inline', dimensions: D, ...config });
    answers.push(await work(service, implementation));
    await service.dispose();
  }
  assert.deepEqual(answers[0], answers[1], 'both implementations say the same');
  return answers[0];
}
const code = (promise) => promise.then(() => 'done', (error) => error.code);
const CONFIG = { index: 'flat' };

test('25: NaN and infinities are NOT_FINITE with their place, in add and in query; nothing of the call is kept. Control: finite extremes are taken', async () => {
  await each(async (service) => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const row = seeded(1);
      row[5] = bad;
      for (const call of [() => service.addVectors(['x'], row), () => service.addDocuments([{ id: 'x', embedding: row }]), () => service.search(row)]) {
        await assert.rejects(call(), (error) => error.code === 'NOT_FINITE' && /\b5\b/.test(error.message), String(bad));
      }
    }
    assert.equal(service.size, 0);
    for (const fine of [-0, 1e-45, 1e38, -1e38]) {
      const row = seeded(1);
      row[5] = fine;
      await service.addVectors([`control ${fine}`], row);
    }
    return service.size;
  }, CONFIG);
});

test('25: values whose products overflow f32 have the score that f64 gives. Control: the plain f32 sum does overflow', async () => {
  const huge = new Float32Array(D).fill(1e38), half = huge.map((x, i) => (i % 2 ? x : 0));
  assert.equal(Math.fround(huge[0] * huge[1]), Infinity, 'control');
  const [[first]] = [await each(async (service) => {
    await service.addVectors(['half'], half);
    return service.search(huge, { exact: true });
  }, CONFIG)];
  assert.ok(Math.abs(first.score - Math.SQRT1_2) < 1e-6, String(first.score));
});

test('26: a zero vector has cosine 0 with everything and is never NaN. Control: another vector has cosine 1 with itself', async () => {
  const hits = await each(async (service) => {
    await service.addVectors(['zero', 'one'], Float32Array.from([...new Float32Array(D), ...seeded(3)]));
    return [await service.search(seeded(3)), await service.search(new Float32Array(D))];
  }, CONFIG);
  assert.deepEqual(hits[0].map(({ id }) => id), ['one', 'zero']);
  assert.ok(Math.abs(hits[0][0].score - 1) < 1e-6);
  assert.deepEqual([...hits[0].slice(1), ...hits[1]].map(({ score }) => score), [0, 0, 0]);
});

test('27: what is no vector of these dimensions is refused by a code, forty kinds of it. Control: arrays and typed arrays of numbers are taken', async () => {
  const bad = [
    null, undefined, 5, 'x', '', true, {}, [], new Float32Array(0), new Float32Array(D - 1), new Float32Array(D + 1), new Float64Array(D + 1), new Int8Array(D + 1), new Uint8Array(D + 1), new Uint8ClampedArray(D + 1),
    new Int16Array(D + 1), new Uint16Array(D + 1), new Int32Array(D + 1), new Uint32Array(D + 1), new BigInt64Array(D), new DataView(new ArrayBuffer(4 * D)), new ArrayBuffer(4 * D), new Set([1, 2]), new Map(), new Date(), /x/, () => 1, Symbol('v'), 10n,
    Array(D), Array(D).fill('1'), Array(D).fill(1n), Array(D).fill(null), Array(D).fill(undefined), Array(D).fill(NaN), Array(D).fill([]), [1, , 3, 4, 5, 6, 7, 8], [...Array(D - 1).fill(1)], [...Array(D + 1).fill(1)], { length: D }, { 0: 1, length: 1 },
  ];
  assert.ok(bad.length >= 40);
  await each(async (service) => {
    const codes = [];
    for (const value of bad) codes.push([await code(service.search(value)), value === undefined ? 'INVALID_ARGUMENT' : await code(service.addDocuments([{ id: 'x', embedding: value }]))]);
    codes.forEach((pair, i) => assert.ok(pair.every((c) => ['INVALID_ARGUMENT', 'DIMENSION_MISMATCH', 'NOT_FINITE'].includes(c)), `${Object.prototype.toString.call(bad[i])} ${i}: ${pair}`));
    assert.equal(service.size, 0);
    for (const fine of [Array(D).fill(0.5), seeded(1), new Float64Array(D).fill(0.25), new Int8Array(D).fill(3), new Float32Array(new SharedArrayBuffer(4 * D)).fill(1)]) await service.addDocuments([{ id: `control ${service.size}`, embedding: fine }]);
    assert.equal(service.size, 5);
    return codes;
  }, CONFIG);
});

test('28: any string is an id and comes back as itself: __proto__, 64 KiB, lone surrogates, NFC beside NFD; an empty one and a megabyte are refused. Control: the same string twice is one document', async () => {
  await each(async (service) => {
    for (const id of ['', 'x'.repeat(1 << 20)]) await assert.rejects(service.addVectors([id], seeded(1)), (error) => ['INVALID_ARGUMENT', 'TOO_LARGE'].includes(error.code));
    return service.size;
  }, CONFIG);
  const hard = ['__proto__', 'constructor', 'toString', 'x'.repeat(65_536), '\ud800', '\udc00', '\ud800\ud800', 'caf\u00e9', 'cafe\u0301', '\ufffd', '\0', ' ', '😀'];
  await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.oneof(fc.constantFrom(...hard), fc.string({ unit: 'binary', maxLength: 8 })).filter((id) => id !== ''), { minLength: 1, maxLength: 12 }), async (names) => {
    await each(async (service) => {
      await service.addVectors(names, rowsOf(names.length));
      assert.equal(service.size, names.length);
      for (const [i, id] of names.entries()) {
        const document = await service.getDocument(id);
        assert.equal(document.id, id);
        assert.deepEqual(document.embedding, seeded(1 + i));
      }
      await service.addVectors([names[0]], seeded(99));
      assert.equal(service.size, names.length, 'control');
      return (await service.list()).map(({ id }) => id);
    }, CONFIG);
  }), { seed: 20261127, numRuns: 20 });
  assert.equal({}.polluted, undefined);
});

test('29: a batch whose document 500 of 1000 is bad leaves none behind, nor replaces any. Control: the sound batch is all there', async () => {
  await each(async (service) => {
    await service.addVectors(['d7'], seeded(1000));
    const documents = ids(1000).map((id, i) => ({ id, embedding: seeded(i) }));
    documents[500] = { id: 'bad', embedding: new Float32Array(D - 1) };
    await assert.rejects(service.addDocuments(documents), (error) => error.code === 'DIMENSION_MISMATCH' && /bad|500/.test(error.message));
    assert.equal(service.size, 1);
    assert.deepEqual((await service.getDocument('d7')).embedding, seeded(1000));
    documents[500] = { id: 'd500', embedding: seeded(500) };
    await service.addDocuments(documents);
    assert.equal(service.size, 1000, 'control');
  }, CONFIG);
});

/** Directions without any order in them. */
function scattered(n, seed) {
  let state = seed;
  const next = () => { state = (state * 1103515245 + 12345) % 2147483648; return state / 2147483648 - 0.5; };
  return Float32Array.from({ length: n * 24 }, () => Math.fround(next() + next() + next()));
}

test('30: an index that was churned finds as much as a fresh one. Control: with a narrow beam the fresh one finds less', { timeout: 120_000 }, async () => {
  const N = 2000, config = { host: 'inline', dimensions: 24, index: 'hnsw', hnsw: { m: 8, efConstruction: 64, ef: 64 } };
  const churned = createVectorSearch(config), fresh = createVectorSearch(config);
  for (let round = 0; round < 6; round++) {
    await churned.addVectors(ids(N), scattered(N, round + 1));
    if (round < 5) await churned.removeDocuments(ids(N).filter((_, i) => (i + round) % 3));
  }
  await fresh.addVectors(ids(N), scattered(N, 6));
  assert.equal(churned.size, fresh.size);
  const recall = async (service, ef) => {
    let found = 0;
    for (let q = 0; q < 100; q++) {
      const query = scattered(1, 1000 + q), exact = new Set((await service.search(query, { exact: true })).map(({ id }) => id));
      found += (await service.search(query, { ef })).filter(({ id }) => exact.has(id)).length;
    }
    return found / 1000;
  };
  const [old, young, narrow] = [await recall(churned, 64), await recall(fresh, 64), await recall(fresh, 10)];
  assert.ok(old >= young - 0.01, `${old} against ${young}`);
  assert.ok(narrow < young - 0.01, `control: ${narrow} against ${young}`);
  await Promise.all([churned.dispose(), fresh.dispose()]);
});

test('31: limits that are none are refused or clamped, filters give what brute force gives. Control: plain limits', async () => {
  await each(async (service) => {
    await service.addDocuments(ids(200).map((id, i) => ({ id, embedding: seeded(i), metadata: { n: i } })));
    const codes = [];
    for (const maxResults of [0, -1, NaN, 1.5, 'x', Infinity]) codes.push(await code(service.search(seeded(1), { maxResults })));
    for (const threshold of [NaN, 'x']) codes.push(await code(service.search(seeded(1), { threshold })));
    assert.ok(codes.every((c) => c === 'done' || c === 'INVALID_ARGUMENT'), codes.join());
    assert.equal((await service.search(seeded(1), { maxResults: 1e9 })).length, 200);
    assert.deepEqual(await service.search(seeded(1), { filters: { n: { $gt: 1000 } } }), []);
    const few = await service.search(seeded(1), { filters: { n: { $lt: 3 } }, maxResults: 10 });
    const all = (await service.search(seeded(1), { maxResults: 200, exact: true })).filter(({ metadata }) => metadata.n < 3);
    assert.deepEqual(few.map(({ id, score }) => [id, score]), all.map(({ id, score }) => [id, score]));
    assert.equal((await service.search(seeded(1), { filters: { n: { $gte: 0 } }, maxResults: 5 })).length, 5, 'control');
    return codes;
  }, CONFIG);
});

test('32 control: the file that is cut and flipped in the tests of its format loads while it is whole', async () => {
  await each(async (service) => {
    await service.addVectors(ids(20), rowsOf(20));
    const bytes = await service.save();
    await service.clear();
    await service.load(bytes);
    assert.equal(service.size, 20);
    await assert.rejects(service.load(bytes.subarray(0, bytes.length - 1)), { code: 'CORRUPT' });
    assert.equal(service.size, 20);
  }, CONFIG);
});

test('33: equal scores come in the order of insertion, by both implementations, in 2000 random collections. Control: a replaced document keeps its place, a removed one loses it', async () => {
  await each(async (service) => {
    let state = 7;
    const random = (n) => { state = (state * 1103515245 + 12345) % 2147483648; return state % n; };
    const told = [];
    for (let round = 0; round < 2000; round++) {
      const n = 2 + random(12), rows = new Float32Array(n * D);
      for (let i = 0; i < n; i++) rows[i * D + random(2)] = 1; // two directions: many equal scores
      await service.addVectors(ids(n), rows);
      const query = new Float32Array(D);
      query[0] = 1;
      const hits = await service.search(query, { maxResults: n, exact: round % 2 === 0 });
      for (let i = 1; i < hits.length; i++) assert.ok(hits[i - 1].score > hits[i].score || Number(hits[i - 1].id.slice(1)) < Number(hits[i].id.slice(1)));
      if (round % 500 === 0) told.push(hits);
      await service.clear();
    }
    const same = new Float32Array(3 * D).fill(1);
    await service.addVectors(['a', 'b', 'c'], same);
    await service.addVectors(['a'], same.subarray(0, D));
    assert.deepEqual((await service.search(same.subarray(0, D))).map(({ id }) => id), ['a', 'b', 'c'], 'control: replaced');
    await service.removeDocuments(['a']);
    await service.addVectors(['a'], same.subarray(0, D));
    assert.deepEqual((await service.search(same.subarray(0, D))).map(({ id }) => id), ['b', 'c', 'a'], 'control: removed');
    return told;
  }, CONFIG);
});
