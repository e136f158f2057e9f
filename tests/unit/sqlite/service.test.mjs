// What the service promises over every engine, tried on the fallback: order, options, rows, batches, streams, functions, whole databases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSQLiteUtils } from '../../../js/dist/sqlite.js';
import { count, IMPLEMENTATION, open, refuses, sleep, value, watched, withTable } from './service-helpers.mjs';

test('a configuration with a wrong value is refused at once, by field', () => {
  for (const [config, field] of [
    [null, /config/], [{ storage: 'disk' }, /storage/], [{ storage: { file: '' } }, /storage/], [{ storage: { file: ':memory:' } }, /storage/], [{ name: '' }, /name/], [{ enableWAL: 1 }, /enableWAL/],
    [{ synchronous: 'extra' }, /synchronous/], [{ cacheSize: 1.5 }, /cacheSize/], [{ resultCacheSize: -1 }, /resultCacheSize/], [{ readonly: 'yes' }, /readonly/], [{ timeoutMs: 0 }, /timeoutMs/],
    [{ sqljs: 5 }, /sqljs/], [{ implementation: 'native' }, /implementation/], [{ host: 'iframe' }, /host/],
  ]) assert.throws(() => createSQLiteUtils(config), { code: 'INVALID_ARGUMENT', message: field }, JSON.stringify(config));
});

test('nothing is loaded by making a service; after ready() info says which engine answers', async () => {
  const { db, events } = watched();
  assert.equal(db.info.loaded, false);
  assert.equal(db.sync, undefined);
  assert.deepEqual(events, []);
  await db.ready();
  const { variant, loaded, engine, version, journalMode } = db.info;
  assert.deepEqual([variant, loaded, engine], [IMPLEMENTATION, true, engine]);
  assert.match(version, /^3\.\d+\.\d+$/);
  assert.ok(journalMode);
  await db.dispose();
});

test('a storage that the fallback lacks is refused, never memory in silence', async () => {
  for (const storage of ['opfs', 'indexeddb']) {
    const db = open({ storage });
    await refuses(() => db.executeQuery('SELECT 1'), 'UNSUPPORTED');
    await db.dispose();
  }
});

test('calls take effect in the order they were made, awaited or not', async () => {
  const db = open();
  const calls = [
    db.executeQuery('CREATE TABLE t (a)'), db.executeMany('INSERT INTO t VALUES (?)', [[1], [2]]), db.executeQuery('UPDATE t SET a = a * 10'),
    db.executeTransaction([{ sql: 'INSERT INTO t VALUES (3)' }]), db.executeQuery('SELECT group_concat(a) AS a FROM t'), db.executeQuery('DELETE FROM t'), db.executeQuery('SELECT count(*) AS n FROM t'),
  ];
  const results = await Promise.all(calls);
  assert.equal(results[4].rows[0].a, '10,20,3');
  assert.equal(results[6].rows[0].n, 0);
  await db.dispose();
});

test('what a caller changes after a call does not reach it', async () => {
  const db = await withTable();
  const bytes = new Uint8Array([1, 2, 3]);
  const params = [1, bytes];
  const held = db.transaction(async () => sleep(20)); // the next calls wait
  const first = db.executeQuery('INSERT INTO t (id, a) VALUES (?, ?)', params);
  const rows = [[2, 'two']];
  const second = db.executeMany('INSERT INTO t (id, a) VALUES (?, ?)', rows);
  params[0] = 99; bytes.fill(9); rows[0][1] = 'changed';
  await Promise.all([held, first, second]);
  assert.deepEqual((await db.executeQuery('SELECT id, a FROM t ORDER BY id')).rows, [{ id: 1, a: new Uint8Array([1, 2, 3]) }, { id: 2, a: 'two' }]);
  await db.dispose();
});

test('rows of a long executeMany are its own once it gives other work a turn', async () => {
  const db = await withTable();
  const rows = Array.from({ length: 150_000 }, (_, i) => [i, `row ${i}`]);
  let turns = 0;
  const ticker = setInterval(() => { turns++; }, 1);
  const seen = [];
  const many = db.executeMany('INSERT INTO t (id, b) VALUES (?, ?)', rows, { onProgress: (done, total) => seen.push([done, total]) });
  for (const row of rows) row[1] = 'changed';
  assert.deepEqual(await many, { changes: 150_000 });
  clearInterval(ticker);
  assert.ok(turns >= 1, `other work had ${turns} turns`);
  assert.deepEqual(seen.at(-1), [150_000, 150_000]);
  assert.equal(await value(db, "SELECT count(*) FROM t WHERE b = 'changed'"), 0);
  await db.dispose();
});

