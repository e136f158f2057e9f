// Transactions, savepoints, what must not hang, migrations; the result cache and live queries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheKey, ResultCache } from '../../../js/dist/services/sqlite/result-cache.js';
import { ValueRows } from '../../../js/dist/services/sqlite/value-rows.js';
import { count, open, refuses, sleep, value, watched, withTable } from './service-helpers.mjs';

test('40: a transaction commits, a throw rolls back with its own error, and nested ones are savepoints', async () => {
  const db = await withTable();
  const result = await db.transaction(async (tx) => {
    await tx.executeMany('INSERT INTO t (id) VALUES (?)', [[1], [2]]);
    const mine = new Error('mine');
    await assert.rejects(tx.transaction(async (inner) => {
      await inner.executeQuery('INSERT INTO t (id) VALUES (3)');
      assert.equal((await inner.executeQuery('SELECT count(*) AS n FROM t')).rows[0].n, 3);
      throw mine;
    }), (error) => error === mine);
    await tx.transaction(async (inner) => { await inner.transaction(async (third) => third.executeQuery('INSERT INTO t (id) VALUES (4)')); });
    return (await tx.executeQuery('SELECT group_concat(id) AS ids FROM t')).rows[0].ids;
  });
  assert.equal(result, '1,2,4');
  const mine = { not: 'an Error' };
  await assert.rejects(db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t'); throw mine; }), (error) => error === mine);
  await assert.rejects(db.transaction(() => { throw new TypeError('not even a promise'); }), TypeError);
  assert.equal(await count(db), 3);
  await refuses(() => db.transaction('x'), 'INVALID_ARGUMENT');
  await db.dispose();
});

test('other calls queue behind a transaction, in their order', async () => {
  const db = await withTable();
  const log = [];
  const first = db.transaction(async (tx) => {
    await tx.executeQuery('INSERT INTO t (id) VALUES (1)');
    await sleep(10);
    await tx.executeQuery('DELETE FROM t');
    log.push('first');
  });
  const seen = count(db);
  const second = db.transaction(async (tx) => { log.push('second'); await tx.executeQuery('INSERT INTO t (id) VALUES (2)'); });
  const last = count(db);
  assert.deepEqual(await Promise.all([seen, last]), [0, 1]);
  await Promise.all([first, second]);
  assert.deepEqual(log, ['first', 'second']);
  await db.dispose();
});

test('a call on the service inside its own transaction is told so instead of waiting for itself', async () => {
  const db = await withTable();
  await refuses(() => db.transaction(async () => { await sleep(1); await db.executeQuery('INSERT INTO t (id) VALUES (1)'); }), 'INVALID_ARGUMENT', /`tx`/);
  await refuses(() => db.transaction(async () => db.transaction(async () => 1)), 'INVALID_ARGUMENT', /`tx`/);
  // So does one on an outer transaction inside a nested one; a sibling of the nested one waits for its turn.
  await db.transaction(async (tx) => {
    await refuses(() => tx.transaction(async () => tx.executeQuery('SELECT 1')), 'INVALID_ARGUMENT', /outer transaction/);
    await refuses(() => tx.transaction((second) => second.transaction(async () => tx.transaction(async () => 1))), 'INVALID_ARGUMENT', /outer transaction/);
    await refuses(() => tx.transaction(async () => db.executeQuery('SELECT 1')), 'INVALID_ARGUMENT', /on the service/);
    await Promise.all([tx.transaction(async (second) => { await sleep(5); await second.executeQuery('SELECT 1'); }), tx.executeQuery('SELECT 2'), tx.transaction(async (third) => third.executeQuery('SELECT 3'))]);
  });
  // Somebody else's call at the same time is none of it.
  let outside;
  await db.transaction(async () => { await sleep(5); }).then(() => undefined, () => undefined);
  const held = db.transaction(async () => sleep(10));
  outside = await Promise.all([count(db), held]);
  assert.equal(outside[0], 0);
  // After its end the chain of calls is free again.
  const left = await new Promise((resolve) => { void db.transaction(async () => { setTimeout(() => resolve(count(db)), 20); }); });
  assert.equal(await left, 0);
  await db.dispose();
});

test('calls that wait for a quiet transaction are told of after five seconds, also those that wait for a nested one', async (t) => {
  const { warn } = console;
  const lines = [];
  console.warn = (line) => { lines.push(line); };
  t.after(() => { console.warn = warn; });
  const { db, events } = watched();
  await db.ready();
  let ahead = 0;
  const { performance } = globalThis;
  const now = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => now() + ahead);
  const timers = new Set();
  t.mock.method(globalThis, 'setInterval', (fn) => { timers.add(fn); return fn; });
  t.mock.method(globalThis, 'clearInterval', (fn) => { timers.delete(fn); });
  const told = () => events.filter(({ type }) => type === 'slow-call').map(({ data }) => data.waiting);
  const pass = () => { for (let i = 0; i < 8; i++) { ahead += 1000; for (const tick of timers) tick(); } };
  let end;
  const held = db.transaction(() => new Promise((resolve) => { end = resolve; }));
  await sleep(1);
  pass();
  assert.deepEqual(told(), [], 'nobody waits');
  const waits = count(db, 'sqlite_schema');
  pass();
  assert.deepEqual(told(), [1]);
  end();
  await Promise.all([held, waits]);
  await db.transaction(async (tx) => {
    const inner = tx.transaction(() => new Promise((resolve) => { end = resolve; }));
    await sleep(1);
    const two = [tx.executeQuery('SELECT 1'), tx.executeQuery('SELECT 2')];
    pass();
    end();
    await Promise.all([inner, ...two]);
  });
  assert.deepEqual(told(), [1, 2]);
  assert.equal(lines.length, 2);
  await db.dispose();
});

