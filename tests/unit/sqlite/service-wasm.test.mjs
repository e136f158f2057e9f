// The service's tests once more, over the WebAssembly engine; and real traps in the artifact that is shipped.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createSQLiteUtils } from '../../../js/dist/services/sqlite/index.js';
import { faults } from '../../../js/dist/testing.js';
import { count, refuses, sleep, value } from './service-helpers.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

function wasm(config = {}) {
  const events = [];
  const db = createSQLiteUtils({ implementation: 'simd', host: 'inline', ...config }, { sink: { call: () => undefined, event: (event) => events.push(event) }, attach: () => undefined });
  return { db, events };
}

for (const name of ['service', 'service-transactions', 'service-sync', 'service-worker']) {
  test(`over WebAssembly: ${name}`, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', join(here, `${name}.test.mjs`)], { encoding: 'utf8', env: { ...process.env, SQLITE_IMPLEMENTATION: 'simd', NODE_TEST_CONTEXT: undefined } });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /ℹ pass [1-9]/);
  });
}

test('a trap: a read is repeated, a write rejects and was undone, what was committed stands', async () => {
  const { db, events } = wasm();
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT)');
  await db.executeMany('INSERT INTO t VALUES (?, ?)', Array.from({ length: 5000 }, (_, i) => [i, `text ${i}`.repeat(10)]));
  await db.createFunction('twice', (x) => x * 2);
  const kept = await db.prepare('SELECT twice(max(id)) AS m FROM t');
  faults.trapNextCall('sqlite');
  assert.equal(await count(db), 5000);
  const remove = await db.prepare('DELETE FROM t WHERE id < ?');
  faults.trapNextCall('sqlite');
  await refuses(() => remove.run([100]), 'INSTANCE_POISONED');
  assert.equal(await count(db), 5000);
  // A trap while a statement is compiled has begun nothing: it is compiled again and runs.
  faults.trapNextCall('sqlite');
  assert.equal((await db.executeQuery('DELETE FROM t WHERE id = 17')).changes, 1);
  await db.executeQuery('INSERT INTO t (id) VALUES (17)');
  await refuses(() => db.transaction(async (tx) => {
    await tx.executeQuery('DELETE FROM t');
    faults.trapNextCall('sqlite');
    await tx.executeQuery('SELECT 1');
  }), 'INSTANCE_POISONED');
  assert.deepEqual(await kept.get(), { m: 9998 });
  assert.equal(await value(db, 'PRAGMA integrity_check'), 'ok');
  assert.equal(events.filter(({ type }) => type === 'recovery').length, 4);
  await db.dispose();
});

test('traps that come too often: the fallback takes over with everything committed, unless the variant is pinned', async () => {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    const { db, events } = wasm({ implementation: 'auto' });
    await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY)');
    await db.executeMany('INSERT INTO t VALUES (?)', [[1], [2]]);
    for (let i = 0; i < 4; i++) { faults.trapNextCall('sqlite'); assert.equal(await count(db), 2); }
    assert.equal(await count(db), 2);
    assert.equal(db.info.variant, 'js');
    assert.match(db.info.reason, /trapped 4 times/);
    assert.ok(events.some(({ type }) => type === 'fallback'));
    await db.dispose();
    const pinned = wasm();
    await pinned.db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY)');
    for (let i = 0; i < 6; i++) { faults.trapNextCall('sqlite'); assert.equal(await count(pinned.db), 0); }
    assert.equal(pinned.db.info.engine, 'rusqlite');
    await pinned.db.dispose();
  } finally { console.warn = warn; }
});

test('a file: WAL, reopened, locked against a second service, whole after a trap', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sqlite-service-'));
  try {
    const storage = { file: join(directory, 'a.db') };
    const { db } = wasm({ storage });
    await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY)');
    assert.equal(db.info.journalMode, 'wal');
    await db.executeMany('INSERT INTO t VALUES (?)', [[1], [2], [3]]);
    const second = wasm({ storage });
    await refuses(() => second.db.ready(), 'BUSY');
    await second.db.dispose();
    faults.trapNextCall('sqlite');
    assert.equal(await count(db), 3);
    await db.dispose();
    const again = wasm({ storage, readonly: true });
    assert.equal(await count(again.db), 3);
    await refuses(() => again.db.executeQuery('INSERT INTO t VALUES (4)'), 'READONLY');
    await again.db.dispose();
    const plain = wasm({ storage: { file: join(directory, 'b.db') }, enableWAL: false });
    await plain.db.executeQuery('CREATE TABLE t (a)');
    assert.equal(plain.db.info.journalMode, 'delete');
    await plain.db.dispose();
  } finally { rmSync(directory, { recursive: true, force: true }); }
});

test('a deadline and, in a worker, a signal stop a statement while it runs', async () => {
  const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
  const { db } = wasm();
  await refuses(() => db.executeQuery(endless, [], { timeoutMs: 50 }), 'TIMEOUT');
  assert.equal(await value(db, 'SELECT 1'), 1);
  await db.dispose();
  const behind = wasm({ host: 'worker' });
  await behind.db.ready();
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 30);
  await refuses(() => behind.db.executeQuery(endless, [], { signal: controller.signal }), 'ABORTED');
  assert.equal(await value(behind.db, 'SELECT 1'), 1);
  await behind.db.dispose();
});

test('a worker that dies with a file: the next one goes on with everything committed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sqlite-service-'));
  try {
    const { db, events } = wasm({ host: 'worker', storage: { file: join(directory, 'a.db') } });
    await db.executeQuery('CREATE TABLE t (a)');
    await db.executeMany('INSERT INTO t VALUES (?)', [[1], [2]]);
    faults.killWorker('sqlite');
    let n;
    for (let i = 0; i < 50 && n === undefined; i++) n = await count(db).catch(async ({ code }) => { assert.ok(['BUSY', 'WORKER_LOST'].includes(code), code); await sleep(50); });
    assert.equal(n, 2);
    assert.ok(events.some(({ type }) => type === 'restart'));
    await db.dispose();
  } finally { rmSync(directory, { recursive: true, force: true }); }
});

test('changesets go from one database to another', async () => {
  const [a, b] = [wasm().db, wasm().db];
  for (const db of [a, b]) await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, x)');
  const changes = await a.changeset(async () => { await a.executeMany('INSERT INTO t VALUES (?, ?)', [[1, 'a'], [2, 'b']]); });
  await b.applyChangeset(changes);
  assert.equal(await count(b), 2);
  await refuses(() => b.applyChangeset(changes), 'SQL');
  await a.dispose();
  await b.dispose();
});

test('plans and advice come through the service', async () => {
  const { db } = wasm();
  await db.executeQuery('CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, note TEXT)');
  await db.executeMany('INSERT INTO orders (customer, note) VALUES (?, ?)', Array.from({ length: 5000 }, (_, i) => [i % 500, `note ${i}`]));
  const [step] = await db.getQueryPlan('SELECT * FROM orders WHERE customer = ?', [5]);
  assert.equal(step.scansTable, 'orders');
  const { indexRecommendations: [index] } = await db.analyzeQuery('SELECT * FROM orders WHERE customer = ?', [5]);
  await db.executeQuery(index.sql);
  assert.ok((await db.getQueryPlan('SELECT * FROM orders WHERE customer = ?', [5]))[0].usesIndex);
  await db.dispose();
});
