/** A database as bytes, and a schema that grows by steps. */
import { bytes as pattern, column, one, rows, script, withRows } from '../lib/sqlite.mjs';

const HEADER = 'SQLite format 3\0';

export default [
  {
    name: 'sqlite bytes: what serialize gives is a database file, and deserialize makes another database the same',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 500);
      await script(db, 'CREATE INDEX by_a ON t (a)', 'CREATE VIEW v AS SELECT a FROM t WHERE id < 3', 'CREATE TABLE odd (x)', 'PRAGMA user_version = 9');
      await db.executeMany('INSERT INTO odd VALUES (?)', [[null], ['né 🦊'], [1.5], [pattern(300)], [2n ** 60n]]);
      const image = await db.serialize();
      assert.ok(image instanceof Uint8Array);
      assert.equal(String.fromCharCode(...image.subarray(0, 16)), HEADER);
      const other = createSQLite();
      await other.executeQuery('CREATE TABLE gone (x)');
      await other.deserialize(image);
      assert.deepEqual(await column(other, 'SELECT name FROM sqlite_schema ORDER BY name'), ['by_a', 'odd', 't', 'v']);
      assert.deepEqual(await rows(other, 'SELECT x, typeof(x) FROM odd', [], { bigint: true }), await rows(db, 'SELECT x, typeof(x) FROM odd', [], { bigint: true }));
      assert.equal(await one(other, 'PRAGMA user_version'), 9);
      assert.equal(await one(other, 'SELECT sum(a) FROM t'), await one(db, 'SELECT sum(a) FROM t'));
      assert.equal(await one(other, 'PRAGMA integrity_check'), 'ok');
      await other.executeQuery('INSERT INTO odd VALUES (7)');
      assert.equal(await one(db, 'SELECT count(*) FROM odd'), 5, 'they go their own ways');
    },
  },
  {
    name: 'sqlite bytes: they are a copy, both ways',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const image = await db.serialize();
      const kept = image.slice();
      await db.executeQuery('DELETE FROM t');
      assert.deepEqual(image, kept);
      const other = createSQLite();
      const loading = other.deserialize(image);
      image.fill(0);
      await loading;
      assert.equal(await one(other, 'SELECT count(*) FROM t'), 3);
      assert.equal(await one(other, 'PRAGMA integrity_check'), 'ok');
    },
  },
  {
    name: 'sqlite bytes: an empty database, and no bytes, make an empty database',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const image = await createSQLite().serialize();
      await db.deserialize(image);
      assert.equal(await one(db, 'SELECT count(*) FROM sqlite_schema'), 0);
      await db.executeQuery('CREATE TABLE t (x)');
      await db.deserialize(new Uint8Array(0));
      assert.equal(await one(db, 'SELECT count(*) FROM sqlite_schema'), 0);
      await db.executeQuery('CREATE TABLE t (x)');
    },
  },
  {
    name: 'sqlite bytes: damaged, truncated and foreign ones are CORRUPT, and what was open stays and works',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 200);
      const image = await db.serialize();
      const broken = image.slice();
      broken.fill(0xff, 100, 400);
      for (const [bad, what] of [[image.slice(0, 50), 'within the header'], [image.slice(0, image.length - 4096), 'a page less'], [broken, 'the schema overwritten'], [pattern(5000), 'no database'], [new TextEncoder().encode('id,name\n1,fox\n'.repeat(100)), 'text']]) {
        await assert.code(db.deserialize(bad), 'CORRUPT', what);
        assert.equal(await one(db, 'SELECT count(*) FROM t'), 200, what);
      }
      await db.executeQuery('INSERT INTO t (a) VALUES (1)');
      for (const wrong of [undefined, null, 'bytes', [1, 2], 5]) await assert.code(async () => db.deserialize(wrong), 'INVALID_ARGUMENT', String(wrong));
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 201);
    },
  },
  {
    name: 'sqlite bytes: functions, live queries and prepared statements go on with the new database',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 3, { host: 'inline' });
      await db.createFunction('twice', (x) => x * 2);
      const statement = await db.prepare('SELECT twice(count(*)) AS n FROM t');
      const image = await db.serialize();
      assert.deepEqual(await statement.get(), { n: 6 }, 'after serialize');
      await db.executeQuery('DELETE FROM t WHERE id > 1');
      assert.deepEqual(await statement.get(), { n: 2 });
      await db.deserialize(image);
      assert.deepEqual(await statement.get(), { n: 6 }, 'after deserialize');
      statement.finalize();
    },
  },
  {
    name: 'sqlite bytes: taken while a stream is read, they hold what is committed, and the stream goes on',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 20);
      const seen = [];
      let image;
      for await (const portion of db.stream('SELECT id FROM t ORDER BY id', [], { rows: 'arrays', chunkSize: 3 })) {
        seen.push(...portion.flat());
        image ??= await db.serialize();
      }
      assert.deepEqual(seen, Array.from({ length: 20 }, (_, i) => i + 1));
      const other = createSQLite();
      await other.deserialize(image);
      assert.equal(await one(other, 'SELECT count(*) FROM t'), 20);
    },
  },
  {
    name: 'sqlite migrate: runs what is above user_version, once, each step all or nothing',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const steps = ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)', async (tx) => { await tx.executeQuery("INSERT INTO notes (text) VALUES ('first')"); }];
      assert.deepEqual(await db.migrate(steps), { from: 0, to: 2 });
      assert.deepEqual(await db.migrate(steps), { from: 2, to: 2 });
      assert.equal(await one(db, 'SELECT count(*) FROM notes'), 1);
      steps.push('ALTER TABLE notes ADD COLUMN at TEXT; CREATE INDEX notes_at ON notes (at)');
      assert.deepEqual(await db.migrate(steps), { from: 2, to: 3 });
      assert.equal(await one(db, 'PRAGMA user_version'), 3);
      await assert.code(db.migrate([...steps, 'CREATE TABLE more (x)', 'CREATE TABLE again (x); INSERT INTO nowhere VALUES (1)']), 'SQL');
      assert.equal(await one(db, 'PRAGMA user_version'), 4, 'the step before the one that failed stands');
      assert.deepEqual(await column(db, "SELECT name FROM sqlite_schema WHERE name IN ('more', 'again')"), ['more']);
    },
  },
];
