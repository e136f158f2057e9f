/** Seeded random databases and statements for the property tests of the analysis. */

export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Three tables that refer to each other, of columns with few, some and many values; names that need quotes included. */
export function database(seed) {
  const next = random(seed);
  const rows = [300, 3000, 9000].map((n) => Math.ceil(n * (0.5 + next())));
  const n = (limit) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${limit})`;
  const extra = ['', 'CREATE INDEX have_b ON mid(b);', 'CREATE INDEX have_cd ON big(c, d);', 'CREATE UNIQUE INDEX have_u ON big(u);', 'CREATE INDEX have_part ON big(a) WHERE b > 3;'];
  return `
    CREATE TABLE small(id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, kind INT, "order" INT);
    CREATE TABLE mid(id INTEGER PRIMARY KEY, small_id INT REFERENCES small(id), a INT, b INT, t TEXT, d TEXT);
    CREATE TABLE big(mid_id INT, a INT, b INT, c INT, d TEXT, u INT, f REAL, x BLOB, g INT AS (a + b) ${next() < 0.5 ? 'STORED' : 'VIRTUAL'});
    CREATE TABLE keyed(k TEXT, l INT, v INT, PRIMARY KEY(k, l)) WITHOUT ROWID;
    CREATE VIEW open_mid AS SELECT m.id AS mid, m.a, m.t AS text, s.name FROM mid m JOIN small s ON s.id = m.small_id WHERE m.b <> 2;
    ${n(rows[0])} INSERT INTO small SELECT i, 'n' || (i * 7 % 211), i % 5, i * 13 % 101 FROM n;
    ${n(rows[1])} INSERT INTO mid SELECT i, 1 + i * 17 % ${rows[0]}, i * 31 % 997, i * 7 % 10, 't' || (i * 11 % 701), date('2020-01-01', (i % 900) || ' days') FROM n;
    ${n(rows[2])} INSERT INTO big(mid_id, a, b, c, d, u, f, x) SELECT 1 + i * 29 % ${rows[1]}, i * 37 % 499, i % 7, i * 3 % 53, 'd' || (i * 5 % 1999), i, i * 0.5, zeroblob(20) FROM n;
    ${n(500)} INSERT INTO keyed SELECT 'k' || (i % 50), i, i % 9 FROM n;
    ${extra[Math.floor(next() * extra.length)]} ${extra[Math.floor(next() * extra.length)]}`.replace(/(CREATE (?:UNIQUE )?INDEX have_\w+ [^;]*;)\s*\1/, '$1') + (next() < 0.4 ? '; ANALYZE' : '');
}

const TABLES = {
  small: { ints: ['id', 'kind', '"order"'], texts: ['name'] },
  mid: { ints: ['id', 'small_id', 'a', 'b'], texts: ['t', 'd'] },
  big: { ints: ['mid_id', 'a', 'b', 'c', 'u', 'g'], texts: ['d'] },
  keyed: { ints: ['l', 'v'], texts: ['k'] },
};
const JOINS = { 'small mid': 's.id = m.small_id', 'mid big': 'm.id = g.mid_id', 'small mid big': 's.id = m.small_id AND m.id = g.mid_id', 'mid keyed': 'm.b = k.v', 'big keyed': 'g.c = k.l' };
const ALIAS = { small: 's', mid: 'm', big: 'g', keyed: 'k' };

/** One statement: SELECT with joins, subqueries, CTEs, compounds, or UPDATE, DELETE, INSERT … SELECT. */
export function statement(next) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const chance = (p) => next() < p;
  const joined = chance(0.45) ? pick(Object.keys(JOINS)).split(' ') : [pick(Object.keys(TABLES))];
  const columnOf = (tables, kind) => { const t = pick(tables); return `${ALIAS[t]}.${pick(kind ? TABLES[t][kind] : [...TABLES[t].ints, ...TABLES[t].texts])}`; };
  const integer = () => Math.floor(next() * pick([5, 60, 900]));
  const text = () => `'${pick(['t', 'd', 'n', 'k'])}${integer()}'`;
  const term = (tables) => {
    const i = () => columnOf(tables, 'ints'), t = () => columnOf(tables, 'texts');
    return pick([
      () => `${i()} = ${integer()}`, () => `${i()} = ${integer()}`, () => `${t()} = ${text()}`, () => `${i()} > ${integer()}`, () => `${integer()} >= ${i()}`,
      () => { const low = integer(); return `${i()} BETWEEN ${low} AND ${low + 5}`; }, () => `${i()} IN (${integer()}, ${integer()}, ${integer()})`, () => `${t()} LIKE '${pick(['t1', 'n2', 'd19'])}%'`,
      () => `${t()} GLOB 'd1*'`, () => `${t()} LIKE '%9'`, () => `${i()} IS NULL`, () => `lower(${t()}) = ${text()}`, () => `${t()} = ${text()} COLLATE NOCASE`, () => `${i()} + 1 = ${integer()}`,
      () => `(${i()} = ${integer()} OR ${t()} = ${text()})`, () => `(${i()} = ${integer()} AND ${i()} < ${integer()} OR ${i()} = ${integer()})`, () => `NOT ${i()} = ${integer()}`, () => `${i()} <> ${integer()}`,
      () => `${i()} IN (SELECT mid_id FROM big WHERE a = ${integer()})`, () => `EXISTS (SELECT 1 FROM big z WHERE z.c = ${i()} AND z.b = ${integer()})`,
    ])();
  };
  const where = (tables) => { const n = Math.floor(next() * 4); return n === 0 ? '' : ` WHERE ${Array.from({ length: n }, () => term(tables)).join(chance(0.85) ? ' AND ' : ' OR ')}`; };
  const from = joined.length === 1 ? `${joined[0]} ${ALIAS[joined[0]]}` : chance(0.5)
    ? `${joined.map((t) => `${t} AS ${ALIAS[t]}`).join(' JOIN ')} ON ${JOINS[joined.join(' ')]}` : `${joined.map((t) => `${t} ${ALIAS[t]}`).join(', ')}`;
  const condition = () => {
    const rest = where(joined);
    if (joined.length === 1 || from.includes(' ON ')) return rest;
    return ` WHERE ${JOINS[joined.join(' ')]}${rest.replace(' WHERE', ' AND')}`;
  };
  const order = () => (chance(0.4) ? ` ORDER BY ${columnOf(joined)}${pick(['', ' DESC'])}${chance(0.4) ? `, ${columnOf(joined)}${pick(['', ' DESC'])}` : ''}` : '');
  const select = () => pick([
    () => `SELECT ${columnOf(joined)} AS p, ${columnOf(joined)} AS q FROM ${from}${condition()}${order()}`,
    () => `SELECT ${columnOf(joined)} AS p, ${columnOf(joined)} AS q FROM ${from}${condition()}${order()}`,
    () => `SELECT * FROM ${from}${condition()}${order()}`,
    () => { const c = columnOf(joined); return `SELECT ${c} AS p, count(*) AS q FROM ${from}${condition()} GROUP BY ${c}`; },
    () => `SELECT DISTINCT ${columnOf(joined)} AS p, 1 AS q FROM ${from}${condition()}`,
    () => `SELECT max(${columnOf(joined, 'ints')}) AS p, 2 AS q FROM ${from}${condition()}`,
    () => `SELECT ${columnOf(joined)} AS p, row_number() OVER (PARTITION BY ${columnOf(joined)} ORDER BY ${columnOf(joined)}) AS q FROM ${from}${condition()}`,
  ])();
  return pick([
    select, select, select, select,
    () => `WITH c AS (${select()}) SELECT c.p FROM c WHERE c.p = ${pick([integer(), text()])}`,
    () => `SELECT mid, text FROM open_mid WHERE ${pick([`a = ${integer()}`, `text = ${text()}`, `name = ${text()}`])}`,
    () => `SELECT x.q, small.name FROM (${select()}) AS x, small WHERE small.id = x.p`,
    () => `UPDATE big SET f = f + 1${where(['big']).replaceAll('g.', '')}`,
    () => `DELETE FROM mid${where(['mid']).replaceAll('m.', '')}`,
    () => `INSERT INTO small(name) SELECT t FROM mid m${where(['mid'])}`,
  ])();
}
