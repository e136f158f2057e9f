/** What goes in comes out: every type, the ends of each, and what is refused. */
import { bytes, one, rows } from '../lib/sqlite.mjs';

const MOST = 2 ** 53 - 1;

/** value, what SQLite calls it, what comes back (left out: the same) */
const ROUND_TRIPS = [
  ['null', null, 'null'],
  ['undefined', undefined, 'null', null],
  ['true', true, 'integer', 1],
  ['false', false, 'integer', 0],
  ['0', 0, 'integer'],
  ['-0 as 0', -0, 'integer', 0],
  ['1', 1, 'integer'],
  ['-1', -1, 'integer'],
  ['2^31 - 1', 2 ** 31 - 1, 'integer'],
  ['2^31', 2 ** 31, 'integer'],
  ['-2^31 - 1', -(2 ** 31) - 1, 'integer'],
  ['2^32', 2 ** 32, 'integer'],
  ['2^47 + 1', 2 ** 47 + 1, 'integer'],
  ['2^53 - 1', MOST, 'integer'],
  ['-(2^53 - 1)', -MOST, 'integer'],
  ['2^53, a REAL', 2 ** 53, 'real'],
  ['1e300', 1e300, 'real'],
  ['0.1', 0.1, 'real'],
  ['-1.5', -1.5, 'real'],
  ['the least number above 0', 5e-324, 'real'],
  ['the greatest number', Number.MAX_VALUE, 'real'],
  ['0.1 + 0.2 to the last bit', 0.1 + 0.2, 'real'],
  ['a bigint', 42n, 'integer', 42],
  ['the bigint 2^53 - 1', BigInt(MOST), 'integer', MOST],
  ['an empty string', '', 'text'],
  ['text', 'plain text', 'text'],
  ['text of two, three and four bytes a letter', 'é ß ж 漢字 😀 𝔘', 'text'],
  ['composed and decomposed letters apart', 'é é', 'text'],
  ['NUL within text', 'a\0b\0', 'text'],
  ['text that is one NUL', '\0', 'text'],
  ['a byte order mark', '\ufeffx', 'text'],
  ['noncharacters', '\uffff\ufffe\ufffd', 'text'],
  ['quotes and semicolons', `'; DROP TABLE t; --"\``, 'text'],
  ['digits as text', '42', 'text'],
  ['an empty blob', new Uint8Array(0), 'blob'],
  ['a blob', bytes(300), 'blob'],
  ['a blob that looks like text', new TextEncoder().encode('text'), 'blob'],
  ['a blob of all byte values', Uint8Array.from({ length: 256 }, (_, i) => i), 'blob'],
  ['a Date', new Date(Date.UTC(2026, 10, 26, 1, 2, 3, 4)), 'text', '2026-11-26T01:02:03.004Z'],
  ['a Date before 1970', new Date(-1), 'text', '1969-12-31T23:59:59.999Z'],
];

const roundTrips = ROUND_TRIPS.map(([what, value, type, back = value]) => ({
  name: `sqlite value: ${what}`,
  async run({ createSQLite, assert }) {
    const db = createSQLite();
    const expected = back === undefined ? null : back;
    const check = (actual, note) => (typeof expected === 'object' ? assert.deepEqual(actual, expected, note) : assert.equal(actual, expected, note));
    const { rows: [row] } = await db.executeQuery('SELECT ?1 AS v, typeof(?1) AS type', [value]);
    assert.equal(row.type, type);
    check(row.v, 'as an object');
    await db.executeQuery('CREATE TABLE t (v)');
    await db.executeMany('INSERT INTO t VALUES (?)', [[value], [value]]);
    const stored = await rows(db, 'SELECT v, typeof(v) FROM t');
    assert.deepEqual(stored.map(([, t]) => t), [type, type]);
    for (const [v] of stored) check(v, 'stored, as an array');
    const { columnData } = await db.executeQuery('SELECT v FROM t', [], { rows: 'columns' });
    assert.equal(columnData.v.length, 2);
    check(columnData.v[1], 'as a column');
    assert.equal(await one(db, 'SELECT count(*) FROM t WHERE v IS ?', [value]), 2, 'and found again');
  },
}));

class Own { valueOf() { return 1; } }

