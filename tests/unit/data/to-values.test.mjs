/** Values and rows from columns (js/src/services/data/to-values.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnFromValues, tableFromRows } from '../../../js/dist/services/data/from-values.js';
import { packStrings } from '../../../js/dist/services/data/strings.js';
import { columnValues, rowsOf } from '../../../js/dist/services/data/to-values.js';

const through = (values, type) => columnValues(columnFromValues('c', values, type));
const own = (entries) => Object.fromEntries(entries);

test('a typed array where the type has one and nothing is null', () => {
  assert.deepEqual(through([1.5, -0, NaN]), Float64Array.of(1.5, -0, NaN));
  assert.deepEqual(through([1, 2]), Int32Array.of(1, 2));
  assert.deepEqual(through([1n, -(2n ** 53n) + 1n, 2n ** 53n - 1n]), Float64Array.of(1, -(2 ** 53) + 1, 2 ** 53 - 1));
  assert.deepEqual(through([1n, 2n ** 53n]), BigInt64Array.of(1n, 2n ** 53n));
  assert.deepEqual(through([1n, -(2n ** 53n)]), BigInt64Array.of(1n, -(2n ** 53n)));
  assert.deepEqual(through([0n, -(2n ** 63n)]), BigInt64Array.of(0n, -(2n ** 63n)));
  const column = columnFromValues('c', [1, 2]);
  columnValues(column)[0] = 9;
  assert.equal(column.values.values[0], 1, 'the caller has its own copy');
});

test('arrays with nulls and of what has no typed array', () => {
  assert.deepEqual(through([1.5, null]), [1.5, null]);
  assert.deepEqual(through([1, undefined]), [1, null]);
  assert.deepEqual(through([1n, null, -5n]), [1, null, -5]);
  assert.deepEqual(through([1n, null, 2n ** 60n]), [1n, null, 2n ** 60n]);
  assert.deepEqual(through([true, null, false]), [true, null, false]);
  assert.deepEqual(through(['a', null, '', '\ud800']), ['a', null, '', '\ud800']);
  assert.deepEqual(through([new Date(-1), null, new Date(8.64e15)]), [new Date(-1), null, new Date(8.64e15)]);
  assert.deepEqual(through([{ a: [1] }, null]), [{ a: [1] }, null]);
  assert.deepEqual(through([null, null]), [null, null]);
  assert.deepEqual(through([]), []);
  assert.deepEqual(columnValues({ name: 'c', type: 'utf8', length: 2, values: { kind: 'strings', strings: packStrings(['é', 'x']) } }), ['é', 'x']);
  const parsed = through(['{"__proto__":1}'].map((text) => JSON.parse(text)));
  assert.deepEqual(Object.keys(parsed[0]), ['__proto__']);
});

test('rows are plain objects with own properties, whatever they are called', () => {
  const names = ['__proto__', 'constructor', 'a', '0', '"', '\n\u2028\\', 'hasOwnProperty', ''];
  for (const count of [3, 300]) {
    const rows = Array.from({ length: count }, (_, i) => own(names.map((name, n) => [name, i + n])));
    for (const codegen of [true, false]) {
      const back = rowsOf(tableFromRows(rows), codegen);
      assert.deepEqual(back, rows);
      assert.deepEqual(Object.getOwnPropertyDescriptor(back[1], '__proto__'), { value: 1, writable: true, enumerable: true, configurable: true });
      assert.equal(Object.getPrototypeOf(back[1]), Object.prototype);
    }
  }
  assert.equal({}.a, undefined);
});

test('numbers or bigints, value by value; no columns; many columns', () => {
  for (const count of [2, 200]) {
    const rows = Array.from({ length: count }, (_, i) => ({ n: i % 2 ? 2n ** 60n : BigInt(i) }));
    for (const codegen of [true, false]) assert.deepEqual(rowsOf(tableFromRows(rows), codegen), rows.map(({ n }, i) => ({ n: i % 2 ? n : i })));
  }
  assert.deepEqual(rowsOf({ rows: 2, columns: [] }), [{}, {}]);
  assert.deepEqual(rowsOf({ rows: 0, columns: [columnFromValues('a', [])] }), []);
  const broad = Array.from({ length: 70 }, (_, i) => own(Array.from({ length: 300 }, (_, c) => [`c${c}`, i * c])));
  assert.deepEqual(rowsOf(tableFromRows(broad)), broad);
});

test('any rows come back as they were', () => {
  const kinds = [fc.integer(), fc.double(), fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b'), fc.boolean(), fc.date({ noInvalidDate: true }), fc.jsonValue({ maxDepth: 3 }).filter((v) => typeof v === 'object' && v !== null).map((v) => JSON.parse(JSON.stringify(v)))];
  const table = fc.uniqueArray(fc.tuple(fc.constantFrom('__proto__', 'x', 'y', '1', 'z'), fc.constantFrom(...kinds)), { selector: ([name]) => name, minLength: 1 })
    .chain((fields) => fc.array(fc.tuple(...fields.map(([name, value]) => fc.option(value).map((v) => [name, v]))).map(own), { maxLength: 80 }));
  fc.assert(fc.property(table, (rows) => {
    const columns = tableFromRows(rows);
    assert.deepEqual(rowsOf(columns, true), rows);
    assert.deepEqual(rowsOf(columns, false), rows);
    for (const column of columns.columns) assert.deepEqual(Array.from(columnValues(column)), rows.map((row) => Object.getOwnPropertyDescriptor(row, column.name).value));
  }), { numRuns: 200 });
});
