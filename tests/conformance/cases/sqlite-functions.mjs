/** Functions and aggregates of users. Closures need the service in place; those of a module work everywhere. */
import { bytes, column, one, rows, withRows } from '../lib/sqlite.mjs';

const here = { host: 'inline' };
const MODULE = new URL('../lib/sqlite-functions.mjs', import.meta.url);

/** what a function returns, what SQL sees */
const RETURNS = [
  ['null', null, 'null', null], ['undefined', undefined, 'null', null], ['an integer', 42, 'integer', 42], ['a number with fraction', 1.5, 'real', 1.5],
  ['2^53 - 1', 2 ** 53 - 1, 'integer', 2 ** 53 - 1], ['a bigint', 2n ** 40n, 'integer', 2 ** 40], ['true', true, 'integer', 1], ['false', false, 'integer', 0],
  ['text', 'é 😀', 'text', 'é 😀'], ['empty text', '', 'text', ''], ['text with NUL', 'a\0b', 'text', 'a\0b'], ['a blob', bytes(5), 'blob', bytes(5)],
  ['an empty blob', new Uint8Array(0), 'blob', new Uint8Array(0)], ['a Date', new Date(0), 'text', '1970-01-01T00:00:00.000Z'],
];

const returns = RETURNS.map(([what, value, type, expected]) => ({
  name: `sqlite function returns ${what}`,
  async run({ createSQLite, assert }) {
    const db = createSQLite(here);
    await db.createFunction('f', () => value);
    assert.deepEqual(await rows(db, 'SELECT typeof(f()), f()'), [[type, expected]]);
  },
  async otherwise({ createSQLite, assert }) {
    const db = createSQLite(here);
    await db.createFunction('f', () => value);
    assert.equal(await one(db, 'SELECT f()'), expected, 'the value is right, if not its type');
  },
}));