test('row modes: objects, arrays, columns, bigint, equal names', async () => {
  const db = await withTable();
  await db.executeMany('INSERT INTO t VALUES (?, ?, ?)', [[1, 2.5, 'x'], [2, null, 'y'], [3, 9007199254740993n, null]]);
  assert.deepEqual((await db.executeQuery('SELECT id, b FROM t')).rows, [{ id: 1, b: 'x' }, { id: 2, b: 'y' }, { id: 3, b: null }]);
  assert.deepEqual((await db.executeQuery('SELECT 1 AS a, 2 AS a', [], { rows: 'arrays' })).rows, [[1, 2]]);
  const columns = await db.executeQuery('SELECT id, b FROM t', [], { rows: 'columns' });
  assert.deepEqual([columns.rows, columns.rowCount, columns.columns], [[], 3, ['id', 'b']]);
  assert.ok(columns.columnData.id instanceof Float64Array);
  assert.deepEqual(columns.columnData.b, ['x', 'y', null]);
  assert.ok((await db.executeQuery('SELECT id FROM t', [], { rows: 'columns', bigint: true })).columnData.id instanceof BigInt64Array);
  await refuses(() => db.executeQuery('SELECT a FROM t WHERE id = 3'), 'INTEGER_RANGE', /column "a" of row 0.*bigint/);
  assert.equal((await db.executeQuery('SELECT a FROM t WHERE id = 3', [], { bigint: true })).rows[0].a, 9007199254740993n);
  await refuses(() => db.executeQuery('SELECT 1', [], { rows: 'maps' }), 'INVALID_ARGUMENT', /rows/);
  await refuses(() => db.executeQuery('SELECT 1', [], { bigint: 1 }), 'INVALID_ARGUMENT', /bigint/);
  assert.deepEqual((await db.executeQuery('SELECT 1 AS "__proto__"')).rows.map((row) => Object.entries(row)), [[['__proto__', 1]]]);
  await db.dispose();
});

test('41: integers of any width go in as INTEGER and come back exactly', async () => {
  const db = await withTable();
  for (const [given, kind] of [[1, 'integer'], [-1, 'integer'], [2 ** 31, 'integer'], [-(2 ** 31) - 1, 'integer'], [2 ** 53 - 1, 'integer'], [2n ** 63n - 1n, 'integer'], [-(2n ** 63n), 'integer'], [1.5, 'real'], [2 ** 53, 'real'], ['1', 'text'], [true, 'integer'], [null, 'null']]) {
    const { rows } = await db.executeQuery('SELECT typeof(?1) AS kind, ?1 = ?2 AS same, ?1 AS v', [given, given], { bigint: true });
    assert.equal(rows[0].kind, kind, String(given));
    if (kind === 'integer') assert.equal(rows[0].v, BigInt(given));
  }
  // As a value of its own, without a column's affinity to help.
  await db.executeQuery('INSERT INTO t (a, b) VALUES (:a, :a)', { a: 3_000_000_000 });
  assert.deepEqual((await db.executeQuery('SELECT a, b, typeof(a) AS k FROM t')).rows, [{ a: 3_000_000_000, b: '3000000000', k: 'integer' }]);
  await db.dispose();
});

test('one statement a call; none, several and NUL are refused, and the database goes on', async () => {
  const db = await withTable();
  await refuses(() => db.executeQuery('SELECT 1; DROP TABLE t'), 'INVALID_ARGUMENT', /several statements.*executeBatch/);
  await refuses(() => db.executeQuery(' -- nothing\n;'), 'INVALID_ARGUMENT', /no statement/);
  await refuses(() => db.executeQuery('SELECT 1\0; DROP TABLE t'), 'INVALID_ARGUMENT', /NUL/);
  await refuses(() => db.executeQuery(5), 'INVALID_ARGUMENT', /sql must be a string/);
  await refuses(() => db.executeQuery('SELECT ?', [1, 2]), 'INVALID_ARGUMENT', /1 parameter and 2 values/);
  await refuses(() => db.executeQuery('SELECT :a', { b: 1 }), 'INVALID_ARGUMENT', /no value for parameter :a/);
  assert.equal(await value(db, "SELECT ';--' || '/*' -- not a second ; statement\n;  "), ';--/*');
  await db.executeQuery('CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET b = CASE WHEN b IS NULL THEN 1 ELSE 2 END WHERE id = new.id; SELECT 1; END;');
  await db.executeQuery('INSERT INTO t (id) VALUES (1)');
  assert.equal(await value(db, 'SELECT b FROM t'), '1');
  await db.dispose();
});

