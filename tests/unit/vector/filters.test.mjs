// The filter language by examples: what it refuses and how, and the corners that docs/vector-filters.md states.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter, MetadataIndex, slotsOf } from '../../../js/dist/services/vector/filters/index.js';

function indexOf(...documents) {
  const index = new MetadataIndex();
  documents.forEach((d, slot) => index.set(slot, d));
  return (filter) => [...slotsOf(index.evaluate(compileFilter(filter)).words)];
}

const nested = (levels, wrap) => { let f = { a: 1 }; for (let i = 0; i < levels; i++) f = wrap(f); return f; };
const cyclic = {}; cyclic.$not = cyclic;
const doubled = (() => { let f = { a: 1 }; for (let i = 0; i < 40; i++) f = { $and: [f, f] }; return f; })();

for (const [what, filter, path, says] of [
  ['unknown operator on a field', { a: { $regex: 'x' } }, 'filters.a.$regex', /accepted on a field: \$eq, \$ne/],
  ['unknown operator on top', { $nor: [{ a: 1 }] }, 'filters.$nor', /accepted here: \$and, \$or, \$not/],
  ['operator of a field on top', { $gt: 5 }, 'filters.$gt', /accepted here/],
  ['unknown operator deep inside', { $or: [{ a: 1 }, { $and: [{ b: { $like: 1 } }] }] }, 'filters.$or[1].$and[0].b.$like', /accepted/],
  ['undefined', { owner: undefined }, 'filters.owner', /\$exists: false/],
  ['undefined operand', { owner: { $ne: undefined } }, 'filters.owner.$ne', /undefined/],
  ['NaN', { a: NaN }, 'filters.a', /NaN/],
  ['NaN to compare with', { a: { $lt: NaN } }, 'filters.a.$lt', /NaN/],
  ['NaN in a list', { a: { $in: [1, NaN] } }, 'filters.a.$in[1]', /NaN/],
  ['an array as value', { a: ['x'] }, 'filters.a', /\$in/],
  ['a nested object', { a: { b: 1 } }, 'filters.a', /'a\.b'/],
  ['no operator', { a: {} }, 'filters.a', /no operator/],
  ['a hole in a list', { a: { $in: [1, , 2] } }, 'filters.a.$in[1]', /undefined/],
  ['$in without a list', { a: { $in: 'x' } }, 'filters.a.$in', /array/],
  ['$exists without a boolean', { a: { $exists: 1 } }, 'filters.a.$exists', /true or false/],
  ['comparison with a boolean', { a: { $gt: true } }, 'filters.a.$gt', /number or a string/],
  ['comparison with null', { a: { $lte: null } }, 'filters.a.$lte', /number or a string/],
  ['$contains of null', { a: { $contains: null } }, 'filters.a.$contains', /string/],
  ['$not of a value', { a: { $not: 5 } }, 'filters.a.$not', /\$ne/],
  ['$not of a list', { $not: [{ a: 1 }] }, 'filters.$not', /object/],
  ['$and of nothing', { $and: [] }, 'filters.$and', /at least one/],
  ['$or of an object', { $or: { a: 1 } }, 'filters.$or', /array/],
  ['a hole in $and', { $and: [{ a: 1 }, , ] }, 'filters.$and[1]', /undefined/],
  ['a Date', { a: { $gt: new Date(0) } }, 'filters.a.$gt', /number or a string/],
  ['a Date as value', { a: new Date(0) }, 'filters.a', /object/],
  ['a bigint', { a: 5n }, 'filters.a', /bigint/],
  ['a function', { a: () => true }, 'filters.a', /function/],
  ['a list of filters', [{ a: 1 }], 'filters', /object/],
  ['a string', 'a = 1', 'filters', /object/],
  ['null', null, 'filters', /null/],
  ['a Map', new Map([['a', 1]]), 'filters', /object/],
  ['65 levels of $not', nested(65, (f) => ({ $not: f })), undefined, /64 levels/],
  ['65 levels of $and', nested(65, (f) => ({ $and: [f] })), undefined, /64 levels/],
  ['65 levels of $not on a field', { a: nested(65, (f) => ({ $not: f.a === 1 ? { $gt: 1 } : f })) }, undefined, /64 levels/],
  ['a filter that holds itself', cyclic, undefined, /64 levels/],
  ['a filter of 2^40 conditions in 40 objects', doubled, undefined, /10000 conditions/],
]) {
  test(`refused with the path and the cure: ${what}`, () => {
    assert.throws(() => compileFilter(filter), (e) => {
      assert.equal(e.code, 'INVALID_ARGUMENT');
      assert.equal(e.service, 'vector');
      if (path !== undefined) assert.equal(e.detail.path, path);
      assert.ok(e.message.startsWith(e.detail.path), e.message);
      assert.match(e.message, says);
      return true;
    });
  });
}

