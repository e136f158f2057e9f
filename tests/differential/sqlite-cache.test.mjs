// The result cache against no cache at all: after every random write, each query answers with useCache as it does without.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSQLiteUtils } from '../../js/dist/sqlite.js';

const SEED = 20261126;

const SETUP = [
  'PRAGMA foreign_keys = ON',
  'CREATE TABLE a (id INTEGER PRIMARY KEY, v INTEGER, s TEXT)',
  'CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE, v INTEGER)',
  'CREATE TABLE c (k TEXT PRIMARY KEY, v) WITHOUT ROWID',
  'CREATE TABLE log (n INTEGER)',
  'CREATE TABLE quiet (x)',
  'CREATE TRIGGER ai AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.id); END',
  'CREATE TRIGGER cd AFTER DELETE ON c BEGIN UPDATE b SET v = v + 1; END',
  'CREATE VIEW joined AS SELECT a.id, a.v + b.v AS s FROM a JOIN b ON b.a = a.id',
  'CREATE VIEW top AS SELECT max(s) AS m FROM joined',
  'CREATE TRIGGER ji INSTEAD OF INSERT ON joined BEGIN INSERT INTO quiet VALUES (new.id); END',
  "INSERT INTO a VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, NULL)",
  'INSERT INTO b VALUES (1, 1, 10), (2, 2, 20), (3, 1, 30)',
  "INSERT INTO c VALUES ('one', 1), ('two', 2)",
];
const QUERIES = [
  ['SELECT count(*) AS n, total(v) AS t FROM a'], ['SELECT * FROM a ORDER BY id'], ['SELECT * FROM b ORDER BY id'], ['SELECT * FROM c'], ['SELECT count(*) AS n FROM log'], ['SELECT count(*) AS n FROM quiet'],
  ['SELECT * FROM joined ORDER BY id, s'], ['SELECT m FROM top'], ['SELECT v FROM a WHERE id = ?', [2]], ['SELECT s FROM a WHERE id = :id', { id: 1 }],
  ['SELECT count(*) AS n FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.a = a.id)'], ['SELECT count(*) AS n FROM sqlite_schema'], ['WITH w AS (SELECT v FROM c) SELECT sum(v) AS s FROM w'],
  ["SELECT count(*) AS n FROM a WHERE s LIKE 'X'"], ['SELECT a.v, c.v AS w FROM a, c ORDER BY 1, 2'], ['PRAGMA user_version'], ['SELECT name FROM pragma_table_info(?) ORDER BY cid', ['a']], ['SELECT count(*) AS n FROM made'],
];

