// The same service behind a worker: messages, cancelling, death, and what cannot cross.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createSQLiteUtils } from '../../../js/dist/services/sqlite/index.js';
import { faults } from '../../../js/dist/testing.js';
import { count, IMPLEMENTATION, refuses, sleep, value } from './service-helpers.mjs';

function behind(config = {}, context = {}) {
  const events = [];
  const db = createSQLiteUtils({ implementation: IMPLEMENTATION, host: 'worker', ...config }, { sink: { call: () => undefined, event: (event) => events.push(event) }, attach: () => undefined, ...context });
  return { db, events };
}

test('a worker answers like the thread itself', async () => {
  const { db } = behind();
  assert.equal(db.info.host, 'worker');
  assert.equal(db.sync, undefined);
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT)');
  const bytes = new Uint8Array([1, 2, 3]);
  const first = db.executeQuery('INSERT INTO t (a, b) VALUES (?, ?)', [bytes.subarray(1), 'x']);
  bytes.fill(9);
  await first;
  assert.deepEqual((await db.executeQuery('SELECT a, b, 9007199254740993 AS big FROM t', [], { bigint: true })).rows, [{ a: new Uint8Array([2, 3]), b: 'x', big: 9007199254740993n }]);
  assert.deepEqual(await db.executeMany('INSERT INTO t (a) VALUES (?)', [[1], [2]]), { changes: 2 });
  const batch = await db.executeBatch([{ sql: 'SELECT id FROM t', options: { rows: 'columns' } }, { sql: 'SELECT nothing' }], { transaction: false, continueOnError: true });
  assert.deepEqual([...batch[0].columnData.id], [1, 2, 3]);
  assert.equal(batch[1].error.code, 'SQL');
  await refuses(() => db.executeQuery('SELECT a FROM nowhere'), 'SQL', /no such table/);
  const statement = await db.prepare('SELECT count(*) AS n FROM t WHERE id > ?');
  assert.deepEqual([await statement.get([0]), await statement.all([2])], [{ n: 3 }, [{ n: 1 }]]);
  await refuses(() => db.prepare('SELECT FROM'), 'SQL');
  let rows = 0;
  for await (const portion of db.stream('SELECT * FROM t', [], { chunkSize: 2 })) rows += portion.length;
  assert.equal(rows, 3);
  assert.equal(await db.transaction(async (tx) => {
    await tx.executeQuery('DELETE FROM t');
    await tx.transaction(async (inner) => { await inner.executeMany('INSERT INTO t (a) VALUES (?)', [[7]]); throw new Error('undo'); }).catch(() => undefined);
    return (await tx.executeQuery('SELECT count(*) AS n FROM t')).rows[0].n;
  }), 0);
  assert.deepEqual(await db.migrate(['INSERT INTO t (a) VALUES (1)', async (tx) => { await tx.executeQuery('INSERT INTO t (a) VALUES (2)'); }]), { from: 0, to: 2 });
  const cached = async () => (await db.executeQuery('SELECT count(*) AS n FROM t', [], { useCache: true })).fromCache;
  assert.deepEqual([await cached(), await cached()], [false, true]);
  const image = await db.serialize();
  await db.executeQuery('DROP TABLE t');
  await db.deserialize(image);
  assert.equal(await count(db), 2);
  assert.equal((await db.optimizeDatabase()).integrity, 'ok');
  assert.equal(db.info.loaded, true);
  await db.dispose();
  await refuses(() => db.executeQuery('SELECT 1'), 'DISPOSED');
});

test('live queries hear of commits in the worker', async () => {
  const { db } = behind();
  await db.executeQuery('CREATE TABLE t (a)');
  const told = [];
  db.subscribe('SELECT count(*) AS n FROM t', [], ({ rows }) => told.push(rows[0].n));
  await db.ready(); await sleep(20);
  await db.executeTransaction([{ sql: 'INSERT INTO t VALUES (1)' }, { sql: 'INSERT INTO t VALUES (2)' }]);
  for (let i = 0; i < 100 && told.length < 2; i++) await sleep(5);
  assert.deepEqual(told, [0, 2]);
  await db.dispose();
});

test('a function cannot cross, a module can', async () => {
  const { db } = behind();
  await refuses(() => db.createFunction('f', () => 1), 'UNSUPPORTED', /module.*host: 'inline'/);
  await refuses(() => db.createAggregate('f', { start: () => 1, step: () => 1, result: () => 1 }), 'UNSUPPORTED', /inline/);
  await db.createFunction('shout', { module: new URL('./functions.fixture.mjs', import.meta.url), export: 'shout' });
  assert.equal(await value(db, "SELECT shout('a')"), 'A!');
  await db.dispose();
});

