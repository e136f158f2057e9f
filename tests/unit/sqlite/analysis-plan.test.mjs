// Query plans: the lines of several SQLite releases, and what queryPlan makes of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDetail } from '../../../js/dist/services/sqlite/analysis/plan.js';
import { queryPlan } from '../../../js/dist/services/sqlite/analysis/index.js';
import { openEngine } from './analysis-engine.mjs';

const step = (detail) => Object.fromEntries(Object.entries(parseDetail(detail)).filter(([, v]) => v !== false && !(Array.isArray(v) && v.length === 0)));

for (const [detail, expected] of [
  // 3.36 and later
  ['SCAN t', { kind: 'scan', source: 't' }],
  ['SCAN my table USING INDEX my index', { kind: 'scan', source: 'my table', index: 'my index' }],
  ['SCAN t USING COVERING INDEX i', { kind: 'scan', source: 't', index: 'i', covering: true }],
  ['SEARCH t USING INDEX i (a=? AND b>? AND b<?)', { kind: 'search', source: 't', index: 'i', constraints: ['a=?', 'b>?', 'b<?'] }],
  ['SEARCH t USING INDEX i (<expr>=?)', { kind: 'search', source: 't', index: 'i', constraints: ['<expr>=?'] }],
  ['SEARCH t USING INDEX i ((a,b)>(?,?))', { kind: 'search', source: 't', index: 'i', constraints: ['(a,b)>(?,?)'] }],
  ['SEARCH t USING INDEX i (ANY(a) AND b=?)', { kind: 'search', source: 't', index: 'i', constraints: ['ANY(a)', 'b=?'] }],
  ['SEARCH t USING INTEGER PRIMARY KEY (rowid=?)', { kind: 'search', source: 't', primaryKey: true, constraints: ['rowid=?'] }],
  ['SEARCH w USING PRIMARY KEY (a=? AND b=?)', { kind: 'search', source: 'w', primaryKey: true, constraints: ['a=?', 'b=?'] }],
  ['SEARCH c USING AUTOMATIC COVERING INDEX (x=?) LEFT-JOIN', { kind: 'search', source: 'c', automatic: true, covering: true, constraints: ['x=?'] }],
  ['SEARCH y EXISTS USING AUTOMATIC PARTIAL COVERING INDEX (x=?)', { kind: 'search', source: 'y', automatic: true, covering: true, constraints: ['x=?'] }],
  ['SEARCH t', { kind: 'scan', source: 't' }],
  ['SCAN f VIRTUAL TABLE INDEX 0:M1', { kind: 'search', source: 'f', virtual: true }],
  ['SCAN (subquery-2)', { kind: 'scan', source: '(subquery-2)' }],
  ['SCAN CONSTANT ROW', { kind: 'other' }], ['SCAN 3 CONSTANT ROWS', { kind: 'other' }], ['SCAN 2-ROW VALUES CLAUSE', { kind: 'other' }],
  ['CORRELATED SCALAR SUBQUERY 1', { kind: 'nested', correlated: true }], ['LIST SUBQUERY 3', { kind: 'nested' }], ['CO-ROUTINE x', { kind: 'nested' }], ['MULTI-INDEX OR', { kind: 'nested' }],
  ['USE TEMP B-TREE FOR ORDER BY', { kind: 'sort', purpose: 'ORDER BY' }], ['USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY', { kind: 'sort', purpose: 'ORDER BY' }], ['USE TEMP B-TREE FOR LAST TERM OF ORDER BY', { kind: 'sort', purpose: 'ORDER BY' }],
  ['UNION USING TEMP B-TREE', { kind: 'sort', purpose: 'UNION' }],
  ['CREATE BLOOM FILTER', { kind: 'other' }], ['something new', { kind: 'other' }],
  // 3.24 to 3.35
  ['SCAN TABLE t', { kind: 'scan', source: 't', table: 't' }],
  ['SEARCH TABLE t AS a USING COVERING INDEX i (x=?)', { kind: 'search', source: 'a', table: 't', index: 'i', covering: true, constraints: ['x=?'] }],
  ['SEARCH SUBQUERY 1 AS s USING AUTOMATIC COVERING INDEX (a=?)', { kind: 'search', source: 's', automatic: true, covering: true, constraints: ['a=?'] }],
  ['SCAN TABLE f VIRTUAL TABLE INDEX 4:', { kind: 'search', source: 'f', table: 'f', virtual: true }],
  ['USE TEMP B-TREE FOR RIGHT PART OF ORDER BY', { kind: 'sort', purpose: 'ORDER BY' }],
  // before
  ['SEARCH TABLE t USING INDEX i (a=?) (~10 rows)', { kind: 'search', source: 't', table: 't', index: 'i', constraints: ['a=?'] }],
  ['SCAN TABLE t (~1000000 rows)', { kind: 'scan', source: 't', table: 't' }],
  ['EXECUTE CORRELATED SCALAR SUBQUERY 1', { kind: 'nested', correlated: true }],
]) {
  test(detail, () => assert.deepEqual(step(detail), expected));
}

