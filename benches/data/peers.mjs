/**
 * The peers of the data bench behind one shape, each asked as its own documentation shows. Every method may give a promise.
 *
 *   { name, kind: 'native' | 'wasm' | 'js', version, load: { columns, csv, ndjson, arrow }, ask(table, id) -> answer, rows(answer) -> rows of objects,
 *     sort(table), join(table, other), first(sorted, n) -> rows, free(table) }
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importPeer, modules, require, versionOf } from '../lib/packages.mjs';

export { importPeer, require, versionOf };

/** One CPU thread, JavaScript: Arquero. */
export async function arquero() {
  const aq = await importPeer('arquero/src/index.js');
  const { op, desc } = aq;
  const by = (t, ...keys) => t.groupby(...keys);
  const ASK = {
    q1: (t) => by(t, 'id1').rollup({ s: op.sum('v1') }), q2: (t) => by(t, 'id1', 'id2').rollup({ s: op.sum('v1') }), q3: (t) => by(t, 'id3').rollup({ s: op.sum('v1'), a: op.mean('v3') }),
    q4: (t) => by(t, 'id4').rollup({ a1: op.mean('v1'), a2: op.mean('v2'), a3: op.mean('v3') }), q5: (t) => by(t, 'id6').rollup({ s1: op.sum('v1'), s2: op.sum('v2'), s3: op.sum('v3') }),
    q6: (t) => by(t, 'id4', 'id5').rollup({ m: op.median('v3'), d: op.stdev('v3') }), q7: (t) => by(t, 'id3').rollup({ r: (d) => op.max(d.v1) - op.min(d.v2) }),
    q8: (t) => by(t.select('id6', 'v3'), 'id6').orderby(desc('v3')).slice(0, 2).rename({ v3: 't' }), q9: (t) => by(t, 'id2', 'id4').rollup({ r2: (d) => op.pow(op.corr(d.v1, d.v2), 2) }),
    q10: (t) => by(t, 'id1', 'id2', 'id3', 'id4', 'id5', 'id6').rollup({ s: op.sum('v3'), n: op.count() }),
  };
  return {
    name: 'Arquero', kind: 'js', version: versionOf('arquero'),
    load: { columns: (c) => aq.table(c), csv: (bytes) => aq.fromCSV(new TextDecoder().decode(bytes)), ndjson: (bytes) => aq.fromJSON(new TextDecoder().decode(bytes), { type: 'ndjson' }), arrow: (bytes) => aq.fromArrow(bytes) },
    ask: (t, id) => ASK[id](t), rows: (t) => t.objects(), free() {},
    sort: (t) => t.orderby(desc('id4'), desc('v3')).reify(), join: (t, dim) => t.join(dim, 'id3').reify(), first: (t, n) => t.slice(0, n).objects(), count: (t) => t.numRows(), sum: (t, name) => t.array(name).reduce((a, b) => a + b, 0),
    oneShot: (rows, id) => ASK[id](aq.from(rows)).objects(),
  };
}

/** Rows of objects all the way: lodash, by its own groupBy, sumBy and meanBy. */
export function lodash() {
  const _ = require('lodash');
  const grouped = (rows, keys, make) => (keys.length === 1 ? _.map(_.groupBy(rows, keys[0]), (g) => ({ [keys[0]]: g[0][keys[0]], ...make(g) })) : _.map(_.groupBy(rows, (r) => keys.map((k) => r[k]).join('|')), (g) => ({ ..._.pick(g[0], keys), ...make(g) })));
  const ASK = {
    q1: (rows) => grouped(rows, ['id1'], (g) => ({ s: _.sumBy(g, 'v1') })), q2: (rows) => grouped(rows, ['id1', 'id2'], (g) => ({ s: _.sumBy(g, 'v1') })), q3: (rows) => grouped(rows, ['id3'], (g) => ({ s: _.sumBy(g, 'v1'), a: _.meanBy(g, 'v3') })),
    q4: (rows) => grouped(rows, ['id4'], (g) => ({ a1: _.meanBy(g, 'v1'), a2: _.meanBy(g, 'v2'), a3: _.meanBy(g, 'v3') })), q5: (rows) => grouped(rows, ['id6'], (g) => ({ s1: _.sumBy(g, 'v1'), s2: _.sumBy(g, 'v2'), s3: _.sumBy(g, 'v3') })),
  };
  return { name: 'lodash', kind: 'js', version: versionOf('lodash'), oneShot: (rows, id) => ASK[id](rows) };
}

const SQL = {
  q1: 'SELECT id1, sum(v1)::DOUBLE AS s FROM t GROUP BY id1', q2: 'SELECT id1, id2, sum(v1)::DOUBLE AS s FROM t GROUP BY id1, id2', q3: 'SELECT id3, sum(v1)::DOUBLE AS s, avg(v3) AS a FROM t GROUP BY id3',
  q4: 'SELECT id4, avg(v1) AS a1, avg(v2) AS a2, avg(v3) AS a3 FROM t GROUP BY id4', q5: 'SELECT id6, sum(v1)::DOUBLE AS s1, sum(v2)::DOUBLE AS s2, sum(v3) AS s3 FROM t GROUP BY id6',
  q6: 'SELECT id4, id5, median(v3) AS m, stddev(v3) AS d FROM t GROUP BY id4, id5', q7: 'SELECT id3, (max(v1) - min(v2))::DOUBLE AS r FROM t GROUP BY id3', q8: 'SELECT id6, unnest(max(v3, 2)) AS t FROM t GROUP BY id6',
  q9: 'SELECT id2, id4, pow(corr(v1, v2), 2) AS r2 FROM t GROUP BY id2, id4', q10: 'SELECT id1, id2, id3, id4, id5, id6, sum(v3) AS s, count(*)::DOUBLE AS n FROM t GROUP BY id1, id2, id3, id4, id5, id6',
};

