/** `aggregate` of row objects and plain columns, against the naive reference. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { aggregateColumns, aggregateRows, aggregateRowSteps } from '../../../js/dist/services/data/rows/aggregate.js';
import { aggregate, same } from './naive.mjs';

const nullable = (values) => fc.oneof({ weight: 5, arbitrary: values }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });
const small = fc.constantFrom(-3, -1, 0, 1, 2, 7);
const float = fc.oneof(fc.constantFrom(NaN, -0, 0, 0.1, -2.5, 1e10, 3), fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => (Math.abs(x) < 1e-6 ? 0 : x)));
const text = fc.oneof(fc.constantFrom('', 'a', 'b', '\u{1F600}', '\uFFFD', '\uD83D', 'Ä', '__proto__'), fc.string({ unit: 'binary', maxLength: 3 }));
const KINDS = {
  i32: small, f64: float, i64: fc.oneof(fc.bigInt(-5n, 5n), fc.constantFrom(2n ** 62n, -(2n ** 63n), 2n ** 53n + 1n, 7)),
  bool: fc.boolean(), text, date: fc.oneof(fc.constantFrom(0, -1, 86400000).map((t) => new Date(t)), fc.constant(new Date(NaN))),
  json: fc.constantFrom({ a: 1 }, [1, 2], [], { b: [null] }),
};
const ANY = ['count', 'countDistinct', 'first', 'last', 'mode', 'list'];
const ORDERED = [...ANY, 'min', 'max'];
const NUMBER = [...ORDERED, 'sum', 'avg', 'mean', 'median', 'quantile', 'stddev', 'variance'];
const OPERATIONS = { i32: NUMBER, f64: NUMBER, i64: [...ORDERED, 'sum', 'median'], bool: [...ORDERED, 'sum', 'avg'], text: ORDERED, date: ORDERED, json: ANY };

const columnOf = (kind) => nullable(KINDS[kind]);
const tables = fc.tuple(fc.constantFrom(...Object.keys(KINDS)), fc.constantFrom(...Object.keys(KINDS)), fc.constantFrom(...Object.keys(KINDS))).chain(([a, b, v]) =>
  fc.record({
    kinds: fc.constant({ a, b, v }),
    keys: fc.subarray(['a', 'b']),
    rows: fc.array(fc.record({ a: columnOf(a), b: columnOf(b), v: columnOf(v), w: nullable(float) }), { maxLength: 40 }),
  }));

const stepsFor = (kind) => [
  { field: '*', operation: 'count', alias: 'rows' },
  ...OPERATIONS[kind].map((operation) => ({ field: 'v', operation, alias: operation, ...(operation === 'quantile' && { q: 0.3 }) })),
  ...(['i32', 'f64'].includes(kind) ? [{ field: 'v', operation: 'variance', alias: 'population', population: true }, { field: 'v', operation: 'correlation', alias: 'r', with: 'w' }] : []),
];

function check(actual, expected, context) {
  assert.equal(actual.length, expected.length, `${context}: groups`);
  expected.forEach((pairs, i) => {
    assert.deepEqual(Object.keys(actual[i]), pairs.map(([name]) => name));
    for (const [name, value] of pairs) assert.ok(same(actual[i][name], value), `${context}: group ${i}, ${name}: ${String(actual[i][name])} where ${String(value)} is right`);
  });
}

/** What a field of a row holds for the rules: an invalid date is null. */
const get = (row, field) => (row[field] instanceof Date && Number.isNaN(row[field].getTime()) ? null : row[field]);
const infinite = ({ v, w }) => [v, w].some((x) => typeof x === 'number' && Math.abs(x) === Infinity);

