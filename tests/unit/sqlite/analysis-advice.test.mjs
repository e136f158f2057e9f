// Property: every recommended index, created for real on a filled database, is used by the real planner, before and after ANALYZE; the
// statement's rows stay the same; what exists is not advised again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze, queryPlan } from '../../../js/dist/services/sqlite/analysis/index.js';
import { openEngine } from './analysis-engine.mjs';
import { database, random, statement } from './analysis-queries.mjs';

const nameOf = (sql) => /^CREATE INDEX (\S+) ON/.exec(sql)[1];
const uses = (engine, sql, name) => queryPlan(engine, sql).some((p) => p.usesIndex === name || p.detail === `USING INDEX ${name} FOR IN-OPERATOR`);

/** Rows in an order of their own, since an index may change the order that nothing asked for; for a write, the tables after it. */
function outcome(bytes, indexes, sql) {
  const { db } = openEngine('', { bytes });
  for (const index of indexes) db.exec(index);
  const result = db.exec(sql);
  const rows = /^(?:SELECT|WITH)/.test(sql) ? result.flatMap((r) => r.values) : db.exec('SELECT name, kind, "order" FROM small; SELECT * FROM mid; SELECT mid_id, a, b, c, d, u, f, g FROM big').flatMap((r) => r.values);
  db.close();
  return rows.map((row) => JSON.stringify(row)).sort();
}
/** Which of equal keys row_number() counts first is left open by SQL, as are the rowids that INSERT … SELECT gives. */
const isFixed = (sql) => !/row_number/.test(sql);

for (let seed = 1; seed <= 10; seed++) {
  test(`40 random statements on database ${seed}`, () => {
    const engine = openEngine(database(seed)), next = random(seed * 77 + 1);
    const bytes = engine.db.export();
    let advised = 0, tried = 0;
    for (let i = 0; i < 40; i++) {
      const sql = statement(next);
      try { engine.prepare(sql).finalize(); } catch { continue; }
      tried++;
      const { indexRecommendations } = analyze(engine, sql);
      if (indexRecommendations.length === 0) continue;
      advised++;
      const indexes = indexRecommendations.map((r) => r.sql), real = openEngine('', { bytes });
      assert.equal(new Set(indexes.map(nameOf)).size, indexes.length);
      for (const index of indexes) real.db.exec(index);
      const plan = queryPlan(real, sql).map((p) => p.detail);
      for (const recommendation of indexRecommendations) {
        assert.ok(uses(real, sql, nameOf(recommendation.sql)), `${sql}\n${recommendation.sql}\n${plan.join('\n')}`);
        // Loops that cost the same may change places.
        assert.deepEqual([...recommendation.planWith].sort(), [...plan].sort(), sql);
        assert.ok(recommendation.reason.length > 20 && recommendation.columns.length > 0 && recommendation.reason.endsWith('.'));
      }
      const again = analyze(real, sql).indexRecommendations.map((r) => r.sql.replace(/^.* ON /, ''));
      for (const index of indexes) assert.ok(!again.includes(index.replace(/^.* ON /, '')), `${sql}\nadvised again: ${index}`);
      real.db.exec('ANALYZE');
      for (const index of indexes) assert.ok(uses(real, sql, nameOf(index)), `after ANALYZE: ${sql}\n${index}\n${queryPlan(real, sql).map((p) => p.detail).join('\n')}`);
      real.close();
      if (isFixed(sql)) assert.deepEqual(outcome(bytes, indexes, sql), outcome(bytes, [], sql), sql);
    }
    assert.ok(tried >= 35 && advised >= 15, `${advised} of ${tried}`);
    engine.close();
  });
}
