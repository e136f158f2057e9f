// Durations in log-linear buckets: percentiles near the truth, merging, what the clock can not tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../../js/dist/performance/histogram.js';

const durations = fc.array(fc.double({ min: 1e-4, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 });
const filled = (list, resolution) => { const made = new Histogram(resolution); for (const ms of list) made.record(ms); return made; };

test('property: a percentile is within 1/32 of the value of that rank', () => {
  fc.assert(fc.property(durations, fc.constantFrom(0, 0.01, 0.5, 0.95, 0.99, 1), (list, q) => {
    const truth = [...list].sort((a, b) => a - b)[Math.max(0, Math.ceil(q * list.length) - 1)];
    const told = filled(list).percentile(q);
    assert.ok(Math.abs(told - truth) <= truth / 32 + 1e-12, `${told} for ${truth}`);
  }));
});

test('property: merged histograms are the histogram of all, in any order, and over plain data', () => {
  fc.assert(fc.property(durations, durations, durations, (a, b, c) => {
    const whole = filled([...a, ...b, ...c]);
    const left = filled(a); left.merge(filled(b)); left.merge(filled(c));
    const right = filled(c); right.merge(Histogram.from(JSON.parse(JSON.stringify(filled(b))))); right.merge(filled(a));
    for (const made of [left, right]) {
      assert.deepEqual(made.toJSON().buckets, whole.toJSON().buckets);
      assert.deepEqual([made.count, made.maxMs, made.below], [whole.count, whole.maxMs, whole.below]);
      assert.ok(Math.abs(made.totalMs - whole.totalMs) <= 1e-9 * whole.totalMs);
    }
  }));
});

test('what is beyond the buckets is counted in the last of them, never lost', () => {
  const made = filled([1e-9, 5e-5, 2 ** 27, 1e300]);
  assert.equal(made.toJSON().buckets.reduce((sum, [, n]) => sum + n, 0), 4);
  assert.ok(made.percentile(1) > 6e7);
  assert.ok(made.percentile(0.01) < 1e-4);
});

test('below the clock\'s resolution there is no percentile, and never a 0', () => {
  const coarse = filled([0, 0, 0, 5], 1);
  assert.deepEqual([coarse.percentile(0.5), coarse.percentile(0.75)], [null, null]);
  assert.ok(Math.abs(coarse.percentile(0.99) - 5) <= 5 / 32);
  assert.deepEqual([new Histogram().percentile(0.5), filled([0]).percentile(1)], [null, null]);
  const merged = filled([2], 0.1);
  merged.merge(coarse);
  assert.equal(merged.toJSON().resolutionMs, 1);
  // Control: the same times under a fine clock have one.
  assert.ok(filled([0.2, 0.2, 0.2, 5], 0.001).percentile(0.5) > 0);
});

test('counts under an octave end where the octave does', () => {
  const made = filled([0.1, 0.124, 0.125, 0.3, 1, 2], 0.01);
  assert.deepEqual([-4, -3, -2, 0, 1, 2].map((octave) => made.under(octave)), [0, 2, 3, 4, 5, 6]);
  assert.deepEqual([-3, 0, 1].map((octave) => filled([0, 0], 1).under(octave)), [0, 2, 2]);
});

/** Bytes that a million calls leave on the heap, the least of several rounds: code that is not optimised yet makes an object of each double. */
function leastGrowth(record) {
  let least = Infinity;
  for (let round = 0; round < 8; round++) {
    record(0); // lets go of what the round before kept
    gc();
    const before = process.memoryUsage().heapUsed;
    record(1e6);
    least = Math.min(least, Math.max(0, process.memoryUsage().heapUsed - before));
  }
  return least;
}

test('no allocation per record: the heap stays as it was over a million; control: a number kept as an object each is seen', () => {
  const made = new Histogram(1e-5);
  const grown = leastGrowth((n) => { for (let i = 0; i < n; i++) made.record((i % 977) / 100 + 0.001); });
  assert.ok(grown < 1e6, `${grown} bytes for a million records`);
  assert.equal(made.count, 8e6);
  const kept = [];
  const seen = leastGrowth((n) => { kept.length = 0; for (let i = 0; i < n; i++) kept.push({ i }); });
  assert.ok(seen > 1e6, `${seen} bytes for a million objects`);
});
