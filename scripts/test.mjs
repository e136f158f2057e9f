#!/usr/bin/env node
// `npm test`: sets up, builds and runs every suite, then closes with one line over all of them. A suite that is missing a tool, runs
// fewer tests than tests/minimum-counts.json says, or ends without a count has failed.
//   node scripts/test.mjs [suite …]   runs some suites only (the names below)
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { DOCUMENT, readRecords, RECORDS, table } from './faults.mjs';
import { ensureChromium, ensureNpm } from './lib/tools.mjs';
import { root, stop } from './lib/proc.mjs';

const minimum = JSON.parse(readFileSync(join(root, 'tests/minimum-counts.json'), 'utf8'));

function testFiles(folder) {
  const dir = join(root, folder);
  if (!existsSync(dir)) return [];
  return readdirSync(dir).sort().flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(root, path)).isDirectory()) return name === 'node_modules' || name === 'hosts' ? [] : testFiles(path);
    return name.endsWith('.test.mjs') ? [path] : [];
  });
}

/** A file that hangs fails after five minutes instead of taking the whole run with it. */
const node = (folder, ...flags) => ({ command: process.execPath, args: () => [...flags, '--test', '--test-timeout=300000', ...reporters(folder), ...testFiles(folder)], count: nodeCount });
/** What is shown, and what docs/faults.md is made from. */
const reporters = (folder) => ['--test-reporter=spec', '--test-reporter-destination=stdout', '--test-reporter=./tests/support/fault-reporter.mjs', `--test-reporter-destination=${join(RECORDS, `${folder.split('/').at(-1)}.jsonl`)}`];
const script = (file) => ({ command: process.execPath, args: () => [file], count: lineCount });

const SUITES = {
  rust: { command: 'cargo', args: () => ['test', '--workspace', '--locked', '--quiet'], count: cargoCount, env: { CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR ?? join(root, 'target/native') } },
  lint: { command: process.execPath, args: () => ['scripts/lint.mjs'], count: lineCount },
  unit: node('tests/unit', '--expose-gc'),
  architecture: node('tests/architecture'),
  differential: node('tests/differential'),
  faults: node('tests/faults', '--expose-gc'),
  conformance: script('tests/conformance/run.mjs'),
  mutants: script('tests/conformance/mutants.mjs'),
  sqllogictest: script('tests/sqllogictest/run.mjs'),
  packaging: node('tests/packaging'),
  bundlers: node('tests/bundlers'),
  e2e: node('tests/e2e'),
  soak: script('tests/soak/sqlite-power.mjs'),
  'soak-threads': script('tests/soak/threads.mjs'),
};
/** Long runs, only by their names. */
const ASKED = new Set(['soak', 'soak-threads']);

const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, m) => total + Number(m[1]), 0);
/** node:test closes with `ℹ pass N` / `ℹ fail N` (spec reporter); cancelled and skipped tests are not passes. */
function nodeCount(text) {
  const failed = sum(text, /^ℹ fail (\d+)$/gm) + sum(text, /^ℹ cancelled (\d+)$/gm) + sum(text, /^ℹ skipped (\d+)$/gm) + sum(text, /^ℹ todo (\d+)$/gm);
  return /^ℹ pass \d+$/m.test(text) ? { passed: sum(text, /^ℹ pass (\d+)$/gm), failed } : undefined;
}
function cargoCount(text) {
  if (!/^test result:/m.test(text)) return undefined;
  return { passed: sum(text, /^test result: .*? (\d+) passed/gm), failed: sum(text, /^test result: .*?; (\d+) failed/gm) + sum(text, /(\d+) ignored/gm) };
}
function lineCount(text) {
  const last = [...text.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  return last && { passed: Number(last[1]), failed: Number(last[2]) };
}

/** What a suite said of its failures, to be said again at the end, where a reader of a long log looks first. */
function failuresOf(text) {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith('✖ failing tests:'));
  const told = from >= 0 ? lines.slice(from + 1) : lines.flatMap((line, i) => (/^\s*✗ /.test(line) ? lines.slice(i, i + 2) : /^(error|failures:|---- )/.test(line) ? lines.slice(i, i + 8) : []));
  return told.filter((line) => line.trim() !== '').slice(0, 60);
}

/** Runs one suite with its output shown, and reads its counts from that output. */
function runSuite(name) {
  const { command, args, count, env } = SUITES[name];
  console.log(`\n━━ ${name} ━━`);
  const started = Date.now();
  return new Promise((done) => {
    let text = '';
    const child = spawn(command, args(), { cwd: root, env: { ...process.env, ...env, FORCE_COLOR: '0', NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
    const show = (chunk) => { text += chunk; process.stdout.write(chunk); };
    child.stdout.setEncoding('utf8').on('data', show);
    child.stderr.setEncoding('utf8').on('data', show);
    child.once('error', (error) => done({ passed: 0, failed: 1, seconds: 0, why: error.message }));
    child.once('close', (code) => {
      const seconds = (Date.now() - started) / 1000;
      const counts = count(text);
      if (!counts) return done({ passed: 0, failed: 1, seconds, why: `ended without a count (exit ${code})`, told: text.trimEnd().split('\n').slice(-15) });
      if (counts.failed > 0) return done({ ...counts, seconds, told: failuresOf(text) });
      if (code !== 0) return done({ ...counts, failed: 1, seconds, why: `exit ${code}`, told: text.trimEnd().split('\n').slice(-15) });
      if (counts.passed < (minimum[name] ?? 1)) return done({ ...counts, failed: 1, seconds, why: `ran ${counts.passed} tests, tests/minimum-counts.json asks for ${minimum[name]}` });
      done({ ...counts, seconds });
    });
  });
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !SUITES[name]);
if (unknown.length) stop(`no suite called ${unknown.join(', ')}; there are: ${Object.keys(SUITES).join(', ')}`);

await build();
ensureNpm('tests/hosts');
ensureNpm('tests/packaging');
ensureNpm('tests/e2e');
process.env.CHROMIUM = ensureChromium();

mkdirSync(RECORDS, { recursive: true });
const results = [];
for (const name of chosen.length ? chosen : Object.keys(SUITES).filter((name) => !ASKED.has(name))) results.push([name, await runSuite(name)]);

for (const [name, { told }] of results) if (told) console.log(`\n━━ what failed in ${name} ━━\n${told.join('\n')}`);
console.log('\n━━ all suites ━━');
for (const [name, r] of results) console.log(`${r.failed ? '✗' : '✓'} ${name.padEnd(14)} ${String(r.passed).padStart(5)} passed ${String(r.failed).padStart(4)} failed  ${r.seconds.toFixed(0).padStart(4)} s${r.why ? `  ${r.why}` : ''}`);
// Of a run of all that bears a row's number: the table that says so.
if (['unit', 'faults', 'differential'].every((name) => results.some(([ran]) => ran === name))) writeFileSync(DOCUMENT, table(readRecords()));
const total = (key) => results.reduce((s, [, r]) => s + r[key], 0);
console.log(`\n${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') ? 1 : 0;