const id = fc.integer({ min: 1, max: 6 });
const value = fc.integer({ min: -5, max: 50 });
const run = (sql, params) => ({ kind: 'run', sql, params });
const simple = fc.oneof(
  fc.tuple(id, value).map(([i, v]) => run('INSERT OR REPLACE INTO a (id, v) VALUES (?, ?)', [i, v])),
  fc.tuple(id, value).map(([i, v]) => run('INSERT INTO a (id, v) VALUES (?, ?)', [i, v])),
  fc.tuple(id, value).map(([i, v]) => run('INSERT INTO b (a, v) VALUES (?, ?)', [i, v])),
  fc.tuple(id, value).map(([i, v]) => run('UPDATE a SET v = ? WHERE id >= ?', [v, i])),
  fc.tuple(id, id).map(([i, k]) => run('UPDATE OR IGNORE a SET id = id + ? WHERE id = ?', [k, i])),
  id.map((i) => run('DELETE FROM a WHERE id = ?', [i])),
  id.map((i) => run('DELETE FROM b WHERE id = ? RETURNING id', [i])),
  fc.tuple(fc.constantFrom('one', 'two', 'three'), value).map(([k, v]) => run('INSERT INTO c VALUES (?, ?) ON CONFLICT DO UPDATE SET v = v + excluded.v', [k, v])),
  fc.constantFrom('one', 'two').map((k) => run('DELETE FROM c WHERE k = ?', [k])),
  fc.constantFrom(
    'DELETE FROM a', 'DELETE FROM b', 'DELETE FROM c', 'DELETE FROM log', 'INSERT INTO joined (id) VALUES (1)', 'UPDATE b SET v = v', "UPDATE a SET s = 'X' WHERE s = 'x'", 'INSERT INTO quiet SELECT id FROM a',
    'WITH w(x) AS (VALUES (7)) UPDATE a SET v = (SELECT x FROM w)', 'INSERT INTO a (id) VALUES (9), (9)', 'INSERT OR FAIL INTO a (id) VALUES (8), (1)',
  ).map((sql) => run(sql)),
);
const schema = fc.constantFrom(
  'CREATE TABLE IF NOT EXISTS made (x)', 'DROP TABLE IF EXISTS made', 'CREATE TEMP TABLE IF NOT EXISTS a (id, v, s)', 'DROP TABLE IF EXISTS temp.a', 'INSERT INTO temp.a VALUES (1, 100, NULL)', 'CREATE INDEX IF NOT EXISTS av ON a (v)',
  'DROP TRIGGER IF EXISTS ai', 'DROP VIEW IF EXISTS top', 'CREATE VIEW IF NOT EXISTS top AS SELECT 5 AS m', 'ALTER TABLE a ADD COLUMN more DEFAULT 3', 'PRAGMA user_version = 7', 'PRAGMA foreign_keys = OFF', 'PRAGMA foreign_keys = ON',
  'PRAGMA case_sensitive_like = ON', 'PRAGMA case_sensitive_like = OFF', 'VACUUM', 'ANALYZE', 'REINDEX', 'ALTER TABLE c RENAME TO c2', 'ALTER TABLE c2 RENAME TO c', 'PRAGMA recursive_triggers = ON',
  'BEGIN', 'COMMIT', 'ROLLBACK', 'SAVEPOINT s', 'ROLLBACK TO s', 'RELEASE s', 'BEGIN IMMEDIATE',
).map((sql) => run(sql));
const some = fc.array(simple, { maxLength: 3 });
const step = fc.oneof(
  { weight: 8, arbitrary: simple },
  { weight: 4, arbitrary: schema },
  { weight: 2, arbitrary: fc.tuple(some, fc.boolean(), some, fc.boolean()).map(([steps, fails, inner, innerFails]) => ({ kind: 'transaction', steps, fails, inner, innerFails })) },
  { weight: 1, arbitrary: fc.tuple(some, fc.boolean()).map(([steps, transaction]) => ({ kind: 'batch', steps, transaction })) },
  { weight: 1, arbitrary: fc.array(fc.tuple(id, value), { maxLength: 4 }).map((list) => ({ kind: 'many', list })) },
  { weight: 1, arbitrary: simple.map(({ sql, params }) => ({ kind: 'prepared', sql, params })) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'save' }, { kind: 'restore' }) },
);

const quietly = (promise) => Promise.resolve(promise).then(() => undefined, (error) => { assert.notEqual(error.code, 'INSTANCE_POISONED', error.message); });
const STOP = new Error('rolled back');

async function take(db, s, saved) {
  switch (s.kind) {
    case 'run': return quietly(db.executeQuery(s.sql, s.params));
    case 'batch': return quietly(db.executeBatch(s.steps, { transaction: s.transaction }));
    case 'many': return quietly(db.executeMany('INSERT INTO a (id, v) VALUES (?, ?)', s.list));
    case 'prepared': return quietly(db.prepare(s.sql).then((statement) => statement.run(s.params)));
    case 'save': return quietly(db.serialize().then((bytes) => { saved.bytes = bytes; }));
    case 'restore': return saved.bytes && quietly(db.deserialize(saved.bytes));
    case 'transaction': return quietly(db.transaction(async (tx) => {
      for (const one of s.steps) await quietly(tx.executeQuery(one.sql, one.params));
      // What is read here may be kept by a cache that does not know better.
      await same(tx, 0);
      await quietly(tx.transaction(async (inner) => {
        for (const one of s.inner) await quietly(inner.executeQuery(one.sql, one.params));
        await same(inner, 1);
        if (s.innerFails) throw STOP;
      }));
      if (s.fails) throw STOP;
    }));
    default: throw new Error(s.kind);
  }
}

