// MetadataIndex against the naive evaluator, through random histories of writes, removals, renumberings and repeated questions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileFilter, MetadataIndex, slotsOf } from '../../../js/dist/services/vector/filters/index.js';
import { matches } from './filters.naive.mjs';

const FIELDS = ['a', 'b', 'a.b', '__proto__', 'constructor', 'toString', ''];
const field = fc.constantFrom(...FIELDS);
const string = fc.constantFrom('', 'x', 'y', 'xy', 'Xy', '1', 'é', 'e\u0301', '\ud800', '\uffff', '😀');
const number = fc.constantFrom(0, -0, 1, 1.5, -1, 2, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, 0.1 + 0.2, 0.3);
const element = fc.oneof(string, number);
const scalar = fc.oneof(string, number, fc.boolean(), fc.constant(null));
const value = fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: fc.array(element, { maxLength: 4 }) });

/** An object with own keys only, `__proto__` included. */
const own = (entries) => Object.fromEntries(entries);
const metadata = fc.option(fc.array(fc.tuple(field, value), { maxLength: 5 }).map(own), { nil: undefined });

const operators = fc.letrec((tie) => ({
  one: fc.oneof(
    fc.tuple(fc.constantFrom('$eq', '$ne'), scalar),
    fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte', '$contains'), element),
    fc.tuple(fc.constantFrom('$in', '$nin'), fc.array(scalar, { maxLength: 12 })),
    fc.tuple(fc.constant('$exists'), fc.boolean()),
    fc.tuple(fc.constant('$not'), tie('several')),
  ),
  several: fc.array(tie('one'), { minLength: 1, maxLength: 3 }).map(own),
})).several;
const filter = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 4, withCrossShrink: true },
    fc.array(fc.tuple(field, fc.oneof(scalar, operators)), { maxLength: 3 }).map(own),
    fc.tuple(fc.constantFrom('$and', '$or'), fc.array(tie('node'), { minLength: 1, maxLength: 3 })).map((e) => own([e])),
    fc.tuple(fc.constant('$not'), tie('node')).map((e) => own([e]))),
})).node;

const SLOTS = 70; // three words, the last one partly used
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append'), many: fc.array(metadata, { minLength: 1, maxLength: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write'), at: fc.nat(SLOTS), metadata }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove'), at: fc.nat(SLOTS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear') }) },
);

function ask(index, model, filters) {
  for (const f of filters) {
    const { words, count } = index.evaluate(compileFilter(f), model.length);
    const expected = model.flatMap((d, slot) => (d !== 'dead' && matches(d, f) ? [slot] : []));
    assert.equal(words.length, Math.ceil(model.length / 32));
    assert.deepEqual([[...slotsOf(words)], count], [expected, expected.length], `${JSON.stringify(f)} over ${JSON.stringify(model)}`);
  }
}

function apply(index, model, s) {
  switch (s.do) {
    case 'append': for (const m of s.many) { index.set(model.length, m); model.push(m); } return model;
    case 'write': if (s.at < model.length && model[s.at] !== 'dead') { index.set(s.at, s.metadata); model[s.at] = s.metadata; } return model;
    case 'remove': index.remove(s.at); if (s.at < model.length) model[s.at] = 'dead'; return model;
    case 'compact': {
      const live = model.flatMap((d, slot) => (d === 'dead' ? [] : [slot]));
      index.compact(Uint32Array.from(live));
      return live.map((slot) => model[slot]);
    }
    case 'clear': index.clear(); return [];
  }
}

test('every filter answers as the naive evaluator does, whatever was written, removed and renumbered before', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 12 }), fc.array(filter, { minLength: 1, maxLength: 6 }), (steps, filters) => {
    const index = new MetadataIndex();
    let model = [];
    for (const s of steps) {
      model = apply(index, model, s);
      ask(index, model, filters);
      assert.equal(index.size, model.filter((d) => d !== 'dead').length);
    }
    ask(index, model, filters);
  }), { seed: 20260101, numRuns: 1500 });
});

test('columns that change between many and few values, long enough for the sparse form', () => {
  fc.assert(fc.property(fc.infiniteStream(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.nat(100), value)), fc.array(filter, { minLength: 3, maxLength: 6 }), (stream, filters) => {
    const index = new MetadataIndex();
    let model = [];
    for (const [gap, choice, v] of stream) {
      if (model.length > 4000) break;
      // Runs with the field, runs without, single ones: the share of documents that have it wanders over the threshold.
      for (let i = 0; i < gap; i++) { const m = choice < 50 || i === 0 ? own([['a', v], ['b', i]]) : undefined; index.set(model.length, m); model.push(m); }
      if (choice % 7 === 0) model = apply(index, model, { do: 'write', at: model.length - 1, metadata: own([['a', v]]) });
      if (choice % 17 === 0) for (let i = 0; i < model.length; i += 3) apply(index, model, { do: 'remove', at: i });
      if (choice % 23 === 0) model = apply(index, model, { do: 'compact' });
      if (choice % 5 === 0) ask(index, model, filters);
    }
    ask(index, model, filters);
  }), { seed: 20260102, numRuns: 15 });
});
