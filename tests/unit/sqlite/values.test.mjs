// What a caller's value becomes on its way into SQLite, and what is refused, with the parameter named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { fromSqlite } from '../../../js/dist/services/sqlite/result-codes.js';
import { bindInOrder, bindsAsInteger, copyParams, toBound } from '../../../js/dist/services/sqlite/values.js';
import { ServiceError } from '../../../js/dist/index.js';

const refuses = (work, code, message) => assert.throws(work, (error) => error instanceof ServiceError && error.code === code && error.service === 'sqlite' && message.test(error.message), `${code} ${message}`);

test('values become what SQLite binds', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  for (const [value, bound] of [
    [null, null], [undefined, null], [true, 1], [false, 0], [0, 0], [-0.5, -0.5], [2 ** 53, 2 ** 53], [9223372036854775807n, 9223372036854775807n], [-(2n ** 63n), -(2n ** 63n)],
    ['', ''], ['a\0b', 'a\0b'], ['😀', '😀'], [bytes, bytes], [new Date(Date.UTC(2024, 1, 29, 12, 30, 1, 7)), '2024-02-29T12:30:01.007Z'],
  ]) assert.deepEqual(toBound(value, 1), bound);
  assert.equal(toBound(vm.runInNewContext('new Date(0)'), 1), '1970-01-01T00:00:00.000Z', 'of another realm');
  assert.deepEqual([...toBound(vm.runInNewContext('new Uint8Array([7])'), 1)], [7]);
  assert.deepEqual([1, -1, 2 ** 53 - 1, 2 ** 53, 1.5, 1e300].map(bindsAsInteger), [true, true, true, false, false, false]);
});

test('what SQLite has nothing for is refused, and the parameter is named', () => {
  for (const value of [NaN, Infinity, -Infinity]) refuses(() => toBound(value, ':price'), 'INVALID_ARGUMENT', /parameter :price .*bind null/);
  for (const value of ['\ud800', 'a\udc00b', '\udc00\ud800']) refuses(() => toBound(value, 3), 'INVALID_ARGUMENT', /parameter 3 .*lone surrogate/);
  for (const value of [{}, [], () => 1, Symbol('s'), new Map(), new Float32Array(2), new DataView(new ArrayBuffer(1)), new ArrayBuffer(1), new Date(NaN)]) refuses(() => toBound(value, 2), 'INVALID_ARGUMENT', /parameter 2/);
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) refuses(() => toBound(value, 1, 7), 'INTEGER_RANGE', /parameter 1 of row 7/);
});

test('parameters are matched by position or by name, and nothing is missing or left over', () => {
  assert.deepEqual(bindInOrder([1, 'x'], [undefined, undefined]), [1, 'x']);
  assert.deepEqual(bindInOrder({ a: 1, '@b': 2, $c: null }, [':a', '@b', '$c']), [1, 2, null]);
  assert.deepEqual(bindInOrder([1], [':a']), [1]);
  assert.deepEqual(bindInOrder(undefined, []), []);
  assert.deepEqual(bindInOrder({}, []), []);
  refuses(() => bindInOrder([1], [undefined, undefined]), 'INVALID_ARGUMENT', /2 parameters and 1 value was/);
  refuses(() => bindInOrder(undefined, [':a']), 'INVALID_ARGUMENT', /1 parameter and 0 values/);
  refuses(() => bindInOrder([1, 2, 3], [undefined], 4), 'INVALID_ARGUMENT', /in row 4/);
  refuses(() => bindInOrder({ b: 1 }, [':a']), 'INVALID_ARGUMENT', /no value for parameter :a/);
  refuses(() => bindInOrder({ a: 1, b: 2 }, [':a']), 'INVALID_ARGUMENT', /no parameter "b": it has :a/);
  refuses(() => bindInOrder({ a: 1 }, [undefined]), 'INVALID_ARGUMENT', /parameter 1 has no name/);
  refuses(() => bindInOrder(Object.create({ a: 1 }), [':a']), 'INVALID_ARGUMENT', /no value for parameter :a/);
  for (const params of ['a', 5, new Uint8Array(1), new Map(), null]) refuses(() => bindInOrder(params, [undefined]), 'INVALID_ARGUMENT', /params must be/);
});

test('a copy of parameters is their own, views at an offset included', () => {
  const whole = new Uint8Array([0, 1, 2, 3, 4]);
  const [copy] = copyParams([whole.subarray(1, 4)]);
  whole.fill(9);
  assert.deepEqual([...copy], [1, 2, 3]);
  assert.equal(copy.buffer.byteLength, 3);
  assert.deepEqual(copyParams({ a: new Date(0), b: true }), { a: '1970-01-01T00:00:00.000Z', b: 1 });
});

test('SQLite’s codes become codes of this package, with both numbers kept', () => {
  for (const [code, expected] of [[1, 'SQL'], [5, 'BUSY'], [262, 'BUSY'], [7, 'OUT_OF_MEMORY'], [3082, 'OUT_OF_MEMORY'], [8, 'READONLY'], [1032, 'READONLY'], [9, 'TIMEOUT'], [10, 'STORAGE_IO'], [522, 'STORAGE_IO'], [11, 'CORRUPT'], [26, 'CORRUPT'], [13, 'QUOTA'], [18, 'TOO_LARGE'], [19, 'SQL'], [23, 'UNSUPPORTED'], [25, 'INVALID_ARGUMENT']]) {
    assert.equal(fromSqlite({ code, message: 'm' }).code, expected, String(code));
  }
  const error = fromSqlite({ code: 2067, message: 'UNIQUE constraint failed: t.a', sql: 'INSERT INTO t VALUES (1)', row: 3, offset: 2 });
  assert.deepEqual(error.detail, { code: 19, extendedCode: 2067, offset: 2, sql: 'INSERT INTO t VALUES (1)', row: 3 });
  assert.match(error.message, /UNIQUE constraint failed: t\.a.*INSERT INTO t/);
});