const REFUSED = [
  ['NaN', NaN], ['Infinity', Infinity], ['-Infinity', -Infinity], ['an invalid Date', new Date(NaN)],
  ['a lone high surrogate', 'a\ud800b'], ['a lone low surrogate', '\udc00'], ['surrogates in the wrong order', '\udc00\ud800'],
  ['an object', {}], ['an array', [1]], ['a function', () => 1], ['a symbol', Symbol('s')], ['a class of the caller', new Own()],
  ['an ArrayBuffer', new ArrayBuffer(4)], ['a Float32Array', new Float32Array(2)], ['a DataView', new DataView(new ArrayBuffer(4))], ['a Map', new Map()],
].map(([what, value]) => ({
  name: `sqlite value refused: ${what}`,
  async run({ createSQLite, assert }) {
    const db = createSQLite();
    await db.executeQuery('CREATE TABLE t (v)');
    const error = await assert.code(db.executeQuery('INSERT INTO t VALUES (?)', [value]), 'INVALID_ARGUMENT');
    assert.ok(error.message.includes('1'), `the message names the parameter: ${error.message}`);
    await assert.code(db.executeQuery('INSERT INTO t VALUES (:named)', { named: value }), 'INVALID_ARGUMENT');
    const many = await assert.code(db.executeMany('INSERT INTO t VALUES (?)', [[1], [value]]), 'INVALID_ARGUMENT');
    assert.equal(many.detail.row, 1, 'the row');
    assert.equal(await one(db, 'SELECT count(*) FROM t'), 0, 'nothing was written');
  },
}));

