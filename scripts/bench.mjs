#!/usr/bin/env node
// `npm run bench [-- vector] [--only workload [--record NAME]] [--data DIR]`: runs the benches, prints them, writes benches/record/, and closes with
// the headline rows. Nothing is skipped in silence: what was not measured has a row that says so.
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { ensureNpm } from './lib/tools.mjs';
import { stop } from './lib/proc.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string', multiple: true }, data: { type: 'string' }, record: { type: 'string' } } });
const SUITES = ['vector'];
const unknown = positionals.filter((name) => !SUITES.includes(name));
if (unknown.length) stop(`no bench called ${unknown.join(', ')}; there are: ${SUITES.join(', ')}`);

build();
ensureNpm('benches/peers');
const { printTable, writeRecord } = await import('../benches/lib/record.mjs');
const { WORKLOADS } = await import('../benches/vector/workloads.mjs');
const { headline } = await import('../benches/headline.mjs');
const api = await import('wasm-services');

const only = values.only ?? Object.keys(WORKLOADS);
const missing = only.filter((name) => !WORKLOADS[name]);
if (missing.length) stop(`no workload called ${missing.join(', ')}; there are: ${Object.keys(WORKLOADS).join(', ')}`);

const tables = [], workloads = {};
for (const name of only) {
  console.log(`\n… ${name}`);
  const result = await WORKLOADS[name](api, { folder: values.data });
  workloads[name] = result;
  tables.push({ title: result.title, columns: ['what', 'measured', 'must', 'met'], rows: result.rows.map((r) => [r.what, r.value, r.must, r.met]) });
  printTable(tables.at(-1));
}
const head = await headline(api);
tables.push(head.table);
workloads.headline = head;
printTable(head.table);
if (!values.only || values.record) console.log(`\nrecord: ${writeRecord(values.record ?? 'vector', workloads, tables)}`);
process.exit(0); // a peer keeps timers alive
