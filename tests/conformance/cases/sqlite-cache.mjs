/** The result cache: what it serves, and that it is never stale. */
import { script, withRows } from '../lib/sqlite.mjs';

const SQL = 'SELECT count(*) AS n, coalesce(sum(a), 0) AS s FROM t';
const cached = (db, sql = SQL, params = undefined, more = {}) => db.executeQuery(sql, params, { useCache: true, ...more });

/** Asks twice, so that the second answer comes from the cache. */
async function warm(assert, db, sql = SQL, params = undefined) {
  await cached(db, sql, params);
  const again = await cached(db, sql, params);
  assert.equal(again.fromCache, true, `${sql} is served from the cache`);
  return again.rows;
}

/** What happens to t (ids 1 to 3 with a = 10, 20, 30), and what the query must then say. */
const WRITES = [
  ['an insert', (db) => db.executeQuery('INSERT INTO t (a) VALUES (1)'), { n: 4, s: 61 }],
  ['an update', (db) => db.executeQuery('UPDATE t SET a = 0 WHERE id = 1'), { n: 3, s: 50 }],
  ['a delete', (db) => db.executeQuery('DELETE FROM t WHERE id = 3'), { n: 2, s: 30 }],
  ['a DELETE without WHERE', (db) => db.executeQuery('DELETE FROM t'), { n: 0, s: 0 }],
  ['REPLACE', (db) => db.executeQuery('REPLACE INTO t (id, a) VALUES (1, 0)'), { n: 3, s: 50 }],
  ['an upsert', (db) => db.executeQuery('INSERT INTO t (id, a) VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET a = excluded.a'), { n: 3, s: 55 }],
  ['a statement that returns rows', (db) => db.executeQuery('DELETE FROM t WHERE id = 1 RETURNING id'), { n: 2, s: 50 }],
  ['a WITH … INSERT', (db) => db.executeQuery('WITH x(v) AS (VALUES (1), (2)) INSERT INTO t (a) SELECT v FROM x'), { n: 5, s: 63 }],
  ['executeMany', (db) => db.executeMany('INSERT INTO t (a) VALUES (?)', [[1], [2]]), { n: 5, s: 63 }],
  ['executeBatch', (db) => db.executeBatch([{ sql: 'DELETE FROM t WHERE id = 1' }, { sql: 'SELECT 1' }]), { n: 2, s: 50 }],
  ['executeTransaction', (db) => db.executeTransaction([{ sql: 'DELETE FROM t WHERE id = 1' }]), { n: 2, s: 50 }],
  ['a transaction', (db) => db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t WHERE id = 1'); }), { n: 2, s: 50 }],
  ['a prepared statement', async (db) => (await db.prepare('DELETE FROM t WHERE id = ?')).run([1]), { n: 2, s: 50 }],
  ['a prepared statement with RETURNING', async (db) => (await db.prepare('DELETE FROM t WHERE id = ? RETURNING id')).all([1]), { n: 2, s: 50 }],
  ['a prepared get with RETURNING', async (db) => (await db.prepare('DELETE FROM t WHERE id = ? RETURNING id')).get([1]), { n: 2, s: 50 }],
  ['a migration', (db) => db.migrate(['DELETE FROM t WHERE id = 1']), { n: 2, s: 50 }],
  ['a trigger of another table', (db) => db.executeQuery('INSERT INTO log VALUES (1)'), { n: 2, s: 50 }],
  ['a write through a view', (db) => db.executeQuery('DELETE FROM v WHERE id = 1'), { n: 2, s: 50 }],
  ['a foreign key that cascades', (db) => db.executeQuery('DELETE FROM parent'), { n: 2, s: 50 }],
  ['a rename of the table and another in its place', (db) => script(db, 'DROP VIEW v', 'ALTER TABLE t RENAME TO old', 'CREATE TABLE t (id, a)'), { n: 0, s: 0 }],
  ['a dropped column\'s successor', (db) => script(db, 'ALTER TABLE t RENAME COLUMN a TO was', 'ALTER TABLE t ADD COLUMN a DEFAULT 1'), { n: 3, s: 3 }],
];

async function scene(createSQLite) {
  const db = await withRows(createSQLite);
  await script(db,
    'CREATE TABLE log (x)', 'CREATE TRIGGER on_log AFTER INSERT ON log BEGIN DELETE FROM t WHERE id = new.x; END',
    'CREATE VIEW v AS SELECT id FROM t', 'CREATE TRIGGER on_v INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; END',
    'PRAGMA foreign_keys = ON', 'CREATE TABLE parent (id INTEGER PRIMARY KEY)', 'INSERT INTO parent VALUES (1)',
    'ALTER TABLE t ADD COLUMN p REFERENCES parent ON DELETE CASCADE', 'UPDATE t SET p = 1 WHERE id = 1');
  return db;
}

const writes = WRITES.map(([what, write, expected]) => ({
  name: `sqlite cache: not stale after ${what}`,
  async run({ createSQLite, assert }) {
    const db = await scene(createSQLite);
    assert.deepEqual(await warm(assert, db), [{ n: 3, s: 60 }]);
    await write(db);
    const { rows, fromCache } = await cached(db);
    assert.deepEqual(rows, [expected]);
    assert.equal(fromCache, false);
    assert.deepEqual(await warm(assert, db), [expected], 'and it is kept anew');
  },
}));

const NEVER = [
  ['random()', 'SELECT random() % 1000 AS r FROM t'],
  ['randomblob', 'SELECT hex(randomblob(8)) AS r FROM t'],
  ["datetime('now')", "SELECT datetime('now') AS r FROM t"],
  ['CURRENT_TIMESTAMP', 'SELECT CURRENT_TIMESTAMP AS r FROM t'],
  ['changes()', 'SELECT changes() AS r FROM t'],
  ['last_insert_rowid()', 'SELECT last_insert_rowid() AS r FROM t'],
  ['total_changes()', 'SELECT total_changes() AS r FROM t'],
  ['ORDER BY random()', 'SELECT id FROM t ORDER BY random()'],
];

const never = NEVER.map(([what, sql]) => ({
  name: `sqlite cache: ${what} is not kept`,
  async run({ createSQLite, assert }) {
    const db = await withRows(createSQLite);
    await cached(db, sql);
    assert.equal((await cached(db, sql)).fromCache, false);
  },
}));

export default [
  ...writes,
  ...never,
  {
    name: 'sqlite cache: only with useCache, and the same answer in every row mode',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const sql = 'SELECT id, b FROM t ORDER BY id';
      assert.equal((await db.executeQuery(sql)).fromCache, false);
      assert.equal((await db.executeQuery(sql)).fromCache, false, 'without useCache nothing is served');
      const fresh = await db.executeQuery(sql);
      await cached(db, sql);
      const kept = await cached(db, sql);
      assert.equal(kept.fromCache, true);
      assert.deepEqual(kept.rows, fresh.rows);
      assert.deepEqual(kept.columns, fresh.columns);
      assert.equal(kept.rowCount, 3);
      assert.equal(kept.changes, 0);
      assert.deepEqual((await cached(db, sql, [], { rows: 'arrays' })).rows, [[1, 'row 1'], [2, 'row 2'], [3, 'row 3']]);
      assert.deepEqual([...(await cached(db, sql, [], { rows: 'columns' })).columnData.id], [1, 2, 3]);
      assert.deepEqual((await cached(db, sql, [], { bigint: true })).rows[0], { id: 1n, b: 'row 1' });
      assert.equal((await db.executeQuery(sql)).fromCache, false);
    },
  },
  {
    name: 'sqlite cache: parameters are part of the key, with their types',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const type = async (value) => (await cached(db, 'SELECT typeof(?) AS t, count(*) AS n FROM t', [value])).rows[0].t;
      const values = [[1, 'integer'], ['1', 'text'], [1.5, 'real'], ['1.5', 'text'], [null, 'null'], ['', 'text'], [new Uint8Array([49]), 'blob'], [2n, 'integer'], [true, 'integer'], [undefined, 'null']];
      for (let round = 0; round < 2; round++) for (const [value, expected] of values) assert.equal(await type(value), expected);
      for (let round = 0; round < 2; round++) {
        for (const [x, y] of [['a', 'bc'], ['ab', 'c'], ['a,b', 'c'], ['a\0', 'b'], ['a', '\0b']]) assert.deepEqual((await cached(db, 'SELECT ? AS x, ? AS y FROM t WHERE id = 1', [x, y])).rows, [{ x, y }]);
        assert.deepEqual((await cached(db, 'SELECT :a AS a, :b AS b FROM t WHERE id = 1', { a: 1, b: 2 })).rows, [{ a: 1, b: 2 }]);
        assert.deepEqual((await cached(db, 'SELECT :a AS a, :b AS b FROM t WHERE id = 1', { b: 1, a: 2 })).rows, [{ a: 2, b: 1 }]);
      }
    },
  },
  {
    name: 'sqlite cache: rows handed out are the caller\'s own',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const sql = "SELECT id, x'0102' AS blob FROM t ORDER BY id";
      for (let i = 0; i < 3; i++) {
        const { rows, columns } = await cached(db, sql);
        assert.equal(rows[0].id, 1);
        assert.deepEqual(rows[0].blob, Uint8Array.of(1, 2));
        rows[0].id = 'spoiled';
        rows[0].blob.fill(9);
        rows.length = 0;
        columns.length = 0;
        const { columnData } = await cached(db, sql, [], { rows: 'columns' });
        assert.equal(columnData.id[0], 1);
        columnData.id[0] = 99;
      }
    },
  },
  {
    name: 'sqlite cache: a write to another table leaves what is kept',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      await db.executeQuery('CREATE TABLE other (x)');
      await warm(assert, db);
      await db.executeQuery('INSERT INTO other VALUES (1)');
      assert.equal((await cached(db)).fromCache, true);
    },
  },
  {
    name: 'sqlite cache: joins, subqueries and views fall with every table below them',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      await script(db, 'CREATE TABLE u (id INTEGER PRIMARY KEY, v)', 'INSERT INTO u VALUES (1, 5), (2, 6)', 'CREATE VIEW both AS SELECT t.id, v FROM t JOIN u USING (id)', 'CREATE VIEW above AS SELECT sum(v) AS s FROM both');
      const queries = ['SELECT s FROM above', 'SELECT sum(v) AS s FROM t JOIN u USING (id)', 'SELECT sum(v) AS s FROM u WHERE id IN (SELECT id FROM t)', 'WITH c AS (SELECT v FROM u, t WHERE t.id = u.id) SELECT sum(v) AS s FROM c'];
      for (const [i, sql] of queries.entries()) {
        assert.deepEqual(await warm(assert, db, sql), [{ s: 11 + 10 * i }], sql);
        await db.executeQuery('UPDATE u SET v = v + 5');
        assert.deepEqual((await cached(db, sql)).rows, [{ s: 21 + 10 * i }], sql);
      }
      await warm(assert, db, queries[0]);
      await db.executeQuery('DELETE FROM t WHERE id = 1');
      for (const sql of queries) assert.deepEqual((await cached(db, sql)).rows, [{ s: 26 }], sql);
    },
  },
  {
    name: 'sqlite cache: what was read inside a transaction that is rolled back is never served',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      await warm(assert, db);
      try {
        await db.transaction(async (tx) => {
          await tx.executeQuery('DELETE FROM t');
          assert.deepEqual((await tx.executeQuery(SQL, undefined, { useCache: true })).rows, [{ n: 0, s: 0 }], 'its own writes, not the cache');
          await tx.executeQuery(SQL, undefined, { useCache: true });
          throw new Error('back');
        });
      } catch { /* as meant */ }
      assert.deepEqual((await cached(db)).rows, [{ n: 3, s: 60 }]);
      await db.executeQuery('BEGIN');
      await db.executeQuery('DELETE FROM t');
      assert.deepEqual((await cached(db)).rows, [{ n: 0, s: 0 }]);
      assert.deepEqual((await cached(db)).rows, [{ n: 0, s: 0 }]);
      await db.executeQuery('ROLLBACK');
      assert.deepEqual((await cached(db)).rows, [{ n: 3, s: 60 }]);
      await db.transaction(async (tx) => {
        try { await tx.transaction(async (inner) => { await inner.executeQuery('DELETE FROM t'); await inner.executeQuery(SQL, undefined, { useCache: true }); throw new Error('inner'); }); } catch { /* undone */ }
        assert.deepEqual((await tx.executeQuery(SQL, undefined, { useCache: true })).rows, [{ n: 3, s: 60 }]);
      });
      assert.deepEqual((await cached(db)).rows, [{ n: 3, s: 60 }]);
    },
  },
  {
    name: 'sqlite cache: a write that failed leaves right answers',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      await warm(assert, db);
      await assert.code(db.executeQuery('INSERT INTO t (id, a) VALUES (9, 9), (1, 1)'), 'SQL');
      assert.deepEqual((await cached(db)).rows, [{ n: 3, s: 60 }]);
      await assert.code(db.executeQuery('INSERT OR FAIL INTO t (id, a) VALUES (9, 9), (1, 1)'), 'SQL');
      assert.deepEqual((await cached(db)).rows, [{ n: 4, s: 69 }], 'OR FAIL keeps the row before');
    },
  },
  {
    name: 'sqlite cache: queries of the schema fall with it; so does SELECT * after ALTER TABLE',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      const tables = 'SELECT count(*) AS n FROM sqlite_schema';
      await cached(db, tables);
      await cached(db, 'SELECT * FROM t');
      await db.executeQuery('CREATE TABLE u (x)');
      assert.deepEqual((await cached(db, tables)).rows, [{ n: 2 }]);
      await db.executeQuery('ALTER TABLE t ADD COLUMN c DEFAULT 7');
      assert.deepEqual((await cached(db, 'SELECT * FROM t')).rows, [{ id: 1, a: 10, b: 'row 1', c: 7 }]);
      await db.executeQuery('DROP TABLE u');
      assert.deepEqual((await cached(db, tables)).rows, [{ n: 1 }]);
    },
  },
  {
    name: 'sqlite cache: pragmas are asked each time',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await cached(db, 'PRAGMA user_version');
      await db.executeQuery('PRAGMA user_version = 5');
      assert.deepEqual((await cached(db, 'PRAGMA user_version')).rows, [{ user_version: 5 }]);
      await script(db, 'CREATE TABLE t (a TEXT)', "INSERT INTO t VALUES ('A')");
      await cached(db, "SELECT count(*) AS n FROM t WHERE a LIKE 'a'");
      await db.executeQuery('PRAGMA case_sensitive_like = ON');
      assert.deepEqual((await cached(db, "SELECT count(*) AS n FROM t WHERE a LIKE 'a'")).rows, [{ n: 0 }]);
    },
  },
  {
    name: 'sqlite cache: resultCacheSize bounds the entries, the one used least recently goes; 0 keeps none',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 3, { resultCacheSize: 2 });
      const ask = async (id) => (await cached(db, 'SELECT a FROM t WHERE id = ?', [id])).fromCache;
      await ask(1); await ask(2);
      assert.equal(await ask(1), true);
      assert.equal(await ask(3), false);
      assert.equal(await ask(1), true, 'used most recently');
      assert.equal(await ask(2), false, 'gone');
      const none = await withRows(createSQLite, 3, { resultCacheSize: 0 });
      await cached(none);
      assert.equal((await cached(none)).fromCache, false);
    },
  },
  {
    name: 'sqlite cache: deserialize and applyChangeset leave nothing stale',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const before = await db.serialize();
      await db.executeQuery('DELETE FROM t WHERE id = 1');
      assert.deepEqual(await warm(assert, db), [{ n: 2, s: 50 }]);
      await db.deserialize(before);
      assert.deepEqual((await cached(db)).rows, [{ n: 3, s: 60 }]);
    },
  },
  {
    name: 'sqlite cache: a function of the user\'s is kept only when it says that it is deterministic',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1, { host: 'inline' });
      let n = 0;
      await db.createFunction('next', () => ++n);
      await db.createFunction('twice', (x) => x * 2, { deterministic: true });
      assert.deepEqual((await cached(db, 'SELECT next() AS v FROM t')).rows, [{ v: 1 }]);
      assert.deepEqual((await cached(db, 'SELECT next() AS v FROM t')).rows, [{ v: 2 }]);
      await warm(assert, db, 'SELECT twice(a) AS v FROM t');
      await db.createFunction('twice', (x) => x * 3, { deterministic: true });
      assert.deepEqual((await cached(db, 'SELECT twice(a) AS v FROM t')).rows, [{ v: 30 }], 'another function of the same name');
    },
  },
  {
    name: 'sqlite cache: temp tables that hide a table are not confused with it',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      await warm(assert, db);
      await script(db, 'CREATE TEMP TABLE t (id, a)', 'INSERT INTO temp.t VALUES (1, 1)');
      assert.deepEqual((await cached(db)).rows, [{ n: 1, s: 1 }]);
      await db.executeQuery('INSERT INTO temp.t VALUES (2, 2)');
      assert.deepEqual((await cached(db)).rows, [{ n: 2, s: 3 }]);
      await db.executeQuery('DROP TABLE temp.t');
      assert.deepEqual((await cached(db)).rows, [{ n: 3, s: 60 }]);
    },
  },
];
