// Maximal marginal relevance against the published definition, and its two ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkLambda, cosineOfRows, selectDiverse } from '../../../js/dist/services/vector/mmr.js';

const ROWS = Float32Array.of(1, 0, 0.99, 0.1, 0, 1, -1, 0);
const SCORES = [1, 0.9, 0.5, 0];
const similarity = cosineOfRows(ROWS, 2);

test('lambda 1 is the order of the scores, and compares nothing', () => {
  assert.deepEqual(selectDiverse(SCORES, () => { throw new Error('not to be called'); }, 1, 3), [0, 1, 2]);
});

test('lambda 0 starts with the most relevant and goes to the most unlike', () => {
  assert.deepEqual(selectDiverse(SCORES, similarity, 0, 4), [0, 3, 2, 1]);
});

test('between them a near copy has to wait', () => {
  assert.deepEqual(selectDiverse(SCORES, similarity, 0.7, 4), [0, 2, 1, 3]);
});

test('equal values: the candidate that came first', () => {
  assert.deepEqual(selectDiverse([1, 1, 1], () => 0.5, 0.5, 3), [0, 1, 2]);
});

test('no candidates, k of 0, k beyond the candidates, zero rows', () => {
  assert.deepEqual(selectDiverse([], similarity, 0.5, 3), []);
  assert.deepEqual(selectDiverse(SCORES, similarity, 0.5, 0), []);
  assert.equal(selectDiverse(SCORES, similarity, 0.5, 1e9).length, 4);
  assert.equal(cosineOfRows(new Float32Array(6), 3)(0, 1), 0);
});

test('any scale of scores gives the same choice', () => {
  for (const scale of [1e-9, 1, 1e9]) assert.deepEqual(selectDiverse(SCORES.map((s) => s * scale + scale), similarity, 0.7, 4), [0, 2, 1, 3]);
});

test('against the definition', () => {
  const candidate = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 5, maxLength: 5 }));
  fc.assert(fc.property(fc.array(candidate, { maxLength: 12 }), fc.constantFrom(0, 0.25, 0.5, 0.75, 1), fc.nat(14), (candidates, lambda, k) => {
    const scores = candidates.map((c) => c[0]);
    const sim = cosineOfRows(Float32Array.from(candidates.flatMap((c) => c[1])), 5);
    const [low, high] = [Math.min(...scores), Math.max(...scores)];
    const relevance = scores.map((s) => (high > low ? (s - low) / (high - low) : 1));
    const chosen = selectDiverse(scores, sim, lambda, k);
    assert.equal(chosen.length, Math.min(k, scores.length));
    chosen.forEach((pick, step) => {
      const before = chosen.slice(0, step);
      const value = (i) => (step === 0 ? relevance[i] : lambda * relevance[i] - (1 - lambda) * Math.max(...before.map((p) => sim(i, p))));
      scores.forEach((_, i) => { if (!before.includes(i)) assert.ok(value(i) < value(pick) || (value(i) === value(pick) && i >= pick), `step ${step}`); });
    });
  }), { seed: 20260302, numRuns: 1000 });
});

test('cosine of rows is the plain one, for every remainder of the unrolled loop', () => {
  for (let dimensions = 1; dimensions <= 9; dimensions++) {
    const rows = Float32Array.from({ length: 2 * dimensions }, (_, i) => Math.fround(Math.sin(i * 7 + dimensions)));
    const dot = (a, b) => { let s = 0; for (let j = 0; j < dimensions; j++) s += rows[a * dimensions + j] * rows[b * dimensions + j]; return s; };
    assert.ok(Math.abs(cosineOfRows(rows, dimensions)(0, 1) - dot(0, 1) / Math.sqrt(dot(0, 0) * dot(1, 1))) < 1e-14);
  }
});

for (const lambda of [-0.01, 1.01, NaN, '0.5', null]) {
  test(`refused: ${String(lambda)}`, () => assert.throws(() => checkLambda(lambda), { code: 'INVALID_ARGUMENT' }));
}
