// What the WebAssembly engine alone can show: names of tables under rollback, cursors, traps, salvage.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadBest } from '../../../js/dist/loader/index.js';
import { SQLITE } from '../../../js/dist/loader/sqlite.gen.js';
import { createWasmEngine } from '../../../js/dist/services/sqlite/wasm-engine.js';
import { faults } from '../../../js/dist/testing.js';

const NUMBERS = { bigint: false };
let choice;
const engines = [];
const open = (options = {}) => { const engine = createWasmEngine(choice.loaded.createInstance(), options); engines.push(engine); return engine; };
before(async () => { choice = await loadBest(SQLITE, { implementation: 'simd' }); });
after(() => engines.forEach((engine) => engine.close()));

const reads = (engine, sql) => { const statement = engine.prepare(sql); const { reads } = statement.access; statement.finalize(); return reads && [...reads]; };

test('what a statement reads is known for tables and views, and not for virtual tables', () => {
  const engine = open();
  engine.exec('CREATE TABLE a (x); CREATE VIEW v AS SELECT x FROM a; CREATE VIRTUAL TABLE f USING fts5(t); CREATE TEMP TABLE b (y)');
  assert.deepEqual(reads(engine, 'SELECT * FROM v'), ['a', 'v']);
  assert.deepEqual(reads(engine, 'SELECT y FROM b'), ['b']);
  assert.equal(reads(engine, "SELECT * FROM f('x')"), undefined);
  assert.deepEqual(reads(engine, "SELECT value FROM json_each('[1]')"), ['json_each']);
});

test('a schema that was rolled back is not taken for the one that got its version afterwards', () => {
  const engine = open();
  engine.exec('CREATE TABLE other (x)');
  engine.exec('BEGIN; CREATE TABLE t (x)');
  assert.deepEqual(reads(engine, 'SELECT * FROM t'), ['t']);
  engine.exec('ROLLBACK; CREATE VIRTUAL TABLE t USING fts5(x)');
  assert.equal(reads(engine, 'SELECT * FROM t'), undefined);
});

test('a cursor gives portions, and a statement that is being read is BUSY', () => {
  const engine = open();
  engine.exec('CREATE TABLE t (a); WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 10) INSERT INTO t SELECT i FROM r');
  const statement = engine.prepare('SELECT a FROM t');
  const cursor = statement.open(undefined);
  assert.deepEqual(cursor.next(4).arrays(NUMBERS).flat(), [1, 2, 3, 4]);
  assert.throws(() => statement.arrays(undefined, NUMBERS), (error) => error.code === 'BUSY');
  cursor.close();
  assert.equal(cursor.next(4), undefined);
  assert.equal(statement.arrays(undefined, NUMBERS).length, 10);
  const again = statement.open(undefined);
  const seen = [];
  for (let rows = again.next(3); rows; rows = again.next(3)) seen.push(rows.count);
  assert.deepEqual(seen, [3, 3, 3, 1]);
});

test('after a trap nothing is answered, and a fresh instance has what was committed and not what was open', () => {
  const engine = open();
  engine.exec("CREATE TABLE t (a); INSERT INTO t VALUES ('kept'); BEGIN; INSERT INTO t VALUES ('open')");
  faults.trapNextCall('sqlite');
  assert.throws(() => engine.exec('SELECT 1'), (error) => error.code === 'INSTANCE_POISONED');
  assert.throws(() => engine.prepare('SELECT 1'), (error) => error.code === 'INSTANCE_POISONED');
  const fresh = open({ initial: engine.salvage() });
  assert.deepEqual(fresh.prepare('SELECT a FROM t').arrays(undefined, NUMBERS), [['kept']]);
  // And once more: the arena that was filled from outside can be read from outside.
  fresh.exec("INSERT INTO t VALUES ('second life')");
  faults.trapNextCall('sqlite');
  assert.throws(() => fresh.exec('SELECT 1'));
  assert.equal(open({ initial: fresh.salvage() }).prepare('SELECT count(*) FROM t').arrays(undefined, NUMBERS)[0][0], 2);
});

test('control: files that are damaged on the way are refused, not opened', () => {
  const engine = open();
  engine.exec('CREATE TABLE t (a); INSERT INTO t VALUES (randomblob(20000))');
  faults.trapNextCall('sqlite');
  assert.throws(() => engine.exec('SELECT 1'));
  const files = engine.salvage();
  files.get('db').fill(0x55, 4096, 8192);
  assert.throws(() => open({ initial: files }), (error) => error.code === 'CORRUPT');
});

test('where code may not be made from text, rows are the same', async () => {
  const { canMakeCode } = await import('../../../js/dist/make-code.js');
  assert.equal(canMakeCode(), true);
  const engine = open();
  const wide = Array.from({ length: 201 }, (_, i) => `${i} AS c${i}`).join(', ');
  const [row] = engine.prepare(`SELECT ${wide}, 'é😀' AS __proto__, x'0102' AS b, NULL AS n`).objects(undefined, NUMBERS);
  assert.equal(row.c200, 200);
  assert.deepEqual([Object.getOwnPropertyDescriptor(row, '__proto__').value, row.b, row.n], ['é😀', Uint8Array.of(1, 2), null]);
  const repeating = engine.prepare(`WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 99) SELECT ${wide}, 'city ' || (i % 7) AS city, i FROM n`);
  for (const { city, i } of repeating.objects(undefined, NUMBERS)) assert.equal(city, `city ${i % 7}`);
  for (const values of repeating.arrays(undefined, NUMBERS)) assert.equal(values.at(-2), `city ${values.at(-1) % 7}`);
});
