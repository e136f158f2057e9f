// Memory that ends under SQLite in WebAssembly (FAULTS 18): the artifact as shipped, with a memory that may not grow further. Every call gives its
// answer or a typed error; nothing that was committed is lost, and the database goes on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createSQLiteUtils } from '../../js/dist/services/sqlite/index.js';
import { ServiceError } from '../../js/dist/sqlite.js';
import { faults } from '../../js/dist/testing.js';
import { initialPages, limitMemory } from '../support/limit-memory.mjs';

const BYTES = readFileSync(new URL('../../js/dist/loader/wasm/sqlite.simd.wasm', import.meta.url));
const PAGE = 65_536, MB = 1 << 20;
/** What a memory that has ended may make of a call: refused, or its instance trapped and was replaced (documented for writes). */
const TYPED = ['OUT_OF_MEMORY', 'INSTANCE_POISONED'];

/** A database whose memory ends `bytes` beyond what the module begins with. */
function limited(bytes, { events = [], ...more } = {}) {
  const config = { implementation: 'simd', host: 'inline', wasm: limitMemory(BYTES, initialPages(BYTES) + Math.ceil(bytes / PAGE)), ...more };
  return createSQLiteUtils(config, { sink: { call: () => undefined, event: (event) => events.push(event) }, attach: () => undefined });
}

const value = async (db, sql, params) => Object.values((await db.executeQuery(sql, params)).rows[0])[0];
const outcome = async (call) => {
  try { return { value: await call() }; } catch (error) {
    assert.ok(error instanceof ServiceError, `no ServiceError: ${error?.stack}`);
    return { code: error.code, error };
  }
};
const refuses = async (call, what) => {
  const { code, error } = await outcome(call);
  assert.equal(code, 'OUT_OF_MEMORY', `${what}: ${error?.message ?? 'it went well'}`);
};
const sound = async (db, rows) => {
  assert.equal(await value(db, 'PRAGMA integrity_check'), 'ok');
  assert.equal(await value(db, 'SELECT count(*) FROM t'), rows);
};

async function filled(config, rows = 20) {
  const db = limited(16 * MB, config);
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, b)');
  await db.executeMany('INSERT INTO t (b) VALUES (?)', Array.from({ length: rows }, (_, i) => [`row ${i}`.repeat(10)]));
  return db;
}

test('18 control: with the limit out of reach everything below goes well', async () => {
  const db = limited(600 * MB);
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, b)');
  await db.executeQuery('INSERT INTO t (b) VALUES (?)', [new Uint8Array(20 * MB)]);
  const image = await db.serialize();
  assert.ok(image.length > 20 * MB);
  await db.deserialize(image);
  assert.equal((await db.executeQuery('SELECT b FROM t')).rows[0].b.length, 20 * MB);
  await sound(db, 1);
  await db.dispose();
});

test('18: a table that grows until memory ends: what was acknowledged is there, and deleting makes room again', async () => {
  const db = await filled();
  let rows = 20;
  // What is refused first is what the page cache holds; it is given back then.
  for (let refused = 0; refused < 2 && rows < 500;) {
    const { code } = await outcome(() => db.executeQuery('INSERT INTO t (b) VALUES (?)', [new Uint8Array(200_000).fill(rows)]));
    if (code === undefined) { rows++; refused = 0; } else { assert.ok(TYPED.includes(code), code); refused++; }
  }
  // 9 and more of the 16 MB are rows.
  assert.ok(rows > 65 && rows < 120, `${rows} rows`);
  await sound(db, rows);
  assert.equal((await db.executeQuery('DELETE FROM t WHERE id BETWEEN 21 AND 45')).changes, 25);
  // The rows themselves: none is another's, none is cut.
  const left = (await db.executeQuery('SELECT id, length(b), hex(substr(b, 1, 1)), hex(substr(b, -1)) FROM t WHERE id > 20', [], { rows: 'arrays' })).rows;
  assert.equal(left.length, rows - 45);
  for (const [id, length, first, last] of left) assert.deepEqual([length, parseInt(first, 16), first], [200_000, (id - 1) % 256, last]);
  for (let i = 0; i < 20; i++) await db.executeQuery('INSERT INTO t (b) VALUES (?)', [new Uint8Array(200_000).fill(7)]);
  await sound(db, rows - 5);
  await db.dispose();
});

