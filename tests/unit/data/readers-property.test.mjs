/** Random texts: any cut gives the same table, and nothing is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, cutAt, read } from './readers.samples.mjs';

const cuts = fc.array(fc.nat(), { maxLength: 6 });
const joined = (parts, max) => fc.array(fc.constantFrom(...parts), { maxLength: max }).map((list) => list.join(''));

function sameInPieces(format, options, bytes, places) {
  assert.deepEqual(read(format, options, cutAt(bytes, places)), read(format, options, [bytes]));
}

test('csv: any cut gives the same', () => {
  const text = joined(['a', 'b', 'é', '😀', ',', ',', ';', '"', '"', '\n', '\n', '\r', '0', '12', '1.50', ' ', '-'], 60);
  fc.assert(fc.property(text, cuts, fc.boolean(), fc.constantFrom('error', 'fill', 'skip'), fc.boolean(), (csv, places, header, ragged, given) => {
    sameInPieces('csv', { header, ragged, ...(given && { delimiter: ',' }) }, bytesOf(csv), places);
  }), { numRuns: 2000 });
});

test('csv of any bytes: any cut gives the same', () => {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0x2c, 0x0a, 0x22));
  fc.assert(fc.property(fc.array(byte, { maxLength: 60 }), cuts, (bytes, places) => sameInPieces('csv', { ragged: 'fill' }, Uint8Array.from(bytes), places)), { numRuns: 2000 });
});

test('ndjson: any cut gives the same', () => {
  const text = joined(['{"a":1}\n', '{"a":2.5,"b":"x\\u0041"}', '{ "b" : null } \r\n', '{"c":[1, {}]}\n', '\n', '{', '}', '"', ':', ','], 12);
  fc.assert(fc.property(text, cuts, (json, places) => sameInPieces('ndjson', {}, bytesOf(json), places)), { numRuns: 2000 });
});

test('json: any cut gives the same', () => {
  const value = fc.constantFrom('12', '-2.5', '"x,\\"]"', 'null', '[1, {}]', 'true', '{"d":"}"}');
  const row = fc.array(fc.tuple(fc.constantFrom('"a"', '"b"', ' "c" '), value), { maxLength: 3 }).map((fields) => `{${fields.map(([k, v]) => `${k}: ${v}`).join(' ,')}}`);
  const tail = joined(['[', ']', '{', '}', ',', '"', ' ', '\n'], 3);
  fc.assert(fc.property(fc.array(row, { maxLength: 5 }), tail, cuts, (rows, end, places) => sameInPieces('json', {}, bytesOf(`[${rows.join(',\n')}]${end}`), places)), { numRuns: 1000 });
  const column = fc.tuple(fc.constantFrom('"a"', '"b"'), fc.array(fc.constantFrom('12', '2.5', 'null', '-10'), { maxLength: 4 })).map(([k, v]) => `${k} :[${v.join(' ,')}]`);
  fc.assert(fc.property(fc.array(column, { maxLength: 4 }), tail, cuts, (columns, end, places) => sameInPieces('json', {}, bytesOf(`{${columns.join(', ')}}${end}`), places)), { numRuns: 1000 });
});

// ── nothing is lost ──

const digits = (max) => fc.array(fc.constantFrom(...'0123456789'), { maxLength: max }).map((list) => list.join(''));
const cell = fc.oneof(
  fc.integer({ min: -3, max: 300 }).map(String), fc.integer().map(String), fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.tuple(fc.integer({ min: -32768, max: 32767 }), fc.nat(4)).map(([n, d]) => (n / 100).toFixed(d)), fc.double().map(String),
  fc.tuple(fc.constantFrom('', '-'), digits(20), fc.constantFrom('', '.'), digits(20), fc.constantFrom('', 'e5', 'E-300', 'e+400', 'e')).map((parts) => parts.join('')),
  fc.constantFrom('true', 'false', 'True', 'FALSE', 'nan', 'NaN', 'Infinity', '-inf', ' 7', '7\t', ' true', ''),
  fc.constantFrom('2024-02-29', '2023-02-29', '2024-02-29T12:30', '2024-02-29 12:30:15.120', '2024-02-29T12:30:15.1234Z', '2024-02-29T12:30:15+02:00', '0001-01-01T00:00:00-0330'),
  joined(['a', 'é', '東', '😀', '"', ' ', ',', ';', '\r', '\n'], 8),
);
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
const file = (cells) => `a,b\n${cells.map((text, i) => (/^"|[,\r\n]/.test(text) ? quoted(text) : text) + [',\n', ',\r\n', ',\r'][i % 3]).join('')}`;
const columnOf = (cells) => read('csv', {}, [bytesOf(file(cells))]).columns[0];

test('csv: a column loses nothing', () => {
  fc.assert(fc.property(fc.array(cell, { minLength: 1, maxLength: 30 }), (cells) => {
    const { type, values } = columnOf(cells);
    assert.equal(values.length, cells.length);
    for (const [i, text] of cells.entries()) {
      if (values[i] === null) { assert.equal(text, ''); continue; }
      if (type === 'utf8') assert.equal(values[i], text);
      else if (type === 'i32' || type === 'i64') assert.equal(values[i], text.trim());
      else if (type === 'bool') assert.equal(values[i], text.trim().toLowerCase());
      else if (type === 'f64') assert.equal(Number(values[i]), Number(text.replace(/^-?(nan|inf)$/i, (word) => ({ nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' })[word] ?? word)));
      else assert.ok(type === 'timestamp' && Math.abs(Number(values[i]) - Date.parse(/T|Z| /.test(text) ? text.replace(' ', 'T').replace(/-0330$/, '-03:30').replace(/(T[^Z+]{5,}?)(?:Z)?$/, (time) => (/Z$|[+-]\d\d:\d\d$/.test(time) ? time : `${time}Z`)) : text)) < 1, text);
    }
  }), { numRuns: 3000 });
});

test('csv: the type of a column is not a matter of order, and text that follows brings every cell back', () => {
  fc.assert(fc.property(fc.array(cell, { minLength: 1, maxLength: 20 }), (cells) => {
    assert.equal(columnOf([...cells].reverse()).type, columnOf(cells).type);
    const { type, values } = columnOf([...cells, 'text']);
    assert.equal(type, 'utf8');
    assert.deepEqual(values.map((value) => value ?? ''), [...cells, 'text']);
  }), { numRuns: 3000 });
});

test('ndjson: rows as JSON.parse has them', () => {
  const key = fc.constantFrom('a', 'b', '__proto__', 'x y', 'é', '1', 'toString');
  const column = { a: fc.integer(), b: fc.double({ noNaN: true, noDefaultInfinity: true }), __proto__: null, 'x y': fc.string({ unit: 'binary' }), é: fc.boolean(), 1: fc.array(fc.integer(), { maxLength: 3 }), toString: fc.constant(null) };
  const value = (name) => (name === '__proto__' ? fc.string() : column[name]);
  const row = fc.uniqueArray(key, { maxLength: 5 }).chain((keys) => fc.tuple(...keys.map((name) => fc.option(value(name)))).map((values) => keys.map((name, i) => [name, values[i]])));
  fc.assert(fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
    const lines = rows.map((fields) => `{${fields.map(([name, v]) => `${JSON.stringify(name)}:${JSON.stringify(v)}`).join(',')}}`);
    const table = read('ndjson', {}, [bytesOf(lines.join('\n'))]);
    assert.equal(table.rows, rows.length);
    const names = [...new Set(rows.flatMap((fields) => fields.map(([name]) => name)))];
    assert.deepEqual(table.columns.map(({ name }) => name), names);
    for (const { name, type, values } of table.columns) {
      for (const [i, line] of lines.entries()) {
        const parsed = JSON.parse(line), wanted = Object.hasOwn(parsed, name) ? parsed[name] : null;
        const text = wanted === null ? null : typeof wanted === 'string' ? wanted : typeof wanted === 'number' && !Object.is(wanted, -0) ? String(wanted) : JSON.stringify(wanted).replace(/^0$/, '-0');
        assert.equal(values[i], text, `${type} ${line}`);
      }
    }
  }), { numRuns: 1000 });
});