test('a signal stops work in the worker, where threads share memory', async () => {
  const { db } = behind();
  const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c';
  const controller = new AbortController();
  await db.ready();
  setTimeout(() => controller.abort(), 30);
  await refuses(() => db.executeQuery(endless, [], { signal: controller.signal }), 'ABORTED');
  await refuses(() => db.executeQuery(endless, [], { timeoutMs: 30 }), 'TIMEOUT');
  assert.equal(await value(db, 'SELECT 1'), 1, 'the worker goes on');
  await db.dispose();
});

/** What was in memory is gone, and what is to be done. */
const GONE = /with it the database.*dispose\(\) of this service and make a new one.*'opfs'.*serialize\(\)/;

/** The WebAssembly engine tells each commit's blocks to the thread that called; the fallback keeps no log of what it writes. */
const COPIED = IMPLEMENTATION !== 'js';

test('13: a worker that dies: a database in memory is there again, as it was after the last commit; control: one that is not copied is gone, and says so', async () => {
  const { db, events } = behind();
  await db.executeQuery('CREATE TABLE t (a)');
  faults.killWorker('sqlite');
  if (COPIED) {
    await db.executeMany('INSERT INTO t VALUES (?)', Array.from({ length: 5000 }, (_, i) => [`row ${i}`]));
    const image = await db.serialize();
    faults.killWorker('sqlite');
    assert.deepEqual(await db.serialize(), image, 'byte for byte');
    await db.executeQuery('DELETE FROM t WHERE rowid > 10');
    await db.executeQuery('VACUUM');
    faults.killWorker('sqlite');
    assert.equal(await count(db), 10);
    assert.equal(await value(db, 'PRAGMA integrity_check'), 'ok');
    assert.equal(events.filter(({ type }) => type === 'restart').length, 3);
    await db.dispose();
    return;
  }
  for (let i = 0; i < 2; i++) await refuses(() => db.executeQuery('SELECT count(*) FROM t'), 'WORKER_LOST', GONE);
  assert.ok(events.some(({ type }) => type === 'error'));
  await db.dispose();
});

/** A thread that waits for nothing keeps no process alive, so this does. */
function gone(thread) {
  const hold = setInterval(() => undefined, 1000);
  return new Promise((resolve) => { thread.once('exit', resolve); }).finally(() => clearInterval(hold));
}
/** Whether this Node brings an SQLite of its own. */
const FALLBACK_FILES = process.getBuiltinModule?.('node:sqlite') !== undefined;
const WORKER = new URL('../../../js/dist/worker/sqlite.entry.js', import.meta.url);
const DEATHS = {
  'ended from outside': (thread) => { void thread.terminate(); },
  'ends itself': async (_, db) => { await refuses(() => value(db, "SELECT exit_now('')"), 'WORKER_LOST', GONE); },
  'throws outside of a call': async (_, db) => { await value(db, "SELECT throw_later('')").catch(() => undefined); },
  'runs out of its heap': async (_, db) => { await refuses(() => value(db, "SELECT fill_heap('')"), 'WORKER_LOST', GONE); },
};
// Bun gives a worker no heap of its own to run out of.
if (process.versions.bun) delete DEATHS['runs out of its heap'];
/** What ends its own worker does so again when it is asked again: the caller hears of it. */
const refusesAsLost = (how, db) => refuses(() => value(db, how === 'ends itself' ? "SELECT exit_now('')" : "SELECT fill_heap('')"), 'WORKER_LOST');
for (const [how, die] of Object.entries(DEATHS)) {
  test(`13: a worker that ${how}: ${COPIED ? 'the database in memory goes on in the next one' : 'every call says that the database in memory is gone, none meets an empty one, a new service begins'}`, async () => {
    let thread;
    const { db, events } = behind({}, { worker: () => (thread = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: 32 }, stderr: true })) });
    await db.executeQuery('CREATE TABLE t (a)');
    await db.executeQuery('INSERT INTO t VALUES (1)');
    for (const name of ['exit_now', 'throw_later', 'fill_heap']) await db.createFunction(name, { module: new URL('./functions.fixture.mjs', import.meta.url), export: name });
    const ended = gone(thread);
    if (COPIED) {
      const waiting = how === 'throws outside of a call' ? [] : [db.executeQuery('SELECT count(*) AS n FROM t'), db.executeQuery('INSERT INTO t VALUES (2)')].map((call) => call.catch((error) => error));
      await (how === 'ended from outside' || how === 'throws outside of a call' ? die(thread, db) : refusesAsLost(how, db));
      await ended;
      const [read, write] = await Promise.all(waiting);
      const n = await count(db);
      if (read) assert.deepEqual(read.rows, [{ n: 1 }], 'a read is asked again of the next worker');
      if (write) assert.equal(n, write.code === 'WORKER_LOST' ? 1 : 2);
      await db.executeQuery('INSERT INTO t VALUES (3)');
      assert.equal(await count(db), n + 1);
      assert.ok(events.some(({ type }) => type === 'restart'));
      await db.dispose();
      return;
    }
    // One waits while it happens, a read and a write.
    const dying = die(thread, db);
    const waiting = how === 'throws outside of a call' ? [] : [db.executeQuery('SELECT count(*) FROM t'), db.executeQuery('INSERT INTO t VALUES (2)')].map((call) => call.then(({ rows }) => assert.fail(`answered with ${JSON.stringify(rows)}`), (error) => error));
    await dying;
    await ended;
    for (const error of await Promise.all(waiting)) { assert.equal(error.code, 'WORKER_LOST'); assert.match(error.message, GONE); }
    // Nothing makes the table again, or an empty database.
    for (const call of [
      () => db.executeQuery('SELECT count(*) FROM t'), () => db.executeQuery('CREATE TABLE t (a)'), () => db.executeMany('INSERT INTO t VALUES (?)', [[1]]),
      () => db.transaction(async () => undefined), () => db.serialize(), () => db.deserialize(new Uint8Array()), () => db.prepare('SELECT 1'),
      async () => { for await (const _ of db.stream('SELECT 1')); },
    ]) await refuses(call, 'WORKER_LOST', GONE);
    assert.equal(db.info.loaded, false);
    assert.equal(events.filter(({ type }) => type === 'error').length, 1);
    await db.dispose();
    await refuses(() => db.executeQuery('SELECT 1'), 'DISPOSED');
    const { db: next } = behind();
    await next.executeQuery('CREATE TABLE t (a)');
    assert.equal(await count(next), 0);
    await next.dispose();
  });
}

