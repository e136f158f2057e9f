// Hostile text and names for the data processor: keys of prototypes (FAULTS 43), malformed JSON (44), CSV of the real world (45), patterns that never end (46).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreed, BOTH, each, fails, outcome, refused, simd } from '../support/data-twins.mjs';

const utf8 = (text) => new TextEncoder().encode(text);
const cut = (bytes, size) => new ReadableStream({ start(c) { for (let i = 0; i < bytes.length; i += size) c.enqueue(bytes.slice(i, i + size)); c.close(); } });
const rowsOf = async (service, source, options) => { const table = await service.load(source, options); try { return await table.toRows(); } finally { table.free(); } };

// ── 43 ──

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'then', 'length', '0', '-1', '', 'a.b', 'a[0]', '__proto__.x', 'constructor.prototype.x'];
const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype, Date.prototype, Uint8Array.prototype, Object.getPrototypeOf(Uint8Array.prototype), Promise.prototype, Map.prototype, RegExp.prototype];
const shown = () => PROTOTYPES.map((of) => Reflect.ownKeys(of).map((key) => { const { value, get, set, writable } = Object.getOwnPropertyDescriptor(of, key); return [key, value, get, set, writable]; }));
const unchanged = (before) => {
  const now = shown();
  now.forEach((list, i) => { assert.equal(list.length, before[i].length); list.forEach((entry, k) => entry.forEach((part, m) => assert.ok(Object.is(part, before[i][k][m]), `${String(entry[0])} changed`))); });
  assert.equal({}.polluted, undefined);
};

test('43 control: a change of Object.prototype is seen', async () => {
  const before = shown();
  Object.prototype.polluted = 1;
  try { await fails(() => unchanged(before), '43'); } finally { delete Object.prototype.polluted; }
  unchanged(before);
});

each('43: names that every object inherits are data, by every way in and out; prototypes stay as they were', async (service) => {
  const before = shown(), value = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  for (const name of NAMES) {
    const row = Object.defineProperty({}, name, { value: 5, enumerable: true, configurable: true, writable: true }), one = JSON.stringify([row]);
    const own = (made, expected = 5) => { assert.deepEqual(Object.keys(made), [name]); assert.equal(Object.getOwnPropertyDescriptor(made, name).value, expected); assert.equal(Object.getPrototypeOf(made), Object.prototype); };
    own((await rowsOf(service, [row]))[0]);
    own((await rowsOf(service, one, { format: 'json' }))[0]);
    own((await rowsOf(service, utf8(one.slice(1, -1)), { format: 'ndjson' }))[0]);
    const table = await service.load([row]);
    own((await rowsOf(service, await table.toArrow()))[0]);
    if (name !== '') own((await rowsOf(service, await table.toCSV(), { format: 'csv' }))[0]);
    assert.deepEqual(Object.keys(await table.toColumns()), [name]);
    if (name !== '') {
      const step = { transformations: [{ field: name, operation: 'scale', args: { factor: 2 } }] };
      own((await service.transform([row], step)).data[0], 10);
      own((await (await table.transform(step)).toRows())[0], 10);
      for (const data of [[row], table]) {
        const { data: made } = await service.aggregate(data, { operations: [{ field: name, operation: 'sum', alias: name }] });
        own((Array.isArray(made) ? made : await made.toRows())[0]);
      }
    }
    table.free();
  }
  const nested = await service.load([{ v: value }]);
  const [{ v }] = await nested.toRows();
  assert.deepEqual(Object.keys(v), ['__proto__', 'constructor']);
  assert.equal((await nested.filter('v.polluted IS NULL AND v.toString IS NULL')).rowCount, 1);
  assert.deepEqual((await service.transform([{ v: value, w: 1 }], { transformations: [{ field: 'v.__proto__.polluted', operation: 'scale', args: { factor: 3 }, as: '__proto__' }] })).data.map((r) => Object.getOwnPropertyDescriptor(r, '__proto__').value), [3]);
  unchanged(before);
});

