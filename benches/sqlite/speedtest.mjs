/** A total over the kinds of statement that applications run, in the spirit of SQLite's own speedtest1 and written for this repository. */
import { random } from '../vector/data.mjs';

const r = random(21);
const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'hundred', 'thousand'];
const spell = (n) => { let s = ''; for (let v = n + 1; v > 0; v = Math.floor(v / 15)) s += `${WORDS[v % 15]} `; return s.trim(); };
const shuffled = (n) => { const a = Array.from({ length: n }, (_, i) => i + 1); for (let i = n - 1; i > 0; i--) { const j = Math.floor(r() * (i + 1)); [a[i], a[j]] = [a[j], a[i]]; } return a; };
const N = 20_000;
const ordered = Array.from({ length: N }, (_, i) => [i + 1, Math.floor(r() * 1e6), spell(i)]);
const mixed = shuffled(N).map((id) => [id, Math.floor(r() * 1e6), spell(id)]);
const ranges = Array.from({ length: 200 }, () => { const from = Math.floor(r() * 990_000); return [from, from + 5000]; });
const keys = shuffled(N).map((id) => [id]);
const texts = keys.slice(0, 4000).map(([id]) => [spell(id)]);

async function steps(db) {
  await db.exec('CREATE TABLE a (id INTEGER, v INTEGER, t TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v INTEGER, t TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY, v INTEGER, t TEXT UNIQUE) WITHOUT ROWID');
  await db.insertEach('INSERT INTO a VALUES (?, ?, ?)', ordered);
  await db.insertEach('INSERT INTO b VALUES (?, ?, ?)', mixed);
  await db.insertEach('INSERT OR REPLACE INTO c VALUES (?, ?, ?)', mixed);
  const out = [];
  const one = async (sql, params) => { out.push(Object.values((await db.all(sql, params))[0])); };
  for (const range of ranges.slice(0, 20)) await one('SELECT count(*), avg(v), sum(length(t)) FROM a WHERE v BETWEEN ? AND ?', range);
  for (const word of WORDS.slice(0, 8)) await one('SELECT count(*), avg(v) FROM a WHERE t LIKE ?', [`%${word}%`]);
  out.push(...await db.all('SELECT id, v, t FROM a ORDER BY t, id LIMIT 10'));
  await db.exec('CREATE INDEX a_v ON a (v); CREATE INDEX a_t ON a (t); CREATE INDEX b_tv ON b (t, v)');
  for (const range of ranges) await one('SELECT count(*), avg(v), max(t) FROM a WHERE v BETWEEN ? AND ?', range);
  for (const text of texts) await one('SELECT count(*) AS n FROM a WHERE t = ?', text);
  await db.exec('BEGIN');
  for (const [from, to] of ranges.slice(0, 20)) await db.exec(`UPDATE b SET v = v + 1 WHERE id BETWEEN ${from % N} AND ${to % N}`);
  await db.runEach('UPDATE b SET v = v * 2 % 1000003 WHERE id = ?', keys);
  await db.runEach('UPDATE a SET t = t || \'.\' WHERE v = ?', keys.slice(0, 4000));
  await db.exec('COMMIT');
  await db.exec('CREATE TABLE d AS SELECT a.id AS id, a.t AS t, b.v AS v FROM a JOIN b ON a.id = b.id; INSERT INTO d SELECT id, t, v FROM d WHERE v % 3 = 0');
  out.push(...await db.all('SELECT substr(t, 1, 4) AS k, count(*) AS n, sum(v) AS s FROM d GROUP BY 1 ORDER BY 3 DESC, 1'));
  out.push(...await db.all('SELECT b.id, b.v, c.t FROM b JOIN c ON b.t = c.t JOIN a ON a.id = c.id WHERE b.v % 101 = 0 ORDER BY b.v, b.id LIMIT 100'));
  await one('SELECT count(*) AS n FROM a WHERE id IN (SELECT id FROM b WHERE v > 500000) AND EXISTS (SELECT 1 FROM c WHERE c.id = a.id AND c.v > 250000)');
  await one('WITH RECURSIVE s(i, x) AS (VALUES (1, 1) UNION ALL SELECT i + 1, (x * 48271) % 2147483647 FROM s WHERE i < 100000) SELECT sum(x) AS n, max(i) AS m FROM s');
  await db.exec('ALTER TABLE d ADD COLUMN extra INTEGER DEFAULT 7; BEGIN');
  await db.runEach('DELETE FROM c WHERE id = ?', keys.slice(0, 8000));
  await db.exec('DELETE FROM a WHERE v BETWEEN 100000 AND 400000; DELETE FROM d WHERE rowid % 2; COMMIT; REINDEX; ANALYZE; VACUUM');
  await one('SELECT (SELECT count(*) FROM a) AS a, (SELECT sum(v) FROM b) AS b, (SELECT count(*) FROM c) AS c, (SELECT sum(extra) FROM d) AS d');
  out.push(...await db.all('PRAGMA integrity_check'));
  return out;
}

export const speedtest = {
  setup: () => {},
  before: (db) => db.exec('DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS b; DROP TABLE IF EXISTS c; DROP TABLE IF EXISTS d; VACUUM'),
  run: steps, answer: (_, rows) => rows,
};
