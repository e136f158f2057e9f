/** Columns as plain values, read in the simplest way there is: the reference of the tests. */
import assert from 'node:assert/strict';
import { decodeStrings } from '../../../js/dist/services/data/strings.js';

export const bit = (bits, i) => (bits[i >> 3] >> (i & 7) & 1) === 1;

/** One raw value per row: numbers, bigints (i64, timestamp), booleans, strings (JSON text too), null. */
export function rawValues({ length, values, validity }) {
  const texts = values.kind === 'strings' ? decodeStrings(values.strings) : values.kind === 'dictionary' ? decodeStrings(values.dictionary) : [];
  const read = {
    f64: (i) => values.values[i], i64: (i) => values.values[i], i32: (i) => values.values[i], bool: (i) => bit(values.bits, i),
    strings: (i) => texts[i], dictionary: (i) => texts[values.codes[i]],
  }[values.kind];
  return Array.from({ length }, (_, i) => (validity && !bit(validity, i) ? null : read(i)));
}

/** What every column must be, whoever made it. */
export function checkColumn(column, rows = column.length) {
  const { name, type, length, values, validity } = column;
  assert.equal(typeof name, 'string');
  assert.equal(length, rows);
  const kinds = { f64: ['f64'], i64: ['i64'], timestamp: ['i64'], i32: ['i32'], bool: ['bool'], utf8: ['strings', 'dictionary'], json: ['strings'] };
  assert.ok(kinds[type].includes(values.kind), `${type} as ${values.kind}`);
  const bitmap = (bits) => {
    assert.equal(bits.length, Math.ceil(rows / 8));
    if (rows & 7) assert.equal(bits[bits.length - 1] >> (rows & 7), 0, 'bits past the end are 0');
  };
  if (validity) bitmap(validity);
  if (values.kind === 'bool') bitmap(values.bits);
  if (values.values) assert.equal(values.values.length, rows);
  const listLength = (list) => (Array.isArray(list) ? list.length : list.offsets.length - 1);
  if (values.kind === 'strings') assert.equal(listLength(values.strings), rows);
  if (values.kind === 'dictionary') {
    const words = decodeStrings(values.dictionary);
    assert.equal(values.codes.length, rows);
    assert.ok(words.length > 0);
    assert.equal(new Set(words).size, words.length, 'pairwise different');
    assert.equal(values.codes.constructor, words.length <= 256 ? Uint8Array : words.length <= 65536 ? Uint16Array : Int32Array);
    assert.ok(values.codes.every((code) => code >= 0 && code < words.length));
  }
  const neutral = { f64: 0, i64: 0n, timestamp: 0n, i32: 0, bool: false, utf8: '', json: '' }[type];
  const whole = rawValues({ ...column, validity: undefined });
  if (validity) {
    for (let i = 0; i < rows; i++) {
      if (bit(validity, i)) continue;
      if (values.kind === 'dictionary') assert.equal(values.codes[i], 0); else assert.ok(Object.is(whole[i], neutral), `null row ${i} of ${type} holds ${String(whole[i])}`);
    }
  }
}