test('64 levels are accepted', () => {
  const find = indexOf({ a: 1 }, { a: 2 });
  assert.deepEqual(find(nested(64, (f) => ({ $not: f }))), [0]);
  assert.deepEqual(find(nested(64, (f) => ({ $or: [f] }))), [0]);
});

test('null, missing and negation follow MongoDB: $ne, $nin, $not and null match documents that lack the field', () => {
  const find = indexOf({ a: 1 }, { a: null }, {}, undefined, { a: 'x' });
  assert.deepEqual(find({ a: null }), [1, 2, 3]);
  assert.deepEqual(find({ a: { $ne: null } }), [0, 4]);
  assert.deepEqual(find({ a: { $ne: 1 } }), [1, 2, 3, 4]);
  assert.deepEqual(find({ a: { $nin: [1, null] } }), [4]);
  assert.deepEqual(find({ a: { $in: [null, 'x'] } }), [1, 2, 3, 4]);
  assert.deepEqual(find({ a: { $not: { $gte: 0 } } }), [1, 2, 3, 4]);
  assert.deepEqual(find({ a: { $exists: true } }), [0, 1, 4]);
  assert.deepEqual(find({ a: { $exists: false } }), [2, 3]);
  assert.deepEqual(find({ $not: { a: 1 } }), [1, 2, 3, 4]);
  assert.deepEqual(find({}), [0, 1, 2, 3, 4]);
  assert.deepEqual(find({ a: { $in: [] } }), []);
});

test('types never meet: 1 is not "1" and not true', () => {
  const find = indexOf({ a: 1 }, { a: '1' }, { a: true }, { a: [1] }, { a: ['1'] });
  assert.deepEqual(find({ a: 1 }), [0, 3]);
  assert.deepEqual(find({ a: '1' }), [1, 4]);
  assert.deepEqual(find({ a: true }), [2]);
  assert.deepEqual(find({ a: { $gte: 0 } }), [0, 3]);
  assert.deepEqual(find({ a: { $gte: '' } }), [1, 4]);
});

test('arrays match by any element; $contains is an element of an array and a part of a string', () => {
  const find = indexOf({ a: ['red', 'blue'] }, { a: 'red wine' }, { a: [] }, { a: [1, 20] }, { a: 'blue' });
  assert.deepEqual(find({ a: 'red' }), [0]);
  assert.deepEqual(find({ a: { $contains: 'red' } }), [0, 1]);
  assert.deepEqual(find({ a: { $contains: 20 } }), [3]);
  assert.deepEqual(find({ a: { $in: ['blue', 1] } }), [0, 3, 4]);
  assert.deepEqual(find({ a: { $gt: 2, $lt: 5 } }), [3]); // 20 > 2 and 1 < 5: each operator may be met by another element
  assert.deepEqual(find({ a: { $exists: true } }), [0, 1, 2, 3, 4]);
  assert.deepEqual(find({ a: null }), []);
});

test('neighbouring doubles, both zeros and both infinities are told apart as numbers are', () => {
  const find = indexOf({ a: 0.1 + 0.2 }, { a: 0.3 }, { a: -0 }, { a: Infinity }, { a: -5e-324 }, { a: 5e-324 });
  assert.deepEqual(find({ a: { $gt: 0.3 } }), [0, 3]);
  assert.deepEqual(find({ a: { $lt: 0.1 + 0.2 } }), [1, 2, 4, 5]);
  assert.deepEqual(find({ a: 0 }), [2]);
  assert.deepEqual(find({ a: { $lt: 0 } }), [4]);
  assert.deepEqual(find({ a: { $gt: -0 } }), [0, 1, 3, 5]);
  assert.deepEqual(find({ a: { $gte: Infinity } }), [3]);
  assert.deepEqual(find({ a: { $gt: Infinity } }), []);
  assert.deepEqual(find({ a: { $lte: -Infinity } }), []);
});

test('a dotted name is an own key; __proto__ and constructor are names like any other', () => {
  const find = indexOf(JSON.parse('{"__proto__":"p","a.b":1}'), { constructor: 'c' }, {});
  assert.deepEqual(find({ 'a.b': 1 }), [0]);
  assert.deepEqual(find(JSON.parse('{"__proto__":"p"}')), [0]);
  assert.deepEqual(find(JSON.parse('{"__proto__":{"$exists":true}}')), [0]);
  assert.deepEqual(find({ constructor: 'c' }), [1]);
  assert.deepEqual(find({ constructor: { $exists: true } }), [1]);
  assert.deepEqual(find({ toString: { $exists: true } }), []);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
  assert.equal({}.p, undefined);
});

