/** The most memory that loading a million rows takes, against the size of the table that comes of it. Linear memory never shrinks: its growth is the peak. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableFromRows } from '../../../js/dist/services/data/from-values.js';
import { loadModule } from '../../../js/dist/loader/index.js';
import { DATA } from '../../../js/dist/loader/data.gen.js';
import { WasmEngine } from '../../../js/dist/services/data/wasm-engine.js';

const ROWS = 1_000_000;
const { createInstance } = await loadModule(DATA, 'simd');
const encoder = new TextEncoder();
/** Of the db-benchmark's shape: texts of few and of some thousand values, whole numbers, fractions. */
const row = (i) => [`id${i * 7919 % 100}`, `id${String(i * 104_729 % 10_000).padStart(10, '0')}`, i * 31 % 100, i * 15_485_863 % 10_007, i % 5, i * 7919 % 1_000_003 / 1e6];
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const FORMATS = {
  csv: [`${NAMES.join()}\n`, (i) => `${row(i).join()}\n`],
  ndjson: ['', (i) => { const r = row(i); return `{"a":"${r[0]}","b":"${r[1]}","c":${r[2]},"d":${r[3]},"e":${r[4]},"f":${r[5]}}\n`; }],
};

function* pieces([head, line]) {
  let text = head;
  for (let i = 0; i < ROWS; i++) {
    text += line(i);
    if (text.length > 1 << 16) { yield encoder.encode(text); text = ''; }
  }
  yield encoder.encode(text);
}

/** How often the size of its table the memory grew by. */
function peak(work) {
  const engine = new WasmEngine(createInstance()), before = engine.memoryBytes(), table = work(engine);
  assert.equal(engine.rows(table), ROWS);
  const times = (engine.memoryBytes() - before) / engine.tableBytes([table]);
  engine.dispose();
  return times;
}

for (const [format, text] of Object.entries(FORMATS)) {
  test(`a million rows of ${format} peak below twice their table`, () => {
    let bytes = 0;
    for (const piece of pieces(text)) bytes += piece.length;
    const times = peak((engine) => {
      const reader = engine.reader(format, { bytes });
      for (const piece of pieces(text)) reader.push(piece);
      return reader.finish();
    });
    assert.ok(times < 2, `${times.toFixed(2)} times the table`);
  });
}

test('a million rows of objects peak below twice their table', () => {
  const rows = Array.from({ length: ROWS }, (_, i) => { const [a, b, c, d, e, f] = row(i); return { a, b, c, d, e, f }; });
  const times = peak((engine) => engine.open(tableFromRows(rows)));
  assert.ok(times < 2, `${times.toFixed(2)} times the table`);
});

test('a million numbers of seventeen digits peak below twice their table', () => {
  const text = ['x\n', (i) => `${Math.sin(i + 1)}\n`];
  let bytes = 0;
  for (const piece of pieces(text)) bytes += piece.length;
  const times = peak((engine) => {
    const reader = engine.reader('csv', { bytes });
    for (const piece of pieces(text)) reader.push(piece);
    return reader.finish();
  });
  assert.ok(times < 2, `${times.toFixed(2)} times the table`);
});
