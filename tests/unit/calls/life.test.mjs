// A service's life, and that services which have loaded make no AbortController: edge isolates refuse to one request what was made in another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Life } from '../../../js/dist/calls/life.js';
import { createComputeEngine, createDataProcessor, createSQLiteUtils, createVectorSearch } from '../../../js/dist/index.js';

test('a life ends once, with its reason, for signals asked before and after', () => {
  const life = new Life();
  const before = life.signal;
  assert.deepEqual([life.ended, before.aborted, life.signal === before], [false, false, true]);
  life.abort('first');
  life.abort('second');
  assert.deepEqual([life.ended, before.aborted, before.reason], [true, true, 'first']);
  const late = new Life();
  late.abort('gone');
  assert.deepEqual([late.ended, late.signal.aborted, late.signal.reason], [true, true, 'gone']);
});

test('making a service makes none, and neither does a call once it is loaded', async () => {
  const Real = globalThis.AbortController;
  let made = 0;
  globalThis.AbortController = class extends Real { constructor() { super(); made++; } };
  try {
    const services = [createVectorSearch({ host: 'inline' }), createSQLiteUtils({ host: 'inline' }), createComputeEngine({ host: 'inline' }), createDataProcessor({ host: 'inline' })];
    assert.equal(made, 0, 'made outside of every request');
    const [search, db, compute, data] = services;
    await search.addDocuments([{ id: 'a', content: 'one', embedding: [1, 0] }]);
    for (const service of services) await service.ready();
    assert.ok(made > 0, 'control: loading makes some, and they are counted');
    made = 0;
    await search.search([1, 0]);
    await search.searchByText('one');
    await search.addDocuments([{ id: 'b', content: 'two', embedding: [0, 1] }]);
    await db.executeQuery('SELECT 1');
    await compute.matmul({ rows: 1, cols: 1, data: Float64Array.of(6) }, { rows: 1, cols: 1, data: Float64Array.of(7) });
    await (await data.load([{ n: 1 }])).toRows();
    assert.equal(made, 0);
    for (const service of services) await service.dispose();
  } finally {
    globalThis.AbortController = Real;
  }
});