test('35: errors carry SQLite’s codes, and unsafe statements are refused', async () => {
  const db = await withTable();
  await db.executeQuery('INSERT INTO t (id) VALUES (1)');
  await assert.rejects(db.executeQuery('INSERT INTO t (id) VALUES (1)'), ({ code, detail }) => code === 'SQL' && detail.code === 19 && detail.extendedCode >= 19);
  await assert.rejects(db.executeQuery('SELEC 1'), ({ code, detail, message }) => code === 'SQL' && detail.code === 1 && /syntax error/.test(message));
  for (const sql of ["ATTACH ':memory:' AS x", 'attach/**/database \'x\' as y', 'DETACH x', "VACUUM INTO 'x'", 'PRAGMA writable_schema = 1', 'PRAGMA main.writable_schema=ON', 'EXPLAIN ATTACH \'x\' AS y']) await refuses(() => db.executeQuery(sql), 'UNSUPPORTED', /refused/);
  // Refused by name, or not there to be called.
  await assert.rejects(db.executeQuery("SELECT load_extension('x')"), ({ code }) => code === 'UNSUPPORTED' || code === 'SQL');
  assert.equal(await count(db), 1);
  await db.dispose();
});

test('a batch is one transaction, or goes on after a failure where that is asked for', async () => {
  const db = await withTable();
  await assert.rejects(db.executeBatch([{ sql: 'INSERT INTO t (id) VALUES (1)' }, { sql: 'INSERT INTO nowhere VALUES (1)' }]), ({ code, detail }) => code === 'SQL' && detail.query === 1);
  assert.equal(await count(db), 0);
  const results = await db.executeBatch([{ sql: 'INSERT INTO t (id) VALUES (?)', params: [1] }, { sql: 'INSERT INTO nowhere VALUES (1)' }, { sql: 'SELECT id FROM t', options: { rows: 'arrays' } }], { transaction: false, continueOnError: true });
  assert.deepEqual(results.map(({ rows, changes, error }) => [rows, changes, error?.code]), [[[], 1, undefined], [[], 0, 'SQL'], [[[1]], 0, undefined]]);
  await assert.rejects(db.executeBatch([{ sql: 'DELETE FROM t' }, { sql: 'SELECT nothing' }], { transaction: false }), { code: 'SQL' });
  assert.equal(await count(db), 0, 'without a transaction what ran before stays');
  await refuses(() => db.executeBatch('SELECT 1'), 'INVALID_ARGUMENT', /queries/);
  await refuses(() => db.executeTransaction([{ sql: 'COMMIT' }]), 'INVALID_ARGUMENT', /not for use inside/);
  assert.deepEqual(await db.executeBatch([]), []);
  await db.dispose();
});

test('executeMany is all or nothing and says which row failed', async () => {
  const db = await withTable();
  await assert.rejects(db.executeMany('INSERT INTO t (id) VALUES (?)', [[1], [2], [1]]), ({ code, detail }) => code === 'SQL' && detail.row === 2);
  assert.equal(await count(db), 0);
  await assert.rejects(db.executeMany('INSERT INTO t (id) VALUES (?)', [[1], [NaN]]), ({ code, message }) => code === 'INVALID_ARGUMENT' && /row 1/.test(message));
  assert.equal(await count(db), 0);
  await refuses(() => db.executeMany('INSERT INTO t (id) VALUES (?)', [1]), 'INVALID_ARGUMENT', /rows\[0\]/);
  await refuses(() => db.executeMany('SELECT ?', [[1]]), 'INVALID_ARGUMENT', /executeMany/);
  assert.deepEqual(await db.executeMany('INSERT INTO t (id) VALUES (?)', []), { changes: 0 });
  await db.dispose();
});

