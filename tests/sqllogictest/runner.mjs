/** Runs the records of one file in order on one database, as users would: statements and queries through `executeQuery`. */
import { records, verdict, withTexts } from './format.mjs';

/** @returns {Promise<{ passed: number, skipped: number, failures: { line: number, sql: string, why: string }[] }>} */
export async function runFile(db, text) {
  const failures = [];
  const labels = new Map();
  let passed = 0;
  let skipped = 0;
  for (const record of records(text)) {
    const { kind, line, applies, sql = '' } = record;
    if (kind === 'unknown') { failures.push({ line, sql, why: 'no record of this format' }); continue; }
    if (kind !== 'statement' && kind !== 'query') continue; // what is expected says whether it is a hash
    if (!applies) { skipped++; continue; }
    const why = await (kind === 'statement' ? statement(db, record) : query(db, record, labels));
    if (why === undefined) passed++; else failures.push({ line, sql, why });
  }
  return { passed, skipped, failures };
}

async function statement(db, { sql, fails }) {
  let error;
  try {
    await db.executeQuery(sql, [], { rows: 'arrays', bigint: true });
  } catch (e) {
    error = e;
    // The format allows several in one record; `executeQuery` refuses them before any has run.
    if (e.code === 'INVALID_ARGUMENT' && db.sync && /;\s*\S/.test(sql)) {
      error = undefined;
      try { db.sync.exec(sql); } catch (inner) { error = inner; }
    }
  }
  if (fails) return error === undefined ? 'it succeeded, and an error was expected' : error.code === 'INSTANCE_POISONED' ? error.message : undefined;
  return error && `${error.code}: ${error.message}`;
}

async function query(db, record, labels) {
  let rows;
  try {
    ({ rows } = await db.executeQuery(record.sql, [], { rows: 'arrays', bigint: true }));
  } catch (error) {
    // In the public files a query that fails while it runs (an integer overflow) has no values.
    const compiles = record.expected?.length === 0 && await db.prepare(record.sql).then((statement) => { statement.finalize(); return true; }, () => false);
    return compiles ? undefined : `${error.code}: ${error.message}`;
  }
  const ask = async (value) => (await db.executeQuery('SELECT CAST(CAST(? AS REAL) AS TEXT)', [value], { rows: 'arrays' })).rows[0][0];
  return verdict(await withTexts(rows, record.types, ask), record, labels);
}
