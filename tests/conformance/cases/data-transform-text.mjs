/** Transforms of text: each on rows, columns and tables, dictionary strings and plain ones. */
import { refusals, transforms } from '../lib/data.mjs';

const TEXTS = ['  Hello World ', null, '', 'straße', 'ÄÖÜ äöü', 'İstanbul ı', 'ὈΔΥΣΣΕΎΣ', 'ﬁne', '東京 😀', 'a\u0301', '\ud800 lone', 'x\0y'];
const onText = (f) => TEXTS.map((s) => (s === null ? null : f(s)));

/** [name, operation, args, values, answers] */
const STEPS = [
  ['uppercase', 'uppercase', undefined, TEXTS, onText((s) => s.toUpperCase())],
  ['lowercase', 'lowercase', undefined, TEXTS, onText((s) => s.toLowerCase())],
  ['trim', 'trim', undefined, [...TEXTS, '\u00a0\ufeff x \t\r\n\u2028'], [...onText((s) => s.trim()), 'x']],
  ['replace a text, everywhere', 'replace', { pattern: 'a', with: 'X' }, ['banana', null, '', 'none', 'A'], ['bXnXnX', null, '', 'none', 'A']],
  ['replace by nothing', 'replace', { pattern: 'an', with: '' }, ['banana', 'x'], ['ba', 'x']],
  ['replace takes a text as it is, not as a pattern', 'replace', { pattern: '.*', with: '$&' }, ['a.*b', 'abc'], ['a$&b', 'abc']],
  ['replace by a regular expression', 'replace', { pattern: '[0-9]+', with: '#', regex: true }, ['a1b22', '', null, 'x'], ['a#b#', '', null, 'x']],
  ['replace with groups', 'replace', { pattern: '(\\w+) (\\w+)', with: '$2 $1', regex: true }, ['hello world'], ['world hello']],
  ['split to a list', 'split', { separator: ',' }, ['a,b,c', 'a', '', null, ',', 'a,,b'], [['a', 'b', 'c'], ['a'], [''], null, ['', ''], ['a', '', 'b']]],
  ['split to one part', 'split', { separator: ',', index: 1 }, ['a,b,c', 'a', null], ['b', null, null]],
  ['substring', 'substring', { start: 1, end: 3 }, ['abcdef', 'ab', '', null], ['bc', 'b', '', null]],
  ['substring to the end', 'substring', { start: 2 }, ['abcdef', 'ab', null], ['cdef', '', null]],
  ['length', 'length', undefined, ['abc', '', null, 'x'], [3, 0, null, 1]],
  ['normalize text: NFC, trimmed, single spaces', 'normalize', undefined, ['  a\t\n b ', 'e\u0301', null, '', 'x  y   z'], ['a b', 'é', null, '', 'x y z']],
  ['toNumber', 'toNumber', undefined, ['1', ' 2.5 ', '-1e3', null, '0'], [1, 2.5, -1000, null, 0]],
  ['toBoolean', 'toBoolean', undefined, ['true', 'false', null], [true, false, null]],
  ['toDate', 'toDate', undefined, ['2024-06-01T12:00:00Z', '1969-12-31T23:59:59.999Z', null, '2024-06-01T12:00:00+02:00'], [new Date('2024-06-01T12:00:00Z'), new Date(-1), null, new Date('2024-06-01T10:00:00Z')]],
  ['toTimestamp', 'toTimestamp', undefined, ['1970-01-01T00:00:01Z', null, '2024-06-01T12:00:00.5Z'], [1000, null, Date.parse('2024-06-01T12:00:00.5Z')]],
  ['a date without a zone is UTC whatever the host', 'toDate', undefined, ['2024-03-31', '2024-03-31T02:30:00'], [new Date('2024-03-31T00:00:00Z'), new Date('2024-03-31T02:30:00Z')]],
  ['parseJSON', 'parseJSON', undefined, ['{"a":[1,null]}', '5', '"x"', 'null', null], [{ a: [1, null] }, 5, 'x', null, null]],
  ['fillNull', 'fillNull', { value: 'none' }, ['a', null, '', undefined], ['a', 'none', '', 'none']],
  ['split from the end', 'split', { separator: '/', index: -1 }, ['a/b/c', 'x', '', null], ['c', 'x', '', null]],
  ['split to characters', 'split', { separator: '' }, ['a😀b', ''], [['a', '😀', 'b'], []]],
  ['substring from the end, as String.prototype.slice', 'substring', { start: -3, end: -1 }, ['abcdef', 'ab', ''], ['de', 'a', '']],
  ['capitalize', 'capitalize', undefined, ['hello WORLD', '', null, 'x', 'ärger', 'ßeta', '😀X', '1a'], ['Hello world', '', null, 'X', 'Ärger', 'SSeta', '😀x', '1a']],
  ['slugify', 'slugify', undefined, ['Hello World', 'a  b', 'already-a-slug', null, 'Crème Brûlée!', 'Straße 12', '--x--', '東京', 'Łódź', 'İstanbul'], ['hello-world', 'a-b', 'already-a-slug', null, 'creme-brulee', 'strasse-12', 'x', '', 'lodz', 'istanbul']],
  ['pad at the start', 'pad', { length: 5 }, ['abc', 'abcdef', '', null], ['  abc', 'abcdef', '     ', null]],
  ['pad at the end with a text', 'pad', { length: 7, with: 'xy', side: 'end' }, ['abc', ''], ['abcxyxy', 'xyxyxyx']],
  ['pad on both sides', 'pad', { length: 6, with: '*', side: 'both' }, ['abc', 'ab'], ['*abc**', '**ab**']],
  ['a regular expression without regard to case', 'replace', { pattern: 'ä', with: 'x', regex: true, flags: 'i' }, ['ÄäA'], ['xxA']],
  ['hash is MurmurHash3', 'hash', undefined, ['', 'hello', null], [0, 613153351, null]],
  ['hash is MurmurHash3 with a seed', 'hash', { seed: 1 }, ['hello', null], [3142237357, null]],
];

