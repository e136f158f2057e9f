/** Damaged Arrow: cut and changed bytes give an error with a code, or a table that holds together; never anything else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { readArrow } from '../../../js/dist/services/data/arrow/read.js';
import { writeArrow } from '../../../js/dist/services/data/arrow/write.js';
import { tableFromRows } from '../../../js/dist/services/data/from-values.js';
import { columnValues, rowsOf } from '../../../js/dist/services/data/to-values.js';
import { checkColumn } from './plain.mjs';

const golden = (name) => new Uint8Array(readFileSync(new URL(`../../fixtures/golden/${name}`, import.meta.url)));
const own = tableFromRows(Array.from({ length: 40 }, (_, i) => ({ f: i / 3, n: i, s: `é${i}`, c: i % 4 === 0 ? null : `w${i % 3}`, b: i % 2 === 0, j: { i }, t: new Date(i) })));
const SOURCES = [golden('arrow-types.arrow'), golden('arrow-batches.arrows'), writeArrow(own), writeArrow(own, { format: 'file' })];
const CODES = ['PARSE', 'CORRUPT', 'UNSUPPORTED', 'TOO_LARGE', 'INTEGER_RANGE'];

/** Whether it was read. */
function survives(bytes) {
  let table;
  try {
    table = readArrow(bytes);
  } catch (error) {
    assert.ok(error.name === 'ServiceError' && CODES.includes(error.code), error.stack);
    return false;
  }
  for (const column of table.columns) {
    checkColumn(column, table.rows);
    columnValues(column);
  }
  assert.equal(rowsOf(table).length, table.rows);
  return true;
}

test('whole, they are read', () => {
  for (const bytes of SOURCES) assert.ok(survives(bytes));
});

test('cut anywhere', () => {
  for (const bytes of SOURCES) {
    let read = 0;
    for (let end = 0; end < bytes.length; end += end < 200 || end > bytes.length - 200 ? 1 : 29) if (survives(bytes.slice(0, end))) read++;
    assert.ok(read < 60, `only a stream cut between two messages can be a stream: ${read}`);
  }
});

test('one byte changed, anywhere', () => {
  for (const bytes of SOURCES) {
    for (let at = 0; at < bytes.length; at += bytes.length > 5000 ? 5 : 2) {
      const copy = bytes.slice();
      copy[at] ^= 1 << at % 8;
      survives(copy);
      copy[at] = at % 2 ? 255 : 128;
      survives(copy);
    }
  }
});

test('several bytes changed, pieces moved, lost and doubled', () => {
  const change = fc.record({ at: fc.nat(), value: fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255)) });
  fc.assert(fc.property(fc.constantFrom(...SOURCES), fc.array(change, { minLength: 1, maxLength: 6 }), fc.option(fc.record({ from: fc.nat(), length: fc.nat(64), to: fc.nat() })), (source, changes, move) => {
    const bytes = source.slice();
    for (const { at, value } of changes) bytes[at % bytes.length] = value;
    if (move) bytes.copyWithin(move.to % bytes.length, move.from % bytes.length, move.from % bytes.length + move.length);
    survives(bytes);
  }), { numRuns: 1000, endOnFailure: true });
});

test('offsets that fall are refused, by however much', () => {
  for (const offsets of [[0, 2, 1, 5], [0, 2130706432, -2097152000, 5], [-1, 0, 1, 5], [0, 1, 2, 6]]) {
    const table = { rows: 3, columns: [{ name: 's', type: 'utf8', length: 3, values: { kind: 'strings', strings: { offsets: Int32Array.from(offsets), bytes: new Uint8Array(5) } } }] };
    assert.throws(() => readArrow(writeArrow(table).slice()), { code: 'CORRUPT' }, offsets.join());
  }
});