test('a durable database goes on by itself in a new worker, however often an owner ends the old one', async () => {
  if (IMPLEMENTATION === 'js' && !FALLBACK_FILES) { // sql.js has no files
    await refuses(() => behind({ storage: { file: 'never.db' } }).db.ready(), 'UNSUPPORTED', /sql\.js/);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-worker-'));
  try {
    let thread;
    const { db, events } = behind({ storage: { file: join(folder, 'app.db') } }, { worker: () => (thread = new Worker(WORKER)) });
    await db.executeQuery('CREATE TABLE t (a)');
    for (let death = 1; death <= 3; death++) {
      await db.executeQuery('INSERT INTO t VALUES (?)', [death]);
      const ended = gone(thread);
      void thread.terminate();
      await ended;
      assert.equal(await count(db), death);
    }
    assert.equal(events.filter(({ type }) => type === 'restart').length, 3);
    assert.equal(await value(db, 'PRAGMA integrity_check'), 'ok');
    await db.dispose();
  } finally { rmSync(folder, { recursive: true, force: true }); }
});

test('a transaction in a worker that dies rejects', async () => {
  const { db } = behind();
  await db.executeQuery('CREATE TABLE t (a)');
  await refuses(() => db.transaction(async (tx) => { faults.killWorker('sqlite'); await tx.executeQuery('INSERT INTO t VALUES (1)'); }), 'WORKER_LOST');
  await db.dispose();
});

test('where no worker can be had, this thread answers and info says why', async () => {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    const { db, events } = behind({}, { worker: () => { throw new Error('no workers today'); } });
    await db.executeQuery('CREATE TABLE t (a)');
    assert.equal(db.info.host, 'inline');
    assert.match(db.info.reason, /no workers today/);
    await db.createFunction('f', () => 5);
    assert.equal((await db.executeBatch([{ sql: 'SELECT f() AS v' }]))[0].rows[0].v, 5);
    let rows = 0;
    for await (const portion of db.stream('SELECT 1 UNION SELECT 2')) rows += portion.length;
    assert.equal(rows, 2);
    assert.ok(events.some(({ type }) => type === 'fallback'));
    await db.dispose();
  } finally { console.warn = warn; }
});

test('dispose while the worker starts ends it', async () => {
  const { db } = behind();
  const waiting = db.executeQuery('SELECT 1');
  const outcome = refuses(() => waiting, 'DISPOSED');
  await db.dispose();
  await outcome;
});
