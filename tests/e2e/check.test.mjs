// `npm start -- --check` as a person would run it: exit 0 on the shipped sample, another exit and the reason when one answer is wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const TRUTH = 'ground_truth.k10.u32.bin', SQL_ANSWERS = 'sql-answers.json';
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wasm-services-check-'));
  cpSync(join(root, 'demo/data'), folder, { recursive: true });
});
after(() => { rmSync(folder, { recursive: true, force: true }); });

function check(sample) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/start.mjs', '--check', '--sample', sample], { cwd: root, encoding: 'utf8', timeout: 300_000 });
  return { status, stdout, stderr, all: stdout + stderr };
}

test('control: a copy of the shipped sample passes', () => {
  const { status, stdout, all } = check(folder);
  assert.equal(status, 0, all);
  assert.match(stdout, /every answer agrees with the f64 ground truth/);
  assert.match(stdout, /careful JavaScript/);
  assert.match(stdout, /every SQL answer agrees with the sqlite3 program/);
  assert.match(stdout, /advice +CREATE INDEX/);
  assert.doesNotMatch(stdout, /check failed/);
});

test('one wrong id among the true answers: another exit, and the message names the problem', () => {
  const file = join(folder, TRUTH);
  const intact = readFileSync(file);
  const broken = Buffer.from(intact);
  // The best hit of the fourth query becomes a document that is in none of its ten places.
  const at = 3 * 10 * 4;
  const answers = Array.from({ length: 10 }, (_, i) => intact.readUInt32LE(at + i * 4));
  let other = 0;
  while (answers.includes(other)) other++;
  broken.writeUInt32LE(other, at);
  writeFileSync(file, broken);
  try {
    const { status, stderr, all } = check(folder);
    assert.equal(status, 1, all);
    assert.match(stderr, /exact search differs from the f64 ground truth on 1 of \d+ queries/);
    assert.doesNotMatch(all, /every answer agrees/);
  } finally {
    writeFileSync(file, intact);
  }
});

test('two right ids in the wrong order are noticed too', () => {
  const file = join(folder, TRUTH);
  const intact = readFileSync(file);
  const broken = Buffer.from(intact);
  broken.writeUInt32LE(intact.readUInt32LE(4), 0);
  broken.writeUInt32LE(intact.readUInt32LE(0), 4);
  writeFileSync(file, broken);
  try {
    const { status, stderr, all } = check(folder);
    assert.equal(status, 1, all);
    assert.match(stderr, /differs from the f64 ground truth on 1 of/);
  } finally {
    writeFileSync(file, intact);
  }
});

test('one wrong value among the SQL answers: another exit, and the message names query, row and both values', () => {
  const file = join(folder, SQL_ANSWERS);
  const intact = readFileSync(file, 'utf8');
  const truth = JSON.parse(intact);
  truth.answers[0].rows[3][1]++;
  writeFileSync(file, JSON.stringify(truth));
  try {
    const { status, stderr, all } = check(folder);
    assert.equal(status, 1, all);
    assert.match(stderr, /"Sections by size" by simd \(rusqlite\): row 4 is \["science",139,\d+,[\d.]+\], expected \["science",140,/);
    assert.doesNotMatch(all, /every SQL answer agrees/);
  } finally {
    writeFileSync(file, intact);
  }
});

test('a missing SQL row is noticed too', () => {
  const file = join(folder, SQL_ANSWERS);
  const intact = readFileSync(file, 'utf8');
  const truth = JSON.parse(intact);
  truth.answers.at(-1).rows.pop();
  writeFileSync(file, JSON.stringify(truth));
  try {
    const { status, stderr, all } = check(folder);
    assert.equal(status, 1, all);
    assert.match(stderr, /"Nearest by meaning \(vectors\)" by simd \(rusqlite\): 10 rows, expected 9/);
  } finally {
    writeFileSync(file, intact);
  }
});
