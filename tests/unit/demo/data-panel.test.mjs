// The data panel's modules that name no page: where bars and rows stand, what is asked first, what counts as the same answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { barLayout, barText } from '../../../demo/data-panel/bars.js';
import { differenceOf, median } from '../../../demo/data-panel/compare.js';
import { bytes, megabytes, rate, valueText } from '../../../demo/data-panel/format.js';
import { aliasOf, codeOf, firstQuestion, literal } from '../../../demo/data-panel/query.js';
import { delimiterOf, formatOf, openSource } from '../../../demo/data-panel/source.js';
import { windowOf } from '../../../demo/data-panel/window.js';

test('bars: proportional to their values, from a common zero', () => {
  const { bars, zero, height } = barLayout({ labels: ['a', 'b', 'c'], values: [10, 5, 0], width: 600 });
  assert.ok(Math.abs(bars[0].length - 2 * bars[1].length) < 1e-9 && bars[0].length > 300, `${bars[0].length}`);
  assert.equal(bars[2].length, 0);
  assert.ok(bars.every((bar) => bar.x === zero));
  assert.ok(bars[0].y < bars[1].y && bars[2].y < height);
});

test('bars: negative ones go the other way, and everything stays inside', () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.double({ min: -1e12, max: 1e12, noNaN: true }), fc.constantFrom(null, NaN, Infinity)), { minLength: 1, maxLength: 40 }), fc.integer({ min: 260, max: 1200 }), (values, width) => {
    const { bars, zero } = barLayout({ labels: values.map((_, i) => `group ${i}`), values, width });
    bars.forEach((bar, i) => {
      assert.ok(bar.length >= 0 && bar.x >= 0 && bar.x + bar.length <= width + 1e-6, `${JSON.stringify(bar)} in ${width}`);
      if (values[i] < 0 && Number.isFinite(values[i])) assert.ok(bar.x <= zero && Math.abs(bar.x + bar.length - zero) < 1e-6);
      if (!Number.isFinite(values[i] ?? NaN)) assert.equal(bar.length, 0);
    });
  }));
});

test('bars: long labels are cut, values are short', () => {
  const { bars } = barLayout({ labels: ['x'.repeat(200)], values: [1], width: 320 });
  assert.ok(bars[0].label.length < 30 && bars[0].label.endsWith('…'), bars[0].label);
  assert.deepEqual([barText(1234567), barText(1.23456), barText(null), barText(NaN), barText(1e20), barText(-0.5)], ['1,234,567', '1.235', 'null', 'NaN', '1.00e+20', '-0.5']);
});

test('window: the rows in sight and a few around them; the box keeps its height', () => {
  const at = windowOf({ rows: 1000, rowHeight: 20, viewHeight: 200, scrollTop: 4000 });
  assert.ok(at.start <= 200 && at.start >= 180 && at.end >= 210 && at.end <= 230, JSON.stringify(at));
  assert.equal(at.above, at.start * 20);
  assert.equal(at.above + (at.end - at.start) * 20 + at.below, 20_000);
  assert.deepEqual(windowOf({ rows: 3, rowHeight: 20, viewHeight: 200, scrollTop: 0 }), { start: 0, end: 3, above: 0, below: 0 });
  assert.deepEqual(windowOf({ rows: 0, rowHeight: 20, viewHeight: 200, scrollTop: 0 }), { start: 0, end: 0, above: 0, below: 0 });
});

