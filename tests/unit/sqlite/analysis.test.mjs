// analyze: what each rule finds and what it leaves alone, tables, estimates, complexity; nothing is written to the user's database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../../js/dist/services/sqlite/analysis/index.js';
import { openEngine } from './analysis-engine.mjs';

const SHOP = `
  CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE, country TEXT, "group" INT);
  CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INT REFERENCES customers(id) ON DELETE CASCADE, status TEXT, total REAL, created TEXT, note TEXT, p1, p2, p3);
  CREATE INDEX orders_status ON orders(status);
  CREATE TABLE keyed(k TEXT PRIMARY KEY, v INT) WITHOUT ROWID;
  CREATE VIEW paid AS SELECT o.id, o.customer_id AS customer, o.total FROM orders o WHERE o.status = 'paid';
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO orders SELECT i, 1 + i % 800, CASE i % 4 WHEN 0 THEN 'paid' ELSE 'open' END, i % 97, date('2024-01-01', (i % 700) || ' days'), 'n' || i, 1, 2, 3 FROM n;
  INSERT INTO customers SELECT id, 'name' || id, 'm' || id || '@example.org', 'c' || (id % 40), id % 7 FROM orders WHERE id <= 800;
  INSERT INTO keyed SELECT 'k' || id, id % 9 FROM orders;`;
const shop = openEngine(SHOP), counted = openEngine(`${SHOP}; ANALYZE`);

const kinds = (sql, { params, engine = shop } = {}) => analyze(engine, sql, params).suggestions.map((s) => s.kind).sort();
const one = (kind, sql, options = {}) => {
  const found = analyze(options.engine ?? shop, sql, options.params).suggestions.filter((s) => s.kind === kind);
  assert.equal(found.length, 1, `${sql}: ${JSON.stringify(found)}`);
  return found[0];
};
const none = (kind, sql, options) => assert.ok(!kinds(sql, options).includes(kind), `${sql}: ${kind}`);
const advised = (sql, { engine = shop, params } = {}) => analyze(engine, sql, params).indexRecommendations.map((r) => r.sql.replace(/^CREATE INDEX \S+ ON /, '')).sort();

test('full scans, sorts and automatic indexes are told, with the index that ends them', () => {
  assert.match(one('full-scan', 'SELECT id FROM orders WHERE customer_id = ?').sql, /ON orders\(customer_id\)$/);
  assert.equal(one('full-scan', 'SELECT id FROM orders WHERE total + ? > 3').sql, undefined);
  assert.match(one('temp-b-tree', 'SELECT id FROM orders ORDER BY created LIMIT 10').message, /ORDER BY/);
  const automatic = one('automatic-index', 'SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c."group"');
  assert.match(automatic.message, /customer_id/);
  assert.match(automatic.sql, /ON orders\(customer_id\)$/);
  for (const kind of ['full-scan', 'temp-b-tree', 'automatic-index']) none(kind, "SELECT id FROM orders WHERE status = 'paid'");
});

test('a correlated subquery is told, another is not', () => {
  one('correlated-subquery', 'SELECT name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c');
  none('correlated-subquery', 'SELECT name FROM customers WHERE id = (SELECT max(customer_id) FROM orders)');
});

test('functions on columns: an expression index where SQLite takes one', () => {
  const { message, sql } = one('function-on-column', "SELECT id FROM customers WHERE lower(email) = 'x'");
  assert.match(message, /hides email from the index sqlite_autoindex_customers_1/);
  assert.equal(sql, 'CREATE INDEX idx_customers_lower_email ON customers(lower(email))');
  assert.match(one('function-on-column', 'SELECT o.id FROM orders AS o WHERE upper(o.status) = ?').sql, /ON orders\(upper\(status\)\)$/);
  // Not deterministic with the locale or the time: no index holds it.
  for (const condition of ["datetime(status, 'localtime') = ?", "strftime('%d', status, 'utc') = ?", 'julianday() - julianday(status) < ?', 'random() + total > ?']) none('function-on-column', `SELECT id FROM orders WHERE ${condition}`);
  // Nor one that fails for a row there is.
  const broken = openEngine(`${SHOP}; UPDATE orders SET note = '{' WHERE id = 3`);
  none('function-on-column', "SELECT id FROM orders WHERE json_extract(note, '$.a') = 1", { engine: broken });
  assert.deepEqual(advised("SELECT id FROM orders WHERE json_extract(note, '$.a') = 1", { engine: broken }), []);
  none('function-on-column', 'SELECT id FROM orders WHERE status = lower(?)');
  none('function-on-column', 'SELECT lower(status) FROM orders WHERE +status = 1');
  const engine = openEngine(`${SHOP}; CREATE INDEX e ON customers(lower(email))`);
  none('function-on-column', 'SELECT id FROM customers WHERE lower(email) = ?', { engine });
});

