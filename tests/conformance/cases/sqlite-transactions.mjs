/** Order of calls, transactions, batches and many rows: all or nothing. */
import { column, one, rows, sleep, withRows } from '../lib/sqlite.mjs';

const count = (db) => one(db, 'SELECT count(*) FROM t');
const insert = (target, id) => target.executeQuery('INSERT INTO t VALUES (?, ?, ?)', [id, id, `n ${id}`]);

export default [
  {
    name: 'sqlite order: calls that are not awaited take effect in the order they were made',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const calls = [
        db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)'),
        insert(db, 1),
        db.executeMany('INSERT INTO t VALUES (?, ?, ?)', [[2, 2, 'x'], [3, 3, 'y']]),
        count(db),
        db.executeTransaction([{ sql: 'DELETE FROM t WHERE id = 1' }, { sql: 'UPDATE t SET a = a * 10' }]),
        column(db, 'SELECT a FROM t ORDER BY id'),
        db.transaction(async (tx) => { await insert(tx, 4); await sleep(20); }),
        count(db),
        db.executeQuery('DELETE FROM t'),
        count(db),
      ];
      const results = await Promise.all(calls);
      assert.equal(results[3], 3);
      assert.deepEqual(results[5], [20, 30]);
      assert.equal(results[7], 3);
      assert.equal(results[9], 0);
    },
  },
  {
    name: 'sqlite order: a call that fails does not stop those behind it',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      const [a, b, c] = await Promise.allSettled([insert(db, 1), insert(db, 2), count(db)]);
      assert.equal(a.status, 'rejected');
      assert.equal(b.status, 'fulfilled');
      assert.equal(c.value, 2);
    },
  },
  {
    name: 'sqlite order: 500 inserts at once give rowids in order',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const results = await Promise.all(Array.from({ length: 500 }, (_, i) => db.executeQuery('INSERT INTO t (a) VALUES (?)', [i])));
      results.forEach((r, i) => assert.equal(Number(r.lastInsertRowid), i + 1));
      assert.deepEqual(await column(db, 'SELECT a FROM t ORDER BY id LIMIT 3'), [0, 1, 2]);
    },
  },
  {
    name: 'sqlite transaction: commits what its function did and gives back its value',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const value = await db.transaction(async (tx) => {
        await insert(tx, 1);
        assert.equal((await tx.executeQuery('SELECT count(*) AS n FROM t')).rows[0].n, 1, 'its own writes are seen');
        assert.deepEqual(await tx.executeMany('INSERT INTO t (a) VALUES (?)', [[5], [6]]), { changes: 2 });
        return { some: 'value' };
      });
      assert.deepEqual(value, { some: 'value' });
      assert.equal(await count(db), 3);
    },
  },
  {
    name: 'sqlite transaction: a throw rolls back and comes out as it was thrown',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      const own = new TypeError('of the caller');
      let caught;
      try { await db.transaction(async (tx) => { await insert(tx, 2); await tx.executeQuery('CREATE TABLE u (x)'); throw own; }); } catch (error) { caught = error; }
      assert.ok(caught === own, 'the very same error');
      assert.equal(await count(db), 1);
      assert.equal(await one(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), 0);
      for (const thrown of [undefined, null, 'text', 0]) {
        let got = 'nothing';
        try { await db.transaction(async (tx) => { await insert(tx, 2); throw thrown; }); } catch (error) { got = error; }
        assert.equal(got, thrown);
      }
      assert.equal(await count(db), 1);
    },
  },
  {
    name: 'sqlite transaction: a failing statement that is caught inside undoes itself alone',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      await db.transaction(async (tx) => {
        await insert(tx, 2);
        await assert.code(insert(tx, 1), 'SQL');
        await insert(tx, 3);
      });
      assert.equal(await count(db), 3);
    },
  },
  {
    name: 'sqlite transaction: nested ones are savepoints',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await db.transaction(async (tx) => {
        await insert(tx, 1);
        await tx.transaction(async (inner) => { await insert(inner, 2); });
        try {
          await tx.transaction(async (inner) => {
            await insert(inner, 3);
            await inner.transaction(async (third) => { await insert(third, 4); });
            throw new Error('undo 3 and 4');
          });
        } catch { /* 1 and 2 stay */ }
        await insert(tx, 5);
      });
      assert.deepEqual(await column(db, 'SELECT id FROM t ORDER BY id'), [1, 2, 5]);
    },
  },
  {
    name: 'sqlite transaction: the outer throw undoes what inner ones committed',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      try { await db.transaction(async (tx) => { await tx.transaction(async (inner) => { await insert(inner, 1); }); throw new Error('all'); }); } catch { /* as meant */ }
      assert.equal(await count(db), 0);
    },
  },
  {
    name: 'sqlite transaction: calls of others wait until it has ended, and never land inside',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const log = [];
      const first = db.transaction(async (tx) => {
        await insert(tx, 1);
        await sleep(30);
        log.push('in');
        throw new Error('rolled back');
      }).catch(() => log.push('rolled back'));
      const second = insert(db, 2).then(() => log.push('other'));
      const third = db.transaction(async (tx) => { log.push('next'); await insert(tx, 3); });
      await Promise.all([first, second, third]);
      assert.equal(log[0], 'in', 'nobody else ended before it');
      assert.deepEqual(await column(db, 'SELECT id FROM t ORDER BY id'), [2, 3], 'the insert of the other call outlived the rollback');
    },
  },
  {
    name: 'sqlite transaction: many at once queue; those that throw leave nothing',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await Promise.allSettled(Array.from({ length: 40 }, (_, i) => db.transaction(async (tx) => {
        const { rows: [{ n }] } = await tx.executeQuery('SELECT count(*) AS n FROM t');
        await insert(tx, i + 1);
        if (i % 4 === 0) await sleep(1);
        assert.equal((await tx.executeQuery('SELECT count(*) AS n FROM t')).rows[0].n, n + 1, 'nobody else wrote meanwhile');
        if (i % 2) throw new Error('no');
      })));
      assert.deepEqual(await column(db, 'SELECT id FROM t ORDER BY id'), Array.from({ length: 20 }, (_, i) => 2 * i + 1));
    },
  },
  {
    name: 'sqlite transaction: its handle is refused once it has ended',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      let kept;
      await db.transaction(async (tx) => { kept = tx; });
      await assert.code(kept.executeQuery('SELECT 1'), ['INVALID_ARGUMENT', 'ABORTED', 'SQL']);
      await assert.code(kept.executeMany('INSERT INTO t (a) VALUES (?)', [[1]]), ['INVALID_ARGUMENT', 'ABORTED', 'SQL']);
      assert.equal(await count(db), 0);
    },
  },
  {
    name: 'sqlite transaction: what is no function is refused',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      for (const fn of [undefined, null, 'x', {}]) await assert.code(db.transaction(fn), 'INVALID_ARGUMENT');
      assert.equal(await one(db, 'SELECT 1'), 1);
    },
  },
  {
    name: 'sqlite transaction: BEGIN … ROLLBACK by hand work too',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await db.executeQuery('BEGIN');
      await insert(db, 1);
      await db.executeQuery('ROLLBACK');
      assert.equal(await count(db), 0);
      await db.executeQuery('BEGIN');
      await insert(db, 2);
      await db.executeQuery('COMMIT');
      assert.equal(await count(db), 1);
      await db.transaction(async (tx) => { await insert(tx, 3); });
      assert.equal(await count(db), 2);
    },
  },
  {
    name: 'sqlite transaction: deferred foreign keys fail at the commit, and everything is undone',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await db.executeQuery('PRAGMA foreign_keys = ON');
      await db.executeQuery('CREATE TABLE p (id INTEGER PRIMARY KEY)');
      await db.executeQuery('CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)');
      await assert.code(db.transaction(async (tx) => { await tx.executeQuery('INSERT INTO c VALUES (1)'); }), 'SQL');
      assert.equal(await one(db, 'SELECT count(*) FROM c'), 0);
      await db.transaction(async (tx) => { await tx.executeQuery('INSERT INTO c VALUES (1)'); await tx.executeQuery('INSERT INTO p VALUES (1)'); });
      assert.equal(await one(db, 'SELECT count(*) FROM c'), 1);
    },
  },
  {
    name: 'sqlite executeTransaction: all or nothing, with one result each',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const results = await db.executeTransaction([
        { sql: "INSERT INTO t VALUES (1, 1, 'a')" },
        { sql: 'SELECT b FROM t WHERE id = ?', params: [1] },
        { sql: 'SELECT a FROM t WHERE id = :id', params: { id: 1 }, options: { rows: 'arrays' } },
      ]);
      assert.equal(results.length, 3);
      assert.equal(results[0].changes, 1);
      assert.deepEqual(results[1].rows, [{ b: 'a' }]);
      assert.deepEqual(results[2].rows, [[1]]);
      await assert.code(db.executeTransaction([{ sql: "INSERT INTO t VALUES (2, 2, 'b')" }, { sql: 'INSERT INTO nowhere VALUES (1)' }]), 'SQL');
      await assert.code(db.executeTransaction([{ sql: "INSERT INTO t VALUES (2, 2, 'b')" }, { sql: 'SELECT ?', params: [NaN] }]), 'INVALID_ARGUMENT');
      assert.equal(await count(db), 1);
      assert.deepEqual(await db.executeTransaction([]), []);
    },
  },
  {
    name: 'sqlite executeBatch: one transaction by default',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const results = await db.executeBatch([{ sql: "INSERT INTO t VALUES (1, 1, 'a')" }, { sql: 'SELECT count(*) AS n FROM t' }]);
      assert.deepEqual(results[1].rows, [{ n: 1 }]);
      await assert.code(db.executeBatch([{ sql: "INSERT INTO t VALUES (2, 2, 'b')" }, { sql: "INSERT INTO t VALUES (1, 1, 'dup')" }]), 'SQL');
      assert.equal(await count(db), 1);
    },
  },
  {
    name: 'sqlite executeBatch: without a transaction it stops at the failure and keeps what came before',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await assert.code(db.executeBatch([{ sql: "INSERT INTO t VALUES (1, 1, 'a')" }, { sql: "INSERT INTO t VALUES (1, 1, 'dup')" }, { sql: "INSERT INTO t VALUES (3, 3, 'c')" }], { transaction: false }), 'SQL');
      assert.deepEqual(await column(db, 'SELECT id FROM t'), [1]);
    },
  },
  {
    name: 'sqlite executeBatch: continueOnError goes on, and the failed one\'s result carries the error',
    async run({ createSQLite, assert, pkg }) {
      const db = await withRows(createSQLite, 0);
      const results = await db.executeBatch([
        { sql: "INSERT INTO t VALUES (1, 1, 'a')" }, { sql: "INSERT INTO t VALUES (1, 1, 'dup')" }, { sql: 'SELECT nonsense FROM' }, { sql: "INSERT INTO t VALUES (3, 3, 'c')" },
      ], { transaction: false, continueOnError: true });
      assert.equal(results.length, 4);
      assert.equal(results[0].error, undefined);
      assert.ok(results[1].error instanceof pkg.ServiceError);
      assert.equal(results[1].error.code, 'SQL');
      assert.equal(results[2].error.code, 'SQL');
      assert.equal(results[3].changes, 1);
      assert.deepEqual(await column(db, 'SELECT id FROM t'), [1, 3]);
    },
  },
  {
    name: 'sqlite executeBatch: a signal that fired before it and between its queries rejects with ABORTED and leaves nothing',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await assert.code(db.executeBatch([{ sql: "INSERT INTO t VALUES (1, 1, 'a')" }], { signal: AbortSignal.abort() }), 'ABORTED');
      const controller = new AbortController();
      const queries = Array.from({ length: 200_000 }, (_, i) => ({ sql: 'INSERT INTO t VALUES (?, 1, NULL)', params: [i] }));
      const batch = db.executeBatch(queries, { signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      await assert.code(batch, 'ABORTED');
      assert.equal(await count(db), 0);
    },
  },
  {
    name: 'sqlite executeBatch: progress reaches the total, in order',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const seen = [];
      await db.executeBatch(Array.from({ length: 50 }, (_, i) => ({ sql: 'INSERT INTO t (a) VALUES (?)', params: [i] })), { onProgress: (done, total) => seen.push([done, total]) });
      assert.deepEqual(seen.at(-1), [50, 50]);
      for (let i = 1; i < seen.length; i++) assert.ok(seen[i][0] > seen[i - 1][0]);
    },
  },
  {
    name: 'sqlite executeBatch: what is no list of queries is refused, and nothing runs',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const good = { sql: "INSERT INTO t VALUES (1, 1, 'a')" };
      for (const list of [undefined, 'x', {}, [good, null], [good, 'SELECT 1'], [good, {}], [good, { sql: 5 }], [good, { sql: 'SELECT 1', options: { rows: 'x' } }]]) {
        await assert.code(db.executeBatch(list), 'INVALID_ARGUMENT', JSON.stringify(list));
        await assert.code(db.executeTransaction(list), 'INVALID_ARGUMENT', JSON.stringify(list));
      }
      await assert.code(db.executeBatch([good], { transaction: 'yes' }), 'INVALID_ARGUMENT');
      assert.equal(await count(db), 0);
    },
  },
  {
    name: 'sqlite executeMany: one statement over many rows, with the changes of all',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const list = Array.from({ length: 3000 }, (_, i) => [i, i % 2 ? i / 2 : null, `text ${i}`]);
      assert.deepEqual(await db.executeMany('INSERT INTO t VALUES (?, ?, ?)', list), { changes: 3000 });
      assert.deepEqual(await rows(db, 'SELECT * FROM t ORDER BY id'), list);
      assert.deepEqual(await db.executeMany('UPDATE t SET a = ? WHERE id < ?', [[1, 10], [2, 20]]), { changes: 30 });
      assert.deepEqual(await db.executeMany('DELETE FROM t WHERE id = ?', []), { changes: 0 });
      assert.equal(await count(db), 3000);
    },
  },
  {
    name: 'sqlite executeMany: a failing row is named and nothing is kept',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      const list = Array.from({ length: 1000 }, (_, i) => [i + 2, i, 'x']);
      list[700] = [1, 0, 'a row that stands'];
      const error = await assert.code(db.executeMany('INSERT INTO t VALUES (?, ?, ?)', list), 'SQL');
      assert.equal(error.detail.row, 700);
      assert.equal(await count(db), 1);
      list[700] = [5000, 0];
      const short = await assert.code(db.executeMany('INSERT INTO t VALUES (?, ?, ?)', list), 'INVALID_ARGUMENT');
      assert.equal(short.detail.row, 700);
      assert.equal(await count(db), 1);
    },
  },
  {
    name: 'sqlite executeMany: inside a transaction a failure undoes its own rows alone',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await db.transaction(async (tx) => {
        await insert(tx, 1);
        await assert.code(tx.executeMany('INSERT INTO t (id) VALUES (?)', [[2], [3], [1]]), 'SQL');
        await insert(tx, 4);
      });
      assert.deepEqual(await column(db, 'SELECT id FROM t ORDER BY id'), [1, 4]);
    },
  },
  {
    name: 'sqlite executeMany: a signal ends it between rows with ABORTED, and nothing is kept',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const list = Array.from({ length: 400_000 }, (_, i) => [i]);
      const controller = new AbortController();
      const many = db.executeMany('INSERT INTO t (a) VALUES (?)', list, { signal: controller.signal });
      setTimeout(() => controller.abort(), 10);
      await assert.code(many, 'ABORTED');
      assert.equal(await count(db), 0);
      await assert.code(db.executeMany('INSERT INTO t (a) VALUES (?)', list, { timeoutMs: 5 }), 'TIMEOUT');
      assert.equal(await count(db), 0);
      await db.executeMany('INSERT INTO t (a) VALUES (?)', [[1]]);
      assert.equal(await count(db), 1);
    },
  },
  {
    name: 'sqlite executeMany: what are no rows is refused',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      for (const list of [undefined, null, 'x', {}, [1], [[1], null], [[1], { a: 1 }]]) await assert.code(db.executeMany('INSERT INTO t (a) VALUES (?)', list), 'INVALID_ARGUMENT', JSON.stringify(list));
      assert.equal(await count(db), 0);
    },
  },
];
