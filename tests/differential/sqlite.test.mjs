// Random SQL on our engines and on Node's own SQLite in another process: the same rows to the bit, or an error in both.
// Sums are over multiples of 1/4, so that no plan's order of summation shows; rows are compared as sets except where the order is total.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { createSQLiteUtils } from '../../js/dist/sqlite.js';
import { hosts } from '../conformance/lib/hosts.mjs';
import { encodeRows } from './sqlite-values.mjs';

const SEED = 20261126;
let child;
let replies;

before(() => {
  child = spawn(hosts['node-newest'](), ['--no-warnings', fileURLToPath(new URL('./sqlite-oracle.child.mjs', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] });
  replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
});
after(() => { child.stdin.end(); });

async function oracle(statements) {
  child.stdin.write(`${JSON.stringify({ statements })}\n`);
  const { value, done } = await replies.next();
  assert.ok(!done, 'the other SQLite is gone');
  return JSON.parse(value);
}

async function ours(statements, implementation) {
  const db = createSQLiteUtils({ implementation, host: 'inline' });
  const answers = [];
  for (const sql of statements) {
    try { answers.push({ rows: encodeRows((await db.executeQuery(sql, [], { rows: 'arrays', bigint: true })).rows) }); }
    catch (error) {
      assert.ok(!['INSTANCE_POISONED', 'CORRUPT', 'OUT_OF_MEMORY'].includes(error.code), `${error.code} ${error.message}: ${sql}`);
      answers.push({ error: error.message });
    }
  }
  await db.dispose();
  return answers;
}

// ── the SQL ──

const pick = (...values) => fc.constantFrom(...values);
const COLUMNS = { t: ['a', 'b', 'c', 'd'], u: ['e', 'f', 'g'] };
const literal = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -4, max: 9 }).map(String) },
  { weight: 2, arbitrary: fc.integer({ min: -40, max: 40 }).map((n) => (n / 4).toFixed(2)) },
  { weight: 3, arbitrary: pick("'a'", "'B'", "'ab'", "''", "'é'", "'10'", "'2'", "'1e1'", "' 3'", "'x''y'", "'%'") },
  { weight: 2, arbitrary: fc.constant('NULL') },
  { weight: 1, arbitrary: pick("x''", "x'00ff'", "x'6162'") },
  { weight: 1, arbitrary: pick('9223372036854775807', '-9223372036854775807', '9007199254740993', '4611686018427387904', '1e18', '0.1') },
);

