// SQL on the sample: its tables loaded, its queries' answers compared with those of the sqlite3 program (scripts/make-sql-answers.mjs) and
// with the fallback's, timed on both, and an index that the advice recommends tried.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { QUERIES } from '../../demo/sql/queries.js';
import { loadSampleTables, vectorBlob } from '../../demo/sql/sample-db.js';

const ANSWERS = 'sql-answers.json';

async function load(db, sample) {
  const start = performance.now();
  const { rows, lacks } = await loadSampleTables(db, sample);
  return { db, rows, lacks: { fts5: lacks }, readyMs: performance.now() - start };
}

/** The second database of the comparison, or why there is none here. */
async function openFallback(createSQLiteUtils, sample, best) {
  if (best.db.info.variant === 'js') return { why: 'it is what answers already' };
  const db = createSQLiteUtils({ implementation: 'js' });
  try {
    await db.ready();
  } catch (error) {
    await db.dispose();
    if (error.code !== 'VARIANT_UNAVAILABLE' && error.code !== 'UNSUPPORTED') throw error;
    return { why: error.message };
  }
  return load(db, sample);
}

/** Rows, or why this engine has none: only the fallback may lack something, and only what the query says that it needs. */
async function ask({ db, lacks }, { sql, needs }, params) {
  if (lacks[needs] && db.info.variant === 'js') return { lacks: lacks[needs] };
  try {
    return { rows: (await db.executeQuery(sql, params, { rows: 'arrays' })).rows };
  } catch (error) {
    if (error.code === 'UNSUPPORTED' && needs && db.info.variant === 'js') return { lacks: error.message };
    throw error;
  }
}

/** Median milliseconds of about a quarter second of runs. */
async function medianMs({ db }, sql, params) {
  const times = [], started = performance.now();
  do {
    const start = performance.now();
    await db.executeQuery(sql, params, { rows: 'arrays' });
    times.push(performance.now() - start);
  } while (times.length < 200 && performance.now() - started < 250);
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** The fallback's columns: its time and how many times slower it is, or what it lacks. */
async function beside(fallback, answer, sql, params, ms) {
  if (!answer) return '';
  if (answer.lacks) return `     not here: ${answer.lacks.split(': ').slice(0, 2).join(': ')}`;
  const other = await medianMs(fallback, sql, params);
  return `   ${other.toFixed(3).padStart(11)}   ${(other / ms).toFixed(1)}x`;
}

/** Where two answers part, in words; undefined when they are equal, value by value and in order. */
function difference(got, expected) {
  if (got.length !== expected.length) return `${got.length} rows, expected ${expected.length}`;
  const at = got.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(expected[i]));
  return at < 0 ? undefined : `row ${at + 1} is ${JSON.stringify(got[at])}, expected ${JSON.stringify(expected[at])}`;
}

async function tryAdvice(best, query, problems) {
  const { db } = best;
  const rowsBefore = (await ask(best, query, [])).rows;
  const { indexRecommendations: [first] } = await db.analyzeQuery(query.sql);
  if (!first) {
    problems.push(`the advice recommends no index for "${query.name}"`);
    return;
  }
  const before = await medianMs(best, query.sql, []);
  await db.executeQuery(first.sql);
  const after = await medianMs(best, query.sql, []);
  const plan = (await db.getQueryPlan(query.sql)).map((step) => step.detail);
  const name = /INDEX\s+(?:IF NOT EXISTS\s+)?("(?:[^"]|"")+"|\S+)/i.exec(first.sql)?.[1].replaceAll('"', '');
  if (!name || !plan.some((detail) => detail.includes(name))) problems.push(`the recommended index is not used: ${first.sql}, the plan is ${plan.join(' | ')}`);
  const changed = difference((await ask(best, query, [])).rows, rowsBefore);
  if (changed) problems.push(`"${query.name}" answers differently with the recommended index: ${changed}`);
  console.log(`  advice    ${first.sql}\n            ${before.toFixed(3)} ms before, ${after.toFixed(3)} ms after: ${(before / after).toFixed(1)}x`);
}

/** @returns {Promise<string[]>} what is wrong */
export async function checkSql(sample, folder, shipped) {
  const { createSQLiteUtils } = await import('wasm-services');
  const problems = [];
  const file = join(folder, ANSWERS);
  if (!existsSync(file) && shipped) return [`${file} is missing: node scripts/make-sql-answers.mjs`];
  const truth = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;

  const best = await load(createSQLiteUtils(), sample);
  const fallback = await openFallback(createSQLiteUtils, sample, best);
  const { info } = best.db;
  console.log(`\nSQL over the same descriptions: ${best.rows} rows in 4 tables and a full-text index\n`);
  console.log(`  chosen    ${info.engine} ${info.version} (${info.variant}, ${info.host}), loaded in ${best.readyMs.toFixed(0)} ms\n  because   ${info.reason}`);
  console.log(fallback.db ? `  fallback  ${fallback.db.info.engine} ${fallback.db.info.version}, loaded in ${fallback.readyMs.toFixed(0)} ms` : `  fallback  none: ${fallback.why}`);
  console.log(truth ? `  answers   by ${truth.madeBy}` : `  answers   none beside this sample: ${info.variant} and the fallback are compared with each other`);

  console.log(`\n  ${'query'.padEnd(42)}rows   ${`${info.variant} ms`.padStart(9)}${fallback.db ? '   fallback ms' : ''}`);
  for (const [i, query] of QUERIES.entries()) {
    const answer = truth?.answers[i];
    if (truth && answer?.sql !== query.sql) problems.push(`${ANSWERS} does not answer "${query.name}": node scripts/make-sql-answers.mjs`);
    const at = answer?.vectorOfQuery ?? 0;
    const params = query.vector ? [vectorBlob(sample.queries.subarray(at * sample.dimensions, (at + 1) * sample.dimensions))] : [];
    const got = await ask(best, query, params);
    const expected = answer?.rows ?? got.rows;
    const sides = [[`${info.variant} (${info.engine})`, got]];
    if (fallback.db) sides.push([`the fallback (${fallback.db.info.engine})`, await ask(fallback, query, params)]);
    for (const [side, { rows }] of sides) {
      const wrong = rows && expected && difference(rows, expected);
      if (wrong) problems.push(`"${query.name}" by ${side}: ${wrong}`);
    }
    const ms = await medianMs(best, query.sql, params);
    console.log(`  ${query.name.padEnd(42)}${String(got.rows?.length ?? '-').padStart(4)}   ${ms.toFixed(3).padStart(9)}${await beside(fallback, sides[1]?.[1], query.sql, params, ms)}`);
  }
  console.log('');
  await tryAdvice(best, QUERIES.find((q) => q.advice), problems);
  await best.db.dispose();
  await fallback.db?.dispose();
  if (!problems.length) console.log(truth ? '  ✓ every SQL answer agrees with the sqlite3 program' : '  ✓ both engines give the same SQL answers');
  return problems;
}
