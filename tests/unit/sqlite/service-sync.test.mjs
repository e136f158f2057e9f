// The interface without promises.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, open, sleep, withTable } from './service-helpers.mjs';

test('sync: prepare, run, get, all, iterate, exec, transactions with savepoints', async () => {
  const db = await withTable();
  const insert = db.sync.prepare('INSERT INTO t (a, b) VALUES (?, :b)');
  assert.deepEqual(insert.run([1, 'x']), { changes: 1, lastInsertRowid: 1 });
  db.sync.exec('INSERT INTO t (a) VALUES (2); INSERT INTO t (a) VALUES (3);');
  const all = db.sync.prepare('SELECT a FROM t WHERE a >= ? ORDER BY a');
  assert.deepEqual(all.get([2]), { a: 2 });
  assert.equal(all.get([9]), undefined);
  assert.deepEqual(all.all([2]), [{ a: 2 }, { a: 3 }]);
  assert.deepEqual([...all.iterate([1])].map(({ a }) => a), [1, 2, 3]);
  for (const { a } of all.iterate([1])) { assert.equal(a, 1); break; }
  assert.equal(db.sync.transaction(() => {
    insert.run([4, 'y']);
    assert.throws(() => db.sync.transaction(() => { insert.run([5, 'z']); throw new Error('inner'); }), /inner/);
    return db.sync.prepare('SELECT count(*) AS n FROM t').get().n;
  }), 4);
  assert.throws(() => db.sync.transaction(() => { db.sync.exec('DELETE FROM t'); throw new RangeError('mine'); }), RangeError);
  assert.throws(() => db.sync.transaction(async () => 1), { code: 'INVALID_ARGUMENT' });
  assert.equal(await count(db), 4);
  assert.throws(() => db.sync.prepare('SELECT FROM'), { code: 'SQL' });
  assert.throws(() => insert.run([NaN, 1]), { code: 'INVALID_ARGUMENT' });
  assert.equal(db.sync.prepare(' SELECT 1 AS a ').get().a, 1);
  await db.executeQuery('DROP TABLE t'); // no iterator holds it
  insert.finalize(); insert.finalize();
  assert.throws(() => insert.run([1, 2]), { code: 'DISPOSED' });
  await db.dispose();
});

test('sync is refused while calls made before it have not ended, and calls made inside it wait', async () => {
  const db = await withTable();
  const insert = db.sync.prepare('INSERT INTO t (a) VALUES (1)');
  const { sync } = db;
  const held = db.transaction(async () => { assert.throws(() => insert.run(), { code: 'BUSY' }); await sleep(5); });
  assert.throws(() => sync.exec('DELETE FROM t'), { code: 'BUSY' });
  await held;
  let inside;
  sync.transaction(() => { insert.run(); inside = count(db); insert.run(); });
  assert.equal(await inside, 2);
  await db.dispose();
  assert.throws(() => insert.run(), { code: 'DISPOSED' });
  assert.equal(open().sync, undefined);
});
