/** Hostile SQL, deadlines and signals: a typed error each, the database unharmed and usable. */
import { one, rows, withRows } from '../lib/sqlite.mjs';

const ENDLESS = 'WITH RECURSIVE s(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM s)';

/** Engines that can not be interrupted look at the time between rows: what can be promised there is a statement that gives rows. */
async function betweenRows({ createSQLite, assert }) {
  const db = await withRows(createSQLite);
  await assert.code(db.executeQuery(`${ENDLESS} SELECT i FROM s`, [], { timeoutMs: 50 }), 'TIMEOUT');
  assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
}

const REFUSED = [
  ['ATTACH', "ATTACH ':memory:' AS other"],
  ['ATTACH of a file', "ATTACH DATABASE '/etc/passwd' AS other"],
  ['ATTACH in a comment\'s shadow', "/* x */ ATTACH ':memory:' AS other"],
  ['DETACH', 'DETACH main'],
  ['VACUUM INTO', "VACUUM INTO '/tmp/stolen.sqlite'"],
  ['PRAGMA writable_schema', 'PRAGMA writable_schema = ON'],
  ['PRAGMA main.writable_schema', 'PRAGMA main.writable_schema(1)'],
  ['PRAGMA trusted_schema', 'PRAGMA trusted_schema = ON'],
  ['load_extension', "SELECT load_extension('evil')"],
  ['load_extension in quotes', `SELECT "load_extension"('evil')`],
];

const refused = REFUSED.map(([what, sql]) => ({
  name: `sqlite hostile: ${what} is refused`,
  async run({ createSQLite, assert }) {
    const db = await withRows(createSQLite);
    await assert.code(db.executeQuery(sql), 'UNSUPPORTED');
    await assert.code(async () => (await db.prepare(sql)).run(), 'UNSUPPORTED', 'prepare');
    await assert.code(db.executeBatch([{ sql }], { transaction: false }), 'UNSUPPORTED', 'executeBatch');
    await assert.code(db.migrate([sql]), what === 'VACUUM INTO' ? ['UNSUPPORTED', 'SQL'] : 'UNSUPPORTED', 'migrate');
    assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
  },
}));

