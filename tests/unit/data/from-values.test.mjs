/** Tables from rows and columns: types, nulls, refusals (js/src/services/data/from-values.ts, by docs/data-semantics.md). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import fc from 'fast-check';
import { tableFromRows as fromRows } from '../../../js/dist/services/data/from-rows.js';
import { columnFromValues, tableFromColumns, tableFromRows } from '../../../js/dist/services/data/from-values.js';
import { checkColumn, rawValues } from './plain.mjs';

const column = (values, type) => {
  const made = columnFromValues('c', values, type);
  checkColumn(made, values.length);
  return [made.type, rawValues(made)];
};
const refuses = (work, code, ...parts) => assert.throws(work, (error) => {
  assert.equal(error.code, code, error.message);
  assert.equal(error.service, 'data');
  for (const part of parts) assert.ok(error.message.includes(part), `${part} in: ${error.message}`);
  return true;
});

test('types by the values', () => {
  assert.deepEqual(column([1, null, -2147483648, 2147483647]), ['i32', [1, null, -2147483648, 2147483647]]);
  assert.deepEqual(column([1, undefined, 2147483648]), ['f64', [1, null, 2147483648]]);
  assert.deepEqual(column([1, -0]), ['f64', [1, -0]]);
  assert.deepEqual(column([1, NaN, Infinity, 0.5]), ['f64', [1, NaN, Infinity, 0.5]]);
  assert.deepEqual(column([1n, null, 2, 2 ** 60]), ['i64', [1n, null, 2n, 2n ** 60n]]);
  assert.deepEqual(column([5, 2 ** 40, 1n]), ['i64', [5n, 2n ** 40n, 1n]]);
  assert.deepEqual(column([true, null, false]), ['bool', [true, null, false]]);
  assert.deepEqual(column(['a', null, '\ud800']), ['utf8', ['a', null, '\ud800']]);
  assert.deepEqual(column([new Date(5), new Date(NaN), new Date(-1), new Date(8.64e15), null]), ['timestamp', [5n, null, -1n, 8640000000000000n, null]]);
  assert.deepEqual(column([{ a: 1 }, null, [1, 'x']]), ['json', ['{"a":1}', null, '[1,"x"]']]);
  assert.deepEqual(column([null, undefined, , null]), ['utf8', [null, null, null, null]]);
  assert.deepEqual(column([]), ['utf8', []]);
  assert.deepEqual(column([vm.runInNewContext('new Date(7)')]), ['timestamp', [7n]]);
});

test('typed arrays pass as they are, and are copied', () => {
  const given = Float64Array.of(1, -0, NaN), made = columnFromValues('c', given);
  given[0] = 9;
  assert.deepEqual([made.type, rawValues(made)], ['f64', [1, -0, NaN]]);
  assert.deepEqual(column(Int32Array.of(1, -1)), ['i32', [1, -1]]);
  assert.deepEqual(column(Uint8Array.of(255)), ['i32', [255]]);
  assert.deepEqual(column(Buffer.from([7])), ['i32', [7]]);
  assert.deepEqual(column(Int16Array.of(-5)), ['i32', [-5]]);
  assert.deepEqual(column(Float32Array.of(0.5)), ['f64', [0.5]]);
  assert.deepEqual(column(Uint32Array.of(2147483647)), ['i32', [2147483647]]);
  assert.deepEqual(column(Uint32Array.of(1, 4294967295)), ['f64', [1, 4294967295]]);
  assert.deepEqual(column(BigInt64Array.of(-1n)), ['i64', [-1n]]);
  assert.deepEqual(column(BigUint64Array.of(9223372036854775807n)), ['i64', [9223372036854775807n]]);
  assert.deepEqual(column(Int32Array.of(1), 'f64'), ['f64', [1]]);
  assert.deepEqual(column(Int32Array.of(1), 'bool'), ['bool', [true]]);
  assert.deepEqual(column(BigInt64Array.of(9n), 'timestamp'), ['timestamp', [9n]]);
  refuses(() => columnFromValues('c', BigUint64Array.of(1n, 2n ** 63n)), 'INTEGER_RANGE', 'row 1', "'c'");
  refuses(() => columnFromValues('c', new DataView(new ArrayBuffer(8))), 'INVALID_ARGUMENT', "'c'");
});

test('two kinds in one column are refused with row, column and cure', () => {
  refuses(() => columnFromValues('price', [null, 1, 'x']), 'INVALID_ARGUMENT', 'row 2', "'price'", 'a string', 'a number', 'schema');
  refuses(() => columnFromValues('c', [0.5, true]), 'INVALID_ARGUMENT', 'row 1', 'a boolean');
  refuses(() => columnFromValues('c', ['x', 1]), 'INVALID_ARGUMENT', 'row 1');
  refuses(() => columnFromValues('c', [{}, 'x']), 'INVALID_ARGUMENT', 'row 1');
  refuses(() => columnFromValues('c', [{}, new Date()]), 'INVALID_ARGUMENT', 'row 1', 'Date');
  refuses(() => columnFromValues('c', [new Date(), {}]), 'INVALID_ARGUMENT', 'row 1');
  refuses(() => columnFromValues('c', [true, 1]), 'INVALID_ARGUMENT', 'row 1');
  refuses(() => columnFromValues('c', [1n, 0.5]), 'INVALID_ARGUMENT', 'row 1', 'fraction');
  refuses(() => columnFromValues('c', [1n, 2n ** 63n]), 'INTEGER_RANGE', 'row 1');
  refuses(() => columnFromValues('c', [() => 1]), 'INVALID_ARGUMENT', 'row 0', 'function');
  refuses(() => columnFromValues('c', [1, Symbol('s')]), 'INVALID_ARGUMENT', 'row 1');
});

test('json that has none is refused', () => {
  const cycle = {};
  cycle.self = cycle;
  refuses(() => columnFromValues('j', [{}, cycle]), 'INVALID_ARGUMENT', 'row 1', "'j'", 'cycles');
  refuses(() => columnFromValues('j', [{ big: 1n }]), 'INVALID_ARGUMENT', 'row 0', 'bigint');
  let deep = 0;
  for (let i = 0; i < 256; i++) deep = [deep];
  assert.equal(columnFromValues('j', [deep]).type, 'json');
  refuses(() => columnFromValues('j', [[deep]]), 'TOO_LARGE', 'row 0', '256');
  let deeper = 0;
  for (let i = 0; i < 100000; i++) deeper = [deeper];
  refuses(() => columnFromValues('j', [deeper]), 'TOO_LARGE', 'row 0');
  assert.equal(columnFromValues('j', [{ brackets: '[{'.repeat(1000) + '\\"[' }]).type, 'json');
});

test('a schema converts, or refuses with row and column', () => {
  assert.deepEqual(column([1, '2.5', true, 3n, null, ' 1e3 ', new Date(4)], 'f64'), ['f64', [1, 2.5, 1, 3, null, 1000, 4]]);
  assert.deepEqual(column([1, '2', false, -0], 'i32'), ['i32', [1, 2, 0, 0]]);
  assert.deepEqual(column([1, '9223372036854775807', '+5', true, 7n], 'i64'), ['i64', [1n, 9223372036854775807n, 5n, 1n, 7n]]);
  assert.deepEqual(column([1, 'TRUE', ' no ', false, 0n], 'bool'), ['bool', [true, true, false, false, false]]);
  assert.deepEqual(column([5, '1970-01-01', '1970-01-01T00:00:01.5+01:00', new Date(NaN), 7n, '2024-02-29 12:00'], 'timestamp'),
    ['timestamp', [5n, 0n, -3598500n, null, 7n, BigInt(Date.UTC(2024, 1, 29, 12))]]);
  assert.deepEqual(column([1, 'x', true, null, 5n, -0], 'utf8'), ['utf8', ['1', 'x', 'true', null, '5', '0']]);
  assert.deepEqual(column([1, 'x', true, null, { a: [] }, new Date(0)], 'json'), ['json', ['1', '"x"', 'true', null, '{"a":[]}', '"1970-01-01T00:00:00.000Z"']]);
  for (const [type, value] of [['f64', 'x'], ['f64', ''], ['f64', {}], ['i32', 0.5], ['i32', NaN], ['i64', '1.5'], ['bool', 2], ['bool', 'ja'], ['timestamp', '2023-02-29'], ['timestamp', 'yesterday'], ['timestamp', 9e15], ['utf8', Object.create(null)], ['json', () => 1]]) {
    refuses(() => columnFromValues('c', [null, value], type), 'INVALID_ARGUMENT', 'row 1', "'c'", type);
  }
  refuses(() => columnFromValues('c', [2147483648], 'i32'), 'INTEGER_RANGE', 'row 0');
  refuses(() => columnFromValues('c', ['9223372036854775808'], 'i64'), 'INTEGER_RANGE', 'row 0');
});

test('fields of rows in order of first appearance, missing ones null', () => {
  const { rows, columns } = tableFromRows([{ b: 1, a: 'x' }, { a: 'y', c: true }, {}, { c: false, b: 2 }]);
  assert.equal(rows, 4);
  assert.deepEqual(columns.map(({ name, type }) => [name, type]), [['b', 'i32'], ['a', 'utf8'], ['c', 'bool']]);
  assert.deepEqual(columns.map(rawValues), [[1, null, null, 2], ['x', 'y', null, null], [null, true, null, false]]);
  columns.forEach((c) => { checkColumn(c, 4); });
  assert.deepEqual(tableFromRows([]), { rows: 0, columns: [] });
  assert.deepEqual(tableFromRows([], { a: 'i64' }).columns.map(({ name, type, length }) => [name, type, length]), [['a', 'i64', 0]]);
  assert.deepEqual(tableFromRows([{}, {}]), { rows: 2, columns: [] });
});

const own = (entries) => Object.fromEntries(entries);
const NAMES = ['__proto__', 'constructor', 'toString', 'a', '"', '\n\u2028', '0', ''];

test('names of prototypes are plain data, with and without code', () => {
  const before = Reflect.ownKeys(Object.prototype).length;
  for (const codegen of [true, false]) {
    const some = Array.from({ length: 200 }, (_, i) => own(NAMES.filter((_, n) => (i >> (n % 3)) % 2 === 0).map((name, n) => [name, i * 10 + n])));
    const { columns } = fromRows(some, undefined, codegen);
    for (const c of columns) assert.deepEqual(rawValues(c), some.map((row) => (Object.hasOwn(row, c.name) ? Object.getOwnPropertyDescriptor(row, c.name).value : null)), c.name);
    const all = Array.from({ length: 200 }, (_, i) => own(NAMES.map((name, n) => [name, i * 10 + n])));
    const whole = fromRows(all, undefined, codegen);
    assert.deepEqual(whole.columns.map(({ name }) => name), Object.keys(all[0]));
    assert.deepEqual(rawValues(whole.columns.find(({ name }) => name === '__proto__')), all.map((_, i) => i * 10));
  }
  assert.equal(Reflect.ownKeys(Object.prototype).length, before);
});

test('own fields alone: what a prototype has is no data', () => {
  class Row { constructor(value) { this.x = value; } get total() { return 5; } }
  Object.defineProperty(Row.prototype, 'loud', { value: 6, enumerable: true });
  for (const codegen of [true, false]) {
    const rows = Array.from({ length: 100 }, (_, i) => (i % 2 ? new Row(i) : { total: i, loud: i }));
    const { columns } = fromRows(rows, undefined, codegen);
    assert.deepEqual(columns.map(({ name }) => name), ['total', 'loud', 'x']);
    assert.deepEqual(rawValues(columns[0]), rows.map((_, i) => (i % 2 ? null : i)));
    assert.deepEqual(rawValues(columns[1]), rows.map((_, i) => (i % 2 ? null : i)));
  }
  assert.deepEqual(tableFromRows([Object.assign(Object.create(null), { a: 1 }), vm.runInNewContext('({ a: 2 })')]).columns.map(rawValues), [[1, 2]]);
});

test('rows that are no objects are refused with their index', () => {
  for (const [bad, word] of [[5, '5'], [null, 'null'], ['x', '"x"'], [[1], 'array'], [undefined, 'undefined'], [Int8Array.of(1), 'Int8Array']]) {
    refuses(() => tableFromRows([{ a: 1 }, bad]), 'INVALID_ARGUMENT', 'row 1', word);
  }
  for (const codegen of [true, false]) {
    const rows = Array.from({ length: 100 }, (_, i) => ({ a: i === 90 ? 'x' : i, b: 1 }));
    refuses(() => fromRows(rows, undefined, codegen), 'INVALID_ARGUMENT', 'row 90', "'a'", 'a string');
    assert.equal(fromRows(rows, { a: 'utf8' }, codegen).columns[0].type, 'utf8');
  }
});

test('columns: lengths, names, what is no column', () => {
  const { rows, columns } = tableFromColumns({ a: [1, 2], b: Float64Array.of(1, 2), c: ['x', null] });
  assert.equal(rows, 2);
  assert.deepEqual(columns.map(({ name, type }) => [name, type]), [['a', 'i32'], ['b', 'f64'], ['c', 'utf8']]);
  refuses(() => tableFromColumns({ a: [1, 2], b: [1] }), 'INVALID_ARGUMENT', "'b' has 1", "'a' has 2");
  refuses(() => tableFromColumns({ a: 'text' }), 'INVALID_ARGUMENT', "'a'");
  refuses(() => tableFromColumns({ a: 5 }), 'INVALID_ARGUMENT', "'a'");
  refuses(() => tableFromColumns({ a: {} }), 'INVALID_ARGUMENT', "'a'");
  assert.deepEqual(tableFromColumns({}), { rows: 0, columns: [] });
  assert.deepEqual(tableFromColumns(own([['__proto__', [1]], ['constructor', ['x']]])).columns.map((c) => [c.name, rawValues(c)]), [['__proto__', [1]], ['constructor', ['x']]]);
  assert.deepEqual(tableFromColumns({ constructor: [1] }, { a: 'utf8' }).columns[0].type, 'i32');
});

test('any rows: the same with and without code, the values as they were', () => {
  const value = {
    number: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, NaN)), string: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b')),
    boolean: fc.boolean(), bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), date: fc.date({ noInvalidDate: true }),
  };
  const fieldsOf = fc.uniqueArray(fc.tuple(fc.constantFrom(...NAMES, 'x', 'y'), fc.constantFrom(...Object.keys(value))), { selector: ([name]) => name, maxLength: 5 });
  const rowsOf = fieldsOf.chain((fields) => fc.array(fc.tuple(...fields.map(([name, kind]) => fc.option(fc.oneof({ weight: 5, arbitrary: value[kind].map((v) => [name, v]) }, { weight: 1, arbitrary: fc.constantFrom([name, null], [name, undefined]) })))), { maxLength: 6 })
    .map((list) => list.map((entries) => own(entries.filter(Boolean)))));
  fc.assert(fc.property(rowsOf, fc.constantFrom(1, 40), (some, times) => {
    const rows = Array.from({ length: times }, () => some).flat();
    const made = fromRows(rows, undefined, true);
    assert.deepEqual(made, fromRows(rows, undefined, false));
    assert.deepEqual(made.columns.map(({ name }) => name), [...new Set(rows.flatMap((row) => Object.keys(row)))]);
    for (const c of made.columns) {
      checkColumn(c, rows.length);
      const expected = rows.map((row) => Object.getOwnPropertyDescriptor(row, c.name)?.value ?? null).map((v) => (v instanceof Date ? BigInt(v.getTime()) : v));
      assert.deepEqual(rawValues(c), expected);
    }
  }), { numRuns: 300 });
});
