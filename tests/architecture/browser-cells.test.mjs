/** The list of what browsers do otherwise, and the judge that reads it: it must fail when the list says less or more than what is seen. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SUITES } from '../conformance/cases/index.mjs';
import { checkDiffers, judge } from '../conformance/lib/differs.mjs';
import { textOf } from '../conformance/lib/harness.mjs';

const lists = JSON.parse(readFileSync(new URL('../conformance/browser-cells.json', import.meta.url), 'utf8'));
const cases = Object.values(SUITES).flat();

test('each browser has plain and isolated cells, and every difference a case, an error and a reason', () => {
  for (const [name, listed] of Object.entries(lists)) {
    if (name.startsWith('$')) continue;
    for (const cell of ['isolated/js', 'isolated/simd', 'isolated/simd-threads', 'plain/js', 'plain/simd']) assert.ok(`${name}-${cell}` in listed.cells, `${name}-${cell}`);
    checkDiffers(listed, cases);
  }
});

test('a case fails where it is not listed, passes where it is listed, or fails otherwise than listed', () => {
  const differs = { slow: { says: 'QUOTA', reason: 'a reason', in: ['b/js'] }, always: { says: 'QUOTA', reason: 'a reason' } };
  const told = (results, cell = 'b/js') => judge(results, differs, cell);
  assert.deepEqual(told([{ name: 'fine', ok: true }, { name: 'slow', ok: false, error: 'QUOTA: full' }]), { passed: 1, differing: 1, failed: [] });
  assert.equal(told([{ name: 'fine', ok: false, error: 'no' }]).failed.length, 1);
  assert.equal(told([{ name: 'slow', ok: true }]).failed.length, 1);
  assert.equal(told([{ name: 'slow', ok: false, error: 'TIMEOUT' }]).failed.length, 1);
  assert.equal(told([{ name: 'slow', ok: false, error: 'QUOTA' }], 'b/simd').failed.length, 1);
  assert.equal(told([{ name: 'always', ok: false, error: 'QUOTA' }], 'b/simd').differing, 1);
  assert.equal(told([{ name: 'slow', ok: true }], 'b/simd').passed, 1);
});

test('an entry without a case, an error or a reason is refused', () => {
  const listed = (entry, name = cases[0].name) => ({ cells: { 'b/js': 'one' }, differs: { [name]: entry } });
  const whole = { says: 'QUOTA', reason: 'the engine gives no more than this' };
  checkDiffers(listed(whole), cases);
  assert.throws(() => checkDiffers(listed(whole, 'no such case'), cases), /does not exist/);
  assert.throws(() => checkDiffers(listed({ ...whole, in: ['b/simd'] }), cases), /unknown cell/);
  assert.throws(() => checkDiffers(listed({ ...whole, says: '' }), cases), /which error/);
  assert.throws(() => checkDiffers(listed({ ...whole, reason: 'so' }), cases), /no reason/);
});

test('the text of a failure holds the message where stacks do not begin with it', () => {
  const gecko = Object.assign(new Error('expected 1, got 2'), { stack: 'fail@http://localhost/assert.mjs:20:41' });
  assert.equal(textOf(gecko), 'Error: expected 1, got 2\nfail@http://localhost/assert.mjs:20:41');
  const v8 = new Error('expected 1, got 2');
  assert.equal(textOf(v8), v8.stack);
  assert.equal(textOf('thrown text'), 'thrown text');
});