export default [
  ...refused,
  {
    name: 'sqlite hostile: the schema can not be written by hand',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      for (const sql of ["UPDATE sqlite_schema SET sql = 'x'", 'DELETE FROM sqlite_schema', "INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 0, 'x')", 'UPDATE sqlite_master SET rootpage = 1']) await assert.code(db.executeQuery(sql), ['SQL', 'UNSUPPORTED', 'READONLY']);
      assert.equal(await one(db, 'PRAGMA integrity_check'), 'ok');
    },
  },
  {
    name: 'sqlite hostile: what is refused leaves no transaction open',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      await assert.code(db.executeTransaction([{ sql: 'DELETE FROM t' }, { sql: "ATTACH ':memory:' AS o" }]), 'UNSUPPORTED');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
      await db.executeQuery('BEGIN');
      await db.executeQuery('COMMIT');
    },
  },
  {
    name: 'sqlite hostile: deep expressions, long chains and huge statements are SQL errors, not crashes',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const statements = [
        `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`,
        `SELECT ${'-'.repeat(1).padEnd(3, ' ')}${'abs('.repeat(3000)}1${')'.repeat(3000)}`,
        `SELECT ${'1+'.repeat(20_000)}1`,
        Array.from({ length: 5000 }, () => 'SELECT 1').join(' UNION ALL '),
        `SELECT ${Array.from({ length: 40_000 }, (_, i) => `${i} AS c${i}`).join()}`,
        `SELECT * FROM ${Array.from({ length: 100 }, (_, i) => `t AS t${i}`).join()}`,
        `SELECT 1 WHERE 1 IN (${'('.repeat(3000)}SELECT 1${')'.repeat(3000)})`,
        'SELECT \'unterminated', 'SELECT "unterminated', 'SELECT /* unterminated', 'CREATE TABLE', ')', '🙂', 'SELECT ?99999',
      ];
      for (const sql of statements) {
        const outcome = await assert.settles(db.executeQuery(sql), 10_000, sql.slice(0, 40));
        if (outcome.error) await assert.code(Promise.reject(outcome.error), ['SQL', 'TOO_LARGE', 'INVALID_ARGUMENT', 'OUT_OF_MEMORY'], sql.slice(0, 40));
      }
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
      assert.equal(await one(db, 'PRAGMA integrity_check'), 'ok');
    },
  },
  {
    name: 'sqlite hostile: LIKE and GLOB with patterns beyond the limit are errors',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await assert.code(db.executeQuery('SELECT ? LIKE ?', ['a'.repeat(60_000), `%${'a%'.repeat(60_000)}`]), ['SQL', 'TOO_LARGE']);
      assert.equal(await one(db, "SELECT 'abc' LIKE 'a%'"), 1);
    },
  },
  {
    name: 'sqlite hostile: recursive triggers and endless recursion end in an error',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await db.executeQuery('PRAGMA recursive_triggers = ON');
      await db.executeQuery('CREATE TRIGGER again AFTER INSERT ON t BEGIN INSERT INTO t (a) VALUES (new.a + 1); END');
      await assert.code(db.executeQuery('INSERT INTO t (a) VALUES (1)'), 'SQL');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 0, 'all of it undone');
    },
  },
  {
    name: 'sqlite timeout: an endless query that gives rows ends with TIMEOUT, and the database goes on',
    run: betweenRows,
  },
  {
    name: 'sqlite timeout: an endless query that gives no row ends with TIMEOUT, and the database goes on',
    otherwise: betweenRows,
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const started = performance.now();
      await assert.code(db.executeQuery(`${ENDLESS} SELECT count(*) FROM s`, [], { timeoutMs: 50 }), 'TIMEOUT');
      await assert.code(db.executeQuery(`SELECT count(*) FROM ${Array.from({ length: 30 }, (_, i) => `t AS t${i}`).join()}`, [], { timeoutMs: 50 }), 'TIMEOUT');
      assert.atMost(performance.now() - started, 5000, 'milliseconds');
      const statement = await db.prepare(`${ENDLESS} SELECT count(*) FROM s WHERE i < ?`);
      await assert.code(statement.all([-1], { timeoutMs: 50 }), 'TIMEOUT');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
    },
  },
  {
    name: 'sqlite timeout: the service\'s own timeoutMs holds for every statement',
    otherwise: async ({ createSQLite, assert }) => {
      const db = await withRows(createSQLite, 3, { timeoutMs: 100 });
      await assert.code(db.executeQuery(`${ENDLESS} SELECT i FROM s`), 'TIMEOUT');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
    },
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 3, { timeoutMs: 100 });
      await assert.code(db.executeQuery(`${ENDLESS} SELECT count(*) FROM s`), 'TIMEOUT');
      await assert.code(db.executeQuery(`INSERT INTO t (a) ${ENDLESS} SELECT i FROM s`), 'TIMEOUT');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3, 'what it had begun was undone');
      await assert.code((async () => { for await (const _ of db.stream(`${ENDLESS} SELECT count(*) FROM s`)); })(), 'TIMEOUT');
      assert.equal(await one(db, 'PRAGMA integrity_check'), 'ok');
    },
  },
  {
    name: 'sqlite timeout: a long write that ends by its deadline inside a transaction undoes itself alone',
    otherwise: async ({ createSQLite, assert }) => {
      const db = await withRows(createSQLite);
      await assert.code(db.executeMany('INSERT INTO t (a) VALUES (?)', Array.from({ length: 300_000 }, (_, i) => [i]), { timeoutMs: 5 }), 'TIMEOUT');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
    },
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      await db.transaction(async (tx) => {
        await tx.executeQuery('INSERT INTO t (a) VALUES (1)');
        await assert.code(tx.executeQuery(`UPDATE t SET a = (${ENDLESS} SELECT count(*) FROM s)`, [], { timeoutMs: 50 }), 'TIMEOUT');
        assert.equal((await tx.executeQuery('SELECT count(*) AS n FROM t')).rows[0].n, 4);
      }).catch(async (error) => {
        // SQLite may roll the whole transaction back when a write is interrupted: then it says so.
        await assert.code(Promise.reject(error), 'SQL');
      });
      const n = await one(db, 'SELECT count(*) FROM t');
      assert.ok(n === 4 || n === 3, `${n} rows`);
      assert.deepEqual(await rows(db, 'SELECT a FROM t WHERE id < 4 ORDER BY id'), [[10], [20], [30]]);
    },
  },
  {
    name: 'sqlite timeout: a deadline that is not reached changes nothing; the next call has its own',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      assert.equal(await one(db, 'SELECT count(*) FROM t', [], { timeoutMs: 10_000 }), 3);
      await assert.code(db.executeQuery(`${ENDLESS} SELECT i FROM s`, [], { timeoutMs: 30 }), 'TIMEOUT');
      const n = 200_000;
      assert.equal(await one(db, `${ENDLESS} SELECT i FROM s LIMIT 1 OFFSET ${n}`), n + 1, 'no deadline of the call before');
    },
  },
  {
    name: 'sqlite timeout: waiting in the queue counts',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      let release;
      const held = db.transaction(() => new Promise((resolve) => { release = resolve; }));
      const waiting = db.executeQuery('INSERT INTO t (a) VALUES (1)', [], { timeoutMs: 30 });
      await assert.code(waiting, 'TIMEOUT');
      release();
      await held;
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3, 'it did not run later');
    },
  },
  {
    name: 'sqlite abort: a signal that fired before the call, and one that fires while it waits',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      await assert.code(db.executeQuery('DELETE FROM t', [], { signal: AbortSignal.abort() }), 'ABORTED');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
      const controller = new AbortController();
      let release;
      const held = db.transaction(() => new Promise((resolve) => { release = resolve; }));
      const waiting = db.executeQuery('DELETE FROM t', [], { signal: controller.signal });
      controller.abort();
      await assert.code(waiting, 'ABORTED');
      release();
      await held;
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3, 'it did not run later');
      assert.equal(await one(db, 'SELECT 1', [], { signal: new AbortController().signal }), 1);
    },
  },
  {
    name: 'sqlite abort: many that are cancelled while they wait leave the service usable',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const controllers = Array.from({ length: 100 }, () => new AbortController());
      const calls = controllers.map(({ signal }, i) => db.executeQuery('INSERT INTO t (id) VALUES (?)', [i], { signal }));
      controllers.forEach((c, i) => { if (i % 2) c.abort(); });
      const outcomes = await Promise.allSettled(calls);
      const written = (await rows(db, 'SELECT id FROM t ORDER BY id')).map(([id]) => id);
      outcomes.forEach((o, i) => {
        if (o.status === 'fulfilled') assert.ok(written.includes(i), `${i} was acknowledged and stands`);
        else assert.ok(o.reason.code === 'ABORTED', `${i}: ${o.reason}`);
      });
      for (let i = 0; i < 100; i += 2) assert.equal(outcomes[i].status, 'fulfilled');
    },
  },
];