test('18: a transaction, a batch and many rows that do not fit are undone whole', async () => {
  const db = await filled();
  const large = () => new Uint8Array(3 * MB).fill(1);
  for (const [what, call] of [
    ['transaction', () => db.transaction(async (tx) => { for (let i = 0; i < 20; i++) await tx.executeQuery('INSERT INTO t (b) VALUES (?)', [large()]); })],
    ['batch', () => db.executeBatch(Array.from({ length: 20 }, () => ({ sql: 'INSERT INTO t (b) VALUES (?)', params: [large()] })))],
    ['many', () => db.executeMany('INSERT INTO t (b) VALUES (?)', Array.from({ length: 20 }, () => [large()]))],
    ['one statement', () => db.executeQuery('WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 100) INSERT INTO t (b) SELECT zeroblob(1000000) FROM r')],
  ]) {
    const { code, error } = await outcome(call);
    assert.ok(TYPED.includes(code), `${what}: ${error?.message ?? 'it went well'}`);
    await sound(db, 20);
  }
  await db.executeQuery("INSERT INTO t (b) VALUES ('goes on')");
  await sound(db, 21);
  await db.dispose();
});

test('18, 41: values too large to be bound, read, made or handed over are OUT_OF_MEMORY, and the instance lives', async () => {
  const events = [];
  const db = await filled({ events });
  await db.createFunction('huge', () => new Uint8Array(40 * MB));
  await refuses(() => db.executeQuery('SELECT length(?)', [new Uint8Array(40 * MB)]), 'a blob');
  await refuses(() => db.executeQuery('SELECT length(?)', ['x'.repeat(20 * MB)]), 'a text');
  await refuses(() => db.executeQuery('SELECT zeroblob(30000000) AS b'), 'a blob of zeroes, read');
  await refuses(() => db.executeQuery("SELECT replace(hex(zeroblob(2000000)), '0', '01234567') AS b"), 'a text that is made');
  await refuses(() => db.executeQuery('SELECT group_concat(a.b || c.b || d.b) FROM t a, t c, t d, t e'), 'an aggregate');
  await refuses(() => db.executeQuery('SELECT a.b || c.b FROM t a, t c, t d, t e ORDER BY 1'), 'a sort');
  await refuses(() => db.executeQuery('SELECT length(huge())'), "a function's result");
  await refuses(() => db.deserialize(new Uint8Array(40 * MB)), 'an image');
  await refuses(() => db.applyChangeset(new Uint8Array(40 * MB)), 'a changeset');
  await refuses(() => db.executeQuery('INSERT INTO t (b) SELECT b FROM t RETURNING zeroblob(20000000)'), 'RETURNING: undone with its rows');
  await sound(db, 20);
  assert.deepEqual(events.filter(({ type }) => type === 'recovery'), [], 'no instance was replaced');
  await db.dispose();
});

test('parameters of every size: bound whole, or refused', async () => {
  const seen = { answered: 0, refused: 0 };
  for (let first = MB; first <= 5 * MB; first += MB / 2) {
    const db = await filled({ cacheSize: 50 });
    for (const times of [1, 1.3, 2.2, 2.6, 3, 3.6, 1]) {
      const length = Math.floor(first * times);
      const bytes = new Uint8Array(length).fill(times * 10);
      bytes.set([1, 2, 3], length - 3);
      const { code, value: row } = await outcome(async () => (await db.executeQuery('SELECT length(?1) AS n, hex(substr(?1, -4)) AS h', [bytes])).rows[0]);
      if (code === undefined) assert.deepEqual(row, { n: length, h: `${bytes[0].toString(16).padStart(2, '0').toUpperCase()}010203` });
      else assert.equal(code, 'OUT_OF_MEMORY');
      seen[code === undefined ? 'answered' : 'refused']++;
      await sound(db, 20);
    }
    await db.dispose();
  }
  assert.ok(seen.answered > 20 && seen.refused > 20, JSON.stringify(seen));
});

test('an image that does not fit beside its database is refused, the database stands', async () => {
  const db = await filled({ cacheSize: 50 });
  for (let i = 0; i < 30; i++) await db.executeQuery('INSERT INTO t (b) VALUES (?)', [new Uint8Array(MB / 4)]);
  await refuses(() => db.serialize(), 'serialize');
  await sound(db, 50);
  await db.executeQuery('DELETE FROM t WHERE id > 28');
  await db.executeQuery('VACUUM');
  assert.ok((await db.serialize()).length > 2 * MB);
  await db.dispose();
});

