// Reciprocal rank and weighted fusion, by hand-computed examples and against the definitions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkFusion, fuse } from '../../../js/dist/services/vector/fusion.js';

const near = (actual, expected) => assert.ok(actual.length === expected.length && [...actual].every((x, i) => Math.abs(x - expected[i]) < 1e-15), `${[...actual]} is not ${expected}`);

const VECTOR = { slots: [7, 3, 9], scores: [0.9, 0.8, 0.1] };
const TEXT = { slots: [3, 1], scores: [11, 4] };

test('reciprocal rank fusion is 1/(60+rank) from each list', () => {
  const { slots, scores } = fuse(VECTOR, TEXT);
  assert.deepEqual([...slots], [3, 7, 1, 9]);
  near(scores, [1 / 62 + 1 / 61, 1 / 61, 1 / 62, 1 / 63]);
});

test('weighted fusion adds scores normalised by each list\'s own range', () => {
  const { slots, scores } = fuse(VECTOR, TEXT, { fusion: 'weighted', weight: 0.25 });
  assert.deepEqual([...slots], [3, 7, 1, 9]);
  near(scores, [0.25 * (0.7 / 0.8) + 0.75, 0.25, 0, 0]);
});

test('weight 1 is the vector order, weight 0 the text order, in both', () => {
  for (const fusion of ['rrf', 'weighted']) {
    assert.deepEqual([...fuse(VECTOR, TEXT, { fusion, weight: 1 }, 2).slots], [7, 3], fusion);
    assert.deepEqual([...fuse(VECTOR, TEXT, { fusion, weight: 0 }, 1).slots], [3], fusion);
  }
});

test('equal scores come by slot; one score alone counts as the best', () => {
  assert.deepEqual([...fuse({ slots: [5], scores: [0.2] }, { slots: [2], scores: [9] }).slots], [2, 5]);
  assert.deepEqual([...fuse({ slots: [5], scores: [-3] }, { slots: [2], scores: [9] }, { fusion: 'weighted' }).scores], [0.5, 0.5]);
});

test('empty lists', () => {
  const none = { slots: [], scores: [] };
  for (const fusion of ['rrf', 'weighted']) {
    assert.equal(fuse(none, none, { fusion }).slots.length, 0);
    assert.deepEqual([...fuse(VECTOR, none, { fusion }).slots], VECTOR.slots);
    assert.deepEqual([...fuse(none, TEXT, { fusion }, 1).slots], [3]);
    assert.equal(fuse(VECTOR, TEXT, { fusion }, 0).slots.length, 0);
  }
});

test('against the definitions, for any lists', () => {
  const list = fc.tuple(fc.uniqueArray(fc.nat(20), { maxLength: 12 }), fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 12, maxLength: 12 }))
    .map(([slots, scores]) => ({ slots, scores: scores.slice(0, slots.length).sort((a, b) => b - a).map((s) => s / 8) }));
  const shares = { rrf: (l, i) => 2 / (61 + i), weighted: (l, i) => { const [hi, lo] = [l.scores[0], l.scores.at(-1)]; return hi > lo ? (l.scores[i] - lo) / (hi - lo) : 1; } };
  fc.assert(fc.property(list, list, fc.constantFrom('rrf', 'weighted'), fc.constantFrom(0, 0.25, 0.5, 1), fc.nat(30), (vector, text, fusion, weight, k) => {
    const of = (l, slot) => (l.slots.includes(slot) ? shares[fusion](l, l.slots.indexOf(slot)) : 0);
    const { slots, scores } = fuse(vector, text, { fusion, weight }, k);
    const union = [...new Set([...vector.slots, ...text.slots])];
    assert.equal(slots.length, Math.min(k, union.length));
    slots.forEach((slot, i) => {
      assert.ok(Math.abs(scores[i] - (weight * of(vector, slot) + (1 - weight) * of(text, slot))) < 1e-12);
      if (i > 0) assert.ok(scores[i - 1] > scores[i] || (scores[i - 1] === scores[i] && slots[i - 1] < slot));
    });
    const worst = scores.at(-1) ?? Infinity;
    for (const slot of union) if (k > 0 && ![...slots].includes(slot)) assert.ok(weight * of(vector, slot) + (1 - weight) * of(text, slot) <= worst + 1e-12);
  }), { seed: 20260301, numRuns: 1000 });
});

for (const options of [{ fusion: 'sum' }, { weight: 1.01 }, { weight: -0.1 }, { weight: NaN }, { weight: '0.5' }, { fusion: null }]) {
  test(`refused: ${JSON.stringify(options)} (${Object.values(options)[0]})`, () => {
    assert.throws(() => checkFusion(options), { code: 'INVALID_ARGUMENT' });
    assert.throws(() => fuse(VECTOR, TEXT, options), { code: 'INVALID_ARGUMENT' });
  });
}