test('a repeated question is the same object until something changes; another field\'s update keeps the bitmap', () => {
  const index = new MetadataIndex();
  for (let i = 0; i < 100; i++) index.set(i, { a: i % 2, b: i });
  const filter = compileFilter({ a: 1 });
  const first = index.evaluate(filter);
  assert.equal(index.evaluate(compileFilter({ a: 1 })), first);
  index.set(100, { a: 1 });
  const second = index.evaluate(filter);
  assert.deepEqual([first.count, second.count], [50, 51]);
  assert.equal(slotsOf(first.words).length, 50); // what was handed out is not written into
});

test('an answer can be asked for more or fewer slots than have metadata', () => {
  const index = new MetadataIndex();
  for (let i = 0; i < 40; i++) index.set(i, { a: 1 });
  const filter = compileFilter({ $not: { a: 2 } });
  assert.deepEqual([index.evaluate(filter, 100).count, index.evaluate(filter, 100).words.length], [40, 4]);
  assert.deepEqual([index.evaluate(filter, 33).count, index.evaluate(filter, 33).words.length], [33, 2]);
  assert.deepEqual([index.evaluate(filter, 0).count, index.evaluate(filter, 0).words.length], [0, 0]);
});

test('memory stays with what is alive: overwritten strings, rare fields, compaction', () => {
  const index = new MetadataIndex();
  for (let i = 0; i < 200_000; i++) index.set(i % 1000, { stamp: `written at ${i}`, tags: [`t${i}`, i] });
  assert.ok(index.memory() < 3e6, `${index.memory()} bytes for 1,000 documents`);
  assert.equal(index.evaluate(compileFilter({ stamp: 'written at 199999' })).count, 1);
  assert.equal(index.evaluate(compileFilter({ tags: 't199999' })).count, 1);
  assert.equal(index.evaluate(compileFilter({ tags: 199_000 })).count, 1);
  const rare = new MetadataIndex();
  for (let i = 0; i < 20_000; i++) rare.set(i, { [`field${i}`]: i });
  assert.ok(rare.memory() < 8e6, `${rare.memory()} bytes for 20,000 fields of one document each`);
  assert.equal(rare.evaluate(compileFilter({ field19999: { $gte: 19_999 } })).count, 1);
  rare.compact(Uint32Array.of(7));
  assert.ok(rare.memory() < 1e4);
  assert.deepEqual([...slotsOf(rare.evaluate(compileFilter({ field7: 7 })).words)], [0]);
});

test('a field of few documents: an answer given before is not repeated after its values were changed, removed or became many', () => {
  const index = new MetadataIndex();
  for (let i = 0; i < 2000; i++) index.set(i, i % 500 === 0 ? { rare: i } : undefined);
  const find = (filter) => [...slotsOf(index.evaluate(compileFilter(filter)).words)];
  assert.deepEqual(find({ rare: { $gte: 0 } }), [0, 500, 1000, 1500]);
  index.set(500, { rare: -1 });
  assert.deepEqual(find({ rare: { $gte: 0 } }), [0, 1000, 1500]);
  index.set(1000, {});
  assert.deepEqual(find({ rare: { $gte: 0 } }), [0, 1500]);
  index.set(7, { rare: 7 });
  assert.deepEqual(find({ rare: { $gte: 0 } }), [0, 7, 1500]);
  index.set(2000, { rare: 2000 });
  assert.deepEqual(find({ rare: { $gte: 0 } }), [0, 7, 1500, 2000]);
  // From few to many in place: after every write, whichever form the column takes, the answer is the present one.
  const expected = new Set([0, 7, 1500, 2000]);
  for (let slot = 1; slot < 800; slot += 3) {
    index.set(slot, { rare: slot });
    expected.add(slot);
    assert.deepEqual(find({ rare: { $gte: 0 } }), [...expected].sort((a, b) => a - b));
  }
});

test('an answer given by a column of one form does not outlive it', () => {
  const index = new MetadataIndex();
  for (let i = 0; i < 1200; i++) index.set(i, i >= 1000 && i < 1140 ? { rare: i } : undefined);
  const filter = compileFilter({ rare: { $exists: true } });
  assert.equal(index.evaluate(filter).count, 140);
  for (let i = 0; i < 50; i++) index.set(i, { rare: i }); // no question in between
  assert.equal(index.evaluate(filter).count, 190);
});
