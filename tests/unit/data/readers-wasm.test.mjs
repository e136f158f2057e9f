/** The readers inside the artifact, with its SIMD: the golden cases, and texts of some thousand random rows against the readers in JavaScript. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadModule } from '../../../js/dist/loader/index.js';
import { DATA } from '../../../js/dist/loader/data.gen.js';
import { WasmEngine } from '../../../js/dist/services/data/wasm-engine.js';
import { bytesOf, chunks, read } from './readers.samples.mjs';

const { cases } = JSON.parse(readFileSync(new URL('../../fixtures/golden/readers.json', import.meta.url), 'utf8'));
const { createInstance } = await loadModule(DATA, 'simd');
const engine = new WasmEngine(createInstance());
/** As `createTextReader`, over the engine. */
function createReader(format, options) {
  const reader = engine.reader(format, options);
  return {
    push: (bytes) => reader.push(bytes),
    finish() {
      const table = reader.finish(), rows = engine.rows(table), columns = engine.schema(table).map((_, i) => engine.export(table, i));
      queueMicrotask(() => engine.free(table));
      return { rows, columns };
    },
  };
}
const inside = (format, options, pieces) => read(format, options, pieces, createReader);

test('the golden cases, whole and in pieces', () => {
  assert.ok(cases.length > 170);
  for (const { format, name, options, text, hex, error, rows, columns } of cases) {
    const bytes = hex === undefined ? bytesOf(text) : Uint8Array.from(Buffer.from(hex, 'hex')), wanted = error ? { error } : { rows, columns };
    for (const size of [bytes.length || 1, 1, 7, 64, 100]) assert.deepEqual(inside(format, options, chunks(bytes, size)), wanted, `${name}, ${size} bytes a piece`);
  }
});

const digits = fc.nat(10 ** 9).map(String);
const cell = fc.oneof(
  fc.integer({ min: -5, max: 5000 }).map(String), fc.integer({ min: -(10 ** 6), max: 10 ** 6 }).map((n) => String(n / 1000)), fc.double({ noNaN: true }).map(String), digits.map((d) => `0.${d}`), digits.map((d) => `${d}${d}`),
  fc.constantFrom('', '', '-0', '00', '007', '1e3', '.5', '5.', '1.50', '-', 'true', '2024-02-29', '9007199254740993', '-2147483648', '2147483648', 'NA'), fc.string({ maxLength: 20 }), fc.constantFrom('id042', 'id0000000042', 'sixteen letters!', 'seventeen letters', '\0', '\0a', 'a"b', 'é東😀'),
);
/** A column is mostly of one kind, so that its loop is met and left. */
const column = fc.tuple(fc.array(cell, { minLength: 1, maxLength: 4 }), fc.array(fc.tuple(fc.nat(300), cell), { maxLength: 3 }));
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const at = ([few, rare], row) => { const other = rare.find(([place]) => place === row); return other ? other[1] : few[row % few.length]; };

test('csv: the same as in JavaScript', () => {
  fc.assert(fc.property(fc.array(column, { minLength: 1, maxLength: 5 }), fc.nat(300), fc.constantFrom('\n', '\r\n', '\r'), fc.constantFrom('error', 'fill', 'skip'), fc.constantFrom([], ['NA'], ['NA', '', '1.50']), fc.integer({ min: 1, max: 3000 }), fc.nat(5000), (columns, rows, end, ragged, nulls, size, bytes) => {
    const text = `${columns.map((_, i) => `c${i}`).join()}${end}${Array.from({ length: rows }, (_, row) => columns.map((c) => quoted(at(c, row))).join() + end).join('')}`, options = { ragged, nulls, delimiter: ',' };
    assert.deepEqual(inside('csv', { ...options, bytes }, chunks(bytesOf(text), size)), read('csv', options, [bytesOf(text)]));
  }), { numRuns: 300 });
});

test('ndjson: the same as in JavaScript', () => {
  const value = fc.oneof(fc.integer({ min: -5, max: 5000 }), fc.integer({ min: -(10 ** 6), max: 10 ** 6 }).map((n) => n / 1000), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)).map((v) => JSON.stringify(v));
  const words = fc.oneof(fc.constantFrom('id042', 'sixteen letters!', 'seventeen letters', '\0a', 'a"b', 'é東😀', ''), fc.string({ maxLength: 20 })).map((v) => JSON.stringify(v));
  const kinds = fc.oneof(fc.array(value, { minLength: 1, maxLength: 4 }), fc.array(words, { minLength: 1, maxLength: 4 }));
  fc.assert(fc.property(fc.array(kinds, { minLength: 1, maxLength: 4 }), fc.nat(300), fc.integer({ min: 1, max: 3000 }), fc.nat(5000), (columns, rows, size, bytes) => {
    const text = Array.from({ length: rows }, (_, row) => `{${columns.map((c, i) => `"k${i}":${c[row % c.length]}`).join()}}\n`).join('');
    assert.deepEqual(inside('ndjson', { bytes }, chunks(bytesOf(text), size)), read('ndjson', {}, [bytesOf(text)]));
  }), { numRuns: 300 });
});
