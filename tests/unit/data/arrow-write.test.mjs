/** Tables to Arrow IPC and back, through ourselves and through two other libraries (js/src/services/data/arrow). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as flechette from '@uwdata/flechette';
import * as apache from 'apache-arrow';
import fc from 'fast-check';
import { readArrow } from '../../../js/dist/services/data/arrow/read.js';
import { writeArrow } from '../../../js/dist/services/data/arrow/write.js';
import { columnFromValues, tableFromRows } from '../../../js/dist/services/data/from-values.js';
import { columnValues, rowsOf } from '../../../js/dist/services/data/to-values.js';
import { checkColumn, rawValues } from './plain.mjs';

const FORMATS = ['stream', 'file'];
const columns = (...list) => ({ rows: list[0]?.length ?? 0, columns: list });

const ROWS = Array.from({ length: 100 }, (_, i) => ({
  f: i % 7 === 0 ? null : i / 3, n: i % 5 === 0 ? null : i - 50, big: i % 3 === 0 ? null : BigInt(i) * 10n ** 15n, yes: i % 4 === 0 ? null : i % 2 === 0,
  plain: i % 6 === 0 ? null : `é${i}`, coded: i % 8 === 0 ? null : `w${i % 3}`, when: i % 9 === 0 ? null : new Date(1717200001340 + i), json: i % 10 === 0 ? null : { i, list: ['東'] },
}));

test('every type comes back as it was, types, nulls and all', () => {
  const table = tableFromRows(ROWS);
  assert.deepEqual(table.columns.map(({ type, values }) => [type, values.kind]), [['f64', 'f64'], ['i32', 'i32'], ['i64', 'i64'], ['bool', 'bool'], ['utf8', 'strings'], ['utf8', 'dictionary'], ['timestamp', 'i64'], ['json', 'strings']]);
  for (const format of FORMATS) {
    const back = readArrow(writeArrow(table, { format }));
    back.columns.forEach((column) => { checkColumn(column, 100); });
    assert.deepEqual(back.columns.map(({ name, type, values }) => [name, type, values.kind]), table.columns.map(({ name, type, values }) => [name, type, values.kind]));
    assert.deepEqual(back.columns.map(rawValues), table.columns.map(rawValues));
  }
});

test('apache-arrow reads what is written', () => {
  for (const format of FORMATS) {
    const table = apache.tableFromIPC(writeArrow(tableFromRows(ROWS), { format }));
    assert.deepEqual(table.schema.fields.map((field) => String(field.type)), ['Float64', 'Int32', 'Int64', 'Bool', 'Utf8', 'Dictionary<Int8, Utf8>', 'Timestamp<MILLISECOND, UTC>', 'Utf8']);
    assert.equal(table.schema.fields[7].metadata.get('ARROW:extension:name'), 'arrow.json');
    ROWS.forEach((row, i) => {
      const got = table.get(i).toJSON();
      assert.deepEqual({ ...got, when: got.when === null ? null : new Date(got.when), json: JSON.parse(got.json) }, row);
    });
  }
});

test('flechette reads what is written', () => {
  for (const format of FORMATS) {
    const table = flechette.tableFromIPC(writeArrow(tableFromRows(ROWS), { format }), { useBigInt: true, useDate: true });
    table.toArray().forEach((got, i) => { assert.deepEqual({ ...got, json: JSON.parse(got.json) }, ROWS[i]); });
  }
});

test('what apache-arrow writes is read', () => {
  const given = new apache.Table({
    i8: apache.vectorFromArray([1, null, -3], new apache.Int8()), u32: apache.vectorFromArray([1, null, 4294967295], new apache.Uint32()), f32: apache.vectorFromArray([0.5, null, -1], new apache.Float32()),
    text: apache.vectorFromArray(['a', null, '東'], new apache.Utf8()), coded: apache.vectorFromArray(['x', null, 'x']), yes: apache.vectorFromArray([true, null, false]), when: apache.vectorFromArray([new Date(5), null, new Date(-5)], new apache.DateMillisecond()),
    list: apache.vectorFromArray([[1], null, []], new apache.List(new apache.Field('item', new apache.Int32(), true))), struct: apache.vectorFromArray([{ a: 1 }, null, { a: 2 }], new apache.Struct([new apache.Field('a', new apache.Int32(), true)])),
  });
  for (const format of FORMATS) {
    const table = readArrow(apache.tableToIPC(given, format));
    assert.deepEqual(Object.fromEntries(table.columns.map((c) => [c.name, [c.type, Array.from(columnValues(c))]])), {
      i8: ['i32', [1, null, -3]], u32: ['i64', [1, null, 4294967295]], f32: ['f64', [0.5, null, -1]], text: ['utf8', ['a', null, '東']], coded: ['utf8', ['x', null, 'x']], yes: ['bool', [true, null, false]],
      when: ['timestamp', [new Date(5), null, new Date(-5)]], list: ['json', [[1], null, []]], struct: ['json', [{ a: 1 }, null, { a: 2 }]],
    });
  }
});

test('what flechette writes is read', () => {
  const bytes = flechette.tableToIPC(flechette.tableFromArrays({ a: [1, 2, null], b: ['x', 'x', 'y'], c: [true, null, false], d: [1.5, NaN, 3] }), { format: 'stream' });
  assert.deepEqual(readArrow(bytes).columns.map((c) => [c.name, Array.from(columnValues(c))]), [['a', [1, 2, null]], ['b', ['x', 'x', 'y']], ['c', [true, null, false]], ['d', [1.5, NaN, 3]]]);
});

test('dictionaries of every width of codes', () => {
  for (const words of [1, 127, 128, 129, 255, 256, 257, 32767, 32768, 32769, 65536, 65537]) {
    const dictionary = Array.from({ length: words }, (_, i) => `w${i}`);
    const Codes = words <= 256 ? Uint8Array : words <= 65536 ? Uint16Array : Int32Array;
    const table = columns({ name: 'c', type: 'utf8', length: 3, values: { kind: 'dictionary', codes: Codes.of(0, words - 1, words >> 1), dictionary } });
    const bytes = writeArrow(table), [back] = readArrow(bytes).columns;
    checkColumn(back, 3);
    assert.deepEqual(rawValues(back), [dictionary[0], dictionary[words - 1], dictionary[words >> 1]]);
    assert.deepEqual([...apache.tableFromIPC(bytes).getChild('c')], rawValues(back));
  }
});

test('lone surrogates become U+FFFD, and a dictionary that then repeats is one again', () => {
  const lone = ['\ud800', 'a\udc00b', '\ufffd', '😀', '힣'];
  for (const values of [lone, Array.from({ length: 100 }, (_, i) => lone[i % 5])]) {
    const bytes = writeArrow(columns(columnFromValues('s', values)));
    const [back] = readArrow(bytes).columns, expected = values.map((text) => text.toWellFormed?.() ?? text.replace(/\p{Surrogate}/gu, '\ufffd'));
    checkColumn(back, values.length);
    assert.deepEqual(rawValues(back), expected);
    assert.deepEqual([...apache.tableFromIPC(bytes).getChild('s')], expected);
  }
});

test('nothing at all: no rows, no columns, no names', () => {
  for (const format of FORMATS) {
    assert.deepEqual(readArrow(writeArrow({ rows: 0, columns: [] }, { format })), { rows: 0, columns: [] });
    assert.deepEqual(readArrow(writeArrow({ rows: 7, columns: [] }, { format })), { rows: 7, columns: [] });
    const none = tableFromRows(ROWS.slice(0, 1).map((row) => row));
    const empty = { rows: 0, columns: none.columns.map(({ name, type }) => columnFromValues(name, [], type)) };
    const back = readArrow(writeArrow(empty, { format }));
    back.columns.forEach((column) => { checkColumn(column, 0); });
    assert.deepEqual(back.columns.map(({ name, type }) => [name, type]), empty.columns.map(({ name, type }) => [name, type]));
    assert.equal(apache.tableFromIPC(writeArrow(empty, { format })).numRows, 0);
    const names = ['', '__proto__', 'constructor', '東', '"\n'];
    assert.deepEqual(readArrow(writeArrow(columns(...names.map((name) => columnFromValues(name, [1]))), { format })).columns.map(({ name }) => name), names);
  }
  assert.throws(() => writeArrow({ rows: 0, columns: [] }, { format: 'parquet' }), { code: 'INVALID_ARGUMENT' });
});

test('where the layout is the same, the values stay in the bytes that were read', () => {
  const bytes = writeArrow(columns(columnFromValues('f', Float64Array.of(1, 2)), columnFromValues('n', [1, 2]), columnFromValues('s', ['a', 'b']), columnFromValues('c', Array.from('xyxyxyxyxy').slice(0, 2)), columnFromValues('b', [1n, 2n]), columnFromValues('y', [true, false])));
  for (const { name, values } of readArrow(bytes).columns) {
    const view = values.kind === 'strings' ? values.strings.bytes : values.kind === 'bool' ? values.bits : values.values;
    assert.equal(view.buffer, bytes.buffer, name);
    assert.equal(view.byteOffset % view.BYTES_PER_ELEMENT, 0);
  }
});

test('any table comes back', () => {
  const kinds = [fc.integer(), fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.string({ unit: 'grapheme' }), fc.constantFrom('a', 'b', ''), fc.boolean(), fc.date({ noInvalidDate: true }), fc.dictionary(fc.string(), fc.integer())];
  const rows = fc.tuple(...kinds.map((kind) => fc.option(kind))).map((values) => Object.fromEntries(values.map((value, i) => [`c${i}`, value])));
  fc.assert(fc.property(fc.array(rows, { minLength: 1, maxLength: 70 }), fc.constantFrom(...FORMATS), (list, format) => {
    const table = tableFromRows(list), bytes = writeArrow(table, { format }), back = readArrow(bytes);
    back.columns.forEach((column) => { checkColumn(column, list.length); });
    assert.deepEqual(back.columns.map(({ name, type }) => [name, type]), table.columns.map(({ name, type }) => [name, type]));
    assert.deepEqual(back.columns.map(rawValues), table.columns.map(rawValues));
    assert.deepEqual(rowsOf(back), rowsOf(table));
    assert.equal(apache.tableFromIPC(bytes).numRows, list.length);
  }), { numRuns: 100 });
});