// ── 44 ──

/** [text of a row, offset of what is wrong with it] */
const MALFORMED = ['{"a":1,}', '{"a" 1}', '{a:1}', "{'a':1}", '{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":+1}', '{"a":1e}', '{"a":NaN}', '{"a":Infinity}', '{"a":tru}', '{"a":True}', '{"a":"\t"}', '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"x}', '{"a":[1,]}', '{"a":[1 2]}', '{"a":{"b":}}', '{"a":1', '{"a":1}}', '{"a":1} x', '{"a":--1}', '{"a":0x1}', '{"a":1/*c*/}', '{"a":\u00a01}', '{,}', '{"a"}', '{"a":}', '{"\\ud800":1}'];

each('44: malformed JSON is PARSE with its offset, the same in any cut; the service goes on', async (service) => {
  for (const text of MALFORMED) {
    const before = '{"a":1}\n', bytes = utf8(before + text);
    const whole = await refused(rowsOf(service, bytes, { format: 'ndjson' }), 'PARSE', text);
    const [, line, offset] = /^line (\d+), offset (\d+): /.exec(whole.message) ?? assert.fail(`${text}: ${whole.message}`);
    assert.equal(Number(line), 2);
    assert.ok(Number(offset) >= before.length && Number(offset) <= bytes.length, `${text}: offset ${offset}`);
    for (const size of [1, 3, 7]) {
      const pieces = await refused(rowsOf(service, cut(bytes, size), { format: 'ndjson' }), 'PARSE', text);
      assert.equal(pieces.message, whole.message, `by ${size}`);
    }
    await refused(rowsOf(service, `[${text}]`, { format: 'json' }), 'PARSE', text);
  }
  assert.deepEqual(await rowsOf(service, '{"a":1}'), [{ a: 1 }]);
});

test('44: both implementations say the same of every malformed text', async () => {
  for (const text of MALFORMED) for (const format of ['ndjson', 'json']) await agreed((service) => outcome(() => rowsOf(service, format === 'json' ? `[${text}]` : text, { format })), text);
});

test('44 control: the sound neighbours of the malformed texts are read', async () => {
  for (const text of ['{"a":1}', '{"a":0.1}', '{"a":1e5}', '{"a":null}', '{"a":true}', '{"a":"\\t"}', '{"a":"\\u1234"}', '{"a":[1,2]}', '{"a":{"b":1}}', '{}', ' {"a" : -1 } ']) await agreed((service) => rowsOf(service, text, { format: 'ndjson' }), text);
});

each('44: 1e5 deep is refused with its place before the stack ends, 256 deep is the limit', async (service) => {
  const deep = (n, open = '[', close = ']') => `{"a":${open.repeat(n)}1${close.repeat(n)}}`;
  assert.equal((await rowsOf(service, deep(200), { format: 'ndjson' })).length, 1);
  for (const text of [deep(1e5), deep(1e5, '{"b":', '}'), `{"a":${'['.repeat(1e5)}`]) for (const format of ['ndjson', 'json']) await refused(rowsOf(service, format === 'json' ? `[${text}]` : text, { format }), ['PARSE', 'TOO_LARGE'], `${format} ${text.slice(0, 20)}`);
  let nested = 1;
  for (let i = 0; i < 1e5; i++) nested = [nested];
  await refused(service.load([{ a: nested }]), ['TOO_LARGE', 'INVALID_ARGUMENT', 'PARSE', 'OUT_OF_MEMORY']);
  assert.equal((await rowsOf(service, deep(3), { format: 'ndjson' })).length, 1);
});

