/**
 * What is timed, once for every contender, in this process or in a child's. A task: `{ setup(db), before?(db), run(db) -> value,
 * answer?(db, value) -> what is digested, needs? }`; only `run` is timed.
 */
import { COMPLEX_SQL, documents, ftsQueries, INSERT_ITEM, items, ITEMS_SQL, lookupKeys, SHOP_SQL, shop, sku, texts } from './data.mjs';
import { rowsOf } from './digest.mjs';
import { speedtest } from './speedtest.mjs';

const ALL_ITEMS = 'SELECT id, sku, city, price, stock, note FROM items ORDER BY id';
const fill = async (db) => { await db.exec(ITEMS_SQL); await db.insertEach(INSERT_ITEM, items()); };
const empty = (db) => db.exec(`DROP TABLE IF EXISTS items; ${ITEMS_SQL}`);
const everything = (db) => db.all(ALL_ITEMS);

async function fillShop(db) {
  await db.exec(SHOP_SQL);
  const { customers, products, orders } = shop();
  await db.insertEach('INSERT INTO customers VALUES (?, ?, ?, ?)', customers);
  await db.insertEach('INSERT INTO products VALUES (?, ?, ?, ?)', products);
  await db.insertEach('INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)', orders);
}

const FTS = 'SELECT rowid, title, snippet(docs, 1, \'[\', \']\', \'…\', 8) AS part, round(bm25(docs), 6) AS score FROM docs WHERE docs MATCH ? ORDER BY rank, rowid LIMIT 20';
const JSON_SQL = [
  'SELECT json_extract(doc, \'$.address.city\') AS city, count(*) AS n, sum(doc ->> \'$.visits\') AS visits FROM docs WHERE doc ->> \'$.active\' GROUP BY 1 ORDER BY 1',
  'SELECT t.value AS tag, count(*) AS n FROM docs, json_each(docs.doc, \'$.tags\') t GROUP BY 1 ORDER BY 2 DESC, 1',
  'SELECT id, json_set(doc, \'$.visits\', id, \'$.seen\', json(\'true\')) AS doc FROM docs WHERE id % 20 = 0 ORDER BY id',
  'SELECT json_group_array(json_object(\'id\', id, \'zip\', doc ->> \'$.address.zip\')) AS all_of_them FROM docs WHERE id % 4 = 0',
];
const UPDATES = Array.from({ length: 20_000 }, (_, i) => [i % 997, 1 + (i * 7919) % 100_000]);
const BY_SKU = Array.from({ length: 10_000 }, (_, i) => [`seen ${i % 10}`, sku((i * 104_729) % 100_000)]);
const DELETES = Array.from({ length: 10_000 }, (_, i) => [1 + (i * 15_485_863) % 100_000]);

export const TASKS = {
  insertEach: { setup: empty, before: empty, run: (db) => db.insertEach(INSERT_ITEM, items()), answer: everything },
  insertMany: { needs: 'bulk', setup: empty, before: empty, run: (db) => (db.insertMany ?? db.insertEach)(INSERT_ITEM, items()), answer: everything },
  byKey: { setup: fill, run: (db) => db.lookups('SELECT id, sku, price FROM items WHERE id = ?', lookupKeys()) },
  byIndex: {
    async setup(db) { await fill(db); await db.exec('CREATE INDEX items_sku ON items (sku)'); },
    run: (db) => db.lookups('SELECT id, sku, price FROM items WHERE sku = ?', (skuKeys ??= lookupKeys().map((k) => sku(k - 1)))),
  },
  complex: { setup: fillShop, run: (db) => db.all(COMPLEX_SQL), answer: (_, rows) => rows },
  objects: { setup: fill, run: everything, answer: (_, rows) => rows },
  arrays: { needs: 'raw', setup: fill, run: (db) => db.raw(ALL_ITEMS), answer: (_, rows) => rows },
  columns: { needs: 'columns', setup: fill, run: (db) => db.columns(ALL_ITEMS), answer: (_, columns) => rowsOf(columns) },
  fts: {
    needs: 'fts5',
    async setup(db) { await db.exec('CREATE VIRTUAL TABLE docs USING fts5(title, body)'); await db.insertEach('INSERT INTO docs (rowid, title, body) VALUES (?, ?, ?)', texts()); await db.exec('INSERT INTO docs(docs) VALUES (\'optimize\')'); },
    async run(db) { let out = []; for (const q of ftsQueries()) out = out.concat(await db.all(FTS, [q])); return out; }, answer: (_, rows) => rows,
  },
  json: {
    async setup(db) { await db.exec('CREATE TABLE docs (id INTEGER PRIMARY KEY, doc TEXT)'); await db.insertEach('INSERT INTO docs VALUES (?, ?)', documents()); },
    async run(db) { let out = []; for (const sql of JSON_SQL) out = out.concat(await db.all(sql)); return out; }, answer: (_, rows) => rows,
  },
  updates: {
    async setup(db) { await fill(db); await db.exec('CREATE INDEX items_sku ON items (sku); CREATE INDEX items_stock ON items (stock); CREATE TABLE kept AS SELECT * FROM items'); },
    before: (db) => db.exec('DELETE FROM items; INSERT INTO items SELECT * FROM kept'),
    async run(db) {
      await db.exec('BEGIN');
      await db.runEach('UPDATE items SET stock = ? WHERE id = ?', UPDATES);
      await db.runEach('UPDATE items SET note = ? WHERE sku = ?', BY_SKU);
      await db.exec('UPDATE items SET price = price * 2 WHERE stock BETWEEN 100 AND 300');
      await db.runEach('DELETE FROM items WHERE id = ?', DELETES);
      await db.exec('DELETE FROM items WHERE stock > 900');
      await db.exec('COMMIT');
    },
    answer: everything,
  },
  functions: {
    needs: 'functions',
    async setup(db) {
      await db.exec('CREATE TABLE k (x INTEGER PRIMARY KEY)');
      await db.insertEach('INSERT INTO k VALUES (?)', Array.from({ length: 1000 }, (_, i) => [i]));
      await db.fn('weigh', (a) => (a * 31 + 7) % 1009);
    },
    run: (db) => db.all('SELECT sum(weigh(a.x * 1000 + b.x)) AS total FROM k a, k b'), answer: (_, rows) => rows,
  },
  speedtest,
};
let skuKeys;

/** Builds a task's state in a fresh database and proves its answer. */
export async function prepare(contender, task) {
  const reason = contender.lacks?.[task.needs];
  if (reason) return { reason };
  const db = await contender.open();
  if ((task.needs === 'raw' || task.needs === 'columns') && !db[task.needs]) { await db.close(); return { reason: `no rows as ${task.needs === 'raw' ? 'arrays' : 'columns'}` }; }
  await task.setup(db);
  return { db };
}

/** One sample in ms and the value it gave. */
export async function sample(task, db, gc) {
  if (task.before) await task.before(db);
  gc?.();
  const start = performance.now();
  let value = task.run(db);
  if (typeof value?.then === 'function') value = await value;
  return { ms: performance.now() - start, value };
}

export const answerOf = (task, db, value) => (task.answer ? task.answer(db, value) : value);
