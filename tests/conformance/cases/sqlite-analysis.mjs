/** Plans, advice and upkeep: the same words on every engine, and nothing is executed or written by asking. */
import { column, one, script } from '../lib/sqlite.mjs';

/** 3,000 orders of 50 customers, spread so that an index on either column of `orders` is worth its while. */
async function shop(createSQLite, config) {
  const db = createSQLite(config);
  await script(db, 'CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)', 'CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, day INTEGER)');
  await db.executeMany('INSERT INTO customers VALUES (?, ?)', Array.from({ length: 50 }, (_, i) => [i, `name ${i}`]));
  await db.executeMany('INSERT INTO orders VALUES (?, ?, ?, ?)', Array.from({ length: 3000 }, (_, i) => [i, (i * 7) % 50, i % 5 ? 'paid' : 'open', (i * 11) % 365]));
  return db;
}
const details = (plan) => plan.map(({ detail }) => detail);

export default [
  {
    name: 'sqlite plan: a scan names its table, a search its index, a look-up by rowid neither',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      const [scan] = await db.getQueryPlan('SELECT * FROM orders o WHERE o.status = ?');
      assert.equal(scan.scansTable, 'orders', 'by its own name, not its alias');
      assert.equal(scan.usesIndex, undefined);
      assert.equal(scan.parent, 0);
      await db.executeQuery('CREATE INDEX by_status ON orders (status)');
      const [search] = await db.getQueryPlan('SELECT * FROM orders WHERE status = ?', ['open']);
      assert.equal(search.usesIndex, 'by_status');
      assert.equal(search.scansTable, undefined);
      const [key] = await db.getQueryPlan('SELECT * FROM orders WHERE id = 7');
      assert.equal(key.usesIndex, undefined);
      assert.equal(key.scansTable, undefined);
    },
  },
  {
    name: 'sqlite plan: a tree, whose steps name their parents',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      const plan = await db.getQueryPlan('SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE day = 3) UNION SELECT status FROM orders');
      const ids = new Set([0, ...plan.map(({ id }) => id)]);
      assert.ok(plan.every(({ parent }) => ids.has(parent)), JSON.stringify(plan));
      assert.ok(plan.some(({ parent }) => parent !== 0), 'something lies below something');
      assert.equal(new Set(plan.map(({ id }) => id)).size, plan.length);
    },
  },
  {
    name: 'sqlite plan: asked for with a query, it comes with the rows',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      const sql = 'SELECT count(*) AS n FROM orders WHERE day < ?';
      const result = await db.executeQuery(sql, [100], { explain: true });
      assert.deepEqual(result.plan, await db.getQueryPlan(sql, [100]));
      assert.equal(result.rows.length, 1);
      assert.equal((await db.executeQuery(sql, [100])).plan, undefined);
    },
  },
  {
    name: 'sqlite analysis: an index is advised with the plan it gives, and that is the plan it gives',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      const sql = 'SELECT id, day FROM orders WHERE customer_id = ? ORDER BY day';
      const before = await db.analyzeQuery(sql, [3]);
      assert.deepEqual(before.tables, ['orders']);
      assert.ok(before.suggestions.some(({ kind }) => kind === 'full-scan'), JSON.stringify(before.suggestions));
      assert.equal(before.indexRecommendations.length, 1, JSON.stringify(before.indexRecommendations));
      const [advice] = before.indexRecommendations;
      assert.equal(advice.table, 'orders');
      assert.equal(advice.columns[0], 'customer_id');
      assert.ok(advice.reason.length > 20);
      const right = await column(db, sql, [3]);
      await db.executeQuery(advice.sql);
      const after = await db.analyzeQuery(sql, [3]);
      assert.deepEqual(details(after.plan), advice.planWith);
      assert.deepEqual(after.indexRecommendations, []);
      assert.ok(!after.suggestions.some(({ kind }) => kind === 'full-scan'));
      assert.deepEqual(await column(db, sql, [3]), right, 'the same rows in the same order');
    },
  },
  {
    name: 'sqlite analysis: a join, in which the advice names the column that joins',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      await db.executeQuery('ANALYZE');
      const { indexRecommendations, complexity, tables, estimatedRows } = await db.analyzeQuery('SELECT c.name, o.day FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 4');
      assert.deepEqual([...tables].sort(), ['customers', 'orders']);
      assert.ok(['low', 'medium', 'high'].includes(complexity));
      assert.ok(estimatedRows > 0, `${estimatedRows}`);
      assert.ok(indexRecommendations.some((r) => r.table === 'orders' && r.columns[0] === 'customer_id'), JSON.stringify(indexRecommendations));
    },
  },
  {
    name: 'sqlite analysis: each habit that costs time is told with its kind, and its SQL runs',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      const wide = Array.from({ length: 9 }, (_, i) => `c${i} TEXT`).join(', ');
      await db.executeQuery(`CREATE TABLE wide (${wide})`);
      const expected = [
        ["SELECT id FROM orders WHERE status LIKE '%en'", 'leading-wildcard'],
        ['SELECT id FROM orders WHERE abs(day) = 3', 'function-on-column'],
        ['SELECT id FROM orders ORDER BY day', 'temp-b-tree'],
        ['SELECT name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c', 'correlated-subquery'],
        ['SELECT * FROM wide', 'select-star'],
        ['SELECT * FROM customers, orders', 'cross-join'],
        ['DELETE FROM orders', 'no-where'],
        ['SELECT id FROM orders LIMIT 5 OFFSET 2000', 'offset'],
        ['SELECT id FROM orders ORDER BY random() LIMIT 1', 'random-order'],
        ['SELECT c.name FROM customers c JOIN orders o ON o.customer_id = c.id', 'missing-statistics'],
      ];
      for (const [sql, kind] of expected) {
        const { suggestions } = await db.analyzeQuery(sql);
        assert.ok(suggestions.some((s) => s.kind === kind && s.message.length > 10), `${sql}: ${JSON.stringify(suggestions)}`);
        for (const { sql: cure } of suggestions) if (cure?.startsWith('CREATE INDEX')) { await db.executeQuery(cure); await db.executeQuery(`DROP INDEX ${/INDEX (\S+)/.exec(cure)[1]}`); }
      }
      assert.equal(await one(db, 'SELECT count(*) FROM orders'), 3000, 'nothing was executed');
    },
  },
  {
    name: 'sqlite analysis: a query that has what it needs gets no advice',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      const { suggestions, indexRecommendations, complexity } = await db.analyzeQuery('SELECT name FROM customers WHERE id = ?', [1]);
      assert.deepEqual(suggestions, []);
      assert.deepEqual(indexRecommendations, []);
      assert.equal(complexity, 'low');
    },
  },
  {
    name: 'sqlite analysis: asking writes nothing and leaves the schema alone; statements that write are not executed',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      const schema = () => column(db, 'SELECT sql FROM sqlite_schema ORDER BY name');
      const before = await schema();
      await db.analyzeQuery("UPDATE orders SET status = 'paid' WHERE day = 4");
      await db.analyzeQuery('DELETE FROM customers WHERE name = ?', ['name 3']);
      await db.getQueryPlan('INSERT INTO customers SELECT id, status FROM orders');
      assert.deepEqual(await schema(), before);
      assert.equal(await one(db, 'SELECT count(*) FROM customers'), 50);
      assert.equal(await one(db, "SELECT count(*) FROM orders WHERE status = 'open'"), 600);
    },
  },
  {
    name: 'sqlite analysis: what is wrong with a statement is told as by executing it',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      for (const method of ['analyzeQuery', 'getQueryPlan']) {
        await assert.code(db[method]('SELECT nothing FROM nowhere'), 'SQL');
        await assert.code(db[method]('SELEC 1'), 'SQL');
        await assert.code(db[method]('SELECT 1; SELECT 2'), 'INVALID_ARGUMENT');
        await assert.code(async () => db[method](5), 'INVALID_ARGUMENT');
        await assert.code(db[method]('SELECT ?', [NaN]), 'INVALID_ARGUMENT');
      }
      assert.equal(await one(db, 'SELECT 1'), 1);
    },
  },
  {
    name: 'sqlite optimize: statistics where they are missing, VACUUM where pages are free, and what was done is told',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      await db.executeQuery('CREATE INDEX by_day ON orders (day)');
      await script(db, 'CREATE TABLE big (x TEXT)', "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO big SELECT hex(zeroblob(400)) FROM n", 'DROP TABLE big');
      const first = await db.optimizeDatabase();
      assert.equal(first.integrity, 'ok');
      assert.deepEqual(first.actions.map(({ sql }) => sql), ['ANALYZE', 'VACUUM']);
      assert.ok(first.actions.every(({ durationMs }) => durationMs >= 0));
      assert.ok(first.sizeAfter < first.sizeBefore / 2, `${first.sizeBefore} -> ${first.sizeAfter}`);
      assert.ok(await one(db, "SELECT count(*) FROM sqlite_stat1 WHERE idx = 'by_day'") === 1);
      assert.equal(await one(db, 'SELECT count(*) FROM orders'), 3000);
      const second = await db.optimizeDatabase();
      assert.ok(!second.actions.some(({ sql }) => sql === 'VACUUM' || sql === 'ANALYZE'), JSON.stringify(second.actions));
      assert.equal(second.sizeAfter, second.sizeBefore);
    },
  },
  {
    name: 'sqlite optimize: not inside a transaction',
    async run({ createSQLite, assert }) {
      const db = await shop(createSQLite);
      await db.executeQuery('BEGIN');
      await assert.code(db.optimizeDatabase(), 'BUSY');
      await db.executeQuery('ROLLBACK');
      assert.equal((await db.optimizeDatabase()).integrity, 'ok');
    },
  },
];
