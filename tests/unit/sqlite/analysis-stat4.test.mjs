// Samples of ANALYZE (sqlite_stat4) on the WebAssembly engine: they reach the copy in which indexes are tried, so it plans for the values given as
// the database itself does, and the advice follows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadBest } from '../../../js/dist/loader/index.js';
import { SQLITE } from '../../../js/dist/loader/sqlite.gen.js';
import { Adviser } from '../../../js/dist/services/sqlite/analysis/advise.js';
import { analyze, queryPlan } from '../../../js/dist/services/sqlite/analysis/index.js';
import { rows, Schema } from '../../../js/dist/services/sqlite/analysis/schema.js';
import { Scratch } from '../../../js/dist/services/sqlite/analysis/scratch.js';
import { parseStatement } from '../../../js/dist/services/sqlite/analysis/statement.js';
import { Statistics } from '../../../js/dist/services/sqlite/analysis/statistics.js';
import { createWasmEngine } from '../../../js/dist/services/sqlite/wasm-engine.js';

/** One value in two thousand is rare, of each type there is; the average says nothing. */
const SKEWED = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, status TEXT, n INT, b BLOB, kind INT, at INT, note TEXT);
  CREATE TABLE "odd ""Name" (k TEXT COLLATE NOCASE, n INT, v, PRIMARY KEY (n, k)) WITHOUT ROWID;
  WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 20000)
    INSERT INTO t SELECT i, iif(i % 2000, 'done', 'open'), iif(i % 2000, 1, -5000000000), iif(i % 2000, x'00', x'ff00'), i % 50, i, 'note ' || i FROM r;
  INSERT INTO "odd ""Name" SELECT status, id, note FROM t;
  CREATE INDEX t_status ON t (status); CREATE INDEX t_n ON t (n); CREATE INDEX t_b ON t (b); CREATE INDEX "odd I" ON "odd ""Name" (k);
  ANALYZE`;
const COMMON = { status: 'done', n: 1, b: new Uint8Array([0]), k: 'DONE' };
const RARE = { status: 'open', n: -5000000000, b: new Uint8Array([255, 0]), k: 'OPEN' };
const CASES = [['status', 'SELECT * FROM t WHERE status = ?'], ['n', 'SELECT * FROM T WHERE n = ?'], ['b', 'SELECT note FROM t AS x WHERE x.b = ?'], ['k', 'SELECT * FROM "ODD ""name" WHERE k = ?']];

let engine;
before(async () => {
  const { loaded } = await loadBest(SQLITE, { implementation: 'simd' });
  engine = createWasmEngine(loaded.createInstance(), {});
  engine.exec(SKEWED);
});
after(() => engine.close());

const details = (plan) => plan.map(({ detail }) => detail);
/** The copy as advice leaves it: statistics set, candidates made and dropped again. */
function advised(sql, params) {
  const statement = parseStatement(sql, new Schema(engine));
  const scratch = new Scratch(statement, sql);
  new Adviser(scratch, statement, new Statistics(statement.schema), sql, params, queryPlan(engine, sql, params)).recommend();
  return scratch;
}

test('control: ANALYZE wrote samples of every index, and the database plans by the value', () => {
  assert.equal(engine.lacks.stat4, undefined);
  assert.deepEqual(rows(engine, 'SELECT DISTINCT idx FROM sqlite_stat4 ORDER BY idx').flat(), ['odd "Name', 'odd I', 't_b', 't_n', 't_status']);
  for (const [column, sql] of CASES) {
    assert.match(details(queryPlan(engine, sql, [COMMON[column]])).join(), /^SCAN/, sql);
    assert.match(details(queryPlan(engine, sql, [RARE[column]])).join(), /^SEARCH .* USING INDEX/, sql);
  }
});

test('the copy plans as the database does, for the common value and for the rare one, before and after a change of its schema', () => {
  for (const [column, sql] of CASES) {
    const place = column === 'k' ? '"odd ""Name" (v) WHERE v IS NULL' : 't (at) WHERE at IS NULL';
    for (const value of [COMMON[column], RARE[column]]) {
      const scratch = advised(sql, [value]);
      const real = details(queryPlan(engine, sql, [value]));
      assert.deepEqual(details(scratch.plan(sql, [value])), real, sql);
      assert.equal(scratch.createIndex(`CREATE INDEX another ON ${place}`), true);
      assert.deepEqual(details(scratch.plan(sql, [value])), real, `${sql}: with another index`);
      scratch.dropIndex('another');
      assert.equal(scratch.accepts(`CREATE INDEX refused ON ${place}`), true);
      assert.deepEqual(details(scratch.plan(sql, [value])), real, `${sql}: after a schema that was rolled back`);
      scratch.close();
    }
  }
});

test('control: without the samples the copy can not tell the values apart', () => {
  for (const [column, sql] of CASES) {
    const statement = parseStatement(sql, new Schema(engine));
    const scratch = new Scratch(statement, sql);
    scratch.setStatistics(statement.schema.statistics);
    assert.deepEqual(details(scratch.plan(sql, [COMMON[column]])), details(scratch.plan(sql, [RARE[column]])), sql);
    scratch.close();
  }
});

test('the advice follows the value: what the index finds at once needs no other', () => {
  const advice = (sql, params) => analyze(engine, sql, params).indexRecommendations.map(({ columns }) => columns.join());
  const newest = 'SELECT * FROM t WHERE status = ? ORDER BY at LIMIT 100';
  assert.deepEqual([advice(newest, ['done']), advice(newest, ['open'])], [['status,at'], []]);
  const ofKind = 'SELECT * FROM t WHERE status = :s AND kind = 3';
  assert.deepEqual([advice(ofKind, { s: 'done' }), advice(ofKind, { ':s': 'open' })], [['kind'], []]);
});