export default [
  ...roundTrips,
  ...REFUSED,
  {
    name: 'sqlite value: 64-bit integers are exact as bigints at both ends, in every row mode',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const values = [-(2n ** 63n), -(2n ** 53n), -1n, 0n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n];
      await db.executeQuery('CREATE TABLE t (v INTEGER)');
      await db.executeMany('INSERT INTO t VALUES (?)', values.map((v) => [v]));
      const objects = (await db.executeQuery('SELECT v FROM t', [], { bigint: true })).rows.map(({ v }) => v);
      const arrays = (await rows(db, 'SELECT v FROM t', [], { bigint: true })).map(([v]) => v);
      const { columnData } = await db.executeQuery('SELECT v FROM t', [], { bigint: true, rows: 'columns' });
      assert.ok(columnData.v instanceof BigInt64Array, 'a column of integers is a BigInt64Array');
      values.forEach((v, i) => {
        assert.equal(objects[i], v);
        assert.equal(arrays[i], v);
        assert.equal(columnData.v[i], v);
      });
      assert.equal(await one(db, 'SELECT ? + 1', [2n ** 62n], { bigint: true }), 2n ** 62n + 1n);
    },
  },
  {
    name: 'sqlite value: INTEGER beyond 2^53 - 1 is INTEGER_RANGE without bigint, in every row mode and statement',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      for (const text of ['9007199254740992', '9007199254740993', '-9007199254740992', '9223372036854775807', '-9223372036854775808']) {
        for (const mode of ['objects', 'arrays', 'columns']) {
          const error = await assert.code(db.executeQuery(`SELECT 1 AS small, ${text} AS wide`, [], { rows: mode }), 'INTEGER_RANGE', `${text} as ${mode}`);
          assert.ok(error.message.includes('wide') && error.message.includes('bigint'), `the message names column and cure: ${error.message}`);
        }
      }
      const statement = await db.prepare('SELECT 9007199254740993 AS wide');
      await assert.code(statement.get(), 'INTEGER_RANGE');
      await assert.code(statement.all(), 'INTEGER_RANGE');
      assert.deepEqual(await statement.all([], { bigint: true }), [{ wide: 9007199254740993n }]);
      await assert.code((async () => { for await (const _ of db.stream('SELECT 9007199254740993 AS wide')); })(), 'INTEGER_RANGE');
      assert.equal(await one(db, 'SELECT 9007199254740991'), MOST, 'the greatest that a number holds');
      assert.equal(await one(db, 'SELECT CAST(9007199254740993 AS TEXT)'), '9007199254740993', 'as text it always works');
    },
  },
  {
    name: 'sqlite value: with bigint every INTEGER is a bigint, and REAL, TEXT, NULL stay what they are',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const [row] = (await db.executeQuery("SELECT 1 AS i, 1.0 AS r, '1' AS t, NULL AS n, x'01' AS b", [], { bigint: true })).rows;
      assert.equal(row.i, 1n);
      assert.equal(row.r, 1);
      assert.equal(row.t, '1');
      assert.equal(row.n, null);
      assert.deepEqual(row.b, Uint8Array.of(1));
    },
  },
  {
    name: 'sqlite value: a bigint beyond 64 bits is INTEGER_RANGE, at both ends',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 10n ** 30n]) await assert.code(db.executeQuery('SELECT ?', [value]), 'INTEGER_RANGE');
      assert.equal(await one(db, 'SELECT ?', [-(2n ** 63n)], { bigint: true }), -(2n ** 63n));
    },
  },
  {
    name: 'sqlite value: infinity that SQL makes comes out as it is; NaN of SQL is NULL',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      assert.deepEqual(await rows(db, 'SELECT 9e999, -9e999, 9e999 - 9e999, 1.0 / 0'), [[Infinity, -Infinity, null, null]]);
    },
  },
  {
    name: 'sqlite value: a view of the middle of a buffer gives its own bytes only',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const view = new Uint8Array(bytes(100).buffer, 17, 5);
      assert.deepEqual(await one(db, 'SELECT ?', [view]), Uint8Array.of(17, 18, 19, 20, 21));
      assert.equal(await one(db, 'SELECT length(?)', [view.subarray(1, 3)]), 2);
    },
  },
  {
    name: 'sqlite value: what is handed in may change after the call; what was handed out is the caller\'s own',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await db.executeQuery('CREATE TABLE t (v)');
      const blob = bytes(8);
      const params = [blob];
      const list = [[blob], ['x']];
      const first = db.executeQuery('INSERT INTO t VALUES (?)', params);
      const second = db.executeMany('INSERT INTO t VALUES (?)', list);
      blob.fill(9);
      params[0] = 'changed';
      list.length = 0;
      await Promise.all([first, second]);
      assert.deepEqual((await rows(db, 'SELECT v FROM t')).map(([v]) => v), [bytes(8), bytes(8), 'x']);
      const [[out]] = await rows(db, 'SELECT v FROM t');
      out.fill(7);
      assert.deepEqual(await one(db, 'SELECT v FROM t'), bytes(8));
    },
  },
  {
    name: 'sqlite value: text and blobs of several megabytes',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const text = 'añ漢😀'.repeat(300_000);
      const blob = bytes(3_000_000);
      await db.executeQuery('CREATE TABLE t (a, b)');
      await db.executeQuery('INSERT INTO t VALUES (?, ?)', [text, blob]);
      const [[a, b]] = await rows(db, 'SELECT a, b FROM t');
      assert.ok(a === text, 'the text');
      assert.equal(b.length, blob.length);
      assert.ok(b.every((v, i) => v === i % 251), 'the bytes');
      assert.equal(await one(db, 'SELECT length(a) FROM t'), 1_200_000);
    },
  },
  {
    name: 'sqlite value: text and blob beyond the engine\'s limit are TOO_LARGE or OUT_OF_MEMORY, and the database goes on',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await db.executeQuery('CREATE TABLE t (v)');
      await assert.code(db.executeQuery('INSERT INTO t VALUES (zeroblob(2147483647))'), ['TOO_LARGE', 'OUT_OF_MEMORY']);
      await assert.code(db.executeQuery('SELECT length(randomblob(2000000000))'), ['TOO_LARGE', 'OUT_OF_MEMORY']);
      await db.executeQuery('INSERT INTO t VALUES (1)');
      assert.equal(await one(db, 'SELECT count(*) FROM t'), 1);
    },
  },
  {
    name: 'sqlite value: TEXT that is not valid UTF-8 comes out with U+FFFD, never as an error',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const text = await one(db, "SELECT CAST(x'61ff62' AS TEXT)");
      assert.equal(typeof text, 'string');
      assert.ok(text.startsWith('a') && text.endsWith('b') && text.includes('\ufffd'), JSON.stringify(text));
      assert.equal(await one(db, "SELECT hex(CAST(x'61ff62' AS TEXT))"), '61FF62', 'the bytes stay');
    },
  },
  {
    name: 'sqlite value: columns apply their affinity as SQLite states it',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await db.executeQuery('CREATE TABLE t (i INTEGER, r REAL, t TEXT, n NUMERIC, b BLOB)');
      await db.executeQuery('INSERT INTO t VALUES (?, ?, ?, ?, ?)', ['12', 3, 4.5, '1.50', '7']);
      assert.deepEqual(await rows(db, 'SELECT *, typeof(i), typeof(r), typeof(t), typeof(n), typeof(b) FROM t'), [[12, 3, '4.5', 1.5, '7', 'integer', 'real', 'text', 'real', 'text']]);
    },
  },
  {
    name: 'sqlite value: STRICT tables refuse the wrong type with an SQL error',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await db.executeQuery('CREATE TABLE t (i INTEGER, b BLOB) STRICT');
      const error = await assert.code(db.executeQuery('INSERT INTO t VALUES (?, ?)', ['word', bytes(1)]), 'SQL');
      assert.equal(error.detail.code, 19, 'SQLITE_CONSTRAINT');
      await db.executeQuery('INSERT INTO t VALUES (?, ?)', [1, bytes(1)]);
    },
  },
];
