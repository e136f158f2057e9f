/** What a result looks like: the three row modes, and the fields beside the rows. */
import { bytes, one, rows, script, withRows } from '../lib/sqlite.mjs';

export default [
  {
    name: 'sqlite rows: objects are the default, with the columns in order',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const result = await db.executeQuery('SELECT b, id FROM t ORDER BY id');
      assert.deepEqual(result.columns, ['b', 'id']);
      assert.deepEqual(Object.keys(result.rows[0]), ['b', 'id']);
      assert.deepEqual(result.rows, [{ b: 'row 1', id: 1 }, { b: 'row 2', id: 2 }, { b: 'row 3', id: 3 }]);
      assert.equal(result.rowCount, 3);
      assert.equal(result.fromCache, false);
      assert.equal(result.columnData, undefined);
      assert.equal(result.plan, undefined);
      assert.ok(result.durationMs >= 0 && Number.isFinite(result.durationMs));
    },
  },
  {
    name: 'sqlite rows: arrays and columns hold the same values',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const sql = 'SELECT id, a / 3.0 AS third, b FROM t ORDER BY id DESC';
      const arrays = await db.executeQuery(sql, [], { rows: 'arrays' });
      assert.deepEqual(arrays.rows, [[3, 10, 'row 3'], [2, 20 / 3, 'row 2'], [1, 10 / 3, 'row 1']]);
      assert.equal(arrays.rowCount, 3);
      const columns = await db.executeQuery(sql, [], { rows: 'columns' });
      assert.deepEqual(columns.rows, []);
      assert.equal(columns.rowCount, 3);
      assert.deepEqual(columns.columns, ['id', 'third', 'b']);
      assert.ok(columns.columnData.id instanceof Float64Array, 'numbers are a Float64Array');
      assert.deepEqual([...columns.columnData.id], [3, 2, 1]);
      assert.deepEqual([...columns.columnData.third], [10, 20 / 3, 10 / 3]);
      assert.ok(Array.isArray(columns.columnData.b));
      assert.deepEqual(columns.columnData.b, ['row 3', 'row 2', 'row 1']);
    },
  },
  {
    name: 'sqlite rows: NULL in a column of numbers stays NULL, wherever it stands',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await script(db, 'CREATE TABLE t (id INTEGER PRIMARY KEY, v)');
      for (const list of [[null, 1, 2], [1, null, 2], [1, 2, null], [null, null], [null, 0, 0.5]]) {
        await db.executeQuery('DELETE FROM t');
        await db.executeMany('INSERT INTO t (v) VALUES (?)', list.map((v) => [v]));
        for (const options of [{}, { bigint: true }]) {
          const expected = list.map((v) => (options.bigint && Number.isInteger(v) ? BigInt(v) : v));
          const objects = await db.executeQuery('SELECT v FROM t ORDER BY id', [], options);
          const columns = await db.executeQuery('SELECT v FROM t ORDER BY id', [], { ...options, rows: 'columns' });
          expected.forEach((v, i) => {
            assert.equal(objects.rows[i].v, v);
            assert.equal(columns.columnData.v[i], v, `${JSON.stringify(list)} at ${i}`);
          });
        }
      }
    },
  },
  {
    name: 'sqlite rows: every value has its own type, within one column and over many rows',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const mixed = [1, 'one', null, 1.5, bytes(3), '', 0, new Uint8Array(0), -1, 'é'];
      await script(db, 'CREATE TABLE t (id INTEGER PRIMARY KEY, v)');
      await db.executeMany('INSERT INTO t (v) VALUES (?)', Array.from({ length: 5000 }, (_, i) => [mixed[(i * 7) % 10]]));
      const objects = (await db.executeQuery('SELECT v FROM t ORDER BY id')).rows.map(({ v }) => v);
      const { columnData } = await db.executeQuery('SELECT v FROM t ORDER BY id', [], { rows: 'columns' });
      assert.equal(objects.length, 5000);
      for (let i = 0; i < 5000; i++) {
        const expected = mixed[(i * 7) % 10];
        if (typeof expected === 'object' && expected !== null) { assert.deepEqual(objects[i], expected); assert.deepEqual(columnData.v[i], expected); }
        else { assert.equal(objects[i], expected); assert.equal(columnData.v[i], expected); }
      }
    },
  },
  {
    name: 'sqlite rows: of equal column names the last counts in objects; arrays keep all',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const sql = "SELECT 1 AS x, 2 AS y, 3 AS x";
      const objects = await db.executeQuery(sql);
      assert.deepEqual(objects.columns, ['x', 'y', 'x']);
      assert.deepEqual(objects.rows, [{ x: 3, y: 2 }]);
      assert.deepEqual(await rows(db, sql), [[1, 2, 3]]);
      const { columnData } = await db.executeQuery(sql, [], { rows: 'columns' });
      assert.deepEqual([...columnData.x], [3]);
      await script(db, 'CREATE TABLE a (id, v)', 'CREATE TABLE b (id, v)', "INSERT INTO a VALUES (1, 'a')", "INSERT INTO b VALUES (1, 'b')");
      assert.deepEqual(await rows(db, 'SELECT * FROM a JOIN b USING (id)'), [[1, 'a', 'b']]);
    },
  },
  {
    name: 'sqlite rows: column names such as __proto__, constructor and "" are own keys and nothing else',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const { rows: [row], columns } = await db.executeQuery(`SELECT 1 AS "__proto__", 2 AS constructor, 3 AS "toString", 4 AS "", 5 AS "a""b", 6 AS "a'b\\", 7 AS "😀", 8 AS "0", 9 AS "hasOwnProperty"`);
      assert.deepEqual(columns, ['__proto__', 'constructor', 'toString', '', 'a"b', "a'b\\", '😀', '0', 'hasOwnProperty']);
      for (const [i, name] of columns.entries()) {
        assert.ok(Object.hasOwn(row, name), `${name} is an own key`);
        assert.equal(Object.getOwnPropertyDescriptor(row, name).value, i + 1, name);
      }
      assert.equal({}.polluted, undefined);
      assert.equal(Object.getPrototypeOf({}), Object.prototype);
    },
  },
  {
    name: 'sqlite rows: 500 columns',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const list = Array.from({ length: 500 }, (_, i) => `${i} AS c${i}`).join();
      const { rows: [row] } = await db.executeQuery(`SELECT ${list}`);
      assert.equal(Object.keys(row).length, 500);
      assert.equal(row.c0, 0);
      assert.equal(row.c499, 499);
    },
  },
  {
    name: 'sqlite rows: no rows have columns all the same',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      for (const mode of ['objects', 'arrays', 'columns']) {
        const result = await db.executeQuery('SELECT id, b AS name FROM t WHERE id > 99', [], { rows: mode });
        assert.deepEqual(result.rows, []);
        assert.deepEqual(result.columns, ['id', 'name']);
        assert.equal(result.rowCount, 0);
        if (mode === 'columns') assert.deepEqual([result.columnData.id.length, result.columnData.name.length], [0, 0]);
      }
    },
  },
  {
    name: 'sqlite rows: changes and lastInsertRowid of each kind of statement',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const insert = await db.executeQuery("INSERT INTO t VALUES (5, 1, 'a'), (9, 2, 'b')");
      assert.deepEqual([insert.changes, Number(insert.lastInsertRowid), insert.rowCount], [2, 9, 0]);
      assert.equal((await db.executeQuery('UPDATE t SET a = a + 1')).changes, 2);
      assert.equal((await db.executeQuery('UPDATE t SET a = a WHERE id = 77')).changes, 0);
      assert.equal((await db.executeQuery('SELECT * FROM t')).changes, 0, 'a SELECT changes nothing');
      assert.equal((await db.executeQuery('CREATE TABLE u (a)')).changes, 0);
      assert.equal((await db.executeQuery('DELETE FROM t')).changes, 2, 'DELETE without WHERE counts its rows');
      const upsert = await db.executeQuery("INSERT INTO t VALUES (1, 1, 'x') ON CONFLICT DO NOTHING");
      assert.equal(upsert.changes, 1);
      assert.equal((await db.executeQuery("INSERT INTO t VALUES (1, 1, 'x') ON CONFLICT DO NOTHING")).changes, 0);
    },
  },
  {
    name: 'sqlite rows: RETURNING gives rows and counts changes',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const inserted = await db.executeQuery("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y') RETURNING id, b");
      assert.deepEqual(inserted.rows, [{ id: 1, b: 'x' }, { id: 2, b: 'y' }]);
      assert.equal(inserted.changes, 2);
      const updated = await db.executeQuery('UPDATE t SET a = a * 10 RETURNING a', [], { rows: 'columns' });
      assert.deepEqual([...updated.columnData.a], [10, 20]);
      assert.equal(updated.changes, 2);
      assert.deepEqual((await db.executeQuery('DELETE FROM t WHERE id = 1 RETURNING *')).rows, [{ id: 1, a: 10, b: 'x' }]);
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 1);
    },
  },
  {
    name: 'sqlite rows: a rowid beyond 2^53 is exact as lastInsertRowid',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      const { lastInsertRowid } = await db.executeQuery('INSERT INTO t (id) VALUES (?)', [2n ** 60n + 1n]);
      assert.equal(lastInsertRowid, 2n ** 60n + 1n);
    },
  },
  {
    name: 'sqlite rows: explain adds the plan beside the rows',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const { rows: [row], plan } = await db.executeQuery('SELECT b FROM t WHERE id = ?', [2], { explain: true });
      assert.deepEqual(row, { b: 'row 2' });
      assert.ok(plan.length >= 1 && plan[0].detail.includes('SEARCH'), JSON.stringify(plan));
    },
  },
  {
    name: 'sqlite rows: options that are wrong are refused by name',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const wrong = [{ rows: 'lists' }, { rows: 5 }, { bigint: 'yes' }, { useCache: 1 }, { explain: 'plan' }, { timeoutMs: 'soon' }, { timeoutMs: -1 }, { timeoutMs: NaN }, { signal: {} }, 'objects', 5];
      for (const options of wrong) await assert.code(db.executeQuery('SELECT 1', [], options), 'INVALID_ARGUMENT', JSON.stringify(options));
      assert.equal(await one(db, 'SELECT 1', [], { somethingNewer: true }), 1, 'unknown ones are ignored');
    },
  },
  {
    name: 'sqlite rows: 100,000 rows of six columns come whole in each mode',
    timeoutMs: 60_000,
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const n = 100_000;
      const sql = `WITH RECURSIVE s(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM s WHERE i < ${n})
        SELECT i AS a, i * 0.5 AS b, 'text ' || i AS c, NULL AS d, CASE i % 3 WHEN 0 THEN NULL ELSE i END AS e, 'é' AS f FROM s`;
      const objects = (await db.executeQuery(sql)).rows;
      const arrays = await rows(db, sql);
      const { columnData } = await db.executeQuery(sql, [], { rows: 'columns' });
      assert.equal(objects.length, n);
      for (let i = 0; i < n; i += 997) {
        const k = i + 1;
        const expected = [k, k * 0.5, `text ${k}`, null, k % 3 === 0 ? null : k, 'é'];
        assert.deepEqual(Object.values(objects[i]), expected);
        assert.deepEqual(arrays[i], expected);
        assert.deepEqual('abcdef'.split('').map((c) => columnData[c][i]), expected);
      }
    },
  },
  {
    name: 'sqlite rows: texts that repeat are right in every shape, over many batches, beside equal names, and in a stream',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, city TEXT, mixed, own TEXT)');
      const cities = ['Oslo', 'Łódź', '', 'a name of more than sixty-four bytes, which is not worth looking for again', '🦊', 'Oslp', 'a name of thirty-two bytes or so'];
      const row = (i) => [i, cities[(i * 5) % 7], [null, i, 'yes', 'né', 1.5][i % 5], `own ${i}`];
      const all = Array.from({ length: 9000 }, (_, i) => row(i));
      await db.executeMany('INSERT INTO t VALUES (?, ?, ?, ?)', all);
      const sql = 'SELECT id, city, mixed, own FROM t ORDER BY id';
      assert.deepEqual(await rows(db, sql), all, 'arrays');
      const objects = all.map(([id, city, mixed, own]) => ({ id, city, mixed, own }));
      assert.deepEqual((await db.executeQuery(sql)).rows, objects, 'objects');
      const { columnData } = await db.executeQuery(sql, [], { rows: 'columns' });
      for (const [i, name] of ['id', 'city', 'mixed', 'own'].entries()) assert.deepEqual(Array.from(columnData[name]), all.map((r) => r[i]), `column ${name}`);
      const twice = (await db.executeQuery('SELECT own AS x, mixed AS y, city AS x FROM t ORDER BY id')).rows;
      assert.deepEqual(twice, all.map(([, city, mixed]) => ({ x: city, y: mixed })), 'of equal names the last');
      const streamed = [];
      for await (const portion of db.stream(sql, [], { rows: 'arrays', chunkSize: 777 })) streamed.push(...portion);
      assert.deepEqual(streamed, all, 'stream');
      await db.executeQuery(sql, [], { useCache: true });
      assert.deepEqual((await db.executeQuery(sql, [], { useCache: true })).rows, objects, 'kept');
    },
  },
  {
    name: 'sqlite rows: bytes of every short length compare by their first difference, and come out whole',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await db.executeQuery('CREATE TABLE p (a BLOB, b BLOB, less INTEGER)');
      const pairs = [];
      for (let n = 1; n <= 70; n++) {
        for (const at of new Set([0, 1, n >> 1, n - 2, n - 1].filter((i) => i >= 0 && i < n))) {
          const a = new Uint8Array(n).fill(7), b = new Uint8Array(n).fill(7);
          a[at] = 127; b[at] = 128; // as signed bytes they would be the other way round
          if (at + 1 < n) { a[n - 1] = 200; b[n - 1] = 100; } // behind the first difference nothing counts
          pairs.push([a, b, 1], [b, a, 0], [a, a.slice(), 0]);
        }
      }
      await db.executeMany('INSERT INTO p VALUES (?, ?, ?)', pairs);
      assert.equal(await one(db, 'SELECT count(*) FROM p WHERE (a < b) <> less OR (a > b) <> (less = 0 AND a <> b)'), 0);
      assert.equal(await one(db, 'SELECT count(*) FROM p WHERE a = b'), pairs.length / 3);
      assert.deepEqual(await rows(db, 'SELECT a, b, less FROM p ORDER BY rowid'), pairs);
      assert.equal(await one(db, 'SELECT count(*) FROM p WHERE substr(a, 1, length(a) - 1) || substr(a, -1) <> CAST(a AS TEXT)'), 0, 'cut and joined again');
      assert.equal(await one(db, "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT count(*) FROM n WHERE hex(zeroblob(i)) <> replace(printf('%.*c', i, '0'), '0', '00') AND i > 0"), 0, 'filled');
    },
  },
];