test('control statements inside are refused, and a transaction that SQLite undid says so', async () => {
  const db = await withTable();
  for (const sql of ['BEGIN', 'COMMIT', ' /* x */ end', 'ROLLBACK', 'rollback transaction']) await refuses(() => db.transaction(async (tx) => tx.executeQuery(sql)), 'INVALID_ARGUMENT', /not for use inside/);
  await db.transaction(async (tx) => { await tx.executeQuery('SAVEPOINT a'); await tx.executeQuery('INSERT INTO t (id) VALUES (1)'); await tx.executeQuery('ROLLBACK TO a'); await tx.executeQuery('RELEASE a'); });
  assert.equal(await count(db), 0);
  await db.executeQuery('INSERT INTO t (id) VALUES (1)');
  await refuses(() => db.transaction(async (tx) => {
    await tx.executeQuery('INSERT INTO t (id) VALUES (2)');
    await tx.executeQuery('INSERT OR ROLLBACK INTO t (id) VALUES (1)').catch(() => undefined);
    await tx.executeQuery('INSERT INTO t (id) VALUES (3)'); // would be outside of any transaction
  }), 'SQL', /rolled the transaction back/);
  assert.equal(await value(db, 'SELECT group_concat(id) FROM t'), '1');
  await db.dispose();
});

test('a tx that is used after its function ended is refused', async () => {
  const db = await withTable();
  let kept;
  await db.transaction(async (tx) => { kept = tx; });
  await refuses(() => kept.executeQuery('INSERT INTO t (id) VALUES (1)'), 'INVALID_ARGUMENT', /over/);
  await refuses(() => kept.transaction(async () => 1), 'INVALID_ARGUMENT', /over/);
  assert.equal(await count(db), 0);
  await db.dispose();
});

test('a transaction begun by SQL is joined by savepoints', async () => {
  const db = await withTable();
  await db.executeQuery('BEGIN');
  await db.transaction(async (tx) => tx.executeQuery('INSERT INTO t (id) VALUES (1)'));
  await db.executeMany('INSERT INTO t (id) VALUES (?)', [[2], [3]]);
  await assert.rejects(db.executeTransaction([{ sql: 'DELETE FROM t' }, { sql: 'SELECT nothing' }]));
  assert.equal(await count(db), 3);
  await db.executeQuery('ROLLBACK');
  assert.equal(await count(db), 0);
  await db.dispose();
});

