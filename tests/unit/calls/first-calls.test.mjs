// First calls of a service, while its code is on the way: they take effect in order, with what they were given, and end with the service.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComputeEngine } from '../../../js/dist/compute.js';
import { createDataProcessor } from '../../../js/dist/data.js';
import { createSQLiteUtils } from '../../../js/dist/sqlite.js';
import { createVectorSearch } from '../../../js/dist/vector.js';

const MAKE = { vector: createVectorSearch, sqlite: createSQLiteUtils, compute: createComputeEngine, data: createDataProcessor };
const READ = { vector: (it) => it.count(), sqlite: (it) => it.executeQuery('SELECT 1'), compute: (it) => it.sort(Float64Array.of(2, 1)), data: (it) => it.load([{ v: 1 }]) };

for (const host of ['inline', 'worker']) {
  test(`${host}: calls made at once take effect in order`, async () => {
    const vectors = createVectorSearch({ host }), db = createSQLiteUtils({ host });
    const found = [vectors.addDocuments([{ id: 'a', embedding: [1, 0] }]), vectors.count(), vectors.removeDocuments(['a']), vectors.count()];
    const rows = [db.executeQuery('CREATE TABLE t (v)'), db.executeMany('INSERT INTO t VALUES (?)', [[1], [2]]), db.executeQuery('DELETE FROM t WHERE v = 1'), db.executeQuery('SELECT v FROM t')];
    assert.deepEqual([(await found[1]), (await found[3])], [1, 0]);
    assert.deepEqual((await rows[3]).rows, [{ v: 2 }]);
    await Promise.all([...found, ...rows]);
    await Promise.all([vectors.dispose(), db.dispose()]);
  });

  for (const name of Object.keys(MAKE)) {
    test(`${host}: ${name} disposed of before its code came: DISPOSED, and no later call begins; control: without that it answers`, async () => {
      const ended = MAKE[name]({ host }), lives = MAKE[name]({ host });
      const call = ended.info.loaded === false && READ[name](ended);
      const heard = assert.rejects(call, { code: 'DISPOSED' });
      await ended.dispose();
      await heard;
      await assert.rejects(READ[name](ended), { code: 'DISPOSED' });
      await READ[name](lives);
      await lives.dispose();
    });

    test(`${host}: what ${name} says of itself before its code is there is what it says of its plan`, async () => {
      const it = MAKE[name]({ host });
      const { variant, host: where, loaded, threads } = it.info;
      assert.deepEqual([loaded, where], [false, host]);
      await it.ready();
      assert.deepEqual([it.info.variant, it.info.host, it.info.loaded, it.info.threads], [variant, host, true, threads]);
      await it.dispose();
    });
  }

  test(`${host}: a first call gets what it was given, whatever its caller does meanwhile; so does a later one`, async () => {
    const data = createDataProcessor({ host }), compute = createComputeEngine({ host });
    for (const when of ['first', 'later']) {
      const rows = [{ v: 1 }, { v: 2 }], column = Float64Array.of(1, 2), bytes = Buffer.from('before'), values = Float64Array.of(3, 1);
      const calls = [data.load(rows), data.load({ column }), data.aggregate(rows, { groupBy: [], operations: [{ field: 'v', operation: 'sum', alias: 's' }] }), data.compress(bytes)];
      const sorted = host === 'worker' ? compute.sort(values) : undefined;
      rows[0].v = 100;
      rows.push({ v: 5 });
      column.fill(9);
      bytes.fill(0);
      values.fill(9);
      const [loaded, columns, { data: sums }, { data: packed }] = await Promise.all(calls);
      assert.deepEqual(await loaded.toRows(), [{ v: 1 }, { v: 2 }], when);
      assert.deepEqual(await columns.toRows(), [{ column: 1 }, { column: 2 }], when);
      assert.equal(sums[0].s, 3, when);
      assert.equal(new TextDecoder().decode((await data.decompress(packed)).data), 'before', when);
      if (sorted) assert.deepEqual(await sorted, Float64Array.of(1, 3), when);
    }
    await Promise.all([data.dispose(), compute.dispose()]);
  });
}

test('a table of another processor is known for one before any table was made here', async () => {
  const one = createDataProcessor(), other = createDataProcessor();
  const table = await one.load([{ k: 'a', v: 1 }, { k: 'a', v: 2 }]);
  const { data, metadata } = await other.aggregate(table, { groupBy: ['k'], operations: [{ field: 'v', operation: 'sum', alias: 's' }] });
  assert.match(metadata.reason, /resident/);
  assert.deepEqual(await data.toRows(), [{ k: 'a', s: 3 }]);
  await Promise.all([one.dispose(), other.dispose()]);
});