test('44: BOM, UTF-16, duplicate keys, lone surrogates and cut emoji: one rule, in any cut', async () => {
  const utf16 = (text, little) => Uint8Array.from([...(little ? [0xff, 0xfe] : [0xfe, 0xff]), ...[...text].flatMap((c) => [...Array(c.length).keys()].flatMap((i) => { const u = c.charCodeAt(i); return little ? [u & 255, u >> 8] : [u >> 8, u & 255]; }))]);
  const bom = Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8('{"a":1}'));
  assert.deepEqual(await agreed((service) => rowsOf(service, bom, { format: 'ndjson' })), [{ a: 1 }]);
  for (const little of [true, false]) for (const format of ['ndjson', 'csv']) {
    const text = format === 'csv' ? 'a\n😀\n' : '{"a":"😀"}\n', ask = (service, source) => outcome(() => rowsOf(service, source, { format }));
    const whole = await agreed((service) => ask(service, utf16(text, little)), 'UTF-16');
    assert.ok(whole.value ? whole.value[0]?.a === '😀' : ['PARSE', 'UNSUPPORTED'].includes(whole.code), `never a wrong answer: ${JSON.stringify(whole)}`);
  }
  assert.deepEqual(await agreed((service) => rowsOf(service, '{"a":1,"a":2}', { format: 'ndjson' })), [{ a: 2 }], 'the last one counts, as in JSON.parse');
  assert.deepEqual(await agreed((service) => rowsOf(service, '{"a":"\\ud800"}', { format: 'ndjson' })), [{ a: '\ud800' }]);
  const text = utf8('{"a":"😀é\u{10ffff}"}\n{"a":"\\ud83d\\ude00"}\n');
  for (let size = 1; size <= 9; size++) assert.deepEqual(await agreed((service) => rowsOf(service, cut(text, size), { format: 'ndjson' })), [{ a: '😀é\u{10ffff}' }, { a: '😀' }], `by ${size}`);
});

// ── 45 ──

test('45: ragged rows, unclosed quotes, mixed line ends and NUL: the policy decides, in any cut. Control: sound rows are read', async () => {
  const ask = (text, options) => agreed(async (service) => {
    const whole = await outcome(() => rowsOf(service, utf8(text), { format: 'csv', ...options }));
    for (const size of [1, 2, 5]) assert.deepEqual(await outcome(() => rowsOf(service, cut(utf8(text), size), { format: 'csv', ...options })), whole, `${JSON.stringify(text)} by ${size}`);
    return whole;
  }, JSON.stringify(text));
  assert.equal((await ask('a,b\n1\n')).code, 'PARSE');
  assert.equal((await ask('a,b\n1,2,3\n')).code, 'PARSE');
  assert.deepEqual((await ask('a,b\n1\n1,2,3\n', { ragged: 'fill' })).value, [{ a: 1, b: null }, { a: 1, b: 2 }]);
  assert.deepEqual((await ask('a,b\n1\n1,2\n', { ragged: 'skip' })).value, [{ a: 1, b: 2 }]);
  assert.match((await ask('a,b\n1,2\n"x,3\n')).message, /line 3/);
  assert.deepEqual((await ask('a,b\r\n1,2\n3,4\r\n')).value, [{ a: 1, b: 2 }, { a: 3, b: 4 }], 'CRLF and LF');
  assert.deepEqual((await ask('a\n"x\r\ny"\n')).value, [{ a: 'x\r\ny' }]);
  assert.deepEqual((await ask('a\nx\0y\n\0\n')).value, [{ a: 'x\0y' }, { a: '\0' }]);
});