/** Expressions over columns of the tables in scope. */
const expression = (columns) => fc.letrec((tie) => ({
  leaf: fc.oneof({ weight: 3, arbitrary: pick(...columns) }, literal),
  any: fc.oneof({ maxDepth: 3, depthSize: 'small' },
    tie('leaf'),
    fc.tuple(tie('any'), pick('+', '-', '*', '/', '%', '||', '=', '<>', '<', '>=', 'IS', 'IS NOT', 'AND', 'OR', '&', '|', '<<', '>>'), tie('any')).map(([x, op, y]) => `(${x} ${op} ${y})`),
    // As text: whether LIKE matches blobs is an option of the build.
    fc.tuple(tie('any'), pick('LIKE', 'NOT LIKE', 'GLOB'), tie('any')).map(([x, op, y]) => `(CAST(${x} AS TEXT) ${op} CAST(${y} AS TEXT))`),
    fc.tuple(pick('NOT ', '-', '~', '+'), tie('any')).map(([op, x]) => `(${op}${x})`),
    fc.tuple(tie('any'), pick('IS NULL', 'NOTNULL', 'COLLATE NOCASE', 'IS TRUE')).map(([x, op]) => `(${x} ${op})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([x, y, z]) => `(${x} BETWEEN ${y} AND ${z})`),
    fc.tuple(tie('any'), fc.boolean(), fc.array(tie('leaf'), { maxLength: 3 })).map(([x, not, list]) => `(${x} ${not ? 'NOT ' : ''}IN (${list.join(', ')}))`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([x, y, z]) => `CASE WHEN ${x} THEN ${y} ELSE ${z} END`),
    fc.tuple(pick('typeof', 'abs', 'length', 'lower', 'upper', 'hex', 'quote', 'trim', 'sign', 'unicode', 'round'), tie('any')).map(([f, x]) => `${f}(${x})`),
    fc.tuple(pick('ifnull', 'nullif', 'max', 'min', 'instr', 'coalesce'), tie('any'), tie('any')).map(([f, x, y]) => `${f}(${x}, ${y})`),
    fc.tuple(tie('any'), pick('INTEGER', 'REAL', 'TEXT', 'NUMERIC', 'BLOB')).map(([x, type]) => `CAST(${x} AS ${type})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([x, y, z]) => `substr(${x}, ${y}, ${z})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([x, y, z]) => `replace(${x}, ${y}, ${z})`),
  ),
})).any;

const inT = expression(COLUMNS.t.map((c) => `t.${c}`));
const inU = expression(COLUMNS.u.map((c) => `u.${c}`));
const inBoth = expression([...COLUMNS.t.map((c) => `t.${c}`), ...COLUMNS.u.map((c) => `u.${c}`)]);
const aggregate = inT.chain((x) => pick(`count(${x})`, `count(DISTINCT ${x})`, `min(${x})`, `max(${x})`, 'count(*)', 'sum(t.a)', `sum(${x} IS NULL)`, 'total(t.a)', `group_concat(${x}, '.' ORDER BY t.rowid)`));

const query = fc.oneof(
  fc.array(inT, { minLength: 1, maxLength: 4 }).map((list) => `SELECT ${list.join(', ')} FROM t`),
  fc.tuple(inT, inT).map(([x, where]) => `SELECT t.rowid, ${x} FROM t WHERE ${where}`),
  fc.tuple(pick('JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'), inBoth, inBoth, inBoth).map(([join, on, x, where]) => `SELECT t.rowid, u.rowid, ${x} FROM t ${join} u ON ${on} WHERE ${where}`),
  fc.tuple(pick('JOIN', 'LEFT JOIN', 'FULL JOIN'), pick(...COLUMNS.t), pick(...COLUMNS.u)).map(([join, x, y]) => `SELECT t.rowid, u.rowid FROM t ${join} u ON t.${x} = u.${y}`),
  fc.tuple(inT, fc.array(aggregate, { minLength: 1, maxLength: 3 })).map(([key, list]) => `SELECT ${key} AS k, ${list.join(', ')} FROM t GROUP BY k`.replace(/^SELECT (.*?) AS k/s, 'SELECT quote($1) AS k')),
  fc.tuple(aggregate, inT).map(([x, where]) => `SELECT ${x} FROM t WHERE ${where}`),
  inT.map((x) => `SELECT DISTINCT hex(${x}), typeof(${x}) FROM t`),
  fc.tuple(inT, inU, pick('UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT')).map(([x, y, op]) => `SELECT quote(${x}) FROM t ${op} SELECT quote(${y}) FROM u`),
  fc.tuple(inT, inBoth).map(([x, where]) => `SELECT t.rowid, ${x} FROM t WHERE EXISTS (SELECT 1 FROM u WHERE ${where})`),
  fc.tuple(pick(...COLUMNS.t), pick(...COLUMNS.u), fc.boolean()).map(([x, y, not]) => `SELECT t.rowid FROM t WHERE t.${x} ${not ? 'NOT ' : ''}IN (SELECT ${y} FROM u)`),
  fc.tuple(inT, pick('row_number()', 'rank()', 'count(*)', 'sum(t.a)', 'lag(t.b)', 'last_value(t.c)')).map(([x, f]) => `SELECT t.rowid, ${f} OVER (PARTITION BY ${x} ORDER BY t.rowid) FROM t`),
);
/** The order of these is total, and so compared too. */
const ordered = fc.tuple(fc.array(inT, { minLength: 1, maxLength: 2 }), pick('', ' DESC', ' NULLS LAST'), fc.nat(9), fc.nat(5))
  .map(([keys, way, limit, offset]) => `SELECT t.rowid, ${keys.join(', ')} FROM t ORDER BY ${keys.map((key) => `${/^-?[\d.]+$|^\(*[-+~]*\d/.test(key) ? `ifnull(${key}, 0)` : key}${way}`).join(', ')}, t.rowid LIMIT ${limit} OFFSET ${offset}`);
const write = fc.oneof(
  fc.tuple(pick(...COLUMNS.t), inT, inT).map(([column, x, where]) => `UPDATE OR IGNORE t SET ${column} = ${x} WHERE ${where}`),
  inT.map((where) => `DELETE FROM t WHERE ${where} AND t.rowid % 3 = 0`),
  fc.array(literal, { minLength: 4, maxLength: 4 }).map((list) => `INSERT OR REPLACE INTO t VALUES (${list.join(', ')})`),
  fc.array(literal, { minLength: 3, maxLength: 3 }).map((list) => `INSERT INTO u VALUES (${list.join(', ')})`),
  inT.map((x) => `INSERT INTO u (e, f) SELECT rowid, ${x} FROM t`),
  pick('CREATE INDEX IF NOT EXISTS t_b ON t (b, c)', 'CREATE INDEX IF NOT EXISTS t_c ON t (c COLLATE NOCASE)', 'CREATE INDEX IF NOT EXISTS u_e ON u (e) WHERE e IS NOT NULL', 'DROP INDEX IF EXISTS t_b', 'ANALYZE', 'REINDEX', 'VACUUM'),
);
const schema = fc.record({
  a: pick('INTEGER', 'INTEGER NOT NULL DEFAULT 0', 'NUMERIC'), b: pick('', 'TEXT', 'REAL', 'BLOB'), c: pick('TEXT', 'TEXT COLLATE NOCASE', 'TEXT COLLATE RTRIM', ''), d: pick('', 'UNIQUE', 'REAL', 'AS (ifnull(b, a))'),
}).map(({ a, b, c, d }) => [`CREATE TABLE t (a ${a}, b ${b}, c ${c}, d ${d})`, 'CREATE TABLE u (e INTEGER, f TEXT, g)']);

const values = (n) => fc.array(fc.array(literal, { minLength: n, maxLength: n }), { minLength: 3, maxLength: 12 });
const program = fc.tuple(schema, values(4), values(3), fc.array(fc.oneof({ weight: 5, arbitrary: query }, { weight: 2, arbitrary: ordered }, { weight: 2, arbitrary: write }), { minLength: 4, maxLength: 12 }))
  .map(([tables, t, u, rest]) => {
    const generated = tables[0].includes(' AS (');
    return [
      ...tables,
      ...t.map((row) => (generated ? `INSERT OR IGNORE INTO t (a, b, c) VALUES (${row.slice(0, 3).join(', ')})` : `INSERT OR IGNORE INTO t VALUES (${row.join(', ')})`)),
      ...u.map((row) => `INSERT INTO u VALUES (${row.join(', ')})`),
      ...rest, 'SELECT rowid, * FROM t', 'SELECT rowid, * FROM u', 'PRAGMA integrity_check',
    ];
  });

function compare(statements, expected, actual) {
  let good = 0;
  statements.forEach((sql, i) => {
    const [e, a] = [expected[i], actual[i]];
    const where = `${sql}\n  after: ${statements.slice(0, i).join(';\n  ')}`;
    assert.equal(a.error === undefined, e.error === undefined, `${a.error ?? 'ours succeeds'} / ${e.error ?? 'theirs succeeds'}: ${where}`);
    if (e.error !== undefined) return;
    good++;
    const total = sql.includes('ORDER BY') && sql.includes('LIMIT');
    const form = (rows) => { const lines = rows.map((row) => row.join('\u0001')); return total ? lines : lines.sort(); };
    assert.deepEqual(form(a.rows), form(e.rows), where);
  });
  return good;
}

for (const [implementation, numRuns] of [['simd', 800], ['js', 80]]) {
  test(`41: random SQL: ${implementation} answers as Node's own SQLite does`, { timeout: 240_000 }, async () => {
    let good = 0;
    await fc.assert(fc.asyncProperty(program, async (statements) => {
      good += compare(statements, await oracle(statements), await ours(statements, implementation));
    }), { seed: SEED, numRuns, endOnFailure: false });
    assert.ok(good > numRuns * 15, `${good} statements were compared that succeeded`);
  });
}

test('41 control: the comparison sees one bit, one row and one type', async () => {
  const statements = ['SELECT 1, 0.1', "SELECT 'a' UNION ALL SELECT 'b'"];
  const right = await oracle(statements);
  const wrong = [
    [{ rows: [['r3ff0000000000000', right[0].rows[0][1]]] }, right[1]],
    [{ rows: [['i1', `r${(BigInt(`0x${right[0].rows[0][1].slice(1)}`) + 1n).toString(16)}`]] }, right[1]],
    [right[0], { rows: right[1].rows.slice(1) }],
    [right[0], { error: 'no' }],
  ];
  compare(statements, right, right);
  for (const answers of wrong) assert.throws(() => compare(statements, right, answers));
});
