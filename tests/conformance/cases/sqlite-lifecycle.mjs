/** What the service says of itself, how it ends, traps, and databases that outlive it. */
import { column, one, rows, withRows } from '../lib/sqlite.mjs';

const METHODS = {
  executeQuery: ['SELECT 1'], executeBatch: [[{ sql: 'SELECT 1' }]], executeTransaction: [[{ sql: 'SELECT 1' }]], executeMany: ['SELECT ?', [[1]]], prepare: ['SELECT 1'],
  analyzeQuery: ['SELECT 1'], optimizeDatabase: [], getQueryPlan: ['SELECT 1'], transaction: [async () => 1], migrate: [[]], serialize: [], deserialize: [new Uint8Array(0)],
  createFunction: ['f', { module: 'x', export: 'y' }], createAggregate: ['f', { start: () => 0, step: (s) => s, result: (s) => s }], applyChangeset: [new Uint8Array(0)], changeset: [async () => undefined],
};

export default [
  {
    name: 'sqlite info: the plan before, the facts after ready()',
    async run({ createSQLite, assert, variant, host }) {
      const db = createSQLite();
      assert.equal(db.info.service, 'sqlite');
      assert.equal(db.info.loaded, false);
      await db.ready();
      const { info } = db;
      assert.equal(info.loaded, true);
      assert.equal(info.threads, 1);
      assert.ok(['rusqlite', 'node:sqlite', 'bun:sqlite', 'sql.js'].includes(info.engine), info.engine);
      assert.equal(info.engine === 'rusqlite', variant !== 'js' && !host.disableWasm);
      assert.ok(/^3\.\d+\.\d+$/.test(info.version), info.version);
      assert.equal(await one(db, 'SELECT sqlite_version()'), info.version);
      assert.ok(info.options.length > 5, 'what it was compiled with');
      assert.deepEqual([...info.options].sort(), (await column(db, 'PRAGMA compile_options')).sort());
      assert.equal(typeof info.journalMode, 'string');
      assert.equal(await one(db, 'PRAGMA journal_mode'), info.journalMode);
      assert.ok(info.reason.length > 3);
      assert.ok(Array.isArray(info.rejected));
    },
  },
  {
    name: 'sqlite info: a variant that it does not ship is refused when pinned',
    async run({ createSQLite, assert, host }) {
      if (host.disableWasm) {
        const db = createSQLite({ implementation: 'simd' });
        assert.equal(await one(db, 'SELECT 1'), 1, 'DISABLE_WASM pins JavaScript over every other pin');
        return;
      }
      for (const implementation of ['simd-threads', 'relaxed-simd']) {
        const db = createSQLite({ implementation });
        await assert.code(db.ready(), 'VARIANT_UNAVAILABLE');
        await assert.code(db.executeQuery('SELECT 1'), 'VARIANT_UNAVAILABLE');
      }
    },
  },
  {
    name: 'sqlite info: wrong configurations are refused by field',
    async run({ createSQLite, assert }) {
      const wrong = [
        { storage: 'disk' }, { storage: {} }, { storage: { file: '' } }, { storage: { file: 'a\0b' } }, { storage: { file: ':memory:' } }, { name: '' }, { name: 5 }, { enableWAL: 'yes' }, { synchronous: 'extra' },
        { cacheSize: 1.5 }, { cacheSize: '2000' }, { resultCacheSize: -1 }, { resultCacheSize: Infinity }, { readonly: 1 }, { timeoutMs: 0 }, { timeoutMs: -5 }, { timeoutMs: NaN }, { implementation: 'fast' }, { host: 'page' },
      ];
      for (const config of wrong) {
        const error = await assert.code(async () => createSQLite(config), 'INVALID_ARGUMENT', JSON.stringify(config));
        assert.ok(error.message.includes(Object.keys(config)[0]), error.message);
      }
    },
  },
  {
    name: 'sqlite info: a storage that the host lacks is UNSUPPORTED, never memory in silence',
    async run({ createSQLite, assert, host }) {
      const db = createSQLite({ storage: host.lacksSQLite });
      await assert.code(db.ready(), 'UNSUPPORTED');
      await assert.code(db.executeQuery('SELECT 1'), 'UNSUPPORTED');
    },
  },
  {
    name: 'sqlite info: enableWAL in memory is no error, and info says what holds',
    async run({ createSQLite, assert }) {
      const db = createSQLite({ enableWAL: true, synchronous: 'off', cacheSize: -4000 });
      await db.ready();
      assert.ok(db.info.journalMode !== 'wal', db.info.journalMode);
      assert.equal(await one(db, 'PRAGMA cache_size'), -4000);
      assert.equal(await one(db, 'PRAGMA synchronous'), 0);
      assert.equal(await one(createSQLite(), 'PRAGMA cache_size'), 2000, 'the default');
    },
  },
  {
    name: 'sqlite lifecycle: services are independent databases',
    async run({ createSQLite, assert }) {
      const a = await withRows(createSQLite, 2);
      const b = await withRows(createSQLite, 5);
      assert.equal(await one(a, 'SELECT count(*) FROM t'), 2);
      assert.equal(await one(b, 'SELECT count(*) FROM t'), 5);
      await a.dispose();
      assert.equal(await one(b, 'SELECT count(*) FROM t'), 5);
    },
  },
  {
    name: 'sqlite dispose: every method is DISPOSED afterwards, dispose again is the same promise\'s end',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const statement = await db.prepare('SELECT 1 AS one');
      await db.dispose();
      await db.dispose();
      for (const [method, args] of Object.entries(METHODS)) await assert.code(() => db[method](...args), 'DISPOSED', method);
      await assert.code((async () => { for await (const _ of db.stream('SELECT 1')); })(), 'DISPOSED', 'stream');
      for (const use of ['run', 'get', 'all']) await assert.code(() => statement[use](), 'DISPOSED', use);
      statement.finalize();
      await assert.code(async () => db.onChange(() => undefined), 'DISPOSED', 'onChange');
      assert.equal(db.identifier('x'), '"x"', 'a pure function goes on');
    },
  },
  {
    name: 'sqlite dispose: before its first use, and at once after calls: each settles',
    async run({ createSQLite, assert }) {
      await createSQLite().dispose();
      const db = createSQLite();
      const calls = [db.executeQuery('CREATE TABLE t (x)'), db.executeMany('INSERT INTO t VALUES (?)', [[1]]), db.transaction(async (tx) => tx.executeQuery('SELECT 1')), db.executeQuery('SELECT * FROM t')];
      const closed = db.dispose();
      for (const call of calls) {
        const { error } = await assert.settles(call, 5000, 'a call under way');
        if (error) await assert.code(Promise.reject(error), ['DISPOSED', 'ABORTED', 'SQL']);
      }
      await assert.settles(closed, 5000, 'dispose');
    },
  },
  {
    name: 'sqlite dispose: inside a transaction it ends, and so does the transaction',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      let outcome;
      const transaction = db.transaction(async (tx) => {
        await tx.executeQuery('DELETE FROM t');
        outcome = db.dispose();
        await tx.executeQuery('SELECT 1');
      });
      const { error } = await assert.settles(transaction, 5000, 'the transaction');
      assert.ok(error, 'it did not commit');
      await assert.settles(outcome, 5000, 'dispose');
    },
  },
  {
    name: 'sqlite dispose: Symbol.asyncDispose is dispose, where the host has it',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      if (typeof Symbol.asyncDispose !== 'symbol') { assert.equal(db[Symbol.asyncDispose], undefined); return; }
      await db.executeQuery('SELECT 1');
      await db[Symbol.asyncDispose]();
      await assert.code(db.executeQuery('SELECT 1'), 'DISPOSED');
    },
  },
  {
    name: 'sqlite trap: a read is answered all the same, with everything committed',
    async run({ createSQLite, assert, trapSQLite }) {
      const db = await withRows(createSQLite, 500);
      await db.executeQuery('CREATE INDEX by_a ON t (a)');
      trapSQLite();
      assert.equal(await one(db, 'SELECT sum(a) FROM t'), 1_252_500);
      assert.equal(await one(db, 'PRAGMA integrity_check'), 'ok');
      assert.deepEqual(await column(db, 'SELECT id FROM t INDEXED BY by_a WHERE a = 70'), [7]);
      await db.executeQuery('INSERT INTO t (a) VALUES (1)');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 501);
    },
  },
  {
    name: 'sqlite trap: again and again, between writes, nothing committed is lost',
    async run({ createSQLite, assert, trapSQLite }) {
      const db = await withRows(createSQLite, 0);
      let committed = 0;
      for (let i = 0; i < 6; i++) {
        trapSQLite();
        const { error } = await assert.settles(db.executeQuery('INSERT INTO t (a, b) VALUES (?, ?)', [i, 'x'.repeat(5000)]), 10_000, 'the insert');
        if (error) await assert.code(Promise.reject(error), 'INSTANCE_POISONED'); else committed++;
        await db.executeQuery('INSERT INTO t (a) VALUES (?)', [100 + i]);
        committed++;
        assert.equal(await one(db, 'SELECT count(*) FROM t'), committed, `after trap ${i + 1}`);
      }
      assert.equal(await one(db, 'PRAGMA integrity_check'), 'ok');
    },
  },
  {
    name: 'sqlite trap: inside a transaction it is lost whole and says so; what stood before stands',
    async run({ createSQLite, assert, trapSQLite, variant, host }) {
      const db = await withRows(createSQLite, 300);
      const attempt = db.transaction(async (tx) => {
        await tx.executeQuery('UPDATE t SET a = 0');
        await tx.executeMany('INSERT INTO t (a) VALUES (?)', Array.from({ length: 2000 }, (_, i) => [i]));
        trapSQLite();
        await tx.executeQuery('SELECT count(*) FROM t');
        await tx.executeQuery('DELETE FROM t WHERE id > 10');
      });
      if (variant === 'js' || host.disableWasm) { await attempt; assert.equal(await one(db, 'SELECT count(*) FROM t'), 10); return; }
      await assert.code(attempt, 'INSTANCE_POISONED');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 300);
      assert.equal(await one(db, 'SELECT sum(a) FROM t'), 451_500);
      assert.equal(await one(db, 'PRAGMA integrity_check'), 'ok');
      await db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t WHERE id > 5'); });
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 5);
    },
  },
  {
    name: 'sqlite trap: functions, prepared statements, pragmas and the cache go on',
    async run({ createSQLite, assert, trapSQLite }) {
      const db = await withRows(createSQLite, 3, { host: 'inline' });
      await db.createFunction('twice', (x) => x * 2);
      await db.createAggregate('longest', { start: () => '', step: (s, x) => (x.length > s.length ? x : s), result: (s) => s });
      await db.executeQuery('PRAGMA foreign_keys = ON');
      const statement = await db.prepare('SELECT twice(a) AS v FROM t WHERE id = ?');
      await db.executeQuery('SELECT count(*) AS n FROM t', [], { useCache: true });
      trapSQLite();
      assert.equal(await one(db, 'SELECT sum(twice(a)) FROM t'), 120);
      assert.equal(await one(db, 'SELECT longest(b) FROM t'), 'row 1');
      assert.deepEqual(await statement.get([2]), { v: 40 });
      assert.equal(await one(db, 'PRAGMA foreign_keys'), 1);
      await db.executeQuery('DELETE FROM t');
      assert.deepEqual((await db.executeQuery('SELECT count(*) AS n FROM t', [], { useCache: true })).rows, [{ n: 0 }]);
    },
  },
  {
    name: 'sqlite storage: what was committed is there after the service closed and another opened',
    timeoutMs: 60_000,
    async run({ createSQLite, assert, host }) {
      for (const config of await host.durableSQLite()) {
        const first = await withRows(createSQLite, 200, config);
        await first.transaction(async (tx) => { await tx.executeQuery("INSERT INTO t VALUES (1000, 5, 'é😀')"); });
        await first.executeQuery('PRAGMA user_version = 7');
        await first.dispose();
        const second = createSQLite(config);
        assert.equal(await one(second, 'SELECT count(*) FROM t'), 201);
        assert.deepEqual(await rows(second, 'SELECT * FROM t WHERE id = 1000'), [[1000, 5, 'é😀']]);
        assert.equal(await one(second, 'PRAGMA user_version'), 7);
        assert.equal(await one(second, 'PRAGMA integrity_check'), 'ok');
        await second.executeQuery('DELETE FROM t');
        await second.dispose();
        const third = createSQLite(config);
        assert.equal(await one(third, 'SELECT count(*) FROM t'), 0);
        await third.dispose();
      }
    },
  },
  {
    name: 'sqlite storage: readonly reads, refuses every write with READONLY, and leaves the file as it was',
    timeoutMs: 60_000,
    async run({ createSQLite, assert, host }) {
      for (const config of await host.durableSQLite()) {
        const writer = await withRows(createSQLite, 3, config);
        await writer.dispose();
        const db = createSQLite({ ...config, readonly: true });
        assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
        for (const sql of ['INSERT INTO t (a) VALUES (1)', 'UPDATE t SET a = 1', 'DELETE FROM t', 'CREATE TABLE u (x)', 'DROP TABLE t', 'CREATE INDEX i ON t (a)', 'PRAGMA user_version = 9']) await assert.code(db.executeQuery(sql), 'READONLY', sql);
        await assert.code(db.executeMany('INSERT INTO t (a) VALUES (?)', [[1]]), 'READONLY');
        await assert.code(db.deserialize(new Uint8Array(0)), 'READONLY');
        assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
        await db.dispose();
        const after = createSQLite(config);
        assert.equal(await one(after, 'SELECT count(*) FROM t'), 3);
        await after.dispose();
      }
    },
  },
  {
    name: 'sqlite worker: one that dies takes nothing of a database in memory with it; on the fallback it says that it did',
    async run({ createSQLite, faults, assert }) {
      const db = createSQLite({ host: 'worker' });
      await db.executeQuery('CREATE TABLE t (a INTEGER PRIMARY KEY, b)');
      await db.executeMany('INSERT INTO t (b) VALUES (?)', Array.from({ length: 500 }, (_, i) => [`row ${i}`]));
      const open = db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t'); faults.killWorker('sqlite'); await tx.executeQuery('DELETE FROM t'); return 'done'; }).catch(({ code }) => code);
      const { host, variant } = db.info, outcome = await open;
      if (host === 'inline') { assert.equal(outcome, 'done'); return; }
      assert.equal(outcome, 'WORKER_LOST');
      if (variant === 'js') { await assert.code(() => db.executeQuery('SELECT 1'), 'WORKER_LOST'); return; }
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 500);
      await db.executeQuery("UPDATE t SET b = 'new' WHERE a = 7");
      faults.killWorker('sqlite');
      assert.equal(await one(db, 'SELECT b FROM t WHERE a = 7'), 'new');
      assert.equal(await one(db, 'PRAGMA integrity_check'), 'ok');
    },
  },
  {
    name: 'sqlite readonly: a database in memory that is readonly takes no write',
    async run({ createSQLite, assert }) {
      const db = createSQLite({ readonly: true });
      assert.equal(await one(db, 'SELECT 1'), 1);
      await assert.code(db.executeQuery('CREATE TABLE t (x)'), 'READONLY');
      await assert.code(db.migrate(['CREATE TABLE t (x)']), 'READONLY');
    },
  },
  {
    name: 'sqlite manager: getSQLiteUtils answers, with the manager\'s configuration, and ends with it',
    async run({ services, assert, pin, variant, shared }) {
      const manager = services();
      await assert.code(async () => manager.getSQLiteUtils(), 'NOT_INITIALIZED');
      await manager.initialize({ ...pin, sqlite: { ...shared, resultCacheSize: 10 } });
      const db = manager.getSQLiteUtils();
      assert.ok(db === manager.getSQLiteUtils(), 'one service');
      assert.equal(await one(db, 'SELECT 6 * 7'), 42);
      assert.equal(db.info.variant, variant === 'js' ? 'js' : db.info.variant);
      const health = await manager.healthCheck();
      assert.ok(JSON.stringify(health).includes('sqlite'), 'health names it');
      await manager.dispose();
      await assert.code(async () => db.executeQuery('SELECT 1'), 'DISPOSED');
    },
  },
];