/** The same values three times over, so that a dictionary is worth it, and once beside unique texts, so that it is not. */
const repeat = (list, n) => Array.from({ length: n }, () => list).flat();

export default [
  ...STEPS.map(([name, operation, args, values, answers]) => ({
    name: `transform: ${name}`,
    async run(context) {
      const step = { field: 's', operation, ...(args && { args }) };
      for (const n of [1, 40]) {
        const rows = repeat(values, n).map((s, i) => ({ i, s })), expected = repeat(answers, n).map((s, i) => ({ i, s }));
        await transforms(context, rows, { transformations: [step] }, expected);
        await transforms(context, rows, { transformations: [{ ...step, as: 'new' }] }, rows.map((row, i) => ({ ...row, new: expected[i].s })));
      }
    },
  })),
  {
    name: 'transform: text steps on texts that are all different',
    async run(context) {
      const rows = Array.from({ length: 700 }, (_, i) => ({ s: i % 9 === 8 ? null : `  Text Nummer ${i * 7919} ä😀 ${i % 3 ? 'é' : 'e\u0301'} ` }));
      await transforms(context, rows, { transformations: [{ field: 's', operation: 'trim' }, { field: 's', operation: 'uppercase', as: 'up' }, { field: 's', operation: 'lowercase', as: 'low' }, { field: 's', operation: 'replace', args: { pattern: 'Nummer', with: 'no.' }, as: 'no' }] },
        rows.map(({ s }) => { const t = s === null ? null : s.trim(); return { s: t, up: t && t.toUpperCase(), low: t && t.toLowerCase(), no: t && t.replaceAll('Nummer', 'no.') }; }));
    },
  },
  {
    name: 'transform: case mapping is the host\'s for every character of the first planes',
    timeoutMs: 60_000,
    async run({ createData, assert }) {
      const service = createData(), s = [];
      for (let c = 0; c < 0x30000; c += 1) if (c < 0x3400 || c > 0xa000 && c < 0xac00 || c > 0xd7ff && c < 0x12000 || c > 0x16000 && c < 0x17000 || c > 0x1d000 && c < 0x1f000) s.push(`${String.fromCodePoint(c)}x`);
      const table = await service.load({ s });
      const done = await table.transform({ transformations: [{ field: 's', operation: 'uppercase', as: 'up' }, { field: 's', operation: 'lowercase', as: 'low' }] });
      const up = await done.column('up'), low = await done.column('low');
      s.forEach((text, i) => {
        if (up[i] !== text.toUpperCase()) assert.fail(`uppercase of U+${text.codePointAt(0).toString(16)}: ${up[i]}`);
        if (low[i] !== text.toLowerCase()) assert.fail(`lowercase of U+${text.codePointAt(0).toString(16)}: ${low[i]}`);
      });
    },
  },
  {
    name: 'transform: a regular expression that would run for ever on a backtracking engine ends or is refused',
    timeoutMs: 20_000,
    async run({ createData, assert }) {
      const service = createData(), rows = [{ s: `${'a'.repeat(40)}!` }], table = await service.load(rows);
      for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*)*x']) {
        for (const attempt of [() => service.transform(rows, { transformations: [{ field: 's', operation: 'replace', args: { pattern, with: '', regex: true } }] }), () => table.transform({ transformations: [{ field: 's', operation: 'replace', args: { pattern, with: '', regex: true } }] })]) {
          const { error } = await assert.settles(attempt(), 4000, pattern);
          if (error) await assert.code(() => { throw error; }, ['INVALID_ARGUMENT', 'UNSUPPORTED', 'TIMEOUT'], pattern);
        }
      }
      assert.equal((await service.load([{ a: 1 }])).rowCount, 1);
    },
  },
  ...[
    ['a regular expression that does not parse', { field: 's', operation: 'replace', args: { pattern: '(', with: '', regex: true } }, /\(|pattern|regular/i],
    ['replace without a pattern', { field: 's', operation: 'replace', args: { with: 'x' } }, /pattern/], ['replace with a number', { field: 's', operation: 'replace', args: { pattern: 'a', with: 5 } }, /with/],
    ['split without a separator', { field: 's', operation: 'split' }, /separator/], ['split with a fraction as index', { field: 's', operation: 'split', args: { separator: ',', index: 0.5 } }, /index/], ['substring without a start', { field: 's', operation: 'substring' }, /start/],
    ['substring from a fraction', { field: 's', operation: 'substring', args: { start: 0.5 } }, /start/], ['pad without a length', { field: 's', operation: 'pad' }, /length/], ['pad to a length of NaN', { field: 's', operation: 'pad', args: { length: NaN } }, /length/], ['pad on an unknown side', { field: 's', operation: 'pad', args: { length: 5, side: 'top' } }, /side/],
    ['concat without fields', { field: 's', operation: 'concat' }, /fields/], ['concat of an unknown field', { field: 's', operation: 'concat', args: { fields: ['s', 'nn'] } }, /nn/], ['uppercase of a number', { field: 'n', operation: 'uppercase' }, /\bn\b/],
    ['an unknown key in args', { field: 's', operation: 'trim', args: { side: 'left' } }, /side/], ['an unknown key near a known one', { field: 's', operation: 'substring', args: { start: 0, stop: 1 } }, /stop/], ['args that are no object', { field: 's', operation: 'trim', args: 5 }, /args/],
  ].map(([name, step, pattern]) => ({
    name: `transform: ${name} is refused by every way`,
    run: (context) => refusals(context, 'transform', [{ s: 'a', n: 1 }, { s: 'b', n: 2 }], { transformations: [step] }, ['INVALID_ARGUMENT', 'PARSE'], pattern),
  })),
  ...[
    ['toNumber', ['1', 'x', null], [1, null, null]], ['toBoolean', ['true', 'maybe'], [true, null]], ['toDate', ['2024-02-29', '2023-02-29', 'soon'], [new Date('2024-02-29T00:00:00Z'), null, null]], ['parseJSON', ['[1]', '[1', ''], [[1], null, null]],
  ].map(([operation, values, answers]) => ({
    name: `transform: ${operation} of what does not convert is an error with the row, or null where onError says so`,
    async run(context) {
      const rows = values.map((s, i) => ({ i, s })), bad = answers.findIndex((v, i) => v === null && values[i] !== null);
      await transforms(context, rows, { transformations: [{ field: 's', operation, args: { onError: 'null' } }] }, rows.map(({ i }) => ({ i, s: answers[i] })));
      await refusals(context, 'transform', rows, { transformations: [{ field: 's', operation }] }, ['INVALID_ARGUMENT', 'PARSE'], new RegExp(`\\bs\\b.*\\b${bad}\\b|\\b${bad}\\b.*\\bs\\b`, 's'));
    },
  })),
  {
    name: 'transform: concat joins fields; a null is an empty string',
    run: (context) => transforms(context, [{ a: 'x', b: 'y' }, { a: null, b: 'z' }, { a: 'p', b: null }], { transformations: [{ field: 'a', operation: 'concat', as: 'c', args: { fields: ['a', 'b'], separator: '-' } }] }, [
      { a: 'x', b: 'y', c: 'x-y' }, { a: null, b: 'z', c: '-z' }, { a: 'p', b: null, c: 'p-' }]),
  },
  {
    name: 'transform: coalesce takes the first value that is not null',
    run: (context) => transforms(context, [{ a: 'x', b: 'y' }, { a: null, b: 'z' }, { a: null, b: null }, { a: '', b: 'q' }], { transformations: [{ field: 'a', operation: 'coalesce', as: 'c', args: { fields: ['a', 'b'] } }] }, [
      { a: 'x', b: 'y', c: 'x' }, { a: null, b: 'z', c: 'z' }, { a: null, b: null, c: null }, { a: '', b: 'q', c: '' }]),
  },
];