/** DuckDB compiled to WebAssembly, its blocking Node build: no worker between the call and the answer. */
export async function duckdb() {
  const d = require('@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs'), dist = join(modules, '@duckdb/duckdb-wasm/dist');
  const bundle = (name) => ({ mainModule: join(dist, `duckdb-${name}.wasm`), mainWorker: join(dist, `duckdb-node-${name}.worker.cjs`) });
  const db = await d.createDuckDB({ mvp: bundle('mvp'), eh: bundle('eh') }, new d.VoidLogger(), d.NODE_RUNTIME);
  await db.instantiate(() => {});
  db.open({ query: { castBigIntToDouble: true, castDecimalToDouble: true } });
  const conn = db.connect();
  const { tableFromArrays, tableToIPC } = require('@uwdata/flechette');
  let n = 0;
  const arrow = (bytes) => { const table = `t${++n}`; conn.insertArrowFromIPCStream(bytes, { name: table, create: true }); return { table }; };
  const file = (bytes, ending, read) => {
    const table = `t${++n}`, path = `in${n}.${ending}`;
    db.registerFileBuffer(path, bytes.slice()); // it takes the buffer over
    conn.query(`CREATE TABLE ${table} AS SELECT * FROM ${read}('${path}')`);
    db.dropFile(path);
    return { table };
  };
  const made = (sql) => { const table = `r${++n}`; conn.query(`CREATE TEMP TABLE ${table} AS ${sql}`); return { table }; };
  const rows = (result) => result.toArray().map((r) => r.toJSON());
  return {
    name: 'DuckDB-wasm', kind: 'wasm', version: `${versionOf('@duckdb/duckdb-wasm')} (DuckDB ${db.getVersion()})`,
    load: { arrow, columns: (c) => arrow(tableToIPC(tableFromArrays(c), { format: 'stream' })), csv: (bytes) => file(bytes, 'csv', 'read_csv') },
    lacks: { ndjson: 'its JSON extension is a download' },
    ask: ({ table }, id) => conn.query(SQL[id].replace('FROM t ', `FROM ${table} `)), rows, free: ({ table }) => { conn.query(`DROP TABLE ${table}`); },
    sort: ({ table }) => made(`SELECT * FROM ${table} ORDER BY id4 DESC, v3 DESC`), join: (t, dim) => made(`SELECT t.*, d.w FROM ${t.table} t JOIN ${dim.table} d ON t.id3 = d.id3`),
    first: ({ table }, k) => rows(conn.query(`SELECT * FROM ${table} LIMIT ${k}`)), count: ({ table }) => Number(rows(conn.query(`SELECT count(*)::DOUBLE AS n FROM ${table}`))[0].n), sum: ({ table }, c) => rows(conn.query(`SELECT sum(${c})::DOUBLE AS s FROM ${table}`))[0].s,
    oneThread: true,
  };
}

/** Polars, native. Threads as it chooses them (POLARS_MAX_THREADS). */
export function polars() {
  const pl = require('nodejs-polars');
  const c = pl.col, by = (t, keys, ...aggs) => t.groupBy(...keys).agg(...aggs);
  const ASK = {
    q1: (t) => by(t, ['id1'], c('v1').sum().alias('s')), q2: (t) => by(t, ['id1', 'id2'], c('v1').sum().alias('s')), q3: (t) => by(t, ['id3'], c('v1').sum().alias('s'), c('v3').mean().alias('a')),
    q4: (t) => by(t, ['id4'], c('v1').mean().alias('a1'), c('v2').mean().alias('a2'), c('v3').mean().alias('a3')), q5: (t) => by(t, ['id6'], c('v1').sum().alias('s1'), c('v2').sum().alias('s2'), c('v3').sum().alias('s3')),
    q6: (t) => by(t, ['id4', 'id5'], c('v3').median().alias('m'), c('v3').std().alias('d')), q7: (t) => by(t, ['id3'], c('v1').max().sub(c('v2').min()).alias('r')),
    q8: (t) => by(t, ['id6'], c('v3').sort(true).head(2).alias('t')).explode('t'), q9: (t) => by(t, ['id2', 'id4'], pl.pearsonCorr('v1', 'v2').pow(2).alias('r2')),
    q10: (t) => by(t, ['id1', 'id2', 'id3', 'id4', 'id5', 'id6'], c('v3').sum().alias('s'), c('v1').count().alias('n')),
  };
  return {
    name: 'nodejs-polars', kind: 'native', version: versionOf('nodejs-polars'),
    load: { columns: (x) => pl.DataFrame(x), csv: (bytes) => pl.readCSV(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)), ndjson: (bytes) => pl.readJSON(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { format: 'lines' }), arrow: (bytes) => pl.readIPCStream(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) },
    ask: (t, id) => ASK[id](t), rows: (t) => t.toRecords(), free() {},
    sort: (t) => t.sort(['id4', 'v3'], true), join: (t, dim) => t.join(dim, { on: 'id3' }), first: (t, n) => t.head(n).toRecords(), count: (t) => t.height, sum: (t, name) => t.getColumn(name).sum(),
  };
}