const FORMULAS = ["=cmd|' /C calc'!A0", '+1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x","y")'];
/** Cells that a spreadsheet would run. */
const dangerous = (csv) => csv.split(/\r\n/).flatMap((line) => line.split(',')).filter((cell) => /^"?[=+\-@\t\r]/.test(cell) && !/^-?[\d.]+$/.test(cell));

each('45: escapeFormulas leaves no cell that a spreadsheet runs; without it a round trip is exact', async (service) => {
  const rows = FORMULAS.map((f, i) => ({ f, n: -1 - i, '=h': 'plain' })), table = await service.load(rows);
  assert.deepEqual(dangerous(await table.toCSV({ escapeFormulas: true })), []);
  assert.deepEqual(await rowsOf(service, await table.toCSV(), { format: 'csv', schema: { f: 'utf8' } }), rows);
  // Control: without the option they are there, so the check sees them.
  assert.ok(dangerous(await table.toCSV()).length >= FORMULAS.length);
});

// ── 46 ──

const long = (of, end = '') => of.repeat(2000) + end;
const HARD = [['(a+)+$', long('a', '!')], ['(a|aa)+$', long('a', '!')], ['(a|a)*$', long('a', '!')], ['(.*)*x', long('a')], ['^(([a-z])+.)+[A-Z]([a-z])+$', long('a')], ['(x+x+)+y', long('x')], ['\\s+$', long(' ', 'x')], ['(?:a?){50}a{50}', long('a')], ['(a*)*b', long('a')], ['.*.*=.*', long('x')], ['(?:(?:a*)*)*c', long('a')], ['(\\w+\\s?)*$', long('ab ', '!')]];

test('46: patterns that backtracking engines never finish end in time that grows with the text, in both implementations', async () => {
  for (const [pattern, text] of HARD) {
    const began = performance.now();
    const made = await agreed(async (service) => (await (await (await service.load([{ s: text }])).transform({ transformations: [{ field: 's', operation: 'replace', args: { pattern, with: '<$&>', regex: true } }] })).toRows())[0].s, pattern);
    assert.equal(typeof made, 'string');
    // Backtracking would take longer than the universe is old: the bound measures no speed.
    assert.ok(performance.now() - began < 10_000, `${pattern}: ${performance.now() - began} ms`);
  }
  for (const pattern of ['(a)\\1', '(?=a)b', '(?<!x)y']) for (const [, service] of BOTH) await refused(service.transform([{ s: 'a' }], { transformations: [{ field: 's', operation: 'replace', args: { pattern, with: '', regex: true } }] }), 'UNSUPPORTED', pattern);
});

test('46 control: the list is hard for the host\'s own engine', () => {
  // Twice the text, four times the time and more: a few more letters and it would not end.
  const time = (n) => { const began = performance.now(); /^(([a-z])+.)+[A-Z]([a-z])+$/.test('a'.repeat(n)); return performance.now() - began; };
  time(10);
  assert.ok(time(27) > 20 * Math.min(time(17), time(17), time(17)));
});

test('46: LIKE and expressions: no pattern and no nesting takes more than text times pattern', async () => {
  const text = 'a'.repeat(20_000), hard = `${'%a'.repeat(200)}%b`;
  for (const [, service] of BOTH) {
    const table = await service.load([{ s: text }]), began = performance.now();
    assert.equal((await table.filter(`s LIKE '${hard}'`)).rowCount, 0);
    assert.equal((await table.filter(`s LIKE '${'%a'.repeat(200)}%'`)).rowCount, 1, 'control: the pattern matches where it should');
    assert.equal((await service.transform([{ s: text }], { transformations: [], where: `s LIKE '${hard}'` })).data.length, 0);
    assert.ok(performance.now() - began < 10_000);
    for (const bad of ['('.repeat(1e5), 'NOT '.repeat(1e5), `s = 's'${" OR s = 's'".repeat(1e4)}`, '-'.repeat(6e4) + '1']) await refused(table.filter(bad), ['PARSE', 'TOO_LARGE', 'INVALID_ARGUMENT'], bad.slice(0, 20));
    assert.equal((await table.filter(`s = 's'${" OR s = 's'".repeat(1000)}`)).rowCount, 0);
  }
  await agreed((service) => outcome(async () => (await (await service.load([{ s: text }])).filter(`s ILIKE '${'%A'.repeat(100)}%'`)).rowCount));
});

test('46: the instance was never lost meanwhile', () => { assert.equal(simd.info.loaded, true); });