test('40: random transactions agree with a model', async () => {
  let state = 7;
  const random = (n) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return (state >>> 8) % n; };
  const db = await withTable();
  const model = new Set();
  const work = async (tx, depth) => {
    for (let i = random(4); i >= 0; i--) {
      const id = random(30);
      if (random(3) === 0 && depth < 3) {
        const before = new Set(model);
        await tx.transaction((inner) => work(inner, depth + 1)).catch((error) => {
          assert.equal(error.message, 'undo');
          model.clear();
          for (const one of before) model.add(one);
        });
      } else if (random(2)) { await tx.executeQuery('INSERT OR IGNORE INTO t (id) VALUES (?)', [id]); model.add(id); } else { await tx.executeQuery('DELETE FROM t WHERE id = ?', [id]); model.delete(id); }
    }
    if (depth > 0 && random(3) === 0) throw new Error('undo');
  };
  for (let i = 0; i < 150; i++) {
    const before = new Set(model);
    await db.transaction((tx) => work(tx, 1)).catch((error) => {
      assert.equal(error.message, 'undo');
      model.clear();
      for (const one of before) model.add(one);
    });
    assert.deepEqual((await db.executeQuery('SELECT id FROM t ORDER BY id', [], { rows: 'arrays' })).rows.flat(), [...model].sort((a, b) => a - b));
  }
  await db.dispose();
});

test('migrate runs what is above user_version, each step whole', async () => {
  const db = open();
  assert.deepEqual(await db.migrate([]), { from: 0, to: 0 });
  const steps = ['CREATE TABLE a (x); INSERT INTO a VALUES (1)', async (tx) => { await tx.executeQuery('INSERT INTO a VALUES (2)'); }];
  assert.deepEqual(await db.migrate(steps), { from: 0, to: 2 });
  assert.deepEqual(await db.migrate(steps), { from: 2, to: 2 });
  const mine = new Error('mine');
  await assert.rejects(db.migrate([...steps, async (tx) => { await tx.executeQuery('DELETE FROM a'); throw mine; }]), (error) => error === mine);
  await refuses(() => db.migrate([...steps, 'INSERT INTO a VALUES (3); INSERT INTO nowhere VALUES (1)']), 'SQL');
  await refuses(() => db.migrate([...steps, 'DELETE FROM a; COMMIT']), 'INVALID_ARGUMENT', /not for use inside/);
  assert.deepEqual([await count(db, 'a'), await value(db, 'PRAGMA user_version')], [2, 2]);
  await refuses(() => db.migrate(['CREATE TABLE b (x)']), 'INVALID_ARGUMENT', /version 2.*1 steps/);
  await refuses(() => db.migrate('x'), 'INVALID_ARGUMENT');
  await db.dispose();
});

