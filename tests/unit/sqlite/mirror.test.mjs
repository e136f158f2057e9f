// The copy of a database in its worker's memory: after every call it is, byte for byte, the file as it was committed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadModule } from '../../../js/dist/loader/index.js';
import { SQLITE } from '../../../js/dist/loader/sqlite.gen.js';
import { resolveConfig } from '../../../js/dist/services/sqlite/config.js';
import { SqlCore } from '../../../js/dist/services/sqlite/core.js';
import { Mirror, MIRROR_LIMIT, MirrorFeed } from '../../../js/dist/services/sqlite/mirror.js';
import { SQLiteService } from '../../../js/dist/services/sqlite/service.js';
import { faults } from '../../../js/dist/testing.js';

const { module } = await loadModule(SQLITE, 'simd');
const context = { sink: { call() {}, event() {} }, attach() {} };

/** A database as it is in a worker, and its copy; `cut` says which news do not arrive. */
function mirrored({ initial, cut = () => false } = {}) {
  const mirror = new Mirror(), news = [];
  const feed = new MirrorFeed((one) => { news.push(one); if (!cut(one)) mirror.hear(structuredClone(one)); });
  const config = resolveConfig({ implementation: 'simd', host: 'inline' });
  const core = new SqlCore(config, context, { selection: { variant: 'simd', reason: '', rejected: [] }, module, pinned: true, mirror: feed, ...(initial && { initial }) });
  return { db: new SQLiteService(config, context, core), mirror, news };
}
const same = async ({ db, mirror }, what) => assert.ok(Buffer.from(mirror.image() ?? []).equals(Buffer.from(await db.serialize())), `the copy is the file after ${what}`);

const text = (seed, n) => `${seed} `.repeat(n);
const STEPS = {
  insert: (db, n) => db.executeMany('INSERT INTO t (b) VALUES (?)', Array.from({ length: n }, (_, i) => [text(i, n)])),
  update: (db, n) => db.executeQuery('UPDATE t SET b = b || ? WHERE a % 3 = 0', [text(n, n % 50)]),
  delete: (db, n) => db.executeQuery('DELETE FROM t WHERE a % ? = 0', [2 + n % 5]),
  vacuum: (db) => db.executeQuery('VACUUM'),
  index: async (db) => { await db.executeQuery('CREATE INDEX IF NOT EXISTS i ON t (b)'); },
  drop: async (db) => { await db.executeQuery('DROP INDEX IF EXISTS i'); },
  undone: (db, n) => db.transaction(async (tx) => { await tx.executeMany('INSERT INTO t (b) VALUES (?)', Array.from({ length: n }, () => [text(n, 20)])); throw new Error('undo'); }).catch(() => undefined),
  fails: (db) => db.executeQuery("INSERT INTO t (a) VALUES ('no number')").catch(() => undefined),
  script: async (db, n) => { await db.executeTransaction([{ sql: 'INSERT INTO t (b) VALUES (1)' }, { sql: 'DELETE FROM t WHERE a = ?', params: [n] }]); },
  deserialize: async (db) => { const bytes = await db.serialize(); await db.executeQuery('DELETE FROM t'); await db.deserialize(bytes); },
  traps: async (db) => { faults.trapNextCall('sqlite'); await db.executeQuery('SELECT count(*) FROM t'); },
};

test('13: property: whatever is done, the copy is the committed file; control: one message that is lost is noticed', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.integer({ min: 1, max: 120 })), { maxLength: 14 }), async (steps) => {
    const one = mirrored();
    await one.db.executeQuery('CREATE TABLE t (a INTEGER PRIMARY KEY, b)');
    for (const [step, n] of steps) {
      await STEPS[step](one.db, n);
      await same(one, step);
    }
    const again = mirrored({ initial: one.mirror.image() });
    assert.deepEqual((await again.db.executeQuery('SELECT * FROM t')).rows, (await one.db.executeQuery('SELECT * FROM t')).rows);
    assert.deepEqual((await again.db.executeQuery('PRAGMA integrity_check')).rows, [{ integrity_check: 'ok' }]);
    await Promise.all([one.db.dispose(), again.db.dispose()]);
  }), { seed: 20261127, numRuns: 40 });
  let count = 0;
  const cut = mirrored({ cut: () => ++count === 2 });
  await cut.db.executeQuery('CREATE TABLE t (a INTEGER PRIMARY KEY, b)');
  await STEPS.insert(cut.db, 50);
  await assert.rejects(same(cut, 'a lost message'), /the copy is the file/);
  await cut.db.dispose();
});

test('a read sends nothing; a database beyond the limit is no longer copied, once told; control: below it every commit is', { timeout: 120_000 }, async () => {
  const one = mirrored();
  await one.db.executeQuery('CREATE TABLE t (a INTEGER PRIMARY KEY, b)');
  const before = one.news.length;
  await one.db.executeQuery('SELECT * FROM t');
  assert.equal(one.news.length, before);
  await STEPS.insert(one.db, 10);
  assert.equal(one.news.length, before + 1, 'control');
  await one.db.executeQuery('INSERT INTO t (b) VALUES (zeroblob(?))', [MIRROR_LIMIT]);
  assert.match(one.mirror.off, /64 MiB/);
  const told = one.news.length;
  await STEPS.insert(one.db, 10);
  assert.equal(one.news.length, told);
  assert.equal(one.mirror.image(), undefined);
  assert.equal(one.mirror.memoryBytes, 0);
  await one.db.dispose();
});