describe('aggregate of rows', () => {
  test('any table, any keys, every operation', () => {
    fc.assert(fc.property(tables, ({ kinds, keys, rows }) => {
      fc.pre(!rows.some(infinite));
      const plan = { groupBy: keys, operations: stepsFor(kinds.v) };
      const used = rows.map(({ ...row }) => row);
      // Nothing but missing fields is a slip of the pen, told apart below.
      for (const name of ['a', 'b', 'v', 'w']) if (used.length && used.every((row) => row[name] === undefined)) used[0][name] = null;
      const expected = aggregate(used, plan, get);
      check(aggregateRows(used, plan).toRows(), expected, JSON.stringify(kinds));
      check(aggregateRows(used, plan, false).toRows(false), expected, `without made code ${JSON.stringify(kinds)}`);
      const columns = Object.fromEntries(['a', 'b', 'v', 'w'].map((name) => [name, used.map((row) => row[name])]));
      check(aggregateColumns(columns, plan).toRows(), expected, `columns ${JSON.stringify(kinds)}`);
    }), { numRuns: 600 });
  });

  test('many rows, across the pieces that the work is cut into', () => {
    const rows = Array.from({ length: 150_000 }, (_, i) => ({ k: i % 7 ? `k${i % 1000}` : null, n: i % 50_000, x: i % 3 ? i / 8 : null, y: (i * 7919) % 1001 }));
    const plan = { groupBy: ['k'], operations: [
      { field: 'x', operation: 'sum', alias: 's' }, { field: 'x', operation: 'median', alias: 'm' }, { field: 'y', operation: 'max', alias: 'most' },
      { field: 'n', operation: 'countDistinct', alias: 'd' }, { field: 'x', operation: 'stddev', alias: 'sd' }, { field: 'x', operation: 'correlation', with: 'y', alias: 'r' },
    ] };
    check(aggregateRows(rows, plan).toRows(), aggregate(rows, plan, get), 'many');
    assert.deepEqual(aggregateRows(rows, plan, false).toRows(false), aggregateRows(rows, plan).toRows());
    const wide = { groupBy: ['k', 'n', 'y'], operations: [{ field: '*', operation: 'count', alias: 'rows' }, { field: 'x', operation: 'first', alias: 'f' }] };
    check(aggregateRows(rows, wide).toRows(), aggregate(rows, wide, get), 'wide');
    let steps = 0;
    for (const work = aggregateRowSteps(rows, plan); !work.next().done;) steps++;
    assert.ok(steps > 5, `${steps} steps: the caller can look at its signal`);
  });

  test('keys past the range of small tables', () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({ a: (i % 100) * 40_000_000 - 2_000_000_000, b: (i % 90) * 1_000_003, c: i % 2 ? 1.5 : i % 7, d: 2n ** 60n + BigInt(i % 3), x: i }));
    for (const groupBy of [['a'], ['a', 'b'], ['a', 'b', 'c'], ['c'], ['d'], ['d', 'a', 'b', 'c']]) {
      const plan = { groupBy, operations: [{ field: 'x', operation: 'sum', alias: 's' }] };
      check(aggregateRows(rows, plan).toRows(), aggregate(rows, plan, get), groupBy.join());
    }
  });

  test('no rows: one group without keys, none with them', () => {
    const operations = [{ field: '*', operation: 'count', alias: 'n' }, ...NUMBER.map((operation) => ({ field: 'v', operation, alias: operation, q: 0.5 })), { field: 'v', operation: 'correlation', with: 'w', alias: 'r' }];
    assert.deepEqual(aggregateRows([], { groupBy: [], operations }).toRows(), [{
      n: 0, count: 0, countDistinct: 0, first: null, last: null, mode: null, list: [], min: null, max: null, sum: 0, avg: null, mean: null, median: null, quantile: null, stddev: null, variance: null, r: null,
    }]);
    assert.deepEqual(aggregateRows([], { groupBy: ['k'], operations }).toRows(), []);
  });

  test('sums: whole numbers exact, floats compensated, infinities as they are', () => {
    const sum = (values) => aggregateRows(values.map((v) => ({ v })), { groupBy: [], operations: [{ field: 'v', operation: 'sum', alias: 's' }] }).toRows()[0].s;
    assert.equal(sum([0.1, 0.2, 0.3, -0.6, 1e100, 1, -1e100]), 1);
    assert.equal(sum([2n ** 62n, 2n ** 62n, 1n, -(2n ** 62n), -(2n ** 62n)]), 1);
    assert.equal(sum([9007199254740991n, 2n]), 9007199254740992);
    assert.equal(sum([Infinity, 1.5]), Infinity);
    assert.ok(Number.isNaN(sum([Infinity, -Infinity])));
    assert.equal(sum([true, false, null, true]), 2);
    assert.equal(sum(Array.from({ length: 1e5 }, () => 0.1)), 10000);
  });

  test('min and max: NaN where one is NaN, -0 below 0, text by code point', () => {
    const both = (values) => Object.values(aggregateRows(values.map((v) => ({ v })), { groupBy: [], operations: ['min', 'max'].map((operation) => ({ field: 'v', operation, alias: operation })) }).toRows()[0]);
    assert.deepEqual(both([1.5, NaN, 2]), [NaN, NaN]);
    assert.deepEqual(both([0, -0]), [-0, 0]);
    assert.deepEqual(both(['\u{1F600}', '\uFFFD', '\uD83D']), ['\uD83D', '\u{1F600}']);
  });

  test('spread: exactly none where nothing varies, far from zero too', () => {
    const rows = Array.from({ length: 9 }, (_, i) => ({ k: 'c', x: 1e15 + 0.1, y: i })).concat(Array.from({ length: 9 }, (_, i) => ({ k: 'd', x: 1e9 + i / 10, y: i })));
    const [c, d] = aggregateRows(rows, { groupBy: ['k'], operations: [{ field: 'x', operation: 'variance', alias: 'v' }, { field: 'x', operation: 'correlation', with: 'y', alias: 'r' }] }).toRows();
    assert.deepEqual(c, { k: 'c', v: 0, r: NaN });
    assert.ok(Math.abs(d.v - 0.075) < 1e-7 && Math.abs(d.r - 1) < 1e-9, JSON.stringify(d));
  });

  test('a plan of whole numbers keeps its types', () => {
    const result = aggregateRows([{ k: 1, v: 2 }, { k: 1, v: 3 }], { groupBy: ['k'], operations: [{ field: 'v', operation: 'max', alias: 'm' }, { field: 'v', operation: 'avg', alias: 'a' }] });
    assert.deepEqual(result.schema, [{ name: 'k', type: 'i32' }, { name: 'm', type: 'i32' }, { name: 'a', type: 'f64' }]);
    const columns = result.toColumns();
    assert.ok(columns.k instanceof Int32Array && columns.a instanceof Float64Array);
    for (const values of Object.values(columns)) assert.equal(values.byteLength, values.buffer.byteLength);
  });
});

