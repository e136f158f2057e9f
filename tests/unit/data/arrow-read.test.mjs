/** Arrow IPC as another library writes it (files of pyarrow 26, tests/fixtures/golden/arrow.py), every type, and what is refused. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createArrowReader, readArrow } from '../../../js/dist/services/data/arrow/read.js';
import { columnValues } from '../../../js/dist/services/data/to-values.js';
import { checkColumn } from './plain.mjs';

const golden = (name) => new Uint8Array(readFileSync(new URL(`../../fixtures/golden/${name}`, import.meta.url)));
const read = (bytes) => {
  const table = readArrow(bytes);
  for (const column of table.columns) checkColumn(column, table.rows);
  return Object.fromEntries(table.columns.map((column) => [column.name, [column.type, Array.from(columnValues(column))]]));
};
const day = (text) => new Date(`${text}T00:00:00Z`);

const TYPES = {
  i8: ['i32', [1, -128, null, 127, 0]], u8: ['i32', [1, 255, null, 0, 7]], i16: ['i32', [1, -32768, null, 32767, 0]], u16: ['i32', [1, 65535, null, 0, 7]],
  i32: ['i32', [1, -2147483648, null, 2147483647, 0]], u32: ['i64', [1, 4294967295, null, 0, 7]],
  i64: ['i64', [1n, -(2n ** 63n), null, 2n ** 63n - 1n, 0n]], u64: ['i64', [1n, 2n ** 63n - 1n, null, 0n, 7n]],
  f16: ['f64', [1.5, -0, null, 65504, 2 ** -24]], f32: ['f64', [1.5, -0, null, Infinity, 0.25]], f64: ['f64', [1.5, -0, null, NaN, 1e300]],
  bool: ['bool', [true, false, null, true, false]],
  utf8: ['utf8', ['a', '', null, 'é東😀', 'x']], large: ['utf8', ['a', '', null, 'é東😀', 'x']], view: ['utf8', ['a', '', null, 'longer than twelve bytes: é東😀', 'exactly12byt']],
  date32: ['timestamp', [day('1970-01-02'), day('1969-12-31'), null, day('2024-02-29'), day('0001-01-01')]],
  date64: ['timestamp', [day('1970-01-02'), day('1969-12-31'), null, day('2024-02-29'), day('0001-01-01')]],
  ts_s: ['timestamp', [new Date(1000), new Date(-1000), null, new Date(1717200001000), new Date(0)]],
  ts_ms: ['timestamp', [new Date(1), new Date(-1), null, new Date(1717200001340), new Date(0)]],
  ts_us: ['timestamp', [new Date(0), new Date(-1), null, new Date(1717200001340), new Date(1)]],
  ts_ns: ['timestamp', [new Date(0), new Date(-1), null, new Date(1717200001340), new Date(1)]],
  null: ['utf8', [null, null, null, null, null]],
  dec32: ['f64', [1.23, -0.01, null, 99999.99, 0]], dec64: ['f64', [1.23, -0.01, null, 99999.99, 0]],
  dec128: ['f64', [1.23, -0.01, null, 12345678901234567890123456.78, 0]], dec256: ['f64', [1.23, -0.01, null, Number(`${'1'.repeat(40)}.5`), 0]],
  dict: ['utf8', ['x', 'y', null, 'x', 'z']], dict_u16: ['utf8', ['r', 'p', null, 'q', 'p']], dict_i64: ['i64', [30, 10, null, null, 10]], dict_same: ['utf8', ['p', 'p', null, null, 'p']],
  list: ['json', [[1, 2], [], null, [null, 3], [4]]], large_list: ['json', [['a'], [], null, [null, '"'], ['b']]], fixed: ['json', [[1.5, 2], [null, 0], null, [null, 3], [4, 5]]],
  struct: ['json', [{ a: 1, b: [true] }, { a: null, b: null }, null, { a: 2 ** 60, b: [] }, { a: 0, b: [false, null] }]],
  map: ['json', [JSON.parse('{"k":1,"__proto__":2}'), {}, null, { x: null }, { y: 5 }]], map_int: ['json', [[[1, 'a']], [], null, [[2, null]], [[3, 'c']]]],
  nested: ['json', [[{ t: '2024-01-01T00:00:00.000Z', d: 'x' }], [], null, [null], [{ t: null, d: null }]]],
  json: ['json', [{ a: [1] }, null, null, 's', 5]],
};

test('every type of a file', () => {
  assert.deepEqual(read(golden('arrow-types.arrow')), TYPES);
});

test('bytes that lie anywhere in their buffer', () => {
  const bytes = golden('arrow-types.arrow');
  for (let shift = 1; shift < 8; shift++) {
    const moved = new Uint8Array(bytes.length + shift);
    moved.set(bytes, shift);
    assert.deepEqual(read(moved.subarray(shift)), TYPES);
  }
});

const BATCHES = {
  d: ['utf8', ['a', 'b', null, 'c', 'c', 'a', 'b', null, 'a', 'b', 'z', 'a']], n: ['i32', [null, 1, 2, null, 1, 2, null, 4, 5, null, null, 1]],
  b: ['bool', [true, false, true, true, false, true, false, true, false, true, true, false]],
  s: ['utf8', ['s0', null, 's2', 's0', null, 's2', 's3', 's4', 's5', 's6', 's0', null]],
};

test('several batches, a dictionary that grows and one that is replaced', () => {
  assert.deepEqual(read(golden('arrow-batches.arrows')), BATCHES);
});

test('a stream in pieces of any size, a file too', () => {
  for (const [name, expected] of [['arrow-batches.arrows', BATCHES], ['arrow-types.arrow', TYPES]]) {
    const bytes = golden(name);
    for (const size of [1, 3, 7, 64, 1000, bytes.length]) {
      const reader = createArrowReader();
      let rows = 0;
      for (let at = 0; at < bytes.length; at += size) {
        reader.push(bytes.slice(at, at + size));
        assert.ok(reader.rows >= rows);
        rows = reader.rows;
      }
      if (expected === BATCHES) assert.equal(rows, 12, 'rows are told while they come');
      assert.deepEqual(Object.fromEntries(reader.finish().columns.map((column) => [column.name, [column.type, Array.from(columnValues(column))]])), expected);
    }
  }
});

const refuses = (work, code, ...parts) => assert.throws(work, (error) => {
  assert.equal(error.code, code, error.stack);
  assert.equal(error.service, 'data');
  for (const part of parts) assert.ok(error.message.includes(part), `${part} in: ${error.message}`);
  return true;
});

test('compressed data is refused with the cure', () => {
  refuses(() => readArrow(golden('arrow-zstd.arrow')), 'UNSUPPORTED', 'zstd', 'uncompressed');
});

test('what is no Arrow, or not all of it', () => {
  refuses(() => readArrow(new Uint8Array(0)), 'PARSE', 'no Arrow');
  refuses(() => readArrow(Uint8Array.of(255, 255)), 'PARSE');
  refuses(() => readArrow(new TextEncoder().encode('a,b\n1,2\n3,4\n5,6\n')), 'CORRUPT');
  const file = golden('arrow-types.arrow'), stream = golden('arrow-batches.arrows');
  refuses(() => readArrow(file.subarray(0, file.length - 1)), 'CORRUPT', 'end of the file');
  refuses(() => readArrow(file.subarray(0, 9)), 'CORRUPT');
  refuses(() => readArrow(stream.subarray(0, 100)), 'CORRUPT', 'ends in the middle');
});
