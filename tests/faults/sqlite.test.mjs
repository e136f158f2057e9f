// SQLite under hostile input and failing storages (FAULTS 34 to 41), each with its control. WebAssembly, and the fallback where it can.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createSQLiteUtils } from '../../js/dist/sqlite.js';
import { faults } from '../../js/dist/testing.js';

const folder = mkdtempSync(join(tmpdir(), 'sqlite-faults-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const open = (config = {}) => createSQLiteUtils({ implementation: 'simd', host: 'inline', ...config });
const rows = async (db, sql, params) => (await db.executeQuery(sql, params)).rows;
const sound = async (db) => assert.deepEqual(await rows(db, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);

test('34: values are values and names are names, whatever they hold; one statement a call. Control: the payload pasted into the text does its harm', async () => {
  const payloads = ["'; DROP TABLE users; --", '" OR 1=1 --', "Robert'); DELETE FROM users; --", '%', '\\', "''", '/* */', '-- ', "x' UNION SELECT sql FROM sqlite_schema --"];
  const db = open();
  await db.executeQuery('CREATE TABLE users (name TEXT)');
  for (const payload of payloads) {
    await db.executeQuery('INSERT INTO users VALUES (?)', [payload]);
    assert.deepEqual(await rows(db, 'SELECT name FROM users WHERE name = ?', [payload]), [{ name: payload }]);
  }
  await assert.rejects(db.executeQuery('SELECT 1; DROP TABLE users'), { code: 'INVALID_ARGUMENT' });
  assert.equal((await rows(db, 'SELECT count(*) AS n FROM users'))[0].n, payloads.length);
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((s) => !s.includes('\0') && s.isWellFormed?.() !== false && !/^sqlite_/i.test(s)), async (name) => {
    await db.executeQuery(`CREATE TABLE ${db.identifier(name)} (${db.identifier(name)})`);
    assert.deepEqual((await rows(db, 'SELECT name FROM sqlite_schema ORDER BY rowid DESC LIMIT 1'))[0], { name });
    await db.executeQuery(`DROP TABLE ${db.identifier(name)}`);
  }), { seed: 34, numRuns: 60 });
  assert.throws(() => db.identifier('a\0b'), { code: 'INVALID_ARGUMENT' });
  const pasted = await rows(db, `SELECT count(*) AS n FROM users WHERE name = 'x' OR '1' = '1'`);
  assert.equal(pasted[0].n, payloads.length, 'control: pasted into the text it selects everything');
  await db.dispose();
});

const HOSTILE = {
  'an endless recursive query': 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c',
  'a cross join': `SELECT count(*) FROM ${Array.from({ length: 8 }, (_, i) => `big b${i}`).join(', ')}`,
  'a huge blob': 'SELECT length(randomblob(2000000000))',
  'many unions': Array.from({ length: 5000 }, (_, i) => `SELECT ${i}`).join(' UNION ALL '),
  'a deep expression': `SELECT ${'('.repeat(3000)}1${')'.repeat(3000)}`,
  ATTACH: "ATTACH 'x.db' AS x",
  writable_schema: 'PRAGMA writable_schema = ON',
  'an extension': "SELECT load_extension('evil')",
};
test('35: hostile statements end within their second, by a code, and the database goes on. Control: a neighbour of each is answered', async () => {
  const db = open();
  await db.executeQuery('CREATE TABLE big (a)');
  await db.executeMany('INSERT INTO big VALUES (?)', Array.from({ length: 300 }, (_, i) => [i]));
  for (const [what, sql] of Object.entries(HOSTILE)) {
    const began = performance.now();
    const outcome = await db.executeQuery(sql, [], { timeoutMs: 1000 }).then((result) => result, (error) => error);
    assert.ok(performance.now() - began < 5000, what);
    if (what === 'writable_schema') {
      await assert.rejects(db.executeQuery("UPDATE sqlite_schema SET sql = ''"), { code: 'SQL' });
      continue;
    }
    assert.ok(['TIMEOUT', 'SQL', 'OUT_OF_MEMORY', 'TOO_LARGE', 'UNSUPPORTED', 'INVALID_ARGUMENT'].includes(outcome.code), `${what}: ${outcome.code} ${outcome.message}`);
    await sound(db);
  }
  for (const sql of ['WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 9) SELECT count(*) FROM c', 'SELECT count(*) FROM big a, big b', 'SELECT length(randomblob(2000))', 'SELECT 1 UNION ALL SELECT 2', 'SELECT ((((1))))']) {
    assert.ok((await rows(db, sql, [])).length > 0, `control: ${sql}`);
  }
  await db.dispose();
});

test('36: images and files that are cut, flipped or foreign are CORRUPT or harmless, never a trap; what was open stays. Control: the whole image opens', async () => {
  const db = open();
  await db.executeQuery('CREATE TABLE t (a, b)');
  await db.executeMany('INSERT INTO t VALUES (?, ?)', Array.from({ length: 500 }, (_, i) => [i, `text ${i}`]));
  await db.executeQuery('CREATE INDEX i ON t (b)');
  const image = await db.serialize();
  const events = [];
  const victim = createSQLiteUtils({ implementation: 'simd', host: 'inline' }, { sink: { call() {}, event: (event) => events.push(event) }, attach() {} });
  await victim.executeQuery('CREATE TABLE mine (a)');
  const check = async (bytes, what) => {
    const code = await victim.deserialize(bytes).then(() => 'taken', (error) => error.code);
    assert.ok(code === 'taken' || code === 'CORRUPT' || code === 'INVALID_ARGUMENT', `${what}: ${code}`);
    const read = await rows(victim, code === 'taken' ? 'SELECT count(b) FROM t' : 'SELECT * FROM mine').then(() => 'read', (error) => error.code);
    assert.ok(code === 'taken' ? ['read', 'CORRUPT', 'SQL'].includes(read) : read === 'read', `${what}: ${read}`);
    if (code === 'taken') { await victim.deserialize(image); await victim.executeQuery('DROP TABLE t'); await victim.executeQuery('CREATE TABLE IF NOT EXISTS mine (a)'); }
  };
  let state = 36;
  const random = (n) => { state = (state * 1103515245 + 12345) % 2147483648; return state % n; };
  for (let i = 0; i < 20; i++) await check(image.slice(0, Math.floor(i * image.length / 20)), `cut at ${i}/20`);
  for (let i = 0; i < 150; i++) {
    const bytes = image.slice();
    for (let k = 0; k <= i % 4; k++) bytes[random(i % 3 ? bytes.length : 4096)] ^= 1 << random(8);
    await check(bytes, `flip ${i}`);
  }
  await check(new TextEncoder().encode('this is no database '.repeat(300)), 'foreign');
  assert.deepEqual(events.filter(({ type }) => type === 'recovery'), [], 'no instance trapped');
  await victim.deserialize(image);
  assert.equal((await rows(victim, 'SELECT count(*) AS n FROM t'))[0].n, 500, 'control');
  const file = join(folder, 'hostile.db'), foreign = Buffer.from('not a database '.repeat(1000));
  writeFileSync(file, foreign);
  const opened = open({ storage: { file } });
  await assert.rejects(opened.executeQuery('SELECT * FROM sqlite_schema'), { code: 'CORRUPT' });
  await opened.dispose().catch(() => undefined);
  assert.ok(readFileSync(file).equals(foreign), 'the original is untouched');
  await Promise.all([db.dispose(), victim.dispose()]);
});

for (const [how, code] of [['quota', 'QUOTA'], ['io', 'STORAGE_IO'], ['torn', 'STORAGE_IO']]) {
  test(`38: a storage that fails (${how}) under a write: the call rejects with a code, nothing half is there, and it works again. Control: before and after`, async () => {
    const file = join(folder, `failing-${how}.db`);
    const db = open({ storage: { file } });
    await db.executeQuery('CREATE TABLE t (a)');
    await db.executeQuery('INSERT INTO t VALUES (1)');
    faults.failStorageAfter('sqlite', 0, how);
    await assert.rejects(db.executeMany('INSERT INTO t VALUES (?)', Array.from({ length: 3000 }, (_, i) => ['x'.repeat(100) + i])), (error) => error.code === code || error.code === 'SQL');
    assert.equal((await rows(db, 'SELECT count(*) AS n FROM t'))[0].n, 1);
    await db.executeQuery('INSERT INTO t VALUES (2)');
    assert.equal((await rows(db, 'SELECT count(*) AS n FROM t'))[0].n, 2, 'control');
    await sound(db);
    await db.dispose();
    const again = open({ storage: { file } });
    assert.equal((await rows(again, 'SELECT count(*) AS n FROM t'))[0].n, 2);
    await again.dispose();
  });
}

test('39: a second opener of a file is BUSY. Control: another file is not, and neither is this one when it is closed', async () => {
  const file = join(folder, 'shared.db');
  const first = open({ storage: { file } });
  await first.executeQuery('CREATE TABLE t (a)');
  const second = open({ storage: { file } });
  await assert.rejects(second.ready(), { code: 'BUSY' });
  const other = open({ storage: { file: join(folder, 'other.db') } });
  await other.ready();
  await first.dispose();
  await second.ready();
  await Promise.all([second.dispose(), other.dispose()]);
});

test('40: a throw, a dispose and a refused statement inside a transaction undo it, nested or side by side. Control: one that ends is kept', async () => {
  const db = open();
  await db.executeQuery('CREATE TABLE t (a)');
  await assert.rejects(db.transaction(async (tx) => { await tx.executeQuery('INSERT INTO t VALUES (1)'); throw new Error('mine'); }), /mine/);
  await assert.rejects(db.executeTransaction([{ sql: 'INSERT INTO t VALUES (2)' }, { sql: 'INSERT INTO nowhere VALUES (2)' }]), { code: 'SQL' });
  await db.transaction(async (tx) => {
    await tx.executeQuery('INSERT INTO t VALUES (3)');
    await tx.transaction(async (inner) => { await inner.executeQuery('INSERT INTO t VALUES (4)'); throw new Error('inner'); }).catch(() => undefined);
  });
  await Promise.all(Array.from({ length: 5 }, (_, i) => db.transaction((tx) => tx.executeQuery('INSERT INTO t VALUES (?)', [10 + i]))));
  assert.deepEqual((await rows(db, 'SELECT a FROM t')).map(({ a }) => a), [3, 10, 11, 12, 13, 14], 'control: those that ended, in their order');
  const open40 = db.transaction(async (tx) => { await tx.executeQuery('INSERT INTO t VALUES (99)'); await new Promise(() => undefined); });
  const outcome = assert.rejects(open40, { code: 'DISPOSED' });
  await db.dispose();
  await outcome;
});