test('LIKE with a leading wildcard: by its literal or by the value given', () => {
  assert.match(one('leading-wildcard', "SELECT id FROM orders WHERE note LIKE '%x'").message, /FTS5/);
  one('leading-wildcard', 'SELECT id FROM orders WHERE id > ? AND note LIKE ?', { params: [1, '%x'] });
  one('leading-wildcard', 'SELECT id FROM orders WHERE note LIKE :p', { params: { p: '_x' } });
  one('leading-wildcard', "SELECT id FROM orders WHERE note GLOB '*x'");
  for (const [sql, params] of [["SELECT id FROM orders WHERE note LIKE 'x%'"], ['SELECT id FROM orders WHERE id > ? AND note LIKE ?', ['%', 'x%']], ['SELECT id FROM orders WHERE note LIKE ?'], ["SELECT id FROM orders WHERE note GLOB '%x'"]]) none('leading-wildcard', sql, { params });
});

test('OR across columns is told as long as the table is read in full', () => {
  assert.match(one('or-across-columns', 'SELECT id FROM orders WHERE customer_id = 3 OR created = ?').message, /customer_id, created/);
  none('or-across-columns', 'SELECT id FROM orders WHERE customer_id = 3 OR customer_id = 4');
  const engine = openEngine(`${SHOP}; CREATE INDEX i1 ON orders(customer_id); CREATE INDEX i2 ON orders(created)`);
  none('or-across-columns', 'SELECT id FROM orders WHERE customer_id = 3 OR created = ?', { engine });
});

test('sources that nothing joins', () => {
  assert.match(one('cross-join', 'SELECT count(*) FROM orders, customers').message, /orders with customers/);
  one('cross-join', "SELECT count(*) FROM orders o, customers c WHERE o.status = 'paid'");
  one('cross-join', 'SELECT count(*) FROM orders o JOIN customers c JOIN keyed k ON o.customer_id = c.id');
  for (const sql of [
    'SELECT count(*) FROM orders o, customers c WHERE o.customer_id = c.id', 'SELECT count(*) FROM orders o CROSS JOIN customers', 'SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id',
    'SELECT count(*) FROM orders o NATURAL JOIN customers', 'SELECT count(*) FROM orders JOIN customers USING (id)', 'SELECT count(*) FROM orders o, customers c WHERE o.id = 1 AND c.id = 1 AND c.name = ? AND o.note = ?',
    "SELECT count(*) FROM orders o, json_each(o.note) j", 'SELECT count(*) FROM orders o, customers c WHERE abs(o.customer_id - c.id) < 2', 'SELECT count(*) FROM orders o, (SELECT avg(total) AS a FROM orders) x WHERE o.total > x.a',
  ]) none('cross-join', sql);
});

