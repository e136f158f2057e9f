/** The readers of text formats in JavaScript: the golden cases that crates/data-processor is held to as well, and the shape of what they give. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createTextReader } from '../../../js/dist/services/data/read/index.js';
import { bytesOf, chunks, cutAt, read } from './readers.samples.mjs';

const { cases } = JSON.parse(readFileSync(new URL('../../fixtures/golden/readers.json', import.meta.url), 'utf8'));
const sourceOf = ({ text, hex }) => (hex === undefined ? bytesOf(text) : Uint8Array.from(Buffer.from(hex, 'hex')));

test('the golden file is there', () => assert.ok(cases.length > 150));

for (const item of cases) {
  test(`${item.format}: ${item.name}`, () => {
    const bytes = sourceOf(item);
    const wanted = item.error ? { error: item.error } : { rows: item.rows, columns: item.columns };
    assert.deepEqual(read(item.format, item.options, [bytes]), wanted);
    for (const size of [1, 2, 3, 7]) assert.deepEqual(read(item.format, item.options, chunks(bytes, size)), wanted, `${size} bytes a piece`);
    for (let cut = 0; cut < Math.min(bytes.length, 300); cut++) assert.deepEqual(read(item.format, item.options, cutAt(bytes, [cut])), wanted, `cut at ${cut}`);
  });
}

test('null rows hold 0 and bits past the end are 0', () => {
  const reader = createTextReader('csv', {});
  reader.push(bytesOf('a,b,c,d,e\n1,true,,x,2024-01-01\n,,1.5,,\n3,false,,y,\n'));
  const [a, b, c, d, e] = reader.finish().columns;
  assert.deepEqual([...a.values.values], [1, 0, 3]);
  assert.deepEqual([...a.validity], [0b101]);
  assert.deepEqual([...b.values.bits], [0b001]);
  assert.deepEqual([...c.values.values], [0, 1.5, 0]);
  assert.deepEqual([...c.validity], [0b010]);
  assert.deepEqual([...d.values.codes], [0, 0, 1]);
  assert.deepEqual([...e.values.values], [1704067200000n, 0n, 0n]);
  const whole = createTextReader('csv', {});
  whole.push(bytesOf('a\n1\n'));
  assert.equal(whole.finish().columns[0].validity, undefined);
});

test('a dictionary while strings repeat, plain strings where they do not, codes as narrow as they can be', () => {
  const rows = 100_000;
  const lines = Array.from({ length: rows }, (_, i) => `k${i % 300},own ${i},${i % 7}.50`);
  const reader = createTextReader('csv', {});
  for (const piece of chunks(bytesOf(`few,all,late\n${lines.join('\n')}\n0,0,text\n`), 65_536)) reader.push(piece);
  assert.ok(reader.rows > 90_000);
  const [few, all, late] = reader.finish().columns;
  assert.equal(few.values.kind, 'dictionary');
  assert.ok(few.values.codes instanceof Uint16Array);
  assert.equal(all.values.kind, 'strings');
  assert.equal(late.values.kind, 'dictionary');
  assert.ok(late.values.codes instanceof Uint8Array);
  assert.equal(all.length, rows + 1);
  assert.equal(few.values.codes[rows - 1], (rows - 1) % 300);
});

test('a reader that failed says the same again, holds nothing, and leaves others alone', () => {
  const reader = createTextReader('csv', {});
  reader.push(bytesOf('a,b\n1,2\n'));
  assert.equal(reader.rows, 1);
  assert.throws(() => reader.push(bytesOf('1\n')), { code: 'PARSE' });
  assert.throws(() => reader.push(bytesOf('1,2\n')), { code: 'PARSE' });
  assert.throws(() => reader.finish(), { code: 'PARSE' });
  assert.equal(reader.rows, 0);
  const other = createTextReader('ndjson', {});
  other.push(bytesOf('{"a":1}\n'));
  other.cancel();
  assert.equal(other.rows, 0);
});

test('bytes may change after push', () => {
  const reader = createTextReader('csv', {});
  const bytes = bytesOf('a,b\nx,"long ');
  reader.push(bytes);
  bytes.fill(0x7a);
  const rest = bytesOf('text"\ny,z\n');
  reader.push(rest);
  rest.fill(0x7a);
  const { columns } = reader.finish();
  assert.deepEqual(columns.map(({ values }) => new TextDecoder().decode(values.dictionary.bytes)), ['xy', 'long textz']);
});

test('a giant quoted field in many small pieces takes time in proportion', () => {
  const reader = createTextReader('csv', {});
  reader.push(bytesOf('a,b\n1,"'));
  const piece = bytesOf('line\n'.repeat(100));
  for (let i = 0; i < 4000; i++) reader.push(piece);
  reader.push(bytesOf('"\n'));
  assert.equal(reader.finish().columns[1].values.dictionary.bytes.length, 2_000_000);
});

test('times do not depend on where the host stands', () => {
  // Node reads TZ anew when it is set.
  const before = process.env.TZ;
  try {
    for (const zone of ['UTC', 'America/St_Johns', 'Pacific/Kiritimati']) {
      process.env.TZ = zone;
      const { columns } = read('csv', {}, [bytesOf('t\n2024-03-31T02:30\n1883-11-18 12:00:00\n')]);
      assert.deepEqual(columns[0].values, ['1711852200000', '-2717668800000'], zone);
    }
  } finally {
    if (before === undefined) delete process.env.TZ; else process.env.TZ = before;
  }
});
