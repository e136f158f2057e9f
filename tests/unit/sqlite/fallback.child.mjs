// Runs in the newest Node and in Bun, whose own SQLite is the fallback: what those have beyond sql.js. Prints one line of JSON.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createSQLiteUtils } from '../../../js/dist/sqlite.js';

const [directory] = process.argv.slice(2);
const open = (config) => createSQLiteUtils({ implementation: 'js', host: 'inline', ...config });
const done = [];

{ // a real file, in WAL, that outlives the service
  const file = join(directory, 'a.db');
  const db = open({ storage: { file } });
  await db.executeQuery('CREATE TABLE t (a)');
  await db.executeMany('INSERT INTO t VALUES (?)', [[1], [2], [3]]);
  assert.equal(db.info.journalMode, 'wal');
  assert.equal((await db.executeQuery('PRAGMA synchronous')).rows[0].synchronous, 1);
  // Another connection writes: no kept result is served after it.
  const count = async () => { const { rows, fromCache } = await db.executeQuery('SELECT count(*) AS n FROM t', [], { useCache: true }); return [rows[0].n, fromCache]; };
  await count();
  assert.deepEqual(await count(), [3, true]);
  const other = open({ storage: { file: new URL(`file://${file}`).href } });
  await other.executeQuery('INSERT INTO t VALUES (4)');
  assert.deepEqual(await count(), [4, false]);
  await other.dispose();
  await db.dispose();
  const again = open({ storage: { file }, readonly: true });
  assert.equal((await again.executeQuery('SELECT count(*) AS n FROM t')).rows[0].n, 4);
  await assert.rejects(again.executeQuery('INSERT INTO t VALUES (5)'), { code: 'READONLY' });
  await again.dispose();
  const plain = open({ storage: { file: join(directory, 'b.db') }, enableWAL: false, synchronous: 'off' });
  await plain.ready();
  assert.equal(plain.info.journalMode, 'delete');
  await assert.rejects(plain.deserialize(new Uint8Array(0)), { code: 'UNSUPPORTED' });
  await plain.dispose();
  await assert.rejects(open({ storage: { file: join(directory, 'no', 'such', 'c.db') } }).ready(), { code: 'STORAGE_IO' });
  done.push('files');
}
{ // full-text search, where the host's build has it
  const db = open();
  await db.executeQuery('CREATE VIRTUAL TABLE f USING fts5(x)');
  await db.executeQuery("INSERT INTO f VALUES ('a red fox')");
  const ask = async () => { const { rows, fromCache } = await db.executeQuery("SELECT count(*) AS n FROM f WHERE f MATCH 'fox'", [], { useCache: true }); return [rows[0].n, fromCache]; };
  await ask();
  assert.deepEqual(await ask(), [1, false], 'what a virtual table reads is not known, so it is not kept');
  await db.executeQuery('CREATE TABLE u (a)');
  await db.executeQuery('SELECT count(*) FROM u', [], { useCache: true });
  await db.executeQuery("INSERT INTO f VALUES ('fox')");
  assert.equal((await db.executeQuery('SELECT count(*) FROM u', [], { useCache: true })).fromCache, false, 'what it writes is not known either');
  await db.dispose();
  done.push('fts5');
}
{
  const a = open();
  const b = open();
  for (const db of [a, b]) await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, x)');
  if (a.info.engine === 'bun:sqlite') await assert.rejects(a.changeset(async () => undefined), { code: 'UNSUPPORTED' });
  else {
    const changes = await a.changeset(async () => { await a.executeMany('INSERT INTO t VALUES (?, ?)', [[1, 'a'], [2, 'b']]); }, ['t']);
    await b.applyChangeset(changes);
    assert.equal((await b.executeQuery('SELECT count(*) AS n FROM t')).rows[0].n, 2);
    await assert.rejects(b.applyChangeset(changes), { code: 'SQL' });
    await b.executeQuery("UPDATE t SET x = 'mine'");
    await b.applyChangeset(changes, 'omit');
    assert.equal((await b.executeQuery('SELECT x FROM t')).rows[0].x, 'mine');
    await b.applyChangeset(changes, 'replace');
    assert.equal((await b.executeQuery('SELECT x FROM t')).rows[0].x, 'a');
    const mine = new Error('mine');
    await assert.rejects(a.changeset(async () => { throw mine; }), (error) => error === mine);
    assert.equal((await a.changeset(async () => undefined)).length, 0, 'one that failed does not stay open');
  }
  await a.dispose();
  await b.dispose();
  done.push('changesets');
}
console.log(JSON.stringify(done));