test('wide *, writes without WHERE, far OFFSET, random order', () => {
  one('select-star', 'SELECT * FROM orders WHERE id = 1');
  one('select-star', 'SELECT o.* FROM customers c JOIN orders o ON o.customer_id = c.id');
  for (const sql of ['SELECT * FROM customers', 'SELECT count(*) FROM orders', 'SELECT 1 FROM customers c WHERE EXISTS (SELECT * FROM orders o WHERE o.id = c.id)', 'SELECT id FROM orders']) none('select-star', sql);
  one('no-where', 'DELETE FROM orders');
  one('no-where', 'UPDATE orders SET total = 1');
  for (const sql of ['DELETE FROM orders WHERE id = 1', 'UPDATE orders SET total = 1 WHERE id = 1', 'SELECT id FROM orders', 'INSERT INTO keyed VALUES (1, 2)']) none('no-where', sql);
  for (const sql of ['SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET 2000', 'SELECT id FROM orders LIMIT 2000, 10', 'SELECT id FROM orders LIMIT ? OFFSET ?']) one('offset', sql);
  for (const sql of ['SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET 20', 'SELECT id FROM orders LIMIT 2000']) none('offset', sql);
  one('random-order', 'SELECT id FROM orders ORDER BY random() LIMIT 1');
});

test('missing and stale statistics', () => {
  assert.equal(one('missing-statistics', "SELECT id FROM orders WHERE status = 'paid'").sql, 'ANALYZE');
  none('missing-statistics', "SELECT id FROM orders WHERE status = 'paid'", { engine: counted });
  const newer = openEngine(`${SHOP}; ANALYZE; CREATE INDEX later ON orders(created)`);
  assert.match(one('missing-statistics', 'SELECT id FROM orders WHERE created = ?', { engine: newer }).message, /newer/);
  const grown = openEngine(`${SHOP}; DELETE FROM orders WHERE id > 100; ANALYZE; ${SHOP.slice(SHOP.indexOf('WITH RECURSIVE'), SHOP.indexOf('INSERT INTO customers')).replace('SELECT i,', 'SELECT i + 100000,')}`);
  one('stale-statistics', "SELECT id FROM orders WHERE status = 'paid'", { engine: grown });
  const empty = openEngine('CREATE TABLE e(a); CREATE INDEX ea ON e(a)');
  assert.deepEqual(kinds('SELECT a FROM e WHERE a = 1', { engine: empty }), []);
});

test('every suggested statement runs on the database itself', () => {
  for (const sql of ['SELECT * FROM orders WHERE customer_id = 1', "SELECT * FROM customers WHERE lower(email) = '1' AND abs(\"group\") = 2", 'SELECT * FROM orders WHERE customer_id = 3 OR created = ? ORDER BY total', "SELECT id FROM keyed, orders WHERE k = note AND v = 3"]) {
    const suggestions = analyze(shop, sql).suggestions.filter((s) => s.sql);
    assert.ok(suggestions.length > 0);
    for (const { sql: cure } of suggestions) openEngine(SHOP).db.exec(cure);
  }
});

test('tables: what was read and written, views looked through, in the schema\'s spelling', () => {
  const tables = (sql, engine = shop) => analyze(engine, sql).tables;
  assert.deepEqual(tables('SELECT * FROM PAID JOIN Customers ON customers.id = paid.customer'), ['customers', 'orders']);
  assert.deepEqual(tables('INSERT INTO keyed SELECT note, id FROM orders'), ['keyed', 'orders']);
  assert.deepEqual(tables('UPDATE orders SET total = (SELECT max(v) FROM keyed)'), ['keyed', 'orders']);
  assert.deepEqual(tables('WITH orders AS (SELECT 1 AS a) SELECT * FROM orders'), []);
  assert.deepEqual(tables('SELECT 1'), []);
  // An authorizer's word counts more than what the text says.
  const told = openEngine(SHOP), prepare = told.prepare.bind(told);
  told.prepare = (sql) => Object.assign(prepare(sql), { access: { reads: new Set(['orders', 'paid', 'sqlite_master']), writes: new Set(['keyed']), schema: false, deterministic: true } });
  assert.deepEqual(tables('SELECT id FROM paid', told), ['keyed', 'orders']);
});

test('estimated rows: from statistics, none without', () => {
  const rows = (sql, engine = counted) => analyze(engine, sql).estimatedRows;
  assert.equal(rows('SELECT id FROM orders', shop), undefined);
  assert.equal(rows('SELECT id FROM orders'), 5000);
  assert.equal(rows('SELECT id FROM orders WHERE id = 1'), 1);
  assert.equal(rows('SELECT id FROM customers WHERE email = ?'), 1);
  // Two values: half of the rows each, as ANALYZE has it.
  assert.equal(rows('SELECT id FROM orders WHERE status = ?'), 2500);
  assert.equal(rows('SELECT count(*) FROM orders WHERE status = ?'), 1);
  assert.equal(rows('SELECT id FROM orders LIMIT 7'), 7);
  const joined = rows('SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id');
  assert.ok(joined >= 2500 && joined <= 10_000, `${joined}`);
});

