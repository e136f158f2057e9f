/** Strings to bytes and back, their order, their dictionaries (js/src/services/data/strings.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { codesFor, compareStrings, decodeStrings, dictionaryOf, narrowCodes, packStrings } from '../../../js/dist/services/data/strings.js';

/** WTF-8 by the book. */
function wtf8(text) {
  const out = [];
  for (const character of text) {
    const c = character.codePointAt(0);
    if (c < 0x80) out.push(c);
    else if (c < 0x800) out.push(0xc0 | c >> 6, 0x80 | c & 63);
    else if (c < 0x10000) out.push(0xe0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63);
    else out.push(0xf0 | c >> 18, 0x80 | c >> 12 & 63, 0x80 | c >> 6 & 63, 0x80 | c & 63);
  }
  return out;
}
const strings = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.string({ unit: fc.constantFrom('a', 'é', '東', '\u{1f600}', '\ud800', '\udc00', '\udbff', '\udfff', '\ufeff', '\ufffd', '\ue000', '\0') }));

test('any strings come back as they were, in the bytes that WTF-8 has for them', () => {
  fc.assert(fc.property(fc.array(strings), (list) => {
    const packed = packStrings(list);
    assert.equal(packed.offsets.length, list.length + 1);
    assert.equal(packed.bytes.length, packed.offsets[list.length]);
    list.forEach((text, i) => assert.deepEqual([...packed.bytes.subarray(packed.offsets[i], packed.offsets[i + 1])], wtf8(text)));
    assert.deepEqual(decodeStrings(packed), list);
  }), { numRuns: 500 });
});

test('many and long strings, over every seam between blocks', () => {
  const list = [];
  for (let i = 0; i < 60000; i++) list.push(i % 9973 === 0 ? '\ud83d' : i % 501 === 0 ? `ß${i}` : i % 7777 === 0 ? 'long '.repeat(20000) + '\udc00' : i % 5000 === 1 ? `\u{1f600}${'é'.repeat(70000)}` : `id${i}`);
  list.push('', '\ud800', '\udc00'); // a pair over a seam must not join
  const packed = packStrings(list);
  assert.equal(packed.bytes.length, list.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  const back = decodeStrings(packed);
  assert.ok(list.every((text, i) => text === back[i]));
});

test('a mark of byte order is text; packed lists and arrays pass through', () => {
  assert.deepEqual(decodeStrings(packStrings(['\ufeffa', '\ufeff', 'é\ufeff'])), ['\ufeffa', '\ufeff', 'é\ufeff']);
  const packed = packStrings([]), list = ['a'];
  assert.deepEqual([...packed.offsets], [0]);
  assert.equal(packStrings(packed), packed);
  assert.equal(decodeStrings(list), list);
});

test('bytes that are no UTF-8 are told within their own string', () => {
  const bytes = Uint8Array.of(0x61, 0xc3, 0xa9, 0xff, 0x62); // 'a', half of é, its other half, ff, 'b'
  assert.deepEqual(decodeStrings({ offsets: Int32Array.of(0, 1, 3, 4, 5), bytes }), ['a', 'é', '\ufffd', 'b']);
  assert.deepEqual(decodeStrings({ offsets: Int32Array.of(0, 2, 3), bytes: bytes.subarray(0, 3) }), ['a\ufffd', '\ufffd']);
  assert.deepEqual(decodeStrings({ offsets: Int32Array.of(2, 3, 4, 5), bytes }), ['\ufffd', '\ufffd', 'b']);
});

test('the order is that of the bytes', () => {
  fc.assert(fc.property(strings, strings, strings, (start, x, y) => {
    const a = start + x, b = start + y;
    const expected = Buffer.compare(Buffer.from(wtf8(a)), Buffer.from(wtf8(b)));
    assert.equal(Math.sign(compareStrings(a, b)), expected);
  }), { numRuns: 2000 });
  assert.ok(compareStrings('\u{1f600}', '\ufffd') > 0);
  assert.ok(compareStrings('\ud83d\ude00', '\ud83d\ue000') > 0);
});

test('a dictionary where strings repeat, plain strings where they do not', () => {
  const repeated = Array.from({ length: 1000 }, (_, i) => `s${i % 7}`);
  const { codes, dictionary } = dictionaryOf(repeated);
  assert.ok(codes instanceof Uint8Array);
  assert.deepEqual(dictionary, ['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
  assert.deepEqual([...codes].map((code) => dictionary[code]), repeated);
  assert.equal(dictionaryOf(Array.from({ length: 1000 }, (_, i) => `s${i}`)), undefined);
  assert.equal(dictionaryOf(['a', 'a']), undefined);
  assert.equal(dictionaryOf([]), undefined);
  assert.equal(dictionaryOf(Array.from({ length: 1000 }, (_, i) => `s${i % 7 === 0 ? i : 0}`)).dictionary.length, 143);
});

test('nulls have code 0, and a dictionary is never empty', () => {
  assert.deepEqual(dictionaryOf(new Array(100).fill(null)), { kind: 'dictionary', codes: new Uint8Array(100), dictionary: [''] });
  const mixed = Array.from({ length: 99 }, (_, i) => (i % 3 === 0 ? null : i % 3 === 1 ? 'x' : ''));
  const { codes, dictionary } = dictionaryOf(mixed);
  assert.deepEqual(dictionary, ['x', '']);
  assert.deepEqual([...codes], mixed.map((value) => (value === '' ? 1 : 0)));
});

test('codes are as narrow as their dictionary allows', () => {
  assert.deepEqual([256, 257, 65536, 65537].map((values) => codesFor(1, values).constructor), [Uint8Array, Uint16Array, Uint16Array, Int32Array]);
  assert.deepEqual(narrowCodes(Int32Array.of(0, 255), 256), Uint8Array.of(0, 255));
});
