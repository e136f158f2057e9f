/** Parameters by position and by name, and SQL that is not one statement. */
import { one, rows, withRows } from '../lib/sqlite.mjs';

/** sql, parameters, the row that must come */
const GOOD = [
  ['? by position', 'SELECT ?, ?', [1, 2], [1, 2]],
  ['?1 used twice takes one value', 'SELECT ?1, ?1', [7], [7, 7]],
  ['?2 before ?1', 'SELECT ?2, ?1', [1, 2], [2, 1]],
  ['? after ?5 is the sixth', 'SELECT ?5, ?', [1, 2, 3, 4, 5, 6], [5, 6]],
  ['names without prefix', 'SELECT :a, @b, $c', { a: 1, b: 2, c: 3 }, [1, 2, 3]],
  ['names with their prefix', 'SELECT :a, @b, $c', { ':a': 1, '@b': 2, $c: 3 }, [1, 2, 3]],
  ['one name in several places', 'SELECT :a, :a, :b', { a: 1, b: 2 }, [1, 1, 2]],
  ['named parameters in order of first mention, by position', 'SELECT :b, :a, :b', [1, 2], [1, 2, 1]],
  ['undefined by name is NULL', 'SELECT :a', { a: undefined }, [null]],
  ['undefined by position is NULL', 'SELECT ?', [undefined], [null]],
  ['a name of letters beyond ASCII', 'SELECT :größe', { größe: 5 }, [5]],
  ['names of Object.prototype are only names', 'SELECT :constructor, :toString, :__proto__', { constructor: 1, toString: 2, ['__proto__']: 3 }, [1, 2, 3]],
  ['an object without prototype', 'SELECT :a', Object.assign(Object.create(null), { a: 4 }), [4]],
  ['question marks in text, names and comments are none', `SELECT '?', "x?", ? /* ? */ FROM (SELECT 1 AS "x?") -- ?`, [9], ['?', 1, 9]],
  ['colons in text are none', "SELECT ':a', :a", { a: 1 }, [':a', 1]],
  ['no parameters, no argument', 'SELECT 1', undefined, [1]],
  ['no parameters, an empty array', 'SELECT 1', [], [1]],
  ['no parameters, an empty object', 'SELECT 1', {}, [1]],
];

const good = GOOD.map(([what, sql, params, row]) => ({
  name: `sqlite parameters: ${what}`,
  async run({ createSQLite, assert }) {
    const db = createSQLite();
    assert.deepEqual(await rows(db, sql, params), [row]);
    const statement = await db.prepare(sql);
    assert.deepEqual(Object.values((await statement.all(params, { rows: 'arrays' }))[0]), row, 'prepared');
  },
}));

const BAD = [
  ['one too few', 'SELECT ?, ?', [1]],
  ['one too many', 'SELECT ?', [1, 2]],
  ['none for one', 'SELECT ?', undefined],
  ['an empty array for one', 'SELECT ?', []],
  ['one for none', 'SELECT 1', [1]],
  ['a name that the statement does not have', 'SELECT :a', { a: 1, b: 2 }],
  ['a name left out', 'SELECT :a, :b', { a: 1 }],
  ['a name in other letters', 'SELECT :name', { Name: 1 }],
  ['an inherited value', 'SELECT :a', Object.create({ a: 1 })],
  ['a name for a bare ?', 'SELECT ?', { a: 1 }],
  ['a string for parameters', 'SELECT ?', 'a'],
  ['a number for parameters', 'SELECT ?', 5],
  ['null for parameters', 'SELECT 1', null],
  ['a blob for parameters', 'SELECT ?', new Uint8Array(1)],
  ['a Map for parameters', 'SELECT :a', new Map([['a', 1]])],
];

const bad = BAD.map(([what, sql, params]) => ({
  name: `sqlite parameters refused: ${what}`,
  async run({ createSQLite, assert }) {
    const db = createSQLite();
    await assert.code(db.executeQuery(sql, params), 'INVALID_ARGUMENT');
    const statement = await db.prepare(sql);
    await assert.code(statement.get(params), 'INVALID_ARGUMENT', 'prepared');
    await assert.code(statement.run(params), 'INVALID_ARGUMENT', 'prepared, run');
    assert.equal(await one(db, 'SELECT 42'), 42, 'and the database goes on');
  },
}));

const NOT_ONE = [
  ['two statements', 'SELECT 1; SELECT 2'],
  ['a second statement that drops', "INSERT INTO t VALUES (9, 9, 'x'); DROP TABLE t"],
  ['a second statement after a comment', 'SELECT 1 /* ; */ ; -- x\n DELETE FROM t'],
  ['two statements, the second of nonsense', 'SELECT 1; nonsense'],
  ['an empty string', ''],
  ['spaces', '  \n\t '],
  ['a comment alone', '-- nothing'],
  ['a semicolon alone', ';'],
  ['a NUL and more', 'SELECT 1\0; DROP TABLE t'],
  ['a NUL at the end', 'SELECT 1\0'],
];

const notOne = NOT_ONE.map(([what, sql]) => ({
  name: `sqlite statement refused: ${what}`,
  async run({ createSQLite, assert }) {
    const db = await withRows(createSQLite);
    await assert.code(db.executeQuery(sql), 'INVALID_ARGUMENT');
    await assert.code(db.prepare(sql), 'INVALID_ARGUMENT', 'prepare');
    await assert.code(db.executeMany(sql, [[]]), 'INVALID_ARGUMENT', 'executeMany');
    await assert.code(db.executeTransaction([{ sql }]), 'INVALID_ARGUMENT', 'executeTransaction');
    await assert.code((async () => { for await (const _ of db.stream(sql)); })(), 'INVALID_ARGUMENT', 'stream');
    await assert.code(db.getQueryPlan(sql), 'INVALID_ARGUMENT', 'getQueryPlan');
    assert.equal(await one(db, 'SELECT count(*) FROM t'), 3, 'nothing ran');
  },
}));