const engine = openEngine(`CREATE TABLE "my t"(a INT, b INT, "c d" TEXT); CREATE INDEX "an index" ON "my t"(a); CREATE TABLE u(id INTEGER PRIMARY KEY, x INT UNIQUE);
  CREATE VIEW v AS SELECT a AS k FROM "my t" WHERE b > 1`);
const plan = (sql, params) => queryPlan(engine, sql, params).map(({ detail, usesIndex, scansTable }) => [detail, usesIndex, scansTable]);

test('aliases, views and quoted names give the table by its own name', () => {
  assert.deepEqual(plan('SELECT * FROM "my t" AS z'), [['SCAN z', undefined, 'my t']]);
  assert.deepEqual(plan('SELECT * FROM [MY T] z WHERE a = 1'), [['SEARCH z USING INDEX an index (a=?)', 'an index', undefined]]);
  assert.deepEqual(plan('SELECT k FROM v'), [['SCAN my t', undefined, 'my t']]);
  assert.deepEqual(plan('SELECT * FROM u WHERE x = 1'), [['SEARCH u USING COVERING INDEX sqlite_autoindex_u_1 (x=?)', 'sqlite_autoindex_u_1', undefined]]);
  assert.deepEqual(plan('SELECT a FROM "my t"'), [['SCAN my t USING COVERING INDEX an index', 'an index', 'my t']]);
});

test('what a CTE or subquery is called is no table', () => {
  assert.deepEqual(plan('WITH u AS (SELECT 1 AS x UNION SELECT 2) SELECT * FROM u').filter(([, , table]) => table !== undefined), []);
  const rows = queryPlan(engine, 'SELECT * FROM (SELECT a, count(*) AS n FROM "my t" GROUP BY a) AS u WHERE u.n > 1');
  assert.deepEqual(rows.map((r) => r.scansTable).filter(Boolean), ['my t']);
});

test('rows come in tree order, each parent before its children', () => {
  const rows = queryPlan(engine, 'SELECT (SELECT max(id) FROM u WHERE x > t.a) FROM "my t" t WHERE b IN (SELECT id FROM u) ORDER BY "c d"');
  assert.ok(rows.length >= 4);
  const seen = new Set([0]);
  for (const { id, parent } of rows) { assert.ok(seen.has(parent)); seen.add(id); }
});

test('parameters may be missing, short, named or positional', () => {
  for (const [sql, params] of [['SELECT * FROM u WHERE x = ? AND id > ?', undefined], ['SELECT * FROM u WHERE x = ? AND id > ?', [1]], ['SELECT * FROM u WHERE x = :x AND id > @id', undefined], ['SELECT * FROM u WHERE x = :x AND id > :id', { x: 1 }], ['SELECT * FROM u WHERE x = $x', { $x: 1 }], ['SELECT * FROM u WHERE x = ?1', [3]]]) {
    assert.equal(queryPlan(engine, sql, params)[0].usesIndex, 'sqlite_autoindex_u_1', sql);
  }
});

test('an EXPLAIN is looked through; statements without a plan have an empty one', () => {
  assert.deepEqual(plan('EXPLAIN QUERY PLAN SELECT * FROM u'), plan('SELECT * FROM u'));
  assert.deepEqual(plan('EXPLAIN SELECT * FROM u'), plan('SELECT * FROM u'));
  assert.deepEqual(plan('CREATE TABLE never(a)'), []);
  assert.deepEqual(engine.db.exec("SELECT 1 FROM sqlite_master WHERE name = 'never'"), []);
});

test('what does not compile is said as prepare says it', () => {
  for (const [sql, code] of [['SELECT * FROM missing', 'SQL'], ['SELEC 1', 'SQL'], ['', 'INVALID_ARGUMENT'], ['SELECT 1; SELECT 2', 'INVALID_ARGUMENT']]) {
    assert.throws(() => queryPlan(engine, sql), (e) => e.code === code, sql);
  }
});
