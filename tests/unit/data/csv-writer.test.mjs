/** CSV text of tables (js/src/services/data/csv-writer.ts), read back by a plain reader of RFC 4180. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeCSV } from '../../../js/dist/services/data/csv-writer.js';
import { tableFromColumns, tableFromRows } from '../../../js/dist/services/data/from-values.js';

/** Rows of fields; a field in quotes is { text }, another one the text itself. */
function parse(csv, delimiter = ',') {
  const rows = [];
  for (let at = 0; at < csv.length;) {
    const row = [];
    for (;;) {
      if (csv[at] === '"') {
        let text = '';
        for (at++; ; at++) {
          if (csv[at] !== '"') text += csv[at];
          else if (csv[at + 1] === '"') { text += '"'; at++; } else break;
        }
        at++;
        row.push({ text });
      } else {
        const start = at;
        while (csv[at] !== delimiter && csv[at] !== '\r') at++;
        row.push(csv.slice(start, at));
      }
      if (csv[at] !== delimiter) break;
      at++;
    }
    assert.equal(csv.slice(at, at + 2), '\r\n');
    at += 2;
    rows.push(row);
  }
  return rows;
}

test('every type as text, nulls as empty fields, empty strings in quotes', () => {
  const table = tableFromRows([
    { f: 0.1, n: -5, big: 9007199254740993n, yes: true, s: '', t: new Date(0), j: { a: [1, 'x'] } },
    { f: null, n: null, big: null, yes: null, s: null, t: null, j: null },
    { f: -0, n: 7, big: 1n, yes: false, s: 'plain', t: new Date(-1), j: [] },
    { f: NaN, n: 1, big: 2n, yes: false, s: 'x y', t: new Date(8.64e15), j: {} },
    { f: 1e21, n: 2, big: 3n, yes: false, s: 'é', t: new Date(5), j: {} },
  ]);
  assert.equal(writeCSV(table), [
    'f,n,big,yes,s,t,j', '0.1,-5,9007199254740993,true,"",1970-01-01T00:00:00.000Z,"{""a"":[1,""x""]}"', ',,,,,,', '-0,7,1,false,plain,1969-12-31T23:59:59.999Z,[]',
    'NaN,1,2,false,x y,+275760-09-13T00:00:00.000Z,{}', '1e+21,2,3,false,é,1970-01-01T00:00:00.005Z,{}', '',
  ].join('\r\n'));
});

test('quotes where they are needed and nowhere else', () => {
  const text = (value, options) => writeCSV(tableFromColumns({ a: [value] }), { header: false, ...options }).slice(0, -2);
  assert.deepEqual(['a', 'a b', "it's", 'a;b', 'a\tb', '=x'].map((v) => text(v)), ['a', 'a b', "it's", 'a;b', 'a\tb', '=x']);
  assert.deepEqual(['a,b', 'a"b', 'a\nb', 'a\rb', ' a', 'a ', '\ta', '', '\ufeffa'].map((v) => text(v)), ['"a,b"', '"a""b"', '"a\nb"', '"a\rb"', '" a"', '"a "', '"\ta"', '""', '"\ufeffa"']);
  // An empty string has no first byte: what stands behind it in the column is not its own.
  assert.equal(writeCSV(tableFromColumns({ a: ['', '\uf000', '', '\ufeff', '', ' ', ''] }), { header: false }), '""\r\n\uf000\r\n""\r\n"\ufeff"\r\n""\r\n" "\r\n""\r\n');
  for (const delimiter of [';', '\t', '|', '^', ']', '\\', '-', '.', ' ', '/', '$', '1', 'N', ':', '\0']) {
    assert.equal(text(`x${delimiter}y`, { delimiter }), `"x${delimiter}y"`);
    assert.equal(text('x,y', { delimiter }), 'x,y');
    assert.deepEqual(parse(writeCSV(tableFromRows([{ a: -1.5, b: 11, c: new Date(0), d: NaN }]), { delimiter, header: false }), delimiter)[0].map((f) => f.text ?? f), ['-1.5', '11', '1970-01-01T00:00:00.000Z', 'NaN']);
  }
});

test('headers: quoted too, left out, of a table without rows or columns', () => {
  assert.equal(writeCSV(tableFromColumns({ 'a,b': [1], '': [2], __proto__x: [3] })), '"a,b","",__proto__x\r\n1,2,3\r\n');
  assert.equal(writeCSV(tableFromColumns({ a: [1] }), { header: false }), '1\r\n');
  assert.equal(writeCSV(tableFromColumns({ a: [] })), 'a\r\n');
  assert.equal(writeCSV({ rows: 0, columns: [] }), '\r\n');
  assert.equal(writeCSV(tableFromColumns({ a: [1, null, 2] })), 'a\r\n1\r\n\r\n2\r\n');
});

test('formulas are made text where that is asked for; numbers and dates never are', () => {
  const risky = ['=1+1', '+x', '-x', '@SUM(A1)', '\tx', '\rx', '="a"'];
  const rows = parse(writeCSV(tableFromColumns({ '=h': [...risky, 'a=b', "'x"], n: [-1, -2, -3, -4, -5, -6, -7, -8, -9] }), { escapeFormulas: true }));
  assert.deepEqual(rows.map(([field]) => field.text ?? field), ["'=h", ...risky.map((text) => `'${text}`), 'a=b', "'x"]);
  assert.equal(rows[1][1], '-1');
  assert.deepEqual(parse(writeCSV(tableFromColumns({ h: risky }))).slice(1).map(([field]) => field.text ?? field), risky);
});

test('a moment that no Date holds is its number', () => {
  const table = { rows: 1, columns: [{ name: 't', type: 'timestamp', length: 1, values: { kind: 'i64', values: BigInt64Array.of(8640000000000001n) } }] };
  assert.equal(writeCSV(table, { header: false }), '8640000000000001\r\n');
});

test('options that are wrong are refused', () => {
  const table = tableFromColumns({ a: [1] });
  for (const options of [{ delimiter: '' }, { delimiter: ',,' }, { delimiter: '"' }, { delimiter: '\n' }, { delimiter: 'é' }, { header: 'no' }, { escapeFormulas: 1 }, { quote: "'" }, 'x', null]) assert.throws(() => writeCSV(table, options), { code: 'INVALID_ARGUMENT', service: 'data' });
});

test('any text comes back, in any number of rows', () => {
  const text = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(',', '"', '\r', '\n', ' ', 'a', '=', ';') })));
  fc.assert(fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 20 }), fc.constantFrom(',', ';', '\t'), fc.constantFrom(1, 600), (list, delimiter, times) => {
    const rows = Array.from({ length: times }, () => list).flat();
    const back = parse(writeCSV(tableFromColumns({ a: rows.map(([a]) => a), b: rows.map(([, b]) => b) }, { a: 'utf8', b: 'utf8' }), { delimiter }), delimiter);
    assert.deepEqual(back.slice(1).map((row) => row.map((field) => (field === '' ? null : field.text ?? field))), rows);
  }), { numRuns: 60 });
});
