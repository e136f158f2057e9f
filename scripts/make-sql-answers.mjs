#!/usr/bin/env node
// Makes demo/data/sql-answers.json: the answers of the dashboard's sample queries, computed by the sqlite3 program (another build of
// SQLite, another language, another path of every value), so that they owe nothing to the code they judge. It has no vec_distance_cosine:
// the order of the nearest packages comes from the f64 ground truth beside the sample.
//   node scripts/make-sql-answers.mjs [FOLDER OF THE SAMPLE]
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUERIES } from '../demo/sql/queries.js';
import { sampleRows, sampleSchema } from '../demo/sql/sample-db.js';
import { root, stop } from './lib/proc.mjs';
import { readSample } from './lib/sample.mjs';

const folder = process.argv[2] ?? join(root, 'demo/data');
const sample = readSample(folder);

const literal = (value) => {
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
};
const inserts = Object.entries(sampleRows(sample)).flatMap(([table, rows]) => rows.map((row) => `INSERT INTO ${table} VALUES (${row.map(literal).join(',')});`));

/** The place of each nearest package stands in for its distance. */
const nearest = (query) => `CREATE TEMP TABLE place (id INTEGER PRIMARY KEY, at INTEGER);
${Array.from(sample.truth.subarray(query * sample.k, (query + 1) * sample.k), (id, at) => `INSERT INTO place VALUES (${sample.docs[id].id}, ${at});`).join('\n')}`;
const withPlaces = (sql) => {
  const changed = sql.replace('ORDER BY vec_distance_cosine(e.embedding, ?), p.id', 'JOIN place ON place.id = p.id ORDER BY place.at');
  if (changed === sql) stop('the vector query of demo/sql/queries.js is not what this script expects');
  return changed;
};

const VECTOR_QUERY = 0;
const script = [
  '.bail on', '.mode json', 'BEGIN;', ...sampleSchema.tables.map((s) => `${s};`), ...inserts, 'COMMIT;', ...sampleSchema.fullText.map((s) => `${s};`), nearest(VECTOR_QUERY),
  "SELECT sqlite_version() AS version;",
  ...QUERIES.flatMap((q) => ['.print @@', `${q.vector ? withPlaces(q.sql) : q.sql};`]),
].join('\n');

const run = spawnSync('sqlite3', ['-batch', ':memory:'], { input: script, encoding: 'utf8', maxBuffer: 1 << 28 });
if (run.error || run.status !== 0) stop(run.error ? `the sqlite3 program is needed (apt-get install sqlite3): ${run.error.message}` : run.stderr);
const [head, ...parts] = run.stdout.split('@@\n');
const answers = QUERIES.map((q, i) => {
  const rows = JSON.parse(parts[i]);
  return { name: q.name, sql: q.sql, ...(q.vector && { vectorOfQuery: VECTOR_QUERY }), columns: Object.keys(rows[0]), rows: rows.map((r) => Object.values(r)) };
});
const [{ version }] = JSON.parse(head);
const lines = answers.map(({ rows, ...rest }) => ` {${JSON.stringify(rest).slice(1, -1)},\n  "rows":[\n   ${rows.map((r) => JSON.stringify(r)).join(',\n   ')}]}`);
writeFileSync(join(folder, 'sql-answers.json'), `{"madeBy":"the sqlite3 program ${version}","answers":[\n${lines.join(',\n')}\n]}\n`);
console.log(`${answers.length} answers by SQLite ${version}: ${answers.map((a) => a.rows.length).join(', ')} rows`);