test('window: every row of a huge table can be reached, in a box that browsers lay out', () => {
  const box = { rows: 50_000_000, rowHeight: 29, viewHeight: 300 };
  const top = windowOf({ ...box, scrollTop: 0 });
  const height = top.above + (top.end - top.start) * 29 + top.below;
  assert.ok(height <= 8_000_001, `${height}`);
  assert.equal(top.start, 0);
  assert.equal(windowOf({ ...box, scrollTop: height - 300 }).end, box.rows);
  fc.assert(fc.property(fc.integer({ min: 0, max: 50_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (rows, share) => {
    const total = Math.min(rows * 29, 8_000_000), scrollTop = share * Math.max(0, total - 300);
    const { start, end, above, below } = windowOf({ rows, rowHeight: 29, viewHeight: 300, scrollTop });
    assert.ok(start >= 0 && start <= end && end <= rows && above >= 0 && below >= 0);
    // What the box looks at is covered by rows, as far as there are any.
    assert.ok(above <= scrollTop + 1e-6 && above + (end - start) * 29 >= Math.min(scrollTop + 300, total) - 1e-6, JSON.stringify({ rows, scrollTop, start, end, above }));
  }));
});

test('window: past its end, as after a smaller table, the last rows are shown', () => {
  const { start, end } = windowOf({ rows: 10, rowHeight: 20, viewHeight: 100, scrollTop: 90_000 });
  assert.ok(start <= 5 && end === 10);
});

test('the first question groups by a text that repeats, and leaves numbers that name rows alone', () => {
  const schema = { id: 'i32', name: 'utf8', section: 'utf8', size: 'i32' };
  const facts = new Map(Object.entries({ id: 5000, name: 5000, section: 58, size: 4000 }).map(([name, distinct]) => [name, { distinct }]));
  const question = firstQuestion(schema, facts, 5000);
  assert.deepEqual(question.groupBy, ['section']);
  assert.deepEqual(question.operations, [{ field: '*', operation: 'count' }, { field: 'size', operation: 'sum' }, { field: 'size', operation: 'median' }]);
  assert.deepEqual(question.orderBy, [{ field: 'count', descending: true }]);
  assert.deepEqual(firstQuestion({ ok: 'bool', note: 'utf8' }, new Map([['ok', { distinct: 2 }], ['note', { distinct: 100 }]]), 100).groupBy, ['ok']);
});

test('with nothing known, or nothing that repeats, the first question is about all rows', () => {
  assert.deepEqual(firstQuestion({ name: 'utf8' }, new Map(), 10), { groupBy: [], operations: [{ field: '*', operation: 'count' }] });
  assert.deepEqual(firstQuestion({}, new Map(), 0), { groupBy: [], operations: [{ field: '*', operation: 'count' }] });
});

test('names of results say what they are', () => {
  assert.equal(aliasOf({ field: '*', operation: 'count' }), 'count');
  assert.equal(aliasOf({ field: 'a', operation: 'count' }), 'count_a');
  assert.equal(aliasOf({ field: 'a', operation: 'quantile', args: { q: 0.9 } }), 'q90_a');
  assert.equal(aliasOf({ field: 'a', operation: 'quantile', args: { q: 0.07 } }), 'q7_a');
  assert.equal(aliasOf({ field: 'a', operation: 'correlation', args: { with: 'b' } }), 'correlation_a_b');
});

test('literals of code give the value back', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    // JSON.parse makes '__proto__' a property; a literal would set the prototype.
    fc.pre(!JSON.stringify(value).includes('__proto__'));
    assert.equal(JSON.stringify(new Function(`return ${literal(value)}`)()), JSON.stringify(value));
  }));
});

test('the code is the call', async () => {
  const options = { groupBy: ['it\'s'], operations: [{ field: 'a', operation: 'sum' }, { field: '*', operation: 'count' }], where: "a > 1 AND b = 'x'", limit: 3 };
  const code = codeOf({ name: 'a\nb.csv', options: { format: 'csv' } }, options);
  const calls = [];
  const table = { aggregate: async (given) => { calls.push(given); return { toRows: async () => [] }; } };
  const loads = [];
  const createDataProcessor = () => ({ load: async (...given) => { loads.push(given); return table; } });
  await new Function('createDataProcessor', 'bytes', `return (async () => { ${code}\n })()`)(createDataProcessor, 'the bytes');
  assert.deepEqual(calls, [options]);
  assert.deepEqual(loads, [['the bytes', { format: 'csv' }]]);
});

