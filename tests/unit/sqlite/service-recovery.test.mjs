// An engine that dies in the middle: what is replaced, what is repeated, what is refused. The death is played on the fallback, whose database
// then stands for the files that a WebAssembly engine gives out of its dead memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineSource } from '../../../js/dist/services/sqlite/engine-source.js';
import { HostEngine } from '../../../js/dist/services/sqlite/engines/host-engine.js';
import { HostEngineStatement } from '../../../js/dist/services/sqlite/engines/host-statement.js';
import { sqliteServiceError } from '../../../js/dist/services/sqlite/errors.js';
import { count, refuses, value, watched } from './service-helpers.mjs';

/** The next call of a statement's method throws as a trapped instance does. */
function trapNext(method) {
  const original = HostEngineStatement.prototype[method];
  HostEngineStatement.prototype[method] = function () {
    HostEngineStatement.prototype[method] = original;
    throw sqliteServiceError('INSTANCE_POISONED', 'unreachable');
  };
}

/** What was committed survives its engine, as the files of an arena do. */
async function surviving(work) {
  const { open } = EngineSource.prototype;
  HostEngine.prototype.salvage = function () {
    if (this.inTransaction) this.exec('ROLLBACK'); // what a hot journal does
    return new Map([['db', this.serialize()]]);
  };
  EngineSource.prototype.open = function (initial) {
    const engine = open.call(this);
    if (initial) engine.deserialize(initial.get('db'));
    return engine;
  };
  try { await work(); } finally {
    EngineSource.prototype.open = open;
    delete HostEngine.prototype.salvage;
  }
}

test('a read is repeated on a fresh engine, which has everything committed and every function', () => surviving(async () => {
  const { db, events } = watched({ implementation: 'js' });
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY)');
  await db.executeMany('INSERT INTO t VALUES (?)', [[1], [2]]);
  await db.createFunction('twice', (x) => x * 2);
  await db.executeQuery('PRAGMA recursive_triggers = ON');
  const kept = await db.prepare('SELECT twice(max(id)) AS m FROM t');
  trapNext('objects');
  assert.equal(await count(db), 2);
  trapNext('get');
  assert.deepEqual(await kept.get(), { m: 4 });
  assert.equal(await value(db, 'PRAGMA recursive_triggers'), 1);
  assert.equal(events.filter(({ type }) => type === 'recovery').length, 2);
  await db.dispose();
}));

test('a write is not repeated: it rejects, was undone, and the database goes on', () => surviving(async () => {
  const { db } = watched({ implementation: 'js' });
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY)');
  trapNext('run');
  await refuses(() => db.executeQuery('INSERT INTO t VALUES (1)'), 'INSTANCE_POISONED', /run it again/);
  assert.equal(await count(db), 0);
  const insert = await db.prepare('INSERT INTO t VALUES (?)');
  trapNext('run');
  await refuses(() => insert.run([1]), 'INSTANCE_POISONED');
  await insert.run([1]);
  trapNext('runMany');
  await refuses(() => db.executeMany('INSERT INTO t VALUES (?)', [[2], [3]]), 'INSTANCE_POISONED');
  assert.equal(await count(db), 1);
  db.sync.exec('DELETE FROM t');
  trapNext('run');
  assert.throws(() => db.sync.transaction(() => { db.sync.prepare('INSERT INTO t VALUES (9)').run(); }), { code: 'INSTANCE_POISONED' });
  assert.equal(await count(db), 0);
  await db.dispose();
}));

test('an open transaction is lost with its engine, and only that', () => surviving(async () => {
  const { db } = watched({ implementation: 'js' });
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY)');
  await refuses(() => db.transaction(async (tx) => {
    await tx.executeQuery('INSERT INTO t VALUES (1)');
    trapNext('objects');
    await refuses(() => tx.executeQuery('SELECT * FROM t'), 'INSTANCE_POISONED');
    await refuses(() => tx.executeQuery('INSERT INTO t VALUES (2)'), 'INSTANCE_POISONED', /undone/);
  }), 'INSTANCE_POISONED', /run it again/);
  assert.equal(await count(db), 0);
  await db.transaction(async (tx) => tx.executeQuery('INSERT INTO t VALUES (3)'));
  const told = [];
  db.subscribe('SELECT count(*) AS n FROM t', [], ({ rows }) => told.push(rows[0].n));
  await db.ready();
  trapNext('objects');
  assert.equal(await count(db), 1);
  await db.executeQuery('INSERT INTO t VALUES (4)');
  for (let i = 0; i < 20 && told.at(-1) !== 2; i++) await db.ready();
  assert.equal(told.at(-1), 2, 'live queries go on');
  await db.dispose();
}));

test('a stream whose engine died says that its rows are gone', () => surviving(async () => {
  const { db } = watched({ implementation: 'js' });
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY)');
  await db.executeMany('INSERT INTO t VALUES (?)', [[1], [2], [3]]);
  await refuses(async () => {
    for await (const _ of db.stream('SELECT * FROM t', [], { chunkSize: 1 })) { trapNext('objects'); await count(db); }
  }, 'ABORTED', /gone/);
  await db.dispose();
}));

test('an engine whose database cannot be saved ends the service in words, not in an empty database', async () => {
  const { db, events } = watched({ implementation: 'js' });
  await db.executeQuery('CREATE TABLE t (a)');
  trapNext('objects');
  await refuses(() => count(db), 'INSTANCE_POISONED', /brought over.*make a new service/);
  await refuses(() => db.executeQuery('CREATE TABLE t (a)'), 'INSTANCE_POISONED');
  assert.ok(events.some(({ type }) => type === 'error'));
  await db.dispose();
});