export default [
  ...returns,
  {
    name: 'sqlite function: gets each type as it is; integers beyond 2^53 as bigints',
    async otherwise({ createSQLite, assert }) {
      const db = createSQLite(here);
      const seen = [];
      await db.createFunction('see', (...args) => { seen.push(...args); return null; });
      await one(db, "SELECT see(1, 1.5, 'é\u{1f600}', NULL, x'0102', 9007199254740991, -1, '')");
      assert.deepEqual(seen, [1, 1.5, 'é\u{1f600}', null, Uint8Array.of(1, 2), 9007199254740991, -1, '']);
    },
    async run({ createSQLite, assert }) {
      const db = createSQLite(here);
      const seen = [];
      await db.createFunction('see', (...args) => { seen.push(...args); return args.length; });
      assert.equal(await one(db, "SELECT see(1, 1.5, 'é\u{1f600}', NULL, x'0102', 9007199254740993, -1, '')"), 8);
      assert.deepEqual(seen, [1, 1.5, 'é\u{1f600}', null, Uint8Array.of(1, 2), 9007199254740993n, -1, '']);
      assert.equal(await one(db, 'SELECT see()'), 0);
    },
  },
  {
    name: 'sqlite function: works in every clause, and over many rows; in an index only where deterministic',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 100, here);
      await db.createFunction('twice', (x) => x * 2, { deterministic: true });
      assert.equal(await one(db, 'SELECT sum(twice(id)) FROM t'), 10_100);
      assert.deepEqual(await column(db, 'SELECT id FROM t WHERE twice(id) = 20 GROUP BY twice(id) ORDER BY twice(id)'), [10]);
      await db.executeQuery('UPDATE t SET a = twice(a)');
      assert.equal(await one(db, 'SELECT max(a) FROM t'), 2000);
      await db.createFunction('vague', (x) => x);
      await assert.code(db.executeQuery('CREATE INDEX no ON t (vague(a))'), 'SQL');
    },
  },
  {
    name: 'sqlite function: a throw fails the statement with its message and cause, undone, and the database goes on',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 3, here);
      const own = new RangeError('of the caller');
      await db.createFunction('fails', (x) => { if (x === 3) throw own; return x; });
      const error = await assert.code(db.executeQuery('SELECT fails(id) FROM t'), 'SQL');
      assert.ok(error.message.includes('of the caller') && error.message.includes('fails'), error.message);
      assert.ok(error.cause === own, 'the cause is what was thrown');
      await assert.code(db.executeQuery('UPDATE t SET a = fails(id) + 1000'), 'SQL');
      assert.deepEqual(await column(db, 'SELECT a FROM t'), [10, 20, 30]);
      assert.deepEqual(await column(db, 'SELECT fails(id) FROM t WHERE id < 3'), [1, 2]);
      await db.createFunction('throws_text', () => { throw 'text'; });
      await assert.code(db.executeQuery('SELECT throws_text()'), 'SQL');
    },
  },
  {
    name: 'sqlite function: what SQLite has no value for is refused',
    async run({ createSQLite, assert }) {
      const db = createSQLite(here);
      for (const [i, value] of [NaN, Infinity, '\ud800', {}, [1], () => 1, Symbol('s'), 2n ** 64n, new Date(NaN), Promise.resolve(1)].entries()) {
        await db.createFunction(`f${i}`, () => value);
        await assert.code(db.executeQuery(`SELECT f${i}()`), ['INVALID_ARGUMENT', 'INTEGER_RANGE', 'SQL'], `value ${i}`);
      }
      assert.equal(await one(db, 'SELECT 1'), 1);
    },
  },
  {
    name: 'sqlite function: the number of arguments is held',
    async run({ createSQLite, assert }) {
      const db = createSQLite(here);
      await db.createFunction('two', (a, b) => a + b);
      assert.equal(await one(db, 'SELECT two(1, 2)'), 3);
      await assert.code(db.executeQuery('SELECT two(1)'), 'SQL');
      await db.createFunction('any', (a, b) => a ?? b ?? 0, { arity: -1 });
      assert.deepEqual(await rows(db, 'SELECT any(), any(1), any(1, 2, 3)'), [[0, 1, 1]]);
      await db.createFunction('exact', (...all) => all.length, { arity: 3 });
      assert.equal(await one(db, 'SELECT exact(1, 2, 3)'), 3);
      await assert.code(db.executeQuery('SELECT exact(1, 2)'), 'SQL');
    },
  },
  {
    name: 'sqlite function: names are as SQL reads them, and one may stand in for a built-in',
    async run({ createSQLite, assert }) {
      const db = createSQLite(here);
      await db.createFunction('Größe', (x) => x);
      assert.equal(await one(db, 'SELECT Größe(5)'), 5);
      await db.createFunction('UPPER', (x) => `own ${x}`);
      assert.equal(await one(db, "SELECT upper('a')"), 'own a');
      await db.createFunction('f', () => 1);
      await db.createFunction('F', () => 2);
      assert.equal(await one(db, 'SELECT f()'), 2, 'the later replaces the earlier');
    },
  },
  {
    name: 'sqlite function: wrong names, functions and options are refused',
    async run({ createSQLite, assert }) {
      const db = createSQLite(here);
      for (const name of ['', 'a\0b', 5, undefined, 'x'.repeat(300)]) await assert.code(db.createFunction(name, () => 1), 'INVALID_ARGUMENT');
      for (const fn of [undefined, null, 'x', {}, { module: 'x' }, { export: 'x' }]) await assert.code(db.createFunction('f', fn), 'INVALID_ARGUMENT');
      for (const options of [{ arity: 128 }, { arity: -2 }, { arity: 1.5 }, { deterministic: 'yes' }]) await assert.code(db.createFunction('f', () => 1, options), 'INVALID_ARGUMENT', JSON.stringify(options));
      await assert.code(db.executeQuery('SELECT f()'), 'SQL');
    },
  },
  {
    name: 'sqlite function: it may not call its own database back with effect inside a statement',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 3, here);
      const inner = [];
      await db.createFunction('again', (x) => { inner.push(db.executeQuery('INSERT INTO t (a) VALUES (?)', [x]).catch((error) => error)); return x; });
      await assert.settles(db.executeQuery('SELECT again(id) FROM t'), 5000, 'it settles');
      await assert.settles(Promise.all(inner), 5000, 'and so do the calls made inside');
      const n = await one(db, 'SELECT count(*) FROM t');
      assert.ok(n >= 3 && n <= 6, `${n} rows`);
      assert.equal(await one(db, 'PRAGMA integrity_check'), 'ok');
    },
  },
  {
    name: 'sqlite function: 100,000 calls',
    timeoutMs: 60_000,
    async run({ createSQLite, assert }) {
      const db = createSQLite(here);
      await db.createFunction('plus', (x, y) => x + y);
      assert.equal(await one(db, 'WITH RECURSIVE s(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM s WHERE i < 100000) SELECT sum(plus(i, 1)) FROM s'), 5000150000);
    },
  },
  {
    name: 'sqlite function: of a module, by URL: works in place and behind a worker',
    async run({ createSQLite, assert }) {
      for (const host of ['worker', 'inline']) {
        const db = createSQLite({ host });
        await db.createFunction('plus_one', { module: MODULE, export: 'plusOne' });
        await db.createFunction('joined', { module: MODULE.href, export: 'join' }, { arity: -1 });
        assert.deepEqual(await rows(db, "SELECT plus_one(41), joined('a', 1, NULL)"), [[42, 'a|1|']], host);
        await db.createFunction('fails', { module: MODULE, export: 'fails' });
        const error = await assert.code(db.executeQuery('SELECT fails()'), 'SQL');
        assert.ok(error.message.includes('of the module'), error.message);
        for (const missing of ['notAFunction', 'nothing', '__proto__']) await assert.code(db.createFunction('f', { module: MODULE, export: missing }), 'INVALID_ARGUMENT', missing);
        await assert.code(db.createFunction('f', { module: new URL('./nowhere.mjs', MODULE), export: 'x' }), 'INVALID_ARGUMENT');
      }
    },
  },
  {
    name: 'sqlite function: a closure for a worker is UNSUPPORTED, and the message says what to do',
    async run({ createSQLite, assert }) {
      const db = createSQLite({ host: 'worker' });
      await db.ready();
      assert.equal(db.info.host, 'worker');
      const error = await assert.code(db.createFunction('f', () => 1), 'UNSUPPORTED');
      assert.ok(error.message.includes('module'), error.message);
      await assert.code(db.createAggregate('a', { start: () => 0, step: (s) => s, result: (s) => s }), 'UNSUPPORTED');
    },
  },
  {
    name: 'sqlite aggregate: start, step, result for each group',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 6, here);
      await db.createAggregate('product', { start: () => 1, step: (state, x) => state * x, result: (state) => state });
      assert.equal(await one(db, 'SELECT product(id) FROM t'), 720);
      assert.deepEqual(await rows(db, 'SELECT id % 2, product(id) FROM t GROUP BY 1 ORDER BY 1'), [[0, 48], [1, 15]]);
      assert.equal(await one(db, 'SELECT product(id) FROM t WHERE 0'), 1, 'of no rows: start and result');
      assert.deepEqual(await rows(db, 'SELECT id % 2, product(id) FROM t WHERE 0 GROUP BY 1'), []);
    },
  },
  {
    name: 'sqlite aggregate: any state, several arguments, each type of result, two at once',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 3, here);
      await db.createAggregate('pairs', { start: () => [], step: (list, k, v) => { list.push(`${k}=${v}`); return list; }, result: (list) => list.join() });
      await db.createAggregate('blob_of', { start: () => 0, step: (n) => n + 1, result: (n) => bytes(n) });
      await db.createAggregate('none_of', { start: () => undefined, step: () => undefined, result: () => undefined });
      await db.createAggregate('big', { start: () => 0n, step: (s, x) => s + BigInt(x), result: (s) => s });
      assert.deepEqual(await rows(db, 'SELECT pairs(id, b), blob_of(id), none_of(id), big(a), pairs(a, id) FROM t'), [['1=row 1,2=row 2,3=row 3', bytes(3), null, 60, '10=1,20=2,30=3']]);
      assert.deepEqual(await column(db, 'SELECT pairs(id, a) FROM t GROUP BY id ORDER BY id'), ['1=10', '2=20', '3=30'], 'no state is shared between groups');
    },
  },
  {
    name: 'sqlite aggregate: a throw in each of its functions fails the statement, and it works again afterwards',
    async run({ createSQLite, assert }) {
      const db = await withRows(createSQLite, 3, here);
      let failing = '';
      const step = (name, value) => { if (failing === name) throw new Error(`in ${name}`); return value; };
      await db.createAggregate('f', { start: () => step('start', 0), step: (s, x) => step('step', s + x), result: (s) => step('result', s) });
      for (failing of ['start', 'step', 'result']) {
        const error = await assert.code(db.executeQuery('SELECT f(id) FROM t'), 'SQL');
        assert.ok(error.message.includes(`in ${failing}`), error.message);
      }
      failing = '';
      assert.equal(await one(db, 'SELECT f(id) FROM t'), 6);
    },
  },
  {
    name: 'sqlite aggregate: what is no aggregate is refused',
    async run({ createSQLite, assert }) {
      const db = createSQLite(here);
      for (const aggregate of [undefined, null, () => 1, {}, { start: () => 0, step: (s) => s }, { start: 0, step: (s) => s, result: (s) => s }]) await assert.code(db.createAggregate('f', aggregate), 'INVALID_ARGUMENT');
      await assert.code(db.createAggregate('', { start: () => 0, step: (s) => s, result: (s) => s }), 'INVALID_ARGUMENT');
    },
  },
];