test('changes and lastInsertRowid are those of the statement', async () => {
  const db = await withTable();
  const insert = await db.executeQuery('INSERT INTO t (id, a) VALUES (7, 1), (8, 1)');
  assert.deepEqual([insert.changes, insert.lastInsertRowid], [2, 8]);
  assert.equal((await db.executeQuery('SELECT * FROM t')).changes, 0);
  const returning = await db.executeQuery('INSERT INTO t (a) VALUES (5) RETURNING id, a');
  assert.deepEqual([returning.rows, returning.changes, returning.lastInsertRowid], [[{ id: 9, a: 5 }], 1, 9]);
  assert.equal((await db.executeQuery('CREATE TABLE u (a)')).changes, 0);
  assert.equal((await db.executeQuery('UPDATE t SET a = 2 WHERE id > 100')).changes, 0);
  assert.equal((await db.executeQuery('WITH x AS (SELECT 7 AS id) DELETE FROM t WHERE id IN (SELECT id FROM x)')).changes, 1);
  await db.dispose();
});

test('prepared statements outlive changes of the schema, and end', async () => {
  const db = await withTable();
  const insert = await db.prepare('INSERT INTO t (a) VALUES (?)');
  const all = await db.prepare('SELECT * FROM t');
  assert.deepEqual(await insert.run([1]), { changes: 1, lastInsertRowid: 1 });
  assert.deepEqual(await all.all(), [{ id: 1, a: 1, b: null }]);
  await db.executeQuery('ALTER TABLE t ADD COLUMN c DEFAULT 5');
  assert.deepEqual(await all.get(), { id: 1, a: 1, b: null, c: 5 });
  assert.deepEqual(await all.all(undefined, { rows: 'arrays', bigint: true }), [[1n, 1n, null, 5n]]);
  assert.equal(await (await db.prepare('SELECT 1 WHERE 0')).get(), undefined);
  all.finalize(); all.finalize();
  await refuses(() => all.get(), 'DISPOSED', /finalized/);
  await refuses(() => db.prepare('SELECT FROM'), 'SQL');
  await refuses(() => insert.run([{}]), 'INVALID_ARGUMENT', /parameter 1/);
  await db.dispose();
});

test('more statements than are kept all work', async () => {
  const db = open();
  for (let round = 0; round < 2; round++) for (let i = 0; i < 300; i++) assert.equal(await value(db, `SELECT ${i} + ?`, [1]), i + 1);
  await db.dispose();
});

test('a stream comes in portions, holds nothing up, and closes when left early', async () => {
  const db = await withTable();
  await db.executeMany('INSERT INTO t (id) VALUES (?)', Array.from({ length: 1000 }, (_, i) => [i]));
  const sizes = [];
  for await (const rows of db.stream('SELECT id FROM t ORDER BY id', [], { chunkSize: 300 })) {
    sizes.push(rows.length);
    await db.executeQuery('SELECT 1'); // other calls go on meanwhile
  }
  assert.deepEqual(sizes, [300, 300, 300, 100]);
  for await (const rows of db.stream('SELECT id FROM t')) { assert.equal(rows.length, 1000); break; }
  for await (const [row] of db.stream('SELECT id FROM t', [], { chunkSize: 1, rows: 'arrays' })) { assert.deepEqual(row, [0]); break; }
  await assert.rejects(async () => { for await (const rows of db.stream('SELECT id FROM t', [], { chunkSize: 10 })) if (rows) throw new Error('mine'); }, /mine/);
  await db.executeQuery('DROP TABLE t'); // nothing reads it any more
  assert.throws(() => db.stream('SELECT 1', [], { chunkSize: 0 }), { code: 'INVALID_ARGUMENT' });
  await refuses(async () => { for await (const _ of db.stream('CREATE TABLE x (a)')) assert.fail(); }, 'INVALID_ARGUMENT', /only reads/);
  await refuses(async () => { for await (const _ of db.stream('SELECT * FROM t')) assert.fail(); }, 'SQL');
  for await (const _ of db.stream('SELECT 1 WHERE 0')) assert.fail('no rows, no portion');
  await db.dispose();
});

