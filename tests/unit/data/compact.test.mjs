// compact: memory goes back, and what tables share stays shared. Bytes are those of the instance's memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDataProcessor } from '../../../js/dist/data.js';

const MB = 1 << 20, ROWS = 200_000;
const service = async () => { const made = createDataProcessor({ implementation: 'simd', host: 'inline' }); await made.ready(); return made; };
const held = (data) => data.backend.memoryBytes();
/** A table that is large, and gone. */
const waste = async (data) => { (await data.load({ x: new Float64Array(6_000_000) })).free(); };

test('19: columns that tables share are moved once', async () => {
  const data = await service(), a = Float64Array.from({ length: ROWS }, (_, i) => i), table = await data.load({ a, b: a.map((v) => v * 2), c: a.map((v) => v * 3) });
  // 4.8 MB of columns in one table; thirty more tables of them, one with a column of its own.
  const derived = [];
  for (let i = 0; i < 30; i++) derived.push(await table.select(i % 2 ? ['c', 'a'] : ['b', 'c', 'a']));
  const wider = await table.transform({ transformations: [{ field: 'a', operation: 'scale', args: { factor: 10 }, as: 'd' }] });
  await waste(data);
  const before = held(data);
  await table.compact();
  const after = held(data);
  assert.ok(before > 48 * MB, `${before}`);
  assert.ok(after < 12 * MB, `${after} bytes hold 6.4 MB of columns`);
  // They are one: a second move finds nothing to give back, and freeing all but one costs nothing that the last one needs.
  await table.compact();
  assert.equal(held(data), after);
  for (const t of derived.slice(1)) t.free();
  assert.deepEqual(Object.keys(derived[0].schema), ['b', 'c', 'a']);
  assert.deepEqual(await derived[0].column('c'), a.map((v) => v * 3));
  assert.deepEqual(await wider.column('d'), a.map((v) => v * 10));
  assert.deepEqual(await table.column('b'), a.map((v) => v * 2));
  await data.dispose();
});

test('dictionaries that tables of different rows share are moved once', async () => {
  const data = await service(), text = (i) => `${'a long text that is worth sharing '.repeat(20)}${i % 5000}`;
  const table = await data.load({ t: Array.from({ length: 20_000 }, (_, i) => (i % 7 ? text(i) : null)), i: Int32Array.from({ length: 20_000 }, (_, i) => i) });
  const parts = [];
  for (let i = 0; i < 20; i++) parts.push(await table.filter(`i >= ${i * 100}`));
  await waste(data);
  await table.compact();
  // 3.4 MB of texts, once; twenty times would be 68.
  assert.ok(held(data) < 12 * MB, `${held(data)}`);
  for (const [i, part] of parts.entries()) {
    const texts = await part.column('t');
    assert.equal(texts.length, 20_000 - i * 100);
    for (const k of [0, 1, 4999, texts.length - 1]) assert.equal(texts[k], (k + i * 100) % 7 ? text(k + i * 100) : null);
  }
  const counted = await (await parts[3].aggregate({ groupBy: ['t'], operations: [{ field: '*', operation: 'count', alias: 'n' }] })).toRows();
  assert.equal(counted.reduce((sum, { n }) => sum + n, 0), 19_700);
  await data.dispose();
});

test('tables of every type, of no rows and of no columns are what they were', async () => {
  const data = await service();
  const rows = Array.from({ length: 100 }, (_, i) => ({ f: i / 3, i, l: BigInt(i) * 10n ** 15n, b: i % 3 === 0, s: `s${i % 4}`, u: `unique ${i}`, d: new Date(i * 1e9), j: { i }, n: i % 2 ? null : i / 2, ns: i % 2 ? null : `x${i}`, nb: i % 5 ? true : null }));
  const table = await data.load(rows), none = await table.filter('i > 1000'), bare = await table.select([]), again = await data.load(table);
  const read = async () => JSON.stringify([await table.toRows(), await again.toRows(), await none.toRows(), none.schema, bare.rowCount, await bare.toRows(), (await table.sort([{ field: 'u' }])).rowCount], (_, v) => (typeof v === 'bigint' ? `${v}n` : v));
  const before = await read();
  await waste(data);
  const wide = held(data);
  await table.compact();
  assert.ok(held(data) < wide - 40 * MB, 'it moved');
  assert.equal(await read(), before);
  await data.dispose();
});

test('a table that takes most of the memory is left where it is', async () => {
  const data = await service(), table = await data.load({ x: new Float64Array(1_000_000) }), shared = [];
  for (let i = 0; i < 5; i++) shared.push(await table.select(['x']));
  const before = held(data);
  await table.compact();
  assert.equal(held(data), before);
  await data.dispose();
});
