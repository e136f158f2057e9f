// BM25 against the formula written out over plain arrays, through random histories of writes, removals and renumberings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextIndex } from '../../../js/dist/services/vector/text/index.js';

const split = (text) => text?.match(/[a-z]+/g) ?? [];

/** Scores of all matching documents, best first, by the definition at the top of text-index.ts. */
function naive(contents, query, allowed = () => true) {
  const documents = contents.map(split);
  const withWords = documents.filter((d) => d.length > 0);
  const average = withWords.reduce((n, d) => n + d.length, 0) / withWords.length;
  const terms = split(query).map((term) => ({ term, n: withWords.filter((d) => d.includes(term)).length }));
  const hits = [];
  documents.forEach((words, slot) => {
    let score = 0;
    for (const { term, n } of terms) {
      const tf = words.filter((w) => w === term).length;
      if (tf > 0) score += Math.log(1 + (withWords.length - n + 0.5) / (n + 0.5)) * tf * 2.2 / (tf + 1.2 * (1 - 0.75 + 0.75 * words.length / average));
    }
    if (score > 0 && allowed(slot)) hits.push({ slot, score });
  });
  return hits.sort((a, b) => b.score - a.score || a.slot - b.slot);
}

function assertHits(actual, expected, k) {
  assert.equal(actual.slots.length, Math.min(k, expected.length));
  const scoreOf = new Map(expected.map((h) => [h.slot, h.score]));
  actual.slots.forEach((slot, i) => {
    // Scores that are equal by the formula may differ in the last bit by the order of adding: compare values place by place.
    assert.ok(Math.abs(actual.scores[i] - expected[i].score) <= 1e-12 * expected[i].score, `place ${i}: ${actual.scores[i]} and ${expected[i].score}`);
    assert.ok(Math.abs(actual.scores[i] - scoreOf.get(slot)) <= 1e-12 * expected[i].score);
    if (i > 0) assert.ok(actual.scores[i - 1] > actual.scores[i] || (actual.scores[i - 1] === actual.scores[i] && actual.slots[i - 1] < slot), 'order');
  });
  assert.equal(new Set(actual.slots).size, actual.slots.length);
}

const word = fc.constantFrom('a', 'b', 'c', 'dd', 'e', 'constructor', 'proto');
const text = fc.array(word, { maxLength: 8 }).map((w) => w.join(' '));
const content = fc.option(text, { nil: undefined });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('append'), many: fc.array(content, { minLength: 1, maxLength: 15 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write'), at: fc.nat(60), content }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove'), at: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact') }) },
);

test('scores and order are the formula\'s, whatever was written, removed and renumbered before', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 12 }), text, fc.nat(30), fc.integer({ min: 1, max: 5 }), (steps, query, k, stride) => {
    const index = new TextIndex('none');
    let model = []; // contents; null = dead
    for (const s of steps) {
      if (s.do === 'append') for (const c of s.many) { index.set(model.length, c); model.push(c); }
      else if (s.do === 'write' && s.at < model.length && model[s.at] !== null) { index.set(s.at, s.content); model[s.at] = s.content; }
      else if (s.do === 'remove') { index.remove(s.at); if (s.at < model.length) model[s.at] = null; }
      else if (s.do === 'compact') {
        const live = model.flatMap((c, slot) => (c === null ? [] : [slot]));
        index.compact(Uint32Array.from(live));
        model = live.map((slot) => model[slot]);
      }
      const contents = model.map((c) => c ?? undefined);
      assert.equal(index.size, contents.filter((c) => split(c).length > 0).length);
      assertHits(index.search(query, k), naive(contents, query), k);
      const allow = new Uint32Array(Math.ceil(model.length / 32));
      for (let slot = 0; slot < model.length; slot += stride) allow[slot >>> 5] |= 1 << (slot & 31);
      assertHits(index.search(query, k, allow), naive(contents, query, (slot) => slot % stride === 0), k);
    }
  }), { seed: 20260202, numRuns: 1500 });
});

test('thousands of documents: long posting chains, rewriting after many removals, frequent words', () => {
  let state = 12345;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const make = () => Array.from({ length: 1 + Math.floor(random() * 12) }, () => String.fromCharCode(97 + Math.floor(random() ** 3 * 26), 97 + Math.floor(random() ** 2 * 5))).join(' ');
  const index = new TextIndex('none');
  const contents = Array.from({ length: 9000 }, make);
  contents.forEach((c, slot) => index.set(slot, c));
  for (let round = 0; round < 3; round++) {
    for (const query of ['aa', 'aa ab zz', 'zz ze qq nothing', make()]) {
      const expected = naive(contents, query);
      for (const k of [1, 10, 500, 1e9]) assertHits(index.search(query, k), expected, k);
    }
    for (let slot = round; slot < contents.length; slot += 2) { index.remove(slot); contents[slot] = undefined; }
    for (let slot = 0; slot < contents.length; slot += 7) index.set(slot, contents[slot] = make());
  }
});

test('equal documents score equally and come in the order of their slots', () => {
  const index = new TextIndex();
  for (let slot = 99; slot >= 0; slot--) index.set(slot, slot % 2 ? 'red fox' : 'green fox');
  const { slots, scores } = index.search('fox', 100);
  assert.deepEqual([...slots], Array.from({ length: 100 }, (_, i) => i));
  assert.equal(new Set(scores).size, 1);
  assert.deepEqual([...index.search('red fox', 3).slots], [1, 3, 5]);
});

test('queries that ask for nothing get nothing; k of 0 too', () => {
  const index = new TextIndex();
  assert.equal(index.search('fox', 10).slots.length, 0);
  index.set(0, 'a fox');
  for (const query of ['', '…', 'wolf', 'constructor', '__proto__']) assert.equal(index.search(query, 10).slots.length, 0, query);
  assert.equal(index.search('fox', 0).slots.length, 0);
  assert.equal(index.search('fox', 10, new Uint32Array(0)).slots.length, 0);
});

test('a query does not change the index, and results are copies', () => {
  const index = new TextIndex();
  for (let slot = 0; slot < 10; slot++) index.set(slot, `fox number ${slot}`);
  const before = index.search('fox 3', 10);
  const bytes = index.memory();
  for (let i = 0; i < 1000; i++) index.search(`unknown${i} fox`, 2);
  assert.equal(index.memory(), bytes);
  assert.deepEqual(index.search('fox 3', 10), before);
});

test('one word a hundred thousand times in one document', () => {
  const index = new TextIndex('none');
  index.set(0, 'fox '.repeat(100_000));
  index.set(1, 'fox');
  const { slots, scores } = index.search('fox', 2);
  assert.deepEqual([...slots], [0, 1]);
  assert.ok(scores.every((s) => s > 0 && s < 2.2));
});

test('memory stays with what is alive: replaced contents and compaction', () => {
  const index = new TextIndex();
  for (let i = 0; i < 100_000; i++) index.set(i % 500, `stamp${i} text about foxes`);
  assert.ok(index.memory() < 8e6, `${index.memory()} bytes for 500 documents`);
  assert.equal(index.size, 500);
  assert.deepEqual([...index.search('stamp99999', 5).slots], [499]);
  assert.deepEqual([...index.search('stamp1', 5).slots], []);
  index.compact(Uint32Array.of(499));
  assert.deepEqual([...index.search('fox stamp99999', 5).slots], [0]);
  assert.ok(index.memory() < 1e5, `${index.memory()} bytes for 1 document`);
  index.clear();
  assert.equal(index.search('fox', 5).slots.length, 0);
});
