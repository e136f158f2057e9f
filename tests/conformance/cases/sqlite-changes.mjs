/** Changesets, change listeners and live queries. */
import { one, rows, script, sleep, until, withRows } from '../lib/sqlite.mjs';

const all = (db) => rows(db, 'SELECT * FROM t ORDER BY id');

async function pair(createSQLite) {
  const one = await withRows(createSQLite);
  const other = await withRows(createSQLite);
  return [one, other];
}
const change = async (db) => {
  await db.executeQuery("INSERT INTO t VALUES (9, 90, 'new')");
  await db.executeQuery('UPDATE t SET a = 99 WHERE id = 1');
  await db.executeQuery('DELETE FROM t WHERE id = 2');
};

export default [
  {
    name: 'sqlite changeset: what one database changed is applied to another',
    async run({ createSQLite, assert }) {
      const [source, target] = await pair(createSQLite);
      const bytes = await source.changeset(() => change(source));
      assert.ok(bytes instanceof Uint8Array && bytes.length > 0);
      await target.applyChangeset(bytes);
      assert.deepEqual(await all(target), await all(source));
      assert.deepEqual(await all(target), [[1, 99, 'row 1'], [3, 30, 'row 3'], [9, 90, 'new']]);
    },
  },
  {
    name: 'sqlite changeset: nothing changed gives no bytes, and no bytes change nothing',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const bytes = await db.changeset(async () => { await db.executeQuery('UPDATE t SET a = a'); await db.executeQuery("INSERT INTO t VALUES (7, 7, 'x')"); await db.executeQuery('DELETE FROM t WHERE id = 7'); });
      assert.equal(bytes.length, 0);
      await db.applyChangeset(bytes);
      assert.equal((await all(db)).length, 3);
    },
  },
  {
    name: 'sqlite changeset: only the tables asked for',
    async run({ createSQLite, assert }) {
      const [source, target] = await pair(createSQLite);
      for (const db of [source, target]) await db.executeQuery('CREATE TABLE u (id INTEGER PRIMARY KEY, v)');
      const bytes = await source.changeset(async () => { await script(source, 'INSERT INTO u VALUES (1, 1)', 'DELETE FROM t'); }, ['u']);
      await target.applyChangeset(bytes);
      assert.equal((await all(target)).length, 3);
      assert.equal(await one(target, 'SELECT v FROM u'), 1);
    },
  },
  {
    name: 'sqlite changeset: a conflict aborts by default and leaves nothing; omit and replace go on',
    async run({ createSQLite, assert }) {
      const [source, target] = await pair(createSQLite);
      const bytes = await source.changeset(() => change(source));
      await target.executeQuery("UPDATE t SET a = 55 WHERE id = 1");
      const before = await all(target);
      await assert.code(target.applyChangeset(bytes), 'SQL');
      assert.deepEqual(await all(target), before, 'nothing of it');
      const image = await withRows(createSQLite);
      await image.executeQuery("UPDATE t SET a = 55 WHERE id = 1");
      await image.applyChangeset(bytes, 'replace');
      assert.deepEqual(await all(image), [[1, 99, 'row 1'], [3, 30, 'row 3'], [9, 90, 'new']]);
      await target.applyChangeset(bytes, 'omit');
      assert.deepEqual(await all(target), [[1, 55, 'row 1'], [3, 30, 'row 3'], [9, 90, 'new']]);
    },
  },
  {
    name: 'sqlite changeset: damaged bytes are refused and change nothing; wrong arguments too',
    async run({ createSQLite, assert }) {
      const [source, target] = await pair(createSQLite);
      const bytes = await source.changeset(() => change(source));
      for (const bad of [bytes.subarray(0, bytes.length - 3), Uint8Array.of(1, 2, 3), new Uint8Array(50).fill(255)]) {
        await assert.code(target.applyChangeset(bad), ['CORRUPT', 'SQL']);
        assert.equal((await all(target)).length, 3);
      }
      for (const bad of [undefined, 'x', [1], new ArrayBuffer(3)]) await assert.code(target.applyChangeset(bad), 'INVALID_ARGUMENT');
      await assert.code(target.applyChangeset(bytes, 'ignore'), 'INVALID_ARGUMENT');
      await assert.code(target.changeset('x'), 'INVALID_ARGUMENT');
      await assert.code(target.changeset(async () => undefined, 't'), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'sqlite changeset: a throw in its function comes out, and the next one records again',
    async run({ createSQLite, assert }) {
      const [source, target] = await pair(createSQLite);
      const own = new Error('own');
      let caught;
      const attempt = source.changeset(async () => { throw own; });
      try { await attempt; } catch (error) { caught = error; }
      if (caught?.code === 'UNSUPPORTED') throw caught;
      assert.ok(caught === own);
      await target.applyChangeset(await source.changeset(() => change(source)));
      assert.deepEqual(await all(target), await all(source));
    },
  },
  {
    name: 'sqlite onChange: once per row that a commit changed, in order, with rowid',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const seen = [];
      const end = db.onChange((c) => seen.push(`${c.operation} ${c.table} ${c.rowid}`));
      await db.ready();
      await db.executeQuery("INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b')");
      await db.executeQuery('UPDATE t SET a = 5 WHERE id = 2');
      await db.executeQuery('DELETE FROM t WHERE id = 1');
      await db.executeMany('INSERT INTO t (id) VALUES (?)', [[7], [8]]);
      const expected = ['insert t 1', 'insert t 2', 'update t 2', 'delete t 1', 'insert t 7', 'insert t 8'];
      await until(() => seen.length >= expected.length, 'the changes');
      assert.deepEqual(seen, expected);
      end();
      end();
      await db.executeQuery('DELETE FROM t WHERE id = 2');
      await sleep(20);
      assert.deepEqual(seen, expected, 'nothing after the end');
    },
  },
  {
    name: 'sqlite onChange: a DELETE without WHERE tells each row; what was rolled back is not told',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 3);
      const seen = [];
      db.onChange((c) => seen.push(`${c.operation} ${c.rowid}`));
      await db.ready();
      try { await db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t WHERE id = 1'); throw new Error('back'); }); } catch { /* as meant */ }
      await db.transaction(async (tx) => {
        await tx.executeQuery('INSERT INTO t (id) VALUES (10)');
        try { await tx.transaction(async (inner) => { await inner.executeQuery('INSERT INTO t (id) VALUES (11)'); throw new Error('inner'); }); } catch { /* undone */ }
        assert.deepEqual(seen, [], 'nothing before the commit');
      });
      await assert.code(db.executeQuery('INSERT INTO t (id) VALUES (20), (1)'), 'SQL');
      await db.executeQuery('DELETE FROM t');
      await until(() => seen.length >= 5, 'the changes');
      assert.equal(seen[0], 'insert 10');
      assert.deepEqual(seen.slice(1).sort(), ['delete 1', 'delete 10', 'delete 2', 'delete 3']);
    },
  },
  {
    name: 'sqlite onChange: triggers\' rows are told; a listener that throws harms nobody',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await script(db, 'CREATE TABLE log (x)', 'CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END');
      const seen = [];
      db.onChange(() => { throw new Error('of the listener'); });
      db.onChange((c) => seen.push(c.table));
      await db.ready();
      await db.executeQuery('INSERT INTO t (a) VALUES (1)');
      await until(() => seen.length >= 2, 'both');
      assert.deepEqual(seen.sort(), ['log', 't']);
      await assert.code(async () => db.onChange('x'), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'sqlite subscribe: called at once, and again whenever a table it read was written',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 2);
      await db.executeQuery('CREATE TABLE other (x)');
      const seen = [];
      const end = db.subscribe('SELECT count(*) AS n FROM t WHERE a >= ?', [10], (result) => seen.push(result.rows[0].n));
      await until(() => seen.length === 1, 'the first');
      assert.deepEqual(seen, [2]);
      await db.executeQuery('INSERT INTO t (a) VALUES (50)');
      await until(() => seen.length === 2, 'the second');
      await db.executeQuery('INSERT INTO other VALUES (1)');
      await sleep(30);
      assert.deepEqual(seen, [2, 3], 'another table does not call it');
      await db.transaction(async (tx) => { for (let i = 0; i < 5; i++) await tx.executeQuery('INSERT INTO t (a) VALUES (60)'); });
      await until(() => seen.at(-1) === 8, 'the third');
      assert.deepEqual(seen, [2, 3, 8], 'once for a transaction');
      try { await db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t'); throw new Error('back'); }); } catch { /* as meant */ }
      await sleep(30);
      assert.equal(seen.at(-1), 8);
      end();
      await db.executeQuery('DELETE FROM t');
      await sleep(30);
      assert.equal(seen.at(-1), 8, 'nothing after the end');
    },
  },
  {
    name: 'sqlite subscribe: joins, views and triggers call it; the last call tells the last state',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      await script(db, 'CREATE TABLE u (id, v)', 'CREATE VIEW w AS SELECT sum(v) AS s FROM u JOIN t USING (id)', 'CREATE TRIGGER tr AFTER UPDATE ON t BEGIN INSERT INTO u VALUES (new.id, new.a); END');
      let last;
      db.subscribe('SELECT s FROM w', [], ({ rows: [row] }) => { last = row.s; });
      await until(() => last === null, 'the first');
      await db.executeQuery('UPDATE t SET a = 7');
      await until(() => last === 7, 'after the trigger');
      for (let i = 0; i < 50; i++) db.executeQuery('INSERT INTO u VALUES (1, 1)');
      await until(() => last === 57, 'the last state');
      await db.executeQuery('DELETE FROM t');
      await until(() => last === null, 'and the other table');
    },
  },
  {
    name: 'sqlite subscribe: a listener that throws, and a query that fails, harm nobody',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 1);
      const seen = [];
      db.subscribe('SELECT count(*) AS n FROM t', [], () => { throw new Error('of the listener'); });
      db.subscribe('SELECT * FROM later', [], ({ rowCount }) => seen.push(rowCount));
      await sleep(20);
      assert.deepEqual(seen, []);
      await db.executeQuery('CREATE TABLE later (x)');
      await until(() => seen.at(-1) === 0, 'once the table stands');
      await db.executeQuery('INSERT INTO later VALUES (1)');
      await until(() => seen.at(-1) === 1, 'and then its rows');
      await assert.code(async () => db.subscribe('SELECT 1', [], 'x'), 'INVALID_ARGUMENT');
      await assert.code(async () => db.subscribe(5, [], () => undefined), 'INVALID_ARGUMENT');
    },
  },
];