test('the cache serves what it read, and drops it when a table that it read is written', async () => {
  const db = await withTable();
  await db.executeQuery('CREATE TABLE other (x)');
  await db.executeQuery('CREATE VIEW v AS SELECT count(*) AS n FROM t');
  await db.executeQuery('CREATE TRIGGER tr AFTER INSERT ON other BEGIN INSERT INTO t (a) VALUES (new.x); END');
  const ask = async (sql, params, options) => { const { rows, fromCache } = await db.executeQuery(sql, params, { useCache: true, ...options }); return [Object.values(rows[0] ?? {})[0], fromCache]; };
  assert.deepEqual([await ask('SELECT count(*) FROM t'), await ask('SELECT count(*) FROM t')], [[0, false], [0, true]]);
  assert.deepEqual([await ask('SELECT n FROM v'), await ask('SELECT n FROM v')], [[0, false], [0, true]]);
  await db.executeQuery('DELETE FROM other');
  assert.deepEqual(await ask('SELECT count(*) FROM t'), [0, true], 'another table');
  await db.executeQuery('INSERT INTO other VALUES (1)');
  assert.deepEqual([await ask('SELECT count(*) FROM t'), await ask('SELECT n FROM v')], [[1, false], [1, false]], 'by a trigger');
  await db.transaction(async (tx) => {
    await tx.executeQuery('DELETE FROM t');
    assert.equal((await tx.executeQuery('SELECT n FROM v', [], { useCache: true })).rows[0].n, 0);
    throw new Error('undo');
  }).catch(() => undefined);
  assert.deepEqual(await ask('SELECT n FROM v'), [1, false], 'nothing of a transaction that was undone was kept');
  assert.equal((await ask('SELECT random() % 100'))[1] || (await ask('SELECT random() % 100'))[1], false);
  assert.equal((await ask("SELECT datetime('now')"))[1] || (await ask("SELECT datetime('now')"))[1], false);
  await ask('SELECT ?', [1]);
  assert.deepEqual([await ask('SELECT ?', ['1']), await ask('SELECT ?', [1])], [['1', false], [1, true]]);
  await db.createFunction('f', () => 1, { deterministic: true });
  await ask('SELECT f()');
  assert.deepEqual(await ask('SELECT f()'), [1, true]);
  await db.createFunction('f', () => 2, { deterministic: true });
  assert.deepEqual(await ask('SELECT f()'), [2, false]);
  await db.createFunction('f', () => 3);
  await ask('SELECT f()');
  assert.deepEqual(await ask('SELECT f()'), [3, false], 'not said to be deterministic');
  await ask("SELECT 'a' LIKE 'A'");
  await db.executeQuery('PRAGMA case_sensitive_like = ON');
  assert.deepEqual(await ask("SELECT 'a' LIKE 'A'"), [0, false]);
  await ask('SELECT * FROM t');
  await db.executeQuery('ALTER TABLE t RENAME COLUMN a TO c');
  assert.deepEqual(Object.keys((await db.executeQuery('SELECT * FROM t', [], { useCache: true })).rows[0]), ['id', 'c', 'b']);
  const bytes = await db.serialize();
  await ask('SELECT count(*) FROM t');
  await db.deserialize(bytes);
  assert.equal((await ask('SELECT count(*) FROM t'))[1], false);
  // A failure that keeps the rows before it.
  await ask('SELECT count(*) FROM t');
  await assert.rejects(db.executeQuery('INSERT OR FAIL INTO t (id) VALUES (100), (100)'));
  assert.deepEqual(await ask('SELECT count(*) FROM t'), [2, false]);
  await db.dispose();
});

test('kept results belong to nobody: changing one changes no other', async () => {
  const db = open();
  const ask = () => db.executeQuery("SELECT x'010203' AS b, 1 AS n", [], { useCache: true });
  await ask();
  const { rows: [first] } = await ask();
  first.b.fill(9); first.n = 5;
  const { rows: [second], fromCache } = await ask();
  assert.deepEqual([[...second.b], second.n, fromCache], [[1, 2, 3], 1, true]);
  await db.dispose();
});

test('the cache is bounded in entries and bytes', () => {
  const access = (...reads) => ({ reads: new Set(reads), writes: new Set(), schema: false, deterministic: true });
  const rows = (size) => new ValueRows(['a'], [['x'.repeat(size)]]);
  const cache = new ResultCache(3, 10_000);
  for (const key of ['a', 'b', 'c']) cache.set(key, rows(10), access('t'));
  cache.get('a');
  cache.set('d', rows(10), access('u'));
  assert.deepEqual(['a', 'b', 'c', 'd'].map((key) => cache.get(key) !== undefined), [true, false, true, true]);
  cache.set('large', rows(4000), access('t'));
  assert.ok(cache.bytes <= 10_000 && cache.get('large'));
  cache.set('too large', rows(20_000), access('t'));
  assert.equal(cache.get('too large'), undefined);
  cache.written({ ...access(), writes: new Set(['t']) });
  assert.deepEqual([cache.get('large'), cache.get('d') !== undefined], [undefined, true]);
  cache.written({ ...access(), writes: undefined });
  assert.deepEqual([cache.size, cache.bytes], [0, 0]);
  for (const never of [{ ...access(), reads: undefined }, { ...access('t'), deterministic: false }, { ...access('t'), writes: new Set(['t']) }]) cache.set('k', rows(1), never);
  assert.equal(cache.size, 0);
  const keys = [undefined, [], [1], ['1'], [1n], [null], [''], ['a', 'b'], ['ab'], { a: 1 }, { b: 1 }, [true, 2], [new Uint8Array([1])], [new Uint8Array([1, 2])], [new Date(5)]].map((params) => cacheKey('SELECT', params));
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(cacheKey('SELECT', [new Uint8Array(10_000)]), undefined);
});

