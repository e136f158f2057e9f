/**
 * The conformance cases in browsers that `npm test` does not ask for: `npm run test:firefox`.
 *
 *     node tests/conformance/browsers.mjs firefox                             every cell of browser-cells.json
 *     node tests/conformance/browsers.mjs firefox --cell firefox-plain/js     one cell (repeatable)
 *     node tests/conformance/browsers.mjs firefox --case "…"                  one case on each cell
 *
 * Every cell runs every case, one cell after another. A cell with fewer cases than expected-cells.json says fails, as does a case that
 * browser-cells.json lists as differing and that passes. Results go to build/results/conformance-NAME.json. No retries.
 */
import { parseArgs } from 'node:util';
import { readFile } from 'node:fs/promises';
import { firefoxPath, startFirefox } from '../support/firefox.mjs';
import { report } from '../support/report.mjs';
import { SUITES } from './cases/index.mjs';
import { checkDiffers, judge } from './lib/differs.mjs';
import { runPostingCell } from './lib/run-posting.mjs';

const BROWSERS = { firefox: { ready: firefoxPath, start: startFirefox } };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { cell: { type: 'string', multiple: true }, case: { type: 'string' }, verbose: { type: 'boolean', short: 'v' } } });
const [name] = positionals;
const end = (message) => { console.log(`✗ ${message}\n0 passed, 1 failed`); process.exit(1); };
if (!Object.hasOwn(BROWSERS, name ?? '')) end(`name a browser: ${Object.keys(BROWSERS).join(', ')}`);
const browser = BROWSERS[name];
try { browser.ready(); } catch (error) { end(error.message); }

const read = async (file) => JSON.parse(await readFile(new URL(file, import.meta.url), 'utf8'));
const { leastCases } = await read('./expected-cells.json');
const listed = (await read('./browser-cells.json'))[name];
checkDiffers(listed, Object.values(SUITES).flat());
const wanted = values.cell ?? Object.keys(listed.cells);
const failures = [], cells = [], counts = {};

for (const cell of wanted) {
  const [host, variant] = cell.split('/');
  const started = performance.now();
  const { results, error } = await runPostingCell(browser.start, host, variant, values.case);
  const { passed, differing, failed } = judge(results, listed.differs, cell);
  if (error) failed.push({ name: '(the cell itself)', error });
  if (values.case !== undefined && results.length === 0) failed.push({ name: values.case, error: 'no case has this name' });
  if (values.case === undefined) {
    counts[cell] = Object.fromEntries(Object.keys(leastCases).map((service) => [service, results.filter((r) => r.service === service).length]));
    for (const [service, least] of Object.entries(leastCases)) {
      if (counts[cell][service] < least) failed.push({ name: '(count)', error: `${counts[cell][service]} cases of ${service}, expected-cells.json asks for at least ${least}` });
    }
  }
  const seconds = +((performance.now() - started) / 1000).toFixed(1);
  cells.push({ cell, passed, differing, failed: failed.length, seconds });
  failures.push(...failed.map((failure) => ({ cell, ...failure })));
  console.log(`${cell}: ${passed} passed, ${failed.length} failed${differing ? `, ${differing} differ as listed` : ''} in ${seconds} s`);
  for (const failure of failed) console.log(`  ✗ ${failure.name}\n      ${failure.error.split('\n').slice(0, values.verbose ? 12 : 2).join('\n      ').slice(0, 4000)}`);
  if (values.verbose) for (const r of [...results].sort((a, b) => b.ms - a.ms).slice(0, 10)) console.log(`  ${r.ms} ms  ${r.name}`);
}

if (new Set(Object.values(counts).map((c) => JSON.stringify(c))).size > 1) {
  failures.push({ cell: '*', name: '(counts)', error: `cells ran different numbers of cases: ${JSON.stringify(counts)}` });
  console.log(`✗ ${failures.at(-1).error}`);
}
process.exit(await report({ suite: `conformance-${name}`, cell: wanted.join(' '), passed: cells.reduce((sum, c) => sum + c.passed, 0), failures, cells, counts }));