test('complexity by the stated rules', () => {
  const complexity = (sql, engine = shop) => analyze(engine, sql).complexity;
  for (const sql of ['SELECT 1', 'SELECT id FROM orders WHERE id = 1', "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'paid'", 'DELETE FROM orders WHERE id = 4']) assert.equal(complexity(sql), 'low', sql);
  for (const sql of ['SELECT id FROM orders WHERE total = 1', "SELECT id FROM orders WHERE status = 'paid' ORDER BY total", 'SELECT (SELECT total FROM orders o WHERE o.id = c."group") FROM customers c WHERE c.id = 1', 'SELECT id FROM customers WHERE country = ?', 'SELECT o.note FROM customers c CROSS JOIN orders o WHERE c.id = 1 AND o.customer_id = c.id']) assert.equal(complexity(sql), 'medium', sql);
  for (const sql of ['SELECT * FROM orders, customers', 'SELECT (SELECT max(total) FROM orders WHERE customer_id = c.id) FROM customers c', 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n']) assert.equal(complexity(sql), 'high', sql);
  // Small by ANALYZE's count.
  assert.equal(complexity('SELECT id FROM customers WHERE country = ?', counted), 'low');
});

test('the user\'s database is only read, and every scratch database is closed', () => {
  const engine = openEngine(`${SHOP}; PRAGMA foreign_keys = ON`);
  const before = engine.db.export(), schema = engine.db.exec('SELECT * FROM sqlite_master; PRAGMA data_version');
  for (const sql of ['SELECT * FROM orders WHERE customer_id = 1 ORDER BY total', 'DELETE FROM customers', "UPDATE orders SET note = 'x' WHERE total = 3", 'INSERT INTO keyed SELECT note, 1 FROM orders', 'DROP TABLE orders', 'CREATE INDEX nope ON orders(note)', 'VACUUM']) analyze(engine, sql);
  assert.deepEqual(engine.runs, []);
  assert.deepEqual(engine.db.exec('SELECT * FROM sqlite_master; PRAGMA data_version'), schema);
  assert.deepEqual(engine.db.export(), before);
  assert.ok(engine.scratches.length >= 7 && engine.scratches.every((s) => s.closed));
});

test('errors are those of prepare; what stops the engine is passed on', () => {
  for (const [sql, code] of [['SELECT * FROM missing', 'SQL'], ['', 'INVALID_ARGUMENT'], ['SELECT 1; SELECT 2', 'INVALID_ARGUMENT']]) assert.throws(() => analyze(shop, sql), (e) => e.code === code, sql);
  for (const code of ['INSTANCE_POISONED', 'TIMEOUT', 'ABORTED']) {
    const engine = openEngine(SHOP), prepare = engine.prepare.bind(engine);
    engine.prepare = (sql) => { if (/^SELECT count\(\*\) FROM \(SELECT 1/.test(sql)) throw Object.assign(new Error('stop'), { code }); return prepare(sql); };
    assert.throws(() => analyze(engine, 'SELECT id FROM orders WHERE customer_id = 1'), (e) => e.code === code);
    assert.ok(engine.scratches.every((s) => s.closed));
  }
});

test('an index that the planner or the measure would not have is not advised', () => {
  for (const sql of [
    'SELECT id FROM orders', 'SELECT id FROM orders WHERE id = 1', "SELECT id FROM orders WHERE status = 'paid'", 'SELECT id FROM customers WHERE email = ?', "SELECT id FROM orders WHERE note LIKE '%x'", 'SELECT id FROM orders WHERE +customer_id = 3',
    'SELECT id FROM orders NOT INDEXED WHERE customer_id = 3', 'SELECT k FROM keyed WHERE k = ?', 'SELECT * FROM orders, customers', 'SELECT id FROM orders WHERE NOT customer_id = 3', 'SELECT id FROM orders WHERE customer_id <> 3', 'SELECT count(*) FROM orders', 'PRAGMA user_version', 'BEGIN',
  ]) assert.deepEqual(advised(sql), [], sql);
  assert.deepEqual(advised('SELECT id, name FROM customers WHERE country = ?', { engine: openEngine(`${SHOP}; UPDATE customers SET country = 'all'; ANALYZE`) }), [], 'one value only');
});

for (const [sql, expected] of [
  ['SELECT note FROM orders WHERE customer_id = ? AND created > ?', ['orders(customer_id, created)']],
  ['SELECT note FROM orders WHERE created > ? AND ? = customer_id ORDER BY created DESC', ['orders(customer_id, created)']],
  ['SELECT note FROM orders ORDER BY created DESC, total LIMIT 5', ['orders(created DESC, total)']],
  ['SELECT created, count(*) FROM orders GROUP BY created', ['orders(created)']],
  ['SELECT DISTINCT created FROM orders', ['orders(created)']],
  ['SELECT max(total) FROM orders', ['orders(total)']],
  ["SELECT note FROM orders WHERE note LIKE 'n1%'", ['orders(note COLLATE NOCASE)']],
  ["SELECT note FROM orders WHERE note GLOB 'n1*'", ['orders(note)']],
  ['SELECT note FROM orders WHERE note = ? COLLATE NOCASE', ['orders(note COLLATE NOCASE)']],
  ['SELECT note FROM orders WHERE customer_id = 1 OR created = ?', ['orders(created)', 'orders(customer_id)']],
  ['SELECT note FROM orders WHERE (customer_id, created) = (?, ?)', ['orders(customer_id)', 'orders(customer_id, created)']],
  ['SELECT note FROM orders WHERE date(created) = ?', ['orders(date(created))']],
  ['SELECT total FROM paid WHERE customer = ?', ['orders(customer_id)']],
  ['WITH c(who) AS (SELECT customer_id FROM orders) SELECT who FROM c WHERE who = 5', ['orders(customer_id)']],
  ['SELECT x.who FROM (SELECT customer_id AS who, note FROM orders) AS x WHERE x.who = 5', ['orders(customer_id)']],
  ['SELECT name FROM customers c WHERE id < 50 AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)', ['orders(customer_id)']],
  ['SELECT o.note FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = ?', ['orders(customer_id)']],
  ['SELECT "group" FROM customers WHERE "group" = ? AND country = ?', ['customers(country, "group")', 'customers("group", country)']],
  ['UPDATE orders SET total = 0 WHERE customer_id = ?', ['orders(customer_id)']],
  ['DELETE FROM orders WHERE created < ? AND customer_id = 4', ['orders(customer_id, created)']],
  ['INSERT INTO keyed SELECT note, id FROM orders WHERE customer_id = ?', ['orders(customer_id)']],
  ['SELECT k FROM keyed WHERE v = 3', ['keyed(v)']],
]) {
  test(`advised: ${sql}`, () => {
    const found = advised(sql);
    assert.ok(found.length > 0 && found.every((f) => expected.includes(f)), JSON.stringify(found));
  });
}

test('deleting a parent: the children\'s foreign key, where foreign keys are on', () => {
  assert.deepEqual(advised('DELETE FROM customers WHERE id = 3'), []);
  assert.deepEqual(advised('DELETE FROM customers WHERE id = 3', { engine: openEngine(`${SHOP}; PRAGMA foreign_keys = ON`) }), ['orders(customer_id)']);
});

test('a recommendation says what it is for, in words, with the plan it gives', () => {
  const { indexRecommendations: [r] } = analyze(counted, 'SELECT note FROM orders WHERE customer_id = ? ORDER BY created');
  assert.deepEqual({ ...r, reason: undefined }, {
    sql: 'CREATE INDEX idx_orders_customer_id_created ON orders(customer_id, created)', table: 'orders', columns: ['customer_id', 'created'], reason: undefined,
    planWith: ['SEARCH orders USING INDEX idx_orders_customer_id_created (customer_id=?)'],
  });
  assert.equal(r.reason, 'Instead of reading all of orders (5,000 rows), SQLite goes straight to the rows with customer_id = …; its order makes the sort for ORDER BY unnecessary.');
});

test('names: free ones are taken, odd ones are quoted', () => {
  const engine = openEngine('CREATE TABLE "we ird;"("a""b" INT, "select" TEXT); CREATE TABLE idx_we_ird_a_b(x); CREATE INDEX "IDX_we_ird_a_b_2" ON idx_we_ird_a_b(x)');
  const { indexRecommendations: [r] } = analyze(engine, 'SELECT * FROM "we ird;" WHERE "a""b" = 1');
  assert.equal(r.sql, 'CREATE INDEX idx_we_ird_a_b_3 ON "we ird;"("a""b")');
  engine.db.exec(r.sql);
});

test('a schema that the scratch database cannot copy whole still gives advice for what it can', () => {
  const engine = openEngine('CREATE VIRTUAL TABLE f USING fts4(body); CREATE TABLE t(a INT, b INT); CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO f VALUES (new.a); END; CREATE TEMP TABLE tt(a INT); CREATE INDEX temp.ti ON tt(a)');
  assert.deepEqual(advised('SELECT b FROM t WHERE a = 1', { engine }), ['t(a)']);
  assert.deepEqual(advised("SELECT t.b FROM f JOIN t ON t.a = f.docid WHERE f.body MATCH 'x'", { engine }), ['t(a, b)']);
  assert.deepEqual(advised('SELECT t.b FROM tt JOIN t ON t.b = tt.a WHERE tt.a = 4', { engine }), ['t(b)']);
  // The application's own function: planned all the same, never put into an index.
  engine.db.create_function('mine', (x) => x);
  assert.deepEqual(advised('SELECT b FROM t WHERE a = 1 AND mine(b) = 2', { engine }), ['t(a)']);
  assert.deepEqual(advised('SELECT b FROM t WHERE mine(a) = 1', { engine }), []);
});

test('what views and triggers name is copied with them', () => {
  const engine = openEngine(`CREATE TABLE t(a INT, b INT); CREATE TABLE other(a INT); CREATE TABLE logged(x INT, y INT); CREATE VIEW inner_view AS SELECT a AS k, b FROM t; CREATE VIEW outer_view AS SELECT k FROM inner_view WHERE b = 4;
    CREATE TRIGGER tr AFTER DELETE ON other BEGIN UPDATE logged SET y = 1 WHERE x = old.a; END`);
  assert.deepEqual(advised('SELECT k FROM outer_view', { engine }), ['t(b)']);
  assert.deepEqual(advised('DELETE FROM other WHERE a = 3', { engine }), ['other(a)']);
  assert.ok(engine.scratches.at(-1).runs.some((sql) => /TRIGGER tr/.test(sql)) && engine.scratches.at(-1).runs.some((sql) => /TABLE logged/.test(sql)));
  assert.ok(!engine.scratches[0].runs.some((sql) => /TABLE logged/.test(sql)), 'what the statement does not need is left out');
});

test('a damaged catalogue runs nothing in the scratch database', () => {
  const engine = openEngine("CREATE TABLE t(a INT, b INT); CREATE TABLE u(x); PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE TABLE u(x); CREATE TABLE planted(y)' WHERE name = 'u'");
  const prepared = [];
  const open = engine.openScratch.bind(engine);
  engine.openScratch = () => { const scratch = open(), prepare = scratch.prepare.bind(scratch); scratch.prepare = (sql) => { prepared.push(sql); return prepare(sql); }; return scratch; };
  // Named u, so that the damaged table is among those that are copied.
  assert.deepEqual(advised('SELECT b AS u FROM t WHERE a = 1', { engine }), ['t(a)']);
  assert.ok(prepared.some((sql) => /planted/.test(sql)), 'the copy was tried, as one statement');
  assert.ok(engine.scratches.every((s) => !s.runs.some((sql) => /planted/.test(sql))));
});