test('subscribe tells the rows at once and after each commit that wrote what it reads, and no more', async () => {
  const db = await withTable();
  await db.executeQuery('CREATE TABLE other (x)');
  const told = [];
  const end = db.subscribe('SELECT count(*) AS n FROM t', [], ({ rows }) => told.push(rows[0].n));
  const settle = async () => { await db.ready(); await sleep(2); };
  await settle();
  await db.executeQuery('INSERT INTO other VALUES (1)');
  await settle();
  await db.transaction(async (tx) => { for (let i = 0; i < 5; i++) await tx.executeQuery('INSERT INTO t (a) VALUES (1)'); });
  await settle();
  await db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t'); throw new Error('undo'); }).catch(() => undefined);
  await settle();
  const insert = await db.prepare('INSERT INTO t (a) VALUES (1)');
  await insert.run();
  await settle();
  assert.deepEqual(told, [0, 5, 6]);
  end(); end();
  await db.executeQuery('DELETE FROM t');
  await settle();
  assert.deepEqual(told, [0, 5, 6]);
  await db.dispose();
});

test('a live query that fails, or whose listener throws, harms nobody', async () => {
  const { db, events } = watched();
  await db.executeQuery('CREATE TABLE t (a)');
  const told = [];
  db.subscribe('SELECT count(*) AS n FROM t', [], () => { throw new Error('listener'); });
  db.subscribe('SELECT * FROM later', [], ({ rowCount }) => told.push(rowCount));
  await db.ready(); await sleep(2);
  await db.executeQuery('CREATE TABLE later (x)');
  await db.executeQuery('INSERT INTO later VALUES (1)');
  await db.ready(); await sleep(2);
  assert.equal(told.at(-1), 1);
  const errors = events.filter(({ type }) => type === 'error').map(({ message }) => message);
  assert.ok(errors.some((message) => /listener/.test(message)) && errors.some((message) => /no such table/.test(message)), errors.join());
  assert.throws(() => db.subscribe('SELECT 1', [], 'x'), { code: 'INVALID_ARGUMENT' });
  await db.dispose();
});

test('onChange tells each row that a commit changed, and nothing of what was undone', async () => {
  const db = await withTable();
  if ((await db.ready(), db.info.engine) === 'node:sqlite') {
    assert.throws(() => db.onChange(() => undefined), { code: 'UNSUPPORTED', message: /update hook/ });
    return db.dispose();
  }
  const told = [];
  const end = db.onChange(({ table, operation, rowid }) => told.push(`${operation} ${table} ${rowid}`));
  await db.executeMany('INSERT INTO t (id) VALUES (?)', [[1], [2]]);
  await db.executeTransaction([{ sql: 'UPDATE t SET a = 1 WHERE id = 2' }, { sql: 'DELETE FROM t WHERE id = 1' }]);
  await db.transaction(async (tx) => {
    await tx.executeQuery('INSERT INTO t (id) VALUES (3)');
    await tx.transaction(async (inner) => { await inner.executeQuery('INSERT INTO t (id) VALUES (4)'); throw new Error('undo'); }).catch(() => undefined);
  });
  await db.transaction(async (tx) => { await tx.executeQuery('INSERT INTO t (id) VALUES (5)'); throw new Error('undo'); }).catch(() => undefined);
  await assert.rejects(db.executeQuery('INSERT INTO t (id) VALUES (6), (2)'));
  assert.deepEqual(told, ['insert t 1', 'insert t 2', 'update t 2', 'delete t 1', 'insert t 3']);
  end();
  await db.executeQuery('DELETE FROM t');
  assert.equal(told.length, 5);
  await db.dispose();
});