test('a database that fills most of the memory is brought over to a fresh instance', async () => {
  const db = await filled({ cacheSize: 50 });
  for (let i = 0; i < 44; i++) await db.executeQuery('INSERT INTO t (b) VALUES (?)', [new Uint8Array(MB / 4).fill(i)]);
  faults.trapNextCall('sqlite');
  await sound(db, 64);
  assert.equal(await value(db, 'SELECT hex(substr(b, -1)) FROM t WHERE id = 64'), '2B');
  await db.dispose();
});

test('changes that find no room for listeners are not made', async () => {
  const db = limited(24 * MB);
  await db.executeQuery('CREATE TABLE a_table_with_a_rather_long_name_that_every_change_of_it_carries (id INTEGER PRIMARY KEY, a)');
  await db.executeQuery('WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 300000) INSERT INTO a_table_with_a_rather_long_name_that_every_change_of_it_carries SELECT i, 0 FROM r');
  const told = [];
  db.onChange((change) => told.push(change.rowid));
  await db.ready();
  const { code, error } = await outcome(() => db.executeQuery('UPDATE a_table_with_a_rather_long_name_that_every_change_of_it_carries SET a = 1'));
  assert.ok(TYPED.includes(code), error?.message ?? 'it went well');
  assert.equal(await value(db, 'SELECT sum(a) FROM a_table_with_a_rather_long_name_that_every_change_of_it_carries'), 0);
  await db.executeQuery('UPDATE a_table_with_a_rather_long_name_that_every_change_of_it_carries SET a = 1 WHERE id <= 10000');
  assert.equal(told.length, 10_000);
  await db.dispose();
});

test('18: wherever the memory ends: each call of a day gives its answer or a typed error, and the database is sound', async () => {
  const seen = new Map();
  let tried = 0;
  for (let room = 0; room < 3 * MB; room += 2 * PAGE) {
    const db = limited(room);
    const { code: unborn } = await outcome(() => db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, b)'));
    if (unborn !== undefined) { assert.ok([...TYPED].includes(unborn), unborn); seen.set(unborn, (seen.get(unborn) ?? 0) + 1); await db.dispose(); continue; }
    let rows = 0;
    const calls = [
      ['search', () => db.executeQuery('CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(b)')],
      ['index', () => db.executeQuery('CREATE INDEX IF NOT EXISTS t_b ON t (b)')],
      ['insert', () => db.executeQuery('INSERT INTO t (b) VALUES (?)', ['x'.repeat(30_000)]), () => { rows++; }],
      ['many', () => db.executeMany('INSERT INTO t (b) VALUES (?)', Array.from({ length: 300 }, (_, i) => [`text ${i}`])), () => { rows += 300; }],
      ['sort', () => db.executeQuery('SELECT a.b || c.id FROM t a, (SELECT id FROM t LIMIT 5) c ORDER BY 1 DESC'), ({ rowCount }) => assert.equal(rowCount, rows * Math.min(rows, 5))],
      ['json', () => value(db, 'SELECT json_array_length(json_group_array(substr(b, 1, 50))) FROM t'), (n) => assert.equal(n, rows)],
      ['count', () => value(db, 'SELECT count(*) FROM t'), (n) => assert.equal(n, rows)],
      ['image', () => db.serialize(), (bytes) => assert.ok(bytes.length >= 8192)],
      ['vacuum', () => db.executeQuery('VACUUM')],
      ['advice', () => db.analyzeQuery('SELECT * FROM t WHERE b > ? ORDER BY id', ['a'])],
      ['integrity', () => value(db, 'PRAGMA integrity_check'), (text) => assert.equal(text, 'ok')],
    ];
    for (let round = 0; round < 3; round++) {
      for (const [what, call, check] of calls) {
        const { code, value: got, error } = await outcome(call);
        tried++;
        assert.ok(code === undefined || TYPED.includes(code), `${what} in ${room} bytes: ${error?.stack}`);
        if (code === undefined) check?.(got);
        seen.set(`${what}: ${code ?? 'answered'}`, (seen.get(`${what}: ${code ?? 'answered'}`) ?? 0) + 1);
      }
    }
    await db.dispose();
  }
  assert.ok(tried > 600, `${tried} calls`);
  for (const what of ['insert', 'image']) {
    assert.ok(seen.get(`${what}: answered`) > 0, `${what} was never answered`);
    assert.ok(TYPED.some((code) => seen.get(`${what}: ${code}`) > 0), `${what} was never refused`);
  }
});
