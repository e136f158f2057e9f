// The fault matrix: every row has a test that bears its number and a control, and docs/faults.md is of today's tests.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DOCUMENT, namesCell } from '../../scripts/faults.mjs';
import { ROWS, rowsOf, testsByRow } from '../support/fault-rows.mjs';

const written = testsByRow();
/** Rows of threads are asserted by a file of their own. */
const expected = ROWS.filter(([row]) => row < 22 || row > 24 || existsSync(new URL('../faults/threads.test.mjs', import.meta.url))).map(([row]) => row);

test('every row is asserted by a test that bears its number', () => {
  assert.deepEqual(expected.filter((row) => written.get(row).size === 0), []);
});

test('every row has a control', () => {
  assert.deepEqual(expected.filter((row) => ![...written.get(row).values()].flat().some((name) => rowsOf(name).control)), []);
});

test('names bear rows in three ways, and no other number is one', () => {
  assert.deepEqual(rowsOf('16: a trap'), { rows: [16], control: false });
  assert.deepEqual(rowsOf('1, 68: two rows; control: the same without'), { rows: [1, 68], control: true });
  assert.deepEqual(rowsOf('9 control: left open'), { rows: [9], control: true });
  assert.deepEqual(rowsOf('FAULTS 22, a start that hangs (control)'), { rows: [22], control: true });
  assert.deepEqual(rowsOf('100,000 calls at once'), { rows: [], control: false });
  assert.deepEqual(rowsOf('20 times in a worker'), { rows: [], control: false });
});

test('docs/faults.md names the tests that there are, and all of them passed in the run that it was made from', () => {
  const lines = new Map([...readFileSync(DOCUMENT, 'utf8').matchAll(/^\| (\d+) \|.*$/gm)].map(([line, row]) => [Number(row), line.split(/(?<!\\) \| /)]));
  assert.deepEqual([...lines.keys()], ROWS.map(([row]) => row));
  const stale = expected.filter((row) => lines.get(row)[3] !== namesCell(written.get(row)));
  assert.deepEqual(stale, [], 'run `npm test` (or `node scripts/test.mjs unit faults differential`), which writes it');
  assert.deepEqual(expected.filter((row) => !/^\d+ passed/.test(lines.get(row)[4])), []);
});
