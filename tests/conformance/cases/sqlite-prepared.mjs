/** Statements that callers keep, the synchronous interface, and streams. */
import { column, one, until, withRows } from '../lib/sqlite.mjs';

/** Where the service runs in place and may block: everywhere but on a page. */
const inPlace = (context, config = {}) => context.createSQLite({ host: 'inline', ...config });

export default [
  {
    name: 'sqlite prepare: run, get and all, again and again',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const insert = await db.prepare('INSERT INTO t (a, b) VALUES (?, ?)');
      for (let i = 1; i <= 50; i++) {
        const { changes, lastInsertRowid } = await insert.run([i, `b${i}`]);
        assert.deepEqual([changes, Number(lastInsertRowid)], [1, i]);
      }
      const get = await db.prepare('SELECT b FROM t WHERE a = :a');
      assert.deepEqual(await get.get({ a: 7 }), { b: 'b7' });
      assert.equal(await get.get({ a: 700 }), undefined);
      const all = await db.prepare('SELECT a FROM t WHERE a < ? ORDER BY a DESC');
      assert.deepEqual(await all.all([3]), [{ a: 2 }, { a: 1 }]);
      assert.deepEqual(await all.all([1]), []);
      assert.deepEqual(await all.all([3], { rows: 'arrays', bigint: true }), [[2n], [1n]]);
    },
  },
  {
    name: 'sqlite prepare: values of one run do not stay for the next',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const statement = await db.prepare('SELECT ?1 AS a, ?2 AS b');
      assert.deepEqual(await statement.get(['x', 1]), { a: 'x', b: 1 });
      assert.deepEqual(await statement.get([null, undefined]), { a: null, b: null });
      await assert.code(statement.get(['x']), 'INVALID_ARGUMENT');
      assert.deepEqual(await statement.get([1, 'x']), { a: 1, b: 'x' });
    },
  },
  {
    name: 'sqlite prepare: SQL that does not compile fails at prepare',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await assert.code(db.prepare('SELEKT 1'), 'SQL');
      await assert.code(db.prepare('SELECT * FROM nowhere'), 'SQL');
    },
  },
  {
    name: 'sqlite prepare: it follows a changed schema',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      const statement = await db.prepare('SELECT * FROM t');
      assert.deepEqual(await statement.get(), { id: 1, a: 10, b: 'row 1' });
      await db.executeQuery('ALTER TABLE t ADD COLUMN c DEFAULT 5');
      assert.deepEqual(await statement.get(), { id: 1, a: 10, b: 'row 1', c: 5 });
      assert.deepEqual(await statement.all(), [{ id: 1, a: 10, b: 'row 1', c: 5 }]);
      await db.executeQuery('DROP TABLE t');
      await assert.code(statement.get(), 'SQL');
    },
  },
  {
    name: 'sqlite prepare: finalize twice is harmless, use afterwards is refused, others of the same SQL live on',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const one = await db.prepare('SELECT count(*) AS n FROM t');
      const other = await db.prepare('SELECT count(*) AS n FROM t');
      one.finalize();
      one.finalize();
      for (const use of ['run', 'get', 'all']) await assert.code(one[use](), ['INVALID_ARGUMENT', 'DISPOSED']);
      assert.deepEqual(await other.get(), { n: 3 });
      await db.executeQuery('DROP TABLE t');
    },
  },
  {
    name: 'sqlite prepare: a failing run leaves the statement usable',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      const insert = await db.prepare('INSERT INTO t VALUES (?, 0, NULL)');
      await assert.code(insert.run([1]), 'SQL');
      assert.equal((await insert.run([2])).changes, 1);
    },
  },
  {
    name: 'sqlite prepare: 1,000 statements at once',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const statements = await Promise.all(Array.from({ length: 1000 }, (_, i) => db.prepare(`SELECT ${i} AS v`)));
      assert.deepEqual(await statements[0].get(), { v: 0 });
      assert.deepEqual(await statements[999].get(), { v: 999 });
      for (const statement of statements) statement.finalize();
      assert.equal(await one(db, 'SELECT 1'), 1);
    },
  },
  {
    name: 'sqlite sync: the same answers without promises where the host may block; undefined elsewhere',
    async run(context) {
      const { assert, host, createSQLite } = context;
      const db = inPlace(context);
      await db.ready();
      if (host.page) { assert.equal(db.sync, undefined, 'a page may not block'); return; }
      const { sync } = db;
      sync.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT); INSERT INTO t VALUES (1, 2, 'x;y'); INSERT INTO t VALUES (2, NULL, 'é')");
      const get = sync.prepare('SELECT * FROM t WHERE id = ?');
      assert.deepEqual(get.get([1]), { id: 1, a: 2, b: 'x;y' });
      assert.equal(get.get([9]), undefined);
      assert.deepEqual(sync.prepare('SELECT b FROM t ORDER BY id').all(), [{ b: 'x;y' }, { b: 'é' }]);
      const { changes, lastInsertRowid } = sync.prepare('INSERT INTO t (a) VALUES (:a)').run({ a: 5 });
      assert.deepEqual([changes, Number(lastInsertRowid)], [1, 3]);
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3, 'both see the same database');
      const seen = [];
      for (const row of sync.prepare('SELECT id FROM t ORDER BY id').iterate()) { seen.push(row.id); if (row.id === 2) break; }
      assert.deepEqual(seen, [1, 2]);
      sync.exec('DROP TABLE t');
      const worker = createSQLite({ host: 'worker' });
      await worker.ready();
      assert.equal(worker.sync, undefined, 'behind a worker nothing can block');
    },
  },
  {
    name: 'sqlite sync: errors are ServiceErrors, finalized statements are refused',
    async run(context) {
      const { assert, host } = context;
      const db = inPlace(context);
      await db.ready();
      if (host.page) { assert.equal(db.sync, undefined); return; }
      const { sync } = db;
      await assert.code(() => sync.prepare('SELEKT'), 'SQL');
      await assert.code(() => sync.prepare('SELECT 1; SELECT 2'), 'INVALID_ARGUMENT');
      await assert.code(() => sync.prepare('SELECT ?').get(), 'INVALID_ARGUMENT');
      await assert.code(() => sync.prepare('SELECT ?').get([NaN]), 'INVALID_ARGUMENT');
      await assert.code(() => sync.prepare('SELECT 9007199254740993').get(), 'INTEGER_RANGE');
      await assert.code(() => sync.exec('CREATE TABLE u (x); nonsense'), 'SQL');
      await assert.code(() => sync.exec("ATTACH ':memory:' AS other"), 'UNSUPPORTED');
      const statement = sync.prepare('SELECT 1 AS one');
      statement.finalize();
      await assert.code(() => statement.get(), ['INVALID_ARGUMENT', 'DISPOSED']);
    },
  },
  {
    name: 'sqlite sync: transactions commit, roll back on a throw, and nest',
    async run(context) {
      const { assert, host } = context;
      const db = await withRows(() => inPlace(context), 0);
      if (host.page) { assert.equal(db.sync, undefined); return; }
      const { sync } = db;
      const insert = sync.prepare('INSERT INTO t (id) VALUES (?)');
      assert.equal(sync.transaction(() => { insert.run([1]); return 'value'; }), 'value');
      const own = new Error('own');
      let caught;
      try { sync.transaction(() => { insert.run([2]); throw own; }); } catch (error) { caught = error; }
      assert.ok(caught === own);
      sync.transaction(() => {
        insert.run([3]);
        try { sync.transaction(() => { insert.run([4]); throw own; }); } catch { /* 3 stays */ }
        sync.transaction(() => { insert.run([5]); });
      });
      assert.deepEqual(await column(db, 'SELECT id FROM t ORDER BY id'), [1, 3, 5]);
    },
  },
  {
    name: 'sqlite stream: every row once, in portions of the size asked for',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 2500);
      const sizes = [];
      let next = 1;
      for await (const chunk of db.stream('SELECT id, b FROM t ORDER BY id', [], { chunkSize: 1000 })) {
        sizes.push(chunk.length);
        for (const row of chunk) { assert.equal(row.id, next); assert.equal(row.b, `row ${next++}`); }
      }
      assert.equal(next, 2501);
      assert.deepEqual(sizes, [1000, 1000, 500]);
      let arrays = 0;
      for await (const chunk of db.stream('SELECT id FROM t WHERE id > ?', [2400], { rows: 'arrays', bigint: true, chunkSize: 7 })) { assert.equal(typeof chunk[0][0], 'bigint'); arrays += chunk.length; }
      assert.equal(arrays, 100);
      for await (const _ of db.stream('SELECT id FROM t WHERE id < 0')) assert.fail('no rows give no portion');
    },
  },
  {
    name: 'sqlite stream: an early return closes it, and the table can be dropped',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 5000);
      for await (const chunk of db.stream('SELECT * FROM t', [], { chunkSize: 10 })) { assert.equal(chunk.length, 10); break; }
      try { for await (const _ of db.stream('SELECT * FROM t', [], { chunkSize: 10 })) throw new Error('of the loop'); } catch { /* closes it too */ }
      await db.executeQuery('DROP TABLE t');
    },
  },
  {
    name: 'sqlite stream: a result of a million rows is not held',
    timeoutMs: 90_000,
    async run({ createSQLite, assert, variant }) {
      const db = createSQLite();
      const n = variant === 'js' ? 200_000 : 1_000_000;
      let sum = 0;
      for await (const chunk of db.stream(`WITH RECURSIVE s(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM s WHERE i < ${n}) SELECT i FROM s`, [], { chunkSize: 5000 })) {
        for (const { i } of chunk) sum += i;
      }
      assert.equal(sum, n * (n + 1) / 2);
    },
  },
  {
    name: 'sqlite stream: an endless result can be left',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      let seen = 0;
      for await (const chunk of db.stream('WITH RECURSIVE s(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM s) SELECT i FROM s', [], { chunkSize: 100 })) { seen += chunk.length; if (seen >= 1000) break; }
      assert.equal(seen, 1000);
      assert.equal(await one(db, 'SELECT 1'), 1);
    },
  },
  {
    name: 'sqlite stream: an error midway comes after the rows before it, and the database goes on',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const seen = [];
      await assert.code((async () => {
        for await (const chunk of db.stream("WITH RECURSIVE s(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM s WHERE i < 100) SELECT i, CASE WHEN i > 50 THEN abs(-9223372036854775807 - 1) ELSE 0 END AS x FROM s", [], { chunkSize: 10 })) seen.push(...chunk);
      })(), 'SQL');
      assert.equal(seen.length, 50);
      assert.equal(await one(db, 'SELECT 1'), 1);
    },
  },
  {
    name: 'sqlite stream: other calls run between its portions',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 100);
      await db.executeQuery('CREATE TABLE seen (id)');
      for await (const chunk of db.stream('SELECT id FROM t', [], { chunkSize: 25 })) await db.executeMany('INSERT INTO seen VALUES (?)', chunk.map(({ id }) => [id]));
      assert.equal(await one(db, 'SELECT count(*) FROM seen'), 100);
    },
  },
  {
    name: 'sqlite stream: a signal ends it between portions with ABORTED',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1000);
      const controller = new AbortController();
      let chunks = 0;
      await assert.code((async () => {
        for await (const _ of db.stream('SELECT * FROM t', [], { chunkSize: 10, signal: controller.signal })) if (++chunks === 3) controller.abort();
      })(), 'ABORTED');
      assert.equal(chunks, 3);
      await db.executeQuery('DROP TABLE t');
    },
  },
  {
    name: 'sqlite stream: bad SQL, parameters and options are typed errors',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const read = async (...args) => { for await (const _ of db.stream(...args)); };
      await assert.code(read('SELEKT'), 'SQL');
      await assert.code(read('SELECT ?', []), 'INVALID_ARGUMENT');
      for (const chunkSize of [0, -1, 1.5, '10', NaN]) await assert.code(read('SELECT 1', [], { chunkSize }), 'INVALID_ARGUMENT');
      await assert.code(read('SELECT 1', [], { rows: 'columns' }), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'sqlite stream: a statement that writes is refused, and writes nothing',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      for (const sql of ['DELETE FROM t', 'DELETE FROM t RETURNING id']) await assert.code((async () => { for await (const _ of db.stream(sql)); })(), 'INVALID_ARGUMENT');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
    },
  },
  {
    name: 'sqlite stream: dispose while it is read ends it with DISPOSED, not with a hang',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1000);
      const reading = (async () => { for await (const _ of db.stream('SELECT * FROM t', [], { chunkSize: 1 })) await db.dispose(); })();
      await assert.code(reading, ['DISPOSED', 'ABORTED']);
      await until(() => true, 'the end');
    },
  },
];