describe('fields of rows', () => {
  const groups = (rows, field, where) => {
    const plan = { groupBy: [field], operations: [{ field: '*', operation: 'count', alias: 'n' }], ...(where && { where }) };
    const [made, plain] = [true, false].map((codegen) => {
      try { return aggregateRows(rows, plan, codegen).toRows(codegen).map((row) => [row[field], row.n]); } catch (error) { return error; }
    });
    if (!(made instanceof Error)) { assert.deepEqual(plain, made); return made; }
    assert.equal(plain.message, made.message);
    throw made;
  };

  test('paths into objects and arrays; a field of that very name comes first', () => {
    const rows = [{ ctx: { w: 1, 'a b': 5 }, tags: ['x', 'y'] }, { ctx: { w: 2 }, tags: [] }, { ctx: null }, { tags: 'no array' }, {}];
    assert.deepEqual(groups(rows, 'ctx.w'), [[1, 1], [2, 1], [null, 3]]);
    assert.deepEqual(groups(rows, 'tags[0]'), [['x', 1], [null, 4]]);
    assert.deepEqual(groups(rows, 'tags[1]'), [['y', 1], [null, 4]]);
    assert.deepEqual(groups(rows, 'ctx.a b'), [[5, 1], [null, 4]]);
    assert.deepEqual(groups([...rows, { 'ctx.w': 9 }], 'ctx.w'), [[null, 5], [9, 1]]);
    assert.deepEqual(groups([{ a: { b: [{ c: 3 }] } }], 'a.b[0].c'), [[3, 1]]);
    assert.deepEqual(groups([{ a: [1] }], 'a.length'), [[null, 1]]);
  });

  test('names of Object.prototype are fields like others', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    const proto = (value) => Object.defineProperty({ x: 1 }, '__proto__', { value, enumerable: true, writable: true, configurable: true });
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) assert.deepEqual(groups([{ x: 1 }, { [name]: 'own' }], name), [[null, 1], ['own', 1]]);
    const [first] = aggregateRows([proto('p'), { x: 2 }], { groupBy: ['__proto__'], operations: [{ field: 'x', operation: 'sum', alias: 'constructor' }] }).toRows();
    assert.deepEqual(Object.entries(first), [['__proto__', 'p'], ['constructor', 1]]);
    assert.equal(Object.getPrototypeOf(first), Object.prototype);
    assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), before);
    assert.equal({}.x, undefined);
    assert.deepEqual(groups([Object.assign(Object.create(null), { k: 1 })], 'k'), [[1, 1]]);
    class Row { constructor(x) { this.x = x; } get twice() { return 2; } }
    assert.deepEqual(groups([new Row(1), Object.assign(new Row(2), { x: 3 })], 'x'), [[1, 1], [3, 1]]);
    assert.throws(() => groups([new Row(1)], 'twice'), /no row has a field 'twice'/);
  });

  test('two kinds in one field are told with row and field', () => {
    const mixed = (values, row) => assert.throws(() => groups(values.map((k) => ({ k })), 'k'), (error) => error.code === 'INVALID_ARGUMENT' && error.detail.row === row && error.detail.field === 'k' && /'k' of row/.test(error.message));
    mixed([1, 2, 'three'], 2);
    mixed(['a', null, null, 4], 3);
    mixed([null, 1.5, true], 2);
    mixed([{ a: 1 }, 'x'], 1);
    mixed([new Date(0), 5], 1);
    mixed([1n, 2, 2.5], 2);
    mixed([1.5, 1n], 1);
    mixed([Symbol('s')], 0);
    const late = Array.from({ length: 40_000 }, (_, k) => (k === 39_000 ? 'x' : k));
    mixed(late, 39_000);
  });

  test('where leaves rows out; a row that is meant keeps its number', () => {
    const rows = [{ k: 1, on: true }, { k: 'x', on: false }, { k: 2, on: true }, { k: 'y', on: true }];
    assert.deepEqual(groups(rows.slice(0, 3), 'k', (row) => row.on), [[1, 1], [2, 1]]);
    assert.throws(() => groups(rows, 'k', (row) => row.on), (error) => error.detail.row === 3);
  });

  test('what is no row, no field, no JSON or no 64 bits is told', () => {
    const fails = (rows, code, pattern) => assert.throws(() => groups(rows, 'k'), (error) => error.code === code && pattern.test(error.message));
    fails([{ k: 1 }, null], 'INVALID_ARGUMENT', /row 1 is null/);
    fails([{ k: 1 }, 5], 'INVALID_ARGUMENT', /row 1 is 5/);
    fails([undefined], 'INVALID_ARGUMENT', /row 0 is undefined/);
    fails([{ k: 1 }, ['k']], 'INVALID_ARGUMENT', /row 1 is an array/);
    fails([{ kk: 1 }], 'INVALID_ARGUMENT', /'k'.*'kk'/);
    fails([{ k: 2n ** 63n }], 'INTEGER_RANGE', /9223372036854775808/);
    const circle = {};
    circle.own = circle;
    fails([{ k: circle }], 'INVALID_ARGUMENT', /JSON/);
    assert.throws(() => aggregateRows([{ k: 'a' }], { groupBy: [], operations: [{ field: 'k', operation: 'sum', alias: 's' }] }), /sum takes .*'k' is utf8/);
  });

  test('nothing but nulls is taken by every operation', () => {
    assert.deepEqual(aggregateRows([{ k: null }, { k: undefined }], { groupBy: ['k'], operations: [...NUMBER, 'correlation'].map((operation) => ({ field: 'k', operation, alias: operation, q: 0.5, with: operation === 'correlation' ? 'k' : undefined })) }).toRows(), [{
      k: null, count: 0, countDistinct: 0, first: null, last: null, mode: null, list: [null, null], min: null, max: null, sum: 0, avg: null, mean: null, median: null, quantile: null, stddev: null, variance: null, correlation: null,
    }]);
  });

  test('groups are filtered, sorted and cut', () => {
    const result = aggregateRows([3, 1, 2, 1, null].map((k) => ({ k })), { groupBy: ['k'], operations: [{ field: '*', operation: 'count', alias: 'n' }] });
    assert.deepEqual(result.sort([{ column: 1, descending: true }, { column: 0, descending: false }]).toRows(), [{ k: 1, n: 2 }, { k: 2, n: 1 }, { k: 3, n: 1 }, { k: null, n: 1 }]);
    assert.deepEqual(result.filter(new Uint8Array([0b1001])).toRows(), [{ k: 3, n: 1 }, { k: null, n: 1 }]);
    assert.deepEqual(result.slice(1, 3).toRows(), [{ k: 1, n: 2 }, { k: 2, n: 1 }]);
    assert.equal(result.column(0).values.kind, 'i32');
  });
});

