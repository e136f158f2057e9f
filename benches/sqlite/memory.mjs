/** The workloads on a database in memory: every contender, times as multiples of native better-sqlite3's. */
import { ms, row, x } from '../lib/rows.mjs';
import { everyone } from './contenders.mjs';
import { best, over, turns } from './turns.mjs';

const NATIVE = 'better-sqlite3', AWAITED = 'wasm-services, awaited', SYNC = 'wasm-services, sync';

/** A table: each contender's time and its multiple of native; ours with their musts. `limits`: by contender, a multiple of native or `bestWasm`. */
function table(title, results, absent, { limits = {}, unit } = {}) {
  const rows = [], top = best(results, 'wasm', NATIVE);
  const called = (name, r) => (r.kind === 'host' ? `${name} (${r.version})` : name);
  for (const name of Object.keys(results)) {
    const r = results[name], limit = limits[name];
    const must = limit === undefined ? undefined : limit === 'bestWasm' ? `<= 1.00x ${top}` : `<= ${limit.toFixed(2)}x native`;
    if (!r.samples) { rows.push(row(called(name, r), `no time: ${r.note}`, must, must ? false : undefined)); continue; }
    const times = over(results, name, NATIVE), against = limit === 'bestWasm' ? over(results, name, top) : undefined;
    const per = unit ? `, ${(r.median * 1000 / unit).toFixed(2)} µs each` : '';
    rows.push(row(called(name, r), `${ms(r.median)} = ${x(times)} native${per}${against === undefined ? '' : `, ${x(against)} ${top}`}`, must, must ? (against ?? times) <= (limit === 'bestWasm' ? 1 : limit) : undefined));
  }
  rows.push(...absent.map((a) => row(a.name, `no time: ${a.why}`)));
  return { title, samples: results, rows };
}

const workload = (task, title, limits, unit) => async function run(api) {
  const { list, absent } = await everyone(api);
  return table(title, await turns(task, list), absent, { limits, unit });
};
const both = (limit) => ({ [AWAITED]: limit, [SYNC]: limit });

/** Rows as objects, as arrays and as columns; all of them against better-sqlite3's objects, in the same rounds. */
async function rows(api) {
  const { list, absent } = await everyone(api);
  const results = await turns('objects', list);
  const first = table('100,000 rows x 6 columns to JavaScript', results, absent, { limits: both(0.45) });
  const native = list.find((c) => c.name === NATIVE);
  for (const [task, limit] of [['arrays'], ['columns', 0.2]]) {
    const others = list.filter((c) => (task === 'columns' ? c.name === AWAITED : c !== native && c.name !== SYNC && c.rounds === undefined));
    const mixed = await turns(task, [...others.map((c) => ({ ...c, name: `${c.name}, ${task}` }))], { reference: { ...native, task: 'objects' } });
    const extra = table('', mixed, [], { limits: limit ? { [`${AWAITED}, columns`]: limit } : {} });
    first.rows.push(...extra.rows.slice(1));
    first.samples = { ...first.samples, ...Object.fromEntries(Object.entries(mixed).slice(1)), [`${NATIVE}, beside ${task}`]: mixed[NATIVE] };
  }
  return first;
}

async function complex(api) {
  const { list, absent } = await everyone(api);
  const results = await turns('complex', list);
  const made = table('3-table join + GROUP BY + window + ORDER BY over 200,000 rows', results, absent, { limits: both('bestWasm') });
  const slower = over(results, 'sql.js, pure JS', AWAITED);
  made.rows.push(row('the same query by SQLite as JavaScript', slower === undefined ? 'no time' : `${x(slower)} the time of WebAssembly`, '>= 10x', slower !== undefined && slower >= 10));
  return made;
}

export const MEMORY = {
  insertEach: workload('insertEach', '100,000 inserts, one prepared statement, one transaction', { [AWAITED]: 1, [SYNC]: 0.7 }, 100_000),
  insertMany: workload('insertMany', '100,000 rows by executeMany (peers: a loop over one prepared statement)', { [AWAITED]: 1 }, 100_000),
  byKey: workload('byKey', '50,000 look-ups by primary key', both(1.6), 50_000),
  byIndex: workload('byIndex', '50,000 look-ups by a text index', both(1.3), 50_000),
  complex, rows,
  fts: workload('fts', 'FTS5: 60 queries with snippet and bm25 over 20,000 texts', both(1.9)),
  json: workload('json', 'JSON: 4 queries over 20,000 documents', both(2.4)),
  updates: workload('updates', 'Update-delete mix: 40,000 point statements and 2 ranges on 100,000 rows', both(1.05), 40_000),
  functions: workload('functions', 'A JavaScript function called 1,000,000 times from SQL', both(1.2), 1_000_000),
  speedtest: workload('speedtest', 'Total of a speedtest-like mix', both('bestWasm')),
};
