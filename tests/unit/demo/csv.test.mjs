// The dashboard's CSV reader: RFC 4180, types by what all values of a column are, errors that name the line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CsvError, parseCsv, readCsv } from '../../../demo/sql/csv.js';

const bytes = (text) => new TextEncoder().encode(text);
const read = (text) => readCsv(bytes(text));
const types = (text) => read(text).columns.map((c) => c.type);

test('quotes, doubled quotes, delimiters and line ends inside quotes', () => {
  assert.deepEqual(read('a,b\r\n"x, ""y""","two\nlines"\r\nplain,\r\n').rows, [['x, "y"', 'two\nlines'], ['plain', null]]);
});

test('semicolons, tabs, a byte order mark, old Mac line ends, no end of line at the end', () => {
  assert.deepEqual(read('a;b\n1,5;x').rows, [['1,5', 'x']]);
  assert.deepEqual(read('a\tb\n1\t2').rows, [[1, 2]]);
  assert.deepEqual(read('\ufeffname\nx').columns, [{ name: 'name', type: 'TEXT' }]);
  assert.deepEqual(read('a,b\r1,2\r3,4').rows, [[1, 2], [3, 4]]);
});

test('a column has the type that all its values have', () => {
  assert.deepEqual(types('i,r,t,m\n1,1.5,x,1\n-2,2e3,y,2.5\n,,,\n'), ['INTEGER', 'REAL', 'TEXT', 'REAL']);
  assert.deepEqual(types('zip,id,big\n00420,1,9007199254740993\n'), ['TEXT', 'INTEGER', 'TEXT'], 'leading zeros and integers beyond 2^53 keep their digits');
  assert.deepEqual(types('a,b,c\nNaN,Infinity,1e999\n'), ['TEXT', 'TEXT', 'TEXT']);
  assert.deepEqual(types('a,b\n'), ['TEXT', 'TEXT']);
});

test('an empty field is NULL, a quoted empty one is an empty text', () => {
  assert.deepEqual(read('a,b\nx,\n,""\n').rows, [['x', null], [null, '']]);
  assert.deepEqual(read('a,b,c\nx\n').rows, [['x', null, null]], 'a short line is filled');
});

test('names: none empty, none twice', () => {
  assert.deepEqual(read('id,ID,,id\n1,2,3,4').columns.map((c) => c.name), ['id', 'ID_2', 'column_3', 'id_3']);
});

test('what cannot be read rightly is an error that names the line', () => {
  const fails = (text, message) => assert.throws(() => read(text), (e) => e instanceof CsvError && message.test(e.message), text);
  fails('', /empty/);
  fails('a,b\n1,2\n1,2,3\n', /line 3 has 3 fields/);
  fails('a,b\n"x\ny",2\n1,2,3\n', /line 4 has 3 fields/);
  fails('a\n1\n"open\n', /line 3 is never closed/);
  fails('a\n"x"y\n', /line 2: text after a closing quote/);
  assert.throws(() => readCsv(Uint8Array.of(0x61, 0x0a, 0xff)), /not UTF-8/);
});

test('whatever is written by the rules is read back', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '\t', ' ', 'é', '1') });
  fc.assert(fc.property(fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 8 }), (rows) => {
    const text = rows.map((r) => r.map((f) => `"${f.replaceAll('"', '""')}"`).join(',')).join('\r\n');
    assert.deepEqual(parseCsv(text, ',').records, rows.map((r) => [...r]));
  }), { numRuns: 500, seed: 7 });
});