test('a deadline and a signal end what waits and what runs between rows', async () => {
  const db = await withTable();
  const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c';
  await refuses(() => db.executeQuery(endless, [], { timeoutMs: 30 }), 'TIMEOUT');
  await refuses(async () => { for await (const _ of db.stream(endless, [], { timeoutMs: 30 })); }, 'TIMEOUT');
  const aborted = new AbortController();
  aborted.abort(new Error('why'));
  await refuses(() => db.executeQuery('INSERT INTO t (a) VALUES (1)', [], { signal: aborted.signal }), 'ABORTED');
  const later = new AbortController();
  const held = db.transaction(async () => sleep(40));
  const waiting = db.executeQuery('INSERT INTO t (a) VALUES (1)', [], { signal: later.signal });
  const timed = db.executeQuery('INSERT INTO t (a) VALUES (1)', [], { timeoutMs: 5 });
  setTimeout(() => later.abort(), 5);
  await Promise.all([refuses(() => waiting, 'ABORTED'), refuses(() => timed, 'TIMEOUT')]);
  await held;
  const many = new AbortController();
  setTimeout(() => many.abort(), 10);
  await refuses(() => db.executeMany('INSERT INTO t (a) VALUES (?)', Array.from({ length: 200_000 }, (_, i) => [i]), { signal: many.signal }), 'ABORTED');
  assert.equal(await count(db), 0);
  for (const options of [{ timeoutMs: -1 }, { timeoutMs: 'x' }, { signal: {} }, 5]) await refuses(() => db.executeQuery('SELECT 1', [], options), 'INVALID_ARGUMENT');
  await db.dispose();
  const slow = open({ timeoutMs: 30 });
  await refuses(() => slow.executeQuery(endless), 'TIMEOUT');
  await slow.dispose();
});

test('functions and aggregates: values in and out, what they throw, replaced ones', async () => {
  const db = await withTable();
  await db.createFunction('twice', (x) => x * 2);
  await db.createFunction('parts', (...args) => args.length);
  await db.createFunction('kind', (x) => (x === null ? 'null' : x instanceof Uint8Array ? 'bytes' : typeof x), { deterministic: true });
  await db.createAggregate('joined', { start: () => [], step: (all, x) => [...all, x], result: (all) => all.join('+') });
  assert.deepEqual((await db.executeQuery("SELECT twice(21) AS a, parts() AS b, parts(1, 'x', NULL) AS c, kind(x'00') AS d, kind(NULL) AS e, kind('t') AS f")).rows, [{ a: 42, b: 0, c: 3, d: 'bytes', e: 'null', f: 'string' }]);
  await db.executeMany('INSERT INTO t (a) VALUES (?)', [[1], [2], [3]]);
  assert.equal(await value(db, 'SELECT joined(a) FROM t'), '1+2+3');
  await db.createFunction('twice', (x) => x + x + 1);
  assert.equal(await value(db, 'SELECT twice(1)'), 3);
  await db.createFunction('fails', () => { throw new RangeError('on purpose'); });
  await assert.rejects(db.executeQuery('SELECT fails()'), ({ code, message, cause }) => code === 'SQL' && /on purpose/.test(message) && cause instanceof RangeError);
  await db.createFunction('later', async () => 1);
  await assert.rejects(db.executeQuery('SELECT later()'), /promise|an object/);
  for (const [name, fn, options] of [['', () => 1], ['a\0', () => 1], ['f', 5], ['f', { module: 'x' }], ['f', () => 1, { arity: 200 }], ['f', () => 1, { deterministic: 1 }]]) await refuses(() => db.createFunction(name, fn, options), 'INVALID_ARGUMENT');
  await refuses(() => db.createAggregate('g', { start: () => 1 }), 'INVALID_ARGUMENT');
  await db.createFunction('imported', { module: new URL('./functions.fixture.mjs', import.meta.url), export: 'shout' });
  assert.equal(await value(db, "SELECT imported('a')"), 'A!');
  await refuses(() => db.createFunction('x', { module: new URL('./functions.fixture.mjs', import.meta.url), export: 'nothing' }), 'INVALID_ARGUMENT', /nothing/);
  await db.dispose();
});

test('34: identifier() quotes anything but NUL and lone surrogates', async () => {
  const db = open();
  for (const name of ['t', 'a"b', 'a b', '', 'select', '"; DROP TABLE x; --', '日本', "it's", '[x]', '`y`']) {
    await db.executeQuery(`CREATE TABLE ${db.identifier(name)} (a)`);
    assert.equal(await value(db, 'SELECT name FROM sqlite_schema'), name);
    await db.executeQuery(`DROP TABLE ${db.identifier(name)}`);
  }
  for (const name of ['a\0b', '\ud800', 5, undefined]) assert.throws(() => db.identifier(name), { code: 'INVALID_ARGUMENT' });
  await db.dispose();
});

