// Who tests the runner of sqllogictest files: spoiled databases must fail it, and its own marks must be as the format states them.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { createSQLiteUtils } from '../../../js/dist/sqlite.js';
import { hashOf, records, render, verdict } from '../../sqllogictest/format.mjs';
import { runFile } from '../../sqllogictest/runner.mjs';

const FILES = new URL('../../sqllogictest/files/', import.meta.url);
const own = (name) => readFileSync(new URL(name, FILES), 'utf8');

/** The right database, but for what `spoil` makes of each result. */
async function spoiled(file, spoil) {
  const db = createSQLiteUtils({ implementation: 'auto', host: 'inline' });
  const wrong = {
    sync: db.sync, prepare: (sql) => db.prepare(sql),
    async executeQuery(sql, params, options) {
      const result = await db.executeQuery(sql, params, options);
      return sql.startsWith('SELECT CAST(CAST(?') ? result : { ...result, rows: spoil(result.rows, sql) };
    },
  };
  const outcome = await runFile(wrong, file);
  await db.dispose();
  return outcome;
}

const each = (change) => (rows) => rows.map((row) => row.map(change));
const MUTANTS = {
  'NULL comes as an empty string': ['nulls.test', each((v) => v ?? '')],
  'NULL comes as 0': ['joins.test', each((v) => v ?? 0n)],
  'the last row is lost': ['select.test', (rows) => (rows.length > 1 ? rows.slice(0, -1) : rows)],
  'rows come in the other order': ['select.test', (rows) => [...rows].reverse()],
  'one row comes twice': ['aggregates.test', (rows) => rows.concat(rows.slice(0, 1))],
  'big integers are rounded': ['types.test', each((v) => (typeof v === 'bigint' ? BigInt(Number(v)) : v))],
  'integers have 32 bits': ['types.test', each((v) => (typeof v === 'bigint' ? BigInt.asIntN(32, v) : v))],
  'reals are cut to integers': ['windows.test', each((v) => (typeof v === 'number' ? Math.trunc(v) : v))],
  'text is trimmed': ['types.test', each((v) => (typeof v === 'string' ? v.trim() : v))],
  'a column is lost': ['subqueries.test', (rows) => rows.map((row) => (row.length > 1 ? row.slice(1) : row))],
  'columns are swapped': ['writes.test', (rows) => rows.map((row) => [...row].reverse())],
  'no query gives rows': ['ctes.test', () => []],
};

for (const [what, [file, spoil]] of Object.entries(MUTANTS)) {
  test(`the runner fails where ${what}`, async () => {
    assert.ok((await spoiled(own(file), spoil)).failures.length > 0);
  });
}

test('the unspoiled database fails nothing', async () => {
  const { passed, failures } = await spoiled(own('select.test'), (rows) => rows);
  assert.deepEqual(failures, []);
  assert.ok(passed > 50);
});

test('an error where none is expected, none where one is, and unknown records are failures', async () => {
  const { failures, passed, skipped } = await spoiled('statement ok\nSELEKT\n\nstatement error\nSELECT 1\n\nquery I\nSELECT nothing\n----\n1\n\nnonsense\n\nquery X\nSELECT 1\n----\n1\n\nskipif sqlite\nstatement ok\nSELEKT\n', (rows) => rows);
  assert.deepEqual(failures.map(({ line }) => line), [1, 4, 7, 12, 14]);
  assert.deepEqual([passed, skipped], [0, 1]);
});

test('records: comments, conditions, labels, CRLF, halt', () => {
  const text = '# a comment\r\n\r\nonlyif mysql # why\r\nstatement ok\r\nA\r\nB\r\n\r\nskipif mysql\r\nonlyif sqlite\r\nquery IT rowsort x1\r\nSELECT\r\n----\r\n1\r\n2\r\n\r\nquery I\r\nSELECT 2\r\n\r\nhash-threshold 8\r\n\r\nskipif sqlite\r\nhalt\r\n\r\nhalt\r\n\r\nstatement ok\r\nnever\r\n';
  const all = [...records(text)].map(({ kind, applies, sql, sort, label, expected, line }) => ({ kind, applies, sql, sort, label, expected, line }));
  assert.deepEqual(all.map(({ kind, applies }) => `${kind} ${applies}`), ['statement false', 'query true', 'query true', 'hash-threshold true', 'halt false', 'halt true']);
  assert.equal(all[0].sql, 'A\nB');
  assert.deepEqual([all[1].sort, all[1].label, all[1].expected, all[1].line], ['rowsort', 'x1', ['1', '2'], 10]);
  assert.deepEqual([all[2].sort, all[2].expected], ['nosort', undefined]);
});

test('values are written as the format states', () => {
  const shown = (value, type) => render([[value]], { types: type, sort: 'nosort' })[0];
  const T = [[null, 'NULL'], ['', '(empty)'], ['a\nb\t', 'a@b@'], ['é', '@@'], ['\u007f', '@'], ['plain ~!', 'plain ~!'], [5n, '5'], [Uint8Array.of(65, 0, 66), 'A']];
  const I = [[null, 'NULL'], [5n, '5'], [-(2n ** 63n), '-9223372036854775808'], [2.9, '2'], [-2.9, '-2'], ['12abc', '12'], ['abc', '0'], ['', '0'], [' 7', '7'], [1e300, '9223372036854775807']];
  const R = [[null, 'NULL'], [1n, '1.000'], [1.0005, '1.000'], [-0.5, '-0.500'], [1e20, '100000000000000000000.000'], [-18446744073709551616, '-18446744073709550000.000'], ['1.5x', '1.500'], [Infinity, 'Inf']];
  for (const [type, list] of Object.entries({ T, I, R })) for (const [value, text] of list) assert.equal(shown(value, type), text, `${String(value)} as ${type}`);
});

test('rowsort orders by columns as bytes, valuesort all values; hashes and labels are held', () => {
  const rows = [['b', 10n], ['a', 9n], ['a', 10n]];
  assert.deepEqual(render(rows, { types: 'TI', sort: 'rowsort' }), ['a', '10', 'a', '9', 'b', '10']);
  assert.deepEqual(render(rows, { types: 'TI', sort: 'valuesort' }), ['10', '10', '9', 'a', 'a', 'b']);
  assert.equal(hashOf(['1', '2']), '2 values hashing to 6ddb4095eb719e2a9f0a3f95677d24e0');
  const record = { types: 'TI', sort: 'nosort', expected: [hashOf(['b', '10', 'a', '9', 'a', '10'])] };
  assert.equal(verdict(rows, record), undefined);
  assert.match(verdict(rows.slice(1), record), /hashing/);
  assert.match(verdict(rows, { ...record, types: 'T' }), /columns/);
  const labels = new Map();
  const labelled = { types: 'I', sort: 'nosort', label: 'x' };
  assert.equal(verdict([[1n]], labelled, labels), undefined);
  assert.equal(verdict([[1n]], labelled, labels), undefined);
  assert.match(verdict([[2n]], labelled, labels), /label x/);
  assert.match(verdict([[1n], [2n]], { types: 'I', sort: 'nosort', expected: ['1'] }), /expected 1 values, got 2/);
});

test('every file of the repository holds records with answers', () => {
  for (const name of readdirSync(FILES)) {
    const queries = [...records(own(name))].filter((r) => r.kind === 'query' && r.applies);
    assert.ok(queries.length >= 15, name);
    assert.ok(queries.every((r) => r.expected !== undefined), `${name} has a query without its answer`);
  }
});