describe('plain columns', () => {
  const sums = (columns) => aggregateColumns(columns, { groupBy: ['k'], operations: [{ field: 'v', operation: 'sum', alias: 's' }] }).toRows();

  test('typed arrays of every kind', () => {
    for (const Kind of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array]) {
      assert.deepEqual(sums({ k: Kind.of(1, 2, 1), v: Kind.of(5, 6, 7) }), [{ k: 1, s: 12 }, { k: 2, s: 6 }], Kind.name);
    }
    assert.deepEqual(sums({ k: BigInt64Array.of(1n, 2n, 1n), v: BigUint64Array.of(5n, 6n, 7n) }), [{ k: 1, s: 12 }, { k: 2, s: 6 }]);
    assert.deepEqual(sums({ k: Uint32Array.of(4294967295, 1), v: Int32Array.of(-2147483648, 2147483647) }), [{ k: 4294967295, s: -2147483648 }, { k: 1, s: 2147483647 }]);
  });

  test('lengths and names are looked at', () => {
    assert.throws(() => sums({ k: [1], v: [1, 2] }), (error) => error.code === 'INVALID_ARGUMENT' && /'v' has 2/.test(error.message));
    assert.throws(() => sums({ k: [1], w: [1] }), /'v'.*'k' or 'w'|'v'.*'w'/);
    assert.deepEqual(sums({ k: [], v: [] }), []);
    assert.deepEqual(sums({ k: ['a', 'b', null, 'a'], v: [1, 2, 3, 0.5] }), [{ k: 'a', s: 1.5 }, { k: 'b', s: 2 }, { k: null, s: 3 }]);
    assert.deepEqual(aggregateColumns({ c: [{ w: 1 }, null] }, { groupBy: ['c.w'], operations: [] }).toRows(), [{ 'c.w': 1 }, { 'c.w': null }]);
  });
});
