/** Bytes to tables: CSV, NDJSON, Arrow. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ms, row } from '../lib/rows.mjs';
import { CAREFUL, drop, equalProofs, everyone, FALLBACK, OURS, proofOf } from './contenders.mjs';
import { arrow, arrowPlain, csv, ndjson } from './data.mjs';
import { lines, race } from '../lib/race.mjs';
import { importPeer, require, versionOf } from './peers.mjs';

const text = (bytes) => new TextDecoder().decode(bytes);
const total = (rows, name) => { let s = 0; for (const r of rows) s += r[name]; return s; };
/** What q5 would say of the rows: the number of groups and the three sums. */
const proofOfRows = (rows) => ({ rows: new Set(rows.map((r) => r.id6)).size, s1: total(rows, 'v1'), s2: total(rows, 'v2'), s3: Number(total(rows, 'v3').toPrecision(8)) });

/** Scanners that give rows or columns and no table. */
async function scanners() {
  const Papa = require('papaparse'), { inferSchema, initParser } = await importPeer('udsv/dist/uDSV.mjs');
  return [
    { name: `Papa Parse ${versionOf('papaparse')}, rows`, run: (bytes) => Papa.parse(text(bytes), { header: true, dynamicTyping: true, skipEmptyLines: true }).data, proof: proofOfRows },
    { name: `uDSV ${versionOf('udsv')}, typed columns`, run: (bytes) => { const s = text(bytes); const schema = inferSchema(s); return { names: schema.cols.map((c) => c.name), data: initParser(schema).typedCols(s) }; }, proof: ({ names, data }) => proofOfRows(data[0].map((_, i) => Object.fromEntries(names.map((name, j) => [name, data[j][i]])))) },
  ];
}

/** Polars on one thread needs a process of its own: it reads the number once, at its start. */
async function polarsOneThread(bytes) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-data-')), file = join(folder, 'table.csv');
  writeFileSync(file, bytes);
  const child = spawn(process.execPath, [fileURLToPath(new URL('polars-child.mjs', import.meta.url)), file], { env: { ...process.env, POLARS_MAX_THREADS: '1' }, stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (order) => { child.stdin.write(`${order}\n`); const { value, done } = await answers.next(); if (done) throw new Error('the child ended'); return JSON.parse(value); };
  return { ask, end: () => { child.kill(); rmSync(folder, { recursive: true, force: true }); } };
}

const tableContenders = (list, form, bytes) => list.filter((c) => c.load).sort((a, b) => (b.name === CAREFUL) - (a.name === CAREFUL)).map((c) => ({
  name: c.name, lacks: c.lacks?.[form] ?? (c.load[form] ? undefined : 'it reads no such thing'), run: () => c.load[form](bytes), drop: (t) => c.free(t), slow: c.name === 'Arquero' || c.name === 'DuckDB-wasm',
  proof: async (t) => { const answer = await c.ask(t, 'q5'), p = await proofOf(c, answer, 'q5'); await drop(c)(answer); return p; },
}));
const speed = (bytes) => (r) => `${ms(r.median)}, ${(bytes.length / 1e3 / r.median).toFixed(0)} MB/s`;

async function readCSV(api, { quick }) {
  const { list, absent } = await everyone(api), n = quick ? 20_000 : 100_000, bytes = csv(n);
  const contenders = [...tableContenders(list, 'csv', bytes), ...(await scanners()).map((s) => ({ ...s, run: () => s.run(bytes), slow: true }))];
  const results = await race(contenders, { quick, equal: equalProofs });
  // The child's own clock, in turns with ours.
  const alone = [], mine = [], me = list.find((c) => c.name === OURS);
  let why;
  try {
    const child = await polarsOneThread(bytes);
    try {
      for (let i = 0; i < (quick ? 3 : 8); i++) { const start = performance.now(), t = await me.load.csv(bytes), spent = performance.now() - start; me.free(t); const { ms: theirs } = await child.ask('read'); if (i) { mine.push(spent); alone.push(theirs); } }
    } finally { child.end(); }
  } catch (error) { why = error.message; }
  const mid = (values) => [...values].sort((a, b) => a - b)[values.length >> 1], ratios = alone.map((a, i) => a / mine[i]);
  const polarsLine = alone.length ? row('nodejs-polars on one thread', `${ms(mid(alone))} = ${mid(ratios).toFixed(2)}x ours`, '>= 1.00x ours', mid(ratios) >= 1) : row('nodejs-polars on one thread', `no time: ${why}`, '>= 1.00x ours', false);
  const least = Object.fromEntries(contenders.filter((c) => ![OURS, FALLBACK, CAREFUL, 'nodejs-polars'].includes(c.name)).map((c) => [c.name, 1]));
  return { title: `CSV: ${n.toLocaleString('en')} rows x 9 columns, ${(bytes.length / 1e6).toFixed(1)} MB of bytes to a table`, samples: { ...results, 'polars, one thread': { samples: alone }, 'ours beside it': { samples: mine } }, rows: [...lines(results, OURS, { [CAREFUL]: 3, ...least }, { figure: speed(bytes) }), polarsLine, ...absent] };
}

async function readNDJSON(api, { quick }) {
  const { list, absent } = await everyone(api), n = quick ? 20_000 : 100_000, bytes = ndjson(n);
  const results = await race(tableContenders(list, 'ndjson', bytes), { quick, equal: equalProofs });
  return { title: `NDJSON: ${n.toLocaleString('en')} rows x 9 columns, ${(bytes.length / 1e6).toFixed(1)} MB of bytes to a table (careful JS: JSON.parse, then columns)`, samples: results, rows: [...lines(results, OURS, { [CAREFUL]: 2 }, { figure: speed(bytes) }), ...absent] };
}

async function readArrow(api, { quick }) {
  const { list, absent } = await everyone(api), n = quick ? 20_000 : 100_000, rows = [], samples = {}, { tableFromIPC } = require('@uwdata/flechette'), apache = require('apache-arrow');
  for (const [what, bytes] of [['dictionary texts', arrow(n)], ['plain texts', arrowPlain(n)]]) {
    const views = [{ name: `flechette ${versionOf('@uwdata/flechette')} (views)`, run: () => tableFromIPC(bytes) }, { name: `apache-arrow ${versionOf('apache-arrow')} (views)`, run: () => apache.tableFromIPC(bytes) }];
    const proof = (t) => { const c = (name) => Array.from(t.getChild(name).toArray()), sum = (name) => c(name).reduce((a, b) => a + b, 0); return { rows: new Set(c('id6')).size, s1: sum('v1'), s2: sum('v2'), s3: Number(sum('v3').toPrecision(8)) }; };
    const results = await race([...tableContenders(list, 'arrow', bytes), ...views.map((v) => ({ ...v, proof }))], { quick, equal: equalProofs });
    samples[what] = results;
    const own = results[OURS], limit = 2 * n / 100_000;
    rows.push(row(`${what}: must`, own.samples ? ms(own.median) : `no time: ${own.note}`, `<= ${limit} ms`, own.samples !== undefined && own.median <= limit), ...lines(results, OURS, {}, { label: what }));
  }
  return { title: `Arrow IPC stream, ${n.toLocaleString('en')} rows x 9 columns`, samples, rows: [...rows, ...absent] };
}

export const READING = { csv: readCSV, ndjson: readNDJSON, arrow: readArrow };