const ONE = [
  ['a semicolon at the end', 'SELECT 1;'],
  ['several semicolons and comments at the end', 'SELECT 1; ; /* done */ -- ;\n'],
  ['a comment before it', '/* ; */ -- ;\n SELECT 1'],
  ['a byte order mark before it', '\ufeffSELECT 1'],
  ['semicolons in text and names', `SELECT 1 AS "a;b" WHERE ';' = ';'`],
];

const oneStatement = ONE.map(([what, sql]) => ({
  name: `sqlite statement: ${what}`,
  async run({ createSQLite, assert }) {
    assert.equal(await one(createSQLite(), sql), 1);
  },
}));

/** Injection by value: none of these is more than text. */
const PAYLOADS = ["'; DROP TABLE t; --", '" OR 1=1 --', "') UNION SELECT sql FROM sqlite_schema --", '%_\\', "' OR ''='", '`; --', ']', '\\\'; DELETE FROM t; --', 'NULL', '?1', ':a', 'a\0\'; DROP TABLE t'];

export default [
  ...good,
  ...bad,
  ...notOne,
  ...oneStatement,
  {
    name: 'sqlite parameters: 32766 of them',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const n = 32766;
      const values = Array.from({ length: n }, (_, i) => i);
      assert.equal(await one(db, `SELECT count(*) FROM (VALUES ${'(?),'.repeat(n).slice(0, -1)})`, values), n);
    },
  },
  {
    name: 'sqlite parameters: a trigger\'s body has semicolons and is one statement',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      await db.executeQuery(`CREATE TRIGGER copy AFTER INSERT ON t WHEN new.id < 10 BEGIN
        INSERT INTO t VALUES (new.id + 10, CASE WHEN new.a > 5 THEN 1 ELSE 2 END, 'end;'); UPDATE t SET b = 'x' WHERE id = new.id; END;`);
      await db.executeQuery("INSERT INTO t VALUES (1, 9, 'a')");
      assert.deepEqual(await rows(db, 'SELECT * FROM t ORDER BY id'), [[1, 9, 'x'], [11, 1, 'end;']]);
    },
  },
  {
    name: 'sqlite injection: values are only values',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 0);
      for (const [i, text] of PAYLOADS.entries()) {
        await db.executeQuery('INSERT INTO t VALUES (?, ?, ?)', [i, i, text]);
        await db.executeQuery('INSERT INTO t VALUES (:id, :a, :b)', { id: 100 + i, a: i, b: text });
        assert.deepEqual(await rows(db, 'SELECT id FROM t WHERE b = ? ORDER BY id', [text]), [[i], [100 + i]], text);
      }
      assert.deepEqual((await rows(db, 'SELECT b FROM t WHERE id < 100 ORDER BY id')).map(([b]) => b), PAYLOADS);
    },
  },
  {
    name: 'sqlite identifier: any string round-trips as a name of tables and columns',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const names = ['plain', 'with space', '"quoted"', "o'clock", '`tick`', '[brackets]', 'select', '', 'a"; DROP TABLE plain; --', 'größe', '漢字', '😀', '1', '--', '/*', ':a', '?', 'x.y', '\n', '\\', '__proto__', 'constructor'];
      for (const [i, name] of names.entries()) {
        const id = db.identifier(name);
        await db.executeQuery(`CREATE TABLE ${id} (${db.identifier(`c ${name}`)} INTEGER)`);
        await db.executeQuery(`INSERT INTO ${id} VALUES (?)`, [i]);
      }
      assert.deepEqual((await rows(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")).map(([n]) => n), names);
      for (const [i, name] of names.entries()) {
        const { columns, rows: [row] } = await db.executeQuery(`SELECT ${db.identifier(`c ${name}`)} FROM ${db.identifier(name)}`);
        assert.deepEqual(columns, [`c ${name}`]);
        assert.equal(row[`c ${name}`], i);
      }
    },
  },
  {
    name: 'sqlite identifier: NUL, lone surrogates and what is no string are refused',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      for (const name of ['a\0b', '\0', '\ud800', 'x\udfff', undefined, null, 5, {}, ['a']]) await assert.code(async () => db.identifier(name), 'INVALID_ARGUMENT');
      assert.equal(db.identifier('a"b'), '"a""b"');
    },
  },
  {
    name: 'sqlite statement refused: SQL that is no string',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      for (const sql of [undefined, null, 5, {}, ['SELECT 1'], new String('SELECT 1')]) {
        await assert.code(db.executeQuery(sql), 'INVALID_ARGUMENT');
        await assert.code(db.prepare(sql), 'INVALID_ARGUMENT');
      }
    },
  },
  {
    name: 'sqlite errors: detail carries SQLite\'s codes and the place, the message says what to do',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite);
      const syntax = await assert.code(db.executeQuery('SELECT * FORM t'), 'SQL');
      assert.equal(syntax.detail.code, 1);
      const missing = await assert.code(db.executeQuery('SELECT * FROM nowhere'), 'SQL');
      assert.ok(missing.message.includes('nowhere'), missing.message);
      const unique = await assert.code(db.executeQuery("INSERT INTO t VALUES (1, 1, 'x')"), 'SQL');
      assert.equal(unique.detail.code, 19, 'SQLITE_CONSTRAINT');
      assert.ok(unique.message.includes('t.id'), unique.message);
      assert.equal(unique.service, 'sqlite');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 3);
    },
  },
];