test('the same answer: floats within 1e-9, everything else exactly, and where the first difference lies', () => {
  const a = { key: ['x', null, 'z'], n: [1, 0.1 + 0.2, NaN], at: [new Date(5), null, new Date(6)], list: [[1], null, { a: 2 }], big: [2n, 3n, null] };
  assert.equal(differenceOf(a, { key: ['x', null, 'z'], n: new Float64Array([1, 0.3, NaN]), at: [new Date(5), null, new Date(6)], list: [[1], null, { a: 2 }], big: [2n, 3n, null] }), undefined);
  assert.match(differenceOf(a, { ...a, n: [1, 0.30001, NaN] }), /row 2 of n/);
  assert.match(differenceOf(a, { ...a, key: ['x', 'null', 'z'] }), /row 2 of key/);
  assert.match(differenceOf(a, { ...a, n: [1, 0.3, null] }), /row 3 of n/);
  assert.match(differenceOf(a, { ...a, at: [new Date(5), null, new Date(7)] }), /row 3 of at/);
  assert.match(differenceOf(a, { ...a, big: [2n, 3n, 0n] }), /row 3 of big/);
  assert.match(differenceOf({ n: [1] }, { n: [1, 2] }), /1 rows against 2/);
  assert.match(differenceOf({ n: [1] }, { m: [1] }), /columns n against m/);
  assert.equal(differenceOf({ n: [1e6] }, { n: [1e6 + 1e-4] }), undefined);
  assert.match(differenceOf({ n: [0] }, { n: [1e-12] }), /row 1/);
});

test('medians', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
});

test('numbers in words', () => {
  assert.deepEqual([1, 999, 1000, 836462, 999_600, 4e6, 3.2e9].map(bytes), ['1 byte', '999 bytes', '1.00 kB', '836 kB', '1.00 MB', '4.00 MB', '3.20 GB']);
  assert.equal(rate(5000, 50, 'rows'), '100,000 rows/s');
  assert.equal(rate(5000, 1, 'rows'), '5.00 million rows/s');
  assert.match(rate(5000, 0, 'rows'), /clock/);
  assert.equal(megabytes(4e6, 10), '400');
});

test('values as text: every kind, the whole value kept where it was cut', () => {
  assert.deepEqual(valueText(null), { text: 'null', kind: 'null' });
  assert.deepEqual(valueText(9007199254740993n), { text: '9007199254740993', kind: 'number' });
  assert.deepEqual(valueText(1 / 3), { text: '0.33333333', kind: 'number', full: String(1 / 3) });
  assert.deepEqual(valueText(-0), { text: '-0', kind: 'number' });
  assert.deepEqual(valueText(NaN), { text: 'NaN', kind: 'number' });
  assert.deepEqual(valueText(new Date(0)), { text: '1970-01-01', kind: 'date' });
  assert.deepEqual(valueText({ a: 1 }), { text: '{"a":1}', kind: 'text' });
  const long = valueText('x'.repeat(500));
  assert.equal(long.text.length, 161);
  assert.equal(long.full.length, 500);
});

test('formats by name; a name that says nothing is left to the service', () => {
  assert.deepEqual(['a.csv', 'B.TSV', 'c.jsonl', 'd.ndjson', 'e.json', 'f.arrow', 'g.feather', 'h', 'i.data', 'j.constructor'].map(formatOf),
    ['csv', 'csv', 'ndjson', 'ndjson', 'json', 'arrow', 'arrow', undefined, undefined, undefined]);
});

test('delimiters by the first line, outside quotes', () => {
  assert.equal(delimiterOf('a,b,c\n1;2;3;4;5;6'), ',');
  assert.equal(delimiterOf('\ufeffa;b;c\n1,5;2;3'), ';');
  assert.equal(delimiterOf('"a, b, c, d";e\n'), ';');
  assert.equal(delimiterOf('"two\nlines, with, commas"\tb\r\n'), '\t');
  assert.equal(delimiterOf('a|b'), '|');
  assert.equal(delimiterOf('one'), ',');
  assert.equal(delimiterOf(''), ',');
  assert.equal(delimiterOf('"never closed, at; all;;;'), ',');
});

test('a packed file is opened as what is inside', async () => {
  const asked = [];
  const data = { decompress: async (given, options) => { asked.push([given.length, options]); return { data: new TextEncoder().encode('a;b\n1;2\n') }; } };
  const source = await openSource(Object.assign(new Blob([new Uint8Array(5)]), { name: 'x.csv.gz' }), data);
  assert.deepEqual(asked, [[5, { algorithm: 'gzip' }]]);
  assert.equal(source.name, 'x.csv');
  assert.deepEqual(source.options, { format: 'csv', delimiter: ';' });
  assert.equal(new TextDecoder().decode(await source.content()), 'a;b\n1;2\n');
  assert.equal((await source.head(3)).length, 3);
  const plain = await openSource(Object.assign(new Blob(['{}']), { name: 'y' }), data);
  assert.deepEqual([plain.options, asked.length], [{}, 1]);
});