test('36: serialize and deserialize round-trip; damaged bytes are refused and the old database stands', async () => {
  const db = await withTable();
  await db.createFunction('twice', (x) => x * 2);
  await db.executeMany('INSERT INTO t (a, b) VALUES (?, ?)', Array.from({ length: 500 }, (_, i) => [i, `text ${i}`.repeat(20)]));
  const statement = await db.prepare('SELECT count(*) AS n, twice(1) AS two FROM t');
  const bytes = await db.serialize();
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 15)), 'SQLite format 3');
  assert.deepEqual(await statement.get(), { n: 500, two: 2 });
  await db.executeQuery('DELETE FROM t');
  const flipped = bytes.slice();
  flipped.fill(0xff, 4096, 6000);
  for (const bad of [new Uint8Array(4096).fill(7), bytes.slice(0, bytes.length >> 1), bytes.slice(0, 60), flipped]) await refuses(() => db.deserialize(bad), 'CORRUPT');
  assert.deepEqual(await statement.get(), { n: 0, two: 2 });
  await db.deserialize(bytes);
  assert.deepEqual(await statement.get(), { n: 500, two: 2 });
  await refuses(() => db.deserialize([1, 2]), 'INVALID_ARGUMENT');
  await db.executeQuery('BEGIN');
  await refuses(() => db.serialize(), 'BUSY');
  await db.executeQuery('ROLLBACK');
  await db.dispose();
});

test('optimizeDatabase says what it did', async () => {
  const db = await withTable();
  await db.executeQuery('CREATE INDEX i ON t (a)');
  await db.executeMany('INSERT INTO t (a, b) VALUES (?, ?)', Array.from({ length: 3000 }, (_, i) => [i, 'x'.repeat(500)]));
  await db.executeQuery('DELETE FROM t WHERE id > 10');
  const result = await db.optimizeDatabase();
  assert.deepEqual(result.actions.map(({ sql }) => sql), ['ANALYZE', 'VACUUM']);
  assert.equal(result.integrity, 'ok');
  assert.ok(result.sizeAfter < result.sizeBefore / 4, `${result.sizeBefore} -> ${result.sizeAfter}`);
  assert.deepEqual((await db.optimizeDatabase()).actions.map(({ sql }) => sql), ['PRAGMA optimize=0x10002']);
  await db.dispose();
});

test('readonly refuses every write, and cannot be switched off by SQL', async () => {
  const db = open({ readonly: true });
  assert.equal(await value(db, 'SELECT 1'), 1);
  await refuses(() => db.executeQuery('CREATE TABLE t (a)'), 'READONLY');
  await refuses(() => db.executeQuery('PRAGMA query_only = OFF'), 'READONLY');
  await refuses(() => db.deserialize(new Uint8Array(0)), 'READONLY');
  await db.dispose();
});

test('dispose ends what waits, closes once, and later calls say DISPOSED', async () => {
  const { db, events } = watched();
  await db.executeQuery('CREATE TABLE t (a)');
  const held = db.transaction(async (tx) => { await sleep(20); await tx.executeQuery('INSERT INTO t VALUES (1)'); });
  const waiting = db.executeQuery('SELECT 1');
  const outcomes = Promise.allSettled([held, waiting]);
  const disposal = db.dispose();
  assert.equal(db.dispose(), disposal);
  await disposal;
  assert.deepEqual((await outcomes).map(({ reason }) => reason?.code), ['DISPOSED', 'DISPOSED']);
  for (const call of [() => db.executeQuery('SELECT 1'), () => db.ready(), () => db.transaction(async () => 1), () => db.serialize()]) await refuses(call, 'DISPOSED');
  assert.throws(() => db.subscribe('SELECT 1', [], () => undefined), { code: 'DISPOSED' });
  assert.equal(events.filter(({ type }) => type === 'dispose').length, 1);
});

test('calls are reported with their outcome', async () => {
  const { db, calls } = watched();
  await db.executeQuery('SELECT 1');
  await db.executeQuery('SELECT nothing').catch(() => undefined);
  await (await db.prepare('SELECT 1')).run();
  assert.deepEqual(calls.map(({ service, operation, error, variant }) => [service, operation, error, variant]), [
    ['sqlite', 'executeQuery', undefined, IMPLEMENTATION], ['sqlite', 'executeQuery', 'SQL', IMPLEMENTATION], ['sqlite', 'prepare', undefined, IMPLEMENTATION], ['sqlite', 'run', undefined, IMPLEMENTATION],
  ]);
  await db.dispose();
});
