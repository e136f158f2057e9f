#!/usr/bin/env node
// `npm run bench [-- SUITE ...] [--only workload [--record NAME]] [--data DIR] [--quick]`: runs the benches (all suites when none is named), prints them, writes one
// record a suite to benches/record/, and closes with the headline rows. Nothing is skipped in silence: what was not measured has a row that says so.
// --quick (data, compute, recovery, dispatch, tracker): small inputs and few rounds, to see that everything runs and that answers agree; its times mean nothing, so it writes no record.
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { ensureChromium, ensureNpm } from './lib/tools.mjs';
import { stop } from './lib/proc.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string', multiple: true }, data: { type: 'string' }, record: { type: 'string' }, quick: { type: 'boolean' } } });
/** Which entry of the package a suite measures, and which packages it needs beside its peers. */
const SUITES = { vector: { entry: 'wasm-services', needs: [] }, sqlite: { entry: 'wasm-services/sqlite', needs: ['tests/hosts', 'tests/packaging'], chromium: true }, data: { entry: 'wasm-services/data', needs: [] }, compute: { entry: 'wasm-services/compute', needs: [] }, recovery: { entry: 'wasm-services', needs: ['tests/hosts'], chromium: true }, dispatch: { entry: 'wasm-services', needs: [] }, tracker: { entry: 'wasm-services', needs: [] } };
const unknown = positionals.filter((name) => !SUITES[name]);
if (unknown.length) stop(`no bench called ${unknown.join(', ')}; there are: ${Object.keys(SUITES).join(', ')}`);
const suites = [...new Set(positionals.length ? positionals : Object.keys(SUITES))];

await build();
for (const folder of new Set(['benches/peers', ...suites.flatMap((name) => SUITES[name].needs)])) ensureNpm(folder);
if (suites.some((name) => SUITES[name].chromium)) process.env.CHROMIUM = ensureChromium();
const { printTable, writeRecord } = await import('../benches/lib/record.mjs');
const { headline } = await import('../benches/headline.mjs');

const loaded = [];
for (const name of suites) loaded.push({ name, ...await import(`../benches/${name}/workloads.mjs`), api: await import(SUITES[name].entry) });
const known = loaded.flatMap((suite) => Object.keys(suite.WORKLOADS));
const missing = (values.only ?? []).filter((name) => !known.includes(name));
if (missing.length) stop(`no workload called ${missing.join(', ')}; there are: ${known.join(', ')}`);

const records = [];
for (const { name, WORKLOADS, api, end } of loaded) {
  const tables = [], workloads = {};
  for (const id of Object.keys(WORKLOADS).filter((w) => !values.only || values.only.includes(w))) {
    console.log(`\n… ${name}: ${id}`);
    const result = await WORKLOADS[id](api, { folder: values.data, quick: values.quick === true });
    workloads[id] = result;
    tables.push({ title: result.title, columns: ['what', 'measured', 'must', 'met'], rows: result.rows.map((r) => [r.what, r.value, r.must, r.met]), notes: result.notes });
    printTable(tables.at(-1));
  }
  await end?.();
  if (tables.length) records.push({ name, workloads, tables });
}
if (values.quick) process.exit(0);
const head = await headline(await import('wasm-services'));
printTable(head.table);
for (const { name, workloads, tables } of records) {
  if (values.only && !values.record) continue;
  const file = values.record ? (records.length > 1 ? `${values.record}-${name}` : values.record) : name;
  console.log(`\nrecord: ${writeRecord(file, { ...workloads, headline: head }, [...tables, head.table])}`);
}
process.exit(0); // a peer keeps timers alive
