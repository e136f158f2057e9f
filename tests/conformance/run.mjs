/**
 * The conformance suite: the same cases on every cell (implementation x host).
 *
 *     node tests/conformance/run.mjs                                  every expected cell
 *     node tests/conformance/run.mjs --cell node20/simd                one cell (repeatable)
 *     node tests/conformance/run.mjs --cell bun/js --case "…"         one case on one cell
 *
 * expected-cells.json is the reviewed list of cells with the least number of cases of each service: a missing cell, fewer cases,
 * or different counts between cells fail. Two cells run side by side. Results go to build/results/conformance.json. No retries.
 */
import { parseArgs } from 'node:util';
import { readFile } from 'node:fs/promises';
import { runBunTest, runProcessCell } from './lib/run-process.mjs';
import { BrowserCells } from './lib/run-browser.mjs';
import { SUITES } from './cases/index.mjs';
import { report } from '../support/report.mjs';

const { values } = parseArgs({ options: { cell: { type: 'string', multiple: true }, case: { type: 'string' }, verbose: { type: 'boolean', short: 'v' } } });
const expected = JSON.parse(await readFile(new URL('./expected-cells.json', import.meta.url), 'utf8'));
const wanted = values.cell ?? Object.keys(expected.cells);
const serviceOf = (name) => Object.keys(SUITES).find((service) => SUITES[service].some((c) => c.name === name));
const failures = [];
const cells = [];
const counts = {};
const browsers = new BrowserCells();

async function runCell(cell) {
  const [host, variant] = cell.split('/');
  const started = performance.now();
  const run = host === 'bun-test' ? runBunTest(variant, serviceOf)
    : host.startsWith('chromium') ? browsers.run(host, variant, values.case) : runProcessCell(host, variant, values.case);
  const { results, error } = await run;
  const failed = results.filter((r) => !r.ok);
  cells.push({ cell, passed: results.length - failed.length, failed: failed.length + (error ? 1 : 0), seconds: +((performance.now() - started) / 1000).toFixed(1) });
  for (const r of failed) failures.push({ cell, name: r.name, error: r.error });
  if (error) failures.push({ cell, name: '(the cell itself)', error });
  console.log(`${cell}: ${results.length - failed.length} passed, ${failed.length} failed in ${cells.at(-1).seconds} s${error ? ` and the cell broke off: ${error}` : ''}`);
  for (const r of failed) console.log(`  ✗ ${r.name}\n      ${r.error.split('\n').slice(0, values.verbose ? 12 : 1).join('\n      ').slice(0, values.verbose ? 4000 : 300)}`);
  if (values.verbose) for (const r of [...results].sort((a, b) => b.ms - a.ms).slice(0, 10)) console.log(`  ${r.ms} ms  ${r.name}`);
  if (values.case !== undefined) {
    if (results.length === 0) failures.push({ cell, name: values.case, error: 'no case has this name' });
    return;
  }
  counts[cell] = Object.fromEntries(Object.keys(expected.leastCases).map((service) => [service, results.filter((r) => r.service === service).length]));
  for (const [service, least] of Object.entries(expected.leastCases)) {
    if (counts[cell][service] < least) failures.push({ cell, name: '(count)', error: `${counts[cell][service]} cases of ${service}, expected-cells.json asks for at least ${least}` });
  }
}

/** Two cells at a time: the cases of a cell run one after the other and leave a core free. One lane alone starts browsers. */
const waiting = [...wanted];
const lane = async (pick) => {
  for (let cell = pick(); cell !== undefined; cell = pick()) {
    waiting.splice(waiting.indexOf(cell), 1);
    await runCell(cell);
  }
};
const inBrowser = (cell) => cell.startsWith('chromium'), inProcess = (cell) => !inBrowser(cell);
await Promise.all([lane(() => waiting.find(inProcess)), lane(() => waiting.find(inBrowser) ?? waiting.findLast(inProcess))]);
await browsers.close();

if (values.case === undefined) {
  const distinct = new Set(Object.values(counts).map((c) => JSON.stringify(c)));
  if (distinct.size > 1) failures.push({ cell: '*', name: '(counts)', error: `cells ran different numbers of cases: ${JSON.stringify(counts)}` });
}
for (const { cell, name, error } of failures.filter((f) => f.name.startsWith('('))) console.log(`✗ ${cell} ${name}: ${error}`);
const passed = cells.reduce((sum, c) => sum + c.passed, 0);
process.exit(await report({ suite: 'conformance', cell: wanted.join(' '), passed, failures, cells, counts }));