let served = 0;
const answer = (db, sql, params, useCache) => db.executeQuery(sql, params, { useCache, rows: 'arrays' }).then(({ rows, columns, fromCache }) => ({ rows, columns, fromCache }), ({ code }) => ({ code }));

/** Each query with the cache, then without: served from it or not, the same. */
async function same(db, from) {
  for (let i = from; i < QUERIES.length; i++) {
    const [sql, params] = QUERIES[i];
    const { fromCache, ...cached } = await answer(db, sql, params, true);
    const { fromCache: never, ...fresh } = await answer(db, sql, params, false);
    assert.ok(!never, 'without useCache nothing is served');
    if (fromCache) served++;
    assert.deepEqual(cached, fresh, sql);
  }
}

async function model(steps, open) {
  const db = open();
  try {
    for (const sql of SETUP) await db.executeQuery(sql);
    const saved = {};
    await same(db, 0);
    for (const s of steps) {
      await take(db, s, saved);
      await same(db, 0);
    }
  } finally {
    await db.dispose();
  }
}

const program = fc.array(step, { minLength: 1, maxLength: 14 });
const check = (open, numRuns) => fc.assert(fc.asyncProperty(program, (steps) => model(steps, open)), { seed: SEED, numRuns });

for (const [what, config, numRuns] of [['WebAssembly', { implementation: 'simd' }, 250], ['the fallback', { implementation: 'js' }, 40], ['WebAssembly with room for four results', { implementation: 'simd', resultCacheSize: 4 }, 60]]) {
  test(`42: the result cache is never stale: ${what}`, { timeout: 240_000 }, async () => {
    served = 0;
    await check(() => createSQLiteUtils({ host: 'inline', ...config }), numRuns);
    assert.ok(served > 0, 'and it did serve');
    if (config.resultCacheSize === undefined) assert.ok(served > numRuns * 10, `${served} answers came from the cache`);
  });
}

/** A cache above no cache, which forgets everything whenever `forgets` says so of a statement's SQL or of a method: what this test must catch. */
function naive(forgets) {
  return () => {
    const db = createSQLiteUtils({ implementation: 'simd', host: 'inline' });
    const kept = new Map();
    const after = (word, promise) => Promise.resolve(promise).finally(() => { if (forgets(word)) kept.clear(); });
    const wrap = (target) => new Proxy(target, {
      get(_, key) {
        const own = target[key];
        if (typeof own !== 'function') return own;
        if (key === 'transaction') return (fn) => after(key, target.transaction((tx) => fn(wrap(tx))));
        if (key !== 'executeQuery') return (...args) => after(key, own.apply(target, args));
        return async (sql, params, options) => {
          if (options === undefined) return after(sql, target.executeQuery(sql, params));
          if (!options.useCache) return target.executeQuery(sql, params, options);
          const id = `${sql}${JSON.stringify(params)}`;
          if (!kept.has(id)) kept.set(id, await target.executeQuery(sql, params, options));
          return { ...kept.get(id), fromCache: true };
        };
      },
    });
    return wrap(db);
  };
}

test('the model lets a cache pass that forgets at every write', () => check(naive(() => true), 60));

const except = (pattern) => (word) => !pattern.test(word);
const NAIVE = {
  'misses DELETE': except(/^DELETE/), 'misses UPDATE': except(/^UPDATE/), 'misses INSERT': except(/^INSERT/), 'misses what follows WITH': except(/^WITH/), 'misses changes of the schema': except(/^(CREATE|DROP|ALTER)/),
  'misses ROLLBACK': except(/^ROLLBACK/), 'misses pragmas': except(/^PRAGMA/), 'misses batches': except(/^executeBatch/), 'misses executeMany': except(/^executeMany/), 'misses prepared statements': except(/^prepare/),
  'keeps what a transaction read that was rolled back': except(/^transaction/), 'misses deserialize': except(/^deserialize/),
};
for (const [what, forgets] of Object.entries(NAIVE)) {
  test(`42 control: the model catches a cache that ${what}`, async () => {
    await assert.rejects(check(naive(forgets), 1500), /Property failed/);
  });
}
