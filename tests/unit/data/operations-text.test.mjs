/** Operations on text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onColumn, onForms, run } from './operations-support.mjs';
import { random } from './random.mjs';

const TEXTS = ['  Hello World ', null, '', 'straße', 'ÄÖÜ äöü', 'İstanbul ı', 'ὈΔΥΣΣΕΎΣ', 'ﬁne', '東京 😀', 'a\u0301', '\ud800 lone', 'x\0y', '\udc00', 'a,b,,c', 'a.*b', '😀😀', '__proto__', 'ſK', '\u00a0\ufeff x \t\r\n\u2028'];

const slug = (s) => {
  const map = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ı: 'i', ŋ: 'n', ŧ: 't', ĸ: 'k' };
  let out = '';
  for (const c of s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '')) out += map[c] ?? (/[a-z0-9]/.test(c) ? c : '-');
  return out.replace(/-+/g, '-').replace(/^-|-$/g, '');
};

const CASES = [
  ['uppercase', undefined, (s) => s.toUpperCase()], ['lowercase', undefined, (s) => s.toLowerCase()], ['trim', undefined, (s) => s.trim()],
  ['capitalize', undefined, (s) => { const [first = '', ...rest] = s; return first.toUpperCase() + rest.join('').toLowerCase(); }],
  ['length', undefined, (s) => s.length], ['slugify', undefined, slug],
  ['replace', { pattern: 'a', with: '$&' }, (s) => s.split('a').join('$&')], ['replace', { pattern: '.*', with: '' }, (s) => s.split('.*').join('')], ['replace', { pattern: '[a-c]+', with: '<$&>', regex: true }, (s) => s.replace(/[a-c]+/gu, '<$&>')],
  ['replace', { pattern: 'h|W', with: '', regex: true, flags: 'i' }, (s) => s.replace(/h|W/giu, '')], ['replace', { pattern: '\\s+$', with: '', regex: true }, (s) => s.replace(/\s+$/gu, '')],
  ['split', { separator: ',' }, (s) => s.split(',')], ['split', { separator: '' }, (s) => Array.from(s)], ['split', { separator: ',', index: 1 }, (s) => s.split(',')[1] ?? null], ['split', { separator: ',', index: -1 }, (s) => s.split(',').at(-1)],
  ['substring', { start: 1 }, (s) => s.slice(1)], ['substring', { start: -3, end: -1 }, (s) => s.slice(-3, -1)], ['substring', { start: 2, end: 1 }, () => ''],
  ['pad', { length: 8 }, (s) => s.padStart(8)], ['pad', { length: 8, with: 'xy', side: 'end' }, (s) => s.padEnd(8, 'xy')], ['pad', { length: 9, with: '-', side: 'both' }, (s) => { const n = Math.max(0, 9 - s.length); return '-'.repeat(Math.floor(n / 2)) + s + '-'.repeat(Math.ceil(n / 2)); }],
  ['normalize', undefined, (s) => s.normalize('NFC').trim().split(/\s+/).join(' ')],
  ['toString', undefined, (s) => s],
];

for (const [operation, args, expected] of CASES) {
  test(`${operation} ${args ? JSON.stringify(args) : ''}`, () => {
    const want = TEXTS.map((s) => (s === null ? null : expected(s)));
    for (const got of onForms(TEXTS, operation, args)) assert.deepEqual(got, want);
    for (const got of onForms([], operation, args)) assert.deepEqual(got, []);
    for (const got of onForms([null, null], operation, args)) assert.deepEqual(got, [null, null]);
  });
}

test('texts at random, as String.prototype has it', () => {
  const next = random(5), parts = ['a', 'B', ' ', 'ß', 'İ', 'é', 'e\u0301', '\ud83d', '\ude00', '😀', '\u2003', 'Σ', 'ς', ',', '-', '1'];
  for (let round = 0; round < 60; round++) {
    const list = Array.from({ length: 1 + next(80) }, () => (next(6) === 0 ? null : Array.from({ length: next(6) }, () => parts[next(parts.length)]).join('')));
    for (const [operation, args, expected] of CASES) {
      for (const got of onForms(list, operation, args)) assert.deepEqual(got, list.map((s) => (s === null ? null : expected(s))), `${operation} of ${JSON.stringify(list)}`);
    }
  }
});

test('case and space of every code point are those of String.prototype', () => {
  for (let from = 0; from < 0x110000; from += 0x8000) {
    const list = Array.from({ length: 0x8000 }, (_, i) => `${String.fromCodePoint(from + i)}x${String.fromCodePoint(from + i)}`);
    for (const [operation, f] of [['uppercase', (s) => s.toUpperCase()], ['lowercase', (s) => s.toLowerCase()], ['trim', (s) => s.trim()]]) {
      const got = onColumn({ name: 'v', type: 'utf8', length: list.length, values: { kind: 'strings', strings: list } }, operation);
      for (let i = 0; i < list.length; i++) if (got[i] !== f(list[i])) assert.fail(`${operation} of U+${(from + i).toString(16)}`);
    }
  }
});

test('values that become equal share a code', () => {
  const column = { name: 'v', type: 'utf8', length: 6, validity: Uint8Array.of(0b101111), values: { kind: 'dictionary', codes: Uint8Array.of(0, 1, 2, 3, 0, 1), dictionary: ['a', 'A', ' a', 'b'] } };
  const table = { rows: 6, column: () => column, schema: [{ name: 'v', type: 'utf8' }] };
  const up = run(table, { field: 'v', operation: 'uppercase', as: 'u' });
  assert.equal(up.values.kind, 'dictionary');
  assert.deepEqual([up.values.dictionary, Array.from(up.values.codes)], [['A', ' A', 'B'], [0, 0, 1, 2, 0, 0]]);
});
